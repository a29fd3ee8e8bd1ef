/** What the gate on mutation scores lets through, and what it does not. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { draw, interval, readWords, scoreOf, storyOf } from './score.ts';

const known = ['a/src', 'b/src'];
const fates = (killed: number, survived: number, more: readonly string[] = []) =>
  [...Array<string>(killed).fill('Killed'), ...Array<string>(survived).fill('Survived'), ...more].map((status) => ({
    status,
  }));

test('a folder passes at its bar and fails one change below it', () => {
  expect(scoreOf(fates(8, 2), 0.8)).toEqual({
    ...{ noticed: 8, tried: 10, unreached: 0, untried: 0, share: 0.8 },
    passes: true,
  });
  expect(scoreOf(fates(7, 3), 0.8).passes).toBe(false);
  expect(scoreOf(fates(99, 1), 1).passes).toBe(false);
  expect(scoreOf(fates(0, 5), 0).passes).toBe(true);
});

test('a change that never ends is noticed, one no test reaches is missed, one that could not be tried is neither', () => {
  const mutants = fates(2, 1, ['Timeout', 'NoCoverage', 'CompileError', 'RuntimeError', 'Ignored', 'Pending']);
  expect(scoreOf(mutants, 0.6)).toEqual({
    ...{ noticed: 3, tried: 5, unreached: 1, untried: 4, share: 0.6 },
    passes: true,
  });
});

test('where nothing was tried nothing is shown', () => {
  expect(scoreOf(fates(0, 0, ['CompileError']), 0)).toMatchObject({ tried: 0, passes: false });
  expect(storyOf('a/src', scoreOf([], 0), 7)).toBe(
    'a/src: 0 %, 0 of 0 noticed, 0 unreached, 0 could not be tried\n  0 of 7 changes tried',
  );
});

test('a story has an interval where only a part was tried', () => {
  expect(storyOf('a/src', scoreOf(fates(8, 2), 0.8), 10)).not.toContain('95 %');
  expect(storyOf('a/src', scoreOf(fates(8, 2, ['RuntimeError']), 0.8), 11)).toBe(
    'a/src: 80 %, 8 of 10 noticed, 0 unreached, 1 could not be tried\n  10 of 11 changes tried, 95 %: 49 % to 94 %',
  );
});

/** Values of the Wilson interval that R's `prop.test(..., correct = FALSE)` gives. */
test.each([
  [8, 10, 0.4901, 0.9433],
  [0, 10, 0, 0.2775],
  [10, 10, 0.7225, 1],
  [480, 600, 0.7661, 0.83],
])('%i of %i is between', (hits, tries, low, high) => {
  const [from, to] = interval(hits, tries);
  expect(from).toBeCloseTo(low, 3);
  expect(to).toBeCloseTo(high, 3);
});

test('a seed draws the same names whatever their order, another seed others, and each once', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `change ${i}`);
  const drawn = draw(names, 100, 'one');
  expect(draw(names.toReversed(), 100, 'one')).toEqual(drawn);
  expect(new Set(drawn).size).toBe(100);
  expect(draw(names, 30, 'one')).toEqual(drawn.slice(0, 30));
  const both = draw(names, 100, 'two').filter((name) => drawn.includes(name));
  expect(both.length).toBeLessThan(30); // 10 expected
  expect(draw(names, 2_000, 'one')).toHaveLength(1_000);
});

test('all folders, all changes and no bar are what a command without words asks for', () => {
  const wanted = { folders: known, sample: undefined, seed: 'atoma', bar: 0 };
  expect(readWords([], known)).toEqual({ kind: 'wanted', wanted });
  const words = ['--sample', '20', '--seed', 's', '--break', '82.5', 'b/src'];
  const asked = { folders: ['b/src'], sample: 20, seed: 's', bar: 0.825 };
  expect(readWords(words, known)).toEqual({ kind: 'wanted', wanted: asked });
});

test.each([
  ...['0', '-3', '1.5', 'all', '12x', '', '1e3'].map((value) => [`--sample=${value}`, `not "${value}"`]),
  ...['0', '-80', '101', 'eighty', '80%', '', 'NaN', '0x10'].map((value) => [`--break=${value}`, `not "${value}"`]),
  ['--brake=80', '--brake'],
  ['--sample', '--sample'],
  ['c/src', 'c/src is none of the folders with a score: a/src, b/src'],
])('%s is refused: %s', (word, reason) => {
  expect(readWords(['a/src', word as string], known)).toEqual({
    kind: 'fault',
    reason: expect.stringContaining(reason as string),
  });
});

test('the command starts nothing on words that make no sense', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, 'mutation.ts'), '--sample', '20', '--break', '0'],
    { encoding: 'utf8' },
  );
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toBe('--break takes the least score in percent, above 0 and up to 100, not "0"\n');
});
