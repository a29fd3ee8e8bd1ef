/// Amounts of a currency without an id of their own.
module sui::balance;

public use fun supply_value as Supply.value;
public use fun sui::coin::from_balance as Balance.into_coin;

/// The balance to destroy is not zero.
const ENonZero: u64 = 0;
/// The supply would pass the greatest u64, or fall below zero.
const EOverflow: u64 = 1;
/// The balance is smaller than the amount to take.
const ENotEnough: u64 = 2;

/// All units of `T` that exist.
public struct Supply<phantom T> has store {
    value: u64,
}

/// Units of `T`.
public struct Balance<phantom T> has store {
    value: u64,
}

public fun value<T>(self: &Balance<T>): u64 {
    self.value
}

public fun supply_value<T>(supply: &Supply<T>): u64 {
    supply.value
}

/// The module that has the witness decides about the supply.
public fun create_supply<T: drop>(_: T): Supply<T> {
    Supply { value: 0 }
}

public(package) fun create_supply_internal<T>(): Supply<T> {
    Supply { value: 0 }
}

public fun increase_supply<T>(self: &mut Supply<T>, value: u64): Balance<T> {
    assert!(value < (18446744073709551615 - self.value), EOverflow);
    self.value = self.value + value;
    Balance { value }
}

public fun decrease_supply<T>(self: &mut Supply<T>, balance: Balance<T>): u64 {
    let Balance { value } = balance;
    assert!(self.value >= value, EOverflow);
    self.value = self.value - value;
    value
}

public fun zero<T>(): Balance<T> {
    Balance { value: 0 }
}

public fun join<T>(self: &mut Balance<T>, balance: Balance<T>): u64 {
    let Balance { value } = balance;
    self.value = self.value + value;
    self.value
}

public fun split<T>(self: &mut Balance<T>, value: u64): Balance<T> {
    assert!(self.value >= value, ENotEnough);
    self.value = self.value - value;
    Balance { value }
}

public fun withdraw_all<T>(self: &mut Balance<T>): Balance<T> {
    let value = self.value;
    split(self, value)
}

/// Adds the balance to the funds of an address.
public fun send_funds<T>(balance: Balance<T>, recipient: address) {
    sui::funds_accumulator::add_impl(balance, recipient)
}

/// Takes what a withdrawal allows out of the funds of its owner.
public fun redeem_funds<T>(withdrawal: sui::funds_accumulator::Withdrawal<Balance<T>>): Balance<T> {
    withdrawal.redeem()
}

public fun destroy_zero<T>(balance: Balance<T>) {
    assert!(balance.value == 0, ENonZero);
    let Balance { value: _ } = balance;
}

public(package) fun destroy_supply<T>(self: Supply<T>): u64 {
    let Supply { value } = self;
    value
}

#[test_only]
public fun create_for_testing<T>(value: u64): Balance<T> {
    Balance { value }
}

#[test_only]
public fun destroy_for_testing<T>(self: Balance<T>): u64 {
    let Balance { value } = self;
    value
}

#[test_only]
public fun create_supply_for_testing<T>(): Supply<T> {
    Supply { value: 0 }
}
