import { pushed } from '../../params.ts';
import { Op } from '../binary/opcodes.ts';
import type { HelperName } from '../run/helpers.ts';
import { fixedSize } from '../types/fields.ts';
import { Ability, type Ty } from '../types/ty.ts';
import {
  type BlockContext,
  helper,
  pop,
  popType,
  push,
  pushGas,
  reject,
  requireAbility,
  settle,
  site,
  splitAfter,
  temporary,
  typeExpression,
  valueText,
} from './context.ts';
import { type Entry, Impure, mergedDeps, mergedImpure } from './entry.ts';

/** Largest values by kind, as literals. */
const largest: Readonly<Record<string, string>> = {
  u8: '255',
  u16: '65535',
  u32: '4294967295',
  u128: `${(1n << 128n) - 1n}n`,
  u256: `${(1n << 256n) - 1n}n`,
};
const bits: Readonly<Record<string, number>> = { u8: 8, u16: 16, u32: 32, u64: 64, u128: 128, u256: 256 };

type Width = 'small' | 'u64' | 'big';
const widthOf = (b: BlockContext, ty: Ty): Width => {
  if (ty.kind === 'u64') return 'u64';
  if (ty.kind === 'u128' || ty.kind === 'u256') return 'big';
  return ty.kind === 'u8' || ty.kind === 'u16' || ty.kind === 'u32' ? 'small' : reject(b, `arithmetic on ${ty.text}`);
};

interface Operation {
  readonly u64: HelperName;
  readonly small: HelperName;
  readonly big: HelperName;
  /** The helper takes the largest value of its width. */
  readonly capped: boolean;
}

const operations: Readonly<Record<number, Operation>> = {
  [Op.Add]: { u64: 'add64', small: 'addSmall', big: 'addBig', capped: true },
  [Op.Sub]: { u64: 'sub64', small: 'subSmall', big: 'subBig', capped: false },
  [Op.Mul]: { u64: 'mul64', small: 'mulSmall', big: 'mulBig', capped: true },
  [Op.Div]: { u64: 'div64', small: 'divSmall', big: 'divBig', capped: false },
  [Op.Mod]: { u64: 'mod64', small: 'modSmall', big: 'modBig', capped: false },
};

const pushJoined = (b: BlockContext, ty: Ty, x: string, from: readonly Entry[], throws: boolean): void => {
  push(b, ty, x, mergedImpure(from) | (throws ? Impure.throws : 0), mergedDeps(from));
};

/** Add, Sub, Mul, Div, Mod. */
export const arithmetic = (b: BlockContext, op: number): void => {
  const right = pop(b);
  const left = popType(b, right.ty);
  const width = widthOf(b, left.ty);
  const operation = operations[op] as Operation;
  const cap = operation.capped && width !== 'u64' ? `,${largest[left.ty.kind]}` : '';
  pushGas(b, 1, pushed.primitive);
  pushJoined(b, left.ty, `${helper(b, operation[width])}(${left.x},${right.x}${cap},${site(b)})`, [left, right], true);
};

const bitwiseHelpers: Readonly<Record<number, readonly [sign: string, u64: HelperName]>> = {
  [Op.BitAnd]: ['&', 'and64'],
  [Op.BitOr]: ['|', 'or64'],
  [Op.Xor]: ['^', 'xor64'],
};

/** BitAnd, BitOr, Xor. */
export const bitwise = (b: BlockContext, op: number): void => {
  const right = pop(b);
  const left = popType(b, right.ty);
  const [sign, wide] = bitwiseHelpers[op] as readonly [string, HelperName];
  const width = widthOf(b, left.ty);
  pushGas(b, 1, pushed.primitive);
  const plain = `(${left.x}${sign}${right.x})`;
  const x =
    width === 'u64' ? `${helper(b, wide)}(${left.x},${right.x})` : left.ty.kind === 'u32' ? `(${plain}>>>0)` : plain;
  pushJoined(b, left.ty, x, [left, right], false);
};

/** Shl, Shr. */
export const shift = (b: BlockContext, op: number): void => {
  const by = popType(b, b.f.types.primitives.u8);
  const value = pop(b);
  const width = widthOf(b, value.ty);
  const left = op === Op.Shl;
  pushGas(b, 1, pushed.primitive);
  const name: HelperName =
    width === 'u64'
      ? left
        ? 'shl64'
        : 'shr64'
      : width === 'small'
        ? left
          ? 'shlSmall'
          : 'shrSmall'
        : left
          ? 'shlBig'
          : 'shrBig';
  const widthArgument = width === 'u64' ? '' : `,${bits[value.ty.kind]}`;
  pushJoined(b, value.ty, `${helper(b, name)}(${value.x},${by.x}${widthArgument},${site(b)})`, [value, by], true);
};

/** Casts to the kind. */
export const cast = (b: BlockContext, to: 'u8' | 'u16' | 'u32' | 'u64' | 'u128' | 'u256'): void => {
  const value = pop(b);
  widthOf(b, value.ty);
  const target = b.f.types.primitives[to];
  pushGas(b, 1, pushed.primitive);
  if (value.ty === target) {
    b.stack.push(value);
    return;
  }
  const wider = (bits[value.ty.kind] as number) < (bits[to] as number);
  const source = widthOf(b, value.ty);
  const width = widthOf(b, target);
  if (wider && (source === 'small' || source === width) && width !== 'big')
    push(b, target, value.x, value.impure, value.deps);
  else if (wider) pushJoined(b, target, source === width ? value.x : `BigInt(${value.x})`, [value], false);
  else if (width === 'u64') pushJoined(b, target, `${helper(b, 'cast64')}(${value.x},${site(b)})`, [value], true);
  else
    pushJoined(
      b,
      target,
      `${helper(b, width === 'small' ? 'castSmall' : 'castBig')}(${value.x},${largest[to]},${site(b)})`,
      [value],
      true,
    );
};

const signs: Readonly<Record<number, string>> = { [Op.Lt]: '<', [Op.Gt]: '>', [Op.Le]: '<=', [Op.Ge]: '>=' };

/** Lt, Gt, Le, Ge. */
export const compare = (b: BlockContext, op: number): void => {
  const right = pop(b);
  const left = popType(b, right.ty);
  widthOf(b, left.ty);
  pushGas(b, 1, pushed.primitive);
  pushJoined(b, b.f.types.primitives.bool, `(${left.x}${signs[op]}${right.x})`, [left, right], false);
};

/** And, Or of booleans already computed; a right operand that may throw must run whatever the left one says. */
export const logical = (b: BlockContext, op: number): void => {
  const { bool } = b.f.types.primitives;
  const right = popType(b, bool);
  const left = popType(b, bool);
  pushGas(b, 1, pushed.primitive);
  const sign = op === Op.And ? '&&' : '||';
  const both = (right.impure & Impure.throws) !== 0;
  const x = both ? `((${left.x}${sign[0]}${right.x})!==0)` : `(${left.x}${sign}${right.x})`;
  pushJoined(b, bool, x, [left, right], false);
};

/** Not. */
export const not = (b: BlockContext): void => {
  const value = popType(b, b.f.types.primitives.bool);
  pushGas(b, 1, pushed.primitive);
  pushJoined(b, value.ty, `(!${value.x})`, [value], false);
};

/** Eq, Neq: of values, or of what two references refer to. */
export const equality = (b: BlockContext, op: number): void => {
  const right = pop(b);
  const left = popType(b, right.ty);
  const { bool } = b.f.types.primitives;
  const compared = left.ty.target ?? left.ty;
  requireAbility(b, compared, left.ty.target ? 0 : Ability.drop, 'comparison');
  const negate = op === Op.Neq;
  const size = fixedSize(b.f.types, compared);
  const reference = left.ty.target ? 16 : 0;
  if (compared.primitive) {
    const reads = Impure.reads | mergedImpure([left, right]);
    pushGas(b, 1, 1 + reference + 2 * size);
    const one = (entry: Entry): string => (left.ty.target ? readPrimitive(b, entry) : entry.x);
    push(b, bool, `(${one(left)}${negate ? '!==' : '==='}${one(right)})`, reads, mergedDeps([left, right]));
    return;
  }
  pushGas(b, 1, 0);
  splitAfter(b);
  settle(b, false);
  const operands = `${typeExpression(b, compared)},${valueText(b, left)},${valueText(b, right)}`;
  const call = `${helper(b, 'equalSized')}(S,${operands},${pushed.primitive + reference})`;
  push(b, bool, temporary(b, negate ? `!${call}` : call));
};

/** The primitive behind a reference entry. */
export const readPrimitive = (b: BlockContext, entry: Entry): string => {
  if (entry.i !== undefined) return `${entry.x}[${entry.i}]`;
  return `${helper(b, 'peek')}(${entry.x})`;
};
