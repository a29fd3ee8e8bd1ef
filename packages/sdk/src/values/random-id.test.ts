import { afterEach, expect, test, vi } from 'vitest';
import { orderedId, randomId } from './random-id.ts';

const hex = (id: Uint8Array): string => Buffer.from(id).toString('hex');

afterEach(() => {
  vi.useRealTimers();
});

test('ids that are made later come later, and begin with the clock', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  const times = [1, 255, 256, 2 ** 32, Date.UTC(2026, 10, 30), 2 ** 48 - 1];
  const ids = times.map((ms) => {
    vi.setSystemTime(ms);
    return orderedId();
  });
  expect(ids.map((id) => Buffer.from(id).readUIntBE(0, 6))).toEqual(times);
  expect(ids.map(hex)).toEqual(ids.map(hex).sort());
  expect(ids.every(({ length }) => length === 16)).toBe(true);
});

test('ids of one millisecond differ, across the page that random bytes are drawn by', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  for (const make of [randomId, orderedId]) {
    const ids = Array.from({ length: 1_000 }, () => hex(make()));
    expect(new Set(ids).size).toBe(1_000);
  }
});
