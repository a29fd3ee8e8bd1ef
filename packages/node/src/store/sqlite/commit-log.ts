/**
 * Who writes to the ledger, and the log its commits go through. With `process` durability a commit is one record of the log `<path>-commits`
 * at once, and rows with the next transaction: what a killed process left in the log is taken over by whoever opens the ledger next. The log
 * belongs to the process that holds the ledger.
 */
import { copyFileSync, rmSync } from 'node:fs';
import { type Durability, type Hold, holdFile, openRecordLog, type RecordLog, readRecordLog } from '@atoma/base';
import { type Committed, fromRecord, putCommitted, toRecord } from './charged.ts';
import { type Database, openDatabase } from './database.ts';
import { createStanding } from './standing.ts';

/** What the records of a log are, and of which version. */
const HEAD = 'atoma-node commits 1';
/** Bytes of records, all of them rows by then, at which the log is emptied. */
const LIMIT = 1 << 20;

/** The database with its log. */
export interface Ledger {
  readonly db: Database;
  /** Keeps other processes from writing, as long as this one lives; false when another one does that. */
  readonly hold: () => boolean;
  /** Whether a commit is stored outside a transaction. */
  readonly logs: boolean;
  /** Stores a commit before it returns. Throws `NODE_STORAGE`; nothing has happened then. */
  readonly put: (row: Committed) => void;
  /** Whether a commit is in the log alone. */
  readonly isWaiting: (stack: bigint, requestId: string) => boolean;
  /** Stacks that the log knew more of than could be taken over; `all` when it is damaged. */
  readonly unsound: () => ReadonlySet<bigint> | 'all';
  /** Whether the database is an older copy that was put back: the mark beside it knows of more requests. */
  readonly isOlder: () => boolean;
  /** What was unsound or older has been taken care of: the log begins anew, a copy of an unsound one is kept. */
  readonly accept: () => void;
  /** Notes beside the database how far it is. */
  readonly note: () => void;
  readonly close: () => void;
}

const keyOf = (stack: bigint, requestId: string): string => `${stack}/${requestId}`;

/** Opens the database and takes over what its log still holds. */
export const openLedger = (path: string, durability: Durability): Ledger => {
  const file = `${path}-commits`;
  const inMemory = path === ':memory:';
  const waiting = new Set<string>();
  let log: RecordLog | undefined;
  let held: Hold | undefined;
  let unsound: Set<bigint> | 'all' = new Set();
  const db = openDatabase(path, durability, () => {
    waiting.clear();
    try {
      if (log && log.size() > LIMIT) log.empty();
    } catch {
      // It goes on growing, and is emptied later.
    }
  });
  const store = (row: Committed): void => {
    if (putCommitted(db, row)) return;
    throw Error(`leaf ${row.index} of stack ${row.stack} is not the next`);
  };
  const standing = createStanding(db, inMemory);
  /** What is stored already stays as it is, so that reading a log in once more changes nothing. */
  const takeOver = (): void => {
    if (inMemory) return;
    const { head, records, damagedAt } = readRecordLog(file);
    const missed = new Set<bigint>();
    if (head === HEAD && records.length > 0)
      db.settle(() => {
        for (const row of records.map(fromRecord)) if (!putCommitted(db, row)) missed.add(row.stack);
      });
    unsound = damagedAt !== undefined || (head ?? HEAD) !== HEAD ? 'all' : missed;
  };
  const accept = (): void => {
    if (inMemory || log) return;
    if (unsound === 'all' || unsound.size > 0) copyFileSync(file, `${file}.damaged`);
    rmSync(file, { force: true });
    unsound = new Set();
    standing.accept();
  };
  const append = (row: Committed): void => {
    accept();
    log ??= openRecordLog(file, HEAD);
    log.append(toRecord(row));
  };
  const close = (): void => {
    try {
      db.settle();
      standing.note();
    } finally {
      closeFiles();
    }
  };
  const closeFiles = (): void => {
    try {
      db.close();
      if (log) rmSync(file);
    } finally {
      standing.close();
      log?.close();
      held?.release();
    }
  };
  try {
    standing.look();
    takeOver();
  } catch (error) {
    close();
    throw error;
  }
  return {
    db,
    logs: !inMemory && durability === 'process',
    hold: () => {
      if (inMemory || held) return true;
      held = holdFile(path);
      if (held) {
        standing.look();
        takeOver();
      }
      return held !== undefined;
    },
    put: (row) => {
      try {
        append(row);
      } catch {
        // Without room for the log there may still be some in the database.
        db.settle(() => store(row));
        return;
      }
      waiting.add(keyOf(row.stack, row.requestId));
      db.defer(() => store(row));
    },
    isWaiting: (stack, requestId) => waiting.has(keyOf(stack, requestId)),
    unsound: () => unsound,
    isOlder: standing.isOlder,
    accept,
    note: standing.note,
    close,
  };
};
