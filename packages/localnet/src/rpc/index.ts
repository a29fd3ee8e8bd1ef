import { createRpcServer } from './create.ts';
import type { Ledger } from './ledger-functions.ts';
import { fetchHandler, requestHandler } from './transport/fetch.ts';
import { inProcessTransport, type RpcTransport } from './transport/in-process.ts';

export type { RpcTransport };

/**
 * The ledger's gRPC API (gRPC-web, binary and text) as a function from `Request` to `Response`: what Sui's full nodes
 * serve, as far as one machine without validators can. Give it to any HTTP server.
 */
export const createRpc = (ledger: Ledger): ((request: Request) => Promise<Response>) =>
  requestHandler(createRpcServer(ledger).dispatch);

/**
 * A `fetch` for `new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://localnet', fetch: embeddedFetch(ledger) })`:
 * the whole client API in process, without sockets. It rejects with `signal.reason` when the caller aborts.
 */
export const embeddedFetch = (ledger: Ledger): typeof fetch => fetchHandler(createRpcServer(ledger).dispatch);

/**
 * A transport for `new SuiGrpcClient({ network: 'localnet', transport: embeddedTransport(ledger) })`: the same replies as
 * {@link embeddedFetch} without HTTP's framing. It spares a short-lived process the loading of Node's fetch (10-30 ms).
 */
export const embeddedTransport = (ledger: Ledger): RpcTransport => inProcessTransport(createRpcServer(ledger).dispatch);
