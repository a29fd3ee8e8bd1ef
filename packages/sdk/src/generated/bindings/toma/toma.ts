// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';

/** Layout of `toma::toma::TOMA`. */
export const TOMA = bcs.struct('TOMA', { dummyField: bcs.bool() });
/** A decoded `toma::toma::TOMA`. */
export type TOMA = typeof TOMA.$inferType;

/** Layout of `toma::toma::Grant`. */
export const Grant = bcs.struct('Grant', { epoch: m.u64, amount: m.u64 });
/** A decoded `toma::toma::Grant`. */
export type Grant = typeof Grant.$inferType;

/** Layout of `toma::toma::Faucet`. */
export const Faucet = bcs.struct('Faucet', { id: m.address, cap: bcs.option(bcs.struct('TreasuryCap', { id: m.address, totalSupply: m.u64 })), owner: m.address, grants: m.collection });
/** A decoded `toma::toma::Faucet`. */
export type Faucet = typeof Faucet.$inferType;

/** Layout of `toma::toma::TomaPublishedEvent`. */
export const TomaPublishedEvent = bcs.struct('TomaPublishedEvent', { faucet: m.address, treasuryCap: m.address });
/** A decoded `toma::toma::TomaPublishedEvent`. */
export type TomaPublishedEvent = typeof TomaPublishedEvent.$inferType;

/** Layout of `toma::toma::FaucetEvent`. */
export const FaucetEvent = bcs.struct('FaucetEvent', { recipient: m.address, amount: m.u64, epoch: m.u64 });
/** A decoded `toma::toma::FaucetEvent`. */
export type FaucetEvent = typeof FaucetEvent.$inferType;

/** Layout of `toma::toma::FaucetSwitchedEvent`. */
export const FaucetSwitchedEvent = bcs.struct('FaucetSwitchedEvent', { enabled: bcs.bool(), owner: m.address });
/** A decoded `toma::toma::FaucetSwitchedEvent`. */
export type FaucetSwitchedEvent = typeof FaucetSwitchedEvent.$inferType;

/** Calls `toma::toma::faucet`. */
export const faucet = (packageId: string, ...values: readonly [faucet0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::toma::faucet`, ['object', m.u64], values);

/** Calls `toma::toma::enable_faucet`. */
export const enableFaucet = (packageId: string, ...values: readonly [faucet0: ObjectInput, treasuryCap1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::toma::enable_faucet`, ['object', 'object'], values);

/** Calls `toma::toma::disable_faucet`. */
export const disableFaucet = (packageId: string, ...values: readonly [faucet0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::toma::disable_faucet`, ['object'], values);

/** Calls `toma::toma::is_enabled`. */
export const isEnabled = (packageId: string, ...values: readonly [faucet0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::toma::is_enabled`, ['object'], values);

/** Calls `toma::toma::granted`. */
export const granted = (packageId: string, ...values: readonly [faucet0: ObjectInput, argument1: PureInput<string>, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::toma::granted`, ['object', m.address, m.u64], values);
