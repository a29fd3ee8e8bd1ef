/** Who is drawn: everybody eligible alike, whatever happened to the subscriptions before; never a node that may not be. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restoreCheckpoint, takeSnapshot } from '../../packages/localnet/src/index.ts';
import { type Account, accountOf } from './driver/accounts.ts';
import { type Chain, closeChain, fund, openChain } from './driver/chain.ts';
import { chiSquareTail, uniformity } from './driver/chi-square.ts';
import { historyOf, leafOf, proofOf } from './driver/commitments.ts';
import { must } from './driver/crowd.ts';
import * as op from './driver/operations.ts';
import { loadView, subscribersOf } from './driver/view.ts';
import { randomOf } from './model/random.ts';

const NODES = 15;
const TASK = 1;
const PRICE = 1_000n;
const UNITS = 100n;
const ATTESTERS = 4;
const LEAST_P = 1e-6;

let chain: Chain;
let start: number;
const buyer = accountOf('buyer');
/** Nodes 1 to 12 belong to one person each, 13 to 15 to the owners of 1 to 3. */
const owners = Array.from({ length: NODES }, (_, i) => accountOf(`owner ${i % 12}`));
const ownerOf = (node: number): Account => owners[node - 1] as Account;

beforeAll(async () => {
  chain = await openChain('draws');
  fund(chain, buyer, ...new Set(owners.slice(0, 12)));
  for (const [name, value] of [
    ['minimum_dispute_bond', 1_000],
    ['attesters', ATTESTERS],
    ['attestation_probability', 1_000_000_000_000],
  ] as const)
    must(chain, op.setParameter(chain.manager, name, value));
  must(chain, op.createTask(chain.manager, 0, 1, 0));
  must(chain, op.faucet(buyer, 1_000_000_000_000n));
  for (let node = 1; node <= NODES; node++) {
    if (node <= 12) must(chain, op.faucet(ownerOf(node), 100_000_000_000n));
    must(chain, op.registerNode(ownerOf(node)));
    must(chain, op.subscribe(ownerOf(node), node, TASK, BigInt(900 - 40 * node), 1_000n));
  }
  start = takeSnapshot(chain.ledger);
});
afterAll(() => closeChain(chain));

const toStart = (): void => {
  restoreCheckpoint(chain.ledger, start);
  loadView(chain);
};

const buy = (): { readonly stack: number; readonly seller: number } => {
  must(chain, op.acquire(buyer, TASK, UNITS, PRICE));
  const stack = Number(chain.view.db.next_stack) - 1;
  return { stack, seller: Number(chain.view.stacks.get(stack).node) };
};

const history = historyOf('drawn', UNITS);

/** Sellers, attesters and jurors of so many stacks, each settled and disputed. */
const drawMany = (count: number) =>
  Array.from({ length: count }, () => {
    const { stack, seller } = buy();
    const root = proofOf(stack, history, ATTESTERS);
    must(chain, op.settle(ownerOf(seller), seller, stack, UNITS, root, leafOf(stack, history, 0)));
    const attesters: number[] = chain.view.tickets.get(stack).drawn.map(Number);
    must(chain, op.dispute(buyer, stack, root));
    const jurors: number[] = chain.view.disputes.get(stack).jurors.map(Number);
    return { seller, attesters, jurors };
  });

const countsOf = (drawn: readonly number[], among: readonly number[]): number[] =>
  among.map((node) => drawn.filter((each) => each === node).length);

const ALL = Array.from({ length: NODES }, (_, i) => i + 1);

test('the tail of chi-square agrees with published quantiles', () => {
  // NIST/SEMATECH e-Handbook, table 1.3.6.7.4, and R's pchisq for the small one.
  expect(chiSquareTail(18.307, 10)).toBeCloseTo(0.05, 4);
  expect(chiSquareTail(29.588, 10)).toBeCloseTo(0.001, 5);
  expect(chiSquareTail(3.841, 1)).toBeCloseTo(0.05, 3);
  expect(uniformity([10, 10, 10])).toBe(1);
  expect(uniformity([200, 100, 100, 100])).toBeLessThan(LEAST_P);
});

test('every subscriber is drawn alike to serve', () => {
  toStart();
  const sellers = Array.from({ length: 750 }, () => buy().seller);
  expect(uniformity(countsOf(sellers, ALL))).toBeGreaterThan(LEAST_P);
});

test('also after a thousand rounds of unsubscribing, subscribing and changing prices', () => {
  toStart();
  const random = randomOf(5);
  for (let round = 0; round < 1_000; round++) {
    // Node 1 comes and goes far more often than the others.
    const node = random.chance(300) ? 1 : 1 + random.below(NODES);
    const price = BigInt(1 + random.below(Number(PRICE)));
    const isIn = subscribersOf(chain.view, TASK).has(node);
    if (!isIn) must(chain, op.subscribe(ownerOf(node), node, TASK, price, 1_000n));
    else if (random.chance(500)) must(chain, op.unsubscribe(ownerOf(node), node, TASK));
    else must(chain, op.updateSubscription(ownerOf(node), node, TASK, price, 1_000n));
  }
  const left = [...subscribersOf(chain.view, TASK).keys()].sort((a, b) => a - b);
  expect(left.length).toBeGreaterThan(5);
  const sellers = Array.from({ length: 750 }, () => buy().seller);
  expect(new Set(sellers)).toEqual(new Set(left));
  expect(uniformity(countsOf(sellers, left))).toBeGreaterThan(LEAST_P);
});

test('attesters and jurors: nobody twice, never the selected node or its owner’s others, everybody else alike', () => {
  toStart();
  const draws = drawMany(250);
  const bystanders = ALL.filter((node) => node >= 4 && node <= 12);
  for (const { seller, attesters, jurors } of draws) {
    expect(attesters.length).toBe(ATTESTERS);
    const panel = [...attesters, ...jurors];
    expect(new Set(panel).size).toBe(panel.length);
    expect(panel.filter((node) => ownerOf(node) === ownerOf(seller))).toEqual([]);
    expect(jurors.length).toBe(5);
  }
  // Nodes of owners with one node have equal chances to be drawn first; those of pairs a little smaller ones.
  const first = draws.map(({ attesters }) => attesters[0] as number);
  const firstJuror = draws.map(({ jurors }) => jurors[0] as number);
  expect(uniformity(countsOf(first, bystanders))).toBeGreaterThan(LEAST_P);
  expect(uniformity(countsOf(firstJuror, bystanders))).toBeGreaterThan(LEAST_P);
  expect(new Set(first).size).toBe(NODES);
});
