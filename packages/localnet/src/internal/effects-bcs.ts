import type { Owner } from '@atoma/move-engine';
import type {
  ChangedObject,
  Effects,
  ExecutionError,
  FundsWrite,
  GasUsed,
  UnchangedConsensusObject,
} from '../types.ts';
import {
  getAddress,
  getLength,
  getList,
  getOption,
  getSmallU64,
  getU32,
  getU64,
  isBcsFault,
  newReader,
  type Reader,
  refuse,
} from './bcs-reader.ts';
import {
  newWriter,
  putAddress,
  putLength,
  putList,
  putOption,
  putU8,
  putU32,
  putU64,
  type Writer,
  written,
} from './bcs-writer.ts';
import { getDigest, putDigest } from './digests.ts';
import { getFailureStatus, putFailureStatus } from './failure-status.ts';
import { putOwner } from './object-bcs.ts';
import { getTypeTag, parseTypeTag, putTypeTag, type TypeTag, typeTagText } from './type-tag.ts';

/** BCS of a `GasCostSummary`. */
export const putGasUsed = (w: Writer, gas: GasUsed): void => {
  putU64(w, gas.computationCost);
  putU64(w, gas.storageCost);
  putU64(w, gas.storageRebate);
  putU64(w, gas.nonRefundableStorageFee);
};

const putStatus = (w: Writer, error: ExecutionError | null): void => {
  putU8(w, error === null ? 0 : 1);
  if (error === null) return;
  putFailureStatus(w, error.status);
  putOption(w, error.command, (command) => putU64(w, command));
};

const OPERATIONS = ['none', 'created', 'deleted'] as const;
const FUNDS_OPERATIONS = ['merge', 'split'] as const;

const putChange = (w: Writer, change: ChangedObject): void => {
  putAddress(w, change.id);
  putU8(w, change.input === null ? 0 : 1);
  if (change.input) {
    putU64(w, change.input.version);
    putDigest(w, change.input.digest);
    putOwner(w, change.input.owner);
  }
  putOutput(w, change.output);
  putU8(w, OPERATIONS.indexOf(change.idOperation));
};

const putOutput = (w: Writer, output: ChangedObject['output']): void => {
  if (output === null) putU8(w, 0);
  else if (output.kind === 'object') {
    putU8(w, 1);
    putDigest(w, output.digest);
    putOwner(w, output.owner);
  } else if (output.kind === 'funds') {
    putU8(w, 3);
    putAddress(w, output.write.owner);
    putTypeTag(w, parseTypeTag(output.write.type) as TypeTag);
    putU8(w, FUNDS_OPERATIONS.indexOf(output.write.operation));
    putU8(w, 0); // an integer
    putU64(w, output.write.amount);
  } else {
    putU8(w, 2);
    putU64(w, output.version);
    putDigest(w, output.digest);
  }
};

/** BCS of `TransactionEffects` version 2 (`sui-types/src/effects/effects_v2.rs`). */
export const encodeEffects = (effects: Effects): Uint8Array => {
  const w = newWriter(1024);
  putLength(w, 1); // V2
  putStatus(w, effects.error);
  putU64(w, effects.executedEpoch);
  putGasUsed(w, effects.gasUsed);
  putDigest(w, effects.transactionDigest);
  putOption(w, effects.gasObjectIndex, (index) => putU32(w, index));
  putOption(w, effects.eventsDigest, (digest) => putDigest(w, digest));
  putList(w, effects.dependencies, (digest) => putDigest(w, digest));
  putU64(w, effects.lamportVersion);
  putList(w, effects.changedObjects, (change) => putChange(w, change));
  putList(w, effects.unchangedConsensusObjects, (object) => putUnchanged(w, object));
  putU8(w, 0); // no auxiliary data
  return written(w);
};

/** Variants of `UnchangedConsensusKind` in declaration order. */
const READ_ONLY_ROOT = 0;
const ENDED = { mutable: 1, read: 2 } as const;
const PER_EPOCH_CONFIG = 4;

const putUnchanged = (w: Writer, object: UnchangedConsensusObject): void => {
  putAddress(w, object.id);
  if (object.kind === 'epochConfig') putU8(w, PER_EPOCH_CONFIG);
  else {
    putU8(w, object.kind === 'ended' ? ENDED[object.use] : READ_ONLY_ROOT);
    putU64(w, object.version);
  }
  if (object.kind === 'read') putDigest(w, object.digest);
};

const getOwner = (r: Reader): Owner => {
  const variant = getLength(r);
  if (variant === 0) return { kind: 'address', address: getAddress(r) };
  if (variant === 1) return { kind: 'object', parent: getAddress(r) };
  if (variant === 2) return { kind: 'shared', initialVersion: getSmallU64(r) };
  if (variant === 3) return { kind: 'immutable' };
  if (variant !== 4) return refuse(`${variant} is no kind of owner`);
  const startVersion = getSmallU64(r);
  return { kind: 'consensus', address: getAddress(r), startVersion };
};

/** Reads the BCS of a `GasCostSummary`. */
export const getGasUsed = (r: Reader): GasUsed => ({
  computationCost: getU64(r),
  storageCost: getU64(r),
  storageRebate: getU64(r),
  nonRefundableStorageFee: getU64(r),
});

const getFunds = (r: Reader, id: string): FundsWrite => {
  const owner = getAddress(r);
  const type = typeTagText(getTypeTag(r));
  const operation = FUNDS_OPERATIONS[getLength(r)] ?? refuse('an accumulator is neither merged nor split');
  if (getLength(r) !== 0) refuse('only integers are accumulated');
  return { id, owner, type, operation, amount: getU64(r) };
};

const getOutput = (r: Reader, id: string, lamport: number): ChangedObject['output'] => {
  const variant = getLength(r);
  if (variant === 3) return { kind: 'funds', write: getFunds(r, id) };
  if (variant === 0) return null;
  if (variant === 1) return { kind: 'object', version: lamport, digest: getDigest(r), owner: getOwner(r) };
  return { kind: 'package', version: getSmallU64(r), digest: getDigest(r) };
};

const getChange = (r: Reader, lamport: number): ChangedObject => {
  const id = getAddress(r);
  return {
    id,
    input:
      getOption(r, (inner) => ({ version: getSmallU64(inner), digest: getDigest(inner), owner: getOwner(inner) })) ??
      null,
    output: getOutput(r, id, lamport),
    idOperation: OPERATIONS[getLength(r)] as (typeof OPERATIONS)[number],
  };
};

/** What is kept beside the effects' BCS because it is not part of it. */
export interface EffectsExtra {
  readonly description?: string;
  readonly abort?: ExecutionError['abort'];
  readonly unchangedLoadedObjects: Effects['unchangedLoadedObjects'];
}

const getError = (r: Reader, extra: EffectsExtra): ExecutionError | null => {
  if (getLength(r) === 0) return null;
  const status = getFailureStatus(r);
  const command = getOption(r, getSmallU64);
  return {
    status,
    description: extra.description ?? '',
    ...(command === undefined ? {} : { command }),
    ...(extra.abort === undefined ? {} : { abort: extra.abort }),
  };
};

const getUnchanged = (r: Reader): UnchangedConsensusObject => {
  const id = getAddress(r);
  const variant = getLength(r);
  if (variant === READ_ONLY_ROOT) return { kind: 'read', id, version: getSmallU64(r), digest: getDigest(r) };
  if (variant === PER_EPOCH_CONFIG) return { kind: 'epochConfig', id };
  if (variant !== ENDED.mutable && variant !== ENDED.read) return refuse(`${variant} does not occur here`);
  return { kind: 'ended', id, version: getSmallU64(r), use: variant === ENDED.mutable ? 'mutable' : 'read' };
};

const getEffects = (r: Reader, extra: EffectsExtra): Effects => {
  if (getLength(r) !== 1) refuse('only version 2 of effects is known');
  const error = getError(r, extra);
  const executedEpoch = getSmallU64(r);
  const gasUsed = getGasUsed(r);
  const transactionDigest = getDigest(r);
  const gasObjectIndex = getOption(r, getU32) ?? null;
  const eventsDigest = getOption(r, getDigest) ?? null;
  const dependencies = getList(r, getDigest);
  const lamportVersion = getSmallU64(r);
  const changedObjects = getList(r, (inner) => getChange(inner, lamportVersion));
  const unchangedConsensusObjects = getList(r, getUnchanged);
  return {
    error,
    executedEpoch,
    gasUsed,
    transactionDigest,
    gasObjectIndex,
    eventsDigest,
    dependencies,
    lamportVersion,
    changedObjects,
    unchangedConsensusObjects,
    unchangedLoadedObjects: extra.unchangedLoadedObjects,
  };
};

/** Effects from their BCS and what was kept beside it; undefined when the bytes are not effects this ledger wrote. */
export const decodeEffects = (bytes: Uint8Array, extra: EffectsExtra): Effects | undefined => {
  try {
    return getEffects(newReader(bytes), extra);
  } catch (thrown) {
    if (isBcsFault(thrown)) return undefined;
    throw thrown;
  }
};
