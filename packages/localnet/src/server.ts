import type { StaticSite } from '@atoma/base';
import type { Ledger } from './internal/state.ts';

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
  /** Pages that a browser gets at the address of the RPC. None by default. */
  readonly pages?: StaticSite;
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

/**
 * Serves a ledger on one port: gRPC-web (binary and text) and plain HTTP over HTTP/1.1, native gRPC over HTTP/2 without
 * TLS, the faucet, and an admin interface for programs on the same machine.
 */
export const serveLedger = async (ledger: Ledger, options: ServeOptions = {}): Promise<LedgerServer> => {
  const { openServer } = await import('./server/serve.ts'); // HTTP costs 10-30 ms to load: only those who serve pay
  return openServer(ledger, options);
};
