import { chmodSync } from 'node:fs';
import { loadSqlite, SQLITE_BUSY, sqliteCode } from './sqlite.ts';

/** A file held for this process. */
export interface Hold {
  /** Lets the next one have it. */
  readonly release: () => void;
}

/**
 * Holds `<path>.lock` by a lock of the operating system, which ends with the process however it ends: no process id is believed,
 * so one that is given out again cannot keep anybody out. Undefined when another process, or this one, holds it, and does for
 * `waitMs`, in which this process stands still. Errors are those of node:sqlite, whose exclusive lock on an empty database this is.
 */
export const holdFile = (path: string, waitMs = 0): Hold | undefined => {
  const file = `${path}.lock`;
  const db = new (loadSqlite())(file);
  try {
    chmodSync(file, 0o600);
    db.exec(`PRAGMA busy_timeout = ${waitMs}; BEGIN EXCLUSIVE`);
  } catch (error) {
    db.close();
    if (sqliteCode(error) === SQLITE_BUSY) return undefined;
    throw error;
  }
  return { release: () => void (db.isOpen && db.close()) };
};
