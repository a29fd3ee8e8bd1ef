/** What an operator can do while the daemon runs, and what a change of hands or a restored copy comes to. */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenOf } from '@atoma/base';
import {
  createBuyer,
  createTask,
  executedResult,
  getNode,
  getSubscription,
  getTicket,
  listNodeBadges,
  messageSigner,
  openJournal,
  receiptLayout,
  toBase64,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, expect, test } from 'vitest';
import { type Daemon, startDaemon } from './daemon.ts';
import { createBuiltinEngine } from './engine/builtin/engine.ts';
import { createUpstreamEngine } from './engine/upstream/engine.ts';
import { createLog } from './observe/log.ts';
import { startOperator } from './operator.ts';
import { inquire } from './settle/outgoing.ts';
import { openSqliteStore } from './store/sqlite/store.ts';
import { askOnce, type Fleet, openFleet } from './testing/fleet.ts';
import { createLettersEngine } from './testing/letters-engine.ts';
import { wireIds } from './testing/serving-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-operator-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** The operator's surface of a daemon. */
const operate = async (daemon: Daemon) => {
  const tokenPath = join(directory, 'token');
  const surface = await startOperator(daemon, { port: 0, tokenPath });
  const call = async (path: string, body: object): Promise<{ status: number; json: Record<string, unknown> }> => {
    const response = await fetch(`http://127.0.0.1:${surface.port}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tokenOf(tokenPath)}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  return { call, surface, tokenPath };
};

const upstreamOnly = () =>
  createUpstreamEngine({
    models: [
      {
        name: 'up',
        roles: [0],
        contextLength: 4096,
        tokenizer: 'bytes',
        profile: null,
        targets: [{ url: 'http://127.0.0.1:9', concurrency: 1 }],
      },
    ],
  });

test('tasks are subscribed to and left, and level 1 is refused without a reproducible engine', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const [node] = fleet.daemons as [Daemon];
  const other = await startDaemon({
    atoma: node.settle.atoma,
    engines: [createBuiltinEngine(), upstreamOnly()],
    store: openSqliteStore({ path: ':memory:', durability: 'process' }),
    pollMs: 0,
    takeover: true,
    policy: { allowPrivateNodes: true },
    log: createLog('silent'),
  });
  const task = async (level: number, modelName: string): Promise<string> => {
    const made = await createTask(fleet.market.publisher, { role: 0, modelName, securityLevel: level });
    return String(executedResult(made).taskSmallId);
  };
  const { call, surface, tokenPath } = await operate(other);
  expect(statSync(tokenPath).mode & 0o777).toBe(0o600);
  const terms = { price: '100', max_units: '1000000' };
  const own = await task(1, 'atoma/demo-chat@atoma-int/3');
  expect(await call('/subscribe', { task: own, ...terms })).toMatchObject({ status: 200 });
  expect(other.offers().map((offer) => String(offer.task))).toContain(own);
  const refused = await call('/subscribe', { task: await task(1, 'up'), ...terms });
  expect(refused).toMatchObject({ status: 409, json: { error: { code: 'NODE_NO_PROFILE' } } });
  expect(await call('/subscribe', { task: await task(0, 'up'), ...terms })).toMatchObject({ status: 200 });
  expect(await call('/subscribe', { task: own })).toMatchObject({ status: 400 });
  expect(await call('/unsubscribe', { task: own })).toMatchObject({ status: 200 });
  expect(await getSubscription(fleet.buyer, { taskSmallId: BigInt(own), nodeSmallId: node.settle.nodeId })).toBeNull();
  expect(other.offers().map((offer) => String(offer.task))).not.toContain(own);
  expect(await call('/announce', { url: 'https://node.example' })).toMatchObject({ status: 200 });
  expect((await getNode(fleet.buyer, { nodeSmallId: node.settle.nodeId })).url).toBe('https://node.example');
  await expect(startOperator(other, { port: other.port, tokenPath })).rejects.toMatchObject({ code: 'NODE_CONFIG' });
  await surface.close();
  await other.stop({ graceMs: 0 });
  await fleet.close();
});

/** Sends the receipts of a stack to a daemon that may have forgotten them. */
const importRows = async (fleet: Fleet, daemon: Daemon, stack: bigint, value: object): Promise<unknown> =>
  JSON.parse(
    Buffer.from(
      await inquire({
        ...wireIds(fleet.market),
        url: `http://127.0.0.1:${daemon.port}`,
        node: daemon.settle.nodeId,
        stack,
        path: '/v1/receipts/import',
        signer: messageSigner(fleet.buyer.signer as Signer),
        now: Date.now(),
        allowPrivate: true,
        limit: 100_000,
        timeoutMs: 60_000,
        body: new TextEncoder().encode(JSON.stringify(value)),
      }),
    ).toString('utf8'),
  );

test('a restored copy: what it forgot comes back from the owner, and no place in the history is given twice', async () => {
  const fleet = await openFleet({
    nodes: 1,
    daemon: () => ({ store: openSqliteStore({ path: join(directory, 'live.db'), durability: 'process' }) }),
  });
  const { stack, server } = await fleet.buy();
  const second = (await fleet.buy()).stack;
  await server.tick();
  const seen: bigint[] = [];
  const ask = (by: Daemon, prompt: string) => askOnce(fleet, stack, by, prompt, ({ index }) => seen.push(index));
  await ask(server, 'before the copy');
  const { call, surface } = await operate(server);
  const copy = join(directory, 'copy.db');
  expect(await call('/backup', { path: copy })).toMatchObject({ status: 200 });
  await ask(server, 'after the copy');
  const rows = (await server.store.listLeaves(stack)).map((leaf) => ({
    receipt: toBase64(leaf.receipt),
    receipt_signature: toBase64(leaf.receiptSignature),
    envelope: toBase64(leaf.envelope),
    signature: toBase64(leaf.signature),
  }));
  await surface.close();
  await server.stop({ graceMs: 0 });

  const restored = await startDaemon({
    atoma: server.settle.atoma,
    engines: [createBuiltinEngine()],
    store: openSqliteStore({ path: copy, durability: 'power' }),
    pollMs: 0,
    policy: { allowPrivateNodes: true },
    log: createLog('silent'),
  });
  await restored.tick();
  expect(await ask(restored, 'too early')).toBe('error stack_quarantined');
  expect(await importRows(fleet, restored, stack, { rows, complete: true })).toEqual({ adopted: 1, reopened: true });
  expect(await ask(restored, 'again')).toMatch(/^(?!error)/);
  expect(seen).toEqual([0n, 1n, 2n]);
  const operator = await operate(restored);
  expect((await restored.store.findStack(second))?.state).toBe('quarantine');
  expect((await operator.call('/reopen', { stack: String(second) })).json).toEqual({ open: true });
  expect((await operator.call('/reopen', { stack: String(second) })).json).toEqual({ open: false });
  expect(await restored.store.checkInvariants({ chain: true })).toEqual([]);
  await operator.surface.close();
  await restored.stop({ graceMs: 0 });
  fleet.market.close();
});

test('a NodeBadge that was sold: the new holder’s daemon refreshes the recorded owner, and its receipts count', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const [node] = fleet.daemons as [Daemon];
  const heir = fleet.market.actor();
  const [badge] = await listNodeBadges(node.settle.atoma);
  const tx = new Transaction();
  tx.transferObjects([badge?.badgeId as string], heir.sender as string);
  await node.settle.atoma.client.signAndExecuteTransaction({
    transaction: tx,
    signer: node.settle.atoma.signer as Signer,
  });
  await node.stop({ graceMs: 0 });
  const options = {
    atoma: heir,
    engines: [createBuiltinEngine()],
    store: openSqliteStore({ path: ':memory:', durability: 'process' }),
    pollMs: 0,
    policy: { allowPrivateNodes: true },
    log: createLog('silent'),
  };
  const sold = await startDaemon(options);
  await sold.announce(`http://127.0.0.1:${sold.port}`);
  expect((await getNode(fleet.buyer, { nodeSmallId: sold.settle.nodeId })).owner).toBe(heir.sender);
  const { stack } = await fleet.buy();
  await sold.tick();
  const receipts: Uint8Array[] = [];
  expect(await askOnce(fleet, stack, sold, 'ping', (_, { bytes }) => receipts.push(bytes))).toMatch(/^(?!error)/);
  expect(receiptLayout.decode(receipts[0] as Uint8Array).node).toBe(sold.settle.nodeId);
  await expect(
    startDaemon({ ...options, atoma: node.settle.atoma, store: openSqliteStore({ path: ':memory:' }) }),
  ).rejects.toMatchObject({ code: 'NODE_NOT_REGISTERED' });
  await sold.stop({ graceMs: 0 });
  fleet.market.close();
});

test('a lost database at level 1: the buyer gives its receipts back, and an attester still finds the same history', async () => {
  const fleet = await openFleet({
    nodes: 3,
    level: 1,
    alwaysAttest: true,
    engine: () => createLettersEngine({ lettersPerSecond: 300 }),
  });
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy: { allowPrivateNodes: true, nodePolicy: 'any', pauseMs: [5, 20], attempts: 2, stackUnits: 600_000n },
  });
  const ask = (more: object, signal?: AbortSignal) =>
    buyer.fetch('http://atoma/v1/chat/completions', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'atoma/demo-chat', messages: [{ role: 'user', content: 'ping' }], ...more }),
      ...(signal ? { signal } : {}),
    });
  const first = await ask({});
  expect(first.status, await first.text()).toBe(200);
  const stop = new AbortController();
  const reader = ((await ask({ stream: true }, stop.signal)).body as ReadableStream<Uint8Array>).getReader();
  await reader.read();
  await reader.read();
  stop.abort();
  const [own] = await buyer.stacks();
  const [stack, server] = [own?.stack as bigint, fleet.byNode(own?.node as bigint)];
  await expect.poll(async () => (await server.store.findStack(stack))?.nextLeaf).toBe(2);
  expect(await buyer.audit(stack)).toMatchObject({ receipts: 2, gaps: [] });
  await server.stop({ graceMs: 0 });
  const fresh = await startDaemon({
    atoma: server.settle.atoma,
    engines: [createBuiltinEngine()],
    store: openSqliteStore({ path: ':memory:', durability: 'process' }),
    pollMs: 0,
    port: server.port,
    policy: { allowPrivateNodes: true },
    log: createLog('silent'),
  });
  await fresh.tick();
  expect(await buyer.restore(stack)).toEqual({ stack, sent: 2, adopted: 2, reopened: true });
  expect(await fresh.store.checkInvariants({ chain: true })).toEqual([]);
  await fresh.settleStack(stack);
  await fresh.tick();
  const { attesters } = await getTicket(fleet.buyer, { stackSmallId: stack });
  for (const node of attesters) if (node !== null) await fleet.byNode(node).tick();
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('clean');
  await buyer.close();
  await fresh.stop({ graceMs: 0 });
  for (const daemon of fleet.daemons) if (daemon !== server) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});
