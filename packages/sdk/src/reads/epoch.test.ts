import { expect, test } from 'vitest';
import { type EpochInfo, epochText, epochTime, spanText } from './epoch.ts';

const HOUR = 3_600_000;
const now: EpochInfo = {
  epoch: 10n,
  startMs: 1_000 * HOUR,
  durationMs: 24 * HOUR,
  endMs: 1_024 * HOUR,
  referenceGasPrice: 1_000n,
};
const at = 1_006 * HOUR;

test('an epoch is a time', () => {
  expect(epochTime(10n, now, at)).toEqual({ ms: 1_000 * HOUR, leftMs: 0 });
  expect(epochTime(12n, now, at)).toEqual({ ms: 1_048 * HOUR, leftMs: 42 * HOUR });
  expect(epochTime(9n, now, at)).toEqual({ ms: 976 * HOUR, leftMs: 0 });
});

test('an epoch that should have begun is at no negative distance', () => {
  expect(epochTime(11n, now, 2_000 * HOUR).leftMs).toBe(0);
});

test.each([
  [10n, 'epoch 10 (now)'],
  [11n, 'epoch 11 (in about 18 h)'],
  [12n, 'epoch 12 (in about 1 d 18 h)'],
  [9n, 'epoch 9 (1 epoch ago)'],
  [7n, 'epoch 7 (3 epochs ago)'],
])('epoch %s reads "%s"', (epoch, text) => {
  expect(epochText(epoch, now, at)).toBe(text);
});

test.each([
  [0, '0 s'],
  [59_999, '59 s'],
  [90_000, '1 min'],
  [2 * HOUR + 5 * 60_000, '2 h 5 min'],
  [26 * HOUR, '1 d 2 h'],
])('%s ms read "%s"', (ms, text) => {
  expect(spanText(ms)).toBe(text);
});
