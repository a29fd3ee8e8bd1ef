/** The Merkle tree over a history: pairs are hashed level by level, an odd last node moves up unchanged. */
import { equalBytes } from '../values/bytes.ts';
import { emptyHistoryRoot, innerHash } from './hashes.ts';

/** One step from a leaf to the root; `side` is where the sibling stands. */
export interface ProofStep {
  readonly side: 'left' | 'right';
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

const nextLevel = (level: readonly Uint8Array[]): readonly Uint8Array[] =>
  Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
    const left = level[2 * i] as Uint8Array;
    const right = level[2 * i + 1];
    return right === undefined ? left : innerHash(left, right);
  });

/** M: the root of the leaf hashes, H(0x03) for none. */
export const merkleRoot = (leaves: readonly Uint8Array[]): Uint8Array => {
  if (leaves.length === 0) return emptyHistoryRoot();
  let level = leaves;
  while (level.length > 1) level = nextLevel(level);
  return level[0] as Uint8Array;
};

/** Siblings from the leaf at `index` up to the root; a promoted node has no step at that level. */
export const inclusionProof = (leaves: readonly Uint8Array[], index: number): readonly ProofStep[] => {
  const steps: ProofStep[] = [];
  let level = leaves;
  for (let at = index; level.length > 1; at >>= 1, level = nextLevel(level)) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) steps.push({ side: at % 2 === 1 ? 'left' : 'right', hash: sibling });
  }
  return steps;
};

/** What {@link verifyInclusion} compares. */
export interface VerifyInclusionParameters {
  readonly leaf: Uint8Array;
  readonly proof: readonly ProofStep[];
  /** M. 32 bytes. */
  readonly root: Uint8Array;
}

/** Whether the steps lead from the leaf to the root. */
export const verifyInclusion = ({ leaf, proof, root }: VerifyInclusionParameters): boolean =>
  equalBytes(
    proof.reduce(
      (node, step) => (step.side === 'left' ? innerHash(step.hash, node) : innerHash(node, step.hash)),
      leaf,
    ),
    root,
  );
