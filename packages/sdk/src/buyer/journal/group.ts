/**
 * Writes of the journal that share a transaction, and requests that wait, safe in the log of intents, to be written with them. An end that
 * is lost with the process costs an inquiry at the node, so ends wait too.
 */
import type { JournalRequest } from './types.ts';

/** What a group is written with. */
export interface WriteGroupParameters {
  /** Whether a transaction is under way. */
  readonly inTransaction: () => boolean;
  readonly run: (sql: 'BEGIN IMMEDIATE' | 'COMMIT' | 'ROLLBACK') => void;
  /** Writes a request; `known`: the database has it open, and this is its end. */
  readonly write: (request: JournalRequest, known: boolean) => void;
  /** Whether everything is to be written, so that {@link onWritten} comes. */
  readonly isFull: () => boolean;
  /** The database has all that waited. */
  readonly onWritten: () => void;
  /** What was written since the last commit is lost, except for requests that waited: they still do. */
  readonly onLost: () => void;
}

/** The writes under way. */
export interface WriteGroup {
  /** Lets an open request wait for its end, twice {@link WAIT_MS} at most. */
  readonly wait: (request: JournalRequest) => void;
  /** Gives a request that waits, or that was written open, which a change may replace. */
  readonly waiting: (requestId: string) => JournalRequest | undefined;
  /** Replaces such a request by itself with its end, which waits {@link WAIT_MS} at most. */
  readonly replace: (request: JournalRequest) => void;
  /** Statements that follow belong to the group. */
  readonly join: () => void;
  /** Writes everything now. When it fails the requests go on waiting. */
  readonly settle: () => void;
  /** Whether requests wait that the database has refused. */
  readonly behind: () => boolean;
  /** Resolves when the statements that joined are committed, at the end of this turn; undefined without any. */
  readonly joined: () => Promise<void> | undefined;
  /** As {@link joined}, with the ends that wait. */
  readonly flushed: () => Promise<void> | undefined;
  readonly stop: () => void;
}

/** Time between two writes of what waits, ms: most requests of a burst are written once, and share pages and a commit. */
export const WAIT_MS = 50;

/** Requests that are remembered once they were written open. */
const MOST_OPEN = 10_000;

type Requests = Map<string, JournalRequest>;

/** Without its body: that can be large, and no end changes it. */
const note = (known: Requests, request: JournalRequest): void => {
  if (request.stage === 'open') known.set(request.requestId, { ...request, body: null });
  else known.delete(request.requestId);
};

/** Those whose end waits stay known: it is written as such. */
const forget = (known: Requests, waiting: ReadonlyMap<string, unknown>): void => {
  for (const requestId of known.keys()) {
    if (known.size <= MOST_OPEN) return;
    if (!waiting.has(requestId)) known.delete(requestId);
  }
};

/** Makes the groups of one database. */
export const createWriteGroup = (p: WriteGroupParameters): WriteGroup => {
  /** What waits to be written. */
  const requests: Requests = new Map();
  /** What the database has open: its end needs no look there. */
  const known: Requests = new Map();
  let group: PromiseWithResolvers<void> | undefined;
  /** Whether the group has begun a transaction. */
  let begun = false;
  let behind = false;
  /** Requests that were open at the last write. */
  let older: ReadonlySet<string> = new Set();
  const begin = (): void => {
    if (begun) return;
    p.run('BEGIN IMMEDIATE');
    begun = true;
  };

  /** Of the open requests only those are written that `isDue` names: one that ends while it waits is written once. */
  const write = (isDue: (requestId: string) => boolean): void => {
    const ended = group;
    group = undefined;
    const due = [...requests.values()].filter(({ stage, requestId }) => stage !== 'open' || isDue(requestId));
    try {
      if (due.length > 0) begin();
      // After some errors the database has given the transaction up: the commit says so.
      if (p.inTransaction()) for (const request of due) p.write(request, known.has(request.requestId));
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
    for (const request of due) {
      requests.delete(request.requestId);
      note(known, request);
    }
    forget(known, requests);
    if (requests.size === 0) {
      behind = false;
      p.onWritten();
    }
    ended?.resolve();
  };
  const settle = (): void => {
    if (group || requests.size > 0) write(() => true);
  };
  /** Whom a failure concerns learns of it by {@link WriteGroup.behind} and {@link WriteGroup.joined}. */
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
    setImmediate(() => quietly(() => group === own && write(() => false)));
  };
  const tick = (): void => {
    const everything = p.isFull();
    quietly(() => write((requestId) => everything || older.has(requestId)));
    older = new Set(requests.keys());
    if (requests.size > 0 && !behind) timer.refresh();
  };
  const timer = setTimeout(tick, WAIT_MS).unref();
  const wait = (request: JournalRequest): void => {
    if (requests.size === 0) timer.refresh();
    requests.set(request.requestId, request);
  };
  return {
    wait,
    waiting: (requestId) => requests.get(requestId) ?? known.get(requestId),
    replace: (request) => {
      const { requestId, stage } = request;
      if (stage === 'open' && known.has(requestId)) requests.delete(requestId);
      else wait(request);
    },
    join: () => {
      begin();
      open();
    },
    settle,
    behind: () => behind,
    joined: () => group?.promise,
    flushed: () => {
      if ([...requests.values()].some(({ stage }) => stage !== 'open')) open();
      return group?.promise;
    },
    stop: () => clearTimeout(timer),
  };
};
