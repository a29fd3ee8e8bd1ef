/** Reading packages from the chain. */
import type { AtomaClient } from '../context/atoma.ts';
import { reach } from '../failures/network.ts';
import { networkError } from '../sdk-errors.ts';

/** Modules of a package; null when there is no such package. */
export const packageModules = async (client: AtomaClient, id: string): Promise<readonly Uint8Array[] | null> => {
  const call = client.ledgerService.getObject({ objectId: id, readMask: { paths: ['package'] } });
  try {
    const { response } = await call;
    const modules = response.object?.package?.modules;
    return modules ? modules.map(({ contents }) => contents ?? new Uint8Array()) : null;
  } catch (error) {
    if ((error as { code?: string }).code === 'NOT_FOUND') return null;
    return reach(client.network, Promise.reject(error));
  }
};

/** Where a package came from. */
export interface PackageOrigin {
  readonly storageId: string;
  readonly originalId: string;
  readonly version: number;
}

/** First id and version of a package; null when there is no such package. */
export const packageOrigin = async (client: AtomaClient, id: string): Promise<PackageOrigin | null> => {
  try {
    const { response } = await client.movePackageService.getPackage({ packageId: id });
    const { storageId, originalId, version } = response.package ?? {};
    if (storageId === undefined || originalId === undefined)
      throw networkError('REFUSED', { network: client.network, why: `package ${id} has no origin` });
    return { storageId, originalId, version: Number(version ?? 1n) };
  } catch (error) {
    if ((error as { code?: string }).code === 'NOT_FOUND') return null;
    return reach(client.network, Promise.reject(error));
  }
};
