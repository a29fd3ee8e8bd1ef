import { blake2b } from '@noble/hashes/blake2.js';
import { createBLAKE2b, type IHasher } from 'hash-wasm';

let fast: IHasher | undefined;

/** Loads the WASM hasher (2-3 ms once per process, then about 17 times faster). Until then the pure-JS fallback serves. */
export const loadFastBlake2b = async (): Promise<void> => {
  fast ??= await createBLAKE2b(256);
};

const slowBlake2b256 = (parts: readonly Uint8Array[]): Uint8Array => {
  const hasher = blake2b.create({ dkLen: 32 });
  for (const part of parts) hasher.update(part);
  return hasher.digest();
};

/** BLAKE2b with 32 bytes of output over the concatenation of `parts` (RFC 7693, unkeyed). */
export const blake2b256 = (...parts: readonly Uint8Array[]): Uint8Array => {
  if (!fast) return slowBlake2b256(parts);
  fast.init();
  for (const part of parts) fast.update(part);
  return fast.digest('binary');
};

/** A BLAKE2b-256 over input that comes piece by piece. */
export interface Blake2bStream {
  readonly update: (part: Uint8Array) => void;
  /** 32 bytes; call once. */
  readonly digest: () => Uint8Array;
}

/** A hasher of its own for long input, so that it is never in memory as a whole. */
export const openBlake2b256 = async (): Promise<Blake2bStream> => {
  const hasher = (await createBLAKE2b(256)).init();
  return {
    update: (part) => {
      hasher.update(part);
    },
    digest: () => hasher.digest('binary'),
  };
};
