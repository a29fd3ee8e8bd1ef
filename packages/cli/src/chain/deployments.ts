import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Deployment,
  decodeDeployment,
  discoverDeployment,
  encodeDeployment,
  findDeployments,
  knownDeployments,
  publicId,
} from '@atoma/sdk';
import { fileName, writePrivateFile } from '../config/home.ts';
import type { Network } from '../config/networks.ts';
import type { Setting, Settings } from '../config/settings.ts';
import { cliError } from '../kernel/cli-errors.ts';
import { answerOf, type Chain } from './chain.ts';

/** The record of a network's deployment. */
export const deploymentFile = (settings: Settings, network: string): string =>
  join(settings.home.deployments, `${fileName(network)}.json`);

const discoveredFile = (settings: Settings, network: string, packageId: string): string =>
  join(settings.home.deployments, `${fileName(network)}-${packageId}.json`);

const readFile = (file: string): Deployment | undefined =>
  existsSync(file) ? decodeDeployment(readFileSync(file, 'utf8')) : undefined;

/** The record that lies beside the embedded ledger's data. */
const embeddedFile = (settings: Settings): string => join(settings.home.embedded, 'deployment.json');

/** Keeps the record of a network's deployment. */
export const saveDeployment = (settings: Settings, { network }: Chain, deployment: Deployment): void => {
  const file = network.kind === 'embedded' ? embeddedFile(settings) : deploymentFile(settings, network.name);
  writePrivateFile(file, encodeDeployment(deployment));
};

const chainIdOf = async (chain: Chain): Promise<string> =>
  (await answerOf(chain, chain.client.core.getChainIdentifier())).chainIdentifier;

/** A local ledger may be our own embedded one, served: then its record is the one that lies beside it. */
const servedEmbedded = async (settings: Settings, chain: Chain): Promise<Deployment | undefined> => {
  if (chain.network.kind === 'public') return undefined;
  const beside = readFile(embeddedFile(settings));
  return beside && beside.chainId === (await chainIdOf(chain)) ? beside : undefined;
};

/** The record kept under the network's name; one of a local ledger that was made anew since does not count. */
const namedRecord = async (settings: Settings, chain: Chain): Promise<Deployment | undefined> => {
  const record = readFile(deploymentFile(settings, chain.network.name));
  if (!record || chain.network.kind === 'public') return record;
  return record.chainId === (await chainIdOf(chain)) ? record : undefined;
};

/** The deployment recorded for the chain, if any: ours, the served embedded ledger's, or a public one. */
export const recordedDeployment = async (settings: Settings, chain: Chain): Promise<Deployment | undefined> =>
  chain.deployment ??
  (await namedRecord(settings, chain)) ??
  (await servedEmbedded(settings, chain)) ??
  knownDeployments[chain.network.name];

/**
 * The market that others published on a shared local ledger; it is recorded, so that it is looked for once. Throws
 * `CLI_MARKETS_FOUND` when there are several.
 */
export const foundDeployment = async (settings: Settings, chain: Chain): Promise<Deployment | undefined> => {
  const { name, kind } = chain.network;
  if (kind !== 'localnet') return undefined;
  const [first, ...others] = await findDeployments({ client: chain.client, network: name });
  if (others.length > 0) {
    const ids = [first, ...others].map((each) => each?.packageId).join(', ');
    throw cliError('MARKETS_FOUND', { network: name, ids, first: String(first?.packageId) });
  }
  if (!first) return undefined;
  saveDeployment(settings, chain, first);
  chain.note?.(`found the market ${first.packageId} on ${name}; it is used from now on`);
  return first;
};

/** The deployment recorded for a network, without asking it; undefined where only the chain itself can tell. */
export const recordOf = (settings: Settings, { kind, name }: Network): Deployment | undefined =>
  kind === 'embedded'
    ? readFile(embeddedFile(settings))
    : (readFile(deploymentFile(settings, name)) ?? knownDeployments[name]);

const isOneOf = (id: string, ...known: readonly (string | null)[]): boolean => known.includes(id);

const padded = (id: string | undefined): string | undefined =>
  id === undefined ? undefined : `0x${id.replace(/^0x/, '').toLowerCase().padStart(64, '0')}`;

/** True when the ids asked for are those of the record. */
const fits = (recorded: Deployment, packageId: string | undefined, tomaPackageId: string | undefined): boolean =>
  (packageId === undefined || isOneOf(packageId, recorded.packageId, recorded.originalPackageId)) &&
  (tomaPackageId === undefined || isOneOf(tomaPackageId, recorded.tomaPackageId, recorded.tomaOriginalPackageId));

const discover = async (settings: Settings, chain: Chain, packageId: string): Promise<Deployment> => {
  const file = discoveredFile(settings, chain.network.name, packageId);
  const known = readFile(file);
  if (known?.chainId === (await chainIdOf(chain))) return known;
  const found = await discoverDeployment({ client: chain.client, packageId, network: chain.network.name });
  writePrivateFile(file, encodeDeployment(found));
  return found;
};

/** Whether this may be the public network of that name: by its own name, or a public one under a name of the user's. */
const mayBe = ({ network }: Chain, name: string): boolean =>
  network.name === name || (network.kind === 'public' && !['devnet', 'testnet', 'mainnet'].includes(network.name));

/** An id from a flag or setting, written out; throws for one that is known to be another network's. */
const idOf = (chain: Chain, { value, origin, removal }: Setting): string | undefined => {
  const id = padded(value);
  const known = id === undefined ? undefined : publicId(id);
  if (id === undefined || known === undefined || mayBe(chain, known.network)) return id;
  const flag = origin.replace(/^(flag|environment) /, '');
  const { what, network: where } = known;
  throw cliError('PUBLIC_ID', { flag, id, what, where, network: chain.network.name, removal });
};

/** The deployment a command works on: the recorded one, or the one whose package is named by a flag or setting. */
export const activeDeployment = async (settings: Settings, chain: Chain): Promise<Deployment> => {
  const packageId = idOf(chain, settings.get('package'));
  const tomaPackageId = idOf(chain, settings.get('tomaPackage'));
  const db = idOf(chain, settings.get('db'));
  const older = knownDeployments[chain.network.name];
  if (older && packageId !== undefined && publicId(packageId)) return { ...older, packageId };
  const recorded =
    (await recordedDeployment(settings, chain)) ??
    (packageId === undefined ? await foundDeployment(settings, chain) : undefined);
  const deployment =
    recorded && fits(recorded, packageId, tomaPackageId)
      ? recorded
      : packageId === undefined
        ? unknownToma(chain, recorded, tomaPackageId)
        : await discover(settings, chain, packageId);
  if (!fits(deployment, packageId, tomaPackageId)) return unknownToma(chain, deployment, tomaPackageId);
  return db === undefined ? deployment : { ...deployment, dbId: db };
};

const unknownToma = (chain: Chain, recorded: Deployment | undefined, tomaPackageId: string | undefined): never => {
  if (!recorded || tomaPackageId === undefined) throw cliError('NO_DEPLOYMENT', { network: chain.network.name });
  throw cliError('NOT_FOUND', {
    what: `TOMA package ${tomaPackageId}`,
    network: chain.network.name,
    hint: `The recorded one is ${recorded.tomaPackageId}; leave --toma-package out to use it, or name the market with --package too.`,
  });
};
