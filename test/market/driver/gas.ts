/** What the market's calls cost, by number of subscribers and of nodes that were there once. */

import { accountOf } from './accounts.ts';
import type { Chain, Outcome } from './chain.ts';
import { closeChain, fund, nextEpoch, openChain } from './chain.ts';
import { historyOf, leafOf, proofOf, voteOf } from './commitments.ts';
import { addSubscribers, comeAndGo, holderOf, type Metered, meterOf, must } from './crowd.ts';
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

/**
 * Calls measured: purchases by whether the contract looks for owners who could check, settlements by whether the coin flip asks for
 * attesters, claims by whether one has to be credited.
 */
export const calls = [
  'purchase',
  'purchase, checked',
  'settle, undrawn',
  'settle, drawn',
  'attest',
  'claim, unattested',
  'claim, attested',
  'dispute',
  'show evidence',
  'commit a vote',
  'reveal a vote',
  'resolve',
] as const;
export type Call = (typeof calls)[number];
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

/** A market with one level-1 task and so many subscribers, after `gone` others left; half of all settlements must be attested. */
export const openCrowdedMarket = async (seed: string, subscribers: number, gone = 0): Promise<Chain> => {
  const chain = await openChain(seed);
  const [buyer, stranger] = [accountOf('buyer'), accountOf('stranger')];
  fund(chain, buyer, stranger);
  must(chain, op.setParameter(chain.manager, 'attestation_probability', 500));
  must(chain, op.createTask(chain.manager, 0, 1, 0));
  for (const rich of [buyer, stranger]) must(chain, op.faucet(rich, 1_000_000_000_000n));
  addSubscribers(chain, TASK, subscribers);
  if (gone > 0) comeAndGo(chain, TASK, gone);
  return chain;
};

type Measured = (call: Call, operation: op.Operation) => Outcome | null;

/**
 * Buys, settles and claims `draws` stacks in rounds and measures each call. Attesters attest before the claim. `whole`: every other
 * purchase is one of a stack that must be checked, and the last stack of each round is disputed by a stranger, for nothing.
 */
export const measure = (chain: Chain, draws: number, whole = true): Samples => {
  const samples = Object.fromEntries(calls.map((call) => [call, [] as Sample[]])) as Record<Call, Sample[]>;
  const computed = meterOf(chain);
  const measured: Measured = (call, operation) => {
    const outcome = must(chain, operation);
    samples[call].push(sampleOf(outcome, computed()));
    return outcome;
  };
  const buyer = accountOf('buyer');
  for (let done = 0; done < draws; done += ROUND) {
    const stacks = Array.from({ length: ROUND }, (_, i) => {
      if (whole && i % 2 === 1) measured('purchase, checked', op.acquire(buyer, TASK, UNITS, PRICE, CHECKED));
      else measured('purchase', op.acquire(buyer, TASK, UNITS, PRICE));
      return Number(chain.view.db.next_stack) - 1;
    });
    for (const stack of stacks) {
      const settled = must(chain, settlement(chain, stack));
      const isDrawn = settled?.events[0]?.data.attestation_required;
      samples[isDrawn ? 'settle, drawn' : 'settle, undrawn'].push(sampleOf(settled, computed()));
      if (chain.view.tickets.get(stack).required) measured('attest', attestation(chain, stack));
    }
    const disputed = whole ? stacks.pop() : undefined;
    if (disputed !== undefined) accuse(disputed, measured);
    nextEpoch(chain);
    if (disputed !== undefined) acquit(chain, disputed, measured);
    nextEpoch(chain);
    for (const stack of stacks) {
      const node = sellerOf(chain, stack);
      const isAttested = chain.view.tickets.get(stack).required;
      measured(isAttested ? 'claim, attested' : 'claim, unattested', op.claim(holderOf(chain, node), node, [stack]));
    }
  }
  return samples;
};

const CHECKED: op.Choice = { unchecked: false, most: null, among: [] };
const history = historyOf('served', UNITS);
const SALT = new Uint8Array(32).fill(1);

const sellerOf = (chain: Chain, stack: number): number => Number(chain.view.stacks.get(stack).node);

const settlement = (chain: Chain, stack: number): op.Operation => {
  const node = sellerOf(chain, stack);
  const [root, leaf] = [proofOf(stack, history, 1), leafOf(stack, history, 0)];
  return op.settle(holderOf(chain, node), node, stack, UNITS, root, leaf);
};

const attestation = (chain: Chain, stack: number): op.Operation => {
  const attester = Number(chain.view.tickets.get(stack).attesters[0]);
  const [root, leaf] = [proofOf(stack, history, 1), leafOf(stack, history, 1)];
  return op.attest(holderOf(chain, attester), attester, stack, root, leaf);
};

const jurorsOf = (chain: Chain, stack: number): readonly number[] => chain.view.disputes.get(stack).jurors.map(Number);

/** All that a call may show: eight rows and eight receipts. */
const EVIDENCE: op.Exhibits = {
  rows: Array.from({ length: 8 }, (_, row) => BigInt(row)),
  units: UNITS / 10n,
  receipts: Array.from({ length: 8 }, () => new Uint8Array(200)),
};

/** A stranger disputes an honest settlement; the buyer shows rows and receipts. */
const accuse = (stack: number, measured: Measured): void => {
  measured('dispute', op.dispute(accountOf('stranger'), stack, new Uint8Array(32).fill(2)));
  measured('show evidence', op.show(accountOf('buyer'), stack, EVIDENCE));
};

/** In the next epoch all jurors commit and reveal. */
const acquit = (chain: Chain, stack: number, measured: Measured): void => {
  const { merkleRoot, units } = history;
  for (const juror of jurorsOf(chain, stack)) {
    const vote = voteOf(stack, juror, history, SALT);
    measured('commit a vote', op.commitVote(holderOf(chain, juror), juror, stack, vote));
  }
  for (const juror of jurorsOf(chain, stack))
    measured('reveal a vote', op.revealVote(holderOf(chain, juror), juror, stack, merkleRoot, units, SALT));
  measured('resolve', op.resolve(accountOf('buyer'), stack));
};

/** Opens, measures and closes. */
export const measureAt = async (subscribers: number, draws: number, gone = 0): Promise<Samples> => {
  const chain = await openCrowdedMarket('gas', subscribers, gone);
  try {
    return measure(chain, draws);
  } finally {
    closeChain(chain);
  }
};
