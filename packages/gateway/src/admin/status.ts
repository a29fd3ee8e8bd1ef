/** What a running gateway is doing, in one answer. */
import type { Buyer } from '@atoma/sdk';
import type { GatewayStore } from '../store/types.ts';

const DAY_MS = 86_400_000;

/** A gateway at a glance. Units, and amounts in base units of TOMA. */
export interface GatewayStatus {
  readonly wallet: string;
  /** Keys that may be used. */
  readonly keys: number;
  /** Requests that have begun and not ended. */
  readonly running: number;
  readonly requests: number;
  readonly units: bigint;
  readonly cost: bigint;
  /** Paid for stacks in the last 24 hours. */
  readonly spentDay: bigint;
  readonly spentTotal: bigint;
  readonly stacks: readonly {
    readonly stack: bigint;
    readonly node: bigint;
    readonly model: string;
    readonly level: number;
    readonly price: bigint;
    readonly units: bigint;
    readonly free: bigint;
    readonly stage: string;
    readonly blocked: string | null;
  }[];
}

/** Reads it. */
export const statusOf = async (p: {
  readonly store: GatewayStore;
  readonly buyer: Buyer;
  readonly now: () => number;
}): Promise<GatewayStatus> => {
  const { journal, address } = await p.buyer.context();
  const { requests, units, cost } = await p.store.totals();
  const at = p.now();
  const active = (await p.store.listKeys()).filter(
    ({ revokedMs, expiresMs }) => revokedMs === null && (expiresMs === null || expiresMs > at),
  );
  return {
    wallet: address,
    keys: active.length,
    running: (await p.store.listRows({ states: ['reserved'], limit: Number.MAX_SAFE_INTEGER })).length,
    requests,
    units,
    cost,
    spentDay: await journal.spentSince(at - DAY_MS),
    spentTotal: await journal.spentSince(0),
    stacks: (await p.buyer.stacks()).map(({ stack, node, model, level, price, units: size, free, stage, blocked }) => ({
      stack,
      node,
      model,
      level,
      price,
      units: size,
      free,
      stage,
      blocked,
    })),
  };
};
