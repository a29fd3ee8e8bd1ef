/** A profile of a model file, measured on this machine. */
import { basename } from 'node:path';
import { blake2b256, isAtomaError, toHex } from '@atoma/base';
import { CHAT } from '@atoma/sdk';
import type { SketchProfile } from '../../sketch/sketch-profile.ts';
import {
  answerRow,
  type Calibrated,
  type Comparison,
  chooseProfile,
  compareRows,
  entropyLeft,
  honestFailure,
  type Measured,
  type MeasuredRow,
  scoreRow,
} from '../calibrate.ts';
import { type HardQuestion, hardQuestions } from '../hard.ts';
import type { Engine, EngineRequest, TokenStep } from '../types.ts';
import { openLlamaEngine } from './engine.ts';
import { fileTerms } from './file-profile.ts';
import { type LlamaOptions, llamaOptions } from './options.ts';

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
  'same options': {},
  'batches of 16': { batch: 16 },
};

/** Parameters for weights of 16 bits; step, thresholds and gap are measured. */
const START = { values: 64, step: 0.016, low_bits: 2, corrects: 8, degree: 8, gap: 1, juror: 1, attester: 2, cap: 1 };
const LEAST_VALUES = 50;
/** While it is not known yet which ids are: nothing is too far apart to be answered, or the noisiest answers would not be measured. */
const ANYTHING = { step: 1_000, gap: 1_000, juror: 1_000, attester: 1_001, cap: 1_000 };

/** A request as a calibration sends it: the challenge follows from the question. */
export const calibrationRequest = (
  model: string,
  content: string,
  temperature = 0.8,
  more: HardQuestion['more'] = {},
): EngineRequest => {
  const challenge = blake2b256(new TextEncoder().encode(content));
  return {
    endpoint: CHAT,
    model,
    body: { model, messages: [{ role: 'user', content }], temperature, ...more },
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
    for (const row of rows) scored.push(await scoreRow(engine, row, most, true));
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

/** Answers that are made at once, since values differ with what is computed beside them. */
const LANES = 4;

/** Answers to questions, in their order; those that a model does not take, or answers with nothing, are left out. */
const answers = async (
  engine: Engine,
  model: string,
  questions: readonly HardQuestion[],
  most: number,
): Promise<readonly MeasuredRow[]> => {
  const rows: (MeasuredRow | undefined)[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < questions.length; i = next++) {
      const { content, more } = questions[i] as HardQuestion;
      rows[i] = await answerRow(engine, calibrationRequest(model, content, 0.8, more), most).catch((error: unknown) => {
        if (isAtomaError(error, 'ENGINE_REJECTED') || isAtomaError(error, 'ENGINE_UNPROVABLE')) return undefined;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return rows.filter((row): row is MeasuredRow => row !== undefined && row.steps.length > 0);
};

const ascending = (ids: readonly number[]): number[] => [...new Set(ids)].sort((a, b) => a - b);

/** Ids that a model writes. */
const writtenIds = (rows: readonly MeasuredRow[]): readonly number[] =>
  ascending(rows.flatMap(({ steps }) => steps.map(({ token }) => token)));

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
  return {
    rows: rows.length,
    tokens: rows.reduce((sum, { steps }) => sum + steps.length, 0),
    honestFailure: honestFailure(honest, profile),
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
    known: [],
    ...START,
    ...ANYTHING,
    least_values: LEAST_VALUES,
    measured: {},
  };
  say('which ids it writes');
  const writer = await openUnder(p.file, first, answering);
  const plain = p.prompts.map((content) => ({ content, more: {} }));
  const hard = hardQuestions(Math.max(7, Math.ceil(p.prompts.length / 2)), context, p.prompts);
  const answered = async (engine: Engine): Promise<readonly [readonly MeasuredRow[], readonly MeasuredRow[]]> =>
    Promise.all([answers(engine, model, plain, p.most), answers(engine, model, hard, p.most)]).finally(() =>
      engine.close(),
    );
  const written = await answered(writer);
  const live = writtenIds(written[0]);
  const known = ascending([...writtenIds(written.flat()), ...written.flat().flatMap(({ strange }) => strange)]);
  const base = { ...first, ...START, live: live.filter((id) => isText.has(id)), known };
  say('answers');
  const server = await openUnder(p.file, base, answering);
  const [rows, hardRows] = await answered(server);
  const honest = new Map<string, Compare>();
  const variants: Readonly<Record<string, Partial<LlamaOptions>>> = {
    ...Object.fromEntries(servers.map((each) => [`${each.kind} at ${each.url}`, { server: each }])),
    ...(hasWeights ? honestVariants : {}),
  };
  for (const [what, more] of Object.entries(variants)) {
    say(what);
    honest.set(what, await compareWith(p.file, base, more, [...rows, ...hardRows], p.most));
  }
  const cheats = new Map<string, Compare>();
  for (const file of p.cheats) {
    say(file);
    cheats.set(basename(file), await compareWith(file, base, {}, rows, p.most));
  }
  // The noisiest honest row decides, whichever half it is in.
  const all = measuredOn(honest, new Map(), base, () => true);
  const even = measuredOn(new Map(), cheats, base, (row) => row % 2 === 0);
  const chosen = chooseProfile(base, { honest: all.honest, cheats: even.cheats });
  if (chosen.kind === 'refused') return chosen;
  const judged = measuredOn(honest, cheats, chosen.profile, (row) => row % 2 === 1);
  const report = reportOf(rows, judged, chosen.profile);
  return { kind: 'profile', profile: { ...chosen.profile, measured: { ...report } }, report };
};
