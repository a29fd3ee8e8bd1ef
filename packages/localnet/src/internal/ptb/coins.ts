import type { MoveValue, Ref } from '@atoma/move-engine';
import type { PtbContext } from './context.ts';
import { failWith } from './failure.ts';
import type { PlannedArgument, Step } from './plan.ts';
import { coinBalance, idOf, newCoin, setCoinBalance, toBig } from './values.ts';

const MAX_U64 = 0xffffffffffffffffn;

type Values = readonly (MoveValue | Ref)[];

/** SplitCoins: one new coin for each amount. */
export const runSplit = (ctx: PtbContext, [coin, ...rest]: Values): MoveValue[] => {
  const amounts = rest.map((amount) => toBig(amount as MoveValue));
  const total = amounts.reduce((sum, value) => sum + value, 0n);
  const balance = coinBalance(coin as MoveValue);
  if (total > MAX_U64)
    failWith({ CoinBalanceOverflow: true }, `The amounts of command ${ctx.command} exceed u64.`, ctx.command);
  if (total > balance)
    failWith(
      { InsufficientCoinBalance: true },
      `Insufficient coin balance for command ${ctx.command}: the coin holds ${balance}, ${total} are split off.`,
      ctx.command,
    );
  setCoinBalance(coin as MoveValue, balance - total);
  return amounts.map((value) => {
    const id = ctx.session.freshId();
    ctx.session.recordCreated(id);
    return newCoin(id, value);
  });
};

/** MergeCoins: the sources are deleted, their balances go to the destination. */
export const runMerge = (ctx: PtbContext, [destination, ...sources]: Values): MoveValue[] => {
  let balance = coinBalance(destination as MoveValue);
  for (const source of sources) {
    balance += coinBalance(source as MoveValue);
    ctx.session.recordDeleted(idOf(source as MoveValue));
  }
  if (balance > MAX_U64)
    failWith({ CoinBalanceOverflow: true }, `The coin balance overflows u64 in command ${ctx.command}.`, ctx.command);
  setCoinBalance(destination as MoveValue, balance);
  return [];
};

/** TransferObjects: the only command that may take the gas coin by value. */
export const runTransfer = (ctx: PtbContext, step: Step, values: Values): MoveValue[] => {
  const address = values.at(-1) as string;
  values.slice(0, -1).forEach((value, i) => {
    const id = idOf(value as MoveValue);
    if (id === address)
      failWith(
        { CircularObjectOwnership: { object: `0x${address}` } },
        `Object 0x${address} cannot own itself.`,
        ctx.command,
      );
    const { place } = step.arguments[i] as PlannedArgument;
    ctx.session.recordTransfer(id, { kind: 'address', address }, place.type, value as MoveValue);
  });
  return [];
};

/** MakeMoveVec. */
export const runMakeVector = (values: Values): MoveValue[] => [values as MoveValue[]];
