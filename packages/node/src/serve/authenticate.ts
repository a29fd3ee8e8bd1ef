/** From headers and body to an authenticated request, cheap checks first. */
import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import {
  type Envelope,
  envelopeLayout,
  equalBytes,
  fromBase64,
  headerNames,
  MAX_ENVELOPE_BYTES,
  type ParsedSignature,
  parseSignature,
  requestHash,
  SEALED_TYPE,
  verifyPersonalMessage,
} from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import type { RequestRow, StackRow } from '../store/types.ts';
import { type Checked, ok, type Problem, problem } from './problem.ts';
import type { RateLimit } from './rate.ts';
import type { Entitlement } from './stacks.ts';

/** A request as HTTP hands it over. */
export interface IncomingWork {
  /** Path of the request. */
  readonly endpoint: string;
  readonly query: string;
  readonly header: (name: string) => string | undefined;
  /** Reads the whole body, at most so many bytes, or gives the error. */
  readonly readBody: (limit: number, timeoutMs: number) => Promise<Checked<Uint8Array>>;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}

/** A request whose sender, stack and body are certain. */
export interface Authenticated {
  readonly envelope: Envelope;
  readonly envelopeBytes: Uint8Array;
  readonly signature: ParsedSignature;
  readonly requestHash: Uint8Array;
  /** 32 hex digits. */
  readonly requestId: string;
  readonly stack: StackRow;
  readonly entitlement: Entitlement;
  readonly body: Uint8Array;
  readonly contentType: string;
  /** Its row, where the ledger had to be asked: the request came late or its stack takes no new work. */
  readonly known: RequestRow | undefined;
}

interface Decoded {
  readonly envelope: Envelope;
  readonly envelopeBytes: Uint8Array;
  readonly signature: ParsedSignature;
}

/** Base64 of the longest envelope. */
const MAX_HEADER = Math.ceil(MAX_ENVELOPE_BYTES / 3) * 4;
/** Base64 of the longest accepted signature. */
const MAX_SIGNATURE_HEADER = 132;

const decodeSignature = (header: string): Checked<ParsedSignature> => {
  const bytes = header.length <= 4096 ? fromBase64(header) : undefined;
  if (!bytes) return problem('signature_invalid', { detail: 'it is not base64' });
  try {
    return ok(parseSignature(bytes));
  } catch (error) {
    return isAtomaError(error, 'WIRE_SIGNATURE_SCHEME')
      ? problem('signature_scheme_unsupported')
      : problem('signature_invalid', { detail: 'it has another length' });
  }
};

const decode = (work: IncomingWork): Checked<Decoded> => {
  const header = work.header(headerNames.envelope);
  const signed = work.header(headerNames.signature);
  if (header === undefined || signed === undefined) return problem('envelope_missing');
  if (header.length > MAX_HEADER) return problem('envelope_malformed', { param: 'envelope', detail: 'it is too long' });
  const envelopeBytes = fromBase64(header);
  if (!envelopeBytes) return problem('envelope_malformed', { param: 'envelope', detail: 'it is not base64' });
  try {
    const envelope = envelopeLayout.decode(envelopeBytes);
    const signature = decodeSignature(signed.length > MAX_SIGNATURE_HEADER ? signed.slice(0, 4097) : signed);
    return signature.kind === 'problem' ? signature : ok({ envelope, envelopeBytes, signature: signature.value });
  } catch (error) {
    const field = isAtomaError(error) ? String(error.details.field) : 'envelope';
    return problem('envelope_malformed', { param: field });
  }
};

const checkBinding = (node: NodeContext, work: IncomingWork, envelope: Envelope): Problem | undefined => {
  const { chainId, packageId, node: own } = node.identity;
  if (!equalBytes(envelope.chainId, chainId)) return problem('wrong_network', { param: 'chain_id' });
  if (!equalBytes(envelope.packageId, packageId)) return problem('wrong_network', { param: 'package_id' });
  if (envelope.node !== own) return problem('wrong_node', { param: 'node' });
  if (envelope.endpoint !== work.endpoint || work.query !== '')
    return problem('envelope_malformed', {
      param: 'endpoint',
      detail: 'it is not the address the request was sent to',
    });
  return undefined;
};

/** Forms, and sealed bodies, which may hold one. */
const isLarge = (contentType: string): boolean =>
  contentType.toLowerCase().startsWith('multipart/form-data') || contentType.toLowerCase() === SEALED_TYPE;

const checkMedia = (node: NodeContext, work: IncomingWork, contentType: string): Problem | undefined => {
  if (work.header('content-encoding') !== undefined) return problem('unsupported_media', { param: 'content-encoding' });
  const json = contentType.toLowerCase().startsWith('application/json');
  if (!json && !isLarge(contentType)) return problem('unsupported_media', { param: 'content-type' });
  const limit = json ? node.limits.jsonBytes : node.limits.multipartBytes;
  return Number(work.header('content-length') ?? 0) > limit ? problem('body_too_large') : undefined;
};

const stateProblems: Readonly<Partial<Record<StackRow['state'], Problem>>> = {
  draining: problem('stack_settling'),
  settling: problem('stack_settling'),
  settled: problem('stack_settling'),
  disputed: problem('stack_settling'),
  quarantine: problem('stack_quarantined'),
  closed: problem('stack_closed'),
};

const checkTime = (node: NodeContext, envelope: Envelope, now: number): Problem | undefined => {
  const difference = Math.abs(Number(envelope.timestampMs) - now);
  return difference > node.limits.clockWindowMs
    ? problem('timestamp_out_of_window', { extra: { server_time_ms: now } })
    : undefined;
};

/** The error of a stack's state for new work. */
export const stackStateProblem = (state: StackRow['state']): Problem | undefined => stateProblems[state];

/** Checks everything up to and including the signature. Errors given here are not signed: the sender is not certain. */
export const authenticate = async (
  node: NodeContext,
  work: IncomingWork,
  slowSignatures: RateLimit,
): Promise<Checked<Authenticated>> => {
  const now = node.now();
  const contentType = work.header('content-type') ?? '';
  const decoded = decode(work);
  if (decoded.kind === 'problem') return decoded;
  const { envelope, envelopeBytes, signature } = decoded.value;
  const early = checkMedia(node, work, contentType) ?? checkBinding(node, work, envelope);
  if (early) return early;
  const requestId = toHex(envelope.requestId);
  const lookUp = () => node.store.findRequest(envelope.stack, requestId);
  // New work is what the ledger is not asked about: reserving it tells whether it was new after all.
  const late = checkTime(node, envelope, now) ?? node.notReady();
  let known = late ? await lookUp() : undefined;
  if (late && !known) return late;
  const found = await node.stacks.find(envelope.stack, work.header(headerNames.purchase), now);
  if (found.kind === 'problem') return found;
  const stack = found.value;
  const state = stackStateProblem(stack.state);
  if (state && !known) known = await lookUp();
  if (state && !known) return state;
  const entitlement = await node.stacks.entitle(stack, signature.address, now);
  if (entitlement.kind === 'problem') return entitlement;
  const limit = isLarge(contentType) ? node.limits.multipartBytes : node.limits.jsonBytes;
  const read = await work.readBody(limit, node.limits.bodyMs);
  if (read.kind === 'problem') return read;
  const body = read.value;
  if (!equalBytes(blake2b256(body), envelope.bodyHash)) return problem('body_hash_mismatch');
  if (signature.scheme !== 'ed25519' && !slowSignatures.allow(now)) return problem('rate_limited');
  if (!(await verifyPersonalMessage(envelopeBytes, signature))) return problem('signature_invalid');
  return ok({
    envelope,
    envelopeBytes,
    signature,
    requestHash: requestHash(envelopeBytes),
    requestId,
    stack,
    entitlement: entitlement.value,
    body,
    contentType,
    known,
  });
};
