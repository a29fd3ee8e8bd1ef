/** Requests that only the log of intents has, shown beside those of the database to somebody who may not write to it. */
import type { Sqlite } from '@atoma/base';
import { requests as table } from './tables.ts';
import type { JournalRequest } from './types.ts';

/**
 * Lays a view over `request` for this connection: the table, and these requests as long as the table does not have them. The log
 * is to be read before the table: what is taken out of the log is in the table by then.
 */
export const showIntents = ({ db, run }: Sqlite, requests: readonly JournalRequest[]): void => {
  if (requests.length === 0) return;
  db.exec('PRAGMA temp_store = MEMORY; CREATE TEMP TABLE intent AS SELECT * FROM main.request LIMIT 0');
  const insert = table.insert.replace(table.name, 'temp.intent');
  for (const request of requests) run(insert, ...table.values(request));
  db.exec(`CREATE TEMP VIEW request AS SELECT rowid, * FROM main.request
    UNION ALL SELECT rowid, * FROM temp.intent WHERE id NOT IN (SELECT id FROM main.request)`);
};
