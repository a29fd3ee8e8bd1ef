/** The three-way check: what clients were charged, what nodes metered, what was claimed on chain. */
import { type Buyer, type BuyerContext, chainOf, findTicket, type JournalStack, readMetered } from '@atoma/sdk';
import type { GatewayStore } from './store/types.ts';

/** One stack in the check. Units; null where a side says nothing. */
export interface StackCheck {
  readonly stack: bigint;
  readonly node: bigint;
  /** Sum of the receipts held. */
  readonly receipts: bigint;
  /** Cumulative units the last receipt states. */
  readonly metered: bigint;
  /** Units in the node's own ledger; null when it does not answer. */
  readonly nodeLedger: bigint | null;
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

const within = (value: bigint | null, least: bigint, most: bigint): boolean =>
  value === null || (value >= least && value <= most);

const checkStack = async (context: BuyerContext, row: JournalStack): Promise<StackCheck> => {
  const { stack, node } = row;
  const claimed = (await findTicket(context.atoma, { stackSmallId: stack }))?.numClaimedComputeUnits ?? null;
  const nodeLedger = await readMetered(context, row).catch(() => null);
  const chain = chainOf(await context.journal.listReceipts(stack));
  const { charged, exposure } = await context.journal.meters(stack);
  const whole = chain.gaps.length === 0;
  const metered = chain.units;
  const agrees =
    chain.contradiction === null &&
    (whole ? charged === metered : charged <= metered) &&
    within(nodeLedger, metered, metered + exposure) &&
    within(claimed, metered, metered + exposure);
  return { stack, node, receipts: charged, metered, nodeLedger, claimed, exposure, agrees };
};

/** Receipts come while the sides are read one after the other: what differs then does not differ long. */
const [READS, PAUSE_MS] = [4, 100];

const settledCheck = async (context: BuyerContext, row: JournalStack): Promise<StackCheck> => {
  let check = await checkStack(context, row);
  for (let read = 1; !check.agrees && read < READS; read++) {
    await new Promise((next) => setTimeout(next, PAUSE_MS));
    check = await checkStack(context, row);
  }
  return check;
};

/** Checks all stacks that have not ended, and the books as a whole. */
export const reconcile = async (buyer: Buyer, store: GatewayStore): Promise<Reconciliation> => {
  const context = await buyer.context();
  const stacks: StackCheck[] = [];
  for (const row of await context.journal.listStacks(['open', 'notice', 'settled']))
    stacks.push(await settledCheck(context, row));
  const receipted = (await context.journal.chargedByTag(0)).reduce((sum, { units }) => sum + units, 0n);
  const { units: booked, reservedUnits } = await store.totals();
  const settled = reservedUnits > 0n ? booked <= receipted : booked === receipted;
  return { booked, receipted, stacks, agrees: settled && stacks.every(({ agrees }) => agrees) };
};
