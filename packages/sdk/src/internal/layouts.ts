/** Layouts of what a contract keeps, also as earlier generations of it wrote it: a market that was made with one is still read. */
import { type BcsType, bcs } from '@mysten/bcs';
import { Config } from '../generated/bindings/atoma/config.ts';
import { AtomaDb } from '../generated/bindings/atoma/db.ts';
import { Dispute, Joined } from '../generated/bindings/atoma/dispute.ts';
import { DisputeResolvedEvent } from '../generated/bindings/atoma/events.ts';
import { Node } from '../generated/bindings/atoma/node.ts';
import { Ticket } from '../generated/bindings/atoma/settlement.ts';
import { NodeSmallId, StackSmallId } from '../generated/bindings/atoma/small_id.ts';
import { Stack } from '../generated/bindings/atoma/stack.ts';
import { equalBytes } from '../values/bytes.ts';
import { address, bytes, collection, u64 } from './move-types.ts';

/** How a value is read from BCS. Throws for other bytes. */
export interface Layout<Value> {
  readonly parse: (bytes: Uint8Array) => Value;
}

/** What bytes are by a layout; undefined where they are something else, or more. */
const tryRead = <Value extends Input, Input>(layout: BcsType<Value, Input>, content: Uint8Array): Value | undefined => {
  try {
    const value = layout.parse(content);
    return equalBytes(layout.serialize(value).toBytes(), content) ? value : undefined;
  } catch {
    return undefined;
  }
};

const tables = {
  nodes: collection,
  profiles: collection,
  tasks: collection,
  stacks: collection,
  tickets: collection,
  disputes: collection,
};

/** Before manager badges could be revoked. */
const earlierDb = bcs.struct('AtomaDb', {
  ...{ id: address, version: u64, nextNode: u64, nextTask: u64, nextStack: u64, config: Config },
  ...tables,
  ...{ pool: u64, lastReader: bytes },
});

/** Before duties reserved stake. */
const earlierNode = bcs.struct('Node', {
  ...{ owner: address, stake: u64, bonded: u64, earnings: u64, credit: u64, reputation: bcs.u8(), openStacks: u64 },
  ...{ disabledEpoch: u64, exitEpoch: u64, keyEpoch: u64, keyHash: bytes },
  ...{ queued: u64, queuedUntil: u64, reputationEpoch: u64 },
});

/** The market's database object. */
export const dbLayout: Layout<AtomaDb> = {
  // What an earlier database ends with could be read as a generation and something shorter.
  parse: (content) => tryRead(AtomaDb, content) ?? { ...earlierDb.parse(content), managerGeneration: 0n },
};

/** A row of the table of nodes. */
export const nodeLayout: Layout<Node> = {
  parse: (content) => tryRead(Node, content) ?? { ...earlierNode.parse(content), reserved: 0n, draws: 0n },
};

/** Before stacks named the rules they are checked by: those were the first ones. */
const earlierTerms = bcs.struct('Terms', {
  ...{ attestationProbability: u64, attesters: u64, attesterPay: u64, minimumAttesterPay: u64, bond: u64, jurors: u64 },
  ...{ jurorPay: u64, disputeBond: u64, silenceSlash: u64, challengerShare: u64, outsiderShare: u64 },
  ...{ minimumDisputeBond: u64, samples: u64, sampledShare: u64, rowCap: u64, window: u64, phase: u64, stackLife: u64 },
});
const FIRST_RULES = 1n;

const earlierStack = bcs.struct('Stack', {
  ...{ owner: address, task: u64, node: u64, nodeAddress: address, keyHash: bytes, price: u64, units: u64 },
  ...{ level: bcs.u16(), terms: earlierTerms, escrow: u64, bond: u64, boughtEpoch: u64, noticeEpoch: u64 },
});

/** A row of the table of stacks. */
export const stackLayout: Layout<Stack> = {
  parse: (content) => {
    const stack = tryRead(Stack, content);
    if (stack) return stack;
    const earlier = earlierStack.parse(content);
    return { ...earlier, terms: { ...earlier.terms, rules: FIRST_RULES } };
  },
};

/** Before what silent attesters lost paid a jury. */
const earlierTicket = bcs.struct('Ticket', {
  ...{ claimed: u64, root: bytes, inputs: bytes, seed: bytes, leaves: bcs.vector(bytes), attesters: bcs.vector(u64) },
  ...{ attested: bcs.vector(bcs.bool()), drawn: bcs.vector(u64), required: bcs.bool(), surcharge: u64, deadline: u64 },
  ...{ windowLeft: u64, redraws: bcs.u8(), state: bcs.u8() },
});

/** A row of the table of tickets. */
export const ticketLayout: Layout<Ticket> = {
  parse: (content) => tryRead(Ticket, content) ?? { ...earlierTicket.parse(content), slashed: 0n },
};

/** What every generation of disputes begins with, has in its middle and ends with. */
const challenged = {
  ...{ challenger: address, challengerNode: u64, fromStake: bcs.bool(), commitment: bytes, rows: bcs.vector(u64) },
  ...{ namedUnits: u64, bond: u64, jurors: bcs.vector(u64), commits: bcs.vector(bytes), secrets: bcs.vector(bytes) },
  ...{ units: bcs.vector(u64), blames: bcs.vector(bcs.bool()) },
};
const dated = {
  ...{ joined: bcs.vector(Joined), epoch: u64, commitDeadline: u64, revealDeadline: u64, firstJury: bcs.vector(u64) },
};
const last = { together: bcs.bool(), last: bcs.bool() };

/** Before the owner of a stack could add evidence to a dispute. */
const disputeWithoutEvidence = bcs.struct('Dispute', { ...challenged, ...dated, ...last });

/** While a first jury's votes for "unavailable" were dropped. */
const earlierDispute = bcs.struct('Dispute', { ...challenged, ...dated, firstUnavailable: bcs.vector(u64), ...last });

/** A row of the table of disputes. */
export const disputeLayout: Layout<Dispute> = {
  parse: (content) =>
    tryRead(Dispute, content) ?? {
      ...(tryRead(disputeWithoutEvidence, content) ?? earlierDispute.parse(content)),
      evidence: null,
      waits: false,
    },
};

const payouts = {
  ...{ stackSmallId: StackSmallId, selectedNodeId: NodeSmallId, outcome: bcs.u8(), ruledByManager: bcs.bool() },
  ...{ nodeFee: u64, userRefundAmount: u64, nodeBondReturned: u64, jurorPay: u64 },
  ...{ paidJurors: bcs.vector(NodeSmallId), slashedJurors: bcs.vector(NodeSmallId) },
  ...{ challengerBondReturned: u64, challengerShare: u64 },
};

/** Before the owner of a stack could pay for rows it adds to a dispute. */
const resolvedWithoutEvidence = bcs.struct('DisputeResolvedEvent', {
  ...payouts,
  ...{ shareNodeId: NodeSmallId, joinedShare: u64, poolAmount: u64, fromPool: u64 },
});

/** While an attester that joined had the challenger's share, and no slash paid jurors. */
const earlierResolved = bcs.struct('DisputeResolvedEvent', { ...payouts, shareNodeId: NodeSmallId, poolAmount: u64 });

/** What the earliest contract told of a dispute, as it is told now. */
const readEarlierResolved = (content: Uint8Array): Omit<DisputeResolvedEvent, 'ownerBondReturned'> => {
  const earlier = earlierResolved.parse(content);
  const hasJoined = earlier.shareNodeId !== 0n;
  return {
    ...earlier,
    challengerShare: hasJoined ? 0n : earlier.challengerShare,
    joinedShare: hasJoined ? earlier.challengerShare : 0n,
    fromPool: 0n,
  };
};

/** The event that tells how a dispute ended. */
export const resolvedLayout: Layout<DisputeResolvedEvent> = {
  parse: (content) =>
    tryRead(DisputeResolvedEvent, content) ?? {
      ...(tryRead(resolvedWithoutEvidence, content) ?? readEarlierResolved(content)),
      ownerBondReturned: 0n,
    },
};
