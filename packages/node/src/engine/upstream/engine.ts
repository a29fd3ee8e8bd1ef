/** Any OpenAI-compatible server as an engine: several servers a model, health, admission, failover before the first output. */
import { isAtomaError } from '@atoma/base';
import { IMAGE_PART_UNITS } from '@atoma/sdk';
import { engineError } from '../errors.ts';
import { measurePrompt } from '../tokenizer.ts';
import type { Engine, EngineEvent, EngineLimit, EngineModel, EngineRequest } from '../types.ts';
import { defaultUpstreamLimits, type UpstreamLimits, type UpstreamModel } from './config.ts';
import { type Connections, openConnections, readAll, type UpstreamResponse } from './http.ts';
import { createPool, type Pool, type Slot, type TargetState } from './pool.ts';
import { startProbes } from './probe.ts';
import { streamEvents, wholeEvents } from './read.ts';
import { sendUpstream } from './request.ts';

/** How the engine is set up. */
export interface UpstreamEngineOptions {
  readonly models: readonly UpstreamModel[];
  readonly limits?: Partial<UpstreamLimits>;
}

interface Served {
  readonly config: UpstreamModel;
  readonly model: EngineModel;
  readonly pool: Pool;
  readonly connections: Connections;
}

const toModel = (config: UpstreamModel): EngineModel => ({
  name: config.name,
  roles: config.roles,
  contextLength: config.contextLength,
  tokenizer: config.tokenizer,
  profile: config.profile,
  imagePartUnits: config.imagePartUnits ?? IMAGE_PART_UNITS,
});

/**
 * Answers below 500 that say the server, not the request, is at fault: a wrong key (401, 403), a model it does not have (404, Ollama),
 * a time-out of its own (408), an inference that failed (424, TEI), too much work (429).
 */
const ownFaults: ReadonlySet<number> = new Set([401, 403, 404, 408, 424, 429]);

/** Whether another server may do better. */
const isServerFault = (status: number): boolean => status >= 500 || ownFaults.has(status);

const rejection = async (response: UpstreamResponse): Promise<Error> => {
  const text = await readAll(response).then(String, () => '');
  return engineError('REJECTED', { why: `status ${response.status}${text === '' ? '' : `: ${text.slice(0, 200)}`}` });
};

/** A server's answer, with its place. */
interface Opened {
  readonly response: UpstreamResponse;
  readonly slot: Slot;
}

/** Finds a server that takes the request; each is tried once, within the time for failover. */
const openAny = async (
  { config, pool, connections }: Served,
  request: EngineRequest,
  limit: EngineLimit,
  limits: UpstreamLimits,
  signal: AbortSignal,
): Promise<Opened> => {
  const tried = new Set<TargetState>();
  const deadline = Date.now() + limits.failoverMs;
  for (;;) {
    const slot = await pool.acquire(tried, signal);
    tried.add(slot.state);
    const response = await sendUpstream(connections, slot.state.target, config, request, limit, signal).catch(
      () => undefined,
    );
    if (response && response.status < 300) {
      pool.noteSuccess(slot.state);
      return { response, slot };
    }
    slot.release();
    signal.throwIfAborted();
    if (response && !isServerFault(response.status)) throw await rejection(response);
    if (response?.status !== 429) pool.noteFailure(slot.state);
    response?.cancel();
    if (Date.now() >= deadline || tried.size === pool.states.length) {
      if (response?.status === 429) throw engineError('OVERLOADED', { model: config.name });
      throw response
        ? engineError('FAILED', { model: config.name, why: `status ${response.status}` })
        : engineError('UNAVAILABLE', { model: config.name });
    }
  }
};

const fault = (error: unknown, model: string, late: boolean, limits: UpstreamLimits): unknown => {
  if (isAtomaError(error)) return error;
  if (late) return engineError('TIMEOUT', { model, ms: limits.generationMs }, error);
  return engineError('FAILED', { model, why: (error as Error).message }, error);
};

async function* run(
  served: Served,
  request: EngineRequest,
  limit: EngineLimit,
  limits: UpstreamLimits,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const stopper = new AbortController();
  const forward = (): void => stopper.abort(signal.reason);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stopper.abort();
  }, limits.generationMs);
  signal.addEventListener('abort', forward, { once: true });
  const { name } = served.config;
  let slot: Slot | undefined;
  try {
    const opened = await openAny(served, request, limit, limits, stopper.signal);
    slot = opened.slot;
    const events = request.stream
      ? streamEvents(opened.response, name, limits.silenceMs)
      : await wholeEvents(request, opened.response);
    for await (const event of events) {
      if (signal.aborted) return;
      yield event;
    }
  } catch (error) {
    if (slot && !signal.aborted) served.pool.noteFailure(slot.state);
    throw fault(error, name, late, limits);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', forward);
    slot?.release();
  }
}

/** Where there are several servers, a second opinion comes from another one than the first. */
const otherServersFirst = (model: UpstreamModel): UpstreamModel => ({
  ...model,
  targets: [...model.targets].reverse(),
});

/** Makes the engine. */
export const createUpstreamEngine = (options: UpstreamEngineOptions): Engine => {
  const limits = { ...defaultUpstreamLimits, ...options.limits };
  const connections = openConnections();
  const served = options.models.map((config): Served => {
    const pool = createPool(config.name, config.targets, limits);
    return { config, model: toModel(config), pool, connections };
  });
  const find = (name: string): Served => {
    const found = served.find(({ config }) => config.name === name);
    if (!found) throw engineError('UNAVAILABLE', { model: name });
    return found;
  };
  const stop = startProbes(
    served.map(({ pool }) => pool),
    limits,
  );
  return {
    id: 'openai',
    models: async () => served.map(({ model }) => model),
    measure: (request) => measurePrompt(request, find(request.model).model),
    run: (request, limit, signal) => run(find(request.model), request, limit, limits, signal),
    health: async () => {
      const down = served.filter(({ pool }) => !pool.states.some((state) => state.healthy));
      const names = down.map(({ config }) => config.name).join(', ');
      return {
        healthy: down.length === 0,
        detail: down.length === 0 ? 'all models reachable' : `no server for ${names}`,
      };
    },
    renew: async () => createUpstreamEngine({ ...options, models: options.models.map(otherServersFirst) }),
    close: async () => {
      stop();
      connections.close();
    },
  };
};
