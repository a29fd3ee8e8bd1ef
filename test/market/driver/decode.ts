/** Any Move value as a record with field names, by the layouts the ledger knows. */
import type { MoveValue, MoveVm, Type } from '@atoma/move-engine';

/** u8 to u32 and small ids: number. u64 and wider: bigint. bool, address (64 hex digits), `vector<u8>` (hex), text; balances and small ids as their one field. */
// biome-ignore lint/suspicious/noExplicitAny: rows of every type are read by field name
export type Row = any;

type Decoder = (value: MoveValue) => Row;

const decoders = new WeakMap<MoveVm, Map<string, Decoder>>();

/** Names of structs that are written as their only field. */
const TRANSPARENT = new Set(['UID', 'ID', 'Balance', 'NodeSmallId', 'TaskSmallId', 'StackSmallId', 'Supply']);

const hexOf = (value: MoveValue): string => Buffer.from(value as unknown as number[]).toString('hex');

const decoderOf = (vm: MoveVm, type: Type): Decoder => {
  const known = decoders.get(vm) ?? new Map<string, Decoder>();
  decoders.set(vm, known);
  const found = known.get(type.text);
  if (found) return found;
  const made = makeDecoder(vm, type);
  known.set(type.text, made);
  return made;
};

const makeDecoder = (vm: MoveVm, type: Type): Decoder => {
  if (type.kind === 'u64' || type.kind === 'u128' || type.kind === 'u256') return (value) => BigInt(value as bigint);
  if (type.kind === 'vector') return vectorDecoder(vm, type.element as Type);
  if (type.kind !== 'struct') return (value) => value;
  return structDecoder(vm, type);
};

const vectorDecoder = (vm: MoveVm, element: Type): Decoder => {
  if (element.kind === 'u8') return hexOf;
  const one = decoderOf(vm, element);
  return (value) => (value as MoveValue[]).map(one);
};

const structDecoder = (vm: MoveVm, type: Type): Decoder => {
  const layout = vm.layout(type);
  if (layout.kind !== 'struct') return (value) => value;
  const name = type.datatype?.name ?? '';
  if (name === 'String') return (value) => Buffer.from((value as MoveValue[])[0] as unknown as number[]).toString();
  const fields = layout.fields.map((field) => [field.name, decoderOf(vm, field.type)] as const);
  const [first] = fields;
  if (name === 'Option' && first) return (value) => first[1]((value as MoveValue[])[0] as MoveValue)[0] ?? null;
  if (TRANSPARENT.has(name) && first) return (value) => first[1]((value as MoveValue[])[0] as MoveValue);
  return (value) => {
    const row: Row = {};
    fields.forEach(([key, decode], i) => {
      row[key] = decode((value as MoveValue[])[i] as MoveValue);
    });
    return row;
  };
};

/** Decodes BCS of a type given by its canonical text. */
export const decodeRow = (vm: MoveVm, type: string, contents: Uint8Array): Row => {
  const resolved = vm.resolveType(type);
  return decoderOf(vm, resolved)(vm.deserialize(resolved, contents));
};

type Counter = (value: MoveValue) => bigint;

const counters = new WeakMap<MoveVm, Map<string, Counter | null>>();

/** Sums every `Balance<coin>` inside values of a type; null when the type cannot hold one. */
const counterOf = (vm: MoveVm, type: Type, coin: string): Counter | null => {
  const known = counters.get(vm) ?? new Map<string, Counter | null>();
  counters.set(vm, known);
  const key = `${type.text} ${coin}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  const made = makeCounter(vm, type, coin);
  known.set(key, made);
  return made;
};

const makeCounter = (vm: MoveVm, type: Type, coin: string): Counter | null => {
  if (type.kind === 'vector') {
    const one = counterOf(vm, type.element as Type, coin);
    return one && ((value) => (value as MoveValue[]).reduce((sum: bigint, item) => sum + one(item), 0n));
  }
  if (type.kind !== 'struct') return null;
  if (type.datatype?.name === 'Balance' && type.datatype.typeArguments[0]?.text === coin)
    return (value) => BigInt((value as MoveValue[])[0] as bigint);
  const layout = vm.layout(type);
  if (layout.kind !== 'struct') return null;
  const parts = layout.fields.flatMap((field, i) => {
    const counter = counterOf(vm, field.type, coin);
    return counter ? [[i, counter] as const] : [];
  });
  if (parts.length === 0) return null;
  return (value) => parts.reduce((sum, [i, count]) => sum + count((value as MoveValue[])[i] as MoveValue), 0n);
};

/** Base units of the coin (canonical type text) inside an object, wherever its type puts them. */
export const fundsIn = (vm: MoveVm, type: string, contents: Uint8Array, coin: string): bigint => {
  if (type === 'package') return 0n;
  const resolved = vm.resolveType(type);
  return counterOf(vm, resolved, coin)?.(vm.deserialize(resolved, contents)) ?? 0n;
};
