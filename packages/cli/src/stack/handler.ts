import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { perform } from '../chain/perform.ts';
import type { Session } from '../chain/session.ts';
import type { Handler } from '../kernel/command.ts';
import { grouped } from '../kernel/lines.ts';
import type * as specs from './flags.ts';

/** `atoma db acquire-new-stack-entry` */
export const acquireNewStackEntry: Handler<typeof specs.acquireFlags> = (run, flags) => {
  const { taskSmallId, numComputeUnits, price: pricePerComputeUnit } = flags;
  let alone = false;
  const purchase = async ({ atoma }: Session): Promise<sdk.AcquireStackParameters> => {
    const task = flags.allowUnchecked ? null : await sdk.findTask(atoma, { taskSmallId });
    alone = task?.securityLevel === 1 && (await sdk.sellsAlone(atoma, { taskSmallId }));
    const allowUnchecked = flags.allowUnchecked || alone;
    return { taskSmallId, numComputeUnits, pricePerComputeUnit, allowUnchecked, ...given({ among: flags.among }) };
  };
  return perform(run, sdk.acquireStack, purchase, {
    headline: ({ stackSmallId, selectedNodeSmallId }) =>
      `stack ${stackSmallId} bought, ${run.common.dryRun ? 'a node like' : 'served by'} node ${selectedNodeSmallId}`,
    rows: (stack, when) => [
      ['units', `${grouped(stack.numComputeUnits)} at ${grouped(stack.pricePerComputeUnit)} base units of TOMA`],
      ['paid', `${formatAmount(stack.paid)} into escrow`],
      ['bond', `${formatAmount(stack.bond)} of the node`],
      ['expires', `${when(stack.expiryEpoch)}, if it is not settled before`],
      ['stack badge', stack.stackBadgeId],
      ...(alone ? [['checks', 'none: only your own nodes sell this task, as if with --allow-unchecked'] as const] : []),
    ],
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
    rows: ({ reclaimEpoch }, when) => [['reclaimable', `from ${when(reclaimEpoch)}, unless the node settles before`]],
  });

/** `atoma db reclaim-stack` */
export const reclaimStack: Handler<typeof specs.ownStackFlags> = (run, flags) =>
  perform(run, sdk.reclaimStack, ownStack(flags), {
    headline: ({ stackSmallId, refund }) => `stack ${stackSmallId} reclaimed, ${formatAmount(refund)} paid back`,
  });

/** `atoma db donate` */
export const donate: Handler<typeof specs.donateFlags> = (run, { amount }) =>
  perform(run, sdk.donate, { amount }, { headline: (gift) => `${formatAmount(gift.amount)} given to the pool` });

/** `atoma db discard-stack-badge` */
export const discardStackBadge: Handler<typeof specs.ownStackFlags> = (run, flags) =>
  perform(run, sdk.discardStackBadge, ownStack(flags), {
    headline: ({ stackBadgeId }) => `badge ${stackBadgeId} of an ended stack thrown away`,
  });
