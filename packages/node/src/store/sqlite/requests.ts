/** Requests: reserve in memory; commit, release, refuse and import in SQLite, each inside one transaction. */
import { blake2b256 } from '@atoma/base';
import { nodeError } from '../../node-errors.ts';
import type { Sealer } from '../seal.ts';
import type {
  CommitInput,
  CommitResult,
  ImportedLeaf,
  RefusalRecord,
  ReleaseReason,
  RequestInput,
  RequestRow,
  ReserveOutcome,
  StoredResponse,
} from '../types.ts';
import { type Committed, putCharged, putCommitted } from './charged.ts';
import type { Ledger } from './commit-log.ts';
import type { Database } from './database.ts';
import { maySpend } from './handoff.ts';
import { type HeldRequest, type HeldRequests, heldRow } from './held.ts';
import { toRequest } from './rows.ts';
import { readStack, type StackCache } from './stack-rows.ts';
import { requests, responses } from './tables.ts';

/** What requests are kept in: rows of those that ended, memory for those under way. */
export interface RequestTables {
  readonly ledger: Ledger;
  readonly db: Database;
  readonly sealer: Sealer;
  readonly held: HeldRequests;
  readonly stacks: StackCache;
}

const findEnded = ({ db, ledger }: RequestTables, stack: bigint, requestId: string): RequestRow | undefined => {
  const read = ledger.isWaiting(stack, requestId) ? db.get : db.peek;
  const row = read('SELECT * FROM request WHERE stack = ? AND request_id = ?', stack, requestId);
  return row && toRequest(row);
};

/** A request by its key. */
export const findRequest = (tables: RequestTables, stack: bigint, requestId: string): RequestRow | undefined => {
  const underWay = tables.held.find(stack, requestId);
  return underWay ? heldRow(underWay) : findEnded(tables, stack, requestId);
};

const mayRetry = (row: RequestRow, input: RequestInput): boolean =>
  row.state === 'released' && row.refused === null && Buffer.compare(row.requestHash, input.requestHash) === 0;

/** Counts the bound in, or tells why not. Needs no transaction: what is under way is in memory. */
export const reserve = (tables: RequestTables, input: RequestInput & { readonly bound: bigint }): ReserveOutcome => {
  const { held, stacks, db } = tables;
  const { stack, requestId, bound } = input;
  const known = findRequest(tables, stack, requestId);
  if (known && !mayRetry(known, input)) return { kind: 'known', row: known };
  const row = stacks.find(stack);
  if (!row) throw nodeError('STACK_UNKNOWN', { stack });
  if (row.state !== 'open') return { kind: 'state', state: row.state };
  if (!maySpend(db, row, input.signature)) return { kind: 'handedOff' };
  const free = row.units - row.consumed - held.units(stack);
  if (bound > free) return { kind: 'exhausted', free };
  const attempt = (known?.attempt ?? 0) + 1;
  held.add({ ...input, attempt });
  return { kind: 'reserved', attempt };
};

const wrong = (action: string, stack: bigint, requestId: string, row: RequestRow | undefined) =>
  nodeError('LEDGER', { action, stack, requestId, why: row ? `it is ${row.state}` : 'it does not exist' });

const unanswered = {
  id: null,
  leafIndex: null,
  promptUnits: null,
  completionUnits: null,
  units: null,
  contentHash: null,
  workDigest: null,
  traceHash: null,
  cut: null,
  receipt: null,
  receiptSignature: null,
  refusal: null,
  refusalSignature: null,
  refusalStatus: null,
  refusalProblem: null,
};
const RELEASE = `${requests.insert} ON CONFLICT (stack, request_id) DO UPDATE SET reason = excluded.reason,
  bound = excluded.bound, attempt = excluded.attempt, finished_ms = excluded.finished_ms`;

/** Writes down that a request that is no longer under way was not charged; the same envelope may come again. */
export const release = (db: Database, request: HeldRequest, reason: ReleaseReason, now: number): void => {
  const { now: createdMs, body: _, ...row } = request;
  db.run(RELEASE, ...requests.values({ ...row, ...unanswered, state: 'released', reason, createdMs, finishedMs: now }));
};

/** A request under way. Throws `NODE_LEDGER` when it is not. */
export const underWay = (tables: RequestTables, action: string, stack: bigint, requestId: string): HeldRequest => {
  const request = tables.held.find(stack, requestId);
  if (!request) throw wrong(action, stack, requestId, findRequest(tables, stack, requestId));
  return request;
};

/** Stores a refusal; a row that was answered otherwise stays as it is. */
export const refuse = (
  tables: RequestTables,
  input: RequestInput,
  refused: RefusalRecord,
  reason: ReleaseReason,
): RequestRow => {
  const { db, held } = tables;
  const request = held.find(input.stack, input.requestId);
  const known = request ? undefined : findEnded(tables, input.stack, input.requestId);
  if (known && !mayRetry(known, input)) return known;
  release(db, request ?? { ...input, bound: 0n, attempt: known?.attempt ?? 1 }, reason, input.now);
  db.run(
    `UPDATE request SET refusal = ?, refusal_signature = ?, refusal_status = ?, refusal_problem = ?
     WHERE stack = ? AND request_id = ?`,
    refused.refusal,
    refused.signature,
    refused.status,
    refused.problem,
    input.stack,
    input.requestId,
  );
  if (request) held.remove(request);
  return findEnded(tables, input.stack, input.requestId) as RequestRow;
};

/** Assigns the next leaf, moves the bound to consumed, signs and, by `put`, stores request, receipt and answer. */
export const commit = (tables: RequestTables, input: CommitInput, put: (row: Committed) => void): CommitResult => {
  const { sealer, held, stacks } = tables;
  const { stack, requestId, units, response, work } = input;
  const request = underWay(tables, 'commit', stack, requestId);
  const { bound, requestHash } = request;
  if (units < 1n || units > bound)
    throw nodeError('LEDGER', { action: 'commit', stack, requestId, why: `${units} units are outside 1..${bound}` });
  const before = stacks.find(stack);
  if (before?.state !== 'open' && before?.state !== 'draining')
    throw nodeError('STACK_STATE', { stack, state: before?.state ?? 'unknown', action: 'commit' });
  const index = before.nextLeaf;
  const cumulative = before.consumed + units;
  const signed = input.sign({ index, cumulative, previous: before.lastReceiptHash, requestHash });
  const answer = typeof response === 'function' ? response(signed.receipt, signed.signature) : response;
  put({
    ...request,
    ...input,
    index,
    cumulative,
    receipt: signed.receipt,
    receiptSignature: signed.signature,
    receiptHash: signed.hash,
    createdMs: request.now,
    finishedMs: input.now,
    body: sealer.seal(request.body),
    workDigest: work?.digest ?? null,
    traceHash: work?.trace ? blake2b256(work.trace) : null,
    trace: work?.trace ? sealer.seal(work.trace) : null,
    response: { ...answer, body: sealer.seal(answer.body) },
  });
  held.remove(request);
  stacks.put({
    ...before,
    consumed: cumulative,
    nextLeaf: index + 1,
    lastRequestMs: input.now,
    lastReceiptHash: signed.hash,
  });
  const remaining = before.units - cumulative - held.units(stack);
  return { receipt: signed.receipt, signature: signed.signature, index, cumulative, remaining };
};

/** Stores a commit inside a transaction. */
export const putNow =
  (db: Database) =>
  (row: Committed): void => {
    if (putCommitted(db, row)) return;
    const { stack, requestId } = row;
    throw nodeError('LEDGER', { action: 'commit', stack, requestId, why: 'another process wrote' });
  };

const OF_REQUEST = 'request = (SELECT id FROM request WHERE stack = ? AND request_id = ?)';

/** The stored answer. */
export const findResponse = (
  { db, sealer }: RequestTables,
  stack: bigint,
  requestId: string,
): StoredResponse | undefined => {
  const row = db.get(`SELECT * FROM response WHERE ${OF_REQUEST}`, stack, requestId);
  if (!row) return undefined;
  const { status, contentType, streamed, body } = responses.read(row);
  return { status, contentType, streamed, body: sealer.open(body) };
};

/** The stored request body. */
export const findBody = (
  { db, sealer, held }: RequestTables,
  stack: bigint,
  requestId: string,
): Uint8Array | undefined => {
  const underWay = held.find(stack, requestId);
  if (underWay) return underWay.body;
  const row = db.get(`SELECT bytes FROM body WHERE ${OF_REQUEST}`, stack, requestId);
  return row && sealer.open(row.bytes as Uint8Array);
};

/** The stored trace of the work. */
export const findTrace = ({ db, sealer }: RequestTables, stack: bigint, requestId: string): Uint8Array | undefined => {
  const row = db.get(`SELECT bytes FROM trace WHERE ${OF_REQUEST}`, stack, requestId);
  return row && sealer.open(row.bytes as Uint8Array);
};

/** Appends one leaf its owner has proven. */
export const importLeaf = (tables: RequestTables, stack: bigint, leaf: ImportedLeaf): boolean => {
  const { db, sealer } = tables;
  const known = findEnded(tables, stack, leaf.requestId);
  if (known?.state === 'committed') return false;
  const row = readStack(db, stack);
  if (row?.state !== 'quarantine')
    throw nodeError('STACK_STATE', { stack, state: row?.state ?? 'unknown', action: 'import' });
  if (leaf.index !== row.nextLeaf)
    throw nodeError('LEDGER', {
      action: 'import',
      stack,
      requestId: leaf.requestId,
      why: `leaf ${row.nextLeaf} comes first`,
    });
  const times = { createdMs: leaf.now, finishedMs: leaf.now };
  const body = leaf.body && sealer.seal(leaf.body);
  putCharged(db, {
    ...leaf,
    ...times,
    stack,
    body,
    trace: null,
    authority: 0,
    badgeVersion: null,
    bound: 0n,
    attempt: 1,
  });
  db.run(
    'UPDATE stack SET next_leaf = next_leaf + 1, consumed = consumed + ?, last_receipt_hash = ? WHERE id = ?',
    leaf.units,
    leaf.receiptHash,
    stack,
  );
  return true;
};
