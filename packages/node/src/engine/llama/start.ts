/** A model file behind a process of its own: a crash costs the requests under way and nothing else, and the next one starts it again. */

import { engineError } from '../errors.ts';
import { type ProcessEngine, startEngineProgram } from '../process/client.ts';
import type { Engine, EngineModel } from '../types.ts';
import type { LlamaOptions } from './options.ts';

/** A model that crashes at once is not started more often than this. */
const LEAST_MS_BETWEEN_STARTS = 2_000;

const program = (options: LlamaOptions): Promise<ProcessEngine> =>
  startEngineProgram({
    id: `llama.cpp ${options.name ?? options.file}`,
    source: '../llama/child.ts',
    bundled: 'llama-process.js',
    args: [JSON.stringify(options)],
  });

/** Starts the model and waits until it is loaded. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const startLlamaEngine = async (options: LlamaOptions, now: () => number = Date.now): Promise<Engine> => {
  let current = await program(options);
  let started = now();
  let starting: Promise<ProcessEngine> | undefined;
  let closed = false;
  const again = async (): Promise<ProcessEngine> => {
    started = now();
    current = await program(options).finally(() => {
      starting = undefined;
    });
    if (closed) await current.close();
    return current;
  };
  const living = async (): Promise<Engine> => {
    if (current.alive() || closed || (!starting && now() - started < LEAST_MS_BETWEEN_STARTS)) return current;
    starting ??= again();
    return starting;
  };
  return {
    id: current.id,
    models: () => current.models(),
    measure: async (request) => (await living()).measure(request),
    run: async function* (request, limit, signal) {
      yield* (await living()).run(request, limit, signal);
    },
    health: async () => (await living()).health(),
    close: async () => {
      closed = true;
      await current.close();
    },
  };
};

/** The same, started by the first request: what is served is told beforehand. A start that fails is that request's failure. */
export const lazyLlamaEngine = (options: LlamaOptions, served: EngineModel): Engine => {
  let started: Promise<Engine> | undefined;
  const start = async (): Promise<Engine> => {
    try {
      return await startLlamaEngine(options);
    } catch (cause) {
      setTimeout(() => {
        started = undefined;
      }, LEAST_MS_BETWEEN_STARTS).unref();
      throw engineError('FAILED', { model: served.name, why: (cause as Error).message }, cause);
    }
  };
  const engine = (): Promise<Engine> => {
    started ??= start();
    return started;
  };
  return {
    id: `llama.cpp ${served.name}`,
    models: async () => [served],
    measure: async (request) => (await engine()).measure(request),
    run: async function* (...asked) {
      yield* (await engine()).run(...asked);
    },
    health: async () =>
      started?.then(
        (one) => one.health(),
        ({ message }: Error) => ({ healthy: false, detail: message }),
      ) ?? { healthy: true, detail: 'starts with its first request' },
    close: async () => {
      await started?.then(
        (one) => one.close(),
        () => undefined,
      );
    },
  };
};
