import type { Digest, GasUsed, LedgerEvent } from '../types.ts';
import { digestText } from './base58.ts';
import {
  newWriter,
  putAddress,
  putBytes,
  putLength,
  putList,
  putOption,
  putRaw,
  putText,
  putU8,
  putU64,
  viewOf,
  type Writer,
} from './bcs-writer.ts';
import { putDigest, saltedDigest } from './digests.ts';
import { putGasUsed } from './effects-bcs.ts';
import { parseTypeTag, putStructTag, type StructTag } from './type-tag.ts';

/** BCS of `TransactionEvents`: a vector of events with struct-tag types (`sui-types/src/event.rs`). */
export const encodeEvents = (events: readonly LedgerEvent[]): Uint8Array => {
  const w = newWriter(1024);
  putList(w, events, (event) => {
    putAddress(w, event.packageId);
    putText(w, event.module);
    putAddress(w, event.sender);
    putStructTag(w, parseTypeTag(event.type) as StructTag);
    putBytes(w, event.contents);
  });
  return viewOf(w);
};

/** Digest of a transaction's events, null without any. */
export const eventsDigest = (events: readonly LedgerEvent[]): Digest | null =>
  events.length === 0 ? null : digestText(saltedDigest('events', encodeEvents(events)));

/** A transaction in a checkpoint. */
export interface CheckpointTransaction {
  readonly transaction: Digest;
  readonly effects: Digest;
  readonly signatures: readonly Uint8Array[];
}

/** BCS of `CheckpointContents` version 1: digests, then each transaction's signatures. */
export const encodeCheckpointContents = (transactions: readonly CheckpointTransaction[]): Uint8Array => {
  const w = newWriter(256);
  putU8(w, 0);
  putList(w, transactions, (item) => {
    putDigest(w, item.transaction);
    putDigest(w, item.effects);
  });
  putList(w, transactions, (item) => putList(w, item.signatures, (signature) => putBytes(w, signature)));
  return viewOf(w);
};

/** Everything in a `CheckpointSummary` that varies here. */
export interface CheckpointSummary {
  readonly epoch: number;
  readonly sequence: number;
  readonly networkTotalTransactions: number;
  readonly contentDigest: Digest;
  readonly previousDigest: Digest | null;
  readonly epochRollingGas: GasUsed;
  readonly timestampMs: number;
  /** What it commits to of the objects it changed; null: nothing. */
  readonly artifactsDigest: Digest | null;
  /** Protocol version of the next epoch, on the last checkpoint of an epoch. */
  readonly endOfEpoch: number | null;
}

/** Variant of `CheckpointCommitment` that is a digest of artifacts. */
const ARTIFACTS = 1;

const putSummary = (w: Writer, summary: CheckpointSummary): void => {
  putU64(w, summary.epoch);
  putU64(w, summary.sequence);
  putU64(w, summary.networkTotalTransactions);
  putDigest(w, summary.contentDigest);
  putOption(w, summary.previousDigest, (digest) => putDigest(w, digest));
  putGasUsed(w, summary.epochRollingGas);
  putU64(w, summary.timestampMs);
  putList(w, summary.artifactsDigest === null ? [] : [summary.artifactsDigest], (digest) => {
    putLength(w, ARTIFACTS);
    putDigest(w, digest);
  });
  putOption(w, summary.endOfEpoch, (version) => {
    putLength(w, 0); // next committee: this ledger has none
    putU64(w, version);
    putLength(w, 0); // epoch commitments
  });
  putLength(w, 0); // version-specific data
};

/** BCS of `CheckpointSummary` (`sui-types/src/messages_checkpoint.rs`): with an empty next committee. */
export const encodeCheckpointSummary = (summary: CheckpointSummary): Uint8Array => {
  const w = newWriter(256);
  putSummary(w, summary);
  return viewOf(w);
};

/** Sum of no BLS signatures: the point at infinity of G1, compressed. */
const NO_SIGNATURES = Uint8Array.from({ length: 48 }, (_, i) => (i === 0 ? 0xc0 : 0));

/** A Roaring bitmap without a number (https://github.com/RoaringBitmap/RoaringFormatSpec). */
const NO_SIGNERS = Uint8Array.of(0x3a, 0x30, 0, 0, 0, 0, 0, 0);

/** BCS of `CertifiedCheckpointSummary`, as what it is here: signed by nobody. */
export const encodeCertifiedSummary = (summary: CheckpointSummary): Uint8Array => {
  const w = newWriter(320);
  putSummary(w, summary);
  putU64(w, summary.epoch);
  putRaw(w, NO_SIGNATURES);
  putBytes(w, NO_SIGNERS);
  return viewOf(w);
};
