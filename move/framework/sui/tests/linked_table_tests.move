#[test_only]
module sui::linked_table_tests;

use std::unit_test::assert_eq;
use sui::linked_table::{Self, LinkedTable};

/// Keys front to back, checked against those back to front.
fun keys(t: &LinkedTable<u64, u64>): vector<u64> {
    let mut forward = vector[];
    let mut key = *t.front();
    while (key.is_some()) {
        forward.push_back(key.destroy_some());
        key = *t.next(key.destroy_some());
    };
    let mut backward = vector[];
    let mut key = *t.back();
    while (key.is_some()) {
        backward.push_back(key.destroy_some());
        key = *t.prev(key.destroy_some());
    };
    backward.reverse();
    assert_eq!(backward, forward);
    assert_eq!(t.length(), forward.length());
    forward
}

#[test]
fun order() {
    let mut t = linked_table::new(&mut tx_context::dummy());
    assert_eq!(keys(&t), vector[]);
    t.push_back(2, 20);
    t.push_front(1, 10);
    t.push_back(3, 30);
    t.push_back(4, 40);
    assert_eq!(keys(&t), vector[1, 2, 3, 4]);
    assert_eq!(t.remove(2), 20);
    assert_eq!(keys(&t), vector[1, 3, 4]);
    assert_eq!(t.remove(1), 10);
    assert_eq!(keys(&t), vector[3, 4]);
    assert_eq!(t.remove(4), 40);
    assert_eq!(keys(&t), vector[3]);
    assert_eq!(t.remove(3), 30);
    assert_eq!(keys(&t), vector[]);
    t.push_front(7, 70);
    t.push_front(6, 60);
    assert_eq!(keys(&t), vector[6, 7]);
    let (k, v) = t.pop_back();
    assert!(k == 7 && v == 70);
    let (k, v) = t.pop_front();
    assert!(k == 6 && v == 60);
    assert!(t.is_empty());
    t.destroy_empty();
}

#[test]
fun access() {
    let mut t = linked_table::new(&mut tx_context::dummy());
    t.push_back(b"k", 1u64);
    *&mut t[b"k"] = 2;
    *t.borrow_mut(b"k") = t[b"k"] + 1;
    assert_eq!(*t.borrow(b"k"), 3);
    assert!(t.contains(b"k") && !t.contains(b"l"));
    t.drop();
}

#[test, expected_failure(abort_code = 0, location = sui::linked_table)]
fun not_empty() {
    let mut t = linked_table::new(&mut tx_context::dummy());
    t.push_back(1u64, 1u64);
    t.destroy_empty();
}

#[test, expected_failure(abort_code = 1, location = sui::linked_table)]
fun pop_from_nothing() {
    let mut t = linked_table::new<u64, u64>(&mut tx_context::dummy());
    t.pop_front();
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::dynamic_field)]
fun key_twice() {
    let mut t = linked_table::new(&mut tx_context::dummy());
    t.push_back(1u64, 1u64);
    t.push_back(1, 2);
    abort 42
}
