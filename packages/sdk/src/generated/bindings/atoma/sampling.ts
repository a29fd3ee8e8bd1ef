// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import * as m from '../../../internal/move-types.ts';

/** Layout of `atoma::sampling::Rule`. */
export const Rule = bcs.struct('Rule', { epoch: m.u64, minimumReputation: bcs.u8(), maxPrice: m.u64, minUnits: m.u64, confidential: bcs.bool(), freeStake: m.u64, bonds: bcs.bool(), stake: m.u64, excludedNodes: bcs.vector(m.u64), excludedOwners: bcs.vector(m.address), distinctOwners: bcs.bool() });
/** A decoded `atoma::sampling::Rule`. */
export type Rule = typeof Rule.$inferType;
