import { engineError } from '../move-engine-errors.ts';
import { executionLimits } from '../params.ts';
import type { EnumValue, MoveValue } from '../types.ts';
import { structFields, variantFields } from './types/fields.ts';
import type { Ty, Types } from './types/ty.ts';

/** Growing output of the encoder. */
interface Writer {
  bytes: Buffer;
  at: number;
}

const room = (w: Writer, more: number): void => {
  if (w.at + more <= w.bytes.length) return;
  const grown = Buffer.allocUnsafe(Math.max(w.bytes.length * 2, w.at + more));
  w.bytes.copy(grown, 0, 0, w.at);
  w.bytes = grown;
};

const scratch: Writer = { bytes: Buffer.allocUnsafe(4096), at: 0 };

/** BCS of a value (https://github.com/diem/bcs). */
export const serialize = (types: Types, ty: Ty, value: MoveValue): Uint8Array => {
  scratch.at = 0;
  put(types, scratch, ty, value);
  return new Uint8Array(scratch.bytes.subarray(0, scratch.at));
};

/** Appends an unsigned LEB128. */
const putLength = (w: Writer, length: number): void => {
  room(w, 5);
  let left = length;
  for (; left >= 0x80; left >>>= 7) w.bytes[w.at++] = (left & 0x7f) | 0x80;
  w.bytes[w.at++] = left;
};

const put = (types: Types, w: Writer, ty: Ty, value: MoveValue): void => {
  switch (ty.kind) {
    case 'vector':
      putVector(types, w, ty.element as Ty, value as MoveValue[]);
      return;
    case 'struct':
      putList(types, w, structFields(types, ty), value as MoveValue[]);
      return;
    case 'enum': {
      const { tag, f } = value as EnumValue;
      putLength(w, tag);
      putList(types, w, variantFields(types, ty)[tag] as readonly Ty[], f);
      return;
    }
    default:
      putPrimitive(w, ty.kind, value);
  }
};

const putList = (types: Types, w: Writer, fields: readonly Ty[], values: MoveValue[]): void => {
  for (let k = 0; k < fields.length; k++) put(types, w, fields[k] as Ty, values[k] as MoveValue);
};

const putVector = (types: Types, w: Writer, element: Ty, items: MoveValue[]): void => {
  putLength(w, items.length);
  if (element.kind !== 'u8') {
    for (const item of items) put(types, w, element, item);
    return;
  }
  room(w, items.length);
  for (let k = 0; k < items.length; k++) w.bytes[w.at++] = items[k] as number;
};

const putPrimitive = (w: Writer, kind: string, value: MoveValue): void => {
  room(w, 32);
  const { bytes } = w;
  switch (kind) {
    case 'bool':
      bytes[w.at++] = value ? 1 : 0;
      return;
    case 'u8':
      bytes[w.at++] = value as number;
      return;
    case 'u16':
      w.at = bytes.writeUInt16LE(value as number, w.at);
      return;
    case 'u32':
      w.at = bytes.writeUInt32LE(value as number, w.at);
      return;
    case 'u64':
      w.at = putU64(bytes, w.at, value as number | bigint);
      return;
    case 'u128':
    case 'u256':
      w.at = putBig(bytes, w.at, value as bigint, kind === 'u128' ? 2 : 4);
      return;
    default:
      w.at += bytes.write(value as string, w.at, 'hex');
  }
};

const putU64 = (bytes: Buffer, at: number, value: number | bigint): number => {
  if (typeof value === 'bigint') return bytes.writeBigUInt64LE(value, at);
  const high = Math.floor(value / 4294967296);
  bytes.writeUInt32LE(value - high * 4294967296, at);
  return bytes.writeUInt32LE(high, at + 4);
};

const putBig = (bytes: Buffer, at: number, value: bigint, words: number): number => {
  let position = at;
  for (let k = 0; k < words; k++)
    position = bytes.writeBigUInt64LE(BigInt.asUintN(64, value >> BigInt(64 * k)), position);
  return position;
};

/** Input of the decoder. */
interface Input {
  readonly bytes: Buffer;
  readonly type: Ty;
  at: number;
}

const bad = (input: Input, reason: string): never => {
  throw engineError('BAD_BCS', { type: input.type.text, reason });
};

/** Value of BCS bytes; throws ENGINE_BAD_BCS on anything but exactly one canonical value. */
export const deserialize = (types: Types, ty: Ty, bytes: Uint8Array): MoveValue => {
  const input = { bytes: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), type: ty, at: 0 };
  const value = get(types, input, ty, 0);
  if (input.at !== bytes.length) bad(input, `${bytes.length - input.at} bytes follow the value`);
  return value;
};

const advance = (input: Input, width: number): number => {
  const at = input.at;
  if (at + width > input.bytes.length) bad(input, 'the bytes end early');
  input.at = at + width;
  return at;
};

const getLength = (input: Input): number => {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = input.bytes[advance(input, 1)] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (value > 0x7fffffff) bad(input, 'a length is above 2^31-1');
    if (byte < 0x80) return byte === 0 && shift > 0 ? bad(input, 'a length is not in minimal form') : value;
  }
};

const get = (types: Types, input: Input, ty: Ty, depth: number): MoveValue => {
  if (depth > executionLimits.valueDepth) bad(input, 'the value is nested too deeply');
  switch (ty.kind) {
    case 'vector':
      return getVector(types, input, ty.element as Ty, depth);
    case 'struct':
      return getList(types, input, structFields(types, ty), depth);
    case 'enum': {
      const tag = getLength(input);
      const fields = variantFields(types, ty)[tag] ?? bad(input, `variant ${tag} does not exist`);
      return { tag, f: getList(types, input, fields, depth) };
    }
    default:
      return getPrimitive(input, ty.kind);
  }
};

const getList = (types: Types, input: Input, fields: readonly Ty[], depth: number): MoveValue[] => {
  const values: MoveValue[] = [];
  for (const field of fields) values.push(get(types, input, field, depth + 1));
  return values;
};

const getVector = (types: Types, input: Input, element: Ty, depth: number): MoveValue[] => {
  const length = getLength(input);
  if (element.kind === 'u8') {
    const at = advance(input, length);
    return Array.from(input.bytes.subarray(at, at + length));
  }
  const items: MoveValue[] = [];
  for (let left = length; left > 0; left--) {
    const before = input.at;
    items.push(get(types, input, element, depth + 1));
    // A field-less struct would let four bytes ask for 2^31 elements.
    if (input.at === before && length > executionLimits.vectorLength) bad(input, 'a vector is too long');
  }
  return items;
};

const getPrimitive = (input: Input, kind: string): MoveValue => {
  const { bytes } = input;
  switch (kind) {
    case 'bool': {
      const byte = bytes[advance(input, 1)] as number;
      return byte < 2 ? byte === 1 : bad(input, 'a bool is neither 0 nor 1');
    }
    case 'u8':
      return bytes[advance(input, 1)] as number;
    case 'u16':
      return bytes.readUInt16LE(advance(input, 2));
    case 'u32':
      return bytes.readUInt32LE(advance(input, 4));
    case 'u64': {
      const at = advance(input, 8);
      const high = bytes.readUInt32LE(at + 4);
      return high < 0x200000 ? high * 4294967296 + bytes.readUInt32LE(at) : bytes.readBigUInt64LE(at);
    }
    case 'u128':
      return getBig(bytes, advance(input, 16), 2);
    case 'u256':
      return getBig(bytes, advance(input, 32), 4);
    default: {
      const at = advance(input, 32);
      return bytes.toString('hex', at, at + 32);
    }
  }
};

const getBig = (bytes: Buffer, at: number, words: number): bigint => {
  let value = 0n;
  for (let k = words - 1; k >= 0; k--) value = (value << 64n) | bytes.readBigUInt64LE(at + 8 * k);
  return value;
};
