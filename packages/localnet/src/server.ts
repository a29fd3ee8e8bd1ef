import { createRpcServer } from './rpc/create.ts';
import { rpcError } from './rpc/errors.ts';
import type { Ledger } from './rpc/ledger.ts';
import { FAUCET_AMOUNT } from './server/faucet.ts';
import { serveGrpc } from './server/grpc-http2.ts';
import { type Listener, openListener } from './server/listener.ts';
import { type Site, serveFaucetSite, serveSite } from './server/routes.ts';

/** Where and how to serve a ledger. */
export interface ServeOptions {
  /** Address to listen on. Default 127.0.0.1: other machines cannot connect. */
  readonly host?: string;
  /** Port of RPC, faucet and admin interface. Default 9000; 0 takes a free one. */
  readonly port?: number;
  /** A second port with the faucet alone, where Sui's tools expect it (9123). None by default; 0 takes a free one. */
  readonly faucetPort?: number;
  /** MIST a faucet request sends. Default 10 SUI. */
  readonly faucetAmount?: bigint;
}

/** A served ledger. */
export interface LedgerServer {
  readonly host: string;
  readonly port: number;
  /** Base URL for clients, for example `http://127.0.0.1:9000`. */
  readonly url: string;
  /** Base URL of the faucet's own port, when there is one. */
  readonly faucetUrl: string | undefined;
  /** Ends running calls with UNAVAILABLE, closes all connections and frees the ports. The ledger stays open. */
  readonly close: () => Promise<void>;
}

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9000;

/** Addresses that stand for every interface are not reachable under their own name. */
const urlOf = (host: string, port: number): string => {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
};

/**
 * Serves a ledger on one port: gRPC-web (binary and text) and plain HTTP over HTTP/1.1, native gRPC over HTTP/2 without
 * TLS, the faucet, and an admin interface for programs on the same machine.
 */
export const serveLedger = async (ledger: Ledger, options: ServeOptions = {}): Promise<LedgerServer> => {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, faucetPort, faucetAmount = FAUCET_AMOUNT } = options;
  const { dispatch, notify } = createRpcServer(ledger);
  const stop = new AbortController();
  const site: Site = {
    ledger,
    dispatch,
    faucet: { ledger, amount: faucetAmount, notify },
    shutdown: stop.signal,
  };
  const main = await openListener(host, port, {
    http1: (request, response) => serveSite(site, request, response),
    http2: (stream, headers) => serveGrpc(dispatch, stream, headers, stop.signal),
  });
  const faucet = faucetPort === undefined ? undefined : await openFaucet(host, faucetPort, site, main);
  return {
    host,
    port: main.port,
    url: urlOf(host, main.port),
    faucetUrl: faucet && urlOf(host, faucet.port),
    close: async () => {
      stop.abort(rpcError('SHUTTING_DOWN'));
      await Promise.all([main.close(), faucet?.close()]);
    },
  };
};

/** Opens the faucet's port; frees the main port again when that fails. */
const openFaucet = async (host: string, port: number, site: Site, main: Listener): Promise<Listener> => {
  try {
    return await openListener(host, port, { http1: (request, response) => serveFaucetSite(site, request, response) });
  } catch (error) {
    await main.close();
    throw error;
  }
};
