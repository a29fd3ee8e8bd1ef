/** What each upgrade policy lets through: every row is one edit of a package, simulated under all three policies. */

import { blake2b256, toHex } from '@atoma/base';
import type { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileSources } from '../../../tools/move/src/index.ts';
import {
  closeLedger,
  getObject,
  type Ledger,
  openLedger,
  type Simulation,
  type StoredObject,
  type TransactionRecord,
} from './index.ts';
import { type ModuleOutline, readModule, withAddress } from './internal/bytecode.ts';
import { createdBy, newAccount, packageIn, send, simulate, type Tools } from './testing/fixture.ts';

const SHOP = `module demo::shop;

use demo::till;

const ELow: u64 = 3;

public struct Item has store { price: u64 }
public struct Shelf<phantom A, B: store> has store { item: B }
public enum Kind has copy, drop { Small, Large { size: u64 } }

public fun price(item: &Item): u64 { assert!(item.price > 1, ELow); item.price }
public fun same<T: drop>(_a: T, b: T): T { b }
public fun size(kind: &Kind): u64 { match (kind) { Kind::Small => 0, Kind::Large { size } => *size } }
public fun doubled(value: u64): u64 { twice(value) + till::fee() }
public(package) fun inner(): u64 { 1 }
public fun idle<T: drop>(_list: &vector<T>) {}
public fun of<T>(): u64 { 5 }
entry fun knock() {}
fun twice(value: u64): u64 { value * 2 }
public fun sum(list: vector<u64>): u64 { let mut all = 0; list.do!(|one| all = all + one); all }
`;
const TILL = `module demo::till;

public(package) fun fee(): u64 { 4 }
`;

const NEWS = `module demo::news;
public struct NEWS has drop {}
public struct Opened has copy, drop { by: address }
fun init(witness: NEWS, ctx: &mut TxContext) {
  assert!(sui::types::is_one_time_witness(&witness));
  sui::event::emit(Opened { by: ctx.sender() });
  sui::package::claim_and_keep(witness, ctx);
}
`;

type Sources = Readonly<Record<string, string>>;
const sources = (shop: string, more: Sources = {}): Record<string, string> => ({
  'sources/shop.move': shop,
  'sources/till.move': TILL,
  ...more,
});
const edited = (from: string, to: string): Record<string, string> => {
  expect(SHOP).toContain(from);
  return sources(SHOP.replace(from, to));
};
const added = (text: string): Record<string, string> => sources(`${SHOP}\n${text}`);

/** Edit, and whether compatible, additive and dependency-only upgrades may make it. */
type Row = readonly [
  edit: string,
  sources: () => Record<string, string>,
  compatible: boolean,
  additive: boolean,
  dependencies: boolean,
];
const rows: readonly Row[] = [
  ['nothing', () => sources(SHOP), true, true, true],
  [
    'functions in another order',
    () =>
      sources(
        SHOP.replace('entry fun knock() {}\n', '').replace(
          'public fun price',
          'entry fun knock() {}\npublic fun price',
        ),
      ),
    true,
    true,
    true,
  ],
  ['a function is new', () => added('public fun more(): u64 { 77 }'), true, true, false],
  ['a private function is new', () => added('fun more(): u64 { 77 }\nfun most(): u64 { more() }'), true, true, false],
  ['a struct is new', () => added('public struct Receipt has drop { paid: u64 }'), true, true, false],
  ['an enum is new', () => added('public enum Colour has drop { Red, Green }'), true, true, false],
  [
    'a module is new',
    () => sources(SHOP, { 'sources/new.move': 'module demo::new;\npublic fun one(): u64 { 1 }' }),
    true,
    true,
    false,
  ],
  [
    'a new module has an init',
    () => sources(SHOP, { 'sources/new.move': 'module demo::new;\nfun init(_: &mut TxContext) {}' }),
    true,
    true,
    false,
  ],
  [
    'an old module gets an init, which never runs',
    () => added('fun init(_: &mut TxContext) { abort }'),
    true,
    true,
    false,
  ],
  ['the body of a public function', () => edited('twice(value) +', 'twice(value) * 1 +'), true, false, false],
  ['the body of a private function', () => edited('value * 2', 'value + value'), true, false, false],
  ['the body of a function with a loop', () => edited('all = all + one', 'all = one + all + 0'), true, false, false],
  ['a match', () => edited('Kind::Small => 0', 'Kind::Small => 1'), true, false, false],
  ['the value of a constant', () => edited('ELow: u64 = 3', 'ELow: u64 = 9'), true, false, false],
  ['the callee', () => edited('twice(value) + till::fee()', 'twice(value) + inner()'), true, false, false],
  [
    'the signature of a private function',
    () =>
      sources(
        SHOP.replaceAll('twice(value)', 'twice(value, 1)').replace(
          'twice(value: u64)',
          'twice(value: u64, _more: u64)',
        ),
      ),
    true,
    false,
    false,
  ],
  [
    'the signature of a package function',
    () => edited('inner(): u64 { 1 }', 'inner(): bool { true }'),
    true,
    false,
    false,
  ],
  ['a package function is gone', () => edited('public(package) fun inner(): u64 { 1 }\n', ''), true, false, false],
  ['an entry function is gone', () => edited('entry fun knock() {}\n', ''), true, false, false],
  ['an entry function is public', () => edited('entry fun knock', 'public fun knock'), true, false, false],
  [
    'a public function asks for less',
    () => edited('public fun idle<T: drop>', 'public fun idle<T>'),
    true,
    false,
    false,
  ],
  ['a public function asks for more', () => edited('same<T: drop>', 'same<T: drop + copy>'), false, false, false],
  ['a public function loses a type parameter', () => edited('fun of<T>', 'fun of'), false, false, false],
  ['a public function has one more', () => edited('fun of<T>', 'fun of<T, U>'), false, false, false],
  [
    'a public function takes more',
    () => edited('price(item: &Item)', 'price(item: &Item, _more: u64)'),
    false,
    false,
    false,
  ],
  [
    'a public function gives something else',
    () => edited('size(kind: &Kind): u64', 'size(kind: &mut Kind): u64'),
    false,
    false,
    false,
  ],
  [
    'a public function is gone',
    () =>
      edited('public fun sum(list: vector<u64>): u64 { let mut all = 0; list.do!(|one| all = all + one); all }\n', ''),
    false,
    false,
    false,
  ],
  [
    'a public function is of the package',
    () => edited('public fun price', 'public(package) fun price'),
    false,
    false,
    false,
  ],
  [
    'a struct is gone',
    () => edited('public struct Shelf<phantom A, B: store> has store { item: B }\n', ''),
    false,
    false,
    false,
  ],
  ['a field is new', () => edited('price: u64 }', 'price: u64, weight: u64 }'), false, false, false],
  [
    'a field has another name',
    () =>
      sources(SHOP.replaceAll('Item has store { price', 'Item has store { cost').replaceAll('item.price', 'item.cost')),
    false,
    false,
    false,
  ],
  ['a field has another type', () => edited('{ item: B }', '{ item: vector<B> }'), false, false, false],
  ['an ability is new', () => edited('has store { item: B }', 'has store, drop { item: B }'), false, false, false],
  ['an ability is gone', () => edited('Kind has copy, drop', 'Kind has drop'), false, false, false],
  [
    'a type parameter is no longer phantom',
    () => edited('Shelf<phantom A, B: store>', 'Shelf<A, B: store>'),
    false,
    false,
    false,
  ],
  [
    'a type parameter asks for more',
    () => edited('phantom A, B: store', 'phantom A: drop, B: store'),
    false,
    false,
    false,
  ],
  [
    'a variant is new',
    () =>
      sources(
        SHOP.replace('Large { size: u64 } }', 'Large { size: u64 }, Huge }').replace(
          '=> *size }',
          '=> *size, Kind::Huge => 9 }',
        ),
      ),
    false,
    false,
    false,
  ],
  ['a variant has another name', () => sources(SHOP.replaceAll('Small', 'Tiny')), false, false, false],
  [
    'a module is gone',
    () => ({ 'sources/shop.move': SHOP.replace('use demo::till;', '').replace('till::fee()', '4') }),
    false,
    false,
    false,
  ],
];

/** A package's bytecode at address 0x0, and its digest. */
interface Compiled {
  readonly modules: readonly number[][];
  readonly dependencies: readonly string[];
  readonly digest: Uint8Array;
}

const long = (id: string): string => `0x${id.padStart(64, '0')}`;

const packed = (modules: readonly Uint8Array[]): Compiled => {
  const outlines = modules.map((bytes) => readModule(bytes) as ModuleOutline);
  const plain = modules.map((bytes, i) => withAddress(bytes, outlines[i] as ModuleOutline, '0'.repeat(64)));
  const usesSui = outlines.some((outline) => [...outline.dependencies].some((id) => long(id) === long('2')));
  const dependencies = usesSui ? [long('1'), long('2')] : [long('1')];
  const parts = [...plain.map((bytes) => toHex(blake2b256(bytes))), ...dependencies.map((id) => id.slice(2))].sort();
  return {
    modules: plain.map((bytes) => [...bytes]),
    dependencies,
    digest: blake2b256(Buffer.from(parts.join(''), 'hex')),
  };
};

/** Compiles many versions of the package in one go, each under an address of its own. */
const compileAll = async (versions: readonly Record<string, string>[]): Promise<readonly Compiled[]> => {
  const own = versions.map((_, k) => `v${k}`);
  const { modules } = await compileSources({
    name: 'demo',
    sources: Object.fromEntries(
      versions.flatMap((files, k) =>
        Object.entries(files).map(([name, text]) => [
          name.replace('sources/', `sources/v${k}_`),
          text.replaceAll('demo::', `v${k}::`),
        ]),
      ),
    ),
    addresses: Object.fromEntries(own.map((name, k) => [name, `0x${(0x1000 + k).toString(16)}`])),
  });
  const decoded = modules.map((module) => new Uint8Array(Buffer.from(module, 'base64')));
  return own.map((_, k) => {
    const address = long((0x1000 + k).toString(16)).slice(2);
    return packed(decoded.filter((bytes) => (readModule(bytes) as ModuleOutline).address === address));
  });
};

let versions: readonly Compiled[];
let ledger: Ledger;
let cap: string;
let packageId: string;
const account = () => newAccount(ledger, 1, 0n);

beforeAll(async () => {
  ledger = await openLedger({ seed: 'policies', clock: 'logical' });
  const alice = newAccount(ledger, 1);
  versions = await compileAll([
    ...rows.map(([, next]) => next()),
    sources(SHOP),
    sources(SHOP, { 'sources/news.move': NEWS }),
  ]);
  const { modules, dependencies } = versions[rows.length] as Compiled;
  const published = await send(ledger, alice, (tx) => {
    const made = tx.publish({ modules: [...modules], dependencies: [...dependencies] });
    tx.transferObjects([made], alice.toSuiAddress());
  });
  packageId = packageIn(published);
  cap = (createdBy(ledger, published, 'UpgradeCap')[0] as StoredObject).id;
});
afterAll(() => closeLedger(ledger));

const upgrading =
  (policy: number, { modules, dependencies, digest }: Compiled) =>
  (tx: Transaction, { object }: Tools): void => {
    const holder = object(cap);
    const ticket = tx.moveCall({
      target: '0x2::package::authorize_upgrade',
      arguments: [holder, tx.pure.u8(policy), tx.pure.vector('u8', [...digest])],
    });
    const receipt = tx.upgrade({
      modules: [...modules],
      dependencies: [...dependencies],
      package: packageId,
      ticket,
    });
    tx.moveCall({ target: '0x2::package::commit_upgrade', arguments: [holder, receipt] });
  };

/** True when the upgrade went through, false when the policy refused it. */
const verdict = ({ effects }: Simulation | TransactionRecord): boolean | string => {
  if (!effects.error) return true;
  const refused = { PackageUpgradeError: { upgradeError: { IncompatibleUpgrade: true } } };
  return JSON.stringify(effects.error.status) === JSON.stringify(refused) ? false : effects.error.description;
};

test.each(rows.map((row, k) => [...row, k] as const))('%s', async (_edit, _, compatible, additive, dependencies, k) => {
  const verdicts = [];
  for (const policy of [0, 128, 192])
    verdicts.push(verdict(await simulate(ledger, account(), upgrading(policy, versions[k] as Compiled))));
  expect(verdicts).toEqual([compatible, additive, dependencies]);
});

test('the init of a new module runs once, with its witness; the cap keeps the policy it was narrowed to', async () => {
  const next = versions.at(-1) as Compiled;
  const narrowed = await send(ledger, account(), (tx, { object }) => {
    tx.moveCall({ target: '0x2::package::only_additive_upgrades', arguments: [object(cap)] });
  });
  expect(narrowed.effects.error).toBeNull();
  const wide = await simulate(ledger, account(), upgrading(0, next));
  expect(wide.effects.error?.abort).toMatchObject({ module: 'package', functionName: 'authorize_upgrade', code: 1n });
  const record = await send(ledger, account(), upgrading(128, next));
  expect(record.effects.error).toBeNull();
  const upgraded = packageIn(record);
  expect(record.events.map((event) => event.type)).toEqual([`${upgraded}::news::Opened`]);
  expect(createdBy(ledger, record, '::Publisher')).toHaveLength(1);
  expect(getObject(ledger, cap)?.version).toBe(record.effects.lamportVersion);
  packageId = upgraded;
  const again = await send(ledger, account(), upgrading(128, next));
  expect([again.effects.error, again.events]).toEqual([null, []]);
});
