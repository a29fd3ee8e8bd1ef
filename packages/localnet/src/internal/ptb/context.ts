import type { Address, MovePackage, MoveValue, MoveVm, Session, Type } from '@atoma/move-engine';
import type { ObjectInput } from '../checks.ts';
import type { Argument, TransactionData } from '../transaction-data.ts';
import { failArgument, failWith } from './failure.ts';
import { isPureType, isValidPure } from './pure.ts';
import { type Clique, copyValue, hasAbility, newClique, rootOf, type Slot } from './values.ts';

/** An input before a command gives it a type. */
export interface InputCell {
  readonly kind: 'pure' | 'receiving' | 'object';
  readonly bytes?: Uint8Array;
  readonly input?: ObjectInput;
  readonly clique: Clique;
  /** Values made of a pure or receiving input, one for each type it was used as. */
  readonly typed: Map<Type, Slot>;
  /** The object's value, once some command used it. */
  slot: Slot | undefined;
}

/** A programmable transaction under way. */
export interface PtbContext {
  readonly vm: MoveVm;
  readonly session: Session;
  readonly data: TransactionData;
  /** Dev-inspect: any function, any value, no rules about ownership and leftovers. */
  readonly inspect: boolean;
  readonly inputs: readonly InputCell[];
  readonly gas: InputCell;
  readonly results: Slot[][];
  /** Index of the command under way. */
  command: number;
  /** Called package and module of every session call, in order: what events carry. */
  readonly calls: { readonly package: Address; readonly module: string }[];
  /** Slots the command under way has borrowed or moved. */
  readonly used: Map<Slot, 'shared' | 'mutable' | 'moved'>;
  /** Shared objects the command under way took by value. */
  readonly sharedTaken: Address[];
  /** Packages published or upgraded by this transaction. */
  readonly published: MovePackage[];
  readonly packageOf: (id: Address) => MovePackage | undefined;
  /** Makes a package visible to the machine before it is stored. */
  readonly announce: (pkg: MovePackage) => void;
}

/** Makes the cell of an object input; its value is decoded on first use. */
export const objectCell = (input: ObjectInput): InputCell => ({
  kind: input.use === 'receiving' ? 'receiving' : 'object',
  input,
  clique: newClique(),
  typed: new Map(),
  slot: undefined,
});

/** Makes the cell of a pure input. */
export const pureCell = (bytes: Uint8Array): InputCell => ({
  kind: 'pure',
  bytes,
  clique: newClique(),
  typed: new Map(),
  slot: undefined,
});

const objectSlot = (ctx: PtbContext, cell: InputCell, origin: Slot['origin']): Slot => {
  if (cell.slot) return cell.slot;
  const input = cell.input as ObjectInput;
  const type = ctx.vm.resolveType(input.object.type);
  const value = ctx.vm.deserialize(type, input.object.contents);
  cell.slot = { type, value, origin, input, clique: cell.clique, hot: false };
  return cell.slot;
};

/** Decodes a pure input as `type`. */
const pureSlot = (ctx: PtbContext, cell: InputCell, type: Type, argument: number): Slot => {
  const known = cell.typed.get(type);
  if (known) return known;
  if (!ctx.inspect && !isPureType(type)) failArgument(ctx.command, argument, 'InvalidUsageOfPureArg', true, type.text);
  const value = decodePure(ctx, type, cell.bytes as Uint8Array);
  if (value === undefined) return failArgument(ctx.command, argument, 'InvalidBCSBytes', true, type.text);
  const slot: Slot = { type, value, origin: 'input', clique: cell.clique, hot: false };
  cell.typed.set(type, slot);
  return slot;
};

const decodePure = (ctx: PtbContext, type: Type, bytes: Uint8Array): MoveValue | undefined => {
  try {
    const value = ctx.vm.deserialize(type, bytes);
    return isValidPure(type, value) ? value : undefined;
  } catch {
    return undefined; // ENGINE_BAD_BCS: the bytes are no value of the type
  }
};

const isReceiving = (type: Type): boolean =>
  type.datatype?.name === 'Receiving' && type.datatype.module === 'transfer' && /^0+2$/.test(type.datatype.address);

/** The value `Receiving { id, version }` of a receiving input. */
const receivingSlot = (ctx: PtbContext, cell: InputCell, type: Type, argument: number): Slot => {
  const known = cell.typed.get(type);
  if (known) return known;
  if (!isReceiving(type))
    failArgument(ctx.command, argument, 'TypeMismatch', true, `${type.text} for a receiving object`);
  const { id, version } = (cell.input as ObjectInput).object;
  const slot: Slot = { type, value: [[id], version], origin: 'input', clique: cell.clique, hot: false };
  cell.typed.set(type, slot);
  return slot;
};

const resultOf = (ctx: PtbContext, argument: Argument & { index: number }, position: number): Slot => {
  const results = ctx.results[argument.index];
  if (!results)
    return failArgument(ctx.command, position, 'IndexOutOfBounds', { idx: argument.index }, `result ${argument.index}`);
  if (argument.kind === 'nested') {
    const detail = { resultIdx: argument.index, secondaryIdx: argument.sub };
    return results[argument.sub] ?? failArgument(ctx.command, position, 'SecondaryIndexOutOfBounds', detail);
  }
  if (results.length !== 1)
    failArgument(
      ctx.command,
      position,
      'InvalidResultArity',
      { resultIdx: argument.index },
      `${results.length} values`,
    );
  return results[0] as Slot;
};

const cellOf = (ctx: PtbContext, argument: Argument & { kind: 'input' }, position: number): InputCell =>
  ctx.inputs[argument.index] ??
  failArgument(ctx.command, position, 'IndexOutOfBounds', { idx: argument.index }, `input ${argument.index}`);

/** Slot of an argument whose type is not known beforehand; undefined for pure and receiving inputs. */
export const untypedSlot = (ctx: PtbContext, argument: Argument, position: number): Slot | undefined => {
  if (argument.kind === 'gas') return objectSlot(ctx, ctx.gas, 'gas');
  if (argument.kind !== 'input') return resultOf(ctx, argument, position);
  const cell = cellOf(ctx, argument, position);
  return cell.kind === 'object' ? objectSlot(ctx, cell, 'object') : undefined;
};

/** Slot of an argument as a value of `type`. */
export const typedSlot = (ctx: PtbContext, argument: Argument, type: Type, position: number): Slot => {
  const slot = untypedSlot(ctx, argument, position);
  if (slot) {
    if (slot.type !== type)
      failArgument(ctx.command, position, 'TypeMismatch', true, `${slot.type.text} for ${type.text}`);
    return slot;
  }
  const cell = cellOf(ctx, argument as Argument & { kind: 'input' }, position);
  return cell.kind === 'pure' ? pureSlot(ctx, cell, type, position) : receivingSlot(ctx, cell, type, position);
};

const isReadOnly = (slot: Slot): boolean => slot.input?.use === 'immutable' || slot.input?.use === 'shared';

/** Takes the value out of a slot, or a copy when its type has `copy`. */
export const takeValue = (ctx: PtbContext, slot: Slot, position: number, mayTakeGas = false): MoveValue => {
  const { command, used } = ctx;
  if (slot.value === undefined) return failArgument(command, position, 'ArgumentWithoutValue');
  if (hasAbility(slot.type, 'copy')) {
    if (used.get(slot) === 'mutable') failArgument(command, position, 'InvalidReferenceArgument');
    if (!used.has(slot)) used.set(slot, 'shared');
    return copyValue(slot.value);
  }
  if (used.has(slot)) failArgument(command, position, 'CannotMoveBorrowedValue');
  if (slot.origin === 'gas' && !mayTakeGas) failArgument(command, position, 'InvalidGasCoinUsage');
  if (!ctx.inspect && isReadOnly(slot)) failArgument(command, position, 'InvalidObjectByValue');
  return moveOut(ctx, slot);
};

const moveOut = (ctx: PtbContext, slot: Slot): MoveValue => {
  const value = slot.value as MoveValue;
  slot.value = undefined;
  ctx.used.set(slot, 'moved');
  const root = rootOf(slot.clique);
  if (slot.hot) root.heat -= 1;
  // What a party owns is its owner's to give away, wrap or delete.
  if (slot.input?.use === 'sharedMutable' && slot.input.object.owner.kind === 'shared') {
    root.always = true;
    ctx.sharedTaken.push(slot.input.object.id);
  }
  return value;
};

/** Borrows the value of a slot for the command under way. */
export const borrowValue = (ctx: PtbContext, slot: Slot, mutable: boolean, position: number): MoveValue => {
  const { command, used } = ctx;
  if (slot.value === undefined) return failArgument(command, position, 'ArgumentWithoutValue');
  const before = used.get(slot);
  if (before !== undefined && (mutable || before === 'mutable'))
    failArgument(command, position, 'InvalidReferenceArgument');
  if (mutable && !ctx.inspect && isReadOnly(slot)) failArgument(command, position, 'InvalidObjectByMutRef');
  used.set(slot, mutable ? 'mutable' : 'shared');
  return slot.value;
};

/** The called package, which the input checks have found. */
export const packageFor = (ctx: PtbContext, id: Address): MovePackage =>
  ctx.packageOf(id) ?? failWith({ FunctionNotFound: true }, `Package 0x${id} does not exist.`, ctx.command);
