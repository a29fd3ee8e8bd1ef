/** Calls that follow a silence or a jury that decided nothing: they cost the same however many subscribe or left. */
import { expect } from 'vitest';
import { accountOf } from './accounts.ts';
import { type Chain, closeChain, fund, nextEpoch, openChain } from './chain.ts';
import { addSubscribers, comeAndGo, holderOf, meterOf, must } from './crowd.ts';
import * as op from './operations.ts';
import { LEAST_CHARGE, median } from './same-cost.ts';

/** Calls measured of each kind: where few subscribe a draw of a second jury often passes over somebody, so that the middle of three is chance. */
const ROUNDS = 9;
const [UNITS, PRICE] = [600_000n, 100n];
const hash = new Uint8Array(32).fill(1);

/** The calls, by what they do. */
export const rareCalls = ['redraw', 'join', 'second jury', 'evict'] as const;
type RareCall = (typeof rareCalls)[number];
/** What each call computed, internal units. */
export type RareCosts = Readonly<Record<RareCall, number[]>>;

/** A settled stack that must be checked, with the attester drawn for it. */
const settled = (chain: Chain): { readonly stack: number; readonly attester: number } => {
  must(chain, op.acquire(accountOf('buyer'), 1, UNITS, PRICE));
  const stack = Number(chain.view.db.next_stack) - 1;
  const node = Number(chain.view.stacks.get(stack).node);
  must(chain, op.settle(holderOf(chain, node), node, stack, UNITS, hash, hash));
  return { stack, attester: Number(chain.view.tickets.get(stack).attesters[0]) };
};

/** Cost of each call before rounding up, with so many subscribers after `gone` others left. */
export const rareCostsAt = async (subscribers: number, gone = 0): Promise<RareCosts> => {
  const chain = await openChain(`rare ${subscribers}`);
  const [buyer, stranger] = [accountOf('buyer'), accountOf('stranger')];
  fund(chain, buyer, stranger);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 1_000_000_000_000));
  must(chain, op.createTask(chain.manager, 0, 1, 50));
  must(chain, op.faucet(buyer, 1_000_000_000_000n));
  addSubscribers(chain, 1, subscribers);
  if (gone > 0) comeAndGo(chain, 1, gone);
  const computed = meterOf(chain);
  const costs: RareCosts = { redraw: [], join: [], 'second jury': [], evict: [] };
  const measured = (name: RareCall, operation: op.Operation): void => {
    must(chain, operation);
    costs[name].push(computed().computation);
  };
  for (let i = 0; i < ROUNDS; i++) {
    const { stack, attester } = settled(chain);
    must(chain, op.dispute(buyer, stack, new Uint8Array(32).fill(2)));
    measured('join', op.join(holderOf(chain, attester), attester, stack, new Uint8Array(32).fill(3)));
    nextEpoch(chain, 4);
    measured('second jury', op.secondJury(buyer, stack));
    expect(chain.view.disputes.get(stack).jurors.length).toBeGreaterThanOrEqual(3);
    nextEpoch(chain, 4);
    must(chain, op.resolve(buyer, stack));
  }
  for (let i = 0; i < ROUNDS; i++) {
    const { stack, attester } = settled(chain);
    nextEpoch(chain, 2);
    measured('redraw', op.redraw(buyer, stack));
    measured('evict', op.evict(stranger, 1, attester));
  }
  closeChain(chain);
  return costs;
};

/** Each call costs the same with `more` subscribers after `gone` others left, within a tenth, and less than what every transaction pays for at least. */
export const rareCostsTheSame = async (fewer: number, more: number, gone = 0): Promise<void> => {
  const [few, many] = [await rareCostsAt(fewer), await rareCostsAt(more, gone)];
  for (const name of rareCalls) {
    const label = `${name}, ${more} after ${gone}`;
    const part = median(many[name]) / median(few[name]);
    expect(part, label).toBeGreaterThan(0.9);
    expect(part, label).toBeLessThan(1.1);
    expect(Math.max(...many[name]), label).toBeLessThan(LEAST_CHARGE);
  }
};
