/** The gateway's storage in SQLite: WAL, one connection, every call its own transaction. */
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Hold, holdFile, makeDirectory, openStatements, type SqlRow, type Statements } from '@atoma/base';
import { gatewayError } from '../errors.ts';
import { GATEWAY_SCHEMA, GATEWAY_STEPS, GATEWAY_VERSION } from './schema.ts';
import type { AuditRow, BookRow, BookState, GatewayStore, KeyRow, StoredAnswer, UsageLine, UsageSum } from './types.ts';

const maybeNumber = (value: SqlRow[string] | undefined): number | null =>
  value === null || value === undefined ? null : Number(value);
const maybeBig = (value: SqlRow[string] | undefined): bigint | null => (value ?? null) as bigint | null;

/** What a key says about whose offers it takes and who may read its answers; members of older files may be absent. */
type Rules = Pick<KeyRow, 'levels' | 'tasks' | 'nodePolicy' | 'origins'>;

const toRules = (text: string): Rules => {
  const { levels = [], tasks = [], nodePolicy = null, origins = [] } = JSON.parse(text) as Partial<Rules>;
  return { levels, tasks: tasks.map(BigInt), nodePolicy, origins };
};

const rulesText = ({ levels, tasks, nodePolicy, origins }: Rules): string =>
  JSON.stringify({ levels, tasks: tasks.map(String), nodePolicy, origins });

const toKey = (row: SqlRow): KeyRow => ({
  id: row.id as string,
  tenant: row.tenant as string,
  name: row.name as string,
  secretHash: row.secret_hash as Uint8Array,
  models: JSON.parse(row.models as string) as string[],
  addresses: JSON.parse(row.addresses as string) as string[],
  maxPrice: maybeBig(row.max_price),
  dedicated: row.dedicated === 1n,
  requestsPerMinute: maybeNumber(row.requests_minute),
  unitsPerMinute: maybeNumber(row.units_minute),
  concurrency: maybeNumber(row.concurrency),
  dayUnits: maybeBig(row.day_units),
  monthUnits: maybeBig(row.month_units),
  dayCost: maybeBig(row.day_cost),
  monthCost: maybeBig(row.month_cost),
  createdMs: Number(row.created_ms),
  expiresMs: maybeNumber(row.expires_ms),
  revokedMs: maybeNumber(row.revoked_ms),
  ...toRules(row.rules as string),
});

const toBook = (row: SqlRow): BookRow => ({
  id: row.id as string,
  key: row.api_key as string,
  tenant: row.tenant as string,
  endpoint: row.endpoint as string,
  model: row.model as string,
  state: row.state as BookState,
  boundUnits: row.bound_units as bigint,
  boundCost: row.bound_cost as bigint,
  units: row.units as bigint,
  cost: row.cost as bigint,
  status: maybeNumber(row.status),
  createdMs: Number(row.created_ms),
  finishedMs: maybeNumber(row.finished_ms),
});

/** Sums of a selection of the books. */
const SUMS = `count(*) AS requests, coalesce(sum(units), 0) AS units, coalesce(sum(cost), 0) AS cost,
  coalesce(sum(CASE state WHEN 'reserved' THEN bound_units ELSE 0 END), 0) AS reserved_units,
  coalesce(sum(CASE state WHEN 'reserved' THEN bound_cost ELSE 0 END), 0) AS reserved_cost`;

const toSum = (row: SqlRow): UsageSum => ({
  requests: Number(row.requests),
  units: row.units as bigint,
  cost: row.cost as bigint,
  reservedUnits: row.reserved_units as bigint,
  reservedCost: row.reserved_cost as bigint,
});

const HOUR_MS = 3_600_000;
const KEY_COLUMNS = 19;
/** Pages of the log before it is folded into the file, which waits for the disk: the larger, the rarer. 32 MiB. */
const CHECKPOINT_PAGES = 8_192;
/** Longest a write to the books waits, ms. */
const WAIT_MS = 5;
const inList = (values: readonly string[]): string => values.map((value) => `'${value}'`).join(',');

/** How to open the storage. */
export interface OpenGatewayStoreParameters {
  /** File, 0600, or `:memory:`. */
  readonly path: string;
  /** `process` (default): survives the end of the process; `power`: a power cut too. */
  readonly durability?: 'process' | 'power';
}

const open = ({ path, durability = 'process' }: OpenGatewayStoreParameters): DatabaseSync => {
  try {
    if (path !== ':memory:') makeDirectory(dirname(path));
    const db = new DatabaseSync(path);
    if (path !== ':memory:') chmodSync(path, 0o600);
    db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    db.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`);
    return db;
  } catch (error) {
    throw gatewayError('STORAGE', { path, why: (error as Error).message }, error);
  }
};

/** Opens or creates the storage. Throws `GATEWAY_STORAGE`, `GATEWAY_SCHEMA_NEWER`. */
export const openGatewayStore = (parameters: OpenGatewayStoreParameters): GatewayStore => {
  const { path } = parameters;
  const db = open(parameters);
  const found = Number((db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
  if (found > GATEWAY_VERSION) {
    db.close();
    throw gatewayError('SCHEMA_NEWER', { path, found, known: GATEWAY_VERSION });
  }
  for (let version = found; version > 0 && version < GATEWAY_VERSION; version++) db.exec(GATEWAY_STEPS[version] ?? '');
  db.exec(GATEWAY_SCHEMA);
  db.exec(`PRAGMA user_version = ${GATEWAY_VERSION}`);

  const statements = openStatements(db);
  const { prepared, get, all } = statements;
  const run = (sql: string, ...values: SQLInputValue[]): number => {
    try {
      return Number(prepared(sql).run(...values).changes);
    } catch (error) {
      throw gatewayError('STORAGE', { path, why: (error as Error).message }, error);
    }
  };

  /**
   * Writes to the books wait some milliseconds, so that the reservation and the settlement of a short request, and those of many
   * requests, share a transaction. What a crash takes with it is put right from the buyer's journal. When the disk refuses them they
   * stay, and no new request is taken on.
   */
  let waiting: (readonly [sql: string, values: readonly SQLInputValue[]])[] = [];
  let behind = false;
  const flush = (): void => {
    if (waiting.length === 0 || !db.isOpen) return;
    run('BEGIN IMMEDIATE');
    try {
      for (const [sql, values] of waiting) run(sql, ...values);
      run('COMMIT');
    } catch (error) {
      if (db.isTransaction) run('ROLLBACK');
      throw error;
    }
    waiting = [];
    behind = false;
  };
  const timer = setTimeout(() => {
    try {
      flush();
    } catch {
      behind = true;
    }
  }, WAIT_MS).unref();
  const put = (sql: string, ...values: SQLInputValue[]): void => {
    if (waiting.length === 0 || behind) timer.refresh();
    waiting.push([sql, values]);
  };
  /** For statements that read the books: what waits is written before. */
  const books = (): Statements => {
    flush();
    return statements;
  };

  const getSetting = (name: string): string | undefined =>
    get('SELECT value FROM setting WHERE name = ?', name)?.value as string | undefined;
  const putSetting = (name: string, value: string): void =>
    void run('INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value', name, value);
  let hold: Hold | undefined;

  return {
    path,
    claim: (wallet) => {
      const known = getSetting('wallet');
      if (known !== undefined && known !== wallet) throw gatewayError('FOREIGN', { path, known, wanted: wallet });
      if (path !== ':memory:') hold ??= holdFile(DatabaseSync, path);
      if (path !== ':memory:' && !hold) throw gatewayError('IN_USE', { path });
      putSetting('wallet', wallet);
    },
    outsideChanges: () => (statements.get('PRAGMA data_version') as SqlRow).data_version as bigint,
    putKey: (k) =>
      void run(
        `INSERT OR REPLACE INTO api_key VALUES (${Array.from({ length: KEY_COLUMNS }, () => '?').join(',')})`,
        k.id,
        k.tenant,
        k.name,
        k.secretHash,
        JSON.stringify(k.models),
        JSON.stringify(k.addresses),
        k.maxPrice,
        k.dedicated ? 1 : 0,
        k.requestsPerMinute,
        k.unitsPerMinute,
        k.concurrency,
        k.dayUnits,
        k.monthUnits,
        k.dayCost,
        k.monthCost,
        k.createdMs,
        k.expiresMs,
        k.revokedMs,
        rulesText(k),
      ),
    findKey: (id) => {
      const row = get('SELECT * FROM api_key WHERE id = ?', id);
      return row && toKey(row);
    },
    listKeys: (tenant) =>
      (tenant === undefined
        ? all('SELECT * FROM api_key ORDER BY created_ms, id')
        : all('SELECT * FROM api_key WHERE tenant = ? ORDER BY created_ms, id', tenant)
      ).map(toKey),

    reserve: (r) => {
      if (behind) flush();
      put(
        `INSERT INTO book VALUES (?, ?, ?, ?, ?, 'reserved', ?, ?, 0, 0, NULL, ?, NULL)
         ON CONFLICT (id) DO UPDATE SET bound_units = bound_units + excluded.bound_units,
           bound_cost = bound_cost + excluded.bound_cost`,
        r.id,
        r.key,
        r.tenant,
        r.endpoint,
        r.model,
        r.boundUnits,
        r.boundCost,
        r.createdMs,
      );
    },
    settle: (id, { units, cost, status, nowMs }) =>
      put(
        `UPDATE book SET state = ?, units = ?, cost = ?, status = coalesce(?, status), finished_ms = coalesce(finished_ms, ?)
         WHERE id = ?`,
        units > 0n ? 'settled' : 'released',
        units,
        cost,
        status,
        nowMs,
        id,
      ),
    findRow: (id) => {
      const row = books().get('SELECT * FROM book WHERE id = ?', id);
      return row && toBook(row);
    },
    listRows: ({ tenant, key, states, limit }) => {
      const where = [
        '1 = 1',
        ...(tenant === undefined ? [] : ['tenant = :tenant']),
        ...(key === undefined ? [] : ['api_key = :key']),
        ...(states ? [`state IN (${inList(states)})`] : []),
      ];
      const sql = `SELECT * FROM book WHERE ${where.join(' AND ')} ORDER BY created_ms DESC, rowid DESC LIMIT :limit`;
      const values = {
        limit,
        ...(tenant === undefined ? {} : { tenant }),
        ...(key === undefined ? {} : { key }),
      };
      return (books().prepared(sql).all(values) as unknown as readonly SqlRow[]).map(toBook);
    },
    usage: (key, sinceMs) =>
      toSum(books().get(`SELECT ${SUMS} FROM book WHERE api_key = ? AND created_ms >= ?`, key, sinceMs) as SqlRow),
    report: ({ tenant, sinceMs }) =>
      books()
        .all(
          `SELECT tenant, api_key, model, created_ms / ${HOUR_MS} * ${HOUR_MS} AS hour, ${SUMS} FROM book
         WHERE created_ms >= ? ${tenant === undefined ? '' : 'AND tenant = ?'}
         GROUP BY tenant, api_key, model, hour ORDER BY hour, tenant, api_key, model`,
          sinceMs,
          ...(tenant === undefined ? [] : [tenant]),
        )
        .map(
          (row): UsageLine => ({
            ...toSum(row),
            tenant: row.tenant as string,
            key: row.api_key as string,
            model: row.model as string,
            hourMs: Number(row.hour),
          }),
        ),
    totals: () => toSum(books().get(`SELECT ${SUMS} FROM book`) as SqlRow),

    putAnswer: (tenant, name, answer: StoredAnswer, nowMs) =>
      void run(
        'INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        tenant,
        name,
        answer.requestHash,
        answer.status,
        answer.contentType,
        JSON.stringify(answer.headers),
        answer.body,
        nowMs,
      ),
    findAnswer: (tenant, name, sinceMs) => {
      const row = get('SELECT * FROM answer WHERE tenant = ? AND name = ? AND created_ms >= ?', tenant, name, sinceMs);
      return (
        row && {
          requestHash: row.request_hash as Uint8Array,
          status: Number(row.status),
          contentType: row.content_type as string,
          headers: JSON.parse(row.headers as string) as Record<string, string>,
          body: row.body as Uint8Array,
        }
      );
    },
    putPending: (tenant, name, { requestHash, tags }, nowMs) =>
      void run(
        'INSERT OR REPLACE INTO pending VALUES (?, ?, ?, ?, ?)',
        tenant,
        name,
        requestHash,
        JSON.stringify(tags),
        nowMs,
      ),
    findPending: (tenant, name, sinceMs) => {
      const row = get('SELECT * FROM pending WHERE tenant = ? AND name = ? AND created_ms >= ?', tenant, name, sinceMs);
      return (
        row && {
          requestHash: row.request_hash as Uint8Array,
          tags: JSON.parse(row.tags as string) as string[],
        }
      );
    },
    sweep: (before) => {
      run('DELETE FROM pending WHERE created_ms < ?', before);
      return run('DELETE FROM answer WHERE created_ms < ?', before);
    },

    addAudit: (row: AuditRow) =>
      void run('INSERT INTO audit VALUES (?, ?, ?, ?)', row.atMs, row.actor, row.action, row.detail),
    listAudit: (limit) =>
      all('SELECT * FROM audit ORDER BY at_ms DESC, rowid DESC LIMIT ?', limit).map((row) => ({
        atMs: Number(row.at_ms),
        actor: row.actor as string,
        action: row.action as string,
        detail: row.detail as string,
      })),
    getSetting,
    putSetting,
    close: () => {
      clearTimeout(timer);
      try {
        flush();
      } finally {
        statements.clear();
        if (db.isOpen) db.close();
        hold?.release();
        hold = undefined;
      }
    },
  };
};
