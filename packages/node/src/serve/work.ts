/** One billable request from authentication to its receipt or refusal. */
import { inSpan, isAtomaError } from '@atoma/base';
import { CHAT, equalBytes, headerNames, record } from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import { engineWords } from '../observe/engine-words.ts';
import type { RequestRow, StoredResponse } from '../store/types.ts';
import {
  type Answer,
  type AnswerHead,
  answerReply,
  createAnswer,
  KEEP_ALIVE,
  type Reply,
  type StopReason,
} from './answer.ts';
import { type Authenticated, authenticate, type IncomingWork, stackStateProblem } from './authenticate.ts';
import { engineProblem } from './engine-problem.ts';
import { type Plan, planRequest } from './plan.ts';
import { type Checked, type Problem, problem } from './problem.ts';
import {
  closeChoices,
  createProduct,
  hasOutput,
  type Measured,
  measureProduct,
  type Product,
  type ProductWork,
  streamTail,
  takeEvent,
  wholeResponse,
} from './produce.ts';
import { isProvenPart } from './proof.ts';
import { createRateLimit, type RateLimit } from './rate.ts';
import { createRemoteFetch, type FetchRemote, withRemote } from './remote.ts';
import { DONE, receiptEvent } from './render.ts';
import { faultOf, type Opened, openWork, workOf } from './sealed.ts';
import { committedHead, problemHead, receiptSigner, refuseRequest, replayHead, requestInput } from './settle-answer.ts';
import { bodyMediaType } from './transcript.ts';

/** Ends a run before its engine was asked. */
class Refused extends Error {
  readonly problem: Problem;
  constructor(value: Problem) {
    super(value.code);
    this.problem = value;
  }
}

const MINUTE_MS = 60_000;
const REPLAYED = { [headerNames.replayed]: '1' } as const;

/** What the work of a node keeps between requests. */
interface WorkState {
  readonly node: NodeContext;
  readonly fetchRemote: FetchRemote;
  readonly slowSignatures: RateLimit;
  /** By stack; those that take no more work are forgotten when another one comes. */
  readonly misgivings: Map<bigint, Misgivings>;
}

/** What is kept in mind of a stack whose requests came to nothing. */
interface Misgivings {
  /** Times of requests that were cancelled, or whose answers could not be proved, ms since 1970. */
  cancels: number[];
  /** Whether an answer could not be proved: those to strange prompts are then held until they are. */
  doubted: boolean;
}

/** Times of one request, ms of `performance.now()`. */
interface Timing {
  readonly started: number;
  engine: number;
}

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
  answer: Answer,
  reason: 'refused' | 'engine' = 'refused',
): Promise<AnswerHead> => {
  answer.result.outcome = value.code;
  const row = await refuseRequest(node, auth, value, reason, answer.sealed());
  const head = await replayHead(node, row);
  const retry = value.retryAfterSeconds === null ? {} : { 'retry-after': String(value.retryAfterSeconds) };
  return head ? { ...head, headers: { ...head.headers, ...retry } } : problemHead(problem('internal'), auth.requestId);
};

const tooManyCancels = ({ misgivings, node }: WorkState, stack: bigint): boolean => {
  const known = misgivings.get(stack);
  if (!known) return false;
  known.cancels = known.cancels.filter((at) => node.now() - at < MINUTE_MS);
  return known.cancels.length > node.limits.cancelsPerMinute;
};

/** Notes a request that came to nothing. */
const noteCancel = async ({ misgivings, node }: WorkState, stack: bigint): Promise<Misgivings> => {
  if (!misgivings.has(stack)) {
    const open = new Set((await node.store.listStacks(['open'])).map(({ id }) => id));
    for (const id of misgivings.keys()) if (!open.has(id)) misgivings.delete(id);
  }
  const known = misgivings.get(stack) ?? { cancels: [], doubted: false };
  known.cancels.push(node.now());
  misgivings.set(stack, known);
  return known;
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

const plan = async (node: NodeContext, auth: Authenticated, opened: Opened | null): Promise<Checked<Plan>> => {
  const { stack, envelope } = auth;
  const body = opened?.inner.body ?? auth.body;
  const planned = await planRequest(node.engines, {
    endpoint: envelope.endpoint,
    model: envelope.model,
    maxUnits: envelope.maxUnits,
    requestHash: auth.requestHash,
    body,
    contentType: bodyMediaType(body),
    task: stack,
    remoteMedia: node.limits.remoteMedia && !opened, // its addresses would tell what a prompt is about
  });
  const { units, largestRequest: most } = stack;
  // Where a request may use all units, the ledger says whether they are free.
  return planned.kind === 'ok' && most < units && planned.value.bound > most
    ? problem('max_units_too_large', { param: 'max_units', extra: { most: String(most) } })
    : planned;
};

const overheadHeader = (timing: Timing): Record<string, string> => ({
  [headerNames.overhead]: (performance.now() - timing.started - timing.engine).toFixed(3),
});

/** A product that has come to its end, counted, hashed and, unless it is a stream, put into the form of an answer. */
interface Ended {
  readonly measured: Measured;
  readonly work: ProductWork;
  readonly whole: StoredResponse | null;
}

/** Throws what makes the answer the engine's failure. */
const endOf = ({ product, opened }: Running, measured: Measured): Ended => ({
  measured,
  work: workOf(opened, product),
  whole: product.plan.stream ? null : wholeResponse(product, measured),
});

const streamResponse = ({ frames }: Answer): StoredResponse => ({
  status: 200,
  contentType: 'text/event-stream',
  streamed: true,
  body: Buffer.from(frames.join('')),
});

/** Makes the ledger entry and the receipt of a finished or cut product. */
const commitProduct = async (
  node: NodeContext,
  auth: Authenticated,
  product: Product,
  { measured, work: { workHash, work }, whole }: Ended,
  answer: Answer,
  cut: boolean,
) => {
  const now = node.now();
  const sealed = answer.sealed();
  const clear = whole ?? (sealed ? null : streamResponse(answer));
  let response = clear as StoredResponse;
  const key = { stack: auth.envelope.stack, requestId: auth.requestId };
  const committed = await node.store.commit({
    ...key,
    promptUnits: measured.prompt,
    completionUnits: measured.completion,
    units: measured.units,
    contentHash: workHash,
    work,
    cut: cut ? measured.perChoice : null,
    response: (receipt, signature) => {
      if (sealed) response = sealed.receipt(clear, receipt, signature);
      return response;
    },
    now,
    sign: receiptSigner(node, key, measured, workHash, cut, now, sealed !== null),
  });
  if (sealed) node.confidential?.noteAnswered(auth.body);
  Object.assign(answer.result, { outcome: cut ? 'cut' : 'served', units: measured.units });
  const labels = { role: String(product.plan.role), source: measured.source };
  later(() => node.metrics.units.inc(labels, Number(measured.units)));
  return { committed: { ...committed, workDigest: work?.digest ?? null }, response };
};

/** The client has gone: what was produced and can be proved is billed and kept for its retry, nothing is billed for nothing. */
const endCut = async (state: WorkState, auth: Authenticated, work: Running, answer: Answer): Promise<void> => {
  const { node } = state;
  const { product } = work;
  const measured = await measureProduct(product);
  const made = hasOutput(product) && measured.completion > 0n;
  if (!made || !(await isProvenPart(product, measured.perChoice))) {
    await noteCancel(state, auth.envelope.stack);
    return engineFailed(node, auth, product, answer, problem('cancelled'));
  }
  answer.endHold(true);
  const closing = closeChoices(product, 'length') + streamTail(product, measured);
  if (product.plan.stream) answer.append(closing);
  const ended = endOf(work, measured);
  const { committed, response } = await commitProduct(node, auth, product, ended, answer, true);
  answer.sealed()?.release();
  answer.setHead(committedHead(auth.requestId, response, committed, measured.units));
};

const engineFailed = async (
  node: NodeContext,
  auth: Authenticated,
  product: Product,
  answer: Answer,
  value: Problem,
): Promise<void> => {
  const lost = hasOutput(product) ? await measureProduct(product).then(({ completion }) => completion) : 0n;
  node.metrics.lostUnits.inc(Number(lost));
  answer.endHold(false);
  const head = await refuse(node, auth, value, answer, 'engine');
  if (!answer.headed()) {
    answer.setHead(head);
    return;
  }
  const sealed = answer.sealed();
  if (sealed) {
    sealed.release();
    return;
  }
  const { error } = record(JSON.parse(Buffer.from(head.body as Uint8Array).toString('utf8')));
  const refusal = head.headers[headerNames.refusal];
  const signature = head.headers[headerNames.refusalSignature];
  answer.append(`event: error\ndata: ${JSON.stringify({ error, atoma: { refusal, signature } })}\n\n`);
};

/** What an engine makes, and the request behind its seal, where it has one. */
interface Running {
  readonly product: Product;
  readonly opened: Opened | null;
}

/** Throws what makes the answer the engine's failure. */
const endProduct = async (running: Running): Promise<Ended & { readonly tail: string }> => {
  const { product } = running;
  const closing = closeChoices(product, 'stop');
  const measured = await measureProduct(product);
  return { tail: closing + streamTail(product, measured), ...endOf(running, measured) };
};

const finish = async (
  node: NodeContext,
  auth: Authenticated,
  product: Product,
  { tail, ...ended }: Ended & { readonly tail: string },
  answer: Answer,
  timing: Timing,
): Promise<void> => {
  const { stream } = product.plan;
  if (stream && tail !== '') answer.append(tail);
  const { committed, response } = await commitProduct(node, auth, product, ended, answer, false);
  const sealed = answer.sealed();
  if (stream && sealed) sealed.release();
  else if (stream) answer.append(receiptEvent(committed) + DONE);
  else
    answer.setHead(
      committedHead(auth.requestId, response, committed, ended.measured.units, {
        [headerNames.remaining]: String(committed.remaining),
        ...overheadHeader(timing),
      }),
    );
};

/** The head of a stream, once: with its first output, or with a comment when that is long in coming. */
const createBeginning = (node: NodeContext, auth: Authenticated, work: Plan, answer: Answer, timing: Timing) => {
  let begun = false;
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    if (begun) return;
    begun = true;
    clearTimeout(timer);
    const queued = timing.engine;
    later(() => node.metrics.queueTime.observe(queued / 1000));
    if (!work.stream) return;
    const headers = { [headerNames.requestId]: auth.requestId, ...overheadHeader(timing) };
    answer.setHead({ status: 200, contentType: 'text/event-stream', headers, body: null });
    const ms = performance.now() - timing.started;
    later(() => node.metrics.firstByte.observe({ endpoint: work.request.endpoint }, ms / 1000));
  };
  return {
    begin,
    accepted: (): void => {
      if (!work.stream || begun || timer !== undefined) return;
      timer = setTimeout(() => {
        begin();
        answer.append(KEEP_ALIVE);
      }, node.limits.headMs);
    },
    end: (): void => clearTimeout(timer),
  };
};

/** Takes everything the engine produces in. Throws what the engine throws. */
const runEngine = async (
  state: WorkState,
  auth: Authenticated,
  product: Product,
  answer: Answer,
  timing: Timing,
): Promise<void> => {
  const work = product.plan;
  const beginning = createBeginning(state.node, auth, work, answer, timing);
  const fetched = await withRemote(work.request, work.remote, state.fetchRemote);
  if (fetched.kind === 'problem') throw new Refused(fetched);
  let from = performance.now();
  try {
    for await (const event of work.served.engine.run(fetched.value, work.limit, answer.signal)) {
      timing.engine += performance.now() - from;
      if (event.type === 'accepted') beginning.accepted();
      else beginning.begin();
      const text = takeEvent(product, event);
      if (event.type === 'accepted' && product.strange && state.misgivings.get(auth.envelope.stack)?.doubted)
        answer.hold();
      if (text !== '') answer.append(text);
      from = performance.now();
    }
  } finally {
    beginning.end();
  }
  timing.engine += performance.now() - from;
  answer.signal.throwIfAborted();
  answer.endHold(true);
  product.complete = true;
};

const run = async (
  state: WorkState,
  auth: Authenticated,
  work: Plan,
  opened: Opened | null,
  answer: Answer,
  timing: Timing,
): Promise<void> => {
  const { node } = state;
  const chat = work.request.endpoint === CHAT;
  const product = createProduct(work, {
    id: `${chat ? 'chatcmpl' : 'cmpl'}-${auth.requestId}`,
    created: Math.floor(node.now() / 1000),
    model: auth.envelope.model,
    chat,
    includeUsage: work.includeUsage,
  });
  if (work.face && work.stream) answer.translate(work.face.api.stream(work.face.body).take);
  let ended: Awaited<ReturnType<typeof endProduct>>;
  try {
    const facts = { 'gen_ai.request.model': auth.envelope.model };
    await inSpan('engine', { kind: 'client', facts }, () => runEngine(state, auth, product, answer, timing));
    ended = await endProduct({ product, opened });
  } catch (error) {
    const reason = answer.signal.aborted ? (answer.signal.reason as StopReason) : undefined;
    if (reason === 'client') return endCut(state, auth, { product, opened }, answer);
    if (reason !== undefined) return engineFailed(node, auth, product, answer, problem('stack_settling'));
    if (isAtomaError(error, 'ENGINE_UNPROVABLE')) (await noteCancel(state, auth.envelope.stack)).doubted = true;
    const value = error instanceof Refused ? error.problem : engineProblem(error);
    if (!value) throw error;
    const said = error instanceof Error ? error.message : String(error);
    const why = opened ? {} : { why: engineWords(said, work.request.body) };
    const { requestId, envelope } = auth;
    node.log.warn({ request_id: requestId, model: envelope.model, code: value.code, ...why }, 'engine failed');
    return engineFailed(node, auth, product, answer, value);
  }
  return finish(node, auth, product, ended, answer, timing);
};

const reserveAndRun = async (state: WorkState, auth: Authenticated, answer: Answer, timing: Timing): Promise<void> => {
  const { node } = state;
  const unsealed = openWork(node, auth);
  if (unsealed.kind === 'problem') {
    answer.setHead(await refuse(node, auth, unsealed, answer));
    return;
  }
  const opened = unsealed.value;
  if (
    opened &&
    node.confidential?.answered(auth.body) &&
    !(await node.store.findRequest(auth.envelope.stack, auth.requestId))
  ) {
    // The ledger forgot what this process answered: it was set back, and the prompt is not run for whoever did that.
    answer.setHead(problemHead(problem('request_id_reused'), auth.requestId));
    return;
  }
  if (opened) answer.seal(opened);
  const planned = await plan(node, auth, opened);
  if (planned.kind === 'problem') {
    answer.setHead(await refuse(node, auth, planned, answer));
    return;
  }
  const outcome = await node.store.reserve({ ...requestInput(auth, node.now()), bound: planned.value.bound });
  if (outcome.kind === 'reserved') {
    const refused = admissionProblem(state, auth.envelope.stack);
    if (!refused) return run(state, auth, planned.value, opened, answer, timing);
    answer.setHead(await refuse(node, auth, refused, answer));
  } else if (outcome.kind === 'known') {
    const same = equalBytes(outcome.row.requestHash, auth.requestHash);
    const replay = same ? await replayHead(node, outcome.row) : undefined;
    const head = replay ?? problemHead(problem(same ? 'internal' : 'request_id_reused'), auth.requestId);
    answer.result.outcome = replay ? 'replayed' : 'request_id_reused';
    answer.setHead({ ...head, headers: { ...head.headers, ...(replay ? REPLAYED : {}) } });
  } else if (outcome.kind === 'exhausted') {
    await node.store.noteShortage(auth.envelope.stack);
    answer.setHead(
      await refuse(node, auth, problem('stack_exhausted', { extra: { free_units: String(outcome.free) } }), answer),
    );
  } else {
    const value =
      outcome.kind === 'handedOff'
        ? problem('not_stack_owner', { detail: 'it was handed to another owner' })
        : (stackStateProblem(outcome.state) ?? problem('stack_settling'));
    answer.setHead(await refuse(node, auth, value, answer));
  }
};

const storageProblem = (error: unknown): Problem =>
  isAtomaError(error, 'NODE_STORAGE') ? problem('storage_full') : problem('internal');

/** Produces the answer; whatever happens it gets a head and an end, and no row stays open. */
const produce = async (state: WorkState, auth: Authenticated, answer: Answer, timing: Timing): Promise<void> => {
  const { node } = state;
  try {
    await reserveAndRun(state, auth, answer, timing);
  } catch (error) {
    const { requestId, envelope } = auth;
    node.log.error({ ...faultOf(auth, error), request_id: requestId, stack: String(envelope.stack) }, 'request failed');
    const value = storageProblem(error);
    answer.setHead(await refuse(node, auth, value, answer, 'engine').catch(() => problemHead(value, requestId)));
  } finally {
    answer.end();
  }
};

const respond = async (state: WorkState, work: IncomingWork, timing: Timing): Promise<Reply> => {
  const { node } = state;
  const checked = await authenticate(node, work, state.slowSignatures);
  if (checked.kind === 'problem') {
    node.log.debug({ endpoint: work.endpoint, code: checked.code }, 'not admitted');
    return problemReply(checked, null);
  }
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
    if (head) {
      noteRequest(node, auth, { outcome: 'replayed', units: 0n }, timing);
      return toReply(head, REPLAYED);
    }
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
      noteRequest(node, auth, answer.result, timing);
    });
  });
  return answerReply(answer, work.signal, node.limits);
};

/** The line of a request: what it was, what it came to. Nothing of what was asked or answered. */
const noteRequest = (
  { log }: NodeContext,
  { requestId, envelope }: Authenticated,
  { outcome, units }: Answer['result'],
  { started, engine }: Timing,
): void => {
  const { stack, endpoint, model } = envelope;
  const ms = Math.round(performance.now() - started);
  const line = { request_id: requestId, stack: String(stack), endpoint, model, outcome, units: String(units), ms };
  log.info({ ...line, engine_ms: Math.round(engine) }, 'request');
};

/** Makes the handler of all billable endpoints. */
export const createWorkHandler = (node: NodeContext): ((work: IncomingWork) => Promise<Reply>) => {
  const slowSignatures = createRateLimit(node.limits.slowSignaturesPerSecond);
  const state: WorkState = {
    node,
    fetchRemote: createRemoteFetch(),
    slowSignatures,
    misgivings: new Map(),
  };
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
