/** A profile of a model file, measured on this machine. */
import { blake2b256, toHex } from '@atoma/base';
import type { SketchProfile } from '../../sketch/profile.ts';
import {
  answerRow,
  type Calibrated,
  type Comparison,
  chooseProfile,
  compareRows,
  entropyLeft,
  type Measured,
  type MeasuredRow,
  rowFailure,
  scoreRow,
  slipChance,
} from '../calibrate.ts';
import type { Engine, EngineRequest, TokenStep } from '../types.ts';
import { openLlamaEngine } from './engine.ts';
import { type LlamaOptions, llamaOptions } from './options.ts';
import { fileTerms } from './profile.ts';

/** A server as options name it. */
type Server = NonNullable<LlamaOptions['server']>;

/** What to measure. */
export interface CalibrateParameters {
  /** GGUF file. */
  readonly file: string;
  /** Name it is sold under. Default: the file's own. */
  readonly name?: string;
  /** Servers of the same weights: the first answers, each evaluates. The file may then have no weights. */
  readonly servers?: readonly Server[];
  /** Files that a cheat might serve in its place. */
  readonly cheats: readonly string[];
  /** Questions; answers are made with temperature 0.8. */
  readonly prompts: readonly string[];
  /** Tokens of an answer at most. */
  readonly most: number;
  readonly progress?: (what: string) => void;
}

/** Ways to run the same file that must count as the same. */
export const honestVariants: Readonly<Record<string, Partial<LlamaOptions>>> = {
  'one evaluation': {},
  'two threads': { threads: 2 },
  'batches of 16': { batch: 16 },
  'no flash attention': { flash_attention: false },
};

/** Parameters for weights of 16 bits; step, thresholds and gap are measured. */
const START = { values: 64, step: 0.016, low_bits: 2, corrects: 8, degree: 8, gap: 1, juror: 1, attester: 2, cap: 1 };
const LEAST_VALUES = 50;

/** A request as a calibration sends it: the challenge follows from the question. */
export const calibrationRequest = (model: string, content: string, temperature = 0.8): EngineRequest => {
  const challenge = blake2b256(new TextEncoder().encode(content));
  return {
    endpoint: '/v1/chat/completions',
    model,
    body: { model, messages: [{ role: 'user', content }], temperature },
    file: null,
    seed: new DataView(challenge.buffer).getUint32(0, true),
    n: 1,
    stream: false,
    steps: { challenge: toHex(challenge) },
  };
};

/** Opens an engine that takes a profile as its own, whatever file it serves. */
export const openUnder = async (file: string, profile: SketchProfile, more: Partial<LlamaOptions>): Promise<Engine> => {
  const { weights, tokenizer, template } = await fileTerms(file, more.server === undefined);
  const own = { ...profile, weights, tokenizer, template };
  return openLlamaEngine(llamaOptions.parse({ file, name: profile.model, profile: own, ...more }));
};

/** Scores rows by a file run in some way, then compares. */
const compareWith = async (
  file: string,
  profile: SketchProfile,
  more: Partial<LlamaOptions>,
  rows: readonly MeasuredRow[],
  most: number,
): Promise<(profile: SketchProfile, which: (row: number) => boolean) => Comparison> => {
  const engine = await openUnder(file, profile, more);
  try {
    const scored: (readonly TokenStep[])[] = [];
    for (const row of rows) scored.push(await scoreRow(engine, row, most));
    const pick = <Item>(all: readonly Item[], which: (row: number) => boolean) => all.filter((_, i) => which(i));
    return (judged, which) => compareRows(pick(rows, which), pick(scored, which), judged);
  } finally {
    await engine.close();
  }
};

/** What was found, for people and for the document. */
export interface CalibrationReport {
  readonly rows: number;
  readonly tokens: number;
  /** Chance of an honest row to fail, by the noise that was measured on the rows the parameters were not chosen on. */
  readonly honestFailure: number;
  readonly honest: Readonly<
    Record<string, { readonly passed: number; readonly rows: number; readonly distance: number }>
  >;
  readonly cheats: Readonly<
    Record<string, { readonly passed: number; readonly rows: number; readonly entropyBits: number }>
  >;
}

/** A profile with what was measured, or why there is none. */
export type Calibration =
  | (Extract<Calibrated, { readonly kind: 'profile' }> & { readonly report: CalibrationReport })
  | Extract<Calibrated, { readonly kind: 'refused' }>;

const answers = async (
  engine: Engine,
  model: string,
  { prompts, most }: CalibrateParameters,
): Promise<readonly MeasuredRow[]> => {
  const rows: MeasuredRow[] = [];
  for (const prompt of prompts) rows.push(await answerRow(engine, calibrationRequest(model, prompt), most));
  return rows.filter(({ steps }) => steps.length > 0);
};

/** Ids that a model writes. */
const liveIds = (rows: readonly MeasuredRow[]): readonly number[] =>
  [...new Set(rows.flatMap(({ steps }) => steps.map(({ token }) => token)))].sort((a, b) => a - b);

type Compare = Awaited<ReturnType<typeof compareWith>>;

const measuredOn = (
  honest: ReadonlyMap<string, Compare>,
  cheats: ReadonlyMap<string, Compare>,
  profile: SketchProfile,
  which: (row: number) => boolean,
): Measured => {
  const by = (all: ReadonlyMap<string, Compare>) =>
    Object.fromEntries([...all].map(([name, compare]) => [name, compare(profile, which)]));
  return { honest: by(honest), cheats: by(cheats) };
};

const reportOf = (
  rows: readonly MeasuredRow[],
  { honest, cheats }: Measured,
  profile: SketchProfile,
): CalibrationReport => {
  const noise = Object.values(honest).flatMap((each) => each.noise);
  return {
    rows: rows.length,
    tokens: rows.reduce((sum, { steps }) => sum + steps.length, 0),
    honestFailure: rowFailure(profile.values, profile.corrects, slipChance(noise, profile.step)),
    honest: Object.fromEntries(
      Object.entries(honest).map(([name, each]) => [
        name,
        { passed: each.passed, rows: each.rows, distance: Math.max(0, ...each.distances) },
      ]),
    ),
    cheats: Object.fromEntries(
      Object.entries(cheats).map(([name, each]) => [
        name,
        { passed: each.passed, rows: each.rows, entropyBits: Math.round(entropyLeft(each.noise, profile)) },
      ]),
    ),
  };
};

/** Measures a model file and its cheats, and chooses. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const calibrateFile = async (p: CalibrateParameters): Promise<Calibration> => {
  const say = p.progress ?? (() => undefined);
  const servers = p.servers ?? [];
  const { name, context, texts, vocabulary: _, hasWeights, ...hashes } = await fileTerms(p.file, servers.length === 0);
  const [answering = {}] = servers.map((server) => ({ server }));
  const model = p.name ?? name;
  const isText = new Set(texts);
  const first: SketchProfile = {
    kind: 'sketch/1',
    model,
    ...hashes,
    context,
    kv: 'f16',
    live: [...texts],
    ...START,
    least_values: LEAST_VALUES,
    measured: {},
  };
  say('which ids it writes');
  const writer = await openUnder(p.file, first, answering);
  const live = liveIds(await answers(writer, model, p).finally(() => writer.close()));
  const base = { ...first, live: live.filter((id) => isText.has(id)) };
  say('answers');
  const server = await openUnder(p.file, base, answering);
  const rows = await answers(server, model, p).finally(() => server.close());
  const honest = new Map<string, Compare>();
  const variants: Readonly<Record<string, Partial<LlamaOptions>>> = {
    ...Object.fromEntries(servers.map((each) => [`${each.kind} at ${each.url}`, { server: each }])),
    ...(hasWeights ? honestVariants : {}),
  };
  for (const [what, more] of Object.entries(variants)) {
    say(what);
    honest.set(what, await compareWith(p.file, base, more, rows, p.most));
  }
  const cheats = new Map<string, Compare>();
  for (const file of p.cheats) {
    say(file);
    cheats.set(file, await compareWith(file, base, {}, rows, p.most));
  }
  const chosen = chooseProfile(
    base,
    measuredOn(honest, cheats, base, (row) => row % 2 === 0),
  );
  if (chosen.kind === 'refused') return chosen;
  const judged = measuredOn(honest, cheats, chosen.profile, (row) => row % 2 === 1);
  const report = reportOf(rows, judged, chosen.profile);
  return { kind: 'profile', profile: { ...chosen.profile, measured: { ...report } }, report };
};
