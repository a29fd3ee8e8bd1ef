/** Requests about to be sent, in a file beside the journal that only grows: writing one down costs one `write`, not a transaction. */
import { closeSync, constants, fchmodSync, fdatasync, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodeIntent, framed } from './intent-records.ts';
import type { JournalRequest } from './types.ts';

/** A log that is written to, by one process at a time. Errors are those of node:fs. */
export interface IntentLog {
  /** Writes a request down; it then survives the end of the process. When this throws the log is as it was. */
  readonly append: (request: JournalRequest) => void;
  /** Resolves when all that was appended is on the disk. Calls of one turn share a sync, as do all that come while one runs. */
  readonly synced: () => Promise<void>;
  /** Whether a sync failed: what is on the disk is then unknown until the log is emptied, and nothing is appended. */
  readonly failed: () => boolean;
  /** Bytes of requests. */
  readonly size: () => number;
  /** Forgets all requests: the database has them. */
  readonly empty: () => void;
  readonly close: () => void;
}

const syncDirectory = (path: string): void => {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Starts the log of an owner, 0600 and empty: what it held must be in the database. `power`: its name survives a power cut. */
export const openIntents = (path: string, owner: string, power: boolean): IntentLog => {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  let size = 0;
  /** Part of a record may lie behind the end of the log. */
  let torn = true;
  const cut = (): void => {
    ftruncateSync(fd, size);
    torn = false;
  };
  const write = (record: Buffer): void => {
    if (torn) cut();
    try {
      for (let done = 0; done < record.length; ) done += writeSync(fd, record, done, record.length - done, size + done);
      size += record.length;
    } catch (error) {
      torn = true;
      try {
        cut();
      } catch {
        // The next write cuts first.
      }
      throw error;
    }
  };
  const head = framed([Buffer.from(owner)]);
  try {
    fchmodSync(fd, 0o600);
    write(head);
    if (power) syncDirectory(dirname(path));
  } catch (error) {
    closeSync(fd);
    throw error;
  }

  let appended = 0;
  let durable = 0;
  let failure: unknown;
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<void> | undefined;
  const sync = async (): Promise<void> => {
    next = undefined;
    if (failure) throw failure;
    const upTo = appended;
    await new Promise<void>((resolve, reject) => {
      fdatasync(fd, (error) => {
        failure ??= error ?? undefined;
        if (error) reject(error);
        else resolve();
      });
    });
    durable = upTo;
  };
  return {
    append: (request) => {
      if (failure) throw failure;
      write(encodeIntent(request));
      appended++;
    },
    synced: () => {
      if (durable === appended && !failure) return Promise.resolve();
      if (!next) {
        next = Promise.allSettled([last, turn()]).then(sync);
        next.catch(() => undefined);
        last = next;
      }
      return next;
    },
    failed: () => failure !== undefined,
    size: () => size - head.length,
    empty: () => {
      ftruncateSync(fd, head.length);
      size = head.length;
      torn = false;
      failure = undefined;
    },
    close: () => {
      const end = () => closeSync(fd);
      void last.then(end, end);
    },
  };
};
