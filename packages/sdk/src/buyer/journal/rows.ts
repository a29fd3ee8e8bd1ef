/** Rows of the tables as the journal's values, and requests as rows. */
import type { SQLInputValue } from 'node:sqlite';
import type { SqlRow } from '@atoma/base';
import type {
  JournalEvidence,
  JournalOutbox,
  JournalReceipt,
  JournalRequest,
  JournalStack,
  OutboxStage,
  RequestStage,
  StackStage,
} from './types.ts';

/** An integer that fits a number. */
export const number = (value: SqlRow[string] | undefined): number => Number(value as bigint);
const maybeNumber = (value: SqlRow[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
/** An integer. */
export const big = (value: SqlRow[string] | undefined): bigint => value as bigint;
const maybeBig = (value: SqlRow[string] | undefined): bigint | null => (value ?? null) as bigint | null;
/** A text. */
export const text = (value: SqlRow[string] | undefined): string => value as string;
const maybeText = (value: SqlRow[string] | undefined): string | null => (value ?? null) as string | null;
const bytes = (value: SqlRow[string] | undefined): Uint8Array => value as Uint8Array;
const maybeBytes = (value: SqlRow[string] | undefined): Uint8Array | null => (value ?? null) as Uint8Array | null;

/** A row of `stack`. */
export const toStack = (row: SqlRow): JournalStack => ({
  stack: big(row.id),
  badge: text(row.badge),
  task: big(row.task),
  role: number(row.role),
  model: text(row.model),
  level: number(row.level),
  node: big(row.node),
  price: big(row.price),
  units: big(row.units),
  attesters: number(row.attesters),
  paid: big(row.paid),
  boughtEpoch: big(row.bought_epoch),
  expiryEpoch: big(row.expiry_epoch),
  digest: maybeText(row.digest),
  complete: row.complete === 1n,
  stage: text(row.stage) as StackStage,
  noticeEpoch: maybeBig(row.notice_epoch),
  usedBefore: big(row.used_before),
  tenant: text(row.tenant),
  addedMs: number(row.added_ms),
});

/** A row of `request`. */
export const toRequest = (row: SqlRow): JournalRequest => ({
  requestId: text(row.id),
  stack: big(row.stack),
  endpoint: text(row.endpoint),
  model: text(row.model),
  maxUnits: big(row.max_units),
  envelope: bytes(row.envelope),
  signature: bytes(row.signature),
  body: maybeBytes(row.body),
  tag: text(row.tag),
  stage: text(row.stage) as RequestStage,
  index: maybeNumber(row.leaf_index),
  units: maybeBig(row.units),
  cumulative: maybeBig(row.cumulative),
  answer: maybeBytes(row.answer),
  answerSignature: maybeBytes(row.answer_signature),
  createdMs: number(row.created_ms),
  finishedMs: maybeNumber(row.finished_ms),
});

/** A row of `request` that has a receipt. */
export const toReceipt = (row: SqlRow): JournalReceipt => ({
  requestId: text(row.id),
  index: number(row.leaf_index),
  units: big(row.units),
  cumulative: big(row.cumulative),
  receipt: bytes(row.answer),
  signature: bytes(row.answer_signature),
});

/** A row of `outbox`. */
export const toOutbox = (row: SqlRow): JournalOutbox => ({
  kind: text(row.kind),
  subject: text(row.subject),
  stage: text(row.stage) as OutboxStage,
  frozen: text(row.frozen),
  cost: big(row.cost),
  transaction: maybeBytes(row.tx),
  signature: maybeText(row.signature),
  digest: maybeText(row.digest),
  expirationEpoch: maybeBig(row.expiration_epoch),
  failure: maybeText(row.failure),
  createdMs: number(row.created_ms),
  updatedMs: number(row.updated_ms),
});

/** A row of `evidence`. */
export const toEvidence = (row: SqlRow): JournalEvidence => ({
  stack: big(row.stack),
  node: big(row.node),
  kind: text(row.kind),
  payload: text(row.payload),
  atMs: number(row.at_ms),
});

/** The columns of a row of `request`, in the order of the table. */
export const requestColumns = (r: JournalRequest): SQLInputValue[] => [
  r.requestId,
  r.stack,
  r.endpoint,
  r.model,
  r.maxUnits,
  r.envelope,
  r.signature,
  r.body,
  r.tag,
  r.stage,
  r.index,
  r.units,
  r.cumulative,
  r.answer,
  r.answerSignature,
  r.createdMs,
  r.finishedMs,
];
