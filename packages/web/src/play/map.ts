/** Vectors as points of a plane: their two main directions. */

/** A place on the map, both coordinates from -1 to 1. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);

const ROUNDS = 100;

/** The direction in which the rows differ most, by power iteration on their products; weights of the rows, length 1. */
const mainWeights = (rows: readonly (readonly number[])[], seed: number): readonly number[] => {
  const products = rows.map((row) => rows.map((other) => dot(row, other)));
  let weights: readonly number[] = rows.map((_, i) => Math.sin(seed + i + 1));
  for (let round = 0; round < ROUNDS; round++) {
    const next = products.map((row) => dot(row, weights));
    const length = Math.hypot(...next);
    if (length < 1e-12) return rows.map(() => 0);
    weights = next.map((value) => value / length);
  }
  return weights;
};

/** Puts vectors on a plane so that what differs most lies farthest apart (principal components). */
export const layOut = (vectors: readonly (readonly number[])[]): readonly Point[] => {
  const size = vectors[0]?.length ?? 0;
  const mean = Array.from(
    { length: size },
    (_, i) => vectors.reduce((sum, v) => sum + (v[i] ?? 0), 0) / vectors.length,
  );
  let rows = vectors.map((vector) => vector.map((value, i) => value - (mean[i] ?? 0)));
  const axes = [0, 1].map((axis) => {
    const weights = mainWeights(rows, axis);
    const direction = Array.from({ length: size }, (_, i) =>
      rows.reduce((sum, row, at) => sum + (row[i] ?? 0) * (weights[at] ?? 0), 0),
    );
    const length = Math.hypot(...direction) || 1;
    const unit = direction.map((value) => value / length);
    const places = rows.map((row) => dot(row, unit));
    rows = rows.map((row, at) => row.map((value, i) => value - (places[at] ?? 0) * (unit[i] ?? 0)));
    const most = Math.max(...places.map(Math.abs), 1e-12);
    return places.map((place) => place / most);
  });
  return vectors.map((_, i) => ({ x: axes[0]?.[i] ?? 0, y: axes[1]?.[i] ?? 0 }));
};

/** Cosine of the angle between two vectors; 0 for one without length. */
export const similarity = (a: readonly number[], b: readonly number[]): number => {
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  return lengths === 0 ? 0 : dot(a, b) / lengths;
};
