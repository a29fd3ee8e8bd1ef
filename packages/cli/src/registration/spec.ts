import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import {
  evictFlags,
  keyCommitmentFlags,
  nodeAmountFlags,
  onlyNodeFlags,
  registerNodeFlags,
  subscriptionFlags,
  unsubscribeFlags,
  updateNodeUrlFlags,
} from './flags.ts';

const handlers = () => import('./handler.ts');
const nodeSmallId = s.integer('Small id of the node.');
const taskSmallId = s.integer('Small id of the task.');
const subscription = {
  task_small_id: taskSmallId,
  node_small_id: nodeSmallId,
  price_per_compute_unit: s.amount('Base units of TOMA.'),
  max_num_compute_units: s.amount('Compute units.'),
};

/** The commands on nodes. */
export const nodeCommands = {
  'register-node': command({
    brief: 'Register a node: locks the collateral in TOMA and gives the wallet a node badge.',
    examples: ['db register-node', 'db register-node --url https://node.example.org'],
    next: 'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000',
    access: 'write',
    flags: registerNodeFlags,
    output: writeShape('db.register-node', {
      node_small_id: nodeSmallId,
      node_badge_id: s.objectId('The badge that acts for the node.'),
      owner: s.objectId('Address that owns it.'),
      url: s.orNull(s.text('Address of its service.')),
      collateral: s.amount('Stake locked, base units of TOMA.'),
    }),
    load: async () => (await handlers()).registerNode,
  }),
  'update-node-url': command({
    brief: 'Set where clients reach the node; also makes this wallet its recorded owner.',
    examples: ['db update-node-url --url https://node.example.org', 'db update-node-url --url ""'],
    access: 'write',
    flags: updateNodeUrlFlags,
    output: writeShape('db.update-node-url', {
      node_small_id: nodeSmallId,
      owner: s.objectId('Recorded owner.'),
      url: s.orNull(s.text('Address.')),
    }),
    load: async () => (await handlers()).updateNodeUrl,
  }),
  'subscribe-node-to-task': command({
    brief: 'Offer a task: from now on the node can be drawn for it at this price.',
    examples: [
      'db subscribe-node-to-task --task-small-id 1 --price-per-compute-unit 100 --max-num-compute-units 10000000',
    ],
    next: 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 100',
    access: 'write',
    flags: subscriptionFlags,
    output: writeShape('db.subscribe-node-to-task', subscription),
    load: async () => (await handlers()).subscribeNodeToTask,
  }),
  'update-node-subscription': command({
    brief: 'Change price and largest stack of a subscription; open stacks keep theirs.',
    examples: [
      'db update-node-subscription --task-small-id 1 --price-per-compute-unit 90 --max-num-compute-units 20000000',
    ],
    access: 'write',
    flags: subscriptionFlags,
    output: writeShape('db.update-node-subscription', subscription),
    load: async () => (await handlers()).updateNodeSubscription,
  }),
  'unsubscribe-node-from-task': command({
    brief: 'Stop offering a task; open stacks are still served.',
    examples: ['db unsubscribe-node-from-task --task-small-id 1'],
    access: 'write',
    flags: unsubscribeFlags,
    output: writeShape('db.unsubscribe-node-from-task', { task_small_id: taskSmallId, node_small_id: nodeSmallId }),
    load: async () => (await handlers()).unsubscribeNodeFromTask,
  }),
  'evict-subscription': command({
    brief: 'Remove the subscription of a node that is disabled or gone. Anyone may.',
    examples: ['db evict-subscription --task-small-id 1 --node-small-id 7'],
    access: 'write',
    flags: evictFlags,
    output: writeShape('db.evict-subscription', { task_small_id: taskSmallId, node_small_id: nodeSmallId }),
    load: async () => (await handlers()).evictSubscription,
  }),
  'top-up-collateral': command({
    brief: 'Add TOMA to the node’s stake, so that it can carry more bonds.',
    examples: ['db top-up-collateral --amount 50TOMA'],
    access: 'write',
    flags: nodeAmountFlags,
    output: writeShape('db.top-up-collateral', {
      node_small_id: nodeSmallId,
      amount: s.amount('Added, base units of TOMA.'),
      stake: s.amount('Stake afterwards, base units of TOMA.'),
    }),
    load: async () => (await handlers()).topUpCollateral,
  }),
  'request-withdrawal': command({
    brief: 'Announce a withdrawal of free stake; it can be taken after the exit delay.',
    examples: ['db request-withdrawal --amount 10TOMA'],
    next: 'db withdraw-collateral',
    access: 'write',
    flags: nodeAmountFlags,
    output: writeShape('db.request-withdrawal', {
      node_small_id: nodeSmallId,
      amount: s.amount('Base units of TOMA.'),
      available_epoch: s.integer('First epoch in which it can be taken.'),
    }),
    load: async () => (await handlers()).requestWithdrawal,
  }),
  'withdraw-collateral': command({
    brief: 'Withdraw the stake announced earlier.',
    examples: ['db withdraw-collateral', 'db withdraw-collateral --node-small-id 1'],
    access: 'write',
    flags: onlyNodeFlags,
    output: writeShape('db.withdraw-collateral', {
      node_small_id: nodeSmallId,
      amount: s.amount('Paid out, base units of TOMA.'),
    }),
    load: async () => (await handlers()).withdrawCollateral,
  }),
  'withdraw-earnings': command({
    brief: 'Withdraw what the node earned from attesting, judging and finalized stacks.',
    examples: ['db withdraw-earnings', 'db withdraw-earnings --node-small-id 1'],
    access: 'write',
    flags: onlyNodeFlags,
    output: writeShape('db.withdraw-earnings', {
      node_small_id: nodeSmallId,
      earnings: s.amount('From earnings, base units of TOMA.'),
      credit: s.amount('Credit paid from the pool, base units of TOMA.'),
    }),
    load: async () => (await handlers()).withdrawEarnings,
  }),
  'set-node-key-commitment': command({
    brief: 'Commit to the node’s key and evidence, needed to serve level 2; fresh for 30 epochs.',
    examples: ['db set-node-key-commitment --key-hash @key.hash --evidence-hash 0x…'],
    access: 'write',
    flags: keyCommitmentFlags,
    output: writeShape('db.set-node-key-commitment', {
      node_small_id: nodeSmallId,
      epoch_committed: s.integer('Epoch of the commitment; fresh for 30 epochs.'),
    }),
    load: async () => (await handlers()).setNodeKeyCommitment,
  }),
  'permanently-disable-node': command({
    brief: 'Retire the node: no new work; its stake can be taken after the exit delay.',
    examples: ['db permanently-disable-node', 'db permanently-disable-node --node-small-id 1'],
    next: 'db destroy-disabled-node',
    access: 'write',
    flags: onlyNodeFlags,
    output: writeShape('db.permanently-disable-node', {
      node_small_id: nodeSmallId,
      exit_epoch: s.integer('First epoch in which its stake can be taken, once no stack is open.'),
    }),
    load: async () => (await handlers()).permanentlyDisableNode,
  }),
  'destroy-disabled-node': command({
    brief: 'Withdraw stake and earnings of a disabled node and delete its badge.',
    examples: ['db destroy-disabled-node', 'db destroy-disabled-node --node-small-id 1'],
    access: 'write',
    flags: onlyNodeFlags,
    output: writeShape('db.destroy-disabled-node', {
      node_small_id: nodeSmallId,
      stake: s.amount('Stake paid out, base units of TOMA.'),
      earnings: s.amount('Earnings paid out, base units of TOMA.'),
      credit_paid: s.amount('Credit the pool paid, base units of TOMA.'),
      credit_lapsed: s.amount('Credit that lapsed, base units of TOMA.'),
      paid: s.amount('Paid out in all, base units of TOMA.'),
    }),
    load: async () => (await handlers()).destroyDisabledNode,
  }),
};
