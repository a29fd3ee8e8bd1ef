/// Values attached to an object under names chosen at run time.
module sui::dynamic_field;

/// There is a field of this name already.
const EFieldAlreadyExists: u64 = 0;
#[allow(unused_const)]
const EFieldDoesNotExist: u64 = 1;
#[allow(unused_const)]
/// The field has a value of another type.
const EFieldTypeMismatch: u64 = 2;
#[allow(unused_const)]
const EBCSSerializationFailure: u64 = 3;
#[allow(unused_const)]
const ESharedObjectOperationNotSupported: u64 = 4;

/// The object that stores one field; its id is a hash of the parent, the name and the name's type.
public struct Field<Name: copy + drop + store, Value: store> has key {
    id: UID,
    name: Name,
    value: Value,
}

public fun add<Name: copy + drop + store, Value: store>(object: &mut UID, name: Name, value: Value) {
    let object_addr = object.to_address();
    let hash = hash_type_and_key(object_addr, name);
    assert!(!has_child_object(object_addr, hash), EFieldAlreadyExists);
    add_child_object(object_addr, Field { id: object::new_uid_from_hash(hash), name, value })
}

public fun borrow<Name: copy + drop + store, Value: store>(object: &UID, name: Name): &Value {
    let hash = hash_type_and_key(object.to_address(), name);
    let field = borrow_child_object<Field<Name, Value>>(object, hash);
    &field.value
}

public fun borrow_mut<Name: copy + drop + store, Value: store>(object: &mut UID, name: Name): &mut Value {
    let hash = hash_type_and_key(object.to_address(), name);
    let field = borrow_child_object_mut<Field<Name, Value>>(object, hash);
    &mut field.value
}

public fun remove<Name: copy + drop + store, Value: store>(object: &mut UID, name: Name): Value {
    let object_addr = object.to_address();
    let hash = hash_type_and_key(object_addr, name);
    let Field { id, name: _, value } = remove_child_object<Field<Name, Value>>(object_addr, hash);
    id.delete();
    value
}

/// Whether there is a field of this name, whatever its value's type.
public fun exists_<Name: copy + drop + store>(object: &UID, name: Name): bool {
    let object_addr = object.to_address();
    has_child_object(object_addr, hash_type_and_key(object_addr, name))
}

public fun remove_if_exists<Name: copy + drop + store, Value: store>(
    object: &mut UID,
    name: Name,
): Option<Value> {
    if (exists_(object, name)) option::some(remove(object, name)) else option::none()
}

public fun exists_with_type<Name: copy + drop + store, Value: store>(object: &UID, name: Name): bool {
    let object_addr = object.to_address();
    has_child_object_with_ty<Field<Name, Value>>(object_addr, hash_type_and_key(object_addr, name))
}

/// For fields whose value is the id of an object: (the field's UID, that id).
public(package) fun field_info<Name: copy + drop + store>(object: &UID, name: Name): (&UID, address) {
    let hash = hash_type_and_key(object.to_address(), name);
    let Field { id, name: _, value } = borrow_child_object<Field<Name, ID>>(object, hash);
    (id, value.to_address())
}

public(package) fun field_info_mut<Name: copy + drop + store>(
    object: &mut UID,
    name: Name,
): (&mut UID, address) {
    let hash = hash_type_and_key(object.to_address(), name);
    let Field { id, name: _, value } = borrow_child_object_mut<Field<Name, ID>>(object, hash);
    (id, value.to_address())
}

/// BLAKE2b-256 of 0xf0, the parent, the length of the name's BCS (u64), that BCS, and the BCS of the name's type tag.
public(package) native fun hash_type_and_key<K: copy + drop + store>(parent: address, k: K): address;

public(package) native fun add_child_object<Child: key>(parent: address, child: Child);

public(package) native fun borrow_child_object<Child: key>(object: &UID, id: address): &Child;

public(package) native fun borrow_child_object_mut<Child: key>(object: &mut UID, id: address): &mut Child;

public(package) native fun remove_child_object<Child: key>(parent: address, id: address): Child;

public(package) native fun has_child_object(parent: address, id: address): bool;

public(package) native fun has_child_object_with_ty<Child: key>(parent: address, id: address): bool;
