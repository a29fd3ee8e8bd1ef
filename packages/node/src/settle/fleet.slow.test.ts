import {
  type Atoma,
  committedStackProof,
  computeStackProof,
  executedResult,
  faucet,
  findStack,
  getNode,
  getTicket,
  listStackBadges,
  messageSigner,
  openedRoot,
  partyLeaf,
  receiptLayout,
  type SignedBytes,
  startAttestationDispute,
  trySettleStack,
  updateStackOwner,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { encodeRow } from '../serve/transcript.ts';
import { askOnce, brokenEngine, lyingEngine, openFleet } from '../testing/fleet.ts';
import { wireIds } from '../testing/serving-fixture.ts';
import { inquire } from './outgoing.ts';

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
  fleet.market.nextEpoch();
  await fleet.tick(4);
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({
    outcome: 0,
    nodeFee: 0n,
    slashedJurors: [],
    jurorPay: 20_000_000n,
    challengerShare: 280_000_000n,
    poolAmount: 1_120_000_000n,
  });
  expect(resolved?.data.paidJurors).toHaveLength(5);
  expect(await fleet.toma(fleet.buyer)).toBe(buyerBefore + P * N * 2n);
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

/** What a buyer sends to each juror of a stack. */
const pushEvidence = async (
  fleet: Awaited<ReturnType<typeof openFleet>>,
  sender: Atoma,
  stack: bigint,
  jurors: readonly bigint[],
  lines: string,
): Promise<void> => {
  for (const juror of jurors)
    await inquire({
      ...wireIds(fleet.market),
      url: `http://127.0.0.1:${fleet.byNode(juror).port}`,
      node: juror,
      stack,
      path: `/v1/disputes/${stack}/evidence`,
      signer: messageSigner(sender.signer as Signer),
      now: Date.now(),
      body: new TextEncoder().encode(lines),
      allowPrivate: true,
      limit: 10_000,
      timeoutMs: 5_000,
    });
};

test('level 0, too much claimed: one receipt convicts', async () => {
  const fleet = await openFleet({ nodes: 6 });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  const signed: SignedBytes[] = [];
  await askOnce(fleet, stack, server, 'just one question', (_, receipt) => signed.push(receipt));
  const row = (await server.store.listLeaves(stack))[0];
  const body = await server.store.findBody(stack, row?.requestId as string);
  const cheat = openedRoot({ merkleRoot: new Uint8Array(32).fill(9), stackSmallId: stack, units: N });
  executedResult(
    await trySettleStack(server.settle.atoma, {
      stackSmallId: stack,
      nodeSmallId: server.settle.nodeId,
      numClaimedComputeUnits: N,
      committedStackProof: committedStackProof(cheat, 1),
      stackMerkleLeaf: partyLeaf(cheat, 0),
    }),
  );
  await fleet.tick();
  expect(server.alarms().map((alarm) => alarm.kind)).toContain('foreign_settlement');
  const receipt = receiptLayout.decode(signed[0]?.bytes as Uint8Array);
  const history = {
    leaves: [{ requestHash: receipt.requestHash, contentHash: receipt.contentHash, units: receipt.units }],
  };
  const own = computeStackProof({ history, stackSmallId: stack, attesters: 1 });
  const buyerBefore = await fleet.toma(fleet.buyer);
  const friend = fleet.market.actor();
  executedResult(await faucet(friend, { amount: 10_000_000_000n }));
  const disputed = executedResult(
    await startAttestationDispute(friend, { stackSmallId: stack, attestationCommitment: own.committedStackProof }),
  );
  expect(disputed.bond).toBe(500_000_000n);
  const line = encodeRow({
    index: 0,
    envelope: row?.envelope as Uint8Array,
    signature: row?.signature as Uint8Array,
    authority: 0,
    badgeVersion: null,
    body: body as Uint8Array,
    cut: null,
    receipt: signed[0] as SignedBytes,
  });
  await fleet.tick();
  await pushEvidence(fleet, fleet.buyer, stack, disputed.jurors, line);
  fleet.market.nextEpoch();
  await fleet.tick(4);
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({
    outcome: 0,
    userRefundAmount: 100_000_000n,
    jurorPay: 100_000_000n,
    challengerShare: 20_000_000n,
    poolAmount: 80_000_000n,
    nodeBondReturned: 0n,
  });
  const revealed = await fleet.events('DisputeVoteRevealedEvent');
  expect(new Set(revealed.map((event) => event.data.numComputeUnits))).toEqual(new Set([receipt.units]));
  expect(await fleet.toma(fleet.buyer)).toBe(buyerBefore + 100_000_000n);
  expect(await fleet.toma(friend)).toBe(10_020_000_000n);
  await fleet.close();
});

test('a silent attester is replaced, and the claim still comes', async () => {
  const fleet = await openFleet({ nodes: 5, level: 1, alwaysAttest: true });
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
    engine: () => createBuiltinEngine({ lettersPerSecond: 400 }),
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
  await expect.poll(async () => (await server.store.findStack(stack))?.nextLeaf, { timeout: 5_000 }).toBe(1);
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
  const fleet = await openFleet({ nodes: 3, level: 1, alwaysAttest: true });
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
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await askAs(heir)).toMatch(/^(?!error)/);
  expect(await askAs(fleet.buyer)).toBe('error not_stack_owner');
  await send(heir, fleet.market.publisher.sender as string);
  executedResult(await updateStackOwner(fleet.market.publisher, { stackSmallId: stack }));
  await fleet.tick();
  await new Promise((resolve) => setTimeout(resolve, 1_100));
  expect(await askAs(fleet.market.publisher)).toMatch(/^(?!error)/);
  expect((await server.store.listLeaves(stack)).map((leaf) => leaf.authority)).toEqual([0, 0, 0]);
  await server.settleStack(stack);
  await fleet.tick(3);
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  await fleet.close();
});
