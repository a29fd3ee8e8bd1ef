import { command } from '../kernel/command.ts';
import * as s from '../kernel/schema.ts';
import { writeShape } from '../shared/write-shape.ts';
import {
  commitVoteFlags,
  joinFlags,
  resolveFlags,
  revealVoteFlags,
  ruleFlags,
  showEvidenceFlags,
  startDisputeFlags,
} from './flags.ts';

const handlers = () => import('./handler.ts');
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
  'show-dispute-evidence': command({
    brief: 'Show receipts, and name rows, in a dispute of your stack that you did not start with rows. It begins anew.',
    examples: [
      'db show-dispute-evidence --stack-small-id 1 --receipts receipts.jsonl',
      'db show-dispute-evidence --stack-small-id 1 --rows 4 --named-units 900',
    ],
    notes:
      'The recorded owner of the stack can do it once, in the epoch of the dispute or the next one: in a dispute of somebody else, or in its own that began without the list: with a commitment of 32 zero bytes and no rows. `atoma watch` and the gateway do it on their own. Receipts cost nothing. Jurors keep what you pay for rows, whatever they find.',
    next: 'dispute show 1',
    access: 'write',
    flags: showEvidenceFlags,
    output: writeShape('db.show-dispute-evidence', {
      stack_small_id: stackSmallId,
      bond: s.amount('Paid for the check of the rows, base units of TOMA.'),
      dispute_epoch: s.integer('Epoch in which the dispute began anew; votes are committed from the next one on.'),
      commit_deadline_epoch: s.integer('First epoch without commits.'),
      reveal_deadline_epoch: s.integer('First epoch without reveals.'),
    }),
    load: async () => (await handlers()).showDisputeEvidence,
  }),
  'join-dispute': command({
    brief: 'Add the accusation of a drawn attester to a dispute that somebody else started.',
    examples: ['db join-dispute --stack-small-id 1 --attestation-commitment 0x…'],
    next: 'dispute show 1',
    access: 'write',
    flags: joinFlags,
    output: writeShape('db.join-dispute', {
      stack_small_id: stackSmallId,
      node_small_id: s.integer('Attester.'),
    }),
    load: async () => (await handlers()).joinDispute,
  }),
  'commit-dispute-vote': command({
    brief: 'Commit to a juror’s vote without revealing it.',
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
    brief: 'Reveal a committed vote.',
    examples: ['db reveal-dispute-vote --stack-small-id 1 --merkle-root 0x… --units 1000000 --salt @salt'],
    next: 'db resolve-dispute --stack-small-id 1',
    access: 'write',
    flags: revealVoteFlags,
    output: writeShape('db.reveal-dispute-vote', vote),
    load: async () => (await handlers()).revealDisputeVote,
  }),
  'seat-second-jury': command({
    brief: 'Seat a second jury when the first reached no decision, or one by a single vote. Anyone may, once.',
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
    brief: 'Count the votes and pay out, once all are in or time is up. Anyone may.',
    examples: ['db resolve-dispute --stack-small-id 1'],
    access: 'write',
    flags: resolveFlags,
    output: writeShape('db.resolve-dispute', resolution),
    load: async () => (await handlers()).resolveDispute,
  }),
  'rule-dispute': command({
    brief: 'Rule as manager when no jury could be seated.',
    examples: ['db rule-dispute --stack-small-id 1 --outcome acquitted'],
    access: 'write',
    flags: ruleFlags,
    output: writeShape('db.rule-dispute', resolution),
    load: async () => (await handlers()).ruleDispute,
  }),
};
