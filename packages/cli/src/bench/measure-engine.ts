/** The Move engine against the real Move VM, where the checkout with its development packages is at hand. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Figure, figure } from './figures.ts';

const LIMIT_MS = 180_000;

/** Ratios of the engine bench; undefined without the checkout or its development packages. */
export const measureEngine = async (checkout: string): Promise<readonly Figure[] | undefined> => {
  const bench = join(checkout, 'bench/engine.bench.ts');
  if (!existsSync(bench) || !existsSync(join(checkout, 'node_modules/@zktx.io/sui-move-builder'))) return undefined;
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', bench, '--json'], {
      timeout: LIMIT_MS,
      maxBuffer: 1 << 24,
    });
    const { rows } = JSON.parse(stdout) as {
      readonly rows: readonly {
        readonly name: string;
        readonly value: number;
        readonly unit: string;
        readonly target?: string;
      }[];
    };
    return rows
      .filter((row) => row.name.endsWith(': ratio'))
      .map((row) =>
        figure('engine', `against the Move VM, ${row.name.replace(': ratio', '')}`, row.value, row.unit, row.target),
      );
  } catch {
    return undefined; // an incomplete checkout: reported as not measured
  }
};
