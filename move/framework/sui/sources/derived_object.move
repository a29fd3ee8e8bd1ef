/// Objects whose ids follow from a parent and a key.
module sui::derived_object;

use sui::dynamic_field as df;

#[error(code = 0)]
const EObjectAlreadyExists: vector<u8> = b"Derived object is already claimed.";

/// Marks an id as taken, in a dynamic field of the parent.
public struct Claimed(ID) has copy, drop, store;

/// Keeps derived ids apart from those of dynamic fields.
public struct DerivedObjectKey<K: copy + drop + store>(K) has copy, drop, store;

public enum ClaimedStatus has store {
    /// Claimed, and it cannot be claimed again.
    Reserved,
}

/// The derived id, once per key.
public fun claim<K: copy + drop + store>(parent: &mut UID, key: K): UID {
    let addr = derive_address(parent.to_inner(), key);
    let id = addr.to_id();
    assert!(!df::exists_(parent, Claimed(id)), EObjectAlreadyExists);
    let uid = object::new_uid_from_hash(addr);
    df::add(parent, Claimed(id), ClaimedStatus::Reserved);
    uid
}

/// Whether the key was claimed, also if the object is gone since.
public fun exists<K: copy + drop + store>(parent: &UID, key: K): bool {
    let addr = derive_address(parent.to_inner(), key);
    df::exists_(parent, Claimed(addr.to_id()))
}

public fun derive_address<K: copy + drop + store>(parent: ID, key: K): address {
    df::hash_type_and_key(parent.to_address(), DerivedObjectKey(key))
}
