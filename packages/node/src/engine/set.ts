/** The engines of a daemon by model name. */
import type { Engine, EngineHealth, EngineModel } from './types.ts';

/** A model and the engine behind it. */
export interface ServedModel {
  readonly engine: Engine;
  readonly model: EngineModel;
}

/** All engines. */
export interface EngineSet {
  readonly engines: readonly Engine[];
  readonly models: readonly ServedModel[];
  /** The model of a task's name; `name@profile` demands that profile. */
  readonly find: (name: string) => ServedModel | undefined;
  readonly health: () => Promise<EngineHealth>;
  readonly close: () => Promise<void>;
}

/** Puts engines together; of two with one model name the first serves it. */
export const createEngineSet = async (engines: readonly Engine[]): Promise<EngineSet> => {
  const lists = await Promise.all(
    engines.map(async (engine) => (await engine.models()).map((model) => ({ engine, model }))),
  );
  const models = lists.flat();
  const exact = (name: string): ServedModel | undefined => models.find(({ model }) => model.name === name);
  const find = (name: string): ServedModel | undefined => {
    const whole = exact(name);
    const at = name.lastIndexOf('@');
    if (whole || at < 0) return whole;
    const found = exact(name.slice(0, at));
    return found?.model.profile === name.slice(at + 1) ? found : undefined;
  };
  return {
    engines,
    models,
    find,
    health: async () => {
      const all = await Promise.all(engines.map((engine) => engine.health()));
      return { healthy: all.every((each) => each.healthy), detail: all.map((each) => each.detail).join('; ') };
    },
    close: async () => {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
};

/** The same engines started anew, for a second opinion; one that cannot be is shared, and survives the closing of the new set. */
export const renewEngines = async (set: EngineSet): Promise<EngineSet> => {
  const renewed = set.engines.map(
    async (engine): Promise<Engine> => (engine.renew ? engine.renew() : { ...engine, close: async () => undefined }),
  );
  return createEngineSet(await Promise.all(renewed));
};
