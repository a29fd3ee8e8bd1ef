/** The contract compiled with a fault planted, and random scenarios that have to find it. */
import type { Signer } from '@mysten/sui/cryptography';
import { expect } from 'vitest';
import { restoreCheckpoint, takeSnapshot } from '../../../packages/localnet/src/index.ts';
import { atomaIds, runStep, tomaIds } from '../../../packages/sdk/src/deployment/publish.ts';
import { linkPackage, type ShippedPackage } from '../../../packages/sdk/src/deployment/shipped.ts';
import {
  type AtomaClient,
  createAtoma,
  type Deployment,
  enableFaucet,
  executedResult,
  shippedPackages,
} from '../../../packages/sdk/src/index.ts';
import { compileSources, findPackage } from '../../../tools/move/src/index.ts';
import { readPackage } from '../../../tools/move/src/packages.ts';
import { closeChain, openChain } from '../driver/chain.ts';
import * as op from '../driver/operations.ts';
import { loadView } from '../driver/view.ts';
import { seedsOf } from './random.ts';
import { play, strictJudge } from './scenario.ts';
import { afresh, beginning, newWorld } from './world.ts';

/** One edit of the sources and what the scenarios must say about it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly finding: RegExp;
}

const sourcesWith = ({ file, from, to }: Mutant): Readonly<Record<string, string>> => {
  const sources = { ...readPackage(findPackage('atoma'), false) };
  const path = `sources/${file}.move`;
  const text = sources[path] ?? '';
  expect(text.split(from).length, `${from} in ${path}`).toBe(2);
  return { ...sources, [path]: text.replace(from, to) };
};

const compileMutant = async (mutant: Mutant, original: ShippedPackage): Promise<ShippedPackage> => {
  const { ownAddress, dependencies } = findPackage('atoma');
  const sources = sourcesWith(mutant);
  const compiled = await compileSources({ name: 'atoma', sources, addresses: { atoma: ownAddress }, dependencies });
  const modules = compiled.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')));
  return { ...original, modules, dependencies: compiled.dependencies };
};

const blank: Deployment = {
  network: 'embedded',
  chainId: '',
  generation: 'current',
  packageId: `0x${'0'.repeat(64)}`,
  originalPackageId: `0x${'0'.repeat(64)}`,
  dbId: null,
  tomaPackageId: null,
  tomaOriginalPackageId: null,
  faucetId: null,
  treasuryCapId: null,
  managerBadgeId: null,
  upgradeCapId: null,
  tomaUpgradeCapId: null,
  tomaMetadataId: null,
  publisher: '',
  digests: [],
  version: 1,
};

/** Publishes the coin as shipped and the market with its fault. */
const publishWith =
  (mutant: Mutant) =>
  async ({ client, signer }: { client: AtomaClient; signer: Signer }): Promise<Deployment> => {
    const { toma, atoma } = await shippedPackages();
    const context = createAtoma({ client, deployment: blank, signer });
    const publish = (one: ShippedPackage) =>
      runStep(context, one.name, (tx) => {
        const modules = one.modules.map((module) => Buffer.from(module).toString('base64'));
        tx.transferObjects([tx.publish({ modules, dependencies: [...one.dependencies] })], signer.toSuiAddress());
      });
    const coin = tomaIds(await publish(toma));
    const market = atomaIds(await publish(linkPackage(await compileMutant(mutant, atoma), toma, coin.tomaPackageId)));
    const deployment = { ...blank, ...coin, ...market };
    executedResult(await enableFaucet(createAtoma({ client, deployment, signer }), {}));
    return deployment;
  };

/** At most; each of these faults is found in one to five on average. */
const EPISODES = 60;
const ACTIONS = 260;

/** Plays scenarios until one finds the fault. */
export const findMutant = async (mutant: Mutant): Promise<void> => {
  const chain = await openChain('mutants', publishWith(mutant));
  const world = newWorld(chain);
  for (const operation of beginning(world)) expect(op.perform(chain, operation)?.abort ?? null).toBeNull();
  const start = takeSnapshot(chain.ledger);
  let finding: string | null = null;
  for (let episode = 0; episode < EPISODES && finding === null; episode++) {
    restoreCheckpoint(chain.ledger, start);
    loadView(chain);
    const scenario = { variant: episode + 1, actions: seedsOf(31 + episode, ACTIONS) };
    finding = play(afresh(world), scenario, strictJudge(false), new Map()).finding;
  }
  closeChain(chain);
  expect(finding ?? 'nothing found').toMatch(mutant.finding);
};
