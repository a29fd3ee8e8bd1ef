/** Receipts held against what a node settled, in the page: signatures, the chain of receipts, and the root on chain. */
import {
  historyOf,
  ownProof,
  parseReceipts,
  type SampleSize,
  sampledRows,
  toJournalReceipt,
  verifyReceipts,
} from '@atoma/sdk';

/** One receipt and what is wrong with it. */
export interface CheckedReceipt {
  readonly index: bigint;
  readonly requestId: string;
  readonly units: bigint;
  readonly cumulative: bigint;
  /** Null: nothing. */
  readonly fault: string | null;
}

/** What a file of receipts comes to for one stack. */
export interface ReceiptCheck {
  readonly receipts: readonly CheckedReceipt[];
  readonly units: bigint;
  /** Whether they lead to the root that was settled; null: they are not whole, or nothing was settled. */
  readonly rootMatches: boolean | null;
  /** Rows the audit seed picks for whoever checks; empty before a settlement, and where the stack's terms are gone with it. */
  readonly auditRows: readonly number[];
}

/** What they are held against. */
export interface Settled {
  readonly stack: bigint;
  readonly nodeAddress: string;
  /** Numbers of attesters it may have been bought with. */
  readonly attesters: readonly number[];
  /** How many rows are picked; null: the terms that say it are gone. */
  readonly size: SampleSize | null;
  /** Null before a settlement. */
  readonly settlement: {
    readonly root: Uint8Array;
    readonly claimed: bigint;
    readonly seed: Uint8Array;
  } | null;
}

const same = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Checks what `atoma receipts export` wrote. Throws `BUYER_EXPORT` with the line at fault. */
export const checkReceipts = async (text: string, against: Settled): Promise<ReceiptCheck> => {
  const { stack, nodeAddress, attesters, size, settlement } = against;
  const rows = parseReceipts(text).filter((row) => row.stack === stack);
  const verified = await verifyReceipts(rows, [nodeAddress]);
  const receipts = [...verified].sort((a, b) => Number(a.index - b.index));
  const journal = rows
    .map(({ receipt, receiptSignature }) => toJournalReceipt(receipt, receiptSignature))
    .sort((a, b) => a.index - b.index);
  const units = receipts.reduce((sum, each) => sum + each.units, 0n);
  const sound = receipts.every(({ fault }) => fault === null);
  const history = sound ? historyOf(journal) : undefined;
  const comparable = settlement && history && units === settlement.claimed;
  const leadsTo = (root: Uint8Array): boolean =>
    attesters.some((k) => same(ownProof(journal, stack, k)?.committedStackProof ?? new Uint8Array(), root));
  return {
    receipts,
    units,
    rootMatches: comparable ? leadsTo(settlement.root) : null,
    auditRows:
      settlement && size && history && units > 0n
        ? sampledRows({
            seed: settlement.seed,
            stack,
            units: history.leaves.map((leaf) => leaf.units),
            size,
          })
        : [],
  };
};
