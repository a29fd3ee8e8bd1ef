import { command } from '../../kernel/command.ts';
import { bytes32, choice, optional, smallId, u64 } from '../../kernel/flags.ts';
import * as s from '../../kernel/schema.ts';
import { managerFlags, marketFlags, nodeFlags } from './shared-flags.ts';
import { writeShape } from './write-shape.ts';

const stack = smallId('small id of the disputed stack', 'stack');

/** Flags of `db start-attestation-dispute`. */
export const startDisputeFlags = {
  stackSmallId: smallId('small id of the stack', 'stack'),
  attestationCommitment: bytes32('commitment you hold to be right; equal to the node’s when its units are disputed'),
  ...marketFlags,
};
/** Flags of `db commit-dispute-vote`. */
export const commitVoteFlags = {
  stackSmallId: stack,
  commitment: optional(bytes32('vote commitment; or give root, units and salt')),
  merkleRoot: optional(bytes32('Merkle root the juror came to; zeros: the inputs could not be had')),
  units: optional(u64('compute units the juror came to', 'UNITS', 'compute units')),
  salt: optional(bytes32('32 secret bytes; keep them for the reveal')),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db reveal-dispute-vote`. */
export const revealVoteFlags = {
  stackSmallId: stack,
  merkleRoot: bytes32('Merkle root committed to'),
  units: u64('compute units committed to', 'UNITS', 'compute units'),
  salt: bytes32('salt committed with'),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db resolve-dispute`. */
export const resolveFlags = { stackSmallId: stack, ...marketFlags };
/** Flags of `db rule-dispute`. */
export const ruleFlags = {
  stackSmallId: stack,
  outcome: choice('ruling of the manager when no jury could be seated', ['convicted', 'acquitted', 'unavailable']),
  ...managerFlags,
  ...marketFlags,
};

const handlers = () => import('../handlers/dispute.ts');
const stackSmallId = s.integer('Small id of the stack.');
const vote = { stack_small_id: stackSmallId, node_small_id: s.integer('Juror.') };
const resolution = {
  stack_small_id: stackSmallId,
  outcome: s.text('convicted, acquitted, unavailable or noMajority.'),
  amounts: s.anyRecord('Where the money went, base units of TOMA by receiver.'),
};

/** The commands of a dispute. */
export const disputeCommands = {
  'start-attestation-dispute': command({
    brief: 'Dispute a settlement: locks the dispute bond and draws a jury. Anyone may, the buyer included.',
    examples: ['db start-attestation-dispute --stack-small-id 1 --attestation-commitment 0x…'],
    next: 'dispute show 1',
    access: 'write',
    flags: startDisputeFlags,
    output: writeShape('db.start-attestation-dispute', {
      stack_small_id: stackSmallId,
      jurors: s.list(s.integer('Small id of a node.'), 'Jurors drawn; in a simulation examples.'),
      bond: s.amount('Bond locked, base units of TOMA.'),
      dispute_epoch: s.integer('Epoch it began in.'),
      commit_deadline_epoch: s.integer('First epoch without commits.'),
      reveal_deadline_epoch: s.integer('First epoch without reveals.'),
    }),
    load: async () => (await handlers()).startAttestationDispute,
  }),
  'commit-dispute-vote': command({
    brief: 'Commit a juror’s vote without showing it.',
    examples: [
      'db commit-dispute-vote --stack-small-id 1 --merkle-root 0x… --units 1000000 --salt @salt',
      'db commit-dispute-vote --stack-small-id 1 --commitment 0x…',
    ],
    next: 'db reveal-dispute-vote --stack-small-id 1 --merkle-root 0x… --units 1000000 --salt @salt',
    access: 'write',
    flags: commitVoteFlags,
    output: writeShape('db.commit-dispute-vote', { ...vote, commitment: s.bytes32('Commitment to the vote.') }),
    load: async () => (await handlers()).commitDisputeVote,
  }),
  'reveal-dispute-vote': command({
    brief: 'Show the vote committed to.',
    examples: ['db reveal-dispute-vote --stack-small-id 1 --merkle-root 0x… --units 1000000 --salt @salt'],
    next: 'db resolve-dispute --stack-small-id 1',
    access: 'write',
    flags: revealVoteFlags,
    output: writeShape('db.reveal-dispute-vote', vote),
    load: async () => (await handlers()).revealDisputeVote,
  }),
  'seat-second-jury': command({
    brief: 'Seat another jury where the first came to no decision. Anyone may, once.',
    examples: ['db seat-second-jury --stack-small-id 1'],
    next: 'db resolve-dispute --stack-small-id 1',
    access: 'write',
    flags: resolveFlags,
    output: writeShape('db.seat-second-jury', {
      stack_small_id: stackSmallId,
      jurors: s.list(
        s.integer('Small id of a node.'),
        'Jurors drawn, in a simulation examples; empty: too few are left.',
      ),
      commit_deadline_epoch: s.integer('First epoch without commits.'),
      reveal_deadline_epoch: s.integer('First epoch without reveals.'),
    }),
    load: async () => (await handlers()).seatSecondJury,
  }),
  'resolve-dispute': command({
    brief: 'Count the votes and pay out. Anyone may, when all are in or the time is over.',
    examples: ['db resolve-dispute --stack-small-id 1'],
    access: 'write',
    flags: resolveFlags,
    output: writeShape('db.resolve-dispute', resolution),
    load: async () => (await handlers()).resolveDispute,
  }),
  'rule-dispute': command({
    brief: 'Rule as manager where no jury could be seated.',
    examples: ['db rule-dispute --stack-small-id 1 --outcome acquitted'],
    access: 'write',
    flags: ruleFlags,
    output: writeShape('db.rule-dispute', resolution),
    load: async () => (await handlers()).ruleDispute,
  }),
};
