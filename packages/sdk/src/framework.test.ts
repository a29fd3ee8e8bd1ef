/**
 * Both packages on framework files: the built-in framework in the two forms Sui keeps its own in, and the files of the folder
 * that `SUI_FRAMEWORK` names, such as those of a checkout of Sui.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readFramework } from '@atoma/localnet';
import { bcs } from '@mysten/sui/bcs';
import { afterAll, expect, test } from 'vitest';
import { verifyDeployment } from './deployment/verify.ts';
import { createTask, faucet, getBalances, getTask } from './index.ts';
import { openTestMarket } from './testing/market.ts';

interface BuiltIn {
  readonly packages: readonly {
    readonly id: string;
    readonly modules: Readonly<Record<string, string>>;
    readonly dependencies: readonly string[];
  }[];
}

const file = new URL('../../localnet/src/generated/framework.json', import.meta.url);
const { packages } = JSON.parse(readFileSync(file, 'utf8')) as BuiltIn;
const modulesAlone = bcs.vector(bcs.byteVector());
const snapshot = bcs.struct('SystemPackage', {
  id: bcs.Address,
  bytes: bcs.vector(bcs.byteVector()),
  dependencies: bcs.vector(bcs.Address),
});

const folders: string[] = [];
const folderOf = (encode: (pkg: BuiltIn['packages'][number], bytes: Buffer[]) => Uint8Array): string => {
  const folder = mkdtempSync(join(tmpdir(), 'framework-'));
  folders.push(folder);
  for (const pkg of packages) {
    const bytes = Object.values(pkg.modules).map((module) => Buffer.from(module, 'base64'));
    writeFileSync(join(folder, pkg.id), encode(pkg, bytes));
  }
  return folder;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

const given = process.env.SUI_FRAMEWORK;

test.each<readonly [form: string, folder: string]>([
  ['compiled packages', folderOf((_, bytes) => modulesAlone.serialize(bytes).toBytes())],
  ['snapshots', folderOf(({ id, dependencies }, bytes) => snapshot.serialize({ id, bytes, dependencies }).toBytes())],
  ...(given ? [['the files of SUI_FRAMEWORK', given] as const] : []),
])('the market is published, verified and used on %s', async (_form, folder) => {
  const market = await openTestMarket('framework', { framework: readFramework(folder) });
  const { checks } = await verifyDeployment(market);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  const actor = market.actor();
  await faucet(actor, { amount: 5_000n });
  expect((await getBalances(actor)).toma).toBe(5_000n);
  expect(await createTask(market.publisher, { role: 0 })).toMatchObject({
    kind: 'executed',
    result: { taskSmallId: 1n },
  });
  expect(await getTask(market.publisher, { taskSmallId: 1 })).toMatchObject({ role: 0 });
  market.close();
});
