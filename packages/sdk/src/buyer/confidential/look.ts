/** A node's published evidence, for people who decide whom to trust: what it says, and whether it would be accepted. */
import { isAtomaError, toHex } from '@atoma/base';
import type { Atoma } from '../../context/atoma.ts';
import { getNode } from '../../reads/nodes.ts';
import { equalBytes } from '../../values/bytes.ts';
import { array, record } from '../../wire/json.ts';
import { channelKeyLayout, channelKid } from '../../wire/sealed/channel-key.ts';
import {
  type Binding,
  EVIDENCE_NONCE_BYTES,
  type EvidenceDocument,
  evidenceHash,
  readDocument,
  verifyRaw,
} from '../../wire/sealed/evidence.ts';
import { buyerError } from '../buyer-errors.ts';
import { wireIdsOf } from '../context.ts';
import { type Transport, transportOf } from '../transport/http.ts';
import { askWhole } from '../transport/whole.ts';
import { bytesOf, type ConfidentialPolicy, createEvidenceCheck } from './check.ts';

/** A channel key as a node shows it. */
export interface ShownChannelKey {
  /** 64 hex digits. */
  readonly kid: string;
  /** ms since 1970. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  /** Whether the enclave key signed it. */
  readonly signed: boolean;
}

/** What {@link lookAtEvidence} found. */
export interface ShownEvidence {
  readonly url: string;
  /** The document as it came. */
  readonly bytes: Uint8Array;
  readonly document: EvidenceDocument;
  readonly binding: Binding;
  /** Whether it is the one the chain holds the hash of. */
  readonly committed: boolean;
  readonly keys: readonly ShownChannelKey[];
  /** Why a buyer with this policy would send nothing; null: it would. */
  readonly refused: string | null;
  /** What must be said beside it; null: nothing, or it is refused. */
  readonly label: string | null;
}

/** What is looked at, and by whose rules. */
export interface LookParameters {
  readonly atoma: Atoma;
  readonly nodeSmallId: bigint;
  readonly policy: ConfidentialPolicy;
  /** Accept http and private addresses. */
  readonly allowPrivate: boolean;
  /** Replaces HTTP to nodes. */
  readonly transport?: Transport;
}

const TIMEOUT_MS = 10_000;

const fetchPublished = async (url: string, p: LookParameters): Promise<Readonly<Record<string, unknown>>> => {
  const { send, close } = transportOf(p.transport, p.allowPrivate);
  try {
    return (await askWhole(send, { url, path: '/v1/evidence', method: 'GET', headers: {}, timeoutMs: TIMEOUT_MS }))
      .json;
  } finally {
    close();
  }
};

const shownKeys = (json: Readonly<Record<string, unknown>>, { enclaveKey }: Binding): readonly ShownChannelKey[] =>
  array(json.channel_keys)
    .map(record)
    .map((row) => {
      const bytes = bytesOf(row.record);
      const { notBeforeMs, notAfterMs } = channelKeyLayout.decode(bytes);
      return {
        kid: toHex(channelKid(bytes)),
        notBeforeMs: Number(notBeforeMs),
        notAfterMs: Number(notAfterMs),
        signed: verifyRaw(enclaveKey, bytes, bytesOf(row.signature)),
      };
    });

/** Fetches and judges what a node has published. Nothing is bought or sent. Throws `BUYER_UNREACHABLE`, `WIRE_MALFORMED`. */
export const lookAtEvidence = async (p: LookParameters): Promise<ShownEvidence> => {
  const { atoma, nodeSmallId } = p;
  const node = await getNode(atoma, { nodeSmallId });
  const unreachable = (why: string, cause?: unknown) => buyerError('UNREACHABLE', { node: nodeSmallId, why }, cause);
  if (node.url === '') throw unreachable('it has announced no address');
  const json = await fetchPublished(node.url, p).catch((error: unknown) => {
    throw isAtomaError(error) ? error : unreachable((error as Error).message, error);
  });
  if (typeof json.document !== 'string')
    throw unreachable(String(record(json.error).message ?? 'it has made no evidence yet'));
  const bytes = bytesOf(json.document);
  const { document, binding } = readDocument(bytes);
  const check = createEvidenceCheck({ atoma, ids: wireIdsOf(atoma), now: Date.now }, p.policy);
  const outcome = await check(bytes, new Uint8Array(EVIDENCE_NONCE_BYTES), nodeSmallId);
  const accepted = 'binding' in outcome ? outcome : null;
  return {
    url: node.url,
    bytes,
    document,
    binding,
    committed: node.evidenceHash !== null && equalBytes(node.evidenceHash, evidenceHash(bytes)),
    keys: shownKeys(json, binding),
    refused: 'binding' in outcome ? null : outcome.why,
    label: accepted?.label ?? null,
  };
};
