/** The chain client: Sui's own gRPC client, with our defaults. */
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { networkError } from '../sdk-errors.ts';
import { patientFetch } from './patient-fetch.ts';
import { tracedFetch } from './traced-fetch.ts';

/** How to reach a chain. */
export interface CreateClientParameters {
  /** Name of the network: `testnet`, `localnet`, `embedded`, ... */
  readonly network: string;
  /** URL of its full node; known for devnet, testnet, mainnet and localnet. */
  readonly url?: string;
  /** Replaces the runtime's `fetch`; an embedded ledger is reached this way and needs no URL. */
  readonly fetch?: typeof globalThis.fetch;
  /** Replaces HTTP altogether; an embedded ledger in the same process offers one. Before `url` and `fetch`. */
  readonly transport?: RpcTransport;
  /** Whether the full node is told the active trace (W3C `traceparent`). Default: only one at this machine, or behind `fetch`. */
  readonly tellsTrace?: boolean;
}

type RpcTransport = NonNullable<ConstructorParameters<typeof SuiGrpcClient>[0]['transport']>;

const PUBLIC_URLS: Readonly<Record<string, string>> = {
  mainnet: 'https://fullnode.mainnet.sui.io:443',
  testnet: 'https://fullnode.testnet.sui.io:443',
  devnet: 'https://fullnode.devnet.sui.io:443',
  localnet: 'http://127.0.0.1:9000',
};

/** Requests to an embedded ledger never leave the process; the URL only has to be one. */
const EMBEDDED_URL = 'http://embedded.invalid';

const isHere = (url: string): boolean => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);

/** URL of a known network; undefined for others. */
export const networkUrl = (network: string): string | undefined => PUBLIC_URLS[network];

/** A client for the network. Opens no connection yet. Throws `NETWORK_UNKNOWN_NETWORK` when there is neither URL nor `fetch`. */
export const createClient = (parameters: CreateClientParameters): SuiGrpcClient => {
  const { network, url, fetch, transport, tellsTrace } = parameters;
  if (transport) return new SuiGrpcClient({ network, transport });
  const baseUrl = url ?? networkUrl(network) ?? (fetch ? EMBEDDED_URL : undefined);
  if (baseUrl === undefined) throw networkError('UNKNOWN_NETWORK', { network });
  const tells = tellsTrace ?? (fetch !== undefined || isHere(baseUrl));
  const calls = patientFetch(tracedFetch(fetch ?? globalThis.fetch, tells));
  return new SuiGrpcClient({ network, baseUrl, format: 'binary', fetch: calls });
};
