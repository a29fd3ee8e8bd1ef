/** Tables of the SQLite store. Amounts and ids are 64-bit integers, times ms since 1970. */
import {
  bigints,
  booleans,
  bytes,
  constrained,
  defineTable,
  json,
  type Migration,
  named,
  numberedAs,
  numbers,
  oneOf,
  orNull,
  type Schema,
  texts,
} from '@atoma/base';
import type {
  DutyKind,
  DutyRow,
  EvidenceRow,
  OutboxKind,
  OutboxRow,
  ReleaseReason,
  RequestRow,
  StackRow,
  StackSigners,
  StoredResponse,
  TicketRow,
} from '../types.ts';

/** Names and values of what has no table. */
export const settings = defineTable<{ readonly name: string; readonly value: string }>(
  'setting',
  { name: texts(), value: texts() },
  { key: ['name'] },
);

/** A stack; what is under way on it is in memory. */
export type StackColumns = Omit<StackRow, 'reserved'> & { readonly closedMs: number | null };

/** Stacks. */
export const stacks = defineTable<StackColumns>(
  'stack',
  {
    id: bigints,
    task: bigints,
    role: numbers,
    model: texts(),
    level: numbers,
    owner: texts(),
    badge: orNull(texts()),
    price: bigints,
    units: bigints,
    attesters: numbers,
    purchaseEpoch: bigints,
    expiryEpoch: bigints,
    noticeEpoch: orNull(bigints),
    state: oneOf('open', 'draining', 'settling', 'settled', 'disputed', 'closed', 'quarantine'),
    nextLeaf: numbers,
    consumed: bigints,
    lastReceiptHash: bytes,
    claimed: orNull(bigints),
    shortages: numbers,
    lastRequestMs: numbers,
    closedMs: orNull(numbers),
    largestRequest: bigints,
    handoff: orNull(bytes),
  },
  { key: ['id'], constraints: ['CHECK (consumed >= 0 AND consumed <= units)'] },
);

/** A request that has ended. */
export interface RequestColumns extends Omit<RequestRow, 'state' | 'refused'> {
  /** Assigned when it is null. */
  readonly id: bigint | null;
  readonly state: 'committed' | 'released';
  readonly refusal: Uint8Array | null;
  readonly refusalSignature: Uint8Array | null;
  readonly refusalStatus: number | null;
  readonly refusalProblem: string | null;
}

/** Requests that have ended. */
export const requests = defineTable<RequestColumns>(
  'request',
  {
    id: orNull(bigints),
    stack: constrained(bigints, 'REFERENCES stack (id)'),
    requestId: texts(),
    requestHash: bytes,
    envelope: bytes,
    signature: bytes,
    authority: numberedAs<0 | 1>(),
    badgeVersion: orNull(bigints),
    state: oneOf('committed', 'released'),
    reason: orNull(texts<ReleaseReason>()),
    bound: bigints,
    attempt: numbers,
    leafIndex: orNull(numbers),
    promptUnits: orNull(bigints),
    completionUnits: orNull(bigints),
    units: orNull(bigints),
    contentHash: orNull(bytes),
    cut: orNull(json<readonly number[]>()),
    receipt: orNull(bytes),
    receiptSignature: orNull(bytes),
    refusal: orNull(bytes),
    refusalSignature: orNull(bytes),
    refusalStatus: orNull(numbers),
    refusalProblem: orNull(texts()),
    createdMs: numbers,
    finishedMs: orNull(numbers),
    workDigest: orNull(bytes),
    traceHash: orNull(bytes),
  },
  {
    key: ['id'],
    constraints: [
      'UNIQUE (stack, request_id)',
      'UNIQUE (stack, leaf_index)',
      `CHECK ((state = 'committed') = (receipt IS NOT NULL))`,
      `CHECK ((state = 'released') = (reason IS NOT NULL))`,
    ],
  },
);

const ofRequest = constrained(bigints, 'REFERENCES request (id)');

/** Bodies of requests, sealed. */
export const bodies = defineTable<{ readonly request: bigint; readonly bytes: Uint8Array }>(
  'body',
  { request: ofRequest, bytes },
  { key: ['request'] },
);

/** Traces of work, sealed. */
export const traces = defineTable<{ readonly request: bigint; readonly bytes: Uint8Array }>(
  'trace',
  { request: ofRequest, bytes },
  { key: ['request'] },
);

/** Answers, sealed. */
export const responses = defineTable<StoredResponse & { readonly request: bigint; readonly createdMs: number }>(
  'response',
  {
    request: ofRequest,
    status: numbers,
    contentType: texts(),
    streamed: booleans,
    createdMs: numbers,
    body: named('bytes', bytes),
  },
  { key: ['request'], indexes: ['CREATE INDEX IF NOT EXISTS response_age ON response (created_ms)'] },
);

/** Transactions on their way. */
export const outbox = defineTable<OutboxRow>(
  'outbox',
  {
    kind: texts<OutboxKind>(),
    subject: texts(),
    state: oneOf('intent', 'built', 'submitted', 'confirmed', 'failed'),
    attempt: numbers,
    frozen: texts(),
    transaction: named('tx', orNull(bytes)),
    signature: orNull(texts()),
    digest: constrained(orNull(texts()), 'UNIQUE'),
    expirationEpoch: orNull(bigints),
    effects: orNull(texts()),
    failure: orNull(texts()),
    createdMs: numbers,
    updatedMs: numbers,
  },
  { key: ['kind', 'subject'] },
);

/** What the node owes until an epoch. */
export const duties = defineTable<DutyRow>(
  'duty',
  {
    kind: texts<DutyKind>(),
    stack: bigints,
    beforeEpoch: orNull(bigints),
    fromEpoch: bigints,
    state: oneOf('open', 'done', 'missed'),
    data: texts(),
    updatedMs: numbers,
  },
  { key: ['kind', 'stack'] },
);

/** Settlement tickets. */
export const tickets = defineTable<TicketRow>(
  'ticket',
  { stack: bigints, node: bigints, state: texts(), deadlineEpoch: bigints, data: texts() },
  { key: ['stack'] },
);

/** Who may sign requests of a stack. */
export const signers = defineTable<StackSigners & { readonly stack: bigint }>(
  'signers',
  { stack: bigints, badge: texts(), owners: json<readonly string[]>() },
  { key: ['stack'] },
);

/** Evidence of parties to disputes. */
export const evidence = defineTable<EvidenceRow>(
  'evidence',
  {
    stack: bigints,
    kind: texts<EvidenceRow['kind']>(),
    digest: texts(),
    source: texts(),
    payload: bytes,
    receivedMs: numbers,
  },
  { key: ['stack', 'digest'] },
);

const onlyOne = constrained(bigints, 'CHECK (id = 1)');

/** How far the chain has been read. */
export const cursors = defineTable<{
  readonly id: bigint;
  readonly cursor: string | null;
  readonly checkpoint: bigint;
}>('chain_cursor', { id: onlyOne, cursor: orNull(texts()), checkpoint: bigints }, { key: ['id'] });

/** Events that were applied. */
export const appliedEvents = defineTable<{ readonly digest: string; readonly eventIndex: number }>(
  'applied_event',
  { digest: texts(), eventIndex: numbers },
  { key: ['digest', 'eventIndex'] },
);

/** Which process serves from this database. */
export const leases = defineTable<{
  readonly id: bigint;
  readonly instance: string;
  readonly pid: number;
  readonly heartbeatMs: number;
  readonly expiresMs: number;
}>(
  'lease',
  { id: onlyOne, instance: texts(), pid: numbers, heartbeatMs: numbers, expiresMs: numbers },
  { key: ['id'] },
);

const WORK_COLUMNS = `
ALTER TABLE request ADD COLUMN work_digest BLOB; ALTER TABLE request ADD COLUMN trace_hash BLOB;`;
const LARGEST_REQUEST = `
ALTER TABLE stack ADD COLUMN largest_request INTEGER NOT NULL DEFAULT 0; UPDATE stack SET largest_request = units;`;
const HANDOFF = `
ALTER TABLE stack ADD COLUMN handoff BLOB;`;

/**
 * Tables that exist keep columns nobody reads any more. In version 1 bodies and answers repeated the key of their request, and a
 * request under way had two states. In version 2 it was a row with one, counted in `stack.reserved`.
 * Up to version 3 no steps of the work were kept; up to version 4 a request could be the whole of its stack; up to version 5 no stack
 * was handed off.
 */
const migrations: Readonly<Record<number, Migration>> = {
  1: {
    before: `
DROP INDEX request_open; DROP INDEX response_age;
ALTER TABLE request RENAME TO request_1; ALTER TABLE body RENAME TO body_1; ALTER TABLE response RENAME TO response_1;`,
    after: `
INSERT INTO request SELECT NULL, stack, request_id, request_hash, envelope, signature, authority, badge_version,
  iif(state = 'committed', state, 'released'), iif(state IN ('reserved','streaming'), 'crash', reason), bound, attempt,
  leaf_index, prompt_units, completion_units, units, content_hash, cut, receipt, receipt_signature, refusal,
  refusal_signature, refusal_status, refusal_problem, created_ms, finished_ms, NULL, NULL FROM request_1 ORDER BY rowid;
INSERT INTO body SELECT r.id, b.bytes FROM body_1 b JOIN request r USING (stack, request_id);
INSERT INTO response SELECT r.id, a.status, a.content_type, a.streamed, a.created_ms, a.bytes
  FROM response_1 a JOIN request r USING (stack, request_id);
UPDATE stack SET reserved = 0;
DROP TABLE body_1; DROP TABLE response_1; DROP TABLE request_1;${LARGEST_REQUEST}${HANDOFF}`,
  },
  2: {
    after: `
UPDATE request SET state = 'released', reason = 'crash' WHERE state = 'reserved'; UPDATE stack SET reserved = 0;${WORK_COLUMNS}${LARGEST_REQUEST}${HANDOFF}`,
  },
  3: { after: `${WORK_COLUMNS}${LARGEST_REQUEST}${HANDOFF}` },
  4: { after: `${LARGEST_REQUEST}${HANDOFF}` },
  5: { after: HANDOFF },
};

/** All of them. */
export const nodeSchema: Schema = {
  version: 6,
  tables: [
    stacks,
    requests,
    bodies,
    traces,
    responses,
    outbox,
    duties,
    tickets,
    signers,
    evidence,
    cursors,
    appliedEvents,
    leases,
    settings,
  ],
  migrations,
};
