import { chmodSync, copyFileSync, existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { blake2b256, makeDirectory, toHex } from '@atoma/base';
import {
  change,
  clearObjects,
  dropCode,
  generationOf,
  headOf,
  type Ledger,
  type LedgerState,
  stateOf,
} from './internal/state.ts';
import { readCheckpoint, readOptionalMeta, writeMeta } from './internal/store/checkpoint-rows.ts';
import {
  closeDatabase,
  type Database,
  FILE_NAME,
  getRow,
  getRows,
  guarded,
  isEmpty,
  openDatabase,
  run,
} from './internal/store/database.ts';
import { makeLive } from './internal/store/objects.ts';
import { ledgerError } from './ledger-errors.ts';
import { read } from './reads.ts';

/** Number of the latest checkpoint: all that is needed to come back to this state with {@link restoreCheckpoint}. */
export const takeSnapshot = (ledger: Ledger): number => read(ledger, (state) => headOf(state).sequence);

const START = 'start';

/** Makes the latest checkpoint the one that {@link resetToStart} goes back to. Without it that is genesis. */
export const markStart = (ledger: Ledger): number => {
  const state = stateOf(ledger);
  return change(state, () => {
    const { sequence } = headOf(state);
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(sequence));
    writeMeta(state.db, START, bytes);
    return sequence;
  });
};

/** The checkpoint that {@link resetToStart} goes back to. */
export const startOf = (ledger: Ledger): number =>
  read(ledger, (state) => {
    const stored = readOptionalMeta(state.db, START);
    const start = stored ? Number(Buffer.from(stored).readBigUInt64LE()) : 0;
    return start <= headOf(state).sequence ? start : 0; // set back to before it: there is no such start any more
  });

/** Brings the chain back to its start: genesis, or the checkpoint last marked. */
export const resetToStart = (ledger: Ledger): void => restoreCheckpoint(ledger, startOf(ledger));

const lastObject = (db: Database, checkpoint: number): number =>
  getRow(db, 'SELECT last_object FROM checkpoints WHERE sequence = ?', checkpoint)?.last_object as number;

const touchedIds = (db: Database, after: number): Uint8Array[] =>
  getRows(db, 'SELECT DISTINCT id FROM objects WHERE seq > ?', after).map((row) => row.id as Uint8Array);

const deleteAfter = (db: Database, checkpoint: number, transactions: number): void => {
  run(db, 'DELETE FROM objects WHERE seq > ?', lastObject(db, checkpoint));
  for (const table of ['packages', 'transactions']) run(db, `DELETE FROM ${table} WHERE checkpoint > ?`, checkpoint);
  run(db, 'DELETE FROM checkpoints WHERE sequence > ?', checkpoint);
  for (const table of ['events', 'calls']) run(db, `DELETE FROM ${table} WHERE sequence >= ?`, transactions);
};

/**
 * Brings the chain back to a checkpoint: everything after it is gone, time, epoch and randomness go on from there. Costs
 * what was done since, not what exists. Throws LEDGER_CHECKPOINT_NOT_FOUND.
 */
export const restoreCheckpoint = (ledger: Ledger, checkpoint: number): void => {
  const state = stateOf(ledger);
  change(state, () => {
    state.dirty = true;
    const target = readCheckpoint(state.db, checkpoint);
    if (!target) throw ledgerError('CHECKPOINT_NOT_FOUND', { checkpoint, latest: headOf(state).sequence });
    const touched = touchedIds(state.db, lastObject(state.db, checkpoint));
    deleteAfter(state.db, checkpoint, target.networkTotalTransactions);
    for (const id of touched) makeLive(state.db, id);
    bumpGeneration(state);
  });
  state.head = undefined;
  clearObjects(state);
};

/** Tells this and every other process that package ids may come to mean other code. */
export const bumpGeneration = (state: LedgerState): void => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE((generationOf(state) + 1) >>> 0);
  writeMeta(state.db, 'generation', bytes);
  dropCode(state, bytes.readUInt32LE());
};

/** Writes the whole ledger into one new file (mode 0600), consistent even while others write. */
export const exportLedger = (ledger: Ledger, file: string): void => {
  const { db } = stateOf(ledger);
  const path = resolve(file);
  if (existsSync(path)) throw ledgerError('FILE_EXISTS', { file: path });
  guarded(path, () => db.handle.prepare('VACUUM INTO ?').run(path));
  chmodSync(path, 0o600);
};

/** Throws LEDGER_DATA_CORRUPT unless the file is a sound database. */
export const checkFile = (file: string): void => {
  if (!existsSync(file)) throw ledgerError('DATA_CORRUPT', { file, reason: 'it does not exist' });
  guarded(file, () => {
    const handle = new DatabaseSync(file, { readOnly: true });
    try {
      const { quick_check: verdict } = handle.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
      if (verdict !== 'ok') throw ledgerError('DATA_CORRUPT', { file, reason: verdict });
    } finally {
      handle.close();
    }
  });
};

/** Makes a data directory from an exported file. Refuses a directory that has a ledger. */
export const importLedger = (file: string, directory: string): void => {
  const target = join(directory, FILE_NAME);
  if (existsSync(target)) throw ledgerError('FILE_EXISTS', { file: target });
  checkFile(file);
  makeDirectory(directory);
  copyFileSync(file, target);
  chmodSync(target, 0o600);
  const db = openDatabase(directory);
  const empty = isEmpty(db);
  closeDatabase(db);
  if (!empty) return;
  resetLedger(directory);
  throw ledgerError('DATA_CORRUPT', { file, reason: 'it holds no ledger' });
};

/** True when nobody else has the file open; a damaged file belongs to nobody. */
const isFree = (file: string): boolean => {
  const handle = new DatabaseSync(file);
  try {
    handle.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; ROLLBACK;');
    return true;
  } catch (thrown) {
    return (thrown as { errcode?: number }).errcode !== 5; // SQLITE_BUSY
  } finally {
    handle.close();
  }
};

/** Deletes the ledger of a directory, damaged or not; nothing else in it. Refuses while another process has it open. */
export const resetLedger = (directory: string): void => {
  const file = join(directory, FILE_NAME);
  if (existsSync(file) && !isFree(file)) throw ledgerError('IN_USE', { file });
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${file}${suffix}`, { force: true });
};

/** Hash (hex) over all live objects and the chain's clock: equal for ledgers of one seed that did the same. */
export const stateDigest = (ledger: Ledger): string =>
  read(ledger, (state) => {
    const { clock, sequence, digest, timestampMs } = headOf(state);
    const rows = getRows(state.db, 'SELECT l.id, o.digest FROM live l JOIN objects o ON o.seq = l.seq ORDER BY l.id');
    const head = JSON.stringify([clock.epoch, clock.epochStartMs, clock.randomRound, sequence, digest, timestampMs]);
    return toHex(blake2b256(Buffer.from(head, 'utf8'), ...rows.flatMap((row) => [row.id, row.digest] as Uint8Array[])));
  });

/** Rows and bytes of the ledger, for status displays. */
export const ledgerSize = (
  ledger: Ledger,
): { readonly objects: number; readonly transactions: number; readonly bytes: number } =>
  read(ledger, ({ db }) => {
    const count = (table: string): number => getRow(db, `SELECT count(*) AS n FROM ${table}`)?.n as number;
    const { bytes } = getRow(
      db,
      'SELECT page_count * page_size AS bytes FROM pragma_page_count(), pragma_page_size()',
    ) as { bytes: number };
    return { objects: count('live'), transactions: count('transactions'), bytes };
  });
