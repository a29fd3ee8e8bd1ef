/** One try of a request on one stack: what is sent, and what the answer means. */

import { setTimeout as pause } from 'node:timers/promises';
import { isAtomaError } from '@atoma/base';
import { min } from '../../values/bigints.ts';
import { headerNames } from '../../wire/headers.ts';
import { codeSet } from '../../wire/problem-codes.ts';
import { unitsClass } from '../../wire/sealed/inner.ts';
import { buyerError } from '../buyer-errors.ts';
import type { BuyerContext } from '../context.ts';
import {
  dropRequest,
  environmentOf,
  type NodeProblem,
  type OpenRequest,
  openRequest,
  type Payload,
  reopenRequest,
  resolveFate,
  type Settled,
  says,
  sendRequest,
} from './attempt.ts';
import type { Chosen } from './choose.ts';
import type { Course, Tried, WorkAnswer, WorkRequest } from './course.ts';
import { checkWhole, receiptOf, relayStream, settleLater, startStream } from './relay.ts';

/** When the first piece of an answer came, and its last, where they are not the end of its check; by `performance.now()`. */
interface Moments {
  readonly first: () => number | null;
  readonly end: number | null;
}

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
export const lastProblem = (problem: NodeProblem): WorkAnswer => ({
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

/** States of a stack at its node after which it takes no more work. */
export const ended = codeSet('stack_settling', 'stack_closed', 'stack_quarantined', 'wrong_node', 'not_stack_owner');

/** Errors after which a node's channel is opened anew. */
const channelGone = codeSet('channel_key_gone', 'channel_not_ready');

const boundOf = (problem: NodeProblem): bigint | null => {
  const { bound } = problem.json;
  return typeof bound === 'string' && /^\d{1,19}$/.test(bound) ? BigInt(bound) : null;
};

/** What a node's error means for the next step. */
const judge = async (context: BuyerContext, request: OpenRequest, problem: NodeProblem): Promise<Tried> => {
  const { code } = problem;
  if (!problem.refused) await dropRequest(context, request);
  if (says(problem, 'stack_exhausted') && typeof problem.json.free_units === 'string')
    context.book.noteFree(request.stack, BigInt(problem.json.free_units));
  if (ended.has(code)) context.book.block(request.stack, code);
  if (channelGone.has(code)) context.channels.forget(request.node);
  if (says(problem, 'timestamp_out_of_window') && Number.isFinite(problem.json.server_time_ms)) {
    context.directory.noteClock(request.node, Number(problem.json.server_time_ms) - context.now());
    return { kind: 'again', maxUnits: null, problem };
  }
  if (says(problem, 'max_units_too_small')) {
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

/** What tries share. */
export interface Trying {
  readonly context: BuyerContext;
  /** Resolves when checks behind deliveries are due next. */
  readonly checkTime: () => Promise<void>;
}

/** Makes what tries share. */
export const createTrying = (context: BuyerContext): Trying => {
  let next: Promise<void> | undefined;
  return {
    context,
    checkTime: () => {
      next ??= pause(CHECK_AFTER_MS).then(() => {
        next = undefined;
      });
      return next;
    },
  };
};

const failed = (context: BuyerContext, { node, payload }: OpenRequest): void =>
  context.measured.failed(node, payload.work.model);

/** Measures an answer once it is checked; a client that went away says nothing about the node. */
const measure = (
  context: BuyerContext,
  request: OpenRequest,
  sentAt: number,
  settled: Promise<Settled>,
  at: Moments,
): void => {
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
      if (isAtomaError(error)) failed(context, request);
    },
  );
};

const silent = async (context: BuyerContext, request: OpenRequest, why: string): Promise<Tried> => {
  failed(context, request);
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
  };
};

/** What a node's error means, which counts against it where it is its own. */
const judged = (context: BuyerContext, request: OpenRequest, problem: NodeProblem): Promise<Tried> => {
  if (problem.status >= 500) failed(context, request);
  return judge(context, request, problem);
};

/** Sends a signed request and takes its answer. */
const exchange = async (trying: Trying, client: WorkRequest, request: OpenRequest): Promise<Tried> => {
  const { context, checkTime } = trying;
  const { own, payload } = request;
  const sentAt = performance.now();
  try {
    const sent = await sendRequest(context, request);
    if (sent.kind === 'silent') return await silent(context, request, sent.why);
    if (sent.kind === 'problem') return await judged(context, request, sent.problem);
    const { answer, ms } = sent;
    context.directory.noteLatency(own.node, Number(answer.header(headerNames.overhead) ?? ms));
    const contentType = answer.header('content-type') ?? 'application/json';
    const head = answerHead(request, contentType, answer.header(headerNames.overhead), ms);
    if (contentType.startsWith('text/event-stream')) {
      const start = await startStream(context, request, answer);
      if (start.kind === 'problem') return await judged(context, request, start.problem);
      if (start.kind === 'silent') return await silent(context, request, start.why);
      const { body, settled, firstAt } = relayStream(context, request, start, answer, client.annotation);
      measure(context, request, sentAt, settled, { first: firstAt, end: null });
      return { kind: 'done', answer: { ...head, body, settled, stated: null } };
    }
    const body = await answer.bytes();
    const end = performance.now();
    const stated = receiptOf(answer) ?? null;
    const check = () => checkWhole(context, request, body, stated ?? undefined);
    const checked = client.verify === 'after' ? checkTime().then(check) : check();
    measure(context, request, sentAt, checked, { first: () => null, end });
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
    if (!isAtomaError(error)) return silent(context, request, (error as Error).message);
    throw error;
  }
};

/** Signs a request for a stack and sends it. */
export const attempt = async (
  trying: Trying,
  client: WorkRequest,
  chosen: Chosen,
  payload: Payload,
  maxUnits: bigint,
  course: Course,
): Promise<Tried> => {
  const { context } = trying;
  const { own, status } = chosen;
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
  const request = await openRequest(context, chosen, payload, units, found?.channel ?? null);
  if (!request) return { kind: 'next', why: 'its units are taken', problem: null, error: null };
  course.sent = true;
  return exchange(trying, client, request);
};

/** The answer of an earlier run's request; undefined when nothing was charged for it that is known of, and it must be made anew. */
export const resumed = async (
  trying: Trying,
  client: WorkRequest,
  requestId: string,
  payload: Payload,
): Promise<WorkAnswer | undefined> => {
  const { context } = trying;
  const request = await reopenRequest(context, requestId, payload);
  const tried = request && (await exchange(trying, client, request));
  if (tried?.kind === 'done' && (tried.answer.status === 200 || request?.state.finished)) return tried.answer;
  const row = await context.journal.findRequest(requestId);
  if (row?.stage === 'receipt') throw buyerError('ANSWER_GONE', { requestId, units: row.units ?? 0n });
  return undefined;
};
