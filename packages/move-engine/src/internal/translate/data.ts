import { executionLimits, pushed, sizes } from '../../params.ts';
import type { BinaryModule } from '../binary/decoded-module.ts';
import { canBeMade, structFields, valueDepth, variantFields } from '../types/fields.ts';
import type { Ty } from '../types/ty.ts';
import {
  type BlockContext,
  constant,
  helper,
  popReference,
  popType,
  popTypes,
  push,
  pushGas,
  reject,
  settle,
  site,
  temporary,
  valueImpure,
  valueText,
} from './context.ts';
import { type Entry, isAtom, mergedDeps, mergedImpure, noDeps } from './entry.ts';
import { checkInstantiations, checkTypeArguments, moduleOwnType } from './own-types.ts';

const structOf = (b: BlockContext, index: number, generic: boolean): Ty => {
  const { binary } = b.f.module;
  const instantiation = generic ? binary.structInstantiations[index] : undefined;
  const def = binary.structDefs[generic ? (instantiation?.def ?? -1) : index];
  if (!def) return reject(b, 'struct does not exist');
  return moduleOwnType(b, def.handle, instantiation?.typeArguments);
};

const variantOf = (
  b: BlockContext,
  index: number,
  generic: boolean,
): { owner: Ty; tag: number; fields: readonly Ty[] } => {
  const { binary } = b.f.module;
  const handle = (generic ? binary.variantInstantiations : binary.variantHandles)[index];
  if (!handle) return reject(b, 'variant does not exist');
  const instantiation = generic ? binary.enumInstantiations[handle.def] : undefined;
  const def = binary.enumDefs[instantiation?.def ?? handle.def] as BinaryModule['enumDefs'][number];
  const owner = moduleOwnType(b, def.handle, instantiation?.typeArguments);
  return {
    owner,
    tag: handle.variant,
    fields: variantFields(b.f.types, owner)[handle.variant] ?? reject(b, 'variant does not exist'),
  };
};

/** The limits on values of a type, where they are made. */
const checkMade = (b: BlockContext, ty: Ty): void => {
  const { types } = b.f;
  if (!ty.open) {
    if (canBeMade(types, ty)) return;
    settle(b, false);
    b.lines.push(`${helper(b, 'tooDeepValue')}(${site(b)});`);
    return;
  }
  const depth = executionLimits.valueDepth - valueDepth(types, ty);
  const nodes = Math.floor((executionLimits.typeNodes - 1 - ty.nodes) / ty.nodes);
  settle(b, false);
  b.lines.push(
    `if(${helper(b, 'isLarge')}(ta,${depth},${nodes}))${helper(b, 'makeable')}(${constant(b.f, ty)},ta,${site(b)});`,
  );
};

const joined = (b: BlockContext, entries: readonly Entry[]): string =>
  entries.map((entry) => valueText(b, entry)).join(',');

/** Pack, PackGeneric. */
export const pack = (b: BlockContext, index: number, generic: boolean): void => {
  const ty = structOf(b, index, generic);
  checkMade(b, ty);
  const entries = popTypes(b, structFields(b.f.types, ty));
  pushGas(b, 1, pushed.pack);
  push(b, ty, `[${joined(b, entries)}]`, mergedImpure(entries), mergedDeps(entries));
};

/** Pushes the slots of an owned list, which nothing else refers to any more. */
const pushSlots = (b: BlockContext, source: string, deps: readonly number[], fields: readonly Ty[]): void => {
  fields.forEach((field, k) => {
    push(b, field, `${source}[${k}]`, 0, deps);
  });
};

/** Unpack, UnpackGeneric. */
export const unpack = (b: BlockContext, index: number, generic: boolean): void => {
  const ty = structOf(b, index, generic);
  const fields = structFields(b.f.types, ty);
  const entry = popType(b, ty);
  pushGas(b, fields.length, 0);
  if (entry.impure !== 0) settle(b, false);
  const plain = isAtom(entry.x); // and pure: what throws or reads memory is no atom
  pushSlots(b, plain ? entry.x : temporary(b, entry.x), plain ? entry.deps : noDeps, fields);
};

/** PackVariant, PackVariantGeneric. */
export const packVariant = (b: BlockContext, index: number, generic: boolean): void => {
  const { owner, tag, fields } = variantOf(b, index, generic);
  checkMade(b, owner);
  const entries = popTypes(b, fields);
  pushGas(b, 1, pushed.pack);
  push(b, owner, `{tag:${tag},f:[${joined(b, entries)}]}`, mergedImpure(entries), mergedDeps(entries));
};

/** UnpackVariant, UnpackVariantGeneric. */
export const unpackVariant = (b: BlockContext, index: number, generic: boolean): void => {
  const { owner, tag, fields } = variantOf(b, index, generic);
  const entry = popType(b, owner);
  pushGas(b, fields.length, 0);
  settle(b, false);
  pushSlots(b, temporary(b, `${helper(b, 'variant')}(${entry.x},${tag},${site(b)})`), noDeps, fields);
};

/** UnpackVariantImmRef, UnpackVariantMutRef and their generic forms: references to every field. */
export const borrowVariant = (b: BlockContext, index: number, isMutable: boolean, generic: boolean): void => {
  const { owner, tag, fields } = variantOf(b, index, generic);
  const { entry, target } = popReference(b, isMutable);
  if (target !== owner || (!isMutable && entry.ty.kind === 'mutable'))
    reject(b, `expected a reference to ${owner.text}, found ${entry.ty.text}`);
  pushGas(b, fields.length, 0);
  settle(b, false);
  const list = temporary(b, `${helper(b, 'variant')}(${valueText(b, entry)},${tag},${site(b)})`);
  fields.forEach((field, k) => {
    push(b, b.f.types.reference(field, isMutable), list, 0, noDeps, String(k));
  });
};

const elementOf = (b: BlockContext, signature: number): Ty => {
  const { binary } = b.f.module;
  if (signature >= binary.signatures.length) reject(b, 'signature does not exist');
  const [element, ...rest] = b.f.module.signature(signature);
  if (!element || rest.length > 0) return reject(b, 'vector signature is not one type');
  checkTypeArguments(b, [element], [0]);
  checkInstantiations(b, [element]);
  return element;
};

/** VecPack. */
export const vectorPack = (b: BlockContext, signature: number, count: number): void => {
  const element = elementOf(b, signature);
  if (count > b.stack.length) reject(b, 'operand stack is too short');
  checkMade(b, element);
  const entries = popTypes(
    b,
    Array.from({ length: count }, () => element),
  );
  pushGas(b, 1, pushed.vectorPack);
  push(b, b.f.types.vector(element), `[${joined(b, entries)}]`, mergedImpure(entries), mergedDeps(entries));
};

/** VecUnpack. */
export const vectorUnpack = (b: BlockContext, signature: number, count: number): void => {
  const element = elementOf(b, signature);
  if (count > 1024) reject(b, 'too many elements to unpack');
  const entry = popType(b, b.f.types.vector(element));
  pushGas(b, count, 0);
  settle(b, false);
  const list = temporary(b, `${helper(b, 'unpackVector')}(${entry.x},${count},${site(b)})`);
  pushSlots(
    b,
    list,
    noDeps,
    Array.from({ length: count }, () => element),
  );
};

/** Pops a reference to a vector; its text is the vector itself. */
const popVector = (b: BlockContext, signature: number, isMutable: boolean): { entry: Entry; element: Ty } => {
  const element = elementOf(b, signature);
  const { entry, target } = popReference(b, isMutable);
  if (target !== b.f.types.vector(element)) reject(b, `expected a reference to a vector, found ${target.text}`);
  return { entry, element };
};

/** VecLen. */
export const vectorLength = (b: BlockContext, signature: number): void => {
  const { entry } = popVector(b, signature, false);
  pushGas(b, 1, pushed.primitive);
  push(b, b.f.types.primitives.u64, `${valueText(b, entry)}.length`, valueImpure(entry) | 2, entry.deps);
};

/** An atom for an operand, with the locals it still depends on. */
const operand = (b: BlockContext, entry: Entry): readonly [text: string, deps: readonly number[]] => {
  const text = valueText(b, entry);
  return isAtom(text) ? [text, entry.deps] : [temporary(b, text), noDeps];
};

/** VecImmBorrow, VecMutBorrow: the bounds are checked now, the element is a place. */
export const vectorBorrow = (b: BlockContext, signature: number, isMutable: boolean): void => {
  const index = popType(b, b.f.types.primitives.u64);
  const { entry, element } = popVector(b, signature, isMutable);
  pushGas(b, 1, sizes.reference);
  settle(b, false);
  const [list, listDeps] = operand(b, entry);
  const [at, atDeps] = operand(b, index);
  b.lines.push(`if(!(${at}<${list}.length))${helper(b, 'outOfBounds')}(${site(b)});`);
  push(b, b.f.types.reference(element, isMutable), list, 0, [...listDeps, ...atDeps], at);
};

/** VecPushBack. */
export const vectorPush = (b: BlockContext, signature: number): void => {
  const element = elementOf(b, signature);
  const value = popType(b, element);
  const { entry } = popVector(b, signature, true);
  settle(b, true);
  const [list] = operand(b, entry);
  const text = valueText(b, value);
  b.lines.push(`if(${list}.push(${text})>${helper(b, 'longest')})${helper(b, 'tooLong')}(${site(b)});`);
};

/** VecPopBack. */
export const vectorPop = (b: BlockContext, signature: number): void => {
  const { entry, element } = popVector(b, signature, true);
  settle(b, true);
  pushGas(b, 1, 0);
  const [list] = operand(b, entry);
  b.lines.push(`if(${list}.length===0)${helper(b, 'popEmpty')}(${site(b)});`);
  push(b, element, temporary(b, `${list}.pop()`));
};

/** VecSwap. */
export const vectorSwap = (b: BlockContext, signature: number): void => {
  const { u64 } = b.f.types.primitives;
  const second = popType(b, u64);
  const first = popType(b, u64);
  const { entry } = popVector(b, signature, true);
  settle(b, true);
  b.lines.push(`${helper(b, 'swap')}(${valueText(b, entry)},${first.x},${second.x},${site(b)});`);
};
