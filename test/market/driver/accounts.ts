import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { blake2b256, toHex } from '@atoma/base';

/** DER prefix of an Ed25519 private key in PKCS#8 (RFC 8410). */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A person of a test: a name and a fixed key. */
export interface Account {
  readonly name: string;
  /** 64 hex digits. */
  readonly address: string;
  /** Seed of the key, 32 bytes. */
  readonly secret: Uint8Array;
  /** Flag, signature and public key over a transaction. */
  readonly sign: (transaction: Uint8Array) => Uint8Array;
}

const signWith = (key: KeyObject, publicKey: Uint8Array, transaction: Uint8Array): Uint8Array =>
  Buffer.concat([Buffer.of(0), sign(null, blake2b256(new Uint8Array(3), transaction), key), publicKey]);

/** The account of a name, always the same. Signs through OpenSSL, 25 times as fast as in JavaScript. */
export const accountOf = (name: string): Account => {
  const secret = blake2b256(Buffer.from(`account ${name}`, 'utf8'));
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, secret]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const publicKey = new Uint8Array(spki.subarray(-32));
  return {
    name,
    address: toHex(blake2b256(new Uint8Array(1), publicKey)),
    secret,
    sign: (transaction) => signWith(key, publicKey, transaction),
  };
};
