import { expect, test } from 'vitest';
import { journalStack } from '../../testing/journal-fixtures.ts';
import type { BuyerContext } from '../context.ts';
import type { OwnStack } from '../stack-book.ts';
import type { ParsedWork } from './bound.ts';
import { type Budget, createChooser, type Search, unitsFor, wantOf } from './choose.ts';

const work = (more: Partial<ParsedWork> = {}): ParsedWork => ({
  ...{ endpoint: '/v1/chat/completions', model: 'm', json: { messages: [] }, stream: false, includeUsage: false },
  ...{ least: 10n, most: 100n, flexible: true, vision: false, provider: null, ...more },
});
const search = (more: Partial<Search> = {}): Search => ({
  ...{ work: work(), tenant: '', dedicated: false, terms: {}, budget: undefined },
  ...{ tried: new Set<bigint>(), failed: new Set<bigint>(), ...more },
});
const budget = (left: bigint | null): Budget => ({
  ...{ check: () => undefined, left: () => left, checkStack: () => undefined },
  stack: () => ({ units: null, cost: null }),
});
const capped = (request: bigint | null) => ({ caps: { request } }) as BuyerContext;

const own = (stack: bigint, more: Partial<OwnStack> = {}): OwnStack => ({
  ...journalStack(stack, { node: stack }),
  ...{ used: 0n, promised: 0n, free: 1_000n, blocked: null, ...more },
});

/** A buyer of these stacks that buys no more; `away`: nodes that cannot be used now. */
const chooserOf = (stacks: readonly OwnStack[], away: readonly bigint[] = [], levels: readonly number[] = [0]) =>
  createChooser(
    {
      policy: { autoPurchase: false, levels, tasks: [], nodePolicy: null, price: null, maxPrice: null },
      book: { list: () => stacks },
      directory: {
        status: async (node: bigint) => ({
          ...{ node: { nodeSmallId: node, owner: '0x1' }, latencyMs: null, models: new Map() },
          problem: away.includes(node) ? 'it does not answer' : null,
        }),
      },
      measured: { of: () => ({ firstMs: null, unitsPerSecond: null, completionRate: null }) },
    } as unknown as BuyerContext,
    {} as never,
  );
const picked = async (stacks: readonly OwnStack[], of: Search = search(), units = 100n, away: readonly bigint[] = []) =>
  (await chooserOf(stacks, away).pick(of, units))?.own.stack;

test('a request that sets its own limit is given exactly that, or is refused by the cap', () => {
  const fixed = { work: work({ flexible: false }), budget: budget(1n) };
  const at = { price: 5n, free: 20n, spent: 0n };
  expect(unitsFor(capped(null), fixed, at)).toBe(100n);
  expect(unitsFor(capped(500n), fixed, at)).toBe(100n);
  expect(() => unitsFor(capped(499n), fixed, at)).toThrow(expect.objectContaining({ code: 'BUYER_CAP' }));
});

test('one without is given the most that cap, budget and stack leave, and never less than it needs', () => {
  const given = (cap: bigint | null, left: bigint | null, free: bigint, spent = 0n) =>
    unitsFor(capped(cap), { work: work(), budget: budget(left) }, { price: 5n, free, spent });
  expect(given(null, null, 1_000n)).toBe(100n);
  expect(given(null, null, 40n)).toBe(40n);
  expect(given(null, 30n, 40n)).toBe(30n);
  expect(given(104n, 30n, 40n)).toBe(20n);
  expect(given(154n, 30n, 40n, 100n)).toBe(10n);
  expect(given(null, 3n, 40n)).toBe(10n);
  expect(() => given(149n, null, 1_000n, 100n)).toThrow(expect.objectContaining({ code: 'BUYER_CAP' }));
});

test('a stack is wanted for what the request needs at least, in its own tenant’s name only where it has its own', () => {
  expect(wantOf(search())).toMatchObject({ units: 10n, wished: 100n, tenant: '', vision: false });
  expect(wantOf(search({ work: work({ flexible: false, vision: true }) }))).toMatchObject({
    units: 100n,
    vision: true,
  });
  const team = { tenant: 'team', budget: budget(7n) };
  expect(wantOf(search(team), 5_000n)).toMatchObject({ wished: 5_000n, tenant: '', spending: { units: null } });
  expect(wantOf(search({ ...team, dedicated: true })).tenant).toBe('team');
  expect(wantOf(search())).not.toHaveProperty('spending');
});

test('nodes that failed at the request, are unknown, or are not named by it are not bought from', () => {
  const node = (nodeSmallId: bigint) => ({ nodeSmallId, status: { node: { nodeSmallId, owner: '0x1' } } }) as never;
  const { avoid } = wantOf(search({ failed: new Set([3n]) }));
  expect([node(2n), node(3n), { nodeSmallId: 2n, status: undefined } as never].map((each) => avoid?.(each))).toEqual([
    undefined,
    'which is not to serve this request',
    'which is not to serve this request',
  ]);
});

test('a stack serves with room for the units, if it is open, trusted, of the tenant, and not tried before', async () => {
  expect(await picked([own(1n)])).toBe(1n);
  for (const unfit of [
    own(1n, { free: 99n }),
    own(1n, { largestRequest: 99n }),
    own(1n, { stage: 'notice' }),
    own(1n, { blocked: 'it lied' }),
    own(1n, { model: 'other' }),
    own(1n, { level: 1 }),
    own(1n, { tenant: 'team' }),
  ])
    expect(await picked([unfit, own(2n)])).toBe(2n);
  expect(await picked([own(1n), own(2n)], search({ tried: new Set([1n]) }))).toBe(2n);
  expect(await picked([own(1n), own(2n)], search({ failed: new Set([1n]) }))).toBe(2n);
  expect(await picked([own(1n), own(2n)], search(), 100n, [1n])).toBe(2n);
  const team = search({ tenant: 'team', dedicated: true });
  expect(await picked([own(1n), own(2n, { tenant: 'team' })], team)).toBe(2n);
  expect(await picked([own(1n)], team)).toBeUndefined();
});

test('where none has room for the most, one with room for the least makes do, if the request leaves that open', async () => {
  const small = own(1n, { free: 50n });
  const found = (flexible: boolean) => chooserOf([small]).ensure(search({ work: work({ flexible }) }), true);
  expect(await found(true)).toMatchObject({ own: { stack: 1n }, bought: false });
  await expect(found(false)).rejects.toMatchObject({ code: 'BUYER_NO_NODE' });
  await expect(chooserOf([own(1n, { free: 9n })]).ensure(search(), true)).rejects.toMatchObject({
    code: 'BUYER_NO_NODE',
  });
});
