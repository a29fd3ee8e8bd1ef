/**
 * The tests of six folders notice at least 80 % of the changes to their code. `ATOMA_MUTANTS` changes of each folder are tried.
 *
 * Of 60, a folder whose true score is 90 % fails once in 176 draws, one of 88 % once in 42, one of 85 % once in 9; one of 70 % gets by once
 * in 18 draws. The draw depends on the sources alone: the verdict is the same at every run, and a larger sample tells a false alarm.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { areas } from './areas.ts';

const root = join(import.meta.dirname, '../..');
const sample = process.env.ATOMA_MUTANTS ?? '60';
const hours = 3_600_000;

/** Runs a program apart from the Vitest around it, whose variables would reach the one that Stryker starts. */
const run = (program: string, ...words: readonly string[]) =>
  spawnSync(program, words, {
    ...{ cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 },
    env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:VITEST|TEST$|NODE_ENV$)/.test(name))),
  });
const mutate = (...words: readonly string[]) => run(process.execPath, 'tools/mutation/mutation.ts', ...words);

beforeAll(() => {
  const { status, stderr } = run('npm', 'ci', '--prefix', 'tools/mutation', '--no-audit', '--no-fund');
  expect(status, stderr).toBe(0);
}, hours);

test.each(Object.keys(areas))('%s: 80 % of its changes are noticed', { timeout: 6 * hours }, (folder) => {
  const { status, stdout, stderr } = mutate('--sample', sample, '--break', '80', folder);
  process.stdout.write(stdout); // the figure, and what survived
  expect(status, `${stdout}\n${stderr.slice(-2_000)}`).toBe(0);
});
