/** The journal in PostgreSQL: every call is one statement or one transaction, over one session. */
import { openPostgres, type PostgresClient } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { ownerText } from './ownership.ts';
import { createQueries, FINISH, finishValues, foreignRequest } from './queries.ts';
import { journalFault } from './sqlite.ts';
import { journalSchema, requests } from './tables.ts';
import type { Journal } from './types.ts';

/** Opens the journal in the schema that comes first on the session's search path. The caller ends the session. */
export const openPostgresJournal = async (client: PostgresClient, name: string): Promise<Journal> => {
  const sql = await openPostgres(client, journalSchema, journalFault(name));
  const queries = createQueries(sql, sql);
  return {
    ...queries,
    path: name,
    // The server tells a write from a lost one: what was flushed is there.
    interrupted: false,
    claim: async (owner) => {
      const wanted = ownerText(owner);
      const known = await queries.getSetting('owner');
      if (known !== undefined && known !== wanted) throw buyerError('JOURNAL_FOREIGN', { path: name, known, wanted });
      // Ends with the session, however that ends.
      const row = await sql.get(`SELECT pg_try_advisory_lock(hashtext(current_schema() || '.journal'))::int AS held`);
      if (row?.held !== 1n)
        throw buyerError('JOURNAL_IN_USE', {
          path: name,
          holder: (await queries.getSetting('holder')) ?? 'an unknown process',
        });
      await queries.putSetting('holder', `process ${process.pid}`);
      await queries.putSetting('owner', wanted);
    },
    addRequest: async (request) => void (await sql.run(requests.insert, ...requests.values(request))),
    flushed: async () => undefined,
    finishRequest: async (requestId, end) => void (await sql.all(FINISH, ...finishValues(requestId, end))),
    addForeignReceipt: async (stack, receipt, nowMs) =>
      void (await sql.run(requests.insertMissing, ...requests.values(foreignRequest(stack, receipt, nowMs)))),
    close: async () => undefined,
  };
};
