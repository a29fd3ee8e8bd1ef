import type { ServerResponse } from 'node:http';
import { sendJson } from './http-io.ts';

const POINTER =
  'This network speaks gRPC: use SuiGrpcClient of @mysten/sui/grpc with this address as baseUrl, or any gRPC client of the sui.rpc.v2 services.';

const JSON_RPC_METHOD_NOT_FOUND = -32601;

/** Sui is removing JSON-RPC, and there is no GraphQL indexer here: 501 with a pointer, in each protocol's own form. */
export const refuseOtherApi = (path: string, response: ServerResponse): void => {
  if (path.startsWith('/graphql')) {
    sendJson(response, 501, { errors: [{ message: `GraphQL is not served. ${POINTER}` }] });
    return;
  }
  const error = { code: JSON_RPC_METHOD_NOT_FOUND, message: `JSON-RPC is not served. ${POINTER}` };
  sendJson(response, 501, { jsonrpc: '2.0', id: null, error });
};
