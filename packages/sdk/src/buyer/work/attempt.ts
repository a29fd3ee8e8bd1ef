/** One request on one stack: signed, journaled, sent as often as it takes, and resolved by a receipt or a refusal. */

import { setTimeout as pause } from 'node:timers/promises';
import { blake2b256 } from '@atoma/base';
import { equalBytes } from '../../values/bytes.ts';
import type { Content } from '../../wire/content.ts';
import { headerNames, toBase64 } from '../../wire/headers.ts';
import { record } from '../../wire/json.ts';
import { envelopeLayout, type Receipt } from '../../wire/messages.ts';
import { type ProblemCode, type Retryable, retryables } from '../../wire/problem-codes.ts';
import { innerHashOf, SEALED_TYPE } from '../../wire/sealed/inner.ts';
import { type SignedRequest, signRequest, signSealedRequest } from '../../wire/signing-fetch.ts';
import type { SignedBytes } from '../../wire/verify-answer.ts';
import { buyerError } from '../buyer-errors.ts';
import { checkReceipt, checkRefusal, mistrust, requestIdOf, type SentRequest } from '../check.ts';
import type { OpenChannel } from '../confidential/channels.ts';
import { type AnswerKeys, unsealAnswer } from '../confidential/unseal.ts';
import type { BuyerContext } from '../context.ts';
import { askFate, signedPair } from '../inquiry.ts';
import { type JournalRequest, noAnswer } from '../journal/types.ts';
import type { OwnStack } from '../stack-book.ts';
import type { NodeAnswer } from '../transport/http.ts';
import type { ParsedWork } from './bound.ts';
import type { Chosen } from './choose.ts';
import type { TaggedCharge } from './course.ts';

/** What is sent, and for whom. */
export interface Payload {
  readonly work: ParsedWork;
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly tag: string;
  /** Told what each receipt charges. */
  readonly charged: ((charge: TaggedCharge) => void) | undefined;
  readonly signal: AbortSignal | undefined;
  /** Further headers the node may see, such as traceparent. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A journaled request on its stack. */
export interface OpenRequest extends SentRequest {
  readonly signed: SignedRequest;
  /** What goes over the wire: the client's body, or that behind its seal. */
  readonly wire: { readonly body: Uint8Array; readonly contentType: string };
  readonly own: OwnStack;
  readonly maxUnits: bigint;
  readonly payload: Payload;
  readonly state: {
    /** Whether its promise of units still stands. */
    promised: boolean;
    finished: boolean;
    /** Where its node answers; empty: it has announced no address. */
    url: string;
  };
}

/** A receipt that was checked, and what it costs. */
export interface Settled {
  readonly requestId: string;
  readonly stack: bigint;
  readonly node: bigint;
  readonly receipt: Receipt;
  readonly signed: SignedBytes;
  /** Base units of TOMA a unit. */
  readonly price: bigint;
  /** units * price, base units of TOMA. */
  readonly cost: bigint;
  /** The environment that answered, where the request was sealed; null: it was sent in clear. */
  readonly confidential: Pick<OpenChannel, 'kind' | 'label'> | null;
}

/** A node's error answer. */
export interface NodeProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly retryable: Retryable;
  readonly json: Readonly<Record<string, unknown>>;
  /** Body as the node sent it. */
  readonly body: Uint8Array;
  /** Whether the node signed that it never bills the request. */
  readonly refused: boolean;
  readonly retryAfterMs: number;
}

/** Whether a node's error is this one. */
export const says = (problem: NodeProblem, code: ProblemCode): boolean => problem.code === code;

/** What came of sending: an answer to read, an error, or nothing at all. */
export type SendOutcome =
  | { readonly kind: 'answer'; readonly answer: NodeAnswer; readonly ms: number }
  | { readonly kind: 'problem'; readonly problem: NodeProblem }
  | { readonly kind: 'silent'; readonly why: string };

/** What is sent for a payload: at level 2 only what is sealed, and never anything without a channel. */
const signPayload = async (
  context: BuyerContext,
  own: OwnStack,
  { work, body, contentType }: Payload,
  channel: OpenChannel | null,
  more: { readonly maxUnits: bigint; readonly timestampMs: number },
): Promise<Pick<OpenRequest, 'signed' | 'wire'> & { readonly sealed?: AnswerKeys }> => {
  const { endpoint, model } = work;
  const to = { ...context.ids, stack: own.stack, node: own.node, signer: context.signer, endpoint, model, ...more };
  if (!channel) {
    if (own.level === 2) throw buyerError('NO_CONFIDENTIAL_NODE', { model, node: own.node, why: 'no channel is open' });
    return { signed: await signRequest({ ...to, body }), wire: { body, contentType } };
  }
  const { kid, publicKey, ...answering } = channel;
  const signed = await signSealedRequest({ ...to, kid, publicKey, inner: { contentType, body } });
  return {
    signed,
    wire: { body: signed.body, contentType: SEALED_TYPE },
    sealed: { secrets: signed.secrets, ...answering },
  };
};

/** Signs a request by its node's clock, promises its units and writes both down. Undefined when the units are not free any more. */
export const openRequest = async (
  context: BuyerContext,
  { own, status }: Chosen,
  payload: Payload,
  maxUnits: bigint,
  channel: OpenChannel | null,
): Promise<OpenRequest | undefined> => {
  const { journal, book, directory, now } = context;
  if (!book.promise(own.stack, maxUnits)) return undefined;
  const { work, body, tag } = payload;
  const { signed, wire, sealed } = await signPayload(context, own, payload, channel, {
    maxUnits,
    timestampMs: now() + directory.clockOffsetMs(own.node),
  });
  const requestId = requestIdOf(signed.envelope);
  try {
    await journal.addRequest({
      requestId,
      stack: own.stack,
      endpoint: work.endpoint,
      model: work.model,
      maxUnits,
      envelope: signed.envelopeBytes,
      signature: signed.signature,
      body: sealed
        ? await context.channels.keeper.pack(requestId, { body: wire.body, sealed })
        : own.level === 1
          ? body
          : null,
      tag,
      stage: 'open',
      ...noAnswer,
      createdMs: now(),
      finishedMs: null,
    });
  } catch (error) {
    book.settle(own.stack, maxUnits); // it is not sent
    throw error;
  }
  context.emit({ kind: 'sent', requestId, stack: own.stack, node: own.node, maxUnits });
  return {
    envelope: signed.envelope,
    envelopeBytes: signed.envelopeBytes,
    requestId,
    stack: own.stack,
    node: own.node,
    stackUnits: own.units,
    json: work.json,
    signed,
    wire,
    ...(sealed ? { sealed } : {}),
    own,
    maxUnits,
    payload,
    state: { promised: true, finished: false, url: status?.node.url ?? '' },
  };
};

const addressOf = async ({ directory }: BuyerContext, node: bigint): Promise<string> =>
  (await directory.status(node))?.node.url ?? '';

/** What was kept of a sealed request, if it is this one. */
const keptFor = async (
  { channels }: BuyerContext,
  row: JournalRequest,
  { contentType, body }: Payload,
): Promise<(Pick<OpenRequest, 'wire'> & { readonly sealed: AnswerKeys }) | undefined> => {
  const kept = await channels.keeper.unpack(row);
  if (!kept || !equalBytes(kept.sealed.secrets.innerHash, innerHashOf({ contentType, body }))) return undefined;
  return { wire: { body: kept.body, contentType: SEALED_TYPE }, sealed: kept.sealed };
};

/**
 * A request of an earlier run, to be sent again as it was: its node gives the answer it was charged for, or executes it for the first
 * time. Undefined when it is not this request, was refused, or its node is not used any more.
 */
export const reopenRequest = async (
  context: BuyerContext,
  requestId: string,
  payload: Payload,
): Promise<OpenRequest | undefined> => {
  const row = await context.journal.findRequest(requestId);
  const own = row && context.book.find(row.stack);
  if (!row || !own || row.stage === 'refused' || row.envelope.length === 0) return undefined;
  if (context.book.mistrusted().has(own.node)) return undefined;
  const envelope = envelopeLayout.decode(row.envelope);
  const { work } = payload;
  const kept = own.level === 2 ? await keptFor(context, row, payload) : { wire: payload };
  if (!kept || envelope.endpoint !== work.endpoint || !equalBytes(envelope.bodyHash, blake2b256(kept.wire.body)))
    return undefined;
  const finished = row.stage === 'receipt';
  if (!finished) {
    // It may be charged from now on: a next start has to ask for it.
    await context.journal.finishRequest(requestId, { stage: 'open', ...noAnswer, finishedMs: null });
    await context.journal.flushed();
  }
  const headers = {
    [headerNames.envelope]: toBase64(row.envelope),
    [headerNames.signature]: toBase64(row.signature),
  };
  return {
    envelope,
    envelopeBytes: row.envelope,
    requestId,
    stack: own.stack,
    node: own.node,
    stackUnits: own.units,
    json: work.json,
    signed: { envelope, envelopeBytes: row.envelope, signature: row.signature, headers },
    ...kept,
    own,
    maxUnits: row.maxUnits,
    payload: { ...payload, tag: row.tag },
    state: {
      promised: !finished && context.book.promise(own.stack, row.maxUnits),
      finished,
      url: await addressOf(context, own.node),
    },
  };
};

const endPromise = (context: BuyerContext, request: OpenRequest, receipt?: Receipt): void => {
  if (request.state.promised) {
    request.state.promised = false;
    context.book.settle(
      request.stack,
      request.maxUnits,
      receipt && { charged: receipt.units, cumulative: receipt.cumulativeUnits },
    );
  } else if (receipt) context.book.count(request.stack, receipt.units, receipt.cumulativeUnits);
};

/** What a sealed request is answered by. */
export const environmentOf = ({ sealed }: OpenRequest): Settled['confidential'] =>
  sealed ? { kind: sealed.kind, label: sealed.label } : null;

/** Writes a checked receipt down; idempotent. */
export const settleRequest = async (
  context: BuyerContext,
  request: OpenRequest,
  receipt: Receipt,
  signed: SignedBytes,
): Promise<Settled> => {
  const cost = receipt.units * request.own.price;
  const { requestId, stack, node } = request;
  if (!request.state.finished) {
    request.state.finished = true;
    await context.journal.finishRequest(requestId, {
      stage: 'receipt',
      index: Number(receipt.index),
      units: receipt.units,
      cumulative: receipt.cumulativeUnits,
      answer: signed.bytes,
      answerSignature: signed.signature,
      finishedMs: context.now(),
    });
    endPromise(context, request, receipt);
    context.measured.receipt(node, request.payload.work.model);
    const { tag, charged } = request.payload;
    charged?.({ tag, units: receipt.units, cost });
    context.emit({ kind: 'receipt', requestId, tag, stack, node, units: receipt.units, cost });
  }
  return {
    requestId,
    stack,
    node,
    receipt,
    signed,
    price: request.own.price,
    cost,
    confidential: environmentOf(request),
  };
};

/** Checks a receipt and writes it down. Throws `BUYER_UNTRUSTED`; the request then stays unresolved. */
export const acceptReceipt = async (
  context: BuyerContext,
  request: OpenRequest,
  signed: SignedBytes,
  content: Content | undefined,
): Promise<Settled> => settleRequest(context, request, await checkReceipt(context, request, signed, content), signed);

const acceptRefusal = async (context: BuyerContext, request: OpenRequest, refusal: SignedBytes): Promise<boolean> => {
  const checked = await checkRefusal(context, request, refusal);
  if (!checked) return false;
  if (!request.state.finished) {
    request.state.finished = true;
    await context.journal.finishRequest(request.requestId, {
      stage: 'refused',
      index: null,
      units: null,
      cumulative: null,
      answer: refusal.bytes,
      answerSignature: refusal.signature,
      finishedMs: context.now(),
    });
    endPromise(context, request);
    const { requestId, stack, node } = request;
    context.emit({ kind: 'refused', requestId, stack, node, code: checked.code });
  }
  return true;
};

/** Gives a request up that the node has not promised to leave unbilled: it counts as possible loss until it is resolved. */
export const dropRequest = async (context: BuyerContext, request: OpenRequest): Promise<void> => {
  if (request.state.finished) return;
  endPromise(context, request);
  await context.journal.finishRequest(request.requestId, {
    stage: 'dropped',
    ...noAnswer,
    finishedMs: context.now(),
  });
};

/** An error member as data. */
export const problemFrom = (
  status: number,
  error: Readonly<Record<string, unknown>>,
  body: Uint8Array,
  refused: boolean,
  retryAfterMs = 0,
): NodeProblem => ({
  status,
  code: typeof error.code === 'string' ? error.code : `http_${status}`,
  message: typeof error.message === 'string' ? error.message : `The node answered ${status}`,
  hint: typeof error.hint === 'string' ? error.hint : '',
  retryable: retryables.find((each) => each === error.retryable) ?? (status >= 500 ? 'same' : 'no'),
  json: error,
  body,
  refused,
  retryAfterMs,
});

/** Takes an error event of a stream, with its refusal. */
export const problemOfEvent = async (
  context: BuyerContext,
  request: OpenRequest,
  data: string,
): Promise<NodeProblem> => {
  const json = record(JSON.parse(data));
  const { refusal, signature } = record(json.atoma);
  const pair = signedPair(refusal, signature);
  const refused = pair !== undefined && (await acceptRefusal(context, request, pair));
  const error = record(json.error);
  return problemFrom(502, error, Buffer.from(JSON.stringify({ error })), refused);
};

const readProblem = async (context: BuyerContext, request: OpenRequest, answer: NodeAnswer): Promise<NodeProblem> => {
  const body = await answer.bytes();
  let error: Readonly<Record<string, unknown>> = {};
  try {
    error = record(record(JSON.parse(Buffer.from(body).toString('utf8'))).error);
  } catch {
    // A proxy's page in place of the node's JSON says nothing that can be used.
  }
  const pair = signedPair(answer.header(headerNames.refusal), answer.header(headerNames.refusalSignature));
  const refused = pair !== undefined && (await acceptRefusal(context, request, pair));
  const receipt = signedPair(answer.header(headerNames.receipt), answer.header(headerNames.receiptSignature));
  if (receipt) await acceptReceipt(context, request, receipt, undefined);
  const retryAfter = Number(answer.header('retry-after') ?? 0);
  return problemFrom(answer.status, error, body, refused, Number.isFinite(retryAfter) ? retryAfter * 1000 : 0);
};

/** Whether the node says that it still works on a request. */
const isPending = async (context: BuyerContext, request: OpenRequest): Promise<boolean> =>
  !request.payload.signal?.aborted &&
  (await askFate(context, request).then(
    ({ kind }) => kind === 'pending',
    () => false,
  ));

/** Sends the envelope once. Aborting by the client is thrown. */
const sendOnce = async (context: BuyerContext, request: OpenRequest): Promise<SendOutcome> => {
  const { payload, own, state } = request;
  if (state.url === '') return { kind: 'silent', why: 'it has announced no address' };
  const from = performance.now();
  try {
    const received = await context.send({
      url: state.url,
      path: payload.work.endpoint,
      method: 'POST',
      headers: {
        ...payload.headers,
        'content-type': request.wire.contentType,
        ...request.signed.headers,
        ...(own.digest === null ? {} : { [headerNames.purchase]: own.digest }),
      },
      body: request.wire.body,
      ...(payload.signal ? { signal: payload.signal } : {}),
      timeoutMs: context.policy.answerMs,
      onSilence: () => isPending(context, request),
    });
    const ms = performance.now() - from;
    const distrust = (why: string): Promise<never> => mistrust(context, request, why, null);
    const answer = request.sealed ? await unsealAnswer(received, request.sealed, distrust) : received;
    if (answer.status === 200) return { kind: 'answer', answer, ms };
    return { kind: 'problem', problem: await readProblem(context, request, answer) };
  } catch (error) {
    if (payload.signal?.aborted) throw error;
    if ((error as { code?: unknown }).code === 'BUYER_UNTRUSTED') throw error;
    const why = (error as Error).message || String((error as { code?: unknown }).code);
    context.directory.noteFailure(own.node, why);
    return { kind: 'silent', why };
  }
};

/** Waits between two attempts: doubling, capped, with jitter. */
export const backOff = async (
  context: BuyerContext,
  attempt: number,
  least = 0,
  signal?: AbortSignal,
): Promise<void> => {
  const [first, longest] = context.policy.pauseMs;
  const ms = Math.max(Math.min(first * 2 ** (attempt - 1), longest), Math.min(least, longest));
  await pause(ms * (0.75 + Math.random() / 2), undefined, signal ? { signal } : {});
};

/** Asks the node what became of a request; true when that resolved it. */
export const resolveFate = async (context: BuyerContext, request: OpenRequest): Promise<boolean> => {
  try {
    const fate = await askFate(context, request);
    if (fate.kind === 'receipt') await acceptReceipt(context, request, fate.receipt, undefined);
    else if (fate.kind === 'refused') return acceptRefusal(context, request, fate.refusal);
    return fate.kind === 'receipt';
  } catch {
    return false;
  }
};

/** Sends the identical envelope until the node answers, `attempts` times at most. */
export const sendRequest = async (context: BuyerContext, request: OpenRequest): Promise<SendOutcome> => {
  const { attempts } = context.policy;
  const { signal } = request.payload;
  for (let attempt = 1; ; attempt++) {
    const outcome = await sendOnce(context, request);
    const again =
      outcome.kind === 'silent' ||
      (outcome.kind === 'problem' && outcome.problem.retryable === 'same' && !outcome.problem.refused);
    if (!again || attempt >= attempts) return outcome;
    const why = outcome.kind === 'silent' ? outcome.why : outcome.problem.code;
    context.emit({ kind: 'retry', requestId: request.requestId, node: request.node, attempt, why });
    await backOff(context, attempt, 0, signal);
    // A node that does not answer may have moved.
    if (outcome.kind === 'silent') request.state.url = await addressOf(context, request.node);
  }
};
