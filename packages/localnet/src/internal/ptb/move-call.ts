import type { FunctionInfo, MoveValue, OpenType, Ref, SignatureType, Type } from '@atoma/move-engine';
import type { Argument, Command } from '../transaction-data.ts';
import { borrowValue, type PtbContext, packageFor, takeValue, typedSlot } from './context.ts';
import { failArgument, failWith, moveError } from './failure.ts';
import { isHot, mergeCliques, resultSlot, type Slot } from './values.ts';

type MoveCall = Command & { readonly kind: 'call' };

const STD = '1'.padStart(64, '0');
const SUI = '2'.padStart(64, '0');

/** Functions the verifier lets only a type's own module call; a transaction belongs to no module. */
const isRestricted = (call: MoveCall): boolean => {
  if (call.package === STD) return call.module === 'internal';
  if (call.package !== SUI) return false;
  if (call.module === 'event') return call.function !== 'num_events';
  return (
    call.module === 'transfer' &&
    ['transfer', 'freeze_object', 'share_object', 'receive', 'party_transfer'].includes(call.function)
  );
};

/** True for `&TxContext` and `&mut TxContext`, which the engine supplies. */
export const isTxContext = ({ reference, body }: SignatureType): boolean =>
  reference !== 'none' &&
  body.kind === 'datatype' &&
  body.module === 'tx_context' &&
  body.name === 'TxContext' &&
  body.address === SUI;

const findFunction = (ctx: PtbContext, call: MoveCall): FunctionInfo => {
  const name = `0x${call.package}::${call.module}::${call.function}`;
  const info = ctx.vm.functionInfo(call.package, call.module, call.function);
  if (!info) return failWith({ FunctionNotFound: true }, `Function ${name} does not exist.`, ctx.command);
  if (!ctx.inspect && (isRestricted(call) || (info.visibility !== 'public' && !info.isEntry)))
    failWith({ NonEntryFunctionInvoked: true }, `Function ${name} is neither public nor entry.`, ctx.command);
  return info;
};

/** Types of a command's type arguments; the texts are as sent. */
const resolveTypes = (ctx: PtbContext, texts: readonly string[]): Type[] =>
  texts.map((text, i) => resolveTypeArgument(ctx, text, i));

const resolveTypeArgument = (ctx: PtbContext, text: string, index: number): Type => {
  try {
    return ctx.vm.resolveType(text);
  } catch {
    const status = { TypeArgumentError: { argumentIdx: index, kind: { TypeNotFound: true } } };
    return failWith(status, `Type argument ${index} of command ${ctx.command}: there is no type ${text}.`, ctx.command);
  }
};

const checkTypes = (ctx: PtbContext, info: FunctionInfo, types: readonly Type[]): void => {
  if (types.length !== info.typeParameters.length)
    failWith(
      { TypeArityMismatch: true },
      `Command ${ctx.command} gives ${types.length} type arguments, the function takes ${info.typeParameters.length}.`,
      ctx.command,
    );
  info.typeParameters.forEach((constraints, i) => {
    const type = types[i] as Type;
    if ((constraints & ~type.abilities) === 0) return;
    const status = { TypeArgumentError: { argumentIdx: i, kind: { ConstraintNotSatisfied: true } } };
    failWith(status, `Type argument ${i} of command ${ctx.command}: ${type.text} lacks an ability.`, ctx.command);
  });
};

const checkReturns = (ctx: PtbContext, info: FunctionInfo): void => {
  const index = info.returns.findIndex((returned) => returned.reference !== 'none');
  if (index >= 0)
    failWith(
      { InvalidPublicFunctionReturnType: { idx: index } },
      `Command ${ctx.command}: return value ${index} of the function is a reference, which a transaction cannot hold.`,
      ctx.command,
    );
};

interface Bound {
  readonly slot: Slot;
  readonly value: MoveValue | Ref;
  readonly mutable: boolean;
}

/** References to aggregates are the array itself, references to primitives a container and index. */
const asReference = (value: MoveValue): MoveValue | Ref => (typeof value === 'object' ? value : { c: [value], i: 0 });

const bind = (
  ctx: PtbContext,
  argument: Argument,
  parameter: SignatureType,
  types: readonly Type[],
  position: number,
): Bound => {
  const slot = typedSlot(ctx, argument, closedType(ctx, parameter.body, types), position);
  if (parameter.reference === 'none') return { slot, value: takeValue(ctx, slot, position), mutable: false };
  const mutable = parameter.reference === 'mutable';
  return { slot, value: asReference(borrowValue(ctx, slot, mutable, position)), mutable };
};

const closedType = (ctx: PtbContext, body: OpenType, types: readonly Type[]): Type => ctx.vm.instantiate(body, types);

const bindAll = (ctx: PtbContext, call: MoveCall, info: FunctionInfo, types: readonly Type[]): Bound[] => {
  const parameters = info.parameters.filter((parameter) => !isTxContext(parameter));
  if (parameters.length !== call.arguments.length)
    failWith(
      { ArityMismatch: true },
      `Command ${ctx.command} gives ${call.arguments.length} arguments, ${call.module}::${call.function} takes ${parameters.length}.`,
      ctx.command,
    );
  return parameters.map((parameter, i) => bind(ctx, call.arguments[i] as Argument, parameter, types, i));
};

const checkPrivateEntry = (ctx: PtbContext, info: FunctionInfo, bound: readonly Bound[]): void => {
  if (info.visibility === 'public' || ctx.inspect) return;
  const hot = bound.findIndex(({ slot }) => isHot(slot.clique));
  if (hot >= 0) failArgument(ctx.command, hot, 'InvalidArgumentToPrivateEntryFunction');
};

/** References changed through `&mut`, read back into their slots. */
const writeBack = (bound: readonly Bound[]): void => {
  for (const { slot, value, mutable } of bound)
    if (mutable && typeof value === 'object' && 'c' in value) slot.value = value.c[value.i] as MoveValue;
};

/** What a call gave: results, and the arguments it could change. */
export interface CallOutcome {
  readonly results: Slot[];
  readonly mutated: readonly { readonly argument: Argument; readonly slot: Slot }[];
}

/** Runs a MoveCall. */
export const runMoveCall = (ctx: PtbContext, call: MoveCall): CallOutcome => {
  const info = findFunction(ctx, call);
  const types = resolveTypes(ctx, call.typeArguments);
  checkTypes(ctx, info, types);
  checkReturns(ctx, info);
  const bound = bindAll(ctx, call, info, types);
  checkPrivateEntry(ctx, info, bound);
  const clique = mergeCliques(bound.map(({ slot }) => slot.clique));
  const returns = invoke(
    ctx,
    call,
    types,
    bound.map(({ value }) => value),
  );
  writeBack(bound);
  return {
    results: returns.map(({ type, value }) => resultSlot(type, value as MoveValue, clique)),
    mutated: bound.flatMap(({ slot, mutable }, i) =>
      mutable ? [{ argument: call.arguments[i] as Argument, slot }] : [],
    ),
  };
};

/** Calls into the machine; a Move failure fails the transaction. */
export const invoke = (
  ctx: PtbContext,
  call: Pick<MoveCall, 'package' | 'module' | 'function'>,
  typeArguments: readonly Type[],
  values: readonly (MoveValue | Ref)[],
) => {
  const pkg = packageFor(ctx, call.package);
  ctx.calls.push({ package: call.package, module: call.module });
  const result = ctx.session.call({
    package: call.package,
    module: call.module,
    function: call.function,
    typeArguments,
    arguments: values,
  });
  if (!result.ok) throw { failure: moveError(result, pkg, ctx.command) };
  return result.returns;
};
