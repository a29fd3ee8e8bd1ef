import * as sdk from '@atoma/sdk';
import { epochText, formatAmount } from '@atoma/sdk';
import { given } from '../../chain/given.ts';
import { perform } from '../../chain/perform.ts';
import type { Session } from '../../chain/session.ts';
import type { Handler } from '../../kernel/command.ts';
import { counted, grouped } from '../../kernel/lines.ts';
import type * as specs from '../specs/stack.ts';

type Purchase = {
  readonly taskSmallId: bigint;
  readonly numComputeUnits: bigint;
  readonly pricePerComputeUnit: bigint;
};

/** Says why no node could be drawn, from the offers there are now. */
const whyNoNode = async ({ atoma }: Session, purchase: Purchase): Promise<string> => {
  const offers = await sdk.listSubscriptions(atoma, { taskSmallId: purchase.taskSmallId });
  const cheapest = offers[0];
  if (!cheapest)
    return `No node offers task ${purchase.taskSmallId} yet: \`atoma db subscribe-node-to-task\` makes an offer.`;
  if (cheapest.pricePerComputeUnit > purchase.pricePerComputeUnit)
    return `The cheapest of ${counted(offers.length, 'offer')} is ${grouped(cheapest.pricePerComputeUnit)}: give --price ${cheapest.pricePerComputeUnit} or more.`;
  const fitting = offers.filter((offer) => offer.pricePerComputeUnit <= purchase.pricePerComputeUnit);
  const most = fitting.reduce((max, offer) => (offer.maxNumComputeUnits > max ? offer.maxNumComputeUnits : max), 0n);
  if (most < purchase.numComputeUnits)
    return `At this price nodes take at most ${grouped(most)} compute units in one stack: buy fewer at a time.`;
  return 'The nodes at this price lack free stake for the bond or the reputation asked: buy fewer units, offer more, or wait until stacks are claimed.';
};

/** `atoma db acquire-new-stack-entry` */
export const acquireNewStackEntry: Handler<typeof specs.acquireFlags> = (run, flags) => {
  const { taskSmallId, numComputeUnits, price: pricePerComputeUnit } = flags;
  const purchase = { taskSmallId, numComputeUnits, pricePerComputeUnit };
  return perform(run, sdk.acquireStack, purchase, {
    headline: ({ stackSmallId, selectedNodeSmallId }) =>
      `stack ${stackSmallId} bought, ${run.common.dryRun ? 'a node like' : 'served by'} node ${selectedNodeSmallId}`,
    rows: (stack, now) => [
      ['units', `${grouped(stack.numComputeUnits)} at ${grouped(stack.pricePerComputeUnit)} base units of TOMA`],
      ['paid', `${formatAmount(stack.paid)} into escrow`],
      ['bond', `${formatAmount(stack.bond)} of the node`],
      ['expires', `${epochText(stack.expiryEpoch, now)}, if it is not settled before`],
      ['stack badge', stack.stackBadgeId],
    ],
    remedy: async (session, name) => (name === 'ENoNodesEligibleForTask' ? whyNoNode(session, purchase) : undefined),
  });
};

const ownStack = ({ stackBadge, stackSmallId }: { stackBadge: string | undefined; stackSmallId: bigint | undefined }) =>
  given({ stackBadgeId: stackBadge, stackSmallId });

/** `atoma db update-stack-owner` */
export const updateStackOwner: Handler<typeof specs.ownStackFlags> = (run, flags) =>
  perform(run, sdk.updateStackOwner, ownStack(flags), {
    headline: ({ stackSmallId, owner }) => `refunds of stack ${stackSmallId} go to ${owner}`,
  });

/** `atoma db request-stack-refund` */
export const requestStackRefund: Handler<typeof specs.ownStackFlags> = (run, flags) =>
  perform(run, sdk.requestStackRefund, ownStack(flags), {
    headline: ({ stackSmallId }) => `refund of stack ${stackSmallId} requested`,
    rows: ({ reclaimableFromEpoch }, now) => [
      ['reclaimable', `from ${epochText(reclaimableFromEpoch, now)}, unless the node settles before`],
    ],
  });

/** `atoma db reclaim-stack` */
export const reclaimStack: Handler<typeof specs.ownStackFlags> = (run, flags) =>
  perform(run, sdk.reclaimStack, ownStack(flags), {
    headline: ({ stackSmallId, refund }) => `stack ${stackSmallId} reclaimed, ${formatAmount(refund)} paid back`,
  });

/** `atoma db donate` */
export const donate: Handler<typeof specs.donateFlags> = (run, { amount }) =>
  perform(run, sdk.donate, { amount }, { headline: (gift) => `${formatAmount(gift.amount)} given to the pool` });
