/** From a node's answer to what an OpenAI client sees: the receipt is taken out and checked on the way. */
import { isAtomaError, type TextStream } from '@atoma/base';
import { answerContent, collectChoices } from '../../wire/answer-content.ts';
import { completionKind } from '../../wire/endpoints.ts';
import { fromBase64, headerNames, RECEIPT_EVENT } from '../../wire/headers.ts';
import { record } from '../../wire/json.ts';
import { type SseBlock, sseBlocks } from '../../wire/sse.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import { buyerError } from '../buyer-errors.ts';
import { mistrust } from '../check.ts';
import type { BuyerContext } from '../context.ts';
import { errorAnswer } from '../openai.ts';
import type { NodeAnswer } from '../transport/http.ts';
import {
  acceptReceipt,
  backOff,
  dropRequest,
  type NodeProblem,
  type OpenRequest,
  problemOfEvent,
  resolveFate,
  type Settled,
  sendRequest,
} from './attempt.ts';

/** Rewrites what a client sees at the end of an answer; used by gateways to show the cost. */
export interface Annotation {
  /** The usage chunk of a stream whose client asked for one; returns the JSON to send instead. */
  readonly usageChunk: (chunk: Record<string, unknown>, settled: Settled) => Record<string, unknown>;
  /** Events or comments before `[DONE]` when the client asked for no usage; empty: none. */
  readonly trailer: (settled: Settled) => string;
}

/** A stream that has begun. */
export interface RelayedStream {
  readonly body: TextStream;
  /** Resolves with the checked receipt, rejects when there is none. */
  readonly settled: Promise<Settled>;
  /** When the first piece came, on the clock of `performance.now()`; null before it. */
  readonly firstAt: () => number | null;
}

const bytesFrom = (value: unknown): Uint8Array | undefined =>
  typeof value === 'string' ? fromBase64(value) : undefined;

const pairFrom = (receipt: unknown, signature: unknown, digest: unknown): SignedBytes | undefined => {
  const [bytes, signed, work] = [bytesFrom(receipt), bytesFrom(signature), bytesFrom(digest)];
  return bytes && signed ? { bytes, signature: signed, ...(work ? { work } : {}) } : undefined;
};

/** The receipt of a whole answer, from its headers. */
export const receiptOf = (answer: NodeAnswer): SignedBytes | undefined =>
  pairFrom(
    answer.header(headerNames.receipt),
    answer.header(headerNames.receiptSignature),
    answer.header(headerNames.work),
  );

/** Checks a whole answer. Throws `BUYER_UNTRUSTED`. */
export const checkWhole = async (
  context: BuyerContext,
  request: OpenRequest,
  body: Uint8Array,
  signed: SignedBytes | undefined,
): Promise<Settled> => {
  if (!signed) return mistrust(context, request, 'the answer carries no receipt', null);
  try {
    return await acceptReceipt(context, request, signed, answerContent(request.payload.work.endpoint, body));
  } catch (error) {
    if (isAtomaError(error, 'WIRE_CONTENT')) return mistrust(context, request, error.message, signed);
    throw error;
  }
};

/** What a client is told of a stream that failed after its head was out: one event, the node's own error where it sent one. */
const errorEvent = (error: unknown): string => {
  const known = isAtomaError(error) ? error : buyerError('STREAM_BROKEN', { node: 0n, why: (error as Error).message });
  const told = known.details.error ?? JSON.stringify(errorAnswer(known).body.error);
  return `data: {"error":${told}}\n\n`;
};

/** First event of a stream: its error, or the iterator to go on with. */
export type StreamStart =
  | { readonly kind: 'problem'; readonly problem: NodeProblem }
  | { readonly kind: 'begun'; readonly first: SseBlock; readonly rest: AsyncIterator<SseBlock> }
  | { readonly kind: 'silent'; readonly why: string };

/** Waits for the first block, so that an error that comes at once can still go to another node. A comment begins a stream too: its output may take minutes. */
export const startStream = async (
  context: BuyerContext,
  request: OpenRequest,
  answer: NodeAnswer,
): Promise<StreamStart> => {
  const rest = sseBlocks(answer.body)[Symbol.asyncIterator]();
  try {
    const { value, done } = await rest.next();
    if (done) return { kind: 'silent', why: 'the stream ended before it began' };
    const block = value as SseBlock;
    if (block.event === 'error')
      return { kind: 'problem', problem: await problemOfEvent(context, request, block.data) };
    return { kind: 'begun', first: block, rest };
  } catch (error) {
    if (request.payload.signal?.aborted) throw error;
    return { kind: 'silent', why: (error as Error).message };
  }
};

async function* blocksOf(from: SseBlock | undefined, rest: AsyncIterator<SseBlock>): AsyncGenerator<SseBlock> {
  if (from) yield from;
  for (;;) {
    const { value, done } = await rest.next();
    if (done) return;
    yield value as SseBlock;
  }
}

const choicesOf = (json: Record<string, unknown>): readonly unknown[] =>
  Array.isArray(json.choices) ? json.choices : [];

/** A stream on its way to the client, over all runs. */
interface Course {
  readonly context: BuyerContext;
  readonly request: OpenRequest;
  readonly annotation: Annotation | undefined;
  readonly kind: 'completion' | 'chat';
  /** Resolves what waits for the checked receipt. */
  readonly settle: (settled: Settled) => void;
  /** What the client has been given. */
  readonly text: ReturnType<typeof collectChoices>;
  /** Blocks given to the client. */
  delivered: number;
  usage: Record<string, unknown> | undefined;
  settled: Settled | undefined;
  firstAt: number | null;
}

/** Checks the receipt of a stream; what the client is told of it. */
const takeReceipt = async (course: Course, data: string, heard: ReturnType<typeof collectChoices>): Promise<string> => {
  const { context, request, annotation, kind } = course;
  const { receipt, signature, work } = record(JSON.parse(data));
  const signed = pairFrom(receipt, signature, work);
  if (!signed) return mistrust(context, request, 'the receipt of the stream cannot be read', null);
  const settled = await acceptReceipt(context, request, signed, { kind, choices: heard.choices() });
  course.settled = settled;
  course.settle(settled);
  if (course.usage && annotation) return `data: ${JSON.stringify(annotation.usageChunk(course.usage, settled))}\n\n`;
  return annotation?.trailer(settled) ?? '';
};

/** One run over the node's blocks; returns true when the stream is complete. */
async function* pass(course: Course, blocks: AsyncGenerator<SseBlock>): AsyncGenerator<string, boolean> {
  const { context, request, annotation } = course;
  const heard = collectChoices();
  let seen = 0;
  for await (const block of blocks) {
    const { event, data } = block;
    if (event === RECEIPT_EVENT) {
      yield await takeReceipt(course, data, heard);
      continue;
    }
    if (event === 'error') {
      const { json, message } = await problemOfEvent(context, request, data);
      throw buyerError('STREAM_BROKEN', { node: request.node, why: message, error: JSON.stringify(json) });
    }
    if (data === '[DONE]') {
      if (!course.settled) return mistrust(context, request, 'the stream ended without a receipt', null);
      yield `${block.text}\n\n`;
      return true;
    }
    if (data === '') {
      if (block.text.startsWith(':') && seen >= course.delivered) yield `${block.text}\n\n`;
      continue;
    }
    const json = record(JSON.parse(data));
    heard.addChunk(json);
    if (annotation !== undefined && choicesOf(json).length === 0 && json.usage != null) {
      course.usage = json;
      continue;
    }
    course.firstAt ??= performance.now();
    seen++;
    if (seen > course.delivered) {
      course.delivered = seen;
      course.text.addChunk(json);
      yield `${block.text}\n\n`;
    } else if (seen === course.delivered && JSON.stringify(heard.choices()) !== JSON.stringify(course.text.choices()))
      throw buyerError('STREAM_BROKEN', { node: request.node, why: 'its repetition differs' });
  }
  return false;
}

/** Passes a begun stream on. When the connection breaks, the same envelope is sent again and what was delivered is skipped. */
export const relayStream = (
  context: BuyerContext,
  request: OpenRequest,
  begun: Extract<StreamStart, { kind: 'begun' }>,
  first: NodeAnswer,
  annotation: Annotation | undefined,
): RelayedStream => {
  const { work, signal } = request.payload;
  const { promise: settled, resolve: settle, reject: unsettle } = Promise.withResolvers<Settled>();
  settled.catch(() => undefined);
  const course: Course = {
    context,
    request,
    annotation,
    kind: completionKind(work.endpoint) ?? 'chat',
    settle,
    text: collectChoices(),
    delivered: 0,
    usage: undefined,
    settled: undefined,
    firstAt: null,
  };
  let current = first;
  /** The client went away, or the stream failed. */
  let left = false;

  const reconnect = async (): Promise<AsyncGenerator<SseBlock>> => {
    const outcome = await sendRequest(context, request);
    if (outcome.kind !== 'answer') {
      const why = outcome.kind === 'silent' ? outcome.why : outcome.problem.message;
      throw buyerError('STREAM_BROKEN', { node: request.node, why });
    }
    current = outcome.answer;
    return sseBlocks(outcome.answer.body);
  };

  /** The blocks a client sees, over as many connections as it takes. */
  async function* relay(): AsyncGenerator<string> {
    let blocks = blocksOf(begun.first, begun.rest);
    for (let attempt = 1; ; attempt++) {
      let why = 'the connection closed before the end';
      try {
        if (yield* pass(course, blocks)) return;
      } catch (error) {
        if (isAtomaError(error) || signal?.aborted || left) throw error;
        why = (error as Error).message;
      }
      if (attempt > context.policy.attempts) throw buyerError('STREAM_BROKEN', { node: request.node, why });
      const { requestId, node } = request;
      context.emit({ kind: 'retry', requestId, node, attempt, why });
      await backOff(context, attempt, 0, signal);
      blocks = await reconnect();
    }
  }

  const leave = (error: unknown): void => {
    left = true;
    unsettle(error);
    current.cancel();
    void settleLater(context, request);
  };
  const gone = (): DOMException => new DOMException('The client went away', 'AbortError');
  async function* pieces(): AsyncGenerator<string> {
    let complete = false;
    try {
      for await (const piece of relay()) if (piece !== '') yield piece;
      complete = true;
    } catch (error) {
      if (left || signal?.aborted) throw error;
      leave(error);
      yield errorEvent(error);
    } finally {
      if (!complete && !left) leave(gone());
    }
  }
  return { body: { pieces: pieces(), cancel: () => leave(gone()) }, settled, firstAt: () => course.firstAt };
};

/** How often and how long apart an unresolved request is asked about in the background. */
const LATER_MS: readonly number[] = [250, 1_000, 4_000];

/** A request whose answer the client did not wait for: its receipt or refusal is fetched as soon as the node has it. */
export const settleLater = (context: BuyerContext, request: OpenRequest): Promise<void> =>
  askLater(context, request).catch((error: unknown) =>
    context.emit({
      kind: 'fault',
      what: `request ${request.requestId} is settled later`,
      why: (error as Error).message,
    }),
  );

/** Throws what the journal throws, also when it is closed by then: the next start asks again. */
const askLater = async (context: BuyerContext, request: OpenRequest): Promise<void> => {
  for (const ms of LATER_MS) {
    if (request.state.finished) return;
    await new Promise((resolve) => setTimeout(resolve, ms).unref());
    if (await resolveFate(context, request)) return;
  }
  if (request.state.finished) return;
  await dropRequest(context, request);
  const { requestId, stack, node, maxUnits } = request;
  context.emit({ kind: 'unresolved', requestId, stack, node, maxUnits });
};
