/**
 * The random scenarios are worth what they notice. Here the contract is compiled with one fault planted at a time, and the
 * scenarios have to find each of them.
 */
import type { Signer } from '@mysten/sui/cryptography';
import { expect, test } from 'vitest';
import { restoreCheckpoint, takeSnapshot } from '../../packages/localnet/src/index.ts';
import { atomaIds, runStep, tomaIds } from '../../packages/sdk/src/deployment/publish.ts';
import { linkPackage, type ShippedPackage } from '../../packages/sdk/src/deployment/shipped.ts';
import {
  type AtomaClient,
  createAtoma,
  type Deployment,
  enableFaucet,
  executedResult,
  shippedPackages,
} from '../../packages/sdk/src/index.ts';
import { compileSources, findPackage } from '../../tools/move/src/index.ts';
import { readPackage } from '../../tools/move/src/packages.ts';
import { closeChain, openChain } from './driver/chain.ts';
import * as op from './driver/operations.ts';
import { loadView } from './driver/view.ts';
import { seedsOf } from './model/random.ts';
import { play, strictJudge } from './model/scenario.ts';
import { afresh, beginning, newWorld } from './model/world.ts';

/** One edit of the sources and what the scenarios must say about it. */
interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
  readonly finding: RegExp;
}

const MUTANTS: readonly Mutant[] = [
  {
    name: 'a task keeps counting its ended stacks',
    file: 'stack',
    from: 'task::get_mut(tasks, task).stack_ended();',
    to: 'task::get(tasks, task);',
    finding: /open stacks of task/,
  },
  {
    name: 'a moved slot is not told its new place',
    file: 'task',
    from: 'self.subscriptions[moved.node].index = index;',
    to: '',
    finding: /the slot of node|nameless/,
  },
  {
    name: 'a coin’s value is not looked at before it is split',
    file: 'money',
    from: 'assert!(coin.value() >= amount, EInsufficientFunds);',
    to: '',
    finding: /nameless/,
  },
  {
    name: 'the selected node may attest itself',
    file: 'settlement',
    from: 'excluded.push_back(stack.node());\n    let owner = node::get(nodes, stack.node()).owner();',
    to: 'let owner = @0x0;',
    finding: /has the attesters/,
  },
  {
    name: 'a dispute waits for every vote for ever',
    file: 'dispute',
    from: 'epoch >= self.reveal_deadline\n        || (self.is_commit_over(epoch) && self.filled(&self.secrets) == self.filled(&self.commits))',
    to: 'self.is_commit_over(epoch) && self.filled(&self.secrets) == self.jurors.length()',
    finding: /there are still the stacks/,
  },
];

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

test.each(MUTANTS)('$name: found', async (mutant) => {
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
});
