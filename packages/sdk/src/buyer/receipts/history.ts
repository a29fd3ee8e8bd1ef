/** From receipts to the history of a stack. */
import { toHex } from '@atoma/base';
import type { History } from '../../commitment/history.ts';
import { computeStackProof, type StackProof } from '../../commitment/proof.ts';
import { receiptLayout } from '../../wire/messages.ts';
import { compareReceipts } from '../../wire/verify-answer.ts';
import type { JournalReceipt } from '../journal/types.ts';

/** What the receipts of a stack amount to. */
export interface ReceiptChain {
  readonly receipts: number;
  /** Cumulative units of the receipt with the highest index; 0 without one. */
  readonly units: bigint;
  /** Highest index; -1 without receipts. */
  readonly lastIndex: number;
  /** Indices below the highest without a receipt. */
  readonly gaps: readonly number[];
  /** Why the receipts contradict each other; null: they do not. */
  readonly contradiction: string | null;
}

/** Most gaps that are listed. */
const MAX_GAPS = 10_000;

/** Looks at the receipts of a stack, ordered by index. */
export const chainOf = (receipts: readonly JournalReceipt[]): ReceiptChain => {
  const gaps: number[] = [];
  let contradiction: string | null = null;
  let next = 0;
  receipts.forEach((each, at) => {
    for (let gap = next; gap < each.index && gaps.length < MAX_GAPS; gap++) gaps.push(gap);
    next = Math.max(next, each.index + 1);
    const before = receipts[at - 1];
    const pair = before ? compareReceipts(before.receipt, each.receipt) : 'consistent';
    if (pair === 'equivocation') contradiction ??= `two different receipts carry index ${each.index}`;
    if (pair === 'brokenChain') contradiction ??= `receipt ${each.index} does not follow from receipt ${before?.index}`;
  });
  const last = receipts.at(-1);
  return {
    receipts: receipts.length,
    units: last?.cumulative ?? 0n,
    lastIndex: last?.index ?? -1,
    gaps,
    contradiction,
  };
};

/** The history up to the highest receipt; undefined while there are gaps or contradictions. */
export const historyOf = (receipts: readonly JournalReceipt[]): History | undefined => {
  const chain = chainOf(receipts);
  if (chain.gaps.length > 0 || chain.contradiction !== null) return undefined;
  const leaves = receipts.map((each) => {
    const { requestHash, contentHash, units } = receiptLayout.decode(each.receipt);
    return { requestHash, contentHash, units };
  });
  return { leaves };
};

/** What the node should have settled with; undefined while the history is not whole. */
export const ownProof = (
  receipts: readonly JournalReceipt[],
  stackSmallId: bigint,
  attesters: number,
): StackProof | undefined => {
  const history = historyOf(receipts);
  return history && computeStackProof({ history, stackSmallId, attesters });
};

/** A receipt's bytes as the journal keeps it. */
export const toJournalReceipt = (receipt: Uint8Array, signature: Uint8Array): JournalReceipt => {
  const decoded = receiptLayout.decode(receipt);
  return {
    requestId: toHex(decoded.requestId),
    index: Number(decoded.index),
    units: decoded.units,
    cumulative: decoded.cumulativeUnits,
    receipt,
    signature,
  };
};
