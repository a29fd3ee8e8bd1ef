/** Figures of a bench. */

/** One measured figure. */
export interface Figure {
  /** Part of the product: start-up, lifecycle, ledger, serving, engine. */
  readonly part: string;
  readonly name: string;
  readonly value: number;
  /** ms, transactions/s, requests/s, times. */
  readonly unit: string;
  /** What the project aims at, as text. */
  readonly target: string | null;
}

/** Makes a figure. */
export const figure = (part: string, name: string, value: number, unit: string, target?: string): Figure => ({
  part,
  name,
  value,
  unit,
  target: target ?? null,
});

/** The value below which `share` of the figures lie. */
export const quantile = (figures: readonly number[], share: number): number => {
  const sorted = [...figures].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

/** Median of the figures. */
export const median = (figures: readonly number[]): number => quantile(figures, 0.5);

/** Times `count` calls one after another, ms each. */
export const timesOf = async (count: number, work: (i: number) => Promise<unknown>): Promise<readonly number[]> => {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await work(i);
    times.push(performance.now() - started);
  }
  return times;
};
