import type { MoveVm, PackageSource } from '@atoma/move-engine';
import { ledgerError } from '../errors.ts';

/** A Move machine over a source of packages. */
export const makeVm = (_source: PackageSource): MoveVm => {
  throw ledgerError('UNSUPPORTED', { feature: 'execution' });
};
