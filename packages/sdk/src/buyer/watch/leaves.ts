/** The leaf list a node gives for a settled stack, held against the commitment on chain and the buyer's own receipts. */
import { type HistoryEntry, parseHistory } from '../../commitment/history.ts';
import { computeStackProof } from '../../commitment/proof.ts';
import { equalBytes } from '../../values/bytes.ts';
import { receiptLayout } from '../../wire/messages.ts';
import type { BuyerContext } from '../context.ts';
import { inquire } from '../inquiry.ts';
import type { JournalReceipt } from '../journal/types.ts';

/**
 * `holds`: the list gives the commitment and has every receipt in its place; `lacks`: it gives the commitment, and a receipt is
 * missing: proof that the settlement is wrong; `unknown`: the node does not answer, or its list gives another commitment, which
 * proves nothing, for the list is not signed.
 */
export type LeafFinding = 'holds' | 'lacks' | 'unknown';

/** A settlement the list is held against. */
export interface SettledStack {
  readonly stack: bigint;
  readonly node: bigint;
  readonly attesters: number;
  readonly claimed: bigint;
  readonly committedStackProof: Uint8Array;
}

const hasReceipt = (leaves: readonly HistoryEntry[], { index, receipt }: JournalReceipt): boolean => {
  const { requestHash, contentHash, units } = receiptLayout.decode(receipt);
  const leaf = leaves[index];
  return (
    leaf !== undefined &&
    leaf.units === units &&
    equalBytes(leaf.requestHash, requestHash) &&
    equalBytes(leaf.contentHash, contentHash)
  );
};

/** Judges a leaf list. */
export const judgeLeaves = (
  leaves: readonly HistoryEntry[],
  settled: Omit<SettledStack, 'node'>,
  receipts: readonly JournalReceipt[],
): LeafFinding => {
  const { stack: stackSmallId, attesters, claimed, committedStackProof } = settled;
  const proof = computeStackProof({ history: { leaves }, stackSmallId, attesters });
  if (proof.units !== claimed || !equalBytes(proof.committedStackProof, committedStackProof)) return 'unknown';
  return receipts.every((receipt) => hasReceipt(leaves, receipt)) ? 'holds' : 'lacks';
};

/** Asks the node for its list. */
export const checkLeaves = async (context: BuyerContext, settled: SettledStack): Promise<LeafFinding> => {
  const { stack, node } = settled;
  try {
    const { status, json } = await inquire(context, { node, stack, path: `/v1/stacks/${stack}/leaves` });
    if (status !== 200) return 'unknown';
    const { leaves } = parseHistory(JSON.stringify({ leaves: json.leaves }));
    return judgeLeaves(leaves, settled, context.journal.listReceipts(stack));
  } catch {
    return 'unknown';
  }
};
