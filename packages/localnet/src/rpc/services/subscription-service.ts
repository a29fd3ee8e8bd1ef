import type { GrpcTypes } from '@mysten/sui/grpc';
import { subscribeCheckpoints, subscribeEvents, subscribeTransactions } from '../lists/subscribe.ts';
import type { RpcContext } from '../rpc-context.ts';
import type { ServiceHandlers } from '../transport/dispatch.ts';

/** `sui.rpc.v2.SubscriptionService`. Streams end only with the caller, an error, or the server. */
export const subscriptionService = (context: RpcContext): ServiceHandlers => ({
  SubscribeCheckpoints: (request: GrpcTypes.SubscribeCheckpointsRequest, { signal }) =>
    subscribeCheckpoints(context, request, signal),
  SubscribeTransactions: (request: GrpcTypes.SubscribeTransactionsRequest, { signal }) =>
    subscribeTransactions(context, request, signal),
  SubscribeEvents: (request: GrpcTypes.SubscribeEventsRequest, { signal }) => subscribeEvents(context, request, signal),
});
