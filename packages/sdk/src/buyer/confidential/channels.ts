/** Whether a node's confidential environment may be trusted, and what to seal a request to: asked before anything is sent. */
import { randomBytes } from 'node:crypto';
import { isAtomaError, toHex } from '@atoma/base';
import { equalBytes } from '../../values/bytes.ts';
import { type Json, record } from '../../wire/json.ts';
import { type ChannelKeyRecord, channelKeyLayout, channelKid } from '../../wire/sealed/channel-key.ts';
import { type Binding, EVIDENCE_NONCE_BYTES, type EvidenceKindName, verifyRaw } from '../../wire/sealed/evidence.ts';
import type { BuyerContext } from '../context.ts';
import { inquire } from '../inquiry.ts';
import type { OwnStack } from '../stack-book.ts';
import { askWhole } from '../transport/whole.ts';
import type { BuyerPolicy } from '../types.ts';
import { bytesOf, type ConfidentialPolicy, createEvidenceCheck, type Refused, refused, type Trusted } from './check.ts';
import { createKeeper, type Keeper } from './keep.ts';

/** What a request to a node is sealed to, and who signs its receipt beside the wallet. */
export interface OpenChannel {
  readonly kid: Uint8Array;
  /** X25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** Ed25519, 32 bytes. */
  readonly enclaveKey: Uint8Array;
  readonly kind: EvidenceKindName;
  /** Said with every answer; null: nothing is to be said. */
  readonly label: string | null;
}

/** A channel, or why there is none, in a sentence. */
export type ChannelOutcome = { readonly kind: 'open'; readonly channel: OpenChannel } | Refused;

/** The stack a node is met for. */
type Met = Pick<OwnStack, 'node' | 'stack' | 'digest'>;

/** Channels to the nodes of a buyer. */
export interface Channels {
  readonly find: (own: Met) => Promise<ChannelOutcome>;
  /** Why what a node has published would be refused, before a stack is bought; undefined: it would not. */
  readonly preview: (node: bigint) => Promise<string | undefined>;
  /** What is kept of sealed requests. */
  readonly keeper: Keeper;
  /** A key was refused: the next question asks the node again. */
  readonly forget: (node: bigint) => void;
}

/** A key is not used in its last minute, ms. */
const LAST_MS = 60_000;
const PROBE_MS = 10_000;

interface HourKey {
  readonly kid: Uint8Array;
  readonly record: ChannelKeyRecord;
}

/** Keys the environment signed for this node, the one that holds longest first; what is not signed is left out. */
const signedKeys = (json: Readonly<Record<string, unknown>>, binding: Binding): readonly HourKey[] => {
  const rows = Array.isArray(json.channel_keys) ? json.channel_keys : [];
  const found = rows.map(record).flatMap((row): readonly HourKey[] => {
    const bytes = bytesOf(row.record);
    if (!verifyRaw(binding.enclaveKey, bytes, bytesOf(row.signature))) return [];
    const key = channelKeyLayout.decode(bytes);
    const own = equalBytes(key.chainId, binding.chainId) && equalBytes(key.packageId, binding.packageId);
    return own && key.node === binding.node ? [{ kid: channelKid(bytes), record: key }] : [];
  });
  return found.sort((a, b) => Number(b.record.notAfterMs - a.record.notAfterMs));
};

const NO_POLICY = 'no policy says which evidence is accepted';
const whyUnreadable = (error: unknown): string =>
  isAtomaError(error, 'WIRE_MALFORMED')
    ? `its evidence cannot be read: ${error.details.why}`
    : (error as Error).message;
const whyNone = (json: Readonly<Record<string, unknown>>, status: number): string =>
  String(record(json.error).message ?? `it answers ${status} when asked for evidence`);

type ChannelsContext = Pick<BuyerContext, 'atoma' | 'ids' | 'signer' | 'send' | 'now' | 'directory'> &
  Pick<BuyerPolicy, 'cacheMs'>;

/** What a node shows to everybody. */
const published = async ({ directory, send }: ChannelsContext, node: bigint): Promise<Json> => {
  const url = (await directory.status(node))?.node.url ?? '';
  return (await askWhole(send, { url, path: '/v1/evidence', method: 'GET', headers: {}, timeoutMs: PROBE_MS })).json;
};

/** What came of {@link Channels.preview}, believed as long as what nodes say about themselves. */
const createPreviews = (context: ChannelsContext, judge: ReturnType<typeof createEvidenceCheck>) => {
  const seen = new Map<bigint, { readonly untilMs: number; readonly why: Promise<string | undefined> }>();
  /** Why what a node has published would be refused. */
  const refusalOf = async (node: bigint): Promise<string | undefined> => {
    try {
      const json = await published(context, node);
      if (json.error !== undefined) return whyNone(json, 0);
      const outcome = await judge(bytesOf(json.document), new Uint8Array(EVIDENCE_NONCE_BYTES), node);
      return 'kind' in outcome ? outcome.why : undefined;
    } catch (error) {
      return whyUnreadable(error);
    }
  };
  return {
    find: (node: bigint): Promise<string | undefined> => {
      const known = seen.get(node);
      if (known && known.untilMs > context.now()) return known.why;
      const why = refusalOf(node);
      seen.set(node, { untilMs: context.now() + context.cacheMs, why });
      return why;
    },
    forget: (node: bigint): void => void seen.delete(node),
  };
};

/** Makes the channels. `policy` absent: nothing at level 2 is sent anywhere. */
export const createChannels = (context: ChannelsContext, policy: ConfidentialPolicy | undefined): Channels => {
  const { now } = context;
  const trusted = new Map<bigint, Trusted>();
  const keys = new Map<bigint, readonly HourKey[]>();
  const asking = new Map<bigint, Promise<ChannelOutcome>>();
  const judge = createEvidenceCheck(context, policy);
  const previews = createPreviews(context, judge);

  const meet = async ({ node, stack, digest }: Met): Promise<Trusted | Refused> => {
    const nonce = new Uint8Array(randomBytes(EVIDENCE_NONCE_BYTES));
    const path = `/v1/stacks/${stack}/evidence?nonce=${toHex(nonce)}`;
    const { status, json } = await inquire(context, { node, stack, path, purchase: digest });
    if (status !== 200) return refused(whyNone(json, status));
    const outcome = await judge(bytesOf(json.document), nonce, node);
    if ('kind' in outcome) return outcome;
    trusted.set(node, outcome);
    keys.set(node, signedKeys(json, outcome.binding));
    return outcome;
  };

  const usable = (node: bigint): HourKey | undefined => {
    const time = BigInt(now() + LAST_MS);
    return keys.get(node)?.find(({ record: { notBeforeMs, notAfterMs } }) => notBeforeMs <= time && notAfterMs > time);
  };

  /** The keys of the next hour come without a quote: the enclave key that is trusted signs them. */
  const renew = async (node: bigint, { binding }: Trusted): Promise<void> => {
    keys.set(node, signedKeys(await published(context, node), binding));
  };

  const look = async (own: Met): Promise<ChannelOutcome> => {
    const { node } = own;
    try {
      let known = trusted.get(node);
      if (known && known.untilMs > now() && !usable(node)) await renew(node, known);
      if (!known || known.untilMs <= now() || !usable(node)) {
        const met = await meet(own);
        if ('kind' in met) return met;
        known = met;
      }
      const key = usable(node);
      if (!key) return refused('it shows no channel key that holds now');
      const { binding, label } = known;
      return {
        kind: 'open',
        channel: {
          kid: key.kid,
          publicKey: key.record.key,
          enclaveKey: binding.enclaveKey,
          kind: binding.kind as EvidenceKindName,
          label,
        },
      };
    } catch (error) {
      return refused(whyUnreadable(error));
    }
  };

  return {
    find: async (own) => {
      if (!policy) return refused(NO_POLICY);
      const { node } = own;
      const flying = asking.get(node) ?? look(own).finally(() => asking.delete(node));
      asking.set(node, flying);
      return flying;
    },
    preview: async (node) => {
      if (!policy) return NO_POLICY;
      if ((trusted.get(node)?.untilMs ?? 0) > now()) return undefined;
      return previews.find(node);
    },
    keeper: createKeeper(context.signer, policy?.forget),
    forget: (node) => {
      keys.delete(node);
      trusted.delete(node);
      previews.forget(node);
    },
  };
};
