import type { Ledger } from '@atoma/localnet';
import { createClient, type Deployment, toAtomaError } from '@atoma/sdk';
import type { SuiGrpcClient } from '@mysten/sui/grpc';
import { activeNetwork, type Network } from '../config/networks.ts';
import { runningServer, type Server } from '../config/served.ts';
import type { Settings } from '../config/settings.ts';
import type { Run } from '../kernel/command.ts';
import { lockDirectory } from './lock.ts';

/** A chain a command can talk to. */
export interface Chain {
  readonly network: Network;
  readonly client: SuiGrpcClient;
  /** Present when the ledger runs inside this process. */
  readonly ledger?: Ledger;
  /** Present with the ledger: what was published when it was made. */
  readonly deployment?: Deployment;
  /** Tells the person something. */
  readonly note?: (text: string) => void;
  /** Address of the RPC, also where this process serves it; or `in process`. */
  readonly url: string;
}

/** What a chain answers; faults name the network and its address. */
export const answerOf = <T>({ network, url }: Chain, call: Promise<T>): Promise<T> =>
  call.catch((error: unknown) => {
    throw toAtomaError(error, `${network.name} (${url})`);
  });

/** A server that is busy for seconds is one all the same. */
const ANSWER_MS = 20_000;

/** The process that serves the embedded ledger and answers; a number taken over by another program does not count. */
export const answeringServer = async (settings: Settings): Promise<Server | undefined> => {
  const server = runningServer(settings);
  if (!server) return undefined;
  const answer = await fetch(`${server.url}/health`, { signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
  return answer?.ok ? server : undefined;
};

/** Takes the embedded ledger's lock for the rest of the run. */
export const lockEmbedded = async (run: Run): Promise<void> => {
  const release = await lockDirectory({ directory: run.settings.home.embedded, command: run.command, note: run.note });
  run.onEnd(release);
};

const openInProcess = async (run: Run, network: Network): Promise<Chain> => {
  await lockEmbedded(run);
  const { openEmbedded } = await import('./embedded.ts');
  const { closeLedger } = await import('./ledger-functions.ts');
  const { embedded: directory, wallets } = run.settings.home;
  const { ledger, client, deployment } = await openEmbedded({ directory, wallets, note: run.note });
  run.onEnd(() => closeLedger(ledger));
  return { network, client, ledger, deployment, url: 'in process' };
};

/** Opens the chain of this run; it is closed when the command ends. */
export const openChain = async (run: Run): Promise<Chain> => {
  const network = await activeNetwork(run.settings);
  const server = network.kind === 'embedded' ? await answeringServer(run.settings) : undefined;
  if (network.kind === 'embedded' && !server) return openInProcess(run, network);
  const url = server?.url ?? (network.url as string);
  return { network, client: createClient({ network: network.name, url }), url, note: run.note };
};
