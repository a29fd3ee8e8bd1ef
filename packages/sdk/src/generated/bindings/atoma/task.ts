// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';
import * as small_idModule from './small_id.ts';

/** Layout of `atoma::task::TaskBadge`. */
export const TaskBadge = bcs.struct('TaskBadge', { id: m.address, smallId: small_idModule.TaskSmallId });
/** A decoded `atoma::task::TaskBadge`. */
export type TaskBadge = typeof TaskBadge.$inferType;

/** Layout of `atoma::task::Subscription`. */
export const Subscription = bcs.struct('Subscription', { price: m.u64, maxUnits: m.u64, index: m.u64 });
/** A decoded `atoma::task::Subscription`. */
export type Subscription = typeof Subscription.$inferType;

/** Layout of `atoma::task::SlotKey`. */
export const SlotKey = bcs.struct('SlotKey', { bucket: m.u64, index: m.u64 });
/** A decoded `atoma::task::SlotKey`. */
export type SlotKey = typeof SlotKey.$inferType;

/** Layout of `atoma::task::Slot`. */
export const Slot = bcs.struct('Slot', { node: m.u64, price: m.u64, maxUnits: m.u64 });
/** A decoded `atoma::task::Slot`. */
export type Slot = typeof Slot.$inferType;

/** Layout of `atoma::task::Task`. */
export const Task = bcs.struct('Task', { role: bcs.u16(), modelName: bcs.option(bcs.string()), level: bcs.u16(), minimumReputation: bcs.u8(), deprecatedEpoch: m.u64, openStacks: m.u64, bucketSizes: bcs.vector(m.u64), subscriptions: m.collection, slots: m.collection });
/** A decoded `atoma::task::Task`. */
export type Task = typeof Task.$inferType;

/** Layout of `atoma::task::Range`. */
export const Range = bcs.struct('Range', { buckets: bcs.vector(m.u64), ends: bcs.vector(m.u64), total: m.u64 });
/** A decoded `atoma::task::Range`. */
export type Range = typeof Range.$inferType;

/** Calls `atoma::task::badge_small_id`. */
export const badgeSmallId = (packageId: string, ...values: readonly [taskBadge0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::badge_small_id`, ['object'], values);

/** Calls `atoma::task::role`. */
export const role = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::role`, ['object'], values);

/** Calls `atoma::task::model_name`. */
export const modelName = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::model_name`, ['object'], values);

/** Calls `atoma::task::level`. */
export const level = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::level`, ['object'], values);

/** Calls `atoma::task::minimum_reputation`. */
export const minimumReputation = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::minimum_reputation`, ['object'], values);

/** Calls `atoma::task::open_stacks`. */
export const openStacks = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::open_stacks`, ['object'], values);

/** Calls `atoma::task::is_active`. */
export const isActive = (packageId: string, ...values: readonly [task0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::task::is_active`, ['object', m.u64], values);

/** Calls `atoma::task::deprecated_epoch`. */
export const deprecatedEpoch = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::deprecated_epoch`, ['object'], values);

/** Calls `atoma::task::subscribers`. */
export const subscribers = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::subscribers`, ['object'], values);

/** Calls `atoma::task::is_subscribed`. */
export const isSubscribed = (packageId: string, ...values: readonly [task0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::task::is_subscribed`, ['object', m.u64], values);

/** Calls `atoma::task::least_price`. */
export const leastPrice = (packageId: string, ...values: readonly [task0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::task::least_price`, ['object'], values);
