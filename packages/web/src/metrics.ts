/** Figures in the text format of Prometheus, and what follows from two looks at them. */

/** One figure. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All figures at one time. */
export interface Look {
  /** ms since the page was opened. */
  readonly atMs: number;
  readonly samples: readonly Sample[];
}

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? ([^ ]+)/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads the exposition; lines that are none are left out. */
export const parseMetrics = (text: string): readonly Sample[] =>
  text.split('\n').flatMap((line) => {
    const [, name, labels = '', value = ''] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    const read = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
    if (Number.isNaN(read)) return [];
    const pairs = [...labels.matchAll(LABEL)].map(([, key, text]) => [key as string, text as string] as const);
    return [{ name, labels: Object.fromEntries(pairs), value: read }];
  });

/** Sum of a figure over all its labels. */
export const total = ({ samples }: Look, name: string): number =>
  samples.filter((sample) => sample.name === name).reduce((sum, { value }) => sum + value, 0);

/** Growth of a counter between two looks, a second; a counter that began anew counts from 0. */
export const rate = (before: Look, after: Look, name: string): number => {
  const seconds = (after.atMs - before.atMs) / 1_000;
  const [first, last] = [total(before, name), total(after, name)];
  return seconds <= 0 ? 0 : (last >= first ? last - first : last) / seconds;
};

/** Cumulative counts of a histogram by upper bound, over all labels but `le`. */
const buckets = ({ samples }: Look, name: string): ReadonlyMap<number, number> => {
  const counts = new Map<number, number>();
  for (const { name: each, labels, value } of samples) {
    if (each !== `${name}_bucket` || labels.le === undefined) continue;
    const bound = labels.le === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels.le);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  return counts;
};

/**
 * A quantile (0..1) of what a histogram took between two looks, linear within a bucket as Prometheus' `histogram_quantile` does; null
 * when it took nothing. The unit is the histogram's.
 */
export const quantile = (before: Look | null, after: Look, name: string, share: number): number | null => {
  const old = before ? buckets(before, name) : new Map<number, number>();
  const grown = [...buckets(after, name)]
    .map(([bound, count]) => [bound, Math.max(0, count - (old.get(bound) ?? 0))] as const)
    .sort(([a], [b]) => a - b);
  const all = grown.at(-1)?.[1] ?? 0;
  if (all === 0) return null;
  const wanted = share * all;
  const at = grown.findIndex(([, count]) => count >= wanted);
  const [low, below] = at > 0 ? (grown[at - 1] as readonly [number, number]) : [0, 0];
  const [high, here] = grown[at] as readonly [number, number];
  if (high === Number.POSITIVE_INFINITY) return low;
  return here === below ? high : low + ((high - low) * (wanted - below)) / (here - below);
};
