/** Tables of the gateway. */
import {
  bigints,
  booleans,
  bytes,
  constrained,
  defineTable,
  json,
  named,
  numbers,
  orNull,
  type Schema,
  type Table,
  texts,
} from '@atoma/base';
import type {
  AuditRow,
  BookRow,
  BookState,
  KeyRow,
  PaymentRow,
  PaymentState,
  PendingRequest,
  StoredAnswer,
} from './types.ts';

/** Names and values of what has no table. */
export const settings = defineTable<{ readonly name: string; readonly value: string }>(
  'setting',
  { name: texts(), value: texts() },
  { key: ['name'] },
);

/** What a key says about whose offers it takes and who may read its answers. */
type Rules = Pick<KeyRow, 'levels' | 'tasks' | 'nodePolicy' | 'price' | 'origins'>;
/** The same as JSON; members of older files may be absent. */
type StoredRules = Partial<
  Omit<Rules, 'tasks' | 'price'> & { readonly tasks: readonly string[]; readonly price: string | null }
>;

const keyTable = defineTable<Omit<KeyRow, keyof Rules> & { readonly rules: StoredRules }>(
  'api_key',
  {
    id: texts(),
    tenant: texts(),
    name: texts(),
    secretHash: bytes,
    models: json<readonly string[]>(),
    addresses: json<readonly string[]>(),
    maxPrice: orNull(bigints),
    dedicated: booleans,
    requestsPerMinute: named('requests_minute', orNull(numbers)),
    unitsPerMinute: named('units_minute', orNull(numbers)),
    concurrency: orNull(numbers),
    dayUnits: orNull(bigints),
    monthUnits: orNull(bigints),
    dayCost: orNull(bigints),
    monthCost: orNull(bigints),
    createdMs: numbers,
    expiresMs: orNull(numbers),
    revokedMs: orNull(numbers),
    rules: constrained(json<StoredRules>(), `DEFAULT '{}'`),
  },
  { key: ['id'] },
);

/** API keys. */
export const keys: Table<KeyRow> = {
  ...keyTable,
  values: ({ levels, tasks, nodePolicy, price, origins, ...row }) =>
    keyTable.values({
      ...row,
      rules: { levels, tasks: tasks.map(String), nodePolicy, price: price === null ? null : String(price), origins },
    }),
  read: (row) => {
    const { rules, ...key } = keyTable.read(row);
    const { levels = [], tasks = [], nodePolicy = null, price = null, origins = [] } = rules;
    return {
      ...key,
      levels,
      tasks: tasks.map(BigInt),
      nodePolicy,
      price: price === null ? null : BigInt(price),
      origins,
    };
  },
  replaceOn: keyTable.replaceOn as Table<KeyRow>['replaceOn'],
};

/** Requests with what they may cost and what they cost. */
export const books = defineTable<BookRow>(
  'book',
  {
    id: texts(),
    key: named('api_key', texts()),
    tenant: texts(),
    endpoint: texts(),
    model: texts(),
    state: texts<BookState>(),
    boundUnits: bigints,
    boundCost: bigints,
    units: bigints,
    cost: bigints,
    status: orNull(numbers),
    createdMs: numbers,
    finishedMs: orNull(numbers),
  },
  {
    key: ['id'],
    indexes: [
      'CREATE INDEX IF NOT EXISTS book_of_key ON book (api_key, created_ms)',
      'CREATE INDEX IF NOT EXISTS book_of_tenant ON book (tenant, created_ms)',
      `CREATE INDEX IF NOT EXISTS book_open ON book (id) WHERE state = 'reserved'`,
    ],
  },
);

/** Whose answer a row of {@link answers} or {@link pending} is, and since when. */
interface Named {
  readonly tenant: string;
  readonly name: string;
  readonly createdMs: number;
}

/** Answers by idempotency key. */
export const answers = defineTable<Named & StoredAnswer>(
  'answer',
  {
    tenant: texts(),
    name: texts(),
    requestHash: bytes,
    status: numbers,
    contentType: texts(),
    headers: json<Readonly<Record<string, string>>>(),
    body: bytes,
    createdMs: numbers,
  },
  { key: ['tenant', 'name'] },
);

/** Requests with an idempotency key and no answer yet. */
export const pending = defineTable<Named & PendingRequest>(
  'pending',
  { tenant: texts(), name: texts(), requestHash: bytes, tags: json<readonly string[]>(), createdMs: numbers },
  { key: ['tenant', 'name'] },
);

/** Payments by x402. */
export const payments = defineTable<PaymentRow>(
  'payment',
  {
    digest: texts(),
    payer: texts(),
    amount: bigints,
    state: texts<PaymentState>(),
    tags: json<readonly string[]>(),
    refund: orNull(bigints),
    batch: orNull(texts()),
    createdMs: numbers,
    changedMs: numbers,
  },
  { key: ['digest'], indexes: ['CREATE INDEX IF NOT EXISTS payment_of_state ON payment (state, created_ms)'] },
);

/** The audit log. */
export const audit = defineTable<AuditRow>(
  'audit',
  { atMs: numbers, actor: texts(), action: texts(), detail: texts() },
  { key: [] },
);

/** All of them. */
export const gatewaySchema: Schema = {
  version: 3,
  tables: [settings, keys, books, answers, pending, payments, audit],
  migrations: { 1: { before: `ALTER TABLE api_key ADD COLUMN rules TEXT NOT NULL DEFAULT '{}';` }, 2: {} },
};
