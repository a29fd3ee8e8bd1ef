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
  readonly close: () => Promise<void>;
}

/** The story with the built-in models alone. */
export const builtinCast = (isCheating: (i: number) => boolean): Cast => ({
  model: 'atoma/demo-chat',
  instead: 'what a cheaper model says to everything',
  enginesOf: async (i) => [unreading(createBuiltinEngine(), () => isCheating(i))],
  close: async () => undefined,
});

/** A language model under llama.cpp, and its 4-bit copy for the cheat; undefined where files or library are missing. Both begin to load. */
export const modelCast = (isCheating: (i: number) => boolean): Cast | undefined => {
  const models = shippedModels();
  if (!models) return undefined;
  const { engine, other } = models.beside('quantised');
  engine.begin();
  const run: (i: number) => Engine['run'] =
    (i) =>
    (request, ...rest) =>
      engine.run(isCheating(i) && !request.steps?.claimed ? { ...request, model: other } : request, ...rest);
  return {
    model: models.name,
    instead: 'a 4-bit copy of it',
    enginesOf: async (i) => [{ ...engine, run: run(i), close: async () => undefined }, createBuiltinEngine()],
    close: () => engine.close(),
  };
};
