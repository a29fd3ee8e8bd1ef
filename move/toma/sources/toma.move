/// TOMA, the coin of the Atoma market (9 decimals, amounts in base units: 1 TOMA = 10^9), and its test faucet.
/// The treasury cap goes to the publisher. Moving it into the shared `Faucet` turns free minting on; moving it
/// out turns it off. On a network of value the cap is simply never moved in.
module toma::toma;

use sui::coin::{Self, TreasuryCap};
use sui::event;
use sui::table::{Self, Table};

/// 1,000 TOMA: what one call, and one address in one epoch, may take.
const FAUCET_LIMIT: u64 = 1_000_000_000_000;
const DECIMALS: u8 = 9;
const MAX_SUPPLY: u64 = 18_446_744_073_709_551_614;

#[error]
const EFaucetDisabled: vector<u8> = b"The TOMA faucet is switched off on this network";
#[error]
const EFaucetAlreadyEnabled: vector<u8> = b"The faucet already holds a treasury cap";
#[error]
const ENotFaucetOwner: vector<u8> = b"Only the address that switched the faucet on may switch it off";
#[error]
const EZeroAmount: vector<u8> = b"Ask the faucet for at least one base unit";
#[error]
const EFaucetLimitExceeded: vector<u8> = b"The faucet gives at most 1,000 TOMA per call and per address and epoch";
#[error]
const ESupplyExhausted: vector<u8> = b"The supply of TOMA cannot grow any further";

/// One-time witness and coin type.
public struct TOMA has drop {}

/// The shared test faucet. `cap` is present while the faucet is on.
public struct Faucet has key {
    id: UID,
    cap: Option<TreasuryCap<TOMA>>,
    /// Who switched the faucet on, and so who gets the cap back.
    owner: address,
    grants: Table<address, Grant>,
}

/// What one address took in the epoch of its last request.
public struct Grant has copy, drop, store {
    epoch: u64,
    amount: u64,
}

/// Emitted once, at publication.
public struct TomaPublishedEvent has copy, drop {
    faucet: ID,
    treasury_cap: ID,
}

public struct FaucetEvent has copy, drop {
    recipient: address,
    amount: u64,
    epoch: u64,
}

public struct FaucetSwitchedEvent has copy, drop {
    enabled: bool,
    owner: address,
}

#[allow(deprecated_usage)]
fun init(witness: TOMA, ctx: &mut TxContext) {
    let (cap, metadata) = coin::create_currency(
        witness,
        DECIMALS,
        b"TOMA",
        b"Atoma",
        b"The coin of the Atoma network",
        option::none(),
        ctx,
    );
    transfer::public_freeze_object(metadata);
    let faucet = Faucet {
        id: object::new(ctx),
        cap: option::none(),
        owner: ctx.sender(),
        grants: table::new(ctx),
    };
    event::emit(TomaPublishedEvent { faucet: object::id(&faucet), treasury_cap: object::id(&cap) });
    transfer::share_object(faucet);
    transfer::public_transfer(cap, ctx.sender());
}

/// Mints `amount` base units of TOMA to the sender.
#[allow(lint(self_transfer))]
public fun faucet(faucet: &mut Faucet, amount: u64, ctx: &mut TxContext) {
    assert!(faucet.cap.is_some(), EFaucetDisabled);
    assert!(amount > 0, EZeroAmount);
    assert!(amount <= FAUCET_LIMIT - faucet.granted(ctx.sender(), ctx.epoch()), EFaucetLimitExceeded);
    faucet.record(amount, ctx);
    let cap = faucet.cap.borrow_mut();
    assert!(cap.total_supply() <= MAX_SUPPLY - amount, ESupplyExhausted);
    transfer::public_transfer(cap.mint(amount, ctx), ctx.sender());
    event::emit(FaucetEvent { recipient: ctx.sender(), amount, epoch: ctx.epoch() });
}

/// Switches the faucet on by moving the treasury cap into it.
public fun enable_faucet(faucet: &mut Faucet, cap: TreasuryCap<TOMA>, ctx: &TxContext) {
    assert!(faucet.cap.is_none(), EFaucetAlreadyEnabled);
    faucet.cap.fill(cap);
    faucet.owner = ctx.sender();
    event::emit(FaucetSwitchedEvent { enabled: true, owner: ctx.sender() });
}

/// Switches the faucet off; the treasury cap returns to the address that switched it on.
#[allow(lint(self_transfer))]
public fun disable_faucet(faucet: &mut Faucet, ctx: &TxContext) {
    assert!(faucet.cap.is_some(), EFaucetDisabled);
    assert!(faucet.owner == ctx.sender(), ENotFaucetOwner);
    transfer::public_transfer(faucet.cap.extract(), ctx.sender());
    event::emit(FaucetSwitchedEvent { enabled: false, owner: ctx.sender() });
}

public fun is_enabled(faucet: &Faucet): bool { faucet.cap.is_some() }

/// Base units `who` has taken in `epoch`.
public fun granted(faucet: &Faucet, who: address, epoch: u64): u64 {
    if (!faucet.grants.contains(who)) return 0;
    let grant = faucet.grants[who];
    if (grant.epoch == epoch) grant.amount else 0
}

fun record(faucet: &mut Faucet, amount: u64, ctx: &TxContext) {
    let (who, epoch) = (ctx.sender(), ctx.epoch());
    let total = faucet.granted(who, epoch) + amount;
    if (faucet.grants.contains(who)) { faucet.grants.remove(who); };
    faucet.grants.add(who, Grant { epoch, amount: total });
}

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) { init(TOMA {}, ctx) }
