/** From a history to what settlement, attestation and opening need, and proofs that one request is part of it. */
import { valueError } from '../sdk-errors.ts';
import { toHex0x } from '../values/bytes.ts';
import { parseBytes32Sync } from '../values/bytes32.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
import { committedStackProof, leafHash, openedRoot, partyLeaves } from './hashes.ts';
import { type History, type HistoryEntry, parseHistory } from './history.ts';
import { inclusionProof, merkleRoot, type ProofStep, verifyInclusion } from './tree.ts';

const leafHashes = (history: History): readonly Uint8Array[] =>
  history.leaves.map((entry, index) => leafHash({ index, ...entry }));

/** Sum of the units over a history. */
export const totalUnits = (history: History): bigint => history.leaves.reduce((sum, { units }) => sum + units, 0n);

/** What {@link computeStackProof} needs. */
export interface ComputeStackProofParameters {
  readonly history: History;
  readonly stackSmallId: SmallIdInput;
  /** k of the stack's terms (`getStack`), never assumed. */
  readonly attesters: number;
}

/** Everything a party derives from a history. All hashes are 32 bytes. */
export interface StackProof {
  /** M; given out only when opening. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
  /** R; secret until opened. */
  readonly root: Uint8Array;
  /** L_0 .. L_k. */
  readonly leaves: readonly Uint8Array[];
  readonly committedStackProof: Uint8Array;
  /** L_0, what the selected node settles with; attester i gives `leaves[i]`. */
  readonly stackMerkleLeaf: Uint8Array;
}

/** What a Merkle root leads to. */
export interface ComputeCommitmentParameters {
  /** M. 32 bytes. */
  readonly merkleRoot: Uint8Array;
  readonly stackSmallId: bigint | number;
  /** Total units of the history. */
  readonly units: bigint;
  /** k of the stack's terms. */
  readonly attesters: number;
}

/** Computes R, L_0..L_k and the committed stack proof of a Merkle root: what a settlement puts on chain. */
export const computeCommitment = (p: ComputeCommitmentParameters): Omit<StackProof, 'merkleRoot' | 'units'> => {
  const root = openedRoot({ merkleRoot: p.merkleRoot, stackSmallId: smallId(p.stackSmallId), units: p.units });
  const leaves = partyLeaves(root, p.attesters);
  return {
    root,
    leaves,
    committedStackProof: committedStackProof(root, p.attesters),
    stackMerkleLeaf: leaves[0] as Uint8Array,
  };
};

/** Computes M, R, L_0..L_k and the committed stack proof of a history. */
export const computeStackProof = ({ history, stackSmallId, attesters }: ComputeStackProofParameters): StackProof => {
  const units = totalUnits(history);
  const tree = merkleRoot(leafHashes(history));
  return { merkleRoot: tree, units, ...computeCommitment({ merkleRoot: tree, stackSmallId, units, attesters }) };
};

/** Proof that one request is part of a history. */
export interface InclusionProof extends HistoryEntry {
  readonly index: number;
  readonly siblings: readonly ProofStep[];
  /** M. 32 bytes. */
  readonly merkleRoot: Uint8Array;
}

/** Proves that the request at `index` belongs to the history. Throws `VALUE_RANGE`. */
export const proveInclusion = ({ history, index }: { history: History; index: number }): InclusionProof => {
  const entry = history.leaves[index];
  if (!entry)
    throw valueError('RANGE', { what: 'The leaf index', value: index, low: 0, high: history.leaves.length - 1 });
  const leaves = leafHashes(history);
  return { index, ...entry, siblings: inclusionProof(leaves, index), merkleRoot: merkleRoot(leaves) };
};

/** Whether the proof holds, and leads to `merkleRoot` when one is given (from an opened stack). */
export const verifyInclusionProof = (proof: InclusionProof, expected?: { merkleRoot: Uint8Array }): boolean =>
  verifyInclusion({ leaf: leafHash(proof), proof: proof.siblings, root: expected?.merkleRoot ?? proof.merkleRoot });

/** The proof as JSON text, hashes in `0x` hex, units as decimal text. */
export const encodeInclusionProof = (proof: InclusionProof): string =>
  JSON.stringify(
    {
      index: proof.index,
      request_hash: toHex0x(proof.requestHash),
      content_hash: toHex0x(proof.contentHash),
      units: String(proof.units),
      siblings: proof.siblings.map(({ side, hash }) => ({ side, hash: toHex0x(hash) })),
      merkle_root: toHex0x(proof.merkleRoot),
    },
    null,
    2,
  );

const toStep = (value: unknown): ProofStep => {
  const { side, hash }: Readonly<Record<string, unknown>> = Object(value);
  if (side !== 'left' && side !== 'right')
    throw valueError('PROOF', { why: 'a sibling stands neither left nor right' });
  return { side, hash: parseBytes32Sync(String(hash)) };
};

/** Reads what {@link encodeInclusionProof} wrote. Throws `VALUE_PROOF`. */
export const decodeInclusionProof = (text: string): InclusionProof => {
  try {
    const { index, siblings, merkle_root, ...entry }: Readonly<Record<string, unknown>> = Object(JSON.parse(text));
    if (typeof index !== 'number' || !Number.isSafeInteger(index) || !Array.isArray(siblings))
      throw valueError('PROOF', { why: 'fields are missing' });
    const [leaf] = parseHistory(JSON.stringify([entry])).leaves;
    return {
      index,
      ...(leaf as HistoryEntry),
      siblings: siblings.map(toStep),
      merkleRoot: parseBytes32Sync(String(merkle_root)),
    };
  } catch (cause) {
    throw valueError('PROOF', { why: (cause as Error).message }, cause);
  }
};
