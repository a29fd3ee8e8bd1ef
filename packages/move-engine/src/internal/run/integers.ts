import { stop } from './failure.ts';

/**
 * Integer arithmetic of generated code. A u64 is a number up to 2^53-1 and a bigint above, always canonical, so that
 * `===` is equality and `<` is order. Every function takes the instruction's site for the error.
 */

/** A u64 value. */
export type U64 = number | bigint;

const safe = Number.MAX_SAFE_INTEGER;
const safeBig = BigInt(safe);
const maxU64 = (1n << 64n) - 1n;
const two32 = 4294967296;

/** Stops with an arithmetic error. */
export const arithmeticError = (site: number): never => stop('arithmetic', site);

/** Canonical form of a bigint below 2^64. */
export const canonical = (value: bigint): U64 => (value <= safeBig ? Number(value) : value);

const checked = (value: bigint, site: number): U64 =>
  value < 0n || value > maxU64 ? arithmeticError(site) : canonical(value);

/** a + b of u64. */
export const add64 = (a: U64, b: U64, site: number): U64 => {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    if (sum <= safe) return sum;
  }
  return checked(BigInt(a) + BigInt(b), site);
};

/** a - b of u64. */
export const sub64 = (a: U64, b: U64, site: number): U64 => {
  if (typeof a === 'number' && typeof b === 'number') return a >= b ? a - b : arithmeticError(site);
  return checked(BigInt(a) - BigInt(b), site);
};

/** a * b of u64. */
export const mul64 = (a: U64, b: U64, site: number): U64 => {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    if (product <= safe) return product;
  }
  return checked(BigInt(a) * BigInt(b), site);
};

/** a / b of u64, rounded down. */
export const div64 = (a: U64, b: U64, site: number): U64 => {
  if (b === 0) return arithmeticError(site);
  if (typeof a === 'number' && typeof b === 'number') {
    // Machine integers divide far faster than doubles.
    if ((a | 0) === a && (b | 0) === b) return ((a | 0) / (b | 0)) | 0;
    // Dividing the exact multiple keeps the quotient exact: a - a % b is a multiple of b below 2^53.
    return (a - (a % b)) / b;
  }
  return canonical(BigInt(a) / BigInt(b));
};

/** a % b of u64. */
export const mod64 = (a: U64, b: U64, site: number): U64 => {
  if (b === 0) return arithmeticError(site);
  if (typeof a === 'number' && typeof b === 'number') return (a | 0) === a && (b | 0) === b ? (a | 0) % (b | 0) : a % b;
  return canonical(BigInt(a) % BigInt(b));
};

/** a & b of u64. */
export const and64 = (a: U64, b: U64): U64 => {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a < two32 && b < two32) return (a & b) >>> 0;
    const high = (Math.floor(a / two32) & Math.floor(b / two32)) >>> 0;
    return high * two32 + ((a & b) >>> 0);
  }
  return canonical(BigInt(a) & BigInt(b));
};

/** a | b of u64. */
export const or64 = (a: U64, b: U64): U64 => {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a < two32 && b < two32) return (a | b) >>> 0;
    return (Math.floor(a / two32) | Math.floor(b / two32)) * two32 + ((a | b) >>> 0);
  }
  return canonical(BigInt(a) | BigInt(b));
};

/** a ^ b of u64. */
export const xor64 = (a: U64, b: U64): U64 => {
  if (typeof a === 'number' && typeof b === 'number') {
    if (a < two32 && b < two32) return (a ^ b) >>> 0;
    return (Math.floor(a / two32) ^ Math.floor(b / two32)) * two32 + ((a ^ b) >>> 0);
  }
  return canonical(BigInt(a) ^ BigInt(b));
};

/** a << by of u64; bits beyond the width are lost. */
export const shl64 = (a: U64, by: number, site: number): U64 => {
  if (by > 63) return arithmeticError(site);
  if (typeof a === 'number') {
    const shifted = a * 2 ** by;
    if (shifted <= safe) return shifted;
  }
  return canonical(BigInt.asUintN(64, BigInt(a) << BigInt(by)));
};

/** a >> by of u64. */
export const shr64 = (a: U64, by: number, site: number): U64 => {
  if (by > 63) return arithmeticError(site);
  if (typeof a === 'number') return Math.floor(a / 2 ** by);
  return canonical(a >> BigInt(by));
};

/** a + b of a small width whose largest value is `max`. */
export const addSmall = (a: number, b: number, max: number, site: number): number => {
  const sum = a + b;
  return sum <= max ? sum : arithmeticError(site);
};

/** a - b of a small width. */
export const subSmall = (a: number, b: number, site: number): number => (a >= b ? a - b : arithmeticError(site));

/** a * b of a small width: both below 2^32, and a product beyond 2^53 is far beyond `max`. */
export const mulSmall = (a: number, b: number, max: number, site: number): number => {
  const product = a * b;
  return product <= max ? product : arithmeticError(site);
};

/** a / b of a small width. */
export const divSmall = (a: number, b: number, site: number): number =>
  b === 0 ? arithmeticError(site) : Math.floor(a / b);

/** a % b of a small width. */
export const modSmall = (a: number, b: number, site: number): number => (b === 0 ? arithmeticError(site) : a % b);

/** a << by of a small width of `bits` bits. */
export const shlSmall = (a: number, by: number, bits: number, site: number): number => {
  if (by >= bits) return arithmeticError(site);
  return bits === 32 ? (a << by) >>> 0 : (a << by) & ((1 << bits) - 1);
};

/** a >> by of a small width of `bits` bits. */
export const shrSmall = (a: number, by: number, bits: number, site: number): number =>
  by >= bits ? arithmeticError(site) : a >>> by;

/** a + b of a wide width whose largest value is `max`. */
export const addBig = (a: bigint, b: bigint, max: bigint, site: number): bigint => {
  const sum = a + b;
  return sum <= max ? sum : arithmeticError(site);
};

/** a - b of a wide width. */
export const subBig = (a: bigint, b: bigint, site: number): bigint => (a >= b ? a - b : arithmeticError(site));

/** a * b of a wide width. */
export const mulBig = (a: bigint, b: bigint, max: bigint, site: number): bigint => {
  const product = a * b;
  return product <= max ? product : arithmeticError(site);
};

/** a / b of a wide width. */
export const divBig = (a: bigint, b: bigint, site: number): bigint => (b === 0n ? arithmeticError(site) : a / b);

/** a % b of a wide width. */
export const modBig = (a: bigint, b: bigint, site: number): bigint => (b === 0n ? arithmeticError(site) : a % b);

/** a << by of a width of `bits` bits; every u8 is a legal shift of a u256. */
export const shlBig = (a: bigint, by: number, bits: number, site: number): bigint =>
  by >= bits ? arithmeticError(site) : BigInt.asUintN(bits, a << BigInt(by));

/** a >> by of a wide width. */
export const shrBig = (a: bigint, by: number, bits: number, site: number): bigint =>
  by >= bits ? arithmeticError(site) : a >> BigInt(by);

/** Cast of any integer to a small width. */
export const castSmall = (value: U64, max: number, site: number): number =>
  value <= max ? Number(value) : arithmeticError(site);

/** Cast of any integer to u64. */
export const cast64 = (value: U64, site: number): U64 => {
  if (typeof value === 'number') return value;
  return value <= maxU64 ? canonical(value) : arithmeticError(site);
};

/** Cast of any integer to a wide width. */
export const castBig = (value: U64, max: bigint, site: number): bigint => {
  const big = BigInt(value);
  return big <= max ? big : arithmeticError(site);
};
