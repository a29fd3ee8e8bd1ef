import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenOf } from '@atoma/base';
import { chainState, embeddedFetch } from '@atoma/localnet';
import {
  createAtoma,
  createClient,
  decodeInclusionProof,
  donate,
  executedResult,
  findTicket,
  getTicket,
  inquiryLayout,
  messageSigner,
  receiptLayout,
  signRequest,
  startAttestationDispute,
  toBase64,
  verifyInclusionProof,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
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
import { startUpstream } from './testing/upstream-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-daemon-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const memory = () => openSqliteStore({ path: ':memory:', durability: 'process' });

/** Signs a read of the fleet's buyer, or of another key, and sends it. */
const read = async (
  fleet: Fleet,
  server: Daemon,
  stack: bigint,
  path: string,
  signer: Signer = fleet.buyer.signer as Signer,
  body?: Uint8Array,
) => {
  const bytes = await inquire({
    ...wireIds(fleet.market),
    url: `http://127.0.0.1:${server.port}`,
    node: server.settle.nodeId,
    stack,
    path,
    signer: messageSigner(signer),
    now: Date.now(),
    allowPrivate: true,
    limit: 1_000_000,
    timeoutMs: 60_000,
    ...(body ? { body } : {}),
  });
  return Buffer.from(bytes).toString('utf8');
};
const refusedWith = (status: number) =>
  expect.objectContaining({ code: 'NODE_INQUIRY', details: expect.objectContaining({ status }) });

test('a chain that is down: known stacks are served, unknown ones are not, and everything is caught up once', async () => {
  let down = false;
  const fleet = await openFleet({
    nodes: 1,
    daemon: (_, actor, market) => {
      const real = embeddedFetch(market.ledger);
      const flaky: typeof fetch = (input, init) =>
        down ? Promise.reject(new TypeError('fetch failed')) : real(input, init);
      return {
        atoma: createAtoma({
          client: createClient({ network: 'embedded', fetch: flaky }),
          deployment: market.deployment,
          signer: actor.signer as Signer,
        }),
      };
    },
  });
  const { stack, server } = await fleet.buy();
  await server.tick();
  const later = await fleet.buy();
  expect(await askOnce(fleet, stack, server, 'before')).toMatch(/\w/);
  down = true;
  expect(await askOnce(fleet, stack, server, 'while it is down')).toMatch(/\w/);
  expect(await askOnce(fleet, later.stack, server, 'unknown')).toBe('error chain_unavailable');
  await server.settleStack(stack);
  await expect(server.tick()).rejects.toThrow();
  expect((await server.store.findOutbox('settle', String(stack)))?.state).toBe('intent');
  down = false;
  await server.tick();
  await server.tick();
  expect(await fleet.events('StackTrySettleEvent')).toHaveLength(1);
  expect((await server.store.findStack(stack))?.state).toBe('settled');
  expect(await askOnce(fleet, later.stack, server, 'known now')).toMatch(/\w/);
  await fleet.close();
});

test('a node whose clock is off takes no new work, settles all the same, and recovers', async () => {
  const clock = { offset: 0 };
  const fleet = await openFleet({
    nodes: 1,
    daemon: (_, __, market) => ({ clockCheck: true, now: () => chainState(market.ledger).timestampMs + clock.offset }),
  });
  const { stack, server } = await fleet.buy();
  const makeCheckpoint = async (): Promise<void> => void executedResult(await donate(fleet.buyer, { amount: 1n }));
  const round = async (): Promise<void> => {
    await makeCheckpoint();
    await server.tick();
  };
  await round();
  await round();
  expect((await server.readiness()).ready).toBe(true);
  clock.offset = 600_000;
  await round();
  expect(await server.readiness()).toMatchObject({ ready: false, checks: { clock: '600 s off' } });
  expect((await fetch(`http://127.0.0.1:${server.port}/ready`)).status).toBe(503);
  const body = new TextEncoder().encode('{}');
  const { headers } = await signRequest({
    ...wireIds(fleet.market),
    stack,
    node: server.settle.nodeId,
    signer: fleet.buyer.signer as Signer,
    endpoint: '/v1/chat/completions',
    model: 'm',
    body,
    maxUnits: 10n,
    timestampMs: chainState(fleet.market.ledger).timestampMs + 600_000,
  });
  const url = `http://127.0.0.1:${server.port}/v1/chat/completions`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body,
  });
  expect([answer.status, ((await answer.json()) as { error: { code: string } }).error.code]).toEqual([
    503,
    'not_ready',
  ]);
  await server.settleStack(stack);
  await round();
  expect(await fleet.events('StackReclaimedEvent')).toHaveLength(1);
  clock.offset = 0;
  await round();
  expect((await server.readiness()).ready).toBe(true);
  await fleet.close();
});

test('one daemon a database, one database a node', async () => {
  const path = join(directory, 'one.db');
  const fleet = await openFleet({
    nodes: 1,
    daemon: () => ({ store: openSqliteStore({ path, durability: 'process' }) }),
  });
  const [first] = fleet.daemons as [Daemon];
  const again = (store = memory(), takeover = false) =>
    startDaemon({
      atoma: first.settle.atoma,
      engines: [createBuiltinEngine()],
      store,
      pollMs: 0,
      policy: { allowPrivateNodes: true },
      log: createLog('silent'),
      takeover,
    });
  const same = openSqliteStore({ path, durability: 'process' });
  await same.dropLease('none');
  const real = process.pid;
  Object.defineProperty(process, 'pid', { value: real + 1, configurable: true });
  try {
    await expect(again(same)).rejects.toMatchObject({ code: 'NODE_DATABASE_IN_USE' });
  } finally {
    Object.defineProperty(process, 'pid', { value: real, configurable: true });
  }
  await same.close();
  await expect(again()).rejects.toMatchObject({ code: 'NODE_OTHER_INSTANCE' });
  const taken = await again(memory(), true);
  await taken.stop({ graceMs: 0 });
  expect((await first.readiness()).ready).toBe(true);
  await fleet.close();
});

test('owners read their stack, receipts, leaves and proofs; others read nothing', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const { stack, server } = await fleet.buy();
  await server.tick();
  for (const prompt of ['one', 'two', 'three']) await askOnce(fleet, stack, server, prompt);
  const state = JSON.parse(await read(fleet, server, stack, `/v1/stacks/${stack}`)) as Record<string, string>;
  expect(state).toMatchObject({ state: 'open', requests: 3 });
  const listed = JSON.parse(await read(fleet, server, stack, `/v1/receipts?stack=${stack}&from=1`)) as {
    receipts: { receipt: string; request_id: string }[];
  };
  expect(
    listed.receipts.map(({ receipt }) => receiptLayout.decode(new Uint8Array(Buffer.from(receipt, 'base64'))).index),
  ).toEqual([1n, 2n]);
  const one = JSON.parse(await read(fleet, server, stack, `/v1/receipts/${listed.receipts[0]?.request_id}`)) as {
    state: string;
  };
  expect(one.state).toBe('receipt');
  await expect(read(fleet, server, stack, `/v1/receipts/${'0'.repeat(32)}`)).rejects.toEqual(refusedWith(404));
  await expect(read(fleet, server, stack, `/v1/stacks/${stack}/leaves`)).rejects.toEqual(refusedWith(409));
  await expect(read(fleet, server, stack, `/v1/stacks/${stack}/transcript`)).rejects.toEqual(refusedWith(403));
  await expect(read(fleet, server, stack, `/v1/stacks/${stack}`, Ed25519Keypair.generate())).rejects.toEqual(
    refusedWith(403),
  );
  await expect(read(fleet, server, 999n, '/v1/stacks/999')).rejects.toEqual(refusedWith(403));
  await expect(read(fleet, server, stack, '/v1/stacks/999')).rejects.toEqual(refusedWith(400));
  await server.settleStack(stack);
  await fleet.tick(2);
  const leaves = JSON.parse(await read(fleet, server, stack, `/v1/stacks/${stack}/leaves`)) as { leaves: unknown[] };
  expect(leaves.leaves).toHaveLength(3);
  const proof = await read(fleet, server, stack, `/v1/stacks/${stack}/proof/2`);
  expect(verifyInclusionProof(decodeInclusionProof(proof))).toBe(true);
  expect(JSON.parse(proof)).toMatchObject({ leaf_count: 3, attesters: 1 });
  await fleet.close();
});

test('an inquiry is taken once', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const { stack, server } = await fleet.buy();
  await server.tick();
  const path = `/v1/stacks/${stack}`;
  const inquiry = inquiryLayout.encode({
    ...wireIds(fleet.market),
    node: server.settle.nodeId,
    stack,
    path,
    timestampMs: BigInt(Date.now()),
    nonce: new Uint8Array(randomBytes(16)),
    bodyHash: new Uint8Array(32),
  });
  const headers = {
    'atoma-inquiry': toBase64(inquiry),
    'atoma-signature': toBase64(messageSigner(fleet.buyer.signer as Signer).sign(inquiry)),
  };
  const send = async (to = path): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}${to}`, { headers })).status;
  expect([await send('/v1/stacks/2'), await send(), await send()]).toEqual([400, 200, 400]);
  await fleet.close();
});

test('history lost with a database is taken back from the owner, then the stack works again', async () => {
  const fleet = await openFleet({ nodes: 1 });
  const { stack, server } = await fleet.buy();
  await server.tick();
  const rows: Record<string, unknown>[] = [];
  for (const prompt of ['one', 'two']) await askOnce(fleet, stack, server, prompt);
  for (const leaf of await server.store.listLeaves(stack))
    rows.push({
      receipt: toBase64(leaf.receipt),
      receipt_signature: toBase64(leaf.receiptSignature),
      envelope: toBase64(leaf.envelope),
      signature: toBase64(leaf.signature),
    });
  const fresh = await startDaemon({
    atoma: server.settle.atoma,
    engines: [createBuiltinEngine()],
    store: memory(),
    pollMs: 0,
    takeover: true,
    policy: { allowPrivateNodes: true },
    log: createLog('silent'),
  });
  await fresh.tick();
  expect((await fresh.store.findStack(stack))?.state).toBe('quarantine');
  expect(fresh.alarms()).toMatchObject([{ kind: 'history_lost', detail: { stack: String(stack) } }]);
  expect(await askOnce(fleet, stack, fresh, 'too early')).toBe('error stack_quarantined');
  const send = (value: object) =>
    read(
      fleet,
      fresh,
      stack,
      '/v1/receipts/import',
      fleet.buyer.signer as Signer,
      new TextEncoder().encode(JSON.stringify(value)),
    );
  const forged = [{ ...rows[0], receipt_signature: rows[1]?.receipt_signature }];
  await expect(send({ rows: forged })).rejects.toEqual(refusedWith(400));
  expect(JSON.parse(await send({ rows, complete: true }))).toEqual({ adopted: 2, reopened: true });
  await askOnce(fleet, stack, fresh, 'three');
  expect(await fresh.store.findStack(stack)).toMatchObject({ nextLeaf: 3, state: 'open' });
  expect(await fresh.store.checkInvariants({ chain: true })).toEqual([]);
  await fresh.stop({ graceMs: 0 });
  await fleet.close();
});

test('the operator surface needs its token, tells the state, and pauses and settles', async () => {
  const MARK = 'xyzzy-marked-prompt-1917'; // letters that no signature has by chance
  const fleet = await openFleet({ nodes: 1 });
  const { stack, server } = await fleet.buy();
  await server.tick();
  await askOnce(fleet, stack, server, MARK);
  const operator = await startOperator(server, { port: 0, tokenPath: join(directory, 'token') });
  const token = tokenOf(join(directory, 'token'));
  const call = async (path: string, body?: object, bearer = token) => {
    const response = await fetch(`http://127.0.0.1:${operator.port}${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${bearer}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  expect((await call('/status', undefined, 'wrong')).status).toBe(401);
  expect((await call('/status')).json).toMatchObject({
    node: String(server.settle.nodeId),
    running: 0,
    channel_key: null,
  });
  for (const path of ['/stacks', '/requests', '/outbox', '/duties', '/earnings'])
    expect((await call(path)).status).toBe(200);
  expect(JSON.stringify((await call('/requests')).json)).not.toContain(MARK);
  await call('/pause', {});
  expect(await askOnce(fleet, stack, server, 'paused')).toBe('error not_ready');
  await call('/resume', {});
  expect(await askOnce(fleet, stack, server, 'resumed')).toMatch(/\w/);
  expect((await call('/settle', { stack: 'x' })).status).toBe(400);
  expect((await call('/settle', { stack: 9_999 })).status).toBe(409);
  expect((await call('/settle', { stack: String(stack) })).json).toEqual({ frozen: true });
  await call('/claim', {});
  expect(await findTicket(fleet.buyer, { stackSmallId: stack })).not.toBeNull();
  await call('/backup', { path: join(directory, 'copy.db') });
  expect((await call('/resync', {})).status).toBe(200);
  const { events } = await server.store.totals();
  expect(events).toBeGreaterThan(0);
  for (let n = 0; n < 5; n++) {
    const underWay = server.tick();
    await server.resync();
    await underWay;
    expect((await server.store.totals()).events).toBe(events);
  }
  expect((await server.store.findStack(stack))?.state).toBe('settled');
  await operator.close();
  await fleet.close();
});

test('work that does not end is stopped when its stack must settle, and refused', async () => {
  const fleet = await openFleet({
    nodes: 1,
    engine: () => createLettersEngine({ lettersPerSecond: 20 }),
    daemon: () => ({ policy: { allowPrivateNodes: true, drainMs: 0 } }),
  });
  const { stack, server } = await fleet.buy();
  await server.tick();
  const answer = await fleet.ask(stack, server)(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'atoma/demo-chat', stream: true, messages: [{ role: 'user', content: 'x' }] }),
  });
  const text = answer.text();
  expect(await server.settleStack(stack)).toBe(false);
  expect(await text).toContain('stack_settling');
  expect(await server.settleStack(stack)).toBe(true);
  expect(await server.store.findStack(stack)).toMatchObject({ state: 'settling', consumed: 0n, reserved: 0n });
  await fleet.close();
});

test('without a reachable back end the node is alive and not ready', async () => {
  const upstream = await startUpstream();
  const target = { url: upstream.url, concurrency: 4 };
  const engine = createUpstreamEngine({
    models: [
      {
        name: 'atoma/demo-chat',
        roles: [0],
        contextLength: 4096,
        tokenizer: 'bytes',
        profile: null,
        targets: [target],
      },
    ],
    limits: { probeMs: 20 },
  });
  const fleet = await openFleet({ nodes: 1, engine: () => engine });
  const { stack, server } = await fleet.buy();
  await server.tick();
  expect(await askOnce(fleet, stack, server, 'up')).toMatch(/\w/);
  upstream.behaviour.status = 503;
  const status = async (path: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${server.port}${path}`)).status;
  await expect.poll(() => status('/ready')).toBe(503);
  expect(await status('/health')).toBe(200);
  expect(await askOnce(fleet, stack, server, 'down')).toBe('error backend_unavailable');
  upstream.behaviour.status = 200;
  await expect.poll(() => status('/ready')).toBe(200);
  expect(await askOnce(fleet, stack, server, 'up again')).toMatch(/\w/);
  expect(await server.store.findStack(stack)).toMatchObject({ nextLeaf: 2, reserved: 0n });
  await fleet.close();
  await upstream.close();
});

test('a jury that cannot have the inputs says so', async () => {
  const fleet = await openFleet({ nodes: 6, daemon: () => ({ policy: { allowPrivateNodes: true, giveUpMs: 0 } }) });
  const { stack, server } = await fleet.buy();
  await server.tick();
  await askOnce(fleet, stack, server, 'one');
  await server.settleStack(stack);
  await fleet.tick(2);
  expect((await getTicket(fleet.buyer, { stackSmallId: stack })).state).toBe('open');
  await server.stop({ graceMs: 0 });
  const rest = fleet.daemons.filter((daemon) => daemon !== server);
  executedResult(
    await startAttestationDispute(fleet.buyer, {
      stackSmallId: stack,
      attestationCommitment: new Uint8Array(32).fill(1),
    }),
  );
  fleet.market.nextEpoch();
  for (let round = 0; round < 4; round++) for (const daemon of rest) await daemon.tick();
  const [resolved] = await fleet.events('DisputeResolvedEvent');
  expect(resolved?.data.outcome).toBe(2);
  for (const daemon of rest) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});
