/** Which rows of a settled stack are checked: monetary-unit sampling by the audit seed, and the rows a challenger names. */
import { blake2b256, toHex } from '@atoma/base';
import { u64le } from './hashes.ts';

const DRAW = Uint8Array.of(8);
const PERMILLE = 1_000n;

/** How many rows are looked at. */
export interface SampleSize {
  /** Draws, s. */
  readonly samples: number;
  /** Units checked beyond the first row, permille of the claim; 1000: every row of the draws, and with {@link wholeHistory} all. */
  readonly share: number;
}

/** Every row. */
export const wholeHistory: SampleSize = { samples: 0, share: 1_000 };

/** Rows by exact fingerprint of every step of the work; even cost per unit. */
export const defaultSample: SampleSize = { samples: 8, share: 50 };

/** u_i = LE-u256(H(0x08 || seed || u64le stack || u64le i)) mod claimed. */
export const drawnUnit = (seed: Uint8Array, stack: bigint, draw: number, claimed: bigint): bigint => {
  const bytes = blake2b256(DRAW, seed, u64le(stack), u64le(BigInt(draw)));
  return BigInt(`0x${toHex(bytes.toReversed())}`) % claimed;
};

/** First row whose cumulative units exceed `unit`. */
const rowOf = (cumulative: readonly bigint[], unit: bigint): number => {
  let [low, high] = [0, cumulative.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] as bigint) > unit) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** What rows are chosen from. */
export interface SampleParameters {
  /** 32 bytes of the ticket. */
  readonly seed: Uint8Array;
  readonly stack: bigint;
  /** Units by row; all above zero. */
  readonly units: readonly bigint[];
  readonly size?: SampleSize;
}

/** The rows the seed picks, in the order they are picked. */
export const sampledRows = ({ seed, stack, units, size = defaultSample }: SampleParameters): readonly number[] => {
  if (size.share >= 1_000) return units.map((_, row) => row);
  let claimed = 0n;
  const cumulative = units.map((each) => {
    claimed += each;
    return claimed;
  });
  const rows: number[] = [];
  let extra = 0n;
  for (let draw = 0; draw < size.samples && units.length > 0; draw++) {
    const row = rowOf(cumulative, drawnUnit(seed, stack, draw, claimed));
    if (rows.includes(row)) continue;
    const more = extra + (units[row] as bigint);
    if (rows.length > 0 && more * PERMILLE > BigInt(size.share) * claimed) continue;
    if (rows.length > 0) extra = more;
    rows.push(row);
  }
  return rows;
};

/** The named rows that count: in their order, while their units together stay within what the challenger paid for. */
export const namedRows = (rows: readonly bigint[], namedUnits: bigint, units: readonly bigint[]): readonly number[] => {
  const counted: number[] = [];
  let sum = 0n;
  for (const each of rows) {
    const row = Number(each);
    const more = units[row];
    if (each >= BigInt(units.length) || more === undefined) continue;
    sum += more;
    if (sum > namedUnits) break;
    counted.push(row);
  }
  return counted;
};
