import { blake2b256 } from '@atoma/base';

/**
 * The Merkle tree of Sui's checkpoints (`fastcrypto::merkle` with BLAKE2b-256): leaves are hashed behind a byte 0, pairs of nodes
 * behind a byte 1, and a level with an odd number of nodes is filled up with an empty one, 32 zero bytes.
 */
export interface MerkleTree {
  /** Nodes level by level, hashed leaves first, filled up; the last level is the root alone. */
  readonly levels: readonly (readonly Uint8Array[])[];
  /** 32 bytes; of no leaves the empty node. */
  readonly root: Uint8Array;
}

/** The empty node. */
export const EMPTY_NODE = new Uint8Array(32);

const LEAF = Uint8Array.of(0);
const PAIR = Uint8Array.of(1);

const above = (level: readonly Uint8Array[]): Uint8Array[] =>
  Array.from({ length: level.length / 2 }, (_, i) =>
    blake2b256(PAIR, level[2 * i] as Uint8Array, level[2 * i + 1] as Uint8Array),
  );

/** The tree over leaves in their order. */
export const merkleTree = (leaves: readonly Uint8Array[]): MerkleTree => {
  let level = leaves.map((leaf) => blake2b256(LEAF, leaf));
  const levels: Uint8Array[][] = [level];
  while (level.length > 1) {
    if (level.length % 2 === 1) level.push(EMPTY_NODE);
    level = above(level);
    levels.push(level);
  }
  return { levels, root: level[0] ?? EMPTY_NODE };
};

/** Siblings on the way from a leaf to the root, the leaf's first. */
export const merklePath = ({ levels }: MerkleTree, leaf: number): readonly Uint8Array[] =>
  levels.slice(0, -1).map((level, height) => level[Math.floor(leaf / 2 ** height) ^ 1] as Uint8Array);
