import { bytes32, optional, smallId, smallIds, text, u64, unless } from '../kernel/flags.ts';
import { marketFlags, nodeFlags } from '../shared/flags.ts';

const stack = smallId('small id of the stack', 'stack');

/** Flags of `db try-settle-stack`. */
export const settleFlags = {
  stackSmallId: stack,
  numClaimedComputeUnits: unless(
    'history',
    u64('compute units served; 0 refunds the buyer at once', 'UNITS', 'compute units'),
  ),
  committedStackProof: unless('history', bytes32('commitment to the whole history')),
  stackMerkleLeaf: unless('history', bytes32('leaf of the selected node')),
  history: optional(text('file with the history, from which units, commitment and leaf follow; - for stdin', 'FILE')),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db submit-stack-settlement-attestation`. */
export const attestFlags = {
  stackSmallId: stack,
  committedStackProof: bytes32('commitment the attester computed; one that differs from the node’s starts a dispute'),
  stackMerkleLeaf: bytes32('leaf of this attester'),
  ...nodeFlags,
  ...marketFlags,
};
/** Flags of `db open-stack-commitment`. */
export const openFlags = {
  stackSmallId: stack,
  merkleRoot: bytes32('Merkle root of the history'),
  units: u64('compute units of the whole history', 'UNITS', 'compute units'),
  ...marketFlags,
};
/** Flags of the commands that need the stack alone. */
export const onlyStackFlags = { stackSmallId: stack, ...marketFlags };
/** Flags of `db claim-funds`. */
export const claimFlags = {
  settledTicketIds: smallIds('stacks to claim, at most 50; all or none'),
  ...nodeFlags,
  ...marketFlags,
};
