/** In which order own stacks are tried: what the request asks for, the policy's levels, and what was measured of their nodes. */
import type { NodeStatus } from '../directory.ts';
import type { Measured } from '../measured.ts';
import { type Provider, placeOf } from '../provider.ts';
import type { Terms } from '../routing.ts';
import type { OwnStack } from '../stack-book.ts';

/** A stack that may serve, with what is known of its node. */
export interface Candidate {
  readonly own: OwnStack;
  readonly status: NodeStatus;
  readonly measured: Measured;
}

/** Below this share of answers a node comes after all that are as good otherwise. */
const RELIABLE = 0.5;

type Key = (each: Candidate) => number | bigint;

const isUnreliable: Key = ({ measured }) => ((measured.completionRate ?? 1) < RELIABLE ? 1 : 0);
const price: Key = ({ own }) => own.price;
const promised: Key = ({ own }) => own.promised;
/** ms a client waits for the first piece; before there was one, ms of the node's own last answer. */
const firstMs: Key = ({ measured, status }) => measured.firstMs ?? status.latencyMs ?? 0;
/** A node that was not measured yet comes after those that were. */
const slowness: Key = ({ measured }) => -(measured.unitsPerSecond ?? 0);

const sorted: Readonly<Record<NonNullable<Provider['sort']>, readonly Key[]>> = {
  price: [price, isUnreliable, promised, firstMs],
  throughput: [isUnreliable, slowness, price],
  latency: [isUnreliable, firstMs, price],
};

/** Orders candidates, the best one first. */
export const ranking = (terms: Pick<Terms, 'levels'>, provider: Provider | null) => {
  const place: Key = ({ status }) => placeOf(provider, status);
  const level: Key = ({ own }) => terms.levels.indexOf(own.level);
  const rest = provider?.sort ? sorted[provider.sort] : [isUnreliable, price, promised, firstMs];
  const keys: readonly Key[] = [place, level, ...rest];
  return (a: Candidate, b: Candidate): number => {
    for (const key of keys) {
      const [left, right] = [key(a), key(b)];
      if (left !== right) return left < right ? -1 : 1;
    }
    return 0;
  };
};
