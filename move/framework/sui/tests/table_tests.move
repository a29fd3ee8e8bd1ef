#[test_only]
module sui::table_tests;

use std::unit_test::assert_eq;
use sui::bag;
use sui::object_bag;
use sui::object_table;
use sui::table;
use sui::table_vec;

public struct Thing has key, store { id: UID, n: u64 }
public struct Other has key, store { id: UID }

fun thing(n: u64, ctx: &mut TxContext): Thing {
    Thing { id: object::new(ctx), n }
}

fun discard(thing: Thing) {
    let Thing { id, n: _ } = thing;
    id.delete();
}

#[test]
fun table() {
    let ctx = &mut tx_context::dummy();
    let mut t = table::new<vector<u8>, u64>(ctx);
    assert!(t.is_empty());
    t.add(b"a", 1);
    t.add(b"b", 2);
    assert_eq!(t.length(), 2);
    assert!(t.contains(b"a") && !t.contains(b"c"));
    *&mut t[b"a"] = 10;
    *t.borrow_mut(b"b") = 20;
    assert_eq!(t[b"a"] + *t.borrow(b"b"), 30);
    assert_eq!(t.remove(b"a"), 10);
    assert!(!t.contains(b"a") && t.length() == 1);
    t.remove(b"b");
    t.destroy_empty();
    let mut dropped = table::new<u8, u8>(ctx);
    dropped.add(1, 1);
    dropped.drop();
}

#[test, expected_failure(abort_code = 0, location = sui::dynamic_field)]
fun table_key_twice() {
    let mut t = table::new<u64, u64>(&mut tx_context::dummy());
    t.add(1, 1);
    t.add(1, 2);
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::dynamic_field)]
fun table_without_key() {
    let t = table::new<u64, u64>(&mut tx_context::dummy());
    assert!(t[1] == 0);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::table)]
fun table_not_empty() {
    let mut t = table::new<u64, u64>(&mut tx_context::dummy());
    t.add(1, 1);
    t.destroy_empty();
}

#[test]
fun object_table() {
    let ctx = &mut tx_context::dummy();
    let mut t = object_table::new<u64, Thing>(ctx);
    let first = thing(5, ctx);
    let id = object::id(&first);
    t.add(1, first);
    assert_eq!(t.value_id(1), option::some(id));
    assert_eq!(t.value_id(2), option::none());
    assert!(t.contains(1) && !t.contains(2) && t.length() == 1 && !t.is_empty());
    t[1].n.max(0);
    t.borrow_mut(1).n = 6;
    assert_eq!(t[1].n, 6);
    discard(t.remove(1));
    t.destroy_empty();
}

#[test, expected_failure(abort_code = 0, location = sui::object_table)]
fun object_table_not_empty() {
    let ctx = &mut tx_context::dummy();
    let mut t = object_table::new<u64, Thing>(ctx);
    t.add(1, thing(1, ctx));
    t.destroy_empty();
}

#[test]
fun bag() {
    let mut b = bag::new(&mut tx_context::dummy());
    b.add(1u64, b"text");
    b.add(b"key", 7u64);
    assert_eq!(b.length(), 2);
    assert!(b.contains(1u64) && !b.contains(2u64) && !b.is_empty());
    assert!(b.contains_with_type<u64, vector<u8>>(1) && !b.contains_with_type<u64, u64>(1));
    assert_eq!(*b.borrow<vector<u8>, u64>(b"key"), 7);
    *b.borrow_mut(b"key") = 8u64;
    let value: u64 = b[b"key"];
    assert_eq!(value, 8);
    assert_eq!(b.remove(1u64), b"text");
    assert_eq!(b.remove(b"key"), 8u64);
    b.destroy_empty();
}

#[test, expected_failure(abort_code = 0, location = sui::bag)]
fun bag_not_empty() {
    let mut b = bag::new(&mut tx_context::dummy());
    b.add(1u8, 1u8);
    b.destroy_empty();
}

#[test, expected_failure(abort_code = 2, location = sui::dynamic_field)]
fun bag_value_of_another_type() {
    let mut b = bag::new(&mut tx_context::dummy());
    b.add(1u8, 1u8);
    b.borrow<u8, u16>(1);
    abort 42
}

#[test]
fun object_bag() {
    let ctx = &mut tx_context::dummy();
    let mut b = object_bag::new(ctx);
    let first = thing(5, ctx);
    let id = object::id(&first);
    b.add(1u64, first);
    b.add(b"other", Other { id: object::new(ctx) });
    assert_eq!(b.value_id(1u64), option::some(id));
    assert!(b.contains(b"other") && b.contains_with_type<u64, Thing>(1) && !b.contains_with_type<u64, Other>(1));
    b.borrow_mut<u64, Thing>(1).n = 9;
    assert_eq!(b.borrow<u64, Thing>(1).n, 9);
    assert_eq!(b.length(), 2);
    discard(b.remove(1u64));
    let Other { id } = b.remove(b"other");
    id.delete();
    assert!(b.is_empty());
    b.destroy_empty();
}

#[test]
fun table_vec() {
    let ctx = &mut tx_context::dummy();
    let mut v = table_vec::singleton(0u64, ctx);
    5u64.range_do!(9, |i| v.push_back(i));
    assert_eq!(v.length(), 5);
    v.swap(0, 4);
    v.swap(2, 2);
    assert_eq!(v[0] * 10 + v[4], 80);
    *&mut v[1] = 50;
    assert_eq!(*v.borrow(1), 50);
    assert_eq!(v.swap_remove(1), 50);
    assert_eq!(v[1], 0);
    4u64.do!(|_| {
        v.pop_back();
    });
    assert!(v.is_empty());
    v.destroy_empty();
    let mut dropped = table_vec::empty<u8>(ctx);
    dropped.push_back(1);
    dropped.drop();
}

#[test, expected_failure(abort_code = 0, location = sui::table_vec)]
fun table_vec_out_of_range() {
    let v = table_vec::singleton(0u64, &mut tx_context::dummy());
    v.borrow(1);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::table_vec)]
fun table_vec_pop_from_nothing() {
    let mut v = table_vec::empty<u64>(&mut tx_context::dummy());
    v.pop_back();
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::table_vec)]
fun table_vec_not_empty() {
    table_vec::singleton(0u64, &mut tx_context::dummy()).destroy_empty();
}
