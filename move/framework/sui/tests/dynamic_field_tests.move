#[test_only]
module sui::dynamic_field_tests;

use std::unit_test::assert_eq;
use sui::dynamic_field as df;
use sui::dynamic_object_field as dof;

public struct Thing has key, store { id: UID, n: u64 }
public struct Other has key, store { id: UID }

#[test]
fun ids_depend_on_parent_name_and_type() {
    let ids = vector[
        df::hash_type_and_key(@0xaa, 7u64),
        df::hash_type_and_key(@0xaa, 8u64),
        df::hash_type_and_key(@0xab, 7u64),
        df::hash_type_and_key(@0xaa, b"abc"),
        df::hash_type_and_key(@0xaa, b"abc".to_string()),
        df::hash_type_and_key(@0xaa, b"abc".to_ascii_string()),
    ];
    ids.length().do!(|i| i.do!(|j| assert!(ids[i] != ids[j])));
    assert_eq!(df::hash_type_and_key(@0xaa, 7u64), ids[0]);
}

#[test]
fun values_of_many_types() {
    let mut ctx = tx_context::dummy();
    let mut id = object::new(&mut ctx);
    df::add(&mut id, 1u64, b"one");
    df::add(&mut id, 1u8, 11u256);
    df::add(&mut id, b"name".to_string(), true);
    assert_eq!(*df::borrow<u64, vector<u8>>(&id, 1), b"one");
    df::borrow_mut<u64, vector<u8>>(&mut id, 1).push_back(33);
    assert_eq!(*df::borrow<u64, vector<u8>>(&id, 1), b"one!");
    assert!(df::exists_(&id, 1u64) && df::exists_(&id, 1u8) && !df::exists_(&id, 1u16));
    assert!(df::exists_with_type<u64, vector<u8>>(&id, 1) && !df::exists_with_type<u64, bool>(&id, 1));
    assert_eq!(df::remove<u8, u256>(&mut id, 1), 11);
    assert_eq!(df::remove_if_exists<u8, u256>(&mut id, 1), option::none());
    assert_eq!(df::remove_if_exists<u64, vector<u8>>(&mut id, 1), option::some(b"one!"));
    assert!(!df::exists_(&id, 1u64));
    // The name is free again, for a value of another type too.
    df::add(&mut id, 1u64, 5u16);
    assert_eq!(*df::borrow(&id, 1u64), 5u16);
    id.delete();
}

#[test, expected_failure(abort_code = 0, location = sui::dynamic_field)]
fun the_name_is_taken() {
    let mut id = object::new(&mut tx_context::dummy());
    df::add(&mut id, 1u64, 1u8);
    df::add(&mut id, 1u64, b"another type");
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::dynamic_field)]
fun borrow_what_is_not_there() {
    let id = object::new(&mut tx_context::dummy());
    df::borrow<u64, u8>(&id, 1);
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::dynamic_field)]
fun remove_what_is_not_there() {
    let mut id = object::new(&mut tx_context::dummy());
    df::remove<u64, u8>(&mut id, 1);
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun borrow_as_another_type() {
    let mut id = object::new(&mut tx_context::dummy());
    df::add(&mut id, 1u64, 1u8);
    df::borrow_mut<u64, bool>(&mut id, 1);
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun remove_as_another_type() {
    let mut id = object::new(&mut tx_context::dummy());
    df::add(&mut id, 1u64, 1u8);
    df::remove<u64, bool>(&mut id, 1);
    abort 42
}

#[test]
fun object_fields() {
    let mut ctx = tx_context::dummy();
    let mut id = object::new(&mut ctx);
    let thing = Thing { id: object::new(&mut ctx), n: 5 };
    let thing_id = object::id(&thing);
    dof::add(&mut id, 1u64, thing);
    // A plain field of the same name lives beside it.
    df::add(&mut id, 1u64, 9u8);
    assert!(dof::exists_(&id, 1u64) && !dof::exists_(&id, 2u64));
    assert!(dof::exists_with_type<u64, Thing>(&id, 1) && !dof::exists_with_type<u64, Other>(&id, 1));
    assert!(!dof::exists_with_type<u64, Thing>(&id, 2));
    assert_eq!(dof::id(&id, 1u64), option::some(thing_id));
    assert_eq!(dof::id(&id, 2u64), option::none());
    assert_eq!(dof::borrow<u64, Thing>(&id, 1).n, 5);
    dof::borrow_mut<u64, Thing>(&mut id, 1).n = 6;
    let Thing { id: inner, n } = dof::remove(&mut id, 1u64);
    assert_eq!(inner.to_inner(), thing_id);
    assert_eq!(n, 6);
    assert!(!dof::exists_(&id, 1u64) && df::exists_(&id, 1u64));
    inner.delete();
    id.delete();
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun borrow_object_as_another_type() {
    let mut ctx = tx_context::dummy();
    let mut id = object::new(&mut ctx);
    dof::add(&mut id, 1u64, Other { id: object::new(&mut ctx) });
    dof::borrow<u64, Thing>(&id, 1);
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::dynamic_field)]
fun remove_object_that_is_not_there() {
    let mut id = object::new(&mut tx_context::dummy());
    let _thing: Thing = dof::remove(&mut id, 1u64);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::dynamic_field)]
fun the_object_name_is_taken() {
    let mut ctx = tx_context::dummy();
    let mut id = object::new(&mut ctx);
    dof::add(&mut id, 1u64, Other { id: object::new(&mut ctx) });
    dof::add(&mut id, 1u64, Other { id: object::new(&mut ctx) });
    abort 42
}
