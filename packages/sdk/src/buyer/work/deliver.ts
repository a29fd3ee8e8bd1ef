/** One request of a client, over as many stacks as it takes, to an answer that was paid and checked. */
import { setTimeout as pause } from 'node:timers/promises';
import { isAtomaError, type TextStream } from '@atoma/base';
import { formatAmount } from '../../values/amounts.ts';
import { headerNames } from '../../wire/headers.ts';
import { unitsClass } from '../../wire/sealed/request.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import type { BuyerContext } from '../context.ts';
import { buyerError } from '../errors.ts';
import { narrowed } from '../provider.ts';
import { type Terms, termsOf } from '../routing.ts';
import type { OwnStack } from '../stacks.ts';
import {
  backOff,
  dropRequest,
  environmentOf,
  type NodeProblem,
  type OpenRequest,
  openRequest,
  type Payload,
  reopenRequest,
  resolveFate,
  type Settled,
  sendRequest,
} from './attempt.ts';
import { type ParsedWork, parseWork } from './bound.ts';
import { type Budget, type Chooser, type Search, unitsFor } from './choose.ts';
import { type Annotation, checkWhole, receiptOf, relayStream, settleLater, startStream } from './relay.ts';

/** A request as a client makes it. */
export interface WorkRequest {
  /** Path, such as `/v1/chat/completions`. */
  readonly endpoint: string;
  /** Passed on byte for byte. */
  readonly body: Uint8Array;
  readonly contentType: string;
  /** What {@link parseWork} read in this body, where that was done before. */
  readonly work?: ParsedWork;
  readonly signal?: AbortSignal;
  /** Whose request it is, for the books. */
  readonly tag?: string;
  readonly tenant?: string;
  /** Only stacks of the tenant. */
  readonly dedicated?: boolean;
  /** From whom and at what price it may be bought, in place of the policy's. */
  readonly terms?: Partial<Terms>;
  /** What its payer may still spend; looked at before a stack is bought for it. */
  readonly budget?: Budget;
  /** `after`: a whole answer is given before it is checked; a fault then only ends the trust in the node. */
  readonly verify?: 'before' | 'after';
  /** Further headers the node may see. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly annotation?: Annotation;
  /** A request of an earlier run for this body: sent again as it was, before anything new is signed. */
  readonly resume?: string;
  /** Called before every signature with what the request may then cost; throwing stops it. */
  readonly admit?: (maxUnits: bigint, price: bigint) => void | Promise<void>;
}

/** An answer as the client sees it. */
export interface WorkAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: Uint8Array | TextStream;
  readonly requestId: string;
  readonly stack: bigint;
  readonly node: bigint;
  readonly maxUnits: bigint;
  /** Base units of TOMA a unit. */
  readonly price: bigint;
  /** The checked receipt; null when nothing was charged; rejects when the answer was not believed or broke off. */
  readonly settled: Promise<Settled | null>;
  /** The receipt as it came with a whole answer, not yet checked; null for streams and errors. */
  readonly stated: SignedBytes | null;
  /** The node's own figure of time not spent in its engine, ms. */
  readonly overheadMs: number | null;
  /** ms from sending the envelope to the head of the answer. */
  readonly waitedMs: number;
  /** The environment that answered a sealed request; null: it was sent in clear, or nothing was sent. */
  readonly confidential: Settled['confidential'];
  /** When an error says to try again, s. */
  readonly retryAfterSeconds?: number;
}

/** What one try on one stack gave. */
type Tried =
  | { readonly kind: 'done'; readonly answer: WorkAnswer }
  /** Another stack may do; `problem` is what the client sees if none does. */
  | {
      readonly kind: 'next';
      readonly why: string;
      readonly problem: NodeProblem | null;
      readonly error: unknown;
      readonly sent?: true;
      /** No answer came. */
      readonly unreached?: true;
    }
  /** The same stack with a new envelope. */
  | { readonly kind: 'again'; readonly maxUnits: bigint | null; readonly problem: NodeProblem };

/** What has happened to a request so far. */
interface Course extends Search {
  readonly tried: Set<bigint>;
  readonly failed: Set<bigint>;
  readonly unreached: Set<bigint>;
  /** Units it may have been charged already. */
  units: bigint;
  /** An envelope went out. */
  sent: boolean;
  /** A stack was bought for it. */
  bought: boolean;
  /** Nodes whose engine failed at it. */
  engineFaults: number;
}

type Failed = Extract<Tried, { kind: 'next' }>;

/** When the first piece of an answer came, and its last, where they are not the end of its check; by `performance.now()`. */
interface Moments {
  readonly first: () => number | null;
  readonly end: number | null;
}

/** Delivers requests. */
export type Deliver = (request: WorkRequest) => Promise<WorkAnswer>;

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const AGAINS = 3;
/**
 * How long checks behind deliveries wait, ms. Who reads an answer has just been woken, often on the same processor: a check that followed
 * at once would hold him up by as much as it takes. Those that are due together share the transactions behind them.
 */
const CHECK_AFTER_MS = 5;
const retryAfter = ({ retryAfterMs }: NodeProblem): { readonly retryAfterSeconds?: number } =>
  retryAfterMs > 0 ? { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) } : {};

const problemAnswer = (request: OpenRequest, problem: NodeProblem): WorkAnswer => ({
  status: problem.status,
  contentType: 'application/json',
  body: problem.body.length > 0 ? problem.body : Buffer.from(JSON.stringify({ error: problem.json })),
  requestId: request.requestId,
  stack: request.stack,
  node: request.node,
  maxUnits: request.maxUnits,
  price: request.own.price,
  settled: Promise.resolve(null),
  stated: null,
  overheadMs: null,
  waitedMs: 0,
  confidential: environmentOf(request),
  ...retryAfter(problem),
});

/** The answer when no stack gave one: what the last node said. */
const lastProblem = (problem: NodeProblem): WorkAnswer => ({
  status: problem.status,
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify({ error: problem.json })),
  requestId: '',
  stack: 0n,
  node: 0n,
  maxUnits: 0n,
  price: 0n,
  settled: Promise.resolve(null),
  stated: null,
  overheadMs: null,
  waitedMs: 0,
  confidential: null,
  ...retryAfter(problem),
});

/** What a node says of a stack, not of itself: another of its stacks may do. */
const ofStack: ReadonlySet<string> = new Set([
  'stack_exhausted',
  'stack_settling',
  'stack_closed',
  'stack_quarantined',
]);
/** After engines of so many nodes failed at a request, it is the request that is at fault. */
const ENGINE_FAULTS = 2;

/** States of a stack at its node after which it takes no more work. */
const ended: ReadonlySet<string> = new Set([
  'stack_settling',
  'stack_closed',
  'stack_quarantined',
  'wrong_node',
  'not_stack_owner',
]);

const boundOf = (problem: NodeProblem): bigint | null => {
  const { bound } = problem.json;
  return typeof bound === 'string' && /^\d{1,19}$/.test(bound) ? BigInt(bound) : null;
};

/** What a node's error means for the next step. */
const judge = async (context: BuyerContext, request: OpenRequest, problem: NodeProblem): Promise<Tried> => {
  const { code } = problem;
  if (!problem.refused) await dropRequest(context, request);
  if (code === 'stack_exhausted' && typeof problem.json.free_units === 'string')
    context.book.noteFree(request.stack, BigInt(problem.json.free_units));
  if (ended.has(code)) context.book.block(request.stack, code);
  if (code === 'channel_key_gone' || code === 'channel_not_ready') context.channels.forget(request.node);
  if (code === 'timestamp_out_of_window' && Number.isFinite(problem.json.server_time_ms)) {
    context.directory.noteClock(request.node, Number(problem.json.server_time_ms) - context.now());
    return { kind: 'again', maxUnits: null, problem };
  }
  if (code === 'max_units_too_small') {
    const bound = boundOf(problem);
    return bound === null || bound <= request.maxUnits || bound > request.own.largestRequest
      ? { kind: 'done', answer: problemAnswer(request, problem) }
      : { kind: 'again', maxUnits: bound, problem };
  }
  if (problem.retryable === 'new') return { kind: 'again', maxUnits: null, problem };
  if (problem.retryable === 'no') return { kind: 'done', answer: problemAnswer(request, problem) };
  return { kind: 'next', why: code, problem, error: null };
};

const answerHead = (request: OpenRequest, contentType: string, overhead: string | undefined, waitedMs: number) => ({
  status: 200,
  contentType,
  requestId: request.requestId,
  stack: request.stack,
  node: request.node,
  maxUnits: request.maxUnits,
  price: request.own.price,
  overheadMs: overhead === undefined ? null : Number(overhead),
  waitedMs,
  confidential: environmentOf(request),
});

/** Makes the delivery of requests over a chooser of stacks. */
export const createDeliver = (context: BuyerContext, chooser: Chooser): Deliver => {
  let nextChecks: Promise<void> | undefined;
  const checkTime = (): Promise<void> => {
    nextChecks ??= pause(CHECK_AFTER_MS).then(() => {
      nextChecks = undefined;
    });
    return nextChecks;
  };
  const failed = ({ node, payload }: OpenRequest): void => context.measured.failed(node, payload.work.model);
  /** Measures an answer once it is checked; a client that went away says nothing about the node. */
  const measure = (request: OpenRequest, sentAt: number, settled: Promise<Settled>, at: Moments): void => {
    settled.then(
      ({ receipt: { completionUnits } }) => {
        const first = at.first();
        context.measured.answered(request.node, request.payload.work.model, {
          firstMs: first === null ? null : first - sentAt,
          ms: (at.end ?? performance.now()) - sentAt,
          units: Number(completionUnits),
        });
      },
      (error: unknown) => {
        if (isAtomaError(error)) failed(request);
      },
    );
  };

  const silent = async (request: OpenRequest, why: string): Promise<Tried> => {
    failed(request);
    if (!(await resolveFate(context, request))) {
      await dropRequest(context, request);
      const { requestId, stack, node, maxUnits } = request;
      context.emit({ kind: 'unresolved', requestId, stack, node, maxUnits });
    }
    return {
      kind: 'next',
      why,
      problem: null,
      error: buyerError('UNREACHABLE', { node: request.node, why }),
      sent: true,
      unreached: true,
    };
  };

  const attempt = async (
    client: WorkRequest,
    own: OwnStack,
    payload: Payload,
    maxUnits: bigint,
    course: Course,
  ): Promise<Tried> => {
    const status = await context.directory.status(own.node);
    if (!status || status.problem !== null || own.blocked !== null) {
      const why = own.blocked ?? status?.problem ?? 'it is gone';
      return { kind: 'next', why, problem: null, error: buyerError('UNREACHABLE', { node: own.node, why }) };
    }
    const found = own.level === 2 ? await context.channels.find(own) : null;
    if (found?.kind === 'refused') {
      course.failed.add(own.node);
      const { model } = payload.work;
      const error = buyerError('NO_CONFIDENTIAL_NODE', { model, node: own.node, why: found.why });
      return { kind: 'next', why: found.why, problem: null, error };
    }
    const units = own.level === 2 ? min(unitsClass(maxUnits), own.free) : maxUnits;
    await client.admit?.(units, own.price);
    const request = await openRequest(context, own, payload, units, status.clockOffsetMs, found?.channel ?? null);
    if (!request) return { kind: 'next', why: 'its units are taken', problem: null, error: null };
    course.sent = true;
    return exchange(client, request);
  };

  /** What a node's error means, which counts against it where it is its own. */
  const judged = (request: OpenRequest, problem: NodeProblem): Promise<Tried> => {
    if (problem.status >= 500) failed(request);
    return judge(context, request, problem);
  };

  /** Sends a signed request and takes its answer. */
  const exchange = async (client: WorkRequest, request: OpenRequest): Promise<Tried> => {
    const { own, payload } = request;
    const sentAt = performance.now();
    try {
      const sent = await sendRequest(context, request);
      if (sent.kind === 'silent') return await silent(request, sent.why);
      if (sent.kind === 'problem') return await judged(request, sent.problem);
      const { answer, ms } = sent;
      context.directory.noteLatency(own.node, Number(answer.header(headerNames.overhead) ?? ms));
      const contentType = answer.header('content-type') ?? 'application/json';
      const head = answerHead(request, contentType, answer.header(headerNames.overhead), ms);
      if (contentType.startsWith('text/event-stream')) {
        const start = await startStream(context, request, answer);
        if (start.kind === 'problem') return await judged(request, start.problem);
        if (start.kind === 'silent') return await silent(request, start.why);
        const { body, settled, firstAt } = relayStream(context, request, start, answer, client.annotation);
        measure(request, sentAt, settled, { first: firstAt, end: null });
        return { kind: 'done', answer: { ...head, body, settled, stated: null } };
      }
      const body = await answer.bytes();
      const end = performance.now();
      const stated = receiptOf(answer) ?? null;
      const check = () => checkWhole(context, request, body, stated ?? undefined);
      const checked = client.verify === 'after' ? checkTime().then(check) : check();
      measure(request, sentAt, checked, { first: () => null, end });
      checked.catch(() => dropRequest(context, request));
      if (client.verify !== 'after') await checked;
      return { kind: 'done', answer: { ...head, body, settled: checked, stated } };
    } catch (error) {
      if (payload.signal?.aborted) {
        void settleLater(context, request);
        throw error;
      }
      await dropRequest(context, request);
      if (isAtomaError(error, 'BUYER_UNTRUSTED'))
        return { kind: 'next', why: error.message, problem: null, error, sent: true };
      if (!isAtomaError(error)) return silent(request, (error as Error).message);
      throw error;
    }
  };

  /** The answer of an earlier run's request; undefined when nothing was charged for it that is known of, and it must be made anew. */
  const resumed = async (client: WorkRequest, requestId: string, payload: Payload): Promise<WorkAnswer | undefined> => {
    const request = await reopenRequest(context, requestId, payload);
    const tried = request && (await exchange(client, request));
    if (tried?.kind === 'done' && (tried.answer.status === 200 || request?.state.finished)) return tried.answer;
    const row = await context.journal.findRequest(requestId);
    if (row?.stage === 'receipt') throw buyerError('ANSWER_GONE', { requestId, units: row.units ?? 0n });
    return undefined;
  };

  /** A stack and the same stack again where only the envelope was at fault. */
  const onStack = async (client: WorkRequest, own: OwnStack, payload: Payload, course: Course): Promise<Tried> => {
    let asked: bigint | null = null;
    for (let again = 0; ; again++) {
      const at = { price: own.price, free: min(own.free, own.largestRequest), spent: course.units * own.price };
      const least = unitsFor(context, course, at);
      const maxUnits = asked !== null && asked > least ? asked : least;
      const tried: Tried = await attempt(client, own, payload, maxUnits, course);
      if (tried.kind === 'next' && tried.sent) course.units += least;
      if (tried.kind !== 'again') return tried;
      // A node that is busy for longer than a pause is left for another one.
      const tooLong = tried.problem.retryAfterMs > context.policy.pauseMs[1];
      if (again >= AGAINS || tooLong)
        return { kind: 'next', why: tried.problem.code, problem: tried.problem, error: null };
      const { request: cap } = context.caps;
      if (tried.maxUnits !== null && cap !== null && tried.maxUnits * own.price > cap)
        throw buyerError('CAP', {
          cap: 'request',
          limit: formatAmount(cap),
          wanted: formatAmount(tried.maxUnits * own.price),
          used: formatAmount(0n),
        });
      asked = tried.maxUnits ?? asked;
      const waits = tried.problem.code !== 'timestamp_out_of_window' && tried.problem.code !== 'max_units_too_small';
      if (waits) await backOff(context, again + 1, tried.problem.retryAfterMs, payload.signal);
    }
  };

  /** With `fast`: a second stack is asked when the first is slow to begin; the slower one is broken off. */
  const hedged = async (client: WorkRequest, payload: Payload, first: OwnStack, course: Course): Promise<Tried> => {
    const stops = [new AbortController(), new AbortController()] as const;
    const withStop = (at: 0 | 1): Payload => ({
      ...payload,
      signal: AbortSignal.any([stops[at].signal, ...(payload.signal ? [payload.signal] : [])]),
    });
    const leading = onStack(client, first, withStop(0), course);
    const slow = Symbol('slow');
    const timer = new Promise<typeof slow>((resolve) => {
      setTimeout(() => resolve(slow), context.policy.hedgeMs).unref();
    });
    const early = await Promise.race([leading, timer]);
    if (early !== slow) return early;
    const others = { ...course, failed: new Set([...course.failed, first.node]) };
    const second = await chooser.pick(others, course.work.most);
    if (!second) return leading;
    course.tried.add(second.stack);
    context.emit({ kind: 'failover', from: first.stack, why: 'slow' });
    const following = onStack(client, second, withStop(1), course);
    const done = (which: Promise<Tried>, at: 0 | 1) => which.then((result) => ({ result, at }));
    const runs = [done(leading, 0), done(following, 1)] as const;
    const quickest = await Promise.any(
      runs.map((each) =>
        each.then(async (one) => {
          if (one.result.kind !== 'done') throw one.result;
          return one;
        }),
      ),
    ).catch(async () => ({ result: await leading.catch(() => following), at: 0 as const }));
    const loser = quickest.at === 0 ? 1 : 0;
    runs[loser].catch(() => undefined);
    stops[loser].abort(new DOMException('Another node was faster', 'AbortError'));
    return quickest.result;
  };

  /** Notes what a stack did not give; false when no other is to be tried. */
  const goOn = (course: Course, own: OwnStack, { why, problem, sent, unreached }: Failed): boolean => {
    context.emit({ kind: 'failover', from: own.stack, why });
    const code = problem?.code ?? '';
    if (sent || (problem && !ofStack.has(code))) course.failed.add(own.node);
    if (unreached) course.unreached.add(own.node);
    if (code.startsWith('backend_')) course.engineFaults++;
    return course.engineFaults < ENGINE_FAULTS && (course.work.provider?.fallbacks ?? true);
  };

  /** The next stack; undefined when what the last node said is the answer. */
  const nextStack = async (course: Course, last: Failed | undefined): Promise<OwnStack | undefined> => {
    try {
      const { own, bought } = await chooser.ensure(course, !course.bought || !course.sent);
      course.bought ||= bought;
      course.tried.add(own.stack);
      return own;
    } catch (error) {
      if (last?.error) throw last.error;
      const stackIsOver = last?.problem && (ended.has(last.problem.code) || last.problem.code === 'stack_exhausted');
      if (stackIsOver && isAtomaError(error, 'BUYER_CAP')) throw error;
      if (last?.problem && isAtomaError(error)) return undefined;
      throw error;
    }
  };

  return async (client) => {
    const { policy } = context;
    const { endpoint, body, contentType } = client;
    const work = client.work ?? (await parseWork(endpoint, body, contentType, policy.defaultCompletion));
    const course: Course = {
      work,
      tenant: client.tenant ?? '',
      dedicated: client.dedicated ?? false,
      terms: narrowed(termsOf(policy, client.terms), work.provider),
      budget: client.budget,
      tried: new Set(),
      failed: new Set(),
      unreached: new Set(),
      units: 0n,
      sent: false,
      bought: false,
      engineFaults: 0,
    };
    const payload: Payload = {
      work,
      body: client.body,
      contentType: client.contentType,
      tag: client.tag ?? '',
      signal: client.signal,
      headers: client.headers ?? {},
    };
    if (client.resume !== undefined) {
      const answer = await resumed(client, client.resume, payload);
      if (answer) return answer;
    }
    let last: Failed | undefined;
    for (let count = 0; count < policy.stacksPerRequest; count++) {
      const own = await nextStack(course, last);
      if (!own) break;
      const result: Tried =
        policy.failover === 'fast'
          ? await hedged(client, payload, own, course)
          : await onStack(client, own, payload, course);
      if (result.kind === 'done') {
        if (result.answer.status === 200) chooser.stockUp(course);
        return result.answer;
      }
      last = result as Failed;
      if (!goOn(course, own, last)) break;
    }
    if (last?.problem) return lastProblem(last.problem);
    throw last?.error ?? buyerError('NO_NODE', { model: work.model, why: last?.why ?? 'every stack was tried' });
  };
};
