/**
 * The key of the confidential channel: made here, sealed at rest under a secret that follows from the wallet key, its hash committed
 * on chain and renewed before the commitment grows stale.
 */
import { generateKeyPairSync } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';
import { equalBytes, fromBase64, getNode, type MessageSigner, toBase64 } from '@atoma/sdk';
import { frozenBytes } from '../settle/calls.ts';
import type { SettleContext } from '../settle/context.ts';
import { openOutbox } from '../settle/outbox.ts';
import { aesSeal } from '../store/seal.ts';

/** Epochs a commitment counts as fresh (protocol, section 4), and the age at which it is renewed. */
export const FRESH_EPOCHS = 30n;
const RENEW_AT = 24n;
/** Keys kept: the one on chain, the one on its way there, and the one before, for requests sealed to it. */
const KEPT = 3;
const SETTING = 'channel_keys';
const SEAL_PURPOSE = new TextEncoder().encode('atoma/channel-key-seal/v1');

/** What is known of the committed key. */
export interface ChannelKey {
  /** H of the X25519 public key, 32 bytes. */
  readonly hash: Uint8Array;
  readonly committedEpoch: bigint;
  /** Epochs since. */
  readonly age: bigint;
  /** Epoch from which it is renewed. */
  readonly renewEpoch: bigint;
  /** Whether the private half lies in this database. */
  readonly held: boolean;
}

interface StoredKey {
  /** Raw X25519 public key, base64. */
  readonly publicKey: string;
  /** PKCS#8 private key, sealed, base64. */
  readonly sealed: string;
}

const sealerOf = (signer: MessageSigner) => aesSeal(blake2b256(signer.sign(SEAL_PURPOSE)));

const storedKeys = async ({ node }: SettleContext): Promise<readonly StoredKey[]> =>
  JSON.parse((await node.store.getSetting(SETTING)) ?? '[]') as StoredKey[];

const hashOf = (key: StoredKey): Uint8Array => blake2b256(fromBase64(key.publicKey) as Uint8Array);

/** The committed key as the chain has it. */
export const readChannelKey = async (settle: SettleContext, epoch: bigint): Promise<ChannelKey | undefined> => {
  const { keyHash, keyEpoch } = await getNode(settle.atoma, { nodeSmallId: settle.nodeId });
  if (keyHash === null || keyEpoch === null) return undefined;
  const held = (await storedKeys(settle)).some((key) => equalBytes(hashOf(key), keyHash));
  return { hash: keyHash, committedEpoch: keyEpoch, age: epoch - keyEpoch, renewEpoch: keyEpoch + RENEW_AT, held };
};

/** The private half of a key, PKCS#8; undefined when it is not held. */
export const openChannelKey = async (settle: SettleContext, hash: Uint8Array): Promise<Uint8Array | undefined> => {
  const key = (await storedKeys(settle)).find((each) => equalBytes(hashOf(each), hash));
  return key && sealerOf(settle.node.identity.signer).open(fromBase64(key.sealed) as Uint8Array);
};

const makeKey = (signer: MessageSigner): StoredKey => {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = Buffer.from(String(publicKey.export({ format: 'jwk' }).x), 'base64url');
  const secret = privateKey.export({ format: 'der', type: 'pkcs8' });
  return { publicKey: toBase64(raw), sealed: toBase64(sealerOf(signer).seal(secret)) };
};

/** Makes and commits a key when there is none, when it grows old, or when its private half is lost. It is stored before it is committed. */
export const keepChannelKey = async (settle: SettleContext, epoch: bigint): Promise<void> => {
  const { store, now, identity } = settle.node;
  if ((await store.listOutbox(openOutbox)).some((row) => row.kind === 'key')) return;
  const current = await readChannelKey(settle, epoch);
  if (current?.held && epoch < current.renewEpoch) return;
  const made = makeKey(identity.signer);
  await store.putSetting(SETTING, JSON.stringify([made, ...(await storedKeys(settle))].slice(0, KEPT)));
  const hash = hashOf(made);
  // no hardware evidence exists for this key: the reserved zero hash says so
  const frozen = { keyHash: frozenBytes(hash), evidenceHash: frozenBytes(new Uint8Array(32)) };
  await store.putIntent('key', toHex(hash), JSON.stringify(frozen), now());
};
