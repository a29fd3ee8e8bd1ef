/** The newest receipts of each stack in memory: a receipt is looked at beside its neighbours without asking the database. */
import type { JournalReceipt } from './types.ts';

/** Receipts of one stack from some index on; the journal holds no other ones from there on. */
interface Window {
  from: number;
  last: number;
  readonly byIndex: Map<number, JournalReceipt>;
}

/** The windows of all stacks. */
export interface RecentReceipts {
  /** The receipts next to an index as the journal would give them; undefined when the window does not reach it. */
  readonly near: (stack: bigint, index: number) => readonly JournalReceipt[] | undefined;
  /** Takes in what the journal has just kept. */
  readonly add: (stack: bigint, receipt: JournalReceipt) => void;
  /** Forgets everything: what the journal holds has changed in another way. */
  readonly clear: () => void;
}

/** Receipts kept of a stack: more than a gateway has under way at once. */
const SIZE = 1_024;

/** Makes the windows; `newest` gives the receipt with the highest index of a stack. */
export const createRecentReceipts = (newest: (stack: bigint) => JournalReceipt | undefined): RecentReceipts => {
  const windows = new Map<bigint, Window>();
  const windowOf = (stack: bigint): Window | undefined => {
    const known = windows.get(stack);
    if (known) return known;
    const receipt = newest(stack);
    if (!receipt) return undefined;
    const { index } = receipt;
    const made = { from: index, last: index, byIndex: new Map([[index, receipt]]) };
    windows.set(stack, made);
    return made;
  };
  const shrink = (window: Window): void => {
    for (; window.byIndex.size > SIZE; window.from++) window.byIndex.delete(window.from);
  };
  return {
    near: (stack, index) => {
      const window = windowOf(stack);
      if (!window || index < window.from) return undefined;
      const found: JournalReceipt[] = [];
      for (let at = Math.min(index, window.last); at >= window.from && found.length < 2; at--) {
        const receipt = window.byIndex.get(at);
        if (receipt) found.push(receipt);
      }
      for (let at = index + 1; at <= window.last; at++) {
        const receipt = window.byIndex.get(at);
        if (receipt) return [...found, receipt];
      }
      return found;
    },
    add: (stack, receipt) => {
      const window = windows.get(stack);
      if (!window || receipt.index < window.from) return;
      window.byIndex.set(receipt.index, receipt);
      window.last = Math.max(window.last, receipt.index);
      shrink(window);
    },
    clear: () => windows.clear(),
  };
};
