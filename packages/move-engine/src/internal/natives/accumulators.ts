import { nativeCosts } from '../../native-costs.ts';
import type { Address, FundsMove, MoveValue, Type } from '../../types.ts';
import { canonical, type U64 } from '../run/integers.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import type { Ty } from '../types/ty.ts';
import type { NativeContext, Natives } from './registry.ts';

/** `E_OVERFLOW` of Sui's funds_accumulator natives: a withdrawal must fit a u64. */
const OVERFLOW = 0;

const MAX_U64 = 0xffffffffffffffffn;

/** What is moved in one transaction, either way, must fit a u64, too. */
const move = ({ limit }: NativeContext, s: RunState, one: FundsMove): void => {
  const { funds } = s.objects;
  const sum = funds.reduce(
    (total, { accumulator, operation, amount }) =>
      accumulator === one.accumulator && operation === one.operation ? total + amount : total,
    one.amount,
  );
  if (sum > MAX_U64) limit(`what is ${one.operation === 'merge' ? 'added' : 'taken'} overflows u64`);
  funds.push(one);
};

/** `(accumulator, owner, amount)` as `accumulator::emit_*_event` take them. */
const emits =
  (operation: FundsMove['operation']) =>
  (context: NativeContext) =>
  (s: RunState, [type]: readonly Ty[], accumulator: Address, owner: Address, amount: U64) => {
    chargeNative(s, nativeCosts.event.base, nothing);
    move(context, s, { accumulator, operation, owner, type: type as Type, amount: BigInt(amount) });
  };

/** Nothing is kept between the calls of one transaction but what {@link FundsMove}s say. */
const pending = (operation: FundsMove['operation']) => () => (s: RunState, _: readonly Ty[], accumulator: Address) => {
  chargeNative(s, nativeCosts.base, 8);
  return canonical(
    s.objects.funds.reduce(
      (sum, one) => (one.accumulator === accumulator && one.operation === operation ? sum + one.amount : sum),
      0n,
    ),
  );
};

/** Natives of address balances, the funds accumulator: they note what moves, the ledger settles it. */
export const accumulatorNatives: Natives = {
  '2::accumulator::emit_deposit_event': emits('merge'),
  '2::accumulator::emit_withdraw_event': emits('split'),
  '2::accumulator::pending_deposits': pending('merge'),
  '2::accumulator::pending_withdrawals': pending('split'),
  '2::accumulator_settlement::record_settlement_sui_conservation': () => (s: RunState) => {
    chargeNative(s, nativeCosts.event.base, nothing);
  },
  '2::funds_accumulator::add_to_accumulator_address':
    (context) =>
    (s: RunState, [type]: readonly Ty[], accumulator: Address, owner: Address, value: MoveValue[]) => {
      chargeNative(s, nativeCosts.event.base, nothing);
      const amount = BigInt(value[0] as number | bigint);
      move(context, s, { accumulator, operation: 'merge', owner, type: type as Type, amount });
    },
  '2::funds_accumulator::withdraw_from_accumulator_address':
    (context) =>
    (s: RunState, [type]: readonly Ty[], accumulator: Address, owner: Address, value: bigint) => {
      chargeNative(s, nativeCosts.event.base, nothing);
      if (value > MAX_U64) context.abort(OVERFLOW);
      move(context, s, { accumulator, operation: 'split', owner, type: type as Type, amount: value });
      return [canonical(value)];
    },
  '2::funds_accumulator::reserve_object_funds_for_withdrawal':
    ({ abort }) =>
    (s: RunState) => {
      chargeNative(s, nativeCosts.event.base, nothing);
      return abort(NOT_ENABLED, 'funds of objects are not enabled on this ledger');
    },
};

/** `EObjectFundsWithdrawNotEnabled` of `sui::funds_accumulator`. */
const NOT_ENABLED = 3;
