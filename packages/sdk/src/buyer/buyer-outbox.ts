/**
 * A buyer's transactions: intent -> built -> submitted -> confirmed | failed, sent by {@link sendOnce}. What is refused or can never run
 * is given up: a purchase that did not happen is planned anew when it is still wanted.
 */
import { randomUUID } from 'node:crypto';
import type { AtomaError } from '@atoma/base';
import type { Transaction } from '@mysten/sui/transactions';
import type { Atoma } from '../context/atoma.ts';
import type { ExecutionFailure } from '../failures/execution-failure.ts';
import type { Ran } from '../internal/run-transaction.ts';
import { finishSending, type OutboxPlace, type Sent, sendOnce } from '../outbox/send-once.ts';
import { buyerError } from './buyer-errors.ts';
import type { Journal, JournalOutbox, JournalStack, OutboxKind } from './journal/types.ts';
import type { StackBook } from './stack-book.ts';

/** A transaction to be sent once. */
export interface OutboxJob {
  readonly kind: OutboxKind;
  /** Unique within the kind; random when left out. */
  readonly subject?: string;
  /** Frozen inputs, JSON. */
  readonly frozen: string;
  /** Base units of TOMA it takes from the wallet. */
  readonly cost: bigint;
  readonly build: () => Promise<Transaction>;
  /** Stacks as they are once it is executed; written with the confirmation. */
  readonly changes: (ran: Ran) => Promise<readonly JournalStack[]>;
}

/** What became of a job. */
export type OutboxOutcome =
  | { readonly kind: 'confirmed'; readonly ran: Ran }
  | { readonly kind: 'failed'; readonly failure: ExecutionFailure };

/** What each kind changes when an earlier process sent it. */
export type RecoveredChanges = Readonly<
  Record<OutboxKind, (row: JournalOutbox, ran: Ran) => Promise<readonly JournalStack[]>>
>;

/** One lane: badge and coins are owned objects, so one transaction follows the other. */
export interface Outbox {
  /** Sends a job, or finishes the one of that name that is under way. Faults of the network are thrown; the row stays. */
  readonly run: (job: OutboxJob) => Promise<OutboxOutcome>;
  /** Finishes what an earlier process left; intents that were never signed are given up. */
  readonly recover: (changes: RecoveredChanges) => Promise<readonly JournalOutbox[]>;
}

/** A point at which tests may end the process. */
export type CrashPoint = 'intent' | 'built' | 'submitted' | 'executed' | 'confirmed';

/** What an outbox works with. */
export interface OutboxParameters {
  readonly atoma: Atoma;
  readonly journal: Journal;
  readonly book: Pick<StackBook, 'take'>;
  readonly now: () => number;
  /** Called after each stored step. */
  readonly onStep?: (point: CrashPoint, row: JournalOutbox) => void;
}

const otherFailure = (name: string, sentence: string): ExecutionFailure => ({
  kind: 'other',
  name,
  sentence,
  remedy: 'It is built anew when it is still wanted.',
  retryable: true,
});

/** What the steps of one outbox work with. */
type Steps = Required<OutboxParameters>;
type Changes = OutboxJob['changes'];

const put = async (
  { journal, book, now }: Steps,
  row: JournalOutbox,
  patch: Partial<JournalOutbox>,
  stacks: readonly JournalStack[] = [],
): Promise<JournalOutbox> => {
  const next = { ...row, ...patch, updatedMs: now() };
  await journal.putOutbox(next, stacks);
  await book.take(stacks);
  return next;
};

const placeOf = (steps: Steps): OutboxPlace<JournalOutbox> => ({
  atoma: steps.atoma,
  store: async (row, { step, ...signed }) => {
    const next = await put(steps, row, { stage: step, ...signed });
    steps.onStep(step, next);
    return next;
  },
  executed: (row) => steps.onStep('executed', row),
});

const fail = async (steps: Steps, row: JournalOutbox, failure: ExecutionFailure): Promise<OutboxOutcome> => {
  const text = failure.kind === 'gas' ? failure.sentence : `${failure.name}: ${failure.sentence}`;
  await put(steps, row, { stage: 'failed', failure: text });
  return { kind: 'failed', failure };
};

const conclude = async (steps: Steps, sent: Sent<JournalOutbox>, changes: Changes): Promise<OutboxOutcome> => {
  const { row } = sent;
  if (sent.kind === 'refused') return fail(steps, row, sent.failure);
  if (sent.kind === 'dead') return fail(steps, row, otherFailure('Refused', sent.why));
  const { ran } = sent;
  if (ran.failure) return fail(steps, row, ran.failure);
  await put(steps, row, { stage: 'confirmed' }, await changes(ran));
  steps.onStep('confirmed', row);
  return { kind: 'confirmed', ran };
};

const intentOf = ({ kind, frozen, cost }: OutboxJob, subject: string, now: number): JournalOutbox => ({
  kind,
  subject,
  stage: 'intent',
  frozen,
  cost,
  transaction: null,
  signature: null,
  digest: null,
  expirationEpoch: null,
  failure: null,
  createdMs: now,
  updatedMs: now,
});

const isUnderWay = (row: JournalOutbox | undefined): row is JournalOutbox =>
  row?.stage === 'built' || row?.stage === 'submitted';

const start = async (steps: Steps, job: OutboxJob): Promise<OutboxOutcome> => {
  const { journal, now, onStep } = steps;
  const subject = job.subject ?? randomUUID();
  const known = await journal.findOutbox(job.kind, subject);
  const row = isUnderWay(known) ? known : intentOf(job, subject, now());
  if (row !== known) {
    await journal.putOutbox(row);
    onStep('intent', row);
  }
  const sent = await sendOnce(placeOf(steps), row, job.build).catch(async (error: AtomaError) => {
    const left = await journal.findOutbox(job.kind, subject);
    if (left?.stage === 'intent') await put(steps, left, { stage: 'failed', failure: error.message });
    throw error;
  });
  return conclude(steps, sent, job.changes);
};

const recover = async (steps: Steps, changes: RecoveredChanges): Promise<readonly JournalOutbox[]> => {
  const { journal } = steps;
  const ended: JournalOutbox[] = [];
  for (const row of await journal.listOutbox(['intent', 'built', 'submitted'])) {
    if (row.stage === 'intent')
      await fail(steps, row, otherFailure('Abandoned', 'the process ended before it was signed'));
    else await conclude(steps, await finishSending(placeOf(steps), row), (ran) => changes[row.kind](row, ran));
    ended.push((await journal.findOutbox(row.kind, row.subject)) as JournalOutbox);
  }
  return ended;
};

/** Makes the outbox. */
export const createOutbox = (parameters: OutboxParameters): Outbox => {
  const steps: Steps = { onStep: () => undefined, ...parameters };
  let lane: Promise<unknown> = Promise.resolve();
  const inLane = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const next = lane.then(work, work);
    lane = next.catch(() => undefined);
    return next;
  };
  return {
    run: (job) => inLane(() => start(steps, job)),
    recover: (changes) => inLane(() => recover(steps, changes)),
  };
};

/** The result of a job that must have worked. Throws `BUYER_OUTBOX`. */
export const confirmed = (kind: string, subject: string, outcome: OutboxOutcome): Ran => {
  if (outcome.kind === 'confirmed') return outcome.ran;
  const { failure } = outcome;
  throw buyerError('OUTBOX', { kind, subject, why: `${failure.sentence} ${failure.remedy}` });
};
