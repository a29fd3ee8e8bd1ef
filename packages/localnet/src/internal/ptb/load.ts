import type { Address, FunctionInfo, SignatureType, Type } from '@atoma/move-engine';
import { balanceTypeOf, withdrawalOwner } from '../funds.ts';
import type { Command } from '../transaction-data.ts';
import { parseTypeTag, type StructTag, type TypeTag, typeTagText } from '../type-tag.ts';
import { type PtbContext, packageFor } from './context.ts';
import { failWith } from './failure.ts';
import { linkCall } from './linkage.ts';
import type { LoadedFunction, ValueType } from './plan.ts';

const SUI = '2'.padStart(64, '0');

const CONTEXT = `0x${SUI}::tx_context::TxContext`;

/** True for `&TxContext` and `&mut TxContext`, which the engine supplies. */
export const isTxContext = ({ reference, type }: ValueType): boolean => reference !== 'none' && type.text === CONTEXT;

const failType = (command: number, index: number, kind: 'TypeNotFound' | 'ConstraintNotSatisfied', what: string) =>
  failWith(
    { TypeArgumentError: { argumentIdx: index, kind: { [kind]: true } } },
    `Type argument ${index} of command ${command}: ${what}.`,
    command,
  );

/** The tag with the package that defines each type in place of the version it was named by. */
const definedTag = (ctx: PtbContext, tag: TypeTag, index: number): TypeTag => {
  if (tag.kind === 'primitive') return tag;
  if (tag.kind === 'vector') return { kind: 'vector', element: definedTag(ctx, tag.element, index) };
  const origin = ctx
    .packageOf(tag.address)
    ?.typeOrigins.find(({ module, datatype }) => module === tag.module && datatype === tag.name)?.package;
  if (origin === undefined) return failType(ctx.command, index, 'TypeNotFound', `there is no type ${typeTagText(tag)}`);
  return { ...tag, address: origin, typeArguments: tag.typeArguments.map((inner) => definedTag(ctx, inner, index)) };
};

/** Requires that every type within the tag has as many arguments as it declares, with the abilities it demands of them. */
const checkTag = (ctx: PtbContext, tag: TypeTag, index: number): void => {
  if (tag.kind === 'vector') checkTag(ctx, tag.element, index);
  if (tag.kind !== 'struct') return;
  for (const inner of tag.typeArguments) checkTag(ctx, inner, index);
  checkStruct(ctx, tag, index);
};

const checkStruct = (ctx: PtbContext, tag: StructTag, index: number): void => {
  const parameters = ctx.vm.datatypeInfo(tag.address, tag.module, tag.name)?.typeParameters ?? [];
  if (parameters.length !== tag.typeArguments.length)
    failWith(
      { TypeArityMismatch: true },
      `Type arity mismatch in type argument ${index} of command ${ctx.command}: ${tag.name} takes ${parameters.length} type arguments, ${tag.typeArguments.length} are given.`,
      ctx.command,
    );
  tag.typeArguments.forEach((inner, i) => {
    const { abilities, text } = ctx.vm.resolveType(typeTagText(inner));
    if (((parameters[i]?.constraints ?? 0) & ~abilities) !== 0)
      failType(ctx.command, index, 'ConstraintNotSatisfied', `${text} lacks an ability that ${tag.name} demands`);
  });
};

/** Type of a type argument as sent. */
export const loadType = (ctx: PtbContext, text: string, index: number): Type => {
  const tag = definedTag(ctx, parseTypeTag(text) as TypeTag, index);
  checkTag(ctx, tag, index);
  return ctx.vm.resolveType(typeTagText(tag));
};

const checkConstraints = (ctx: PtbContext, name: string, info: FunctionInfo, types: readonly Type[]): void => {
  const refuse = (reason: string) =>
    failWith({ VMVerificationOrDeserializationError: true }, `Command ${ctx.command}: ${reason}.`, ctx.command);
  if (types.length !== info.typeParameters.length)
    refuse(`${name} takes ${info.typeParameters.length} type arguments, ${types.length} given`);
  info.typeParameters.forEach((constraints, i) => {
    const type = types[i] as Type;
    if ((constraints & ~type.abilities) !== 0) refuse(`type argument ${type.text} lacks an ability ${name} demands`);
  });
};

/** The function of a MoveCall. */
export const loadFunction = (ctx: PtbContext, call: Command & { readonly kind: 'call' }): LoadedFunction => {
  const typeArguments = call.typeArguments.map((text, i) => loadType(ctx, text, i));
  const name = `0x${call.package}::${call.module}::${call.function}`;
  const info = ctx.vm.functionInfo(call.package, call.module, call.function);
  if (!info) return failWith({ FunctionNotFound: true }, `Function ${name} does not exist.`, ctx.command);
  const linkage = linkCall(ctx, packageFor(ctx, call.package), info.visibility === 'public', typeArguments);
  checkConstraints(ctx, name, info, typeArguments);
  const closed = (open: SignatureType): ValueType => ({
    type: ctx.vm.instantiate(open.body, typeArguments),
    reference: open.reference,
  });
  return { info, typeArguments, linkage, parameters: info.parameters.map(closed), returns: info.returns.map(closed) };
};

/** Gives each withdrawal its place, with `Withdrawal<Balance<T>> { owner, limit: u256 }` in it. */
export const loadWithdrawals = (ctx: PtbContext): void => {
  for (const cell of ctx.inputs) {
    if (!cell.withdrawal) continue;
    const coinType = loadType(ctx, cell.withdrawal.coinType, 0);
    const type = ctx.vm.resolveType(`0x2::funds_accumulator::Withdrawal<${balanceTypeOf(coinType.text)}>`);
    const owner = withdrawalOwner(cell.withdrawal, ctx.data);
    cell.place = { kind: 'withdrawal', type, reference: 'none', box: [[owner, cell.withdrawal.amount]] };
  }
};

/** Ids of the packages a type text names. */
export const packagesInType = (text: string): readonly Address[] => {
  const found: Address[] = [];
  const visit = (tag: TypeTag): void => {
    if (tag.kind === 'vector') visit(tag.element);
    if (tag.kind !== 'struct') return;
    found.push(tag.address);
    tag.typeArguments.forEach(visit);
  };
  visit(parseTypeTag(text) as TypeTag);
  return found;
};
