/** Numbers that follow a seed: which nodes collude, what a forged history looks like. The contract's own draws come from the ledger. */
import { blake2b256 } from '@atoma/base';

const utf8 = new TextEncoder();

/** 32 bytes that depend on all parts. */
export const hashOf = (...parts: readonly (string | number | bigint)[]): Uint8Array =>
  blake2b256(utf8.encode(parts.join(' ')));

const wordOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);

/** `count` of `items`, every subset as likely (to 2^-32). */
export const pick = <Item>(
  items: readonly Item[],
  count: number,
  ...seed: readonly (string | number | bigint)[]
): readonly Item[] => {
  const left = [...items];
  for (let i = 0; i < Math.min(count, left.length); i++) {
    const at = i + (wordOf(hashOf('pick', i, ...seed)) % (left.length - i));
    [left[i], left[at]] = [left[at] as Item, left[i] as Item];
  }
  return left.slice(0, count);
};
