import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { marketMachine, refusal, told } from '../testing/in-process.ts';

test('a recorded deployment is checked against the chain; one that differs is named, and changes nothing', async () => {
  const machine = await marketMachine();
  const { checks, package_id, gas } = await told(machine, 'publish --verify');
  expect(gas).toBeNull();
  expect((checks as readonly { ok: boolean }[]).map(({ ok }) => ok)).not.toContain(false);
  expect((checks as readonly object[]).length).toBeGreaterThan(2);
  const record = join(machine.atomaHome, 'embedded/deployment.json');
  const kept = readFileSync(record, 'utf8');
  const { faucetId } = JSON.parse(kept) as { faucetId: string };
  writeFileSync(record, kept.replaceAll(faucetId, package_id as string));
  expect((await refusal(machine, 'publish --verify'))[0]).toBe('CLI_DEPLOYMENT_DIFFERS');
});

test('a second market is made on purpose only', async () => {
  const machine = await marketMachine();
  const first = await told(machine, 'publish --verify');
  expect((await refusal(machine, 'publish'))[0]).toBe('CLI_MARKET_EXISTS');
  expect((await told(machine, 'publish --verify')).package_id).toBe(first.package_id);
  const second = await told(machine, 'publish --another');
  expect(second.package_id).not.toBe(first.package_id);
  expect((await told(machine, 'publish --verify')).package_id).toBe(second.package_id);
});
