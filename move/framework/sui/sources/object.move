/// Identity of objects.
module sui::object;

use sui::address;

// Methods of ids.
public use fun id_to_address as ID.to_address;
public use fun id_to_bytes as ID.to_bytes;
public use fun uid_as_inner as UID.as_inner;
public use fun uid_to_inner as UID.to_inner;
public use fun uid_to_address as UID.to_address;
public use fun uid_to_bytes as UID.to_bytes;

const SUI_SYSTEM_STATE_OBJECT_ID: address = @0x5;
const SUI_CLOCK_OBJECT_ID: address = @0x6;
const SUI_AUTHENTICATOR_STATE_ID: address = @0x7;
const SUI_RANDOM_ID: address = @0x8;
const SUI_COIN_REGISTRY_OBJECT_ID: address = @0xc;
const SUI_DENY_LIST_OBJECT_ID: address = @0x403;
const SUI_ACCUMULATOR_ROOT_OBJECT_ID: address = @0xacc;

/// The caller is not the system.
const ENotSystemAddress: u64 = 0;

/// Refers to an object; may be copied.
public struct ID has copy, drop, store {
    bytes: address,
}

/// Identity of one object: first field of every `key` struct, never copied.
public struct UID has store {
    id: ID,
}

public fun id_to_bytes(id: &ID): vector<u8> {
    id.bytes.to_bytes()
}

public fun id_to_address(id: &ID): address {
    id.bytes
}

public fun id_from_bytes(bytes: vector<u8>): ID {
    address::from_bytes(bytes).to_id()
}

public fun id_from_address(bytes: address): ID {
    ID { bytes }
}

#[allow(unused_function)]
fun sui_system_state(ctx: &TxContext): UID {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    UID { id: ID { bytes: SUI_SYSTEM_STATE_OBJECT_ID } }
}

public(package) fun clock(): UID {
    UID { id: ID { bytes: SUI_CLOCK_OBJECT_ID } }
}

public(package) fun authenticator_state(): UID {
    UID { id: ID { bytes: SUI_AUTHENTICATOR_STATE_ID } }
}

public(package) fun randomness_state(): UID {
    UID { id: ID { bytes: SUI_RANDOM_ID } }
}

public(package) fun sui_deny_list_object_id(): UID {
    UID { id: ID { bytes: SUI_DENY_LIST_OBJECT_ID } }
}

public(package) fun sui_accumulator_root_object_id(): UID {
    UID { id: ID { bytes: SUI_ACCUMULATOR_ROOT_OBJECT_ID } }
}

public(package) fun sui_accumulator_root_address(): address {
    SUI_ACCUMULATOR_ROOT_OBJECT_ID
}

public(package) fun sui_coin_registry_object_id(): UID {
    UID { id: ID { bytes: SUI_COIN_REGISTRY_OBJECT_ID } }
}

public(package) fun sui_coin_registry_address(): address {
    SUI_COIN_REGISTRY_OBJECT_ID
}

public fun uid_as_inner(uid: &UID): &ID {
    &uid.id
}

public fun uid_to_inner(uid: &UID): ID {
    uid.id
}

public fun uid_to_bytes(uid: &UID): vector<u8> {
    uid.id.bytes.to_bytes()
}

public fun uid_to_address(uid: &UID): address {
    uid.id.bytes
}

/// A fresh identity, derived from the transaction digest and a counter.
public fun new(ctx: &mut TxContext): UID {
    UID { id: ID { bytes: ctx.fresh_object_address() } }
}

public fun delete(id: UID) {
    let UID { id: ID { bytes } } = id;
    delete_impl(bytes)
}

public fun id<T: key>(obj: &T): ID {
    borrow_uid(obj).id
}

public fun borrow_id<T: key>(obj: &T): &ID {
    &borrow_uid(obj).id
}

public fun id_bytes<T: key>(obj: &T): vector<u8> {
    borrow_uid(obj).id.bytes.to_bytes()
}

public fun id_address<T: key>(obj: &T): address {
    borrow_uid(obj).id.bytes
}

native fun borrow_uid<T: key>(obj: &T): &UID;

/// For identities that are hashes of something else, such as dynamic fields.
public(package) fun new_uid_from_hash(bytes: address): UID {
    record_new_uid(bytes);
    UID { id: ID { bytes } }
}

native fun delete_impl(id: address);
native fun record_new_uid(id: address);

#[test_only]
public fun last_created(ctx: &TxContext): ID {
    ID { bytes: ctx.last_created_object_id() }
}
