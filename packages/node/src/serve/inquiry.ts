/** Signed reads and uploads of evidence. */
import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import {
  equalBytes,
  fromBase64,
  headerNames,
  type Inquiry,
  inquiryLayout,
  type ParsedSignature,
  parseSignature,
  verifyPersonalMessage,
} from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import type { StackRow } from '../store/types.ts';
import type { Audit } from './audit.ts';
import { type Checked, ok, type Problem, problem } from './problem.ts';
import { createCache } from './rate.ts';

/** In which capacity someone asks. */
export type Capacity = 'owner' | 'buyer' | 'attester' | 'juror' | 'challenger';

/** Addresses with rights in the settlement of a stack. */
export interface Parties {
  /** Recorded owner of the stack, whoever serves it. */
  readonly buyer: string | null;
  readonly attesters: readonly string[];
  readonly jurors: readonly string[];
  readonly challenger: string | null;
  /** How a settlement is checked; null before there is one. */
  readonly audit: Audit | null;
}

/** An inquiry as HTTP hands it over. */
export interface IncomingInquiry {
  /** Path with query. */
  readonly path: string;
  readonly header: (name: string) => string | undefined;
  /** Empty for GET. */
  readonly body: Uint8Array;
}

/** An inquiry whose sender is certain. */
export interface Asked {
  readonly inquiry: Inquiry;
  readonly signer: string;
  readonly capacities: ReadonlySet<Capacity>;
  /** The stack, when this node serves it. */
  readonly stack: StackRow | undefined;
  /** Whether this node itself is drawn to look at the stack, as attester or juror. */
  readonly drawn: boolean;
  readonly audit: Audit | null;
}

/** Checks inquiries. */
export type InquiryCheck = (asked: IncomingInquiry) => Promise<Checked<Asked>>;

const NONCES = 100_000;
const noBody = new Uint8Array(32);

const decode = (
  incoming: IncomingInquiry,
): Checked<{ inquiry: Inquiry; bytes: Uint8Array; signature: ParsedSignature }> => {
  const bytes = fromBase64((incoming.header(headerNames.inquiry) ?? '').slice(0, 2048));
  const signed = fromBase64((incoming.header(headerNames.signature) ?? '').slice(0, 512));
  if (!bytes || bytes.length === 0 || !signed)
    return problem('envelope_missing', { detail: 'this address needs a signed inquiry' });
  try {
    return ok({ inquiry: inquiryLayout.decode(bytes), bytes, signature: parseSignature(signed) });
  } catch (error) {
    if (isAtomaError(error, 'WIRE_SIGNATURE_SCHEME')) return problem('signature_scheme_unsupported');
    if (isAtomaError(error, 'WIRE_SIGNATURE_MALFORMED')) return problem('signature_invalid');
    return problem('envelope_malformed', { param: isAtomaError(error) ? String(error.details.field) : null });
  }
};

const checkFields = (node: NodeContext, incoming: IncomingInquiry, inquiry: Inquiry): Problem | undefined => {
  const { chainId, packageId, node: own } = node.identity;
  if (!equalBytes(inquiry.chainId, chainId) || !equalBytes(inquiry.packageId, packageId))
    return problem('wrong_network');
  if (inquiry.node !== own) return problem('wrong_node');
  if (inquiry.path !== incoming.path) return problem('envelope_malformed', { param: 'path' });
  if (Math.abs(Number(inquiry.timestampMs) - node.now()) > node.limits.clockWindowMs)
    return problem('timestamp_out_of_window', { extra: { server_time_ms: node.now() } });
  const hash = incoming.body.length === 0 ? noBody : blake2b256(incoming.body);
  return equalBytes(hash, inquiry.bodyHash) ? undefined : problem('body_hash_mismatch');
};

const capacitiesOf = async (
  node: NodeContext,
  { buyer, attesters, jurors, challenger }: Parties,
  stack: StackRow | undefined,
  signer: string,
): Promise<ReadonlySet<Capacity>> => {
  const found = new Set<Capacity>();
  if (stack && (await node.stacks.entitle(stack, signer, node.now())).kind === 'ok') found.add('owner');
  if (buyer === signer) found.add('buyer');
  if (attesters.includes(signer)) found.add('attester');
  if (jurors.includes(signer)) found.add('juror');
  if (challenger === signer) found.add('challenger');
  return found;
};

/** Makes the check; a nonce is accepted once within the clock window. */
export const createInquiryCheck = (
  node: NodeContext,
  parties: (stack: bigint, signer: string) => Promise<Parties>,
): InquiryCheck => {
  const nonces = createCache<string, true>(NONCES, 2 * node.limits.clockWindowMs);
  return async (incoming) => {
    const decoded = decode(incoming);
    if (decoded.kind === 'problem') return decoded;
    const { inquiry, bytes, signature } = decoded.value;
    const wrong = checkFields(node, incoming, inquiry);
    if (wrong) return wrong;
    if (!(await verifyPersonalMessage(bytes, signature))) return problem('signature_invalid');
    const nonce = toHex(inquiry.nonce);
    if (nonces.get(nonce, node.now()))
      return problem('envelope_malformed', { param: 'nonce', detail: 'it was used before' });
    nonces.set(nonce, true, node.now());
    const stack = await node.store.findStack(inquiry.stack);
    const known = await parties(inquiry.stack, signature.address);
    const capacities = await capacitiesOf(node, known, stack, signature.address);
    if (capacities.size === 0) return problem('not_entitled');
    const drawn = [...known.attesters, ...known.jurors].includes(node.identity.signer.address);
    return ok({ inquiry, signer: signature.address, capacities, stack, drawn, audit: known.audit });
  };
};
