/** Level 1 where some nodes compute in llama.cpp and others ask a vLLM, an SGLang or a llama-server. */
import { getTicket } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logitServers } from '../engine/logits/types.ts';
import type { Engine } from '../engine/types.ts';
import { askOnce, type Fleet, openFleet } from '../testing/fleet.ts';
import { type LogitServers, startLogitServers } from '../testing/logit-servers.ts';
import { honestEngine, modelFile, SOLD, servedEngine } from '../testing/models.ts';

const QUESTIONS = ['What is a receipt?', 'what is 7 minus 1?'];
const NODES = 7;

let [servers, copies]: LogitServers[] = [];
const engines: Engine[] = [];
const cheating: Engine[] = [];
beforeAll(async () => {
  servers = await startLogitServers(modelFile('atoma-small-f16'));
  copies = await startLogitServers(modelFile('atoma-small-q4_0'));
  for (const kind of logitServers) {
    engines.push(await servedEngine(kind, servers.url));
    cheating.push(await servedEngine(kind, copies.url));
  }
  engines.push(await honestEngine());
});
afterAll(async () => {
  for (const engine of [...engines, ...cheating]) await engine.close();
  await servers?.close();
  await copies?.close();
});

/** A market whose nodes ask servers of all kinds; `cheats`: the server that the drawn one asks has a 4-bit copy. */
const market = async (cheats: boolean): Promise<{ readonly fleet: Fleet; readonly stack: bigint }> => {
  let cheat = -1;
  const fleet = await openFleet({
    nodes: NODES,
    level: 1,
    alwaysAttest: true,
    model: SOLD,
    engine: (i) => {
      const honest = engines[i % engines.length] as Engine;
      const copy = cheating[i % cheating.length] as Engine;
      return {
        ...honest,
        run: (...args) => (cheat === i ? copy : honest).run(...args),
        close: async () => undefined,
      };
    },
  });
  const { stack, server } = await fleet.buy();
  if (cheats) cheat = fleet.daemons.indexOf(server);
  await fleet.tick();
  for (const question of QUESTIONS) expect(await askOnce(fleet, stack, server, question)).not.toContain('error');
  await server.settleStack(stack);
  await server.tick();
  await fleet.tick(2);
  return { fleet, stack };
};

test('nodes behind servers of every kind attest each other', async () => {
  const { fleet, stack } = await market(false);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'clean' });
  await fleet.close();
});

test('a node whose server has a 4-bit copy is convicted', async () => {
  const { fleet, stack } = await market(true);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ state: 'disputed' });
  // The jury votes, and waits for what the buyer may show; then it reveals.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    for (let round = 0; round < 4; round++) await fleet.tick();
  }
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({ outcome: 0, nodeFee: 0n, slashedJurors: [] });
  await fleet.close();
});
