import { editDistance, nearest } from '@atoma/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { root } from '../root.ts';
import { suggestions } from './suggest.ts';

test('distance counts edits and swaps', () => {
  expect(editDistance('claim-funds', 'claim-fund')).toBe(1);
  expect(editDistance('calim', 'claim')).toBe(1);
  expect(editDistance('', 'abc')).toBe(3);
});

test('distance is symmetric, zero only for equal words, and at most the longer length', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      const distance = editDistance(a, b);
      expect(distance).toBe(editDistance(b, a));
      expect(distance === 0).toBe(a === b);
      expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
    }),
  );
});

test('nothing is suggested for a word like no other', () => {
  expect(nearest('zzzzzz', ['claim-funds', 'donate'])).toEqual([]);
});

test.each([
  ['db claim-fund', 'db claim-funds'],
  ['db acquire-stack', 'db acquire-new-stack-entry'],
  ['faucet', 'toma faucet'],
  ['claim-funds', 'db claim-funds'],
  ['walet', 'wallet'],
])('"%s" leads to "%s"', (typed, meant) => {
  const words = typed.split(' ');
  const found = suggestions(root, words, words.at(-1) as string);
  expect(found.some((path) => path === meant || path.startsWith(`${meant} `))).toBe(true);
});
