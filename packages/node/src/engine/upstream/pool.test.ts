import { afterEach, expect, test, vi } from 'vitest';
import type { UpstreamLimits, UpstreamTarget } from './config.ts';
import { createPool, type Slot } from './pool.ts';

afterEach(() => void vi.useRealTimers());

const never = new AbortController().signal;
const nobody: ReadonlySet<never> = new Set();
const limits = { queue: 2, queueMs: 1_000, failuresOut: 2 } as UpstreamLimits;
const poolOf = (...concurrency: readonly number[]) => {
  const targets = concurrency.map((each, i) => ({ url: `http://${i}`, concurrency: each }) as UpstreamTarget);
  const pool = createPool('m', targets, limits);
  return { pool, states: pool.states, take: () => pool.acquire(nobody, never) };
};
const urlOf = ({ state }: Slot): string => state.target.url;
const refused = (code: string) => expect.objectContaining({ code });

test('the server with fewest requests is taken, up to the number each one takes', async () => {
  const { take } = poolOf(1, 3);
  expect([urlOf(await take()), urlOf(await take()), urlOf(await take())]).toEqual(['http://0', 'http://1', 'http://1']);
});

test('a place that is given back twice is one place, and goes to who waits longest', async () => {
  const { pool, states, take } = poolOf(1);
  const slot = await take();
  const [first, second] = [take(), take()];
  expect(pool.waiting()).toBe(2);
  await expect(take()).rejects.toEqual(refused('ENGINE_OVERLOADED'));
  slot.release();
  slot.release();
  (await first).release();
  (await second).release();
  expect(states[0]?.inFlight).toBe(0);
});

test('who waits too long is told that all are busy; who leaves makes room', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { pool, take } = poolOf(1);
  await take();
  const leaving = new AbortController();
  const left = pool.acquire(nobody, leaving.signal);
  leaving.abort('gone');
  await expect(left).rejects.toBe('gone');
  const late = expect(take()).rejects.toEqual(refused('ENGINE_OVERLOADED'));
  vi.advanceTimersByTime(999);
  expect(pool.waiting()).toBe(1);
  vi.advanceTimersByTime(1);
  await late;
  expect(pool.waiting()).toBe(0);
});

test('a server that fails is left out until it succeeds; one request fails it once', async () => {
  const { pool, states, take } = poolOf(4, 4);
  const [first] = states as [(typeof states)[0]];
  pool.noteFailure(first, 'bad request');
  pool.noteFailure(first, 'bad request');
  expect(first.healthy).toBe(true);
  pool.noteFailure(first, 'another');
  expect([urlOf(await take()), urlOf(await take())]).toEqual(['http://1', 'http://1']);
  pool.noteSuccess(first);
  expect(first).toMatchObject({ healthy: true, failures: 0 });
  expect(urlOf(await take())).toBe('http://0');
  pool.noteFailure(first, 'bad request');
  expect(first.failures).toBe(1);
});

test('where no server is left that says so at once, to those who wait too; paused ones are busy, not gone', async () => {
  const { pool, states, take } = poolOf(1);
  const [only] = states as [(typeof states)[0]];
  await take();
  const waiting = take();
  await expect(pool.acquire(new Set([only]), never)).rejects.toEqual(refused('ENGINE_UNAVAILABLE'));
  pool.noteFailure(only);
  pool.noteFailure(only);
  await expect(waiting).rejects.toEqual(refused('ENGINE_UNAVAILABLE'));
  await expect(take()).rejects.toEqual(refused('ENGINE_UNAVAILABLE'));
  pool.noteSuccess(only);
  only.paused = true;
  await expect(take()).rejects.toEqual(refused('ENGINE_OVERLOADED'));
});
