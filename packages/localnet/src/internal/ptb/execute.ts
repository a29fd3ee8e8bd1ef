import type { MoveValue, Ref } from '@atoma/move-engine';
import type { PtbContext } from './context.ts';
import { failArgument } from './failure.ts';
import { countArgument, countLoad } from './metering.ts';
import type { Place, PlannedArgument } from './plan.ts';
import { decodePure } from './pure.ts';
import { copyValue, referent } from './values.ts';

/** Makes the value of a pure or receiving input on its first use. */
const loadPlace = (ctx: PtbContext, place: Place, position: number): void => {
  if (place.box.length > 0) return;
  if (place.kind === 'receiving' && place.input) {
    const { id, version } = place.input.object;
    place.box[0] = [[id], version];
  } else if (place.kind === 'pure') {
    const value = decodePure(ctx.vm, place.type, place.bytes as Uint8Array);
    if (value === undefined) failArgument(ctx.command, position, 'InvalidBCSBytes', true, place.type.text);
    place.box[0] = value as MoveValue;
  } else return;
  countLoad(ctx, place.type, place.box[0]);
};

const takeArgument = (argument: PlannedArgument): MoveValue | Ref => {
  const { place, how, moves } = argument;
  const value = place.box[0] as MoveValue | Ref;
  if (how === 'borrow' || how === 'borrowMut')
    return typeof value === 'object' ? value : { c: place.box as MoveValue[], i: 0 };
  if (moves) place.box.length = 0;
  if (how === 'read') return copyValue(referent(value));
  return moves || place.reference !== 'none' ? value : copyValue(value as MoveValue);
};

/** Values of a command's arguments in order; TxContext is left to the engine. */
export const takeArguments = (ctx: PtbContext, args: readonly PlannedArgument[]): (MoveValue | Ref)[] =>
  args.flatMap((argument) => {
    loadPlace(ctx, argument.place, argument.position);
    countArgument(ctx, argument);
    return argument.place.kind === 'context' ? [] : [takeArgument(argument)];
  });
