import { expect, test } from 'vitest';
import { remember } from './remember.ts';

/** A memory of numbers that count their reads, by a clock that is set; a read of `bad` fails while told so. */
const memory = () => {
  const at = { ms: 0, fails: false, reads: 0 };
  const cache = remember<string, number>(
    () => 10,
    () => at.ms,
    async () => {
      at.reads++;
      if (at.fails) throw new Error('no answer');
      return at.reads;
    },
  );
  return { at, cache };
};

test('a value is read once in its time, then given once more while it is read behind it', async () => {
  const { at, cache } = memory();
  expect([await cache.get('a'), await cache.get('a')]).toEqual([1, 1]);
  at.ms = 9;
  expect(await cache.get('a')).toBe(1);
  at.ms = 10;
  expect([await cache.get('a'), await cache.get('a')]).toEqual([1, 2]);
  expect(at.reads).toBe(2);
});

test('a value five times as old is not given any more', async () => {
  const { at, cache } = memory();
  await cache.get('a');
  at.ms = 50;
  expect(await cache.get('a')).toBe(2);
});

test('a failed read is told once and not kept; behind a stale value it is tried again', async () => {
  const { at, cache } = memory();
  at.fails = true;
  await expect(cache.get('a')).rejects.toThrow('no answer');
  at.fails = false;
  expect(await cache.get('a')).toBe(2);
  at.ms = 10;
  at.fails = true;
  expect(await cache.get('a')).toBe(2);
  await Promise.resolve();
  at.fails = false;
  expect(await cache.get('a')).toBe(2);
  await Promise.resolve();
  expect([await cache.get('a'), at.reads]).toEqual([4, 4]);
});

test('values are forgotten one by one or all', async () => {
  const { at, cache } = memory();
  await cache.get('a');
  await cache.get('b');
  cache.forget('a');
  expect([await cache.get('a'), await cache.get('b')]).toEqual([3, 2]);
  cache.clear();
  expect([await cache.get('b'), at.reads]).toEqual([4, 4]);
});

test('a value that was forgotten while it was read anew does not come back', async () => {
  const { at, cache } = memory();
  await cache.get('a');
  at.ms = 10;
  const stale = cache.get('a');
  cache.forget('a');
  await stale;
  expect(await cache.get('a')).toBe(3);
});
