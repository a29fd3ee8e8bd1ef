import { binaryLimits, pushed } from '../../params.ts';
import type { Instruction } from '../binary/decoded-module.ts';
import { Op } from '../binary/opcodes.ts';
import { variantFields } from '../types/fields.ts';
import { arithmetic, bitwise, cast, compare, equality, logical, not, shift } from './arithmetic.ts';
import { abort, call, loadConstant, loadLiteral, returnValues } from './calls.ts';
import type { Block } from './cfg.ts';
import {
  type BlockContext,
  type FunctionContext,
  helper,
  popReference,
  popType,
  pushGas,
  reject,
  settle,
  valueText,
} from './context.ts';
import {
  borrowVariant,
  pack,
  packVariant,
  unpack,
  unpackVariant,
  vectorBorrow,
  vectorLength,
  vectorPack,
  vectorPop,
  vectorPush,
  vectorSwap,
  vectorUnpack,
} from './data.ts';
import { noDeps } from './entry.ts';
import {
  borrowField,
  borrowLocal,
  copyLocal,
  drop,
  freeze,
  moveLocal,
  readReference,
  storeLocal,
  writeReference,
} from './memory.ts';

/** How a translated block ends; targets are block numbers. */
export type Terminator =
  | { readonly kind: 'jump'; readonly to: number }
  | { readonly kind: 'if'; readonly condition: string; readonly yes: number; readonly no: number }
  | { readonly kind: 'switch'; readonly on: string; readonly targets: readonly number[] }
  | { readonly kind: 'end' };

/** Statements of a block, its charges among them, and how it ends. */
export interface TranslatedBlock {
  readonly lines: readonly string[];
  readonly terminator: Terminator;
}

/**
 * Translates and type-checks one block; the operand stack is empty at both ends. A block is charged segment by segment: a
 * segment ends with a call or whatever else charges while it runs, so that all is charged in the order of the code.
 * `looks`: the first segment looks at the budget, as every loop and every function must.
 */
export const translateBlock = (f: FunctionContext, block: Block, looks: boolean): TranslatedBlock => {
  const b: BlockContext = { f, stack: [], lines: [], at: block.start, splits: false };
  let terminator: Terminator = { kind: 'jump', to: block.successors[0] as number };
  let start = block.start;
  let line = b.lines.push('') - 1;
  const close = (): void => {
    f.gas.segments.push(start);
    b.lines[line] = charges(b, start, looks && start === block.start);
  };
  for (; b.at < block.end; b.at++) {
    const one = f.code[b.at] as Instruction;
    terminator = end(b, block, one) ?? terminator;
    if (b.stack.length > binaryLimits.stackHeight) reject(b, 'operand stack is too high');
    if (!b.splits) continue;
    b.splits = false;
    settle(b, false);
    close();
    start = b.at + 1;
    line = b.lines.push('') - 1;
  }
  b.at = block.end - 1;
  if (start < block.end) close();
  if (b.stack.length > 0) reject(b, 'operand stack is not empty at the end of a block');
  return { lines: b.lines, terminator };
};

/** What the segment from `start` to the current instruction charges on entry. */
const charges = (b: BlockContext, start: number, looks: boolean): string => {
  const { gas, siteBase } = b.f;
  let pushes = 0;
  let bytes = 0;
  const end = b.at + 1;
  for (let at = start; at < end; at++) {
    pushes += gas.pushes[at] ?? 0;
    bytes += gas.bytes[at] ?? 0;
  }
  const sums = `${pushes > 0 ? `S.p+=${pushes};` : ''}${bytes > 0 ? `S.z+=${bytes};` : ''}`;
  return looks || bytes > 0
    ? `${sums}if((S.i+=${end - start})>S.stop)${helper(b, 'checkpoint')}(S,${siteBase + start});`
    : `${sums}S.i+=${end - start};`;
};

/** Translates an instruction; the terminator when it ends the block in its own way. */
const end = (b: BlockContext, block: Block, one: Instruction): Terminator | undefined => {
  switch (one.op) {
    case Op.Ret:
      returnValues(b);
      return { kind: 'end' };
    case Op.Abort:
      abort(b);
      return { kind: 'end' };
    case Op.Branch:
      return { kind: 'jump', to: block.successors[0] as number };
    case Op.BrTrue:
    case Op.BrFalse: {
      const condition = popType(b, b.f.types.primitives.bool).x;
      const [taken, next] = block.successors as readonly [number, number];
      return one.op === Op.BrTrue
        ? { kind: 'if', condition, yes: taken, no: next }
        : { kind: 'if', condition, yes: next, no: taken };
    }
    case Op.VariantSwitch:
      return variantSwitch(b, block, one);
    default:
      straight(b, one);
      return undefined;
  }
};

const variantSwitch = (b: BlockContext, block: Block, one: Instruction): Terminator => {
  const def = b.f.module.binary.functionDefs[b.f.fn.definition];
  const table = def?.jumpTables[one.a];
  if (!table) return reject(b, 'jump table does not exist');
  const { entry, target } = popReference(b);
  const handle = b.f.module.binary.enumDefs[table.enumDef]?.handle ?? -1;
  if (target.kind !== 'enum' || target.def !== b.f.module.datatype(handle) || entry.ty.kind === 'mutable')
    return reject(b, `switch over ${entry.ty.text}`);
  if (table.targets.length !== variantFields(b.f.types, target).length) reject(b, 'switch misses a variant');
  return { kind: 'switch', on: `${valueText(b, entry)}.tag`, targets: block.successors };
};

const straight = (b: BlockContext, one: Instruction): void => {
  const { primitives } = b.f.types;
  switch (one.op) {
    case Op.Nop:
      return;
    case Op.Pop:
      drop(b);
      return;
    case Op.LdU8:
      loadLiteral(b, primitives.u8, one.value);
      return;
    case Op.LdU16:
      loadLiteral(b, primitives.u16, one.value);
      return;
    case Op.LdU32:
      loadLiteral(b, primitives.u32, one.value);
      return;
    case Op.LdU64:
      loadLiteral(b, primitives.u64, one.value);
      return;
    case Op.LdU128:
      loadLiteral(b, primitives.u128, one.value);
      return;
    case Op.LdU256:
      loadLiteral(b, primitives.u256, one.value);
      return;
    case Op.LdTrue:
    case Op.LdFalse:
      pushGas(b, 1, pushed.primitive);
      b.stack.push({ ty: primitives.bool, x: one.op === Op.LdTrue ? 'true' : 'false', impure: 0, deps: noDeps });
      return;
    case Op.LdConst:
      loadConstant(b, one.a);
      return;
    case Op.Call:
    case Op.CallGeneric:
      call(b, one.a, one.op === Op.CallGeneric);
      return;
    case Op.CastU8:
      cast(b, 'u8');
      return;
    case Op.CastU16:
      cast(b, 'u16');
      return;
    case Op.CastU32:
      cast(b, 'u32');
      return;
    case Op.CastU64:
      cast(b, 'u64');
      return;
    case Op.CastU128:
      cast(b, 'u128');
      return;
    case Op.CastU256:
      cast(b, 'u256');
      return;
    case Op.Add:
    case Op.Sub:
    case Op.Mul:
    case Op.Div:
    case Op.Mod:
      arithmetic(b, one.op);
      return;
    case Op.BitAnd:
    case Op.BitOr:
    case Op.Xor:
      bitwise(b, one.op);
      return;
    case Op.Shl:
    case Op.Shr:
      shift(b, one.op);
      return;
    case Op.And:
    case Op.Or:
      logical(b, one.op);
      return;
    case Op.Not:
      not(b);
      return;
    case Op.Eq:
    case Op.Neq:
      equality(b, one.op);
      return;
    case Op.Lt:
    case Op.Gt:
    case Op.Le:
    case Op.Ge:
      compare(b, one.op);
      return;
    default:
      memory(b, one);
      return;
  }
};

const memory = (b: BlockContext, one: Instruction): void => {
  switch (one.op) {
    case Op.CopyLoc:
      copyLocal(b, one.a);
      return;
    case Op.MoveLoc:
      moveLocal(b, one.a);
      return;
    case Op.StLoc:
      storeLocal(b, one.a);
      return;
    case Op.MutBorrowLoc:
    case Op.ImmBorrowLoc:
      borrowLocal(b, one.a, one.op === Op.MutBorrowLoc);
      return;
    case Op.MutBorrowField:
    case Op.ImmBorrowField:
      borrowField(b, one.a, one.op === Op.MutBorrowField, false);
      return;
    case Op.MutBorrowFieldGeneric:
    case Op.ImmBorrowFieldGeneric:
      borrowField(b, one.a, one.op === Op.MutBorrowFieldGeneric, true);
      return;
    case Op.ReadRef:
      readReference(b);
      return;
    case Op.WriteRef:
      writeReference(b);
      return;
    case Op.FreezeRef:
      freeze(b);
      return;
    case Op.Pack:
    case Op.PackGeneric:
      pack(b, one.a, one.op === Op.PackGeneric);
      return;
    case Op.Unpack:
    case Op.UnpackGeneric:
      unpack(b, one.a, one.op === Op.UnpackGeneric);
      return;
    default:
      collections(b, one);
      return;
  }
};

const collections = (b: BlockContext, one: Instruction): void => {
  switch (one.op) {
    case Op.PackVariant:
    case Op.PackVariantGeneric:
      packVariant(b, one.a, one.op === Op.PackVariantGeneric);
      return;
    case Op.UnpackVariant:
    case Op.UnpackVariantGeneric:
      unpackVariant(b, one.a, one.op === Op.UnpackVariantGeneric);
      return;
    case Op.UnpackVariantImmRef:
    case Op.UnpackVariantMutRef:
      borrowVariant(b, one.a, one.op === Op.UnpackVariantMutRef, false);
      return;
    case Op.UnpackVariantGenericImmRef:
    case Op.UnpackVariantGenericMutRef:
      borrowVariant(b, one.a, one.op === Op.UnpackVariantGenericMutRef, true);
      return;
    case Op.VecPack:
      vectorPack(b, one.a, one.b);
      return;
    case Op.VecUnpack:
      vectorUnpack(b, one.a, one.b);
      return;
    case Op.VecLen:
      vectorLength(b, one.a);
      return;
    case Op.VecImmBorrow:
    case Op.VecMutBorrow:
      vectorBorrow(b, one.a, one.op === Op.VecMutBorrow);
      return;
    case Op.VecPushBack:
      vectorPush(b, one.a);
      return;
    case Op.VecPopBack:
      vectorPop(b, one.a);
      return;
    case Op.VecSwap:
      vectorSwap(b, one.a);
      return;
    default:
      reject(b, `opcode ${one.op} is not supported`);
      return;
  }
};
