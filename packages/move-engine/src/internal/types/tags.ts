import { fromHex } from '@atoma/base';
import { engineError } from '../../move-engine-errors.ts';
import type { PrimitiveKind } from '../../types.ts';
import type { Datatype, Ty, Types } from './ty.ts';

/** Variant indices of `TypeTag` in BCS (`move-core-types/src/language_storage.rs`). */
const tagIndex: Readonly<Record<PrimitiveKind, number>> = {
  bool: 0,
  u8: 1,
  u64: 2,
  u128: 3,
  address: 4,
  signer: 5,
  u16: 8,
  u32: 9,
  u256: 10,
};
const vectorTag = 6;
const structTag = 7;

/** BCS of the TypeTag of a closed type. */
export const typeTag = (ty: Ty): Uint8Array => {
  ty.memo.tag ??= Uint8Array.from(tagBytes(ty));
  return ty.memo.tag;
};

const tagBytes = (ty: Ty): number[] => {
  if (ty.element) return [vectorTag, ...typeTag(ty.element)];
  const { datatype } = ty;
  if (!datatype) return [tagIndex[ty.kind as PrimitiveKind]];
  return [
    structTag,
    ...(fromHex(datatype.address) as Uint8Array),
    ...counted(datatype.module),
    ...counted(datatype.name),
    datatype.typeArguments.length,
    ...datatype.typeArguments.flatMap((arg) => [...typeTag(arg)]),
  ];
};

// Identifiers are at most 128 bytes of ASCII: two length bytes only for exactly 128.
const counted = (text: string): number[] => {
  const bytes = [...Buffer.from(text)];
  return bytes.length < 128 ? [bytes.length, ...bytes] : [0x80, 0x01, ...bytes];
};

/** Abstract size of a type tag, which natives charge for: 24, and of a struct 32, its names and its arguments. */
export const tagSize = (ty: Ty): number => {
  ty.memo.tagSize ??= 24 + (ty.element ? tagSize(ty.element) : ty.datatype ? structTagSize(ty) : 0);
  return ty.memo.tagSize;
};

/** Abstract size of the tag of a struct or enum by itself. */
export const structTagSize = (ty: Ty): number => {
  const { module, name, typeArguments } = ty.datatype as NonNullable<Ty['datatype']>;
  return typeArguments.reduce((sum, arg) => sum + tagSize(arg), 32 + module.length + name.length);
};

/** Text as `std::type_name` gives it: addresses without 0x, defining or original ids. */
export const typeName = (ty: Ty, original: boolean): string => {
  if (!original) return ty.text.replaceAll('0x', '');
  ty.memo.originalText ??= originalText(ty);
  return ty.memo.originalText;
};

const originalText = (ty: Ty): string => {
  if (ty.element) return `vector<${typeName(ty.element, true)}>`;
  if (!ty.datatype) return ty.text;
  const args = ty.datatype.typeArguments.map((arg) => typeName(arg, true));
  const { original, module, name } = ty.def as Datatype;
  return `${original}::${module}::${name}${args.length === 0 ? '' : `<${args.join(',')}>`}`;
};

/** Reads a type's text; `find` gives declarations. Throws ENGINE_BAD_TYPE. */
export const parseType = (
  text: string,
  types: Types,
  find: (address: string, module: string, name: string) => Datatype,
): Ty => {
  const tokens = text.match(/0x[0-9a-fA-F]+|[A-Za-z_]\w*|::|[<>,]|\S/g) ?? [];
  let at = 0;
  const bad = (reason: string): never => {
    throw engineError('BAD_TYPE', { text: text.slice(0, 200), reason });
  };
  const expect = (wanted: string): void => {
    if (tokens[at++] !== wanted) bad(`expected ${wanted}`);
  };
  const word = (): string => {
    const found = tokens[at++];
    return found !== undefined && /^[A-Za-z_]\w*$/.test(found) ? found : bad('expected a name');
  };
  const args = (depth: number): Ty[] => {
    const found: Ty[] = [];
    if (tokens[at] !== '<') return found;
    do {
      at++;
      found.push(one(depth + 1));
    } while (tokens[at] === ',');
    expect('>');
    return found;
  };
  const one = (depth: number): Ty => {
    if (depth > 16) bad('it is nested too deeply');
    const head = tokens[at++] ?? bad('it ends early');
    if (Object.hasOwn(types.primitives, head)) return types.primitives[head as PrimitiveKind];
    if (head === 'vector') {
      const [element, ...rest] = args(depth);
      return element && rest.length === 0 ? types.vector(element) : bad('a vector has one element type');
    }
    if (!/^0x[0-9a-fA-F]{1,64}$/.test(head)) return bad(`unknown type ${head}`);
    expect('::');
    const module = word();
    expect('::');
    const name = word();
    const def = find(head.slice(2).toLowerCase().padStart(64, '0'), module, name);
    const given = args(depth);
    if (given.length !== def.parameters.length)
      bad(`${name} takes ${def.parameters.length} type arguments, ${given.length} given`);
    return types.datatype(def, given);
  };
  const parsed = one(0);
  return at === tokens.length ? parsed : bad('something follows it');
};
