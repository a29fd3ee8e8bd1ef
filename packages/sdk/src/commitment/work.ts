/** What a leaf commits to of the work behind an answer. H is BLAKE2b-256. */
import { blake2b256 } from '@atoma/base';
import { u64le } from './hashes.ts';

const WORK = Uint8Array.of(0x12);
const VALUES_LEAF = Uint8Array.of(0x06);

/**
 * work_hash = H(0x12 || content_hash || digest of the steps of the work); the content hash alone where the engine shows no steps.
 * The digest makes short answers hard to guess: who has not done the work does not know it. Both 32 bytes.
 */
export const workHash = (contentHash: Uint8Array, digest: Uint8Array | null): Uint8Array =>
  digest === null ? contentHash : blake2b256(WORK, contentHash, digest);

/** Leaf of a row whose steps are not those of the model it was sold under: H(0x06 || u64le j || request_hash || work_hash || u64le units). */
export const otherWorkLeaf = (leaf: {
  readonly index: number;
  /** 32 bytes. */
  readonly requestHash: Uint8Array;
  /** Of the work that was shown to be another, or of the challenger's own. 32 bytes. */
  readonly workHash: Uint8Array;
  readonly units: bigint;
}): Uint8Array =>
  blake2b256(VALUES_LEAF, u64le(BigInt(leaf.index)), leaf.requestHash, leaf.workHash, u64le(leaf.units));
