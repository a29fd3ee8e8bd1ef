#[test_only]
module sui::versioned_tests;

use std::unit_test::{assert_eq, destroy};
use sui::borrow;
use sui::derived_object;
use sui::dynamic_field as df;
use sui::versioned;

public struct Thing has key, store { id: UID, n: u64 }

#[test]
fun versions() {
    let ctx = &mut tx_context::dummy();
    let mut v = versioned::create(1, 10u64, ctx);
    assert_eq!(v.version(), 1);
    *v.load_value_mut() = 11u64;
    assert_eq!(*v.load_value(), 11u64);
    let (old, cap) = v.remove_value_for_upgrade<u64>();
    v.upgrade(3, vector[old], cap);
    assert_eq!(v.version(), 3);
    assert_eq!(*v.load_value(), vector[11u64]);
    assert_eq!(v.destroy(), vector[11u64]);
}

#[test, expected_failure(abort_code = 0, location = sui::versioned)]
fun versions_must_grow() {
    let mut v = versioned::create(2, 10u64, &mut tx_context::dummy());
    let (old, cap) = v.remove_value_for_upgrade<u64>();
    v.upgrade(2, old, cap);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::versioned)]
fun capability_of_another_value() {
    let ctx = &mut tx_context::dummy();
    let (mut v, mut w) = (versioned::create(1, 10u64, ctx), versioned::create(1, 10u64, ctx));
    let (old, cap) = v.remove_value_for_upgrade<u64>();
    w.upgrade(2, old, cap);
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun value_of_another_type() {
    let v = versioned::create(1, 10u64, &mut tx_context::dummy());
    v.load_value<u8>();
    abort 42
}

#[test]
fun lending() {
    let ctx = &mut tx_context::dummy();
    let mut r = borrow::new(Thing { id: object::new(ctx), n: 1 }, ctx);
    let (mut thing, promise) = r.borrow();
    thing.n = 2;
    r.put_back(thing, promise);
    let Thing { id, n } = r.destroy();
    assert_eq!(n, 2);
    id.delete();
}

#[test, expected_failure(abort_code = 1, location = sui::borrow)]
fun another_object_given_back() {
    let ctx = &mut tx_context::dummy();
    let mut r = borrow::new(Thing { id: object::new(ctx), n: 1 }, ctx);
    let (thing, promise) = r.borrow();
    r.put_back(Thing { id: object::new(ctx), n: 2 }, promise);
    destroy(thing);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::borrow)]
fun promise_of_another_referent() {
    let ctx = &mut tx_context::dummy();
    let mut a = borrow::new(Thing { id: object::new(ctx), n: 1 }, ctx);
    let mut b = borrow::new(Thing { id: object::new(ctx), n: 2 }, ctx);
    let (thing, promise) = a.borrow();
    b.put_back(thing, promise);
    abort 42
}

#[test]
fun derived_ids() {
    let mut parent = object::new_uid_from_hash(@0xaa);
    let expected = derived_object::derive_address(@0xaa.to_id(), 7u64);
    assert!(expected != df::hash_type_and_key(@0xaa, 7u64));
    assert!(!derived_object::exists(&parent, 7u64));
    let child = derived_object::claim(&mut parent, 7u64);
    assert_eq!(child.to_address(), expected);
    assert!(derived_object::exists(&parent, 7u64) && !derived_object::exists(&parent, 8u64));
    assert!(df::exists_(&parent, 7u64) == false);
    child.delete();
    // Once claimed, for ever.
    assert!(derived_object::exists(&parent, 7u64));
    parent.delete();
}

#[test, expected_failure(abort_code = sui::derived_object::EObjectAlreadyExists)]
fun derived_id_twice() {
    let mut parent = object::new(&mut tx_context::dummy());
    derived_object::claim(&mut parent, 7u64).delete();
    derived_object::claim(&mut parent, 7u64).delete();
    abort 42
}
