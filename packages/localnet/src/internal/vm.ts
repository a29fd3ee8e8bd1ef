import { createMoveVm, type MoveVm, type PackageSource } from '@atoma/move-engine';

/** A Move machine over a source of packages. */
export const makeVm = (source: PackageSource): MoveVm => createMoveVm(source);
