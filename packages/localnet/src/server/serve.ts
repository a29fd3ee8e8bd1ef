import { createRpcServer } from '../rpc/create.ts';
import type { Ledger } from '../rpc/ledger-functions.ts';
import { rpcError } from '../rpc/rpc-errors.ts';
import type { LedgerServer, ServeOptions } from '../server.ts';
import { FAUCET_AMOUNT } from './faucet.ts';
import { serveGrpc } from './grpc-http2.ts';
import { type Listener, openListener } from './listener.ts';
import { type Site, serveFaucetSite, serveSite } from './routes.ts';

const DEFAULT_HOST = '127.0.0.1';
const DEFAULT_PORT = 9000;

/** Addresses that stand for every interface are not reachable under their own name. */
const urlOf = (host: string, port: number): string => {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
};

/** See {@link serveLedger} in `../server.ts`, which loads this file. */
export const openServer = async (ledger: Ledger, options: ServeOptions = {}): Promise<LedgerServer> => {
  const { host = DEFAULT_HOST, port = DEFAULT_PORT, faucetPort, faucetAmount = FAUCET_AMOUNT } = options;
  const { dispatch, notify } = createRpcServer(ledger);
  const stop = new AbortController();
  const site: Site = {
    ledger,
    dispatch,
    faucet: { ledger, amount: faucetAmount, notify },
    pages: options.pages,
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
