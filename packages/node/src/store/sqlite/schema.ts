/** Tables of the SQLite store. Amounts and ids are 64-bit integers, times ms since 1970. */

/** Number written to `user_version`; a higher one is refused. */
export const SCHEMA_VERSION = 3;

/** The whole schema. */
export const SCHEMA = `
CREATE TABLE IF NOT EXISTS stack (
  id INTEGER PRIMARY KEY, task INTEGER NOT NULL, role INTEGER NOT NULL, model TEXT NOT NULL, level INTEGER NOT NULL,
  owner TEXT NOT NULL, badge TEXT, price INTEGER NOT NULL, units INTEGER NOT NULL, attesters INTEGER NOT NULL,
  purchase_epoch INTEGER NOT NULL, expiry_epoch INTEGER NOT NULL, notice_epoch INTEGER,
  state TEXT NOT NULL CHECK (state IN ('open','draining','settling','settled','disputed','closed','quarantine')),
  next_leaf INTEGER NOT NULL DEFAULT 0, consumed INTEGER NOT NULL DEFAULT 0,
  last_receipt_hash BLOB NOT NULL, claimed INTEGER, shortages INTEGER NOT NULL DEFAULT 0,
  last_request_ms INTEGER NOT NULL, closed_ms INTEGER,
  CHECK (consumed >= 0 AND consumed <= units)
) STRICT;
CREATE TABLE IF NOT EXISTS request (
  id INTEGER PRIMARY KEY, stack INTEGER NOT NULL REFERENCES stack (id), request_id TEXT NOT NULL, request_hash BLOB NOT NULL,
  envelope BLOB NOT NULL, signature BLOB NOT NULL, authority INTEGER NOT NULL, badge_version INTEGER,
  state TEXT NOT NULL CHECK (state IN ('committed','released')), reason TEXT,
  bound INTEGER NOT NULL, attempt INTEGER NOT NULL, leaf_index INTEGER,
  prompt_units INTEGER, completion_units INTEGER, units INTEGER, content_hash BLOB, cut TEXT,
  receipt BLOB, receipt_signature BLOB,
  refusal BLOB, refusal_signature BLOB, refusal_status INTEGER, refusal_problem TEXT,
  created_ms INTEGER NOT NULL, finished_ms INTEGER,
  UNIQUE (stack, request_id), UNIQUE (stack, leaf_index),
  CHECK ((state = 'committed') = (receipt IS NOT NULL)), CHECK ((state = 'released') = (reason IS NOT NULL))
) STRICT;
CREATE TABLE IF NOT EXISTS body (request INTEGER PRIMARY KEY REFERENCES request (id), bytes BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS response (
  request INTEGER PRIMARY KEY REFERENCES request (id), status INTEGER NOT NULL, content_type TEXT NOT NULL,
  streamed INTEGER NOT NULL, created_ms INTEGER NOT NULL, bytes BLOB NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS response_age ON response (created_ms);
CREATE TABLE IF NOT EXISTS outbox (
  kind TEXT NOT NULL, subject TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('intent','built','submitted','confirmed','failed')),
  attempt INTEGER NOT NULL, frozen TEXT NOT NULL, tx BLOB, signature TEXT, digest TEXT UNIQUE,
  expiration_epoch INTEGER, effects TEXT, failure TEXT, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT;
CREATE TABLE IF NOT EXISTS duty (
  kind TEXT NOT NULL, stack INTEGER NOT NULL, before_epoch INTEGER, from_epoch INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','done','missed')), data TEXT NOT NULL, updated_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, stack)
) STRICT;
CREATE TABLE IF NOT EXISTS ticket (
  stack INTEGER PRIMARY KEY, node INTEGER NOT NULL, state TEXT NOT NULL, deadline_epoch INTEGER NOT NULL, data TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS signers (stack INTEGER PRIMARY KEY, badge TEXT NOT NULL, owners TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS evidence (
  stack INTEGER NOT NULL, kind TEXT NOT NULL, digest TEXT NOT NULL, source TEXT NOT NULL, payload BLOB NOT NULL,
  received_ms INTEGER NOT NULL, PRIMARY KEY (stack, digest)
) STRICT;
CREATE TABLE IF NOT EXISTS chain_cursor (id INTEGER PRIMARY KEY CHECK (id = 1), cursor TEXT, checkpoint INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS applied_event (digest TEXT NOT NULL, event_index INTEGER NOT NULL, PRIMARY KEY (digest, event_index)) STRICT;
CREATE TABLE IF NOT EXISTS lease (
  id INTEGER PRIMARY KEY CHECK (id = 1), instance TEXT NOT NULL, pid INTEGER NOT NULL,
  heartbeat_ms INTEGER NOT NULL, expires_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

/**
 * From earlier versions: `before` runs before {@link SCHEMA} makes new tables, `after` behind it, in one transaction. Tables that
 * exist keep columns nobody reads any more.
 *
 * In version 1 bodies and answers repeated the key of their request, and a request under way had two states. In version 2 it was a
 * row with one, counted in `stack.reserved`.
 */
export const migrations: Readonly<Record<number, { readonly before: string; readonly after: string }>> = {
  1: {
    before: `
DROP INDEX request_open; DROP INDEX response_age;
ALTER TABLE request RENAME TO request_1; ALTER TABLE body RENAME TO body_1; ALTER TABLE response RENAME TO response_1;`,
    after: `
INSERT INTO request SELECT NULL, stack, request_id, request_hash, envelope, signature, authority, badge_version,
  iif(state = 'committed', state, 'released'), iif(state IN ('reserved','streaming'), 'crash', reason), bound, attempt,
  leaf_index, prompt_units, completion_units, units, content_hash, cut, receipt, receipt_signature, refusal,
  refusal_signature, refusal_status, refusal_problem, created_ms, finished_ms FROM request_1 ORDER BY rowid;
INSERT INTO body SELECT r.id, b.bytes FROM body_1 b JOIN request r USING (stack, request_id);
INSERT INTO response SELECT r.id, a.status, a.content_type, a.streamed, a.created_ms, a.bytes
  FROM response_1 a JOIN request r USING (stack, request_id);
UPDATE stack SET reserved = 0;
DROP TABLE body_1; DROP TABLE response_1; DROP TABLE request_1;`,
  },
  2: {
    before: '',
    after: `
UPDATE request SET state = 'released', reason = 'crash' WHERE state = 'reserved'; UPDATE stack SET reserved = 0;`,
  },
};
