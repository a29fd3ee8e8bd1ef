/** Requests in SQLite: reserve, commit, release, refuse, import. Each function runs inside one transaction. */
import { nodeError } from '../../errors.ts';
import type { Sealer } from '../seal.ts';
import type {
  CommitInput,
  CommitResult,
  ImportedLeaf,
  RefusalRecord,
  RequestInput,
  RequestRow,
  ReserveOutcome,
  StoredResponse,
} from '../types.ts';
import type { Database } from './database.ts';
import { toRequest } from './rows.ts';
import { findStack } from './stacks.ts';

/** A request by its key. */
export const findRequest = (db: Database, stack: bigint, requestId: string): RequestRow | undefined => {
  const row = db.get('SELECT * FROM request WHERE stack = ? AND request_id = ?', stack, requestId);
  return row && toRequest(row);
};

const mayRetry = (row: RequestRow, input: RequestInput): boolean =>
  row.state === 'released' && row.refused === null && Buffer.compare(row.requestHash, input.requestHash) === 0;

/** Whether the row is new. */
const insert = (db: Database, input: RequestInput, state: 'reserved' | 'released', bound: bigint): boolean =>
  db.run(
    `INSERT INTO request (stack, request_id, request_hash, envelope, signature, authority, badge_version, state, reason,
       bound, attempt, created_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?) ON CONFLICT (stack, request_id) DO NOTHING`,
    input.stack,
    input.requestId,
    input.requestHash,
    input.envelope,
    input.signature,
    input.authority,
    input.badgeVersion,
    state,
    state === 'released' ? 'refused' : null,
    bound,
    input.now,
  ) === 1;

/** Opens a row that was released without a refusal once more; a row that ended otherwise stays. */
const reopen = (db: Database, input: RequestInput, bound: bigint): ReserveOutcome => {
  const known = findRequest(db, input.stack, input.requestId) as RequestRow;
  if (!mayRetry(known, input)) {
    db.run('UPDATE stack SET reserved = reserved - ? WHERE id = ?', bound, input.stack);
    return { kind: 'known', row: known };
  }
  db.run(
    `UPDATE request SET state = 'reserved', reason = NULL, attempt = attempt + 1, bound = ?, finished_ms = NULL
     WHERE stack = ? AND request_id = ?`,
    bound,
    input.stack,
    input.requestId,
  );
  return { kind: 'reserved', attempt: known.attempt + 1 };
};

/** Counts the bound in and opens the row, or tells why not. */
export const reserve = (
  db: Database,
  sealer: Sealer,
  input: RequestInput & { readonly bound: bigint },
): ReserveOutcome => {
  const counted = db.run(
    `UPDATE stack SET reserved = reserved + ?1, last_request_ms = ?2
     WHERE id = ?3 AND state = 'open' AND consumed + reserved + ?1 <= units`,
    input.bound,
    input.now,
    input.stack,
  );
  if (counted === 0) {
    const known = findRequest(db, input.stack, input.requestId);
    return known && !mayRetry(known, input) ? { kind: 'known', row: known } : whyNot(db, input.stack);
  }
  if (!insert(db, input, 'reserved', input.bound)) return reopen(db, input, input.bound);
  db.run('INSERT INTO body VALUES (last_insert_rowid(), ?)', sealer.seal(input.body));
  return { kind: 'reserved', attempt: 1 };
};

const whyNot = (db: Database, stack: bigint): ReserveOutcome => {
  const row = findStack(db, stack);
  if (!row) throw nodeError('STACK_UNKNOWN', { stack });
  return row.state === 'open'
    ? { kind: 'exhausted', free: row.units - row.consumed - row.reserved }
    : { kind: 'state', state: row.state };
};

const wrong = (action: string, stack: bigint, requestId: string, row: RequestRow | undefined) =>
  nodeError('LEDGER', { action, stack, requestId, why: row ? `it is ${row.state}` : 'it does not exist' });

const close = (db: Database, row: RequestRow, reason: string, now: number): void => {
  db.run(
    `UPDATE request SET state = 'released', reason = ?, finished_ms = ? WHERE stack = ? AND request_id = ?`,
    reason,
    now,
    row.stack,
    row.requestId,
  );
  db.run('UPDATE stack SET reserved = reserved - ? WHERE id = ?', row.bound, row.stack);
};

const isOpen = (row: RequestRow | undefined): row is RequestRow => row?.state === 'reserved';

/** Gives the bound back; the same envelope may come again. */
export const release = (db: Database, stack: bigint, requestId: string, reason: string, now: number): void => {
  const row = findRequest(db, stack, requestId);
  if (!isOpen(row)) throw wrong('release', stack, requestId, row);
  close(db, row, reason, now);
};

/** Stores a refusal; a row that was answered otherwise stays as it is. */
export const refuse = (db: Database, input: RequestInput, refused: RefusalRecord, reason: string): RequestRow => {
  const known = findRequest(db, input.stack, input.requestId);
  if (isOpen(known)) close(db, known, reason, input.now);
  else if (!known) insert(db, input, 'released', 0n);
  else if (!mayRetry(known, input)) return known;
  db.run(
    `UPDATE request SET reason = ?, refusal = ?, refusal_signature = ?, refusal_status = ?, refusal_problem = ?, finished_ms = ?
     WHERE stack = ? AND request_id = ?`,
    reason,
    refused.refusal,
    refused.signature,
    refused.status,
    refused.problem,
    input.now,
    input.stack,
    input.requestId,
  );
  return findRequest(db, input.stack, input.requestId) as RequestRow;
};

/** Assigns the next leaf, moves the bound to consumed, signs and stores the receipt and the answer. */
export const commit = (db: Database, sealer: Sealer, input: CommitInput): CommitResult => {
  const { stack, requestId, units, response } = input;
  const row = db.get(
    'SELECT id, state, bound, request_hash FROM request WHERE stack = ? AND request_id = ?',
    stack,
    requestId,
  );
  if (row?.state !== 'reserved') throw wrong('commit', stack, requestId, findRequest(db, stack, requestId));
  const bound = row.bound as bigint;
  if (units < 1n || units > bound)
    throw nodeError('LEDGER', { action: 'commit', stack, requestId, why: `${units} units are outside 1..${bound}` });
  const before = db.get(
    'SELECT state, next_leaf, consumed, units - consumed - reserved AS free, last_receipt_hash FROM stack WHERE id = ?',
    stack,
  );
  if (before?.state !== 'open' && before?.state !== 'draining')
    throw nodeError('STACK_STATE', { stack, state: String(before?.state ?? 'unknown'), action: 'commit' });
  const index = Number(before.next_leaf);
  const cumulative = (before.consumed as bigint) + units;
  const signed = input.sign({
    index,
    cumulative,
    previous: before.last_receipt_hash as Uint8Array,
    requestHash: row.request_hash as Uint8Array,
  });
  db.run(
    `UPDATE stack SET consumed = ?, reserved = reserved - ?, next_leaf = ?, last_request_ms = ?, last_receipt_hash = ?
     WHERE id = ?`,
    cumulative,
    bound,
    index + 1,
    input.now,
    signed.hash,
    stack,
  );
  db.run(
    `UPDATE request SET state = 'committed', leaf_index = ?, prompt_units = ?, completion_units = ?, units = ?,
       content_hash = ?, cut = ?, receipt = ?, receipt_signature = ?, finished_ms = ?
     WHERE id = ?`,
    index,
    input.promptUnits,
    input.completionUnits,
    units,
    input.contentHash,
    input.cut === null ? null : JSON.stringify(input.cut),
    signed.receipt,
    signed.signature,
    input.now,
    row.id as bigint,
  );
  db.run(
    'INSERT INTO response VALUES (?, ?, ?, ?, ?, ?)',
    row.id as bigint,
    response.status,
    response.contentType,
    response.streamed ? 1 : 0,
    input.now,
    sealer.seal(response.body),
  );
  const remaining = (before.free as bigint) + bound - units;
  return { receipt: signed.receipt, signature: signed.signature, index, cumulative, remaining };
};

const OF_REQUEST = 'request = (SELECT id FROM request WHERE stack = ? AND request_id = ?)';

/** The stored answer. */
export const findResponse = (
  db: Database,
  sealer: Sealer,
  stack: bigint,
  requestId: string,
): StoredResponse | undefined => {
  const row = db.get(`SELECT * FROM response WHERE ${OF_REQUEST}`, stack, requestId);
  if (!row) return undefined;
  return {
    status: Number(row.status),
    contentType: row.content_type as string,
    streamed: row.streamed === 1n,
    body: sealer.open(row.bytes as Uint8Array),
  };
};

/** The stored request body. */
export const findBody = (db: Database, sealer: Sealer, stack: bigint, requestId: string): Uint8Array | undefined => {
  const row = db.get(`SELECT bytes FROM body WHERE ${OF_REQUEST}`, stack, requestId);
  return row && sealer.open(row.bytes as Uint8Array);
};

/** Appends one leaf its owner has proven. */
export const importLeaf = (db: Database, sealer: Sealer, stack: bigint, leaf: ImportedLeaf): boolean => {
  const known = findRequest(db, stack, leaf.requestId);
  if (known?.state === 'committed') return false;
  const row = findStack(db, stack);
  if (row?.state !== 'quarantine')
    throw nodeError('STACK_STATE', { stack, state: row?.state ?? 'unknown', action: 'import' });
  if (leaf.index !== row.nextLeaf)
    throw nodeError('LEDGER', {
      action: 'import',
      stack,
      requestId: leaf.requestId,
      why: `leaf ${row.nextLeaf} comes first`,
    });
  const imported = db.get(
    `INSERT INTO request (stack, request_id, request_hash, envelope, signature, authority, state, bound, attempt, leaf_index,
       prompt_units, completion_units, units, content_hash, cut, receipt, receipt_signature, created_ms, finished_ms)
     VALUES (?, ?, ?, ?, ?, 0, 'committed', 0, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (stack, request_id) DO UPDATE SET request_hash = excluded.request_hash, envelope = excluded.envelope,
       signature = excluded.signature, authority = 0, badge_version = NULL, state = 'committed', reason = NULL, bound = 0,
       attempt = 1, leaf_index = excluded.leaf_index, prompt_units = excluded.prompt_units,
       completion_units = excluded.completion_units, units = excluded.units, content_hash = excluded.content_hash,
       cut = excluded.cut, receipt = excluded.receipt, receipt_signature = excluded.receipt_signature, refusal = NULL,
       refusal_signature = NULL, refusal_status = NULL, refusal_problem = NULL, created_ms = excluded.created_ms,
       finished_ms = excluded.finished_ms
     RETURNING id`,
    stack,
    leaf.requestId,
    leaf.requestHash,
    leaf.envelope,
    leaf.signature,
    leaf.index,
    leaf.promptUnits,
    leaf.completionUnits,
    leaf.units,
    leaf.contentHash,
    leaf.cut === null ? null : JSON.stringify(leaf.cut),
    leaf.receipt,
    leaf.receiptSignature,
    leaf.now,
    leaf.now,
  );
  if (leaf.body) db.run('INSERT OR REPLACE INTO body VALUES (?, ?)', imported?.id as bigint, sealer.seal(leaf.body));
  db.run(
    'UPDATE stack SET next_leaf = next_leaf + 1, consumed = consumed + ?, last_receipt_hash = ? WHERE id = ?',
    leaf.units,
    leaf.receiptHash,
    stack,
  );
  return true;
};
