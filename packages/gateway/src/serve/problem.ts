/** Errors a client of the gateway gets, in OpenAI's form. */
import type { HttpAnswer } from '@atoma/base';
import { type AtomaError, isAtomaError } from '@atoma/base';
import { errorAnswer, errorType } from '@atoma/sdk';
import { type Commands, hintOf } from './hints.ts';

/** An error answer. */
export interface ClientProblem {
  readonly kind: 'problem';
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  /** Member of the body at fault. */
  readonly param: string | null;
  readonly retryable: 'same' | 'new' | 'no';
  readonly retryAfterSeconds: number | null;
}

const table = {
  key_invalid: [
    401,
    'The API key is not valid',
    'Send `Authorization: Bearer atk_...` with a key that is active.',
    'no',
  ],
  model_not_allowed: [403, 'The key may not use this model', 'Ask for a key that includes it.', 'no'],
  model_not_found: [404, 'There is no such model', 'GET /v1/models lists what can be bought.', 'no'],
  not_found: [
    404,
    'There is nothing at this address',
    'Use /v1/chat/completions, /v1/embeddings, /v1/models, ...',
    'no',
  ],
  method_not_allowed: [405, 'This address takes POST only', 'Send the request as POST.', 'no'],
  invalid_body: [400, 'The body is not a JSON object', 'Send a JSON object.', 'no'],
  response_unknown: [
    404,
    'The previous response is not kept',
    'Send the whole conversation as `input`; responses are kept for a day unless `store` is false, and none of level 2.',
    'no',
  ],
  idempotency_conflict: [
    409,
    'The idempotency key was used with another request',
    'Use a new key for each request.',
    'no',
  ],
  idempotency_malformed: [400, 'The idempotency key is longer than 255 letters', 'Send a shorter one.', 'no'],
  idempotency_running: [
    409,
    'The request with this idempotency key is still running',
    'Wait and send it again.',
    'same',
  ],
  cancelled: [499, 'The client left before anything was produced', 'Send it again.', 'new'],
  body_too_slow: [408, 'The body took too long', 'Send it faster, or on a new connection.', 'new'],
  body_broken: [400, 'The body ended early', 'Send it again.', 'new'],
  headers_too_long: [431, 'The headers are too long', 'Send fewer or shorter ones.', 'no'],
  body_too_large: [413, 'The body is too large', 'Send less.', 'no'],
  unsupported_media: [415, 'This media type is not accepted', 'Send JSON or multipart form data.', 'no'],
  payment_required: [
    402,
    'The request is to be paid',
    'Send a key, or pay as the header PAYMENT-REQUIRED says (x402, version 2).',
    'new',
  ],
  payment_malformed: [400, 'The payment cannot be read', 'Send PAYMENT-SIGNATURE as x402, version 2, says.', 'no'],
  payment_exceeded: [
    503,
    'Nobody serves the request for what was paid',
    'The payment goes back; ask for the price again.',
    'new',
  ],
  quota_exceeded: [402, 'The quota of the key is used up', 'Wait for the next period, or raise the quota.', 'no'],
  rate_limited: [429, 'Too many requests', 'Wait as Retry-After says.', 'new'],
  overloaded: [429, 'The gateway is busy', 'Wait as Retry-After says.', 'new'],
  not_ready: [503, 'The gateway is stopping', 'Use another one, or wait.', 'new'],
} as const satisfies Readonly<Record<string, readonly [number, string, string, ClientProblem['retryable']]>>;

/** Name of an error of the gateway's own. */
export type GatewayCode = keyof typeof table;

/** Makes an error answer; `message` replaces the table's. */
export const clientProblem = (code: GatewayCode, message?: string, retryAfterSeconds?: number): ClientProblem => {
  const [status, text, hint, retryable] = table[code];
  return {
    kind: 'problem',
    status,
    code,
    message: message ?? text,
    hint,
    param: null,
    retryable,
    retryAfterSeconds: retryAfterSeconds ?? (status === 429 ? 1 : null),
  };
};

/** What a check lets through, or the error answer. Ask for `kind` of this value, never of what it holds. */
export type Checked<T> = { readonly kind: 'ok'; readonly value: T } | ClientProblem;

/** What a check lets through. */
export const ok = <T>(value: T): Checked<T> => ({ kind: 'ok', value });

/** The error answer of a thrown error; its remedy is a command where one is known. */
export const problemOf = (error: unknown, commands?: Commands): ClientProblem => {
  if (isAtomaError(error, 'GATEWAY_QUOTA'))
    return clientProblem('quota_exceeded', error.message, Number(error.details.seconds));
  if (isAtomaError(error, 'GATEWAY_RATE'))
    return clientProblem('rate_limited', error.message, Number(error.details.seconds));
  if (isAtomaError(error, 'GATEWAY_PAYMENT')) return clientProblem('payment_exceeded', error.message);
  if (isAtomaError(error, 'GATEWAY_STACK'))
    return { ...clientProblem('quota_exceeded', error.message), hint: hintOf(error, commands) };
  if (isAtomaError(error)) return { ...fromBuyer(error), hint: hintOf(error, commands) };
  return {
    kind: 'problem',
    status: 500,
    code: 'internal',
    message: 'Unexpected error',
    hint: 'Report the request id.',
    param: null,
    retryable: 'same',
    retryAfterSeconds: null,
  };
};

const fromBuyer = (error: AtomaError): Omit<ClientProblem, 'hint'> => {
  const { status, body } = errorAnswer(error);
  const { code, message, param, retryable } = body.error as Pick<
    ClientProblem,
    'code' | 'message' | 'param' | 'retryable'
  >;
  const retryAfterSeconds = status === 503 || status === 429 ? 1 : null;
  return { kind: 'problem', status, code, message, param, retryable, retryAfterSeconds };
};

/** An answer to a client, before it is written. */
export type ClientAnswer = HttpAnswer;

/** An error answer as it is written. */
export const problemAnswer = (problem: ClientProblem, requestId: string): ClientAnswer => {
  const { status, code, message, hint, param, retryable, retryAfterSeconds } = problem;
  const error = { code, message, type: errorType(status), param, hint, retryable, request_id: requestId };
  return {
    status,
    headers: {
      'content-type': 'application/json',
      'x-atoma-request-id': requestId,
      ...(retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) }),
    },
    body: Buffer.from(JSON.stringify({ error })),
  };
};

/** An error answer as a response. */
export const problemResponse = (problem: ClientProblem): Response => {
  const { status, headers, body } = problemAnswer(problem, '');
  return new Response(body as Uint8Array<ArrayBuffer>, { status, headers });
};
