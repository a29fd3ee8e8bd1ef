/** Rows of the market's tables, read as dynamic fields and decoded from BCS. */
import { deriveDynamicFieldID } from '@mysten/sui/utils';
import type { Atoma, AtomaClient } from '../context/atoma.ts';
import { requireId } from '../deployment/record.ts';
import { reach } from '../failures/network.ts';
import type { AtomaDb } from '../generated/bindings/atoma/db.ts';
import { sdkError } from '../sdk-errors.ts';
import { dbLayout, type Layout } from './layouts.ts';
import { u64 } from './move-types.ts';

/** A row with its key. */
export interface KeyedRow<Row> {
  readonly id: bigint;
  readonly row: Row;
}

/** Which rows a list gives, ordered by small id. */
export interface ListRowsParameters {
  /** At most this many. Default: all. */
  readonly limit?: number;
  /** Only rows with a larger small id. */
  readonly after?: bigint;
}

const PAGE = 1_000;

/** The shared database object: counters, parameters, the pool and the ids of its tables. Throws `SDK_OBJECT_NOT_FOUND`. */
export const readDb = async (atoma: Atoma): Promise<AtomaDb> => {
  const id = requireId(atoma.deployment, 'dbId');
  const { network } = atoma.deployment;
  const call = atoma.client.getObjects({ objectIds: [id], include: { content: true } });
  const [object] = (await reach(network, call)).objects;
  if (!object || object instanceof Error) throw sdkError('OBJECT_NOT_FOUND', { id, what: 'the market database' });
  return decode('The market database', dbLayout, object.content);
};

/** A table of the database whose keys are small ids. */
export type TableName = 'nodes' | 'profiles' | 'tasks' | 'stacks' | 'tickets' | 'disputes';

type TableIds = Readonly<Record<TableName, string>>;

/** By client and database: a database keeps its tables for good, so their ids are read once. */
const known = new WeakMap<AtomaClient, Map<string, TableIds>>();

const readTableIds = async (atoma: Atoma): Promise<TableIds> => {
  const { nodes, profiles, tasks, stacks, tickets, disputes } = await readDb(atoma);
  return {
    nodes: nodes.id,
    profiles: profiles.id,
    tasks: tasks.id,
    stacks: stacks.id,
    tickets: tickets.id,
    disputes: disputes.id,
  };
};

/** Object id of a table. Throws `SDK_OBJECT_NOT_FOUND`. */
export const tableId = async (atoma: Atoma, name: TableName): Promise<string> => {
  const ofClient = known.get(atoma.client) ?? new Map<string, TableIds>();
  known.set(atoma.client, ofClient);
  const dbId = requireId(atoma.deployment, 'dbId');
  const ids = ofClient.get(dbId) ?? (await readTableIds(atoma));
  ofClient.set(dbId, ids);
  return ids[name];
};

const decode = <Value>(what: string, layout: Layout<Value>, bytes: Uint8Array): Value => {
  try {
    return layout.parse(bytes);
  } catch (cause) {
    throw sdkError('DECODE', { what }, cause);
  }
};

/** Object id of a row of a table with u64 keys. */
export const rowObjectId = (table: string, id: bigint): string =>
  deriveDynamicFieldID(table, 'u64', u64.serialize(id).toBytes());

/** Bytes of an id and of a u64 key. */
const FIELD_HEAD = 32 + 8;

/** The row in the content of its object. Throws `SDK_DECODE`. */
export const decodeField = <Row>(layout: Layout<Row>, content: Uint8Array): Row =>
  decode('A row', layout, content.subarray(FIELD_HEAD));

/** Rows of a table with u64 keys, in the order of `ids`; null where there is none. One request for 50 rows. */
export const readRows = async <Row>(
  atoma: Atoma,
  tableId: string,
  layout: Layout<Row>,
  ids: readonly bigint[],
): Promise<readonly (Row | null)[]> => {
  if (ids.length === 0) return [];
  const objectIds = ids.map((id) => rowObjectId(tableId, id));
  const call = atoma.client.getObjects({ objectIds, include: { content: true } });
  const { objects } = await reach(atoma.deployment.network, call);
  return objects.map((object) => (object instanceof Error ? null : decodeField(layout, object.content)));
};

/** One row of a table with u64 keys; null when there is none. */
export const readRow = async <Row>(
  atoma: Atoma,
  tableId: string,
  layout: Layout<Row>,
  id: bigint,
): Promise<Row | null> => (await readRows(atoma, tableId, layout, [id]))[0] ?? null;

const fieldPage = (atoma: Atoma, parentId: string, cursor: string | null) =>
  reach(
    atoma.deployment.network,
    atoma.client.listDynamicFields({ parentId, limit: PAGE, cursor, include: { value: true } }),
  );

/** Rows of a table with u64 keys, a page at a time, in no order: who sums them need not hold them. */
export async function* rowPages<Row>(
  atoma: Atoma,
  tableId: string,
  layout: Layout<Row>,
): AsyncGenerator<readonly KeyedRow<Row>[]> {
  for (let cursor: string | null = null; ; ) {
    const page = await fieldPage(atoma, tableId, cursor);
    yield page.dynamicFields.map(({ name, value }) => ({
      id: decode('A row key', u64, name.bcs),
      row: decode('A row', layout, value.bcs),
    }));
    if (!page.hasNextPage) return;
    cursor = page.cursor;
  }
}

/** Keys asked for in one request. */
const AT_ONCE = 50;
/** Keys looked at for one page: rows end, and a page must not look at all that ever were. */
const LOOKED_AT = 1_000;

/** The smallest keys above `after`, up to `limit` of them: of many rows no more are held than that and a page. */
const smallest = async <Row>(
  pages: AsyncIterable<readonly KeyedRow<Row>[]>,
  { limit, after = 0n }: ListRowsParameters,
): Promise<readonly KeyedRow<Row>[]> => {
  let rows: readonly KeyedRow<Row>[] = [];
  for await (const page of pages)
    rows = [...rows, ...page.filter(({ id }) => id > after)].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit);
  return rows;
};

/** Rows of a table with u64 keys, ordered by key. */
export const allRows = async <Row>(
  atoma: Atoma,
  tableId: string,
  layout: Layout<Row>,
): Promise<readonly KeyedRow<Row>[]> => smallest(rowPages(atoma, tableId, layout), {});

/** The key after the last one given. Tickets and disputes have the keys of their stacks. */
const nextKey = ({ nextNode, nextTask, nextStack }: AtomaDb, name: TableName): bigint => {
  if (name === 'tasks') return nextTask;
  return name === 'nodes' || name === 'profiles' ? nextNode : nextStack;
};

/** Keys from `after` on, one after another; null: `limit` rows are not among the first `most` keys. */
const walk = async <Row>(
  atoma: Atoma,
  name: TableName,
  layout: Layout<Row>,
  { limit, after = 0n, most }: { readonly limit: number; readonly after?: bigint; readonly most: number },
): Promise<readonly KeyedRow<Row>[] | null> => {
  const [table, db] = [await tableId(atoma, name), await readDb(atoma)];
  const end = nextKey(db, name);
  const rows: KeyedRow<Row>[] = [];
  for (let from = after + 1n; from < end && rows.length < limit; from += BigInt(AT_ONCE)) {
    if (from - after > most) return null;
    const ids = Array.from({ length: AT_ONCE }, (_, i) => from + BigInt(i)).filter((id) => id < end);
    const found = await readRows(atoma, table, layout, ids);
    rows.push(...found.flatMap((row, i) => (row ? [{ id: ids[i] as bigint, row }] : [])));
  }
  return rows.slice(0, limit);
};

/** Rows of a table of the database, ordered by key. What a short list costs follows its length, where few of the first rows have ended. */
export const listRows = async <Row>(
  atoma: Atoma,
  name: TableName,
  layout: Layout<Row>,
  parameters: ListRowsParameters = {},
  most: number = LOOKED_AT,
): Promise<readonly KeyedRow<Row>[]> => {
  const { limit = Number.POSITIVE_INFINITY } = parameters;
  const walked = limit <= most ? await walk(atoma, name, layout, { ...parameters, limit, most }) : null;
  return walked ?? smallest(rowPages(atoma, await tableId(atoma, name), layout), parameters);
};

/** Rows that fit, at most `limit`, in no order: looked for a page at a time, and no others are held. */
export const findRows = async <Row>(
  atoma: Atoma,
  name: TableName,
  layout: Layout<Row>,
  { limit, fits }: { readonly limit: number; readonly fits: (row: Row) => boolean },
): Promise<readonly KeyedRow<Row>[]> => {
  const rows: KeyedRow<Row>[] = [];
  for await (const page of rowPages(atoma, await tableId(atoma, name), layout)) {
    rows.push(...page.filter(({ row }) => fits(row)));
    if (rows.length >= limit) break;
  }
  return rows.slice(0, limit);
};

/** A page of the newest rows. */
export interface NewestRows<Row> {
  readonly rows: readonly KeyedRow<Row>[];
  /** Where the next page begins; null: there are no older rows. */
  readonly before: bigint | null;
}

/** Rows with keys below `before`, newest first, at most `limit`: the cost follows the page, not the table. */
export const newestRows = async <Row>(
  atoma: Atoma,
  tableId: string,
  layout: Layout<Row>,
  { before, limit }: { readonly before: bigint; readonly limit: number },
): Promise<NewestRows<Row>> => {
  const rows: KeyedRow<Row>[] = [];
  let next = before;
  for (let looked = 0; next > 1n && rows.length < limit && looked < LOOKED_AT; looked += AT_ONCE) {
    const ids = Array.from({ length: AT_ONCE }, (_, i) => next - 1n - BigInt(i)).filter((id) => id > 0n);
    const found = await readRows(atoma, tableId, layout, ids);
    for (const [i, row] of found.entries()) {
      if (rows.length === limit) break;
      next = ids[i] as bigint;
      if (row) rows.push({ id: next, row });
    }
  }
  return { rows, before: next > 1n ? next : null };
};

/** The contract's epoch that never comes, u64::MAX: "not set". */
const NEVER = 2n ** 64n - 1n;

/** An epoch of a row; null when it is not set. */
export const optionalEpoch = (epoch: bigint): bigint | null => (epoch === NEVER ? null : epoch);

/** A hash of a row; null when it is not set: nothing, or only zero bytes. */
export const optionalHash = (bytes: Uint8Array | undefined): Uint8Array | null =>
  bytes?.some((byte) => byte !== 0) ? bytes : null;
