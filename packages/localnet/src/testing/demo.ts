import { compileSources } from '../../../../tools/move/src/index.ts';

/** A package that uses what the RPC has to show: every kind of value, owners, fields, events, a coin, named aborts. */
const DEMO = `
module demo::demo;

use std::ascii;
use std::string::String;
use std::type_name::{Self, TypeName};
use sui::balance::{Self, Balance};
use sui::clock::Clock;
use sui::coin::Coin;
use sui::dynamic_field;
use sui::dynamic_object_field;
use sui::event;
use sui::sui::SUI;
use sui::transfer::Receiving;
use sui::url::{Self, Url};

#[error]
const ENotAllowed: vector<u8> = b"Only the owner may do this";

public struct Counter has key { id: UID, value: u64 }

public struct Incremented has copy, drop { by: address, value: u64 }

public struct Boxed<T: copy + drop> has copy, drop { inner: T }

public enum Color has copy, drop, store { Red, Custom { r: u8, g: u8, b: u8 } }

public struct Item has key, store {
    id: UID,
    name: String,
    code: ascii::String,
    link: Url,
    tags: vector<vector<u8>>,
    numbers: vector<u64>,
    color: Color,
    best: Option<u64>,
    worst: Option<u64>,
    small: u8,
    big: u256,
    flag: bool,
    owner: address,
    money: Balance<SUI>,
    kind: TypeName,
}

public fun create(ctx: &mut TxContext) {
    transfer::share_object(Counter { id: object::new(ctx), value: 0 });
}

public fun increment(counter: &mut Counter, ctx: &TxContext): u64 {
    counter.value = counter.value + 1;
    event::emit(Incremented { by: ctx.sender(), value: counter.value });
    counter.value
}

public fun box_event(value: u64) {
    event::emit(Boxed { inner: value });
    event::emit(Boxed { inner: value > 9 });
}

public fun read(counter: &Counter): u64 { counter.value }

public fun now(clock: &Clock): u64 { clock.timestamp_ms() }

public fun new_item(name: String, ctx: &mut TxContext): Item {
    Item {
        id: object::new(ctx),
        name,
        code: b"AB-1".to_ascii_string(),
        link: url::new_unsafe_from_bytes(b"https://example.com/x"),
        tags: vector[b"one", b"two"],
        numbers: vector[1, 18446744073709551615],
        color: Color::Custom { r: 1, g: 2, b: 255 },
        best: option::some(7),
        worst: option::none(),
        small: 200,
        big: 115792089237316195423570985008687907853269984665640564039457584007913129639935,
        flag: true,
        owner: ctx.sender(),
        money: balance::zero(),
        kind: type_name::with_defining_ids<SUI>(),
    }
}

public fun add_field(item: &mut Item, key: u64, value: bool) {
    dynamic_field::add(&mut item.id, key, value);
}

public fun add_child(item: &mut Item, key: u64, child: Item) {
    dynamic_object_field::add(&mut item.id, key, child);
}

public fun receive(item: &mut Item, ticket: Receiving<Coin<SUI>>): Coin<SUI> {
    transfer::public_receive(&mut item.id, ticket)
}

public fun peek(item: &Item): u8 { item.small }

public fun freeze_item(item: Item) { transfer::public_freeze_object(item); }

public fun fail() { abort ENotAllowed }

public fun fail_plainly() { assert!(false, 42) }

fun secret(): u64 { 42 }

public fun generic<T: copy + drop + store>(_value: T, _list: &vector<T>, _item: &mut Item): (u8, T) {
    abort 0
}
`;

const COIN = `
module demo::pearl;

use sui::coin;

public struct PEARL has drop {}

fun init(witness: PEARL, ctx: &mut TxContext) {
    let (mut cap, metadata) = coin::create_currency(
        witness, 6, b"PRL", b"Pearl", b"A coin of the tests", option::none(), ctx,
    );
    transfer::public_transfer(coin::mint(&mut cap, 1_000_000, ctx), ctx.sender());
    transfer::public_transfer(coin::mint(&mut cap, 250_000, ctx), ctx.sender());
    transfer::public_freeze_object(metadata);
    transfer::public_transfer(cap, ctx.sender());
}
`;

/** Modules (base64), dependencies and digest (hex) of the demo package, as Publish and Upgrade commands take them. */
export const compileDemo = async (): Promise<{ modules: string[]; dependencies: string[]; digest: string }> => {
  const { modules, dependencies, digest } = await compileSources({
    name: 'demo',
    sources: { 'sources/demo.move': DEMO, 'sources/pearl.move': COIN },
    addresses: { demo: '0x0' },
    dependencies: ['sui'],
  });
  return { modules: [...modules], dependencies: [...dependencies], digest };
};
