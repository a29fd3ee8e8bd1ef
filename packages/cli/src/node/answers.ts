/** What the daemon's operator surface answers: types for the commands, schemas that an answer is read with and that the commands promise. */
import * as s from '../kernel/schema.ts';

/** State of the running node, as far as commands show it. */
export type Status = {
  readonly node: string;
  readonly url: string;
  readonly running: number;
  readonly readiness: { readonly ready: boolean; readonly checks: Readonly<Record<string, string>> };
  readonly totals: {
    readonly reserved: string;
    readonly consumed: string;
    readonly openDuties: number;
    readonly outbox: Readonly<Record<string, number>>;
  };
  readonly held_back: readonly string[];
  readonly alarms: readonly { readonly kind: string }[];
  readonly earnings_by_day: readonly {
    readonly day: string;
    readonly requests: number;
    readonly units: string;
    readonly earned: string;
  }[];
  readonly channel_key: { readonly age: string; readonly renew_epoch: string; readonly held: boolean } | null;
};

/** {@link Status}. */
export const statusFields = {
  node: s.text('Small id of the node.'),
  address: s.objectId('Address it signs with.'),
  url: s.text('Announced address; empty when none is.'),
  instance: s.text('Random name of this run.'),
  readiness: s.record(
    {
      ready: s.bool('Whether it takes work.'),
      checks: s.dictionary(s.text('`ok`, or why not.'), '`ok`, or why not, by check.'),
    },
    'Whether it can serve.',
  ),
  totals: s.record(
    {
      openRows: s.integer('Requests under way.'),
      reserved: s.amount('Units they may bill.'),
      consumed: s.amount('Units billed.'),
      outbox: s.dictionary(s.integer('Transactions.'), 'Transactions by state.'),
      openDuties: s.integer('Duties open.'),
      events: s.integer('Events of the market read.'),
    },
    'Counts of its ledger: rows, units, transactions by state, duties, events.',
  ),
  cursor: s.anyRecord('How far it has read the chain.'),
  running: s.integer('Requests under way.'),
  offers: s.list(s.anyRecord('One subscription.'), 'What it sells.'),
  held_back: s.list(
    s.text('Small id of a stack.'),
    'Stacks in quarantine, until their owners send receipts given since.',
  ),
  channel_key: s.orNull(
    s.record(
      {
        hash: s.text('Its hash, hex.'),
        committed_epoch: s.amount('Epoch in which the node committed to it.'),
        age: s.amount('Epochs since.'),
        renew_epoch: s.amount('Epoch in which it is renewed.'),
        held: s.bool('Whether the node has its private half.'),
      },
      'Its key of level 2.',
    ),
  ),
  alarms: s.list(
    { ...s.anyRecord('One alarm.'), properties: { kind: s.text('Kind.') }, required: ['kind'] },
    'The last ones, newest last.',
  ),
  earnings_by_day: s.list(
    s.record({
      day: s.text('Day of UTC, 2026-11-30.'),
      requests: s.integer('Requests that were served.'),
      units: s.amount('Their compute units.'),
      earned: s.amount("The units at their stacks' prices, base units of TOMA."),
    }),
    'The last 30 days on which something was served, newest first.',
  ),
};

/** What the node owes or owed. */
export type Duty = {
  readonly kind: string;
  readonly stack: string;
  readonly state: string;
  readonly beforeEpoch: string | null;
};

/** A list of {@link Duty}. */
export const dutyList = s.list(
  {
    ...s.anyRecord('Kind, stack, state, epochs.'),
    properties: {
      kind: s.text('Kind.'),
      stack: s.amount('Small id of the stack.'),
      state: s.text('`open`, `done` or `missed`.'),
      beforeEpoch: s.orNull(s.amount('First epoch in which it is too late; null: only prompt.')),
    },
    required: ['kind', 'stack', 'state', 'beforeEpoch'],
  },
  'What is and was owed.',
);

/** A stack was settled, or drains first. */
export const settledFields = { frozen: s.bool('Whether it takes no more work; false while requests are open.') };
/** A stack takes work again. */
export const reopenedFields = { open: s.bool('False when it was in no quarantine.') };
/** All stacks are being settled. */
export const drainedFields = { stacks: s.integer('Stacks that are settled.') };
/** The chain is read again. */
export const resyncedFields = {
  events: s.integer('Events of the market read.'),
  duties: s.integer('Duties open now.'),
};
