/** What the settlement side of a daemon shares. */
import type { Atoma } from '@atoma/sdk';
import type { NodeContext } from '../context.ts';
import type { Offer } from '../serve/describe.ts';
import type { Checks } from './finding.ts';
import type { Holding } from './holding.ts';

/** When stacks are settled and how far the daemon goes. Times in ms. */
export interface SettlePolicy {
  /** Settle when fewer than this share of the units is left, permille. */
  readonly fillPermille: number;
  readonly idleMs: number;
  /** Epochs before the expiry of a stack at which it is settled in any case. */
  readonly marginEpochs: bigint;
  /** Fees below this wait for the age trigger, and are given up then. Base units. */
  readonly minFee: bigint;
  /** How long open requests may finish before they are stopped. */
  readonly drainMs: number;
  /** Most ids in a claim. */
  readonly claimBatch: number;
  /** Inputs that cannot be had are asked for at least this long (a quarter of an epoch where that is shorter). */
  readonly giveUpMs: number;
  /** How long a round waits for checks of others' stacks; what takes longer goes on beside the rounds. */
  readonly checkMs: number;
  /** Connect to nodes at http and private addresses: rehearsals only. */
  readonly allowPrivateNodes: boolean;
}

/** Defaults of the policy. */
export const defaultPolicy: SettlePolicy = {
  fillPermille: 50,
  idleMs: 30 * 60_000,
  marginEpochs: 4n,
  minFee: 0n,
  drainMs: 60_000,
  claimBatch: 50,
  giveUpMs: 600_000,
  checkMs: 2_000,
  allowPrivateNodes: false,
};

/** The shared context of settling. */
export interface SettleContext {
  readonly atoma: Atoma;
  readonly node: NodeContext;
  readonly nodeId: bigint;
  readonly policy: SettlePolicy;
  /** What this node sells now. */
  readonly offers: () => readonly Offer[];
  /** When inputs of a stack were first missing, or a duty first late, by duty and stack; ms since 1970. */
  readonly missingSince: Map<string, number>;
  /** Checks that have begun and not ended, by duty and stack. */
  readonly underWay: Map<string, Promise<void>>;
  /** Inputs held of the stacks this node checks. */
  readonly holdings: Map<bigint, Holding>;
  /** What checks found, for this node's operator. */
  readonly checks: Checks;
  /** Told before and after each step of a transaction: `settle:built`. */
  readonly observe: (step: string) => void;
  /** Raises an alarm: counted, logged, kept for `status`. */
  readonly alarm: (kind: string, detail: Readonly<Record<string, string>>) => void;
}
