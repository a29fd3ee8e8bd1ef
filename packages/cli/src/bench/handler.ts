import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Handler } from '../kernel/command.ts';
import { tableLines } from '../kernel/lines.ts';
import type { Figure } from './figures.ts';
import type { benchFlags } from './flags.ts';
import { measureEngine } from './measure-engine.ts';
import { measureLedger } from './measure-ledger.ts';
import { measureServing } from './measure-serving.ts';
import { measureDemo, measureStart, type Program } from './measure-start.ts';

const shown = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 4 });

/** The checkout the program runs from, as far as it does: `packages/cli/dist/bin/atoma.js` or `packages/cli/src/main.ts`. */
const checkoutOf = (program: string): string => {
  const at = dirname(program);
  return at.endsWith('bin') ? resolve(at, '../../../..') : resolve(at, '../../..');
};

/** `atoma bench` */
export const bench: Handler<typeof benchFlags> = async (run, { quick }) => {
  const [load = 0] = loadavg();
  const home = mkdtempSync(join(tmpdir(), 'atoma-bench-'));
  run.onEnd(() => rmSync(home, { recursive: true, force: true }));
  const path = realpathSync(process.argv[1] as string);
  const env = { PATH: run.io.env.PATH, HOME: home, ATOMA_HOME: join(home, 'atoma'), NO_COLOR: '1' };
  const program: Program = { args: [...process.execArgv, path], env };
  run.note('start-up ...');
  const start = await measureStart(program, quick ? 3 : 15);
  run.note('ledger and life of a stack ...');
  const ledger = await measureLedger(quick ? 20 : 400);
  run.note('the demo ...');
  const story = await measureDemo(program, quick ? 1 : 15);
  run.note('node and gateway ...');
  const serving = await measureServing(program, env.ATOMA_HOME, quick ? 20 : 400);
  if (!quick) run.note('engine ...');
  const engine = quick ? undefined : await measureEngine(checkoutOf(path));
  const figures: readonly Figure[] = [...start, ...story, ...ledger, ...serving, ...(engine ?? [])];
  const missing = engine ? [] : ['engine'];
  const cpu = cpus()[0]?.model ?? 'unknown';
  return {
    data: {
      node: process.version,
      cpu,
      cores: availableParallelism(),
      load,
      figures: figures.map((one) => ({ ...one })),
      not_measured: missing,
    },
    short: figures.map((one) => `${one.part} ${one.name}: ${shown(one.value)} ${one.unit}`).join('\n'),
    lines: (paint) => [
      `Node ${process.version}, ${cpu.trim()}, ${availableParallelism()} cores, load ${load.toFixed(1)} at the start`,
      ...tableLines(
        paint,
        ['part', 'what', 'figure', 'unit', 'target'],
        figures.map((one) => [one.part, one.name, shown(one.value), one.unit, one.target ?? '']),
      ),
      ...(missing.length === 0
        ? []
        : [quick ? 'engine: left out with --quick' : 'engine: not measured, the development packages are not here']),
    ],
  };
};
