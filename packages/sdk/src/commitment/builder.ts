/** Commitment of a history that comes one request at a time: memory grows with the logarithm of its length. */
import { type SmallIdInput, smallId } from '../values/ids.ts';
import { committedStackProof, emptyHistoryRoot, innerHash, leafHash, openedRoot, partyLeaves } from './hashes.ts';
import type { HistoryEntry } from './history.ts';
import type { InclusionProof, StackProof } from './proof.ts';
import type { ProofStep } from './tree.ts';

/** A complete subtree; `height` 0 is a leaf. */
interface Peak {
  readonly hash: Uint8Array;
  readonly height: number;
  /** Whether the leaf a proof is wanted for lies below. */
  readonly watched: boolean;
}

/** Builds M leaf by leaf. */
export interface MerkleBuilder {
  /** Leaf hashes in order, 32 bytes each. */
  readonly add: (leaf: Uint8Array) => void;
  readonly count: () => number;
  /** M of what was added; H(0x03) for nothing. More may be added afterwards. */
  readonly root: () => Uint8Array;
  /** Siblings of the watched leaf up to {@link MerkleBuilder.root}. */
  readonly steps: () => readonly ProofStep[];
}

/**
 * Makes a builder. It keeps the complete subtrees of what was added, largest first; the root joins them from the right, which is
 * what moving an odd node up unchanged comes to. `watch`: index of a leaf whose siblings are kept.
 */
export const createMerkleBuilder = (watch = -1): MerkleBuilder => {
  const peaks: Peak[] = [];
  const kept: ProofStep[] = [];
  let added = 0;
  const join = (left: Peak, right: Peak, steps: ProofStep[]): Peak => {
    if (left.watched) steps.push({ side: 'right', hash: right.hash });
    if (right.watched) steps.push({ side: 'left', hash: left.hash });
    const height = Math.max(left.height, right.height) + 1;
    return { hash: innerHash(left.hash, right.hash), height, watched: left.watched || right.watched };
  };
  const fold = (steps: ProofStep[]): Peak | undefined => {
    const [last, ...rest] = [...peaks].reverse();
    return last && rest.reduce((right, left) => join(left, right, steps), last);
  };
  return {
    add: (leaf) => {
      let peak: Peak = { hash: leaf, height: 0, watched: added === watch };
      added++;
      for (let last = peaks.at(-1); last?.height === peak.height; last = peaks.at(-1)) {
        peaks.pop();
        peak = join(last, peak, kept);
      }
      peaks.push(peak);
    },
    count: () => added,
    root: () => fold([])?.hash ?? emptyHistoryRoot(),
    steps: () => {
      const steps = [...kept];
      fold(steps);
      return steps;
    },
  };
};

/** Builds a stack's commitment request by request. */
export interface StackProofBuilder {
  readonly add: (entry: HistoryEntry) => void;
  /** Everything derived from what was added so far. */
  readonly finish: () => StackProof;
}

/** What {@link createStackProofBuilder} needs. */
export interface StackProofBuilderParameters {
  readonly stackSmallId: SmallIdInput;
  /** k of the stack's terms. */
  readonly attesters: number;
}

/** Makes a builder that gives what `computeStackProof` gives for the same requests. */
export const createStackProofBuilder = (parameters: StackProofBuilderParameters): StackProofBuilder => {
  const tree = createMerkleBuilder();
  let units = 0n;
  return {
    add: (entry) => {
      tree.add(leafHash({ ...entry, index: tree.count() }));
      units += entry.units;
    },
    finish: () => {
      const merkleRoot = tree.root();
      const root = openedRoot({ merkleRoot, stackSmallId: smallId(parameters.stackSmallId), units });
      const leaves = partyLeaves(root, parameters.attesters);
      return {
        merkleRoot,
        units,
        root,
        leaves,
        committedStackProof: committedStackProof(root, parameters.attesters),
        stackMerkleLeaf: leaves[0] as Uint8Array,
      };
    },
  };
};

/** Builds the inclusion proof of one request. */
export interface InclusionProofBuilder {
  readonly add: (entry: HistoryEntry) => void;
  /** Undefined when nothing was added at the index. */
  readonly finish: () => InclusionProof | undefined;
}

/** Makes a builder that gives what `proveInclusion` gives for the same requests. */
export const createInclusionProofBuilder = (index: number): InclusionProofBuilder => {
  const tree = createMerkleBuilder(index);
  let own: HistoryEntry | undefined;
  return {
    add: ({ requestHash, contentHash, units }) => {
      if (tree.count() === index) own = { requestHash, contentHash, units };
      tree.add(leafHash({ index: tree.count(), requestHash, contentHash, units }));
    },
    finish: () => own && { index, ...own, siblings: tree.steps(), merkleRoot: tree.root() },
  };
};
