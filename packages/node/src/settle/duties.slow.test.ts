import { findStack, getNode, getTicket } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { FRESH_EPOCHS } from '../confidential/commit.ts';
import { rehearsalEnvironment } from '../confidential/rehearsal.ts';
import type { Daemon } from '../daemon.ts';
import { askOnce, openFleet } from '../testing/fleet.ts';

test('an attester ends the stack whose node forgets to claim', async () => {
  const fleet = await openFleet({ nodes: 4, level: 1, alwaysAttest: true });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  await askOnce(fleet, stack, server, 'ping');
  await server.settleStack(stack);
  await fleet.tick(2);
  const ticket = await getTicket(fleet.buyer, { stackSmallId: stack });
  expect(ticket.state).toBe('clean');
  const attester = fleet.byNode(ticket.attesters[0] as bigint);
  await server.stop({ graceMs: 0 });
  const earned = (await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId })).earnings;
  fleet.market.nextEpoch(2);
  await attester.tick();
  await attester.tick();
  expect(await findStack(fleet.buyer, { stackSmallId: stack })).not.toBeNull();
  fleet.market.nextEpoch(2);
  await attester.tick();
  await attester.tick();
  expect(await findStack(fleet.buyer, { stackSmallId: stack })).toBeNull();
  const [ended] = await fleet.events('StackSettlementTicketClaimedEvent');
  const after = await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId });
  expect(after.earnings).toBe(earned + (ended?.data.nodeFee as bigint));
  expect((await attester.store.listDuties()).map(({ kind, state }) => [kind, state]).sort()).toEqual([
    ['attest', 'done'],
    ['finalize', 'done'],
  ]);
  for (const daemon of fleet.daemons) if (daemon !== server) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});

test('a node that comes back after the life of its stack gives it back, which frees the bond', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const { stack, server } = await fleet.buy();
  await server.tick();
  await askOnce(fleet, stack, server, 'ping');
  const { bonded } = await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId });
  expect(bonded > 0n).toBe(true);
  fleet.market.nextEpoch(14);
  for (let round = 0; round < 3; round++) await server.tick();
  expect(await fleet.events('StackReclaimedEvent')).toHaveLength(1);
  expect((await getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId })).bonded).toBe(0n);
  expect((await server.store.findStack(stack))?.state).toBe('closed');
  expect(server.alarms().map(({ kind }) => kind)).toEqual(['transaction_failed']);
  await fleet.close();
});

test('a stack nobody uses is given back when its bond keeps the node from serving others, and not before', async () => {
  const policy = { allowPrivateNodes: true, checkMs: 60_000, idleMs: 0 };
  const fleet = await openFleet({ nodes: 1, price: 10_000n, daemon: () => ({ policy }) });
  const nodeOf = (server: Daemon) => getNode(fleet.buyer, { nodeSmallId: server.settle.nodeId });
  const before = await fleet.toma(fleet.buyer);
  const { stack, server } = await fleet.buy();
  for (let round = 0; round < 3; round++) await server.tick();
  expect((await server.store.findStack(stack))?.state).toBe('open');
  const large = await fleet.buy(9_000_000n);
  const { freeStake, bonded } = await nodeOf(server);
  expect(4n * freeStake).toBeGreaterThanOrEqual(freeStake + bonded);
  for (let round = 0; round < 4; round++) await server.tick();
  for (const id of [stack, large.stack])
    expect(await findStack(fleet.buyer, { stackSmallId: id }), `stack ${id}`).toBeNull();
  expect(await fleet.toma(fleet.buyer)).toBe(before);
  expect(await nodeOf(server)).toMatchObject({ bonded: 0n, freeStake: freeStake + bonded });
  expect(server.alarms()).toEqual([]);
  await fleet.close();
});

test('an attester that cannot have the inputs says so in time, and the jury agrees', async () => {
  const fleet = await openFleet({
    nodes: 8,
    level: 1,
    alwaysAttest: true,
    daemon: () => ({ policy: { allowPrivateNodes: true, giveUpMs: 0 } }),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  await askOnce(fleet, stack, server, 'ping');
  await server.settleStack(stack);
  await server.tick();
  await server.stop({ graceMs: 0 });
  const rest = fleet.daemons.filter((daemon) => daemon !== server);
  const round = async (): Promise<void> => {
    for (const daemon of rest) await daemon.tick();
  };
  await round();
  await round();
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('awaiting');
  fleet.market.nextEpoch();
  await round();
  await round();
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('disputed');
  // The jury votes, and waits for what the buyer may show; then it reveals.
  for (let epoch = 0; epoch < 2; epoch++) {
    fleet.market.nextEpoch();
    for (let i = 0; i < 3; i++) await round();
  }
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data).toMatchObject({ outcome: 2, slashedJurors: [], paidJurors: [] });
  expect(resolved?.data.userRefundAmount).toBe(120_000_000n);
  for (const daemon of rest) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});

test('the key of level 2: named by the chain before it is used, renewed before it is stale, another after a start', async () => {
  const secret = new Uint8Array(32).fill(9);
  const fleet = await openFleet({ nodes: 1, daemon: () => ({ environment: rehearsalEnvironment(secret, 'test') }) });
  const [daemon] = fleet.daemons as [Daemon];
  const keysAt = async () =>
    ((await (await fetch(`http://127.0.0.1:${daemon.port}/v1/evidence`)).json()) as { channel_keys: unknown[] })
      .channel_keys;
  expect(await keysAt()).toEqual([]);
  await daemon.tick();
  expect(await keysAt()).toHaveLength(1);
  const key = await daemon.committedKey();
  expect(key).toMatchObject({ age: 0n, held: true });
  for (let epoch = 0n; epoch < FRESH_EPOCHS + 4n; epoch++) {
    fleet.market.nextEpoch();
    await daemon.tick();
    const now = await daemon.committedKey();
    expect([now?.held, (now?.age as bigint) < FRESH_EPOCHS]).toEqual([true, true]);
    expect(now?.hash).toEqual(key?.hash);
  }
  const committed = (await getNode(fleet.buyer, { nodeSmallId: daemon.settle.nodeId })).evidenceHash;
  expect(committed).toEqual(daemon.node.confidential?.commitment()?.evidenceHash);
  await fleet.close();
});
