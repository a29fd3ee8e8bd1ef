/** What a node, its buyer and its second copy do while something they depend on is gone. */
import { once } from 'node:events';
import { embeddedFetch } from '@atoma/localnet';
import { type BuyerEvent, createAtoma, createBuyer, createClient, createSigningFetch, openJournal } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { expect, test } from 'vitest';
import type { Daemon } from './daemon.ts';
import { createUpstreamEngine } from './engine/upstream/engine.ts';
import { askOnce, type Fleet, openFleet } from './testing/fleet.ts';
import { openKillerFleet } from './testing/killer.ts';
import { wireIds } from './testing/serving-fixture.ts';
import { startUpstream } from './testing/upstream-server.ts';

const MODEL = 'atoma/demo-chat';
const body = (more: object = {}) =>
  JSON.stringify({ model: MODEL, max_tokens: 40, messages: [{ role: 'user', content: 'ping' }], ...more });

const makeBuyer = async (fleet: Fleet, now: () => number = Date.now) => {
  const events: BuyerEvent[] = [];
  const buyer = await createBuyer({
    atoma: fleet.buyer,
    journal: await openJournal({ path: ':memory:' }),
    policy: { allowPrivateNodes: true, stackUnits: 400_000n, pauseMs: [5, 50], attempts: 3 },
    onEvent: (event) => events.push(event),
    now,
  });
  const ask = async (): Promise<number> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: body() };
    const answer = await buyer.fetch('http://atoma/v1/chat/completions', init);
    await answer.text();
    return answer.status;
  };
  const of = (kind: BuyerEvent['kind']) => events.filter((event) => event.kind === kind);
  return { buyer, ask, of };
};

test('the back end of a node gone under load: refusals, no charge, the buyer finishes elsewhere, work again when it is back', async () => {
  const upstreams = await Promise.all([startUpstream({ wordMs: 2 }), startUpstream({ wordMs: 2 })]);
  const model = { name: MODEL, roles: [0], contextLength: 4_096, tokenizer: 'bytes', profile: null };
  const fleet = await openFleet({
    nodes: 2,
    engine: (i) =>
      createUpstreamEngine({
        models: [{ ...model, targets: [{ url: upstreams[i]?.url as string, concurrency: 64 }] }],
      }),
    daemon: () => ({ pollMs: 50 }),
  });
  // A stack at each node: within a request nothing is bought at a price at which a node that failed at it can be drawn.
  const servers = new Set<Daemon>();
  while (servers.size < 2) servers.add((await fleet.buy(400_000n)).server);
  const { buyer, ask, of } = await makeBuyer(fleet);
  expect(await ask()).toBe(200);
  const [first] = of('receipt');
  const node = fleet.byNode((first as Extract<BuyerEvent, { kind: 'receipt' }>).node);
  const other = fleet.daemons.find((each) => each !== node) as Daemon;
  const upstream = upstreams[fleet.daemons.indexOf(node)] as (typeof upstreams)[0];
  let direct = await fleet.buy(200_000n);
  while (direct.server !== node) direct = await fleet.buy(200_000n);
  const base = `http://127.0.0.1:${node.port}`;

  // The tenth of forty requests finds the back end dying.
  let asked = 0;
  const dying = Promise.withResolvers<void>();
  const load = Array.from({ length: 8 }, async () => {
    const statuses: number[] = [];
    while (asked < 40) {
      if (++asked === 10) {
        upstream.behaviour.dieAfter = 1;
        dying.resolve();
      }
      statuses.push(await ask());
    }
    return statuses;
  });
  await dying.promise;
  await node.tick();
  const streamed = await fleet.ask(direct.stack, node)(`${base}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body({ stream: true }),
  });
  const text = await streamed.text();
  expect(text).toContain('event: error');
  expect(text).toContain('refusal');
  expect(text).not.toContain('[DONE]');
  upstream.behaviour.status = 503;
  expect(new Set((await Promise.all(load)).flat())).toEqual(new Set([200]));
  expect(of('refused').length).toBeGreaterThan(0);
  expect(of('failover').length).toBeGreaterThan(0);
  const { leaves, open } = await count(fleet);
  expect(leaves).toBe(BigInt(of('receipt').length));
  expect(open).toBe(0n);
  await expect.poll(async () => (await fetch(`${base}/ready`)).status).toBe(503);
  expect((await fetch(`${base}/health`)).status).toBe(200);
  const receipts = of('receipt').length;
  expect(await ask()).toBe(200);
  expect(of('receipt').at(-1)).toMatchObject({ node: other.settle.nodeId });
  expect(of('receipt')).toHaveLength(receipts + 1);

  Object.assign(upstream.behaviour, { status: 200, dieAfter: Number.POSITIVE_INFINITY });
  await expect.poll(async () => (await fetch(`${base}/ready`)).status).toBe(200);
  await buyer.close();
  await fleet.close();
  for (const each of upstreams) await each.close();
});

/** Leaves of the whole fleet, and units still reserved. */
const count = async (fleet: Fleet): Promise<{ leaves: bigint; open: bigint }> => {
  let [leaves, open] = [0n, 0n];
  for (const { store } of fleet.daemons)
    for (const row of await store.listStacks()) {
      leaves += BigInt(row.nextLeaf);
      open += row.reserved;
    }
  return { leaves, open };
};

test('a minute without the chain while serving, settling and claiming, with a reply lost before: all is done once', async () => {
  const chain = { mode: 'up' as 'up' | 'deaf' | 'down', jump: 0, missed: 0 };
  const fleet = await openFleet({
    nodes: 1,
    daemon: (_, actor, market) => {
      const real = embeddedFetch(market.ledger);
      const flaky: typeof fetch = async (input, init) => {
        if (chain.mode === 'down') {
          chain.missed++;
          throw new TypeError('fetch failed');
        }
        const answer = await real(input, init);
        if (chain.mode === 'deaf' && String(input).includes('ExecuteTransaction')) throw new TypeError('fetch failed');
        return answer;
      };
      const client = createClient({ network: 'embedded', fetch: flaky });
      return {
        atoma: createAtoma({ client, deployment: market.deployment, signer: actor.signer as Signer }),
        pollMs: 50,
        now: () => Date.now() + chain.jump,
      };
    },
  });
  const buy = async () => {
    const { stack, server } = await fleet.buy(200_000n);
    await server.tick();
    expect(await askOnce(fleet, stack, server, 'before')).toMatch(/^(?!error)/);
    return { stack, server };
  };
  const [claimed, { stack: settled }, { stack: served }] = [await buy(), await buy(), await buy()];
  const { server } = claimed;
  await server.settleStack(claimed.stack);
  const settles = async () => (await fleet.events('StackTrySettleEvent')).length;
  await expect.poll(settles).toBe(1);
  chain.mode = 'deaf';
  await server.settleStack(settled);
  await expect.poll(settles).toBe(2);
  chain.mode = 'down';
  expect((await server.store.findOutbox('settle', String(settled)))?.state).toBe('submitted');
  fleet.market.nextEpoch(2);
  expect(await askOnce(fleet, served, server, 'while it is down')).toMatch(/^(?!error)/);
  const { stack: unknown } = await fleet.buy(200_000n);
  expect(await askOnce(fleet, unknown, server, 'unknown')).toBe('error chain_unavailable');
  Object.assign(chain, { jump: 60_000, missed: 0 });
  await expect.poll(() => chain.missed).toBeGreaterThan(1);
  expect((await server.readiness()).ready).toBe(true);
  chain.mode = 'up';
  const claims = async () =>
    (await fleet.events('StackSettlementTicketClaimedEvent')).map((event) => event.data.stackSmallId);
  await expect.poll(async () => (await claims()).length).toBe(2);
  expect(new Set(await claims())).toEqual(new Set([claimed.stack, settled]));
  const open = async () => (await server.store.listOutbox(['intent', 'built', 'submitted', 'failed'])).length;
  await expect.poll(open).toBe(0);
  expect(await settles()).toBe(2);
  await expect.poll(async () => (await server.store.findStack(unknown))?.state).toBe('open');
  expect(await askOnce(fleet, served, server, 'after')).toMatch(/^(?!error)/);
  await expect.poll(async () => (await server.store.findStack(settled))?.state).toBe('closed');
  expect(await server.store.checkInvariants({ chain: true })).toEqual([]);
  expect(server.alarms()).toEqual([]);
  await fleet.close();
});

test('ten minutes of silence from the chain stop new work, and only until it speaks again', async () => {
  const clock = { jump: 0 };
  const fleet = await openFleet({ nodes: 1, daemon: () => ({ now: () => Date.now() + clock.jump }) });
  const [node] = fleet.daemons as [Daemon];
  await node.tick();
  clock.jump = 610_000;
  expect((await node.readiness()).checks.chain).not.toBe('ok');
  await node.tick();
  expect((await node.readiness()).ready).toBe(true);
  await fleet.close();
});

test('a buyer whose clock is ten minutes ahead follows the node’s, is served, and charged once a request', async () => {
  const fleet = await openFleet({ nodes: 1, daemon: () => ({ pollMs: 50 }) });
  const { buyer, ask, of } = await makeBuyer(fleet, () => Date.now() + 600_000);
  expect(await ask()).toBe(200);
  expect(of('receipt')).toHaveLength(1);
  expect(await count(fleet)).toEqual({ leaves: 1n, open: 0n });
  expect(await ask()).toBe(200);
  expect(await count(fleet)).toEqual({ leaves: 2n, open: 0n });
  const { server, stack } = await fleet.buy();
  await server.tick();
  const uncorrected = createSigningFetch({
    ...wireIds(fleet.market),
    stack,
    node: server.settle.nodeId,
    signer: fleet.buyer.signer as Signer,
    nodeAddresses: [server.node.identity.signer.address],
    now: () => Date.now() + 600_000,
  });
  const refused = await uncorrected(`http://127.0.0.1:${server.port}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: body(),
  });
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { code: 'timestamp_out_of_window' } });
  expect((await server.store.findStack(stack))?.nextLeaf).toBe(0);
  await buyer.close();
  await fleet.close();
});

test('an event on chain wakes the node; without a subscription it looks by itself', async () => {
  let refused = 0;
  const fleet = await openFleet({
    nodes: 2,
    daemon: (i, actor, market) => {
      const real = embeddedFetch(market.ledger);
      const silent: typeof fetch = (input, init) => {
        if (!String(input).includes('SubscribeEvents')) return real(input, init);
        refused++;
        return Promise.reject(new TypeError('fetch failed'));
      };
      const client = createClient({ network: 'embedded', fetch: silent });
      const deaf = createAtoma({ client, deployment: market.deployment, signer: actor.signer as Signer });
      return i === 0 ? { pollMs: 600_000 } : { pollMs: 100, atoma: deaf };
    },
  });
  await expect.poll(() => refused).toBeGreaterThan(0);
  const served = new Set<Daemon>();
  while (served.size < 2) {
    const { stack, server } = await fleet.buy(200_000n);
    await expect.poll(async () => (await server.store.findStack(stack))?.state).toBe('open');
    served.add(server);
  }
  await fleet.close();
});

test('a second process on the database of one that runs ends; once that one was killed it takes over at once', async () => {
  const fleet = await openKillerFleet({ nodes: 1 });
  const [node] = fleet.daemons as [Daemon];
  const { stack } = await fleet.buy();
  await node.tick();
  await askOnce(fleet, stack, node, 'ping');
  await fleet.leave(node);
  const running = await fleet.stay(node);
  const refused = await fleet.run(node, '', [stack], {});
  expect(refused).toContain('NODE_DATABASE_IN_USE');
  expect(refused).toContain(String(running.pid));
  expect(running.exitCode).toBeNull();
  running.kill('SIGKILL');
  await once(running, 'exit');
  expect(await fleet.events('StackTrySettleEvent')).toEqual([]);
  expect(await fleet.run(node, '', [stack], {})).toBeNull();
  expect(await fleet.events('StackTrySettleEvent')).toHaveLength(1);
  await fleet.close();
});
