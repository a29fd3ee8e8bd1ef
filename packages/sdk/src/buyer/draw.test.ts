/** At what price a task is bought from and who is drawn among, or why it is not bought from. */
import { expect, test } from 'vitest';
import type { Task } from '../reads/tasks.ts';
import type { BuyerContext } from './context.ts';
import { type DrawParameters, drawOf, independentOwners, ownersToCheck, type RatedOffer } from './offers.ts';
import { termsOf } from './routing.ts';
import { defaultPolicy } from './types.ts';

const task = (more: Partial<Task> = {}): Task =>
  ({ securityLevel: 0, minimumReputationScore: 50, leastPrice: 1n, ...more }) as Task;
/** An offer of a node with an owner of its own, at a price, for stacks of 100 units. */
const offer = (node: number, price: bigint, of: object = {}, more: object = {}): RatedOffer =>
  ({
    ...{ nodeSmallId: BigInt(node), pricePerComputeUnit: price, maxNumComputeUnits: 100n, ...more },
    status: {
      ...{ problem: null, node: { owner: `0x${node}`, disabledEpoch: null, reputation: 60, ...of } },
    },
  }) as unknown as RatedOffer;
const context = (mistrusted: bigint[] = []): BuyerContext =>
  ({
    book: { mistrusted: () => new Set(mistrusted) },
    directory: { config: async () => ({ attesters: 1n }) },
  }) as unknown as BuyerContext;
const terms = termsOf(defaultPolicy);
const draw = (offers: RatedOffer[], more: Partial<DrawParameters> = {}, mistrusted?: bigint[]) =>
  drawOf(context(mistrusted), { task: task(), offers, terms, units: 100n, ...more });

const cheap = [offer(1, 5n), offer(2, 7n), offer(3, 5n)];

test('the cheapest price, among all that sell at it', async () => {
  expect(await draw(cheap)).toEqual({ price: 5n, largest: 100n, among: [] });
  expect(await draw(cheap, { named: true })).toEqual({ price: 5n, largest: 100n, among: [1n, 3n] });
  const sizes = [offer(1, 5n), offer(2, 5n, {}, { maxNumComputeUnits: 300n })];
  expect(await draw(sizes)).toMatchObject({ largest: 300n });
});

test('a node that cannot be used is passed over, and then the others are named', async () => {
  expect(await draw(cheap, {}, [1n])).toEqual({ price: 5n, largest: 100n, among: [3n] });
  expect(await draw(cheap, {}, [1n, 3n])).toEqual({ price: 7n, largest: 100n, among: [2n] });
  const avoid = ({ nodeSmallId }: RatedOffer) => (nodeSmallId === 3n ? 'which is slow' : undefined);
  expect(await draw(cheap, { avoid })).toEqual({ price: 5n, largest: 100n, among: [1n] });
});

test('no more than 64 nodes are named', async () => {
  const many = Array.from({ length: 70 }, (_, k) => offer(k, 5n));
  expect(await draw(many, { named: true })).toMatchObject({ among: Array.from({ length: 64 }, (_, k) => BigInt(k)) });
});

test.each<[offers: RatedOffer[], more: Partial<DrawParameters>, why: string]>([
  [[], {}, 'no node offers it'],
  [cheap, { units: 101n }, 'no stack holds 101 units'],
  [cheap, { avoid: () => 'which is slow' }, 'node 1 could be drawn, which is slow'],
  [cheap, { terms: { ...terms, price: 4n } }, 'no node that can be used sells at 4 base units'],
  [cheap, { terms: { ...terms, maxPrice: 4n } }, 'the cheapest offer is 5 base units, above the limit of 4'],
])('why not: %#', async (offers, more, why) => {
  expect(await draw(offers, more)).toBe(why);
});

test('a node that says it cannot be used, or is not trusted, is named as the reason', async () => {
  const resting = { ...offer(1, 5n), status: { problem: 'it rests' } } as unknown as RatedOffer;
  expect(await draw([resting])).toBe('no node that offers it can be used (node 1: it rests)');
  expect(await draw([offer(1, 5n)], {}, [1n])).toBe('no node that offers it can be used (node 1: not trusted)');
});

test('a limit on the price is no reason at the limit, and a given price is paid whatever is asked', async () => {
  expect(await draw(cheap, { terms: { ...terms, maxPrice: 5n } })).toMatchObject({ price: 5n });
  expect(await draw(cheap, { terms: { ...terms, price: 8n } })).toMatchObject({ price: 8n, among: [] });
  expect(await draw(cheap, { task: task({ leastPrice: 6n }) })).toMatchObject({ price: 6n });
});

/** Five owners are needed with one attester: server, checker, and a jury of three. */
const checked = task({ securityLevel: 1 });
const sellers = [offer(1, 5n), offer(2, 6n), offer(3, 7n), offer(4, 8n), offer(5, 9n)];

test('at level 1 the price is what four owners accept', async () => {
  expect(independentOwners({ attesters: 1n })).toBe(5);
  expect(await draw(sellers, { task: checked })).toEqual({ price: 8n, largest: 100n, among: [] });
  expect(await draw(sellers, { task: checked, terms: { ...terms, nodePolicy: 'any' } })).toMatchObject({ price: 5n });
  expect(await draw(sellers.toReversed(), { task: checked })).toMatchObject({ price: 8n });
});

test('a stack at level 1 is no larger than four owners serve', async () => {
  const sizes = sellers.map((each, k) => ({ ...each, maxNumComputeUnits: BigInt(100 * (k + 1)) }));
  expect(await draw(sizes, { task: checked })).toMatchObject({ price: 8n, largest: 100n });
});

test.each<[what: string, change: (offers: RatedOffer[]) => RatedOffer[]]>([
  ['too few', (offers) => offers.slice(1)],
  ['two of one owner', (offers) => offers.with(1, offer(2, 6n, { owner: '0x1' }))],
  ['one disabled', (offers) => offers.with(1, offer(2, 6n, { disabledEpoch: 3n }))],
  ['one of low reputation', (offers) => offers.with(1, offer(2, 6n, { reputation: 49 }))],
  ['one nobody knows', (offers) => offers.with(1, { ...offer(2, 6n), status: undefined })],
])('at level 1 %s is not enough', async (_, change) => {
  expect(await draw(change(sellers), { task: checked })).toBe(
    '4 independent owners sell it at level 1 and 5 are needed for its checks',
  );
});

test('a reputation that is just enough counts, and the limit on the price is told as that of several owners', async () => {
  const least = sellers.with(1, offer(2, 6n, { reputation: 50 }));
  expect(await draw(least, { task: checked })).toMatchObject({ price: 8n });
  expect(await draw(sellers, { task: checked, terms: { ...terms, maxPrice: 7n } })).toBe(
    'the price several owners accept is 8 base units, above the limit of 7',
  );
});

test('an owner with two nodes that may check counts once, one without a node or a place not at all', () => {
  const config = { minimumDisputeBond: 1n, disputeBond: 500n, silenceSlash: 100n } as never;
  const rich = { stake: 600n, bonded: 0n, queuedWithdrawal: null };
  const count = (...offers: RatedOffer[]): number => ownersToCheck(offers, task(), config, 1_000n);
  expect(count(offer(1, 5n, rich), offer(2, 5n, { ...rich, owner: '0x1' }), offer(3, 5n, rich))).toBe(2);
  expect(count({ ...offer(1, 5n), status: undefined }, offer(2, 5n, { ...rich, disabledEpoch: 1n }))).toBe(0);
  expect(count(offer(1, 5n, { ...rich, reputation: 49 }), offer(2, 5n, { ...rich, stake: 99n, bonded: 900n }))).toBe(0);
  expect(count(offer(1, 5n, { ...rich, stake: 100n, bonded: 400n }), offer(2, 5n, { ...rich, stake: 499n }))).toBe(1);
});
