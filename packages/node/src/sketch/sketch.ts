/**
 * Secure sketches of real values (code-offset construction: Juels and Wattenberg 1999; Dodis, Reyzin and Smith 2004). Whoever computes
 * nearly the same values recovers the very integers of whoever made the sketch; the sketch alone does not tell them.
 *
 *   n_i = floor(v_i / q), r_i = the 4 bits behind the point of v_i / q, parity of BCH over the Gray codes of n_i mod 2^b
 *
 * Parameters: m values, step q, b bits of each integer in the code, t errors corrected over GF(2^w). A checker's value that is off by
 * e has floor(|e|/q + 1/2) wrong steps; each costs one bit of Gray code. What is public per value is r (4 bits of v/q), and the parity,
 * t x w bits a row: an attacker who knows v to within a spread s keeps about log2(s / q) - t w / m bits of doubt a value.
 */
import { type Bch, createBch } from './bch.ts';

/** What a sketch is made with. */
export interface SketchShape {
  /** Values of a row, m. */
  readonly values: number;
  /** q, in units of the values. */
  readonly step: number;
  /** b: bits of each integer that the code covers. At least 2: with one, an error of two steps would not show. */
  readonly lowBits: number;
  /** t. */
  readonly corrects: number;
  /** w. */
  readonly degree: number;
}

/** What is given away of a row. */
export interface Sketch {
  /** r_i, 0 to 15. */
  readonly remainders: Uint8Array;
  /** Bits. */
  readonly parity: Uint8Array;
}

const REMAINDERS = 16;

const codes = new Map<string, Bch>();

const codeOf = ({ degree, corrects }: SketchShape): Bch => {
  const key = `${degree}/${corrects}`;
  const code = codes.get(key) ?? createBch(degree, corrects);
  codes.set(key, code);
  return code;
};

/** Why a shape cannot be used; undefined when it can. */
export const shapeFault = (shape: SketchShape): string | undefined => {
  if (shape.lowBits < 2) return 'an integer needs two bits in the code at least, or errors of two steps would not show';
  const { longest } = codeOf(shape);
  const needed = shape.values * shape.lowBits;
  if (needed > longest) return `${shape.values} values of ${shape.lowBits} bits do not fit a code of ${longest} bits`;
  return undefined;
};

const modulo = (n: number, base: number): number => ((n % base) + base) % base;
const gray = (n: number): number => n ^ (n >> 1);
const fromGray = (code: number): number => {
  let n = code;
  for (let rest = code >> 1; rest > 0; rest >>= 1) n ^= rest;
  return n;
};

/** The bits the code covers, lowest of each integer first. */
const lowBitsOf = (integers: readonly number[], bits: number): Uint8Array => {
  const out = new Uint8Array(integers.length * bits);
  for (const [i, n] of integers.entries()) {
    const code = gray(modulo(n, 2 ** bits));
    for (let k = 0; k < bits; k++) out[i * bits + k] = (code >> k) & 1;
  }
  return out;
};

/** Sketches values; `integers` are the secret. */
export const sketchOf = (
  values: readonly number[],
  shape: SketchShape,
): { readonly integers: readonly number[]; readonly sketch: Sketch } => {
  const steps = values.map((value) => value / shape.step);
  const integers = steps.map(Math.floor);
  const remainders = Uint8Array.from(steps, (step, i) =>
    Math.min(REMAINDERS - 1, Math.floor((step - (integers[i] as number)) * REMAINDERS)),
  );
  return { integers, sketch: { remainders, parity: codeOf(shape).parity(lowBitsOf(integers, shape.lowBits)) } };
};

/** The integers behind a sketch, from values close to those it was made of; undefined where they are too far away. */
export const recover = (
  values: readonly number[],
  { remainders, parity }: Sketch,
  shape: SketchShape,
): readonly number[] | undefined => {
  const { lowBits } = shape;
  const near = values.map((value, i) => value / shape.step - ((remainders[i] as number) + 0.5) / REMAINDERS);
  const fixed = codeOf(shape).correct(lowBitsOf(near.map(Math.round), lowBits), parity);
  if (!fixed) return undefined;
  const base = 2 ** lowBits;
  return near.map((estimate, i) => {
    let code = 0;
    for (let k = 0; k < lowBits; k++) code |= (fixed[i * lowBits + k] as number) << k;
    const low = fromGray(code);
    // The nearest integer with these low bits.
    return Math.round((estimate - low) / base) * base + low;
  });
};

/** How far a value may lie from the server's: half a step, less what the rounding of the remainder adds. */
export const roomOf = ({ step }: Pick<SketchShape, 'step'>): number => step * (0.5 - 1 / (2 * REMAINDERS));

/** The value a sketch and its integer stand for, to within q / 32. */
export const middleOf = (integer: number, remainder: number, step: number): number =>
  step * (integer + (remainder + 0.5) / REMAINDERS);

/** Bytes of an encoded sketch. */
export const sketchBytes = (shape: SketchShape): number =>
  Math.ceil(shape.values / 2) + Math.ceil(codeOf(shape).parityBits / 8);

/** Two remainders a byte, low half first, then the parity, eight bits a byte, lowest first. */
export const encodeSketch = ({ remainders, parity }: Sketch): Uint8Array => {
  const head = Math.ceil(remainders.length / 2);
  const out = new Uint8Array(head + Math.ceil(parity.length / 8));
  for (const [i, r] of remainders.entries()) out[i >> 1] = (out[i >> 1] as number) | (r << (4 * (i & 1)));
  for (const [i, bit] of parity.entries()) out[head + (i >> 3)] = (out[head + (i >> 3)] as number) | (bit << (i & 7));
  return out;
};

/** Reads a sketch; undefined for bytes of another length. */
export const decodeSketch = (bytes: Uint8Array, shape: SketchShape): Sketch | undefined => {
  if (bytes.length !== sketchBytes(shape)) return undefined;
  const head = Math.ceil(shape.values / 2);
  const remainders = Uint8Array.from(
    { length: shape.values },
    (_, i) => ((bytes[i >> 1] as number) >> (4 * (i & 1))) & 15,
  );
  const parity = Uint8Array.from(
    { length: codeOf(shape).parityBits },
    (_, i) => ((bytes[head + (i >> 3)] as number) >> (i & 7)) & 1,
  );
  return { remainders, parity };
};
