import { isAtomaError } from '@atoma/base';
import type { EnumValue, FieldLayout, MoveValue, MoveVm, Type } from '@atoma/move-engine';
import type { GrpcTypes } from '@mysten/sui/grpc';

/** `google.protobuf.Value`, which the SDK does not export by name. */
export type JsonValue = NonNullable<GrpcTypes.Event['json']>;

const text = (stringValue: string): JsonValue => ({ kind: { oneofKind: 'stringValue', stringValue } });
const none: JsonValue = { kind: { oneofKind: 'nullValue', nullValue: 0 } };
const record = (fields: Record<string, JsonValue>): JsonValue => ({
  kind: { oneofKind: 'structValue', structValue: { fields } },
});

const STD = `0x${'1'.padStart(64, '0')}`;
const SUI = `0x${'2'.padStart(64, '0')}`;

type Render = (vm: MoveVm, type: Type, value: MoveValue) => JsonValue;

const firstField = (value: MoveValue): MoveValue => (value as MoveValue[])[0] as MoveValue;
const bytesOf = (value: MoveValue): Buffer => Buffer.from(value as unknown as number[]);
const utf8: Render = (_vm, _type, value) => text(bytesOf(firstField(value)).toString('utf8'));
const insideUtf8: Render = (vm, type, value) => utf8(vm, type, firstField(value));
const address = (value: MoveValue): JsonValue => text(`0x${value as string}`);

/** Structs that are shown as a plain value. Names without type arguments. */
const specials: Readonly<Record<string, Render>> = {
  [`${STD}::string::String`]: utf8,
  [`${STD}::ascii::String`]: utf8,
  [`${STD}::type_name::TypeName`]: insideUtf8,
  [`${SUI}::url::Url`]: insideUtf8,
  [`${SUI}::object::ID`]: (_vm, _type, value) => address(firstField(value)),
  [`${SUI}::object::UID`]: (_vm, _type, value) => address(firstField(firstField(value))),
  [`${SUI}::balance::Balance`]: (_vm, _type, value) => text(String(firstField(value))),
  [`${STD}::option::Option`]: (vm, type, value) => {
    const [item] = firstField(value) as MoveValue[];
    return item === undefined ? none : renderJson(vm, type.datatype!.typeArguments[0] as Type, item);
  },
};

const fieldsOf = (vm: MoveVm, layout: readonly FieldLayout[], values: readonly MoveValue[]) =>
  Object.fromEntries(layout.map(({ name, type }, i) => [name, renderJson(vm, type, values[i] as MoveValue)]));

const renderDatatype: Render = (vm, type, value) => {
  const { address: definingId, module, name } = type.datatype!;
  const special = specials[`0x${definingId}::${module}::${name}`];
  if (special) return special(vm, type, value);
  const layout = vm.layout(type);
  if (layout.kind === 'struct') return record(fieldsOf(vm, layout.fields, value as MoveValue[]));
  const { tag, f } = value as EnumValue;
  const variant = layout.variants[tag]!;
  return record({ '@variant': text(variant.name), ...fieldsOf(vm, variant.fields, f) });
};

const renderVector: Render = (vm, type, value) => {
  const element = type.element as Type;
  if (element.kind === 'u8') return text(bytesOf(value).toString('base64'));
  const values = (value as MoveValue[]).map((item) => renderJson(vm, element, item));
  return { kind: { oneofKind: 'listValue', listValue: { values } } };
};

/** A Move value as full nodes show it: small integers as numbers, u64 and wider as decimal text, bytes as base64. */
const renderJson: Render = (vm, type, value) => {
  switch (type.kind) {
    case 'bool':
      return { kind: { oneofKind: 'boolValue', boolValue: value as boolean } };
    case 'u8':
    case 'u16':
    case 'u32':
      return { kind: { oneofKind: 'numberValue', numberValue: value as number } };
    case 'u64':
    case 'u128':
    case 'u256':
      return text(String(value));
    case 'address':
    case 'signer':
      return address(value);
    case 'vector':
      return renderVector(vm, type, value);
    default:
      return renderDatatype(vm, type, value);
  }
};

/** Value of BCS bytes; undefined where the machine cannot read it, which must cost no more than the fields it would fill. */
export const readable = (vm: MoveVm, type: Type, bytes: Uint8Array): MoveValue | undefined => {
  try {
    return vm.deserialize(type, bytes);
  } catch (thrown) {
    if (isAtomaError(thrown, 'ENGINE_BAD_BCS')) return undefined;
    throw thrown;
  }
};

/** A type, or undefined where its package is not there: a simulation shows what the package it would publish makes and emits. */
const knownType = (vm: MoveVm, text: string): Type | undefined => {
  try {
    return vm.resolveType(text);
  } catch (thrown) {
    if (isAtomaError(thrown, 'ENGINE_TYPE_NOT_FOUND')) return undefined;
    throw thrown;
  }
};

/** JSON of BCS bytes of a type given as text; absent where the value cannot be shown. */
export const jsonOfBcs = (vm: MoveVm, typeText: string, bytes: Uint8Array): { json?: JsonValue } => {
  const type = knownType(vm, typeText);
  const value = type && readable(vm, type, bytes);
  return type === undefined || value === undefined ? {} : { json: renderJson(vm, type, value) };
};
