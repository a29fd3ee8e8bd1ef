/**
 * Where every base unit of TOMA lies and when it becomes free: read from the market's rows, never re-decided. A unit stands in
 * exactly one line, so the lines of all addresses and the pool add up to the supply.
 */
import type { Atoma } from '../context/atoma.ts';
import { spans } from '../values/spans.ts';
import type { Dispute } from './disputes.ts';
import { listDisputes, mayReveal } from './disputes.ts';
import type { Node } from './nodes.ts';
import { listNodes } from './nodes.ts';
import type { Stack } from './stacks.ts';
import { listStacks } from './stacks.ts';
import type { Ticket } from './tickets.ts';
import { listTickets } from './tickets.ts';

/**
 * What keeps an amount where it is:
 * `wallet` nothing; `openStack` a stack in use; `settlement` a refund notice whose epochs run; `window` a settlement others may still object
 * to; `opening` a commitment that must be opened; `dispute` a jury; `claimable` nothing but the command; `stakeFree` stake
 * above the collateral; `stakeLocked` collateral, and bonds in stacks; `queuedWithdrawal` the exit delay; `earnings` nothing but
 * the command.
 */
export type MoneyKind = (typeof moneyKinds)[number];

/** All kinds, in the order people read them. */
export const moneyKinds = [
  'wallet',
  'openStack',
  'settlement',
  'window',
  'opening',
  'dispute',
  'claimable',
  'stakeFree',
  'stakeLocked',
  'queuedWithdrawal',
  'earnings',
] as const;

/** A write of this library by its name, with the parameters that the market's rows tell. */
export type NextWrite =
  | {
      readonly write:
        | 'claimFunds'
        | 'expireSettlement'
        | 'finalizeStack'
        | 'openStackCommitment'
        | 'reclaimStack'
        | 'redrawAttesters'
        | 'requestStackRefund'
        | 'resolveDispute';
      readonly stackSmallId: bigint;
    }
  | {
      readonly write: 'destroyDisabledNode' | 'permanentlyDisableNode' | 'withdrawCollateral' | 'withdrawEarnings';
      readonly nodeSmallId: bigint;
    }
  | { readonly write: 'requestWithdrawal'; readonly nodeSmallId: bigint; readonly amount: bigint };

/** One amount in one place. */
export interface MoneyLine {
  readonly kind: MoneyKind;
  /** Whose it is, as things stand; null: the pool's. */
  readonly address: string | null;
  /** Base units of TOMA. */
  readonly amount: bigint;
  readonly stackSmallId: bigint | null;
  readonly nodeSmallId: bigint | null;
  /** First epoch in which `next` is accepted; null where nothing has to be waited for. */
  readonly fromEpoch: bigint | null;
  /** The write that frees it (or takes it one step on); null where none is needed. */
  readonly next: NextWrite | null;
  /** What it is, in a few words. */
  readonly what: string;
}

/** Rows of the market at one time. */
export interface MarketRows {
  readonly epoch: bigint;
  /** Base units a node must keep as stake. */
  readonly collateral: bigint;
  /** Epochs between asking for stake and taking it. */
  readonly exitDelay: bigint;
  readonly nodes: readonly Node[];
  readonly stacks: readonly Stack[];
  readonly tickets: readonly Ticket[];
  readonly disputes: readonly Dispute[];
}

/** Who acts for a node: the holder of its badge where known, else its recorded owner. */
export type NodeHolder = (node: bigint) => string | null;

/** Reads the rows. */
export const readMarketRows = async (
  atoma: Atoma,
  { epoch, collateral, exitDelay }: Pick<MarketRows, 'epoch' | 'collateral' | 'exitDelay'>,
): Promise<MarketRows> => {
  const [nodes, stacks, tickets, disputes] = await Promise.all([
    listNodes(atoma),
    listStacks(atoma),
    listTickets(atoma),
    listDisputes(atoma),
  ]);
  return { epoch, collateral, exitDelay, nodes, stacks, tickets, disputes };
};

type Step = Pick<MoneyLine, 'kind' | 'fromEpoch' | 'next' | 'what'>;
type StackStep = { readonly buyer: Step; readonly fee: Step; readonly bond: string };

const step = (kind: MoneyKind, fromEpoch: bigint | null, next: NextWrite | null, what: string): Step => ({
  kind,
  fromEpoch,
  next,
  what,
});

/** Of a stack that has not been settled. */
const unsettled = ({ stackSmallId: id, noticeEpoch, reclaimEpoch }: Stack, epoch: bigint): StackStep => {
  const reclaim = { write: 'reclaimStack', stackSmallId: id } as const;
  const buyer =
    epoch >= reclaimEpoch
      ? step('claimable', reclaimEpoch, reclaim, 'unsettled stack, all of it back')
      : noticeEpoch === null
        ? step(
            'openStack',
            epoch,
            { write: 'requestStackRefund', stackSmallId: id },
            `stack in use; reclaimable without notice from epoch ${reclaimEpoch}`,
          )
        : step('settlement', reclaimEpoch, reclaim, 'refund notice given; the node may still settle');
  return { buyer, fee: buyer, bond: 'bond of an unsettled stack' };
};

/** First epoch in which a dispute can be resolved, as far as its votes tell now. */
const resolvableFrom = (dispute: Dispute, epoch: bigint): bigint => {
  const { jurors, committed, revealed, disputeEpoch, revealDeadlineEpoch } = dispute;
  if (jurors.length === 0) return disputeEpoch + spans.ruling;
  return mayReveal(dispute, epoch) && revealed.length === committed.length ? epoch : revealDeadlineEpoch;
};

const withDispute = (dispute: Dispute, epoch: bigint): StackStep => {
  const next = { write: 'resolveDispute', stackSmallId: dispute.stackSmallId } as const;
  const both = step('dispute', resolvableFrom(dispute, epoch), next, 'a dispute decides');
  return { buyer: both, fee: both, bond: 'bond; a dispute decides' };
};

const settled = (ticket: Ticket, epoch: bigint): StackStep => {
  const { stackSmallId: id, state, deadlineEpoch, openUntilEpoch } = ticket;
  if (state === 'openRequired') {
    const until = openUntilEpoch ?? deadlineEpoch;
    const late = step(
      'opening',
      until,
      { write: 'expireSettlement', stackSmallId: id },
      'the node must open its history',
    );
    const now = { write: 'openStackCommitment', stackSmallId: id } as const;
    const fee = epoch >= until ? late : step('opening', epoch, now, `history to be opened before epoch ${until}`);
    return { buyer: late, fee, bond: 'bond; the history must be opened' };
  }
  if (state === 'awaiting' && epoch >= deadlineEpoch) {
    const redraw = step('window', epoch, { write: 'redrawAttesters', stackSmallId: id }, 'an attester was silent');
    return { buyer: redraw, fee: redraw, bond: 'bond; an attester was silent' };
  }
  const kind = epoch >= deadlineEpoch ? 'claimable' : 'window';
  const unless = state === 'awaiting' ? 'if the attesters agree' : 'if nobody objects';
  return {
    buyer: step(kind, deadlineEpoch, { write: 'finalizeStack', stackSmallId: id }, 'unused part of a settled stack'),
    fee: step(
      kind,
      deadlineEpoch,
      { write: 'claimFunds', stackSmallId: id },
      kind === 'window' ? `fee, ${unless}` : 'fee',
    ),
    bond: 'bond of a settled stack',
  };
};

const stackLines = (rows: MarketRows, holder: NodeHolder, stack: Stack): readonly MoneyLine[] => {
  const { stackSmallId, selectedNodeSmallId: nodeSmallId, escrow, owner } = stack;
  const ticket = rows.tickets.find((each) => each.stackSmallId === stackSmallId);
  const dispute = rows.disputes.find((each) => each.stackSmallId === stackSmallId);
  const stage = dispute
    ? withDispute(dispute, rows.epoch)
    : ticket
      ? settled(ticket, rows.epoch)
      : unsettled(stack, rows.epoch);
  const undecided = !ticket || dispute !== undefined || ticket.state === 'openRequired';
  const fee = undecided ? 0n : stack.pricePerComputeUnit * ticket.numClaimedComputeUnits;
  const surcharge = undecided ? 0n : ticket.surcharge;
  const inStack = { stackSmallId, nodeSmallId };
  const bondStep = ticket || dispute ? stage.fee : null;
  const bond: Step = {
    kind: 'stakeLocked',
    what: stage.bond,
    fromEpoch: bondStep ? bondStep.fromEpoch : stack.reclaimEpoch,
    next: bondStep ? bondStep.next : { write: 'finalizeStack', stackSmallId },
  };
  return [
    { ...stage.buyer, ...inStack, address: owner, amount: escrow - fee - surcharge },
    { ...stage.fee, ...inStack, address: holder(nodeSmallId), amount: fee },
    { ...stage.buyer, ...inStack, address: null, amount: surcharge, what: 'surcharge of a settled stack' },
    { ...bond, ...inStack, address: holder(nodeSmallId), amount: stack.bond },
  ];
};

const disputeLines = (rows: MarketRows, holder: NodeHolder, dispute: Dispute): readonly MoneyLine[] => {
  const { challenger, challengerNodeSmallId: nodeSmallId, bond, evidence, stackSmallId } = dispute;
  const decided = { ...withDispute(dispute, rows.epoch).buyer, stackSmallId };
  const address = nodeSmallId === null ? challenger : holder(nodeSmallId);
  const own = { ...decided, what: 'bond of the challenger', address, amount: bond, nodeSmallId };
  if (!evidence) return [own];
  const { owner, bond: amount } = evidence;
  return [own, { ...decided, what: 'paid by the owner for rows', address: owner, amount, nodeSmallId: null }];
};

const nodeLines = (rows: MarketRows, holder: NodeHolder, node: Node): readonly MoneyLine[] => {
  const { nodeSmallId: id, queuedWithdrawal: queued, exitEpoch } = node;
  const of = { address: holder(id), nodeSmallId: id, stackSmallId: null };
  // What duties reserve cannot be withdrawn either.
  const above = node.freeStake > rows.collateral ? node.freeStake - rows.collateral : 0n;
  const kept = node.stake - (queued?.amount ?? 0n) - above;
  const leaving = exitEpoch !== null;
  const leave: Step = leaving
    ? step(
        'stakeLocked',
        exitEpoch,
        { write: 'destroyDisabledNode', nodeSmallId: id },
        'stake of a node that is leaving',
      )
    : step(
        'stakeLocked',
        rows.epoch,
        { write: 'permanentlyDisableNode', nodeSmallId: id },
        `collateral; paid out ${rows.exitDelay} epochs after the node is disabled`,
      );
  return [
    leaving
      ? { ...leave, ...of, amount: above }
      : {
          ...step(
            'stakeFree',
            rows.epoch,
            { write: 'requestWithdrawal', nodeSmallId: id, amount: above },
            `stake above the collateral; paid out ${rows.exitDelay} epochs after asking`,
          ),
          ...of,
          amount: above,
        },
    { ...leave, ...of, amount: kept },
    {
      ...step(
        'queuedWithdrawal',
        queued?.availableEpoch ?? null,
        { write: 'withdrawCollateral', nodeSmallId: id },
        'withdrawal asked for; can still be slashed',
      ),
      ...of,
      amount: queued?.amount ?? 0n,
    },
    {
      ...step('earnings', rows.epoch, { write: 'withdrawEarnings', nodeSmallId: id }, 'earned'),
      ...of,
      amount: node.earnings,
    },
  ];
};

/** Every amount in the market except the pool; amounts of zero are left out. */
export const marketLines = (rows: MarketRows, holder: NodeHolder): readonly MoneyLine[] =>
  [
    ...rows.stacks.flatMap((stack) => stackLines(rows, holder, stack)),
    ...rows.disputes.flatMap((dispute) => disputeLines(rows, holder, dispute)),
    ...rows.nodes.flatMap((node) => nodeLines(rows, holder, node)),
  ].filter((line) => line.amount !== 0n);
