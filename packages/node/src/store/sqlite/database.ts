/** The SQLite file: opening, prepared statements, and transactions that share one sync to disk. */
import {
  type AtomaError,
  bootId,
  type Durability,
  isAtomaError,
  openSqlite,
  type SqlFault,
  type Sqlite,
  type SqlRow,
  type SqlValue,
  sqliteVersion,
} from '@atoma/base';
import { nodeError } from '../../node-errors.ts';
import { nodeSchema, settings } from './tables.ts';

/** An open database. What is read or written outside a transaction comes behind what was deferred. */
export interface Database {
  readonly path: string;
  /** First row of the tables as they are, without what was deferred. */
  readonly peek: (sql: string, ...values: readonly SqlValue[]) => SqlRow | undefined;
  /** All rows. */
  readonly all: (sql: string, ...values: readonly SqlValue[]) => readonly SqlRow[];
  /** Rows one by one, so that a long list is never in memory as a whole. */
  readonly each: (sql: string, ...values: readonly SqlValue[]) => IterableIterator<SqlRow>;
  /** First row. */
  readonly get: (sql: string, ...values: readonly SqlValue[]) => SqlRow | undefined;
  /** Runs a change; returns how many rows it touched. */
  readonly run: (sql: string, ...values: readonly SqlValue[]) => number;
  /**
   * Runs `work` in a transaction; the promise resolves once it is as durable as the mode demands, or survives a power cut in any mode
   * (`always`). When the transaction is undone after `work` began, `undo` undoes what it did to memory, before anything else runs.
   */
  readonly transact: <Result>(
    work: () => Result,
    options?: { readonly durable?: boolean | 'always'; readonly undo?: () => void },
  ) => Promise<Result>;
  /** Leaves a write that is safe elsewhere for the next transaction, {@link WAIT_MS} at most; one that fails is tried again. */
  readonly defer: (write: () => void) => void;
  /** Runs `work`, behind what was deferred, in a transaction at once. Throws `NODE_STORAGE`. */
  readonly settle: (work?: () => void) => void;
  /** Whether the last transaction could not be stored. */
  readonly failing: () => boolean;
  /** Whether the machine was restarted, or this file is a restored copy, since {@link Database.noteStart}. */
  readonly interrupted: boolean;
  /** Notes, inside a transaction, that what the last interruption means was taken care of. */
  readonly noteStart: () => void;
  readonly exec: (sql: string) => void;
  readonly close: () => void;
}

interface Pending {
  readonly work: () => unknown;
  readonly durable: boolean | 'always';
  readonly undo: () => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Longest a deferred write waits, ms. */
export const WAIT_MS = 50;

const fault =
  (path: string) =>
  (found: SqlFault): AtomaError => {
    if (found.kind === 'failed') return nodeError('STORAGE', { why: `${path}: ${found.why}` }, found.cause);
    if (found.kind === 'newer') return nodeError('SCHEMA_NEWER', { path, found: found.found, known: found.known });
    return nodeError('STORAGE', {
      why: `${path} has schema ${found.found}, too old for this program's ${found.known}`,
    });
  };

const open = (path: string): Sqlite => openSqlite({ path, schema: nodeSchema, refuse: fault(path) });

/** Sets a setting of a database of this version or an earlier one, which stays what it is. Throws `NODE_SCHEMA_NEWER`. */
export const setInPlace = (path: string, name: string, value: string): void => {
  const sqlite = openSqlite({ path, refuse: fault(path) });
  try {
    const [found, known] = [sqliteVersion(sqlite.db), nodeSchema.version];
    if (found > known) throw fault(path)({ kind: 'newer', found, known });
    if (found > 0) sqlite.run(settings.upsert, name, value); // 0: nothing was ever written to it
  } finally {
    sqlite.close();
  }
};

/** Runs one waiting change inside the shared transaction; its failure undoes only itself. */
const step = (
  prepared: Sqlite['prepared'],
  { work, undo }: Pending,
): { readonly value: unknown } | { readonly error: unknown } => {
  prepared('SAVEPOINT step').run();
  try {
    const value = work();
    prepared('RELEASE step').run();
    return { value };
  } catch (error) {
    prepared('ROLLBACK TO step').run();
    prepared('RELEASE step').run();
    undo();
    return { error };
  }
};
/** The only change of its transaction needs no savepoint: its failure undoes the transaction. */
const alone = ({ work }: Pending): { readonly value: unknown } => ({ value: work() });

/** Transactions, each behind the writes that were deferred. */
const createTransactions = (sqlite: Sqlite, onSettled: () => void) => {
  const { db, prepared } = sqlite;
  let failing = false;
  let deferred: (() => void)[] = [];
  const single = <Result>(work: () => Result): Result => {
    prepared('BEGIN IMMEDIATE').run();
    try {
      for (const write of deferred) write();
      const result = work();
      prepared('COMMIT').run();
      if (deferred.length > 0) {
        deferred = [];
        onSettled();
      }
      return result;
    } catch (error) {
      if (db.isTransaction) prepared('ROLLBACK').run();
      throw error;
    }
  };
  /** Notes whether the database takes writes. Throws `NODE_STORAGE` when it does not. */
  const attempt = <Result>(work: () => Result): Result => {
    try {
      const result = single(work);
      failing = false;
      return result;
    } catch (error) {
      failing = !isAtomaError(error);
      throw failing ? nodeError('STORAGE', { why: (error as Error).message }, error) : error;
    }
  };
  const settle = (work?: () => void): void => {
    if (work || (deferred.length > 0 && !db.isTransaction)) attempt(work ?? (() => undefined));
  };
  const timer = setTimeout(() => {
    try {
      settle();
    } catch {
      timer.refresh();
    }
  }, WAIT_MS).unref();
  return {
    attempt,
    settle,
    failing: () => failing,
    defer: (write: () => void): void => {
      if (deferred.length === 0) timer.refresh();
      deferred.push(write);
    },
    stop: () => clearTimeout(timer),
  };
};

/** Everything asked for within one turn of the event loop shares one transaction and one sync. */
const createGroups = (
  { prepared, setDurability }: Sqlite,
  durability: Durability,
  attempt: <Result>(work: () => Result) => Result,
) => {
  let queue: Pending[] = [];
  const flush = (): void => {
    const batch = queue;
    queue = [];
    if (batch.length === 0) return;
    const isSynced = batch.some((each) => each.durable === 'always' || (each.durable && durability === 'power'));
    setDurability(isSynced ? 'power' : 'process');
    try {
      const results = attempt(() =>
        batch.length === 1 ? [alone(batch[0] as Pending)] : batch.map((each) => step(prepared, each)),
      );
      results.forEach((result, i) => {
        if ('error' in result) batch[i]?.reject(result.error);
        else batch[i]?.resolve(result.value);
      });
    } catch (error) {
      for (const each of batch) {
        each.undo();
        each.reject(error);
      }
    }
  };
  const add = (work: () => unknown, durable: boolean | 'always', undo: () => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({ work, durable, undo, resolve, reject });
    });
  return { add, flush };
};

/** In place of a start of the machine: the last use of the database ended in order, so no restart since can have cost anything. */
const ENDED = '';

/** Opens or creates the database; `onSettled` runs when nothing is deferred any more. Throws `NODE_SCHEMA_NEWER`. */
export const openDatabase = (
  path: string,
  durability: Durability,
  onSettled: () => void = () => undefined,
): Database => {
  const sqlite = open(path);
  const transactions = createTransactions(sqlite, onSettled);
  const { settle } = transactions;
  const groups = createGroups(sqlite, durability, transactions.attempt);
  const settled =
    <Given extends unknown[], Result>(read: (...given: Given) => Result) =>
    (...given: Given): Result => {
      settle();
      return read(...given);
    };
  const setting = (name: string): string | undefined =>
    sqlite.get(`${settings.select} WHERE name = ?`, name)?.value as string | undefined;
  const putSetting = (name: string, value: string): void => void sqlite.run(settings.upsert, name, value);
  let isStarted = false;
  const rebooted = durability === 'process' && ![undefined, ENDED, bootId()].includes(setting('boot_id'));
  return {
    path,
    interrupted: rebooted || setting('restored_copy') === '1',
    noteStart: () => {
      isStarted = true;
      putSetting('boot_id', bootId());
      putSetting('restored_copy', '0');
    },
    failing: transactions.failing,
    peek: sqlite.get,
    all: settled(sqlite.all),
    each: settled((sql, ...values) => sqlite.prepared(sql).iterate(...values) as unknown as IterableIterator<SqlRow>),
    get: settled(sqlite.get),
    run: settled(sqlite.run),
    defer: transactions.defer,
    settle,
    transact: async <Result>(
      work: () => Result,
      options: { readonly durable?: boolean | 'always'; readonly undo?: () => void } = {},
    ) => (await groups.add(work, options.durable ?? true, options.undo ?? (() => undefined))) as Result,
    exec: (sql) => sqlite.db.exec(sql),
    close: () => {
      transactions.stop();
      groups.flush();
      try {
        settle();
        // Behind everything else in SQLite's own log: if this survives a power cut, all of it does.
        if (isStarted) putSetting('boot_id', ENDED);
      } finally {
        sqlite.close();
      }
    },
  };
};
