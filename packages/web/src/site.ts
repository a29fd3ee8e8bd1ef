/** What the server that gave this page says of itself: `/site.json`. */
import { record, rows, text, texts } from './json.ts';

/** A node whose pages are served here. */
export interface SiteNode {
  readonly node: bigint;
  /** Address its public API listens at. */
  readonly url: string;
  /** Address of its operator's surface; null where there is none. */
  readonly operator: string | null;
}

/** The market and where its parts answer. */
export interface Site {
  /** Name of the network, for the title. */
  readonly network: string;
  /** The deployment record as text. */
  readonly deployment: string;
  /** RPC of the ledger. */
  readonly ledger: string;
  /** Whether the ledger is one of ours, whose clock can be moved. */
  readonly ours: boolean;
  /** OpenAI base URL, ending in `/v1`; null where no gateway runs. */
  readonly gateway: string | null;
  /** The gateway's administration; null where there is none. */
  readonly admin: string | null;
  /** Models the gateway sells. */
  readonly models: readonly string[];
  readonly nodes: readonly SiteNode[];
  /** What stands behind the root of this server. */
  readonly home: 'market' | 'node' | 'gateway';
}

const isText = (value: unknown): value is string => typeof value === 'string';
const orNull = (value: unknown): string | null => (isText(value) ? value : null);

const nodeOf = (value: Readonly<Record<string, unknown>>): readonly SiteNode[] =>
  /^\d{1,19}$/.test(text(value.node)) && isText(value.url)
    ? [{ node: BigInt(text(value.node)), url: value.url, operator: orNull(value.operator) }]
    : [];

/** Reads what a server sent; null when it is no description of a market. */
export const parseSite = (value: unknown): Site | null => {
  const { network, deployment, ledger, ours, gateway, admin, models, nodes, home } = record(value);
  if (!isText(network) || !isText(deployment) || !isText(ledger)) return null;
  return {
    network,
    deployment,
    ledger,
    ours: ours === true,
    gateway: orNull(gateway),
    admin: orNull(admin),
    models: texts(models),
    nodes: rows(nodes).flatMap(nodeOf),
    home: home === 'node' || home === 'gateway' ? home : 'market',
  };
};

/** Whether this page came from that address: only there its token is asked for. */
export const isHere = (url: string | null): boolean => url !== null && new URL(url).origin === location.origin;

/** The node whose server this page came from: by its address, by the port of a name that is another, or the only one. */
export const nodeHere = ({ home, nodes }: Site): SiteNode | undefined =>
  home === 'node'
    ? (nodes.find(({ url, operator }) => isHere(url) || isHere(operator)) ??
      nodes.find(({ url }) => new URL(url).port === location.port) ??
      (nodes.length === 1 ? nodes[0] : undefined))
    : undefined;
