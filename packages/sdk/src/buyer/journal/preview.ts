/** Requests that only the log of intents has, shown beside those of the database to somebody who may not write to it. */
import type { DatabaseSync } from 'node:sqlite';
import { requestColumns } from './rows.ts';
import type { JournalRequest } from './types.ts';

/**
 * Lays a view over `request` for this connection: the table, and these requests as long as the table does not have them. The log
 * is to be read before the table: what is taken out of the log is in the table by then.
 */
export const showIntents = (db: DatabaseSync, requests: readonly JournalRequest[]): void => {
  if (requests.length === 0) return;
  db.exec('PRAGMA temp_store = MEMORY; CREATE TEMP TABLE intent AS SELECT * FROM main.request LIMIT 0');
  for (const request of requests) {
    const columns = requestColumns(request);
    db.prepare(`INSERT INTO temp.intent VALUES (${columns.map(() => '?').join(',')})`).run(...columns);
  }
  db.exec(`CREATE TEMP VIEW request AS SELECT rowid, * FROM main.request
    UNION ALL SELECT rowid, * FROM temp.intent WHERE id NOT IN (SELECT id FROM main.request)`);
};
