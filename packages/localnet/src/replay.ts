import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import { advanceClock, advanceEpoch } from './clock.ts';
import { executeTransaction } from './execute.ts';
import { type Ledger, stateOf } from './internal/state.ts';
import { getRows } from './internal/store/database.ts';
import { closeLedger, openLedger } from './ledger.ts';
import { ledgerError } from './ledger-errors.ts';
import { chainState, getCheckpoint, getTransaction, read } from './reads.ts';
import { exportLedger, importLedger, restoreCheckpoint, stateDigest } from './snapshot.ts';
import type { CheckpointRecord, TransactionRecord } from './types.ts';

/** What a replay went through. */
export interface Replay {
  /** Checkpoints after genesis. */
  readonly checkpoints: number;
  /** Transactions after genesis, the ledger's own included. */
  readonly transactions: number;
  /** Hash of the state it ended in, hex: that of the ledger. */
  readonly stateDigest: string;
}

/** Runs `work` on a copy of the ledger in a directory of its own. */
const onCopy = async <Result>(ledger: Ledger, work: (copy: Ledger) => Promise<Result>): Promise<Result> => {
  const directory = mkdtempSync(join(tmpdir(), 'replay-'));
  try {
    const file = join(directory, 'export');
    exportLedger(ledger, file);
    importLedger(file, join(directory, 'copy'));
    rmSync(file);
    const copy = await openLedger({ directory: join(directory, 'copy') });
    try {
      return await work(copy);
    } finally {
      closeLedger(copy);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

/** A checkpoint and what it takes to make it again. */
interface Step {
  readonly checkpoint: CheckpointRecord;
  /** The transaction somebody signed, if there is one: the ledger's own come before and after it by themselves. */
  readonly signed: TransactionRecord | undefined;
}

const stepAt = (ledger: Ledger, sequence: number): Step => {
  const checkpoint = getCheckpoint(ledger, sequence) as CheckpointRecord;
  const records = checkpoint.contents.map(({ transaction }) => getTransaction(ledger, transaction));
  return { checkpoint, signed: records.find((record) => record && record.signatures.length > 0) };
};

const makeAgain = (copy: Ledger, { checkpoint, signed }: Step): void => {
  stateOf(copy).forcedTimeMs = checkpoint.timestampMs;
  if (signed) executeTransaction(copy, signed.transaction, signed.signatures);
  else if (checkpoint.endOfEpoch) advanceEpoch(copy);
  else advanceClock(copy, 1);
};

/** Which of a checkpoint's transactions has other effects now. */
const differing = (copy: Ledger, { checkpoint }: Step): string => {
  const again = getCheckpoint(copy, checkpoint.sequence)?.contents ?? [];
  const at = checkpoint.contents.findIndex(
    ({ transaction, effects }, i) => again[i]?.transaction !== transaction || again[i]?.effects !== effects,
  );
  const { transaction } = checkpoint.contents[at] ?? {};
  return transaction === undefined ? 'its summary differs' : `transaction ${transaction} has other effects`;
};

const replayStep = (copy: Ledger, step: Step): void => {
  const { sequence, digest } = step.checkpoint;
  const differs = (what: string, cause?: unknown) =>
    ledgerError('REPLAY_DIFFERS', { checkpoint: sequence, what }, cause);
  try {
    makeAgain(copy, step);
  } catch (error) {
    throw isAtomaError(error) ? differs(`it is refused (${error.message})`, error) : error;
  }
  if (getCheckpoint(copy, sequence)?.digest !== digest) throw differs(differing(copy, step));
};

/** Hash over what live objects contain; the state's digest goes by the digests they are stored with. */
const contentsDigest = (ledger: Ledger): string =>
  read(ledger, ({ db }) => {
    const rows = getRows(db, 'SELECT l.id, o.contents FROM live l JOIN objects o ON o.seq = l.seq ORDER BY l.id');
    return toHex(blake2b256(...rows.flatMap((row) => [row.id, row.contents] as Uint8Array[])));
  });

/**
 * Executes a ledger's whole history again from its genesis, on a copy: signatures, checks and Move code, at the times and with
 * the randomness of then. Every checkpoint must get the digest it has. Costs what the history did, and a copy on disk.
 * Throws LEDGER_REPLAY_DIFFERS with the first that does not.
 */
export const replayLedger = (ledger: Ledger): Promise<Replay> =>
  onCopy(ledger, async (copy) => {
    const { checkpoint: last } = chainState(copy);
    const steps = Array.from({ length: last }, (_, i) => stepAt(copy, i + 1));
    const expected = [stateDigest(copy), contentsDigest(copy)];
    restoreCheckpoint(copy, 0);
    for (const step of steps) {
      await nextTurn(); // a served ledger goes on meanwhile
      replayStep(copy, step);
    }
    const found = [stateDigest(copy), contentsDigest(copy)] as const;
    if (found.join() !== expected.join())
      throw ledgerError('REPLAY_DIFFERS', { checkpoint: last, what: 'the objects it leaves are others' });
    const transactions = steps.reduce((sum, { checkpoint }) => sum + checkpoint.contents.length, 0);
    return { checkpoints: last, transactions, stateDigest: found[0] };
  });
