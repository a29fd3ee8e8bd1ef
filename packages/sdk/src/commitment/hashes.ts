/** Hashes of the commitment scheme (protocol section 7). H is BLAKE2b-256; every function returns 32 bytes. */
import { blake2b256 } from '@atoma/base';

/** Prefix bytes that keep leaves, inner nodes, roots and the empty history apart. */
const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);
const OPENED = Uint8Array.of(2);
const EMPTY = Uint8Array.of(3);
/** Last byte of a vote that blames. */
const BLAME = Uint8Array.of(1);

/** Eight bytes, little endian, of an unsigned 64-bit value. */
export const u64le = (value: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
};

/** One served request as the history commits it. */
export interface LeafContent {
  /** Place in the history, counted from 0 without gaps. */
  readonly index: number;
  /** 32 bytes. */
  readonly requestHash: Uint8Array;
  /** 32 bytes. */
  readonly contentHash: Uint8Array;
  /** Compute units charged for it. */
  readonly units: bigint;
}

/** leaf j = H(0x00 || u64le j || request_hash || content_hash || u64le units_j). */
export const leafHash = (leaf: LeafContent): Uint8Array =>
  blake2b256(LEAF, u64le(BigInt(leaf.index)), leaf.requestHash, leaf.contentHash, u64le(leaf.units));

/** inner = H(0x01 || left || right). */
export const innerHash = (left: Uint8Array, right: Uint8Array): Uint8Array => blake2b256(INNER, left, right);

/** M of a history without any request: H(0x03). */
export const emptyHistoryRoot = (): Uint8Array => blake2b256(EMPTY);

/** What the secret root R is made of. */
export interface OpenedRootParameters {
  /** M, the Merkle root of the history. 32 bytes. */
  readonly merkleRoot: Uint8Array;
  readonly stackSmallId: bigint;
  /** Sum of the units over the history. */
  readonly units: bigint;
}

/** R = H(0x02 || M || u64le stack || u64le total units); secret until opened. */
export const openedRoot = (parameters: OpenedRootParameters): Uint8Array =>
  blake2b256(OPENED, parameters.merkleRoot, u64le(parameters.stackSmallId), u64le(parameters.units));

/** L_i = H(u8 i || R): i = 0 is the selected node's leaf, 1..k those of the attesters. */
export const partyLeaf = (root: Uint8Array, party: number): Uint8Array => blake2b256(Uint8Array.of(party), root);

/** L_0 .. L_k of a root for `attesters` = k of the stack's terms. */
export const partyLeaves = (root: Uint8Array, attesters: number): readonly Uint8Array[] =>
  Array.from({ length: attesters + 1 }, (_, party) => partyLeaf(root, party));

/** committed_stack_proof = H(L_0 || ... || L_k), k from the stack's terms. */
export const committedStackProof = (root: Uint8Array, attesters: number): Uint8Array =>
  blake2b256(...partyLeaves(root, attesters));

/** What a juror commits to before revealing it. */
export interface VoteContent {
  readonly stackSmallId: bigint;
  /** Small id of the juror's node. */
  readonly jurorSmallId: bigint;
  /** M as the juror computed it, or {@link inputsUnavailable}. 32 bytes. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
  /** 32 random bytes, kept until the reveal. */
  readonly salt: Uint8Array;
  /** Whether the rows every checker repeats already differ, so that attesters who confirmed them were wrong. Default: no. */
  readonly blame?: boolean;
}

/** commit = H(u64le stack || u64le juror || M || u64le units || salt), where it blames with one more byte, 1. */
export const voteCommitment = ({
  stackSmallId,
  jurorSmallId,
  merkleRoot,
  units,
  salt,
  blame,
}: VoteContent): Uint8Array => {
  const end = blame ? [BLAME] : [];
  return blake2b256(u64le(stackSmallId), u64le(jurorSmallId), merkleRoot, u64le(units), salt, ...end);
};

/** The reserved M of a juror, and root of an attester, that could not obtain the inputs: 32 zero bytes. */
export const inputsUnavailable = (): Uint8Array => new Uint8Array(32);
