/** The story on real parts: what is told happened, the money adds up, and a story without a cheat catches none. */
import { existsSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { jsonSchemaOf, type Shape } from '../kernel/schema.ts';
import { schemaFaults } from '../kernel/schema-faults.ts';
import { atoma, cleanMachine, devCli, execute } from '../testing/process.ts';
import { openParts, type UpParts } from '../up/open-parts.ts';
import { builtinModels } from '../up/plan.ts';
import { builtinCast, type Cast, modelCast } from './cast.ts';
import { type Played, play } from './play.ts';
import { askMany } from './requests.ts';
import { demoCommands } from './spec.ts';
import { beginStory, type Step } from './story.ts';

beforeAll(async () => {
  const built = await execute(cleanMachine(), devCli, ['--version']); // builds the bundle when it is older than a source
  expect(built.code, built.err).toBe(0);
});

const onStage = async <Result>(cast: Cast, act: (parts: UpParts) => Promise<Result>): Promise<Result> => {
  const parts = await openParts({
    plan: {
      nodes: 5,
      level: 1,
      seed: 'demo',
      epochMs: 60_000,
      price: 100n,
      models: [...builtinModels, ...(cast.model === builtinModels[0]?.name ? [] : [{ name: cast.model, role: 0 }])],
      engine: null,
      file: null,
      directory: null,
    },
    port: 0,
    onEvent: () => {},
    watchMs: 0,
    pollMs: 0,
    enginesOf: cast.enginesOf,
  });
  try {
    return await act(parts);
  } finally {
    await parts.close();
    await cast.close();
  }
};

type CastOf = (isCheating: (i: number) => boolean) => Cast;
/** The model needs its library, which a checkout has. */
const real = modelCast as CastOf;

const tell = (
  castOf: CastOf,
  corrupt: (cheats: Set<bigint>, nodes: readonly bigint[]) => void,
  steps: Step[] = [],
): Promise<Played> => {
  const cheats = new Set<bigint>();
  const cast = castOf((i) => cheats.has(BigInt(i + 1)));
  return onStage(cast, async (parts) => {
    const story = await beginStory(parts.market.buyer, { chapter: () => {}, step: (step) => void steps.push(step) });
    return play({ parts, story, cast, corrupt: (nodes) => corrupt(cheats, nodes) });
  });
};

/** These cheat, and no others. */
const only = (cheats: Set<bigint>, nodes: readonly bigint[]): void => {
  cheats.clear();
  for (const node of nodes) cheats.add(node);
};

const changes = ({ books }: Played) => new Map(books.map(({ holder, before, after }) => [holder, after - before]));

test.each([
  ['the built-in model', builtinCast],
  ['a language model and its 4-bit copy', real],
])(
  'with %s: a hundred answers are paid to the unit, the cheat loses its bond, and every unit is found',
  async (_, castOf) => {
    const steps: Step[] = [];
    const played = await tell(castOf, only, steps);
    const { honest, cheat, books, supply } = played;
    expect(honest.all.count).toBe(100);
    expect(honest.all.cost).toBe(honest.all.units * 100n);
    const digests = steps.map(({ digest }) => digest).filter((digest) => digest !== null);
    expect(digests.length).toBeGreaterThan(12);
    const compared = steps.filter(({ command }) => command === 'reconcile');
    expect(compared.map(({ actor }) => actor)).toEqual([`stack ${honest.stack}`, `stack ${cheat.served.stack}`]);
    const change = changes(played);
    const [liar, server] = [cheat.served.server.settle.nodeId, honest.server.settle.nodeId];
    expect(cheat.verdict).toMatchObject({ outcome: 0, selectedNodeId: liar, userRefundAmount: 120_000_000n });
    expect(cheat.jurors).not.toContain(liar);
    expect(change.get('buyer')).toBe(-honest.all.cost - 20_000_000n); // the fee, and the least that a check costs
    expect(change.get(`node ${liar}`)).toBe(-200_000_000n + (liar === server ? honest.all.cost : 0n));
    expect([...change.values()].reduce((sum, each) => sum + each, 0n)).toBe(0n);
    expect(books.reduce((sum, { after }) => sum + after, 0n)).toBe(supply);
  },
);

test('nobody cheats, nobody is accused: the story says that nothing was caught', async () => {
  await expect(tell(builtinCast, () => {})).rejects.toMatchObject({ code: 'DEMO_MISSING' });
});

test('a request that is not answered ends the story', async () => {
  await onStage(
    builtinCast(() => false),
    async ({ endpoint, market }) => {
      const model = market.plan.models[0]?.name as string;
      const target = { baseUrl: endpoint.baseUrl, key: 'atk_wrong', model };
      await expect(askMany(target, 3, 0)).rejects.toMatchObject({ code: 'DEMO_ANSWER' });
    },
  );
});

test('as a command: told in JSON and for people, and nothing left behind', async () => {
  const machine = cleanMachine();
  const first = await atoma(machine, 'demo --json');
  expect(first.code, first.out + first.err).toBe(0);
  const data = JSON.parse(first.out);
  expect(schemaFaults(jsonSchemaOf(demoCommands.demo.output as Shape), data)).toEqual([]);
  expect(data).toMatchObject({ requests: { count: 100 }, cheat: { convicted: true } });
  expect(data.accounted).toBe(data.supply);
  const told = await atoma(machine, 'demo');
  expect(told).toMatchObject({ code: 0, err: '' });
  expect(told.out).toContain('every unit is found');
  expect(existsSync(machine.atomaHome)).toBe(false);
});
