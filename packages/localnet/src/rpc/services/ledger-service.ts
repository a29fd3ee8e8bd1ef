import { GrpcTypes } from '@mysten/sui/grpc';
import { digestBytes } from '../../internal/base58.ts';
import type { StoredObject } from '../../types.ts';
import { parseAddress, placeOf, timestampOf } from '../convert/address.ts';
import { checkpointMessage } from '../convert/checkpoint.ts';
import { executedMessage } from '../convert/executed.ts';
import { objectMessage } from '../convert/object.ts';
import { chainState, getCheckpoint, getObject, getTransaction } from '../ledger-functions.ts';
import { listCheckpoints } from '../lists/checkpoints.ts';
import { listEvents } from '../lists/events.ts';
import { listTransactions } from '../lists/transactions.ts';
import { type Mask, parseMask } from '../mask.ts';
import type { RpcContext } from '../rpc-context.ts';
import { rpcError } from '../rpc-errors.ts';
import { SERVER_NAME } from '../rpc-params.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';
import type { Draft } from '../transport/proto.ts';
import { statusOf } from '../transport/status.ts';
import { epochMessage } from './epoch.ts';

const OBJECT_DEFAULTS = ['object_id', 'version', 'digest'];
const MAX_BATCH = 1000;

const serviceInfo = (context: RpcContext): Draft<'GetServiceInfoResponse'> => {
  const state = chainState(context.ledger);
  return {
    chainId: state.chainId,
    chain: 'localnet',
    epoch: BigInt(state.epoch),
    checkpointHeight: BigInt(state.checkpoint),
    timestamp: timestampOf(state.timestampMs),
    lowestAvailableCheckpoint: 0n,
    lowestAvailableCheckpointObjects: 0n,
    server: SERVER_NAME,
  };
};

const findObject = (context: RpcContext, request: GrpcTypes.GetObjectRequest): StoredObject => {
  const id = parseAddress(request.objectId, 'object_id');
  const version = request.version === undefined ? undefined : placeOf(request.version);
  const object = version === undefined ? getObject(context.ledger, id) : getObject(context.ledger, id, version);
  if (object) return object;
  throw version === undefined
    ? rpcError('OBJECT_NOT_FOUND', { id: `0x${id}` })
    : rpcError('OBJECT_VERSION_NOT_FOUND', { id: `0x${id}`, version: request.version as bigint });
};

const getOne = (context: RpcContext, request: GrpcTypes.GetObjectRequest, mask: Mask): Draft<'Object'> =>
  objectMessage(context, findObject(context, request), mask);

/** Turns what one item of a batch throws into its own error, so that the others still arrive. */
const itemOrError = <T>(make: () => T, wrap: (item: T) => object): object => {
  try {
    return wrap(make());
  } catch (error) {
    const { code, message } = statusOf(error);
    return { result: { oneofKind: 'error', error: { code, message, details: [] } } };
  }
};

const assertBatch = (length: number): void => {
  if (length > MAX_BATCH)
    throw rpcError('BAD_FIELD', { field: 'requests', reason: `${length} items, at most ${MAX_BATCH}` });
};

const batchGetObjects = (context: RpcContext, request: GrpcTypes.BatchGetObjectsRequest) => {
  assertBatch(request.requests.length);
  const mask = parseMask(GrpcTypes.Object, request.readMask, OBJECT_DEFAULTS);
  return {
    objects: request.requests.map((item) =>
      itemOrError(
        () => getOne(context, item, mask),
        (object) => ({ result: { oneofKind: 'object', object: GrpcTypes.Object.create(object) } }),
      ),
    ),
  };
};

const checkedDigest = (digest: string): string => {
  if (digestBytes(digest)?.length !== 32) throw rpcError('BAD_DIGEST', { given: digest });
  return digest;
};

const findTransaction = (context: RpcContext, digest: string | undefined, mask: Mask): Draft<'ExecutedTransaction'> => {
  if (!digest) throw rpcError('MISSING_FIELD', { field: 'digest' });
  const record = getTransaction(context.ledger, checkedDigest(digest));
  if (!record) throw rpcError('TRANSACTION_NOT_FOUND', { digest });
  return executedMessage(context, record, mask, 'with-place');
};

const batchGetTransactions = (context: RpcContext, request: GrpcTypes.BatchGetTransactionsRequest) => {
  assertBatch(request.digests.length);
  const mask = parseMask(GrpcTypes.ExecutedTransaction, request.readMask, ['digest']);
  return {
    transactions: request.digests.map((digest) =>
      itemOrError(
        () => findTransaction(context, digest, mask),
        (transaction) => ({
          result: { oneofKind: 'transaction', transaction: GrpcTypes.ExecutedTransaction.create(transaction) },
        }),
      ),
    ),
  };
};

const findCheckpoint = (context: RpcContext, request: GrpcTypes.GetCheckpointRequest) => {
  const by = request.checkpointId;
  const asked =
    by.oneofKind === 'sequenceNumber'
      ? by.sequenceNumber
      : by.oneofKind === 'digest'
        ? checkedDigest(by.digest)
        : BigInt(chainState(context.ledger).checkpoint);
  const record = getCheckpoint(context.ledger, typeof asked === 'bigint' ? placeOf(asked) : asked);
  if (!record) throw rpcError('CHECKPOINT_NOT_FOUND', { id: asked });
  return record;
};

/** `sui.rpc.v2.LedgerService`. */
export const ledgerService = (context: RpcContext): ServiceHandlers => ({
  GetServiceInfo: () => serviceInfo(context),
  GetObject: (request: GrpcTypes.GetObjectRequest) => ({
    object: getOne(context, request, parseMask(GrpcTypes.Object, request.readMask, OBJECT_DEFAULTS)),
  }),
  BatchGetObjects: (request: GrpcTypes.BatchGetObjectsRequest) => batchGetObjects(context, request),
  GetTransaction: (request: GrpcTypes.GetTransactionRequest) => ({
    transaction: findTransaction(
      context,
      request.digest,
      parseMask(GrpcTypes.ExecutedTransaction, request.readMask, ['digest']),
    ),
  }),
  BatchGetTransactions: (request: GrpcTypes.BatchGetTransactionsRequest) => batchGetTransactions(context, request),
  GetCheckpoint: (request: GrpcTypes.GetCheckpointRequest) => ({
    checkpoint: checkpointMessage(
      context,
      findCheckpoint(context, request),
      parseMask(GrpcTypes.Checkpoint, request.readMask, ['sequence_number', 'digest']),
    ),
  }),
  GetEpoch: (request: GrpcTypes.GetEpochRequest) => ({
    epoch: epochMessage(context, request.epoch, parseMask(GrpcTypes.Epoch, request.readMask, ['epoch'])),
  }),
  ListCheckpoints: (request: GrpcTypes.ListCheckpointsRequest, { signal }) => listCheckpoints(context, request, signal),
  ListTransactions: (request: GrpcTypes.ListTransactionsRequest, { signal }) =>
    listTransactions(context, request, signal),
  ListEvents: (request: GrpcTypes.ListEventsRequest, { signal }) => listEvents(context, request, signal),
});
