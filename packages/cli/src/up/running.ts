/** The note a running market leaves, so that it can be found, used by other commands and stopped. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Deployment, encodeDeployment, importKeyFile } from '@atoma/sdk';
import { walletFile } from '../chain/wallet-files.ts';
import { writePrivateFile } from '../config/home.ts';
import { addNetwork } from '../config/networks.ts';
import { readUserConfig, type Settings } from '../config/settings.ts';
import { isAlive } from './alive.ts';
import { upNetwork } from './name.ts';
import { secretOf, type UpPlan } from './plan.ts';

/** What is told about a running market, also as JSON. */
export interface UpFacts {
  readonly pid: number;
  readonly base_url: string;
  readonly key: string;
  /** Administrator's surface of the gateway; its token is in {@link adminTokenFile}. */
  readonly admin_url: string;
  readonly models: readonly string[];
  readonly nodes: readonly { readonly node_small_id: number; readonly url: string; readonly address: string }[];
  readonly level: number;
  /** What must be said beside level 2: it is a rehearsal; null at other levels. */
  readonly label: string | null;
  /** Public key of the rehearsal's development root, hex; null at other levels. */
  readonly rehearsal_root: string | null;
  readonly price: string;
  readonly epoch_ms: number;
  /** Address of the pages for a browser; empty where they were not built. */
  readonly pages_url: string;
  readonly ledger_url: string;
  readonly faucet_url: string;
  readonly buyer: string;
  readonly package_id: string;
  readonly directory: string | null;
  readonly resumed: boolean;
  readonly contract_older: boolean;
  readonly ready_ms: number;
  readonly curl: string;
}

const noteFile = (settings: Settings): string => join(settings.home.directory, 'up.json');
/** Token of the running market's administrator, readable by its owner only. */
export const adminTokenFile = (settings: Settings): string => join(settings.home.directory, 'up-admin.token');
const recordFile = (settings: Settings): string => join(settings.home.deployments, `${upNetwork}.json`);

/** The market that runs now, if one does. */
export const runningUp = (settings: Settings): UpFacts | undefined => {
  const file = noteFile(settings);
  if (!existsSync(file)) return undefined;
  try {
    const facts = JSON.parse(readFileSync(file, 'utf8')) as UpFacts;
    if (isAlive(facts.pid)) return facts;
  } catch {
    // An unreadable note says as much as none.
  }
  rmSync(file, { force: true });
  return undefined;
};

const ANSWER_MS = 2_000;

/** {@link runningUp}, but it must answer too: a number taken over by another program does not count. */
export const answeringUp = async (settings: Settings): Promise<UpFacts | undefined> => {
  const facts = runningUp(settings);
  if (!facts) return undefined;
  const headers = { authorization: `Bearer ${facts.key}` };
  const signal = AbortSignal.timeout(ANSWER_MS);
  const answer = await fetch(`${facts.base_url}/models`, { headers, signal }).catch(() => undefined);
  if (answer?.ok) return facts;
  rmSync(noteFile(settings), { force: true });
  return undefined;
};

const walletsOf = ({ nodes }: UpPlan): readonly (readonly [name: string, party: string])[] => [
  ['up-buyer', 'buyer'],
  ['up-publisher', 'publisher'],
  ...Array.from({ length: nodes }, (_, i) => [`up-node-${i + 1}`, `node ${i + 1}`] as const),
];

/** Makes the market a network other commands can name, with its wallets. */
export const announceUp = async (
  settings: Settings,
  plan: UpPlan,
  deployment: Deployment,
  facts: UpFacts,
): Promise<void> => {
  addNetwork(settings, upNetwork, facts.ledger_url);
  writePrivateFile(recordFile(settings), encodeDeployment({ ...deployment, network: upNetwork }));
  for (const [name, party] of walletsOf(plan)) {
    const file = walletFile(settings.home.wallets, name);
    rmSync(file, { force: true });
    await importKeyFile(file, secretOf(plan.seed, party));
  }
  writePrivateFile(noteFile(settings), `${JSON.stringify(facts, null, 2)}\n`);
};

/** Takes everything back that {@link announceUp} left; a kept market brings it again. */
export const forgetUp = (settings: Settings, plan: UpPlan): void => {
  const { [upNetwork]: _gone, ...others } = readUserConfig(settings.home.networks);
  writePrivateFile(settings.home.networks, `${JSON.stringify(others, null, 2)}\n`);
  for (const [name] of walletsOf(plan)) rmSync(walletFile(settings.home.wallets, name), { force: true });
  for (const file of [recordFile(settings), noteFile(settings), adminTokenFile(settings)])
    rmSync(file, { force: true });
};
