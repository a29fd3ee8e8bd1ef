/** One request of a client, over as many stacks as it takes, to an answer that was paid and checked. */

import { isAtomaError } from '@atoma/base';
import { formatAmount } from '../../values/amounts.ts';
import { min } from '../../values/bigints.ts';
import { codeSet } from '../../wire/problem-codes.ts';
import { buyerError } from '../buyer-errors.ts';
import type { BuyerContext } from '../context.ts';
import { narrowed } from '../provider.ts';
import { termsOf } from '../routing.ts';
import type { OwnStack } from '../stack-book.ts';
import type { BuyerPolicy } from '../types.ts';
import { backOff, type Payload, says } from './attempt.ts';
import { type ParsedWork, parseWork } from './bound.ts';
import { type Chooser, type Chosen, unitsFor } from './choose.ts';
import type { Course, Failed, Tried, WorkAnswer, WorkRequest } from './course.ts';
import { attempt, createTrying, ended, lastProblem, resumed, type Trying } from './exchange.ts';

/** Delivers requests. */
export type Deliver = (request: WorkRequest) => Promise<WorkAnswer>;

const AGAINS = 3;
/** What only the envelope is corrected for: nothing is waited for. */
const atOnce = codeSet('timestamp_out_of_window', 'max_units_too_small');
/** What a node says of a stack, not of itself: another of its stacks may do. */
const ofStack = codeSet('stack_exhausted', 'stack_settling', 'stack_closed', 'stack_quarantined');
/** After engines of so many nodes failed at a request, it is the request that is at fault. */
const ENGINE_FAULTS = 2;

/** A stack and the same stack again where only the envelope was at fault. */
const onStack = async (
  trying: Trying,
  client: WorkRequest,
  chosen: Chosen,
  payload: Payload,
  course: Course,
): Promise<Tried> => {
  const { context } = trying;
  const { own } = chosen;
  let asked: bigint | null = null;
  for (let again = 0; ; again++) {
    const at = { price: own.price, free: min(own.free, own.largestRequest), spent: course.units * own.price };
    const least = unitsFor(context, course, at);
    const maxUnits = asked !== null && asked > least ? asked : least;
    const tried: Tried = await attempt(trying, client, chosen, payload, maxUnits, course);
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
    if (!atOnce.has(tried.problem.code)) await backOff(context, again + 1, tried.problem.retryAfterMs, payload.signal);
  }
};

/** With `fast`: a second stack is asked when the first is slow to begin; the slower one is broken off. */
const hedged = async (
  trying: Trying,
  chooser: Chooser,
  client: WorkRequest,
  payload: Payload,
  first: Chosen,
  course: Course,
): Promise<Tried> => {
  const { context } = trying;
  const stops = [new AbortController(), new AbortController()] as const;
  const withStop = (at: 0 | 1): Payload => ({
    ...payload,
    signal: AbortSignal.any([stops[at].signal, ...(payload.signal ? [payload.signal] : [])]),
  });
  const leading = onStack(trying, client, first, withStop(0), course);
  const slow = Symbol('slow');
  const timer = new Promise<typeof slow>((resolve) => {
    setTimeout(() => resolve(slow), context.policy.hedgeMs).unref();
  });
  const early = await Promise.race([leading, timer]);
  if (early !== slow) return early;
  const others = { ...course, failed: new Set([...course.failed, first.own.node]) };
  const second = await chooser.pick(others, course.work.most);
  if (!second) return leading;
  course.tried.add(second.own.stack);
  context.emit({ kind: 'failover', from: first.own.stack, why: 'slow' });
  const following = onStack(trying, client, second, withStop(1), course);
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
const goOn = (context: BuyerContext, course: Course, own: OwnStack, { why, problem, sent }: Failed): boolean => {
  context.emit({ kind: 'failover', from: own.stack, why });
  const code = problem?.code ?? '';
  if (sent || (problem && !ofStack.has(code))) course.failed.add(own.node);
  if (code.startsWith('backend_')) course.engineFaults++;
  return course.engineFaults < ENGINE_FAULTS && (course.work.provider?.fallbacks ?? true);
};

/** The next stack; undefined when what the last node said is the answer. */
const nextStack = async (chooser: Chooser, course: Course, last: Failed | undefined): Promise<Chosen | undefined> => {
  try {
    const found = await chooser.ensure(course, !course.bought || !course.sent);
    course.bought ||= found.bought;
    course.tried.add(found.own.stack);
    return found;
  } catch (error) {
    if (last?.error) throw last.error;
    // Of a stack that is over, what keeps the next from being bought tells more than that it is over.
    const isOver = last?.problem && (ended.has(last.problem.code) || says(last.problem, 'stack_exhausted'));
    if (last?.problem && !isOver && isAtomaError(error)) return undefined;
    throw error;
  }
};

const begin = (policy: BuyerPolicy, client: WorkRequest, work: ParsedWork): Course => ({
  work,
  tenant: client.tenant ?? '',
  dedicated: client.dedicated ?? false,
  terms: narrowed(termsOf(policy, client.terms), work.provider),
  budget: client.budget,
  tried: new Set(),
  failed: new Set(),
  units: 0n,
  sent: false,
  bought: false,
  engineFaults: 0,
});

const payloadOf = (client: WorkRequest, work: ParsedWork): Payload => ({
  work,
  body: client.body,
  contentType: client.contentType,
  tag: client.tag ?? '',
  charged: client.charged,
  signal: client.signal,
  headers: client.headers ?? {},
});

/** Makes the delivery of requests over a chooser of stacks. */
export const createDeliver = (context: BuyerContext, chooser: Chooser): Deliver => {
  const trying = createTrying(context);
  return async (client) => {
    const { policy } = context;
    const { endpoint, body, contentType } = client;
    const work = client.work ?? (await parseWork(endpoint, body, contentType, policy.defaultCompletion));
    const course = begin(policy, client, work);
    const payload = payloadOf(client, work);
    if (client.resume !== undefined) {
      const answer = await resumed(trying, client, client.resume, payload);
      if (answer) return answer;
    }
    let last: Failed | undefined;
    for (let count = 0; count < policy.stacksPerRequest; count++) {
      const chosen = await nextStack(chooser, course, last);
      if (!chosen) break;
      const result: Tried =
        policy.failover === 'fast'
          ? await hedged(trying, chooser, client, payload, chosen, course)
          : await onStack(trying, client, chosen, payload, course);
      if (result.kind === 'done') {
        if (result.answer.status === 200) chooser.stockUp(course);
        return result.answer;
      }
      last = result as Failed;
      if (!goOn(context, course, chosen.own, last)) break;
    }
    if (last?.problem) return lastProblem(last.problem);
    throw last?.error ?? buyerError('NO_NODE', { model: work.model, why: last?.why ?? 'every stack was tried' });
  };
};
