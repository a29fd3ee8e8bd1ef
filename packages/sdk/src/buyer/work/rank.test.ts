import { expect, test } from 'vitest';
import type { Provider } from '../provider.ts';
import { type Candidate, ranking } from './rank.ts';

interface Facts {
  readonly level?: number;
  readonly price?: bigint;
  readonly promised?: bigint;
  readonly firstMs?: number | null;
  readonly latencyMs?: number;
  readonly unitsPerSecond?: number | null;
  readonly completionRate?: number | null;
}

const candidate = (node: bigint, facts: Facts): Candidate => {
  const { level = 0, price = 100n, promised = 0n, latencyMs = null, ...measured } = facts;
  return {
    own: { node, level, price, promised },
    status: { node: { nodeSmallId: node, owner: `0x${node}` }, latencyMs },
    measured: { firstMs: null, unitsPerSecond: null, completionRate: null, ...measured },
  } as unknown as Candidate;
};

const provider = (more: Partial<Provider>): Provider => ({
  ...{ order: [], only: null, ignore: [], sort: null, maxPrice: null, levels: [], quantizations: [] },
  ...{ requireParameters: false, fallbacks: true, ...more },
});

/** Nodes 1, 2, … with these facts, in the order in which they are tried. */
const order = (facts: readonly Facts[], asked: Provider | null = null, levels: readonly number[] = [0]) =>
  facts
    .map((each, at) => candidate(BigInt(at + 1), each))
    .toSorted(ranking({ levels }, asked))
    .map(({ own }) => own.node);

test('the order that is asked for comes first, by id or owner; nodes that are not in it come after', () => {
  const facts = [{ price: 1n }, { price: 2n }, { price: 3n }, { price: 4n }];
  expect(order(facts, provider({ order: ['4', '0x2'] }))).toEqual([4n, 2n, 1n, 3n]);
});

test('then the preferred level, whatever it costs', () => {
  expect(
    order(
      [
        { level: 0, price: 1n },
        { level: 1, price: 9n },
      ],
      null,
      [1, 0],
    ),
  ).toEqual([2n, 1n]);
});

test('usually the cheapest node that answers, of equal ones the one with least under way, then the quicker one', () => {
  expect(order([{ price: 1n, completionRate: 0.4 }, { price: 9n, completionRate: 0.5 }, { price: 8n }])).toEqual([
    3n,
    2n,
    1n,
  ]);
  expect(
    order([
      { promised: 7n, firstMs: 1 },
      { promised: 6n, firstMs: 90 },
      { promised: 6n, firstMs: 80 },
    ]),
  ).toEqual([3n, 2n, 1n]);
});

test('before a first piece was measured, the node’s own last answer stands in its place', () => {
  expect(order([{ firstMs: 50, latencyMs: 1 }, { latencyMs: 40 }, { latencyMs: 60 }])).toEqual([2n, 1n, 3n]);
});

test('by price an unreliable node may come first; by throughput and latency it may not', () => {
  const facts = [
    { price: 9n, unitsPerSecond: 10, firstMs: 30 },
    { price: 8n, unitsPerSecond: 99, firstMs: 20 },
    { price: 7n, unitsPerSecond: null, firstMs: 40 },
    { price: 6n, unitsPerSecond: 999, firstMs: 10, completionRate: 0 },
  ];
  expect(order(facts, provider({ sort: 'price' }))).toEqual([4n, 3n, 2n, 1n]);
  expect(order(facts, provider({ sort: 'throughput' }))).toEqual([2n, 1n, 3n, 4n]);
  expect(order(facts, provider({ sort: 'latency' }))).toEqual([2n, 1n, 3n, 4n]);
});
