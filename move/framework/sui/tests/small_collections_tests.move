#[test_only]
module sui::small_collections_tests;

use std::unit_test::assert_eq;
use sui::priority_queue;
use sui::vec_map;
use sui::vec_set;

#[test]
fun map() {
    let mut m = vec_map::empty();
    m.insert(b"b", 2u64);
    m.insert(b"a", 1);
    m.insert(b"c", 3);
    assert_eq!(m.keys(), vector[b"b", b"a", b"c"]);
    assert_eq!(m.get_idx(&b"c"), 2);
    assert_eq!(m.get_idx_opt(&b"d"), option::none());
    assert!(m.contains(&b"a") && !m.contains(&b"d"));
    assert_eq!(m[&b"a"], 1);
    *&mut m[&b"a"] = 10;
    *m.get_mut(&b"c") = 30;
    assert_eq!(m.try_get(&b"a"), option::some(10));
    assert_eq!(m.try_get(&b"d"), option::none());
    let (k, v) = m.get_entry_by_idx(2);
    assert!(k == &b"c" && *v == 30);
    let (_, v) = m.get_entry_by_idx_mut(0);
    *v = 20;
    assert_eq!(m.length(), 3);
    assert_eq!(m.size(), 3);
    let (k, v) = m.remove(&b"b");
    assert!(k == b"b" && v == 20);
    assert_eq!(m.keys(), vector[b"a", b"c"]);
    let (k, v) = m.remove_entry_by_idx(0);
    assert!(k == b"a" && v == 10);
    let (k, v) = m.pop();
    assert!(k == b"c" && v == 30);
    assert!(m.is_empty());
    m.destroy_empty();
    let m = vec_map::from_keys_values(vector[1u8, 2], vector[true, false]);
    let (keys, values) = m.into_keys_values();
    assert_eq!(keys, vector[1, 2]);
    assert_eq!(values, vector[true, false]);
}

#[test, expected_failure(abort_code = 0, location = sui::vec_map)]
fun map_key_twice() {
    vec_map::from_keys_values(vector[1u8, 1], vector[1u8, 2]);
}

#[test, expected_failure(abort_code = 1, location = sui::vec_map)]
fun map_without_key() {
    vec_map::empty<u8, u8>().get(&1);
}

#[test, expected_failure(abort_code = 2, location = sui::vec_map)]
fun map_not_empty() {
    vec_map::from_keys_values(vector[1u8], vector[1u8]).destroy_empty();
}

#[test, expected_failure(abort_code = 3, location = sui::vec_map)]
fun map_index_out_of_range() {
    vec_map::empty<u8, u8>().get_entry_by_idx(0);
}

#[test, expected_failure(abort_code = 4, location = sui::vec_map)]
fun map_pop_from_nothing() {
    vec_map::empty<u8, u8>().pop();
}

#[test, expected_failure(abort_code = 5, location = sui::vec_map)]
fun map_of_unequal_lengths() {
    vec_map::from_keys_values(vector[1u8], vector<u8>[]);
}

#[test]
fun set() {
    let mut s = vec_set::singleton(5u64);
    s.insert(3);
    s.insert(4);
    assert_eq!(*s.keys(), vector[5, 3, 4]);
    assert!(s.contains(&3) && !s.contains(&9) && !s.is_empty());
    s.remove(&5);
    assert_eq!(s.length(), 2);
    assert_eq!(s.size(), 2);
    assert_eq!(s.into_keys(), vector[3, 4]);
    assert_eq!(vec_set::from_keys(vector[2u8, 1]).into_keys(), vector[2, 1]);
    assert!(vec_set::empty<u8>().is_empty());
}

#[test, expected_failure(abort_code = 0, location = sui::vec_set)]
fun set_key_twice() {
    vec_set::from_keys(vector[1u8, 1]);
}

#[test, expected_failure(abort_code = 1, location = sui::vec_set)]
fun set_without_key() {
    vec_set::empty<u8>().remove(&1);
}

#[test]
fun queue() {
    let mut q = priority_queue::new(priority_queue::create_entries(vector[3, 1, 4, 1, 5], vector[30u64, 10, 40, 11, 50]));
    q.insert(9, 90);
    q.insert(2, 20);
    assert_eq!(q.priorities()[0], 9);
    let mut popped = vector[];
    7u64.do!(|_| {
        let (priority, value) = q.pop_max();
        assert_eq!(value / 10, priority);
        popped.push_back(priority);
    });
    assert_eq!(popped, vector[9, 5, 4, 3, 2, 1, 1]);
    q = priority_queue::new(vector[priority_queue::new_entry(1, 7)]);
    let (_, value) = q.pop_max();
    assert_eq!(value, 7);
}

#[test, expected_failure(abort_code = 0, location = sui::priority_queue)]
fun queue_pop_from_nothing() {
    priority_queue::new<u8>(vector[]).pop_max();
}
