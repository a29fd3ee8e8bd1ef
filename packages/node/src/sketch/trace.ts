/**
 * The trace of a row, which its node gives to whoever checks it: per choice the tokens, and a sketch of the values behind them. The
 * integers of the values stay with who computed them; they enter the digest that the leaf covers.
 *
 *   trace  = 0x01 || ULEB n || per choice: ULEB T || u8 w || T x w bits token, lowest bit first || sketch (only ULEB T where T is 0)
 *
 * w is the width of the largest token of the choice.
 *   digest = H(0x14 || ULEB n || per choice: ULEB T || T x ULEB token || m x i64le integer)
 */
import { blake2b256 } from '@atoma/base';
import { placeOf } from './pairs.ts';
import { decodeSketch, encodeSketch, middleOf, recover, roomOf, type Sketch, sketchBytes, sketchOf } from './sketch.ts';
import { type SketchProfile, shapeOf } from './sketch-profile.ts';

/** A token and the values that could be sketched at its position. */
export interface TracedStep {
  readonly token: number;
  /** Differences of logits by pair of the position. */
  readonly values: readonly number[];
}

/** A choice as a trace shows it. */
export interface TracedChoice {
  readonly tokens: readonly number[];
  /** Null where there are no tokens. */
  readonly sketch: Sketch | null;
}

const VERSION = 1;
/** Most bits of a token. */
const MOST_WIDTH = 32;
const DIGEST = 0x14;
const MOST_CHOICES = 128;

const uleb = (value: number, out: number[]): void => {
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) out.push((rest % 128) | 0x80);
  out.push(rest);
};

/** The values of a choice that are sketched; undefined where a step lacks one. */
export const valuesOf = (steps: readonly TracedStep[], { values: m }: SketchProfile): readonly number[] | undefined => {
  const found = Array.from({ length: steps.length === 0 ? 0 : m }, (_, i) => {
    const [position, pair] = placeOf(i, steps.length, m);
    return steps[position]?.values[pair];
  });
  return found.every((value) => value !== undefined && Number.isFinite(value)) ? (found as number[]) : undefined;
};

const digestOf = (
  choices: readonly { readonly tokens: readonly number[]; readonly integers: readonly number[] }[],
): Uint8Array => {
  const head: number[] = [DIGEST];
  uleb(choices.length, head);
  const parts: Uint8Array[] = [Uint8Array.from(head)];
  for (const { tokens, integers } of choices) {
    const bytes: number[] = [];
    uleb(tokens.length, bytes);
    for (const token of tokens) uleb(token, bytes);
    const numbers = new DataView(new ArrayBuffer(integers.length * 8));
    for (const [i, n] of integers.entries()) numbers.setBigInt64(i * 8, BigInt(n), true);
    parts.push(Uint8Array.from(bytes), new Uint8Array(numbers.buffer));
  }
  return blake2b256(...parts);
};

/** Tokens side by side: how many bits each has, then the bits. */
const pack = (tokens: readonly number[]): Uint8Array => {
  const width = Math.max(
    1,
    tokens.reduce((a, b) => Math.max(a, b), 0),
  ).toString(2).length;
  const out = new Uint8Array(1 + Math.ceil((tokens.length * width) / 8));
  out[0] = width;
  for (const [i, token] of tokens.entries())
    for (let bit = 0; bit < width; bit++) {
      const at = i * width + bit;
      if (Math.floor(token / 2 ** bit) % 2 === 1) out[1 + (at >> 3)] = (out[1 + (at >> 3)] as number) | (1 << (at & 7));
    }
  return out;
};

/** The tokens at a place, and the bytes they take; undefined for what {@link pack} does not make. */
const unpack = (
  bytes: Uint8Array,
  from: number,
  length: number,
): { readonly tokens: readonly number[]; readonly size: number } | undefined => {
  const width = bytes[from] ?? 0;
  const size = 1 + Math.ceil((length * width) / 8);
  if (width < 1 || width > MOST_WIDTH || from + size > bytes.length) return undefined;
  const bitAt = (at: number): number => ((bytes[from + 1 + (at >> 3)] as number) >> (at & 7)) & 1;
  const tokens = Array.from({ length }, (_, i) => {
    let token = 0;
    for (let bit = 0; bit < width; bit++) token += bitAt(i * width + bit) * 2 ** bit;
    return token;
  });
  // One encoding for each list: a hash of the trace is bound on chain.
  const packed = pack(tokens);
  const same = packed.length === size && packed.every((byte, i) => byte === bytes[from + i]);
  return same ? { tokens, size } : undefined;
};

/** Trace and digest of finished work; undefined where a value is missing or no number. */
export const traceOf = (
  choices: readonly (readonly TracedStep[])[],
  profile: SketchProfile,
): { readonly trace: Uint8Array; readonly digest: Uint8Array } | undefined => {
  const out: number[] = [VERSION];
  uleb(choices.length, out);
  const parts: Uint8Array[] = [];
  const made: { tokens: readonly number[]; integers: readonly number[] }[] = [];
  for (const steps of choices) {
    const values = valuesOf(steps, profile);
    if (!values) return undefined;
    const tokens = steps.map(({ token }) => token);
    uleb(tokens.length, out);
    if (tokens.length === 0) {
      made.push({ tokens, integers: [] });
      continue;
    }
    const { integers, sketch } = sketchOf(values, shapeOf(profile));
    parts.push(Uint8Array.from(out.splice(0)), pack(tokens), encodeSketch(sketch));
    made.push({ tokens, integers });
  }
  parts.push(Uint8Array.from(out));
  return { trace: new Uint8Array(Buffer.concat(parts)), digest: digestOf(made) };
};

/** Reads a trace; undefined for anything else. */
export const readTrace = (bytes: Uint8Array, profile: SketchProfile): readonly TracedChoice[] | undefined => {
  let at = 1;
  const next = (): number => {
    let value = 0;
    for (let scale = 1; scale < 2 ** 49; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) return Number.NaN;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  if (bytes[0] !== VERSION) return undefined;
  const count = next();
  if (!(count <= MOST_CHOICES)) return undefined;
  const choices: TracedChoice[] = [];
  const size = sketchBytes(shapeOf(profile));
  for (let choice = 0; choice < count; choice++) {
    const length = next();
    if (!(length <= 8 * bytes.length)) return undefined;
    const packed = length === 0 ? { tokens: [], size: 0 } : unpack(bytes, at, length);
    if (!packed) return undefined;
    const { tokens } = packed;
    at += packed.size;
    const sketch = length === 0 ? null : decodeSketch(bytes.subarray(at, at + size), shapeOf(profile));
    if (sketch === undefined) return undefined;
    if (sketch) at += size;
    choices.push({ tokens, sketch });
  }
  return at === bytes.length ? choices : undefined;
};

/** A step that somebody evaluated. */
interface EvaluatedStep extends TracedStep {
  readonly gap?: number;
}

/** Whether another evaluation of an answer would confirm it even if engines lay twice as far apart as these two. */
export const isProvable = (
  made: readonly TracedStep[],
  own: readonly EvaluatedStep[],
  profile: SketchProfile,
): boolean => {
  const [served, mine] = [valuesOf(made, profile), valuesOf(own, profile)];
  if (!served || !mine || made.length !== own.length) return false;
  const doubled = served.map((value, i) => 2 * Math.abs((mine[i] as number) - value));
  const slips = doubled.filter((each) => each > roomOf(profile)).length;
  const mean = doubled.reduce((sum, each) => sum + each, 0) / Math.max(1, doubled.length);
  return slips <= profile.corrects && mean <= profile.juror && own.every(({ gap = 0 }) => 2 * gap <= profile.gap);
};

/** What a checker's own values make of a trace. */
export interface Recovered {
  readonly digest: Uint8Array;
  /** Distances of own values from the sketched ones, each at most the cap: their sum, and how many. */
  readonly distance: number;
  readonly values: number;
}

/** Recovers the digest of a trace from own values at its tokens; undefined where they are not those of the same model. */
export const recoverTrace = (
  trace: readonly TracedChoice[],
  own: readonly (readonly TracedStep[])[],
  profile: SketchProfile,
): Recovered | undefined => {
  let [distance, count] = [0, 0];
  const made: { tokens: readonly number[]; integers: readonly number[] }[] = [];
  if (trace.length !== own.length) return undefined;
  for (const [i, { tokens, sketch }] of trace.entries()) {
    const values = valuesOf(own[i] as readonly TracedStep[], profile);
    if (!values || own[i]?.length !== tokens.length) return undefined;
    const integers = sketch ? recover(values, sketch, shapeOf(profile)) : [];
    if (!integers) return undefined;
    for (const [k, n] of integers.entries()) {
      const middle = middleOf(n, sketch?.remainders[k] as number, profile.step);
      distance += Math.min(Math.abs((values[k] as number) - middle), profile.cap);
      count++;
    }
    made.push({ tokens, integers });
  }
  return { digest: digestOf(made), distance, values: count };
};
