/** What the server that gave this page says of itself: `/site.json`. */

/** The market and where its parts answer. */
export interface Site {
  /** Name of the network, for the title. */
  readonly network: string;
  /** The deployment record as text. */
  readonly deployment: string;
  /** RPC of the ledger. */
  readonly ledger: string;
  /** OpenAI base URL, ending in `/v1`; null where no gateway runs. */
  readonly gateway: string | null;
  /** Models the gateway sells. */
  readonly models: readonly string[];
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Reads what a server sent; null when it is no description of a market. */
export const parseSite = (value: unknown): Site | null => {
  if (typeof value !== 'object' || value === null) return null;
  const { network, deployment, ledger, gateway, models } = value as Record<string, unknown>;
  if (!isText(network) || !isText(deployment) || !isText(ledger)) return null;
  return {
    network,
    deployment,
    ledger,
    gateway: isText(gateway) ? gateway : null,
    models: Array.isArray(models) ? models.filter(isText) : [],
  };
};
