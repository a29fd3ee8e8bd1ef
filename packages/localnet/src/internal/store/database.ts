import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { createStatements, isAtomaError, makeDirectory, type SqlValue } from '@atoma/base';
import { ledgerError } from '../../ledger-errors.ts';
import { SCHEMA_VERSION, schema, types } from './schema.ts';

/** Bytes of a page. Small pages make small commits. */
const PAGE_BYTES = 2_048;

/**
 * The write-ahead log is copied into the file once nothing was written for a while (ms), so that no transaction waits for the
 * disk; under load without a pause, when it has grown to this many pages.
 */
const LOG_IDLE_MS = 200;
const LOG_PAGES = 32_000;

/** Pages of the file kept in memory, KiB. The system keeps the others: 16,000 transactions were no faster with more. */
const CACHE_KIB = 6_000;

/** How long a writer waits for another process, ms. */
const BUSY_TIMEOUT_MS = 5_000;

/** The open file with its prepared statements. */
export interface Database {
  readonly handle: DatabaseSync;
  /** Path of the file, or `:memory:`. */
  readonly file: string;
  readonly statements: Map<string, StatementSync>;
  readonly typeIds: Map<string, number>;
  readonly typeTexts: Map<number, string>;
  /** Runs out when the file was left alone for {@link LOG_IDLE_MS}; undefined before the first write. */
  idle: NodeJS.Timeout | undefined;
  open: boolean;
}

/** A row as SQLite returns it. */
export type Row = Record<string, unknown>;

const MAX_STATEMENTS = 200;

/** File name inside a data directory. */
export const FILE_NAME = 'ledger.sqlite';

const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

const translate = (file: string, thrown: unknown): unknown => {
  if (isAtomaError(thrown) || !(thrown instanceof Error) || !('errcode' in thrown)) return thrown;
  const code = (thrown.errcode as number) & 0xff;
  if (code === SQLITE_BUSY) return ledgerError('BUSY', { file, seconds: BUSY_TIMEOUT_MS / 1_000 }, thrown);
  const name = code === SQLITE_CORRUPT || code === SQLITE_NOTADB ? 'DATA_CORRUPT' : 'STORAGE';
  return ledgerError(name, { file, reason: thrown.message }, thrown);
};

/** Runs `work`, turning SQLite's errors into the ledger's, which name the file. */
export const guarded = <Result>(file: string, work: () => Result): Result => {
  try {
    return work();
  } catch (thrown) {
    throw translate(file, thrown);
  }
};

/** Decodes a row; whatever goes wrong there means that its bytes are damaged. */
export const decodeRow = <Result>(db: Database, what: string, decode: () => Result): Result => {
  try {
    return decode();
  } catch (thrown) {
    if (isAtomaError(thrown)) throw thrown;
    throw ledgerError('DATA_CORRUPT', { file: db.file, reason: `${what} cannot be decoded` }, thrown);
  }
};

/**
 * What a fault inside the ledger means: SQLite notices a damaged page only when it must, and damaged bytes may first show as
 * any error. When the file fails its own check, that is the reason.
 */
const diagnose = (db: Database, thrown: unknown): unknown => {
  if (isAtomaError(thrown) || !db.open || db.file === ':memory:') return thrown;
  try {
    const { quick_check: verdict } = db.handle.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
    return verdict === 'ok' ? thrown : ledgerError('DATA_CORRUPT', { file: db.file, reason: verdict }, thrown);
  } catch (failed) {
    return translate(db.file, failed);
  }
};

const prepareDirectory = (directory: string): string => {
  try {
    makeDirectory(directory);
    const file = join(directory, FILE_NAME);
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600)); // SQLite gives its -wal and -shm files the same mode
    return file;
  } catch (thrown) {
    throw ledgerError('DIRECTORY_UNUSABLE', { directory, reason: (thrown as Error).message }, thrown);
  }
};

const setUp = (handle: DatabaseSync, file: string): void => {
  handle.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; PRAGMA page_size = ${PAGE_BYTES}; PRAGMA journal_mode = WAL;
     PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${CACHE_KIB}; PRAGMA wal_autocheckpoint = ${LOG_PAGES};`,
  );
  const found = formatOf(handle);
  if (found !== 0 && found !== SCHEMA_VERSION)
    throw ledgerError('DATA_VERSION', { file, found, expected: SCHEMA_VERSION });
};

const formatOf = (handle: DatabaseSync): number =>
  (handle.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;

/** Opens or creates the file in `directory`, or a database in memory. Reads nothing but the format. */
export const openDatabase = (directory: string | undefined): Database => {
  const file = directory === undefined ? ':memory:' : prepareDirectory(directory);
  return guarded(file, () => {
    const handle = new DatabaseSync(file);
    try {
      setUp(handle, file);
    } catch (thrown) {
      handle.close();
      throw thrown;
    }
    return {
      handle,
      file,
      statements: new Map(),
      typeIds: new Map(),
      typeTexts: new Map(),
      idle: undefined,
      open: true,
    };
  });
};

/** Closes the file. */
export const closeDatabase = (db: Database): void => {
  if (!db.open) return;
  db.open = false;
  clearTimeout(db.idle);
  db.handle.close();
};

const copyLog = (db: Database): void => {
  try {
    db.handle.exec('PRAGMA wal_checkpoint(PASSIVE)');
  } catch {
    // the log keeps what it has, and the next write tells what is wrong with the disk
  }
};

/** Puts off copying the log: something was written. */
const copyLogWhenIdle = (db: Database): void => {
  if (db.idle) db.idle.refresh();
  else if (db.file !== ':memory:') db.idle = setTimeout(() => copyLog(db), LOG_IDLE_MS).unref();
};

/** True when the file has no tables yet. */
export const isEmpty = (db: Database): boolean => guarded(db.file, () => formatOf(db.handle) === 0);

/** Creates the tables; inside a write transaction. */
export const createTables = (db: Database): void => {
  guarded(db.file, () =>
    db.handle.exec(`${createStatements(schema, 'sqlite')} PRAGMA user_version = ${SCHEMA_VERSION};`),
  );
};

const statement = (db: Database, sql: string): StatementSync => {
  if (!db.open) throw ledgerError('CLOSED');
  const known = db.statements.get(sql);
  if (known) return known;
  const made = db.handle.prepare(sql);
  if (db.statements.size > MAX_STATEMENTS) db.statements.clear(); // lists make SQL of their filters
  db.statements.set(sql, made);
  return made;
};

/** First row of a query. */
export const getRow = (db: Database, sql: string, ...values: SqlValue[]): Row | undefined =>
  guarded(db.file, () => statement(db, sql).get(...values) as Row | undefined);

/** All rows of a query. */
export const getRows = (db: Database, sql: string, ...values: SqlValue[]): Row[] =>
  guarded(db.file, () => statement(db, sql).all(...values) as Row[]);

/** Runs a statement; gives the row id of an insertion. */
export const run = (db: Database, sql: string, ...values: SqlValue[]): number =>
  guarded(db.file, () => statement(db, sql).run(...values).lastInsertRowid as number);

/** Runs a statement; gives the number of rows it changed. */
export const update = (db: Database, sql: string, ...values: SqlValue[]): number =>
  guarded(db.file, () => statement(db, sql).run(...values).changes as number);

/** Number that changes when another connection has committed. */
export const dataVersion = (db: Database): number => getRow(db, 'PRAGMA data_version')?.data_version as number;

/** Runs `work` inside BEGIN IMMEDIATE .. COMMIT, the lock between processes; rolls back when it throws. */
export const writing = <Result>(db: Database, work: () => Result): Result => {
  const result = inTransaction(db, 'BEGIN IMMEDIATE', 'COMMIT', work);
  copyLogWhenIdle(db);
  return result;
};

/** Runs `work` on one consistent state of the file. */
export const reading = <Result>(db: Database, work: () => Result): Result => inTransaction(db, 'BEGIN', 'COMMIT', work);

const inTransaction = <Result>(db: Database, begin: string, end: string, work: () => Result): Result => {
  if (db.handle.isTransaction) return work();
  run(db, begin);
  try {
    const result = work();
    run(db, end);
    return result;
  } catch (thrown) {
    if (db.open && db.handle.isTransaction) run(db, 'ROLLBACK');
    db.typeIds.clear(); // ids given inside are gone
    db.typeTexts.clear();
    throw diagnose(db, thrown);
  }
};

/** Small number standing for a type text, made on first use (inside a write transaction). */
export const typeId = (db: Database, text: string): number => {
  const known = db.typeIds.get(text) ?? findTypeId(db, text);
  if (known !== undefined) return known;
  run(db, types.insert, ...types.values({ id: null, text }));
  return findTypeId(db, text) as number;
};

/** Number of a type text, or undefined when no object or event ever had it. */
export const findTypeId = (db: Database, text: string): number | undefined => {
  const known = db.typeIds.get(text);
  if (known !== undefined) return known;
  const found = getRow(db, 'SELECT id FROM types WHERE text = ?', text)?.id as number | undefined;
  if (found !== undefined) remember(db, found, text);
  return found;
};

/** Type text of a number. */
export const typeText = (db: Database, id: number): string => {
  const known = db.typeTexts.get(id);
  if (known !== undefined) return known;
  const text = getRow(db, 'SELECT text FROM types WHERE id = ?', id)?.text as string;
  remember(db, id, text);
  return text;
};

const remember = (db: Database, id: number, text: string): void => {
  if (db.typeIds.size > 10_000) {
    db.typeIds.clear();
    db.typeTexts.clear();
  }
  db.typeIds.set(text, id);
  db.typeTexts.set(id, text);
};
