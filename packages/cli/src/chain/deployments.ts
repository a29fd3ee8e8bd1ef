import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Deployment,
  decodeDeployment,
  discoverDeployment,
  encodeDeployment,
  knownDeployments,
  toAtomaError,
} from '@atoma/sdk';
import { fileName, writePrivateFile } from '../config/home.ts';
import type { Settings } from '../config/settings.ts';
import { cliError } from '../kernel/errors.ts';
import type { Chain } from './chain.ts';

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

const chainIdOf = async (chain: Chain): Promise<string> => {
  try {
    return (await chain.client.core.getChainIdentifier()).chainIdentifier;
  } catch (error) {
    throw toAtomaError(error, `${chain.network.name} (${chain.url})`);
  }
};

/** A local ledger may be our own embedded one, served: then its record is the one that lies beside it. */
const servedEmbedded = async (settings: Settings, chain: Chain): Promise<Deployment | undefined> => {
  if (chain.network.kind === 'public') return undefined;
  const beside = readFile(embeddedFile(settings));
  return beside && beside.chainId === (await chainIdOf(chain)) ? beside : undefined;
};

/** The deployment recorded for the chain, if any: ours, the served embedded ledger's, or a public one. */
export const recordedDeployment = async (settings: Settings, chain: Chain): Promise<Deployment | undefined> =>
  chain.deployment ??
  readFile(deploymentFile(settings, chain.network.name)) ??
  (await servedEmbedded(settings, chain)) ??
  knownDeployments[chain.network.name];

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

/** The deployment a command works on: the recorded one, or the one whose package is named by a flag or setting. */
export const activeDeployment = async (settings: Settings, chain: Chain): Promise<Deployment> => {
  const packageId = padded(settings.get('package').value);
  const tomaPackageId = padded(settings.get('tomaPackage').value);
  const db = padded(settings.get('db').value);
  const recorded = await recordedDeployment(settings, chain);
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
