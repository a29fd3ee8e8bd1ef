/** The servers of one model: who is healthy, who is free, who waits. Chosen is the one with fewest requests in flight. */
import { engineError } from '../engine-errors.ts';
import type { UpstreamLimits, UpstreamTarget } from './config.ts';

/** A server and how it does. */
export interface TargetState {
  readonly target: UpstreamTarget;
  inFlight: number;
  /** Failures since the last success. */
  failures: number;
  /** Requests it failed at since: each counts once, however often it is sent. */
  readonly suspects: Set<string>;
  healthy: boolean;
  /** Paused by its own load figures. */
  paused: boolean;
}

/** A place at a server, until released. */
export interface Slot {
  readonly state: TargetState;
  readonly release: () => void;
}

interface Waiter {
  readonly excluded: ReadonlySet<TargetState>;
  readonly grant: (slot: Slot) => void;
  readonly fail: (error: unknown) => void;
}

/** Hands out places. */
export interface Pool {
  readonly states: readonly TargetState[];
  /** A place at a server not in `excluded`. Throws `ENGINE_UNAVAILABLE` and `ENGINE_OVERLOADED`. */
  readonly acquire: (excluded: ReadonlySet<TargetState>, signal: AbortSignal) => Promise<Slot>;
  readonly noteSuccess: (state: TargetState) => void;
  /** `suspect`: the request that may have been at fault. */
  readonly noteFailure: (state: TargetState, suspect?: string) => void;
  readonly waiting: () => number;
}

const usable = (state: TargetState, excluded: ReadonlySet<TargetState>): boolean =>
  state.healthy && !state.paused && !excluded.has(state);
/** Why nobody can be chosen: all that are left are paused by their own figures, or there are none. */
const noneUsable = (model: string, states: readonly TargetState[], excluded: ReadonlySet<TargetState>): Error =>
  engineError(states.some((state) => state.healthy && !excluded.has(state)) ? 'OVERLOADED' : 'UNAVAILABLE', { model });
const free = (state: TargetState): boolean => state.inFlight < state.target.concurrency;

/** Makes the pool of a model's servers. */
export const createPool = (model: string, targets: readonly UpstreamTarget[], limits: UpstreamLimits): Pool => {
  const states: readonly TargetState[] = targets.map((target) => ({
    target,
    inFlight: 0,
    failures: 0,
    suspects: new Set(),
    healthy: true,
    paused: false,
  }));
  const waiters = new Set<Waiter>();
  const choose = (excluded: ReadonlySet<TargetState>): TargetState | undefined =>
    states
      .filter((state) => usable(state, excluded) && free(state))
      .reduce<TargetState | undefined>(
        (best, state) => (best && best.inFlight <= state.inFlight ? best : state),
        undefined,
      );
  const take = (state: TargetState): Slot => {
    state.inFlight++;
    let held = true;
    const release = (): void => {
      if (!held) return;
      held = false;
      state.inFlight--;
      serveNext();
    };
    return { state, release };
  };
  const serveNext = (): void => {
    for (const waiter of waiters) {
      const state = choose(waiter.excluded);
      if (state) {
        waiters.delete(waiter);
        waiter.grant(take(state));
      } else if (!states.some((each) => usable(each, waiter.excluded))) {
        waiters.delete(waiter);
        waiter.fail(noneUsable(model, states, waiter.excluded));
      }
    }
  };
  const wait = (excluded: ReadonlySet<TargetState>, signal: AbortSignal): Promise<Slot> =>
    new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        waiters.delete(waiter);
      };
      const fail = (error: unknown): void => {
        end();
        reject(error);
      };
      const aborted = (): void => fail(signal.reason);
      const timer = setTimeout(() => fail(engineError('OVERLOADED', { model })), limits.queueMs);
      const grant = (slot: Slot): void => {
        end();
        resolve(slot);
      };
      const waiter: Waiter = { excluded, grant, fail };
      signal.addEventListener('abort', aborted);
      waiters.add(waiter);
    });
  return {
    states,
    waiting: () => waiters.size,
    acquire: async (excluded, signal) => {
      const state = choose(excluded);
      if (state) return take(state);
      if (!states.some((each) => usable(each, excluded))) throw noneUsable(model, states, excluded);
      if (waiters.size >= limits.queue) throw engineError('OVERLOADED', { model });
      return await wait(excluded, signal);
    },
    noteSuccess: (state) => {
      state.failures = 0;
      state.suspects.clear();
      state.healthy = true;
      serveNext();
    },
    noteFailure: (state, suspect) => {
      if (suspect !== undefined && state.suspects.has(suspect)) return;
      if (suspect !== undefined) state.suspects.add(suspect);
      state.failures++;
      if (state.failures >= limits.failuresOut) state.healthy = false;
      serveNext();
    },
  };
};
