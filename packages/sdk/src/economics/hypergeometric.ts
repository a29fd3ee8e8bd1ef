/**
 * P(X >= least) for X = marked items among `draws` drawn without replacement from `population` items of which `marked`
 * are marked. Zero or one outside the support.
 */
export const hypergeometricTail = (population: number, marked: number, draws: number, least: number): number => {
  let sum = 0;
  for (let hits = Math.max(0, least); hits <= draws; hits += 1)
    sum += hypergeometricExactly(population, marked, draws, hits);
  return Math.min(1, sum);
};

/**
 * P(X = hits), for the same X: the product of one draw after another times the number of orders, stable for the few draws of an attester set
 * or jury.
 */
export const hypergeometricExactly = (population: number, marked: number, draws: number, hits: number): number => {
  let probability = 1;
  for (let i = 0; i < hits; i += 1)
    probability *= (Math.max(0, marked - i) / (population - i)) * ((draws - i) / (i + 1));
  for (let i = 0; i < draws - hits; i += 1)
    probability *= Math.max(0, population - marked - i) / (population - hits - i);
  return probability;
};
