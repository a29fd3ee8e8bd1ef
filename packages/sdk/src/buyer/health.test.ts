import { expect, test } from 'vitest';
import { createHealth } from './health.ts';

test('a node that fails is left alone twice as long each time, a minute at most; an answer ends it', () => {
  const health = createHealth(() => 1_000);
  const rests = Array.from({ length: 8 }, () => {
    health.failed(1n, 'it broke off');
    return health.of(1n).restUntilMs - 1_000;
  });
  expect(rests).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  expect(health.of(1n)).toMatchObject({ failures: 8, why: 'it broke off' });
  health.answered(1n, 100);
  expect(health.of(1n)).toMatchObject({ failures: 0, restUntilMs: 0, latencyMs: 100 });
  health.failed(1n, 'again');
  expect(health.of(1n).restUntilMs).toBe(2_000);
});

test('latency is smoothed: a fifth of each newer answer', () => {
  const health = createHealth(() => 0);
  expect(health.of(1n).latencyMs).toBe(null);
  health.answered(1n, 0);
  health.answered(1n, 100);
  expect(health.of(1n).latencyMs).toBeCloseTo(20);
  health.answered(1n, 120);
  expect(health.of(1n).latencyMs).toBeCloseTo(40);
});

test('nodes are known apart', () => {
  const health = createHealth(() => 0);
  health.failed(1n, 'gone');
  expect(health.of(2n)).toEqual({ failures: 0, restUntilMs: 0, why: '', latencyMs: null, clockOffsetMs: 0 });
});
