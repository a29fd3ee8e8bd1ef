/** The SQLite file: opening, prepared statements, and transactions that share one sync to disk. */
import { chmodSync, readFileSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { isAtomaError, openStatements, type SqlRow } from '@atoma/base';
import { nodeError } from '../../errors.ts';
import { migrations, SCHEMA, SCHEMA_VERSION } from './schema.ts';

/**
 * `power`: a committed row survives a power cut. `process`: it survives the end of the process, not that of the machine.
 */
export type Durability = 'power' | 'process';

/** A row as SQLite gives it; integers are bigints. */
export type { SqlRow };

/** An open database. What is read or written outside a transaction comes behind what was deferred. */
export interface Database {
  readonly path: string;
  /** First row of the tables as they are, without what was deferred. */
  readonly peek: (sql: string, ...values: readonly SQLInputValue[]) => SqlRow | undefined;
  /** All rows. */
  readonly all: (sql: string, ...values: readonly SQLInputValue[]) => readonly SqlRow[];
  /** Rows one by one, so that a long list is never in memory as a whole. */
  readonly each: (sql: string, ...values: readonly SQLInputValue[]) => IterableIterator<SqlRow>;
  /** First row. */
  readonly get: (sql: string, ...values: readonly SQLInputValue[]) => SqlRow | undefined;
  /** Runs a change; returns how many rows it touched. */
  readonly run: (sql: string, ...values: readonly SQLInputValue[]) => number;
  /**
   * Runs `work` in a transaction; the promise resolves once it is as durable as the mode demands. When the transaction is undone
   * after `work` began, `undo` undoes what it did to memory, before anything else runs.
   */
  readonly transact: <Result>(
    work: () => Result,
    options?: { readonly durable?: boolean; readonly undo?: () => void },
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
  readonly durable: boolean;
  readonly undo: () => void;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Longest a deferred write waits, ms. */
export const WAIT_MS = 50;

const bootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return 'unknown';
  }
};

/**
 * Pages of the write-ahead log after which it is copied into the file. Each copy syncs twice; SQLite's own 1,000 pages
 * would mean a pause every hundred requests.
 */
const CHECKPOINT_PAGES = 8_000;

const prepareSchema = (db: DatabaseSync, found: number): void => {
  const migration = migrations[found] ?? { before: '', after: '' };
  db.exec(
    `BEGIN IMMEDIATE; ${migration.before}${SCHEMA}${migration.after} PRAGMA user_version = ${SCHEMA_VERSION}; COMMIT`,
  );
};

const open = (path: string): DatabaseSync => {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const found = Number((db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);
  if (found > SCHEMA_VERSION) {
    db.close();
    throw nodeError('SCHEMA_NEWER', { path, found, known: SCHEMA_VERSION });
  }
  db.exec('PRAGMA foreign_keys = OFF');
  prepareSchema(db, found);
  db.exec('PRAGMA foreign_keys = ON');
  if (path !== ':memory:') chmodSync(path, 0o600);
  return db;
};

/** Opens or creates the database; `onSettled` runs when nothing is deferred any more. Throws `NODE_SCHEMA_NEWER`. */
export const openDatabase = (
  path: string,
  durability: Durability,
  onSettled: () => void = () => undefined,
): Database => {
  const db = open(path);
  const statements = openStatements(db);
  const { prepared } = statements;
  let queue: Pending[] = [];
  let synchronous = '';
  let failing = false;
  const setSynchronous = (mode: 'FULL' | 'NORMAL'): void => {
    if (mode !== synchronous) db.exec(`PRAGMA synchronous = ${mode}`);
    synchronous = mode;
  };
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
  /** Runs one waiting change inside the shared transaction; its failure undoes only itself. */
  const step = ({ work, undo }: Pending): { readonly value: unknown } | { readonly error: unknown } => {
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
  /** Everything asked for within one turn of the event loop shares one transaction and one sync. */
  const flush = (): void => {
    const batch = queue;
    queue = [];
    if (batch.length === 0) return;
    setSynchronous(durability === 'power' && batch.some((each) => each.durable) ? 'FULL' : 'NORMAL');
    try {
      const results = attempt(() => (batch.length === 1 ? [alone(batch[0] as Pending)] : batch.map(step)));
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
  const grouped = (work: () => unknown, durable: boolean, undo: () => void): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (queue.length === 0) setImmediate(flush);
      queue.push({ work, durable, undo, resolve, reject });
    });
  const setting = (name: string): string | undefined =>
    (prepared('SELECT value FROM setting WHERE name = ?').get(name) as { value: string } | undefined)?.value;
  const putSetting = (name: string, value: string): void =>
    void prepared('INSERT OR REPLACE INTO setting VALUES (?, ?)').run(name, value);
  const bootBefore = setting('boot_id');
  const rebooted = durability === 'process' && bootBefore !== undefined && bootBefore !== bootId();
  setSynchronous('NORMAL');
  return {
    path,
    interrupted: rebooted || setting('restored_copy') === '1',
    noteStart: () => {
      putSetting('boot_id', bootId());
      putSetting('restored_copy', '0');
    },
    failing: () => failing,
    peek: (sql, ...values) => prepared(sql).get(...values) as SqlRow | undefined,
    all: (sql, ...values) => {
      settle();
      return prepared(sql).all(...values) as unknown as readonly SqlRow[];
    },
    each: (sql, ...values) => {
      settle();
      return prepared(sql).iterate(...values) as unknown as IterableIterator<SqlRow>;
    },
    get: (sql, ...values) => {
      settle();
      return prepared(sql).get(...values) as SqlRow | undefined;
    },
    run: (sql, ...values) => {
      settle();
      return Number(prepared(sql).run(...values).changes);
    },
    defer: (write) => {
      if (deferred.length === 0) timer.refresh();
      deferred.push(write);
    },
    settle,
    transact: async <Result>(
      work: () => Result,
      options: { readonly durable?: boolean; readonly undo?: () => void } = {},
    ) => (await grouped(work, options.durable ?? true, options.undo ?? (() => undefined))) as Result,
    exec: (sql) => db.exec(sql),
    close: () => {
      clearTimeout(timer);
      if (queue.length > 0) flush();
      try {
        settle();
      } finally {
        statements.clear();
        db.close();
      }
    },
  };
};
