/** What a leaf covers of the work of an engine that repeats its answers bit by bit. */
import { blake2b256 } from '@atoma/base';

const EXACT = 0x1b;

/**
 * digest = H(0x1b || each integer as i64le), of the whole numbers an exact engine computed on the way to its answer. Whoever runs the
 * request again arrives at the same ones; who only guesses a short answer (`yes`, `no`) does not know them.
 */
export const exactDigest = (integers: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(1 + integers.length * 8);
  const view = new DataView(bytes.buffer);
  bytes[0] = EXACT;
  for (const [i, n] of integers.entries()) view.setBigInt64(1 + i * 8, BigInt(n), true);
  return blake2b256(bytes);
};
