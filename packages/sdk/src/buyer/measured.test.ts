/** What is measured of nodes, and the order of stacks that follows from it. */
import { expect, test } from 'vitest';
import type { NodeStatus } from './directory.ts';
import { openJournal } from './journal/sqlite.ts';
import { type Measured, openMeasurements } from './measured.ts';
import { parseProvider } from './provider.ts';
import type { OwnStack } from './stack-book.ts';
import { type Candidate, ranking } from './work/rank.ts';

const MINUTE = 60_000;

const open = async (at: { ms: number } = { ms: 0 }) => {
  const journal = await openJournal({ path: ':memory:' });
  const faults: unknown[] = [];
  const begin = () =>
    openMeasurements(
      journal,
      () => at.ms,
      (error) => faults.push(error),
    );
  return { journal, faults, begin, at };
};

test('times are smoothed, long answers weigh more, and failures fade', async () => {
  const { begin, at } = await open();
  const measured = await begin();
  expect(measured.of(1n, 'm')).toEqual({
    firstMs: null,
    unitsPerSecond: null,
    completionRate: null,
    requests: 0,
    receipts: 0,
  });
  measured.answered(1n, 'm', { firstMs: 100, ms: 1000, units: 100 });
  measured.receipt(1n, 'm');
  expect(measured.of(1n, 'm')).toEqual({
    firstMs: 100,
    unitsPerSecond: 100,
    completionRate: 1,
    requests: 1,
    receipts: 1,
  });
  measured.answered(1n, 'm', { firstMs: null, ms: 2000, units: 400 });
  expect(measured.of(1n, 'm')).toMatchObject({ firstMs: 100, unitsPerSecond: (130 * 1000) / 1100 });
  for (let i = 0; i < 20; i++) measured.failed(1n, 'm');
  const worst = measured.of(1n, 'm').completionRate as number;
  expect(worst).toBeLessThan(0.2);
  at.ms += 60 * MINUTE;
  expect(measured.of(1n, 'm').completionRate).toBeGreaterThan(0.97);
  expect(measured.of(1n, 'other').requests).toBe(0);
});

test('a restart forgets nothing', async () => {
  const { begin, journal } = await open();
  const first = await begin();
  first.answered(3n, 'a/b', { firstMs: 12, ms: 40, units: 8 });
  first.failed(3n, 'a/b');
  first.receipt(3n, 'a/b');
  await first.close();
  expect((await begin()).of(3n, 'a/b')).toEqual(first.of(3n, 'a/b'));
  await journal.close();
});

test('a journal that refuses is told of and harms no request', async () => {
  const faults: string[] = [];
  const journal = { getSetting: async () => undefined, putSetting: () => Promise.reject(new Error('disk full')) };
  const measured = await openMeasurements(
    journal,
    () => 0,
    (error) => faults.push((error as Error).message),
  );
  measured.failed(1n, 'm');
  await measured.close();
  expect(faults).toEqual(['disk full']);
});

const candidate = (node: bigint, own: Partial<OwnStack>, known: Partial<Measured> = {}): Candidate => ({
  own: { node, level: 0, price: 100n, promised: 0n, ...own } as OwnStack,
  status: { node: { nodeSmallId: node, owner: '' }, latencyMs: 5 } as unknown as NodeStatus,
  measured: { firstMs: null, unitsPerSecond: null, completionRate: null, requests: 0, receipts: 0, ...known },
});

const candidates = [
  candidate(1n, { price: 90n }, { firstMs: 300, unitsPerSecond: 20, completionRate: 0.9 }),
  candidate(2n, { price: 110n }, { firstMs: 40, unitsPerSecond: 30, completionRate: 1 }),
  candidate(3n, { price: 100n }, { firstMs: 80, unitsPerSecond: 90, completionRate: 1 }),
  candidate(4n, { price: 80n }, { firstMs: 10, unitsPerSecond: 500, completionRate: 0.2 }),
  candidate(5n, { price: 200n, level: 1 }),
];

test.each([
  [undefined, [5, 1, 3, 2, 4]],
  [{ sort: 'price' }, [5, 4, 1, 3, 2]],
  [{ sort: 'throughput' }, [5, 3, 2, 1, 4]],
  [{ sort: { by: 'latency' } }, [5, 2, 3, 1, 4]],
  [{ order: [2, 4] }, [2, 4, 5, 1, 3]],
  [{ order: [3], sort: 'latency' }, [3, 5, 2, 1, 4]],
])('%j puts nodes in order', (provider, expected) => {
  const order = ranking({ levels: [1, 0] }, parseProvider(provider));
  expect([...candidates].sort(order).map(({ own }) => Number(own.node))).toEqual(expected);
});
