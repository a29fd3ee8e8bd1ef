/** From SQLite rows to records. */
import type {
  DutyRow,
  EvidenceRow,
  LeafRow,
  OutboxRow,
  OutboxState,
  ReleaseReason,
  RequestRow,
  RequestState,
  StackRow,
  StackState,
  TicketRow,
} from '../types.ts';
import type { SqlRow } from './database.ts';

const bytes = (value: unknown): Uint8Array => value as Uint8Array;
const text = (value: unknown): string => value as string;
const int = (value: unknown): bigint => value as bigint;
const orNull = <Value>(value: unknown, read: (value: unknown) => Value): Value | null =>
  value === null ? null : read(value);
const number = (value: unknown): number => Number(value);
const cut = (value: unknown): readonly number[] => JSON.parse(text(value)) as number[];

/** A stack, with nothing under way. */
export const toStack = (row: SqlRow): StackRow => ({
  id: int(row.id),
  task: int(row.task),
  role: number(row.role),
  model: text(row.model),
  level: number(row.level),
  owner: text(row.owner),
  badge: orNull(row.badge, text),
  price: int(row.price),
  units: int(row.units),
  attesters: number(row.attesters),
  purchaseEpoch: int(row.purchase_epoch),
  expiryEpoch: int(row.expiry_epoch),
  noticeEpoch: orNull(row.notice_epoch, int),
  state: text(row.state) as StackState,
  nextLeaf: number(row.next_leaf),
  consumed: int(row.consumed),
  reserved: 0n,
  lastReceiptHash: bytes(row.last_receipt_hash),
  claimed: orNull(row.claimed, int),
  shortages: number(row.shortages),
  lastRequestMs: number(row.last_request_ms),
});

/** A request. */
export const toRequest = (row: SqlRow): RequestRow => ({
  stack: int(row.stack),
  requestId: text(row.request_id),
  requestHash: bytes(row.request_hash),
  envelope: bytes(row.envelope),
  signature: bytes(row.signature),
  authority: number(row.authority) as 0 | 1,
  badgeVersion: orNull(row.badge_version, int),
  state: text(row.state) as RequestState,
  reason: orNull(row.reason, text) as ReleaseReason | null,
  bound: int(row.bound),
  attempt: number(row.attempt),
  leafIndex: orNull(row.leaf_index, number),
  promptUnits: orNull(row.prompt_units, int),
  completionUnits: orNull(row.completion_units, int),
  units: orNull(row.units, int),
  contentHash: orNull(row.content_hash, bytes),
  cut: orNull(row.cut, cut),
  receipt: orNull(row.receipt, bytes),
  receiptSignature: orNull(row.receipt_signature, bytes),
  refused: row.refusal
    ? {
        refusal: bytes(row.refusal),
        signature: bytes(row.refusal_signature),
        status: number(row.refusal_status),
        problem: text(row.refusal_problem),
      }
    : null,
  createdMs: number(row.created_ms),
  finishedMs: orNull(row.finished_ms, number),
});

/** A committed request as a leaf of the history. */
export const toLeaf = (row: SqlRow): LeafRow => ({
  index: number(row.leaf_index),
  requestId: text(row.request_id),
  requestHash: bytes(row.request_hash),
  contentHash: bytes(row.content_hash),
  units: int(row.units),
  envelope: bytes(row.envelope),
  signature: bytes(row.signature),
  authority: number(row.authority) as 0 | 1,
  badgeVersion: orNull(row.badge_version, int),
  cut: orNull(row.cut, cut),
  receipt: bytes(row.receipt),
  receiptSignature: bytes(row.receipt_signature),
});

/** An outbox entry. */
export const toOutbox = (row: SqlRow): OutboxRow => ({
  kind: text(row.kind),
  subject: text(row.subject),
  state: text(row.state) as OutboxState,
  attempt: number(row.attempt),
  frozen: text(row.frozen),
  transaction: orNull(row.tx, bytes),
  signature: orNull(row.signature, text),
  digest: orNull(row.digest, text),
  expirationEpoch: orNull(row.expiration_epoch, int),
  effects: orNull(row.effects, text),
  failure: orNull(row.failure, text),
  createdMs: number(row.created_ms),
  updatedMs: number(row.updated_ms),
});

/** A duty. */
export const toDuty = (row: SqlRow): DutyRow => ({
  kind: text(row.kind),
  stack: int(row.stack),
  beforeEpoch: orNull(row.before_epoch, int),
  fromEpoch: int(row.from_epoch),
  state: text(row.state) as DutyRow['state'],
  data: text(row.data),
  updatedMs: number(row.updated_ms),
});

/** A ticket. */
export const toTicket = (row: SqlRow): TicketRow => ({
  stack: int(row.stack),
  node: int(row.node),
  state: text(row.state),
  deadlineEpoch: int(row.deadline_epoch),
  data: text(row.data),
});

/** A piece of evidence. */
export const toEvidence = (row: SqlRow): EvidenceRow => ({
  stack: int(row.stack),
  kind: text(row.kind) as EvidenceRow['kind'],
  digest: text(row.digest),
  source: text(row.source),
  payload: bytes(row.payload),
  receivedMs: number(row.received_ms),
});
