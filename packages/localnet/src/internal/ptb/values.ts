import type { EnumValue, MoveValue, Ref, Type } from '@atoma/move-engine';

/** Ability bits of Move. */
const ABILITY = { copy: 1, drop: 2, store: 4, key: 8 } as const;

/** True when the type has the ability. */
export const hasAbility = (type: Type, ability: keyof typeof ABILITY): boolean =>
  (type.abilities & ABILITY[ability]) !== 0;

/** True for a struct or enum of std or sui. */
export const isDatatype = ({ datatype }: Type, address: '1' | '2', module: string, name: string): boolean =>
  datatype?.module === module && datatype.name === name && datatype.address === address.padStart(64, '0');

/** Copy that shares nothing with the value. */
export const copyValue = (value: MoveValue): MoveValue => {
  if (Array.isArray(value)) return value.map(copyValue);
  if (typeof value !== 'object') return value;
  const { tag, f } = value as EnumValue;
  return { tag, f: f.map(copyValue) };
};

/** True for a reference to a primitive; an aggregate is its own reference. */
const isRef = (value: MoveValue | Ref): value is Ref =>
  typeof value === 'object' && !Array.isArray(value) && 'c' in value;

/** What a reference points to, not copied. */
export const referent = (value: MoveValue | Ref): MoveValue => (isRef(value) ? (value.c[value.i] as MoveValue) : value);

/** Id of a Move object value: its first field is `UID { id: ID { bytes } }`. */
export const idOf = (value: MoveValue): string => ((value as MoveValue[][][])[0]?.[0]?.[0] ?? '') as string;

/** u64 as a bigint. */
export const toBig = (value: MoveValue): bigint => BigInt(value as number | bigint);

/** u64 in the engine's form: a number up to 2^53-1, a bigint above. */
const fromBig = (value: bigint): number | bigint => (value <= 9_007_199_254_740_991n ? Number(value) : value);

/** Balance of a coin value: `Coin { id, balance: Balance { value } }`. */
export const coinBalance = (coin: MoveValue): bigint => toBig((coin as MoveValue[][])[1]?.[0] as MoveValue);

/** Sets a coin's balance in place. */
export const setCoinBalance = (coin: MoveValue, balance: bigint): void => {
  ((coin as MoveValue[])[1] as MoveValue[])[0] = fromBig(balance);
};

/** A coin value. */
export const newCoin = (id: string, balance: bigint): MoveValue => [[[id]], [fromBig(balance)]];
