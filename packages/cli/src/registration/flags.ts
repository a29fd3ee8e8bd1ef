import { amount, bytes32, optional, smallId, text, u64 } from '../kernel/flags.ts';
import { marketFlags, nodeFlags } from '../shared/flags.ts';

const task = smallId('small id of the task (see `atoma task list`)', 'task');

/** Flags of `db register-node`. */
export const registerNodeFlags = {
  url: optional(text('http(s) address clients reach the node at, at most 256 bytes', 'URL')),
  ...marketFlags,
};
/** Flags of `db update-node-url`. */
export const updateNodeUrlFlags = {
  url: text('http(s) address, at most 256 bytes; empty to remove it', 'URL'),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of subscribing and of changing a subscription. */
export const subscriptionFlags = {
  taskSmallId: task,
  pricePerComputeUnit: u64(
    'price the node asks, base units of TOMA for one compute unit',
    'BASE_UNITS',
    'base units',
    1n,
  ),
  maxNumComputeUnits: u64('most compute units the node takes in one stack', 'UNITS', 'compute units', 1n),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db unsubscribe-node-from-task`. */
export const unsubscribeFlags = { taskSmallId: task, ...nodeFlags, ...marketFlags };
/** Flags of `db evict-subscription`. */
export const evictFlags = {
  taskSmallId: task,
  nodeSmallId: smallId('small id of the disabled or destroyed node', 'node'),
  ...marketFlags,
};
/** Flags of the commands that only need to know the node. */
export const onlyNodeFlags = { ...nodeFlags, ...marketFlags };
/** Flags of the commands that move collateral. */
export const nodeAmountFlags = { amount: amount('TOMA'), ...nodeFlags, ...marketFlags };
/** Flags of `db set-node-key-commitment`. */
export const keyCommitmentFlags = {
  keyHash: bytes32('hash of the node’s encryption key'),
  evidenceHash: bytes32('hash of its attestation evidence'),
  ...nodeFlags,
  ...marketFlags,
};
