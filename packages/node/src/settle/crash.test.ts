import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { serveLedger } from '@atoma/localnet';
import { encodeDeployment, findTicket } from '@atoma/sdk';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, expect, test } from 'vitest';
import { openSqliteStore } from '../store/sqlite/store.ts';
import { askOnce, openFleet } from '../testing/fleet.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-kill-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const script = resolve(import.meta.dirname, '../testing/crash-daemon.ts');

const steps = [
  'settle:before-freeze',
  'settle:intent',
  'settle:before-built',
  'settle:built',
  'settle:submitted',
  'settle:executed',
  'settle:before-confirmed',
  'settle:confirmed',
  'claim:before-intent',
  'claim:built',
  'claim:executed',
  'claim:confirmed',
];

test('killed at every step of settling and claiming, each stack is settled once and claimed once', async () => {
  let database = '';
  const fleet = await openFleet({
    nodes: 1,
    daemon: () => {
      database = join(directory, 'node.db');
      return { store: openSqliteStore({ path: database, durability: 'process' }) };
    },
  });
  const [first] = fleet.daemons;
  const stacks: { id: bigint; units: bigint }[] = [];
  for (let i = 0; i < 9; i++) {
    const { stack, server } = await fleet.buy(200_000n);
    await server.tick();
    await askOnce(fleet, stack, server, 'what is a stack?');
    stacks.push({ id: stack, units: (await server.store.findStack(stack))?.consumed as bigint });
  }
  const operator = first?.settle.atoma;
  if (!first || !operator) throw new Error('no daemon');
  await first.stop({ graceMs: 0 });
  const before = await fleet.toma(operator);
  const rpc = await serveLedger(fleet.market.ledger, { port: 0 });
  let runs = 0;
  const run = (step: string, stack: string): Promise<string | null> =>
    new Promise((done) => {
      const file = join(directory, `run-${++runs}.json`);
      const secret = (operator.signer as Ed25519Keypair).getSecretKey();
      const deployment = encodeDeployment(fleet.market.deployment);
      writeFileSync(file, JSON.stringify({ rpc: rpc.url, deployment, secret, node: '1', database, run: runs }));
      const child = execFile(
        process.execPath,
        ['--no-warnings', script, file, step, stack],
        { timeout: 30_000 },
        (_, __, stderr) => {
          done(child.signalCode ?? (stderr === '' ? null : stderr));
        },
      );
    });
  const settling = steps.filter((step) => step.startsWith('settle'));
  for (const [i, step] of settling.entries())
    expect([step, await run(step, String(stacks[i]?.id))]).toEqual([step, 'SIGKILL']);
  expect(await run('', stacks.map(({ id }) => id).join(','))).toBeNull();
  for (const { id } of stacks) expect(await findTicket(fleet.buyer, { stackSmallId: id })).not.toBeNull();
  fleet.market.nextEpoch(2);
  for (const step of steps.filter((each) => each.startsWith('claim')))
    expect([step, await run(step, '')]).toEqual([step, 'SIGKILL']);
  expect(await run('', '')).toBeNull();
  const settled = await fleet.events('StackTrySettleEvent');
  const claimed = await fleet.events('StackSettlementTicketClaimedEvent');
  const sorted = (list: readonly { data: { stackSmallId: bigint; numClaimedComputeUnits: bigint } }[]) =>
    list
      .map(({ data }) => [data.stackSmallId, data.numClaimedComputeUnits])
      .sort((a, b) => Number((a[0] as bigint) - (b[0] as bigint)));
  const expected = stacks.map(({ id, units }) => [id, units]);
  expect(sorted(settled)).toEqual(expected);
  expect(sorted(claimed)).toEqual(expected);
  const fees = stacks.reduce((sum, { units }) => sum + units * fleet.price, 0n);
  expect(await fleet.toma(operator)).toBe(before + fees);
  const store = openSqliteStore({ path: database, durability: 'process' });
  expect((await store.listOutbox()).filter((row) => row.state !== 'confirmed')).toEqual([]);
  expect((await store.totals()).openRows).toBe(0);
  expect(await store.checkInvariants({ chain: true })).toEqual([]);
  for (const { id } of stacks) expect((await store.findStack(id))?.state).toBe('closed');
  await store.close();
  await rpc.close();
  fleet.market.close();
});
