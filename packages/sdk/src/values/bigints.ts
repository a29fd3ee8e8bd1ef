/** The smaller of two numbers. */
export const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

/** The larger of two numbers. */
export const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
