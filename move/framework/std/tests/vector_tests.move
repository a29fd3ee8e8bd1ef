#[test_only]
module std::vector_tests;

use std::unit_test::assert_eq;

public struct NoDrop { n: u64 }

#[test]
fun push_pop_swap() {
    let mut v = vector[];
    5u64.do!(|i| v.push_back(i * i));
    assert_eq!(v, vector[0, 1, 4, 9, 16]);
    v.swap(0, 4);
    v.swap(2, 2);
    assert_eq!(v, vector[16, 1, 4, 9, 0]);
    assert_eq!(v.pop_back(), 0);
    assert_eq!(v.length(), 4);
    *&mut v[1] = 7;
    assert_eq!(v[1], 7);
    assert!(vector<u64>[].is_empty() && !v.is_empty());
    vector::empty<NoDrop>().destroy_empty();
    assert_eq!(vector::singleton(3u8), vector[3]);
}

#[test]
fun reverse_append_flatten() {
    let mut v = vector[1, 2, 3u64];
    v.reverse();
    assert_eq!(v, vector[3, 2, 1]);
    v.append(vector[9, 8]);
    v.append(vector[]);
    assert_eq!(v, vector[3, 2, 1, 9, 8]);
    let mut empty: vector<u64> = vector[];
    empty.reverse();
    empty.append(v);
    assert_eq!(empty, v);
    assert_eq!(vector[vector[1u8], vector[], vector[2, 3]].flatten(), vector[1, 2, 3]);
}

#[test]
fun searching() {
    let v = vector[5, 6, 5u64];
    assert!(v.contains(&6) && !v.contains(&7));
    let (found, i) = v.index_of(&5);
    assert!(found && i == 0);
    let (found, i) = v.index_of(&9);
    assert!(!found && i == 0);
}

#[test]
fun insert_and_remove() {
    let mut v = vector[1, 2, 3u64];
    v.insert(0, 0);
    v.insert(9, 4);
    v.insert(5, 2);
    assert_eq!(v, vector[0, 1, 5, 2, 3, 9]);
    assert_eq!(v.remove(2), 5);
    assert_eq!(v.remove(4), 9);
    assert_eq!(v, vector[0, 1, 2, 3]);
    assert_eq!(v.swap_remove(0), 0);
    assert_eq!(v, vector[3, 1, 2]);
    assert_eq!(v.swap_remove(2), 2);
    assert_eq!(v, vector[3, 1]);
}

#[test]
fun skip_and_take() {
    assert_eq!(vector[1, 2, 3u64].skip(1), vector[2, 3]);
    assert_eq!(vector[1, 2, 3u64].skip(3), vector[]);
    assert_eq!(vector[1, 2, 3u64].skip(9), vector[]);
    assert_eq!(vector[1, 2, 3u64].take(0), vector[]);
    assert_eq!(vector[1, 2, 3u64].take(2), vector[1, 2]);
    assert_eq!(vector[1, 2, 3u64].take(3), vector[1, 2, 3]);
}

#[test, expected_failure]
fun take_too_many() {
    vector[1u64].take(2);
}

#[test, expected_failure(abort_code = 0x20000, location = std::vector)]
fun insert_behind_the_end() {
    vector[1u64].insert(0, 2);
}

#[test, expected_failure(abort_code = 0x20000, location = std::vector)]
fun remove_out_of_range() {
    vector[1u64].remove(1);
}

#[test, expected_failure(abort_code = 0x20000, location = std::vector)]
fun swap_remove_from_nothing() {
    vector<u64>[].swap_remove(0);
}

#[test, expected_failure(vector_error, minor_status = 1, location = Self)]
fun borrow_out_of_range() {
    let v = vector[1u64];
    assert!(v[1] == 0);
}

#[test, expected_failure(vector_error, minor_status = 2, location = Self)]
fun pop_from_nothing() {
    vector<u64>[].pop_back();
}

#[test, expected_failure(vector_error, minor_status = 3, location = Self)]
fun destroy_what_is_not_empty() {
    vector[1u64].destroy_empty();
}

#[test]
fun loops() {
    let mut log = vector[];
    vector[1, 2, 3u64].do!(|x| log.push_back(x));
    vector[1, 2, 3u64].destroy!(|x| log.push_back(x));
    assert_eq!(log, vector[1, 2, 3, 3, 2, 1]);
    let mut sum = 0;
    log.do_ref!(|x| sum = sum + *x);
    assert_eq!(sum, 12);
    log.do_mut!(|x| *x = *x * 2);
    assert_eq!(log, vector[2, 4, 6, 6, 4, 2]);
    vector[NoDrop { n: 1 }, NoDrop { n: 2 }].do!(|NoDrop { n }| assert!(n > 0));
}

#[test]
fun mapping() {
    assert_eq!(vector::tabulate!(4, |i| i + 1), vector[1, 2, 3, 4]);
    assert_eq!(vector[1, 2, 3u64].map!(|x| x as u8), vector[1, 2, 3]);
    assert_eq!(vector[1, 2, 3u64].map_ref!(|x| *x > 1), vector[false, true, true]);
    assert_eq!(vector[1, 2, 3, 4u64].filter!(|x| *x % 2 == 0), vector[2, 4]);
    let (even, odd) = vector[1, 2, 3, 4, 5u64].partition!(|x| *x % 2 == 0);
    assert_eq!(even, vector[2, 4]);
    assert_eq!(odd, vector[1, 3, 5]);
    assert_eq!(vector[1, 2, 3u64].fold!(100, |acc, x| acc * 10 + x), 100123);
}

#[test]
fun questions() {
    let v = vector[3, 8, 8, 1u64];
    assert_eq!(v.find_index!(|x| *x == 8), option::some(1));
    assert_eq!(v.find_index!(|x| *x == 9), option::none());
    assert_eq!(v.find_indices!(|x| *x == 8), vector[1, 2]);
    assert_eq!(v.count!(|x| *x > 2), 3);
    assert!(v.any!(|x| *x == 1) && !v.any!(|x| *x == 0));
    assert!(v.all!(|x| *x > 0) && !v.all!(|x| *x > 1));
    assert!(vector<u64>[].all!(|_| false) && !vector<u64>[].any!(|_| true));
    assert_eq!(v.take_while!(|x| *x > 2), vector[3, 8, 8]);
    assert_eq!(v.skip_while!(|x| *x > 2), vector[1]);
}

#[test]
fun zips() {
    let mut pairs = vector[];
    vector[1, 2u64].zip_do!(vector[10, 20u64], |a, b| pairs.push_back(a + b));
    vector[1, 2u64].zip_do_reverse!(vector[10, 20u64], |a, b| pairs.push_back(a + b));
    assert_eq!(pairs, vector[11, 22, 22, 11]);
    assert_eq!(vector[1, 2u64].zip_map!(vector[3, 4u64], |a, b| a * b), vector[3, 8]);
    let (x, y) = (vector[1, 2u64], vector[5, 5u64]);
    assert_eq!(x.zip_map_ref!(&y, |a, b| *a + *b), vector[6, 7]);
    let mut total = 0;
    x.zip_do_ref!(&y, |a, b| total = total + *a * *b);
    assert_eq!(total, 15);
    let (mut x, mut y) = (x, y);
    x.zip_do_mut!(&mut y, |a, b| {
        *a = *a + 1;
        *b = *b + *a;
    });
    assert_eq!(x, vector[2, 3]);
    assert_eq!(y, vector[7, 8]);
}

#[test, expected_failure]
fun zip_of_unequal_lengths() {
    vector[1u64].zip_do!(vector[1, 2u64], |_, _| ());
}

#[test]
fun sorting() {
    let mut seed = 12345u64;
    let unsorted = vector::tabulate!(50, |i| {
        seed = (seed * 1103515245 + 12345) % 2147483648;
        // Few keys, so that stability shows; the index tells equal keys apart.
        (seed / 65536 % 7) * 1000 + i
    });
    let mut a = unsorted;
    let mut b = unsorted;
    a.insertion_sort_by!(|x, y| *x / 1000 <= *y / 1000);
    b.merge_sort_by!(|x, y| *x / 1000 <= *y / 1000);
    assert!(!unsorted.is_sorted_by!(|x, y| *x <= *y));
    // Sorted by key, and by index within equal keys, is sorted by both.
    assert!(a.is_sorted_by!(|x, y| *x <= *y));
    assert_eq!(a, b);
    5u64.do!(|n| {
        let mut v = vector::tabulate!(n, |i| n - i);
        v.merge_sort_by!(|x, y| *x <= *y);
        assert_eq!(v, vector::tabulate!(n, |i| i + 1));
    });
}

#[test]
fun text_methods() {
    assert_eq!(b"text".to_string(), std::string::utf8(b"text"));
    assert_eq!(b"text".to_ascii_string(), std::ascii::string(b"text"));
    assert!(b"text".try_to_string().is_some() && x"ff".try_to_string().is_none());
    assert!(b"text".try_to_ascii_string().is_some() && x"80".try_to_ascii_string().is_none());
}
