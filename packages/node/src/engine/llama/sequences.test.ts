import { expect, test } from 'vitest';
import { openConnections, openSequences } from './sequences.ts';

const never = new AbortController().signal;

test('each place is lent to one at a time; who waits gets the next, in the order they came', async () => {
  const places = openConnections(2);
  const [a, b] = [await places.take(never), await places.take(never)];
  expect(new Set([a, b])).toEqual(new Set([0, 1]));
  const got: string[] = [];
  const waiting = ['first', 'second'].map(async (name) => {
    const place = await places.take(never);
    got.push(`${name} ${place}`);
    return place;
  });
  await places.give(b);
  await waiting[0];
  expect(got).toEqual([`first ${b}`]);
  await places.give(a);
  await waiting[1];
  expect(got).toEqual([`first ${b}`, `second ${a}`]);
});

test('who leaves the queue gets no place, and keeps nobody behind it from one', async () => {
  const places = openConnections(1);
  const place = await places.take(never);
  const leaving = new AbortController();
  const [left, next] = [places.take(leaving.signal), places.take(never)];
  leaving.abort('gone');
  await expect(left).rejects.toBe('gone');
  await places.give(place);
  expect(await next).toBe(place);
  leaving.abort('again');
  await places.give(place);
  expect(await places.take(never)).toBe(place);
});

test('a sequence is empty before it is lent again', async () => {
  const log: string[] = [];
  let made = 0;
  const context = {
    getSequence: () => {
      const name = made++;
      return { name, clearHistory: async () => void log.push(`cleared ${name}`) };
    },
  };
  const places = openSequences(context as never, 1);
  const sequence = await places.take(never);
  const next = places.take(never).then(() => log.push('lent again'));
  await places.give(sequence);
  await next;
  expect(log).toEqual(['cleared 0', 'lent again']);
});
