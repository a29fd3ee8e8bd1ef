import { SuiGrpcClient } from '@mysten/sui/grpc';
import {
  AbortedGraphQLExecutionError,
  buildSchema,
  defaultFieldResolver,
  execute,
  GraphQLError,
  type GraphQLFieldResolver,
  parse,
  validate,
} from 'graphql';
import { rpcError } from '../rpc/rpc-errors.ts';
import type { Dispatch } from '../rpc/transport/dispatch.ts';
import { inProcessTransport } from '../rpc/transport/in-process.ts';
import { addressOf, countNodes, type GraphqlContext, objectAt, orNull } from './object-resolvers.ts';
import { SCHEMA } from './schema.ts';
import {
  events,
  executeTransaction,
  simulateTransaction,
  transactionAt,
  transactions,
} from './transaction-resolvers.ts';

/** Bounds of one request: tokens of its text, fields of its answer, nodes of all its lists and reads of the ledger together. */
const MAX_TOKENS = 4_000;
const MAX_FIELDS = 20_000;
const MAX_NODES = 2_000;

const schema = buildSchema(SCHEMA);

const coinMetadata = async ({ coinType }: { coinType: string }, { client }: GraphqlContext) => {
  const found = await orNull(client.stateService.getCoinInfo({ coinType }).response);
  const { metadata, treasury } = found ?? {};
  if (!metadata) return null;
  const { id: address, decimals, name, symbol, description, iconUrl } = metadata;
  const supply = treasury?.totalSupply === undefined ? null : String(treasury.totalSupply);
  return { address, decimals, name, symbol, description, iconUrl: iconUrl ?? null, supply };
};

const checkpoint = async ({ sequenceNumber }: { sequenceNumber?: number | null }, { client }: GraphqlContext) => {
  const checkpointId =
    sequenceNumber == null
      ? { oneofKind: undefined }
      : { oneofKind: 'sequenceNumber' as const, sequenceNumber: BigInt(sequenceNumber) };
  const readMask = { paths: ['sequence_number', 'digest', 'summary.timestamp'] };
  const found = await orNull(client.ledgerService.getCheckpoint({ checkpointId, readMask }).response);
  const { summary } = found?.checkpoint ?? {};
  if (!found?.checkpoint) return null;
  const time = summary?.timestamp;
  return {
    sequenceNumber: Number(found.checkpoint.sequenceNumber),
    digest: found.checkpoint.digest,
    timestamp: time ? new Date(Number(time.seconds) * 1_000 + time.nanos / 1e6).toISOString() : null,
  };
};

const epoch = async ({ epochId }: { epochId?: number | null }, { client }: GraphqlContext) => {
  const request = epochId == null ? {} : { epoch: BigInt(epochId) };
  const readMask = { paths: ['epoch', 'reference_gas_price', 'start', 'protocol_config'] };
  const found = await orNull(client.ledgerService.getEpoch({ ...request, readMask }).response);
  if (!found?.epoch) return null;
  const { epoch: id, referenceGasPrice, start, protocolConfig } = found.epoch;
  return {
    epochId: Number(id),
    referenceGasPrice: referenceGasPrice === undefined ? null : String(referenceGasPrice),
    startTimestamp: start ? new Date(Number(start.seconds) * 1_000 + start.nanos / 1e6).toISOString() : null,
    protocolConfigs: protocolConfig && {
      protocolVersion: Number(protocolConfig.protocolVersion),
      featureFlags: Object.entries(protocolConfig.featureFlags).map(([key, value]) => ({ key, value })),
      configs: Object.entries(protocolConfig.attributes).map(([key, value]) => ({ key, value })),
    },
    systemState: null,
  };
};

interface ObjectKey {
  readonly address: string;
  readonly version?: number | null;
}

const root = {
  chainIdentifier: async (_: unknown, { client }: GraphqlContext) =>
    (await client.ledgerService.getServiceInfo({}).response).chainId,
  address: ({ address, name }: { address?: string | null; name?: string | null }) =>
    address && !name ? addressOf(address) : null, // there are no names here
  object: ({ address, version }: ObjectKey, context: GraphqlContext) => objectAt(address, version, context),
  multiGetObjects: ({ keys }: { keys: readonly ObjectKey[] }, context: GraphqlContext) => {
    countNodes(context, keys.length);
    return Promise.all(keys.map(({ address, version }) => objectAt(address, version, context)));
  },
  package: async ({ address }: { address: string }, context: GraphqlContext) =>
    (await objectAt(address, undefined, context))?.asMovePackage ?? null,
  coinMetadata,
  checkpoint,
  epoch,
  transaction: ({ digest }: { digest: string }, context: GraphqlContext) => context.transaction(digest),
  transactions,
  events,
  simulateTransaction,
  executeTransaction,
};

const contextOf = (dispatch: Dispatch): GraphqlContext => {
  const counted: Dispatch = async (call) => {
    countNodes(context, 1);
    return dispatch(call);
  };
  const context: GraphqlContext = {
    client: new SuiGrpcClient({ network: 'localnet', transport: inProcessTransport(counted) }),
    transaction: (digest) => transactionAt(context, digest),
    checkpoint: (sequenceNumber) => checkpoint({ sequenceNumber }, context),
    epoch: (epochId) => epoch({ epochId }, context),
    sentBy: (address, page) => transactions({ ...page, filter: { sentAddress: address } }, context),
    nodesLeft: MAX_NODES,
  };
  return context;
};

/** Stops a request at the field that is too many: fragments that name one field twice, each in the last, double with every one. */
const countingFields = (stop: AbortController): GraphQLFieldResolver<unknown, GraphqlContext> => {
  let left = MAX_FIELDS;
  return (...field) => {
    if (left === 0) stop.abort(rpcError('GRAPHQL', { reason: 'its answer would have too many fields' }));
    stop.signal.throwIfAborted(); // what is under way is not looked into; what waits is given up by the signal
    left -= 1;
    return defaultFieldResolver(...field);
  };
};

/** What a client sends. */
export interface GraphqlRequest {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly operationName: string | undefined;
}

/** Answers a GraphQL request over a ledger's gRPC services, in GraphQL's own form: faults are `errors`, never thrown. */
export const answerGraphql = async (
  dispatch: Dispatch,
  { query, variables, operationName }: GraphqlRequest,
): Promise<object> => {
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS });
    const faults = validate(schema, document);
    if (faults.length > 0) return { errors: faults };
    const given = operationName === undefined ? {} : { operationName };
    const stop = new AbortController();
    return await execute({
      schema,
      document,
      rootValue: root,
      contextValue: contextOf(dispatch),
      variableValues: variables,
      fieldResolver: countingFields(stop),
      abortSignal: stop.signal,
      ...given,
    });
  } catch (thrown) {
    if (thrown instanceof GraphQLError) return { errors: [thrown] };
    if (thrown instanceof AbortedGraphQLExecutionError)
      return { errors: [new GraphQLError((thrown.cause as Error).message)] };
    throw thrown;
  }
};
