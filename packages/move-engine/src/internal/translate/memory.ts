import { sizes } from '../../params.ts';
import type { BinaryModule } from '../binary/decoded-module.ts';
import { fixedSize, structFields } from '../types/fields.ts';
import { Ability, type Ty } from '../types/ty.ts';
import { readPrimitive } from './arithmetic.ts';
import {
  atom,
  type BlockContext,
  helper,
  pop,
  popReference,
  push,
  pushGas,
  reject,
  requireAbility,
  settle,
  settleLocal,
  splitAfter,
  temporary,
  typeExpression,
  valueImpure,
  valueText,
} from './context.ts';
import { type Entry, Impure, isAtom, noDeps, shapeOf } from './entry.ts';
import { moduleOwnType } from './own-types.ts';

const local = (b: BlockContext, index: number): Ty => b.f.locals[index] ?? reject(b, `local ${index} does not exist`);

/** Text that reads a local, what it depends on and whether it reads memory. */
const localText = (b: BlockContext, index: number): readonly [x: string, impure: number, deps: readonly number[]] =>
  b.f.boxed.has(index) ? [`l${index}[0]`, Impure.reads, noDeps] : [`l${index}`, 0, [index]];

/** Text of a deep copy of `x`, charging its size. */
const copyText = (b: BlockContext, ty: Ty, x: string): string => {
  const size = ty.open ? -1 : fixedSize(b.f.types, ty);
  if (size < 0) {
    splitAfter(b);
    settle(b, false);
    return temporary(b, `${helper(b, 'copySized')}(S,${typeExpression(b, ty)},${x})`);
  }
  pushGas(b, 0, size);
  const fields = structFields(b.f.types, ty);
  if (isAtom(x) && fields.length <= 8 && fields.every((field) => field.primitive))
    return `[${fields.map((_, k) => `${x}[${k}]`).join(',')}]`;
  return `${helper(b, 'copy')}(${x})`;
};

/** CopyLoc. */
export const copyLocal = (b: BlockContext, index: number): void => {
  const ty = local(b, index);
  requireAbility(b, ty, Ability.copy, 'copy');
  const [x, impure, deps] = localText(b, index);
  if (ty.primitive || ty.target) {
    pushGas(b, 1, fixedSize(b.f.types, ty));
    push(b, ty, x, impure, deps);
    return;
  }
  pushGas(b, 1, 0);
  pushCopy(b, ty, copyText(b, ty, x), impure, deps);
};

/** Pushes a copy; one that is in a temporary already depends on nothing. */
const pushCopy = (b: BlockContext, ty: Ty, text: string, impure: number, deps: readonly number[]): void => {
  if (isAtom(text)) push(b, ty, text);
  else push(b, ty, text, impure | Impure.reads, deps);
};

/** MoveLoc. */
export const moveLocal = (b: BlockContext, index: number): void => {
  const ty = local(b, index);
  const [x, impure, deps] = localText(b, index);
  pushGas(b, 1, sizes.reference);
  push(b, ty, x, impure, deps);
};

/** StLoc. */
export const storeLocal = (b: BlockContext, index: number): void => {
  const ty = local(b, index);
  const value = pop(b);
  if (value.ty !== ty) reject(b, `local ${index} is ${ty.text}, not ${value.ty.text}`);
  const isBoxed = b.f.boxed.has(index);
  if (isBoxed) settle(b, true);
  else {
    if ((value.impure & Impure.throws) !== 0) settle(b, false);
    settleLocal(b, index);
  }
  b.lines.push(`l${index}${isBoxed ? '[0]' : ''}=${valueText(b, value)};`);
};

/** MutBorrowLoc, ImmBorrowLoc. */
export const borrowLocal = (b: BlockContext, index: number, isMutable: boolean): void => {
  const ty = local(b, index);
  if (ty.target) reject(b, 'reference to a reference');
  pushGas(b, 1, sizes.reference);
  const reference = b.f.types.reference(ty, isMutable);
  if (b.f.boxed.has(index)) push(b, reference, `l${index}`, 0, noDeps, '0');
  else push(b, reference, `l${index}`, 0, [index]);
};

/** Struct type and field type behind a field handle, or its instantiation. */
const fieldOf = (b: BlockContext, index: number, generic: boolean): { owner: Ty; field: Ty; slot: number } => {
  const { binary } = b.f.module;
  const instantiation = generic ? binary.fieldInstantiations[index] : undefined;
  const handle = binary.fieldHandles[generic ? (instantiation?.handle ?? -1) : index];
  if (!handle) return reject(b, 'field handle does not exist');
  const struct = binary.structDefs[handle.owner] as BinaryModule['structDefs'][number];
  const owner = moduleOwnType(b, struct.handle, instantiation?.typeArguments);
  const field = structFields(b.f.types, owner)[handle.field];
  return field ? { owner, field, slot: handle.field } : reject(b, 'field does not exist');
};

/** ImmBorrowField, MutBorrowField and their generic forms. */
export const borrowField = (b: BlockContext, index: number, isMutable: boolean, generic: boolean): void => {
  const { owner, field, slot } = fieldOf(b, index, generic);
  const { entry, target } = popReference(b, isMutable);
  if (target !== owner) reject(b, `expected a reference to ${owner.text}, found ${target.text}`);
  pushGas(b, 1, sizes.reference);
  push(b, b.f.types.reference(field, isMutable), valueText(b, entry), valueImpure(entry), entry.deps, String(slot));
};

/** FreezeRef. */
export const freeze = (b: BlockContext): void => {
  const { entry, target } = popReference(b, true);
  pushGas(b, 1, sizes.reference);
  b.stack.push({ ...entry, ty: b.f.types.reference(target, false) });
};

/** ReadRef. */
export const readReference = (b: BlockContext): void => {
  const { entry, target } = popReference(b);
  requireAbility(b, target, Ability.copy, 'read');
  if (target.primitive) {
    pushGas(b, 1, fixedSize(b.f.types, target));
    push(b, target, readPrimitive(b, entry), entry.impure | Impure.reads, entry.deps);
    return;
  }
  pushGas(b, 1, 0);
  const source =
    entry.i !== undefined
      ? `${entry.x}[${entry.i}]`
      : shapeOf(target) === 'unknown'
        ? `${helper(b, 'peek')}(${entry.x})`
        : entry.x;
  pushCopy(b, target, copyText(b, target, source), entry.impure, entry.deps);
};

/** WriteRef. */
export const writeReference = (b: BlockContext): void => {
  const { entry, target } = popReference(b, true);
  const value = pop(b);
  if (value.ty !== target) reject(b, `expected ${target.text}, found ${value.ty.text}`);
  requireAbility(b, target, Ability.drop, 'overwriting');
  settle(b, true);
  const size = target.open ? -1 : fixedSize(b.f.types, target);
  pushGas(b, 0, Math.max(0, size));
  let text = valueText(b, value);
  if (size < 0) {
    text = isAtom(text) ? text : temporary(b, text);
    splitAfter(b);
    b.lines.push(`${helper(b, 'chargeSize')}(S,${typeExpression(b, target)},${text});`);
  } else if (needsOrder(entry, value)) text = temporary(b, text);
  b.lines.push(writeText(b, entry, target, text));
};

/** The value was computed before the reference: keep that order when it can be observed. */
const needsOrder = (entry: Entry, value: Entry): boolean =>
  value.impure !== 0 && (entry.impure !== 0 || !isAtom(entry.x));

const writeText = (b: BlockContext, entry: Entry, target: Ty, value: string): string => {
  if (entry.i !== undefined) return `${entry.x}[${entry.i}]=${value};`;
  const shape = shapeOf(target);
  if (shape === 'aggregate') return `${helper(b, 'assign')}(${entry.x},${value});`;
  if (shape === 'unknown') return `${helper(b, 'write')}(${entry.x},${value});`;
  const reference = atom(b, entry);
  return `${reference}.c[${reference}.i]=${value};`;
};

/** Pop. */
export const drop = (b: BlockContext): void => {
  const entry = pop(b);
  requireAbility(b, entry.ty, Ability.drop, 'dropping');
  if ((entry.impure & Impure.throws) === 0) return;
  settle(b, false);
  // Parenthesized: an enum literal at the start of a statement would be a block.
  b.lines.push(`(${valueText(b, entry)});`);
};
