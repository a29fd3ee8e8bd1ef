/** A `fetch` for any OpenAI client: requests are bought, sent to nodes and checked; the client notices nothing of it. */
import { type AtomaError, isAtomaError, type TextStream } from '@atoma/base';
import { faceError, faceOf } from '../faces/index.ts';
import { CHAT } from '../wire/endpoints.ts';
import { errorType } from '../wire/error-type.ts';
import { headerNames, toBase64 } from '../wire/headers.ts';
import { isRecord, type Json, record } from '../wire/json.ts';
import { buyerError } from './buyer-errors.ts';
import type { WorkAnswer } from './work/course.ts';
import type { Deliver } from './work/deliver.ts';

/** What `new OpenAI(...)` takes. */
export interface OpenAiOptions {
  readonly baseURL: string;
  readonly fetch: typeof fetch;
  /** Not a secret: the wallet pays. */
  readonly apiKey: string;
  /** Retries belong to the buyer, which knows what was charged. */
  readonly maxRetries: 0;
}

/** Status of a buyer's own errors as an HTTP answer. */
const statuses: Readonly<Record<string, readonly [status: number, code: string]>> = {
  BUYER_CAP: [402, 'spend_cap_reached'],
  BUYER_NO_NODE: [503, 'no_node_available'],
  BUYER_NO_CONFIDENTIAL_NODE: [503, 'no_confidential_node'],
  BUYER_LEVELS_MIXED: [400, 'invalid_request'],
  BUYER_NO_TASK: [404, 'model_not_served'],
  BUYER_ENDPOINT: [404, 'not_found'],
  BUYER_BODY: [400, 'invalid_request'],
  FACE_UNSUPPORTED: [400, 'unsupported_parameter'],
  FACE_BODY: [400, 'invalid_request'],
  BUYER_TOO_LARGE: [400, 'invalid_request'],
  BUYER_UNTRUSTED: [502, 'node_untrusted'],
  BUYER_UNREACHABLE: [503, 'no_node_available'],
  BUYER_ANSWER_GONE: [409, 'answer_gone'],
  BUYER_STREAM_BROKEN: [502, 'backend_error'],
  SDK_TRANSACTION_FAILED: [503, 'purchase_refused'],
  SDK_DECODE: [503, 'contract_differs'],
  SDK_RESULT_MISSING: [503, 'contract_differs'],
  SDK_INSUFFICIENT_TOMA: [402, 'spend_cap_reached'],
  SDK_INSUFFICIENT_SUI: [402, 'spend_cap_reached'],
};

/** A buyer's error as an OpenAI error body, with its HTTP status. */
export const errorAnswer = (error: AtomaError): { readonly status: number; readonly body: Record<string, unknown> } => {
  const [status, code] =
    statuses[error.code] ?? (error.code.startsWith('NETWORK_') ? [503, 'chain_unavailable'] : [500, 'internal']);
  const { message, hint, retryable } = error;
  const param = error.details.param ?? null;
  return {
    status,
    body: { error: { code, message, type: errorType(status), param, hint, retryable: retryable ? 'new' : 'no' } },
  };
};

/** Headers that tell what an answer cost; of streams only what is known at their start. */
const answerHeaders = (answer: WorkAnswer): Headers => {
  const headers = new Headers({ 'content-type': answer.contentType });
  if (answer.requestId !== '') headers.set(headerNames.requestId, answer.requestId);
  return headers;
};

const webStream = ({ pieces, cancel }: TextStream): ReadableStream<Uint8Array> => {
  const encoder = new TextEncoder();
  const source = pieces[Symbol.asyncIterator]();
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { value, done } = await source.next();
        if (done) controller.close();
        else controller.enqueue(encoder.encode(value));
      },
      cancel,
    },
    { highWaterMark: 0 },
  );
};

/** The path below `/v1` as nodes know it, whatever the base URL. */
export const endpointOf = (url: string): string => {
  const { pathname } = new URL(url);
  const at = pathname.indexOf('/v1/');
  return at < 0 ? pathname : pathname.slice(at);
};

/** A request of a face as the chat request it is bought as, and the way back. */
const asChat = async (endpoint: string, request: Request) => {
  const bytes = new Uint8Array(await request.arrayBuffer());
  const contentType = request.headers.get('content-type') ?? '';
  const face = faceOf(endpoint);
  if (!face) return { endpoint, body: bytes, contentType, tell: (answer: Uint8Array | TextStream) => answer };
  const json = readJsonBody(bytes);
  if (json.previous_response_id != null)
    throw faceError('UNSUPPORTED', { param: 'previous_response_id', why: 'conversations are kept by gateways' });
  const tell = (answer: Uint8Array | TextStream, status: number): Uint8Array | TextStream => {
    if (!(answer instanceof Uint8Array))
      return { ...answer, pieces: toldPieces(answer.pieces, face.stream(json).take) };
    const chat = record(JSON.parse(Buffer.from(answer).toString('utf8')));
    const told = status === 200 ? face.answer(json, chat) : face.error(record(chat.error), status);
    return Buffer.from(JSON.stringify(told));
  };
  return { endpoint: CHAT, body: Buffer.from(JSON.stringify(face.toChat(json))), contentType, tell };
};

async function* toldPieces(pieces: AsyncIterable<string>, take: (text: string) => string): AsyncGenerator<string> {
  for await (const piece of pieces) {
    const told = take(piece);
    if (told !== '') yield told;
  }
}

const readJsonBody = (bytes: Uint8Array): Json => {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (isRecord(value)) return value;
  } catch (cause) {
    throw buyerError('BODY', { why: 'it is not JSON' }, cause);
  }
  throw buyerError('BODY', { why: 'it is not a JSON object' });
};

/** Makes the fetch. */
export const createBuyerFetch =
  (deliver: Deliver, listModels: () => Promise<unknown>): typeof fetch =>
  async (input, init) => {
    const request = new Request(input, init);
    const endpoint = endpointOf(request.url);
    try {
      if (request.method === 'GET' && endpoint === '/v1/models') return Response.json(await listModels());
      const { tell, ...asked } = await asChat(endpoint, request);
      const answer = await deliver({ ...asked, signal: request.signal });
      const headers = answerHeaders(answer);
      if (answer.body instanceof Uint8Array) {
        const settled = await answer.settled;
        if (settled) {
          headers.set(headerNames.units, String(settled.receipt.units));
          const { bytes, signature, work } = settled.signed;
          headers.set(headerNames.receipt, toBase64(bytes));
          headers.set(headerNames.receiptSignature, toBase64(signature));
          if (work) headers.set(headerNames.work, toBase64(work));
        }
      }
      const told = tell(answer.body, answer.status);
      const body = told instanceof Uint8Array ? new Uint8Array(told) : webStream(told);
      return new Response(body, { status: answer.status, headers });
    } catch (error) {
      if (request.signal.aborted || !isAtomaError(error)) throw error;
      const { status, body } = errorAnswer(error);
      return Response.json(body, { status });
    }
  };
