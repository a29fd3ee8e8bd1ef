/** A small seeded generator (mulberry32), so that one number names everything an action decides. */
export interface Random {
  /** A whole number below `bound`. */
  readonly below: (bound: number) => number;
  readonly chance: (permille: number) => boolean;
  /** An element; undefined of an empty list. */
  readonly pick: <Item>(items: readonly Item[]) => Item | undefined;
}

export const randomOf = (seed: number): Random => {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (bound: number): number => Math.floor(next() * bound);
  return {
    below,
    chance: (permille) => below(1_000) < permille,
    pick: (items) => items[below(items.length)],
  };
};

/** `count` action seeds out of one. */
export const seedsOf = (seed: number, count: number): number[] => {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => random.below(2 ** 32));
};
