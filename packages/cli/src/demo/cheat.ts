/** The cheat of the story: a node that sells one model and answers with another. */
import { createBuiltinEngine, type Engine } from '@atoma/node';
import { unreading } from '../up/cheat.ts';
import { shippedModels } from '../up/shipped.ts';

/** What the nodes of the story serve. */
export interface Cast {
  /** Name of the model whose seller cheats. */
  readonly model: string;
  /** What the cheat serves in its place. */
  readonly instead: string;
  /** Engines of node `i`, counted from 0. */
  readonly enginesOf: (i: number) => Promise<readonly Engine[]>;
  /** Begins to load what they will need, beside what goes on meanwhile. */
  readonly prepare: () => void;
  readonly close: () => Promise<void>;
}

/** The story with the built-in models alone. */
export const builtinCast = (isCheating: (i: number) => boolean): Cast => ({
  model: 'atoma/demo-chat',
  instead: 'what a cheaper model says to everything',
  enginesOf: async (i) => [unreading(createBuiltinEngine(), () => isCheating(i))],
  prepare: () => undefined,
  close: async () => undefined,
});

const QUESTION = {
  endpoint: '/v1/chat/completions',
  body: { messages: [{ role: 'user', content: 'hello' }] },
  ...{ file: null, seed: 0, n: 1, stream: false },
} as const;

/** A language model under llama.cpp, and its 4-bit copy for the cheat; undefined where files or library are missing. */
export const modelCast = (isCheating: (i: number) => boolean): Cast | undefined => {
  const models = shippedModels();
  if (!models) return undefined;
  const sold = models.lazy();
  let copy: Promise<Engine> | undefined;
  const opened = (): Promise<Engine> => {
    copy ??= models.instead('quantised');
    return copy;
  };
  async function* cheat(...asked: Parameters<Engine['run']>): ReturnType<Engine['run']> {
    yield* (await opened()).run(...asked);
  }
  const run: (i: number) => Engine['run'] =
    (i) =>
    (request, ...rest) =>
      isCheating(i) && !request.steps?.claimed ? cheat(request, ...rest) : sold.run(request, ...rest);
  return {
    model: models.name,
    instead: 'a 4-bit copy of it',
    enginesOf: async (i) => [{ ...sold, run: run(i), close: async () => undefined }, createBuiltinEngine()],
    prepare: () => {
      for (const started of [sold.measure({ ...QUESTION, model: models.name }), opened()])
        started.catch(() => undefined); // whoever needs it is told
    },
    close: async () => {
      for (const engine of [sold, await copy?.catch(() => undefined)]) await engine?.close();
    },
  };
};
