/** The journal in PostgreSQL: every call is one statement or one transaction, over one session. */
import { openPostgres, type PostgresClient, type SqlEngine } from '@atoma/base';
import { buyerError } from '../buyer-errors.ts';
import { ownerText } from './ownership.ts';
import { createQueries, FINISH, finishValues, foreignRequest, noteBehind, TRUSTED_STACKS } from './queries.ts';
import { journalFault } from './sqlite.ts';
import { journalSchema, requests, settings } from './tables.ts';
import type { Claimed, Journal } from './types.ts';

/**
 * Where the table of requests lies: a dump that was put back is another table, a cluster restored to a point in time, or a standby that took
 * over, has another timeline. The server tells a write from a lost one: all else that was flushed is there.
 */
const PLACE = `SELECT concat_ws('/', (SELECT system_identifier FROM pg_control_system()),
    left(pg_walfile_name(pg_current_wal_lsn()), 8), 'request'::regclass::oid) AS place`;

/** The same by a server that keeps the rest to itself. */
const TABLE = `SELECT 'request'::regclass::oid::text AS place`;

/** What such a server says of {@link PLACE}: no permission, no such function, nothing for this kind of server (SQLSTATE). */
const KEPT_BACK: ReadonlySet<unknown> = new Set(['42501', '42883', '0A000']);

const isKeptBack = ({ cause }: Error): boolean =>
  typeof cause === 'object' && cause !== null && 'code' in cause && KEPT_BACK.has(cause.code);

/** Reads the place. Any other error than that of such a server is thrown: right after a fail-over nothing else may tell of it. */
const readPlace = async (sql: SqlEngine): Promise<string> => {
  const row = await sql.get(PLACE).catch((error: Error) => {
    if (!isKeptBack(error)) throw error;
    return sql.get(TABLE);
  });
  return String(row?.place);
};

/** Server and table of a place; the server where it is known. */
const partsOf = (place: string) => {
  const parts = place.split('/');
  return { table: parts.pop(), server: parts.join('/') };
};

/** Whether two places differ in what both name. */
const isElsewhere = (before: string, now: string): boolean => {
  const [was, is] = [partsOf(before), partsOf(now)];
  return was.table !== is.table || (was.server !== '' && is.server !== '' && was.server !== is.server);
};

/** Opens the journal in the schema that comes first on the session's search path. The caller ends the session. */
export const openPostgresJournal = async (client: PostgresClient, name: string): Promise<Journal> => {
  const sql = await openPostgres(client, journalSchema, journalFault(name));
  const queries = createQueries(sql, sql);
  return {
    ...queries,
    path: name,
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
      const found = await readPlace(sql);
      const before = (await queries.getSetting('place')) ?? found;
      const isBehind = isElsewhere(before, found);
      // A server once known is held to it when it tells again.
      const place = !isBehind && partsOf(found).server === '' ? before : found;
      const stacks = (await sql.all(TRUSTED_STACKS)).map(({ id }) => id as bigint);
      const why = 'its tables were put back from a copy, or another server took over';
      const claimed: Claimed = isBehind ? { kind: 'behind', why, stacks } : { kind: 'whole' };
      await sql.atomically([
        ...(claimed.kind === 'behind' ? noteBehind(why) : []),
        ...Object.entries({ holder: `process ${process.pid}`, owner: wanted, place }).map(
          ([name, value]) => [settings.upsert, name, value] as const,
        ),
      ]);
      return claimed;
    },
    addRequest: async (request) => void (await sql.run(requests.insert, ...requests.values(request))),
    flushed: async () => undefined,
    finishRequest: async (requestId, end) => void (await sql.all(FINISH, ...finishValues(requestId, end))),
    addForeignReceipt: async (stack, receipt, nowMs) =>
      void (await sql.run(requests.insertMissing, ...requests.values(foreignRequest(stack, receipt, nowMs)))),
    close: async () => undefined,
  };
};
