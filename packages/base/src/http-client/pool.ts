/** The connections to one server: kept, bounded, and given to who waits for one. */
import type { LookupFunction } from 'node:net';
import { type Connection, openConnection, type Server } from './connection.ts';

/** Who is to be given a connection, or told that there will be none. */
export interface Wanted {
  readonly start: (connection: Connection) => void;
  readonly fail: (error: Error) => void;
}

/** The connections to one server. */
export interface Pool {
  readonly server: Server;
  /** Gives a connection, at once where there is one or may be one more. */
  readonly want: (wanted: Wanted) => void;
  /** Takes back what waits. */
  readonly unwant: (wanted: Wanted) => void;
  /** Ends what has waited for too long; whether there is anything left. */
  readonly sweep: () => boolean;
  readonly close: (reason: Error) => void;
}

/** How a pool opens connections. */
export interface PoolParameters {
  /** Connections at once; further requests wait. */
  readonly connections: number;
  /** ms a connection is kept without a request, where its server does not name a shorter time. */
  readonly idleMs: number;
  /** Resolves names. */
  readonly lookup: LookupFunction | undefined;
}

/** Idle connections that are kept. */
const MOST_FREE = 256;

const unused = (): Error => new DOMException('the connection was not used', 'AbortError');

/** Makes the pool of a server. */
export const openPool = (server: Server, { connections, idleMs, lookup }: PoolParameters): Pool => {
  const session = {};
  const all = new Set<Connection>();
  const free: Connection[] = [];
  const waiting: Wanted[] = [];
  const open = (): Connection => {
    const connection = openConnection({
      ...{ server, session, lookup, idleMs },
      free: (each) => {
        const next = waiting.shift();
        if (next) next.start(each);
        else if (free.length < MOST_FREE) free.push(each);
        else each.end(unused());
      },
      gone: (each) => {
        all.delete(each);
        const at = free.indexOf(each);
        if (at >= 0) free.splice(at, 1);
        const next = waiting.shift();
        if (next) next.start(open());
      },
    });
    all.add(connection);
    return connection;
  };
  return {
    server,
    want: (wanted) => {
      let kept = free.pop();
      for (; kept?.over(); kept = free.pop()) kept.end(unused());
      if (kept) wanted.start(kept);
      else if (all.size < connections) wanted.start(open());
      else waiting.push(wanted);
    },
    unwant: (wanted) => {
      const at = waiting.indexOf(wanted);
      if (at >= 0) waiting.splice(at, 1);
    },
    sweep: () => {
      for (const each of [...free]) if (each.over()) each.end(unused());
      return all.size > 0;
    },
    close: (reason) => {
      for (const each of waiting.splice(0)) each.fail(reason);
      for (const each of all) each.end(reason);
    },
  };
};
