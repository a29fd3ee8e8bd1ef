/** Whether receipts follow from one another, checked one after the other so that a long history need not be in memory. */
import { receiptHash, receiptLayout } from '@atoma/sdk';

/** What is looked at of a committed request. */
export interface ChainedLeaf {
  readonly index: number;
  readonly units: bigint;
  readonly receipt: Uint8Array;
}

/** Takes the leaves of a stack in order. */
export interface ChainCheck {
  readonly add: (leaf: ChainedLeaf) => void;
  /** What does not hold, if anything. */
  readonly fault: () => string | undefined;
  /** How many there were, and the hash of the last receipt (32 zero bytes without any). */
  readonly end: () => { readonly leaves: number; readonly lastReceiptHash: Uint8Array };
}

/** Begins a check at the first receipt of a stack. */
export const createChainCheck = (): ChainCheck => {
  let previous: Uint8Array = new Uint8Array(32);
  let [total, leaves] = [0n, 0];
  let fault: string | undefined;
  return {
    add: ({ index, units, receipt: bytes }) => {
      const receipt = receiptLayout.decode(bytes);
      total += units;
      const sound =
        Buffer.compare(receipt.previous, previous) === 0 &&
        receipt.cumulativeUnits === total &&
        receipt.index === BigInt(index) &&
        receipt.units === units;
      if (!sound) fault ??= `receipt ${index} does not follow from the one before`;
      previous = receiptHash(bytes);
      leaves++;
    },
    fault: () => fault,
    end: () => ({ leaves, lastReceiptHash: previous }),
  };
};
