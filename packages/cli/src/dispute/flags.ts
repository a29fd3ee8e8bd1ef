import { bytes32, choice, optional, smallId, toggle, u64 } from '../kernel/flags.ts';
import { managerFlags, marketFlags, nodeFlags } from '../shared/flags.ts';

const blame = toggle(
  'the rows that every checker repeats already differ, without receipts and named rows: who attested them is slashed',
);
const stack = smallId('small id of the disputed stack', 'stack');

/** Flags of `db start-attestation-dispute`. */
export const startDisputeFlags = {
  stackSmallId: smallId('small id of the stack', 'stack'),
  attestationCommitment: bytes32('commitment you consider right; the node’s own if you dispute its units'),
  ...marketFlags,
};
/** Flags of `db join-dispute`. */
export const joinFlags = {
  stackSmallId: stack,
  attestationCommitment: bytes32('commitment you hold to be right, with the rows the dispute names'),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db commit-dispute-vote`. */
export const commitVoteFlags = {
  stackSmallId: stack,
  commitment: optional(bytes32('vote commitment; or give root, units and salt')),
  merkleRoot: optional(bytes32('Merkle root the juror computed; zeros if the inputs were unavailable')),
  units: optional(u64('compute units the juror counted', 'UNITS', 'compute units')),
  salt: optional(bytes32('32 secret bytes; keep them for the reveal')),
  blame,
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db reveal-dispute-vote`. */
export const revealVoteFlags = {
  stackSmallId: stack,
  merkleRoot: bytes32('Merkle root committed to'),
  units: u64('compute units committed to', 'UNITS', 'compute units'),
  salt: bytes32('salt committed with'),
  blame,
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
