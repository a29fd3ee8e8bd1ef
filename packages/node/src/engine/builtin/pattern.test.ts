import { expect, test } from 'vitest';
import { textFor } from './pattern.ts';

test.each([
  ['^[a-z]{3}$', 0],
  ['^\\d{4}-\\d{2}-\\d{2}$', 0],
  ['^(?:red|green)+$', 7],
  ['^(?<year>\\d+)x?$', 5],
  ['^[^a0A]*$', 3],
  ['^\\w+@\\w+\\.com$', 12],
  ['a.c', 3],
  ['^\\$\\^\\.$', 0],
  ['^[\\]x]{2,}$', 4],
])('a text is made that %s matches, %i letters long or longer', (pattern, least) => {
  const text = textFor(pattern, least, 100) as string;
  expect(text).toMatch(new RegExp(pattern, 'u'));
  expect(text.length).toBeGreaterThanOrEqual(least);
});

test('a length nothing it can write has is no text', () => {
  expect(textFor('^a{3}$', 4, 10)).toBeUndefined();
  expect(textFor('^a{30}$', 0, 10)).toBeUndefined();
  expect(textFor('^a{2,}$', 5, 5)).toBe('aaaaa');
});

test.each([
  '(?=a)',
  '(?<!a)b',
  '\\bfoo',
  '(a)\\1',
  'a^b',
  'a$b',
  '[',
  '(a',
  'a)',
  '[^a-z0-9A-Z _.!~-]',
  '*a',
  '\\p{L}',
])('what it does not know it does not guess: %s', (pattern) => {
  expect(textFor(pattern, 0, 100)).toBeUndefined();
});

test('repetitions of repetitions cost no time and no memory', () => {
  expect(textFor('^((((a{999999}){999999}){999999}){999999})$', 0, 1_000_000)).toBeUndefined();
  expect(textFor('('.repeat(10_000), 0, 10)).toBeUndefined();
});
