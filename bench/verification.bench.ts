/**
 * Level 1 on the shipped language model: what honest engines and cheats come to, and what checking costs. Each row is one answer; its
 * server may be honest or not, the checker runs the model that was sold. Intervals are of 95 %.
 * Run: node bench/verification.bench.ts [--rows N] [--plots DIRECTORY] [--json]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { isAtomaError } from '@atoma/base';
import { readGgufFileInfo } from 'node-llama-cpp';
import {
  answerRow,
  type Comparison,
  compareRows,
  entropyLeft,
  honestFailure,
  lowerChance,
  type MeasuredRow,
  scoreRow,
  upperChance,
} from '../packages/node/src/engine/calibrate.ts';
import { drawsFrom, hardQuestions } from '../packages/node/src/engine/hard.ts';
import { calibrationRequest, honestVariants, openUnder } from '../packages/node/src/engine/llama/calibrate.ts';
import { readProfile } from '../packages/node/src/engine/llama/file-profile.ts';
import type { LlamaOptions } from '../packages/node/src/engine/llama/options.ts';
import type { Engine, EngineRequest, TokenStep } from '../packages/node/src/engine/types.ts';
import { sketchBytes } from '../packages/node/src/sketch/sketch.ts';
import { shapeOf } from '../packages/node/src/sketch/sketch-profile.ts';
import { readTrace, recoverTrace, traceOf, valuesOf } from '../packages/node/src/sketch/trace.ts';
import { type Row, report } from './report.ts';
import { sharedBits } from './support/joint.ts';
import { stripPlot } from './support/plot.ts';

const models = resolve(import.meta.dirname, '../models');
const file = (name: string): string => join(models, `${name}.gguf`);
const profile = readProfile(join(models, 'atoma-small-f16.profile.json'));

const optionOf = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const VOCABULARY = 1_024;
const ROWS = Number(optionOf('--rows') ?? 60);
/** Tokens of an answer at most. */
const MOST = 100;
/** More tokens than the model's context has left after a question. */
const LONG = 512;
/** Rows that are checked of a stack, and stacks that are put together at random. */
const [CHECKED, STACKS] = [8, 10_000];

const held = (JSON.parse(readFileSync(join(models, 'held-out.json'), 'utf8')) as { prompt: string }[]).map(
  ({ prompt }) => prompt,
);
const prompts = held.slice(0, ROWS);

/** The profile for engines that do not look whether their answers can be proved: a cheat's does not. */
const trusting = { ...profile, known: Array.from({ length: VOCABULARY }, (_, id) => id) };

const using = async <Result>(
  name: string,
  more: Partial<LlamaOptions>,
  use: (engine: Engine) => Promise<Result>,
  under = trusting,
): Promise<Result> => {
  const engine = await openUnder(file(name), more.kv ? { ...under, kv: more.kv } : under, more);
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
};

/** Answers, as many at once as an operator would compute. */
const answersOf = (engine: Engine, most = MOST, temperature = 0.8): Promise<readonly MeasuredRow[]> =>
  inLanes(prompts, (prompt) => answerRow(engine, calibrationRequest(profile.model, prompt, temperature), most));

/** Answers as unlike as sampling allows: most have ids that the profile was not measured on. */
const hotAnswers = (engine: Engine): Promise<readonly MeasuredRow[]> =>
  inLanes(prompts, (prompt, i) => {
    const more = {
      temperature: 1.5 + (i % 2) / 2,
      top_p: 1,
      frequency_penalty: (i % 3) * 2 - 2,
      presence_penalty: i % 3,
    };
    return answerRow(engine, calibrationRequest(profile.model, prompt, 0.8, more), MOST);
  });

/** Answers that the end of the context ends: some of the questions are answered in circles where repetition is rewarded. */
const longAnswers = async (engine: Engine): Promise<readonly MeasuredRow[]> => {
  const asked = [0.3, 0.8, 1.2].flatMap((temperature) => held.map((prompt) => ({ prompt, temperature })));
  const rows = await inLanes(asked, ({ prompt, temperature }) =>
    answerRow(engine, calibrationRequest(profile.model, prompt, 0.8, { temperature, frequency_penalty: -2 }), LONG),
  );
  return rows.filter(({ steps }) => steps.length > 0.8 * LONG);
};

const inLanes = async <Item, Result>(
  items: readonly Item[],
  work: (item: Item, i: number) => Promise<Result>,
): Promise<readonly Result[]> => {
  const results: Result[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results[i] = await work(items[i] as Item, i);
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return results;
};

const score = async (
  engine: Engine,
  rows: readonly MeasuredRow[],
  most = MOST,
  stepwise = false,
): Promise<readonly (readonly TokenStep[])[]> => {
  const scored: (readonly TokenStep[])[] = [];
  for (const row of rows) scored.push(await scoreRow(engine, row, most, stepwise));
  return scored;
};

/** As a checker evaluates rows: in one go, and token by token what is not close then. */
const check = async (engine: Engine, rows: readonly MeasuredRow[], most = MOST) => {
  const scored: (readonly TokenStep[])[] = [];
  let again = 0;
  for (const row of rows) {
    const quick = await scoreRow(engine, row, most);
    const { passed, distances } = compareRows([row], [quick], profile);
    const isClose = passed === 1 && (distances[0] as number) <= profile.juror;
    if (!isClose) again++;
    scored.push(isClose ? quick : await scoreRow(engine, row, most, true));
  }
  return { scored, again };
};

/** How many of the rows fail the check, with the end of the interval that counts against us. */
const refusedOf = ({ rows, passed }: Comparison) => ({
  rows,
  refused: rows - passed,
  most: upperChance(rows - passed, rows),
});
const caughtOf = (rows: number, passed: number) => ({
  rows,
  caught: rows - passed,
  least: lowerChance(rows - passed, rows),
});

const millisOf = async (work: () => Promise<unknown>): Promise<number> => {
  const from = performance.now();
  await work();
  return performance.now() - from;
};

const tokensOf = (rows: readonly MeasuredRow[]): number => rows.reduce((sum, { steps }) => sum + steps.length, 0);

/** Time of the same answers with and without steps, and of evaluating them: ms a token, the best of three. */
const costs = async (engine: Engine, rows: readonly MeasuredRow[]) => {
  const some = rows.slice(0, 20);
  const [tokens, times] = [tokensOf(some), { plain: [] as number[], steps: [] as number[], check: [] as number[] }];
  for (let round = 0; round < 3; round++) {
    times.plain.push(
      await millisOf(async () => {
        for (const { request, steps } of some) {
          const { steps: _, ...plain } = request;
          const limit = { maxPerChoice: Math.max(1, steps.length - 1), cut: null };
          for await (const event of engine.run(
            { ...plain, body: { ...plain.body, temperature: 0 } },
            limit,
            new AbortController().signal,
          ))
            void event;
        }
      }),
    );
    times.steps.push(await millisOf(() => steppedAgain(engine, some)));
    times.check.push(await millisOf(() => score(engine, some)));
  }
  const best = (each: readonly number[]): number => Math.min(...each) / tokens;
  return { plain: best(times.plain), steps: best(times.steps), check: best(times.check) };
};

const steppedAgain = async (engine: Engine, rows: readonly MeasuredRow[]): Promise<void> => {
  for (const { request } of rows) await answerRow(engine, request, MOST);
};

/** Stacks of rows drawn at random: how many an honest node would lose by the mean distance. */
const lostStacks = (distances: readonly number[]): number => {
  let lost = 0;
  const draw = drawsFrom(1);
  for (let stack = 0; stack < STACKS; stack++) {
    let sum = 0;
    for (let i = 0; i < CHECKED; i++) sum += distances[Math.floor(draw() * distances.length)] as number;
    if (sum / CHECKED > profile.juror) lost++;
  }
  return lost;
};

/** Rows that pass though something was done to what the node shows. */
const passedBy = (
  rows: readonly MeasuredRow[],
  own: readonly (readonly TokenStep[])[],
  shown: (row: MeasuredRow, i: number) => Uint8Array | undefined,
): number =>
  rows.filter((row, i) => {
    const trace = readTrace(shown(row, i) ?? new Uint8Array(), profile);
    const steps = own[i] as readonly TokenStep[];
    return trace && recoverTrace(trace, [steps], profile) && steps.every(({ gap = 0 }) => gap <= profile.gap);
  }).length;

/** Questions that a model was not made for: text it never saw, repetitions, long prompts, answers in circles. What is refused is left out. */
const hostile = async (engine: Engine) => {
  const strange = Array.from({ length: 40 }, (_, i) => {
    const [from, count] = [
      [0x4e00, 8000],
      [0x410, 64],
      [0x1f300, 256],
    ][i % 3] as [number, number];
    const content = Array.from({ length: 40 }, (_, k) =>
      String.fromCodePoint(from + ((i * 7919 + k * 10_473) % count)),
    );
    return { content: content.join(''), more: {} };
  });
  const [asked, rows] = [[...strange, ...hardQuestions(40, profile.context, prompts)], [] as MeasuredRow[]];
  await inLanes(asked, async ({ content, more }) => {
    const request = calibrationRequest(profile.model, content, 0.8, more);
    const row = await answerRow(engine, request, MOST).catch((error: unknown) => {
      if (isAtomaError(error, 'ENGINE_UNPROVABLE')) return undefined;
      throw error;
    });
    if (row && row.steps.length > 0) rows.push(row);
  });
  return { asked: asked.length, rows };
};

/** Beginnings of answers whose values lie at the same pairs of ids, so that their columns can be compared; no two alike. */
const JOINT = 8;
const alignedRows = async (engine: Engine): Promise<readonly MeasuredRow[]> => {
  const found = new Map<string, MeasuredRow>();
  for (let round = 0; round < 8; round++)
    await inLanes(held, async (prompt, i) => {
      const request = { ...calibrationRequest(profile.model, prompt, 1.5), steps: { challenge: 'ab'.repeat(32) } };
      const row = await answerRow(engine, { ...request, seed: 1000 * round + i }, JOINT);
      if (row.steps.length === JOINT) found.set(`${i}:${row.steps.map(({ token }) => token).join()}`, row);
    });
  return [...found.values()];
};

/** Bits of a row that whoever has a copy need not guess, because its values move together. */
const sharedBy = async (engine: Engine, rows: readonly MeasuredRow[]): Promise<number> => {
  const apart: (readonly number[])[] = [];
  for (const [i, own] of (await score(engine, rows, JOINT)).entries()) {
    const [sold, copy] = [valuesOf((rows[i] as MeasuredRow).steps, profile), valuesOf(own, profile)];
    if (sold && copy) apart.push(sold.map((value, k) => value - (copy[k] as number)));
  }
  return sharedBits(apart);
};

/** How many claims of tokens a checker takes for the answer to the request: they end as it does, and each is the choice. */
const claimsTaken = async (
  checker: Engine,
  rows: readonly MeasuredRow[],
  claimed: (row: MeasuredRow) => readonly number[] | undefined,
): Promise<{ readonly rows: number; readonly passed: number }> => {
  let [tried, passed] = [0, 0];
  for (const row of rows) {
    const tokens = claimed(row);
    if (!tokens) continue;
    tried++;
    if (await isTaken(checker, row.request, tokens)) passed++;
  }
  return { rows: tried, passed };
};

/** Writes the first token that can be split as two others of the same text. */
const splitter = async (model: string) => {
  const { metadata } = await readGgufFileInfo(model, { readTensorInfo: false, logWarnings: false });
  const texts = metadata.tokenizer.ggml.tokens;
  const idOf = new Map(texts.map((text, id) => [text, id]));
  return (tokens: readonly number[]): readonly number[] | undefined => {
    for (const [i, token] of tokens.entries()) {
      const text = texts[token] as string;
      const [head, rest] = [idOf.get(text.slice(0, 1)), idOf.get(text.slice(1))];
      if (head !== undefined && rest !== undefined) return [...tokens.slice(0, i), head, rest, ...tokens.slice(i + 1)];
    }
    return undefined;
  };
};

const isTaken = async (checker: Engine, request: EngineRequest, tokens: readonly number[]): Promise<boolean> => {
  const steps = { challenge: request.steps?.challenge ?? '', claimed: [tokens] };
  let whole = false;
  const gaps: number[] = [];
  const limit = { maxPerChoice: MOST, cut: null };
  for await (const event of checker.run({ ...request, steps }, limit, new AbortController().signal)) {
    if (event.type === 'finish') whole = event.whole ?? false;
    if (event.type === 'delta' || event.type === 'finish') gaps.push(...(event.steps ?? []).map(({ gap = 0 }) => gap));
  }
  return whole && gaps.every((gap) => gap <= profile.gap);
};

const honest: Record<string, Comparison> = {};
const server = await using('atoma-small-f16', { parallel: 4 }, (engine) => answersOf(engine));
for (const [name, more] of Object.entries({ ...honestVariants, 'two threads': { threads: 2 } }))
  honest[name] = compareRows(
    server,
    (await using('atoma-small-f16', more, (engine) => check(engine, server))).scored,
    profile,
  );
let again = 0;
const cold = await using('atoma-small-f16', { parallel: 4 }, (engine) => answersOf(engine, MOST, 0));
const short = await using('atoma-small-f16', { parallel: 4 }, (engine) => answersOf(engine, 8));
const hot = await using('atoma-small-f16', { parallel: 4 }, hotAnswers);
const long = await using('atoma-small-f16', { parallel: 4 }, longAnswers);
const odd = await using('atoma-small-f16', { parallel: 4 }, hostile, profile);
await using('atoma-small-f16', {}, async (checker) => {
  honest['temperature 0'] = compareRows(cold, await score(checker, cold), profile);
  honest['8 tokens'] = compareRows(short, await score(checker, short, 8), profile);
  const warm = await check(checker, hot);
  honest.hot = compareRows(hot, warm.scored, profile);
  again += warm.again;
  const edge = await check(checker, long, LONG);
  honest['to the end of the context'] = compareRows(long, edge.scored, profile);
  again += edge.again;
  const judged = await check(checker, odd.rows);
  honest.hostile = compareRows(odd.rows, judged.scored, profile);
  again += judged.again;
});

/** A cheat's own answers, checked with the model that was sold. */
const served: Readonly<Record<string, readonly [file: string, more: Partial<LlamaOptions>]>> = {
  q8_0: ['atoma-small-q8_0', {}],
  q4_0: ['atoma-small-q4_0', {}],
  'fine-tuned': ['atoma-small-tuned-f16', {}],
  smaller: ['atoma-tiny-f16', {}],
  'other seed': ['atoma-tiny-seed3-f16', {}],
  'q8_0 cache': ['atoma-small-f16', { kv: 'q8_0' }],
};
const cheats: Record<string, Comparison> = {};
for (const [name, [model, more]] of Object.entries(served)) {
  const rows = await using(model, more, (engine) => answersOf(engine));
  cheats[name] = compareRows(rows, await using('atoma-small-f16', {}, (engine) => score(engine, rows)), profile);
}

const caught: Record<string, ReturnType<typeof caughtOf>> = Object.fromEntries(
  Object.entries(cheats).map(([name, { rows, passed }]) => [name, caughtOf(rows, passed)]),
);
const measured = await using('atoma-small-f16', {}, async (checker) => {
  // Tokens of a cheap model under a sketch that the dear one makes in one evaluation.
  const cheap = await using('atoma-tiny-f16', {}, (engine) => answersOf(engine));
  const dear = await score(checker, cheap);
  // What such a row gets away with is the answer itself where the cheap model chose what the sold one would have.
  const own = await answersOf(checker);
  const idsOf = ({ steps }: MeasuredRow): string => steps.map(({ token }) => token).join();
  const sameAsSold = cheap.filter((row, i) => idsOf(row) === idsOf(own[i] as MeasuredRow)).length;
  caught['cheap tokens, dear values'] = caughtOf(
    cheap.length,
    passedBy(cheap, dear, (_, i) => traceOf([dear[i] as readonly TokenStep[]], profile)?.trace),
  );
  // The sketch of one row under the tokens of another.
  const again = await score(checker, server);
  const traces = server.map(({ steps }) => traceOf([steps], profile)?.trace);
  const sketchOf = (i: number): Uint8Array => (traces[i] as Uint8Array).subarray(-40);
  caught['replayed sketch'] = caughtOf(
    server.length,
    passedBy(server, again, (_, i) => {
      const [trace, other] = [traces[i] as Uint8Array, sketchOf((i + 1) % traces.length)];
      return new Uint8Array(Buffer.concat([trace.subarray(0, -40), other]));
    }),
  );
  // A trace that is cut, or has no values; one token in its middle is another.
  caught['cut trace'] = caughtOf(
    server.length,
    passedBy(server, again, (_, i) => traces[i]?.subarray(0, -8)),
  );
  const empty = server.map(({ steps }) => steps.map(({ token, values }) => ({ token, values: values.map(() => 0) })));
  caught['no values'] = caughtOf(
    server.length,
    passedBy(server, again, (_, i) => traceOf([empty[i] ?? []], profile)?.trace),
  );
  const changed = server.map(({ request, steps }) => ({
    request,
    steps: steps.map((step, i) => (i === steps.length >> 1 ? { ...step, token: (step.token + 1) % 900 } : step)),
    strange: [],
  }));
  const ofChanged = await score(checker, changed);
  caught['another token under the sketch'] = caughtOf(
    changed.length,
    passedBy(changed, ofChanged, ({ steps }) => traceOf([steps], profile)?.trace),
  );
  // Half of an answer, and the same text in other tokens.
  const half = await claimsTaken(checker, server, ({ steps }) =>
    steps.length < 4 ? undefined : steps.slice(0, steps.length >> 1).map(({ token }) => token),
  );
  caught['half of the answer'] = caughtOf(half.rows, half.passed);
  const split = await splitter(file('atoma-small-f16'));
  const retold = await claimsTaken(checker, server, ({ steps }) => split(steps.map(({ token }) => token)));
  caught['same text in other tokens'] = caughtOf(retold.rows, retold.passed);
  return { ...(await costs(checker, server)), sameAsSold };
});

const aligned = await using('atoma-small-f16', { parallel: 4 }, alignedRows);
const shared: Record<string, number> = {};
for (const [name, [model, more]] of Object.entries(served))
  shared[name] = await using(model, more, (engine) => sharedBy(engine, aligned));

const closely = await using('atoma-small-f16', {}, async (engine) =>
  compareRows(server, await score(engine, server, MOST, true), profile),
);
const distances = Object.values(honest).flatMap((each) => each.distances);
const traceBytes = server.reduce((sum, { steps }) => sum + (traceOf([steps], profile)?.trace.length ?? 0), 0);
const entropy = Object.fromEntries(
  Object.entries(cheats).map(([name, each]) => [name, Math.round(entropyLeft(each.noise, profile))]),
);
const result = {
  rows: server.length,
  tokens: tokensOf(server),
  honestRefused: Object.fromEntries(Object.entries(honest).map(([name, each]) => [name, refusedOf(each)])),
  /** Of the answers to ordinary questions, token by token: what a profile is chosen by. */
  honestRowFailure: honestFailure({ server: closely }, profile),
  /** Questions a model was not made for: asked, refused because the answer could not be proved, and evaluated twice by the checker. */
  hostile: { asked: odd.asked, refused: odd.asked - odd.rows.length, again },
  honestStacksLost: { stacks: STACKS, lost: lostStacks(distances) },
  caught,
  /** Of the cheap tokens under dear values: rows that are the sold model's own answer, token by token. */
  cheapTokensAsSold: measured.sameAsSold,
  checkerShare: measured.check / measured.steps,
  /** Of the sketches, which a row has beside its tokens; and with the tokens, which stand for its text. */
  bytesPerToken: (server.length * sketchBytes(shapeOf(profile))) / tokensOf(server),
  traceBytesPerToken: traceBytes / tokensOf(server),
  servingSlowdown: measured.steps / measured.plain,
  entropyBits: entropy,
  /** Bits of these that are less where values are guessed together, from answers with aligned values. */
  sharedBits: { rows: aligned.length, ...shared },
};

const plots = optionOf('--plots');
if (plots !== undefined) {
  const [calm, wrong] = ['#2a7', '#c60'];
  const each = (pick: (one: Comparison) => readonly number[], every: number) => [
    ...Object.entries(honest).map(([name, one]) => ({
      name,
      colour: calm,
      values: pick(one).filter((_, i) => i % every === 0),
    })),
    ...Object.entries(cheats).map(([name, one]) => ({
      name,
      colour: wrong,
      values: pick(one).filter((_, i) => i % every === 0),
    })),
  ];
  const { step } = profile;
  writeFileSync(
    join(plots, 'noise.svg'),
    stripPlot({
      title: 'How far values lie from those of the server, value by value',
      unit: 'logits; green: the model that was sold, orange: another one',
      series: each(({ noise: all }) => all.map(Math.abs), 64),
      ...{ least: 1e-7, most: 10 },
      lines: [{ at: step / 2, name: 'half a step' }],
    }),
  );
}

const percent = (value: number): number => value * 100;
const rows: readonly Row[] = [
  ...Object.entries(honest).map(
    ([name, one]): Row => ({
      name: `honest refused, ${name} (of ${one.rows})`,
      value: one.rows - one.passed,
      unit: 'rows',
      target: '0',
    }),
  ),
  ...Object.entries(caught).map(
    ([name, one]): Row => ({
      name: `caught, ${name}`,
      value: percent(one.caught / one.rows),
      unit: '% of rows',
      target: '99',
    }),
  ),
  { name: 'checking against serving', value: percent(result.checkerShare), unit: '%' },
  { name: 'sketch', value: result.bytesPerToken, unit: 'bytes a token', target: '2' },
  { name: 'trace', value: result.traceBytesPerToken, unit: 'bytes a token' },
  { name: 'serving with steps', value: result.servingSlowdown, unit: 'times', target: '1.1' },
  { name: 'hostile questions refused by the node', value: result.hostile.refused, unit: `of ${odd.asked}` },
  {
    name: 'least bits to guess, together',
    value: Math.min(...Object.entries(entropy).map(([name, bits]) => bits - (shared[name] as number))),
    unit: 'bits a row',
    target: '80',
  },
];
if (process.argv.includes('--json'))
  console.log(JSON.stringify({ bench: 'verification', node: process.version, ...result }));
else report('Level 1 on a language model', rows);
process.exit(0);
