/** Checks a node's evidence against the chain, and asks the judge about the hardware's part of it. */
import { fromBase58 } from '@mysten/sui/utils';
import { getNode } from '../../reads/nodes.ts';
import { equalBytes } from '../../values/bytes.ts';
import { fromBase64 } from '../../wire/headers.ts';
import {
  type Binding,
  type EvidenceDocument,
  type EvidenceJudge,
  type EvidenceKindName,
  enclaveKeyHash,
  gpuHash,
  readDocument,
  reportData,
} from '../../wire/sealed/evidence.ts';
import type { BuyerContext } from '../context.ts';

/** What a buyer asks of evidence. */
export interface ConfidentialPolicy {
  /** Vendors' rules and the buyer's own. */
  readonly judge: EvidenceJudge;
  /** Oldest checkpoint a binding may name, ms. */
  readonly maxAgeMs?: number;
  /** Keep what opens answers in memory only: after the end of the process no answer can be fetched again. */
  readonly forget?: boolean;
}

/** Why something is not accepted, in a sentence. */
export interface Refused {
  readonly kind: 'refused';
  readonly why: string;
}

/** An environment whose evidence was accepted. */
export interface Trusted {
  readonly binding: Binding;
  /** Said with every answer; null: nothing is to be said. */
  readonly label: string | null;
  /** ms since 1970. */
  readonly untilMs: number;
}

/** Evidence judged with a nonce of one's own is believed this long, and the oldest checkpoint it may name, ms. */
const [TRUST_MS, MAX_AGE_MS] = [86_400_000, 172_800_000];

/** A refusal. */
export const refused = (why: string): Refused => ({ kind: 'refused', why });

/** Bytes of base64; none for anything else. */
export const bytesOf = (value: unknown): Uint8Array =>
  (typeof value === 'string' ? fromBase64(value) : undefined) ?? new Uint8Array();

type Timed = { readonly seconds: bigint } | undefined;
const msOf = (timestamp: Timed): number => Number(timestamp?.seconds ?? 0n) * 1000;

/** Makes the check of a document over a nonce; it throws `WIRE_MALFORMED` for bytes that are no document. */
export const createEvidenceCheck = (
  { atoma, ids, now }: Pick<BuyerContext, 'atoma' | 'ids' | 'now'>,
  policy: ConfidentialPolicy | undefined,
) => {
  const { ledgerService } = atoma.client;
  const readMask = { paths: ['digest', 'summary.timestamp'] };

  /** A checkpoint of the chain proves that the binding was made after it, whatever anybody's clock says. */
  const whyStale = async ({ checkpoint, checkpointDigest }: Binding): Promise<string | undefined> => {
    const [named, newest] = await Promise.all([
      ledgerService.getCheckpoint({
        checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber: checkpoint },
        readMask,
      }),
      ledgerService.getCheckpoint({ checkpointId: { oneofKind: undefined }, readMask }),
    ]);
    const { digest, summary } = named.response.checkpoint ?? {};
    if (digest === undefined || !equalBytes(fromBase58(digest), checkpointDigest))
      return 'its evidence names a checkpoint that this chain does not have';
    const age = msOf(newest.response.checkpoint?.summary?.timestamp) - msOf(summary?.timestamp);
    return age > (policy?.maxAgeMs ?? MAX_AGE_MS)
      ? `its evidence may be ${Math.floor(age / 3_600_000)} hours old, by the checkpoint it names`
      : undefined;
  };

  const whyForeign = async ({ gpu }: EvidenceDocument, binding: Binding, node: bigint): Promise<string | undefined> => {
    if (!equalBytes(binding.chainId, ids.chainId) || !equalBytes(binding.packageId, ids.packageId))
      return 'its evidence is about another market';
    if (binding.node !== node) return `its evidence is about node ${binding.node}`;
    if (!equalBytes(gpuHash(gpu), binding.gpuHash))
      return 'its evidence of the GPUs is not the one its hardware vouches for';
    const { keyHash, evidenceHash } = await getNode(atoma, { nodeSmallId: node });
    if (evidenceHash === null || evidenceHash.every((byte) => byte === 0))
      return 'it has committed no evidence on chain';
    if (keyHash === null || !equalBytes(keyHash, enclaveKeyHash(binding.enclaveKey)))
      return 'the chain names another key for it than its evidence';
    return undefined;
  };

  return async (bytes: Uint8Array, nonce: Uint8Array, node: bigint): Promise<Trusted | Refused> => {
    const { document, binding } = readDocument(bytes);
    if (!equalBytes(document.nonce, nonce)) return refused('its evidence is over another nonce: it is not fresh');
    const why = await whyForeign(document, binding, node);
    if (why !== undefined) return refused(why);
    const verdict = await (policy as ConfidentialPolicy).judge({
      kind: binding.kind as EvidenceKindName,
      quote: document.quote,
      collateral: document.collateral,
      eventLog: document.eventLog,
      reportData: reportData(document.binding, nonce),
      configHash: binding.configHash,
      weightsRoot: binding.weightsRoot,
      at: new Date(now()),
    });
    if (verdict.kind === 'refused') return refused(verdict.reasons.join(' '));
    const stale = await whyStale(binding);
    return stale === undefined ? { binding, label: verdict.label, untilMs: now() + TRUST_MS } : refused(stale);
  };
};
