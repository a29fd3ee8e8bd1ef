/** Model files behind a process of their own: a crash costs the requests under way and nothing else, and the next one starts it again. */

import { isAtomaError } from '@atoma/base';
import { engineError } from '../engine-errors.ts';
import { type ProcessEngine, startEngineProgram } from '../process/client.ts';
import type { Engine, EngineModel } from '../types.ts';
import { fileFault } from './file.ts';
import type { LlamaOptions } from './options.ts';

/** A model that crashes at once is not started more often than this. */
const LEAST_MS_BETWEEN_STARTS = 2_000;

const program = (files: readonly LlamaOptions[]): Promise<ProcessEngine> =>
  startEngineProgram({
    id: `llama.cpp ${files.map(({ name, file }) => name ?? file).join(', ')}`,
    source: '../llama/child.ts',
    bundled: 'llama-process.js',
    args: [JSON.stringify(files)],
  });

/** A process that ends before it has named its models could not bear the file: llama.cpp ends it at what it takes for impossible. */
const firstProgram = async (files: readonly LlamaOptions[]): Promise<ProcessEngine> => {
  try {
    return await program(files);
  } catch (error) {
    if (!isAtomaError(error, 'ENGINE_FAILED')) throw error;
    const paths = files.map(({ file }) => file).join(', ');
    throw fileFault(
      paths,
      `llama.cpp could not load it: ${error.details.why}`,
      'Use a file made for llama.cpp.',
      error,
    );
  }
};

const startFiles = async (files: readonly LlamaOptions[]): Promise<Engine> => {
  let current = await firstProgram(files);
  let started = Date.now();
  let starting: Promise<ProcessEngine> | undefined;
  let closed = false;
  const again = async (): Promise<ProcessEngine> => {
    started = Date.now();
    current = await program(files)
      .catch((cause: Error) => {
        throw engineError('FAILED', { model: current.id, why: cause.message }, cause);
      })
      .finally(() => {
        starting = undefined;
      });
    if (closed) await current.close();
    return current;
  };
  const living = async (): Promise<Engine> => {
    if (current.alive() || closed || (!starting && Date.now() - started < LEAST_MS_BETWEEN_STARTS)) return current;
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

/** Starts the model and waits until it is loaded. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const startLlamaEngine = (options: LlamaOptions): Promise<Engine> => startFiles([options]);

/** An engine that is told about before it runs. */
export interface LazyEngine extends Engine {
  /** Begins to start it. */
  readonly begin: () => void;
}

/**
 * The first of the files as `served`, started by its first request, whose failure a failed start is. Others are in the same process, for
 * requests that name them: a market keeps to one file a process, so that a crash costs one model.
 */
export const lazyLlamaEngine = (files: () => Promise<readonly LlamaOptions[]>, served: EngineModel): LazyEngine => {
  let started: Promise<Engine> | undefined;
  const start = async (): Promise<Engine> => {
    try {
      return await startFiles(await files());
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
    begin: () => void engine().catch(() => undefined), // whoever needs it is told
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
