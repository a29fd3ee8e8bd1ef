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

/** A language model under llama.cpp, and its 4-bit copy for the cheat; undefined where files or library are missing. */
export const modelCast = (isCheating: (i: number) => boolean): Cast | undefined => {
  const models = shippedModels();
  if (!models) return undefined;
  const honest = models.sold();
  honest.catch(() => undefined); // whoever waits for it is told
  let copy: Promise<Engine> | undefined;
  /** The copy is opened when it is first cheated with: until then it would only delay the others. */
  async function* cheat(...asked: Parameters<Engine['run']>): ReturnType<Engine['run']> {
    copy ??= (models as NonNullable<typeof models>).instead('quantised');
    yield* (await copy).run(...asked);
  }
  return {
    model: models.name,
    instead: 'a 4-bit copy of it',
    enginesOf: async (i) => {
      const sold = await honest;
      const run: Engine['run'] = (request, ...rest) =>
        isCheating(i) && !request.steps?.claimed ? cheat(request, ...rest) : sold.run(request, ...rest);
      return [{ ...sold, run, close: async () => undefined }, createBuiltinEngine()];
    },
    close: async () => {
      for (const engine of [honest, copy]) await engine?.then((one) => one.close()).catch(() => undefined);
    },
  };
};
