import {
  type Atoma,
  executedResult,
  findStack,
  getNode,
  getTicket,
  listStackBadges,
  receiptLayout,
  updateStackOwner,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { expect, test } from 'vitest';
import { askOnce, brokenEngine, lyingEngine, openFleet } from '../testing/fleet.ts';
import { createLettersEngine } from '../testing/letters-engine.ts';

const P = 100n;
const N = 1_000_000n;

test('level 0: served, settled, claimed; every unit of money is where it belongs', async () => {
  const fleet = await openFleet({ nodes: 2 });
  const before = await fleet.toma(fleet.buyer);
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const prompt of ['one', 'two', 'three']) expect(await askOnce(fleet, stack, server, prompt)).toMatch(/\w/);
  const units = (await server.store.findStack(stack))?.consumed as bigint;
  expect(await server.settleStack(stack)).toBe(true);
  const nodeBefore = await fleet.toma(server.settle.atoma);
  await fleet.tick(2);
  expect((await server.store.findStack(stack))?.state).toBe('settled');
  expect(await server.store.findOutbox('claim', String(stack))).toBeUndefined();
  fleet.market.nextEpoch(2);
  await fleet.tick(2);
  expect(await fleet.events('StackTrySettleEvent')).toHaveLength(1);
  const [claimed, ...more] = await fleet.events('StackSettlementTicketClaimedEvent');
  expect(more).toEqual([]);
  expect(claimed?.data).toMatchObject({ numClaimedComputeUnits: units, nodeFee: units * P });
  expect(await fleet.toma(fleet.buyer)).toBe(before - units * P);
  expect(await fleet.toma(server.settle.atoma)).toBe(nodeBefore + units * P);
  const rows = await server.store.listOutbox();
  expect(rows.map((row) => [row.kind, row.state])).toEqual([
    ['settle', 'confirmed'],
    ['claim', 'confirmed'],
  ]);
  expect((await server.store.findStack(stack))?.state).toBe('closed');
  expect(await server.store.checkInvariants({ chain: true })).toEqual([]);
  await fleet.close();
});

test('level 1, honest: the attester reproduces the root and the claim is clean', async () => {
  const fleet = await openFleet({ nodes: 7, level: 1, alwaysAttest: true });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  for (const prompt of ['explain receipts', 'ping', 'who pays?']) await askOnce(fleet, stack, server, prompt);
  await server.settleStack(stack);
  await fleet.tick(3);
  expect(await getTicket(fleet.buyer, { stackSmallId: stack })).toMatchObject({ required: true, state: 'clean' });
  fleet.market.nextEpoch(2);
  await fleet.tick(2);
  expect(await fleet.events('StackSettlementTicketClaimedEvent')).toHaveLength(1);
  expect(await fleet.events('StackAttestationDisputeEvent')).toEqual([]);
  await fleet.close();
});

test('level 1, one answer altered: the attester disputes, the jury agrees, the node is convicted', async () => {
  let liar = -1;
  const fleet = await openFleet({
    nodes: 7,
    level: 1,
    alwaysAttest: true,
    engine: (i) => lyingEngine('bait', () => liar === i),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  liar = fleet.daemons.indexOf(server);
  for (const prompt of ['explain receipts', 'bait', 'who pays?']) await askOnce(fleet, stack, server, prompt);
  const buyerBefore = await fleet.toma(fleet.buyer);
  const stakeBefore = (await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId })).stake;
  await server.settleStack(stack);
  await fleet.tick(3);
  const [dispute] = await fleet.events('StackAttestationDisputeEvent');
  expect(dispute?.data.jurors).toHaveLength(5);
  expect(dispute?.data.challengerNodeId).not.toBe(server.settle.nodeId);
  expect(server.alarms()).toMatchObject([{ kind: 'own_stack_disputed', detail: { stack: String(stack) } }]);
  // Its jury votes, and waits for what the buyer may show; then it reveals.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    await fleet.tick(4);
  }
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({
    outcome: 0,
    nodeFee: 0n,
    slashedJurors: [],
    jurorPay: 20_000_000n,
    challengerShare: 50_000_000n,
    poolAmount: 50_000_000n,
  });
  expect(resolved?.data.paidJurors).toHaveLength(5);
  expect(await fleet.toma(fleet.buyer)).toBe(buyerBefore + P * N + 20_000_000n);
  const convicted = await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId });
  expect(convicted).toMatchObject({ reputation: 0, bonded: 0n, stake: stakeBefore });
  expect((await server.store.findStack(stack))?.state).toBe('closed');
  await fleet.close();
});

test('an attester whose engine has gone wrong runs a fresh one before it accuses anyone', async () => {
  let served = -1;
  const fleet = await openFleet({
    nodes: 7,
    level: 1,
    alwaysAttest: true,
    engine: (i) => brokenEngine('bait', () => served >= 0 && served !== i),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  served = fleet.daemons.indexOf(server);
  await askOnce(fleet, stack, server, 'bait');
  await server.settleStack(stack);
  await fleet.tick(3);
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  expect(fleet.daemons.flatMap((daemon) => daemon.alarms().map(({ kind }) => kind))).toEqual(['engine_unsteady']);
  await fleet.close();
});

test('a silent attester is replaced and, below the reputation of the task, evicted; the claim still comes', async () => {
  const fleet = await openFleet({ nodes: 5, level: 1, alwaysAttest: true, minimumReputation: 50 });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  await askOnce(fleet, stack, server, 'ping');
  await server.settleStack(stack);
  await server.tick();
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  const silent = ticket.attesters[0] as bigint;
  const rest = fleet.daemons.filter((daemon) => daemon.settle.nodeId !== silent);
  fleet.market.nextEpoch(2);
  for (let round = 0; round < 4; round++) for (const daemon of rest) await daemon.tick();
  const [redrawn] = await fleet.events('AttestersRedrawnEvent');
  expect(redrawn?.data.silentNodes).toEqual([silent]);
  expect(await fleet.events('NodeUnsubscribedFromTaskEvent')).toMatchObject([
    { data: { nodeSmallId: silent, taskSmallId: fleet.task } },
  ]);
  fleet.market.nextEpoch(2);
  for (let round = 0; round < 3; round++) for (const daemon of rest) await daemon.tick();
  expect(await fleet.events('StackSettlementTicketClaimedEvent')).toHaveLength(1);
  expect(await findStack(fleet.buyer, { stackSmallId: stack })).toBeNull();
  await fleet.close();
});

test('an answer cut by its client is reproduced by the attester from the units of the cut', async () => {
  const fleet = await openFleet({
    nodes: 3,
    level: 1,
    alwaysAttest: true,
    engine: () => createLettersEngine({ lettersPerSecond: 400 }),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  const stop = new AbortController();
  const answer = await fleet.ask(stack, server)(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'atoma/demo-chat',
      stream: true,
      n: 2,
      messages: [{ role: 'user', content: 'cut me' }],
    }),
    signal: stop.signal,
  });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  for (let parts = 0; parts < 5; parts++) await reader.read();
  stop.abort();
  await expect.poll(async () => (await server.store.findStack(stack))?.nextLeaf).toBe(1);
  const [leaf] = await server.store.listLeaves(stack);
  expect(leaf?.cut).toHaveLength(2);
  expect(receiptLayout.decode(leaf?.receipt as Uint8Array).flags).toBe(1);
  await askOnce(fleet, stack, server, 'whole');
  await server.settleStack(stack);
  await fleet.tick(3);
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  await fleet.close();
});

test('requests of earlier and later recorded owners count for attesters, a badge alone buys nothing', async () => {
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const fleet = await openFleet({ nodes: 3, level: 1, alwaysAttest: true, daemon: () => ({ now }) });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  await askOnce(fleet, stack, server, 'by the buyer');
  const heir = fleet.market.actor();
  const send = async (from: Atoma, to: string): Promise<void> => {
    const [badge] = await listStackBadges(from);
    const tx = new Transaction();
    tx.transferObjects([badge?.badgeId as string], to);
    await from.client.signAndExecuteTransaction({ transaction: tx, signer: from.signer as Signer });
  };
  const askAs = (who: Atoma) =>
    askOnce({ ...fleet, ask: (id, by) => fleet.ask(id, by, undefined, who) }, stack, server, 'by another');
  await send(fleet.buyer, heir.sender as string);
  expect(await askAs(heir)).toBe('error not_stack_owner');
  executedResult(await updateStackOwner(heir, { stackSmallId: stack }));
  await fleet.tick();
  ahead += 1_100; // a badge that does not match is read once a second
  expect(await askAs(heir)).toMatch(/^(?!error)/);
  expect(await askAs(fleet.buyer)).toBe('error not_stack_owner');
  await send(heir, fleet.market.publisher.sender as string);
  executedResult(await updateStackOwner(fleet.market.publisher, { stackSmallId: stack }));
  await fleet.tick();
  ahead += 1_100;
  expect(await askAs(fleet.market.publisher)).toMatch(/^(?!error)/);
  expect((await server.store.listLeaves(stack)).map((leaf) => leaf.authority)).toEqual([0, 0, 0]);
  await server.settleStack(stack);
  await fleet.tick(3);
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  await fleet.close();
});
