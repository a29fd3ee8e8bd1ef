import { command, type Group, group } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { nodeDaemonCommands } from '../node/spec.ts';
import { listFlags, ownListFlags, showNodeFlags, showStackFlags, showTaskFlags } from './flags.ts';

const handlers = () => import('./handler.ts');
const id = (what: string) => s.integer(`Small id of the ${what}.`);
const maybeEpoch = (what: string) => s.orNull(s.integer(what));
const nodeIds = (what: string) => s.list(s.integer('Small id of a node.'), what);

const task = {
  task_small_id: id('task'),
  role: s.integer('Role, 0 to 7.'),
  model_name: s.orNull(s.text('Model, null for any.')),
  security_level: s.integer('0 none, 1 sampling consensus, 2 confidential compute.'),
  minimum_reputation_score: s.integer('Reputation a node needs.'),
  deprecated_epoch: maybeEpoch(
    'First epoch in which it takes no subscriptions and purchases, null while no end is announced.',
  ),
  open_stacks: s.integer('Stacks not ended.'),
  subscribers: s.integer('Nodes that offer it.'),
  least_price: s.amount('Least price of a purchase, base units of TOMA a compute unit.'),
};
const offer = {
  task_small_id: id('task'),
  node_small_id: id('node'),
  price_per_compute_unit: s.amount('Base units of TOMA.'),
  max_num_compute_units: s.amount('Most compute units of one stack.'),
};
const node = {
  node_small_id: id('node'),
  owner: s.objectId('Recorded owner.'),
  url: s.text('Where it is reached; empty when it says nothing.'),
  stake: s.amount('Base units of TOMA, a queued withdrawal included.'),
  free_stake: s.amount('What may back bonds, base units of TOMA.'),
  reserved: s.amount('What it may lose by duties it was drawn for, base units of TOMA.'),
  bonded: s.amount('Bonds in its open stacks, base units of TOMA.'),
  earnings: s.amount('Ready to withdraw, base units of TOMA.'),
  credit: s.amount('Owed by the pool, base units of TOMA.'),
  reputation: s.integer('0 to 100.'),
  open_stacks: s.integer('Stacks it serves.'),
  disabled_epoch: maybeEpoch('Epoch it was disabled in, null while active.'),
  exit_epoch: maybeEpoch('Epoch from which it can be destroyed.'),
  key_epoch: maybeEpoch('Epoch of its last key commitment.'),
  key_hash: s.orNull(s.bytes32('Hash of its key.')),
  evidence_hash: s.orNull(s.bytes32('Hash of its evidence.')),
  queued_withdrawal: { type: ['object', 'null'], description: 'Amount and epoch of a withdrawal announced.' },
} satisfies Record<string, s.JsonSchema>;
const stack = {
  stack_small_id: id('stack'),
  owner: s.objectId('Recorded owner; refunds go there.'),
  task_small_id: id('task'),
  selected_node_small_id: id('node'),
  node_address: s.objectId('The only address that signs receipts of this stack.'),
  node_key_hash: s.orNull(s.bytes32('Key commitment of the node at purchase; null without one.')),
  num_compute_units: s.amount('Compute units bought.'),
  price_per_compute_unit: s.amount('Base units of TOMA.'),
  security_level: s.integer('0 to 2.'),
  terms: s.anyRecord('Parameters it was bought under: permille, epochs, counts, base units.'),
  escrow: s.amount('The buyer’s money in it, base units of TOMA.'),
  bond: s.amount('The node’s money in it, base units of TOMA.'),
  bought_epoch: s.integer('Epoch of the purchase.'),
  expiry_epoch: s.integer('Epoch from which it can be reclaimed unsettled.'),
  notice_epoch: maybeEpoch('Epoch of the refund notice.'),
  reclaim_epoch: s.integer('Epoch from which it can be reclaimed, notice considered.'),
};
const ticket = {
  stack_small_id: id('stack'),
  state: s.text('open, awaiting, clean, openRequired or disputed.'),
  num_claimed_compute_units: s.amount('Compute units claimed.'),
  committed_stack_proof: s.bytes32('Commitment.'),
  inputs: s.orNull(s.bytes32('T, the hash of the list of inputs; null where the node named none.')),
  audit_seed: s.bytes32('Picks the rows that are checked.'),
  leaves: s.list(s.bytes32('Leaf.'), 'L_0 .. L_k, zeros where none was given.'),
  attesters: s.list(s.orNull(s.integer('Small id.')), 'Attesters by place.'),
  attested: nodeIds('Those that have attested.'),
  drawn: nodeIds('Every node drawn so far.'),
  required: s.bool('Whether they must attest.'),
  surcharge: s.amount('Goes to the pool with the fee, base units of TOMA; 0 where nobody could check.'),
  deadline_epoch: s.integer('Epoch from which it can be claimed.'),
  redraws: s.integer('Times the attesters were replaced.'),
  open_until_epoch: maybeEpoch(
    'First epoch in which a required opening can no longer be made; null when none is required.',
  ),
};
const dispute = {
  stack_small_id: id('stack'),
  challenger: s.objectId('Who disputes.'),
  challenger_node_small_id: maybeEpoch('Its node, when it is a drawn attester.'),
  commitment: s.bytes32('Accusation of the challenger.'),
  rows: s.list(s.amount('Index.'), 'Rows to be checked besides those the audit seed picks.'),
  named_units: s.amount('Units of these rows together, at most.'),
  bond: s.amount('Base units of TOMA.'),
  jurors: nodeIds('The jury; both juries where they decide together.'),
  voting: nodeIds('Those of it that vote now.'),
  first_jury: nodeIds('A first jury that came to no decision, or to one by a single vote.'),
  joined: s.list(
    s.record({
      node_small_id: id('node'),
      owner: s.objectId('Its owner when it joined.'),
      claim: s.bytes32('Its accusation.'),
    }),
    'Drawn attesters that joined with their own accusation.',
  ),
  undecided: s.bool('Whether the votes so far leave it to a second jury.'),
  committed: nodeIds('Jurors that committed a vote.'),
  revealed: nodeIds('Jurors that revealed it.'),
  evidence: s.orNull(
    s.record({
      owner: s.objectId('Owner of the stack.'),
      rows: s.list(s.amount('Index.'), 'Rows to be checked besides the others.'),
      named_units: s.amount('Units of these rows together, at most.'),
      bond: s.amount('Paid for their check, base units of TOMA.'),
    }),
  ),
  waits: s.bool('Whether the owner of the stack may still add evidence, in the epoch of the dispute and the next one.'),
  dispute_epoch: s.integer('Epoch it began in: with its start, its evidence, or its second jury.'),
  commit_deadline_epoch: s.integer('First epoch without commits.'),
  reveal_deadline_epoch: s.integer('First epoch without reveals.'),
};

const rows = (name: string, fields: Record<string, s.JsonSchema>) =>
  s.shape(`${name}.list`, { [`${name}s`]: s.list(s.record(fields), 'Rows by small id.') });

/** Groups that show the rows of the market. */
export const rowGroups: Readonly<Record<string, Group>> = {
  task: group('Tasks: what can be bought.', {
    list: command({
      brief: 'All tasks.',
      examples: ['task list', 'task list --json'],
      access: 'read',
      flags: ownListFlags,
      output: rows('task', task),
      next: 'task show 1',
      load: async () => (await handlers()).listTasks,
    }),
    show: command({
      brief: 'One task with its offers, cheapest first.',
      examples: ['task show 1'],
      access: 'read',
      flags: showTaskFlags,
      positional: ['id'],
      output: s.shape('task.show', {
        task: s.record(task),
        offers: s.list(s.record(offer), 'Offers, cheapest first.'),
      }),
      next: 'db acquire-new-stack-entry --task-small-id 1 --num-compute-units 1000000 --price 100',
      load: async () => (await handlers()).showTask,
    }),
  }),
  node: group('Nodes: who serves.', {
    list: command({
      brief: 'All nodes.',
      examples: ['node list', 'node list --mine'],
      access: 'read',
      flags: ownListFlags,
      output: rows('node', node),
      next: 'node show 1',
      load: async () => (await handlers()).listNodes,
    }),
    show: command({
      brief: 'One node: stake, earnings, reputation.',
      examples: ['node show 1'],
      access: 'read',
      flags: showNodeFlags,
      positional: ['id'],
      output: s.shape('node.show', { node: s.record(node) }),
      load: async () => (await handlers()).showNode,
    }),
    ...nodeDaemonCommands,
  }),
  stack: group('Stacks: what was bought.', {
    list: command({
      brief: 'All open stacks.',
      examples: ['stack list', 'stack list --mine'],
      access: 'read',
      flags: ownListFlags,
      output: rows('stack', stack),
      next: 'stack show 1',
      load: async () => (await handlers()).listStacks,
    }),
    show: command({
      brief: 'One open stack with its settlement and dispute.',
      examples: ['stack show 1'],
      access: 'read',
      flags: showStackFlags,
      positional: ['id'],
      output: s.shape('stack.show', {
        stack: s.record(stack),
        ticket: { ...s.record(ticket), type: ['object', 'null'] },
        dispute: { ...s.record(dispute), type: ['object', 'null'] },
      }),
      load: async () => (await handlers()).showStack,
    }),
  }),
  ticket: group('Tickets: settlements not yet claimed.', {
    list: command({
      brief: 'All tickets.',
      examples: ['ticket list'],
      access: 'read',
      flags: listFlags,
      output: rows('ticket', ticket),
      next: 'ticket show 1',
      load: async () => (await handlers()).listTickets,
    }),
    show: command({
      brief: 'The ticket of one stack.',
      examples: ['ticket show 1'],
      access: 'read',
      flags: showStackFlags,
      positional: ['id'],
      output: s.shape('ticket.show', { ticket: s.record(ticket) }),
      next: 'db claim-funds --settled-ticket-ids 1',
      load: async () => (await handlers()).showTicket,
    }),
  }),
  dispute: group('Disputes not yet resolved.', {
    list: command({
      brief: 'All disputes.',
      examples: ['dispute list'],
      access: 'read',
      flags: listFlags,
      output: rows('dispute', dispute),
      next: 'dispute show 1',
      load: async () => (await handlers()).listDisputes,
    }),
    show: command({
      brief: 'The dispute of one stack.',
      examples: ['dispute show 1'],
      access: 'read',
      flags: showStackFlags,
      positional: ['id'],
      output: s.shape('dispute.show', { dispute: s.record(dispute) }),
      next: 'db resolve-dispute --stack-small-id 1',
      load: async () => (await handlers()).showDispute,
    }),
  }),
};
