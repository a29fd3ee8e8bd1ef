/** What the market's three frequent calls cost, by number of subscribers. */

import { accountOf } from './accounts.ts';
import type { Chain, Outcome } from './chain.ts';
import { closeChain, fund, nextEpoch, openChain } from './chain.ts';
import { historyOf, leafOf, proofOf } from './commitments.ts';
import { addSubscribers, holderOf, type Metered, meterOf, must } from './crowd.ts';
import * as op from './operations.ts';

/** One measured call. */
export interface Sample {
  /** Internal computation units, 1,000 to a unit of gas. */
  readonly computation: number;
  /** The part of it that executing Move made; the rest is for reading packages and inputs, and the same for every call. */
  readonly execution: number;
  /** MIST. */
  readonly storage: bigint;
  readonly rebate: bigint;
}

/** Calls measured; settlements by whether the coin flip asks for attesters, claims by whether one has to be credited. */
export type Call = 'purchase' | 'settle, undrawn' | 'settle, drawn' | 'claim, unattested' | 'claim, attested';
export type Samples = Readonly<Record<Call, readonly Sample[]>>;

const UNITS = 600_000n;
const PRICE = 100n;
const TASK = 1;
/** Stacks open at once: few enough that ten nodes can bond them all. */
const ROUND = 10;

const sampleOf = (outcome: Outcome | null, metered: Metered): Sample => {
  const gas = outcome?.record.effects.gasUsed;
  return { ...metered, storage: gas?.storageCost ?? 0n, rebate: gas?.storageRebate ?? 0n };
};

/** A market with one level-1 task and so many subscribers; half of all settlements must be attested. */
export const openCrowdedMarket = async (seed: string, subscribers: number): Promise<Chain> => {
  const chain = await openChain(seed);
  const buyer = accountOf('buyer');
  fund(chain, buyer);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 500));
  must(chain, op.createTask(chain.manager, 0, 1, 0));
  must(chain, op.faucet(buyer, 1_000_000_000_000n));
  addSubscribers(chain, TASK, subscribers);
  return chain;
};

/** Buys, settles and claims `draws` stacks in rounds and measures each call. Attesters attest before the claim. */
export const measure = (chain: Chain, draws: number): Samples => {
  const samples: Record<Call, Sample[]> = {
    purchase: [],
    'settle, undrawn': [],
    'settle, drawn': [],
    'claim, unattested': [],
    'claim, attested': [],
  };
  const computed = meterOf(chain);
  for (let done = 0; done < draws; done += ROUND) {
    const stacks = Array.from({ length: ROUND }, () => {
      const bought = must(chain, op.acquire(accountOf('buyer'), TASK, UNITS, PRICE));
      samples.purchase.push(sampleOf(bought, computed()));
      return Number(chain.view.db.next_stack) - 1;
    });
    for (const stack of stacks) {
      const settled = settle(chain, stack);
      const isDrawn = settled?.events[0]?.data.attestation_required;
      samples[isDrawn ? 'settle, drawn' : 'settle, undrawn'].push(sampleOf(settled, computed()));
      if (chain.view.tickets.get(stack).required) attest(chain, stack);
    }
    nextEpoch(chain, 2);
    for (const stack of stacks) {
      const node = Number(chain.view.stacks.get(stack).node);
      const isAttested = chain.view.tickets.get(stack).required;
      const claimed = must(chain, op.claim(holderOf(chain, node), node, [stack]));
      samples[isAttested ? 'claim, attested' : 'claim, unattested'].push(sampleOf(claimed, computed()));
    }
  }
  return samples;
};

const history = historyOf('served', UNITS);

const settle = (chain: Chain, stack: number): Outcome | null => {
  const node = Number(chain.view.stacks.get(stack).node);
  const [root, leaf] = [proofOf(stack, history, 1), leafOf(stack, history, 0)];
  return must(chain, op.settle(holderOf(chain, node), node, stack, UNITS, root, leaf));
};

const attest = (chain: Chain, stack: number): void => {
  const attester = Number(chain.view.tickets.get(stack).attesters[0]);
  must(
    chain,
    op.attest(holderOf(chain, attester), attester, stack, proofOf(stack, history, 1), leafOf(stack, history, 1)),
  );
};

/** Opens, measures and closes. */
export const measureAt = async (subscribers: number, draws: number): Promise<Samples> => {
  const chain = await openCrowdedMarket('gas', subscribers);
  try {
    return measure(chain, draws);
  } finally {
    closeChain(chain);
  }
};
