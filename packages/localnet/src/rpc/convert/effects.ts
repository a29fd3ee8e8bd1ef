import { GrpcTypes } from '@mysten/sui/grpc';
import type { ChangedObject, Effects, FundsWrite, GasUsed, StoredObject } from '../../types.ts';
import { type Mask, wants, within } from '../mask.ts';
import type { Draft } from '../transport/proto.ts';
import { prefixed } from './address.ts';
import { executionErrorMessage } from './execution-error.ts';
import { ownerMessage } from './owner.ts';

/** Finds an object at a version, committed or simulated. */
export type Lookup = (id: string, version: number) => StoredObject | undefined;

const inputStates = GrpcTypes.ChangedObject_InputObjectState;
const outputStates = GrpcTypes.ChangedObject_OutputObjectState;
const idOperations = {
  none: GrpcTypes.ChangedObject_IdOperation.NONE,
  created: GrpcTypes.ChangedObject_IdOperation.CREATED,
  deleted: GrpcTypes.ChangedObject_IdOperation.DELETED,
};

/** Gas figures in MIST. */
export const gasMessage = (gas: GasUsed): GrpcTypes.GasCostSummary => ({ ...gas });

const inputFields = (input: NonNullable<ChangedObject['input']>): Draft<'ChangedObject'> => ({
  inputState: inputStates.EXISTS,
  inputVersion: BigInt(input.version),
  inputDigest: input.digest,
  inputOwner: ownerMessage(input.owner),
});

const accumulatorOperations = {
  merge: GrpcTypes.AccumulatorWrite_AccumulatorOperation.MERGE,
  split: GrpcTypes.AccumulatorWrite_AccumulatorOperation.SPLIT,
};

const fundsFields = ({ owner, type, operation, amount }: FundsWrite): Draft<'ChangedObject'> => ({
  outputState: outputStates.ACCUMULATOR_WRITE,
  accumulatorWrite: {
    address: prefixed(owner),
    accumulatorType: type,
    operation: accumulatorOperations[operation],
    valueKind: GrpcTypes.AccumulatorWrite_AccumulatorValue.INTEGER,
    integerValue: amount,
  },
});

const outputFields = (output: NonNullable<ChangedObject['output']>): Draft<'ChangedObject'> =>
  output.kind === 'funds'
    ? fundsFields(output.write)
    : {
        outputState: output.kind === 'object' ? outputStates.OBJECT_WRITE : outputStates.PACKAGE_WRITE,
        outputVersion: BigInt(output.version),
        outputDigest: output.digest,
        outputOwner: ownerMessage(output.kind === 'object' ? output.owner : { kind: 'immutable' }),
      };

const typeOfChange = (change: ChangedObject, lookup: Lookup): string | undefined => {
  if (change.output?.kind === 'package') return 'package';
  if (change.output?.kind === 'funds') return undefined;
  const version = change.output?.version ?? change.input?.version;
  return version === undefined ? undefined : lookup(change.id, version)?.type;
};

const changeMessage = (change: ChangedObject, lookup: Lookup, mask: Mask | undefined): Draft<'ChangedObject'> => {
  const type = wants(mask, 'objectType') ? typeOfChange(change, lookup) : undefined;
  return {
    objectId: prefixed(change.id),
    ...(change.input ? inputFields(change.input) : { inputState: inputStates.DOES_NOT_EXIST }),
    ...(change.output ? outputFields(change.output) : { outputState: outputStates.DOES_NOT_EXIST }),
    idOperation: idOperations[change.idOperation],
    ...(type === undefined ? {} : { objectType: type }),
  };
};

const reference = (object: { id: string; version: number; digest: string }) => ({
  objectId: prefixed(object.id),
  version: BigInt(object.version),
  digest: object.digest,
});

const consensusMessages = (effects: Effects, lookup: Lookup, mask: Mask | undefined) =>
  effects.unchangedConsensusObjects.map((object): Draft<'UnchangedConsensusObject'> => {
    const kinds = GrpcTypes.UnchangedConsensusObject_UnchangedConsensusObjectKind;
    if (object.kind === 'epochConfig') return { kind: kinds.PER_EPOCH_CONFIG, objectId: prefixed(object.id) };
    if (object.kind === 'ended') {
      const kind = object.use === 'mutable' ? kinds.MUTATE_CONSENSUS_STREAM_ENDED : kinds.READ_CONSENSUS_STREAM_ENDED;
      return { kind, objectId: prefixed(object.id), version: BigInt(object.version) };
    }
    const type = wants(mask, 'objectType') ? lookup(object.id, object.version)?.type : undefined;
    return {
      kind: kinds.READ_ONLY_ROOT,
      ...reference(object),
      ...(type === undefined ? {} : { objectType: type }),
    };
  });

const statusMessage = (effects: Effects): Draft<'ExecutionStatus'> =>
  effects.error ? { success: false, error: executionErrorMessage(effects.error) } : { success: true };

/** Effects as the record holds them, and their exact encoding. */
export interface EncodedEffects {
  readonly effects: Effects;
  readonly effectsBcs: Uint8Array;
  readonly effectsDigest: string;
}

/** Effects with the parts the mask wants; the caller projects. */
export const effectsMessage = (encoded: EncodedEffects, lookup: Lookup, mask: Mask): Draft<'TransactionEffects'> => {
  const { effects } = encoded;
  const draft: Draft<'TransactionEffects'> = {
    digest: encoded.effectsDigest,
    version: 2,
    status: statusMessage(effects),
    epoch: BigInt(effects.executedEpoch),
    gasUsed: gasMessage(effects.gasUsed),
    transactionDigest: effects.transactionDigest,
    dependencies: [...effects.dependencies],
    lamportVersion: BigInt(effects.lamportVersion),
  };
  if (effects.eventsDigest !== null) draft.eventsDigest = effects.eventsDigest;
  if (wants(mask, 'bcs')) draft.bcs = { name: 'TransactionEffects', value: encoded.effectsBcs };
  if (wants(mask, 'changedObjects')) {
    const inner = within(mask, 'changedObjects');
    draft.changedObjects = effects.changedObjects.map((change) => changeMessage(change, lookup, inner));
  }
  const gas = effects.gasObjectIndex === null ? undefined : effects.changedObjects[effects.gasObjectIndex];
  if (gas && wants(mask, 'gasObject')) draft.gasObject = changeMessage(gas, lookup, within(mask, 'gasObject'));
  if (wants(mask, 'unchangedConsensusObjects'))
    draft.unchangedConsensusObjects = consensusMessages(effects, lookup, within(mask, 'unchangedConsensusObjects'));
  if (wants(mask, 'unchangedLoadedRuntimeObjects'))
    draft.unchangedLoadedRuntimeObjects = effects.unchangedLoadedObjects.map(reference);
  return draft;
};
