/** Start-up: processes of this very program, on an empty home directory. */
import { spawn, spawnSync } from 'node:child_process';
import { record, text } from '@atoma/sdk';
import * as s from '../kernel/schema.ts';
import { fits, schemaFaults } from '../kernel/schema-faults.ts';
import { type UpFacts, upFields } from '../up/facts.ts';
import { benchError } from './bench-errors.ts';
import { type Figure, figure, median, timesOf } from './figures.ts';

/** A program as it is started: Node's arguments up to the program's own. */
export interface Program {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const run = ({ env }: Program, args: readonly string[]): void => {
  spawnSync(process.execPath, [...args], { env: { ...env }, stdio: 'ignore' });
};

const schema = s.record(upFields);

/** A market of another process. */
export interface UpProcess {
  readonly facts: UpFacts;
  readonly stop: () => Promise<void>;
}

/** Starts `atoma up` and resolves when it says that it is ready. */
export const startUpProcess = ({ args, env }: Program, flags: readonly string[]): Promise<UpProcess> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, 'up', '--port', '0', '--json', ...flags], {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let isReady = false;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    let text = '';
    child.once('error', reject);
    child.once('exit', (code) => {
      if (!isReady) reject(benchError('UP_ENDED', { code: String(code) }));
    });
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (isReady || !text.includes('\n')) return;
      isReady = true;
      const facts: unknown = JSON.parse(text);
      if (!fits<UpFacts>(schema, facts)) {
        child.kill('SIGTERM');
        reject(benchError('UP_FACTS', { fault: schemaFaults(schema, facts)[0] ?? '' }));
        return;
      }
      resolve({
        facts,
        stop: async () => {
          child.kill('SIGTERM');
          await ended;
        },
      });
    });
  });

/** Start-up figures. */
export const measureStart = async (program: Program, runs: number): Promise<readonly Figure[]> => {
  const empty: number[] = [];
  const help: number[] = [];
  const epoch: number[] = [];
  run(program, [...program.args, 'epoch']); // makes the embedded ledger
  for (let i = 0; i < runs; i++) {
    empty.push(...(await timesOf(1, async () => run(program, ['-e', '0']))));
    help.push(...(await timesOf(1, async () => run(program, [...program.args, '--help']))));
    epoch.push(...(await timesOf(1, async () => run(program, [...program.args, 'epoch']))));
  }
  const ready: number[] = [];
  for (let i = 0; i < Math.max(1, Math.floor(runs / 3)); i++) {
    const up = await startUpProcess(program, []);
    ready.push(Number(up.facts.ready_ms));
    await up.stop();
  }
  return [
    figure('start-up', 'empty Node, start to exit', median(empty), 'ms'),
    figure('start-up', 'atoma --help', median(help), 'ms'),
    figure('start-up', 'atoma --help against empty Node', median(help) / median(empty), 'times', '<= 1.5'),
    figure('start-up', 'a command on the embedded ledger', median(epoch), 'ms', '<= 350'),
    figure('start-up', 'atoma up, five nodes: Node start to ready', median(ready), 'ms', '<= 1000'),
  ];
};

/** What a command with --json says of its failure. */
const whyOf = (out: string): string => {
  try {
    const { message, hint } = record(record(JSON.parse(out)).error);
    return `${text(message)} ${text(hint)}`;
  } catch {
    return out.trim();
  }
};

/** Figures of the market's whole story, by `atoma demo` in a process of its own. */
export const measureDemo = async ({ args, env }: Program, runs: number): Promise<readonly Figure[]> => {
  const whole: number[] = [];
  const story: number[] = [];
  for (let i = 0; i < Math.max(1, Math.floor(runs / 3)); i++) {
    const started = performance.now();
    const done = spawnSync(process.execPath, [...args, 'demo', '--json'], { env: { ...env }, encoding: 'utf8' });
    whole.push(performance.now() - started);
    if (done.status !== 0) throw benchError('DEMO_ENDED', { why: whyOf(done.stdout) });
    story.push(Number(record(JSON.parse(done.stdout)).lifecycle_ms));
  }
  const what = '100 requests, settled, attested, claimed; a cheat convicted';
  return [
    figure('lifecycle', `atoma demo, from ready to its books: ${what}`, median(story), 'ms', '<= 2000'),
    figure('lifecycle', 'atoma demo, Node start to exit', median(whole), 'ms', '<= 10000'),
  ];
};
