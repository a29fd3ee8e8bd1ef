/** How much easier values are to guess together than one by one. */
import { drawsFrom } from '../../packages/node/src/engine/hard.ts';

/** Scores of a normal distribution in place of values, by rank: what is left is how values move together, whatever their sizes. */
const normalScores = (column: readonly number[]): readonly number[] => {
  const order = column.map((_, i) => i).sort((a, b) => (column[a] as number) - (column[b] as number));
  const scores: number[] = [];
  for (const [rank, i] of order.entries()) scores[i] = probit((rank + 0.5) / column.length);
  return scores;
};

/** Quantile of the normal distribution (Abramowitz and Stegun 26.2.23, error < 4.5e-4). */
const probit = (p: number): number => {
  const t = Math.sqrt(-2 * Math.log(Math.min(p, 1 - p)));
  const z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t * t) / (1 + 1.432788 * t + 0.189269 * t * t + 0.001308 * t ** 3);
  return p < 0.5 ? -z : z;
};

/** Half the logarithm of base 2 of what the determinant of the columns' correlations lacks to 1, by Cholesky. */
const dependence = (columns: readonly (readonly number[])[]): number => {
  const size = columns.length;
  const norms = columns.map((column) => Math.sqrt(column.reduce((sum, x) => sum + x * x, 0)));
  const correlation = (i: number, j: number): number =>
    (columns[i] as readonly number[]).reduce(
      (sum, x, k) => sum + x * ((columns[j] as readonly number[])[k] as number),
      0,
    ) /
    ((norms[i] as number) * (norms[j] as number));
  const lower: number[][] = [];
  let bits = 0;
  for (let i = 0; i < size; i++) {
    const row: number[] = [];
    for (let j = 0; j <= i; j++) {
      const other = j === i ? row : (lower[j] as number[]);
      let rest = correlation(i, j);
      for (let k = 0; k < j; k++) rest -= (row[k] as number) * (other[k] as number);
      row.push(j === i ? Math.sqrt(Math.max(rest, 1e-12)) : rest / ((lower[j] as number[])[j] as number));
    }
    bits -= Math.log2(row[i] as number);
    lower.push(row);
  }
  return bits;
};

const shuffled = (column: readonly number[], draw: () => number): readonly number[] => {
  const out = [...column];
  for (let i = out.length - 1; i > 0; i--) {
    const j = Math.floor(draw() * (i + 1));
    [out[i], out[j]] = [out[j] as number, out[i] as number];
  }
  return out;
};

/**
 * Bits that rows of values in common coordinates share between their columns, by a Gaussian copula: the least number of rows is twice
 * the columns. What the same rows share by accident, with each column shuffled, is taken off.
 */
export const sharedBits = (rows: readonly (readonly number[])[]): number => {
  const [first = []] = rows;
  if (rows.length < 2 * first.length) throw new RangeError(`${rows.length} rows of ${first.length} values are too few`);
  const columns = first.map((_, i) => normalScores(rows.map((row) => row[i] as number)));
  const draw = drawsFrom(1);
  const accidents = Array.from({ length: 5 }, () => dependence(columns.map((column) => shuffled(column, draw))));
  return Math.max(0, dependence(columns) - accidents.reduce((sum, each) => sum + each, 0) / accidents.length);
};
