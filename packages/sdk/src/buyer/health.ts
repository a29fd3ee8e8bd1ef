/** How well nodes have answered of late. */

/** What is known of a node. */
export interface Health {
  failures: number;
  restUntilMs: number;
  why: string;
  /** Smoothed, ms; null before the first answer. */
  latencyMs: number | null;
  /** Node's clock minus ours, ms. */
  clockOffsetMs: number;
}

/** A node that failed is left alone this long, ms, doubled with every failure up to the second figure. */
const REST_MS: readonly [number, number] = [1_000, 60_000];
/** Share of the newest measurement in the smoothed latency. */
const SMOOTHING = 0.2;

/** Makes the book of nodes' health. */
export const createHealth = (now: () => number) => {
  const known = new Map<bigint, Health>();
  const of = (node: bigint): Health => {
    const state = known.get(node) ?? { failures: 0, restUntilMs: 0, why: '', latencyMs: null, clockOffsetMs: 0 };
    known.set(node, state);
    return state;
  };
  return {
    of,
    failed: (node: bigint, why: string): void => {
      const state = of(node);
      state.failures++;
      state.why = why;
      state.restUntilMs = now() + Math.min(REST_MS[0] * 2 ** (state.failures - 1), REST_MS[1]);
    },
    answered: (node: bigint, ms: number): void => {
      const state = of(node);
      state.failures = 0;
      state.restUntilMs = 0;
      state.latencyMs = state.latencyMs === null ? ms : state.latencyMs * (1 - SMOOTHING) + ms * SMOOTHING;
    },
  };
};
