/// Amounts kept for addresses outside objects: the root object and the fields under it.
module sui::accumulator;

use sui::dynamic_field;

/// Only the system may do this.
const ENotSystemAddress: u64 = 0;

/// Its dynamic fields are what addresses own.
public struct AccumulatorRoot has key {
    id: UID,
}

/// Name of the field that holds what `address` owns of `T`.
public struct Key<phantom T> has copy, drop, store {
    address: address,
}

/// An amount.
public struct U128 has store {
    value: u128,
}

#[allow(unused_function)]
fun create(ctx: &TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    transfer::share_object(AccumulatorRoot { id: object::sui_accumulator_root_object_id() })
}

public(package) fun root_id(accumulator_root: &AccumulatorRoot): &UID {
    &accumulator_root.id
}

public(package) fun root_id_mut(accumulator_root: &mut AccumulatorRoot): &mut UID {
    &mut accumulator_root.id
}

public(package) fun accumulator_key<T>(address: address): Key<T> {
    Key { address }
}

/// Id of the field that holds what `address` owns of `T`.
public(package) fun accumulator_address<T>(address: address): address {
    dynamic_field::hash_type_and_key(object::sui_accumulator_root_address(), accumulator_key<T>(address))
}

public(package) fun create_u128(value: u128): U128 {
    U128 { value }
}

public(package) fun destroy_u128(u128: U128) {
    let U128 { value: _ } = u128;
}

public(package) fun update_u128(u128: &mut U128, merge: u128, split: u128) {
    u128.value = u128.value + merge - split;
}

public(package) fun is_zero_u128(u128: &U128): bool {
    u128.value == 0
}

public(package) fun root_has_accumulator<K, V: store>(accumulator_root: &AccumulatorRoot, name: Key<K>): bool {
    dynamic_field::exists_with_type<Key<K>, V>(&accumulator_root.id, name)
}

public(package) fun root_add_accumulator<K, V: store>(
    accumulator_root: &mut AccumulatorRoot,
    name: Key<K>,
    value: V,
) {
    dynamic_field::add(&mut accumulator_root.id, name, value)
}

public(package) fun root_borrow_accumulator_mut<K, V: store>(
    accumulator_root: &mut AccumulatorRoot,
    name: Key<K>,
): &mut V {
    dynamic_field::borrow_mut(&mut accumulator_root.id, name)
}

public(package) fun root_remove_accumulator<K, V: store>(accumulator_root: &mut AccumulatorRoot, name: Key<K>): V {
    dynamic_field::remove(&mut accumulator_root.id, name)
}

public(package) native fun emit_deposit_event<T>(accumulator: address, recipient: address, amount: u64);
public(package) native fun emit_withdraw_event<T>(accumulator: address, owner: address, amount: u64);
