import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';
import type { Address } from '@atoma/move-engine';

/** BLAKE2b-256 over the seed and a label: independent values for each use of the one seed. */
export const derive = (seed: Uint8Array, label: string, ...numbers: readonly number[]): Uint8Array => {
  const suffix = Buffer.alloc(numbers.length * 8);
  numbers.forEach((number, i) => {
    suffix.writeBigUInt64LE(BigInt(number), i * 8);
  });
  return blake2b256(seed, Buffer.from(`::${label}::`, 'utf8'), suffix);
};

/** DER prefix of an Ed25519 private key in PKCS#8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The ledger's own Ed25519 account: holds the treasury and signs faucet transfers. */
export interface Treasury {
  readonly address: Address;
  /** Serialized signature (flag, signature, public key) over a transaction. */
  readonly signTransaction: (transaction: Uint8Array) => Uint8Array;
}

/** Message that signatures of transactions cover: BLAKE2b-256 of intent (0, 0, 0) and the transaction. */
export const signingMessage = (transaction: Uint8Array): Uint8Array => blake2b256(new Uint8Array(3), transaction);

/** The treasury's account, made from the ledger's seed. */
export const treasuryOf = (seed: Uint8Array): Treasury => {
  const secret = Buffer.concat([PKCS8, derive(seed, 'treasury')]);
  const key = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(spki.subarray(-32));
  return {
    address: toHex(blake2b256(new Uint8Array(1), publicKey)),
    signTransaction: (transaction) =>
      Buffer.concat([Buffer.of(0), sign(null, signingMessage(transaction), key), publicKey]),
  };
};
