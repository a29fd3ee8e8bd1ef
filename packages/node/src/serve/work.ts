/** One billable request from authentication to its receipt or refusal. */
import { AtomaError, isAtomaError } from '@atoma/base';
import { equalBytes, headerNames } from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import type { RequestRow } from '../store/types.ts';
import { type Answer, type AnswerHead, answerReply, createAnswer, type Reply, type StopReason } from './answer.ts';
import { type Authenticated, authenticate, type IncomingWork, stackStateProblem } from './authenticate.ts';
import { type Plan, planRequest } from './plan.ts';
import { type Checked, type Problem, problem } from './problem.ts';
import {
  closeChoices,
  createProduct,
  hasOutput,
  type Measured,
  measureProduct,
  type Product,
  productHash,
  streamTail,
  takeEvent,
  wholeResponse,
} from './produce.ts';
import { createRateLimit, type RateLimit } from './rate.ts';
import { DONE, receiptEvent } from './render.ts';
import { committedHead, problemHead, receiptSigner, refuseRequest, replayHead, requestInput } from './settle-answer.ts';
import { bodyMediaType } from './transcript.ts';

const MINUTE_MS = 60_000;
const REPLAYED = { [headerNames.replayed]: '1' } as const;

/** What the work of a node keeps between requests. */
interface WorkState {
  readonly node: NodeContext;
  readonly slowSignatures: RateLimit;
  /** Times of cancelled requests by stack. */
  readonly cancels: Map<bigint, number[]>;
}

/** Times of one request, ms of `performance.now()`. */
interface Timing {
  readonly started: number;
  engine: number;
}

const engineProblems: Readonly<Record<string, (error: AtomaError) => Problem>> = {
  ENGINE_UNSUPPORTED: (error) => problem('unsupported_parameter', { param: String(error.details.param) }),
  ENGINE_REJECTED: (error) => problem('invalid_request', { detail: String(error.details.why) }),
  ENGINE_UNAVAILABLE: () => problem('backend_unavailable'),
  ENGINE_OVERLOADED: () => problem('overloaded'),
  ENGINE_FAILED: () => problem('backend_error'),
  ENGINE_TIMEOUT: () => problem('backend_timeout'),
};

const engineProblem = (error: unknown): Problem | undefined =>
  error instanceof AtomaError ? engineProblems[error.code]?.(error) : undefined;

/** Counts when the work at hand is done, which may be to answer. */
const later = (count: () => void): void => void setImmediate(count);

const keyOf = (auth: Authenticated): string => `${auth.envelope.stack}/${auth.requestId}`;

const toReply = (head: AnswerHead, extra: Readonly<Record<string, string>> = {}): Reply => ({
  status: head.status,
  headers: { 'content-type': head.contentType, ...head.headers, ...extra },
  body: head.body ?? new Uint8Array(),
});

const problemReply = (value: Problem, requestId: string | null): Reply => toReply(problemHead(value, requestId));

const mayRunAgain = (row: RequestRow): boolean => row.state === 'released' && row.refused === null;

/** Refuses and answers with the refusal, or with what the row turned out to be. */
const refuse = async (
  node: NodeContext,
  auth: Authenticated,
  value: Problem,
  reason: 'refused' | 'engine' = 'refused',
): Promise<AnswerHead> => {
  const row = await refuseRequest(node, auth, value, reason);
  const head = await replayHead(node, row);
  const retry = value.retryAfterSeconds === null ? {} : { 'retry-after': String(value.retryAfterSeconds) };
  return head ? { ...head, headers: { ...head.headers, ...retry } } : problemHead(problem('internal'), auth.requestId);
};

const tooManyCancels = ({ cancels, node }: WorkState, stack: bigint): boolean => {
  const recent = (cancels.get(stack) ?? []).filter((at) => node.now() - at < MINUTE_MS);
  if (recent.length === 0) cancels.delete(stack);
  else cancels.set(stack, recent);
  return recent.length > node.limits.cancelsPerMinute;
};

const noteCancel = ({ cancels, node }: WorkState, stack: bigint): void => {
  const recent = cancels.get(stack) ?? [];
  recent.push(node.now());
  cancels.set(stack, recent);
};

const admissionProblem = (state: WorkState, stack: bigint): Problem | undefined => {
  const { running, limits } = state.node;
  if (tooManyCancels(state, stack)) return problem('rate_limited', { retryAfterSeconds: 60 });
  if (running.size > limits.inFlight) return problem('overloaded');
  if (running.size <= limits.inFlightPerStack) return undefined;
  let here = 0;
  for (const answer of running.values()) if (answer.stack === stack) here++;
  return here > limits.inFlightPerStack
    ? problem('overloaded', { detail: 'too many requests on this stack' })
    : undefined;
};

const plan = async (node: NodeContext, auth: Authenticated): Promise<Checked<Plan>> => {
  const { stack, envelope } = auth;
  if (stack.level === 2 && !node.limits.allowPlaintextLevel2) return problem('confidential_channel_unavailable');
  return planRequest(node.engines, {
    endpoint: envelope.endpoint,
    model: envelope.model,
    maxUnits: envelope.maxUnits,
    requestHash: auth.requestHash,
    body: auth.body,
    contentType: bodyMediaType(auth.body),
    task: stack,
  });
};

const overheadHeader = (timing: Timing): Record<string, string> => ({
  [headerNames.overhead]: (performance.now() - timing.started - timing.engine).toFixed(3),
});

/** Makes the ledger entry and the receipt of a finished or cut product. */
const commitProduct = async (
  node: NodeContext,
  auth: Authenticated,
  product: Product,
  measured: Measured,
  streamed: string | null,
  cut: boolean,
) => {
  const now = node.now();
  const contentHash = productHash(product);
  const response =
    streamed === null
      ? wholeResponse(product, measured)
      : { status: 200, contentType: 'text/event-stream', streamed: true, body: Buffer.from(streamed) };
  const key = { stack: auth.envelope.stack, requestId: auth.requestId };
  const committed = await node.store.commit({
    ...key,
    promptUnits: measured.prompt,
    completionUnits: measured.completion,
    units: measured.units,
    contentHash,
    cut: cut ? measured.perChoice : null,
    response,
    now,
    sign: receiptSigner(node, key, measured, contentHash, cut, now),
  });
  const labels = { role: String(product.plan.role), source: measured.source };
  later(() => node.metrics.units.inc(labels, Number(measured.units)));
  return { committed, response };
};

/** The client has gone: what was produced is billed and kept for its retry, nothing is billed for nothing. */
const endCut = async (state: WorkState, auth: Authenticated, product: Product, answer: Answer): Promise<void> => {
  const { node } = state;
  const measured = await measureProduct(product);
  const streamed = product.plan.stream;
  if (!hasOutput(product) || measured.completion === 0n) {
    noteCancel(state, auth.envelope.stack);
    await node.store.release(auth.envelope.stack, auth.requestId, 'cancelled', node.now());
    answer.setHead(problemHead(problem('internal'), auth.requestId));
    return;
  }
  const closing = closeChoices(product, 'length') + streamTail(product, measured);
  const events = streamed ? answer.frames.join('') + closing : null;
  const { committed, response } = await commitProduct(node, auth, product, measured, events, true);
  answer.setHead(committedHead(auth.requestId, response, committed, measured.units));
};

const engineFailed = async (
  node: NodeContext,
  auth: Authenticated,
  product: Product,
  answer: Answer,
  value: Problem,
): Promise<void> => {
  const measured = await measureProduct(product);
  node.metrics.lostUnits.inc(Number(hasOutput(product) ? measured.completion : 0n));
  const head = await refuse(node, auth, value, 'engine');
  if (answer.frames.length === 0) {
    answer.setHead(head);
    return;
  }
  const { error } = JSON.parse(Buffer.from(head.body as Uint8Array).toString('utf8')) as { error: unknown };
  const refusal = head.headers[headerNames.refusal];
  const signature = head.headers[headerNames.refusalSignature];
  answer.append(`event: error\ndata: ${JSON.stringify({ error, atoma: { refusal, signature } })}\n\n`);
};

const finish = async (
  node: NodeContext,
  auth: Authenticated,
  product: Product,
  answer: Answer,
  timing: Timing,
): Promise<void> => {
  const { stream } = product.plan;
  const closing = closeChoices(product, 'stop');
  const measured = await measureProduct(product);
  const tail = closing + streamTail(product, measured);
  if (stream && tail !== '') answer.append(tail);
  const events = stream ? answer.frames.join('') : null;
  const { committed, response } = await commitProduct(node, auth, product, measured, events, false);
  if (stream) answer.append(receiptEvent(committed.receipt, committed.signature) + DONE);
  else
    answer.setHead(
      committedHead(auth.requestId, response, committed, measured.units, {
        [headerNames.remaining]: String(committed.remaining),
        ...overheadHeader(timing),
      }),
    );
};

const run = async (
  state: WorkState,
  auth: Authenticated,
  work: Plan,
  answer: Answer,
  timing: Timing,
): Promise<void> => {
  const { node } = state;
  const { request, limit, served } = work;
  const frame = {
    id: `${request.endpoint === '/v1/chat/completions' ? 'chatcmpl' : 'cmpl'}-${auth.requestId}`,
    created: Math.floor(node.now() / 1000),
    model: auth.envelope.model,
    chat: request.endpoint === '/v1/chat/completions',
    includeUsage: work.includeUsage,
  };
  const product = createProduct(work, frame);
  const begin = (): void => {
    const queued = timing.engine;
    later(() => node.metrics.queueTime.observe(queued / 1000));
    if (!work.stream) return;
    const headers = { [headerNames.requestId]: auth.requestId, ...overheadHeader(timing) };
    answer.setHead({ status: 200, contentType: 'text/event-stream', headers, body: null });
    const ms = performance.now() - timing.started;
    later(() => node.metrics.firstByte.observe({ endpoint: request.endpoint }, ms / 1000));
  };
  try {
    let from = performance.now();
    let first = true;
    for await (const event of served.engine.run(request, limit, answer.signal)) {
      timing.engine += performance.now() - from;
      if (first) begin();
      const text = takeEvent(product, event);
      if (text !== '') answer.append(text);
      first = false;
      from = performance.now();
    }
    timing.engine += performance.now() - from;
    product.complete = !answer.signal.aborted;
    if (!product.complete) answer.signal.throwIfAborted();
  } catch (error) {
    const reason = answer.signal.aborted ? (answer.signal.reason as StopReason) : undefined;
    if (reason === 'client') return endCut(state, auth, product, answer);
    if (reason !== undefined) return engineFailed(node, auth, product, answer, problem('stack_settling'));
    const value = engineProblem(error);
    if (!value) throw error;
    return engineFailed(node, auth, product, answer, value);
  }
  return finish(node, auth, product, answer, timing);
};

const reserveAndRun = async (state: WorkState, auth: Authenticated, answer: Answer, timing: Timing): Promise<void> => {
  const { node } = state;
  const planned = await plan(node, auth);
  if (planned.kind === 'problem') {
    answer.setHead(await refuse(node, auth, planned));
    return;
  }
  const outcome = await node.store.reserve({ ...requestInput(auth, node.now()), bound: planned.value.bound });
  if (outcome.kind === 'reserved') {
    const refused = admissionProblem(state, auth.envelope.stack);
    if (!refused) return run(state, auth, planned.value, answer, timing);
    answer.setHead(await refuse(node, auth, refused));
  } else if (outcome.kind === 'known') {
    const same = equalBytes(outcome.row.requestHash, auth.requestHash);
    const replay = same ? await replayHead(node, outcome.row) : undefined;
    const head = replay ?? problemHead(problem(same ? 'internal' : 'request_id_reused'), auth.requestId);
    answer.setHead({ ...head, headers: { ...head.headers, ...(replay ? REPLAYED : {}) } });
  } else if (outcome.kind === 'exhausted') {
    await node.store.noteShortage(auth.envelope.stack);
    answer.setHead(
      await refuse(node, auth, problem('stack_exhausted', { extra: { free_units: String(outcome.free) } })),
    );
  } else answer.setHead(await refuse(node, auth, stackStateProblem(outcome.state) ?? problem('stack_settling')));
};

const storageProblem = (error: unknown): Problem =>
  isAtomaError(error, 'NODE_STORAGE') ? problem('storage_full') : problem('internal');

/** Produces the answer; whatever happens it gets a head and an end, and no row stays open. */
const produce = async (state: WorkState, auth: Authenticated, answer: Answer, timing: Timing): Promise<void> => {
  const { node } = state;
  try {
    await reserveAndRun(state, auth, answer, timing);
  } catch (error) {
    node.log.error({ err: error, request_id: auth.requestId, stack: String(auth.envelope.stack) }, 'request failed');
    const { stack } = auth.envelope;
    await node.store.release(stack, auth.requestId, 'crash', node.now()).catch(() => undefined);
    answer.setHead(problemHead(storageProblem(error), auth.requestId));
  } finally {
    answer.end();
  }
};

const respond = async (state: WorkState, work: IncomingWork, timing: Timing): Promise<Reply> => {
  const { node } = state;
  const checked = await authenticate(node, work, state.slowSignatures);
  if (checked.kind === 'problem') return problemReply(checked, null);
  const auth = checked.value;
  const key = keyOf(auth);
  const running = node.running.get(key);
  if (running)
    return equalBytes(running.requestHash, auth.requestHash)
      ? answerReply(running, work.signal, node.limits, REPLAYED)
      : problemReply(problem('request_id_reused'), auth.requestId);
  if (auth.known && !equalBytes(auth.known.requestHash, auth.requestHash))
    return problemReply(problem('request_id_reused'), auth.requestId);
  if (auth.known && !mayRunAgain(auth.known)) {
    const head = await replayHead(node, auth.known);
    if (head) return toReply(head, REPLAYED);
  }
  const answer = createAnswer(auth.requestHash, auth.envelope.stack);
  node.running.set(key, answer);
  node.metrics.running.set(node.running.size);
  void produce(state, auth, answer, timing).finally(() => {
    node.running.delete(key);
    const spent = performance.now() - timing.started - timing.engine;
    later(() => {
      node.metrics.running.set(node.running.size);
      node.metrics.overhead.observe({ endpoint: work.endpoint }, spent / 1000);
    });
  });
  return answerReply(answer, work.signal, node.limits);
};

/** Makes the handler of all billable endpoints. */
export const createWorkHandler = (node: NodeContext): ((work: IncomingWork) => Promise<Reply>) => {
  const slowSignatures = createRateLimit(node.limits.slowSignaturesPerSecond);
  const state: WorkState = { node, slowSignatures, cancels: new Map() };
  return async (work) => {
    const timing: Timing = { started: performance.now(), engine: 0 };
    try {
      const response = await respond(state, work, timing);
      later(() => node.metrics.requests.inc({ endpoint: work.endpoint, code: String(response.status) }));
      return response;
    } catch (error) {
      node.log.error({ err: error, endpoint: work.endpoint }, 'request failed before it was authenticated');
      node.metrics.requests.inc({ endpoint: work.endpoint, code: '500' });
      return problemReply(storageProblem(error), null);
    }
  };
};
