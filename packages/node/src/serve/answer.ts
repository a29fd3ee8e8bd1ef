/** An answer while it is produced: any number of clients read it from its start, at their own pace. */
import type { HttpAnswer, TextStream } from '@atoma/base';
import { SEALED_TYPE } from '@atoma/sdk';
import type { ServeLimits } from '../context.ts';
import { createSealedOutput, type Opened, type SealedOutput } from './sealed.ts';

/** Status and headers of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; null: the answer is a stream of events. */
  readonly body: Uint8Array | null;
}

/** What a client is sent. */
export type Reply = HttpAnswer<string | Uint8Array>;

/** Why an answer is stopped before its end. */
export type StopReason = 'client' | 'settling' | 'shutdown';

/** A running answer. */
export interface Answer {
  readonly requestHash: Uint8Array;
  readonly stack: bigint;
  /** What became of it, for the log: `served`, `cut`, `replayed` or the code of the error, and the units that are billed. */
  readonly result: { outcome: string; units: bigint };
  readonly head: Promise<AnswerHead>;
  readonly setHead: (head: AnswerHead) => void;
  /** Whether status and headers are out. */
  readonly headed: () => boolean;
  /** From now on text of a chat stream is told in another API's form. */
  readonly translate: (take: (chatText: string) => string) => void;
  /** From now on everything readers get is sealed for this request. */
  readonly seal: (opened: Opened) => void;
  /** What seals the answer; null: it is in clear. */
  readonly sealed: () => SealedOutput | null;
  /** Adds text to the stream. */
  readonly append: (frame: string) => void;
  /** From now on text waits until its fate is known. */
  readonly hold: () => void;
  /** Tells the text that waits, or drops it. */
  readonly endHold: (isTold: boolean) => void;
  readonly end: () => void;
  /** Aborts the engine; the signal's reason is a {@link StopReason}. */
  readonly stop: (reason: StopReason) => void;
  readonly signal: AbortSignal;
  /** A client that reads; call the result when it has gone. */
  readonly attach: () => () => void;
  /** Text; of a sealed answer bytes. */
  readonly frames: readonly (string | Uint8Array)[];
  readonly ended: () => boolean;
  /** Resolves when something was added or the answer ended. */
  readonly changed: () => Promise<void>;
  /** Wakes those who wait for a change. */
  readonly nudge: () => void;
}

/** Starts an answer. */
export const createAnswer = (requestHash: Uint8Array, stack: bigint): Answer => {
  let tell: (text: string) => string = (text) => text;
  const frames: (string | Uint8Array)[] = [];
  let held: string[] | undefined;
  let sealed: SealedOutput | null = null;
  const stopper = new AbortController();
  let readers = 0;
  let ended = false;
  let headed = false;
  /** Whether all of the answer is in its head: then nobody who leaves stops it. */
  let whole = false;
  let setHead: (head: AnswerHead) => void = () => undefined;
  const head = new Promise<AnswerHead>((resolve) => {
    setHead = resolve;
  });
  let wake: () => void = () => undefined;
  let change = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const notify = (): void => {
    const woken = wake;
    change = new Promise<void>((resolve) => {
      wake = resolve;
    });
    woken();
  };
  const push = (frame: string | Uint8Array): void => {
    frames.push(frame);
    notify();
  };
  const append = (text: string): void => {
    if (held) {
      held.push(text);
      return;
    }
    const frame = tell(text);
    if (frame === '') return;
    if (sealed) sealed.append(frame);
    else push(frame);
  };
  return {
    requestHash,
    stack,
    result: { outcome: '', units: 0n },
    head,
    setHead: (value) => {
      headed = true;
      whole = value.body !== null;
      if (sealed && value.body === null) {
        sealed.begin(value.contentType);
        setHead({ ...value, contentType: SEALED_TYPE });
      } else setHead(value);
    },
    seal: (opened) => {
      sealed = createSealedOutput(opened.secrets, push);
    },
    sealed: () => sealed,
    headed: () => headed,
    frames,
    ended: () => ended,
    changed: () => change,
    nudge: notify,
    translate: (take) => {
      tell = take;
    },
    append,
    hold: () => {
      held ??= [];
    },
    endHold: (isTold) => {
      const texts = held ?? [];
      held = undefined;
      if (isTold) for (const text of texts) append(text);
    },
    end: () => {
      sealed?.stop();
      ended = true;
      notify();
    },
    stop: (reason) => stopper.abort(reason),
    signal: stopper.signal,
    attach: () => {
      readers++;
      let here = true;
      return () => {
        if (!here) return;
        here = false;
        readers--;
        if (readers === 0 && !ended && !whole) stopper.abort('client' satisfies StopReason);
      };
    },
  };
};

/** A comment that says the stream still lives. */
export const KEEP_ALIVE = ': keep-alive\n\n';

/** The body of one reader of a stream. A reader that lags too far behind counts as gone. */
const eventBody = (answer: Answer, detach: () => void, limits: ServeLimits): TextStream<string | Uint8Array> => {
  let quiet = false;
  const timer = setInterval(() => {
    quiet = true;
    answer.nudge();
  }, limits.keepAliveMs);
  timer.unref();
  const cancel = (): void => {
    clearInterval(timer);
    detach();
  };
  const join = (parts: readonly (string | Uint8Array)[]): string | Uint8Array =>
    answer.sealed() ? Buffer.concat(parts as readonly Uint8Array[]) : parts.join('');
  async function* pieces(): AsyncGenerator<string | Uint8Array> {
    try {
      for (let sent = 0; ; ) {
        if (sent < answer.frames.length) {
          const piece = join(answer.frames.slice(sent));
          sent = answer.frames.length;
          quiet = false;
          yield piece;
        } else if (answer.ended()) return;
        else if (quiet) {
          quiet = false;
          const sealed = answer.sealed();
          if (sealed) sealed.keepAlive();
          else yield KEEP_ALIVE;
        } else await answer.changed();
      }
    } finally {
      cancel();
    }
  }
  return { pieces: pieces(), cancel, mostUnsent: limits.slowReaderBytes };
};

/** What one reader is sent. */
export const answerReply = async (
  answer: Answer,
  client: AbortSignal,
  limits: ServeLimits,
  extra: Readonly<Record<string, string>> = {},
): Promise<Reply> => {
  const detach = answer.attach();
  client.addEventListener('abort', detach, { once: true });
  if (client.aborted) detach();
  const head = await answer.head;
  const headers = { 'content-type': head.contentType, ...head.headers, ...extra };
  if (head.body === null)
    return {
      status: head.status,
      headers: { ...headers, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
      body: eventBody(answer, detach, limits),
    };
  detach();
  return { status: head.status, headers, body: head.body };
};
