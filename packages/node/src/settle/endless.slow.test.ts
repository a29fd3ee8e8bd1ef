/** A node that claims one unit of a history far longer, so that whoever checks it would have to repeat all of it for nearly no pay. */
import { getNode } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import type { Engine } from '../engine/types.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { settleByHand } from '../testing/settle.ts';

const MOST_EPOCHS = 8;

/** Counts the answers each daemon makes. */
const counting = () => {
  const runs: number[] = [];
  const engine = (i: number): Engine => {
    const honest = createBuiltinEngine();
    const counted: Engine = {
      ...honest,
      renew: async () => counted,
      run: (...request) => {
        runs[i] = (runs[i] ?? 0) + 1;
        return honest.run(...request);
      },
    };
    return counted;
  };
  return { engine, total: () => runs.reduce((sum, each) => sum + each, 0) };
};

const stakes = (fleet: Fleet) =>
  Promise.all(
    fleet.daemons.map(async ({ settle }) => {
      const { stake, bonded } = await getNode(fleet.buyer, { nodeSmallId: settle.nodeId });
      return stake + bonded;
    }),
  );

test.each([
  ['a list of more units than are claimed convicts it', true, 0],
  ['a settlement without a list has no inputs', false, 2],
] as const)('one unit of three answers is claimed: %s, and nobody works', async (_, listed, outcome) => {
  const engines = counting();
  const fleet = await openFleet({
    ...{ nodes: 7, level: 1, alwaysAttest: true, engine: engines.engine },
    daemon: () => ({ policy: { allowPrivateNodes: true, giveUpMs: 0 } }),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const prompt of ['one', 'two', 'three']) await askOnce(fleet, stack, server, prompt);
  const [served, before] = [engines.total(), await stakes(fleet)];
  await settleByHand(server, { id: stack, level: 1 }, { numClaimedComputeUnits: 1n, listed });
  const resolved = async () => (await fleet.events('DisputeResolvedEvent'))[0]?.data;
  for (let epoch = 0; epoch < MOST_EPOCHS && !(await resolved()); epoch++) {
    await fleet.tick(3);
    fleet.market.nextEpoch();
  }
  expect(await resolved()).toMatchObject({ outcome, nodeFee: 0n, nodeBondReturned: 0n, slashedJurors: [] });
  expect(engines.total()).toBe(served);
  const lost = (await stakes(fleet)).map((now, i) => (before[i] as bigint) - now);
  expect(lost.filter((amount) => amount !== 0n)).toEqual([200_000_000n]);
  expect(lost[fleet.daemons.indexOf(server)]).toBe(200_000_000n);
  await fleet.close();
});
