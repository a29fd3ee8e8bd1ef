import { command, group } from '../../kernel/command.ts';
import { digest, integer, optional, text, toggle, withDefault } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';
import { marketFlags } from './shared-flags.ts';

/** Flags of `events`. */
export const eventsFlags = {
  follow: toggle('go on with new events as they happen, until interrupted'),
  kind: optional(text('only this kind, for example StackCreatedEvent', 'KIND')),
  toma: toggle('events of the TOMA coin instead of the market’s'),
  limit: withDefault(integer('most events to show', 'N', 1, 1_000, 'events'), 20),
  oldest: toggle('from the first event on, instead of the latest'),
  after: optional(text('go on after the cursor of an earlier answer', 'CURSOR')),
  ...marketFlags,
};
/** Flags of `tx show`. */
export const txFlags = { digest: digest('digest of the transaction'), ...marketFlags };

const handlers = () => import('../handlers/ledger.ts');
const event = {
  kind: s.text('Name of the event.'),
  digest: s.text('Transaction.'),
  event_index: s.integer('Place among its events.'),
  checkpoint: s.orNull(s.text('Checkpoint, null before it is in one.')),
  sender: s.objectId('Who sent it.'),
  data: s.anyRecord('Fields of the event.'),
};

/** Commands that read the ledger's history. */
export const ledgerCommands = {
  events: command({
    brief: 'What happened on the market, latest last.',
    examples: ['events', 'events --kind StackCreatedEvent --limit 5', 'events --follow --json'],
    notes: 'With --follow and --json each event is one line of JSON.',
    access: 'read',
    flags: eventsFlags,
    output: s.shape('events', {
      events: s.list(s.record(event), 'Events, oldest first.'),
      cursor: s.orNull(s.text('Where a later call goes on with --after.')),
      has_more: s.bool('Whether there are more.'),
    }),
    load: async () => (await handlers()).events,
  }),
  epoch: command({
    brief: 'The current epoch and the time left in it.',
    examples: ['epoch', 'epoch --quiet'],
    access: 'read',
    flags: {},
    output: s.shape('epoch', {
      epoch: s.integer('Epoch now.'),
      started_ms: s.integer('Start, ms since 1970.'),
      duration_ms: s.integer('Announced length, ms.'),
      left_ms: s.integer('Time left, ms.'),
      reference_gas_price: s.amount('MIST per gas unit.'),
    }),
    load: async () => (await handlers()).epoch,
  }),
  tx: group('Transactions.', {
    show: command({
      brief: 'One transaction: what it called, what happened, what it cost.',
      examples: ['tx show DIGEST', 'tx show DIGEST --json'],
      access: 'read',
      flags: txFlags,
      positional: ['digest'],
      output: s.shape('tx.show', {
        transaction: s.anyRecord(
          'Digest, sender, status, failure, epoch, gas, calls, events, balance and object changes.',
        ),
      }),
      load: async () => (await handlers()).showTransaction,
    }),
  }),
};
