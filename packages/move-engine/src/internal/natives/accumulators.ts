import { nativeCosts } from '../../native-costs.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import type { NativeContext, Natives } from './registry.ts';

/** `EAddressBalanceNotEnabled` of Sui's funds_accumulator natives. */
const NOT_ENABLED = 1;

/** What these natives do on a Sui network where the feature is switched off: they abort, and say so. */
const switchedOff =
  ({ abort }: NativeContext) =>
  (s: RunState) => {
    chargeNative(s, nativeCosts.event.base, nothing);
    return abort(NOT_ENABLED, 'address balances are not enabled on this ledger');
  };

/** Nothing was deposited or withdrawn in this transaction. */
const nothingPending = () => (s: RunState) => {
  chargeNative(s, nativeCosts.base, 8);
  return 0;
};

/** Natives of address balances (the funds accumulator), which the ledger does not have. */
export const accumulatorNatives: Natives = {
  '2::accumulator::emit_deposit_event': switchedOff,
  '2::accumulator::emit_withdraw_event': switchedOff,
  '2::accumulator::pending_deposits': nothingPending,
  '2::accumulator::pending_withdrawals': nothingPending,
  '2::accumulator_settlement::record_settlement_sui_conservation': switchedOff,
  '2::funds_accumulator::add_to_accumulator_address': switchedOff,
  '2::funds_accumulator::withdraw_from_accumulator_address': switchedOff,
  '2::funds_accumulator::reserve_object_funds_for_withdrawal': switchedOff,
};
