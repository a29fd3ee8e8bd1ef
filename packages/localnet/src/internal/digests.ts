import { blake2b256 } from '@atoma/base';
import type { Digest } from '../types.ts';
import { digestBytes, digestText } from './base58.ts';
import { getLength, getRaw, type Reader, refuse } from './bcs-reader.ts';
import { putRaw, putU8, type Writer } from './bcs-writer.ts';

const salt = (name: string): Uint8Array => new TextEncoder().encode(`${name}::`);

const SALTS = {
  transaction: salt('TransactionData'),
  effects: salt('TransactionEffects'),
  events: salt('TransactionEvents'),
  object: salt('Object'),
  checkpoint: salt('CheckpointSummary'),
  contents: salt('CheckpointContents'),
} as const;

/** 32-byte digest of a BCS value: BLAKE2b-256 over the salt of its kind and the bytes. */
export const saltedDigest = (kind: keyof typeof SALTS, bytes: Uint8Array): Uint8Array => blake2b256(SALTS[kind], bytes);

/** A digest in BCS: its length, always 32, and the bytes; as base58. */
export const getDigest = (r: Reader): Digest => {
  if (getLength(r) !== 32) refuse('a digest is not 32 bytes');
  return digestText(getRaw(r, 32));
};

/** Writes a digest as {@link getDigest} reads it. */
export const putDigest = (w: Writer, digest: Digest): void => {
  putU8(w, 32);
  putRaw(w, digestBytes(digest) as Uint8Array);
};
