/**
 * HPKE of RFC 9180 in base mode, one suite: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM. One message each way of use: a context
 * seals or opens once, with sequence number 0, and exports.
 */
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hash,
  type KeyObject,
} from 'node:crypto';
import { wireError } from '../wire-errors.ts';
import { isZero } from './inner.ts';

/** Bytes of a public key, and of the encapsulated key that travels with a message. */
export const KEY_BYTES = 32;
/** Bytes AES-GCM adds. */
export const TAG_BYTES = 16;

const [AEAD_KEY_BYTES, NONCE_BYTES, HASH_BYTES] = [16, 12, 32];
const ascii = (text: string): Buffer => Buffer.from(text, 'latin1');
const NONE = Buffer.alloc(0);
const KEM = Buffer.concat([ascii('KEM'), Buffer.of(0x00, 0x20)]);
const SUITE = Buffer.concat([ascii('HPKE'), Buffer.of(0x00, 0x20, 0x00, 0x01, 0x00, 0x01)]);
/** RFC 8410: an X25519 key up to its 32 bytes. */
const [SPKI, PKCS8] = [
  Buffer.from('302a300506032b656e032100', 'hex'),
  Buffer.from('302e020100300506032b656e04220420', 'hex'),
];

const BLOCK_BYTES = 64;
const sha256 = (...parts: readonly Uint8Array[]): Buffer => hash('sha256', Buffer.concat(parts), 'buffer');
const padded = (key: Uint8Array, pad: number): Uint8Array => {
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  for (let i = 0; i < key.length; i++) block[i] = (key[i] as number) ^ pad;
  return block;
};

/** HMAC-SHA-256 (RFC 2104) of two one-shot hashes: a sixth of the time of the library's HMAC objects, which are made for long messages. */
const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Buffer => {
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  return sha256(padded(short, 0x5c), sha256(padded(short, 0x36), ...parts));
};

/** HKDF-Extract with SHA-256; 32 bytes. */
export const extract = (salt: Uint8Array, ikm: Uint8Array): Uint8Array => hmac(salt, ikm);

/** HKDF-Expand with SHA-256 to at most 32 bytes. */
export const expand = (prk: Uint8Array, info: Uint8Array, length: number): Uint8Array =>
  hmac(prk, info, Buffer.of(1)).subarray(0, length);

const labeledExtract = (suite: Uint8Array, salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array =>
  hmac(salt, ascii('HPKE-v1'), suite, ascii(label), ikm);

const labeledExpand = (
  suite: Uint8Array,
  prk: Uint8Array,
  label: string,
  info: Uint8Array,
  length: number,
): Uint8Array =>
  expand(
    prk,
    Buffer.concat([Buffer.of(length >> 8, length & 0xff), ascii('HPKE-v1'), suite, ascii(label), info]),
    length,
  );

/** In base mode the context's first part is always the same. */
const NO_PSK = Buffer.concat([Buffer.of(0), labeledExtract(SUITE, NONE, 'psk_id_hash', NONE)]);

/** A public key from its 32 bytes. */
const x25519Public = (raw: Uint8Array): KeyObject =>
  createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' });

/** A private key from its 32 bytes. */
export const x25519Private = (raw: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PKCS8, raw]), format: 'der', type: 'pkcs8' });

/** The 32 bytes of the public half. */
export const rawPublic = (key: KeyObject): Uint8Array =>
  new Uint8Array(
    (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'der', type: 'spki' }).subarray(SPKI.length),
  );

/** A key pair nobody else has. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** Makes an X25519 key pair. */
export const makeX25519 = (): KeyPair => {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return { privateKey, publicKey: rawPublic(publicKey) };
};

/** Throws `WIRE_SEALED` for a point of low order: the secret would be known to everybody. */
const shared = (privateKey: KeyObject, publicKey: Uint8Array): Uint8Array => {
  try {
    const secret = diffieHellman({ privateKey, publicKey: x25519Public(publicKey) });
    if (!isZero(secret)) return secret;
  } catch {
    // The library refuses such points by itself.
  }
  throw wireError('SEALED', { why: 'its key is not usable' });
};

/** What sealing and opening share: one key for the message, and secrets derived beside it. */
export interface HpkeContext {
  readonly seal: (plain: Uint8Array, aad?: Uint8Array) => Uint8Array;
  /** Throws `WIRE_SEALED` when a bit of the message, of `info` or of a key differs. */
  readonly open: (sealed: Uint8Array, aad?: Uint8Array) => Uint8Array;
  /** 32 bytes that both sides can derive, by name. */
  readonly export: (name: string) => Uint8Array;
}

/** Encrypts with AES-128-GCM; the tag follows the text. A key as an object, even one made for the purpose, takes a fourth of the time of its bytes. */
export const gcmSeal = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array, plain: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-128-gcm', createSecretKey(key), nonce);
  cipher.setAAD(aad);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};

/** Decrypts what {@link gcmSeal} made; undefined when anything differs. */
export const gcmOpen = (
  key: Uint8Array,
  nonce: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Buffer | undefined => {
  if (sealed.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv('aes-128-gcm', createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
  } catch {
    return undefined;
  }
};

const schedule = (secret: Uint8Array, enc: Uint8Array, recipient: Uint8Array, info: Uint8Array): HpkeContext => {
  const eae = labeledExtract(KEM, NONE, 'eae_prk', secret);
  const kem = labeledExpand(KEM, eae, 'shared_secret', Buffer.concat([enc, recipient]), HASH_BYTES);
  const context = Buffer.concat([NO_PSK, labeledExtract(SUITE, NONE, 'info_hash', info)]);
  const prk = labeledExtract(SUITE, kem, 'secret', NONE);
  const key = labeledExpand(SUITE, prk, 'key', context, AEAD_KEY_BYTES);
  const nonce = labeledExpand(SUITE, prk, 'base_nonce', context, NONCE_BYTES);
  const exporter = labeledExpand(SUITE, prk, 'exp', context, HASH_BYTES);
  return {
    seal: (plain, aad = NONE) => gcmSeal(key, nonce, aad, plain),
    open: (sealed, aad = NONE) => {
      const plain = gcmOpen(key, nonce, aad, sealed);
      if (!plain) throw wireError('SEALED', { why: 'it was changed, or sealed for another request or key' });
      return plain;
    },
    export: (name) => labeledExpand(SUITE, exporter, 'sec', ascii(name), HASH_BYTES),
  };
};

/** SetupBaseS: for the holder of `recipient`'s private half. `ephemeral` is random unless a test vector names it. */
export const setupSender = (
  recipient: Uint8Array,
  info: Uint8Array,
  ephemeral?: KeyObject,
): { readonly enc: Uint8Array; readonly context: HpkeContext } => {
  const { privateKey, publicKey: enc } =
    ephemeral === undefined ? makeX25519() : { privateKey: ephemeral, publicKey: rawPublic(ephemeral) };
  return { enc, context: schedule(shared(privateKey, recipient), enc, recipient, info) };
};

/** SetupBaseR. Throws `WIRE_SEALED` for an encapsulated key of low order. */
export const setupRecipient = (own: KeyPair, enc: Uint8Array, info: Uint8Array): HpkeContext =>
  schedule(shared(own.privateKey, enc), enc, own.publicKey, info);
