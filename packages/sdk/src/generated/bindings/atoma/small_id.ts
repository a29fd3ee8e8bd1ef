// Generated from the compiled Move package by src/codegen; do not edit.
import { type CallBuilder, type ObjectInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';

/** Layout of `atoma::small_id::NodeSmallId`, its one number. */
export const NodeSmallId = m.u64;
/** A decoded `atoma::small_id::NodeSmallId`. */
export type NodeSmallId = typeof NodeSmallId.$inferType;

/** Layout of `atoma::small_id::TaskSmallId`, its one number. */
export const TaskSmallId = m.u64;
/** A decoded `atoma::small_id::TaskSmallId`. */
export type TaskSmallId = typeof TaskSmallId.$inferType;

/** Layout of `atoma::small_id::StackSmallId`, its one number. */
export const StackSmallId = m.u64;
/** A decoded `atoma::small_id::StackSmallId`. */
export type StackSmallId = typeof StackSmallId.$inferType;

/** Calls `atoma::small_id::node_inner`. */
export const nodeInner = (packageId: string, ...values: readonly [nodeSmallId0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::small_id::node_inner`, ['object'], values);

/** Calls `atoma::small_id::task_inner`. */
export const taskInner = (packageId: string, ...values: readonly [taskSmallId0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::small_id::task_inner`, ['object'], values);

/** Calls `atoma::small_id::stack_inner`. */
export const stackInner = (packageId: string, ...values: readonly [stackSmallId0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::small_id::stack_inner`, ['object'], values);
