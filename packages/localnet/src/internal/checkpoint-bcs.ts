import type { Digest, GasUsed, LedgerEvent } from '../types.ts';
import { digestText } from './base58.ts';
import {
  newWriter,
  putAddress,
  putBytes,
  putLength,
  putList,
  putOption,
  putText,
  putU8,
  putU64,
  viewOf,
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
  /** Protocol version of the next epoch, on the last checkpoint of an epoch. */
  readonly endOfEpoch: number | null;
}

/** BCS of `CheckpointSummary` (`sui-types/src/messages_checkpoint.rs`): no commitments, an empty next committee. */
export const encodeCheckpointSummary = (summary: CheckpointSummary): Uint8Array => {
  const w = newWriter(256);
  putU64(w, summary.epoch);
  putU64(w, summary.sequence);
  putU64(w, summary.networkTotalTransactions);
  putDigest(w, summary.contentDigest);
  putOption(w, summary.previousDigest, (digest) => putDigest(w, digest));
  putGasUsed(w, summary.epochRollingGas);
  putU64(w, summary.timestampMs);
  putLength(w, 0); // commitments
  putOption(w, summary.endOfEpoch, (version) => {
    putLength(w, 0); // next committee: this ledger has none
    putU64(w, version);
    putLength(w, 0); // epoch commitments
  });
  putLength(w, 0); // version-specific data
  return viewOf(w);
};
