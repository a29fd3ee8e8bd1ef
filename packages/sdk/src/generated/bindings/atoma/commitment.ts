// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';

/** Calls `atoma::commitment::assert_hash`. */
export const assertHash = (packageId: string, ...values: readonly [argument0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::commitment::assert_hash`, ['object'], values);

/** Calls `atoma::commitment::unavailable`. */
export const unavailable = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::commitment::unavailable`, [], values);

/** Calls `atoma::commitment::is_unavailable`. */
export const isUnavailable = (packageId: string, ...values: readonly [argument0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::commitment::is_unavailable`, ['object'], values);

/** Calls `atoma::commitment::leaf`. */
export const leaf = (packageId: string, ...values: readonly [argument0: PureInput<IntegerInput>, argument1: PureInput<Iterable<number>>, argument2: PureInput<Iterable<number>>, argument3: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::commitment::leaf`, [m.u64, m.bytes, m.bytes, m.u64], values);

/** Calls `atoma::commitment::inner`. */
export const inner = (packageId: string, ...values: readonly [argument0: PureInput<Iterable<number>>, argument1: PureInput<Iterable<number>>]): CallBuilder =>
  moveCall(`${packageId}::commitment::inner`, [m.bytes, m.bytes], values);

/** Calls `atoma::commitment::history_root`. */
export const historyRoot = (packageId: string, ...values: readonly [argument0: PureInput<readonly Iterable<number>[]>]): CallBuilder =>
  moveCall(`${packageId}::commitment::history_root`, [bcs.vector(m.bytes)], values);

/** Calls `atoma::commitment::secret`. */
export const secret = (packageId: string, ...values: readonly [argument0: PureInput<Iterable<number>>, argument1: PureInput<IntegerInput>, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::commitment::secret`, [m.bytes, m.u64, m.u64], values);

/** Calls `atoma::commitment::party_leaf`. */
export const partyLeaf = (packageId: string, ...values: readonly [argument0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::commitment::party_leaf`, ['object', m.u64], values);

/** Calls `atoma::commitment::proof_of_secret`. */
export const proofOfSecret = (packageId: string, ...values: readonly [argument0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::commitment::proof_of_secret`, ['object', m.u64], values);

/** Calls `atoma::commitment::proof_of_leaves`. */
export const proofOfLeaves = (packageId: string, ...values: readonly [argument0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::commitment::proof_of_leaves`, ['object'], values);

/** Calls `atoma::commitment::accusation`. */
export const accusation = (packageId: string, ...values: readonly [argument0: ObjectInput, argument1: PureInput<string>, argument2: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::commitment::accusation`, ['object', m.address, 'object'], values);

/** Calls `atoma::commitment::vote`. */
export const vote = (packageId: string, ...values: readonly [argument0: PureInput<IntegerInput>, argument1: PureInput<IntegerInput>, argument2: PureInput<Iterable<number>>, argument3: PureInput<IntegerInput>, argument4: PureInput<Iterable<number>>, argument5: PureInput<boolean>]): CallBuilder =>
  moveCall(`${packageId}::commitment::vote`, [m.u64, m.u64, m.bytes, m.u64, m.bytes, bcs.bool()], values);
