import { expect, test } from 'vitest';
import { createEngineSet, renewEngines } from './set.ts';
import type { Engine } from './types.ts';

/** An engine of models, by name and profile, that notes when it is closed. */
const engineOf = (models: Readonly<Record<string, string | null>>, more: Partial<Engine> = {}) => {
  const closed: string[] = [];
  const engine = {
    models: async () => Object.entries(models).map(([name, profile]) => ({ name, profile })),
    health: async () => ({ healthy: true, detail: 'well' }),
    close: async () => void closed.push(Object.keys(models).join()),
    ...more,
  } as unknown as Engine;
  return { engine, closed };
};

test('a task’s name finds its model, with a profile only the model that has it', async () => {
  const [first, second] = [engineOf({ a: 'p/1', 'b@x': null }), engineOf({ a: 'p/2', c: null })];
  const set = await createEngineSet([first.engine, second.engine]);
  expect(set.find('a')).toMatchObject({ engine: first.engine, model: { profile: 'p/1' } });
  expect(set.find('a@p/1')?.engine).toBe(first.engine);
  expect(set.find('c')?.engine).toBe(second.engine);
  // The name of a model may have the sign itself.
  expect(set.find('b@x')?.model.name).toBe('b@x');
  for (const absent of ['a@p/2', 'a@', 'c@null', 'b', 'd', '']) expect(set.find(absent)).toBeUndefined();
});

test('all are well when each is, and one that is not says why', async () => {
  const sick = engineOf({ b: null }, { health: async () => ({ healthy: false, detail: 'no server' }) });
  const set = await createEngineSet([engineOf({ a: null }).engine, sick.engine]);
  expect(await set.health()).toEqual({ healthy: false, detail: 'well; no server' });
  expect((await (await createEngineSet([engineOf({ a: null }).engine])).health()).healthy).toBe(true);
});

test('a second opinion comes from engines started anew; its end leaves the ones that are shared', async () => {
  const [fresh, shared] = [engineOf({ a: null }), engineOf({ b: null })];
  const first = engineOf({ a: null }, { renew: async () => fresh.engine });
  const set = await createEngineSet([first.engine, shared.engine]);
  const again = await renewEngines(set);
  expect(again.find('a')?.engine).toBe(fresh.engine);
  await again.close();
  expect([first.closed, fresh.closed, shared.closed]).toEqual([[], ['a'], []]);
  await set.close();
  expect([first.closed, fresh.closed, shared.closed]).toEqual([['a'], ['a'], ['b']]);
});
