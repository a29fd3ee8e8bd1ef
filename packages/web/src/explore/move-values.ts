/** Values of Move as text: from BCS by their type, and back. */

import { type BcsType, bcs } from '@mysten/sui/bcs';
import type { SuiClientTypes } from '@mysten/sui/client';

/** A type in a signature. */
export type Body = SuiClientTypes.OpenSignatureBody;

type Layout = BcsType<unknown, unknown>;

/** A layout whose values are only known when they are read. */
const loose = (layout: unknown): Layout => layout as Layout;

const plain: Readonly<Record<string, Layout>> = {
  u8: loose(bcs.u8()),
  u16: loose(bcs.u16()),
  u32: loose(bcs.u32()),
  u64: loose(bcs.u64()),
  u128: loose(bcs.u128()),
  u256: loose(bcs.u256()),
  bool: loose(bcs.bool()),
  address: loose(bcs.Address),
};

const TEXTS = new Set(['string::String', 'ascii::String']);

/** Where a struct is declared, without the address. */
const nameOf = (typeName: string): string => typeName.split('::').slice(1).join('::');

/** The layout of a value that may be given as bytes; undefined for objects and what is not known. */
export const layoutOf = (body: Body): Layout | undefined => {
  if (body.$kind === 'vector') {
    const inner = layoutOf(body.vector);
    return inner && loose(bcs.vector(inner));
  }
  if (body.$kind !== 'datatype') return plain[body.$kind];
  const { typeName, typeParameters } = body.datatype;
  const name = nameOf(typeName);
  if (TEXTS.has(name)) return loose(bcs.string());
  if (name === 'object::ID') return loose(bcs.Address);
  const [first] = typeParameters;
  const inner = name === 'option::Option' && first ? layoutOf(first) : undefined;
  return inner && loose(bcs.option(inner));
};

/** A type as people write it. */
export const typeText = (body: Body): string => {
  if (body.$kind === 'vector') return `vector<${typeText(body.vector)}>`;
  if (body.$kind === 'typeParameter') return `T${body.index}`;
  if (body.$kind !== 'datatype') return body.$kind;
  const { typeName, typeParameters } = body.datatype;
  return `${nameOf(typeName)}${typeParameters.length === 0 ? '' : `<${typeParameters.map(typeText).join(', ')}>`}`;
};

const isBytes = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.length > 3 && value.every((each) => typeof each === 'number' && each < 256);

const hexOf = (bytes: Iterable<number>): string =>
  `0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;

/** A decoded value as text; bytes as hex. */
export const valueText = (value: unknown): string => {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'string') return value;
  if (isBytes(value)) return hexOf(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Bytes of base64. */
export const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** Bytes as text by their type; as hex where it is not known or does not fit. */
export const decodePure = (bytes: Uint8Array, body: Body | undefined): string => {
  const layout = body && layoutOf(body);
  try {
    return layout ? valueText(layout.parse(bytes)) : hexOf(bytes);
  } catch {
    return hexOf(bytes);
  }
};

/** What somebody typed, as bytes of the type: numbers and text as they are, vectors and bytes as JSON or hex, nothing for no value. */
export const encodeTyped = (typed: string, body: Body): Uint8Array | undefined => {
  const layout = layoutOf(body);
  if (!layout) return undefined;
  const value = typedValue(typed.trim(), body);
  return layout.serialize(value).toBytes();
};

const typedValue = (typed: string, body: Body): unknown => {
  if (body.$kind === 'bool') return typed === 'true';
  if (body.$kind === 'vector') {
    if (/^0x([0-9a-f]{2})*$/i.test(typed) && body.vector.$kind === 'u8')
      return (typed.slice(2).match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
    return typed === '' ? [] : (JSON.parse(typed) as unknown);
  }
  if (body.$kind === 'datatype' && nameOf(body.datatype.typeName) === 'option::Option') {
    const [inner] = body.datatype.typeParameters;
    return typed === '' || !inner ? null : typedValue(typed, inner);
  }
  return typed;
};
