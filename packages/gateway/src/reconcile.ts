/** The three-way check: what clients were charged, what nodes meter, what was claimed on chain. */
import { type Buyer, type BuyerContext, chainOf, findTicket } from '@atoma/sdk';
import type { GatewayStore } from './store/types.ts';

/** One stack in the check. Units; null where a side says nothing. */
export interface StackCheck {
  readonly stack: bigint;
  readonly node: bigint;
  /** Sum of the receipts held. */
  readonly receipts: bigint;
  /** Cumulative units the last receipt states. */
  readonly metered: bigint;
  readonly claimed: bigint | null;
  /** Most that unresolved requests may add. */
  readonly exposure: bigint;
  readonly agrees: boolean;
}

/** The result of a check. */
export interface Reconciliation {
  /** Units in the books of the gateway. */
  readonly booked: bigint;
  /** Units of the receipts of the gateway's requests. */
  readonly receipted: bigint;
  readonly stacks: readonly StackCheck[];
  readonly agrees: boolean;
}

const checkStack = async (context: BuyerContext, stack: bigint, node: bigint): Promise<StackCheck> => {
  const chain = chainOf(context.journal.listReceipts(stack));
  const { charged, exposure } = context.journal.meters(stack);
  const ticket = await findTicket(context.atoma, { stackSmallId: stack });
  const claimed = ticket?.numClaimedComputeUnits ?? null;
  const whole = chain.gaps.length === 0;
  const metered = chain.units;
  const agrees =
    chain.contradiction === null &&
    (whole ? charged === metered : charged <= metered) &&
    (claimed === null || (claimed >= metered && claimed <= metered + exposure));
  return { stack, node, receipts: charged, metered, claimed, exposure, agrees };
};

/** Checks all stacks that have not ended, and the books as a whole. */
export const reconcile = async (buyer: Buyer, store: GatewayStore): Promise<Reconciliation> => {
  const context = await buyer.context();
  const stacks: StackCheck[] = [];
  for (const row of context.journal.listStacks(['open', 'notice', 'settled']))
    stacks.push(await checkStack(context, row.stack, row.node));
  const receipted = context.journal.chargedByTag(0).reduce((sum, { units }) => sum + units, 0n);
  const { units: booked, reservedUnits } = store.totals();
  const settled = reservedUnits > 0n ? booked <= receipted : booked === receipted;
  return { booked, receipted, stacks, agrees: settled && stacks.every(({ agrees }) => agrees) };
};
