/** Codes of the errors a node answers with, and what each allows next. */

/** Every code. A buyer may meet others, of nodes of another version. */
export const problemCodes = [
  'invalid_request',
  'engine_refused',
  'unsupported_parameter',
  'context_length_exceeded',
  'max_units_too_small',
  'max_units_too_large',
  'envelope_malformed',
  'envelope_missing',
  'signature_invalid',
  'signature_scheme_unsupported',
  'body_hash_mismatch',
  'timestamp_out_of_window',
  'stack_exhausted',
  'wrong_network',
  'wrong_node',
  'not_stack_owner',
  'not_entitled',
  'task_mismatch',
  'stack_unknown',
  'model_not_served',
  'receipt_unknown',
  'not_found',
  'request_id_reused',
  'stack_settling',
  'stack_quarantined',
  'stack_closed',
  'response_expired',
  'body_too_large',
  'unsupported_media',
  'sealed_body_required',
  'sealed_body_malformed',
  'channel_key_gone',
  'channel_not_ready',
  'evidence_expired',
  'cancelled',
  'rate_limited',
  'overloaded',
  'internal',
  'role_not_served',
  'confidential_channel_unavailable',
  'backend_error',
  'backend_unavailable',
  'chain_unavailable',
  'not_ready',
  'storage_full',
  'backend_timeout',
] as const;

/** Code of an error. */
export type ProblemCode = (typeof problemCodes)[number];

/** How a request may be tried again: same envelope, new envelope, other stack or node, not at all. */
export const retryables = ['same', 'new', 'other', 'no'] as const;

/** One of {@link retryables}. */
export type Retryable = (typeof retryables)[number];

/** Codes as a set that any code can be looked up in. */
export const codeSet = (...codes: readonly ProblemCode[]): ReadonlySet<string> => new Set(codes);
