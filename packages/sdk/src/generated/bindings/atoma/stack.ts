// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';
import * as configModule from './config.ts';
import * as small_idModule from './small_id.ts';

/** Layout of `atoma::stack::StackBadge`. */
export const StackBadge = bcs.struct('StackBadge', { id: m.address, smallId: small_idModule.StackSmallId });
/** A decoded `atoma::stack::StackBadge`. */
export type StackBadge = typeof StackBadge.$inferType;

/** Layout of `atoma::stack::Stack`. */
export const Stack = bcs.struct('Stack', { owner: m.address, task: m.u64, node: m.u64, nodeAddress: m.address, keyHash: m.bytes, price: m.u64, units: m.u64, level: bcs.u16(), terms: configModule.Terms, escrow: m.u64, bond: m.u64, boughtEpoch: m.u64, noticeEpoch: m.u64 });
/** A decoded `atoma::stack::Stack`. */
export type Stack = typeof Stack.$inferType;

/** Calls `atoma::stack::badge_small_id`. */
export const badgeSmallId = (packageId: string, ...values: readonly [stackBadge0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::badge_small_id`, ['object'], values);

/** Calls `atoma::stack::owner`. */
export const owner = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::owner`, ['object'], values);

/** Calls `atoma::stack::task`. */
export const task = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::task`, ['object'], values);

/** Calls `atoma::stack::node`. */
export const node = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::node`, ['object'], values);

/** Calls `atoma::stack::node_address`. */
export const nodeAddress = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::node_address`, ['object'], values);

/** Calls `atoma::stack::key_hash`. */
export const keyHash = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::key_hash`, ['object'], values);

/** Calls `atoma::stack::price`. */
export const price = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::price`, ['object'], values);

/** Calls `atoma::stack::units`. */
export const units = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::units`, ['object'], values);

/** Calls `atoma::stack::level`. */
export const level = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::level`, ['object'], values);

/** Calls `atoma::stack::terms`. */
export const terms = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::terms`, ['object'], values);

/** Calls `atoma::stack::escrow`. */
export const escrow = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::escrow`, ['object'], values);

/** Calls `atoma::stack::bond`. */
export const bond = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::bond`, ['object'], values);

/** Calls `atoma::stack::bought_epoch`. */
export const boughtEpoch = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::bought_epoch`, ['object'], values);

/** Calls `atoma::stack::expiry_epoch`. */
export const expiryEpoch = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::expiry_epoch`, ['object'], values);

/** Calls `atoma::stack::has_notice`. */
export const hasNotice = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::has_notice`, ['object'], values);

/** Calls `atoma::stack::reclaim_epoch`. */
export const reclaimEpoch = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::reclaim_epoch`, ['object'], values);

/** Calls `atoma::stack::value`. */
export const value = (packageId: string, ...values: readonly [stack0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::stack::value`, ['object'], values);

/** Calls `atoma::stack::fee`. */
export const fee = (packageId: string, ...values: readonly [stack0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::stack::fee`, ['object', m.u64], values);
