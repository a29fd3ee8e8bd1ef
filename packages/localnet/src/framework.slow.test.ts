/** Genesis from files in the two forms Sui keeps its framework in: compiled packages and snapshots. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bcs } from '@mysten/sui/bcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compilePackage, compileSources } from '../../../tools/move/src/index.ts';
import { closeLedger, getPackage, openLedger, readFramework, type StoredObject, stateDigest } from './index.ts';
import { createdBy, newAccount, openDemo, send, simulate } from './testing/fixture.ts';

const SYSTEM = `
module sui_system::sui_system;

use sui::sui::SUI;
use sui::coin::Coin;

native fun committee_size(): u64;

public fun validators(): u64 { committee_size() }
public fun worth(coin: &Coin<SUI>): u64 { coin.value() }
`;

let directory: string;
const compiled = bcs.vector(bcs.byteVector());
const snapshot = bcs.struct('SystemPackage', {
  id: bcs.Address,
  bytes: bcs.vector(bcs.byteVector()),
  dependencies: bcs.vector(bcs.Address),
});
const decoded = (modules: readonly string[]) => modules.map((module) => Buffer.from(module, 'base64'));
const write = (folder: string, name: string, modules: readonly string[]) =>
  writeFileSync(join(directory, folder, name), compiled.serialize(decoded(modules)).toBytes());
const writeSnapshot = (id: string, dependencies: readonly string[], modules: readonly string[], name = id) =>
  writeFileSync(
    join(directory, 'snapshots', name),
    snapshot.serialize({ id, bytes: decoded(modules), dependencies }).toBytes(),
  );

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'framework-'));
  for (const folder of ['whole', 'plain', 'alone', 'snapshots']) mkdirSync(join(directory, folder));
  const [std, sui] = [await compilePackage('std'), await compilePackage('sui')];
  const system = await compileSources({
    name: 'system',
    sources: { 'sources/sui_system.move': SYSTEM },
    addresses: { sui_system: '0x3' },
  });
  for (const folder of ['whole', 'plain']) {
    write(folder, 'move-stdlib', std.modules);
    write(folder, 'sui-framework', sui.modules);
  }
  writeSnapshot('0x1', [], std.modules);
  writeSnapshot('0x2', ['0x1'], sui.modules);
  write('whole', 'sui-system', system.modules);
  write('alone', 'sui-framework', sui.modules);
});
afterAll(() => rmSync(directory, { recursive: true }));

test('a ledger of those files runs contracts like the built-in one, to the same state', async () => {
  const digests: string[] = [];
  for (const framework of [undefined, ...['plain', 'snapshots'].map((name) => readFramework(join(directory, name)))]) {
    const d = await openDemo({ seed: 'framework', clock: 'logical', ...(framework ? { framework } : {}) });
    const made = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }));
    expect(createdBy(d.ledger, made, '::Counter')).toHaveLength(1);
    expect(getPackage(d.ledger, '0x2')?.linkage.size).toBe(1);
    digests.push(stateDigest(d.ledger));
    closeLedger(d.ledger);
  }
  expect(new Set(digests).size).toBe(1);
});

test('a native we do not have stops whoever calls it, by name, and nothing else', async () => {
  const ledger = await openLedger({
    seed: 'natives',
    clock: 'logical',
    framework: readFramework(join(directory, 'whole')),
  });
  const alice = newAccount(ledger, 1);
  const coin = (await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.splitCoins(tx.gas, [5])], alice.toSuiAddress());
  }).then((record) => createdBy(ledger, record)[0])) as StoredObject;
  const worth = await simulate(ledger, alice, (tx, { object }) => {
    tx.moveCall({ target: '0x3::sui_system::worth', arguments: [object(coin.id)] });
  });
  expect(bcs.u64().parse(worth.commandOutputs[0]?.returnValues[0]?.bcs as Uint8Array)).toBe('5');
  const { effects } = await send(ledger, alice, (tx) => {
    tx.moveCall({ target: '0x3::sui_system::validators' });
  });
  expect(effects.error?.command).toBe(0);
  expect(effects.error?.description).toContain('committee_size');
  closeLedger(ledger);
});

test('a file in neither form, or that says another id than its modules, is named', async () => {
  const { modules } = await compilePackage('std');
  for (const [folder, reason] of [
    ['broken', /0x1: neither a list of modules \(.*\) nor a snapshot/],
    ['other', /0x1: its modules have another address/],
  ] as const) {
    const path = join(directory, folder);
    mkdirSync(path);
    const bytes =
      folder === 'broken'
        ? Buffer.from('move')
        : snapshot.serialize({ id: '0x7', bytes: decoded(modules), dependencies: [] }).toBytes();
    writeFileSync(join(path, '0x1'), bytes);
    expect(() => readFramework(path)).toThrow(reason);
  }
});

test('what lies beside the packages is left alone, and links are followed', () => {
  const path = join(directory, 'beside');
  mkdirSync(join(path, 'docs'), { recursive: true });
  for (const name of ['.DS_Store', 'README.md', 'manifest.json']) writeFileSync(join(path, name), 'not a package');
  for (const id of ['0x1', '0x2']) symlinkSync(join(directory, 'snapshots', id), join(path, id));
  expect(readFramework(path)).toEqual(readFramework(join(directory, 'snapshots')));
});

test('a package in two files, or a module twice in one, is no framework', async () => {
  const { modules } = await compilePackage('std');
  const path = join(directory, 'twice');
  mkdirSync(path);
  write('twice', 'move-stdlib', modules);
  writeFileSync(
    join(path, '0x1'),
    snapshot.serialize({ id: '0x1', bytes: decoded(modules), dependencies: [] }).toBytes(),
  );
  expect(() => readFramework(path)).toThrow('move-stdlib: its package is in 0x1, too');
  rmSync(join(path, '0x1'));
  write('twice', 'move-stdlib', [...modules, modules[0] as string]);
  expect(() => readFramework(path)).toThrow('move-stdlib: two modules have one name');
});

test('a package whose dependency is missing makes no ledger', async () => {
  const framework = readFramework(join(directory, 'alone'));
  await expect(openLedger({ framework })).rejects.toMatchObject({ code: 'LEDGER_FRAMEWORK_BAD' });
  expect(() => readFramework(join(directory, 'nowhere'))).toThrow(
    expect.objectContaining({ code: 'LEDGER_FRAMEWORK_BAD' }),
  );
});
