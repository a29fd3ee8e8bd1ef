/**
 * Requests about to be sent, in a file beside the journal that only grows: writing one down costs one `write`, not a transaction. It
 * survives the end of the process, not a power cut.
 */
import { closeSync, constants, fchmodSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { encodeIntent, framed } from './intent-records.ts';
import type { JournalRequest } from './types.ts';

/** A log that is written to, by one process at a time. Errors are those of node:fs. */
export interface IntentLog {
  /** Writes a request down; it then survives the end of the process. When this throws the log is as it was. */
  readonly append: (request: JournalRequest) => void;
  /** Bytes of requests. */
  readonly size: () => number;
  /** Forgets all requests: the database has them. */
  readonly empty: () => void;
  readonly close: () => void;
}

/** Starts the log of an owner, 0600 and empty: what it held must be in the database. */
export const openIntents = (path: string, owner: string): IntentLog => {
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
  } catch (error) {
    closeSync(fd);
    throw error;
  }

  return {
    append: (request) => write(encodeIntent(request)),
    size: () => size - head.length,
    empty: () => {
      ftruncateSync(fd, head.length);
      size = head.length;
      torn = false;
    },
    close: () => closeSync(fd),
  };
};
