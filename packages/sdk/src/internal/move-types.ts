/**
 * BCS layouts of the framework types that appear in the contract's structs, and of Move integers as bigints. The bindings
 * generated from the bytecode are made of these.
 */
import { type BcsType, bcs as plain } from '@mysten/bcs';
import { bcs as sui } from '@mysten/sui/bcs';

const wide = (type: BcsType<string, string | number | bigint>): BcsType<bigint, bigint | number | string> =>
  type.transform({ input: (value: bigint | number | string) => value, output: (text: string) => BigInt(text) });

/** u64 as bigint. */
export const u64: BcsType<bigint, bigint | number | string> = wide(plain.u64());
/** u128 as bigint. */
export const u128: BcsType<bigint, bigint | number | string> = wide(plain.u128());
/** u256 as bigint. */
export const u256: BcsType<bigint, bigint | number | string> = wide(plain.u256());
/** Address, `UID` or `ID` as `0x` and 64 hex digits. */
export const address: BcsType<string, string | Uint8Array> = sui.Address;
/** `vector<u8>` as bytes. */
export const bytes: BcsType<Uint8Array, Iterable<number>> = plain.byteVector();

/** A dynamic collection: its rows are dynamic fields of `id`. */
export interface Collection {
  /** Object id that the rows belong to. */
  readonly id: string;
  /** Number of rows. */
  readonly size: bigint;
}

/** `Table`, `Bag`, `ObjectTable`, `ObjectBag` and `TableVec`: all an id and a length. */
export const collection: BcsType<Collection, { id: string | Uint8Array; size: bigint | number | string }> =
  plain.struct('Collection', { id: address, size: u64 });

/** `VecMap<K, V>` as a list of entries. */
export const vecMap = <K, KI, V, VI>(key: BcsType<K, KI>, value: BcsType<V, VI>) =>
  plain.vector(plain.struct('Entry', { key, value }));

/** `Coin<T>`. */
export const coin = plain.struct('Coin', { id: address, balance: u64 });
