import { createMoveVm, type MoveVm, type PackageSource } from '@atoma/move-engine';
import type { Protocol } from '../protocol.ts';

/** A Move machine over a source of packages, by the rules of a protocol version. */
export const makeVm = (source: PackageSource, { chargesConstantValues, features }: Protocol): MoveVm =>
  createMoveVm(source, { chargesConstantValues, features });
