/** The work on a stack: what was really asked and answered, and what a cheat makes of it. */
import { computeStackProof, equalBytes, type History, type StackProof, totalUnits } from '@atoma/sdk';
import type { FaultName } from './fault-names.ts';
import { hashOf } from './random.ts';
import type { Scenario } from './scenario.ts';

/** What a node puts on the chain. */
export interface Settlement {
  readonly history: History;
  readonly proof: StackProof;
  readonly claimed: bigint;
  /** L_0 as submitted. */
  readonly leaf: Uint8Array;
}

type Leaf = History['leaves'][number];

/** Nine tenths of the stack are used, in equal requests. */
const USED = [9n, 10n] as const;

/** The same as a part of the units bought. */
export const USED_PART = Number(USED[0]) / Number(USED[1]);

/** Faults that no repetition shows, only what the stack's owner adds to a dispute: its refusals and receipts. */
const shownByOwner: readonly FaultName[] = ['accomplice-first', 'withheld-list'];

/** Whether no repetition of a request shows the fault. */
export const needsEvidence = ({ fault }: Scenario): boolean => shownByOwner.includes(fault);

/** The true history of a stack: every honest party arrives at it. Where only its owner can show the fault it is one half of what is billed. */
export const truthOf = (scenario: Scenario, stack: bigint): History => {
  const { requests, units, seed } = scenario;
  const billed = BigInt(requests) * (needsEvidence(scenario) ? 2n : 1n);
  const each = (units * USED[0]) / USED[1] / billed;
  return {
    leaves: Array.from({ length: requests }, (_, i) => ({
      requestHash: hashOf(seed, stack, 'request', i),
      contentHash: hashOf(seed, stack, 'answer', i),
      units: each > 0n ? each : 1n,
    })),
  };
};

const lastChanged = (truth: History, change: (leaf: Leaf) => Leaf): History => ({
  leaves: truth.leaves.map((leaf, i) => (i === truth.leaves.length - 1 ? change(leaf) : leaf)),
});

/** Histories of the faults that lie about the work; what is not here tells the truth. */
const lies: Partial<Record<FaultName, (truth: History) => { readonly history: History; readonly claimed: bigint }>> = {
  'other-model': (truth) => ({
    history: { leaves: truth.leaves.map((leaf, i) => ({ ...leaf, contentHash: hashOf('other model', i) })) },
    claimed: totalUnits(truth),
  }),
  'truncated-output': (truth) => ({
    history: lastChanged(truth, (leaf) => ({ ...leaf, contentHash: hashOf('cut short') })),
    claimed: totalUnits(truth),
  }),
  'inflated-units': (truth) => {
    const history = lastChanged(truth, (leaf) => ({ ...leaf, units: leaf.units + leaf.units / 4n + 1n }));
    return { history, claimed: totalUnits(history) };
  },
  'forged-root': (truth) => ({
    history: { leaves: [{ requestHash: hashOf('nothing'), contentHash: hashOf('nothing'), units: totalUnits(truth) }] },
    claimed: totalUnits(truth),
  }),
  'accomplice-first': (truth) => {
    const refused = truth.leaves.map((leaf, i) => ({ ...leaf, requestHash: hashOf('refused', i) }));
    const history = { leaves: [...truth.leaves, ...refused] };
    return { history, claimed: totalUnits(history) };
  },
  'withheld-list': (truth) => {
    const history = { leaves: truth.leaves.map((leaf) => ({ ...leaf, units: 2n * leaf.units })) };
    return { history, claimed: totalUnits(history) };
  },
  'missing-leaf': (truth) => {
    const [first, second, ...rest] = truth.leaves as readonly [Leaf, ...Leaf[]];
    const kept = second ? [{ ...second, units: first.units + second.units }, ...rest] : [first];
    return { history: { leaves: kept }, claimed: totalUnits(truth) };
  },
};

const invented = (truth: History) => ({
  history: { leaves: truth.leaves.map((leaf, i) => ({ ...leaf, contentHash: hashOf('invented', i) })) },
  claimed: totalUnits(truth),
});

/** Faults whose serving node invents its answers. */
const inventing: readonly FaultName[] = ['colluding', 'lazy-juror', 'insured-jury'];

/** What the serving node settles with. */
export const settlementOf = (scenario: Scenario, stack: bigint, truth: History, attesters: number): Settlement => {
  const { fault } = scenario;
  const lie = scenario.tamper ?? lies[fault] ?? (inventing.includes(fault) ? invented : undefined);
  const { history, claimed } = lie ? lie(truth) : { history: truth, claimed: totalUnits(truth) };
  const proof = computeStackProof({ history, stackSmallId: stack, attesters });
  const leaf = fault === 'wrong-leaf' ? hashOf('wrong leaf') : proof.stackMerkleLeaf;
  return { history, proof, claimed, leaf };
};

/**
 * What whoever does the work arrives at. A row that is another request, or has other units, shows by its signature; of all others those
 * that the seed picks are repeated, and the rest are believed.
 */
export const checkedHistory = (truth: History, settled: History, rows: ReadonlySet<number>): History => {
  const asSigned =
    settled.leaves.length === truth.leaves.length &&
    settled.leaves.every(
      ({ requestHash, units }, i) =>
        units === truth.leaves[i]?.units && equalBytes(requestHash, truth.leaves[i].requestHash),
    );
  if (!asSigned) return truth;
  return { leaves: settled.leaves.map((leaf, i) => (rows.has(i) ? (truth.leaves[i] as Leaf) : leaf)) };
};

/** Faults a buyer sees from its receipts alone, and disputes: units or requests differ from what the node signed to it. */
export const seenByReceipts: readonly FaultName[] = ['inflated-units', 'forged-root', 'missing-leaf'];
