import { isAtomaError, toHex } from '@atoma/base';
import { ledgerError } from '../../ledger-errors.ts';
import type { Digest, LedgerEvent, TransactionRecord } from '../../types.ts';
import { digestBytes, digestText } from '../base58.ts';
import { getBytes, getList } from '../bcs-reader.ts';
import { newWriter, putBytes, putList, viewOf } from '../bcs-writer.ts';
import { decodeEffects, type EffectsExtra } from '../effects-bcs.ts';
import { decodeTransaction, tryRead } from '../transaction-data.ts';
import { type Database, decodeRow, getRow, getRows, type Row, run, typeId, typeText } from './database.ts';
import { key } from './objects.ts';
import { calls, events, transactions } from './schema.ts';

/** The part of effects that is not in their BCS, as JSON; abort codes as decimal text. */
const extraText = (effects: TransactionRecord['effects']): string => {
  const { error, unchangedLoadedObjects } = effects;
  if (!error && unchangedLoadedObjects.length === 0) return '';
  const abort = error?.abort && { ...error.abort, code: error.abort.code.toString() };
  return JSON.stringify({ description: error?.description, abort, unchangedLoadedObjects });
};

const extraOf = (text: string): EffectsExtra => {
  if (text === '') return { unchangedLoadedObjects: [] };
  const extra = JSON.parse(text);
  if (extra.abort) extra.abort.code = BigInt(extra.abort.code);
  return extra;
};

const signaturesBytes = (signatures: readonly Uint8Array[]): Uint8Array => {
  const w = newWriter(128);
  putList(w, signatures, (signature) => putBytes(w, signature));
  return viewOf(w);
};

/** A transaction as the executor hands it to the store. */
export interface TransactionRow {
  readonly record: TransactionRecord;
  readonly sender: string;
  /** Functions called: storage id, module, function. */
  readonly calls: readonly (readonly [string, string, string])[];
}

/** Writes a transaction with its events. */
export const writeTransaction = (db: Database, { record, sender, calls: called }: TransactionRow): void => {
  const { sequence } = record;
  run(
    db,
    transactions.insert,
    ...transactions.values({
      sequence,
      digest: digestBytes(record.digest) as Uint8Array,
      sender: key(sender),
      checkpoint: record.checkpoint,
      data: record.transaction,
      signatures: signaturesBytes(record.signatures),
      effects: record.effectsBcs,
      effectsDigest: digestBytes(record.effectsDigest) as Uint8Array,
      extra: extraText(record.effects),
    }),
  );
  for (const [pkg, module, name] of called)
    run(db, calls.insertMissing, ...calls.values({ package: key(pkg), module, function: name, sequence }));
  record.events.forEach((event, number) => {
    writeEvent(db, sequence, number, event);
  });
};

const writeEvent = (db: Database, sequence: number, number: number, event: LedgerEvent): void => {
  run(
    db,
    events.insert,
    ...events.values({
      sequence,
      number,
      package: key(event.packageId),
      module: event.module,
      sender: key(event.sender),
      type: typeId(db, event.type),
      contents: event.contents,
    }),
  );
};

/** An event from a row of `events`. */
export const eventOfRow = (db: Database, row: Row): LedgerEvent =>
  decodeRow(db, 'an event', () => decodeEvent(db, row));

const decodeEvent = (db: Database, row: Row): LedgerEvent => ({
  packageId: toHex(row.package as Uint8Array),
  module: row.module as string,
  sender: toHex(row.sender as Uint8Array),
  type: typeText(db, row.type as number),
  contents: row.contents as Uint8Array,
});

const eventsOf = (db: Database, sequence: number): LedgerEvent[] =>
  getRows(
    db,
    'SELECT package, module, sender, type, contents FROM events WHERE sequence = ? ORDER BY number',
    sequence,
  ).map((row) => eventOfRow(db, row));

/** Columns of a full transaction, with its checkpoint's time. */
export const TRANSACTION_COLUMNS =
  't.sequence, t.digest, t.checkpoint, t.data, t.signatures, t.effects, t.effects_digest, t.extra, c.timestamp';

/** A transaction from a row of {@link TRANSACTION_COLUMNS}. */
export const transactionOfRow = (db: Database, row: Row): TransactionRecord =>
  decodeRow(db, `transaction ${row.sequence}`, () => decodeTransactionRow(db, row));

const decodeTransactionRow = (db: Database, row: Row): TransactionRecord => {
  const effectsBcs = row.effects as Uint8Array;
  const effects = decodeEffects(effectsBcs, extraOf(row.extra as string));
  const signatures = tryRead(row.signatures as Uint8Array, (r) => getList(r, getBytes));
  const digest = digestText(row.digest as Uint8Array);
  if (!effects || 'bcsFault' in signatures)
    throw ledgerError('DATA_CORRUPT', { file: db.file, reason: `transaction ${digest} cannot be decoded` });
  return {
    sequence: row.sequence as number,
    digest,
    transaction: row.data as Uint8Array,
    signatures,
    effects,
    effectsBcs,
    effectsDigest: digestText(row.effects_digest as Uint8Array),
    events: effects.eventsDigest === null ? [] : eventsOf(db, row.sequence as number),
    checkpoint: row.checkpoint as number,
    timestampMs: row.timestamp as number,
  };
};

/** The transaction of a digest. */
export const readTransaction = (db: Database, digest: Digest): TransactionRecord | undefined => {
  const bytes = digestBytes(digest);
  const row =
    bytes &&
    getRow(
      db,
      `SELECT ${TRANSACTION_COLUMNS} FROM transactions t JOIN checkpoints c ON c.sequence = t.checkpoint WHERE t.digest = ?`,
      bytes,
    );
  return row && transactionOfRow(db, row);
};

/** Whether a transaction of `epoch` received the object `id` at `version`: one of those in the checkpoint that ended the version. */
export const wasReceived = (db: Database, id: string, version: number, epoch: number): boolean => {
  const end = getRow(
    db,
    `SELECT c.sequence, c.epoch FROM checkpoints c WHERE c.last_object >=
       (SELECT seq FROM objects WHERE id = ? AND version > ? ORDER BY version LIMIT 1) ORDER BY c.sequence LIMIT 1`,
    key(id),
    version,
  );
  if (end?.epoch !== epoch) return false;
  const rows = getRows(db, 'SELECT data FROM transactions WHERE checkpoint = ?', end.sequence as number);
  return rows.some(({ data }) => receives(data as Uint8Array, id, version));
};

const receives = (transaction: Uint8Array, id: string, version: number): boolean => {
  try {
    return decodeTransaction(transaction).inputs.some(
      (input) => input.kind === 'receiving' && input.reference.id === id && input.reference.version === version,
    );
  } catch (thrown) {
    if (isAtomaError(thrown, 'LEDGER_UNSUPPORTED')) return false; // a transaction of the system's own
    throw thrown;
  }
};
