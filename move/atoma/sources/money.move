/// Arithmetic on TOMA amounts (base units) and the only two ways money crosses the border of the market:
/// `take` from a buyer's coin, `send` to an address.
module atoma::money;

use sui::balance::Balance;
use sui::coin::{Self, Coin};
use toma::toma::TOMA;

#[error]
const EAmountTooLarge: vector<u8> = b"The amount does not fit into 64 bits: lower the price or the number of units";
#[error]
const EInsufficientFunds: vector<u8> = b"The coin holds less TOMA than this call needs";

const MAX_U64: u128 = 18_446_744_073_709_551_615;
const PERMILLE: u128 = 1_000;

/// a * b.
public(package) fun product(a: u64, b: u64): u64 { narrow((a as u128) * (b as u128)) }

/// a + b.
public(package) fun sum(a: u64, b: u64): u64 { narrow((a as u128) + (b as u128)) }

/// floor(amount * permille / 1000).
public(package) fun permille_floor(amount: u64, permille: u64): u64 {
    narrow((amount as u128) * (permille as u128) / PERMILLE)
}

/// ceil(amount * permille / 1000).
public(package) fun permille_ceil(amount: u64, permille: u64): u64 {
    narrow(((amount as u128) * (permille as u128) + PERMILLE - 1) / PERMILLE)
}

/// Half, rounded up.
public(package) fun half(amount: u64): u64 { amount - amount / 2 }

/// a + b, stopping at the largest u64. For counters that must never block a payment.
public(package) fun saturating_sum(a: u64, b: u64): u64 {
    let total = (a as u128) + (b as u128);
    if (total > MAX_U64) (MAX_U64 as u64) else (total as u64)
}

/// Splits exactly `amount` off the coin.
public(package) fun take(coin: &mut Coin<TOMA>, amount: u64): Balance<TOMA> {
    assert!(coin.value() >= amount, EInsufficientFunds);
    coin.balance_mut().split(amount)
}

/// Pays everything in `funds` to `recipient`; nothing is sent when it is empty.
public(package) fun send(funds: Balance<TOMA>, recipient: address, ctx: &mut TxContext) {
    if (funds.value() == 0) funds.destroy_zero()
    else transfer::public_transfer(coin::from_balance(funds, ctx), recipient)
}

fun narrow(value: u128): u64 {
    assert!(value <= MAX_U64, EAmountTooLarge);
    value as u64
}
