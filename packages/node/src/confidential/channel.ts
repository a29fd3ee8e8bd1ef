/**
 * The confidential channel of a daemon: keys that live in memory only, and evidence that binds them to node and hardware. Nothing of it
 * is stored, so nothing can be rolled back; a daemon that starts anew has new keys.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { toHex } from '@atoma/base';
import {
  bindingLayout,
  channelKeyLayout,
  channelKid,
  documentLayout,
  EVIDENCE_NONCE_BYTES,
  enclaveKeyHash,
  evidenceHash,
  gpuHash,
  gpuNonce,
  type KeyPair,
  makeX25519,
  pairSignatures,
  reportData,
  sealedEnc,
  sealedKid,
  signRaw,
  toBase64,
} from '@atoma/sdk';
import type { Environment } from './environment.ts';

/** How long a channel key is sealed to, how much of that it shares with the next, ms. */
const [KEY_MS, OVERLAP_MS] = [3_600_000, 600_000];
/** Clocks may differ by this much, and requests travel for a while, ms: a key opens that much longer than it is sealed to. */
const SKEW_MS = 300_000;
/** How long evidence is shown, and the age at which it is made anew, ms. */
const [EVIDENCE_MS, RENEW_MS] = [86_400_000, 43_200_000];
/** Pause after an attempt at making it, ms: hardware that does not answer is not asked every second. */
const RETRY_MS = 60_000;

/** Whom the evidence is about. */
export interface ChannelIdentity {
  readonly chainId: Uint8Array;
  readonly packageId: Uint8Array;
  readonly node: bigint;
}

/** A checkpoint that proves when a binding was made. */
export interface RecentCheckpoint {
  readonly sequence: bigint;
  /** 32 bytes. */
  readonly digest: Uint8Array;
}

/** What the chain is to hold. 32 bytes each. */
export interface KeyCommitment {
  readonly keyHash: Uint8Array;
  readonly evidenceHash: Uint8Array;
}

/** The channel of a daemon. */
export interface Channel {
  readonly kind: Environment['kind'];
  readonly label: string | null;
  /** The pair a sealed body's kid names; undefined when it is not held any more. */
  readonly find: (kid: Uint8Array) => KeyPair | undefined;
  /** Adds the enclave key's signature over a receipt to the wallet's. */
  readonly cosign: (receipt: Uint8Array, wallet: Uint8Array) => Uint8Array;
  /** Whether the request behind an encapsulated key was answered in this process. */
  readonly answered: (body: Uint8Array) => boolean;
  /** It was. */
  readonly noteAnswered: (body: Uint8Array) => void;
  /** What is committed; undefined before there is evidence. */
  readonly commitment: () => KeyCommitment | undefined;
  /** Whether evidence is missing or old enough to be made anew, and was not tried just now. */
  readonly due: () => boolean;
  /** Makes evidence over a recent checkpoint. Throws what the environment throws; what was shown before stays. */
  readonly renew: (checkpoint: RecentCheckpoint) => Promise<void>;
  /** The chain names these keys: from now on they are given to buyers. */
  readonly open: () => void;
  /** Why nothing is served just now; undefined: requests are. */
  readonly closed: () => 'uncommitted' | 'expired' | undefined;
  /** What buyers are shown, as JSON: the published evidence, or a quote over a buyer's own nonce. */
  readonly describe: (nonce?: Uint8Array) => Promise<Readonly<Record<string, unknown>>>;
}

interface HourKey extends KeyPair {
  /** Encapsulated keys whose requests were answered; they go with the key. */
  readonly spent: Set<string>;
  readonly record: Uint8Array;
  readonly signature: Uint8Array;
  readonly kid: string;
  readonly notAfterMs: number;
}

interface Evidence {
  readonly binding: Uint8Array;
  readonly gpu: Uint8Array;
  readonly document: Uint8Array;
  readonly madeMs: number;
}

/** RFC 8410: the raw key follows 12 bytes. */
const rawEd25519 = (key: KeyObject): Uint8Array =>
  new Uint8Array(key.export({ format: 'der', type: 'spki' }).subarray(12));

const encOf = (body: Uint8Array): string => Buffer.from(sealedEnc(body)).toString('latin1');

/** Makes a channel with fresh keys. `now` is ms since 1970. */
export const createChannel = (environment: Environment, identity: ChannelIdentity, now: () => number): Channel => {
  const enclave = generateKeyPairSync('ed25519');
  const enclaveKey = rawEd25519(enclave.publicKey);
  const keys: HourKey[] = [];
  let evidence: Evidence | undefined;
  let committed = false;
  let triedMs = Number.NEGATIVE_INFINITY;

  const expiresMs = (): number => (evidence?.madeMs ?? 0) + EVIDENCE_MS;
  const addKey = (): void => {
    const pair = makeX25519();
    const notAfterMs = Math.min(now() + KEY_MS, expiresMs());
    const record = channelKeyLayout.encode({
      ...identity,
      key: pair.publicKey,
      notBeforeMs: BigInt(now() - SKEW_MS),
      notAfterMs: BigInt(notAfterMs),
    });
    const signature = signRaw(enclave.privateKey, record);
    keys.unshift({ ...pair, spent: new Set(), record, signature, kid: toHex(channelKid(record)), notAfterMs });
  };
  /** Keys buyers may seal to, the newest first; there is none once the evidence has expired. */
  const current = (): readonly HourKey[] => {
    while (keys.length > 0 && (keys.at(-1) as HourKey).notAfterMs + SKEW_MS < now()) keys.pop();
    const newest = keys[0]?.notAfterMs ?? 0;
    if (expiresMs() > now() && newest - now() < OVERLAP_MS && newest < expiresMs()) addKey();
    return keys.filter(({ notAfterMs }) => notAfterMs > now());
  };
  const documentOver = async (binding: Uint8Array, gpu: Uint8Array, nonce: Uint8Array): Promise<Uint8Array> => {
    const quoted = await environment.quote(reportData(binding, nonce));
    return documentLayout.encode({ binding, gpu, nonce, ...quoted });
  };
  const renew = async (checkpoint: RecentCheckpoint): Promise<void> => {
    triedMs = now();
    const gpu = await environment.gpu(gpuNonce(enclaveKey, checkpoint.digest));
    const binding = bindingLayout.encode({
      ...identity,
      enclaveKey,
      kind: environment.kind,
      gpuHash: gpuHash(gpu),
      weightsRoot: environment.weightsRoot,
      configHash: environment.configHash,
      checkpoint: checkpoint.sequence,
      checkpointDigest: checkpoint.digest,
    });
    const document = await documentOver(binding, gpu, new Uint8Array(EVIDENCE_NONCE_BYTES));
    evidence = { binding, gpu, document, madeMs: now() };
  };
  const find = (kid: Uint8Array): HourKey | undefined => {
    current();
    const name = toHex(kid);
    return keys.find((key) => key.kid === name);
  };
  const spentOf = (body: Uint8Array): Set<string> | undefined => {
    const kid = sealedKid(body);
    return kid && find(kid)?.spent;
  };
  return {
    kind: environment.kind,
    label: environment.label,
    find,
    cosign: (receipt, wallet) => pairSignatures(wallet, enclaveKey, signRaw(enclave.privateKey, receipt)),
    answered: (body) => spentOf(body)?.has(encOf(body)) ?? false,
    noteAnswered: (body) => void spentOf(body)?.add(encOf(body)),
    commitment: () =>
      evidence && { keyHash: enclaveKeyHash(enclaveKey), evidenceHash: evidenceHash(evidence.document) },
    due: () => now() - triedMs >= RETRY_MS && (evidence === undefined || now() - evidence.madeMs > RENEW_MS),
    renew,
    open: () => {
      committed = true;
    },
    closed: () => (committed ? (current().length > 0 ? undefined : 'expired') : 'uncommitted'),
    describe: async (nonce) => ({
      node: String(identity.node),
      kind: environment.kind,
      label: environment.label,
      enclave_key: toHex(enclaveKey),
      document:
        evidence === undefined
          ? null
          : toBase64(nonce ? await documentOver(evidence.binding, evidence.gpu, nonce) : evidence.document),
      expires_ms: expiresMs(),
      channel_keys: committed
        ? current().map(({ record, signature }) => ({ record: toBase64(record), signature: toBase64(signature) }))
        : [],
    }),
  };
};
