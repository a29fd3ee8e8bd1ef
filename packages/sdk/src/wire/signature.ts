/** Sui personal messages: digest, signing and verification. Ed25519 goes through Node's crypto where there is one, the rest through @mysten/sui. */
import type { KeyObject } from 'node:crypto';
import { blake2b256, fromHex, toHex } from '@atoma/base';
import { decodeSuiPrivateKey, type Signer } from '@mysten/sui/cryptography';
import { fromBase64, toBase64 } from './headers.ts';
import { ulebBytes } from './layout.ts';
import { wireError } from './wire-errors.ts';

/** Intent of a personal message: scope 3, version 0, app 0. */
const PERSONAL_MESSAGE = Uint8Array.of(3, 0, 0);
/** Keys kept as parsed objects; parsing costs about as much as a verification. */
const MAX_CACHED_KEYS = 4096;

const schemes: Readonly<Record<number, { readonly name: Scheme; readonly keyBytes: number }>> = {
  0: { name: 'ed25519', keyBytes: 32 },
  1: { name: 'secp256k1', keyBytes: 33 },
  2: { name: 'secp256r1', keyBytes: 33 },
};
const refusedSchemes: Readonly<Record<number, string>> = { 3: 'multisig', 5: 'zkLogin', 6: 'passkey' };

/** Signature schemes that are accepted. */
export type Scheme = 'ed25519' | 'secp256k1' | 'secp256r1';

/** H(0x03 0x00 0x00 || uleb128(len) || message); 32 bytes, what is signed. */
export const personalMessageDigest = (message: Uint8Array): Uint8Array =>
  blake2b256(PERSONAL_MESSAGE, ulebBytes(message.length), message);

/** A serialized Sui signature taken apart. */
export interface ParsedSignature {
  readonly scheme: Scheme;
  /** 64 bytes. */
  readonly signature: Uint8Array;
  /** 32 bytes, or 33 compressed. */
  readonly publicKey: Uint8Array;
  /** Sui address of the public key, `0x` and 64 hex digits. */
  readonly address: string;
  /** All bytes, flag first. */
  readonly serialized: Uint8Array;
}

/** Takes flag || signature || public key apart. Throws `WIRE_SIGNATURE_MALFORMED` and `WIRE_SIGNATURE_SCHEME`. */
export const parseSignature = (serialized: Uint8Array): ParsedSignature => {
  const flag = serialized[0];
  if (flag === undefined) throw wireError('SIGNATURE_MALFORMED', { why: 'it is empty' });
  const scheme = schemes[flag];
  if (!scheme) throw wireError('SIGNATURE_SCHEME', { scheme: refusedSchemes[flag] ?? `0x${flag.toString(16)}` });
  const length = 65 + scheme.keyBytes;
  if (serialized.length !== length)
    throw wireError('SIGNATURE_MALFORMED', {
      why: `a ${scheme.name} signature has ${length} bytes, not ${serialized.length}`,
    });
  const publicKey = serialized.slice(65);
  return {
    scheme: scheme.name,
    signature: serialized.slice(1, 65),
    publicKey,
    address: `0x${toHex(blake2b256(serialized.subarray(0, 1), publicKey))}`,
    serialized,
  };
};

/** Node's crypto, several times faster than what a browser has. */
const node = (globalThis.process as typeof process | undefined)?.getBuiltinModule?.('node:crypto');
type NodeCrypto = NonNullable<typeof node>;

const keys = new Map<string, KeyObject>();

const ed25519Key = ({ createPublicKey }: NodeCrypto, publicKey: Uint8Array): KeyObject => {
  const name = globalThis.Buffer.from(publicKey).toString('base64url');
  const known = keys.get(name);
  if (known) return known;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: name }, format: 'jwk' });
  if (keys.size >= MAX_CACHED_KEYS) keys.delete(keys.keys().next().value as string);
  keys.set(name, key);
  return key;
};

/** Whether an ed25519 signature belongs to the personal message. In Node; {@link verifyPersonalMessage} is for everywhere. */
export const verifyEd25519 = (message: Uint8Array, parsed: ParsedSignature): boolean => {
  const crypto = node as NodeCrypto;
  return crypto.verify(null, personalMessageDigest(message), ed25519Key(crypto, parsed.publicKey), parsed.signature);
};

/** Whether the signature, of any accepted scheme, belongs to the personal message. */
export const verifyPersonalMessage = async (message: Uint8Array, parsed: ParsedSignature): Promise<boolean> => {
  if (parsed.scheme === 'ed25519' && node) return verifyEd25519(message, parsed);
  const { verifyPersonalMessageSignature } = await import('@mysten/sui/verify');
  try {
    await verifyPersonalMessageSignature(message, toBase64(parsed.serialized));
    return true;
  } catch {
    return false;
  }
};

/** Whether a raw Ed25519 signature (64 bytes) of a key (32 bytes) belongs to a message. */
export const verifyDetached = async (
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> => {
  try {
    if (node) return node.verify(null, message, ed25519Key(node, publicKey), signature);
    const { Ed25519PublicKey } = await import('@mysten/sui/keypairs/ed25519');
    return await new Ed25519PublicKey(publicKey).verify(message, signature);
  } catch {
    return false;
  }
};

/** Signs messages at once, without a promise: what a ledger transaction needs. */
export interface MessageSigner {
  /** `0x` and 64 hex digits. */
  readonly address: string;
  /** Signs as a Sui personal message; returns flag || signature || public key. */
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** PKCS#8 of an ed25519 key up to its 32 secret bytes (RFC 8410). */
const PKCS8_ED25519 = '302e020100300506032b657004220420';

/** The secret key a @mysten/sui keypair can export; hardware and remote signers cannot. */
const exportedSecret = (signer: Signer): Uint8Array | undefined => {
  const { getSecretKey } = signer as Signer & { readonly getSecretKey?: () => string };
  return getSecretKey ? decodeSuiPrivateKey(getSecretKey.call(signer)).secretKey : undefined;
};

/** The fast signer of an ed25519 keypair. Throws `WIRE_SIGNER_SCHEME` for other schemes and for keys that stay elsewhere. */
export const messageSigner = (signer: Signer): MessageSigner => {
  const scheme = signer.getKeyScheme();
  const secret = scheme === 'ED25519' ? exportedSecret(signer) : undefined;
  if (!secret) throw wireError('SIGNER_SCHEME', { scheme });
  const crypto = node as NodeCrypto; // who signs at once runs in Node
  const der = Buffer.concat([fromHex(PKCS8_ED25519) as Uint8Array, secret]);
  const key = crypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = signer.getPublicKey().toRawBytes();
  const serialize = (signature: Uint8Array): Uint8Array => {
    const bytes = new Uint8Array(97);
    bytes.set(signature, 1);
    bytes.set(publicKey, 65);
    return bytes;
  };
  return {
    address: signer.toSuiAddress(),
    sign: (message) => serialize(crypto.sign(null, personalMessageDigest(message), key)),
  };
};

const fastSigners = new WeakMap<Signer, MessageSigner>();

/** Signs a personal message with any Sui signer; returns flag || signature || public key. */
export const signMessage = async (signer: Signer, message: Uint8Array): Promise<Uint8Array> => {
  if (signer.getKeyScheme() === 'ED25519' && 'getSecretKey' in signer) {
    const fast = fastSigners.get(signer) ?? messageSigner(signer);
    fastSigners.set(signer, fast);
    return fast.sign(message);
  }
  const { signature } = await signer.signPersonalMessage(message);
  return fromBase64(signature) as Uint8Array;
};
