/**
 * How far honest engines and named cheats lie from each other, and the profile that follows. Rows are answers of one engine; each other
 * engine evaluates their tokens one after another, as whoever blames a node must. Parameters are chosen by all honest rows and the even
 * ones of cheats, and reported on the odd ones.
 */

import { roomOf, sketchBytes } from '../sketch/sketch.ts';
import { type SketchProfile, shapeOf } from '../sketch/sketch-profile.ts';
import { readTrace, recoverTrace, traceOf, valuesOf } from '../sketch/trace.ts';
import type { Engine, EngineEvent, EngineRequest, TokenStep } from './types.ts';

/** An answer with the steps of its one choice. */
export interface MeasuredRow {
  readonly request: EngineRequest;
  readonly steps: readonly TokenStep[];
  /** Ids of the prompt that are not among those the engine's profile knows. */
  readonly strange: readonly number[];
}

const made = async (events: AsyncIterable<EngineEvent>): Promise<Omit<MeasuredRow, 'request'>> => {
  const [steps, strange]: [TokenStep[], number[]] = [[], []];
  for await (const event of events) {
    if (event.type === 'accepted') strange.push(...(event.strange ?? []));
    if (event.type === 'delta' || event.type === 'finish') steps.push(...(event.steps ?? []));
  }
  return { steps, strange };
};

const never = new AbortController().signal;

/** Has an engine answer, with steps. */
export const answerRow = async (engine: Engine, request: EngineRequest, most: number): Promise<MeasuredRow> => ({
  request,
  ...(await made(engine.run(request, { maxPerChoice: most, cut: null }, never))),
});

/** Has an engine evaluate the tokens of an answer: in one go, or one after another. */
export const scoreRow = async (
  engine: Engine,
  { request, steps }: Omit<MeasuredRow, 'strange'>,
  most: number,
  stepwise = false,
): Promise<readonly TokenStep[]> => {
  const claimed = [steps.map(({ token }) => token)];
  const wanted = { ...request, steps: { challenge: request.steps?.challenge ?? '', claimed, stepwise } };
  return (await made(engine.run(wanted, { maxPerChoice: most, cut: null }, never))).steps;
};

/** What one engine's values make of the rows of another. */
export interface Comparison {
  readonly rows: number;
  /** Rows whose integers were recovered and whose tokens are those that had to be chosen. */
  readonly passed: number;
  readonly recovered: number;
  /** Distances by row that was recovered. */
  readonly distances: readonly number[];
  /** Differences of values, in their unit. */
  readonly noise: readonly number[];
  /** Their root mean square, row by row. */
  readonly spreads: readonly number[];
  /** Logits by which claimed tokens fell short; only those above 0. */
  readonly gaps: readonly number[];
  readonly positions: number;
}

/** Compares rows with what another engine makes of them. */
export const compareRows = (
  rows: readonly MeasuredRow[],
  scored: readonly (readonly TokenStep[])[],
  profile: SketchProfile,
): Comparison => {
  let [passed, recovered, positions] = [0, 0, 0];
  const [distances, noise, spreads, gaps]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (const [i, { steps }] of rows.entries()) {
    const own = scored[i] as readonly TokenStep[];
    const [served, mine] = [valuesOf(steps, profile), valuesOf(own, profile)];
    if (!served || !mine) continue;
    const apart = served.map((value, k) => (mine[k] as number) - value);
    noise.push(...apart);
    spreads.push(Math.sqrt(apart.reduce((sum, each) => sum + each * each, 0) / Math.max(1, apart.length)));
    positions += own.length;
    const short = own.flatMap(({ gap = 0 }) => (gap > 0 ? [gap] : []));
    gaps.push(...short);
    const made = traceOf([steps], profile);
    const trace = made && readTrace(made.trace, profile);
    const found = trace && recoverTrace(trace, [own], profile);
    if (!found) continue;
    recovered++;
    distances.push(found.distance / Math.max(1, found.values));
    if (short.every((gap) => gap <= profile.gap)) passed++;
  }
  return { rows: rows.length, passed, recovered, distances, noise, spreads, gaps, positions };
};

/** log of n! by Stirling's series. */
const logFactorial = (n: number): number =>
  n < 2 ? 0 : n * Math.log(n) - n + 0.5 * Math.log(2 * Math.PI * n) + 1 / (12 * n) - 1 / (360 * n ** 3);

/** P(more than t of m values are a step off), each with chance p. */
export const rowFailure = (values: number, corrects: number, p: number): number => {
  let sum = 0;
  for (let k = corrects + 1; k <= values && p > 0; k++)
    sum += Math.exp(
      logFactorial(values) -
        logFactorial(k) -
        logFactorial(values - k) +
        k * Math.log(p) +
        (values - k) * Math.log1p(-p),
    );
  return sum;
};

/** Upper end of the 95 % interval of a chance that was met `hits` times in `tries` (Wilson; rule of three at 0). */
export const upperChance = (hits: number, tries: number): number => {
  if (tries === 0) return 1;
  if (hits === 0) return Math.min(1, 3 / tries);
  const z = 1.96;
  const p = hits / tries;
  const middle = p + (z * z) / (2 * tries);
  return Math.min(
    1,
    (middle + z * Math.sqrt((p * (1 - p)) / tries + (z * z) / (4 * tries * tries))) / (1 + (z * z) / tries),
  );
};

/** Lower end of the same interval. */
export const lowerChance = (hits: number, tries: number): number => 1 - upperChance(tries - hits, tries);

/** P(|x| > z) of the normal distribution (Abramowitz and Stegun 7.1.26, error < 1.5e-7), by its bound where that is too coarse. */
const outside = (z: number): number => {
  const x = z / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * x);
  const series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return z > 4.5 ? (Math.exp(-x * x) / z) * Math.sqrt(2 / Math.PI) : series * Math.exp(-x * x);
};

/** By how much machines differ more than ways to run a model on one (measured: AVX-512 against AVX2 and SSE 4.2). */
const MACHINES = 1.3;

/**
 * Chance that an honest row fails, of whatever prompt: a buyer chooses the prompt and the market the machine, so the row is noisier than
 * the noisiest that was measured, its values normal.
 */
export const honestFailure = (honest: Readonly<Record<string, Comparison>>, p: SketchProfile): number => {
  const all = Object.values(honest);
  const noise = all.flatMap((each) => each.noise);
  const worst = Math.max(Number.MIN_VALUE, ...all.flatMap(({ spreads }) => spreads));
  const measured = upperChance(noise.filter((each) => Math.abs(each) > roomOf(p)).length, noise.length);
  return rowFailure(p.values, p.corrects, Math.max(measured, outside(roomOf(p) / (MACHINES * worst))));
};

/**
 * Bits a row keeps from somebody who has the values of another model: the entropy of how many steps its best guess is off, value by
 * value, less the parity. Values are taken as independent, which an attacker who knows how they move together may better.
 */
export const entropyLeft = (noise: readonly number[], profile: SketchProfile): number => {
  const counts = new Map<number, number>();
  for (const each of noise) {
    const off = Math.round(each / profile.step);
    counts.set(off, (counts.get(off) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / noise.length) * Math.log2(count / noise.length);
  return profile.values * bits - profile.corrects * profile.degree;
};

/** What a profile is chosen by. */
export interface Measured {
  /** Engines of the model, by what differs between them. */
  readonly honest: Readonly<Record<string, Comparison>>;
  /** Engines of something else. */
  readonly cheats: Readonly<Record<string, Comparison>>;
}

/** Bits that must be left of a row. */
export const LEAST_ENTROPY = 80;
/** Chance at which an honest row may fail, however its prompt was chosen. */
export const MOST_FAILURE = 1e-6;

/** A profile, or why there is none. */
export type Calibrated =
  | { readonly kind: 'profile'; readonly profile: SketchProfile }
  | { readonly kind: 'refused'; readonly why: string };

const most = (values: Iterable<number>): number => {
  let found = 0;
  for (const value of values) found = Math.max(found, Math.abs(value));
  return found;
};

/** Steps are tried as powers of 2^(1/4), in units of the value. */
const grid = Array.from({ length: 80 }, (_, i) => 2 ** (-14 + i / 4));

/**
 * Chooses step, thresholds and gap. The smallest step at which honest rows fail no more often than allowed keeps the most bits.
 * Thresholds lie 1.5 and 2.1 times above the largest honest distance of a row, between machines; checks take the mean of many.
 */
export const chooseProfile = (base: SketchProfile, { honest, cheats }: Measured): Calibrated => {
  const noise = Object.values(honest).flatMap((each) => each.noise);
  const step = grid.find((each) => honestFailure(honest, { ...base, step: each }) <= MOST_FAILURE / 2);
  if (step === undefined) return { kind: 'refused', why: 'honest engines differ too much for any step' };
  const rounded = Number(step.toPrecision(3));
  const profile = { ...base, step: rounded, cap: Number((8 * rounded).toPrecision(3)) };
  const failure = honestFailure(honest, profile);
  if (failure > MOST_FAILURE)
    return { kind: 'refused', why: `an honest row would fail with a chance of ${failure.toExponential(1)}` };
  const weakest = Object.entries(cheats)
    .map(([name, { noise: apart }]) => ({ name, bits: entropyLeft(apart, profile) }))
    .sort((a, b) => a.bits - b.bits)[0];
  if (weakest && weakest.bits < LEAST_ENTROPY)
    return {
      kind: 'refused',
      why: `the owner of ${weakest.name} could guess a row: ${weakest.bits.toFixed(0)} bits are left, ${LEAST_ENTROPY} are needed`,
    };
  const distance = MACHINES * most(noise.length === 0 ? [] : Object.values(honest).flatMap(meanNoise)) + rounded / 64;
  const thresholds = {
    juror: Number((1.5 * distance).toPrecision(2)),
    attester: Number((2.1 * distance).toPrecision(2)),
  };
  const gap = Number(
    Math.max(4 * most(noise), 4 * most(Object.values(honest).flatMap(({ gaps }) => gaps))).toPrecision(2),
  );
  return { kind: 'profile', profile: { ...profile, ...thresholds, gap } };
};

/** Mean distance of each row. */
const meanNoise = ({ noise, rows }: Comparison): readonly number[] => {
  const each = Math.floor(noise.length / Math.max(1, rows));
  return Array.from({ length: each === 0 ? 0 : rows }, (_, row) => {
    const part = noise.slice(row * each, (row + 1) * each);
    return part.reduce((sum, value) => sum + Math.abs(value), 0) / each;
  });
};

/** Bytes of a trace and tokens of its row, mean of rows. */
export const traceSize = (
  rows: readonly MeasuredRow[],
  profile: SketchProfile,
): { readonly bytes: number; readonly tokens: number } => ({
  bytes: sketchBytes(shapeOf(profile)),
  tokens: rows.reduce((sum, { steps }) => sum + steps.length, 0) / Math.max(1, rows.length),
});
