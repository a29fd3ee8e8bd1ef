/** Start-up and whole-process times of the command line: `node bench/cli.bench.ts [--json]`. Builds the bundle first. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median, type Row, report } from './report.ts';

const root = resolve(import.meta.dirname, '..');
const bundle = join(root, 'packages/cli/dist/bin/atoma.js');
const home = mkdtempSync(join(tmpdir(), 'atoma-bench-'));
const env = { PATH: process.env.PATH, HOME: home, ATOMA_HOME: join(home, 'atoma'), NO_COLOR: '1' };

/** Wall time of one process from start to exit, ms. */
const timeOf = (command: string, args: readonly string[]): number => {
  const started = performance.now();
  const done = spawnSync(command, args, { env, cwd: home, encoding: 'utf8' });
  const elapsed = performance.now() - started;
  if (done.status !== 0) throw Error(`${[command, ...args].join(' ')} exited ${done.status}: ${done.stderr}`);
  return elapsed;
};

const medianOf = (runs: number, command: string, args: readonly string[]): number => {
  timeOf(command, args);
  return median(Array.from({ length: runs }, () => timeOf(command, args)));
};

const atoma = (...args: string[]): readonly string[] => [bundle, ...args];

/** Both starts in turn, so that other load of the machine meets them alike. */
const startsInTurn = (runs: number): readonly [empty: number, help: number] => {
  const pairs = Array.from({ length: runs }, () => [
    timeOf(process.execPath, ['-e', '0']),
    timeOf(process.execPath, atoma('--help')),
  ]);
  return [median(pairs.map(([empty = 0]) => empty)), median(pairs.map(([, help = 0]) => help))];
};

/** Has Node find no library for language models, as where it is not installed. */
const withoutModel = [
  '--import',
  `data:text/javascript,${encodeURIComponent(
    "import { registerHooks } from 'node:module'; registerHooks({ resolve: (name, context, next) => { if (name === 'node-llama-cpp') throw Error(name); return next(name, context); } });",
  )}`,
];

/** What a program says of itself, as JSON. */
const jsonOf = (args: readonly string[]): Readonly<Record<string, number>> => {
  const done = spawnSync(process.execPath, args, { env, cwd: home, encoding: 'utf8' });
  if (done.status !== 0) throw Error(`${args.join(' ')} exited ${done.status}: ${done.stderr}`);
  return JSON.parse(done.stdout);
};

/** Start of a market, ms: with the language model and without it, in turn. */
const readyInTurn = (runs: number): readonly [number, number] => {
  const ready = (...flags: string[]): number => {
    const { ready_ms } = jsonOf([...flags, ...atoma('up', '--detach', '--port', '0', '--json')]);
    timeOf(process.execPath, atoma('up', '--stop'));
    return Number(ready_ms);
  };
  const pairs = Array.from({ length: runs }, () => [ready(), ready(...withoutModel)]);
  return [median(pairs.map(([first = 0]) => first)), median(pairs.map(([, second = 0]) => second))];
};

/** The demo from start to exit, ms: with the language model and without it, in turn. */
const demosInTurn = (runs: number): readonly [number, number] => {
  const pairs = Array.from({ length: runs }, () => [
    timeOf(process.execPath, atoma('demo', '--quiet')),
    timeOf(process.execPath, [...withoutModel, ...atoma('demo', '--quiet')]),
  ]);
  return [median(pairs.map(([first = 0]) => first)), median(pairs.map(([, second = 0]) => second))];
};

const measure = (): readonly Row[] => {
  const [empty, help] = startsInTurn(25);
  const devHelp = medianOf(11, join(root, 'dev/cli'), ['--help']);
  const first = timeOf(process.execPath, atoma('epoch'));
  const faucet = medianOf(15, process.execPath, atoma('toma', 'faucet', '--amount', '1TOMA'));
  const devFaucet = medianOf(7, join(root, 'dev/cli'), ['toma', 'faucet', '--amount', '1TOMA']);
  const read = medianOf(11, process.execPath, atoma('task', 'list'));
  const [demo, plainDemo] = demosInTurn(5);
  const [ready, plainReady] = readyInTurn(5);
  return [
    { name: 'empty Node, start to exit', value: empty, unit: 'ms' },
    { name: 'atoma --help', value: help, unit: 'ms' },
    { name: 'atoma --help relative to empty Node', value: help / empty, unit: 'times', target: '<= 1.5' },
    { name: './dev/cli --help', value: devHelp, unit: 'ms' },
    { name: 'first command of all on embedded (ledger, publication)', value: first, unit: 'ms' },
    { name: 'toma faucet on embedded', value: faucet, unit: 'ms', target: '<= 350' },
    { name: './dev/cli toma faucet on embedded', value: devFaucet, unit: 'ms' },
    { name: 'task list on embedded', value: read, unit: 'ms' },
    { name: 'demo', value: demo, unit: 'ms' },
    {
      name: 'demo relative to that without the language model',
      value: demo / plainDemo,
      unit: 'times',
      target: '<= 1.5',
    },
    { name: 'up, start to ready', value: ready, unit: 'ms' },
    {
      name: 'up relative to that without the language model',
      value: ready / plainReady,
      unit: 'times',
      target: '<= 1.5',
    },
  ];
};

execFileSync(process.execPath, [join(root, 'tools/build/build.ts'), '--quiet'], { stdio: 'inherit' });
try {
  report('Command line', measure());
} finally {
  rmSync(home, { recursive: true, force: true });
}
