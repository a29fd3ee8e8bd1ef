// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type ObjectInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';

/** Layout of `atoma::settlement::Ticket`. */
export const Ticket = bcs.struct('Ticket', { claimed: m.u64, root: m.bytes, inputs: m.bytes, seed: m.bytes, leaves: bcs.vector(m.bytes), attesters: bcs.vector(m.u64), attested: bcs.vector(bcs.bool()), drawn: bcs.vector(m.u64), required: bcs.bool(), surcharge: m.u64, deadline: m.u64, windowLeft: m.u64, redraws: bcs.u8(), slashed: m.u64, state: bcs.u8() });
/** A decoded `atoma::settlement::Ticket`. */
export type Ticket = typeof Ticket.$inferType;

/** Calls `atoma::settlement::claimed`. */
export const claimed = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::claimed`, ['object'], values);

/** Calls `atoma::settlement::root`. */
export const root = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::root`, ['object'], values);

/** Calls `atoma::settlement::inputs`. */
export const inputs = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::inputs`, ['object'], values);

/** Calls `atoma::settlement::seed`. */
export const seed = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::seed`, ['object'], values);

/** Calls `atoma::settlement::leaves`. */
export const leaves = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::leaves`, ['object'], values);

/** Calls `atoma::settlement::is_required`. */
export const isRequired = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::is_required`, ['object'], values);

/** Calls `atoma::settlement::surcharge`. */
export const surcharge = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::surcharge`, ['object'], values);

/** Calls `atoma::settlement::deadline`. */
export const deadline = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::deadline`, ['object'], values);

/** Calls `atoma::settlement::redraws`. */
export const redraws = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::redraws`, ['object'], values);

/** Calls `atoma::settlement::slashed`. */
export const slashed = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::slashed`, ['object'], values);

/** Calls `atoma::settlement::state`. */
export const state = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::state`, ['object'], values);

/** Calls `atoma::settlement::is_open`. */
export const isOpen = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::is_open`, ['object'], values);

/** Calls `atoma::settlement::is_awaiting`. */
export const isAwaiting = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::is_awaiting`, ['object'], values);

/** Calls `atoma::settlement::is_clean`. */
export const isClean = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::is_clean`, ['object'], values);

/** Calls `atoma::settlement::is_open_required`. */
export const isOpenRequired = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::is_open_required`, ['object'], values);

/** Calls `atoma::settlement::is_disputed`. */
export const isDisputed = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::is_disputed`, ['object'], values);

/** Calls `atoma::settlement::attesters`. */
export const attesters = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::attesters`, ['object'], values);

/** Calls `atoma::settlement::backers`. */
export const backers = (packageId: string, ...values: readonly [ticket0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::settlement::backers`, ['object'], values);
