/** Histories and what follows from them, by the SDK's functions. */
import { blake2b256 } from '@atoma/base';
import { committedStackProof, openedRoot, partyLeaf, voteCommitment } from '../../../packages/sdk/src/index.ts';

/** What a party believes was served on a stack. */
export interface History {
  /** M. */
  readonly merkleRoot: Uint8Array;
  readonly units: bigint;
  /** Whether a vote for it blames the attesters. Default: no. */
  readonly blame?: boolean;
}

/** Some history, different for each text. */
export const historyOf = (name: string, units: bigint): History => ({
  merkleRoot: blake2b256(Buffer.from(`history ${name}`, 'utf8')),
  units,
});

/** 32 zero bytes: the inputs could not be obtained. */
export const UNAVAILABLE = new Uint8Array(32);

const secretOf = (stack: number, { merkleRoot, units }: History): Uint8Array =>
  openedRoot({ merkleRoot, stackSmallId: BigInt(stack), units });

/** The committed stack proof of a history with `attesters` of the stack's terms. */
export const proofOf = (stack: number, history: History, attesters: number): Uint8Array =>
  committedStackProof(secretOf(stack, history), attesters);

/** L_i: party 0 is the selected node. */
export const leafOf = (stack: number, history: History, party: number): Uint8Array =>
  partyLeaf(secretOf(stack, history), party);

export const voteOf = (stack: number, juror: number, history: History, salt: Uint8Array): Uint8Array =>
  voteCommitment({ stackSmallId: BigInt(stack), jurorSmallId: BigInt(juror), ...history, salt });
