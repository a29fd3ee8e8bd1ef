/** What the frequent calls cost does not depend on how many nodes subscribe, nor on the coin flip of a settlement. */
import { describe, expect, test } from 'vitest';
import { accountOf } from './driver/accounts.ts';
import { type Chain, closeChain, execute, fund, nextEpoch, openChain } from './driver/chain.ts';
import { addOwned, addSubscribers, holderOf, meterOf, must } from './driver/crowd.ts';
import { type Call, measure, measureAt, openCrowdedMarket, type Samples } from './driver/gas.ts';
import * as op from './driver/operations.ts';
import { rareCostsTheSame } from './driver/rare.ts';
import { costTheSame } from './driver/same-cost.ts';

describe('10 and 300 subscribers; 5,000 in gas.long.test.ts', () => {
  test('purchase, settlement and claim cost the same within a tenth', () => costTheSame(10, 300));

  test('so do replacing a silent attester, joining a dispute, a second jury and an eviction; every draw costs the least charge', () =>
    rareCostsTheSame(40, 300));

  test('storage differs only by the bytes of numbers: not at all here', async () => {
    const [few, many] = [await measureAt(10, 10), await measureAt(300, 10)];
    const storage = (samples: Samples, call: Call) => new Set(samples[call].map((sample) => sample.storage));
    for (const call of [
      'purchase',
      'purchase, checked',
      'settle, drawn',
      'settle, undrawn',
      'dispute',
      'show evidence',
    ] as const)
      expect(storage(many, call)).toEqual(storage(few, call));
  });
});

test('the coin flip shows in no cost: drawn and undrawn settlements have exactly the same ones', async () => {
  const chain = await openCrowdedMarket('coin', 3);
  const samples = measure(chain, 120, false);
  const costs = (call: Call) =>
    [...new Set(samples[call].map(({ computation, storage, rebate }) => `${computation} ${storage} ${rebate}`))].sort();
  expect(samples['settle, drawn'].length).toBeGreaterThan(30);
  expect(samples['settle, undrawn'].length).toBeGreaterThan(30);
  expect(costs('settle, drawn')).toEqual(costs('settle, undrawn'));
  closeChain(chain);
});

test('a draw costs exactly the same in whichever price bucket it ends', async () => {
  const chain = await openCrowdedMarket('buckets', 4);
  for (const price of [1n, 10n]) {
    nextEpoch(chain); // the faucet's limit is for an epoch
    addSubscribers(chain, 1, 4, price);
  }
  const computed = meterOf(chain);
  const costs = new Map<number, Set<number>>();
  for (let i = 0; i < 40; i++) {
    must(chain, op.acquire(accountOf('buyer'), 1, 600_000n, 100n));
    const node = Number(chain.view.stacks.get(Number(chain.view.db.next_stack) - 1).node);
    const bucket = Math.floor((node - 1) / 4);
    costs.set(bucket, (costs.get(bucket) ?? new Set()).add(computed().execution));
  }
  expect(costs.size).toBe(3);
  const [first, ...others] = [...costs.values()];
  expect(first?.size).toBe(1);
  for (const other of others) expect(other).toEqual(first);
  closeChain(chain);
});

test('what a jury costs tells only whether the accused had to be passed over', async () => {
  const chain = await openCrowdedMarket('jury', 12);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 0));
  const buyer = accountOf('buyer');
  const hash = new Uint8Array(32).fill(1);
  const computed = meterOf(chain);
  const costs = new Set<number>();
  const juries = new Set<string>();
  for (let i = 0; i < 30; i++) {
    must(chain, op.acquire(buyer, 1, 600_000n, 100n));
    const stack = Number(chain.view.db.next_stack) - 1;
    const node = Number(chain.view.stacks.get(stack).node);
    must(chain, op.settle(holderOf(chain, node), node, stack, 1n, hash, hash));
    must(chain, op.dispute(buyer, stack, hash));
    costs.add(computed().execution);
    juries.add(`${chain.view.disputes.get(stack).jurors}`);
  }
  expect(juries.size).toBeGreaterThan(20);
  expect(costs.size).toBeLessThanOrEqual(2);
  closeChain(chain);
});

/** Dynamic fields a transaction may load, by Sui's protocol; the market stays at half of it. */
const FIELD_LIMIT = 500;

const loadsOf = (chain: Chain, operation: op.Operation): number => {
  if (operation.kind !== 'call') return 0;
  const { abort, record } = execute(chain, operation.by, operation.commands(chain), 50_000_000_000n);
  expect([null, 'ENoNodesEligibleForTask', 'EJuryIncomplete']).toContain(abort);
  return record.effects.unchangedLoadedObjects.length + record.effects.changedObjects.length;
};

test('the longest possible search: a crowd that nobody may be drawn from', async () => {
  const chain = await openChain('nobody');
  const [buyer, node] = [accountOf('buyer'), accountOf('crowd 0')];
  fund(chain, buyer, node);
  const set = (name: string, value: number) => must(chain, op.setParameter(chain.manager, name, value));
  set('dispute_bond', 700);
  set('plain_bond', 7_000);
  set('jurors', 7);
  set('attesters', 4);
  set('attestation_probability', 1_000_000_000_000);
  must(chain, op.createTask(chain.manager, 0, 1, 0));
  must(chain, op.faucet(buyer, 1_000_000_000_000n));
  must(chain, op.faucet(node, 1_000_000_000_000n));
  must(chain, op.registerNode(node));
  must(chain, op.subscribe(node, 1, 1, 100n, 2n ** 40n));
  must(chain, op.acquire(buyer, 1, 600_000n, 100n));
  // Everybody else belongs to the seller, so that nobody may check it; and nobody could bond what is bought below.
  for (let i = 0; i < 7; i++) {
    nextEpoch(chain); // the faucet's limit is for an epoch
    addOwned(chain, node, 1, 90, 100n);
  }
  const computed = meterOf(chain);
  const hash = new Uint8Array(32).fill(1);
  const purchase = loadsOf(chain, op.acquire(buyer, 1, 2n ** 30n, 100n));
  const settled = loadsOf(chain, op.settle(node, 1, 1, 600_000n, hash, hash));
  const disputed = loadsOf(chain, op.dispute(buyer, 1, hash));
  expect(computed().computation).toBeLessThan(5_000_000_000);
  const tries = [purchase, settled, disputed];
  for (const loads of tries) expect(loads).toBeLessThanOrEqual(FIELD_LIMIT);
  expect(Math.max(...tries)).toBeGreaterThan(300);
  closeChain(chain);
});
