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
} from './commitment/hashes.ts';
export { type History, type HistoryEntry, parseHistory } from './commitment/history.ts';
export {
  type ComputeStackProofParameters,
  computeStackProof,
  decodeInclusionProof,
  encodeInclusionProof,
  type InclusionProof,
  proveInclusion,
  type StackProof,
  totalUnits,
  verifyInclusionProof,
} from './commitment/proof.ts';
export {
  inclusionProof,
  merkleRoot,
  type ProofStep,
  type VerifyInclusionParameters,
  verifyInclusion,
} from './commitment/tree.ts';
export { type HonestyInputs, type HonestyReport, type HonestyTerms, honesty } from './economics/honesty.ts';
export { type AmountInput, type AmountUnit, BASE_UNITS, formatAmount, MAX_U64, parseAmount } from './values/amounts.ts';
export { equalBytes, toHex0x } from './values/bytes.ts';
export { parseBytes32, parseBytes32Sync, type ValueSources } from './values/bytes32.ts';
export { parseObjectId, parseSmallId, parseSmallIds, type SmallIdInput, smallId } from './values/ids.ts';
export {
  type NamedNumber,
  parseRole,
  parseSecurityLevel,
  roleName,
  roles,
  securityLevelName,
  securityLevels,
} from './values/roles.ts';
export * from './wire/index.ts';
