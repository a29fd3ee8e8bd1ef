import type { MoveValue } from '@atoma/move-engine';
import type { Simulation } from '../../types.ts';
import type { Argument, Command } from '../transaction-data.ts';
import { runMakeVector, runMerge, runSplit, runTransfer } from './coins.ts';
import type { PtbContext } from './context.ts';
import { failWith } from './failure.ts';
import { type CallOutcome, runMoveCall } from './move-call.ts';
import { runPublish, runUpgrade } from './publish.ts';
import { hasAbility, type Slot } from './values.ts';

/** What each command returned and changed by reference, in BCS. */
export type CommandOutput = Simulation['commandOutputs'][number];

const runCommand = (ctx: PtbContext, command: Command): CallOutcome => {
  if (command.kind === 'call') return runMoveCall(ctx, command);
  if (command.kind === 'split') return { results: runSplit(ctx, command), mutated: mutatedFirst(ctx, command.coin) };
  if (command.kind === 'merge')
    return { results: runMerge(ctx, command), mutated: mutatedFirst(ctx, command.destination) };
  if (command.kind === 'transfer') return { results: runTransfer(ctx, command), mutated: [] };
  if (command.kind === 'vector') return { results: runMakeVector(ctx, command), mutated: [] };
  return { results: command.kind === 'publish' ? runPublish(ctx, command) : runUpgrade(ctx, command), mutated: [] };
};

const mutatedFirst = (ctx: PtbContext, argument: Argument): CallOutcome['mutated'] => {
  const slot = [...ctx.used].find(([, use]) => use === 'mutable')?.[0];
  return slot ? [{ argument, slot }] : [];
};

/** Shared objects taken by value must be shared again or deleted before the command ends. */
const checkShared = (ctx: PtbContext): void => {
  if (ctx.sharedTaken.length === 0 || ctx.inspect) return;
  const { deleted, transfers } = ctx.session.changes();
  for (const id of ctx.sharedTaken)
    if (!deleted.has(id) && transfers.get(id)?.owner.kind !== 'shared')
      failWith(
        { SharedObjectOperationNotAllowed: true },
        `Shared object 0x${id} was taken by value in command ${ctx.command} and neither shared again nor deleted.`,
        ctx.command,
      );
};

const encode = (ctx: PtbContext, slot: Slot): { type: string; bcs: Uint8Array } => ({
  type: slot.type.text,
  bcs: ctx.vm.serialize(slot.type, slot.value as MoveValue),
});

const outputOf = (ctx: PtbContext, { results, mutated }: CallOutcome): CommandOutput => ({
  returnValues: results.map((slot) => encode(ctx, slot)),
  mutatedByRef: mutated.flatMap(({ argument, slot }) =>
    slot.value === undefined ? [] : [{ argument, ...encode(ctx, slot) }],
  ),
});

const checkLeftovers = (ctx: PtbContext): void => {
  ctx.results.forEach((slots, resultIdx) => {
    slots.forEach((slot, secondaryIdx) => {
      if (slot.value === undefined || hasAbility(slot.type, 'drop')) return;
      failWith(
        { UnusedValueWithoutDrop: { resultIdx, secondaryIdx } },
        `Unused result without the drop ability. Command result ${resultIdx}, return value ${secondaryIdx}: ${slot.type.text}.`,
        undefined,
      );
    });
  });
};

/** Runs all commands; throws a CommandFailure. With `outputs` what each command gave is recorded there. */
export const runCommands = (ctx: PtbContext, outputs: CommandOutput[] | undefined): void => {
  ctx.data.commands.forEach((command, index) => {
    ctx.command = index;
    ctx.used.clear();
    ctx.sharedTaken.length = 0;
    const outcome = runCommand(ctx, command);
    ctx.results.push(outcome.results);
    checkShared(ctx);
    outputs?.push(outputOf(ctx, outcome));
  });
  if (!ctx.inspect) checkLeftovers(ctx);
};
