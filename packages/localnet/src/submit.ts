import { type Run, readSubmitted, run, type Submitted, storeRun } from './execute.ts';
import { isGasless } from './internal/gasless.ts';
import { type GaslessRate, newGaslessRate } from './internal/gasless-rate.ts';
import { checkSignaturesInPool } from './internal/signatures.ts';
import { change, headOf, type Ledger, type LedgerState, refresh, stateOf } from './internal/state.ts';
import type { StoredCheckpoint } from './internal/store/checkpoint-rows.ts';
import type { TransactionRecord } from './types.ts';

/** A transaction whose turn has not come. */
interface Waiting {
  readonly given: Submitted;
  /** Whether its signatures are known to be good or bad. */
  verdict: 'open' | 'good' | { readonly refused: unknown };
  /** What it came to on top of a head, tried while its signatures are verified elsewhere. */
  readonly tried: { readonly head: StoredCheckpoint; readonly ran: Run } | undefined;
  readonly resolve: (record: TransactionRecord) => void;
  readonly reject: (reason: unknown) => void;
}

/** Most transactions of one write to the file, so that others of the process get their turn. */
const MOST_AT_ONCE = 128;

interface Queue {
  readonly waiting: Waiting[];
  /** A turn is coming up. */
  scheduled: boolean;
  readonly gasless: GaslessRate;
}

const queues = new WeakMap<LedgerState, Queue>();

const queueOf = (state: LedgerState): Queue => {
  const known = queues.get(state) ?? { waiting: [], scheduled: false, gasless: newGaslessRate() };
  queues.set(state, known);
  return known;
};

/** Packages that a transaction publishes are known to the machine from then on, so it runs in its turn only. */
const publishes = ({ data }: Submitted): boolean =>
  data.commands.some(({ kind }) => kind === 'publish' || kind === 'upgrade');

/** Runs a transaction ahead of its turn; what stands in its way is told when its turn has come. */
const tryAhead = (state: LedgerState, given: Submitted): Waiting['tried'] => {
  if (queueOf(state).waiting.length > 0 || publishes(given)) return undefined;
  try {
    refresh(state);
    return { head: headOf(state), ran: run(state, given) };
  } catch {
    return undefined;
  }
};

const settle = (state: LedgerState, { given, tried }: Waiting): TransactionRecord =>
  storeRun(state, tried && tried.head === headOf(state) ? tried.ran : run(state, given));

/** How a transaction ended: to be told once the file has it. */
type Ended = () => void;

/** Runs one of several in a write transaction. A check that fails concerns this one; a fault of the store all of them. */
const settleOne = (state: LedgerState, waiting: Waiting): Ended => {
  const [{ verdict, resolve, reject }, wasDirty] = [waiting, state.dirty];
  if (typeof verdict === 'object') return () => reject(verdict.refused);
  state.dirty = false;
  try {
    const record = settle(state, waiting);
    const { data } = waiting.given;
    return () => {
      if (record.effects.error && isGasless(data)) queueOf(state).gasless.failed(data.sender);
      resolve(record);
    };
  } catch (thrown) {
    if (state.dirty) throw thrown;
    return () => reject(thrown);
  } finally {
    state.dirty ||= wasDirty;
  }
};

/** Settles those at the front of the queue whose signatures are judged: in one write, or each for itself if that fails. */
const flush = (state: LedgerState): void => {
  const { waiting } = queueOf(state);
  const open = waiting.findIndex(({ verdict }) => verdict === 'open');
  const ready = waiting.splice(0, Math.min(MOST_AT_ONCE, open < 0 ? waiting.length : open));
  if (waiting[0] && waiting[0].verdict !== 'open') schedule(state);
  if (ready.length === 0) return;
  try {
    const ended = change(state, () => ready.map((one) => settleOne(state, one)));
    for (const tell of ended) tell();
  } catch (thrown) {
    for (const one of ready) alone(state, one, ready.length === 1 ? thrown : undefined);
  }
};

/** Lets those that become ready at the same time share a turn; one that waits alone has it at once. */
const schedule = (state: LedgerState): void => {
  const queue = queueOf(state);
  if (queue.scheduled) return;
  if (queue.waiting.length === 1) {
    flush(state);
    return;
  }
  queue.scheduled = true;
  setImmediate(() => {
    queue.scheduled = false;
    flush(state);
  });
};

const alone = (state: LedgerState, waiting: Waiting, thrown: unknown): void => {
  try {
    if (thrown !== undefined) throw thrown;
    change(state, () => settleOne(state, waiting))();
  } catch (reason) {
    waiting.reject(reason);
  }
};

/**
 * {@link executeTransaction} for many at a time: signatures are verified on other threads, and transactions that wait
 * together are written together, each in a checkpoint of its own, in the order they were submitted. The record is
 * there once the file has it. Of an address whose gasless transactions keep failing no more are taken for a while.
 */
export const submitTransaction = async (
  ledger: Ledger,
  transaction: Uint8Array,
  signatures: readonly Uint8Array[],
): Promise<TransactionRecord> => {
  const state = stateOf(ledger);
  const { signers, ...given } = readSubmitted(state, transaction, signatures);
  if (isGasless(given.data)) queueOf(state).gasless.check(given.data.sender);
  const checked = checkSignaturesInPool(transaction, signatures, signers);
  return new Promise((resolve, reject) => {
    const waiting: Waiting = { given, verdict: 'open', tried: tryAhead(state, given), resolve, reject };
    queueOf(state).waiting.push(waiting);
    const judged = (verdict: Waiting['verdict']): void => {
      waiting.verdict = verdict;
      schedule(state);
    };
    checked.then(
      () => judged('good'),
      (refused: unknown) => judged({ refused }),
    );
  });
};
