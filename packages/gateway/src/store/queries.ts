/** What the gateway's storage reads and writes the same way in every database. */
import { inList, type SqlEngine, type SqlRow, type SqlStatement } from '@atoma/base';
import { answers, audit, books, keys, payments, pending, settings } from './tables.ts';
import type { BookRow, GatewayStore, UsageLine, UsageSum } from './types.ts';

/** What {@link createQueries} serves of the storage. */
export type GatewayQueries = Omit<GatewayStore, 'path' | 'claim' | 'outsideChanges' | 'reserve' | 'settle' | 'close'>;

/** Sums of a selection of the books. */
const SUMS = `count(*) AS requests, coalesce(sum(units), 0) AS units, coalesce(sum(cost), 0) AS cost,
  coalesce(sum(CASE state WHEN 'reserved' THEN bound_units ELSE 0 END), 0) AS reserved_units,
  coalesce(sum(CASE state WHEN 'reserved' THEN bound_cost ELSE 0 END), 0) AS reserved_cost`;

const toSum = (row: SqlRow | undefined): UsageSum => ({
  requests: Number(row?.requests),
  units: row?.units as bigint,
  cost: row?.cost as bigint,
  reservedUnits: row?.reserved_units as bigint,
  reservedCost: row?.reserved_cost as bigint,
});

const toLine = (row: SqlRow): UsageLine => ({
  ...toSum(row),
  tenant: row.tenant as string,
  key: row.api_key as string,
  model: row.model as string,
  hourMs: Number(row.hour),
});

const HOUR_MS = 3_600_000;

/** Opens a row, or raises the bounds of one that is open. */
export const reserveStatement = (row: Parameters<GatewayStore['reserve']>[0]): SqlStatement => [
  `${books.insert} ON CONFLICT (id) DO UPDATE SET bound_units = book.bound_units + excluded.bound_units,
     bound_cost = book.bound_cost + excluded.bound_cost`,
  ...books.values({ ...row, state: 'reserved', units: 0n, cost: 0n, status: null, finishedMs: null }),
];

const stateOf = (units: bigint): BookRow['state'] => (units > 0n ? 'settled' : 'released');

/** Adds a row that was settled before it was written; changes nothing where there is one already. */
export const bookStatement = (
  row: Parameters<GatewayStore['reserve']>[0],
  { units, cost, status, nowMs }: Parameters<GatewayStore['settle']>[1],
): SqlStatement => [
  books.insertMissing,
  ...books.values({ ...row, state: stateOf(units), units, cost, status, finishedMs: nowMs }),
];

/** Writes what a request cost in the end. */
export const settleStatement = (
  id: string,
  { units, cost, status, nowMs }: Parameters<GatewayStore['settle']>[1],
): SqlStatement => [
  `UPDATE book SET state = ?, units = ?, cost = ?, status = coalesce(?, status), finished_ms = coalesce(finished_ms, ?)
   WHERE id = ?`,
  stateOf(units),
  units,
  cost,
  status,
  nowMs,
  id,
];

/** Makes them over a database; `written` is the same one, where rows of the books that wait elsewhere are written before. */
export const createQueries = (sql: SqlEngine, written: SqlEngine): GatewayQueries => ({
  putKey: async (key) => void (await sql.run(keys.upsert, ...keys.values(key))),
  findKey: async (id) => {
    const row = await sql.get(`${keys.select} WHERE id = ?`, id);
    return row && keys.read(row);
  },
  listKeys: async (tenant) => {
    const [where, values] = tenant === undefined ? ['', []] : ['WHERE tenant = ?', [tenant]];
    return (await sql.all(`${keys.select} ${where} ORDER BY created_ms, id`, ...values)).map(keys.read);
  },

  findRow: async (id) => {
    const row = await written.get(`${books.select} WHERE id = ?`, id);
    return row && books.read(row);
  },
  listRows: async ({ tenant, key, states, limit }) => {
    const parts: readonly (readonly [string, readonly string[]])[] = [
      ...(tenant === undefined ? [] : [['tenant = ?', [tenant]] as const]),
      ...(key === undefined ? [] : [['api_key = ?', [key]] as const]),
      ...(states ? [[`state IN (${inList(states)})`, []] as const] : []),
    ];
    const where = parts.length === 0 ? '' : `WHERE ${parts.map(([part]) => part).join(' AND ')}`;
    const values = parts.flatMap(([, given]) => given);
    const order = 'ORDER BY created_ms DESC, rowid DESC LIMIT ?';
    return (await written.all(`${books.select} ${where} ${order}`, ...values, limit)).map(books.read);
  },
  usage: async (key, sinceMs) =>
    toSum(await written.get(`SELECT ${SUMS} FROM book WHERE api_key = ? AND created_ms >= ?`, key, sinceMs)),
  report: async ({ tenant, sinceMs }) => {
    const lines = await written.all(
      `SELECT tenant, api_key, model, created_ms / ${HOUR_MS} * ${HOUR_MS} AS hour, ${SUMS} FROM book
       WHERE created_ms >= ? ${tenant === undefined ? '' : 'AND tenant = ?'}
       GROUP BY tenant, api_key, model, hour ORDER BY hour, tenant, api_key, model`,
      sinceMs,
      ...(tenant === undefined ? [] : [tenant]),
    );
    return lines.map(toLine);
  },
  totals: async () => toSum(await written.get(`SELECT ${SUMS} FROM book`)),

  putAnswer: async (tenant, name, answer, nowMs) =>
    void (await sql.run(answers.upsert, ...answers.values({ ...answer, tenant, name, createdMs: nowMs }))),
  findAnswer: async (tenant, name, sinceMs) => {
    const row = await sql.get(
      `${answers.select} WHERE tenant = ? AND name = ? AND created_ms >= ?`,
      tenant,
      name,
      sinceMs,
    );
    return row && answers.read(row);
  },
  putPending: async (tenant, name, request, nowMs) =>
    void (await sql.run(pending.upsert, ...pending.values({ ...request, tenant, name, createdMs: nowMs }))),
  findPending: async (tenant, name, sinceMs) => {
    const row = await sql.get(
      `${pending.select} WHERE tenant = ? AND name = ? AND created_ms >= ?`,
      tenant,
      name,
      sinceMs,
    );
    return row && pending.read(row);
  },
  sweep: async (before) => {
    await sql.run('DELETE FROM pending WHERE created_ms < ?', before);
    return sql.run('DELETE FROM answer WHERE created_ms < ?', before);
  },

  putPayment: async (row) => void (await sql.run(payments.upsert, ...payments.values(row))),
  findPayment: async (digest) => {
    const row = await sql.get(`${payments.select} WHERE digest = ?`, digest);
    return row && payments.read(row);
  },
  listPayments: async ({ states, limit }) => {
    const where = states ? `WHERE state IN (${inList(states)})` : '';
    return (await sql.all(`${payments.select} ${where} ORDER BY created_ms DESC, digest LIMIT ?`, limit)).map(
      payments.read,
    );
  },

  addAudit: async (row) => void (await sql.run(audit.insert, ...audit.values(row))),
  listAudit: async (limit) =>
    (await sql.all(`${audit.select} ORDER BY at_ms DESC, rowid DESC LIMIT ?`, limit)).map(audit.read),
  getSetting: async (name) => (await sql.get(`${settings.select} WHERE name = ?`, name))?.value as string | undefined,
  putSetting: async (name, value) => void (await sql.run(settings.upsert, name, value)),
});
