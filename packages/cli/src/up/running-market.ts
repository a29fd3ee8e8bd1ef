/** The note a running market leaves, so that it can be found, used by other commands and stopped. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Deployment, encodeDeployment, importKeyFile } from '@atoma/sdk';
import { walletFile } from '../chain/wallet-files.ts';
import { writePrivateFile } from '../config/home.ts';
import { addNetwork, dropNetwork } from '../config/networks.ts';
import { readNote } from '../config/note.ts';
import type { Settings } from '../config/settings.ts';
import * as s from '../kernel/schema.ts';
import { isAlive } from './alive.ts';
import { type UpFacts, upFields } from './facts.ts';
import { upNetwork } from './name.ts';
import { secretOf, type UpPlan } from './plan.ts';

const noteFile = (settings: Settings): string => join(settings.home.directory, 'up.json');
/** Token of the running market's administrator, readable by its owner only. */
export const adminTokenFile = (settings: Settings): string => join(settings.home.directory, 'up-admin.token');
const recordFile = (settings: Settings): string => join(settings.home.deployments, `${upNetwork}.json`);

const schema = s.record(upFields);

/** The market that runs now, if one does. Leaves the note of one that is gone: what is removed may be the next one's, written since. */
export const runningUp = (settings: Settings): UpFacts | undefined => {
  const facts = readNote<UpFacts>(noteFile(settings), schema);
  return facts && isAlive(facts.pid) ? facts : undefined;
};

/** A market that is busy for seconds is one all the same. */
const ANSWER_MS = 20_000;

/** {@link runningUp}, but it must answer too: a number taken over by another program does not count. */
export const answeringUp = async (settings: Settings): Promise<UpFacts | undefined> => {
  const facts = runningUp(settings);
  if (!facts) return undefined;
  const headers = { authorization: `Bearer ${facts.key}` };
  const signal = AbortSignal.timeout(ANSWER_MS);
  const answer = await fetch(`${facts.base_url}/models`, { headers, signal }).catch(() => undefined);
  return answer?.ok ? facts : undefined;
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
  dropNetwork(settings, upNetwork);
  for (const [name] of walletsOf(plan)) rmSync(walletFile(settings.home.wallets, name), { force: true });
  for (const file of [recordFile(settings), noteFile(settings), adminTokenFile(settings)])
    rmSync(file, { force: true });
};
