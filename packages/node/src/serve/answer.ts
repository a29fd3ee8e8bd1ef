/** An answer while it is produced: any number of clients read it from its start, at their own pace. */
import type { HttpAnswer } from '@atoma/base';
import type { ServeLimits } from '../context.ts';

/** Status and headers of an answer. */
export interface AnswerHead {
  readonly status: number;
  readonly contentType: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body; null: the answer is a stream of events. */
  readonly body: Uint8Array | null;
}

/** What a client is sent. */
export type Reply = HttpAnswer;

/** Why an answer is stopped before its end. */
export type StopReason = 'client' | 'settling' | 'shutdown';

/** A running answer. */
export interface Answer {
  readonly requestHash: Uint8Array;
  readonly stack: bigint;
  readonly head: Promise<AnswerHead>;
  readonly setHead: (head: AnswerHead) => void;
  /** Adds text to the stream. */
  readonly append: (frame: string) => void;
  readonly end: () => void;
  /** Aborts the engine; the signal's reason is a {@link StopReason}. */
  readonly stop: (reason: StopReason) => void;
  readonly signal: AbortSignal;
  /** A client that reads; call the result when it has gone. */
  readonly attach: () => () => void;
  readonly frames: readonly string[];
  readonly ended: () => boolean;
  /** Resolves when something was added or the answer ended. */
  readonly changed: () => Promise<void>;
}

/** Starts an answer. */
export const createAnswer = (requestHash: Uint8Array, stack: bigint): Answer => {
  const frames: string[] = [];
  const stopper = new AbortController();
  let readers = 0;
  let ended = false;
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
  return {
    requestHash,
    stack,
    head,
    setHead,
    frames,
    ended: () => ended,
    changed: () => change,
    append: (frame) => {
      frames.push(frame);
      notify();
    },
    end: () => {
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
        if (readers === 0 && !ended) stopper.abort('client' satisfies StopReason);
      };
    },
  };
};

const encoder = new TextEncoder();
const KEEP_ALIVE = encoder.encode(': keep-alive\n\n');

/** The body of one reader of a stream. A reader that lags too far behind counts as gone. */
const eventBody = (answer: Answer, detach: () => void, limits: ServeLimits): ReadableStream<Uint8Array> => {
  let sent = 0;
  let timer: NodeJS.Timeout | undefined;
  const leave = (): void => {
    clearInterval(timer);
    detach();
  };
  const pump = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (;;) {
      if (sent < answer.frames.length) {
        const bytes = encoder.encode(answer.frames.slice(sent).join(''));
        sent = answer.frames.length;
        controller.enqueue(bytes);
        if (-(controller.desiredSize ?? 0) > limits.slowReaderBytes) {
          leave();
          controller.error(new DOMException('The reader is too slow', 'AbortError'));
          return;
        }
      } else if (answer.ended()) {
        leave();
        controller.close();
        return;
      } else await answer.changed();
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        timer = setInterval(() => controller.enqueue(KEEP_ALIVE), limits.keepAliveMs);
        timer.unref();
        void pump(controller).catch(leave);
      },
      cancel: leave,
    },
    { highWaterMark: 0, size: (chunk) => chunk.byteLength },
  );
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
