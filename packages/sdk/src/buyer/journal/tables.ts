/** Tables of the journal. Amounts and units stay below 2^63. */
import {
  bigints,
  booleans,
  bytes,
  defineTable,
  named,
  numbers,
  orNull,
  type Schema,
  type SqlRow,
  texts,
} from '@atoma/base';
import type {
  JournalEvidence,
  JournalOutbox,
  JournalReceipt,
  JournalRequest,
  JournalStack,
  OutboxKind,
  OutboxStage,
  RequestStage,
  StackStage,
} from './types.ts';

/** Names and values of what has no table. */
export const settings = defineTable<{ readonly name: string; readonly value: string }>(
  'setting',
  { name: texts(), value: texts() },
  { key: ['name'] },
);

/** Stacks of the buyer. */
export const stacks = defineTable<JournalStack>(
  'stack',
  {
    stack: named('id', bigints),
    badge: texts(),
    task: bigints,
    role: numbers,
    model: texts(),
    level: numbers,
    node: bigints,
    price: bigints,
    units: bigints,
    attesters: numbers,
    paid: bigints,
    boughtEpoch: bigints,
    expiryEpoch: bigints,
    digest: orNull(texts()),
    complete: booleans,
    stage: texts<StackStage>(),
    noticeEpoch: orNull(bigints),
    usedBefore: bigints,
    tenant: texts(),
    addedMs: numbers,
    largestRequest: bigints,
  },
  { key: ['stack'] },
);

/** Signed requests. */
export const requests = defineTable<JournalRequest>(
  'request',
  {
    requestId: named('id', texts()),
    stack: bigints,
    endpoint: texts(),
    model: texts(),
    maxUnits: bigints,
    envelope: bytes,
    signature: bytes,
    body: orNull(bytes),
    tag: texts(),
    stage: texts<RequestStage>(),
    index: named('leaf_index', orNull(numbers)),
    units: orNull(bigints),
    cumulative: orNull(bigints),
    answer: orNull(bytes),
    answerSignature: orNull(bytes),
    createdMs: numbers,
    finishedMs: orNull(numbers),
  },
  {
    key: ['requestId'],
    indexes: [
      'CREATE INDEX IF NOT EXISTS request_of_stack ON request (stack, leaf_index)',
      `CREATE INDEX IF NOT EXISTS request_of_tag ON request (tag) WHERE tag <> ''`,
      `CREATE INDEX IF NOT EXISTS request_unresolved ON request (stack) WHERE stage IN ('open', 'dropped')`,
    ],
  },
);

/** What a receipt takes of a row of {@link requests}: without the request, which can be many times as long. */
export const RECEIPT_COLUMNS = 'id, leaf_index, units, cumulative, answer, answer_signature';

/** {@link RECEIPT_COLUMNS} of a row that has a receipt. */
export const toReceipt = (row: SqlRow): JournalReceipt =>
  ({
    requestId: row.id,
    index: Number(row.leaf_index),
    units: row.units,
    cumulative: row.cumulative,
    receipt: row.answer,
    signature: row.answer_signature,
  }) as JournalReceipt;

/** Transactions on their way. */
export const outbox = defineTable<JournalOutbox>(
  'outbox',
  {
    kind: texts<OutboxKind>(),
    subject: texts(),
    stage: texts<OutboxStage>(),
    frozen: texts(),
    cost: bigints,
    transaction: named('tx', orNull(bytes)),
    signature: orNull(texts()),
    digest: orNull(texts()),
    expirationEpoch: orNull(bigints),
    failure: orNull(texts()),
    createdMs: numbers,
    updatedMs: numbers,
  },
  { key: ['kind', 'subject'] },
);

/** What proves faults of nodes. */
export const evidence = defineTable<JournalEvidence>(
  'evidence',
  { stack: bigints, node: bigints, kind: texts(), payload: texts(), atMs: numbers },
  { key: [] },
);

/** All of them. In version 1 a request could be the whole of its stack. */
export const journalSchema: Schema = {
  version: 2,
  tables: [settings, stacks, requests, outbox, evidence],
  migrations: {
    1: {
      before: 'ALTER TABLE stack RENAME TO stack_1;',
      after: 'INSERT INTO stack SELECT *, units FROM stack_1; DROP TABLE stack_1;',
    },
  },
};
