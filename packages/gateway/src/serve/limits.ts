/** Rates, concurrency and quotas of keys. Rates live in memory; quotas are sums over the books. */
import { type Budget, formatAmount, type SmallestStack } from '@atoma/sdk';
import { gatewayError } from '../gateway-errors.ts';
import type { BookRow, GatewayStore, KeyRow, UsageSum } from '../store/types.ts';
import { type Bucket, fullBucket, refill, secondsUntil } from './bucket.ts';

const DAY_MS = 86_400_000;
/** Requests of a key that may be left a minute before anything was produced; an editor's completions leave many. */
const CANCELS = 120;

/** Sums of the present day and month of a key, kept in step with the books. */
interface Window {
  /** -1 before the books were asked. */
  startMs: number;
  units: bigint;
  cost: bigint;
}

interface KeyState {
  readonly requests: Bucket;
  readonly units: Bucket;
  /** Requests its clients may still leave before anything was produced. */
  readonly cancels: Bucket;
  running: number;
  day: Window;
  month: Window;
  /** While the books are asked. */
  loading: Promise<unknown> | undefined;
}

/** What is counted for one request while it runs. */
export interface Slot {
  /** What the key may still spend. */
  readonly budget: Budget;
  /** Counts a promise to pay in. Throws `GATEWAY_QUOTA`, `GATEWAY_RATE`. */
  readonly admit: (units: bigint, cost: bigint) => Promise<void>;
  /** The client has its answer: another request of its key may begin. */
  readonly leave: () => void;
  /** The client left before anything was produced: an engine worked for nothing. */
  readonly cancelled: () => void;
  /** Replaces the promises by what was charged. */
  readonly end: (units: bigint, cost: bigint) => void;
}

/** A slot whose request may not cost more than this, base units of TOMA. `admit` throws `GATEWAY_PAYMENT`. */
export const cappedSlot = (slot: Slot, most: bigint): Slot => {
  const check = (cost: bigint): void => {
    if (cost > most) throw gatewayError('PAYMENT', { wanted: cost, paid: most });
  };
  return {
    ...slot,
    // What was paid is for the request: the stack is the gateway's own.
    budget: {
      ...slot.budget,
      check: (units, price) => {
        check(units * price);
        slot.budget.check(units, price);
      },
      left: (price) => {
        const [paid, left] = [most / price, slot.budget.left(price)];
        return left === null || paid < left ? paid : left;
      },
    },
    admit: async (units, cost) => {
      check(cost);
      await slot.admit(units, cost);
    },
  };
};

/** Whether a request may begin. */
export type Entry =
  | { readonly kind: 'entered'; readonly slot: Slot }
  | { readonly kind: 'full'; readonly retryAfterSeconds: number };

/** The limits of all keys. */
export interface Limits {
  /** Takes a place for a request, or tells when to try again. */
  readonly enter: (key: KeyRow) => Promise<Entry>;
  /** Counts what came after a request had ended, in the periods it was made in. */
  readonly add: (row: Pick<BookRow, 'key' | 'createdMs'>, units: bigint, cost: bigint) => void;
  readonly running: () => number;
}

const full = (retryAfterSeconds: number): Entry => ({ kind: 'full', retryAfterSeconds });
const dayStart = (ms: number): number => ms - (ms % DAY_MS);
const monthStart = (ms: number): number => {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1);
};

const emptyWindow = (startMs: number): Window => ({ startMs, units: 0n, cost: 0n });

/** Adds what the books hold to a window that counts already: what comes meanwhile may count twice, never not at all. */
const fill = async (window: Window, sum: Promise<UsageSum>): Promise<void> => {
  try {
    const { units, reservedUnits, cost, reservedCost } = await sum;
    window.units += units + reservedUnits;
    window.cost += cost + reservedCost;
  } catch (error) {
    window.startMs = -1;
    throw error;
  }
};

const newState = (key: KeyRow, at: number): KeyState => ({
  requests: fullBucket(key.requestsPerMinute ?? 0, at),
  units: fullBucket(key.unitsPerMinute ?? 0, at),
  cancels: fullBucket(CANCELS, at),
  running: 0,
  day: emptyWindow(-1),
  month: emptyWindow(-1),
  loading: undefined,
});

/** Begins the windows of the present day and month anew where they have ended. */
const renew = async (store: GatewayStore, id: string, state: KeyState, at: number): Promise<void> => {
  const begin = async (period: 'day' | 'month', startMs: number): Promise<void> => {
    if (state[period].startMs === startMs) return;
    const window = emptyWindow(startMs);
    state[period] = window;
    await fill(window, store.usage(id, startMs));
  };
  await Promise.all([begin('day', dayStart(at)), begin('month', monthStart(at))]);
};

type Windows = readonly [day: Window, month: Window];

const windowsOf = ({ day, month }: KeyState): Windows => [day, month];

const count = (windows: Windows, units: bigint, cost: bigint): void => {
  for (const window of windows) {
    window.units += units;
    window.cost += cost;
  }
};

/** A quota that is set, and what of it is used. */
interface Quota {
  readonly period: 'day' | 'month';
  readonly unit: 'units' | 'TOMA';
  readonly limit: bigint;
  readonly used: bigint;
}

const noQuotas: readonly Quota[] = [];

const quotasOf = ({ dayUnits, monthUnits, dayCost, monthCost }: KeyRow, [day, month]: Windows): readonly Quota[] => {
  if (dayUnits === null && monthUnits === null && dayCost === null && monthCost === null) return noQuotas;
  const all = [
    ['day', 'units', dayUnits, day.units],
    ['month', 'units', monthUnits, month.units],
    ['day', 'TOMA', dayCost, day.cost],
    ['month', 'TOMA', monthCost, month.cost],
  ] as const;
  return all.flatMap(([period, unit, limit, used]) => (limit === null ? [] : [{ period, unit, limit, used }]));
};

const secondsLeft = (period: Quota['period'], at: number): number => {
  const date = new Date(at);
  const next = period === 'day' ? dayStart(at) + DAY_MS : Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return Math.max(1, Math.ceil((next - at) / 1000));
};

const checkQuota = ({ period, unit, limit, used }: Quota, wanted: bigint, at: number): void => {
  if (used + wanted <= limit) return;
  const text = (amount: bigint): string =>
    unit === 'TOMA' ? formatAmount(amount).replace(' TOMA', '') : String(amount);
  const seconds = secondsLeft(period, at);
  throw gatewayError('QUOTA', { period, unit, limit: text(limit), wanted: text(wanted), used: text(used), seconds });
};

/** The flag and member of a key that hold a quota. */
const nameOf = ({ period, unit }: Quota): string => `${period}-${unit === 'TOMA' ? 'cost' : 'units'}`;

/** Throws `GATEWAY_STACK` when a stack is more than a key may still spend; its remedy names what the quotas have to be. */
const checkStack = (id: string, quotas: readonly Quota[], { units, cost, why }: SmallestStack): void => {
  const needed = ({ used, unit }: Quota): bigint => used + (unit === 'TOMA' ? cost : units);
  const short = quotas.filter((quota) => needed(quota) > quota.limit);
  const [first] = short;
  if (!first) return;
  const amount = (quota: Quota, value: bigint): string => (quota.unit === 'TOMA' ? formatAmount(value) : String(value));
  throw gatewayError('STACK', {
    id,
    units,
    cost: formatAmount(cost),
    why,
    left: `${amount(first, positive(first.limit - first.used))}${first.unit === 'TOMA' ? '' : ' units'}`,
    period: first.period,
    flags: short.map((each) => `--${nameOf(each)} ${amount(each, needed(each)).replace(' ', '')}`).join(' '),
    members: short.map((each) => `"${nameOf(each).replace('-', '_')}": "${needed(each)}"`).join(', '),
  });
};

const positive = (amount: bigint): bigint => (amount < 0n ? 0n : amount);

const smaller = (least: bigint | null, each: bigint): bigint => (least === null || each < least ? each : least);

const budgetOf = (
  { id }: KeyRow,
  quotas: () => readonly Quota[],
  check: (units: bigint, cost: bigint) => void,
): Budget => {
  const most = (of: readonly Quota[], price: bigint): bigint | null =>
    of
      .map(({ limit, used, unit }) => positive(limit - used) / (unit === 'units' ? 1n : price))
      .reduce<bigint | null>(smaller, null);
  const ofUnit = (unit: Quota['unit']): readonly Quota[] => quotas().filter((quota) => quota.unit === unit);
  return {
    check: (units, price) => check(units, units * price),
    left: (price) => most(quotas(), price),
    stack: () => ({ units: most(ofUnit('units'), 1n), cost: most(ofUnit('TOMA'), 1n) }),
    checkStack: (smallest) => checkStack(id, quotas(), smallest),
  };
};

/** Makes the limits over the books. */
export const createLimits = (store: GatewayStore, now: () => number): Limits => {
  const states = new Map<string, KeyState>();
  let running = 0;

  const stateOf = async (key: KeyRow): Promise<KeyState> => {
    const at = now();
    const state = states.get(key.id) ?? newState(key, at);
    states.set(key.id, state);
    if (state.day.startMs !== dayStart(at) || state.month.startMs !== monthStart(at))
      state.loading ??= renew(store, key.id, state, at).finally(() => {
        state.loading = undefined;
      });
    if (state.loading) await state.loading;
    return state;
  };

  const slotOf = (key: KeyRow, state: KeyState): Slot => {
    const held = { units: 0n, cost: 0n };
    /** Those it was first counted in, which it stays in: a request that ends after midnight gives nothing back to the new day. */
    let windows: Windows | undefined;
    let here = true;
    const leave = (): void => {
      if (here) state.running--;
      here = false;
    };
    const present = (): Windows => windows ?? windowsOf(state);
    const checkRate = (units: bigint): void => {
      const { unitsPerMinute: rate } = key;
      if (rate === null) return;
      refill(state.units, rate, now());
      const wanted = Math.min(Number(units), rate);
      if (wanted > state.units.level)
        throw gatewayError('RATE', { limit: rate, seconds: secondsUntil(state.units, rate, wanted) });
    };
    const check = (units: bigint, cost: bigint): void => {
      for (const quota of quotasOf(key, present())) checkQuota(quota, quota.unit === 'units' ? units : cost, now());
      checkRate(units);
    };
    return {
      budget: budgetOf(key, () => quotasOf(key, present()), check),
      admit: async (units, cost) => {
        await stateOf(key);
        check(units, cost);
        if (key.unitsPerMinute !== null) state.units.level -= Number(units);
        windows = present();
        count(windows, units, cost);
        held.units += units;
        held.cost += cost;
      },
      leave,
      cancelled: () => {
        state.cancels.level -= 1;
      },
      end: (units, cost) => {
        running--;
        leave();
        count(present(), units - held.units, cost - held.cost);
        if (key.unitsPerMinute !== null) state.units.level += Number(held.units - units);
      },
    };
  };

  return {
    enter: async (key) => {
      const state = await stateOf(key);
      if (key.concurrency !== null && state.running >= key.concurrency) return full(1);
      refill(state.cancels, CANCELS, now());
      if (state.cancels.level < 1) return full(secondsUntil(state.cancels, CANCELS, 1));
      if (key.requestsPerMinute !== null) {
        refill(state.requests, key.requestsPerMinute, now());
        if (state.requests.level < 1) return full(secondsUntil(state.requests, key.requestsPerMinute, 1));
        state.requests.level -= 1;
      }
      running++;
      state.running++;
      return { kind: 'entered', slot: slotOf(key, state) };
    },
    add: ({ key, createdMs }, units, cost) => {
      const state = states.get(key);
      if (!state) return;
      for (const window of windowsOf(state)) {
        if (createdMs < window.startMs) continue;
        window.units += units;
        window.cost += cost;
      }
    },
    running: () => running,
  };
};
