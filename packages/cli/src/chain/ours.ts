/** Whether the ledger behind a network is the one this program keeps, under whatever name it is reached now. */
import { activeNetwork, type Network } from '../config/networks.ts';
import type { Settings } from '../config/settings.ts';
import { cliError } from '../kernel/cli-errors.ts';
import type { Run } from '../kernel/command.ts';
import { upNetwork } from '../up/name.ts';
import { answeringServer } from './chain.ts';

const LOOK_MS = 10_000;

/** Loopback addresses of one port are one place. */
const place = (url: string): string => {
  const { hostname, port } = new URL(url);
  return `${/^(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(hostname) ? 'here' : hostname}:${port}`;
};

const answers = async (url: string): Promise<boolean> =>
  (await fetch(`${url}/health`, { signal: AbortSignal.timeout(LOOK_MS) }).catch(() => undefined)) !== undefined;

/** Why the network's ledger is not ours; undefined when it is: embedded, served by us, or `localnet` while nobody serves there. */
const foreign = async (settings: Settings, { kind, name, url = '' }: Network): Promise<string | undefined> => {
  if (kind === 'embedded') return undefined;
  if (kind === 'public') return 'its epochs and its data belong to its validators.';
  if (name === upNetwork) return '`atoma up` keeps that ledger; `atoma up --persist` keeps it for the next time.';
  const server = await answeringServer(settings);
  if (server) return place(server.url) === place(url) ? undefined : `the ledger at ${url} is not the one served here.`;
  if (await answers(url)) return `the ledger at ${url} belongs to another program.`;
  return name === 'localnet' ? undefined : `nothing at ${url} belongs to this program.`;
};

/** Throws `CLI_NOT_ON_THIS_NETWORK` where the ledger is not ours. */
export const requireOurs = async (run: Run): Promise<void> => {
  const network = await activeNetwork(run.settings);
  const why = await foreign(run.settings, network);
  if (why !== undefined) throw cliError('NOT_ON_THIS_NETWORK', { command: run.command, network: network.name, why });
};
