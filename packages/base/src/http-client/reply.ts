/** The body of an answer as it comes, for one reader. */
import type { BodyFault } from '../http.ts';
import { headerIn, type RawHeaders } from './parser.ts';

/** An answer, whose body is to be read, as a whole or in pieces, or given up. */
export interface HttpReply {
  readonly status: number;
  /** A header by its name in lower case; several of one name are joined by commas. */
  readonly header: (name: string) => string | undefined;
  /** Pieces as they come. Rejects when the connection breaks. Who leaves before the end gives the rest up, as `discard` does. */
  readonly body: AsyncIterable<Buffer>;
  /** The whole body, at most so many bytes. */
  readonly whole: (maxBytes?: number) => Promise<Buffer | BodyFault>;
  /** Reads the rest away for a second, so that the connection can be used again. */
  readonly discard: () => void;
  /** Ends the connection, with what a reader is then told. */
  readonly cancel: (reason?: Error) => void;
}

/** Unread bytes after which a connection is not read from. */
const MAX_UNREAD = 64 * 1024;
/** How long and how far what nobody wants is read away. */
const [DISCARD_MS, DISCARD_BYTES] = [1_000, 64 * 1024 * 1024];

/** What a reply tells its connection. */
export interface Source {
  readonly pause: () => void;
  readonly resume: () => void;
  readonly cancel: (reason: Error) => void;
}

/** A reply and what its connection tells it. */
export interface OpenReply {
  readonly reply: HttpReply;
  readonly data: (part: Buffer) => void;
  readonly end: () => void;
  readonly fail: (error: Error) => void;
}

/** Makes the reply of an answer whose head has come. */
export const openReply = (status: number, headers: RawHeaders, source: Source): OpenReply => {
  const parts: Buffer[] = [];
  let unread = 0;
  let [paused, discarding] = [false, false];
  let ended = false;
  let error: Error | undefined;
  let wake: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;

  const notify = (): void => {
    const waiting = wake;
    wake = undefined;
    waiting?.();
  };
  const over = (): boolean => ended || error !== undefined;
  const more = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  const flow = (): void => {
    if (!paused) return;
    paused = false;
    source.resume();
  };
  const cancel = (reason: Error = new DOMException('the answer was given up', 'AbortError')): void => {
    if (!over()) source.cancel(reason);
  };
  const discard = (): void => {
    parts.length = 0;
    if (discarding || over()) return;
    discarding = true;
    unread = 0;
    timer = setTimeout(cancel, DISCARD_MS).unref();
    flow();
  };
  async function* pieces(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        const part = parts.shift();
        if (part) {
          unread -= part.length;
          if (unread < MAX_UNREAD) flow();
          yield part;
        } else if (error) throw error;
        else if (ended) return;
        else await more();
      }
    } finally {
      discard();
    }
  }
  return {
    reply: {
      status,
      header: (name) => headerIn(headers, name),
      body: { [Symbol.asyncIterator]: pieces },
      whole: async (maxBytes = Number.POSITIVE_INFINITY) => {
        for (;;) {
          if (unread > maxBytes) {
            cancel();
            return 'tooLarge';
          }
          if (error) return 'broken';
          if (ended) return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
          flow();
          await more();
        }
      },
      discard,
      cancel,
    },
    data: (part) => {
      unread += part.length;
      if (discarding) {
        if (unread > DISCARD_BYTES) cancel();
        return;
      }
      parts.push(part);
      if (unread > MAX_UNREAD && !paused) {
        paused = true;
        source.pause();
      }
      notify();
    },
    end: () => {
      ended = true;
      clearTimeout(timer);
      notify();
    },
    fail: (why) => {
      if (over()) return;
      error = why;
      clearTimeout(timer);
      notify();
    },
  };
};
