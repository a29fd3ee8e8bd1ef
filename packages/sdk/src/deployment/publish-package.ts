/** Publishing a package of anybody's: no market is needed. */
import type { Signer } from '@mysten/sui/cryptography';
import { normalizeStructTag } from '@mysten/sui/utils';
import type { Atoma, AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import { defineWrite } from '../internal/define-write.ts';
import { bareContext, createdOfType, emptyRecord, NO_ID, publishedPackage } from './publish.ts';

/** What {@link publishModules} takes. */
export interface PublishModulesParameters {
  /** Bytecode, base64, compiled at address 0. */
  readonly modules: readonly string[];
  /** Ids of the packages it links to. */
  readonly dependencies: readonly string[];
}

/** What {@link publishModules} made. */
export interface PublishModulesResult {
  readonly packageId: string;
  /** Its owner may upgrade the package; the sender has it. */
  readonly upgradeCapId: string | null;
  /** Every other object that publishing created, initializers included. */
  readonly objects: readonly { readonly id: string; readonly type: string }[];
}

const UPGRADE_CAP = normalizeStructTag('0x2::package::UpgradeCap');

/** A context for a chain on which no market is needed: writes of {@link publishModules} alone work with it. */
export const contextWithoutMarket = async (
  client: AtomaClient,
  signer: Signer,
  network: string,
  gasBudget?: bigint,
): Promise<Atoma> => {
  const { chainIdentifier } = await reach(network, client.core.getChainIdentifier());
  const record = { ...emptyRecord(network, chainIdentifier, signer.toSuiAddress()), tomaOriginalPackageId: NO_ID };
  return bareContext(client, signer, { ...record, tomaPackageId: NO_ID }, gasBudget);
};

/** Publishes compiled modules as one package and gives its upgrade capability to the sender. */
export const publishModules = defineWrite<PublishModulesParameters, PublishModulesResult>({
  label: 'move publish',
  build: async (atoma, tx, { modules, dependencies }) => {
    const cap = tx.publish({ modules: [...modules], dependencies: [...dependencies] });
    tx.transferObjects([cap], atoma.sender ?? '');
  },
  parse: (ran) => {
    const upgradeCapId = createdOfType(ran, (type) => type === UPGRADE_CAP);
    const packageId = publishedPackage(ran);
    const objects = ran.changedObjects
      .filter(({ idOperation, objectId }) => idOperation === 'Created' && objectId !== packageId)
      .filter(({ objectId }) => objectId !== upgradeCapId)
      .map(({ objectId }) => ({ id: objectId, type: ran.objectTypes[objectId] ?? '' }));
    return { packageId, upgradeCapId, objects };
  },
});
