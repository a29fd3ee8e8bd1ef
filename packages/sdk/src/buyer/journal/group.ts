/** Writes of the journal that share a transaction, and open requests that wait, safe in the log of intents, to be written with them. */
import type { JournalRequest } from './types.ts';

/** What a group is written with. */
export interface WriteGroupParameters {
  /** Whether a transaction is under way. */
  readonly inTransaction: () => boolean;
  readonly run: (sql: 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK') => void;
  readonly insert: (request: JournalRequest) => void;
  /** The database has all that waited. */
  readonly onWritten: () => void;
  /** What was written since the last commit is lost, except for requests that waited: they still do. */
  readonly onLost: () => void;
}

/** The writes under way. */
export interface WriteGroup {
  /** Lets an open request wait for its end, {@link WAIT_MS} at most. */
  readonly wait: (request: JournalRequest) => void;
  /** Gives the waiting request, which a change may replace. */
  readonly waiting: (requestId: string) => JournalRequest | undefined;
  /** Replaces a waiting request; it is written at the end of this turn. */
  readonly replace: (request: JournalRequest) => void;
  /** Statements that follow belong to the group. */
  readonly join: () => void;
  /** Writes everything now. When it fails the requests go on waiting. */
  readonly settle: () => void;
  /** Whether requests wait that the database has refused. */
  readonly behind: () => boolean;
  /** Resolves when the group is committed, at the end of this turn; undefined without one. */
  readonly done: () => Promise<void> | undefined;
  readonly stop: () => void;
}

/** Longest a request waits before other processes see it in the database, ms. */
export const WAIT_MS = 10;

/** Makes the groups of one database. */
export const createWriteGroup = (p: WriteGroupParameters): WriteGroup => {
  const requests = new Map<string, JournalRequest>();
  let group: PromiseWithResolvers<void> | undefined;
  /** Whether the group has begun a transaction. */
  let begun = false;
  let behind = false;
  const begin = (): void => {
    if (begun) return;
    p.run('BEGIN IMMEDIATE');
    begun = true;
  };

  /** Open requests wait on unless everything is wanted: the sooner one ends, the likelier it is written once. */
  const write = (everything: boolean): void => {
    const ended = group;
    group = undefined;
    const due = [...requests.values()].filter(({ stage }) => everything || stage !== 'open');
    try {
      if (due.length > 0) begin();
      // After some errors the database has given the transaction up: the commit says so.
      if (p.inTransaction()) for (const request of due) p.insert(request);
      if (begun) p.run('COMMIT');
    } catch (error) {
      behind = requests.size > 0;
      p.onLost();
      ended?.reject(error);
      if (p.inTransaction()) p.run('ROLLBACK');
      throw error;
    } finally {
      begun = false;
    }
    for (const { requestId } of due) requests.delete(requestId);
    if (requests.size === 0) {
      behind = false;
      p.onWritten();
    }
    ended?.resolve();
  };
  const settle = (): void => {
    if (group || requests.size > 0) write(true);
  };
  /** Whom a failure concerns learns of it by {@link WriteGroup.behind} and {@link WriteGroup.done}. */
  const quietly = (work: () => void): void => {
    try {
      work();
    } catch {}
  };
  const open = (): void => {
    if (group) return;
    const own = Promise.withResolvers<void>();
    own.promise.catch(() => undefined);
    group = own;
    setImmediate(() => quietly(() => group === own && write(false)));
  };
  const timer = setTimeout(() => quietly(settle), WAIT_MS).unref();
  return {
    wait: (request) => {
      if (requests.size === 0) timer.refresh();
      requests.set(request.requestId, request);
    },
    waiting: (requestId) => requests.get(requestId),
    replace: (request) => {
      requests.set(request.requestId, request);
      open();
    },
    join: () => {
      begin();
      open();
    },
    settle,
    behind: () => behind,
    done: () => group?.promise,
    stop: () => clearTimeout(timer),
  };
};
