/** A charged request with everything that is stored of it: as rows, and as a record of the commit log. */
import type { LogRecord } from '@atoma/base';
import type { ImportedLeaf, StoredResponse } from '../types.ts';
import type { Database } from './database.ts';
import { bodies, requests, responses, traces } from './tables.ts';

/** A charged request as its row tells it; the body as it lies on disk. */
export interface Charged extends Omit<ImportedLeaf, 'receiptHash' | 'now'> {
  readonly stack: bigint;
  /** As it lies on disk. */
  readonly trace: Uint8Array | null;
  readonly authority: 0 | 1;
  readonly badgeVersion: bigint | null;
  readonly bound: bigint;
  readonly attempt: number;
  readonly createdMs: number;
  readonly finishedMs: number;
}

/** What a commit stores; the answer's body as it lies on disk. */
export interface Committed extends Charged {
  /** Units of the stack up to this request. */
  readonly cumulative: bigint;
  readonly receiptHash: Uint8Array;
  readonly response: StoredResponse;
}

const REPLACE = `${requests.replaceOn('stack', 'requestId')} RETURNING id`;

/** Writes the row of a charged request and its body; returns the row's id. */
export const putCharged = (db: Database, row: Charged): bigint => {
  const put = db.get(
    REPLACE,
    ...requests.values({
      ...row,
      id: null,
      state: 'committed',
      reason: null,
      leafIndex: row.index,
      refusal: null,
      refusalSignature: null,
      refusalStatus: null,
      refusalProblem: null,
    }),
  );
  const id = put?.id as bigint;
  if (row.body) db.run(bodies.upsert, ...bodies.values({ request: id, bytes: row.body }));
  if (row.trace) db.run(traces.upsert, ...traces.values({ request: id, bytes: row.trace }));
  return id;
};

const isStored = (db: Database, { stack, index, receipt }: Committed): boolean => {
  const row = db.get('SELECT receipt FROM request WHERE stack = ? AND leaf_index = ?', stack, index);
  return row !== undefined && Buffer.compare(row.receipt as Uint8Array, receipt) === 0;
};

/** Stores a committed request unless it is stored; false when its place is not the next of its stack. Call inside a transaction. */
export const putCommitted = (db: Database, row: Committed): boolean => {
  const { stack, index, response } = row;
  const moved = db.run(
    `UPDATE stack SET consumed = ?, next_leaf = ?, last_request_ms = ?, last_receipt_hash = ?
     WHERE id = ? AND next_leaf = ? AND state IN ('open','draining')`,
    row.cumulative,
    index + 1,
    row.finishedMs,
    row.receiptHash,
    stack,
    index,
  );
  if (moved === 0) return isStored(db, row);
  const id = putCharged(db, row);
  db.run(responses.insert, ...responses.values({ ...response, request: id, createdMs: row.finishedMs }));
  return true;
};

type Blobs = Pick<
  Committed,
  'requestHash' | 'contentHash' | 'receiptHash' | 'envelope' | 'signature' | 'receipt' | 'receiptSignature'
>;

/** What a record says in JSON; amounts are decimal texts. */
interface Values
  extends Pick<Committed, 'requestId' | 'authority' | 'attempt' | 'index' | 'cut' | 'createdMs' | 'finishedMs'>,
    Readonly<Record<'stack' | 'bound' | 'promptUnits' | 'completionUnits' | 'units' | 'cumulative', string>>,
    Omit<StoredResponse, 'body'> {
  readonly badgeVersion: string | null;
}

/** The record of a committed request. */
export const toRecord = (row: Committed): LogRecord => {
  const { requestId, authority, attempt, index, cut, createdMs, finishedMs, badgeVersion, response } = row;
  const { status, contentType, streamed } = response;
  const values: Values = {
    ...{ requestId, authority, attempt, index, cut, createdMs, finishedMs, status, contentType, streamed },
    badgeVersion: badgeVersion === null ? null : String(badgeVersion),
    stack: String(row.stack),
    bound: String(row.bound),
    promptUnits: String(row.promptUnits),
    completionUnits: String(row.completionUnits),
    units: String(row.units),
    cumulative: String(row.cumulative),
  };
  const { requestHash, envelope, signature, contentHash, receipt, receiptSignature, receiptHash, body } = row;
  const hashes = [requestHash, contentHash, receiptHash];
  const { workDigest, traceHash, trace } = row;
  const work = [workDigest, traceHash, trace].filter((each) => each !== null);
  return { values, blobs: [...hashes, envelope, signature, receipt, receiptSignature, response.body, body, ...work] };
};

/** The committed request of a record. */
export const fromRecord = ({ values, blobs }: LogRecord): Committed => {
  const { status, contentType, streamed, ...row } = values as Values;
  const [requestHash, contentHash, receiptHash, envelope, signature, receipt, receiptSignature, answer, body, ...work] =
    blobs as Uint8Array[];
  const [workDigest = null, traceHash = null, trace = null] = work;
  return {
    ...row,
    badgeVersion: row.badgeVersion === null ? null : BigInt(row.badgeVersion),
    stack: BigInt(row.stack),
    bound: BigInt(row.bound),
    promptUnits: BigInt(row.promptUnits),
    completionUnits: BigInt(row.completionUnits),
    units: BigInt(row.units),
    cumulative: BigInt(row.cumulative),
    ...({ requestHash, contentHash, receiptHash, envelope, signature, receipt, receiptSignature } as Blobs),
    body: body ?? null,
    ...{ workDigest, traceHash, trace },
    response: { status, contentType, streamed, body: answer as Uint8Array },
  };
};
