import type { Address, MovePackage, MoveVm } from '@atoma/move-engine';
import { digestText } from './internal/base58.ts';
import { headOf, type Ledger, type LedgerState, packageOf, refresh, stateOf, vmOf } from './internal/state.ts';
import { readCheckpoint, readMeta } from './internal/store/checkpoint-rows.ts';
import { dataVersion, reading } from './internal/store/database.ts';
import { liveOfType, originalOf, packageVersions, readLive, readVersion } from './internal/store/objects.ts';
import { readTransaction } from './internal/store/transaction-rows.ts';
import { canonicalType } from './internal/type-tag.ts';
import { ledgerError } from './ledger-errors.ts';
import { REFERENCE_GAS_PRICE } from './params.ts';
import type { ChainState, CheckpointRecord, Digest, StoredObject, TransactionRecord } from './types.ts';

/** Runs a read on one state of the file, after dropping what another process made stale. */
export const read = <Result>(ledger: Ledger, work: (state: LedgerState) => Result): Result => {
  const state = stateOf(ledger);
  return reading(state.db, () => {
    refresh(state);
    return work(state);
  });
};

/** 64 hex digits of an address in any usual spelling; throws LEDGER_BAD_ADDRESS. */
export const addressOf = (given: string): Address => {
  const digits = given.startsWith('0x') ? given.slice(2) : given;
  if (!/^[0-9a-fA-F]{1,64}$/.test(digits)) throw ledgerError('BAD_ADDRESS', { given });
  return digits.toLowerCase().padStart(64, '0');
};

/** The live object `id`, or one version of it; undefined when there is none. */
export const getObject = (ledger: Ledger, id: Address, version?: number): StoredObject | undefined =>
  read(ledger, ({ db }) =>
    version === undefined ? readLive(db, addressOf(id)) : readVersion(db, addressOf(id), version),
  );

/** The package stored under `id`. */
export const getPackage = (ledger: Ledger, id: Address): MovePackage | undefined =>
  read(ledger, (state) => packageOf(state, addressOf(id)));

/** Storage ids and versions of all versions of the package that has a version stored under `id`, oldest first. */
export const listPackageVersions = (
  ledger: Ledger,
  id: Address,
): readonly { readonly storageId: Address; readonly version: number }[] =>
  read(ledger, ({ db }) => {
    const original = originalOf(db, addressOf(id));
    return original === undefined ? [] : packageVersions(db, original);
  });

/** Live objects of a full type, or of all instantiations of a bare generic, whoever owns them. */
export const listObjectsOfType = (ledger: Ledger, type: string, limit = 50): readonly StoredObject[] =>
  read(ledger, ({ db }) => liveOfType(db, canonicalType(type) ?? type, limit));

/** The transaction of a digest, undefined when it was never executed. */
export const getTransaction = (ledger: Ledger, digest: Digest): TransactionRecord | undefined =>
  read(ledger, ({ db }) => readTransaction(db, digest));

/** A checkpoint by number or digest. */
export const getCheckpoint = (ledger: Ledger, which: number | Digest): CheckpointRecord | undefined =>
  read(ledger, ({ db }) => {
    const found = readCheckpoint(db, which);
    if (!found) return undefined;
    const { clock: _, ...record } = found;
    return record;
  });

/** Digest of the genesis checkpoint. */
export const chainIdOf = (state: LedgerState): Digest => {
  state.chainId ??= digestText(readMeta(state.db, 'chain'));
  return state.chainId;
};

/** Where the chain stands now. */
export const chainState = (ledger: Ledger): ChainState =>
  read(ledger, (state) => {
    const head = headOf(state);
    return {
      chainId: chainIdOf(state),
      epoch: head.clock.epoch,
      epochStartMs: head.clock.epochStartMs,
      epochDurationMs: head.clock.epochDurationMs,
      protocolVersion: state.protocol.version,
      referenceGasPrice: REFERENCE_GAS_PRICE,
      checkpoint: head.sequence,
      timestampMs: head.timestampMs,
    };
  });

/** The Move machine over this ledger's packages: layouts, signatures, JSON. */
export const ledgerVm = (ledger: Ledger): MoveVm => vmOf(stateOf(ledger));

/**
 * Number that changes when another process has committed to the ledger's file. Polling it (2 us) tells a server when to
 * wake its streams.
 */
export const changeCounter = (ledger: Ledger): number => dataVersion(stateOf(ledger).db);
