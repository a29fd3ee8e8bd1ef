/** Finding every id of a deployment from its package id alone: the publication's effects tell them. */
import { normalizeStructTag, parseStructTag } from '@mysten/sui/utils';
import type { AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import { packageOrigin } from '../internal/packages.ts';
import { runOf } from '../internal/run-transaction.ts';
import { deploymentError } from '../sdk-errors.ts';
import { parseObjectId } from '../values/ids.ts';
import { atomaIds, tomaIds } from './publish.ts';
import type { Deployment } from './record.ts';

/** What to look at. */
export interface DiscoverDeploymentParameters {
  readonly client: AtomaClient;
  /** Any version of the market's package. */
  readonly packageId: string;
  /** Name the record carries. */
  readonly network: string;
}

/** The transaction that published the first version of a package. */
const publication = async (client: AtomaClient, originalId: string) => {
  const { object } = await reach(
    client.network,
    client.getObject({ objectId: originalId, include: { previousTransaction: true } }),
  );
  const digest = object.previousTransaction ?? '';
  return runOf(client, digest);
};

/** TOMA's package, from the coin type the market's purchase takes. */
const tomaPackage = async (client: AtomaClient, packageId: string): Promise<string | null> => {
  const call = client.core.getMoveFunction({ packageId, moduleName: 'db', name: 'acquire_new_stack_entry' });
  const { function: entry } = await reach(client.network, call);
  for (const { body } of entry.parameters) {
    const [argument] = body.$kind === 'datatype' ? body.datatype.typeParameters : [];
    if (argument?.$kind !== 'datatype') continue;
    const tag = parseStructTag(normalizeStructTag(argument.datatype.typeName));
    if (tag.module === 'toma') return tag.address;
  }
  return null;
};

/** The record of the deployment a package belongs to. Throws `DEPLOYMENT_NOT_FOUND`. */
export const discoverDeployment = async (parameters: DiscoverDeploymentParameters): Promise<Deployment> => {
  const { client, network } = parameters;
  const packageId = parseObjectId(parameters.packageId);
  const fault = (why: string) => deploymentError('NOT_FOUND', { packageId, network, why });
  const origin = await packageOrigin(client, packageId);
  if (!origin) throw fault('there is no such package');
  const published = await publication(client, origin.originalId);
  const market = atomaIds(published);
  if (market.dbId === null) throw fault('it is not a market package');
  const coinPackage = await tomaPackage(client, packageId);
  if (coinPackage === null) throw fault('its purchase takes no TOMA');
  const coinPublished = await publication(client, coinPackage);
  const { chainIdentifier } = await reach(network, client.core.getChainIdentifier());
  return {
    network,
    chainId: chainIdentifier,
    generation: 'current',
    ...tomaIds(coinPublished),
    ...market,
    packageId,
    publisher: null,
    digests: [coinPublished.digest, published.digest],
    version: origin.version,
  };
};
