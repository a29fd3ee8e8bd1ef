import { bytes32, choice, numbers, optional, smallId, text, toggle, u64 } from '../kernel/flags.ts';
import { managerFlags, marketFlags, nodeFlags } from '../shared/flags.ts';

const blame = toggle(
  'the rows that every checker repeats already differ, without receipts and named rows: who attested them is slashed',
);
const stack = smallId('small id of the disputed stack', 'stack');

/** What jurors are asked to look at besides the rows drawn at the settlement. */
const exhibitFlags = {
  rows: optional(numbers('rows to be checked, too, from 0, at most 8', 'ROW,ROW,...', 'as a row')),
  namedUnits: optional(
    u64(
      'units of these rows together, at most a tenth of those bought; you pay for their check',
      'UNITS',
      'compute units',
    ),
  ),
  receipts: optional(
    text(
      'show receipts: a file written by `receipts export`, of which the 8 of the stack with most units count',
      'FILE',
      'file',
    ),
  ),
};

/** Flags of `db start-attestation-dispute`. */
export const startDisputeFlags = {
  stackSmallId: smallId('small id of the stack', 'stack'),
  attestationCommitment: bytes32('commitment you consider right; the node’s own if you dispute its units'),
  ...exhibitFlags,
  ...marketFlags,
};
/** Flags of `db show-dispute-evidence`. */
export const showEvidenceFlags = {
  stackSmallId: stack,
  ...exhibitFlags,
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
