/**
 * Copies of files that programs write to meanwhile. A database is copied by SQLite in one read transaction. What a killed process
 * would leave in the log beside it is copied with it: the log is read before and after, and the copy counts only if nothing was taken
 * out of the log in between. Then every record is in the copied database, in the copied log, or in both, which opening settles.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { cliError } from '../kernel/errors.ts';

/** Endings of the logs beside a database. */
const LOGS = ['-commits', '-intents'];
const MAGIC = 'SQLite format 3\0';
const TRIES = 50;
const MODE = 0o600;

/** SHA-256 of a file, hexadecimal. */
export const hashOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Whether a file is an SQLite database. */
export const isDatabase = (file: string): boolean => {
  const start = Buffer.alloc(MAGIC.length);
  const open = openSync(file, 'r');
  try {
    return readSync(open, start) === start.length && start.toString('latin1') === MAGIC;
  } finally {
    closeSync(open);
  }
};

/** Whether a file is a log that goes with a database beside it. */
export const isLogOf = (file: string): boolean =>
  LOGS.some((ending) => file.endsWith(ending) && existsSync(file.slice(0, -ending.length)));

const readLog = (file: string): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));

const copyRows = (from: string, to: string): void => {
  const database = new DatabaseSync(from);
  try {
    database.exec('PRAGMA busy_timeout = 10000');
    database.prepare('VACUUM INTO ?').run(to);
    chmodSync(to, MODE);
  } finally {
    database.close();
  }
};

/** Copies a database with the logs beside it, while other processes may write; gives the names of what was written. */
const copyDatabase = (from: string, to: string): readonly string[] => {
  for (let left = TRIES; left > 0; left--) {
    const before = LOGS.map((ending) => readLog(from + ending));
    copyRows(from, to);
    const after = LOGS.map((ending) => readLog(from + ending));
    if (after.every((log, at) => log.subarray(0, before[at]?.length).equals(before[at] as Buffer))) {
      const kept = LOGS.filter((_, at) => (after[at]?.length ?? 0) > 0);
      for (const ending of kept) writeFileSync(to + ending, after[LOGS.indexOf(ending)] as Buffer, { mode: MODE });
      return [to, ...kept.map((ending) => to + ending)];
    }
    rmSync(to);
  }
  throw cliError('BACKUP_BUSY', { file: from });
};

/** Copies a file as it is at one moment; gives the names of what was written. */
export const copyFile = (from: string, to: string): readonly string[] => {
  if (isDatabase(from)) return copyDatabase(from, to);
  copyFileSync(from, to);
  chmodSync(to, MODE);
  return [to];
};

/** What SQLite says against a database; undefined when nothing. */
export const damageOf = (file: string): string | undefined => {
  try {
    const database = new DatabaseSync(file, { readOnly: true });
    try {
      const said = Object.values(database.prepare('PRAGMA integrity_check(1)').get() ?? {})[0];
      return said === 'ok' ? undefined : String(said);
    } finally {
      database.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
};
