/** Publishing the market: first TOMA, then Atoma linked against it, then the faucet is switched on. */
import { toBase64 } from '@mysten/bcs';
import type { SuiClientTypes } from '@mysten/sui/client';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { normalizeStructTag } from '@mysten/sui/utils';
import type { Atoma, AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import * as toma from '../generated/bindings/toma/toma.ts';
import { buildTransaction, executeBytes, type Ran } from '../internal/run-transaction.ts';
import { deploymentError } from '../sdk-errors.ts';
import type { Deployment } from './record.ts';
import { linkPackage, type ShippedPackage, shippedPackages } from './shipped.ts';

/** What happens next while publishing. */
export interface PublishStep {
  readonly step: 'publish-toma' | 'publish-atoma' | 'enable-faucet' | 'upgrade-atoma';
  /** Digest of the transaction that did it. */
  readonly digest: string;
  /** MIST spent on it. */
  readonly gas: bigint;
}

/** How to publish. */
export interface PublishAtomaParameters {
  readonly client: AtomaClient;
  /** Becomes manager, owner of the upgrade capabilities, and pays. */
  readonly signer: Signer;
  /** Name the record carries. */
  readonly network: string;
  /** Turn the TOMA faucet on. Default: everywhere but on `mainnet`. */
  readonly enableFaucet?: boolean;
  /** Called after each transaction. */
  readonly onStep?: (step: PublishStep) => void;
  /** MIST each transaction may spend; with it nothing is simulated first. Default: the chain's estimate. */
  readonly gasBudget?: bigint;
}

/** A finished publication. */
export interface PublishAtomaResult {
  readonly deployment: Deployment;
  /** MIST spent in all. */
  readonly gas: bigint;
}

/** A context before there is a deployment: publishing knows no ids yet. */
export const bareContext = (
  client: AtomaClient,
  signer: Signer,
  deployment: Deployment,
  gasBudget: bigint | null = null,
): Atoma => ({
  client,
  deployment,
  signer,
  sender: signer.toSuiAddress(),
  gasBudget,
});

/** An id where there is none yet. */
export const NO_ID = `0x${'0'.repeat(64)}`;

/** The record of a chain on which nothing is published yet. */
export const emptyRecord = (network: string, chainId: string, publisher: string): Deployment => ({
  network,
  chainId,
  generation: 'current',
  packageId: NO_ID,
  originalPackageId: NO_ID,
  dbId: null,
  tomaPackageId: null,
  tomaOriginalPackageId: null,
  faucetId: null,
  treasuryCapId: null,
  managerBadgeId: null,
  upgradeCapId: null,
  tomaUpgradeCapId: null,
  tomaMetadataId: null,
  publisher,
  digests: [],
  version: 1,
});

/** Names price and coins of the gas, so that nothing has to be simulated to find them. */
const payDirectly = async (atoma: Atoma, tx: Transaction): Promise<void> => {
  const { client, sender } = atoma;
  const { referenceGasPrice } = await client.core.getReferenceGasPrice();
  const { objects } = await client.listCoins({ owner: sender ?? '' });
  tx.setGasPrice(BigInt(referenceGasPrice));
  tx.setGasPayment(objects.map(({ objectId, version, digest }) => ({ objectId, version, digest })));
};

/** Runs one transaction of the publication to its end. Throws `DEPLOYMENT_PUBLISH_FAILED`. */
export const runStep = async (atoma: Atoma, name: string, fill: (tx: Transaction) => void): Promise<Ran> => {
  const tx = new Transaction();
  fill(tx);
  if (atoma.gasBudget !== null) await payDirectly(atoma, tx);
  const built = await buildTransaction(atoma, tx);
  const ran = built.kind === 'built' ? await executeBytes(atoma, built) : undefined;
  const failure = built.kind === 'refused' ? built.failure : ran?.failure;
  if (!ran || failure) {
    const { sentence = '', remedy = '' } = failure ?? {};
    throw deploymentError('PUBLISH_FAILED', { package: name, sentence, remedy });
  }
  return ran;
};

const publishPackage = (atoma: Atoma, shipped: ShippedPackage): Promise<Ran> =>
  runStep(atoma, shipped.name, (tx) => {
    const modules = shipped.modules.map(toBase64);
    const cap = tx.publish({ modules, dependencies: [...shipped.dependencies] });
    tx.transferObjects([cap], atoma.sender ?? '');
  });

const created = (ran: Ran): readonly SuiClientTypes.ChangedObject[] =>
  ran.changedObjects.filter((change) => change.idOperation === 'Created');

/** Id of the package a transaction published. */
export const publishedPackage = (ran: Ran): string => {
  const found = ran.changedObjects.find((change) => change.outputState === 'PackageWrite');
  if (!found)
    throw deploymentError('PUBLISH_FAILED', { package: ran.digest, sentence: 'no package was written', remedy: '' });
  return found.objectId;
};

/** Id of the only created object whose type matches; null when there is none. */
export const createdOfType = (ran: Ran, matches: (type: string) => boolean): string | null =>
  created(ran).find((change) => {
    const type = ran.objectTypes[change.objectId];
    return type?.includes('::') === true && matches(normalizeStructTag(type));
  })?.objectId ?? null;

const struct = (address: string, path: string) => {
  const exact = normalizeStructTag(`${address}::${path}`);
  return (type: string) => type === exact || type.startsWith(`${exact}<`);
};

/** What the publication of TOMA tells. */
export const tomaIds = (ran: Ran) => {
  const id = publishedPackage(ran);
  return {
    tomaPackageId: id,
    tomaOriginalPackageId: id,
    faucetId: createdOfType(ran, struct(id, 'toma::Faucet')),
    treasuryCapId: createdOfType(ran, struct('0x2', 'coin::TreasuryCap')),
    tomaMetadataId: createdOfType(ran, struct('0x2', 'coin::CoinMetadata')),
    tomaUpgradeCapId: createdOfType(ran, struct('0x2', 'package::UpgradeCap')),
  };
};

/** What the publication of the market tells. */
export const atomaIds = (ran: Ran) => {
  const id = publishedPackage(ran);
  return {
    packageId: id,
    originalPackageId: id,
    dbId: createdOfType(ran, struct(id, 'db::AtomaDb')),
    managerBadgeId: createdOfType(ran, struct(id, 'db::AtomaManagerBadge')),
    upgradeCapId: createdOfType(ran, struct('0x2', 'package::UpgradeCap')),
  };
};

const enable = (atoma: Atoma, { tomaPackageId, faucetId, treasuryCapId }: ReturnType<typeof tomaIds>): Promise<Ran> =>
  runStep(atoma, 'toma', (tx) => {
    tx.add(toma.enableFaucet(tomaPackageId, faucetId ?? '', treasuryCapId ?? ''));
  });

/**
 * Publishes both shipped packages and, unless on mainnet or told otherwise, switches the TOMA faucet on. Three transactions,
 * paid and signed by `signer`. Throws `DEPLOYMENT_PUBLISH_FAILED`, `SDK_INSUFFICIENT_SUI`, `NETWORK_*`.
 */
export const publishAtoma = async (parameters: PublishAtomaParameters): Promise<PublishAtomaResult> => {
  const { client, signer, network, onStep, enableFaucet = network !== 'mainnet' } = parameters;
  const shipped = await shippedPackages();
  const { chainIdentifier } = await reach(network, client.core.getChainIdentifier());
  const record = emptyRecord(network, chainIdentifier, signer.toSuiAddress());
  const atoma = bareContext(client, signer, record, parameters.gasBudget);
  const digests: string[] = [];
  let gas = 0n;
  const done = (step: PublishStep['step'], ran: Ran): Ran => {
    digests.push(ran.digest);
    gas += ran.gas.net;
    onStep?.({ step, digest: ran.digest, gas: ran.gas.net });
    return ran;
  };
  const coin = tomaIds(done('publish-toma', await publishPackage(atoma, shipped.toma)));
  const linked = linkPackage(shipped.atoma, shipped.toma, coin.tomaPackageId);
  const market = atomaIds(done('publish-atoma', await publishPackage(atoma, linked)));
  if (enableFaucet) done('enable-faucet', await enable(atoma, coin));
  return { deployment: { ...record, ...coin, ...market, digests }, gas };
};

/** How to upgrade. */
export interface UpgradeAtomaParameters {
  readonly client: AtomaClient;
  /** Owner of the upgrade capability. */
  readonly signer: Signer;
  readonly deployment: Deployment;
  readonly onStep?: (step: PublishStep) => void;
}

/** Sui's policy number of upgrades that must keep every public signature and layout. */
const COMPATIBLE = 0;

/**
 * Upgrades the market to the shipped bytecode; the db then needs `migrate`. Throws `DEPLOYMENT_NO_UPGRADE_CAP`,
 * `DEPLOYMENT_PUBLISH_FAILED`.
 */
export const upgradeAtoma = async (parameters: UpgradeAtomaParameters): Promise<PublishAtomaResult> => {
  const { client, signer, deployment, onStep } = parameters;
  const { upgradeCapId, tomaPackageId, network } = deployment;
  if (upgradeCapId === null || tomaPackageId === null) throw deploymentError('NO_UPGRADE_CAP', { network });
  const shipped = await shippedPackages();
  const linked = linkPackage(shipped.atoma, shipped.toma, tomaPackageId);
  const atoma = bareContext(client, signer, deployment);
  const ran = await runStep(atoma, 'atoma', (tx) => {
    const cap = tx.object(upgradeCapId);
    const digest = tx.pure.vector('u8', [...linked.digest]);
    const ticket = tx.moveCall({
      target: '0x2::package::authorize_upgrade',
      arguments: [cap, tx.pure.u8(COMPATIBLE), digest],
    });
    const modules = linked.modules.map(toBase64);
    const receipt = tx.upgrade({
      modules,
      dependencies: [...linked.dependencies],
      package: deployment.packageId,
      ticket,
    });
    tx.moveCall({ target: '0x2::package::commit_upgrade', arguments: [cap, receipt] });
  });
  onStep?.({ step: 'upgrade-atoma', digest: ran.digest, gas: ran.gas.net });
  const digests = [...deployment.digests, ran.digest];
  const upgraded = { ...deployment, packageId: publishedPackage(ran), version: deployment.version + 1, digests };
  return { deployment: upgraded, gas: ran.gas.net };
};
