/** What an operator is told about: duties late and missed, and a database taken by someone else. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { chainState } from '@atoma/localnet';
import { getTicket } from '@atoma/sdk';
import { afterAll, expect, test } from 'vitest';
import type { Daemon } from '../daemon.ts';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { askOnce, openFleet } from '../testing/fleet.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-alarms-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const kinds = (daemon: Daemon): readonly string[] => daemon.alarms().map(({ kind }) => kind);

test('a duty nothing was done for is an alarm at three quarters of its time, and another when it is missed', async () => {
  /** How much of the epoch has passed; undefined while the buyer's clock counts. */
  const clock: { share: number | undefined } = { share: undefined };
  const fleet = await openFleet({
    nodes: 3,
    level: 1,
    alwaysAttest: true,
    daemon: (_, __, market) => ({
      policy: { allowPrivateNodes: true, giveUpMs: Number.MAX_SAFE_INTEGER },
      now: () => {
        const { epochStartMs, epochDurationMs } = chainState(market.ledger);
        return clock.share === undefined ? Date.now() : epochStartMs + clock.share * epochDurationMs;
      },
    }),
  });
  const { stack, server } = await fleet.buy();
  await fleet.tick();
  expect(await askOnce(fleet, stack, server, 'ping')).toMatch(/^(?!error)/);
  await server.settleStack(stack);
  await server.tick();
  const [drawn] = (await getTicket(fleet.buyer, { stackSmallId: stack })).attesters;
  const attester = fleet.byNode(drawn as bigint);
  await server.stop({ graceMs: 0 });
  fleet.market.nextEpoch();
  clock.share = 0.4;
  await attester.tick();
  expect(kinds(attester)).toEqual([]);
  clock.share = 0.55;
  await attester.tick();
  expect(kinds(attester)).toEqual(['duty_late']);
  await attester.tick();
  expect(kinds(attester)).toEqual(['duty_late']);
  clock.share = 0;
  fleet.market.nextEpoch();
  await attester.tick();
  expect(kinds(attester)).toEqual(['duty_late', 'duty_missed']);
  expect(await attester.store.listDuties(['missed'])).toMatchObject([{ kind: 'attest', stack }]);
  for (const daemon of fleet.daemons) if (daemon !== server) await daemon.stop({ graceMs: 0 });
  fleet.market.close();
});

test('a daemon whose database was taken by another stops taking work and says why', async () => {
  const path = join(directory, 'taken.db');
  const fleet = await openFleet({
    nodes: 1,
    daemon: () => ({ store: openSqliteStore({ path, durability: 'process' }), leaseMs: 300 }),
  });
  const { stack, server } = await fleet.buy();
  await server.tick();
  expect(await askOnce(fleet, stack, server, 'one')).toMatch(/^(?!error)/);
  const thief = openSqliteStore({ path, durability: 'process' });
  const lease = { instance: 'another', pid: 1, now: Date.now() + 60_000, ttlMs: 60_000 };
  await expect(thief.holdLease(lease)).rejects.toMatchObject({ code: 'NODE_DATABASE_IN_USE' });
  await thief.close();
  // Only what does not keep to the lock can take it.
  const raw = new DatabaseSync(path);
  raw.prepare('INSERT OR REPLACE INTO lease VALUES (1, ?, 1, ?, ?)').run('another', lease.now, lease.now + lease.ttlMs);
  raw.close();
  await server.lost;
  expect(kinds(server)).toEqual(['lease_lost']);
  expect(await askOnce(fleet, stack, server, 'two')).toBe('error not_ready');
  expect((await server.readiness()).checks.database).toBe('lease lost');
  await fleet.close();
});

test('a claim that failed is sent in halves; one that failed alone is tried again in the next epoch', async () => {
  const clock: { now: (() => number) | undefined } = { now: undefined };
  const fleet = await openFleet({ nodes: 1, daemon: () => ({ now: () => clock.now?.() ?? Date.now() }) });
  const [server] = fleet.daemons as [Daemon];
  const stacks: bigint[] = [];
  for (let i = 0; i < 3; i++) {
    const { stack } = await fleet.buy(200_000n);
    await server.tick();
    await askOnce(fleet, stack, server, 'ping');
    await server.settleStack(stack);
    stacks.push(stack);
  }
  await server.tick();
  clock.now = () => chainState(fleet.market.ledger).timestampMs;
  /** As if the chain had refused these. */
  const refuse = async (subject: string): Promise<void> => {
    await server.store.putIntent('claim', subject, JSON.stringify({ stacks: subject }), server.node.now());
    const key = { kind: 'claim', subject } as const;
    await server.store.moveOutbox(key, ['intent'], { state: 'failed', failure: 'test', updatedMs: server.node.now() });
  };
  const claimed = async () =>
    (await fleet.events('StackSettlementTicketClaimedEvent')).map(({ data }) => data.stackSmallId);
  const [a, b, c] = stacks as [bigint, bigint, bigint];
  fleet.market.nextEpoch(2);
  await refuse(`${a},${b},${c}`);
  await refuse(`${a},${b}`);
  await refuse(String(b));
  await server.tick();
  expect(await claimed()).toEqual([a, c]);
  await server.tick();
  expect(await claimed()).toEqual([a, c]);
  fleet.market.nextEpoch();
  await server.tick();
  await server.tick();
  expect(await claimed()).toEqual([a, c, b]);
  expect(kinds(server)).toEqual([]);
  await server.tick();
  expect((await server.store.listOutbox()).filter(({ state }) => state !== 'confirmed')).toEqual([]);
  await fleet.close();
});
