/** The ids a Move call on the market starts with. */
import type { Atoma } from '../context/atoma.ts';
import { requireId } from '../deployment/record.ts';

/** Package and database of the market. */
export const market = (atoma: Atoma): readonly [packageId: string, dbId: string] => [
  atoma.deployment.packageId,
  requireId(atoma.deployment, 'dbId'),
];

/** Package and faucet of TOMA. */
export const coin = (atoma: Atoma): readonly [packageId: string, faucetId: string] => [
  requireId(atoma.deployment, 'tomaPackageId'),
  requireId(atoma.deployment, 'faucetId'),
];
