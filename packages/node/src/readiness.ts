/** Whether a daemon takes new work, and why not. */
import type { Atoma } from '@atoma/sdk';
import type { EngineSet } from './engine/set.ts';
import type { Readiness } from './http/app.ts';
import { type Problem, problem } from './serve/problem.ts';

/** Silence of the chain after which no new work is taken, ms. */
const CHAIN_SILENCE_MS = 600_000;
/** Difference to a checkpoint's time above which no new work is taken, ms. */
const CLOCK_TOLERANCE_MS = 30_000;

/** Makes the state of readiness that changes while the daemon runs. */
export const createState = (now: () => number) => ({
  paused: false,
  stopping: false,
  hasLease: true,
  lastChainReadMs: now(),
  clockOffsetMs: 0,
  checkpoint: 0n,
});

/** What a daemon knows of itself. */
export type State = ReturnType<typeof createState>;

const clockIsOff = (state: State): boolean => Math.abs(state.clockOffsetMs) > CLOCK_TOLERANCE_MS;

/** Why new work is refused now; undefined: it is not. */
export const whyNotReady = (state: State, now: number): Problem | undefined => {
  if (state.paused || state.stopping) return problem('not_ready', { detail: 'it is paused', retryAfterSeconds: 30 });
  if (!state.hasLease) return problem('not_ready', { detail: 'another daemon works on its database' });
  if (clockIsOff(state))
    return problem('not_ready', { detail: 'its clock differs from the chain', retryAfterSeconds: 30 });
  return now - state.lastChainReadMs > CHAIN_SILENCE_MS
    ? problem('chain_unavailable', { retryAfterSeconds: 30 })
    : undefined;
};

/** Compares the clock with a checkpoint that is new since the last look. */
export const checkClock = async (atoma: Atoma, state: State, now: () => number): Promise<void> => {
  const { response } = await atoma.client.ledgerService.getServiceInfo({});
  const checkpoint = response.checkpointHeight ?? 0n;
  const made = response.timestamp;
  const isNew = state.checkpoint > 0n && checkpoint > state.checkpoint;
  state.checkpoint = checkpoint;
  if (isNew && made) state.clockOffsetMs = now() - (Number(made.seconds) * 1000 + Math.floor(made.nanos / 1e6));
};

/** Every check of readiness. */
export const readinessOf = async (state: State, engines: EngineSet, now: number): Promise<Readiness> => {
  const health = await engines.health();
  const reason = whyNotReady(state, now);
  const checks = {
    engine: health.healthy ? 'ok' : health.detail,
    database: state.hasLease ? 'ok' : 'lease lost',
    chain: now - state.lastChainReadMs <= CHAIN_SILENCE_MS ? 'ok' : 'no successful read for 10 min',
    clock: clockIsOff(state) ? `${Math.round(state.clockOffsetMs / 1000)} s off` : 'ok',
    work: reason?.detail ?? 'ok',
  };
  return { ready: health.healthy && reason === undefined, checks };
};
