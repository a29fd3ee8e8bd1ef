import * as sdk from '@atoma/sdk';
import { formatAmount } from '@atoma/sdk';
import { given } from '../chain/given.ts';
import { nodeSelector, perform } from '../chain/perform.ts';
import type { Handler } from '../kernel/command.ts';
import { toJsonFields } from '../kernel/json-value.ts';
import { grouped } from '../kernel/lines.ts';
import type * as specs from './flags.ts';

/** `atoma db register-node` */
export const registerNode: Handler<typeof specs.registerNodeFlags> = (run, { url }) =>
  perform(run, sdk.registerNode, given({ url }), {
    headline: ({ nodeSmallId }) => `node ${nodeSmallId} registered`,
    rows: (node) => [
      ['stake', `${formatAmount(node.collateral)} locked as collateral`],
      ...(node.url ? ([['url', node.url]] as const) : []),
      ['owner', node.owner],
      ['node badge', node.nodeBadgeId],
    ],
  });

/** `atoma db update-node-url` */
export const updateNodeUrl: Handler<typeof specs.updateNodeUrlFlags> = (run, flags) =>
  perform(
    run,
    sdk.updateNodeUrl,
    { ...nodeSelector(run, flags), url: flags.url },
    {
      headline: ({ nodeSmallId, url }) => `node ${nodeSmallId} is reached at ${url || 'no address'}`,
      rows: ({ owner }) => [['owner', owner]],
    },
  );

type Subscription = {
  taskSmallId: bigint;
  nodeSmallId: bigint;
  pricePerComputeUnit: bigint;
  maxNumComputeUnits: bigint;
};

const subscriptionRows = (one: Subscription) =>
  [
    ['price', `${grouped(one.pricePerComputeUnit)} base units of TOMA for one compute unit`],
    ['at most', `${grouped(one.maxNumComputeUnits)} compute units in one stack`],
  ] as const;

type SubscriptionValues = Parameters<Handler<typeof specs.subscriptionFlags>>[1];

const subscriptionOf = ({ taskSmallId, pricePerComputeUnit, maxNumComputeUnits }: SubscriptionValues) => ({
  taskSmallId,
  pricePerComputeUnit,
  maxNumComputeUnits,
});

/** `atoma db subscribe-node-to-task` */
export const subscribeNodeToTask: Handler<typeof specs.subscriptionFlags> = (run, flags) =>
  perform(
    run,
    sdk.subscribeNodeToTask,
    { ...nodeSelector(run, flags), ...subscriptionOf(flags) },
    {
      headline: ({ nodeSmallId, taskSmallId }) => `node ${nodeSmallId} offers task ${taskSmallId}`,
      rows: subscriptionRows,
    },
  );

/** `atoma db update-node-subscription` */
export const updateNodeSubscription: Handler<typeof specs.subscriptionFlags> = (run, flags) =>
  perform(
    run,
    sdk.updateNodeSubscription,
    { ...nodeSelector(run, flags), ...subscriptionOf(flags) },
    {
      headline: ({ nodeSmallId, taskSmallId }) => `node ${nodeSmallId} changed its offer of task ${taskSmallId}`,
      rows: subscriptionRows,
    },
  );

/** `atoma db unsubscribe-node-from-task` */
export const unsubscribeNodeFromTask: Handler<typeof specs.unsubscribeFlags> = (run, flags) =>
  perform(
    run,
    sdk.unsubscribeNodeFromTask,
    { ...nodeSelector(run, flags), taskSmallId: flags.taskSmallId },
    {
      headline: ({ nodeSmallId, taskSmallId }) => `node ${nodeSmallId} no longer offers task ${taskSmallId}`,
    },
  );

/** `atoma db evict-subscription` */
export const evictSubscription: Handler<typeof specs.evictFlags> = (run, { taskSmallId, nodeSmallId }) =>
  perform(
    run,
    sdk.evictSubscription,
    { taskSmallId, nodeSmallId },
    {
      headline: (one) => `the subscription of node ${one.nodeSmallId} to task ${one.taskSmallId} is removed`,
    },
  );

/** `atoma db top-up-collateral` */
export const topUpCollateral: Handler<typeof specs.nodeAmountFlags> = (run, flags) =>
  perform(
    run,
    sdk.topUpCollateral,
    { ...nodeSelector(run, flags), amount: flags.amount },
    {
      headline: ({ nodeSmallId, amount }) => `${formatAmount(amount)} added to the stake of node ${nodeSmallId}`,
      rows: ({ stake }) => [['stake', formatAmount(stake)]],
    },
  );

/** `atoma db request-withdrawal` */
export const requestWithdrawal: Handler<typeof specs.nodeAmountFlags> = (run, flags) =>
  perform(
    run,
    sdk.requestWithdrawal,
    { ...nodeSelector(run, flags), amount: flags.amount },
    {
      headline: ({ nodeSmallId, amount }) => `${formatAmount(amount)} of node ${nodeSmallId} announced for withdrawal`,
      rows: ({ availableEpoch }, when) => [['ready', `from ${when(availableEpoch)}`]],
    },
  );

/** `atoma db withdraw-collateral` */
export const withdrawCollateral: Handler<typeof specs.onlyNodeFlags> = (run, flags) =>
  perform(run, sdk.withdrawCollateral, nodeSelector(run, flags), {
    headline: ({ nodeSmallId, amount }) => `${formatAmount(amount)} of the stake of node ${nodeSmallId} paid out`,
  });

/** `atoma db withdraw-earnings` */
export const withdrawEarnings: Handler<typeof specs.onlyNodeFlags> = (run, flags) =>
  perform(run, sdk.withdrawEarnings, nodeSelector(run, flags), {
    headline: ({ nodeSmallId, earnings, credit }) =>
      `${formatAmount(earnings + credit)} earned by node ${nodeSmallId} paid out`,
    rows: ({ earnings, credit }) => [
      ['earnings', formatAmount(earnings)],
      ['credit', `${formatAmount(credit)} from the pool`],
    ],
  });

/** `atoma db set-node-key-commitment` */
export const setNodeKeyCommitment: Handler<typeof specs.keyCommitmentFlags> = (run, flags) =>
  perform(
    run,
    sdk.setNodeKeyCommitment,
    { ...nodeSelector(run, flags), keyHash: flags.keyHash, evidenceHash: flags.evidenceHash },
    {
      headline: ({ nodeSmallId, epoch }) => `node ${nodeSmallId} committed to its key in epoch ${epoch}`,
      data: ({ epoch, ...rest }) => ({ ...toJsonFields(rest), epoch_committed: Number(epoch) }),
    },
  );

/** `atoma db permanently-disable-node` */
export const permanentlyDisableNode: Handler<typeof specs.onlyNodeFlags> = (run, flags) =>
  perform(run, sdk.permanentlyDisableNode, nodeSelector(run, flags), {
    headline: ({ nodeSmallId }) => `node ${nodeSmallId} is disabled for good`,
    rows: ({ exitEpoch }, when) => [['stake', `can be taken from ${when(exitEpoch)}, once no stack is open`]],
  });

/** `atoma db destroy-disabled-node` */
export const destroyDisabledNode: Handler<typeof specs.onlyNodeFlags> = (run, flags) =>
  perform(run, sdk.destroyDisabledNode, nodeSelector(run, flags), {
    headline: ({ nodeSmallId, paid }) => `node ${nodeSmallId} destroyed, ${formatAmount(paid)} paid out`,
  });
