/**
 * Which values of a row are sketched: value i of m is a difference of two logits at position floor(i T / m) of the T positions of a
 * choice, of two ids that the request's hash draws from the ids a model was trained on. While an answer is made T is not known yet; at
 * position p it is above p, so ceil(m / (p + 1)) pairs are enough there.
 */
import { blake2b256 } from '@atoma/base';

const DRAW = 0x13;

/** Two different ids. */
export type Pair = readonly [number, number];

/** Pairs that may be needed at a position when nobody knows yet how many there will be. */
export const pairsNeeded = (values: number, position: number): number => Math.ceil(values / (position + 1));

/**
 * Pairs `0 .. count - 1` of a position: ids at LE-u32 of bytes 0..3 and 4..7 of H(0x13 || challenge || u32le choice || u32le position ||
 * u32le pair), modulo the ids there are, the second past the first.
 */
export const pairsAt = (
  challenge: Uint8Array,
  choice: number,
  position: number,
  count: number,
  live: readonly number[],
): readonly Pair[] => {
  const input = new Uint8Array(1 + challenge.length + 12);
  const view = new DataView(input.buffer);
  input[0] = DRAW;
  input.set(challenge, 1);
  view.setUint32(1 + challenge.length, choice, true);
  view.setUint32(5 + challenge.length, position, true);
  return Array.from({ length: count }, (_, pair) => {
    view.setUint32(9 + challenge.length, pair, true);
    const drawn = new DataView(blake2b256(input).buffer);
    const a = drawn.getUint32(0, true) % live.length;
    const b = drawn.getUint32(4, true) % (live.length - 1);
    return [live[a] as number, live[b >= a ? b + 1 : b] as number];
  });
};

/** Where value i lies: its position, and which pair of that position it is. */
export const placeOf = (i: number, positions: number, values: number): readonly [position: number, pair: number] => {
  const position = Math.floor((i * positions) / values);
  return [position, i - Math.ceil((position * values) / positions)];
};
