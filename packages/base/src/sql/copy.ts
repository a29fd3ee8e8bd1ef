import { closeSync, openSync, readSync } from 'node:fs';
import { loadSqlite } from './sqlite.ts';

const MAGIC = 'SQLite format 3\0';

/** Whether a file is an SQLite database. Throws what the file system says. */
export const isSqlite = (file: string): boolean => {
  const start = Buffer.alloc(MAGIC.length);
  const open = openSync(file, 'r');
  try {
    return readSync(open, start) === start.length && start.toString('latin1') === MAGIC;
  } finally {
    closeSync(open);
  }
};

/** Copies a database as it is at one moment, while others may write, into a new file with mode 0600. Throws what SQLite says. */
export const copySqlite = (from: string, to: string): void => {
  const database = new (loadSqlite())(from);
  try {
    database.exec('PRAGMA busy_timeout = 10000');
    // SQLite fills an empty file, and makes one that others may read.
    closeSync(openSync(to, 'wx', 0o600));
    database.prepare('VACUUM INTO ?').run(to);
  } finally {
    database.close();
  }
};

/** What SQLite says against a database; undefined when nothing. */
export const sqliteDamage = (file: string): string | undefined => {
  try {
    const database = new (loadSqlite())(file, { readOnly: true });
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
