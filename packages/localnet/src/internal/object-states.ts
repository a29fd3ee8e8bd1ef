import { blake2b256 } from '@atoma/base';
import type { Address } from '@atoma/move-engine';
import type { Digest, Effects } from '../types.ts';
import { digestText } from './base58.ts';
import { newWriter, putAddress, putLength, putRaw, putU8, putU64, viewOf } from './bcs-writer.ts';
import { putDigest } from './digests.ts';
import { type MerkleTree, merkleTree } from './merkle.ts';

/** How a checkpoint leaves an object that it wrote, deleted or wrapped. */
export interface ObjectState {
  readonly id: Address;
  readonly version: number;
  readonly digest: Digest;
}

/** Digests that stand for what is there no more (`sui-types/src/digests.rs`). */
const DELETED = digestText(new Uint8Array(32).fill(99));
const WRAPPED = digestText(new Uint8Array(32).fill(88));

/** Whether an object is there in this state. */
export const isLive = ({ digest }: ObjectState): boolean => digest !== DELETED && digest !== WRAPPED;

const statesAfter = ({ changedObjects, lamportVersion }: Effects): ObjectState[] =>
  changedObjects.flatMap(({ id, output, idOperation }) => {
    if (output?.kind === 'funds') return [];
    if (output) return [{ id, version: output.version, digest: output.digest }];
    return [{ id, version: lamportVersion, digest: idOperation === 'deleted' ? DELETED : WRAPPED }];
  });

/** States a checkpoint leaves objects in, by id: of an object that several of its transactions change, the last. */
export const objectStates = (effects: readonly Effects[]): readonly ObjectState[] => {
  const last = new Map(effects.flatMap(statesAfter).map((state) => [state.id, state]));
  return [...last.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
};

const leafOf = ({ id, version, digest }: ObjectState): Uint8Array => {
  const w = newWriter(80);
  putAddress(w, id);
  putU64(w, version);
  putDigest(w, digest);
  return viewOf(w);
};

/** The tree over object states, in BCS, that a checkpoint commits to. */
export const objectTree = (states: readonly ObjectState[]): MerkleTree => merkleTree(states.map(leafOf));

/** `CheckpointArtifactsDigest` in a checkpoint's summary: over the list of its artifacts' digests, which has this one. */
export const artifactsDigest = ({ root }: Pick<MerkleTree, 'root'>): Digest => {
  const w = newWriter(34);
  putLength(w, 1);
  putU8(w, 32);
  putRaw(w, root);
  return digestText(blake2b256(viewOf(w)));
};
