/// A currency made by `init` from its one-time witness.
module demo::money;

use sui::coin::{Self, TreasuryCap};

public struct MONEY has drop {}
public struct Started has copy, drop { by: address }

#[allow(deprecated_usage)]
fun init(witness: MONEY, ctx: &mut TxContext) {
    let (treasury, metadata) = coin::create_currency(witness, 6, b"MONEY", b"Money", b"For tests", option::none(), ctx);
    sui::event::emit(Started { by: ctx.sender() });
    transfer::public_freeze_object(metadata);
    transfer::public_transfer(treasury, ctx.sender())
}

public fun mint(treasury: &mut TreasuryCap<MONEY>, amount: u64, to: address, ctx: &mut TxContext) {
    coin::mint_and_transfer(treasury, amount, to, ctx)
}
