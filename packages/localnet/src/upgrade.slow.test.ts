import { bcs } from '@mysten/sui/bcs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeLedger,
  executeTransaction,
  getObject,
  getPackage,
  ledgerVm,
  listEvents,
  listPackageVersions,
  type MovePackage,
  objectBcs,
  type StoredObject,
  simulateTransaction,
  type TransactionRecord,
} from './index.ts';
import {
  buildTransaction,
  compileDemo,
  createdBy,
  type Demo,
  demoSources,
  openDemo,
  packageIn,
  send,
  signBy,
  simulate,
} from './testing/fixture.ts';

let d: Demo;
let cap: string;
beforeAll(async () => {
  d = await openDemo();
  cap = (createdBy(d.ledger, d.published, 'UpgradeCap')[0] as StoredObject).id;
});
afterAll(() => closeLedger(d.ledger));

const changed = (edit: (text: string) => string): Record<string, string> => {
  const sources = demoSources();
  return { ...sources, 'sources/things.move': edit(sources['sources/things.move'] as string) };
};

interface UpgradeOptions {
  readonly policy?: number;
  readonly digest?: readonly number[];
  readonly package?: string;
}

/** Upgrades `from` to the sources by way of authorize, Upgrade, commit. */
const upgrade = async (
  from: string,
  sources: Record<string, string>,
  options: UpgradeOptions = {},
): Promise<TransactionRecord> => {
  const compiled = await compileDemo(sources);
  const digest = options.digest ?? [...Buffer.from(compiled.digest, 'hex')];
  return send(d.ledger, d.alice, (tx, { object }) => {
    const holder = object(cap);
    const policy = tx.pure.u8(options.policy ?? 0);
    const ticket = tx.moveCall({
      target: '0x2::package::authorize_upgrade',
      arguments: [holder, policy, tx.pure.vector('u8', [...digest])],
    });
    const receipt = tx.upgrade({
      modules: [...compiled.modules],
      dependencies: [...compiled.dependencies],
      package: options.package ?? from,
      ticket,
    });
    tx.moveCall({ target: '0x2::package::commit_upgrade', arguments: [holder, receipt] });
  });
};

const upgradeError = (record: TransactionRecord): string => {
  const status = record.effects.error?.status as { PackageUpgradeError?: { upgradeError: object } };
  return Object.keys(status.PackageUpgradeError?.upgradeError ?? status)[0] as string;
};

const added = (text: string): string =>
  `${text.replace('public struct Potato { value: u64 }', 'public struct Potato { value: u64 }\npublic struct Fresh has copy, drop { value: u64 }')}
   public fun version(): u64 { 2 }
   public fun announce() { event::emit(Fresh { value: 1 }) }`;

test('refused: other digest, other package, changed layout, missing function, unknown policy', async () => {
  expect(upgradeError(await upgrade(d.demo, changed(added), { digest: new Array(32).fill(1) }))).toBe(
    'DigestDoesNotMatch',
  );
  expect(upgradeError(await upgrade(d.demo, changed(added), { package: '0x2' }))).toBe('PackageIDDoesNotMatch');
  const layout = changed((text) =>
    text
      .replace('struct Note has copy, drop, store { text', 'struct Note has copy, drop, store { more: u8, text')
      .replace('Note { text }\n', 'Note { more: 0, text }\n')
      .replace('{ Note { text } }', '{ Note { more: 0, text } }'),
  );
  expect(upgradeError(await upgrade(d.demo, layout))).toBe('IncompatibleUpgrade');
  const missing = changed((text) => text.replace('public fun call_hidden(value: u64): u64 { hidden(value) }', ''));
  expect(upgradeError(await upgrade(d.demo, missing))).toBe('IncompatibleUpgrade');
  expect(upgradeError(await upgrade(d.demo, changed(added), { policy: 128 }))).toBe('IncompatibleUpgrade');
  expect(getObject(d.ledger, cap)?.owner.kind).toBe('address');
});

test('old types and objects stay, new code and types come, under a new id', async () => {
  const made = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }));
  const counter = (createdBy(d.ledger, made, '::Counter')[0] as StoredObject).id;
  const record = await upgrade(d.demo, changed(added));
  expect(record.effects.error).toBeNull();
  const next = packageIn(record);
  const pkg = getPackage(d.ledger, next) as MovePackage;
  expect([pkg.version, `0x${pkg.originalId}`]).toEqual([2, d.demo]);
  expect(listPackageVersions(d.ledger, next)).toEqual([
    { storageId: d.demo.slice(2), version: 1 },
    { storageId: next.slice(2), version: 2 },
  ]);
  const object = getObject(d.ledger, next) as StoredObject;
  expect(bcs.Object.serialize(bcs.Object.parse(objectBcs(object))).toBytes()).toEqual(objectBcs(object));
  const effects = bcs.TransactionEffects.parse(record.effectsBcs);
  expect(bcs.TransactionEffects.serialize(effects).toBytes()).toEqual(record.effectsBcs);

  const seen = await simulate(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({ target: `${next}::things::version` });
    tx.moveCall({ target: `${next}::things::increment`, arguments: [object(counter)] });
    tx.moveCall({ target: `${d.demo}::things::count`, arguments: [object(counter)] });
  });
  expect(seen.effects.error).toBeNull();
  expect(bcs.u64().parse(seen.commandOutputs[0]?.returnValues[0]?.bcs as Uint8Array)).toBe('2');
  expect(bcs.u64().parse(seen.commandOutputs[2]?.returnValues[0]?.bcs as Uint8Array)).toBe('1');
  const old = await simulate(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::version` }));
  expect(old.effects.error?.status).toEqual({ FunctionNotFound: true });

  const thing = await send(d.ledger, d.alice, (tx) => {
    tx.transferObjects(
      [tx.moveCall({ target: `${next}::things::make`, arguments: [tx.pure.u64(3)] })],
      d.alice.toSuiAddress(),
    );
    tx.moveCall({ target: `${next}::things::announce` });
  });
  expect(createdBy(d.ledger, thing, '::Thing')[0]?.type).toBe(`${d.demo}::things::Thing`);
  expect(thing.events.map((event) => [event.type, `0x${event.packageId}`])).toEqual([
    [`${d.demo}::things::Made`, next],
    [`${next}::things::Fresh`, next],
  ]);
  const found = listEvents(d.ledger, {
    limit: 10,
    filter: { type: `${d.demo}::things::Made`, module: { package: next } },
  });
  expect(found.map((event) => event.transaction)).toEqual([thing.digest]);
  expect(ledgerVm(d.ledger).datatypeInfo(next.slice(2), 'things', 'Fresh')?.definingId).toBe(next.slice(2));
});

test('an abort after an upgrade names the storage id of the code', async () => {
  const [, second] = listPackageVersions(d.ledger, d.demo);
  const failed = await send(
    d.ledger,
    d.alice,
    (tx) => void tx.moveCall({ target: `0x${second?.storageId}::things::plain_abort` }),
  );
  expect(failed.effects.error?.abort).toMatchObject({
    package: second?.storageId,
    code: 42n,
    functionName: 'plain_abort',
  });
});

test('publishing: addresses, rubbish, missing dependencies', async () => {
  const { modules, dependencies } = await compileDemo();
  const publish = (list: readonly string[] | readonly number[][], needed: readonly string[]) =>
    send(d.ledger, d.alice, (tx) => {
      tx.transferObjects(
        [tx.publish({ modules: [...list] as string[], dependencies: [...needed] })],
        d.alice.toSuiAddress(),
      );
    }).then((record) => Object.keys(record.effects.error?.status ?? { success: 1 })[0]);
  expect(await publish(modules, dependencies)).toBe('success');
  expect(await publish(modules, dependencies.slice(0, 1))).toBe('PublishUpgradeMissingDependency');
  expect(await publish([[1, 2, 3]], dependencies)).toBe('VMVerificationOrDeserializationError');
  const published = getPackage(d.ledger, d.demo) as MovePackage;
  const elsewhere = [...published.modules.values()].map((bytes) => Buffer.from(bytes).toString('base64'));
  expect(await publish(elsewhere, dependencies)).toBe('PublishErrorNonZeroAddress');
  expect(await publish([...modules, modules[0] as string], dependencies)).toBe('VMVerificationOrDeserializationError');
});

test('calls link to the versions that package and type arguments ask for, or are refused', async () => {
  const versions = listPackageVersions(d.ledger, d.demo);
  const [first, latest] = [d.demo, `0x${versions.at(-1)?.storageId}`];
  expect(versions.length).toBeGreaterThan(1);
  const call = async (target: string, type: string) => {
    const { effects } = await simulate(d.ledger, d.alice, (tx) => {
      tx.moveCall({ target, typeArguments: [type], arguments: [tx.pure.u8(1)] });
    });
    return Object.keys(effects.error?.status ?? { Success: true })[0];
  };
  // `generic<T: copy + drop>(T)` of the first version, with a type a later one added: two versions of one package.
  expect(await call(`${first}::things::generic`, `${latest}::things::Fresh`)).toBe('InvalidLinkage');
  expect(await call(`${latest}::things::generic`, 'u8')).toBe('Success');
});

test('a dependency may be listed twice, not at two versions', async () => {
  const { modules, dependencies } = await compileDemo();
  const [first, latest] = [d.demo, `0x${listPackageVersions(d.ledger, d.demo).at(-1)?.storageId}`];
  const publishing = async (more: readonly string[]) => {
    const { effects } = await simulate(d.ledger, d.bob, (tx) => {
      const cap = tx.publish({ modules: [...modules], dependencies: [...dependencies, ...more] });
      tx.transferObjects([cap], d.bob.toSuiAddress());
    });
    return Object.keys(effects.error?.status ?? { Success: true })[0];
  };
  expect(await publishing([dependencies[0] as string])).toBe('Success');
  expect(await publishing([first, latest])).toBe('InvalidLinkage');
});

test('a package that was only simulated leaves no types behind; published, they are there', async () => {
  const { modules, dependencies } = await compileDemo(
    changed((text) => `${text}\n public struct Ghost has copy, drop {}`),
  );
  const bytes = await buildTransaction(d.ledger, d.bob, (tx) => {
    tx.transferObjects([tx.publish({ modules: [...modules], dependencies: [...dependencies] })], d.bob.toSuiAddress());
  });
  const simulated = simulateTransaction(d.ledger, { transaction: bytes, checks: 'enabled' });
  expect(simulated.effects.error).toBeNull();
  const id = simulated.outputObjects.find((object) => object.type === 'package')?.id;
  const use = async () => {
    const { effects } = await simulate(d.ledger, d.alice, (tx) => {
      tx.moveCall({ target: '0x1::vector::empty', typeArguments: [`0x${id}::things::Ghost`] });
    });
    return Object.keys(effects.error?.status ?? { Success: true });
  };
  await expect(use()).rejects.toMatchObject({ code: 'LEDGER_PACKAGE_NOT_FOUND' });
  const published = executeTransaction(d.ledger, bytes, [await signBy(d.bob, bytes)]);
  expect(packageIn(published)).toBe(`0x${id}`);
  expect(published.effects).toEqual(simulated.effects);
  expect(await use()).toEqual(['Success']);
});
