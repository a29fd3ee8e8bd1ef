/** The Move engine against the real Move VM, where the checkout with its development packages is at hand. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as s from '../kernel/schema.ts';
import { fits } from '../kernel/schema-faults.ts';
import { type Figure, figure } from './figures.ts';

const LIMIT_MS = 180_000;

/** What the engine bench prints. */
interface Printed {
  readonly rows: readonly {
    readonly name: string;
    readonly value: number;
    readonly unit: string;
    readonly target?: string;
  }[];
}

const printedSchema = s.record({
  rows: s.list(
    s.record(
      {
        name: s.text('Figure.'),
        value: { type: 'number', description: 'Value.' },
        unit: s.text('Unit.'),
        target: s.text('Goal.'),
      },
      '',
      ['target'],
    ),
    'Figures.',
  ),
});

/** Ratios of the engine bench; undefined without the checkout or its development packages. */
export const measureEngine = async (checkout: string): Promise<readonly Figure[] | undefined> => {
  const bench = join(checkout, 'bench/engine.bench.ts');
  if (!existsSync(bench) || !existsSync(join(checkout, 'node_modules/@zktx.io/sui-move-builder'))) return undefined;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', bench, '--json'], {
      timeout: LIMIT_MS,
      maxBuffer: 1 << 24,
    });
    const printed: unknown = JSON.parse(stdout);
    return (fits<Printed>(printedSchema, printed) ? printed.rows : [])
      .filter((row) => row.name.endsWith(': ratio'))
      .map((row) =>
        figure('engine', `against the Move VM, ${row.name.replace(': ratio', '')}`, row.value, row.unit, row.target),
      );
  } catch {
    return undefined; // an incomplete checkout: reported as not measured
  }
};
