import type { MoveValue, Type } from '@atoma/move-engine';
import type { Argument, Command } from '../transaction-data.ts';
import { coinTypeOf } from '../type-tag.ts';
import { borrowValue, type PtbContext, takeValue, typedSlot, untypedSlot } from './context.ts';
import { failArgument, failWith } from './failure.ts';
import {
  coinBalance,
  hasAbility,
  idOf,
  mergeCliques,
  newCoin,
  resultSlot,
  type Slot,
  setCoinBalance,
  toBig,
} from './values.ts';

const MAX_U64 = 0xffffffffffffffffn;

const coinSlot = (ctx: PtbContext, argument: Argument, position: number): Slot => {
  const slot = untypedSlot(ctx, argument, position);
  if (!slot) return failArgument(ctx.command, position, 'TypeMismatch', true, 'a coin is expected');
  if (coinTypeOf(slot.type.text) === undefined)
    failArgument(ctx.command, position, 'TypeMismatch', true, `${slot.type.text} is no coin`);
  return slot;
};

const amountsOf = (ctx: PtbContext, amounts: readonly Argument[]): { slots: Slot[]; values: bigint[] } => {
  const u64 = ctx.vm.resolveType('u64');
  const slots = amounts.map((amount, i) => typedSlot(ctx, amount, u64, i + 1));
  return { slots, values: slots.map((slot, i) => toBig(takeValue(ctx, slot, i + 1))) };
};

/** SplitCoins: one new coin for each amount. */
export const runSplit = (ctx: PtbContext, command: Command & { readonly kind: 'split' }): Slot[] => {
  const slot = coinSlot(ctx, command.coin, 0);
  const coin = borrowValue(ctx, slot, true, 0);
  const amounts = amountsOf(ctx, command.amounts);
  const total = amounts.values.reduce((sum, value) => sum + value, 0n);
  const balance = coinBalance(coin);
  if (total > MAX_U64)
    failWith({ CoinBalanceOverflow: true }, `The amounts of command ${ctx.command} exceed u64.`, ctx.command);
  if (total > balance)
    failWith(
      { InsufficientCoinBalance: true },
      `Insufficient coin balance for command ${ctx.command}: the coin holds ${balance}, ${total} are split off.`,
      ctx.command,
    );
  setCoinBalance(coin, balance - total);
  const clique = mergeCliques([slot, ...amounts.slots].map((used) => used.clique));
  return amounts.values.map((value) => {
    const id = ctx.session.freshId();
    ctx.session.recordCreated(id);
    return resultSlot(slot.type, newCoin(id, value), clique);
  });
};

/** MergeCoins: the sources are deleted, their balances go to the destination. */
export const runMerge = (ctx: PtbContext, command: Command & { readonly kind: 'merge' }): Slot[] => {
  const slot = coinSlot(ctx, command.destination, 0);
  const destination = borrowValue(ctx, slot, true, 0);
  const sources = command.sources.map((source, i) => typedSlot(ctx, source, slot.type, i + 1));
  let balance = coinBalance(destination);
  sources.forEach((source, i) => {
    const coin = takeValue(ctx, source, i + 1);
    balance += coinBalance(coin);
    ctx.session.recordDeleted(idOf(coin));
  });
  if (balance > MAX_U64)
    failWith({ CoinBalanceOverflow: true }, `The coin balance overflows u64 in command ${ctx.command}.`, ctx.command);
  setCoinBalance(destination, balance);
  mergeCliques([slot, ...sources].map((used) => used.clique));
  return [];
};

const transferable = (ctx: PtbContext, argument: Argument, position: number): Slot => {
  const slot = untypedSlot(ctx, argument, position);
  if (!slot || !hasAbility(slot.type, 'key') || !hasAbility(slot.type, 'store'))
    return failArgument(ctx.command, position, 'InvalidTransferObject', true, slot?.type.text ?? 'a pure value');
  return slot;
};

/** TransferObjects: the only command that may take the gas coin by value. */
export const runTransfer = (ctx: PtbContext, command: Command & { readonly kind: 'transfer' }): Slot[] => {
  const at = command.objects.length;
  const slots = command.objects.map((object, i) => transferable(ctx, object, i));
  const values = slots.map((slot, i) => takeValue(ctx, slot, i, true));
  const target = typedSlot(ctx, command.address, ctx.vm.resolveType('address'), at);
  const address = takeValue(ctx, target, at) as string;
  slots.forEach((slot, i) => {
    const value = values[i] as MoveValue;
    if (idOf(value) === address)
      failWith(
        { CircularObjectOwnership: { object: `0x${address}` } },
        `Object 0x${address} cannot own itself.`,
        ctx.command,
      );
    ctx.session.recordTransfer(idOf(value), { kind: 'address', address }, slot.type, value);
  });
  mergeCliques([...slots, target].map((used) => used.clique));
  return [];
};

const elementType = (ctx: PtbContext, command: Command & { readonly kind: 'vector' }): Type => {
  if (command.type !== undefined) return resolveElement(ctx, command.type);
  const first = untypedSlot(ctx, command.elements[0] as Argument, 0);
  if (!first || !hasAbility(first.type, 'key'))
    return failArgument(ctx.command, 0, 'InvalidMakeMoveVecNonObjectArgument');
  return first.type;
};

const resolveElement = (ctx: PtbContext, text: string): Type => {
  try {
    return ctx.vm.resolveType(text);
  } catch {
    const status = { TypeArgumentError: { argumentIdx: 0, kind: { TypeNotFound: true } } };
    return failWith(status, `Command ${ctx.command}: there is no type ${text}.`, ctx.command);
  }
};

/** MakeMoveVec. */
export const runMakeVector = (ctx: PtbContext, command: Command & { readonly kind: 'vector' }): Slot[] => {
  const element = elementType(ctx, command);
  const slots = command.elements.map((argument, i) => typedSlot(ctx, argument, element, i));
  const values = slots.map((slot, i) => takeValue(ctx, slot, i));
  const clique = mergeCliques(slots.map((slot) => slot.clique));
  return [resultSlot(ctx.vm.resolveType(`vector<${element.text}>`), values, clique)];
};
