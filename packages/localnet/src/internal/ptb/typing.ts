import type { Type } from '@atoma/move-engine';
import type { Argument, Command } from '../transaction-data.ts';
import { coinTypeOf } from '../type-tag.ts';
import type { InputCell, PtbContext } from './context.ts';
import { failArgument, failWith } from './failure.ts';
import { isTxContext, loadFunction, loadType, loadWithdrawals } from './load.ts';
import {
  argumentsOf,
  type LoadedFunction,
  type Place,
  type Plan,
  type PlannedArgument,
  type Step,
  type ValueType,
} from './plan.ts';
import { hasAbility } from './values.ts';

/**
 * Types every argument before anything runs, as Sui's `static_programmable_transactions/typing/translate.rs` does: all
 * functions and types are loaded first, then each command's arguments get their places.
 */
export const planTransaction = (ctx: PtbContext): Plan => {
  loadWithdrawals(ctx);
  const loaded = ctx.data.commands.map((command, index) => load(ctx, command, index));
  const typing: Typing = { ctx, steps: [], pure: [], receiving: [], known: new Map() };
  ctx.data.commands.forEach((command, index) => {
    ctx.command = index;
    typing.steps.push(typeCommand(typing, command, loaded[index] as Loaded));
  });
  moveLastReferences(typing.steps);
  markUnused(typing.steps);
  return typing;
};

interface Loaded {
  readonly fn?: LoadedFunction;
  readonly type?: Type;
}

const load = (ctx: PtbContext, command: Command, index: number): Loaded => {
  ctx.command = index;
  if (command.kind === 'call') return { fn: loadFunction(ctx, command) };
  return command.kind === 'vector' && command.type !== undefined ? { type: loadType(ctx, command.type, 0) } : {};
};

interface Typing {
  readonly ctx: PtbContext;
  readonly steps: Step[];
  readonly pure: Place[];
  readonly receiving: Place[];
  /** Places of a pure or receiving input by type. */
  readonly known: Map<InputCell, Map<Type, Place>>;
}

/** What an argument names: a place with its type, or an input that takes the type it is used at. */
type Source = Place | InputCell;

const isPlace = (source: Source): source is Place => 'box' in source;

const sourceOf = ({ ctx, steps }: Typing, argument: Argument, position: number): Source => {
  const fail = (idx: number, what: string) =>
    failArgument(ctx.command, position, 'IndexOutOfBounds', { idx }, `${what} ${idx}`);
  if (argument.kind === 'gas') return ctx.gas;
  if (argument.kind === 'input') {
    const cell = ctx.inputs[argument.index] ?? fail(argument.index, 'input');
    return cell.place ?? cell;
  }
  const results = steps[argument.index]?.results ?? fail(argument.index, 'result');
  if (argument.kind === 'nested') {
    const detail = { resultIdx: argument.index, secondaryIdx: argument.sub };
    return results[argument.sub] ?? failArgument(ctx.command, position, 'SecondaryIndexOutOfBounds', detail);
  }
  const detail = { resultIdx: argument.index };
  if (results.length !== 1)
    failArgument(ctx.command, position, 'InvalidResultArity', detail, `${results.length} values`);
  return results[0] as Place;
};

/** The place of a pure or receiving input used at a type. */
const placeAt = (typing: Typing, cell: InputCell, type: Type, argument: number): Place => {
  const places = typing.known.get(cell) ?? new Map<Type, Place>();
  typing.known.set(cell, places);
  const known = places.get(type);
  if (known) return known;
  const place: Place = {
    kind: cell.kind === 'pure' ? 'pure' : 'receiving',
    type,
    reference: 'none',
    ...(cell.bytes === undefined ? {} : { bytes: cell.bytes }),
    ...(cell.input === undefined ? {} : { input: cell.input }),
    firstUse: { command: typing.ctx.command, argument },
    box: [],
  };
  places.set(type, place);
  (cell.kind === 'pure' ? typing.pure : typing.receiving).push(place);
  return place;
};

const planned = (position: number, place: Place, how: PlannedArgument['how'], moves = false): PlannedArgument => ({
  position,
  place,
  how,
  moves,
  borrowed: false,
});

/** A use of the place's own value: copied when it can be. */
const taken = (position: number, place: Place): PlannedArgument =>
  planned(position, place, 'use', place.reference === 'none' && !hasAbility(place.type, 'copy'));

/** An argument where a value or reference of the type is expected. */
const typed = (typing: Typing, source: Source, expected: ValueType, position: number): PlannedArgument => {
  const place = isPlace(source) ? source : placeAt(typing, source, expected.type, position);
  const mismatch = () =>
    failArgument(typing.ctx.command, position, 'TypeMismatch', true, `${place.type.text} for ${expected.type.text}`);
  if (place.type !== expected.type) mismatch();
  if (place.reference === 'none') {
    if (expected.reference === 'none') return taken(position, place);
    return planned(position, place, expected.reference === 'mutable' ? 'borrowMut' : 'borrow');
  }
  if (expected.reference === 'none')
    return hasAbility(place.type, 'copy') ? planned(position, place, 'read') : mismatch();
  if (place.reference === 'immutable' && expected.reference === 'mutable') mismatch();
  return planned(position, place, place.reference === expected.reference ? 'use' : 'freeze');
};

const value = (type: Type): ValueType => ({ type, reference: 'none' });

/** A value with abilities, of whatever type. */
const constrained = (
  { ctx }: Typing,
  source: Source,
  position: number,
  abilities: readonly ('key' | 'store')[],
  fault: 'InvalidTransferObject' | 'InvalidMakeMoveVecNonObjectArgument',
): PlannedArgument => {
  if (!isPlace(source)) return failArgument(ctx.command, position, fault, true, 'a pure value');
  const isReference = source.reference !== 'none';
  if (isReference || abilities.some((ability) => !hasAbility(source.type, ability)))
    failArgument(ctx.command, position, fault, true, source.type.text);
  return taken(position, source);
};

/** `&mut` of a coin. */
const coin = ({ ctx }: Typing, source: Source, position: number): PlannedArgument => {
  if (!isPlace(source)) return failArgument(ctx.command, position, 'TypeMismatch', true, 'a coin is expected');
  if (coinTypeOf(source.type.text) === undefined || source.reference === 'immutable')
    failArgument(ctx.command, position, 'TypeMismatch', true, `${source.type.text} is no coin`);
  return planned(position, source, source.reference === 'mutable' ? 'use' : 'borrowMut');
};

const typeCommand = (typing: Typing, command: Command, { fn, type }: Loaded): Step => {
  const { vm } = typing.ctx;
  const step = (args: readonly PlannedArgument[], results: readonly ValueType[], rest: Loaded = {}): Step => ({
    command,
    arguments: args,
    results: results.map((one) => ({ kind: 'result', type: one.type, reference: one.reference, box: [] })),
    dropped: [],
    ...rest,
  });
  if (command.kind === 'publish') return step([], [value(vm.resolveType('0x2::package::UpgradeCap'))]);
  if (command.kind === 'vector') return typeVector(typing, command, type, step);
  const sources = argumentsOf(command).map((argument, i) => sourceOf(typing, argument, i));
  if (command.kind === 'call') {
    const loaded = fn as LoadedFunction;
    return step(typeCall(typing, loaded, command, sources), loaded.returns, { fn: loaded });
  }
  if (command.kind === 'upgrade') {
    const ticket = value(vm.resolveType('0x2::package::UpgradeTicket'));
    const receipt = value(vm.resolveType('0x2::package::UpgradeReceipt'));
    return step([typed(typing, sources[0] as Source, ticket, 0)], [receipt]);
  }
  if (command.kind === 'transfer') {
    const objects = sources
      .slice(0, -1)
      .map((source, i) => constrained(typing, source, i, ['key', 'store'], 'InvalidTransferObject'));
    const address = value(vm.resolveType('address'));
    return step([...objects, typed(typing, sources.at(-1) as Source, address, objects.length)], []);
  }
  const first = coin(typing, sources[0] as Source, 0);
  const coinType = first.place.type;
  const others = value(command.kind === 'split' ? vm.resolveType('u64') : coinType);
  const rest = sources.slice(1).map((source, i) => typed(typing, source, others, i + 1));
  return step([first, ...rest], command.kind === 'split' ? rest.map(() => value(coinType)) : [], { type: coinType });
};

const typeVector = (
  typing: Typing,
  command: Command & { readonly kind: 'vector' },
  type: Type | undefined,
  step: (args: readonly PlannedArgument[], results: readonly ValueType[], rest: Loaded) => Step,
): Step => {
  const sources = (from: number) =>
    command.elements.slice(from).map((argument, i) => sourceOf(typing, argument, from + i));
  const finish = (first: readonly PlannedArgument[], element: Type): Step => {
    const rest = sources(first.length).map((source, i) => typed(typing, source, value(element), first.length + i));
    const vector = value(typing.ctx.vm.resolveType(`vector<${element.text}>`));
    return step([...first, ...rest], [vector], { type: element });
  };
  if (type) return finish([], type);
  const source = sourceOf(typing, command.elements[0] as Argument, 0);
  const first = constrained(typing, source, 0, ['key'], 'InvalidMakeMoveVecNonObjectArgument');
  return finish([first], first.place.type);
};

const typeCall = (
  typing: Typing,
  { parameters }: LoadedFunction,
  call: Command & { readonly kind: 'call' },
  sources: readonly Source[],
): PlannedArgument[] => {
  const { ctx } = typing;
  const wanted = parameters.filter((parameter) => !isTxContext(parameter)).length;
  if (wanted !== sources.length)
    failWith(
      { ArityMismatch: true },
      `Command ${ctx.command} gives ${sources.length} arguments, ${call.module}::${call.function} takes ${wanted}.`,
      ctx.command,
    );
  let next = 0;
  return parameters.map((parameter, i) => {
    if (isTxContext(parameter))
      return planned(i, ctx.txContext, parameter.reference === 'mutable' ? 'borrowMut' : 'borrow');
    const position = next++;
    return typed(typing, sources[position] as Source, parameter, position);
  });
};

/** The last use of a reference takes it: references end as early as they can. */
const moveLastReferences = (steps: readonly Step[]): void => {
  const used = new Set<Place>();
  for (const step of [...steps].reverse())
    for (const argument of [...step.arguments].reverse()) {
      const { place } = argument;
      if (place.reference === 'none' || used.has(place)) continue;
      used.add(place);
      argument.moves = true;
    }
};

const markUnused = (steps: readonly Step[]): void => {
  const used = new Set(steps.flatMap((step) => step.arguments.map(({ place }) => place)));
  for (const { results, dropped } of steps)
    for (const place of results)
      dropped.push((place.reference !== 'none' || hasAbility(place.type, 'drop')) && !used.has(place));
};
