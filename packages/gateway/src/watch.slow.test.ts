/** The watchtower against real daemons and the real contract. */
import {
  type BuyerEvent,
  computeStackProof,
  createBuyer,
  createTransport,
  executedResult,
  getBalances,
  getConfig,
  getNode,
  openJournal,
  trySettleStack,
} from '@atoma/sdk';
import OpenAI from 'openai';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Daemon } from '../../node/src/daemon.ts';
import type { Engine } from '../../node/src/engine/types.ts';
import { inputsOf } from '../../node/src/serve/transcript.ts';
import { openFleet } from '../../node/src/testing/fleet.ts';
import { createLettersEngine } from '../../node/src/testing/letters-engine.ts';
import { createKeyAdmin } from './admin/key-admin.ts';
import { startGateway } from './gateway.ts';
import { openGatewayStore } from './store/sqlite.ts';
import { openRehearsal } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const policy = {
  allowPrivateNodes: true,
  pauseMs: [5, 10] as const,
  attempts: 2,
  autoPurchase: true,
  answerMs: 60_000,
};

/** The built-in engine with room for long prompts. */
const roomy = (): Engine => {
  const builtin = createLettersEngine();
  return {
    ...builtin,
    models: async () => (await builtin.models()).map((each) => ({ ...each, contextLength: 2_000_000 })),
  };
};

const hashes = { requestHash: new Uint8Array(32).fill(1), contentHash: new Uint8Array(32).fill(2) };

/** T of what the node really served. */
const listOf = async ({ store }: Daemon, stack: bigint): Promise<Uint8Array> =>
  inputsOf(store, (await store.findStack(stack)) as NonNullable<Awaited<ReturnType<typeof store.findStack>>>);

test('a node that claims more than its receipts is disputed with one receipt, convicted, and pays', async () => {
  const fleet = await openFleet({ nodes: 6, seed: 'overclaim', engine: roomy });
  const events: BuyerEvent[] = [];
  const journal = await openJournal({ path: ':memory:' });
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal,
    policy: { ...policy, autoPurchase: false },
    onEvent: (event) => events.push(event),
  });
  const want = { model, endpoint: '/v1/chat/completions', vision: false, units: 1_000_000n, tenant: '' };
  await buyer.buy(await buyer.plan(want));
  const client = new OpenAI(buyer.openai());
  const content = 'a'.repeat(400_000 - 40 - 'user'.length - 1);
  const answer = await client.chat.completions.create({ model, messages: [{ role: 'user', content }], max_tokens: 40 });
  expect(answer.usage?.total_tokens).toBe(400_000);
  const [own] = await buyer.stacks();
  const stack = own?.stack as bigint;
  expect(own).toMatchObject({ units: 1_000_000n, used: 400_000n, paid: 100_000_000n });

  const server = fleet.byNode(own?.node as bigint);
  const lie = computeStackProof({
    history: { leaves: [{ ...hashes, units: 1_000_000n }] },
    stackSmallId: stack,
    attesters: 1,
  });
  const { atoma: liar } = server.settle;
  executedResult(
    await trySettleStack(liar, {
      stackSmallId: stack,
      numClaimedComputeUnits: 1_000_000n,
      committedStackProof: lie.committedStackProof,
      stackMerkleLeaf: lie.stackMerkleLeaf,
      inputs: await listOf(server, stack),
    }),
  );
  const before = {
    buyer: (await getBalances(fleet.buyer)).toma,
    pool: (await getConfig(fleet.buyer)).pool,
    earnings: await Promise.all(
      fleet.daemons.map(
        async (each) => (await getNode(each.settle.atoma, { nodeSmallId: each.settle.nodeId })).earnings,
      ),
    ),
    stake: (await getNode(liar, { nodeSmallId: server.settle.nodeId })).stake,
  };
  await server.tick();
  expect(await buyer.watchOnce()).toMatchObject([
    {
      stack,
      did: 'disputed',
      finding: { finding: 'overClaim', claimed: 1_000_000n, known: 400_000n, open: 0n, bond: 100_000_000n },
    },
  ]);
  expect((await getBalances(fleet.buyer)).toma).toBe(before.buyer - 100_000_000n);
  expect(await buyer.watchOnce()).toMatchObject([{ did: expect.stringMatching(/nothing|evidence/) }]);
  await fleet.tick(2);
  await buyer.watchOnce();
  for (let epoch = 0; epoch < 5; epoch++) {
    fleet.market.nextEpoch();
    await buyer.watchOnce();
    await fleet.tick(2);
  }
  await buyer.watchOnce();
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({
    outcome: 0,
    userRefundAmount: 100_000_000n,
    jurorPay: 20_000_000n,
    challengerShare: 50_000_000n,
    poolAmount: 450_000_000n,
    nodeBondReturned: 0n,
  });
  expect((await getBalances(fleet.buyer)).toma).toBe(before.buyer + 100_000_000n + 50_000_000n);
  expect((await getConfig(fleet.buyer)).pool).toBe(before.pool + 450_000_000n);
  const after = await Promise.all(
    fleet.daemons.map((each) => getNode(each.settle.atoma, { nodeSmallId: each.settle.nodeId })),
  );
  const paid = after.map((node, i) => node.earnings - (before.earnings[i] as bigint));
  expect(paid.filter((each) => each === 20_000_000n)).toHaveLength(5);
  expect(after.find(({ nodeSmallId }) => nodeSmallId === server.settle.nodeId)).toMatchObject({
    reputation: 0,
    bonded: 0n,
    stake: before.stake,
  });
  expect(events.filter(({ kind }) => kind === 'disputed')).toHaveLength(1);
  expect((await journal.listOutbox()).map(({ kind, stage }) => [kind, stage])).toContainEqual(['dispute', 'confirmed']);
  expect((await buyer.stacks()).map(({ stack: id }) => id)).toEqual([]);
  await buyer.close();
  await fleet.close();
});

test('a gateway by itself: a root that lacks its receipts, and names no list, is disputed inside the window and loses', async () => {
  const fleet = await openFleet({ nodes: 6, seed: 'wrong root' });
  const store = openGatewayStore({ path: ':memory:' });
  const gateway = await startGateway({
    store,
    log: pino({ level: 'silent' }),
    watchMs: 40,
    buyer: { atoma: fleet.buyer, journal: await openJournal({ path: ':memory:' }), policy },
  });
  const { text: apiKey } = await createKeyAdmin(store, { actor: 'test', now: Date.now }).create({ tenant: 'team' });
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${gateway.port}/v1`, apiKey, maxRetries: 0 });
  for (const content of ['one', 'two'])
    await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
  await expect.poll(async () => (await store.totals()).reservedUnits).toBe(0n);
  const [own] = await gateway.buyer.stacks();
  const [stack, units] = [own?.stack as bigint, own?.used as bigint];
  const server = fleet.byNode(own?.node as bigint);
  const lie = computeStackProof({ history: { leaves: [{ ...hashes, units }] }, stackSmallId: stack, attesters: 1 });
  const { deadlineEpoch } = executedResult(
    await trySettleStack(server.settle.atoma, {
      stackSmallId: stack,
      numClaimedComputeUnits: units,
      committedStackProof: lie.committedStackProof,
      stackMerkleLeaf: lie.stackMerkleLeaf,
    }),
  );
  await expect.poll(() => fleet.events('StackAttestationDisputeEvent')).toHaveLength(1);
  expect(fleet.market.epoch()).toBeLessThan(deadlineEpoch);
  const actions = async () => (await store.listAudit(100)).map(({ action, detail }) => `${action} ${detail}`);
  expect((await actions()).filter((line) => line.startsWith('settlement'))).toMatchObject([
    expect.stringContaining('"finding":"wrongRoot"'),
  ]);
  await expect.poll(async () => (await actions()).filter((line) => line.startsWith('disputed'))).toHaveLength(1);
  expect((await actions()).filter((line) => line.startsWith('fault'))).toEqual([]);
  await fleet.tick(2);
  for (let epoch = 0; epoch < 5; epoch++) {
    fleet.market.nextEpoch();
    await fleet.tick(2);
  }
  await expect.poll(() => fleet.events('DisputeResolvedEvent')).toHaveLength(1);
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({ outcome: 2, userRefundAmount: 100_000_000n });
  await gateway.stop(200);
  await store.close();
  await fleet.close();
});

test('a node that does not say is asked again, and the settlement accepted as soon as it can be told', async () => {
  const fleet = await openFleet({ nodes: 1, seed: 'asked again' });
  const first = await createBuyer({ atoma: fleet.buyer, journal: await openJournal({ path: ':memory:' }), policy });
  await new OpenAI(first.openai()).chat.completions.create({ model, messages: [{ role: 'user', content: 'one' }] });
  const [own] = await first.stacks();
  const stack = own?.stack as bigint;
  const server = fleet.byNode(own?.node as bigint);
  await first.close();
  await server.settleStack(stack);
  await fleet.tick(2);
  // Another journal of the same wallet: it knows the stack by its badge, and no receipt of it.
  let deaf = true;
  const transport = createTransport({ allowPrivate: true });
  const second = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy,
    transport: async (request) => {
      if (deaf && /receipts|leaves/.test(request.path)) throw new DOMException('deaf', 'NetworkError');
      return transport.send(request);
    },
  });
  expect(await second.watchOnce()).toMatchObject([{ did: 'warned', finding: { finding: 'unprovable', known: 0n } }]);
  expect(await second.watchOnce()).toMatchObject([{ did: 'nothing' }]);
  deaf = false;
  expect(await second.watchOnce()).toMatchObject([
    { did: 'accepted', finding: { finding: 'exact', known: own?.used } },
  ]);
  await second.close();
  transport.close();
  await fleet.close();
});

test('an honest node is not disputed by a journal that does not know all requests of its wallet', async () => {
  const fleet = await openFleet({ nodes: 1, seed: 'two journals' });
  const events: BuyerEvent[] = [];
  const open = async () =>
    createBuyer({
      atoma: fleet.buyer,
      journal: await openJournal({ path: ':memory:' }),
      policy,
      onEvent: (event) => events.push(event),
    });
  const say = (buyer: Awaited<ReturnType<typeof open>>, content: string) =>
    new OpenAI(buyer.openai()).chat.completions.create({ model, messages: [{ role: 'user', content }] });
  const first = await open();
  await say(first, 'one');
  const [own] = await first.stacks();
  const stack = own?.stack as bigint;
  expect(own?.complete).toBe(true);
  const second = await open(); // the same wallet elsewhere: it finds the stack by its badge and uses it
  await say(second, 'two');
  expect((await second.stacks())[0]?.stack).toBe(stack);
  const server = fleet.byNode(own?.node as bigint);
  await server.settleStack(stack);
  await fleet.tick(2);
  expect(await first.watchOnce()).toMatchObject([{ did: 'accepted', finding: { finding: 'exact' } }]);
  expect(events.filter(({ kind }) => kind === 'foreign')).toEqual([
    { kind: 'foreign', stack, node: own?.node, requests: 1 },
  ]);
  expect(await fleet.events('StackAttestationDisputeEvent')).toEqual([]);
  await first.close();
  await second.close();
  await fleet.close();
});

test('an honest settlement is accepted, and finalized by the buyer when the node forgets to claim', async () => {
  const fleet = await openFleet({ nodes: 1, seed: 'honest' });
  const buyer = await createBuyer({ atoma: fleet.buyer, journal: await openJournal({ path: ':memory:' }), policy });
  const client = new OpenAI(buyer.openai());
  const start = (await getBalances(fleet.buyer)).toma;
  for (const content of ['one', 'two'])
    await client.chat.completions.create({ model, messages: [{ role: 'user', content }] });
  const [own] = await buyer.stacks();
  const stack = own?.stack as bigint;
  const server = fleet.byNode(own?.node as bigint);
  await server.settleStack(stack);
  await fleet.tick(2);
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'accepted', finding: { finding: 'exact', known: own?.used } }]);
  expect(await buyer.audit(stack)).toMatchObject({ rootMatches: true, agrees: true, claimed: own?.used, exposure: 0n });
  expect((await buyer.prove(stack, { index: 1 })).json).toContain('"index"');
  fleet.market.nextEpoch(2);
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'nothing' }]);
  fleet.market.nextEpoch();
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'finalized' }]);
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'ended' }]);
  expect((await getBalances(fleet.buyer)).toma).toBe(start - (own?.used as bigint) * 100n);
  await buyer.close();
  await fleet.close();
});

test('a node that is gone for ever: no receipt, notice in epoch E, reclaimed in E+2 and not before', async () => {
  const market = await openRehearsal('gone');
  const task = await market.task({ model, level: 1 });
  const node = await market.addNode();
  await market.subscribe(node, task, 100n);
  const atoma = await market.wallet();
  const events: BuyerEvent[] = [];
  const buyer = await createBuyer({
    atoma,
    journal: await openJournal({ path: ':memory:' }),
    policy: { ...policy, nodePolicy: 'any' },
    onEvent: (e) => events.push(e),
  });
  const start = (await getBalances(atoma)).toma;
  const plan = await buyer.plan({ model, endpoint: '/v1/chat/completions', vision: false, units: 1n, tenant: '' });
  const { stack } = await buyer.buy(plan);
  expect((await getBalances(atoma)).toma).toBe(start - 120_000_000n);
  await node.stop();
  const client = new OpenAI(buyer.openai());
  await expect(
    client.chat.completions.create({ model, messages: [{ role: 'user', content: 'x' }] }),
  ).rejects.toMatchObject({ status: 503 });
  expect(events.filter(({ kind }) => kind === 'receipt')).toEqual([]);
  const bonded = (await getNode(atoma, { nodeSmallId: node.id })).bonded;
  expect(bonded).toBe(200_000_000n);
  market.market.nextEpoch();
  const noticed = market.market.epoch();
  expect(await buyer.watchOnce()).toMatchObject([{ stack, did: 'noticed' }]);
  expect((await buyer.stacks())[0]).toMatchObject({ stage: 'notice', noticeEpoch: noticed });
  market.market.nextEpoch();
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'nothing' }]);
  await expect(buyer.reclaim(stack)).rejects.toMatchObject({ code: 'BUYER_OUTBOX' });
  market.market.nextEpoch();
  expect(await buyer.watchOnce()).toMatchObject([{ did: 'reclaimed' }]);
  expect((await getBalances(atoma)).toma).toBe(start);
  expect(await getNode(atoma, { nodeSmallId: node.id })).toMatchObject({ bonded: 0n });
  await buyer.close();
  await market.close();
});
