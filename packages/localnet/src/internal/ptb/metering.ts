import type { Address, MoveValue, Type } from '@atoma/move-engine';
import type { Command } from '../transaction-data.ts';
import { type PtbContext, packageFor } from './context.ts';
import { failWith } from './failure.ts';
import { isTxContext } from './load.ts';
import type { Plan, PlannedArgument, Step, ValueType } from './plan.ts';

/**
 * What a programmable transaction is charged besides what its functions do: translation before it runs
 * (`static_programmable_transactions/metering`), and an instruction for everything done with a value
 * (`static_programmable_transactions/execution/context.rs`). Internal units.
 */

/** `translation_per_linkage_entry_charge`; every other translation charge is 1. */
const LINKAGE_UNITS = 10;

const sum = (units: readonly number[]): number => units.reduce((total, one) => total + one, 0);

/** Charges units; the transaction fails when the budget does not cover them. */
export const charge = (ctx: PtbContext, units: number, what: string, command?: number): void => {
  if (!ctx.session.charge(units))
    failWith({ InsufficientGas: true }, `Insufficient gas: the budget does not cover ${what}.`, command);
};

const argumentCount = (command: Command): number => {
  if (command.kind === 'call') return command.typeArguments.length + command.arguments.length;
  if (command.kind === 'transfer') return command.objects.length + 1;
  if (command.kind === 'split') return command.amounts.length + 1;
  if (command.kind === 'merge') return command.sources.length + 1;
  if (command.kind === 'vector') return command.elements.length + 1;
  const listed = command.modules.length + command.dependencies.length;
  return command.kind === 'publish' ? listed : listed + 2;
};

/** Units for inputs, bytes of pure ones and arguments of commands, before anything is looked up. */
export const sizeUnits = ({ data }: PtbContext): number =>
  Math.max(1, data.inputs.length) +
  sum(data.inputs.map((input) => (input.kind === 'pure' ? Math.max(1, input.bytes.length) : 0))) +
  sum(data.commands.map((command) => Math.max(1, argumentCount(command))));

const isReference = ({ reference }: ValueType): boolean => reference !== 'none';
const nodes = (value: ValueType): number => value.type.nodes + (isReference(value) ? 1 : 0);

const argumentIsReference = ({ how, place }: PlannedArgument): boolean =>
  how === 'borrow' || how === 'borrowMut' || how === 'freeze' || (how === 'use' && isReference(place));

/** Packages that define the datatypes within a type. */
const definingPackages = (type: Type): Address[] => {
  if (type.element) return definingPackages(type.element);
  if (!type.datatype) return [];
  return [type.datatype.address, ...type.datatype.typeArguments.flatMap(definingPackages)];
};

/** Packages a transaction links to whatever it does: std, sui and sui-system. */
const ALWAYS_LINKED: readonly Address[] = ['1', '2', '3'].map((id) => id.padStart(64, '0'));

/** Versions of packages that a command is linked to. */
const linkedVersions = (ctx: PtbContext, { command, fn }: Step): number => {
  if (command.kind !== 'call' && command.kind !== 'publish' && command.kind !== 'upgrade') return 0;
  const linked = new Set(ALWAYS_LINKED);
  if (command.kind !== 'call') for (const id of command.dependencies) linked.add(id);
  else
    for (const id of [command.package, ...(fn?.typeArguments ?? []).flatMap(definingPackages)]) {
      linked.add(id);
      for (const { storageId } of packageFor(ctx, id).linkage.values()) linked.add(storageId);
    }
  return linked.size;
};

/** Nodes of the types a command names: type arguments, parameters and results of a function. */
const signatureNodes = ({ fn }: Step): number =>
  fn ? sum([...fn.typeArguments.map((type) => type.nodes), ...fn.parameters.map(nodes), ...fn.returns.map(nodes)]) : 0;

const loadingUnits = (ctx: PtbContext, steps: readonly Step[]): number =>
  sum(ctx.inputs.map(({ place }) => place?.type.nodes ?? 0)) +
  sum(
    steps.map((step) => {
      const named = step.command.kind === 'vector' && step.command.type !== undefined ? (step.type?.nodes ?? 0) : 0;
      return signatureNodes(step) + named + LINKAGE_UNITS * linkedVersions(ctx, step);
    }),
  );

const typingNodes = (step: Step): number =>
  sum(step.results.map(nodes)) +
  sum(step.arguments.map((argument) => argument.place.type.nodes + (argumentIsReference(argument) ? 1 : 0))) +
  signatureNodes(step) +
  (step.type?.nodes ?? 0);

const references = ({ arguments: args, fn, results }: Step): number =>
  args.filter((argument) => argument.place.kind !== 'context' && argumentIsReference(argument)).length +
  results.filter(isReference).length +
  (fn?.parameters.filter((parameter) => !isTxContext(parameter) && isReference(parameter)).length ?? 0) +
  (fn?.returns.filter(isReference).length ?? 0);

/** Units for the types and packages of a planned transaction; references cost more the more there are. */
export const planUnits = (ctx: PtbContext, { steps, pure, receiving }: Plan): number => {
  const places = [...pure, ...receiving, ...ctx.inputs.flatMap(({ place }) => place ?? [])];
  const typing = sum(places.map(({ type }) => type.nodes)) + sum(steps.map(typingNodes));
  const count = Math.max(1, sum(steps.map(references)));
  return loadingUnits(ctx, steps) + Math.max(1, typing) + (count * (count + 1)) / 2;
};

/** Counts a value brought into a place: a copy, and the store into the place. */
export const countLoad = ({ session }: PtbContext, type: Type, value: MoveValue): void => {
  session.step({ type, value });
  session.step();
};

/** Counts the objects among the inputs, and the gas coin after them when it is an object. */
export const countInputs = (ctx: PtbContext): void => {
  for (const { type, box } of [...ctx.inputs.flatMap(({ place }) => place ?? []), ...(ctx.gas.input ? [ctx.gas] : [])])
    countLoad(ctx, type, box[0] as MoveValue);
};

/** Counts an argument before it leaves its place. */
export const countArgument = ({ session }: PtbContext, { place, how, moves }: PlannedArgument): void => {
  const value = { type: place.type, value: place.box[0] as MoveValue };
  const copies = how === 'use' && !moves && !isReference(place);
  session.step(copies ? value : 'reference');
  if (how === 'read') session.step(value);
};

/** Counts a command that has run; SplitCoins and MergeCoins look at the coin besides. Refuses what the budget does not cover. */
export const countCommand = (ctx: PtbContext, { command }: Step): void => {
  if (command.kind === 'split' || command.kind === 'merge') {
    ctx.session.step('reference');
    ctx.session.step();
  }
  ctx.session.step();
  charge(ctx, 0, `command ${ctx.command}`, ctx.command);
};

/** Counts TxContext handed to an `init`. */
export const countInit = ({ session }: PtbContext): void => {
  session.step('reference');
  session.step();
};
