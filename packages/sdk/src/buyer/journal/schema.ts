/** Tables of the journal. u64 values fit SQLite's integers: amounts and units stay below 2^63. */

/** Version of the tables. */
export const JOURNAL_VERSION = 1;

/** Statements that make the tables. */
export const JOURNAL_SCHEMA = `
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS stack (
  id INTEGER PRIMARY KEY, badge TEXT NOT NULL, task INTEGER NOT NULL, role INTEGER NOT NULL, model TEXT NOT NULL,
  level INTEGER NOT NULL, node INTEGER NOT NULL, price INTEGER NOT NULL, units INTEGER NOT NULL, attesters INTEGER NOT NULL,
  paid INTEGER NOT NULL, bought_epoch INTEGER NOT NULL, expiry_epoch INTEGER NOT NULL, digest TEXT, complete INTEGER NOT NULL,
  stage TEXT NOT NULL, notice_epoch INTEGER, used_before INTEGER NOT NULL, tenant TEXT NOT NULL, added_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS request (
  id TEXT PRIMARY KEY, stack INTEGER NOT NULL, endpoint TEXT NOT NULL, model TEXT NOT NULL, max_units INTEGER NOT NULL,
  envelope BLOB NOT NULL, signature BLOB NOT NULL, body BLOB, tag TEXT NOT NULL, stage TEXT NOT NULL, leaf_index INTEGER,
  units INTEGER, cumulative INTEGER, answer BLOB, answer_signature BLOB, created_ms INTEGER NOT NULL, finished_ms INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS request_of_stack ON request (stack, leaf_index);
CREATE INDEX IF NOT EXISTS request_of_tag ON request (tag) WHERE tag <> '';
CREATE INDEX IF NOT EXISTS request_unresolved ON request (stack) WHERE stage IN ('open', 'dropped');
CREATE TABLE IF NOT EXISTS outbox (
  kind TEXT NOT NULL, subject TEXT NOT NULL, stage TEXT NOT NULL, frozen TEXT NOT NULL, cost INTEGER NOT NULL, tx BLOB,
  signature TEXT, digest TEXT, expiration_epoch INTEGER, failure TEXT, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  PRIMARY KEY (kind, subject)
) STRICT;
CREATE TABLE IF NOT EXISTS evidence (
  stack INTEGER NOT NULL, node INTEGER NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL, at_ms INTEGER NOT NULL
) STRICT;
`;
