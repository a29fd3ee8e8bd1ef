/// A counter that everybody may raise.
module hello::hello;

use std::string::String;
use sui::event;

/// The counter stands at zero already.
const ENotZero: u64 = 3;

public struct HELLO has drop {}
public struct Counter has key, store { id: UID, value: u64, name: String }
public struct Made has copy, drop { by: address }

fun init(_witness: HELLO, ctx: &mut TxContext) {
    transfer::share_object(Counter { id: object::new(ctx), value: 0, name: b"first".to_string() });
    event::emit(Made { by: ctx.sender() });
}

public fun bump(counter: &mut Counter) { counter.value = counter.value + 1 }
public fun value(counter: &Counter): u64 { counter.value }
public fun reset(counter: &mut Counter) { assert!(counter.value != 0, ENotZero); counter.value = 0 }

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) { init(HELLO {}, ctx) }
