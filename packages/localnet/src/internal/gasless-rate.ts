import type { Address } from '@atoma/move-engine';
import { ledgerError } from '../ledger-errors.ts';
import { GASLESS_FAILURES } from '../params.ts';

const MINUTE_MS = 60_000;

/** Addresses remembered at most; beyond them all begin anew. */
const MOST_ADDRESSES = 10_000;

/** What keeps an address from filling the file with transactions that fail for nothing. In memory: a restart begins a new minute. */
export interface GaslessRate {
  /** Throws LEDGER_GASLESS_RATE when the address has failed too often. */
  readonly check: (sender: Address) => void;
  /** Counts a failed transaction. */
  readonly failed: (sender: Address) => void;
}

/** A rate with nothing counted; `now` gives ms. */
export const newGaslessRate = (now: () => number = () => performance.now()): GaslessRate => {
  const minutes = new Map<Address, { readonly endMs: number; failed: number }>();
  const minuteOf = (sender: Address) => {
    const known = minutes.get(sender);
    return known && known.endMs > now() ? known : undefined;
  };
  return {
    check: (sender) => {
      const minute = minuteOf(sender);
      if (!minute || minute.failed < GASLESS_FAILURES) return;
      const seconds = Math.ceil((minute.endMs - now()) / 1_000);
      throw ledgerError('GASLESS_RATE', { sender: `0x${sender}`, failed: minute.failed, seconds });
    },
    failed: (sender) => {
      const minute = minuteOf(sender);
      if (minute) {
        minute.failed += 1;
        return;
      }
      if (minutes.size >= MOST_ADDRESSES) minutes.clear();
      minutes.set(sender, { endMs: now() + MINUTE_MS, failed: 1 });
    },
  };
};
