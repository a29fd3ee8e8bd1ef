import type { Address } from '@atoma/move-engine';
import { digestText } from './internal/base58.ts';
import { newReader } from './internal/bcs-reader.ts';
import { newWriter, putRaw, putU8, putU32, written } from './internal/bcs-writer.ts';
import { coinTypeOfField, FUNDS_FIELD, fundsOf } from './internal/funds.ts';
import { SYSTEM } from './internal/genesis.ts';
import type { Ledger, LedgerState } from './internal/state.ts';
import { type Database, getRow, getRows, type Row } from './internal/store/database.ts';
import {
  coinTotals,
  key,
  type OwnedCursor,
  ownedCursorOf,
  ownedRows,
  readLive,
  typesMatching,
  typesWithin,
} from './internal/store/objects.ts';
import { OWNER } from './internal/store/schema.ts';
import { eventOfRow, TRANSACTION_COLUMNS, transactionOfRow } from './internal/store/transaction-rows.ts';
import { canonicalType, coinTypeOf } from './internal/type-tag.ts';
import { ledgerError } from './ledger-errors.ts';
import { addressOf, read } from './reads.ts';
import type { Digest, LedgerEvent, Page, StoredObject, TransactionRecord } from './types.ts';

const MAX_PAGE = 1_000;

const pageSize = (limit: number): number => {
  if (!Number.isInteger(limit) || limit < 1)
    throw ledgerError('BAD_ARGUMENT', { what: 'limit', expected: 'a whole number from 1', given: limit });
  return Math.min(limit, MAX_PAGE);
};

const encodeCursor = (cursor: OwnedCursor): Uint8Array => {
  const w = newWriter(48);
  putU32(w, cursor.type);
  putU8(w, cursor.balance ? 1 : 0);
  if (cursor.balance) putRaw(w, cursor.balance);
  putRaw(w, cursor.id);
  return written(w);
};

const decodeCursor = (bytes: Uint8Array): OwnedCursor => {
  const isCoin = bytes.length === 45;
  if (!isCoin && bytes.length !== 37)
    throw ledgerError('BAD_ARGUMENT', {
      what: 'cursor',
      expected: 'one this ledger gave',
      given: `${bytes.length} bytes`,
    });
  const type = newReader(bytes).bytes.readUInt32LE(0);
  return { type, balance: isCoin ? bytes.slice(5, 13) : null, id: bytes.slice(isCoin ? 13 : 5) };
};

const pageOf = (db: Database, found: readonly StoredObject[], limit: number): Page<StoredObject> => {
  if (found.length <= limit) return { items: found };
  const items = found.slice(0, limit);
  return { items, next: encodeCursor(ownedCursorOf(db, items[limit - 1] as StoredObject)) };
};

/** Which objects of an address to list. */
export interface OwnedQuery {
  readonly owner: Address;
  /** Full type, or a bare generic such as `0x2::coin::Coin`, which means all its instantiations. */
  readonly type?: string;
  readonly cursor?: Uint8Array;
  /** At most 1,000. */
  readonly limit: number;
}

const listBy = (ledger: Ledger, kind: number, query: OwnedQuery): Page<StoredObject> => {
  const limit = pageSize(query.limit);
  const after = query.cursor && decodeCursor(query.cursor);
  return read(ledger, ({ db }) => {
    const types = query.type === undefined ? undefined : typesMatching(db, canonicalType(query.type) ?? query.type);
    return pageOf(db, ownedRows(db, kind, addressOf(query.owner), types, after, limit + 1), limit);
  });
};

/** Objects owned by an address, grouped by type; coins by balance, the largest first. */
export const listOwnedObjects = (ledger: Ledger, query: OwnedQuery): Page<StoredObject> =>
  listBy(ledger, OWNER.address, query);

/** Objects owned by the object `parent`: its dynamic fields, and behind a field object the object it holds. */
export const listChildren = (
  ledger: Ledger,
  query: { readonly parent: Address; readonly cursor?: Uint8Array; readonly limit: number },
): Page<StoredObject> => listBy(ledger, OWNER.object, { ...query, owner: query.parent });

/** What an address has of one coin type. */
export interface CoinBalance {
  /** Canonical type text of the coin's marker. */
  readonly coinType: string;
  /** Sum of its coins, in the coin's base units. */
  readonly balance: bigint;
  /** Number of coin objects. */
  readonly count: number;
  /** What it has without objects, in base units. */
  readonly funds: bigint;
}

/** Balances of an address by coin type, those of coins first. */
export const listBalances = (ledger: Ledger, owner: Address): readonly CoinBalance[] =>
  read(ledger, ({ db }) => {
    const address = addressOf(owner);
    const find = (id: Address) => readLive(db, id);
    const coins = coinTotals(db, address).map(({ type, balance, count }) => {
      const coinType = coinTypeOf(type) as string;
      return { coinType, balance, count, funds: fundsOf(find, address, coinType) };
    });
    const known = new Set(coins.map(({ coinType }) => coinType));
    const others = typesWithin(db, FUNDS_FIELD).flatMap((type) => {
      const coinType = coinTypeOfField(type) as string;
      const funds = known.has(coinType) ? 0n : fundsOf(find, address, coinType);
      return funds === 0n ? [] : [{ coinType, balance: 0n, count: 0, funds }];
    });
    return [...coins, ...others];
  });

/** Which transactions to list. All conditions must hold. */
export interface TransactionFilter {
  readonly sender?: Address;
  /** A Move call in it: package (storage id as called), and if given module and function. */
  readonly call?: { readonly package: Address; readonly module?: string; readonly function?: string };
  /** Objects of which it changed at least one, where their versions tell; others are listed too where they do not. */
  readonly objects?: readonly Address[];
}

/** A window of a listing by transaction sequence; both ends exclusive. */
export interface TransactionQuery {
  readonly after?: number;
  readonly before?: number;
  readonly limit: number;
  readonly descending?: boolean;
  readonly filter?: TransactionFilter;
}

/** SQL under construction: conditions and the values they bind. */
interface Conditions {
  readonly texts: string[];
  readonly values: (string | number | Uint8Array)[];
}

const condition = (c: Conditions, text: string, ...values: (string | number | Uint8Array)[]): void => {
  c.texts.push(text);
  c.values.push(...values);
};

const where = (c: Conditions): string => (c.texts.length === 0 ? '' : `WHERE ${c.texts.join(' AND ')}`);

const callCondition = (c: Conditions, call: NonNullable<TransactionFilter['call']>): void => {
  const texts = ['package = ?'];
  const values: (string | Uint8Array)[] = [key(addressOf(call.package))];
  if (call.module !== undefined) texts.push('module = ?');
  if (call.module !== undefined) values.push(call.module);
  if (call.function !== undefined) texts.push('function = ?');
  if (call.function !== undefined) values.push(call.function);
  condition(c, `t.sequence IN (SELECT sequence FROM calls WHERE ${texts.join(' AND ')})`, ...values);
};

/** What is known of the versions of objects, up to a version each. */
interface KnownVersions {
  readonly generation: number;
  readonly objects: Map<string, { readonly last: number; readonly isNamed: boolean }>;
}

const knownVersions = new WeakMap<LedgerState, KnownVersions>();
const MOST_KNOWN = 1_000;

const knownOf = (state: LedgerState): KnownVersions['objects'] => {
  const known = knownVersions.get(state);
  if (known?.generation === state.generation && known.objects.size < MOST_KNOWN) return known.objects;
  const fresh: KnownVersions = { generation: state.generation, objects: new Map() };
  knownVersions.set(state, fresh);
  return fresh.objects;
};

/**
 * Whether the versions of an object name every transaction that changed it. Not so of one that was ever wrapped (it may have been
 * deleted without a version), of funds (they are written when they are settled), and in files of earlier versions. Only versions
 * that are new since the last question are looked at.
 */
const isNamedByVersions = (state: LedgerState, id: Address): boolean => {
  const known = knownOf(state);
  const before = known.get(id) ?? { last: -1, isNamed: true };
  if (!before.isNamed) return false;
  const sql = `SELECT MAX(version) AS last, SUM(previous IS NULL OR kind = ? OR owner IS ?) AS odd FROM objects
    WHERE id = ? AND version > ?`;
  const row = getRow(state.db, sql, OWNER.wrapped, key(SYSTEM.accumulators), key(id), before.last);
  const last = (row?.last as number | null) ?? before.last;
  const isNamed = last >= 0 && (row?.odd ?? 0) === 0;
  if (last >= 0) known.set(id, { last, isNamed });
  return isNamed;
};

/** The first version of an object that a transaction behind `sequence` wrote: versions and transactions have one order. */
const versionBehind = (db: Database, id: Address, sequence: number): number => {
  const sql = `SELECT o.version, t.sequence FROM objects o JOIN transactions t ON t.digest = o.previous
    WHERE o.id = ? AND o.version >= ? ORDER BY o.version LIMIT 1`;
  const end = getRow(db, 'SELECT MAX(version) AS last FROM objects WHERE id = ?', key(id))?.last as number | null;
  let [low, high] = [0, (end ?? -1) + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const found = getRow(db, sql, key(id), middle);
    if (!found || (found.sequence as number) > sequence) high = middle;
    else low = (found.version as number) + 1;
  }
  return low;
};

/** Digests of what wrote versions of an object within the window: no more than the list can show, if nothing else narrows it. */
const writers = (db: Database, id: Address, query: TransactionQuery): Conditions => {
  const { after, before, descending, filter } = query;
  const from = after === undefined ? 0 : versionBehind(db, id, after);
  const to = before === undefined ? Number.MAX_SAFE_INTEGER : versionBehind(db, id, before - 1);
  const most = filter?.sender === undefined && !filter?.call ? pageSize(query.limit) : -1;
  const sql = `SELECT previous FROM (SELECT previous FROM objects WHERE id = ? AND version >= ? AND version < ?
    ORDER BY version ${descending ? 'DESC' : 'ASC'} LIMIT ?)`;
  return { texts: [sql], values: [key(id), from, to, most] };
};

const objectsCondition = (state: LedgerState, c: Conditions, query: TransactionQuery): void => {
  const objects = query.filter?.objects?.map(addressOf);
  if (!objects?.every((id) => isNamedByVersions(state, id))) return;
  const each = objects.map((id) => writers(state.db, id, query));
  const sql = each.flatMap(({ texts }) => texts).join(' UNION ALL ');
  condition(c, `t.digest IN (${sql})`, ...each.flatMap(({ values }) => values));
};

/** Transactions in order of execution, or the other way round. */
export const listTransactions = (ledger: Ledger, query: TransactionQuery): readonly TransactionRecord[] => {
  const c: Conditions = { texts: [], values: [] };
  if (query.after !== undefined) condition(c, 't.sequence > ?', query.after);
  if (query.before !== undefined) condition(c, 't.sequence < ?', query.before);
  if (query.filter?.sender !== undefined) condition(c, 't.sender = ?', key(addressOf(query.filter.sender)));
  if (query.filter?.call) callCondition(c, query.filter.call);
  return read(ledger, (state) => {
    const { db } = state;
    objectsCondition(state, c, query);
    const sql = `SELECT ${TRANSACTION_COLUMNS} FROM transactions t JOIN checkpoints c ON c.sequence = t.checkpoint
      ${where(c)} ORDER BY t.sequence ${query.descending ? 'DESC' : 'ASC'} LIMIT ?`;
    return getRows(db, sql, ...c.values, pageSize(query.limit)).map((row) => transactionOfRow(db, row));
  });
};

/** Place of an event: its transaction's sequence and its index there. */
export interface EventCursor {
  readonly sequence: number;
  readonly index: number;
}

/** An event with the place it was emitted at. */
export interface EventRecord extends LedgerEvent, EventCursor {
  readonly transaction: Digest;
  readonly checkpoint: number;
  readonly timestampMs: number;
}

/** Which events to list. All conditions must hold. */
export interface EventFilter {
  /** Full type, or a bare generic; by defining package id. */
  readonly type?: string;
  /** Module of the type: all event types it defines. */
  readonly typeModule?: { readonly package: Address; readonly module?: string };
  /** Package (storage id) and module of the function the transaction called. */
  readonly module?: { readonly package: Address; readonly module?: string };
  readonly sender?: Address;
}

/** A window of a listing of events; both ends exclusive. */
export interface EventQuery {
  readonly after?: EventCursor;
  readonly before?: EventCursor;
  readonly limit: number;
  readonly descending?: boolean;
  readonly filter?: EventFilter;
}

const typeIdsWithin = (db: Database, module: NonNullable<EventFilter['typeModule']>): number[] => {
  const start = `0x${addressOf(module.package)}::${module.module === undefined ? '' : `${module.module}::`}`;
  const end = `${start.slice(0, -1)};`; // the character after ':'
  return getRows(db, 'SELECT id FROM types WHERE text >= ? AND text < ?', start, end).map((row) => row.id as number);
};

const oneOf = (c: Conditions, column: string, ids: readonly number[]): void =>
  condition(c, ids.length === 0 ? '0' : `${column} IN (${ids.join(', ')})`);

const eventConditions = (db: Database, query: EventQuery): Conditions => {
  const c: Conditions = { texts: [], values: [] };
  const { after, before, filter } = query;
  if (after) condition(c, '(e.sequence, e.number) > (?, ?)', after.sequence, after.index);
  if (before) condition(c, '(e.sequence, e.number) < (?, ?)', before.sequence, before.index);
  if (filter?.type !== undefined) oneOf(c, 'e.type', typesMatching(db, canonicalType(filter.type) ?? filter.type));
  if (filter?.typeModule) oneOf(c, 'e.type', typeIdsWithin(db, filter.typeModule));
  if (filter?.module) condition(c, 'e.package = ?', key(addressOf(filter.module.package)));
  if (filter?.module?.module !== undefined) condition(c, 'e.module = ?', filter.module.module);
  if (filter?.sender !== undefined) condition(c, 'e.sender = ?', key(addressOf(filter.sender)));
  return c;
};

const eventRecord = (state: LedgerState, row: Row): EventRecord => ({
  ...eventOfRow(state.db, row),
  sequence: row.sequence as number,
  index: row.number as number,
  transaction: digestText(row.digest as Uint8Array),
  checkpoint: row.checkpoint as number,
  timestampMs: row.timestamp as number,
});

/** Events in order of emission, or the other way round. */
export const listEvents = (ledger: Ledger, query: EventQuery): readonly EventRecord[] =>
  read(ledger, (state) => {
    const c = eventConditions(state.db, query);
    const way = query.descending ? 'DESC' : 'ASC';
    const sql = `SELECT e.*, t.digest, t.checkpoint, c.timestamp FROM events e JOIN transactions t ON t.sequence = e.sequence
      JOIN checkpoints c ON c.sequence = t.checkpoint ${where(c)} ORDER BY e.sequence ${way}, e.number ${way} LIMIT ?`;
    return getRows(state.db, sql, ...c.values, pageSize(query.limit)).map((row) => eventRecord(state, row));
  });
