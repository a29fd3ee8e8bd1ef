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

/** Makes the outbox. */
export const createOutbox = ({ atoma, journal, book, now, onStep = () => undefined }: OutboxParameters): Outbox => {
  let lane: Promise<unknown> = Promise.resolve();
  const inLane = <Value>(work: () => Promise<Value>): Promise<Value> => {
    const next = lane.then(work, work);
    lane = next.catch(() => undefined);
    return next;
  };
  const put = async (
    row: JournalOutbox,
    patch: Partial<JournalOutbox>,
    stacks: readonly JournalStack[] = [],
  ): Promise<JournalOutbox> => {
    const next = { ...row, ...patch, updatedMs: now() };
    await journal.putOutbox(next, stacks);
    await book.take(stacks);
    return next;
  };
  const fail = async (row: JournalOutbox, failure: ExecutionFailure): Promise<OutboxOutcome> => {
    await put(row, {
      stage: 'failed',
      failure: failure.kind === 'gas' ? failure.sentence : `${failure.name}: ${failure.sentence}`,
    });
    return { kind: 'failed', failure };
  };
  const { network } = atoma.deployment;
  const unwrap = (result: SuiClientTypes.TransactionResult<typeof INCLUDE>): Ran =>
    runFrom(result.$kind === 'Transaction' ? result.Transaction : result.FailedTransaction, atoma.deployment, 0n);

  const lookUp = async (digest: string): Promise<Ran | null> => {
    try {
      return unwrap(await atoma.client.getTransaction({ digest, include: INCLUDE }));
    } catch (error) {
      if ((error as { reason?: string }).reason === 'notFound') return null;
      throw toAtomaError(error, network);
    }
  };

  const finish = async (row: JournalOutbox, ran: Ran, changes: OutboxJob['changes']): Promise<OutboxOutcome> => {
    if (ran.failure) return fail(row, ran.failure);
    await put(row, { stage: 'confirmed' }, await changes(ran));
    onStep('confirmed', row);
    return { kind: 'confirmed', ran };
  };

  /** Sends the stored bytes; they are the same however often. */
  const submit = async (row: JournalOutbox, changes: OutboxJob['changes']): Promise<OutboxOutcome> => {
    const sent = await put(row, { stage: 'submitted' });
    onStep('submitted', sent);
    const call = atoma.client.executeTransaction({
      transaction: sent.transaction as Uint8Array,
      signatures: [sent.signature as string],
      include: INCLUDE,
    });
    const ran = unwrap(await reach(network, call));
    onStep('executed', sent);
    await reach(network, atoma.client.waitForTransaction({ digest: ran.digest }));
    return finish(sent, ran, changes);
  };

  const build = async (row: JournalOutbox, job: OutboxJob): Promise<JournalOutbox | ExecutionFailure> => {
    const { epoch } = await getEpoch(atoma);
    const tx = await job.build();
    tx.setExpiration({ Epoch: String(epoch + 1n) });
    const built = await buildTransaction(atoma, tx);
    if (built.kind === 'refused') return built.failure;
    const planned = await simulateBytes(atoma, built);
    if (planned.failure) return planned.failure;
    const { signature } = await requireSigner(atoma).signTransaction(built.bytes);
    const digest = await Transaction.from(built.bytes).getDigest();
    return put(row, { stage: 'built', transaction: built.bytes, signature, digest, expirationEpoch: epoch + 1n });
  };

  /** Goes on with signed bytes: looked up first, sent again when the chain does not know them and they can still run. */
  const resume = async (row: JournalOutbox, changes: OutboxJob['changes']): Promise<OutboxOutcome> => {
    const known = await lookUp(row.digest as string);
    if (known) return finish(row, known, changes);
    const { epoch } = await getEpoch(atoma);
    if (epoch > (row.expirationEpoch as bigint)) return fail(row, otherFailure('Expired', 'it can no longer execute'));
    try {
      return await submit(row, changes);
    } catch (error) {
      if (!isConsumed(error)) throw error;
      const late = await lookUp(row.digest as string);
      if (late) return finish(row, late, changes);
      return fail(row, otherFailure('InputsConsumed', 'another transaction used its coins first'));
    }
  };

  const start = async (job: OutboxJob): Promise<OutboxOutcome> => {
    const subject = job.subject ?? randomUUID();
    const known = await journal.findOutbox(job.kind, subject);
    if (known && (known.stage === 'built' || known.stage === 'submitted')) return resume(known, job.changes);
    const intent: JournalOutbox = {
      kind: job.kind,
      subject,
      stage: 'intent',
      frozen: job.frozen,
      cost: job.cost,
      transaction: null,
      signature: null,
      digest: null,
      expirationEpoch: null,
      failure: null,
      createdMs: now(),
      updatedMs: now(),
    };
    await journal.putOutbox(intent);
    onStep('intent', intent);
    let built: JournalOutbox | ExecutionFailure;
    try {
      built = await build(intent, job);
    } catch (error) {
      await put(intent, { stage: 'failed', failure: (error as Error).message });
      throw error;
    }
    if (!('stage' in built)) return fail(intent, built);
    onStep('built', built);
    try {
      return await submit(built, job.changes);
    } catch (error) {
      if (!isConsumed(error)) throw error;
      const late = await lookUp(built.digest as string);
      if (late) return finish(built, late, job.changes);
      await fail(built, toExecutionFailureOf(error));
      throw toAtomaError(error, network);
    }
  };

  return {
    run: (job) => inLane(() => start(job)),
    recover: (changes) =>
      inLane(async () => {
        const ended: JournalOutbox[] = [];
        for (const row of await journal.listOutbox(['intent', 'built', 'submitted'])) {
          if (row.stage === 'intent')
            await fail(row, otherFailure('Abandoned', 'the process ended before it was signed'));
          else await resume(row, (ran) => changes(row, ran));
          ended.push((await journal.findOutbox(row.kind, row.subject)) as JournalOutbox);
        }
        return ended;
      }),
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
