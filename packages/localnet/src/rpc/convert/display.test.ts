import { SuiGrpcClient } from '@mysten/sui/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, embeddedTransport, type Ledger, openLedger } from '../../index.ts';
import { compileDemo, createdBy, newAccount, packageIn, send } from '../../testing/fixture.ts';

const HERO = `
module demo::hero;

use std::string::String;
use sui::display;
use sui::package;

public struct HERO has drop {}
public struct Look has store { image: String, tags: vector<u8> }
public struct Hero has key, store { id: UID, name: String, level: u64, alive: bool, look: Look, title: Option<String> }

fun init(witness: HERO, ctx: &mut TxContext) {
    let publisher = package::claim(witness, ctx);
    let names = vector[b"name", b"link", b"image", b"title", b"plain", b"wrong", b"own", b"tags"].map!(|one| one.to_string());
    let templates = vector[
        b"{name}, level {level}, {alive}", b"https://example.org/{id}", b"ipfs://{look.image}", b"Sir {title}",
        b"\\\\{name\\\\}", b"{nothing}", b"{constructor.name}", b"{look}",
    ].map!(|one| one.to_string());
    let mut shown = display::new_with_fields<Hero>(&publisher, names, templates, ctx);
    shown.update_version();
    shown.add(b"later".to_string(), b"not shown yet".to_string());
    transfer::public_transfer(shown, ctx.sender());
    transfer::public_transfer(publisher, ctx.sender());
}

public fun hero(ctx: &mut TxContext): Hero {
    let look = Look { image: b"abc".to_string(), tags: vector[1] };
    Hero { id: object::new(ctx), name: b"Ada".to_string(), level: 7, alive: true, look, title: option::none() }
}
`;

let ledger: Ledger;
beforeAll(async () => {
  ledger = await openLedger({ seed: 'display', clock: 'logical' });
});
afterAll(() => closeLedger(ledger));

test('the client is given the templates of the newest version, filled in; what cannot be is an error of its field', async () => {
  const alice = newAccount(ledger, 1);
  const { modules, dependencies } = await compileDemo({ 'sources/hero.move': HERO });
  const published = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.publish({ modules: [...modules], dependencies: [...dependencies] })], alice.toSuiAddress());
  });
  const made = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.moveCall({ target: `${packageIn(published)}::hero::hero` })], alice.toSuiAddress());
  });
  const client = new SuiGrpcClient({ network: 'localnet', transport: embeddedTransport(ledger) });
  const objectId = `0x${createdBy(ledger, made, '::Hero')[0]?.id}`;
  const { object } = await client.getObject({ objectId, include: { display: true } });
  expect(object.display?.output).toEqual({
    name: 'Ada, level 7, true',
    link: `https://example.org/${objectId}`,
    image: 'ipfs://abc',
    title: 'Sir ',
    plain: '{name}',
  });
  expect(object.display?.errors).toEqual({
    wrong: 'Field nothing does not exist',
    own: 'Field constructor.name does not exist',
    tags: 'Field look is no single value',
  });
  const clock = await client.getObject({ objectId: '0x6', include: { display: true } });
  expect(clock.object.display).toBeNull();
});
