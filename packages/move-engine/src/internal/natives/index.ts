import { accumulatorNatives } from './accumulators.ts';
import { blsNatives } from './bls12381.ts';
import { cryptoNatives } from './crypto.ts';
import { groth16Natives } from './groth16.ts';
import { groupNatives } from './group-ops.ts';
import { nitroNatives } from './nitro.ts';
import { poseidonNatives } from './poseidon.ts';
import type { Natives } from './registry.ts';
import { scratchNatives } from './scratch.ts';
import { stdNatives } from './std.ts';
import { suiNatives } from './sui.ts';

/** Every native the engine has. */
export const allNatives: Natives = {
  ...stdNatives,
  ...suiNatives,
  ...blsNatives,
  ...cryptoNatives,
  ...groth16Natives,
  ...groupNatives,
  ...nitroNatives,
  ...poseidonNatives,
  ...accumulatorNatives,
  ...scratchNatives,
};
