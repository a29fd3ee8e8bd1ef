/** Integer arithmetic of the profile `atoma-int/3`. Equal on every machine: 32-bit operations and exact integers only. */

/** Mixes all bits of a 32-bit integer (the finalizer of MurmurHash3). */
export const mix32 = (value: number): number => {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
};

/** Number `step` of the stream of `seed` and `lane`: a counter-based generator, so any place can be computed alone. */
export const draw = (seed: number, lane: number, step: number): number =>
  mix32(mix32(mix32(seed) ^ Math.imul(lane + 1, 0x9e3779b1)) + Math.imul(step + 1, 0x85ebca77));

/** FNV-1a over char codes, then mixed. */
export const hashText = (text: string): number => {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix32(h);
};

/** Largest integer whose square does not exceed `value` (Newton on bigints). */
export const integerRoot = (value: bigint): bigint => {
  if (value < 2n) return value;
  let x = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (let next = (x + value / x) >> 1n; next < x; next = (x + value / x) >> 1n) x = next;
  return x;
};
