/** The shipped packages against Sui's published limits, and the life of a market across an upgrade. */
import { deserialize } from '@mysten/move-bytecode-template';
import type { Transaction } from '@mysten/sui/transactions';
import { expect, test } from 'vitest';
import { getPackage, getTransaction } from '../../packages/localnet/src/index.ts';
import { packageBytes } from '../../packages/localnet/src/internal/gas.ts';
import {
  MAX_MODULES,
  MAX_PACKAGE_BYTES,
  MAX_PACKAGE_DEPENDENCIES,
  MAX_TRANSACTION_BYTES,
} from '../../packages/localnet/src/params.ts';
import { publishedPackage, runStep } from '../../packages/sdk/src/deployment/publish.ts';
import { linkPackage } from '../../packages/sdk/src/deployment/shipped.ts';
import {
  type Atoma,
  acquireStack,
  claimFunds,
  createAtoma,
  createTask,
  type Deployment,
  executedResult,
  faucet,
  getConfig,
  getStack,
  listEvents,
  migrate,
  registerNode,
  type ShippedPackages,
  shippedPackages,
  subscribeNodeToTask,
  topUpCollateral,
  trySettleStack,
  type WriteOutcome,
} from '../../packages/sdk/src/index.ts';
import { openTestMarket } from '../../packages/sdk/src/testing/market.ts';
import { compileSources, findPackage } from '../../tools/move/src/index.ts';
import { readPackage } from '../../tools/move/src/packages.ts';

/** Limits of Sui's protocol configuration, version 138, on one module's binary. */
const LIMITS = { functions: 1_000, structs: 200, fields: 32, parameters: 128, identifier: 128 };

interface Module {
  readonly function_defs: readonly { readonly code: { readonly code: readonly unknown[] } | null }[];
  readonly struct_defs: readonly { readonly field_information: { readonly Declared?: readonly unknown[] } }[];
  readonly signatures: readonly (readonly unknown[])[];
  readonly function_handles: readonly { readonly parameters: number }[];
  readonly identifiers: readonly string[];
}

const most = (figures: readonly number[]): number => Math.max(0, ...figures);

test('every module stays within the limits on one module', async () => {
  const { toma, atoma } = await shippedPackages();
  for (const bytes of [...toma.modules, ...atoma.modules]) {
    const module = deserialize(bytes) as unknown as Module;
    expect(module.function_defs.length).toBeLessThanOrEqual(LIMITS.functions);
    expect(module.struct_defs.length).toBeLessThanOrEqual(LIMITS.structs);
    const fields = module.struct_defs.map(({ field_information }) => field_information.Declared?.length ?? 0);
    expect(most(fields)).toBeLessThanOrEqual(LIMITS.fields);
    const parameters = module.function_handles.map((handle) => module.signatures[handle.parameters]?.length ?? 0);
    expect(most(parameters)).toBeLessThanOrEqual(LIMITS.parameters);
    expect(most(module.identifiers.map((name) => name.length))).toBeLessThanOrEqual(LIMITS.identifier);
  }
});

test('packages and the transactions that publish them stay within Sui’s limits', async () => {
  const market = await openTestMarket('sizes');
  const { packageId, tomaPackageId, digests } = market.deployment;
  for (const id of [packageId, tomaPackageId ?? '']) {
    const published = getPackage(market.ledger, id);
    if (!published) return expect.fail(`no package ${id}`);
    expect(packageBytes(published)).toBeLessThanOrEqual(MAX_PACKAGE_BYTES);
    expect(published.modules.size).toBeLessThanOrEqual(MAX_MODULES);
    expect(published.linkage.size).toBeLessThanOrEqual(MAX_PACKAGE_DEPENDENCIES);
  }
  const sizes = digests.map((digest) => getTransaction(market.ledger, digest)?.transaction.length ?? 0);
  expect(sizes.length).toBe(3);
  for (const size of sizes) {
    expect(size).toBeGreaterThan(0);
    expect(size).toBeLessThanOrEqual(MAX_TRANSACTION_BYTES);
  }
  market.close();
});

const done = async <Result>(outcome: Promise<WriteOutcome<Result>>): Promise<Result> => executedResult(await outcome);

/** The market's sources as their next version: only the number of the version differs. */
const nextVersion = async (shipped: ShippedPackages, deployment: Deployment) => {
  const sources = Object.fromEntries(
    Object.entries(readPackage(findPackage('atoma'), false)).map(([path, text]) => [
      path,
      text.replace('const VERSION: u64 = 1;', 'const VERSION: u64 = 2;'),
    ]),
  );
  const { ownAddress, dependencies } = findPackage('atoma');
  const compiled = await compileSources({ name: 'atoma', sources, addresses: { atoma: ownAddress }, dependencies });
  const modules = compiled.modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')));
  const next = { ...shipped.atoma, modules, dependencies: compiled.dependencies };
  return linkPackage(next, shipped.toma, deployment.tomaPackageId ?? '');
};

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const upgrade = async (publisher: Atoma): Promise<string> => {
  const { deployment } = publisher;
  const next = await nextVersion(await shippedPackages(), deployment);
  const ran = await runStep(publisher, 'atoma', (tx: Transaction) => {
    const cap = tx.object(deployment.upgradeCapId ?? '');
    const ticket = tx.moveCall({
      target: '0x2::package::authorize_upgrade',
      arguments: [cap, tx.pure.u8(0), tx.pure.vector('u8', [...next.digest])],
    });
    const receipt = tx.upgrade({
      modules: next.modules.map(base64),
      dependencies: [...next.dependencies],
      package: deployment.packageId,
      ticket,
    });
    tx.moveCall({ target: '0x2::package::commit_upgrade', arguments: [cap, receipt] });
  });
  return publishedPackage(ran);
};

test('an upgrade: the old version works until migrate and is refused after it, open stacks live on', async () => {
  const market = await openTestMarket('upgrade to version 2');
  const old = market.publisher;
  const refusedVersion = { kind: 'failed', failure: { kind: 'abort', name: 'EWrongVersion' } };
  await done(faucet(old, { amount: 500_000_000_000n }));
  await done(createTask(old, { role: 0, securityLevel: 0 }));
  await done(registerNode(old, {}));
  await done(topUpCollateral(old, { amount: 90_000_000_000n }));
  const offer = { taskSmallId: 1, pricePerComputeUnit: 100, maxNumComputeUnits: 1_000_000 };
  await done(subscribeNodeToTask(old, offer));
  const purchase = { taskSmallId: 1, numComputeUnits: 1_000_000, pricePerComputeUnit: 100 };
  const { stackSmallId } = await done(acquireStack(old, purchase));

  const packageId = await upgrade(old);
  const deployment: Deployment = { ...market.deployment, packageId, version: 2 };
  const signer = old.signer;
  if (!signer) return expect.fail('the publisher cannot sign');
  const fresh = createAtoma({ client: market.client, deployment, signer });

  // Before migrate the database belongs to version 1.
  expect(await acquireStack(fresh, purchase)).toMatchObject(refusedVersion);
  await done(acquireStack(old, purchase));
  expect(await migrate(old, {})).toMatchObject({ failure: { name: 'EAlreadyMigrated' } });

  expect(await done(migrate(fresh, {}))).toEqual({ oldVersion: 1n, newVersion: 2n });
  expect((await getConfig(fresh)).version).toBe(2n);
  expect(await migrate(fresh, {})).toMatchObject({ failure: { name: 'EAlreadyMigrated' } });

  // After it every entry of version 1 is refused, and version 2 goes on where it stopped.
  expect(await acquireStack(old, purchase)).toMatchObject(refusedVersion);
  expect(await createTask(old, { role: 0 })).toMatchObject(refusedVersion);
  const hash = new Uint8Array(32).fill(1);
  const settlement = { stackSmallId, numClaimedComputeUnits: 5, committedStackProof: hash, stackMerkleLeaf: hash };
  expect(await trySettleStack(old, settlement)).toMatchObject(refusedVersion);
  await done(trySettleStack(fresh, settlement));
  market.nextEpoch(2);
  expect(await done(claimFunds(fresh, { stackSmallIds: [stackSmallId] }))).toMatchObject({ totalFee: 500n });
  await expect(getStack(fresh, { stackSmallId })).rejects.toMatchObject({ code: 'SDK_STACK_NOT_FOUND' });
  const { events } = await listEvents(fresh, { kind: 'StackCreatedEvent' });
  expect(events.length).toBe(2);
  market.close();
});
