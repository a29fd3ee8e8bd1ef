/** Any OpenAI-compatible server as an engine: several servers a model, health, admission, failover before the first output. */
import { type AtomaError, blake2b256, isAtomaError, toHex } from '@atoma/base';
import { IMAGE_PART_UNITS } from '@atoma/sdk';
import { engineError } from '../engine-errors.ts';
import { measurePrompt } from '../tokenizer.ts';
import type { Engine, EngineEvent, EngineLimit, EngineModel, EngineRequest } from '../types.ts';
import { defaultUpstreamLimits, type UpstreamLimits, type UpstreamModel } from './config.ts';
import { isOutOfMoney, refusalOf, retryAfter } from './fault.ts';
import { type Connections, drain, openConnections, readAll } from './http.ts';
import { createPool, type Pool, type Slot, type TargetState } from './pool.ts';
import { startProbes } from './probe.ts';
import { answerEvents } from './read.ts';
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
  ...(config.quantization === undefined ? {} : { quantization: config.quantization }),
});

/**
 * Answers that say the request is at fault: what it holds (400, 422), how large it is (413, 414, 431), its form (406, 411, 415), a conflict
 * (409), the law (451). Every other answer that is none of 2xx says something of the server, or of the way to it: a wrong key (401, 403), an
 * account without money (402), a model it does not have (404, Ollama), an address that moved (3xx), a time-out of its own (408), an
 * inference that failed (424, TEI), too much work (429, and 529 of hosted engines).
 */
const requestFaults: ReadonlySet<number> = new Set([400, 406, 409, 411, 413, 414, 415, 422, 431, 451]);

/** Answers of a server that has too much to do. */
const tooBusy: ReadonlySet<number> = new Set([429, 529]);

/** What a server answers, as events; throws errors of the engine catalogue. */
const serverEvents = async (
  { config, connections }: Served,
  { state }: Slot,
  request: EngineRequest,
  limit: EngineLimit,
  limits: UpstreamLimits,
  signal: AbortSignal,
): ReturnType<typeof answerEvents> => {
  const model = config.name;
  const response = await sendUpstream(connections, state.target, config, request, limit, signal).catch((cause) => {
    if (String(cause.code).startsWith('HPE_'))
      throw engineError('FAILED', { model, why: 'its answer is not HTTP' }, cause);
    throw engineError('UNAVAILABLE', { model }, cause);
  });
  const { status } = response;
  if (status >= 200 && status < 300) {
    const silence = { first: limits.firstMs, between: limits.silenceMs };
    return answerEvents(response, request, silence);
  }
  const seconds = retryAfter(response.retryAfter, Date.now());
  if (status === 503 ? seconds !== undefined : tooBusy.has(status)) {
    const text = await readAll(response).then(String, () => '');
    if (isOutOfMoney(text))
      throw engineError('FAILED', { model, why: `status ${status}, its account is used up`, status });
    throw engineError('OVERLOADED', { model, ...(seconds === undefined ? {} : { seconds }) });
  }
  if (requestFaults.has(status)) throw refusalOf(await readAll(response).then(String, () => ''), status);
  drain(response);
  throw engineError('FAILED', { model, why: `status ${status}`, status });
};

const fault = (error: unknown, model: string, late: boolean, limits: UpstreamLimits): AtomaError => {
  if (late) return engineError('TIMEOUT', { model, ms: limits.generationMs }, error);
  if (isAtomaError(error)) return error;
  return engineError('FAILED', { model, why: (error as Error).message }, error);
};

/** Errors that are the request's own: no other server would do better. */
const ofRequest = (error: AtomaError): boolean =>
  isAtomaError(error, 'ENGINE_REJECTED') || isAtomaError(error, 'ENGINE_CONTEXT');

/** After so many servers failed at a request, it is the request that is at fault. */
const SERVERS_FAILED = 2;

/** What servers answer when an inference failed (424: TEI), by their own fault or by that of what it was about. */
const ofInference: ReadonlySet<number> = new Set([500, 424]);

/**
 * Names the request a server said it failed at, which may be what broke it; undefined where the server alone is at fault: it was not
 * reached, cannot serve, or answered what is none.
 */
const suspect = (error: AtomaError, { endpoint, body }: EngineRequest): string | undefined =>
  !ofInference.has(Number(error.details.status))
    ? undefined
    : toHex(blake2b256(Buffer.from(JSON.stringify([endpoint, body]))));

/** The servers' answer: before the first output each server is tried once, within the time for failover. */
async function* run(
  served: Served,
  request: EngineRequest,
  limit: EngineLimit,
  limits: UpstreamLimits,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  const { pool, config } = served;
  const stopper = new AbortController();
  const forward = (): void => stopper.abort(signal.reason);
  let late = false;
  let complete = false;
  const timer = setTimeout(() => {
    late = true;
    stopper.abort();
  }, limits.generationMs);
  signal.addEventListener('abort', forward, { once: true });
  const tried = new Set<TargetState>();
  let failed = 0;
  const deadline = Date.now() + limits.failoverMs;
  try {
    while (!complete) {
      const slot = await pool.acquire(tried, stopper.signal);
      tried.add(slot.state);
      let begun = false;
      try {
        yield { type: 'accepted' };
        for await (const event of await serverEvents(served, slot, request, limit, limits, stopper.signal)) {
          if (signal.aborted) return;
          begun = true;
          yield event;
        }
        complete = true;
        pool.noteSuccess(slot.state);
      } catch (error) {
        if (signal.aborted) throw error;
        const found = fault(error, config.name, late, limits);
        if (ofRequest(found)) throw found;
        if (!isAtomaError(found, 'ENGINE_OVERLOADED')) pool.noteFailure(slot.state, suspect(found, request));
        if (isAtomaError(found, 'ENGINE_FAILED')) failed++;
        const more = !late && failed < SERVERS_FAILED && tried.size < pool.states.length && Date.now() < deadline;
        if (begun || !more) throw found;
      } finally {
        slot.release();
      }
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', forward);
    if (!complete) stopper.abort();
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
