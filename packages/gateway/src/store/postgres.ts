/** The gateway's storage in PostgreSQL: every call is one statement or one transaction, over one session. */
import { openPostgres, type PostgresClient } from '@atoma/base';
import { gatewayError } from '../gateway-errors.ts';
import { createQueries, reserveStatement, settleStatement } from './queries.ts';
import { storageFault } from './sqlite.ts';
import { gatewaySchema, keys, settings } from './tables.ts';
import type { GatewayStore } from './types.ts';

/** Number of changes to keys so far. */
const CHANGES = 'key_changes';
const COUNT_CHANGE = `${settings.insert} ON CONFLICT (name) DO UPDATE
  SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)`;

/** Opens the storage in the schema that comes first on the session's search path. The caller ends the session. */
export const openPostgresGatewayStore = async (client: PostgresClient, name: string): Promise<GatewayStore> => {
  const sql = await openPostgres(client, gatewaySchema, storageFault(name));
  const queries = createQueries(sql, sql);
  return {
    ...queries,
    path: name,
    claim: async (wallet) => {
      const known = await queries.getSetting('wallet');
      if (known !== undefined && known !== wallet) throw gatewayError('FOREIGN', { path: name, known, wanted: wallet });
      // Ends with the session, however that ends.
      const row = await sql.get(`SELECT pg_try_advisory_lock(hashtext(current_schema() || '.books'))::int AS held`);
      if (row?.held !== 1n) throw gatewayError('IN_USE', { path: name });
      await queries.putSetting('wallet', wallet);
    },
    outsideChanges: async () => BigInt((await queries.getSetting(CHANGES)) ?? 0),
    putKey: (key) =>
      sql.atomically([
        [keys.upsert, ...keys.values(key)],
        [COUNT_CHANGE, CHANGES, '1'],
      ]),
    reserve: async (row) => void (await sql.run(...reserveStatement(row))),
    settle: async (id, end) => void (await sql.run(...settleStatement(id, end))),
    close: async () => undefined,
  };
};
