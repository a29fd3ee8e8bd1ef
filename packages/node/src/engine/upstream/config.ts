/** How an upstream model is described by the operator. */

/** One server that can answer. */
export interface UpstreamTarget {
  /** Base URL without `/v1`. */
  readonly url: string;
  readonly apiKey?: string;
  /** Most requests at once. */
  readonly concurrency: number;
  /** Prometheus gauge of waiting requests, and the two thresholds: above `pause` it gets no work until below `resume`. */
  readonly load?: { readonly path: string; readonly gauge: string; readonly pause: number; readonly resume: number };
}

/** A model behind one or more servers. */
export interface UpstreamModel {
  /** Name on the market. */
  readonly name: string;
  /** Name the servers know it by; default the same. */
  readonly upstreamName?: string;
  readonly roles: readonly number[];
  readonly contextLength: number;
  readonly tokenizer: string | null;
  /** Declared by the operator when outputs are reproducible bit for bit. */
  readonly profile: string | null;
  readonly imagePartUnits?: bigint;
  /** Precision of the weights, e.g. `fp8`. */
  readonly quantization?: string;
  readonly targets: readonly UpstreamTarget[];
}

/** Times and sizes of upstream work. ms. */
export interface UpstreamLimits {
  /** Between health probes. */
  readonly probeMs: number;
  /** Failures in a row that take a server out. */
  readonly failuresOut: number;
  /** Most requests waiting for a free server. */
  readonly queue: number;
  readonly queueMs: number;
  /** Whole generation. */
  readonly generationMs: number;
  /** Silence before the first piece of a stream: long prompts take minutes. */
  readonly firstMs: number;
  /** Silence between two pieces of a stream. */
  readonly silenceMs: number;
  /** Time within which another server is tried before the first output. */
  readonly failoverMs: number;
}

/** Defaults of the limits. */
export const defaultUpstreamLimits: UpstreamLimits = {
  probeMs: 5_000,
  failuresOut: 3,
  queue: 512,
  queueMs: 10_000,
  generationMs: 600_000,
  firstMs: 600_000,
  silenceMs: 60_000,
  failoverMs: 10_000,
};
