import { createRpcServer } from './create.ts';
import type { Ledger } from './ledger.ts';
import { fetchHandler, requestHandler } from './transport/fetch.ts';

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
