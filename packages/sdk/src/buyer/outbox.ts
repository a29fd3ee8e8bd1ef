/**
 * Transactions that survive a crash: intent -> built -> submitted -> confirmed | failed. What is stored before each step
 * is enough to go on after it: one digest executes at most once, and a new attempt is never built while the old one can run.
 */
import { randomUUID } from 'node:crypto';
import type { SuiClientTypes } from '@mysten/sui/client';
import { Transaction } from '@mysten/sui/transactions';
import { type Atoma, requireSigner } from '../context/atoma.ts';
import type { ExecutionFailure } from '../failures/execution.ts';
import { reach, toAtomaError } from '../failures/network.ts';
import { buildTransaction, type Ran, runFrom, simulateBytes } from '../internal/execution.ts';
import { getEpoch } from '../reads/epoch.ts';
import { buyerError } from './errors.ts';
import type { Journal, JournalOutbox, JournalStack } from './journal/types.ts';
import type { StackBook } from './stacks.ts';

const INCLUDE = { effects: true, events: true, balanceChanges: true, objectTypes: true } as const;

/** A transaction to be sent once. */
export interface OutboxJob {
  readonly kind: string;
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

/** One lane: badge and coins are owned objects, so one transaction follows the other. */
export interface Outbox {
  /** Sends a job, or finishes the one of that name that is under way. Faults of the network are thrown; the row stays. */
  readonly run: (job: OutboxJob) => Promise<OutboxOutcome>;
  /** Finishes what an earlier process left. `changes` go by kind; intents that were never signed are given up. */
  readonly recover: (
    changes: (row: JournalOutbox, ran: Ran) => Promise<readonly JournalStack[]>,
  ) => Promise<readonly JournalOutbox[]>;
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

const isConsumed = (error: unknown): boolean => {
  const { code } = toAtomaError(error);
  return code === 'NETWORK_LOCKED' || code === 'NETWORK_REFUSED' || code === 'SDK_OBJECT_NOT_FOUND';
};

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

const fail = async (steps: Steps, row: JournalOutbox, failure: ExecutionFailure): Promise<OutboxOutcome> => {
  const text = failure.kind === 'gas' ? failure.sentence : `${failure.name}: ${failure.sentence}`;
  await put(steps, row, { stage: 'failed', failure: text });
  return { kind: 'failed', failure };
};

const unwrap = ({ atoma }: Steps, result: SuiClientTypes.TransactionResult<typeof INCLUDE>): Ran =>
  runFrom(result.$kind === 'Transaction' ? result.Transaction : result.FailedTransaction, atoma.deployment, 0n);

/** The transaction as the chain has it; null when it is unknown there. */
const lookUp = async (steps: Steps, digest: string): Promise<Ran | null> => {
  const { atoma } = steps;
  try {
    return unwrap(steps, await atoma.client.getTransaction({ digest, include: INCLUDE }));
  } catch (error) {
    if ((error as { reason?: string }).reason === 'notFound') return null;
    throw toAtomaError(error, atoma.deployment.network);
  }
};

const finish = async (steps: Steps, row: JournalOutbox, ran: Ran, changes: Changes): Promise<OutboxOutcome> => {
  if (ran.failure) return fail(steps, row, ran.failure);
  await put(steps, row, { stage: 'confirmed' }, await changes(ran));
  steps.onStep('confirmed', row);
  return { kind: 'confirmed', ran };
};

/** Sends the stored bytes; they are the same however often. */
const submit = async (steps: Steps, row: JournalOutbox, changes: Changes): Promise<OutboxOutcome> => {
  const { atoma, onStep } = steps;
  const { network } = atoma.deployment;
  const sent = await put(steps, row, { stage: 'submitted' });
  onStep('submitted', sent);
  const call = atoma.client.executeTransaction({
    transaction: sent.transaction as Uint8Array,
    signatures: [sent.signature as string],
    include: INCLUDE,
  });
  const ran = unwrap(steps, await reach(network, call));
  onStep('executed', sent);
  await reach(network, atoma.client.waitForTransaction({ digest: ran.digest }));
  return finish(steps, sent, ran, changes);
};

/** Sends, and where the inputs were used by then looks whether it was this transaction that did; else `otherwise` ends it. */
const submitOnce = async (
  steps: Steps,
  row: JournalOutbox,
  changes: Changes,
  otherwise: (error: unknown) => Promise<OutboxOutcome>,
): Promise<OutboxOutcome> => {
  try {
    return await submit(steps, row, changes);
  } catch (error) {
    if (!isConsumed(error)) throw error;
    const late = await lookUp(steps, row.digest as string);
    return late ? finish(steps, row, late, changes) : otherwise(error);
  }
};

type Built =
  | { readonly kind: 'built'; readonly row: JournalOutbox }
  | { readonly kind: 'refused'; readonly failure: ExecutionFailure };

const build = async (steps: Steps, row: JournalOutbox, job: OutboxJob): Promise<Built> => {
  const { atoma } = steps;
  const { epoch } = await getEpoch(atoma);
  const tx = await job.build();
  tx.setExpiration({ Epoch: String(epoch + 1n) });
  const built = await buildTransaction(atoma, tx);
  if (built.kind === 'refused') return built;
  const planned = await simulateBytes(atoma, built);
  if (planned.failure) return { kind: 'refused', failure: planned.failure };
  const { signature } = await requireSigner(atoma).signTransaction(built.bytes);
  const digest = await Transaction.from(built.bytes).getDigest();
  const patch = { stage: 'built', transaction: built.bytes, signature, digest, expirationEpoch: epoch + 1n } as const;
  return { kind: 'built', row: await put(steps, row, patch) };
};

/** Goes on with signed bytes: looked up first, sent again when the chain does not know them and they can still run. */
const resume = async (steps: Steps, row: JournalOutbox, changes: Changes): Promise<OutboxOutcome> => {
  const known = await lookUp(steps, row.digest as string);
  if (known) return finish(steps, row, known, changes);
  const { epoch } = await getEpoch(steps.atoma);
  if (epoch > (row.expirationEpoch as bigint))
    return fail(steps, row, otherFailure('Expired', 'it can no longer execute'));
  return submitOnce(steps, row, changes, () =>
    fail(steps, row, otherFailure('InputsConsumed', 'another transaction used its coins first')),
  );
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

const start = async (steps: Steps, job: OutboxJob): Promise<OutboxOutcome> => {
  const { atoma, journal, now, onStep } = steps;
  const subject = job.subject ?? randomUUID();
  const known = await journal.findOutbox(job.kind, subject);
  if (known && (known.stage === 'built' || known.stage === 'submitted')) return resume(steps, known, job.changes);
  const intent = intentOf(job, subject, now());
  await journal.putOutbox(intent);
  onStep('intent', intent);
  const built = await build(steps, intent, job).catch(async (error: unknown) => {
    await put(steps, intent, { stage: 'failed', failure: (error as Error).message });
    throw error;
  });
  if (built.kind === 'refused') return fail(steps, intent, built.failure);
  const { row } = built;
  onStep('built', row);
  return submitOnce(steps, row, job.changes, async (error) => {
    await fail(steps, row, toExecutionFailureOf(error));
    throw toAtomaError(error, atoma.deployment.network);
  });
};

const recover = async (
  steps: Steps,
  changes: (row: JournalOutbox, ran: Ran) => Promise<readonly JournalStack[]>,
): Promise<readonly JournalOutbox[]> => {
  const { journal } = steps;
  const ended: JournalOutbox[] = [];
  for (const row of await journal.listOutbox(['intent', 'built', 'submitted'])) {
    if (row.stage === 'intent')
      await fail(steps, row, otherFailure('Abandoned', 'the process ended before it was signed'));
    else await resume(steps, row, (ran) => changes(row, ran));
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

const toExecutionFailureOf = (error: unknown): ExecutionFailure =>
  otherFailure('Refused', isConsumed(error) ? toAtomaError(error).message : String(error));

/** The result of a job that must have worked. Throws `BUYER_OUTBOX`. */
export const confirmed = (kind: string, subject: string, outcome: OutboxOutcome): Ran => {
  if (outcome.kind === 'confirmed') return outcome.ran;
  const { failure } = outcome;
  throw buyerError('OUTBOX', { kind, subject, why: `${failure.sentence} ${failure.remedy}` });
};
