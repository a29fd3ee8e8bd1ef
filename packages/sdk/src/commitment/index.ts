/**
 * Commitments to a history: leaves, roots, proofs. Runs in a browser too.
 * @module @atoma/sdk/commitment
 */
export {
  createInclusionProofBuilder,
  createMerkleBuilder,
  createStackProofBuilder,
  type InclusionProofBuilder,
  type MerkleBuilder,
  type StackProofBuilder,
  type StackProofBuilderParameters,
} from './builder.ts';
export {
  committedStackProof,
  emptyHistoryRoot,
  innerHash,
  inputsUnavailable,
  type LeafContent,
  leafHash,
  type OpenedRootParameters,
  openedRoot,
  partyLeaf,
  partyLeaves,
  type VoteContent,
  voteCommitment,
} from './hashes.ts';
export { type History, type HistoryEntry, parseHistory } from './history.ts';
export {
  type AccusationContent,
  accusation,
  blindOf,
  encodeInputEntry,
  faultLeaf,
  type InputEntry,
  type InputsHash,
  listFault,
  MAX_INPUT_ROWS,
  malformedRoot,
  openInputsHash,
  receiptLeaf,
  tracedBlind,
} from './inputs.ts';
export {
  type ComputeCommitmentParameters,
  type ComputeStackProofParameters,
  computeCommitment,
  computeStackProof,
  decodeInclusionProof,
  encodeInclusionProof,
  type InclusionProof,
  proveInclusion,
  type StackProof,
  totalUnits,
  verifyInclusionProof,
} from './proof.ts';
export {
  defaultSample,
  drawnUnit,
  namedRows,
  type SampleParameters,
  type SampleSize,
  sampledRows,
  wholeHistory,
} from './sample.ts';
export {
  inclusionProof,
  merkleRoot,
  type ProofStep,
  type VerifyInclusionParameters,
  verifyInclusion,
} from './tree.ts';
export { otherWorkLeaf, workHash } from './work.ts';
