import type { EnumValue, MoveValue, Type } from '@atoma/move-engine';
import type { ObjectInput } from '../checks.ts';

/** Ability bits of Move. */
const ABILITY = { copy: 1, drop: 2, store: 4, key: 8 } as const;

/** True when the type has the ability. */
export const hasAbility = (type: Type, ability: keyof typeof ABILITY): boolean =>
  (type.abilities & ABILITY[ability]) !== 0;

/** Values that met each other in a command. Hot while it holds unfinished values (no drop, no store), or for ever. */
export interface Clique {
  parent: Clique | undefined;
  heat: number;
  always: boolean;
}

/** A clique of its own. */
export const newClique = (): Clique => ({ parent: undefined, heat: 0, always: false });

/** The clique a clique has merged into. */
export const rootOf = (clique: Clique): Clique => {
  let root = clique;
  while (root.parent) root = root.parent;
  return root;
};

/** Merges cliques into one. */
export const mergeCliques = (cliques: readonly Clique[]): Clique => {
  const merged = newClique();
  for (const root of new Set(cliques.map(rootOf))) {
    merged.heat += root.heat;
    merged.always ||= root.always;
    root.parent = merged;
  }
  return merged;
};

/** True when a private entry function must not take the clique's values. */
export const isHot = (clique: Clique): boolean => {
  const root = rootOf(clique);
  return root.always || root.heat > 0;
};

/** A place a command can take a value from. */
export interface Slot {
  readonly type: Type;
  /** Undefined once moved. */
  value: MoveValue | undefined;
  readonly origin: 'gas' | 'object' | 'input' | 'result';
  readonly input?: ObjectInput;
  readonly clique: Clique;
  /** Counted in the clique's heat. */
  hot: boolean;
}

/** A result of a command, which belongs to the command's clique. */
export const resultSlot = (type: Type, value: MoveValue, clique: Clique): Slot => {
  const hot = !hasAbility(type, 'drop') && !hasAbility(type, 'store');
  if (hot) rootOf(clique).heat += 1;
  return { type, value, origin: 'result', clique, hot };
};

/** Copy that shares nothing with the value. */
export const copyValue = (value: MoveValue): MoveValue => {
  if (Array.isArray(value)) return value.map(copyValue);
  if (typeof value !== 'object') return value;
  const { tag, f } = value as EnumValue;
  return { tag, f: f.map(copyValue) };
};

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
