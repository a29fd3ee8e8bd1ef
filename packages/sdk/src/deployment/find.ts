/** Finding the markets of a chain by the transactions that published them. For local ledgers, whose whole history is short. */
import { isAtomaError } from '@atoma/base';
import type { AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import { discoverDeployment } from './discover.ts';
import type { Deployment } from './record.ts';

/** What to look through. */
export interface FindDeploymentsParameters {
  readonly client: AtomaClient;
  /** Name the records carry. */
  readonly network: string;
  /** Checkpoints looked at, from the first. Default 500. */
  readonly checkpoints?: number;
}

const CHECKPOINTS = 500;
/** Checkpoints asked for at once. */
const PAGE = 25;
const readMask = { paths: ['transactions.effects.changed_objects'] };

const packagesOf = async ({ client, network }: FindDeploymentsParameters, sequenceNumber: bigint) => {
  const checkpointId = { oneofKind: 'sequenceNumber', sequenceNumber } as const;
  const call = client.ledgerService.getCheckpoint({ checkpointId, readMask }).response;
  const { checkpoint } = await reach(network, call);
  return (checkpoint?.transactions ?? [])
    .flatMap(({ effects }) => effects?.changedObjects ?? [])
    .filter(({ objectType }) => objectType === 'package')
    .map(({ objectId }) => String(objectId));
};

/** Every market published in the first checkpoints of a chain, oldest first; upgrades are not markets of their own. */
export const findDeployments = async (parameters: FindDeploymentsParameters): Promise<readonly Deployment[]> => {
  const { client, network, checkpoints = CHECKPOINTS } = parameters;
  const { checkpointHeight } = await reach(network, client.ledgerService.getServiceInfo({}).response);
  const last = Math.min(checkpoints, Number(checkpointHeight ?? 0n));
  const found = new Map<string, Deployment>();
  for (let from = 1; from <= last; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, last - from + 1) }, (_, i) => BigInt(from + i));
    const packages = (await Promise.all(page.map((each) => packagesOf(parameters, each)))).flat();
    for (const packageId of packages) {
      const market = await discoverDeployment({ client, packageId, network }).catch((error: unknown) => {
        if (isAtomaError(error, 'DEPLOYMENT_NOT_FOUND') || isAtomaError(error, 'NETWORK_REFUSED')) return undefined;
        if (isAtomaError(error, 'SDK_OBJECT_NOT_FOUND')) return undefined;
        throw error;
      });
      if (market) found.set(market.originalPackageId, market);
    }
  }
  return [...found.values()];
};
