import { expect, test } from 'vitest';
import { createCache, createRateLimit } from './rate.ts';

test('so many pass a second, with a burst as large', () => {
  const limit = createRateLimit(2);
  const allowed = (now: number, tries: number) => Array.from({ length: tries }, () => limit.allow(now));
  expect(allowed(10_000, 3)).toEqual([true, true, false]);
  expect(allowed(10_499, 1)).toEqual([false]);
  expect(allowed(10_500, 2)).toEqual([true, false]);
  expect(allowed(60_000, 3)).toEqual([true, true, false]); // no more than a burst is saved up
});

test('an entry is there until its time is over, and known as stale after it', () => {
  const cache = createCache<string, number>(2, 100);
  cache.set('a', 1, 0);
  expect([cache.get('a', 99), cache.get('a', 100), cache.stale('a')]).toEqual([1, undefined, 1]);
  expect([cache.get('b', 0), cache.stale('b')]).toEqual([undefined, undefined]);
  cache.delete('a');
  expect(cache.stale('a')).toBe(undefined);
});

test('the entry that was set longest ago makes room', () => {
  const cache = createCache<string, number>(2, 100);
  for (const key of ['a', 'b', 'a', 'c']) cache.set(key, 1, 0);
  expect(['a', 'b', 'c'].map((key) => cache.stale(key))).toEqual([1, undefined, 1]);
});
