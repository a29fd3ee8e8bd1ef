/** One request of a client: key, limits, purchase and delivery through the buyer, books, answer. */
import { type TextStream, toHex } from '@atoma/base';
import {
  type Annotation,
  type Buyer,
  headerNames,
  orderedId,
  type ParsedWork,
  type Settled,
  type SignedBytes,
  type TaggedCharge,
  toBase64,
  type WorkAnswer,
} from '@atoma/sdk';
import type { Logger } from 'pino';
import type { Background } from '../background.ts';
import { type Books, type Charge, noCharge, sumOf, tagOf } from '../books.ts';
import type { GatewayMetrics } from '../metrics.ts';
import type { Payments } from '../payments/types.ts';
import type { GatewayStore, KeyRow, StoredAnswer } from '../store/types.ts';
import type { Askers } from './askers.ts';
import type { Authorizer } from './authorize.ts';
import { withCors } from './cors.ts';
import { costComment, settledCost, statedCost, usageChunk, withCost } from './cost.ts';
import type { Commands } from './hints.ts';
import type { Idempotency, IdempotentRun } from './idempotency.ts';
import { cappedSlot, type Limits, type Slot } from './limits.ts';
import {
  type Checked,
  type ClientAnswer,
  type ClientProblem,
  clientProblem,
  ok,
  problemAnswer,
  problemOf,
} from './problem.ts';
import { termsOf } from './terms.ts';

/** What serving needs. */
export interface ServeContext {
  readonly buyer: Buyer;
  readonly store: GatewayStore;
  readonly books: Books;
  readonly limits: Limits;
  readonly keys: Authorizer;
  readonly idempotency: Idempotency;
  readonly metrics: GatewayMetrics;
  /** What is written once the client has its answer. */
  readonly behind: Background;
  readonly log: Logger;
  readonly now: () => number;
  /** `strict` holds a whole answer until it is checked. */
  readonly verify: 'after' | 'strict';
  readonly maxRunning: number;
  readonly stopping: () => boolean;
  /** Taken of requests without a key; absent: there are none such. */
  readonly payments?: Payments;
  /** Bounds what those without a key may ask for nothing. */
  readonly askers: Askers;
  /** For remedies; absent: they are said in words. */
  readonly commands?: Commands | undefined;
}

/** A body that was read. */
export interface ReadBody {
  readonly bytes: Uint8Array;
  /** Its members, where it was made from them. */
  readonly json?: Readonly<Record<string, unknown>>;
}

/** A request as HTTP hands it over. */
export interface ClientRequest {
  readonly endpoint: string;
  readonly header: (name: string) => string | undefined;
  readonly address: string;
  /** The body, once it is known whose request it is. */
  readonly readBody: (tenant: string) => Promise<Checked<ReadBody>>;
  readonly signal: AbortSignal;
}

const annotation: Annotation = { usageChunk, trailer: costComment };

/** Only these headers of a client may reach a node. */
const passedOn = (header: ClientRequest['header']): Record<string, string> => {
  const names = ['accept', 'traceparent'];
  return Object.fromEntries(
    names.flatMap((name) => (header(name) === undefined ? [] : [[name, header(name) as string]])),
  );
};

const receiptHeaders = ({ bytes, signature, work }: SignedBytes, units: bigint): Record<string, string> => ({
  [headerNames.receipt]: toBase64(bytes),
  [headerNames.receiptSignature]: toBase64(signature),
  ...(work ? { [headerNames.work]: toBase64(work) } : {}),
  [headerNames.units]: String(units),
});

/** An error answer, counted. */
export const refused = (
  { metrics, log }: ServeContext,
  endpoint: string,
  problem: ClientProblem,
  id: string,
): ClientAnswer => {
  metrics.requests.inc({ endpoint, code: String(problem.status) });
  // Anybody may send without a key or payment: a log at its usual level must not grow by that.
  log[problem.status === 401 || problem.status === 402 ? 'debug' : 'info'](
    { request_id: id, endpoint, outcome: problem.code },
    'request',
  );
  return problemAnswer(problem, id);
};

/** A request that may be made. */
export interface Admitted {
  readonly key: KeyRow;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly work: ParsedWork;
}

interface Run {
  readonly id: string;
  readonly key: KeyRow;
  readonly slot: Slot;
  readonly started: number;
  readonly idempotent: IdempotentRun | undefined;
  readonly endpoint: string;
  readonly model: string;
  /** What its receipts charged so far; booked when it ends. */
  charge: Charge;
  /** The code of the error that ended it. */
  fault?: string;
  ended: boolean;
}

/** The line of a request: whose it was, what it came to. Nothing of what was asked or answered. */
const noteRequest = ({ log }: ServeContext, run: Run, status: number, { units, cost }: Charge): void => {
  const { id, key, endpoint, model, started, fault } = run;
  const outcome = fault ?? (status === 200 ? 'served' : 'refused');
  const ms = Math.round(performance.now() - started);
  const line = { request_id: id, tenant: key.tenant, key: key.id, endpoint, model, outcome, status };
  log.info({ ...line, units: String(units), cost: String(cost), ms }, 'request');
};

/** Ends a request once: books, limits, and its answer for the idempotency key. */
const endRun = (
  context: ServeContext,
  run: Run,
  status: number,
  answer: Omit<StoredAnswer, 'requestHash'> | null,
): void => {
  if (run.ended) return;
  run.ended = true;
  const row = { id: run.id, key: run.key.id, model: run.model };
  const { units, cost } = run.charge;
  noteRequest(context, run, status, { units, cost });
  context.behind.add('a request was not booked', context.books.finish(row, status, { units, cost }));
  run.slot.end(units, cost);
  if (run.idempotent) context.behind.add('an answer was not kept', run.idempotent.done(answer));
  context.metrics.running.set(context.limits.running());
};

/** Counts a receipt: with the request while it runs, else with the row of its tag. */
const charge = ({ books, behind }: ServeContext, run: Run, receipt: TaggedCharge): void => {
  if (!run.ended && receipt.tag === tagOf({ id: run.id, key: run.key.id })) run.charge = sumOf([run.charge, receipt]);
  else behind.add('a late receipt was not booked', books.late(receipt.tag));
};

/** ms of a request not spent waiting for a node; counted once the answer is on its way. */
const observe = ({ metrics }: ServeContext, run: Run, status: number, waitedMs: number): number => {
  const ms = performance.now() - run.started;
  const overhead = Math.max(ms - waitedMs, 0);
  const { endpoint } = run;
  setImmediate(() => {
    metrics.requests.inc({ endpoint, code: String(status) });
    metrics.overhead.observe({ endpoint }, overhead / 1000);
    metrics.firstByte.observe({ endpoint }, ms / 1000);
  });
  return overhead;
};

/** Header of an answer that was sealed on its way; nothing of such a one is kept in clear. */
export const CONFIDENTIAL = 'x-atoma-confidential';

/** The environment that answered a sealed request, with what must be said beside it. */
const confidentialHeader = ({ kind, label }: NonNullable<WorkAnswer['confidential']>): string => label ?? kind;

const baseHeaders = (run: Run, answer: WorkAnswer, overhead: number): Record<string, string> => ({
  ...(answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) }),
  'content-type': answer.contentType,
  'x-atoma-request-id': run.id,
  ...(answer.confidential ? { [CONFIDENTIAL]: confidentialHeader(answer.confidential) } : {}),
  'x-atoma-overhead-ms': (overhead + (answer.overheadMs ?? 0)).toFixed(3),
});

/** An answer that was sealed is not kept in clear: its node gives it again, and the journal knows how it is opened. */
const mayKeep = (run: Run, { confidential }: WorkAnswer): boolean =>
  run.idempotent !== undefined && confidential === null;

const streamAnswer = (context: ServeContext, run: Run, answer: WorkAnswer): ClientAnswer => {
  const overhead = observe(context, run, answer.status, answer.waitedMs);
  const headers = baseHeaders(run, answer, overhead);
  const kept: string[] = [];
  const keeps = mayKeep(run, answer);
  const source = answer.body as TextStream;
  let begun = false;
  const finish = (whole: boolean): void => {
    const body = whole && keeps ? Buffer.from(kept.join('')) : null;
    const stored = body && { status: 200, contentType: answer.contentType, headers: {}, body };
    answer.settled.then(
      () => endRun(context, run, 200, stored),
      () => endRun(context, run, 502, null),
    );
  };
  async function* pieces(): AsyncGenerator<string> {
    let whole = false;
    try {
      for await (const piece of source.pieces) {
        begun ||= !piece.startsWith(':');
        if (keeps) kept.push(piece);
        yield piece;
      }
      whole = true;
    } finally {
      finish(whole);
    }
  }
  const cancel = (): void => {
    if (!begun) run.slot.cancelled();
    finish(false);
    source.cancel();
  };
  return {
    status: 200,
    headers: { ...headers, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
    body: { pieces: pieces(), cancel },
  };
};

const wholeAnswer = async (context: ServeContext, run: Run, answer: WorkAnswer): Promise<ClientAnswer> => {
  const body = answer.body as Uint8Array;
  const { requestId, stack, node, price } = answer;
  const waiting = answer.settled.catch(() => null);
  const settled: Settled | null = context.verify === 'strict' ? await waiting : null;
  const of = { requestId, stack, node, price };
  const cost = settled ? settledCost(settled) : statedCost(answer.stated?.bytes, of);
  const shown =
    cost && answer.contentType.startsWith('application/json') && answer.status === 200 ? withCost(body, cost) : body;
  const receipt = answer.stated && cost ? receiptHeaders(answer.stated, cost.units) : {};
  const headers = { ...baseHeaders(run, answer, observe(context, run, answer.status, answer.waitedMs)), ...receipt };
  const stored =
    answer.status === 200 && mayKeep(run, answer)
      ? { status: 200, contentType: answer.contentType, headers: receipt, body: shown }
      : null;
  void waiting.then((checked) => endRun(context, run, answer.status, checked ? stored : null));
  run.slot.leave();
  return { status: answer.status, headers, body: shown };
};

/** A kept answer, given again. */
export const replay = (context: ServeContext, stored: StoredAnswer, id: string): ClientAnswer => {
  context.metrics.replayed.inc();
  return {
    status: stored.status,
    headers: {
      ...stored.headers,
      'content-type': stored.contentType,
      'x-atoma-request-id': id,
      'x-atoma-replayed': '1',
    },
    body: stored.body,
  };
};

const deliver = async (
  context: ServeContext,
  run: Run,
  request: ClientRequest,
  body: Uint8Array,
  contentType: string,
  work: ParsedWork,
): Promise<ClientAnswer> => {
  const { key, slot, id } = run;
  const row = { id, key: key.id, tenant: key.tenant, endpoint: request.endpoint, model: work.model };
  try {
    const answer = await context.buyer.deliver({
      endpoint: request.endpoint,
      body,
      contentType,
      work,
      signal: request.signal,
      tag: tagOf(row),
      ...(run.idempotent?.resume === undefined ? {} : { resume: run.idempotent.resume }),
      tenant: key.tenant,
      dedicated: key.dedicated,
      terms: termsOf(key),
      budget: slot.budget,
      verify: context.verify === 'strict' ? 'before' : 'after',
      headers: passedOn(request.header),
      annotation,
      admit: async (units, price) => {
        await slot.admit(units, units * price);
        await context.store.reserve({ ...row, boundUnits: units, boundCost: units * price, createdMs: context.now() });
      },
      charged: (receipt) => charge(context, run, receipt),
    });
    return answer.body instanceof Uint8Array
      ? await wholeAnswer(context, run, answer)
      : streamAnswer(context, run, answer);
  } catch (error) {
    const left = request.signal.aborted;
    if (left) run.slot.cancelled();
    const problem = left ? clientProblem('cancelled') : problemOf(error, context.commands);
    if (problem.status === 500) context.log.error({ err: error, request_id: id }, 'request failed');
    run.fault = problem.code;
    endRun(context, run, problem.status, null);
    observe(context, run, problem.status, 0);
    return problemAnswer(problem, id);
  }
};

/** Whether a request may be made, and what it is: the model that is looked at here is the one that is bought. */
export const admitted = async (
  context: ServeContext,
  request: ClientRequest,
  key: KeyRow,
): Promise<Checked<Admitted>> => {
  if (context.limits.running() >= context.maxRunning) return clientProblem('overloaded');
  const contentType = request.header('content-type') ?? '';
  if (!/^(application\/json|multipart\/form-data)/i.test(contentType)) return clientProblem('unsupported_media');
  const read = await request.readBody(key.tenant);
  if (read.kind === 'problem') return read;
  const { bytes: body, ...made } = read.value;
  try {
    const work = await context.buyer.parse({ endpoint: request.endpoint, body, contentType, ...made });
    if (key.models.length > 0 && !key.models.includes(work.model)) return clientProblem('model_not_allowed');
    return ok({ key, body, contentType, work });
  } catch (error) {
    return problemOf(error, context.commands);
  }
};

/** Runs a request within the limits of its key, and of `most`, base units of TOMA. `idempotent.done` is called once it has ended. */
export const runRequest = async (
  context: ServeContext,
  request: ClientRequest,
  { key, body, contentType, work }: Admitted,
  idempotent: IdempotentRun | undefined,
  { id, started, most }: Pick<Run, 'id' | 'started'> & { readonly most?: bigint },
): Promise<ClientAnswer> => {
  const { endpoint } = request;
  const entry = await context.limits.enter(key);
  if (entry.kind === 'full') {
    await idempotent?.done(null);
    return refused(context, endpoint, clientProblem('rate_limited', undefined, entry.retryAfterSeconds), id);
  }
  context.metrics.running.set(context.limits.running());
  const { model } = work;
  const slot = most === undefined ? entry.slot : cappedSlot(entry.slot, most);
  const run: Run = { id, key, slot, started, idempotent, endpoint, model, charge: noCharge, ended: false };
  return deliver(context, run, request, body, contentType, work);
};

const serve = async (
  context: ServeContext,
  request: ClientRequest,
  work: Admitted,
  ids: Pick<Run, 'id' | 'started'>,
): Promise<ClientAnswer> => {
  const { endpoint } = request;
  const { key, body } = work;
  const tag = tagOf({ id: ids.id, key: key.id });
  const name = request.header('idempotency-key')?.trim() ?? '';
  const begun = name === '' ? undefined : await context.idempotency.begin(key.tenant, name, { endpoint, body, tag });
  if (begun?.kind === 'problem') return refused(context, endpoint, begun, ids.id);
  if (begun?.kind === 'stored') return replay(context, begun.answer, ids.id);
  return runRequest(context, request, work, begun?.run, ids);
};

/** Makes the handler of all billable endpoints. */
export const createWorkHandler =
  (context: ServeContext) =>
  async (request: ClientRequest): Promise<ClientAnswer> => {
    const started = performance.now();
    const id = toHex(orderedId());
    if (context.stopping()) return refused(context, request.endpoint, clientProblem('not_ready'), id);
    const authorized = await context.keys.authorize(request.header, request.address);
    if (authorized.kind === 'problem') {
      context.metrics.rejectedKeys.inc();
      return refused(context, request.endpoint, authorized, id);
    }
    const key = authorized.value;
    const checked = await admitted(context, request, key);
    const answer =
      checked.kind === 'problem'
        ? refused(context, request.endpoint, checked, id)
        : await serve(context, request, checked.value, { id, started });
    return withCors(answer, key, request.header('origin'));
  };
