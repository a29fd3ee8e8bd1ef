import { expect, test } from 'vitest';
import { createAskers } from './askers.ts';

test('an address may ask so often a minute; the others are not held up by it', () => {
  let now = 0;
  const askers = createAskers(3, () => now);
  expect(['a', 'a', 'a', 'a', 'b'].map((address) => askers.ask(address))).toEqual([
    undefined,
    undefined,
    undefined,
    20,
    undefined,
  ]);
  now += 20_000;
  expect([askers.ask('a'), askers.ask('a')]).toEqual([undefined, 20]);
});

test('who pays is not counted, and gains nothing by it', () => {
  const askers = createAskers(2, () => 0);
  for (let i = 0; i < 5; i++) {
    expect([askers.ask('a'), askers.ask('a')]).toEqual([undefined, undefined]);
    askers.paid('a');
  }
  askers.paid('a');
  expect([1, 2, 3].map(() => askers.ask('a'))).toEqual([undefined, undefined, 30]);
});

test.each([
  ['2001:db8:0:1::5', '2001:db8:0:1:ffff::7', 30],
  ['2001:db8::1', '2001:0db8:0:0::2', 30],
  ['::1', '::2', 30],
  ['2001:db8:0:1::5', '2001:db8:0:2::5', undefined],
])('%s and %s are %s', (first, second, wait) => {
  const askers = createAskers(2, () => 0);
  askers.ask(first);
  askers.ask(first);
  expect(askers.ask(second)).toBe(wait);
});

test('no more than 10,000 addresses are remembered; who asked last stays', () => {
  const askers = createAskers(1, () => 0);
  const all = Array.from({ length: 10_001 }, (_, i) => `10.0.${i >> 8}.${i & 255}`);
  for (const address of all) expect(askers.ask(address)).toBeUndefined();
  expect(askers.ask(all[10_000] as string)).toBe(60);
  expect(askers.ask(all[0] as string)).toBeUndefined();
});
