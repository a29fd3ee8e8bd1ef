import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import { acquireFlags, donateFlags, ownStackFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const stackSmallId = s.integer('Small id of the stack.');

/** The commands of a buyer. */
export const stackCommands = {
  'acquire-new-stack-entry': command({
    brief: 'Buy compute units of a task; the contract draws the node that serves them.',
    examples: ['db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 100'],
    notes:
      'At security level 1 a surcharge on the price pays for attesters; the unused part comes back when the node claims.',
    next: 'stack show 1',
    access: 'write',
    flags: acquireFlags,
    output: writeShape('db.acquire-new-stack-entry', {
      stack_small_id: stackSmallId,
      stack_badge_id: s.objectId('The badge that owns the stack.'),
      owner: s.objectId('Recorded owner; refunds go there.'),
      task_small_id: s.integer('Small id of the task.'),
      selected_node_small_id: s.integer('Node drawn; in a simulation an example.'),
      node_address: s.objectId('The only address that signs receipts of this stack.'),
      num_compute_units: s.amount('Compute units bought.'),
      price_per_compute_unit: s.amount('Base units of TOMA.'),
      paid: s.amount('Paid into the stack’s escrow, surcharge included, base units of TOMA.'),
      bond: s.amount('Bond the node locked, base units of TOMA.'),
      expiry_epoch: s.integer('Epoch from which an unsettled stack can be reclaimed.'),
    }),
    load: async () => (await handlers()).acquireNewStackEntry,
  }),
  'update-stack-owner': command({
    brief: 'Send refunds of a stack to this wallet, which holds its badge.',
    examples: ['db update-stack-owner --stack-small-id 1'],
    access: 'write',
    flags: ownStackFlags,
    output: writeShape('db.update-stack-owner', { stack_small_id: stackSmallId, owner: s.objectId('Recorded owner.') }),
    load: async () => (await handlers()).updateStackOwner,
  }),
  'request-stack-refund': command({
    brief: 'Ask for the money back: the node has two epochs to settle, then the stack can be reclaimed.',
    examples: ['db request-stack-refund --stack-small-id 1'],
    next: 'db reclaim-stack --stack-small-id 1',
    access: 'write',
    flags: ownStackFlags,
    output: writeShape('db.request-stack-refund', {
      stack_small_id: stackSmallId,
      reclaim_epoch: s.integer('First epoch in which the stack can be reclaimed if it is not settled.'),
    }),
    load: async () => (await handlers()).requestStackRefund,
  }),
  'reclaim-stack': command({
    brief: 'Take back everything paid for a stack the node did not settle in time.',
    examples: ['db reclaim-stack --stack-small-id 1'],
    access: 'write',
    flags: ownStackFlags,
    output: writeShape('db.reclaim-stack', {
      stack_small_id: stackSmallId,
      recipient: s.objectId('Who was paid.'),
      refund: s.amount('Paid back, base units of TOMA.'),
    }),
    load: async () => (await handlers()).reclaimStack,
  }),
  'discard-stack-badge': command({
    brief: 'Delete the badge of an ended stack; its storage fee is refunded in SUI.',
    examples: ['db discard-stack-badge --stack-small-id 1'],
    access: 'write',
    flags: ownStackFlags,
    output: writeShape('db.discard-stack-badge', { stack_badge_id: s.objectId('The badge that was.') }),
    load: async () => (await handlers()).discardStackBadge,
  }),
  donate: command({
    brief: 'Donate TOMA to the pool that pays attesters.',
    examples: ['db donate --amount 5TOMA'],
    access: 'write',
    flags: donateFlags,
    output: writeShape('db.donate', { donor: s.objectId('Who gave.'), amount: s.amount('Base units of TOMA.') }),
    load: async () => (await handlers()).donate,
  }),
};
