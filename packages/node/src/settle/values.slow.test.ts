/** Level 1 on a real model that does not repeat its answers bit by bit. */
import { getTicket, type Receipt, type SignedBytes } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Engine } from '../engine/types.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { cheatingModel, honestEngine, SOLD } from '../testing/models.ts';

const QUESTIONS = [
  'What is a receipt?',
  'what is 7 minus 1?',
  'Tell a story about a rabbit.',
  'When is the node paid?',
];
const NODES = 7;

const engines: Engine[] = [];
beforeAll(async () => {
  engines.push(await honestEngine(), await honestEngine({ threads: 2, batch: 16, parallel: 1 }));
});
afterAll(async () => {
  for (const engine of engines) await engine.close();
});

/** Every other node runs the model with other threads and batches. */
const honestOf = (i: number): Engine => ({ ...(engines[i % 2] as Engine), close: async () => undefined });

/** Buys a stack, has it answered and settled. */
const sell = async (fleet: Fleet, onBought: (server: number) => void = () => undefined) => {
  const { stack, server } = await fleet.buy(1_000_000n);
  onBought(fleet.daemons.indexOf(server));
  await fleet.tick();
  const receipts: { receipt: Receipt; signed: SignedBytes }[] = [];
  for (const [i, question] of QUESTIONS.entries())
    await askOnce(fleet, stack, server, question, (receipt, signed) => receipts.push({ receipt, signed }), {
      temperature: i % 2 === 0 ? 0.8 : 0,
    });
  await server.settleStack(stack);
  await server.tick();
  return { stack, server, receipts };
};

test('honest nodes attest each other, though they compute other bits', async () => {
  const fleet = await openFleet({ nodes: NODES, level: 1, alwaysAttest: true, model: SOLD, engine: honestOf });
  try {
    const { stack, receipts } = await sell(fleet);
    // The receipt covers the content together with the digest of its steps.
    expect(receipts.map(({ signed }) => signed.work?.length)).toEqual(QUESTIONS.map(() => 32));
    await fleet.tick(2);
    expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'clean' });
    expect(await fleet.events('StackAttestationDisputeEvent')).toEqual([]);
  } finally {
    await fleet.close();
  }
});

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
    fleet.market.nextEpoch();
    for (let round = 0; round < 4; round++) await fleet.tick();
    const [resolved] = await fleet.events('DisputeResolvedEvent');
    expect(resolved?.data).toMatchObject({ outcome: 0, nodeFee: 0n, nodeBondReturned: 0n, slashedJurors: [] });
    expect(resolved?.data.challengerShare).toBeGreaterThan(0n);
  } finally {
    await fleet.close();
    for (const engine of cheating) await engine.close();
  }
});
