/**
 * What a long prefix that all requests share (an agent's instructions, tools and history) costs a checker that has no cache of it, beside
 * a server that has: processor time on the shipped language model, one thread. A server with the cache evaluates the end of each prompt
 * and makes the answer; a checker evaluates the whole prompt with the claimed answer in one go, of the rows the seed picks.
 * Run: node bench/prefix.bench.ts [--rows N] [--json]
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sampledRows } from '@atoma/sdk';
import type { LlamaContextSequence, Token } from 'node-llama-cpp';
import { calibrationRequest } from '../packages/node/src/engine/llama/calibrate.ts';
import { readProfile } from '../packages/node/src/engine/llama/file-profile.ts';
import { load, startLibrary } from '../packages/node/src/engine/llama/load.ts';
import { llamaOptions } from '../packages/node/src/engine/llama/options.ts';
import { generateSteps, type Stepping, scoreSteps } from '../packages/node/src/engine/llama/steps.ts';
import { type Row, report } from './report.ts';

const at = process.argv.indexOf('--rows');
/** Requests that share a prefix, and the tokens of each end of a prompt and of each answer. */
const ROWS = at < 0 ? 16 : Number(process.argv[at + 1]);
const [END, ANSWER] = [24, 24];
const PREFIXES = [0, 64, 128, 256, 448] as const;
/** Requests of equal size that use a stack up; the fewest there can be is 25. */
const STACKS = [25, 100, 400] as const;
const SIZE = { samples: 8, share: 50 };
const SEEDS = 400;

const models = resolve(import.meta.dirname, '../models');
const profile = readProfile(join(models, 'atoma-small-f16.profile.json'));
const file = join(models, 'atoma-small-f16.gguf');
const options = llamaOptions.parse({ file, profile, threads: 1 });
const loaded = await load(await startLibrary([options]), options);
if (loaded.values.kind !== 'here') throw new Error('the model is not in this process');
const { library, model } = loaded;
const { sequences } = loaded.values;
const never = new AbortController().signal;

const texts = (JSON.parse(readFileSync(join(models, 'held-out.json'), 'utf8')) as { prompt: string }[]).map(
  ({ prompt }) => prompt,
);
const words = model.tokenize(texts.join(' '));
/** Tokens from some place of the text on. */
const tokens = (from: number, count: number): Token[] =>
  Array.from({ length: count }, (_, i) => words[(from + i) % words.length] as Token);

const steppingOf = (row: number): Stepping => {
  const wanted = { challenge: row.toString(16).padStart(64, '0') };
  const request = { ...calibrationRequest(profile.model, texts[0] as string, 0.8), seed: row, steps: wanted };
  return { library, model, profile, wanted, request, choice: 0, signal: never };
};

/** Milliseconds of the processor, llama.cpp's threads included. */
const timed = async <Result>(work: () => Promise<Result>): Promise<readonly [ms: number, result: Result]> => {
  const from = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(from);
  return [(user + system) / 1_000, result];
};

const answer = async (row: number, sequence: LlamaContextSequence, prompt: readonly Token[]): Promise<number[]> => {
  const made: number[] = [];
  for await (const { token } of generateSteps(steppingOf(row), sequence, prompt)) {
    made.push(token);
    if (made.length === ANSWER) break;
  }
  return made;
};

const check = async (
  row: number,
  sequence: LlamaContextSequence,
  prompt: readonly Token[],
  made: readonly number[],
) => {
  for await (const step of scoreSteps(steppingOf(row), sequence, prompt, made)) void step;
};

/** Leaves the first tokens of a sequence in it. */
const keep = (sequence: LlamaContextSequence, count: number): Promise<void> =>
  count === 0
    ? sequence.clearHistory()
    : sequence.eraseContextTokenRanges([{ start: count, end: sequence.nextTokenIndex }]);

/** Processor time a row, ms: of a server and of a checker, each without a cache of the prefix and with it. */
const costsAt = async (length: number) => {
  const prefix = tokens(0, length);
  const sums = { server: 0, cachedServer: 0, checker: 0, cachedChecker: 0 };
  const sequence = await sequences.take(never);
  for (let row = 0; row < ROWS; row++) {
    const end = tokens(1_000 + 31 * row, END);
    await sequence.clearHistory();
    const [whole, made] = await timed(() => answer(row, sequence, [...prefix, ...end]));
    sums.server += whole;
    await keep(sequence, length);
    sums.cachedServer += (await timed(() => answer(row, sequence, end)))[0];
    await keep(sequence, length);
    sums.cachedChecker += (await timed(() => check(row, sequence, end, made)))[0];
    await sequence.clearHistory();
    sums.checker += (await timed(() => check(row, sequence, [...prefix, ...end], made)))[0];
  }
  await sequences.give(sequence);
  const each = (sum: number): number => sum / ROWS;
  return {
    server: each(sums.server),
    cachedServer: each(sums.cachedServer),
    checker: each(sums.checker),
    cachedChecker: each(sums.cachedChecker),
  };
};

/** Rows that are checked of a stack of so many equal ones, on average. */
const checkedOf = (rows: number): number => {
  let sum = 0;
  for (let i = 0; i < SEEDS; i++) {
    const seed = new Uint8Array(32).fill(i % 256).fill(i >> 8, 16);
    sum += sampledRows({ seed, stack: 1n, units: Array.from({ length: rows }, () => 1_000n), size: SIZE }).length;
  }
  return sum / SEEDS;
};

const rows: Row[] = [];
await costsAt(0); // the first evaluations of a process are slower
const checked = STACKS.map((count) => [count, checkedOf(count)] as const);
for (const [count, mean] of checked)
  rows.push({ name: `rows checked of ${count} equal ones`, value: mean, unit: 'rows' });
for (const length of PREFIXES) {
  const { server, cachedServer, checker, cachedChecker } = await costsAt(length);
  const name = `prefix of ${length} tokens`;
  rows.push(
    { name: `${name}: server without a cache`, value: server, unit: 'ms a row' },
    { name: `${name}: server with it`, value: cachedServer, unit: 'ms a row' },
    { name: `${name}: checker without a cache`, value: checker, unit: 'ms a row' },
    { name: `${name}: checker that has evaluated another row`, value: cachedChecker, unit: 'ms a row' },
    { name: `${name}: a check of a row beside its serving`, value: checker / cachedServer, unit: 'x' },
  );
  for (const [count, mean] of checked) {
    const stack = count * cachedServer;
    rows.push({
      name: `${name}: check of a stack of ${count} rows, no cache`,
      value: (100 * mean * checker) / stack,
      unit: '% of serving',
    });
  }
}
report('Shared prefixes', rows);
await loaded.llama.dispose();
