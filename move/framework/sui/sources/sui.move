/// The coin that pays for gas. 1 SUI = 1,000,000,000 MIST.
module sui::sui;

use sui::balance::Balance;
use sui::coin;

/// The supply exists already.
const EAlreadyMinted: u64 = 0;
/// The caller is not the system.
const ENotSystemAddress: u64 = 1;

#[allow(unused_const)]
const MIST_PER_SUI: u64 = 1_000_000_000;
/// Ten billion SUI.
const TOTAL_SUPPLY_MIST: u64 = 10_000_000_000_000_000_000;

public struct SUI has drop {}

#[allow(unused_function)]
/// The whole supply, at genesis only.
fun new(ctx: &mut TxContext): Balance<SUI> {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    assert!(ctx.epoch() == 0, EAlreadyMinted);
    let (treasury, metadata) = coin::create_currency(SUI {}, 9, b"SUI", b"Sui", b"", option::none(), ctx);
    transfer::public_freeze_object(metadata);
    let mut supply = treasury.treasury_into_supply();
    let total_sui = supply.increase_supply(TOTAL_SUPPLY_MIST);
    supply.destroy_supply();
    total_sui
}

public entry fun transfer(c: coin::Coin<SUI>, recipient: address) {
    transfer::public_transfer(c, recipient)
}
