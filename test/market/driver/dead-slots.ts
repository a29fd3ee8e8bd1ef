/** Nodes that were there once, at a price no buyer pays: they take nobody's attester, jury or gas. */
import { expect } from 'vitest';
import { accountOf } from './accounts.ts';
import { closeChain, fund, nextEpoch, openChain } from './chain.ts';
import { addSubscribers, comeAndGo, holderOf, meterOf, must } from './crowd.ts';
import * as op from './operations.ts';
import { median } from './same-cost.ts';

/** Nodes that stay. */
export const LIVE = 12;
const hash = new Uint8Array(32).fill(1);

/** Median cost of calls after so many nodes came and went, in units of gas. */
const costsAfter = async (dead: number): Promise<Readonly<Record<string, number>>> => {
  const chain = await openChain(`dead ${dead}`);
  const buyer = accountOf('buyer');
  fund(chain, buyer);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 1_000_000_000_000));
  must(chain, op.createTask(chain.manager, 0, 1, 0));
  must(chain, op.faucet(buyer, 1_000_000_000_000n));
  addSubscribers(chain, 1, LIVE);
  comeAndGo(chain, 1, dead);
  expect(chain.view.nodes.size).toBe(LIVE);
  const computed = meterOf(chain);
  const costs: Record<string, number[]> = { purchase: [], settlement: [], dispute: [] };
  const measured = (name: string, operation: op.Operation): void => {
    must(chain, operation);
    costs[name]?.push(computed().computation / 1_000);
  };
  for (let i = 0; i < 20; i++) {
    measured('purchase', op.acquire(buyer, 1, 600_000n, 100n));
    const stack = Number(chain.view.db.next_stack) - 1;
    const node = Number(chain.view.stacks.get(stack).node);
    measured('settlement', op.settle(holderOf(chain, node), node, stack, 600_000n, hash, hash));
    const { required, attesters } = chain.view.tickets.get(stack);
    expect([required, attesters.length, attesters[0] > 0n]).toEqual([true, 1, true]);
    measured('dispute', op.dispute(buyer, stack, new Uint8Array(32).fill(2)));
    expect(chain.view.disputes.get(stack).jurors.length).toBe(5);
    nextEpoch(chain, 4);
    must(chain, op.secondJury(buyer, stack));
    if (chain.view.disputes.get(stack).jurors.length > 0) nextEpoch(chain, 4);
    must(chain, op.resolve(buyer, stack));
    for (let id = 1; id <= LIVE; id++) must(chain, op.topUp(holderOf(chain, id), id, 1_000_000_000n));
  }
  closeChain(chain);
  return Object.fromEntries(Object.entries(costs).map(([name, figures]) => [name, median(figures)]));
};

/** Every settlement has its attester and every dispute its jury at the same cost, also after so many nodes came and went. */
export const serveTheSame = async (dead: number): Promise<void> => {
  const [none, many] = [await costsAfter(0), await costsAfter(dead)];
  for (const [name, cost] of Object.entries(none)) {
    expect((many[name] as number) / cost, name).toBeGreaterThan(0.95);
    expect((many[name] as number) / cost, name).toBeLessThan(1.05);
  }
};
