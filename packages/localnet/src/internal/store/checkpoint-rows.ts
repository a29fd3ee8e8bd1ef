import { ledgerError } from '../../ledger-errors.ts';
import type { CheckpointRecord, Digest, GasUsed } from '../../types.ts';
import { digestBytes, digestText } from '../base58.ts';
import { newWriter, viewOf } from '../bcs-writer.ts';
import { getGasUsed, putGasUsed } from '../effects-bcs.ts';
import { tryRead } from '../transaction-data.ts';
import { type Database, decodeRow, getRow, type Row, run } from './database.ts';
import { checkpoints, meta } from './schema.ts';

/** What besides objects decides how the chain goes on; kept in each checkpoint's row, so that a restore brings it back. */
export interface ChainClock {
  /** Epoch of the next transaction. */
  readonly epoch: number;
  readonly epochStartMs: number;
  readonly epochDurationMs: number;
  /** How far the chain's time is ahead of the wall clock, ms. */
  readonly offsetMs: number;
  /** Randomness rounds so far in this epoch. */
  readonly randomRound: number;
}

/** A checkpoint with the chain's clock after it. */
export interface StoredCheckpoint extends CheckpointRecord {
  readonly clock: ChainClock;
}

const gasBytes = (gas: GasUsed): Uint8Array => {
  const w = newWriter(32);
  putGasUsed(w, gas);
  return viewOf(w);
};

const contentsBytes = (contents: CheckpointRecord['contents']): Uint8Array => {
  const bytes = new Uint8Array(contents.length * 64);
  contents.forEach((item, i) => {
    bytes.set(digestBytes(item.transaction) as Uint8Array, i * 64);
    bytes.set(digestBytes(item.effects) as Uint8Array, i * 64 + 32);
  });
  return bytes;
};

/** The chain's clock, and beside it the digest of artifacts where there is one. */
const stateText = ({ clock, artifactsDigest }: StoredCheckpoint): string =>
  JSON.stringify(artifactsDigest === null ? clock : { ...clock, artifactsDigest });

const stateOf = (text: string): Pick<StoredCheckpoint, 'clock' | 'artifactsDigest'> => {
  const { artifactsDigest = null, ...clock } = JSON.parse(text);
  return { clock, artifactsDigest };
};

/** Writes a checkpoint. */
export const writeCheckpoint = (db: Database, checkpoint: StoredCheckpoint): void => {
  run(
    db,
    checkpoints.insert,
    ...checkpoints.values({
      sequence: checkpoint.sequence,
      digest: digestBytes(checkpoint.digest) as Uint8Array,
      contentDigest: digestBytes(checkpoint.contentDigest) as Uint8Array,
      epoch: checkpoint.epoch,
      timestamp: checkpoint.timestampMs,
      total: checkpoint.networkTotalTransactions,
      endOfEpoch: checkpoint.endOfEpoch,
      contents: contentsBytes(checkpoint.contents),
      gas: gasBytes(checkpoint.epochRollingGas),
      state: stateText(checkpoint),
      lastObject: getRow(db, 'SELECT max(seq) AS last FROM objects')?.last as number,
    }),
  );
};

const contentsOf = (bytes: Uint8Array): CheckpointRecord['contents'] =>
  Array.from({ length: bytes.length / 64 }, (_, i) => ({
    transaction: digestText(bytes.subarray(i * 64, i * 64 + 32)),
    effects: digestText(bytes.subarray(i * 64 + 32, i * 64 + 64)),
  }));

const checkpointOfRow = (db: Database, row: Row): StoredCheckpoint =>
  decodeRow(db, `checkpoint ${row.sequence}`, () => decodeCheckpoint(db, row));

const decodeCheckpoint = (db: Database, row: Row): StoredCheckpoint => {
  const gas = tryRead(row.gas as Uint8Array, getGasUsed);
  if ('bcsFault' in gas)
    throw ledgerError('DATA_CORRUPT', { file: db.file, reason: `checkpoint ${row.sequence} cannot be decoded` });
  return {
    sequence: row.sequence as number,
    digest: digestText(row.digest as Uint8Array),
    contentDigest: digestText(row.content_digest as Uint8Array),
    previousDigest: row.previous ? digestText(row.previous as Uint8Array) : null,
    epoch: row.epoch as number,
    timestampMs: row.timestamp as number,
    networkTotalTransactions: row.total as number,
    epochRollingGas: gas,
    contents: contentsOf(row.contents as Uint8Array),
    endOfEpoch: row.end_of_epoch === 1,
    ...stateOf(row.state as string),
  };
};

const SELECT =
  'SELECT c.*, (SELECT p.digest FROM checkpoints p WHERE p.sequence = c.sequence - 1) AS previous FROM checkpoints c';

/** The latest checkpoint; a file without one is damaged. */
export const readHead = (db: Database): StoredCheckpoint => {
  const row = getRow(db, `${SELECT} ORDER BY c.sequence DESC LIMIT 1`);
  if (!row) throw ledgerError('DATA_CORRUPT', { file: db.file, reason: 'it has no checkpoint' });
  return checkpointOfRow(db, row);
};

/** A checkpoint by number or digest. */
export const readCheckpoint = (db: Database, which: number | Digest): StoredCheckpoint | undefined => {
  const bytes = typeof which === 'number' ? which : digestBytes(which);
  if (bytes === undefined) return undefined;
  const row = getRow(db, `${SELECT} WHERE c.${typeof which === 'number' ? 'sequence' : 'digest'} = ?`, bytes);
  return row && checkpointOfRow(db, row);
};

/** A value of `meta`. */
export const readMeta = (db: Database, name: string): Uint8Array => {
  const value = getRow(db, 'SELECT value FROM meta WHERE name = ?', name)?.value;
  if (value === undefined) throw ledgerError('DATA_CORRUPT', { file: db.file, reason: `it has no ${name}` });
  return value as Uint8Array;
};

/** A value of `meta` that older or other ledgers may lack. */
export const readOptionalMeta = (db: Database, name: string): Uint8Array | undefined =>
  getRow(db, 'SELECT value FROM meta WHERE name = ?', name)?.value as Uint8Array | undefined;

/** Writes a value of `meta`. */
export const writeMeta = (db: Database, name: string, value: Uint8Array): void => {
  run(db, meta.upsert, ...meta.values({ name, value }));
};
