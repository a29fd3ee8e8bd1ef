import { booleans, bytes, constrained, defineTable, numbers, orNull, type Schema, texts } from '@atoma/base';

/** Format of the file; a file of another format is refused, never converted silently. */
export const SCHEMA_VERSION = 1;

/** Owner kinds as stored. Negative kinds mark versions at which an object left the live set. */
export const OWNER = {
  address: 0,
  object: 1,
  shared: 2,
  immutable: 3,
  consensus: 4,
  deleted: -1,
  wrapped: -2,
} as const;

/** A row of `meta`. */
export const meta = defineTable<{ readonly name: string; readonly value: Uint8Array }>(
  'meta',
  { name: texts(), value: bytes },
  { key: ['name'], sqliteOptions: 'WITHOUT ROWID' },
);

/** Texts of types by their number, which SQLite gives when `id` is null. */
export const types = defineTable<{ readonly id: number | null; readonly text: string }>(
  'types',
  { id: orNull(numbers), text: constrained(texts(), 'UNIQUE') },
  { key: ['id'], sqliteOptions: '' },
);

/** Every version of an object in the order of writing, so that a commit touches few pages and a restore deletes a tail. */
export interface ObjectRow {
  /** SQLite gives it when null. */
  readonly seq: number | null;
  readonly id: Uint8Array;
  readonly version: number;
  /** One of {@link OWNER}. */
  readonly kind: number;
  readonly owner: Uint8Array | null;
  readonly initial: number | null;
  readonly type: number;
  readonly transferable: boolean;
  readonly digest: Uint8Array | null;
  readonly previous: Uint8Array | null;
  readonly rebate: number;
  readonly contents: Uint8Array | null;
}

/** Versions of objects. */
export const objects = defineTable<ObjectRow>(
  'objects',
  {
    seq: orNull(numbers),
    id: bytes,
    version: numbers,
    kind: numbers,
    owner: orNull(bytes),
    initial: orNull(numbers),
    type: numbers,
    transferable: booleans,
    digest: orNull(bytes),
    previous: orNull(bytes),
    rebate: numbers,
    contents: orNull(bytes),
  },
  { key: ['seq'], sqliteOptions: '', indexes: ['CREATE UNIQUE INDEX objects_version ON objects (id, version)'] },
);

/** The current version of an object, with what lists need. */
export interface LiveRow {
  readonly id: Uint8Array;
  readonly seq: number;
  readonly kind: number;
  readonly owner: Uint8Array | null;
  readonly type: number;
  /** A coin's value as 8 big-endian bytes, so that order by blob is order by value. */
  readonly balance: Uint8Array | null;
}

/** Current versions. */
export const live = defineTable<LiveRow>(
  'live',
  { id: bytes, seq: numbers, kind: numbers, owner: orNull(bytes), type: numbers, balance: orNull(bytes) },
  {
    key: ['id'],
    sqliteOptions: 'WITHOUT ROWID',
    indexes: [
      'CREATE INDEX live_owner ON live (owner, kind, type, balance DESC, id) WHERE owner IS NOT NULL',
      'CREATE INDEX live_type ON live (type)',
    ],
  },
);

/** A version of a package. */
export interface PackageRow {
  readonly id: Uint8Array;
  readonly original: Uint8Array;
  readonly version: number;
  readonly checkpoint: number;
}

/** Versions of packages. */
export const packages = defineTable<PackageRow>(
  'packages',
  { id: bytes, original: bytes, version: numbers, checkpoint: numbers },
  {
    key: ['id'],
    sqliteOptions: 'WITHOUT ROWID',
    indexes: ['CREATE INDEX packages_original ON packages (original, version)'],
  },
);

/** A transaction as it is kept. */
export interface StoredTransaction {
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly sender: Uint8Array;
  readonly checkpoint: number;
  readonly data: Uint8Array;
  readonly signatures: Uint8Array;
  readonly effects: Uint8Array;
  readonly effectsDigest: Uint8Array;
  readonly extra: string;
}

/** Transactions. */
export const transactions = defineTable<StoredTransaction>(
  'transactions',
  {
    sequence: numbers,
    digest: constrained(bytes, 'UNIQUE'),
    sender: bytes,
    checkpoint: numbers,
    data: bytes,
    signatures: bytes,
    effects: bytes,
    effectsDigest: bytes,
    extra: texts(),
  },
  {
    key: ['sequence'],
    sqliteOptions: '',
    indexes: ['CREATE INDEX transactions_sender ON transactions (sender, sequence)'],
  },
);

/** A function that a transaction called. */
export interface CallRow {
  readonly package: Uint8Array;
  readonly module: string;
  readonly function: string;
  readonly sequence: number;
}

/** Functions that transactions called. */
export const calls = defineTable<CallRow>(
  'calls',
  { package: bytes, module: texts(), function: texts(), sequence: numbers },
  { key: ['package', 'module', 'function', 'sequence'], sqliteOptions: 'WITHOUT ROWID' },
);

/** An event as it is kept. */
export interface EventRow {
  /** Of its transaction. */
  readonly sequence: number;
  readonly number: number;
  readonly package: Uint8Array;
  readonly module: string;
  readonly sender: Uint8Array;
  readonly type: number;
  readonly contents: Uint8Array;
}

/** Events. */
export const events = defineTable<EventRow>(
  'events',
  {
    sequence: numbers,
    number: numbers,
    package: bytes,
    module: texts(),
    sender: bytes,
    type: numbers,
    contents: bytes,
  },
  {
    key: ['sequence', 'number'],
    sqliteOptions: 'WITHOUT ROWID',
    indexes: [
      'CREATE INDEX events_type ON events (type, sequence, number)',
      'CREATE INDEX events_module ON events (package, module, sequence, number)',
    ],
  },
);

/** A checkpoint as it is kept. */
export interface CheckpointRow {
  readonly sequence: number;
  readonly digest: Uint8Array;
  readonly contentDigest: Uint8Array;
  readonly epoch: number;
  readonly timestamp: number;
  readonly total: number;
  readonly endOfEpoch: boolean;
  readonly contents: Uint8Array;
  readonly gas: Uint8Array;
  /** JSON. */
  readonly state: string;
  /** The last row of `objects` when it was written. */
  readonly lastObject: number;
}

/** Checkpoints. */
export const checkpoints = defineTable<CheckpointRow>(
  'checkpoints',
  {
    sequence: numbers,
    digest: constrained(bytes, 'UNIQUE'),
    contentDigest: bytes,
    epoch: numbers,
    timestamp: numbers,
    total: numbers,
    endOfEpoch: booleans,
    contents: bytes,
    gas: bytes,
    state: texts(),
    lastObject: numbers,
  },
  { key: ['sequence'], sqliteOptions: '' },
);

/** All tables. Ids and digests are blobs of 32 bytes. */
export const schema: Schema = {
  version: SCHEMA_VERSION,
  tables: [meta, types, objects, live, packages, transactions, calls, events, checkpoints],
};
