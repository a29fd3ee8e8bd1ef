/** The record of one deployment: every id a client of the market needs on one network. */
import { deploymentError, sdkError } from '../sdk-errors.ts';
import { parseObjectId } from '../values/ids.ts';

/** Ids are `0x` and 64 hex digits; null where the network has none or it is not known. */
export interface Deployment {
  readonly network: string;
  /** Digest of the chain's genesis checkpoint, base58; null when the record was written without asking the chain. */
  readonly chainId: string | null;
  /** `older`: another contract than this SDK's, kept for reference. */
  readonly generation: 'current' | 'older';
  /** Storage id of the newest version of the market's package: what calls name. */
  readonly packageId: string;
  /** First version of the package: what types and events name. */
  readonly originalPackageId: string;
  /** The shared `AtomaDb`. */
  readonly dbId: string | null;
  readonly tomaPackageId: string | null;
  readonly tomaOriginalPackageId: string | null;
  /** The shared test faucet of TOMA. */
  readonly faucetId: string | null;
  readonly treasuryCapId: string | null;
  /** The publisher's manager badge. */
  readonly managerBadgeId: string | null;
  readonly upgradeCapId: string | null;
  readonly tomaUpgradeCapId: string | null;
  /** The coin's metadata object. */
  readonly tomaMetadataId: string | null;
  /** Address that published. */
  readonly publisher: string | null;
  /** Digests of the transactions that made this deployment, oldest first. */
  readonly digests: readonly string[];
  /** Version of the package on chain, from 1. */
  readonly version: number;
}

const FORMAT = 1;
const ID_FIELDS = [
  'dbId',
  'tomaPackageId',
  'tomaOriginalPackageId',
  'faucetId',
  'treasuryCapId',
  'managerBadgeId',
  'upgradeCapId',
  'tomaUpgradeCapId',
  'tomaMetadataId',
  'publisher',
] as const;

/** The record as JSON text. */
export const encodeDeployment = (deployment: Deployment): string =>
  `${JSON.stringify({ format: FORMAT, ...deployment }, null, 2)}\n`;

const fault = (why: string) => deploymentError('RECORD', { why });

const optionalId = (value: unknown, name: string): string | null => {
  if (value === null || value === undefined) return null;
  if (typeof value !== 'string') throw fault(`${name} is not text`);
  return parseObjectId(value);
};

const requiredId = (value: unknown, name: string): string => {
  const id = optionalId(value, name);
  if (id === null) throw fault(`${name} is missing`);
  return id;
};

const parseRecord = (text: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch (cause) {
    throw fault((cause as Error).message);
  }
  throw fault('it is not an object');
};

/** Reads what {@link encodeDeployment} wrote. Throws `DEPLOYMENT_RECORD`. */
export const decodeDeployment = (text: string): Deployment => {
  const record = parseRecord(text);
  if (record.format !== FORMAT) throw fault(`format ${String(record.format)} is not known`);
  if (typeof record.network !== 'string') throw fault('network is missing');
  const packageId = requiredId(record.packageId, 'packageId');
  const ids = Object.fromEntries(ID_FIELDS.map((name) => [name, optionalId(record[name], name)]));
  return {
    network: record.network,
    chainId: typeof record.chainId === 'string' ? record.chainId : null,
    generation: record.generation === 'older' ? 'older' : 'current',
    packageId,
    originalPackageId: optionalId(record.originalPackageId, 'originalPackageId') ?? packageId,
    ...(ids as Record<(typeof ID_FIELDS)[number], string | null>),
    digests: Array.isArray(record.digests) ? record.digests.map(String) : [],
    version: Number.isSafeInteger(record.version) ? (record.version as number) : 1,
  };
};

/** An id the record must have for this call. Throws `SDK_DEPLOYMENT_INCOMPLETE`. */
export const requireId = (deployment: Deployment, field: (typeof ID_FIELDS)[number]): string => {
  const id = deployment[field];
  if (id === null) throw sdkError('DEPLOYMENT_INCOMPLETE', { network: deployment.network, what: field });
  return id;
};

/** The coin type `0x..::toma::TOMA` of the deployment. */
export const tomaType = (deployment: Deployment): string =>
  `${requireId(deployment, 'tomaOriginalPackageId')}::toma::TOMA`;

/** A type of the market's package, by its defining id: `marketType(d, 'db', 'AtomaDb')`. */
export const marketType = (deployment: Deployment, module: string, name: string): string =>
  `${deployment.originalPackageId}::${module}::${name}`;
