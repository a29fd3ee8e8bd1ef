import { closeLedger, embeddedFetch, fundAddress, openLedger } from '@atoma/localnet';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAtoma } from '../context/atoma.ts';
import { createClient } from '../context/client.ts';
import { createTask, faucet, getTask, listEvents, migrate } from '../index.ts';
import { openTestMarket, type TestMarket } from '../testing/market.ts';
import { discoverDeployment } from './discover.ts';
import { knownDeployments } from './known.ts';
import { publishAtoma, upgradeAtoma } from './publish.ts';
import { type Deployment, decodeDeployment, encodeDeployment } from './record.ts';
import { verifyDeployment } from './verify.ts';

const code = (expected: string) => expect.objectContaining({ code: expected });
let market: TestMarket;

beforeAll(async () => {
  market = await openTestMarket('deployments');
});
afterAll(() => market.close());

test('a record reads back, and one that is not is refused', () => {
  for (const record of [market.deployment, ...Object.values(knownDeployments)])
    expect(decodeDeployment(encodeDeployment(record))).toEqual(record);
  const broken = [
    '',
    '[]',
    '{"format":2}',
    '{"format":1,"network":"x"}',
    '{"format":1,"network":"x","packageId":"zz"}',
  ];
  for (const text of broken) expect(() => decodeDeployment(text)).toThrowError(/./);
  expect(() => decodeDeployment('{}')).toThrowError(code('DEPLOYMENT_RECORD'));
});

test('a published market has every id, and verifies', async () => {
  const { chainId, digests, ...ids } = market.deployment;
  expect(Object.values(ids)).not.toContain(null);
  expect(digests).toHaveLength(3);
  expect(chainId).toMatch(/^[1-9A-HJ-NP-Za-km-z]{40,}$/);
  const { ok, checks } = await verifyDeployment(market);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(ok).toBe(true);
});

test('a record that does not fit the chain does not verify', async () => {
  const failing = async (change: Partial<Deployment>) => {
    const verification = await verifyDeployment({
      client: market.client,
      deployment: { ...market.deployment, ...change },
    });
    expect(verification.ok).toBe(false);
    return verification.checks.filter((check) => !check.ok).length;
  };
  expect(await failing({ chainId: 'another' })).toBe(1);
  expect(await failing({ dbId: market.deployment.faucetId })).toBe(1);
  expect(await failing({ faucetId: `0x${'1'.repeat(64)}` })).toBe(1);
  expect(await failing({ packageId: market.deployment.tomaPackageId ?? '' })).toBe(1);
  expect(await failing({ packageId: `0x${'1'.repeat(64)}` })).toBe(1);
});

test('a deployment is found again from its package id alone', async () => {
  const { client, deployment } = market;
  const {
    digests,
    publisher: _,
    ...found
  } = await discoverDeployment({ client, network: 'embedded', packageId: deployment.packageId });
  expect(deployment).toMatchObject(found);
  expect(deployment.digests.slice(0, 2)).toEqual(digests);
  const { tomaPackageId } = deployment;
  const wrong = [tomaPackageId ?? '', `0x${'1'.repeat(64)}`];
  for (const packageId of wrong)
    await expect(discoverDeployment({ client, network: 'embedded', packageId })).rejects.toThrowError(
      code('DEPLOYMENT_NOT_FOUND'),
    );
});

test('publishing tells its steps, and on request leaves the faucet off', async () => {
  const signer = Ed25519Keypair.generate();
  fundAddress(market.ledger, signer.toSuiAddress().slice(2), 10_000_000_000n);
  const steps: string[] = [];
  const { deployment, gas } = await publishAtoma({
    client: market.client,
    signer,
    network: 'embedded',
    enableFaucet: false,
    onStep: ({ step }) => steps.push(step),
  });
  expect(steps).toEqual(['publish-toma', 'publish-atoma']);
  expect(gas).toBeGreaterThan(0n);
  const atoma = createAtoma({ client: market.client, deployment, signer });
  expect(await faucet(atoma, { amount: 1 })).toMatchObject({ kind: 'failed', failure: { name: 'EFaucetDisabled' } });
  const { events } = await listEvents(atoma);
  expect(events.map(({ kind }) => kind)).toEqual(['PublishedEvent']);
});

test('without SUI nothing is published', async () => {
  const signer = Ed25519Keypair.generate();
  await expect(publishAtoma({ client: market.client, signer, network: 'embedded' })).rejects.toThrowError(
    code('SDK_INSUFFICIENT_SUI'),
  );
});

test('an upgrade keeps database, types and events', async () => {
  const ledger = await openLedger({ seed: 'upgrade', clock: 'logical' });
  const client = createClient({ network: 'embedded', fetch: embeddedFetch(ledger) });
  const signer = Ed25519Keypair.generate();
  fundAddress(ledger, signer.toSuiAddress().slice(2), 100_000_000_000n);
  const { deployment } = await publishAtoma({ client, signer, network: 'embedded' });
  const upgraded = (await upgradeAtoma({ client, signer, deployment })).deployment;
  expect(upgraded).toMatchObject({ originalPackageId: deployment.packageId, dbId: deployment.dbId, version: 2 });
  expect(upgraded.packageId).not.toBe(deployment.packageId);
  const atoma = createAtoma({ client, deployment: upgraded, signer });
  expect(await createTask(atoma, { role: 0 })).toMatchObject({ kind: 'executed', result: { taskSmallId: 1n } });
  expect(await getTask(atoma, { taskSmallId: 1 })).toMatchObject({ role: 0 });
  expect(await migrate(atoma, {})).toMatchObject({ failure: { name: 'EAlreadyMigrated' } });
  expect((await verifyDeployment({ client, deployment: upgraded })).ok).toBe(true);
  const found = await discoverDeployment({ client, network: 'embedded', packageId: upgraded.packageId });
  expect(found).toMatchObject({ packageId: upgraded.packageId, originalPackageId: deployment.packageId, version: 2 });
  closeLedger(ledger);
});
