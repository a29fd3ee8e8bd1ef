/** Tables of the gateway. */

/** Version of the tables. */
export const GATEWAY_VERSION = 2;

/** Statements that bring tables of a version to the next. */
export const GATEWAY_STEPS: Readonly<Record<number, string>> = {
  1: "ALTER TABLE api_key ADD COLUMN rules TEXT NOT NULL DEFAULT '{}'",
};

/** Statements that make the tables. */
export const GATEWAY_SCHEMA = `
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS api_key (
  id TEXT PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, secret_hash BLOB NOT NULL, models TEXT NOT NULL,
  addresses TEXT NOT NULL, max_price INTEGER, dedicated INTEGER NOT NULL, requests_minute INTEGER, units_minute INTEGER,
  concurrency INTEGER, day_units INTEGER, month_units INTEGER, day_cost INTEGER, month_cost INTEGER,
  created_ms INTEGER NOT NULL, expires_ms INTEGER, revoked_ms INTEGER, rules TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE TABLE IF NOT EXISTS book (
  id TEXT PRIMARY KEY, api_key TEXT NOT NULL, tenant TEXT NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL,
  state TEXT NOT NULL, bound_units INTEGER NOT NULL, bound_cost INTEGER NOT NULL, units INTEGER NOT NULL,
  cost INTEGER NOT NULL, status INTEGER, created_ms INTEGER NOT NULL, finished_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS book_of_key ON book (api_key, created_ms);
CREATE INDEX IF NOT EXISTS book_of_tenant ON book (tenant, created_ms);
CREATE INDEX IF NOT EXISTS book_open ON book (id) WHERE state = 'reserved';
CREATE TABLE IF NOT EXISTS answer (
  tenant TEXT NOT NULL, name TEXT NOT NULL, request_hash BLOB NOT NULL, status INTEGER NOT NULL, content_type TEXT NOT NULL,
  headers TEXT NOT NULL, body BLOB NOT NULL, created_ms INTEGER NOT NULL, PRIMARY KEY (tenant, name)
) STRICT;
CREATE TABLE IF NOT EXISTS pending (
  tenant TEXT NOT NULL, name TEXT NOT NULL, request_hash BLOB NOT NULL, tags TEXT NOT NULL, created_ms INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT;
CREATE TABLE IF NOT EXISTS audit (at_ms INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, detail TEXT NOT NULL) STRICT;
`;
