import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { executedResult, requestStackRefund, signRequest, trySettleStack } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { afterAll, expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { askOnce, openFleet } from '../testing/fleet.ts';
import { wireIds } from '../testing/serving-fixture.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-reconcile-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const TEN_MINUTES = 601_000;

test('every ten minutes own stacks and tickets are compared with the chain, whatever events told', async () => {
  const clock = { jump: 0 };
  const fleet = await openFleet({ nodes: 1, daemon: () => ({ now: () => Date.now() + clock.jump }) });
  const [node] = fleet.daemons as [Daemon];
  const stacks = [];
  for (let i = 0; i < 3; i++) stacks.push((await fleet.buy(200_000n)).stack);
  const [settled, noticed, ended] = stacks as [bigint, bigint, bigint];
  await node.tick();
  const stateOf = async (stack: bigint) => (await node.store.findStack(stack))?.state;
  for (const stack of [settled, ended])
    executedResult(
      await trySettleStack(node.settle.atoma, {
        stackSmallId: stack,
        nodeSmallId: node.settle.nodeId,
        numClaimedComputeUnits: stack === settled ? 5n : 0n,
        committedStackProof: new Uint8Array(32).fill(1),
        stackMerkleLeaf: new Uint8Array(32).fill(2),
      }),
    );
  executedResult(await requestStackRefund(fleet.buyer, { stackSmallId: noticed }));
  await node.tick();
  // As if no event had told of it:
  await node.store.moveStack(settled, ['settled'], 'open');
  await node.store.moveStack(ended, ['closed'], 'open');
  await node.tick();
  expect([await stateOf(settled), await stateOf(ended)]).toEqual(['open', 'open']);
  clock.jump = TEN_MINUTES;
  await node.tick();
  expect([await stateOf(settled), await stateOf(ended)]).toEqual(['settled', 'closed']);
  expect(node.alarms().map(({ kind }) => kind)).toContain('ledger_behind_chain');
  expect((await node.store.findStack(noticed))?.noticeEpoch).not.toBeNull();
  await fleet.close();
});

test('a history whose receipts do not follow from one another is not settled', async () => {
  const path = join(directory, 'damaged.db');
  const fleet = await openFleet({
    nodes: 1,
    daemon: () => ({ store: openSqliteStore({ path, durability: 'process' }) }),
  });
  const { stack, server } = await fleet.buy();
  await server.tick();
  for (const prompt of ['one', 'two', 'three']) await askOnce(fleet, stack, server, prompt);
  expect(await server.store.listLeaves(stack)).toHaveLength(3);
  const raw = new DatabaseSync(path);
  raw.exec(`UPDATE request SET receipt = (SELECT receipt FROM request WHERE leaf_index = 0) WHERE leaf_index = 1`);
  raw.close();
  await expect(server.settleStack(stack)).rejects.toMatchObject({ code: 'NODE_STACK_STATE' });
  await server.tick();
  expect((await server.store.findStack(stack))?.state).toBe('quarantine');
  expect(server.alarms().map(({ kind }) => kind)).toContain('ledger_breach');
  expect(await fleet.events('StackTrySettleEvent')).toEqual([]);
  await fleet.close();
});

test('answers are kept for a day, prompts until an epoch after their stack has ended, receipts for ever', async () => {
  const clock = { jump: 0 };
  const fleet = await openFleet({ nodes: 1, daemon: () => ({ now: () => Date.now() + clock.jump }) });
  const { stack, server } = await fleet.buy();
  await server.tick();
  const body = new TextEncoder().encode(
    JSON.stringify({ model: 'atoma/demo-chat', messages: [{ role: 'user', content: 'ping' }] }),
  );
  const endpoint = '/v1/chat/completions';
  const { envelope, headers } = await signRequest({
    ...wireIds(fleet.market),
    stack,
    node: server.settle.nodeId,
    signer: fleet.buyer.signer as Signer,
    endpoint,
    model: 'atoma/demo-chat',
    body,
    maxUnits: 500n,
  });
  const send = () =>
    fetch(`http://127.0.0.1:${server.port}${endpoint}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const id = Buffer.from(envelope.requestId).toString('hex');
  const receipt = (await send()).headers.get('atoma-receipt');
  clock.jump = 23 * 3_600_000;
  await server.tick();
  expect((await send()).status).toBe(200);
  clock.jump = 25 * 3_600_000;
  await server.tick();
  const late = await send();
  expect([late.status, late.headers.get('atoma-receipt')]).toEqual([410, receipt]);
  expect(await late.json()).toMatchObject({ error: { code: 'response_expired', request_id: id } });
  expect(await server.store.findBody(stack, id)).toEqual(body);
  await server.settleStack(stack);
  await server.tick();
  fleet.market.nextEpoch(2);
  await server.tick();
  await server.tick();
  expect((await server.store.findStack(stack))?.state).toBe('closed');
  expect(await server.store.findBody(stack, id)).toEqual(body);
  clock.jump = 60 * 3_600_000;
  await server.tick();
  expect(await server.store.findBody(stack, id)).toBeUndefined();
  expect((await server.store.findRequest(stack, id))?.receipt).toBeTruthy();
  await fleet.close();
});
