import type { MoveValue, MoveVm, Type } from '@atoma/move-engine';
import { isDatatype } from './values.ts';

const isUtf8 = (type: Type): boolean => isDatatype(type, '1', 'string', 'String');
const isAscii = (type: Type): boolean => isDatatype(type, '1', 'ascii', 'String');
const isOption = (type: Type): boolean => isDatatype(type, '1', 'option', 'Option');
const isId = (type: Type): boolean => isDatatype(type, '2', 'object', 'ID');

const inner = (type: Type): Type => (type.element ?? type.datatype?.typeArguments[0]) as Type;

/** True for the types Sui makes of raw bytes: primitives, ID, both strings, and vectors and options of those. */
export const isPureType = (type: Type): boolean => {
  if (type.kind === 'vector') return isPureType(inner(type));
  if (type.kind === 'struct')
    return isOption(type) ? isPureType(inner(type)) : isUtf8(type) || isAscii(type) || isId(type);
  return type.kind !== 'enum' && type.kind !== 'signer';
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

const isText = (bytes: readonly number[]): boolean => {
  try {
    utf8.decode(Uint8Array.from(bytes));
    return true;
  } catch {
    return false;
  }
};

/** True for all visible and control characters of ASCII. */
const isAsciiText = (bytes: readonly number[]): boolean => bytes.every((byte) => byte < 128);

/** What BCS alone does not check: text is UTF-8 or ASCII, an option holds at most one value. */
const isWellFormed = (type: Type, value: MoveValue): boolean => {
  if (type.kind === 'vector')
    return inner(type).kind === 'u8' || (value as MoveValue[]).every((item) => isWellFormed(inner(type), item));
  if (type.kind !== 'struct') return true;
  const first = (value as MoveValue[])[0];
  if (isUtf8(type)) return isText(first as number[]);
  if (isAscii(type)) return isAsciiText(first as number[]);
  if (!isOption(type)) return true;
  const items = first as MoveValue[];
  return items.length <= 1 && items.every((item) => isWellFormed(inner(type), item));
};

/** Value of a type that BCS makes of the bytes; undefined when they are none. */
export const decodePure = (vm: MoveVm, type: Type, bytes: Uint8Array): MoveValue | undefined => {
  try {
    return vm.deserialize(type, bytes);
  } catch {
    return undefined; // ENGINE_BAD_BCS: the bytes are no value of the type
  }
};

/** True when the bytes are a value of a pure type: BCS, and what it alone does not check. */
export const isValidPure = (vm: MoveVm, type: Type, bytes: Uint8Array): boolean => {
  const value = decodePure(vm, type, bytes);
  return value !== undefined && isWellFormed(type, value);
};
