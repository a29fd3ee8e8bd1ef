import {
  type Dispute,
  evidenceDeadline,
  formatAmount,
  type Node,
  roleName,
  type Stack,
  type Subscription,
  securityLevelName,
  type Task,
  type Ticket,
  toHex0x,
} from '@atoma/sdk';
import type { When } from '../chain/when.ts';
import { grouped, type Row } from '../kernel/lines.ts';

const ids = (nodes: readonly (bigint | null)[]): string =>
  nodes.map((one) => (one === null ? 'none found' : `node ${one}`)).join(', ') || 'none';

/** Columns of the list of tasks. */
export const taskHead = ['task', 'role', 'model', 'level', 'reputation', 'offers', 'open stacks', 'state'] as const;
/** A task as cells. */
export const taskCells = (task: Task): readonly string[] => [
  String(task.taskSmallId),
  roleName(task.role),
  task.modelName ?? 'any',
  securityLevelName(task.securityLevel),
  String(task.minimumReputationScore),
  grouped(task.subscribers),
  grouped(task.openStacks),
  task.deprecatedEpoch === null ? 'active' : `ends in epoch ${task.deprecatedEpoch}`,
];

/** A task as facts. */
export const taskRows = (task: Task, when: When): readonly Row[] => [
  ['role', `${task.role} (${roleName(task.role)})`],
  ['model', task.modelName ?? 'any'],
  ['level', `${task.securityLevel} (${securityLevelName(task.securityLevel)})`],
  ['reputation', `${task.minimumReputationScore} or more`],
  ['open stacks', grouped(task.openStacks)],
  ...(task.securityLevel === 1
    ? [['least price', `${grouped(task.leastPrice)} base units of TOMA for one compute unit`] as const]
    : []),
  ['state', task.deprecatedEpoch === null ? 'active' : `ends in ${when(task.deprecatedEpoch)}`],
];

/** Columns of the offers of a task. */
export const offerHead = ['node', 'price per unit', 'units at most'] as const;
/** An offer as cells. */
export const offerCells = (offer: Subscription): readonly string[] => [
  String(offer.nodeSmallId),
  grouped(offer.pricePerComputeUnit),
  grouped(offer.maxNumComputeUnits),
];

/** Columns of the list of nodes. */
export const nodeHead = [
  'node',
  'stake',
  'free',
  'bonded',
  'earnings',
  'reputation',
  'open stacks',
  'state',
  'url',
] as const;
/** A node as cells. */
export const nodeCells = (node: Node): readonly string[] => [
  String(node.nodeSmallId),
  formatAmount(node.stake),
  formatAmount(node.freeStake),
  formatAmount(node.bonded),
  formatAmount(node.earnings),
  String(node.reputation),
  grouped(node.openStacks),
  node.disabledEpoch === null ? 'active' : 'disabled',
  node.url || '-',
];

/** A node as facts. */
export const nodeRows = (node: Node, when: When): readonly Row[] => [
  ['owner', node.owner],
  ['url', node.url || 'none'],
  ['stake', `${formatAmount(node.stake)}, ${formatAmount(node.freeStake)} of it free for bonds`],
  ['bonded', `${formatAmount(node.bonded)} in ${grouped(node.openStacks)} open stacks`],
  ['earnings', `${formatAmount(node.earnings)}, and ${formatAmount(node.credit)} credit with the pool`],
  ['reputation', `${node.reputation} of 100`],
  ...(node.queuedWithdrawal
    ? [
        [
          'withdrawal',
          `${formatAmount(node.queuedWithdrawal.amount)} from ${when(node.queuedWithdrawal.availableEpoch)}`,
        ] as const,
      ]
    : []),
  ...(node.keyEpoch === null ? [] : [['key', `committed in ${when(node.keyEpoch)}`] as const]),
  ['state', node.exitEpoch === null ? 'active' : `disabled; stake can be taken from ${when(node.exitEpoch)}`],
];

/** Columns of the list of stacks. */
export const stackHead = [
  'stack',
  'task',
  'node',
  'units',
  'price per unit',
  'escrow',
  'bond',
  'bought',
  'expires',
] as const;
/** A stack as cells. */
export const stackCells = (stack: Stack): readonly string[] => [
  String(stack.stackSmallId),
  String(stack.taskSmallId),
  String(stack.selectedNodeSmallId),
  grouped(stack.numComputeUnits),
  grouped(stack.pricePerComputeUnit),
  formatAmount(stack.escrow),
  formatAmount(stack.bond),
  String(stack.boughtEpoch),
  String(stack.expiryEpoch),
];

/** A stack as facts. */
export const stackRows = (stack: Stack, when: When): readonly Row[] => [
  ['task', String(stack.taskSmallId)],
  ['node', String(stack.selectedNodeSmallId)],
  ['receipts', `signed by ${stack.nodeAddress}`],
  ['owner', stack.owner],
  ['units', `${grouped(stack.numComputeUnits)} at ${grouped(stack.pricePerComputeUnit)} base units of TOMA`],
  ['escrow', formatAmount(stack.escrow)],
  ['bond', `${formatAmount(stack.bond)} of the node`],
  ['attesters', `${stack.terms.attesters} in its terms`],
  ['bought', when(stack.boughtEpoch)],
  ['reclaimable', `from ${when(stack.reclaimEpoch)}, if it is not settled`],
];

/** Columns of the list of tickets. */
export const ticketHead = ['stack', 'state', 'units claimed', 'attesters', 'required', 'deadline epoch'] as const;
/** A ticket as cells. */
export const ticketCells = (ticket: Ticket): readonly string[] => [
  String(ticket.stackSmallId),
  ticket.state,
  grouped(ticket.numClaimedComputeUnits),
  ids(ticket.attesters),
  ticket.required ? 'yes' : 'no',
  String(ticket.deadlineEpoch),
];

const drawnText = ({ attesters, required }: Ticket): string => {
  if (attesters.length > 0 && !required && attesters.every((each) => each === null))
    return 'nobody could be: nobody checked this stack, and no check is paid for';
  return `${ids(attesters)}${required ? ', must attest' : ''}`;
};

/** A ticket as facts. */
export const ticketRows = (ticket: Ticket, when: When): readonly Row[] => [
  ['settlement', ticket.state],
  ['claimed', `${grouped(ticket.numClaimedComputeUnits)} units`],
  ['commitment', toHex0x(ticket.committedStackProof)],
  ['drawn', drawnText(ticket)],
  ['attested', ids(ticket.attested)],
  ['deadline', when(ticket.deadlineEpoch)],
];

/** Who began a dispute: nobody where a jury looks at the rows because attesters were silent. */
const challengerOf = ({ challenger }: Dispute): string =>
  /^0x0*$/.test(challenger) ? 'nobody: attesters were silent' : challenger;

/** Columns of the list of disputes. */
export const disputeHead = ['stack', 'challenger', 'bond', 'jurors', 'committed', 'revealed', 'epoch'] as const;
/** A dispute as cells. */
export const disputeCells = (dispute: Dispute): readonly string[] => [
  String(dispute.stackSmallId),
  challengerOf(dispute),
  formatAmount(dispute.bond),
  ids(dispute.jurors),
  String(dispute.committed.length),
  String(dispute.revealed.length),
  String(dispute.disputeEpoch),
];

/** Epochs in which the owner of a stack may add evidence, for display. */
const evidenceRows = (dispute: Dispute, when: When): readonly Row[] => {
  const [{ evidence }, deadline] = [dispute, evidenceDeadline(dispute)];
  if (deadline !== null) return [['owner may show evidence until', when(deadline)]];
  if (!evidence) return [];
  const { rows, namedUnits, bond } = evidence;
  const named =
    rows.length === 0 ? '' : `, rows ${ids(rows)} of ${grouped(namedUnits)} units for ${formatAmount(bond)}`;
  return [['evidence', `of the owner, ${evidence.owner}${named}`]];
};

/** A dispute as facts. */
export const disputeRows = (dispute: Dispute, when: When): readonly Row[] => [
  ['challenger', challengerOf(dispute)],
  ['its bond', formatAmount(dispute.bond)],
  ['its claim', toHex0x(dispute.commitment)],
  ['jurors', dispute.jurors.length === 0 ? 'none could be seated; the manager may rule' : ids(dispute.jurors)],
  ...evidenceRows(dispute, when),
  ['committed', ids(dispute.committed)],
  ['revealed', ids(dispute.revealed)],
  ['votes until', when(dispute.commitDeadlineEpoch)],
  ['reveals until', when(dispute.revealDeadlineEpoch)],
];
