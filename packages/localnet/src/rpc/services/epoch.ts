import { GrpcTypes } from '@mysten/sui/grpc';
import type { CheckpointRecord } from '../../types.ts';
import { placeOf, timestampOf } from '../convert/address.ts';
import { chainState, getCheckpoint } from '../ledger-functions.ts';
import { type Mask, project, wants } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import type { Draft } from '../transport/proto.ts';
import { protocolConfig } from './protocol-config.ts';

/** Lowest checkpoint from which on the epoch is at least `epoch`; epochs never fall along the chain. */
const firstCheckpointOf = (context: RpcContext, epoch: number, tip: number): number => {
  let low = 0;
  let high = tip + 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((getCheckpoint(context.ledger, middle) as CheckpointRecord).epoch < epoch) low = middle + 1;
    else high = middle;
  }
  return low;
};

const systemState = (context: RpcContext): Draft<'SystemState'> => {
  const state = chainState(context.ledger);
  return {
    version: 2n,
    epoch: BigInt(state.epoch),
    protocolVersion: BigInt(state.protocolVersion),
    referenceGasPrice: BigInt(state.referenceGasPrice),
    epochStartTimestampMs: BigInt(state.epochStartMs),
    safeMode: false,
    safeModeStorageRewards: 0n,
    safeModeComputationRewards: 0n,
    safeModeStorageRebates: 0n,
    safeModeNonRefundableStorageFee: 0n,
    parameters: { epochDurationMs: BigInt(state.epochDurationMs) },
  };
};

const boundaries = (context: RpcContext, epoch: number): Draft<'Epoch'> => {
  const state = chainState(context.ledger);
  const first = firstCheckpointOf(context, epoch, state.checkpoint);
  if (epoch === state.epoch) return { firstCheckpoint: BigInt(first), start: timestampOf(state.epochStartMs) };
  const last = firstCheckpointOf(context, epoch + 1, state.checkpoint) - 1;
  const startedBy = getCheckpoint(context.ledger, Math.max(first - 1, 0)) as CheckpointRecord;
  return {
    firstCheckpoint: BigInt(first),
    lastCheckpoint: BigInt(last),
    start: timestampOf(startedBy.timestampMs),
    end: timestampOf((getCheckpoint(context.ledger, last) as CheckpointRecord).timestampMs),
  };
};

/** An epoch. System state is known of the current epoch only; there is no validator committee. */
export const epochMessage = (context: RpcContext, asked: bigint | undefined, mask: Mask): Draft<'Epoch'> => {
  const state = chainState(context.ledger);
  const epoch = asked === undefined ? state.epoch : placeOf(asked);
  if (epoch > state.epoch) throw rpcError('EPOCH_NOT_FOUND', { epoch: asked as bigint });
  const draft: Draft<'Epoch'> = { epoch: BigInt(epoch), referenceGasPrice: BigInt(state.referenceGasPrice) };
  if (wants(mask, 'firstCheckpoint', 'lastCheckpoint', 'start', 'end'))
    Object.assign(draft, boundaries(context, epoch));
  if (epoch === state.epoch) draft.systemState = systemState(context);
  if (wants(mask, 'protocolConfig')) draft.protocolConfig = protocolConfig(state.protocolVersion);
  return project(GrpcTypes.Epoch, draft, mask);
};
