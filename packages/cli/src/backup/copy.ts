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
import { copySqlite, isSqlite } from '@atoma/base';
import { cliError } from '../kernel/cli-errors.ts';

/** Endings of the logs beside a database. */
const LOGS = ['-commits', '-intents'];
const TRIES = 50;
const MODE = 0o600;

/** Bytes of a file that are in memory at once. */
const PART = 1 << 20;

/** SHA-256 of a file of any size, hexadecimal. */
export const hashOf = (file: string): string => {
  const hash = createHash('sha256');
  const part = Buffer.alloc(PART);
  const open = openSync(file, 'r');
  try {
    for (let read = readSync(open, part); read > 0; read = readSync(open, part)) hash.update(part.subarray(0, read));
  } finally {
    closeSync(open);
  }
  return hash.digest('hex');
};

/** Whether a file is a log that goes with a database beside it. */
export const isLogOf = (file: string): boolean =>
  LOGS.some((ending) => file.endsWith(ending) && existsSync(file.slice(0, -ending.length)));

const readLog = (file: string): Buffer => (existsSync(file) ? readFileSync(file) : Buffer.alloc(0));

/** Copies a database with the logs beside it, while other processes may write; gives the names of what was written. */
const copyDatabase = (from: string, to: string): readonly string[] => {
  for (let left = TRIES; left > 0; left--) {
    const before = LOGS.map((ending) => readLog(from + ending));
    copySqlite(from, to);
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
  if (isSqlite(from)) return copyDatabase(from, to);
  copyFileSync(from, to);
  chmodSync(to, MODE);
  return [to];
};
