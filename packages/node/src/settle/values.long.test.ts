/** A cheat at level 1 with a real model: jurors that compute other bits agree on it. */
import { getTicket } from '@atoma/sdk';
import { expect, test } from 'vitest';
import type { Engine } from '../engine/types.ts';
import { openFleet } from '../testing/fleet.ts';
import { cheatingModel, SOLD } from '../testing/models.ts';
import { engines, honestOf, NODES, openEngines, sell } from '../testing/sold-values.ts';

openEngines();

test.each(['atoma-small-q4_0'])('a node that serves %s under the name of the model is convicted', async (other) => {
  let cheat = -1;
  const cheating = await Promise.all([0, 1].map((i) => cheatingModel(engines[i] as Engine, other, () => true)));
  const fleet = await openFleet({
    nodes: NODES,
    level: 1,
    alwaysAttest: true,
    model: SOLD,
    engine: (i) => ({
      ...honestOf(i),
      run: (...args) => (cheat === i ? (cheating[i % 2] as Engine) : (engines[i % 2] as Engine)).run(...args),
    }),
  });
  try {
    const { stack } = await sell(fleet, (server) => {
      cheat = server;
    });
    await fleet.tick(2);
    expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'disputed' });
    // The jury votes, and waits for what the buyer may show; then it reveals.
    for (let epoch = 0; epoch < 2; epoch++) {
      fleet.market.nextEpoch();
      for (let round = 0; round < 4; round++) await fleet.tick();
    }
    const [resolved] = await fleet.events('DisputeResolvedEvent');
    expect(resolved?.data).toMatchObject({ outcome: 0, nodeFee: 0n, nodeBondReturned: 0n, slashedJurors: [] });
    expect(resolved?.data.challengerShare).toBeGreaterThan(0n);
  } finally {
    await fleet.close();
    for (const engine of cheating) await engine.close();
  }
});
