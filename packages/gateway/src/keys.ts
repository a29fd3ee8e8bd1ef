/** API keys: `atk_<id>_<secret>`. Only a hash of the secret is ever stored. */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Bytes of a key's public name and of its secret. */
const [ID_BYTES, SECRET_BYTES] = [8, 32];

const pattern = /^atk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;

/** A new key. `text` is shown once. */
export interface MadeKey {
  /** 16 hex digits. */
  readonly id: string;
  readonly text: string;
  /** The part of it that is not public. */
  readonly secret: string;
  /** SHA-256 of the secret, 32 bytes. */
  readonly secretHash: Uint8Array;
}

/** SHA-256 of a secret. It has 256 random bits, so a slow hash would add nothing. */
export const hashSecret = (secret: string): Uint8Array => new Uint8Array(hash('sha256', secret, 'buffer'));

/** A key as its owner holds it. */
export const keyText = (id: string, secret: string): string => `atk_${id}_${secret}`;

/** Makes a key. */
export const makeKey = (): MadeKey => {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { id, secret, text: keyText(id, secret), secretHash: hashSecret(secret) };
};

/** Takes a key apart; undefined for anything that is not one. */
export const parseKey = (text: string): { readonly id: string; readonly secret: string } | undefined => {
  const found = pattern.exec(text);
  return found ? { id: found[1] as string, secret: found[2] as string } : undefined;
};

/** Compared with when the id is unknown, so that both cases take the same time. */
const nobody = hashSecret(randomBytes(SECRET_BYTES).toString('base64url'));

/** Whether the secret belongs to the stored hash, in constant time; with an undefined hash always false, and as slowly. */
export const secretMatches = (secret: string, secretHash: Uint8Array | undefined): boolean => {
  const equal = timingSafeEqual(hashSecret(secret), secretHash ?? nobody);
  return equal && secretHash !== undefined;
};
