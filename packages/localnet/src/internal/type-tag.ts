import { MAX_TYPE_DEPTH } from '../params.ts';
import { getAddress, getLength, getList, getText, type Reader, refuse } from './bcs-reader.ts';
import { newWriter, putAddress, putLength, putText, putU8, type Writer, written } from './bcs-writer.ts';

/** Variant numbers of Sui's `TypeTag` in BCS. */
const PRIMITIVES = ['bool', 'u8', 'u64', 'u128', 'address', 'signer', undefined, undefined, 'u16', 'u32', 'u256'];
const VECTOR = 6;
const STRUCT = 7;

/** A parsed type text. Addresses are 64 hex digits. */
export type TypeTag =
  | { readonly kind: 'primitive'; readonly name: string }
  | { readonly kind: 'vector'; readonly element: TypeTag }
  | StructTag;

/** A struct or enum type. */
export interface StructTag {
  readonly kind: 'struct';
  readonly address: string;
  readonly module: string;
  readonly name: string;
  readonly typeArguments: readonly TypeTag[];
}

/** Reads a type text in any usual spelling (short addresses, spaces); undefined when it is none. */
export const parseTypeTag = (text: string): TypeTag | undefined => {
  const cursor = { text, at: 0 };
  const tag = parse(cursor, 0);
  skipSpace(cursor);
  return tag && cursor.at === text.length ? tag : undefined;
};

interface Cursor {
  readonly text: string;
  at: number;
}

const skipSpace = (c: Cursor): void => {
  while (c.text[c.at] === ' ') c.at += 1;
};

const WORD = /[A-Za-z0-9_]+/y;

const word = (c: Cursor): string | undefined => {
  skipSpace(c);
  WORD.lastIndex = c.at;
  const match = WORD.exec(c.text)?.[0];
  if (match) c.at += match.length;
  return match;
};

const accept = (c: Cursor, expected: string): boolean => {
  skipSpace(c);
  if (!c.text.startsWith(expected, c.at)) return false;
  c.at += expected.length;
  return true;
};

const parse = (c: Cursor, depth: number): TypeTag | undefined => {
  const first = depth > 2 * MAX_TYPE_DEPTH ? undefined : word(c);
  if (first === undefined) return undefined;
  if (accept(c, '::')) return parseStruct(c, first, depth);
  if (first !== 'vector') return PRIMITIVES.includes(first) ? { kind: 'primitive', name: first } : undefined;
  if (!accept(c, '<')) return undefined;
  const element = parse(c, depth + 1);
  return element && accept(c, '>') ? { kind: 'vector', element } : undefined;
};

/** A Move identifier; a lone underscore is none. */
const IDENTIFIER = /^(?:[A-Za-z]|_\w)\w*$/;

const identifier = (c: Cursor): string | undefined => {
  const name = word(c);
  return name !== undefined && IDENTIFIER.test(name) ? name : undefined;
};

const parseStruct = (c: Cursor, first: string, depth: number): TypeTag | undefined => {
  const digits = first.startsWith('0x') ? first.slice(2) : first;
  const module = identifier(c);
  if (!/^[0-9a-fA-F]{1,64}$/.test(digits) || !module || !accept(c, '::')) return undefined;
  const name = identifier(c);
  const typeArguments = name && accept(c, '<') ? parseArguments(c, depth) : [];
  return name && typeArguments
    ? { kind: 'struct', address: digits.toLowerCase().padStart(64, '0'), module, name, typeArguments }
    : undefined;
};

const parseArguments = (c: Cursor, depth: number): TypeTag[] | undefined => {
  const list: TypeTag[] = [];
  do {
    const tag = parse(c, depth + 1);
    if (!tag) return undefined;
    list.push(tag);
  } while (accept(c, ','));
  return accept(c, '>') ? list : undefined;
};

/** Canonical text: long addresses, no spaces. */
export const typeTagText = (tag: TypeTag): string => {
  if (tag.kind === 'primitive') return tag.name;
  if (tag.kind === 'vector') return `vector<${typeTagText(tag.element)}>`;
  const head = `0x${tag.address}::${tag.module}::${tag.name}`;
  return tag.typeArguments.length === 0 ? head : `${head}<${tag.typeArguments.map(typeTagText).join(',')}>`;
};

/** Nodes of a type in canonical text: the type itself and every type in it. */
export const typeNodes = (text: string): number => text.split(/[<,]/).length;

/** Canonical text of a type text in any usual spelling, or undefined. */
export const canonicalType = (text: string): string | undefined => {
  const tag = parseTypeTag(text);
  return tag && typeTagText(tag);
};

/** BCS of a `TypeTag`. */
export const putTypeTag = (w: Writer, tag: TypeTag): void => {
  if (tag.kind === 'primitive') putU8(w, PRIMITIVES.indexOf(tag.name));
  else if (tag.kind === 'vector') {
    putU8(w, VECTOR);
    putTypeTag(w, tag.element);
  } else {
    putU8(w, STRUCT);
    putStructTag(w, tag);
  }
};

/** BCS of a `StructTag` (a struct type without the enum's variant number). */
export const putStructTag = (w: Writer, tag: StructTag): void => {
  putAddress(w, tag.address);
  putText(w, tag.module);
  putText(w, tag.name);
  putLength(w, tag.typeArguments.length);
  for (const argument of tag.typeArguments) putTypeTag(w, argument);
};

/** Reads the BCS of a `TypeTag` into canonical text. */
export const getTypeTag = (r: Reader, depth = 0): TypeTag => {
  if (depth > MAX_TYPE_DEPTH) refuse(`a type argument nests deeper than ${MAX_TYPE_DEPTH}`);
  const variant = getLength(r);
  if (variant === VECTOR) return { kind: 'vector', element: getTypeTag(r, depth + 1) };
  if (variant === STRUCT) return getStructTag(r, depth);
  const name = PRIMITIVES[variant];
  return name === undefined ? refuse(`${variant} is no type tag`) : { kind: 'primitive', name };
};

/** A Move identifier behind its length; anything else is refused. */
export const getIdentifier = (r: Reader): string => {
  const text = getText(r);
  return IDENTIFIER.test(text) && text.length <= 128 ? text : refuse('a name is no Move identifier');
};

const getStructTag = (r: Reader, depth: number): StructTag => ({
  kind: 'struct',
  address: getAddress(r),
  module: getIdentifier(r),
  name: getIdentifier(r),
  typeArguments: getList(r, (inner) => getTypeTag(inner, depth + 1)),
});

const SUI_COIN = `0x${'2'.padStart(64, '0')}::coin::Coin`;

/** Type text of `SUI`. */
export const GAS_TYPE = `0x${'2'.padStart(64, '0')}::sui::SUI`;

/** Type text of `Coin<SUI>`. */
export const GAS_COIN_TYPE = `${SUI_COIN}<${GAS_TYPE}>`;

/** Type argument of a coin type, or undefined for every other type. */
export const coinTypeOf = (type: string): string | undefined =>
  type.startsWith(`${SUI_COIN}<`) ? type.slice(SUI_COIN.length + 1, -1) : undefined;

const STAKED_SUI = `0x${'3'.padStart(64, '0')}::staking_pool::StakedSui`;
const objectTypes = new Map<string, Uint8Array>();

/** BCS of Sui's compact `MoveObjectType` for a canonical struct type: 1 gas coin, 2 staked SUI, 3 coin, else 0 and the tag. */
export const objectTypeBcs = (type: string): Uint8Array => {
  const known = objectTypes.get(type);
  if (known) return known;
  const w = newWriter(128);
  const tag = parseTypeTag(type) as StructTag;
  if (type === GAS_COIN_TYPE) putU8(w, 1);
  else if (type === STAKED_SUI) putU8(w, 2);
  else if (coinTypeOf(type) !== undefined) {
    putU8(w, 3);
    putTypeTag(w, tag.typeArguments[0] as TypeTag);
  } else {
    putU8(w, 0);
    putStructTag(w, tag);
  }
  const bytes = written(w);
  if (objectTypes.size > 10_000) objectTypes.clear();
  objectTypes.set(type, bytes);
  return bytes;
};
