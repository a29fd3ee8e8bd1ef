/** A node that keeps its list of rows from its buyer alone: who checks the settlement has it, and gives it. */
import {
  createBuyer,
  createTransport,
  executedResult,
  getDispute,
  getStack,
  getTicket,
  openJournal,
  setConfig,
  type Transport,
} from '@atoma/sdk';
import { expect, test } from 'vitest';
import { checkedRows } from '../serve/audit.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import type { Store } from '../store/types.ts';
import { askOnce, openFleet } from '../testing/fleet.ts';
import { sampleSize } from './inputs.ts';

const N = 1_000_000n;
const PROMPTS = Array.from({ length: 12 }, (_, i) => `${i} tell a story of a node that settles what it served`);

/** A ledger whose last row nobody signed. */
const inventing = (isTurned: () => boolean): Store => {
  const store = openSqliteStore({ path: ':memory:', durability: 'process' });
  return {
    ...store,
    listLeaves: async (stack, from, limit) =>
      (await store.listLeaves(stack, from, limit)).map((leaf) =>
        isTurned() && leaf.index === PROMPTS.length ? { ...leaf, signature: new Uint8Array(97) } : leaf,
      ),
  };
};

/** A settlement with a row that the buyer never asked for, behind a node that answers everybody but its buyer. */
const openCase = async () => {
  let isTurned = false;
  let silent = '';
  const fleet = await openFleet({
    ...{ nodes: 8, level: 1 },
    daemon: () => ({ policy: { allowPrivateNodes: true, giveUpMs: 0 }, store: inventing(() => isTurned) }),
  });
  executedResult(await setConfig(fleet.market.publisher, { name: 'jurors', value: 3n }));
  const before = await fleet.toma(fleet.buyer);
  const { send, close } = createTransport({ allowPrivate: true });
  const transport: Transport = async (request) => {
    if (request.url === silent) throw new Error('socket hang up');
    return send(request);
  };
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy: { allowPrivateNodes: true, stackUnits: N, nodePolicy: 'any', answerMs: 60_000 },
    transport,
  });
  const endpoint = '/v1/chat/completions';
  await buyer.buy(await buyer.plan({ model: fleet.model, endpoint, vision: false, units: N, tenant: '' }));
  await fleet.tick();
  for (const content of PROMPTS) {
    const answer = await buyer.fetch(`http://atoma.invalid${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: fleet.model, messages: [{ role: 'user', content }], max_tokens: 40 }),
    });
    expect(answer.status).toBe(200);
  }
  const [own] = await buyer.stacks();
  const stack = own?.stack as bigint;
  const server = fleet.byNode(own?.node as bigint);
  // The node could make such a row by itself; what the journal of its buyer does not know looks the same.
  await askOnce(fleet, stack, server, 'x', undefined, { max_tokens: 1 });
  [isTurned, silent] = [true, `http://127.0.0.1:${server.port}`];
  await server.settleStack(stack);
  await server.tick();
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  const units = (await server.store.listLeaves(stack)).map((leaf) => leaf.units);
  const size = sampleSize(await getStack(fleet.buyer, { stackSmallId: stack }));
  const drawn = checkedRows({ seed: ticket.auditSeed, size, named: [] }, stack, units).has(PROMPTS.length);
  const end = async () => {
    await buyer.close();
    await close();
    await fleet.close();
  };
  return { fleet, buyer, stack, before, drawn, end };
};

/** The seed draws the row once in twenty: then everybody asks for it by themselves, and nothing is left to show. */
const openUndrawn = async (tries = 6): ReturnType<typeof openCase> => {
  const made = await openCase();
  if (!made.drawn || tries === 0) return made;
  await made.end();
  return openUndrawn(tries - 1);
};

test('level 1: a row that nobody asked for, on a list kept from the buyer alone, is named with the list of a juror, and convicts', async () => {
  const { fleet, buyer, stack, before, drawn, end } = await openUndrawn();
  expect(drawn).toBe(false);
  const look = async () => (await buyer.watchOnce()).find((step) => step.stack === stack);
  const dispute = () => getDispute(fleet.buyer, { stackSmallId: stack });
  expect(await look()).toMatchObject({ did: 'disputed', finding: { finding: 'overClaim' } });
  expect(await dispute()).toMatchObject({ rows: [], waits: true });
  expect((await look())?.did).not.toBe('shown'); // nobody has the list yet
  await fleet.tick();
  expect(await look()).toMatchObject({ did: 'shown', finding: { action: 'show' } });
  expect((await dispute()).evidence).toMatchObject({ rows: [BigInt(PROMPTS.length)], owner: fleet.buyer.sender });
  expect((await look())?.did).not.toBe('shown');
  const resolved = async () => (await fleet.events('DisputeResolvedEvent'))[0]?.data;
  for (let epoch = 0; epoch < 8 && !(await resolved()); epoch++) {
    await fleet.tick(3);
    fleet.market.nextEpoch();
  }
  expect(await resolved()).toMatchObject({ outcome: 2, nodeFee: 0n, nodeBondReturned: 0n });
  expect(await fleet.toma(fleet.buyer)).toBeGreaterThanOrEqual(before);
  await end();
});
