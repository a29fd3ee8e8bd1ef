/** SQLite files: opening, modes, versions, prepared statements. The only place that loads `node:sqlite`. */
import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { makeDirectory } from '../directories.ts';
import { type AtomaError, isAtomaError } from '../errors.ts';
import { type Schema, schemaStep } from './schema.ts';
import { sqlError } from './sql-errors.ts';
import { openStatements, type Statements } from './statements.ts';
import type { SqlValue } from './table.ts';

/** `process`: what was written survives the end of the process; `power`: a power cut too, at the price of a sync. */
export type Durability = 'process' | 'power';

/** What keeps a file from being opened or used. */
export type SqlFault =
  | { readonly kind: 'failed'; readonly why: string; readonly cause: unknown }
  | { readonly kind: 'newer' | 'older'; readonly found: number; readonly known: number };

/** How to open a file. */
export interface OpenSqliteParameters {
  /** File, made with mode 0600 (its directory 0700), or `:memory:`. */
  readonly path: string;
  /** Its tables, made or migrated at once; none where the caller does that. */
  readonly schema?: Schema;
  /** Default `process`. */
  readonly durability?: Durability;
  /** Only look. */
  readonly readOnly?: boolean;
  /** Further settings that come before all others. */
  readonly pragmas?: string;
  /** Makes the error that is thrown. */
  readonly refuse: (fault: SqlFault) => AtomaError;
}

/** An open file. Errors of its statements are those of node:sqlite, unless they are guarded. */
export interface Sqlite extends Statements {
  readonly path: string;
  readonly db: DatabaseSync;
  readonly inMemory: boolean;
  /** Runs a change; returns how many rows it touched. */
  readonly run: (sql: string, ...values: readonly SqlValue[]) => number;
  /** Turns every error inside `work` that is none of a catalogue into what `refuse` makes of it. */
  readonly guarded: <Result>(work: () => Result) => Result;
  /** Runs `work` inside BEGIN IMMEDIATE .. COMMIT; undone when it throws. */
  readonly transaction: <Result>(work: () => Result) => Result;
  readonly setDurability: (durability: Durability) => void;
  readonly close: () => void;
}

/** How long a writer waits for another process, ms. */
export const BUSY_MS = 5_000;

/** Pages of the log before it is folded into the file, which waits for the disk: the larger, the rarer. 32 MiB. */
const CHECKPOINT_PAGES = 8_192;

/** Result code of SQLite: somebody else holds a lock. */
export const SQLITE_BUSY = 5;

/** SQLite of the runtime. Throws `SQL_RUNTIME` where it has none. */
export const loadSqlite = (): typeof DatabaseSync => {
  const found = process.getBuiltinModule?.('node:sqlite') as { DatabaseSync: typeof DatabaseSync } | undefined;
  if (!found) throw sqlError('RUNTIME', { version: process.versions.node });
  return found.DatabaseSync;
};

/** Result code of an error of node:sqlite, without what it says in addition; undefined for every other error. */
export const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined;

const openFile = ({ path, readOnly = false, pragmas = '' }: OpenSqliteParameters): DatabaseSync => {
  const onDisk = path !== ':memory:' && !readOnly;
  if (onDisk) makeDirectory(dirname(path));
  const db = new (loadSqlite())(path, { readOnly });
  try {
    if (onDisk) chmodSync(path, 0o600); // SQLite gives its -wal and -shm files the same mode
    db.exec(`PRAGMA busy_timeout = ${BUSY_MS}; ${pragmas}`);
    if (!readOnly) db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
};

/** Version written in a file; 0 in a new one. */
export const sqliteVersion = (db: DatabaseSync): number =>
  Number((db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version);

const prepareSchema = (db: DatabaseSync, schema: Schema, { readOnly, refuse }: OpenSqliteParameters): void => {
  const { version } = schema;
  const seen = sqliteVersion(db);
  if (seen === version || (readOnly && seen < version)) return;
  db.exec('PRAGMA foreign_keys = OFF');
  // Whoever else opens the file may have brought it here meanwhile.
  db.exec('BEGIN IMMEDIATE');
  const found = sqliteVersion(db);
  const step = schemaStep(schema, found, 'sqlite');
  if (step.kind === 'newer' || step.kind === 'older') throw refuse({ kind: step.kind, found, known: version });
  if (step.kind === 'run') db.exec(`${step.sql} PRAGMA user_version = ${version}`);
  db.exec('COMMIT; PRAGMA foreign_keys = ON');
};

/** Opens or creates a file and brings its tables to the present version. Throws what `refuse` makes. */
export const openSqlite = (parameters: OpenSqliteParameters): Sqlite => {
  const { path, schema, readOnly = false, durability = 'process', refuse } = parameters;
  const guarded = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw isAtomaError(error) ? error : refuse({ kind: 'failed', why: (error as Error).message, cause: error });
    }
  };
  const db = guarded(() => openFile(parameters));
  try {
    if (schema) guarded(() => prepareSchema(db, schema, parameters));
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    db.close();
    throw error;
  }
  let present: Durability | undefined;
  const setDurability = (wanted: Durability): void => {
    if (wanted !== present) db.exec(`PRAGMA synchronous = ${wanted === 'power' ? 'FULL' : 'NORMAL'}`);
    present = wanted;
  };
  if (!readOnly) setDurability(durability);
  const statements = openStatements(db);
  const run: Sqlite['run'] = (sql, ...values) => Number(statements.prepared(sql).run(...values).changes);
  return {
    ...statements,
    path,
    db,
    inMemory: path === ':memory:',
    run,
    guarded,
    setDurability,
    transaction: (work) => {
      run('BEGIN IMMEDIATE');
      try {
        const result = work();
        run('COMMIT');
        return result;
      } catch (error) {
        if (db.isTransaction) run('ROLLBACK');
        throw error;
      }
    },
    close: () => {
      statements.clear();
      if (db.isOpen) db.close();
    },
  };
};
