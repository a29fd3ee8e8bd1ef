/** Limits of keys, against an empty set of books and a clock that the test moves. */
import { isAtomaError } from '@atoma/base';
import { expect, onTestFinished, test } from 'vitest';
import { openGatewayStore } from '../store/sqlite.ts';
import type { KeyRow } from '../store/types.ts';
import { cappedSlot, createLimits, type Slot } from './limits.ts';

const unlimited = { requestsPerMinute: null, unitsPerMinute: null, concurrency: null };
const noQuota = { dayUnits: null, monthUnits: null, dayCost: null, monthCost: null };
const plainKey: KeyRow = {
  ...unlimited,
  ...noQuota,
  ...{ id: 'a'.repeat(16), tenant: 'default', name: 'k', secretHash: new Uint8Array(32), models: [], addresses: [] },
  ...{ price: null, maxPrice: null, levels: [], tasks: [], nodePolicy: null, origins: [], dedicated: false },
  ...{ createdMs: 0, expiresMs: null, revokedMs: null },
};

const limitsAt = (key: Partial<KeyRow>) => {
  let at = 0;
  const store = openGatewayStore({ path: ':memory:' });
  onTestFinished(() => store.close());
  const limits = createLimits(store, () => at);
  return {
    limits,
    begin: async (time: string, units: bigint): Promise<Slot | string> => {
      at = Date.parse(time);
      const entry = await limits.enter({ ...plainKey, ...key });
      if (entry.kind !== 'entered') return entry.kind;
      try {
        await entry.slot.admit(units, 0n);
        return entry.slot;
      } catch (error) {
        entry.slot.end(0n, 0n);
        return (error as { code: string }).code;
      }
    },
  };
};

test.each([
  ['day', '2026-03-28T23:59:59Z', '2026-03-29T00:00:01Z', { dayUnits: 1_000n }],
  ['month', '2026-10-31T23:59:59Z', '2026-11-01T00:00:01Z', { monthUnits: 1_000n }],
] as const)('what was promised in one %s is given back to it, not to the next', async (_, before, after, quota) => {
  const { limits, begin } = limitsAt(quota);
  const long = (await begin(before, 900n)) as Slot;
  const short = (await begin(after, 100n)) as Slot;
  short.end(100n, 0n);
  long.end(10n, 0n);
  expect(await begin(after, 900n)).toMatchObject({ admit: expect.any(Function) });
  expect(await begin(after, 1n)).toBe('GATEWAY_QUOTA');
  limits.add({ key: plainKey.id, createdMs: Date.parse(before) }, -500n, 0n);
  expect(await begin(after, 1n)).toBe('GATEWAY_QUOTA');
});

test('requests that clients leave count against their key alone', async () => {
  const { begin } = limitsAt({});
  for (let i = 0; i < 120; i++) {
    const slot = (await begin('2026-01-01T00:00:00Z', 1n)) as Slot;
    slot.cancelled();
    slot.end(0n, 0n);
  }
  expect(await begin('2026-01-01T00:00:00Z', 1n)).toBe('full');
  expect(await begin('2026-01-01T00:00:01Z', 1n)).toMatchObject({ cancelled: expect.any(Function) });
});

const NOON = '2026-03-31T12:00:00Z';

/** The error that a call throws, its code and details. */
const thrown = async (call: () => unknown) => {
  try {
    await call();
  } catch (error) {
    if (isAtomaError(error)) return { code: error.code, ...error.details };
    throw error;
  }
  return undefined;
};

test.each([
  [{ dayUnits: 1_000n }, { period: 'day', unit: 'units', limit: '1000', wanted: '1', used: '1000', seconds: 43_200 }],
  [{ monthUnits: 1_000n }, { period: 'month', unit: 'units', seconds: 43_200 }],
  [{ dayCost: 5_000_000_000n }, { period: 'day', unit: 'TOMA', limit: '5', wanted: '0.000000001', used: '5' }],
  [{ monthCost: 5_000_000_000n }, { period: 'month', unit: 'TOMA', limit: '5', seconds: 43_200 }],
])('a request above %o is told what is used and when it begins anew', async (quota, told) => {
  const { begin } = limitsAt(quota);
  const slot = (await begin(NOON, 0n)) as Slot;
  await slot.admit(1_000n, 5_000_000_000n);
  const next = (await begin(NOON, 0n)) as Slot;
  expect(await thrown(() => next.admit(1n, 1n))).toMatchObject({ code: 'GATEWAY_QUOTA', ...told });
});

test('what a key may still spend is the least that its quotas leave, in units and at a price', async () => {
  const { begin } = limitsAt({ dayUnits: 1_000n, monthUnits: 700n, dayCost: 5_000n });
  const { budget, admit } = (await begin(NOON, 0n)) as Slot;
  expect([budget.left(1n), budget.left(10n), budget.stack()]).toEqual([700n, 500n, { units: 700n, cost: 5_000n }]);
  await admit(600n, 4_500n);
  expect([budget.left(1n), budget.left(10n), budget.stack()]).toEqual([100n, 50n, { units: 100n, cost: 500n }]);
  budget.check(50n, 10n);
  expect(await thrown(() => budget.check(51n, 10n))).toMatchObject({ code: 'GATEWAY_QUOTA', unit: 'TOMA' });
  const free = (await limitsAt({}).begin(NOON, 0n)) as Slot;
  expect([free.budget.left(1n), free.budget.stack()]).toEqual([null, { units: null, cost: null }]);
});

test('a stack that a key may not spend is refused with the quotas that would do', async () => {
  const { begin } = limitsAt({ dayUnits: 1_000n, monthCost: 5_000_000_000n });
  const { budget, admit } = (await begin(NOON, 0n)) as Slot;
  await admit(100n, 1_000_000_000n);
  budget.checkStack({ units: 900n, cost: 4_000_000_000n, why: '' });
  expect(await thrown(() => budget.checkStack({ units: 901n, cost: 4_000_000_001n, why: 'why' }))).toMatchObject({
    code: 'GATEWAY_STACK',
    left: '900 units',
    period: 'day',
    flags: '--day-units 1001 --month-cost 5.000000001TOMA',
    members: '"day_units": "1001", "month_cost": "5000000001"',
  });
});

test('units a minute come back with time and with what was not used', async () => {
  const { begin } = limitsAt({ unitsPerMinute: 600 });
  const slot = (await begin('2026-01-01T00:00:00Z', 600n)) as Slot;
  expect(await begin('2026-01-01T00:00:00Z', 1n)).toBe('GATEWAY_RATE');
  slot.end(500n, 0n);
  expect(await begin('2026-01-01T00:00:00Z', 101n)).toBe('GATEWAY_RATE');
  expect(await begin('2026-01-01T00:00:00Z', 100n)).toMatchObject({ end: expect.any(Function) });
  expect(await begin('2026-01-01T00:00:30Z', 300n)).toMatchObject({ end: expect.any(Function) });
  expect(await begin('2026-01-01T00:01:30Z', 100_000n)).toMatchObject({ end: expect.any(Function) }); // a full minute is enough for any
});

test('places and requests a minute are given once, and tell when there is another', async () => {
  const { limits, begin } = limitsAt({ concurrency: 1, requestsPerMinute: 2 });
  const first = (await begin('2026-01-01T00:00:00Z', 1n)) as Slot;
  expect([await begin('2026-01-01T00:00:00Z', 1n), limits.running()]).toEqual(['full', 1]);
  first.end(1n, 0n);
  ((await begin('2026-01-01T00:00:00Z', 1n)) as Slot).leave();
  expect(await begin('2026-01-01T00:00:29Z', 1n)).toBe('full');
  expect(await begin('2026-01-01T00:00:30Z', 1n)).toMatchObject({ end: expect.any(Function) });
});

test('a paid request goes no further than what was paid, nor than its key', async () => {
  const { begin } = limitsAt({ dayUnits: 100n });
  const inner = (await begin(NOON, 0n)) as Slot;
  const slot = cappedSlot(inner, 500n);
  expect([slot.budget.left(10n), slot.budget.left(2n)]).toEqual([50n, 100n]);
  expect(cappedSlot((await limitsAt({}).begin(NOON, 0n)) as Slot, 500n).budget.left(10n)).toBe(50n);
  slot.budget.check(50n, 10n);
  expect(await thrown(() => slot.budget.check(51n, 10n))).toMatchObject({ code: 'GATEWAY_PAYMENT' });
  expect(await thrown(() => slot.budget.check(101n, 1n))).toMatchObject({ code: 'GATEWAY_QUOTA' });
  expect(await thrown(() => slot.admit(1n, 501n))).toMatchObject({ code: 'GATEWAY_PAYMENT' });
  await slot.admit(40n, 500n);
  expect(inner.budget.left(1n)).toBe(60n);
});
