/** Whether a database is as far as the mark beside it says: an older copy of it that was put back is not. */
import { type Mark, openMark, readMark } from '@atoma/base';
import type { Database } from './database.ts';

/** How far a database is. */
export interface Standing {
  /** Compares, before anything is taken over from elsewhere. */
  readonly look: () => void;
  /** Whether the mark knew of more requests. */
  readonly isOlder: () => boolean;
  /** The present state counts from now on: the mark is made anew. */
  readonly accept: () => void;
  /** Notes how far the database is. */
  readonly note: () => void;
  readonly close: () => void;
}

/** Looks after the mark of a database on disk. A mark that cannot be written stays behind, and tells less. */
export const createStanding = (db: Database, inMemory: boolean): Standing => {
  let mark: Mark | undefined;
  let older = false;
  /** Requests that have ended: none is ever deleted. */
  const count = (): bigint => (db.peek('SELECT max(id) AS last FROM request')?.last ?? 0n) as bigint;
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch {}
  };
  return {
    look: () => {
      // The mark first: another process may go on writing.
      const marked = inMemory ? 0n : (readMark(db.path)?.rows ?? 0n);
      if (count() < marked) older = true;
    },
    isOlder: () => older,
    accept: () => {
      older = false;
      if (!inMemory)
        quietly(() => {
          mark ??= openMark(db.path, count());
        });
    },
    note: () => quietly(() => mark?.note(count())),
    close: () => mark?.close(),
  };
};
