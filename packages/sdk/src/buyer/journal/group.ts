/** Writes of the journal that share a transaction, and open requests that wait, safe in the log of intents, to be written with them. */
import type { JournalRequest } from './types.ts';

/** What a group is written with. */
export interface WriteGroupParameters {
  /** Whether a transaction is under way. */
  readonly inTransaction: () => boolean;
  readonly run: (sql: 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK') => void;
  readonly insert: (request: JournalRequest) => void;
  /** All that waited is in the database. */
  readonly onWritten: () => void;
  /** What was written since the last commit is lost, except for requests that waited: they still do. */
  readonly onLost: () => void;
}

/** The writes under way. */
export interface WriteGroup {
  /** Lets an open request wait for the next group, {@link WAIT_MS} at most. */
  readonly wait: (request: JournalRequest) => void;
  /** Gives the waiting request, which a change may replace. */
  readonly waiting: (requestId: string) => JournalRequest | undefined;
  /** Replaces a waiting request; it is written at the end of this turn. */
  readonly replace: (request: JournalRequest) => void;
  /** Statements that follow belong to the group, or to the transaction under way. */
  readonly join: () => void;
  /** Writes everything now. When it fails the requests go on waiting. */
  readonly settle: () => void;
  /** Whether requests wait that the database has refused. */
  readonly behind: () => boolean;
  /** Resolves when the group is committed, at the end of this turn; undefined without one. */
  readonly done: () => Promise<void> | undefined;
  /** Whether {@link transact} is at work. */
  readonly transacting: () => boolean;
  /** Runs work in a transaction of its own, or in the one it is called in. */
  readonly transact: <Result>(work: () => Result) => Result;
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
  let transacting = false;
  let behind = false;
  const begin = (): void => {
    if (begun) return;
    p.run('BEGIN IMMEDIATE');
    begun = true;
  };

  const settle = (): void => {
    if (transacting || (!group && requests.size === 0)) return;
    const ended = group;
    group = undefined;
    try {
      if (requests.size > 0) begin();
      // After some errors the database has given the transaction up: the commit says so.
      if (p.inTransaction()) for (const request of requests.values()) p.insert(request);
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
    requests.clear();
    behind = false;
    p.onWritten();
    ended?.resolve();
  };
  /** Whom it concerns learns of a failure by {@link behind} and {@link done}. */
  const settleLater = (): void => {
    try {
      settle();
    } catch {}
  };
  const open = (): void => {
    if (group) return;
    const own = Promise.withResolvers<void>();
    own.promise.catch(() => undefined);
    group = own;
    setImmediate(() => group === own && settleLater());
  };
  const timer = setTimeout(settleLater, WAIT_MS).unref();
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
      if (transacting) return;
      begin();
      open();
    },
    settle,
    behind: () => behind,
    done: () => group?.promise,
    transacting: () => transacting,
    transact: (work) => {
      if (transacting) return work();
      settle();
      transacting = true;
      try {
        p.run('BEGIN IMMEDIATE');
        const result = work();
        p.run('COMMIT');
        return result;
      } catch (error) {
        p.onLost();
        if (p.inTransaction()) p.run('ROLLBACK');
        throw error;
      } finally {
        transacting = false;
      }
    },
    stop: () => clearTimeout(timer),
  };
};
