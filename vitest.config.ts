import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { ClosingReporter } from './test/closing-reporter.ts';
import { LongestFirst } from './test/sequencer.ts';

const places = ['packages/*/src', 'tools', 'bench', 'test'];
const files = (ending: string): string[] => places.map((place) => `${place}/**/*${ending}`);
const slow = files('.slow.test.ts');
const long = files('.long.test.ts');
const elsewhere = ['**/node_modules/**', '**/dist/**'];

/** Compiled code of the programs that tests start from their TypeScript: a second of processor time each. */
const compiled = resolve(import.meta.dirname, '.atoma/compiled');

/**
 * A group of files with a name: `vitest run --project NAME`. Without isolation a worker loads our packages once for all of its files, which
 * is half of the processor time of short tests: such files leave nothing behind in the process.
 */
const group = (name: string, include: string[], exclude: string[], isolate: boolean) => ({
  test: {
    name,
    include,
    exclude: [...elsewhere, ...exclude],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks' as const,
    isolate,
    env: { NODE_COMPILE_CACHE: compiled },
  },
});

/** `npm test` runs fast, `npm run test:all` fast and slow, `npm run test:long` long. */
export default defineConfig({
  test: {
    projects: [
      group('fast', files('.test.ts'), [...slow, ...long], false),
      group('slow', slow, [], false),
      group('long', long, [], true),
    ],
    reporters: ['default', new ClosingReporter()],
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
  },
});
