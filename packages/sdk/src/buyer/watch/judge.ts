/** Whether a settlement is right, from what the buyer can prove. Pure: the table of the design, row by row. */

import type { LeafFinding } from './leaves.ts';

/** What the buyer knows about a settled stack. Units. */
export interface SettlementView {
  /** Claimed by the node. */
  readonly claimed: bigint;
  /** U: cumulative units of the receipt with the highest index. */
  readonly known: bigint;
  /** O: max_units of envelopes without receipt or refusal. */
  readonly open: bigint;
  /** Whether the commitment on chain is the one the receipts give; null when the receipts have gaps. */
  readonly rootMatches: boolean | null;
  /** Whether every envelope ever signed is in the journal. */
  readonly complete: boolean;
  /** Whether the node has been asked for what is missing. */
  readonly asked: boolean;
  /** What the node's leaf list showed, once asked. */
  readonly leaves: LeafFinding;
  /** Whether a jury can be shown that the commitment is another than the receipts give. */
  readonly isProvable: boolean;
}

/** What was found, and what follows from it. */
export type Judgement =
  | { readonly finding: 'exact' | 'underClaim' | 'reproduced'; readonly action: 'accept' }
  | { readonly finding: 'withinBound' | 'unprovable'; readonly action: 'warn' }
  | { readonly finding: 'overClaim' | 'wrongRoot'; readonly action: 'dispute' }
  | { readonly finding: 'incomplete'; readonly action: 'ask' };

/** Judges a settlement. `ask`: fetch missing receipts, then judge again with `asked`. */
export const judgeSettlement = (view: SettlementView): Judgement => {
  const { claimed, known, open, rootMatches, complete, asked, leaves, isProvable } = view;
  if (claimed < known) return { finding: 'underClaim', action: 'accept' };
  if (claimed > known + open) {
    if (complete) return { finding: 'overClaim', action: 'dispute' };
    return asked ? { finding: 'unprovable', action: 'warn' } : { finding: 'incomplete', action: 'ask' };
  }
  if (claimed === known && rootMatches === true) return { finding: 'exact', action: 'accept' };
  if (!asked) return { finding: 'incomplete', action: 'ask' };
  // Every leaf has a unit: where whole receipts give the claim, nothing can stand beside them. The units are no more than were signed for, so
  // what no jury can be shown is not worth a bond.
  const isWrong = rootMatches === false || leaves === 'lacks';
  if (isWrong && isProvable) return { finding: 'wrongRoot', action: 'dispute' };
  if (leaves === 'holds') return { finding: 'reproduced', action: 'accept' };
  return claimed === known ? { finding: 'unprovable', action: 'warn' } : { finding: 'withinBound', action: 'warn' };
};
