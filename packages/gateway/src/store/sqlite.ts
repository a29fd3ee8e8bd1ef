/** The gateway's storage in SQLite. */
import {
  type AtomaError,
  type Hold,
  holdFile,
  openSqlite,
  type SqlFault,
  type Sqlite,
  type SqlStatement,
  sqliteEngine,
} from '@atoma/base';
import { gatewayError } from '../gateway-errors.ts';
import { bookStatement, createQueries, reserveStatement, settleStatement } from './queries.ts';
import { gatewaySchema } from './tables.ts';
import type { GatewayStore } from './types.ts';

/** Longest a write to the books waits, ms. */
const WAIT_MS = 50;

/** How to open the storage. */
export interface OpenGatewayStoreParameters {
  /** File, 0600, or `:memory:`. */
  readonly path: string;
  /** `process` (default): survives the end of the process; `power`: a power cut too. */
  readonly durability?: 'process' | 'power';
}

/** The error of a storage whose database refused something. */
export const storageFault =
  (path: string) =>
  (fault: SqlFault): AtomaError => {
    if (fault.kind === 'failed') return gatewayError('STORAGE', { path, why: fault.why }, fault.cause);
    const { found, known } = fault;
    if (fault.kind === 'newer') return gatewayError('SCHEMA_NEWER', { path, found, known });
    return gatewayError('STORAGE', {
      path,
      why: `its schema ${found} is too old for this program, which has ${known}`,
    });
  };

/** Writes to the books on their way. */
interface BookWrites extends Pick<GatewayStore, 'reserve' | 'settle'> {
  /** Writes what waits, now. Throws `GATEWAY_STORAGE`; it waits on then. */
  readonly flush: () => void;
  readonly stop: () => void;
}

type Reservation = Parameters<GatewayStore['reserve']>[0];
type Settlement = Parameters<GatewayStore['settle']>[1];

/** A reservation, with its settlement where that came before it was written. */
interface Waiting {
  readonly row: Reservation;
  readonly end?: Settlement;
}

/**
 * Writes to the books wait some milliseconds, so that a short request is written once, and those of many requests share a transaction.
 * What a crash takes with it is put right from the buyer's journal. When the disk refuses them they stay, and no new request is taken
 * on.
 */
const createBookWrites = ({ db, guarded, transaction, run }: Sqlite): BookWrites => {
  const waiting = new Map<string, Waiting>();
  let ends: SqlStatement[] = [];
  let behind = false;
  const put = ([sql, ...values]: SqlStatement): number => run(sql, ...values);
  const write = ({ row, end }: Waiting): void => {
    if (end && put(bookStatement(row, end)) > 0) return;
    put(reserveStatement(row));
    if (end) put(settleStatement(row.id, end));
  };
  const flush = (): void => {
    if ((waiting.size === 0 && ends.length === 0) || !db.isOpen) return;
    guarded(() =>
      transaction(() => {
        for (const each of waiting.values()) write(each);
        for (const each of ends) put(each);
      }),
    );
    waiting.clear();
    ends = [];
    behind = false;
  };
  const timer = setTimeout(() => {
    try {
      flush();
    } catch {
      behind = true;
    }
  }, WAIT_MS).unref();
  const begin = (): void => {
    if ((waiting.size === 0 && ends.length === 0) || behind) timer.refresh();
  };
  return {
    reserve: async (row) => {
      if (behind || waiting.has(row.id)) flush();
      begin();
      waiting.set(row.id, { row });
    },
    settle: async (id, end) => {
      begin();
      const known = waiting.get(id);
      if (known && !known.end) waiting.set(id, { ...known, end });
      else ends.push(settleStatement(id, end));
    },
    flush,
    stop: () => clearTimeout(timer),
  };
};

/** Opens or creates the storage. Throws `GATEWAY_STORAGE`, `GATEWAY_SCHEMA_NEWER`. */
export const openGatewayStore = ({ path, durability = 'process' }: OpenGatewayStoreParameters): GatewayStore => {
  const sqlite = openSqlite({ path, durability, schema: gatewaySchema, refuse: storageFault(path) });
  const writes = createBookWrites(sqlite);
  const queries = createQueries(sqliteEngine(sqlite), sqliteEngine(sqlite, writes.flush));
  let hold: Hold | undefined;
  return {
    ...queries,
    path,
    claim: async (wallet) => {
      const known = await queries.getSetting('wallet');
      if (known !== undefined && known !== wallet) throw gatewayError('FOREIGN', { path, known, wanted: wallet });
      if (!sqlite.inMemory) hold ??= sqlite.guarded(() => holdFile(path));
      if (!sqlite.inMemory && !hold) throw gatewayError('IN_USE', { path });
      await queries.putSetting('wallet', wallet);
    },
    outsideChanges: async () => sqlite.get('PRAGMA data_version')?.data_version as bigint,
    reserve: writes.reserve,
    settle: writes.settle,
    close: async () => {
      writes.stop();
      try {
        writes.flush();
      } finally {
        sqlite.close();
        hold?.release();
        hold = undefined;
      }
    },
  };
};
