/// Everything the ledger's tests exercise: ownership, wrapping, fields, events, receiving, hot potatoes, randomness.
module demo::things;

use sui::clock::Clock;
use sui::coin::{Self, Coin};
use sui::dynamic_field as field;
use sui::dynamic_object_field as object_field;
use sui::event;
use sui::random::{Random, new_generator};
use sui::sui::SUI;
use sui::transfer::Receiving;

#[error]
const ETooLarge: vector<u8> = b"The value is too large";

public struct Thing has key, store { id: UID, value: u64 }
public struct Badge has key { id: UID, value: u64 }
public struct Box has key, store { id: UID, thing: Thing }
public struct Counter has key, store { id: UID, count: u64 }
public struct Note has copy, drop, store { text: std::string::String }
public struct Potato { value: u64 }
public struct Made has copy, drop { id: ID, value: u64 }
public struct Rolled has copy, drop { value: u64, again: u64 }

public fun make(value: u64, ctx: &mut TxContext): Thing {
    let thing = Thing { id: object::new(ctx), value };
    event::emit(Made { id: object::id(&thing), value });
    thing
}

public fun set(thing: &mut Thing, value: u64) {
    assert!(value < 1000, ETooLarge);
    thing.value = value;
}

public fun add(a: &Thing, b: &Thing): u64 { a.value + b.value }
public fun swap(a: &mut Thing, b: &mut Thing) { let v = a.value; a.value = b.value; b.value = v; }
public fun burn(thing: Thing): u64 { let Thing { id, value } = thing; id.delete(); value }
public fun make_badge(value: u64, ctx: &mut TxContext) { transfer::transfer(Badge { id: object::new(ctx), value }, ctx.sender()) }
public fun give_badge(badge: Badge, to: address) { transfer::transfer(badge, to) }
public fun freeze_it(thing: Thing) { transfer::public_freeze_object(thing) }

public fun wrap(thing: Thing, ctx: &mut TxContext): Box { Box { id: object::new(ctx), thing } }
public fun unwrap(box: Box): Thing { let Box { id, thing } = box; id.delete(); thing }
public fun burn_box(box: Box) { let Box { id, thing } = box; id.delete(); burn(thing); }

public fun share(ctx: &mut TxContext) { transfer::share_object(Counter { id: object::new(ctx), count: 0 }) }
public fun share_thing(thing: Thing) { transfer::public_share_object(thing) }
public fun make_counter(ctx: &mut TxContext): Counter { Counter { id: object::new(ctx), count: 0 } }
public fun increment(counter: &mut Counter) { counter.count = counter.count + 1 }
public fun count(counter: &Counter): u64 { counter.count }
public fun reshare(counter: Counter) { transfer::share_object(counter) }
public fun delete_counter(counter: Counter) { let Counter { id, count: _ } = counter; id.delete() }
public fun keep(counter: Counter, to: address) { transfer::public_transfer(counter, to) }
public fun freeze_counter(counter: Counter) { transfer::public_freeze_object(counter) }

public fun add_field(counter: &mut Counter, name: u64, value: u64) { field::add(&mut counter.id, name, value) }
public fun set_field(counter: &mut Counter, name: u64, value: u64) { *field::borrow_mut(&mut counter.id, name) = value }
public fun read_field(counter: &Counter, name: u64): u64 { *field::borrow(&counter.id, name) }
public fun remove_field(counter: &mut Counter, name: u64): u64 { field::remove(&mut counter.id, name) }
public fun attach(counter: &mut Counter, name: u64, thing: Thing) { object_field::add(&mut counter.id, name, thing) }
public fun set_attached(counter: &mut Counter, name: u64, value: u64) {
    object_field::borrow_mut<u64, Thing>(&mut counter.id, name).value = value
}
public fun detach(counter: &mut Counter, name: u64): Thing { object_field::remove(&mut counter.id, name) }

public fun receive(parent: &mut Counter, ticket: Receiving<Thing>): Thing { transfer::public_receive(&mut parent.id, ticket) }

public fun cook(value: u64): Potato { Potato { value } }
public fun eat(potato: Potato): u64 { let Potato { value } = potato; value }
public fun warm(_: &Potato, value: u64): u64 { value }
public fun note(text: std::string::String): Note { Note { text } }
public fun read_note(note: Note): std::string::String { note.text }
public fun bump(value: &mut u64) { *value = *value + 1 }
public fun total(values: vector<u64>): u64 { values.fold!(0, |sum, value| sum + value) }
public fun burn_all(things: vector<Thing>) { things.destroy!(|thing| { burn(thing); }) }
public fun lend(thing: &Thing): &u64 { &thing.value }
entry fun private_entry(value: u64) { assert!(value < 1000, ETooLarge) }
fun hidden(value: u64): u64 { value + 1 }
public fun call_hidden(value: u64): u64 { hidden(value) }
public fun generic<T: copy + drop>(value: T): T { value }
public fun option_sum(value: Option<u64>): u64 { value.destroy_or!(0) }

public fun now(clock: &Clock): u64 { clock.timestamp_ms() }
entry fun roll(random: &Random, ctx: &mut TxContext) {
    let mut generator = new_generator(random, ctx);
    event::emit(Rolled { value: generator.generate_u64(), again: generator.generate_u64() });
}
entry fun roll_and_keep(random: &Random, ctx: &mut TxContext): Thing {
    let mut generator = new_generator(random, ctx);
    Thing { id: object::new(ctx), value: generator.generate_u64() % 1000 }
}

public fun pay(coin: &mut Coin<SUI>, amount: u64, ctx: &mut TxContext): Coin<SUI> { coin::split(coin, amount, ctx) }
public fun overflow(value: u64): u64 { value + 18446744073709551615 }
public fun spin() { loop {} }
public fun plain_abort() { abort 42 }
