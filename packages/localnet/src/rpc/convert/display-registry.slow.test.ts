import { SuiGrpcClient } from '@mysten/sui/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileSources } from '../../../../../tools/move/src/index.ts';
import { findPackage, readPackage } from '../../../../../tools/move/src/packages.ts';
import frameworkFile from '../../generated/framework.json' with { type: 'json' };
import { closeLedger, embeddedTransport, type Ledger, openLedger } from '../../index.ts';
import { readModule } from '../../internal/bytecode.ts';
import { compileDemo, createdBy, newAccount, packageIn, send } from '../../testing/fixture.ts';
import { fillRegistered } from './display-registry.ts';

/** The registry as Sui's framework declares it, with what the test calls. */
const REGISTRY = `
module sui::display_registry;

use std::string::String;
use sui::derived_object;
use sui::package::Publisher;
use sui::vec_map::{Self, VecMap};

public struct DisplayRegistry has key { id: UID }
public struct Display<phantom T> has key { id: UID, fields: VecMap<String, String>, cap_id: Option<ID> }
public struct DisplayCap<phantom T> has key, store { id: UID }
public struct DisplayKey<phantom T>() has copy, drop, store;

public fun new_with_publisher<T>(registry: &mut DisplayRegistry, publisher: &mut Publisher, ctx: &mut TxContext): (Display<T>, DisplayCap<T>) {
    assert!(publisher.from_package<T>());
    let cap = DisplayCap<T> { id: object::new(ctx) };
    let id = derived_object::claim(&mut registry.id, DisplayKey<T>());
    (Display { id, fields: vec_map::empty(), cap_id: option::some(cap.id.to_inner()) }, cap)
}
public fun set<T>(display: &mut Display<T>, _: &DisplayCap<T>, name: String, value: String) { display.fields.insert(name, value) }
public fun share<T>(display: Display<T>) { transfer::share_object(display) }
`;

const HERO = `
module demo::hero;

use std::string::String;
use sui::{display, package};

public struct HERO has drop {}
public struct Look has store { image: String }
public struct Hero has key, store { id: UID, name: String, level: u64, look: Look, title: Option<String> }

fun init(witness: HERO, ctx: &mut TxContext) {
    let publisher = package::claim(witness, ctx);
    let mut old = display::new_with_fields<Hero>(&publisher, vector[b"old".to_string()], vector[b"{name}".to_string()], ctx);
    old.update_version();
    transfer::public_transfer(old, ctx.sender());
    transfer::public_transfer(publisher, ctx.sender());
}

public fun hero(ctx: &mut TxContext): Hero {
    Hero { id: object::new(ctx), name: b"Ada".to_string(), level: 7, look: Look { image: b"abc".to_string() }, title: option::none() }
}
`;

const moduleName = (module: string): string => {
  const outline = readModule(Buffer.from(module, 'base64'));
  if ('bcsFault' in outline) throw Error(outline.bcsFault);
  return outline.name;
};

let ledger: Ledger;
beforeAll(async () => {
  const sui = await compileSources({
    name: 'sui',
    sources: { ...readPackage(findPackage('sui'), false), 'sources/display_registry.move': REGISTRY },
    addresses: { sui: '0x2' },
    dependencies: ['std'],
  });
  const framework = frameworkFile.packages.map((pkg) =>
    pkg.name === 'sui'
      ? { ...pkg, modules: Object.fromEntries(sui.modules.map((module) => [moduleName(module), module])) }
      : pkg,
  );
  ledger = await openLedger({ seed: 'registry', clock: 'logical', framework });
});
afterAll(() => closeLedger(ledger));

test('objects are shown by the registry of a framework that has one', async () => {
  const alice = newAccount(ledger, 1);
  const me = alice.toSuiAddress();
  const { modules, dependencies } = await compileDemo({ 'sources/hero.move': HERO });
  const published = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.publish({ modules: [...modules], dependencies: [...dependencies] })], me);
  });
  const demo = packageIn(published);
  const made = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.moveCall({ target: `${demo}::hero::hero` })], me);
  });
  const objectId = `0x${createdBy(ledger, made, '::Hero')[0]?.id}`;
  const client = new SuiGrpcClient({ network: 'localnet', transport: embeddedTransport(ledger) });
  const shown = async () => (await client.getObject({ objectId, include: { display: true } })).object.display;
  expect((await shown())?.output).toEqual({ old: 'Ada' });

  const publisher = `0x${createdBy(ledger, published, '::Publisher')[0]?.id}`;
  const templates = {
    name: '{name} {{level {level}}}',
    title: '{title | look.image}',
    none: '{title}!',
    rest: '{name:hex}',
  };
  await send(ledger, alice, (tx, { object }) => {
    const typeArguments = [`${demo}::hero::Hero`];
    const registry = '0x2::display_registry';
    const [display, cap] = tx.moveCall({
      target: `${registry}::new_with_publisher`,
      typeArguments,
      arguments: [object('0xd'), object(publisher)],
    });
    for (const [name, value] of Object.entries(templates))
      tx.moveCall({
        target: `${registry}::set`,
        typeArguments,
        arguments: [display!, cap!, tx.pure.string(name), tx.pure.string(value)],
      });
    tx.moveCall({ target: `${registry}::share`, typeArguments, arguments: [display!] });
    tx.transferObjects([cap!], me);
  });
  const display = await shown();
  expect(display?.output).toEqual({ name: 'Ada {level 7}', title: 'abc', none: null });
  expect(display?.errors).toEqual({ rest: 'This ledger fills in fields alone, not {name:hex}' });
});

const object = {
  kind: {
    oneofKind: 'structValue' as const,
    structValue: { fields: { a: { kind: { oneofKind: 'boolValue' as const, boolValue: true } } } },
  },
};
test.each([
  ['plain', 'plain'],
  ['{a}{ a : str }', 'truetrue'],
  ['{{a}}', '{a}'],
  ['{b|a}', 'true'],
  ['x{b}', null],
  ['{a.b}', null],
  ['{constructor | toString.name | __proto__}', null],
])('registered templates: %s', (template, text) => {
  expect(fillRegistered(template, object)).toEqual({ text });
});
test.each(['{a', 'a}', '{}', '{a->[1]}', '{a[0]}', '{a:json}', '{a:str:str}', '{"a"}', '{$self}', '{a|}', '{1}'])(
  'registered templates that are refused: %s',
  (template) => {
    expect(fillRegistered(template, object)).toHaveProperty('fault');
  },
);
