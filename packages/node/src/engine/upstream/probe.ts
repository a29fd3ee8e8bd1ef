/** Health probes of upstream servers, and their load figures. */
import type { UpstreamLimits } from './config.ts';
import type { Pool, TargetState } from './pool.ts';

/** Longest wait for a probe, ms. */
const PROBE_TIMEOUT_MS = 3_000;

const authorization = (state: TargetState): Record<string, string> =>
  state.target.apiKey === undefined ? {} : { authorization: `Bearer ${state.target.apiKey}` };

const gauge = (text: string, name: string): number | undefined => {
  const line = text.split('\n').find((each) => each.startsWith(name) && !each.startsWith('#'));
  const value = Number(line?.split(/\s+/).at(-1));
  return Number.isFinite(value) ? value : undefined;
};

const readLoad = async (state: TargetState): Promise<void> => {
  const { load, url } = state.target;
  if (!load) return;
  const response = await fetch(url + load.path, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
  const waiting = gauge(await response.text(), load.gauge);
  if (waiting === undefined) return;
  if (waiting > load.pause) state.paused = true;
  else if (waiting < load.resume) state.paused = false;
};

/** Asks a server for its models; one success brings it back. */
export const probeTarget = async (pool: Pool, state: TargetState): Promise<void> => {
  try {
    const response = await fetch(`${state.target.url}/v1/models`, {
      headers: authorization(state),
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    if (response.status >= 500) throw response;
    await readLoad(state);
    pool.noteSuccess(state);
  } catch {
    pool.noteFailure(state);
  }
};

/** Probes all servers until stopped. */
export const startProbes = (pools: readonly Pool[], limits: UpstreamLimits): (() => void) => {
  const round = (): void => {
    for (const pool of pools) for (const state of pool.states) void probeTarget(pool, state);
  };
  const timer = setInterval(round, limits.probeMs);
  timer.unref();
  return () => clearInterval(timer);
};
