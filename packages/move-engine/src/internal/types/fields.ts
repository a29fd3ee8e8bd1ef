import { engineError } from '../../move-engine-errors.ts';
import { executionLimits, sizes } from '../../params.ts';
import type { EnumValue, MoveValue } from '../../types.ts';
import type { BinaryModule } from '../binary/decoded-module.ts';
import { fieldTypes } from '../load/loaded-module.ts';
import type { Datatype, Ty, Types } from './ty.ts';

/** Definition of a struct in its home module. */
export const structDefinition = (def: Datatype): BinaryModule['structDefs'][number] =>
  def.home.binary.structDefs[def.definition] as BinaryModule['structDefs'][number];

/** Definition of an enum in its home module. */
export const enumDefinition = (def: Datatype): BinaryModule['enumDefs'][number] =>
  def.home.binary.enumDefs[def.definition] as BinaryModule['enumDefs'][number];

/** Field types of a struct type, instantiated. */
export const structFields = (types: Types, ty: Ty): readonly Ty[] => {
  ty.memo.fields ??= instantiated(types, ty, fieldTypes((ty.def as Datatype).home, fieldsOf(ty.def as Datatype)));
  return ty.memo.fields;
};

const fieldsOf = (def: Datatype) => {
  const { fields } = structDefinition(def);
  if (!fields) throw engineError('BAD_MODULE', { module: def.module, reason: `struct ${def.name} is native` });
  return fields;
};

/** Field types of each variant of an enum type, instantiated. */
export const variantFields = (types: Types, ty: Ty): readonly (readonly Ty[])[] => {
  const def = ty.def as Datatype;
  ty.memo.variants ??= enumDefinition(def).variants.map((variant) =>
    instantiated(types, ty, fieldTypes(def.home, variant.fields)),
  );
  return ty.memo.variants;
};

const instantiated = (types: Types, ty: Ty, open: readonly Ty[]): readonly Ty[] => {
  const args = ty.datatype?.typeArguments ?? [];
  return args.length === 0 ? open : open.map((field) => types.substitute(field, args));
};

/** Abstract size of every value of the type when it is fixed, -1 when it depends on the value or is open. */
export const fixedSize = (types: Types, ty: Ty): number => {
  if (ty.memo.size === undefined) ty.memo.size = computeFixedSize(types, ty);
  return ty.memo.size;
};

const computeFixedSize = (types: Types, ty: Ty): number => {
  if (ty.target) return sizes.reference;
  switch (ty.kind) {
    case 'u128':
      return sizes.u128;
    case 'u256':
      return sizes.u256;
    case 'address':
    case 'signer':
      return sizes.address;
    case 'struct': {
      let sum: number = sizes.aggregate;
      for (const field of structFields(types, ty)) {
        const size = fixedSize(types, field);
        if (size < 0) return -1;
        sum += size;
      }
      return sum;
    }
    default:
      return ty.primitive ? sizes.small : -1;
  }
};

/** Raw bytes of an element of a vector of numbers; 0 for other elements. */
const rawBytes: Readonly<Record<string, number>> = {
  bool: 1,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  u128: 16,
  u256: 32,
  address: 32,
};

/** Abstract size of a value in bytes. */
export const abstractSize = (types: Types, ty: Ty, value: MoveValue): number => {
  const fixed = fixedSize(types, ty);
  if (fixed >= 0) return fixed;
  if (ty.element) return vectorSize(types, ty.element, value as MoveValue[]);
  if (ty.kind === 'struct') return listSize(types, structFields(types, ty), value as MoveValue[]);
  const { tag, f } = value as EnumValue;
  return listSize(types, variantFields(types, ty)[tag] ?? [], f);
};

const vectorSize = (types: Types, element: Ty, items: MoveValue[]): number => {
  const raw = rawBytes[element.kind];
  if (raw !== undefined) return sizes.aggregate + raw * items.length;
  const fixed = fixedSize(types, element);
  if (fixed >= 0) return sizes.aggregate + fixed * items.length;
  return items.reduce<number>((sum, item) => sum + abstractSize(types, element, item), sizes.aggregate);
};

const listSize = (types: Types, fields: readonly Ty[], values: MoveValue[]): number => {
  let sum: number = sizes.aggregate;
  for (let k = 0; k < fields.length; k++) sum += abstractSize(types, fields[k] as Ty, values[k] as MoveValue);
  return sum;
};

const uidText = `0x${'2'.padStart(64, '0')}::object::UID`;

/** True for `0x2::object::UID`. */
export const isUid = (ty: Ty): boolean => ty.text === uidText;

/** Whether a value of the type can hold a UID. */
export const holdsUid = (types: Types, ty: Ty): boolean => {
  if (ty.memo.holdsUid === undefined) ty.memo.holdsUid = computeHoldsUid(types, ty);
  return ty.memo.holdsUid;
};

const computeHoldsUid = (types: Types, ty: Ty): boolean => {
  if (isUid(ty)) return true;
  if (ty.element) return holdsUid(types, ty.element);
  if (ty.kind === 'struct') return structFields(types, ty).some((field) => holdsUid(types, field));
  if (ty.kind === 'enum') return variantFields(types, ty).some((v) => v.some((field) => holdsUid(types, field)));
  return false;
};

/** Ids of the UIDs inside a value, appended to `found`. */
export const collectUids = (types: Types, ty: Ty, value: MoveValue, found: string[]): void => {
  if (!holdsUid(types, ty)) return;
  if (isUid(ty)) found.push(((value as MoveValue[])[0] as MoveValue[])[0] as string);
  else if (ty.element) for (const item of value as MoveValue[]) collectUids(types, ty.element, item, found);
  else if (ty.kind === 'struct')
    structFields(types, ty).forEach((field, k) => {
      collectUids(types, field, (value as MoveValue[])[k] as MoveValue, found);
    });
  else {
    const { tag, f } = value as EnumValue;
    (variantFields(types, ty)[tag] ?? []).forEach((field, k) => {
      collectUids(types, field, f[k] as MoveValue, found);
    });
  }
};

/** Depth of the fields below a type, itself included; a type parameter counts as one level. */
export const valueDepth = (types: Types, ty: Ty): number => {
  ty.memo.valueDepth ??= computeValueDepth(types, ty);
  return ty.memo.valueDepth;
};

const computeValueDepth = (types: Types, ty: Ty): number => {
  const deepest = (fields: readonly Ty[]): number =>
    fields.reduce((depth, field) => Math.max(depth, valueDepth(types, field)), 0);
  if (ty.element) return valueDepth(types, ty.element) + 1;
  if (ty.kind === 'struct') return deepest(structFields(types, ty)) + 1;
  if (ty.kind === 'enum') return deepest(variantFields(types, ty).flat()) + 1;
  return 1;
};

/** Whether values of a closed type may be made: neither they nor its arguments are too deep. */
export const canBeMade = (types: Types, ty: Ty): boolean =>
  valueDepth(types, ty) <= executionLimits.valueDepth &&
  (ty.datatype?.typeArguments ?? []).every((argument) => canBeMade(types, argument));

/** Types in the layout of a type: itself, its fields' and so on; a variant of an enum is one more. */
const layoutNodes = (types: Types, ty: Ty): number => {
  ty.memo.layoutNodes ??= Math.min(1 + insideNodes(types, ty), Number.MAX_SAFE_INTEGER);
  return ty.memo.layoutNodes;
};

const insideNodes = (types: Types, ty: Ty): number => {
  const all = (fields: readonly Ty[]): number => fields.reduce((sum, field) => sum + layoutNodes(types, field), 0);
  if (ty.element) return layoutNodes(types, ty.element);
  if (ty.kind === 'struct') return all(structFields(types, ty));
  if (ty.kind !== 'enum') return 0;
  return variantFields(types, ty).reduce((sum, fields) => sum + 1 + all(fields), 0);
};

/** Whether the layout of a closed type is small enough to be told, so that its values can be written and read. */
export const hasLayout = (types: Types, ty: Ty): boolean => layoutNodes(types, ty) <= executionLimits.layoutNodes;

/** Nodes of a type with its parameters replaced, where a parameter is a node beside the type it stands for. */
export const substitutedNodes = (open: Ty, args: readonly Ty[]): number => {
  if (open.kind === 'parameter') return 1 + (args[open.index] as Ty).nodes;
  const inner = open.element ? [open.element] : (open.datatype?.typeArguments ?? []);
  return inner.reduce((sum, ty) => sum + substitutedNodes(ty, args), 1);
};
