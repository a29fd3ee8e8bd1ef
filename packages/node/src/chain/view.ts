/** The few things serving reads from the chain. */
import type { StackTerms } from '../store/types.ts';

/** A stack as the chain has it. */
export interface ChainStack {
  readonly terms: StackTerms;
  /** Small id of the selected node. */
  readonly node: bigint;
  /** The address that signs receipts of this stack. */
  readonly nodeAddress: string;
}

/** Who holds a badge. */
export interface BadgeHolder {
  /** Null when the badge has no address owner. */
  readonly address: string | null;
  readonly version: bigint;
}

/** Reads from the chain; every function rejects when the chain cannot be reached. */
export interface ChainView {
  readonly readStack: (stack: bigint) => Promise<ChainStack | null>;
  /** Null when the badge no longer exists. */
  readonly badgeHolder: (badge: string) => Promise<BadgeHolder | null>;
  /** Badge of the stack a purchase created; null when the transaction created another or none. */
  readonly purchasedBadge: (digest: string, stack: bigint) => Promise<string | null>;
}
