/** Nodes that were there once or may serve no longer: they take nobody's attester, jury or gas. More of them: `dead-slots.long.test.ts`. */
import { expect, test } from 'vitest';
import { accountOf } from './driver/accounts.ts';
import { closeChain, fund, nextEpoch, openChain } from './driver/chain.ts';
import { addSubscribers, holderOf, must } from './driver/crowd.ts';
import { LIVE, serveTheSame } from './driver/dead-slots.ts';
import * as op from './driver/operations.ts';
import { subscribersOf } from './driver/view.ts';

const hash = new Uint8Array(32).fill(1);

test('300 nodes that came and went: every settlement has its attester, every dispute its jury, at the same cost', () =>
  serveTheSame(300));

test('a node that lost the right to serve is evicted by anybody, whom the storage it took pays for it', async () => {
  const chain = await openChain('evict');
  const [buyer, stranger] = [accountOf('buyer'), accountOf('stranger')];
  fund(chain, buyer, stranger);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 1_000_000_000_000));
  must(chain, op.createTask(chain.manager, 0, 1, 50));
  must(chain, op.faucet(buyer, 1_000_000_000_000n));
  addSubscribers(chain, 1, LIVE);
  must(chain, op.acquire(buyer, 1, 600_000n, 100n));
  const node = Number(chain.view.stacks.get(1).node);
  must(chain, op.settle(holderOf(chain, node), node, 1, 600_000n, hash, hash));
  const silent = Number(chain.view.tickets.get(1).attesters[0]);
  expect(op.perform(chain, op.evict(stranger, 1, silent))?.abort).toBe('EMayServe');
  nextEpoch(chain, 2);
  must(chain, op.redraw(buyer, 1));
  const gas = must(chain, op.evict(stranger, 1, silent))?.record.effects.gasUsed;
  expect(subscribersOf(chain.view, 1).has(silent)).toBe(false);
  expect((gas?.storageRebate ?? 0n) - (gas?.computationCost ?? 0n) - (gas?.storageCost ?? 0n)).toBeGreaterThan(0n);
  closeChain(chain);
});
