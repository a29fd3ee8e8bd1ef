/** Every error a buyer can get, with status, text and whether and how to try again. */
import { errorType, type ProblemCode, type Retryable } from '@atoma/sdk';

export type { ProblemCode, Retryable };

interface Entry {
  readonly status: number;
  readonly message: string;
  readonly hint: string;
  readonly retryable: Retryable;
}

const entry = (status: number, message: string, hint: string, retryable: Retryable): Entry => ({
  status,
  message,
  hint,
  retryable,
});

/** The table. */
export const problems = {
  invalid_request: entry(
    400,
    'The request body does not match the schema',
    'See `param` for the member at fault.',
    'no',
  ),
  engine_refused: entry(400, 'The engine refused the request', 'Correct the request.', 'no'),
  unsupported_parameter: entry(400, 'This parameter is not supported here', 'Remove it.', 'no'),
  context_length_exceeded: entry(400, "The prompt is longer than the model's context", 'Shorten it.', 'no'),
  max_units_too_small: entry(
    400,
    'The prompt alone needs more than max_units',
    'Raise max_units to the stated bound.',
    'new',
  ),
  max_units_too_large: entry(
    400,
    'One request may not use so much of this stack',
    'Lower max_units to what is stated, or buy a larger stack.',
    'other',
  ),
  envelope_malformed: entry(400, 'The envelope cannot be decoded', 'Use the sdk; `param` names the field.', 'no'),
  envelope_missing: entry(401, 'The request is not signed', 'Send Atoma-Envelope and Atoma-Signature.', 'no'),
  signature_invalid: entry(
    401,
    'The signature does not match the envelope',
    'Sign the envelope bytes as a Sui personal message.',
    'no',
  ),
  signature_scheme_unsupported: entry(
    401,
    'Signatures of this scheme are not accepted',
    'Sign with an ed25519 key.',
    'no',
  ),
  body_hash_mismatch: entry(401, 'The body does not match the envelope', 'Hash the raw bytes as they are sent.', 'no'),
  timestamp_out_of_window: entry(
    401,
    'The clocks differ by more than the window',
    'Correct by `server_time_ms`.',
    'new',
  ),
  stack_exhausted: entry(
    402,
    'Not enough free units on this stack',
    'Buy another stack, or ask for no more than the free units stated.',
    'other',
  ),
  wrong_network: entry(403, 'The envelope is bound to another chain or package', 'Check chain and package.', 'other'),
  wrong_node: entry(
    403,
    'The envelope or stack is bound to another node',
    "Send it to the stack's selected node.",
    'other',
  ),
  not_stack_owner: entry(
    403,
    'The signer has no right to this stack',
    "Sign with the recorded owner's key; a new holder of the badge calls `db update-stack-owner` first.",
    'no',
  ),
  not_entitled: entry(
    403,
    'The signer has no right to this answer',
    'Sign with the key of the owner, or of a drawn attester or juror.',
    'no',
  ),
  task_mismatch: entry(
    403,
    "Model or endpoint does not fit the stack's task",
    "Use the task's model and endpoint.",
    'other',
  ),
  stack_unknown: entry(
    404,
    'This node has not seen the stack yet',
    'Wait for the purchase to be final, or send Atoma-Purchase.',
    'same',
  ),
  model_not_served: entry(404, 'This node does not serve the model', 'See /v1/models.', 'other'),
  receipt_unknown: entry(404, 'There is no such receipt', 'See /v1/receipts?stack=.', 'other'),
  not_found: entry(404, 'There is nothing at this address', 'See /openapi.json.', 'no'),
  request_id_reused: entry(
    409,
    'This request id was used with another envelope',
    'Use a random id for each request.',
    'new',
  ),
  stack_settling: entry(409, 'The stack takes no new work', 'Use another stack.', 'other'),
  stack_quarantined: entry(
    409,
    'The stack waits for the receipts of its owner',
    'Import the receipts, or use another stack.',
    'other',
  ),
  stack_closed: entry(410, 'The stack is finished', 'Buy another stack.', 'other'),
  response_expired: entry(410, 'The answer is no longer kept', 'The receipt remains available.', 'no'),
  body_too_large: entry(413, 'The body is too large', 'See the limits in /v1/node.', 'no'),
  unsupported_media: entry(
    415,
    'This media type or encoding is not accepted',
    'Send plain JSON or multipart form data.',
    'no',
  ),
  sealed_body_required: entry(
    415,
    'A stack of level 2 takes sealed bodies only',
    'Seal the body to a channel key of /v1/evidence; nothing was read.',
    'no',
  ),
  sealed_body_malformed: entry(
    400,
    'The sealed body cannot be opened',
    'Seal it anew for this envelope and signer; nothing was read.',
    'new',
  ),
  channel_key_gone: entry(
    409,
    'The channel key of this request is gone',
    'Nothing was read or charged; ask /v1/evidence for a new key and seal the request anew.',
    'new',
  ),
  channel_not_ready: entry(
    503,
    'The keys of the confidential channel are not on the chain yet',
    'Wait as Retry-After says, or use another node.',
    'new',
  ),
  evidence_expired: entry(
    503,
    'The evidence of the environment has expired and could not be made anew',
    'Nothing was read or charged; use another node.',
    'other',
  ),
  cancelled: entry(499, 'The client left before anything was produced', 'Nothing was charged; send it again.', 'new'),
  rate_limited: entry(429, 'Too many requests', 'Wait as Retry-After says.', 'new'),
  overloaded: entry(429, 'The node is busy', 'Wait as Retry-After says, or use another node.', 'new'),
  internal: entry(500, 'Unexpected error', 'Report the request id.', 'same'),
  role_not_served: entry(501, 'No engine of this node does this kind of work', 'Use another task or node.', 'other'),
  confidential_channel_unavailable: entry(
    501,
    'This node has no confidential environment',
    'Use another node.',
    'other',
  ),
  backend_error: entry(502, 'The engine failed', 'Nothing was charged; use another node.', 'other'),
  backend_unavailable: entry(503, 'No engine is reachable', 'Nothing was charged; use another node.', 'other'),
  chain_unavailable: entry(503, 'The chain cannot be read', 'Wait as Retry-After says.', 'new'),
  not_ready: entry(503, 'The node is not ready', 'Wait as Retry-After says.', 'other'),
  storage_full: entry(503, 'The node cannot store the request', 'Use another node.', 'other'),
  backend_timeout: entry(504, 'The engine took too long', 'Nothing was charged; ask for less.', 'other'),
} as const satisfies Readonly<Record<ProblemCode, Entry>>;

/** An error answer as data. */
export interface Problem {
  readonly kind: 'problem';
  readonly code: ProblemCode;
  /** Member of the body or field of the envelope at fault. */
  readonly param: string | null;
  /** Said in addition to the table's message. */
  readonly detail: string | null;
  /** Further members, such as `server_time_ms` or `free_units`. */
  readonly extra: Readonly<Record<string, string | number>>;
  readonly retryAfterSeconds: number | null;
}

/** Makes an error answer. */
export const problem = (code: ProblemCode, more: Partial<Omit<Problem, 'kind' | 'code'>> = {}): Problem => ({
  kind: 'problem',
  code,
  param: null,
  detail: null,
  extra: {},
  retryAfterSeconds: problems[code].status === 429 || problems[code].status === 503 ? 1 : null,
  ...more,
});

/** What a check lets through, or the error answer. Ask for `kind` of this value, never of what it holds: that may be the client's. */
export type Checked<T> = { readonly kind: 'ok'; readonly value: T } | Problem;

/** What a check lets through. */
export const ok = <T>(value: T): Checked<T> => ({ kind: 'ok', value });

/** The JSON of an error: `{error: {...}}`. */
export const problemJson = (value: Problem, requestId: string | null): { readonly error: Record<string, unknown> } => {
  const { status, message, hint, retryable } = problems[value.code];
  return {
    error: {
      code: value.code,
      message: value.detail === null ? message : `${message}: ${value.detail}`,
      type: errorType(status),
      param: value.param,
      hint,
      retryable,
      request_id: requestId,
      ...value.extra,
    },
  };
};
