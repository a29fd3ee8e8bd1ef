/** Hashes by the order they came in, packed: a `Set` of a million texts takes twice the memory, and the collector walks all of it. */

const SIZE = 32;
/** Places at first. */
const ROOM = 1_024;

/** Places of 32-byte hashes. */
export interface HashIndex {
  /** Place of a hash, from 0; a new one stands behind the others. */
  readonly add: (hash: Uint8Array) => number;
  /** -1: it was never added. */
  readonly find: (hash: Uint8Array) => number;
  readonly size: () => number;
}

/**
 * Spreads hashes over slots: multiply-shift over 16-bit words with random factors (Dietzfelbinger, "Universal hashing and k-wise independent
 * random variables via integer arithmetic without primes"). Strangers choose the hashes, and cannot aim them at one slot.
 */
const createSpread = (): ((hash: Uint8Array) => number) => {
  const factors = crypto.getRandomValues(new Uint32Array(SIZE + 2));
  return (hash) => {
    let [high, low] = [factors[SIZE] as number, factors[SIZE + 1] as number];
    for (let at = 0; at < SIZE; at += 2) {
      const word = (hash[at] as number) | ((hash[at + 1] as number) << 8);
      high = (high + Math.imul(factors[at] as number, word)) | 0;
      low = (low + Math.imul(factors[at + 1] as number, word)) | 0;
    }
    return ((high & 0xffff0000) | (low >>> 16)) >>> 0;
  };
};

/** Starts an empty one. */
export const createHashIndex = (): HashIndex => {
  const spread = createSpread();
  let [room, count] = [ROOM, 0];
  let hashes = new Uint8Array(room * SIZE);
  /** Places, each one more than it is; 0: free. Half of them are. */
  let slots = new Uint32Array(2 * room);
  const isAt = (hash: Uint8Array, place: number): boolean => {
    for (let at = 0; at < SIZE; at++) if (hashes[place * SIZE + at] !== hash[at]) return false;
    return true;
  };
  /** Slot of a hash, or the free one where it would be. */
  const slotOf = (hash: Uint8Array): number => {
    let slot = spread(hash) % slots.length;
    for (let held = slots[slot] as number; held > 0 && !isAt(hash, held - 1); held = slots[slot] as number)
      slot = (slot + 1) % slots.length;
    return slot;
  };
  const grow = (): void => {
    room *= 2;
    const before = hashes;
    hashes = new Uint8Array(room * SIZE);
    hashes.set(before);
    slots = new Uint32Array(2 * room);
    for (let place = 0; place < count; place++)
      slots[slotOf(hashes.subarray(place * SIZE, (place + 1) * SIZE))] = place + 1;
  };
  return {
    add: (hash) => {
      if (count === room) grow();
      const slot = slotOf(hash);
      if (slots[slot] === 0) {
        hashes.set(hash, count * SIZE);
        slots[slot] = ++count;
      }
      return (slots[slot] as number) - 1;
    },
    find: (hash) => (slots[slotOf(hash)] as number) - 1,
    size: () => count,
  };
};
