/// Funds that addresses own without an object: sent to an accumulator, taken out by a withdrawal.
module sui::funds_accumulator;

use sui::accumulator;

public use fun withdrawal_owner as Withdrawal.owner;
public use fun withdrawal_limit as Withdrawal.limit;
public use fun withdrawal_split as Withdrawal.split;
public use fun withdrawal_join as Withdrawal.join;

/// The limits add up to more than a u256.
const EOverflow: u64 = 0;
#[error(code = 1)]
const EInvalidSubLimit: vector<u8> = b"The part is larger than what is left of the withdrawal";
#[error(code = 2)]
const EOwnerMismatch: vector<u8> = b"The withdrawals have different owners";

/// The right to take up to `limit` of `T` out of the funds of `owner`.
public struct Withdrawal<phantom T: store> has drop {
    owner: address,
    limit: u256,
}

public fun withdrawal_owner<T: store>(withdrawal: &Withdrawal<T>): address {
    withdrawal.owner
}

public fun withdrawal_limit<T: store>(withdrawal: &Withdrawal<T>): u256 {
    withdrawal.limit
}

/// Takes a part of the right out of it.
public fun withdrawal_split<T: store>(withdrawal: &mut Withdrawal<T>, sub_limit: u256): Withdrawal<T> {
    assert!(sub_limit <= withdrawal.limit, EInvalidSubLimit);
    withdrawal.limit = withdrawal.limit - sub_limit;
    Withdrawal { owner: withdrawal.owner, limit: sub_limit }
}

/// Puts two rights of one owner together.
public fun withdrawal_join<T: store>(withdrawal: &mut Withdrawal<T>, other: Withdrawal<T>) {
    assert!(withdrawal.owner == other.owner, EOwnerMismatch);
    assert!(other.limit <= std::u256::max_value!() - withdrawal.limit, EOverflow);
    withdrawal.limit = withdrawal.limit + other.limit;
}

/// Takes the whole of the withdrawal.
public(package) fun redeem<T: store>(withdrawal: Withdrawal<T>): T {
    let Withdrawal { owner, limit } = withdrawal;
    withdraw_from_accumulator_address(accumulator::accumulator_address<T>(owner), owner, limit)
}

/// Adds `value` to the funds of `recipient`.
public(package) fun add_impl<T: store>(value: T, recipient: address) {
    add_to_accumulator_address(accumulator::accumulator_address<T>(recipient), recipient, value)
}

native fun add_to_accumulator_address<T: store>(accumulator: address, recipient: address, value: T);
native fun withdraw_from_accumulator_address<T: store>(accumulator: address, owner: address, value: u256): T;
