/** Signed reads from nodes: receipts, stack states, leaves; and uploads of evidence. */

import { blake2b256 } from '@atoma/base';
import { randomId } from '../values/random-id.ts';
import { fromBase64, headerNames, toBase64 } from '../wire/headers.ts';
import { type Json, record } from '../wire/json.ts';
import { jsonRows, listError } from '../wire/json-rows.ts';
import { inquiryLayout } from '../wire/messages.ts';
import { signMessage } from '../wire/signature.ts';
import type { SignedBytes } from '../wire/verify-answer.ts';
import { buyerError } from './buyer-errors.ts';
import type { BuyerContext } from './context.ts';
import type { NodeAnswer } from './transport/http.ts';

/** An answer to an inquiry. */
export interface InquiryAnswer {
  readonly status: number;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Silence after which a node counts as gone, and what a whole answer may take: a node that trickles holds nobody up. */
const [TIMEOUT_MS, WHOLE_MS] = [10_000, 60_000];

/** Largest list of rows, bytes: of a longer one no juror takes the transcript, which has all of it. */
const MOST_LIST = 2 * 1024 * 1024 * 1024;

/** What asking needs; the directory only where no address is given. */
type Asking = Pick<BuyerContext, 'ids' | 'signer' | 'send' | 'now'> & Partial<Pick<BuyerContext, 'directory'>>;

/** Whom to ask, and for what. */
interface InquiryTarget {
  readonly node: bigint;
  readonly stack: bigint;
  readonly path: string;
  readonly url?: string;
  /** Digest of the stack's purchase, where the node may not have seen it yet. */
  readonly purchase?: string | null;
}

/** Asks, and has `read` take the answer; `body` makes it an upload. Throws `BUYER_UNREACHABLE`, for what `read` throws, too. */
const exchange = async <Read>(
  context: Asking,
  to: InquiryTarget,
  { signal, body }: { readonly signal: AbortSignal; readonly body?: Uint8Array | undefined },
  read: (answer: NodeAnswer) => Promise<Read>,
): Promise<Read> => {
  const { directory } = context;
  const url = to.url ?? (await directory?.status(to.node))?.node.url;
  if (url === undefined || url === '') throw buyerError('UNREACHABLE', { node: to.node, why: 'it has no address' });
  const bytes = inquiryLayout.encode({
    ...context.ids,
    node: to.node,
    stack: to.stack,
    path: to.path,
    timestampMs: BigInt(context.now() + (directory?.clockOffsetMs(to.node) ?? 0)),
    nonce: randomId(),
    bodyHash: body === undefined ? new Uint8Array(32) : blake2b256(body),
  });
  const signature = await signMessage(context.signer, bytes);
  try {
    const answer = await context.send({
      url,
      path: to.path,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        [headerNames.inquiry]: toBase64(bytes),
        [headerNames.signature]: toBase64(signature),
        ...(to.purchase ? { [headerNames.purchase]: to.purchase } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/x-ndjson' }),
      },
      ...(body === undefined ? {} : { body }),
      timeoutMs: TIMEOUT_MS,
      signal,
    });
    return await read(answer);
  } catch (error) {
    throw buyerError('UNREACHABLE', { node: to.node, why: (error as Error).message }, error);
  }
};

/** Asks a node about a stack; `body` makes it an upload. Throws `BUYER_UNREACHABLE`. */
export const inquire = (context: Asking, to: InquiryTarget, body?: Uint8Array): Promise<InquiryAnswer> =>
  exchange(context, to, { signal: AbortSignal.timeout(WHOLE_MS), body }, async (answer) => {
    const text = Buffer.from(await answer.bytes()).toString('utf8');
    return { status: answer.status, json: record(JSON.parse(text)) };
  });

/** A list that a node gives of a stack. */
export interface RowsInquiry {
  /** Its name in the answer. */
  readonly member: string;
  /** Most rows it can have. They are given a minute, and another for each 300,000 of them. */
  readonly rows: number;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** Pieces of an answer until they are too many, or `signal` aborts. */
async function* piecesOf(answer: NodeAnswer, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let taken = 0;
  for await (const piece of answer.body) {
    signal.throwIfAborted();
    taken += piece.length;
    if (taken > MOST_LIST) throw listError(`it is longer than ${MOST_LIST} bytes`);
    yield piece;
  }
}

/**
 * Asks a node for a list, whose rows go to `take` as they come: no more than one is held. Returns the status; rows come with 200 alone.
 * Throws `BUYER_UNREACHABLE`, also for a list that is cut short, or that `take` throws at.
 */
export const inquireRows = (
  context: Asking,
  to: InquiryTarget,
  { member, rows, signal }: RowsInquiry,
  take: (row: Json) => void,
): Promise<number> => {
  const inTime = AbortSignal.timeout(WHOLE_MS + Math.ceil(rows / 5));
  const until = signal ? AbortSignal.any([signal, inTime]) : inTime;
  return exchange(context, to, { signal: until }, async (answer) => {
    if (answer.status !== 200) answer.cancel();
    else for await (const row of jsonRows(piecesOf(answer, until), member)) take(record(row));
    return answer.status;
  });
};

/** What a node says about one request. */
export type RequestFate =
  | { readonly kind: 'receipt'; readonly receipt: SignedBytes }
  | { readonly kind: 'refused'; readonly refusal: SignedBytes }
  | { readonly kind: 'pending' | 'released' | 'unknown' };

/** Signed bytes of two members of an answer; undefined when they are not both base64. */
export const signedPair = (first: unknown, second: unknown): SignedBytes | undefined => {
  const bytes = typeof first === 'string' ? fromBase64(first) : undefined;
  const signature = typeof second === 'string' ? fromBase64(second) : undefined;
  return bytes && signature ? { bytes, signature } : undefined;
};

/** Reads one row of the node's receipt answers. */
export const fateOf = (json: Readonly<Record<string, unknown>>): RequestFate => {
  const receipt = signedPair(json.receipt, json.signature);
  if (receipt) return { kind: 'receipt', receipt };
  const refusal = signedPair(json.refusal, json.refusal_signature);
  if (refusal) return { kind: 'refused', refusal };
  return { kind: json.state === 'pending' || json.state === 'released' ? json.state : 'unknown' };
};

/** Asks what became of a request. Throws `BUYER_UNREACHABLE`. */
export const askFate = async (
  context: BuyerContext,
  request: { readonly node: bigint; readonly stack: bigint; readonly requestId: string },
): Promise<RequestFate> => {
  const { json } = await inquire(context, { ...request, path: `/v1/receipts/${request.requestId}` });
  return fateOf(json);
};
