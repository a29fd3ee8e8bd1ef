import type { MoveValue } from '@atoma/move-engine';
import type { Simulation } from '../../types.ts';
import type { Argument } from '../transaction-data.ts';
import { checkBorrows } from './borrows.ts';
import { runMakeVector, runMerge, runSplit, runTransfer } from './coins.ts';
import type { PtbContext } from './context.ts';
import { takeArguments } from './execute.ts';
import { charge, countCommand, countInputs, planUnits, sizeUnits } from './metering.ts';
import { runMoveCall } from './move-call.ts';
import { argumentsOf, type Place, type Step } from './plan.ts';
import { runPublish, runUpgrade } from './publish.ts';
import { checkEnds, checkUses, gasSentTo } from './rules.ts';
import { planTransaction } from './typing.ts';
import { referent } from './values.ts';

/** What each command returned and changed by reference, in BCS. */
export type CommandOutput = Simulation['commandOutputs'][number];

const runStep = (ctx: PtbContext, step: Step): ReturnType<typeof runMoveCall> => {
  const { command } = step;
  if (command.kind === 'publish') return runPublish(ctx, command);
  const values = takeArguments(ctx, step.arguments);
  ctx.gasSentTo ??= gasSentTo(step, values);
  if (command.kind === 'call') return runMoveCall(ctx, step, command, values);
  if (command.kind === 'split') return runSplit(ctx, values);
  if (command.kind === 'merge') return runMerge(ctx, values);
  if (command.kind === 'transfer') return runTransfer(ctx, step, values);
  if (command.kind === 'vector') return runMakeVector(values);
  return runUpgrade(ctx, command, values[0] as MoveValue);
};

const encoded = (ctx: PtbContext, { type, box }: Place): { type: string; bcs: Uint8Array } => ({
  type: type.text,
  bcs: ctx.vm.serialize(type, referent(box[0] as MoveValue)),
});

const outputOf = (ctx: PtbContext, step: Step): CommandOutput => {
  const sources = argumentsOf(step.command);
  return {
    returnValues: step.results.map((place) => encoded(ctx, place)),
    mutatedByRef: step.arguments.flatMap(({ place, position, how }) => {
      const isMutable = how === 'borrowMut' || (how === 'use' && place.reference === 'mutable');
      if (!isMutable || place.kind === 'context' || place.box.length === 0) return [];
      return [{ argument: sources[position] as Argument, ...encoded(ctx, place) }];
    }),
  };
};

/** Plans, checks and runs all commands; throws a CommandFailure. With `outputs` what each command gave is recorded there. */
export const runCommands = (ctx: PtbContext, outputs: CommandOutput[] | undefined): void => {
  charge(ctx, sizeUnits(ctx), 'its inputs and commands');
  const plan = planTransaction(ctx);
  charge(ctx, planUnits(ctx, plan), 'its types');
  checkUses(ctx, plan);
  checkBorrows(plan, ctx.gas.box.length === 0 ? [ctx.gas] : []);
  checkEnds(ctx, plan);
  countInputs(ctx);
  plan.steps.forEach((step, index) => {
    ctx.command = index;
    const results = runStep(ctx, step);
    countCommand(ctx, step);
    results.forEach((value, i) => {
      (step.results[i] as Place).box[0] = value;
    });
    outputs?.push(outputOf(ctx, step));
  });
};
