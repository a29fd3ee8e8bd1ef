/** What an environment shows of itself: the keys it made, what hardware says of it, and the channel keys of the hour. */

import type { KeyObject } from 'node:crypto';
import { createPublicKey, sign, verify } from 'node:crypto';
import { blake2b256 } from '@atoma/base';
import { layout, type RecordOf, raw, sized, text, u64 } from '../layout.ts';
import { wireError } from '../wire-errors.ts';

/** Kinds of evidence the market knows; `rehearsal` proves nothing and is refused on public networks. */
export const evidenceKinds = ['rehearsal', 'tdx', 'snp'] as const;

/** Name of a kind of evidence. */
export type EvidenceKindName = (typeof evidenceKinds)[number];

/** Longest encoded document, bytes. */
export const MAX_DOCUMENT_BYTES = 256 * 1024;
/** Bytes of a nonce. */
export const EVIDENCE_NONCE_BYTES = 32;

const bindingFields = {
  /** Digest of the genesis checkpoint. */
  chainId: raw(32),
  /** First-published id of the market package. */
  packageId: raw(32),
  node: u64,
  /** Ed25519 public key made inside the environment. */
  enclaveKey: raw(32),
  kind: text(16),
  /** H(0x1a || GPU evidence); zero without a GPU. */
  gpuHash: raw(32),
  /** Root of the weights' tree; counts only where the measured image enforces it. */
  weightsRoot: raw(32),
  /** H of the operator's configuration. */
  configHash: raw(32),
  /** A recent checkpoint of the chain: the binding was made after it. */
  checkpoint: u64,
  checkpointDigest: raw(32),
} as const;

/** What hardware signs, by its hash: node, keys and configuration of one environment. */
export type Binding = RecordOf<typeof bindingFields>;

/** `atoma/binding/v1`. */
export const bindingLayout = layout({
  what: 'binding',
  domain: 'atoma/binding/v1',
  fields: bindingFields,
  rule: ({ kind }) =>
    evidenceKinds.some((known) => known === kind) ? undefined : ['kind', `${kind} is no known kind of evidence`],
});

const documentFields = {
  /** An encoded {@link Binding}. */
  binding: sized(512),
  /** The vendor's quote or report over {@link reportData}. */
  quote: sized(32 * 1024),
  /** Certificates and lists the quote is judged with: Intel's JSON, AMD's PEM. */
  collateral: sized(160 * 1024),
  /** Evidence of the GPUs as the vendor's tool gave it; empty without. */
  gpu: sized(32 * 1024),
  /** The measured boot's event log; empty where there is none. */
  eventLog: sized(30 * 1024),
  /** The asker's; zeros in the published copy. */
  nonce: raw(EVIDENCE_NONCE_BYTES),
} as const;

/** Everything a buyer needs to judge an environment. */
export type EvidenceDocument = RecordOf<typeof documentFields>;

/** `atoma/proofdoc/1`. */
export const documentLayout = layout({ what: 'evidence', domain: 'atoma/proofdoc/1', fields: documentFields });

/** report_data = H(binding) || nonce; 64 bytes. */
export const reportData = (binding: Uint8Array, nonce: Uint8Array): Uint8Array =>
  Buffer.concat([blake2b256(binding), nonce]);

/** key_hash on chain = H(0x14 || enclave key). */
export const enclaveKeyHash = (enclaveKey: Uint8Array): Uint8Array => blake2b256(Uint8Array.of(0x14), enclaveKey);

/** evidence_hash on chain = H(0x15 || the published document). */
export const evidenceHash = (document: Uint8Array): Uint8Array => blake2b256(Uint8Array.of(0x15), document);

/** gpu_hash = H(0x1a || evidence); zeros without a GPU. */
export const gpuHash = (evidence: Uint8Array): Uint8Array =>
  evidence.length === 0 ? new Uint8Array(32) : blake2b256(Uint8Array.of(0x1a), evidence);

/** What a GPU is asked to sign: H(0x19 || enclave key || checkpoint digest). */
export const gpuNonce = (enclaveKey: Uint8Array, checkpointDigest: Uint8Array): Uint8Array =>
  blake2b256(Uint8Array.of(0x19), enclaveKey, checkpointDigest);

/** RFC 8410: an Ed25519 public key up to its 32 bytes. */
const SPKI_ED25519 = Buffer.from('302a300506032b6570032100', 'hex');

/** Signs with a raw Ed25519 key; every message it signs begins with its own domain. 64 bytes. */
export const signRaw = (key: KeyObject, message: Uint8Array): Uint8Array => sign(null, message, key);

/** Whether a raw Ed25519 signature holds; `publicKey` is 32 bytes. */
export const verifyRaw = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean => {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const key = createPublicKey({ key: Buffer.concat([SPKI_ED25519, publicKey]), format: 'der', type: 'spki' });
  return verify(null, message, key, signature);
};

/** A document and the binding inside. Throws `WIRE_MALFORMED` for anything else. */
export const readDocument = (bytes: Uint8Array): { readonly document: EvidenceDocument; readonly binding: Binding } => {
  if (bytes.length > MAX_DOCUMENT_BYTES)
    throw wireError('MALFORMED', { what: 'evidence', field: 'document', why: `${bytes.length} bytes are too many` });
  const document = documentLayout.decode(bytes);
  return { document, binding: bindingLayout.decode(document.binding) };
};

const DOCUMENT_DOMAIN = Buffer.from('atoma/proofdoc/1');

/** Whether bytes begin as a document does. */
export const isEvidenceDocument = (bytes: Uint8Array): boolean =>
  DOCUMENT_DOMAIN.equals(bytes.subarray(0, DOCUMENT_DOMAIN.length));

/** What judges the hardware's part of evidence: a vendor's rules and a buyer's policy. */
export interface EvidenceQuestion {
  readonly kind: EvidenceKindName;
  readonly quote: Uint8Array;
  readonly collateral: Uint8Array;
  /** Event log of the boot; empty: none. */
  readonly eventLog: Uint8Array;
  /** What the quote must be over, 64 bytes. */
  readonly reportData: Uint8Array;
  /** 32 bytes each, from the binding. */
  readonly configHash: Uint8Array;
  readonly weightsRoot: Uint8Array;
  readonly at: Date;
}

/** What it says. */
export type EvidenceVerdict =
  /** `label` is told with every answer; null: none is needed. */
  | { readonly kind: 'accepted'; readonly label: string | null }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Judges evidence; never throws for what the evidence holds. */
export type EvidenceJudge = (question: EvidenceQuestion) => EvidenceVerdict | Promise<EvidenceVerdict>;
