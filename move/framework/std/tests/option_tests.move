#[test_only]
module std::option_tests;

use std::unit_test::assert_eq;

public struct NoDrop { n: u64 }

#[test]
fun presence() {
    let mut o = option::some(5u64);
    assert!(o.is_some() && !o.is_none());
    assert!(o.contains(&5) && !o.contains(&6));
    assert_eq!(*o.borrow(), 5);
    *o.borrow_mut() = 6;
    assert_eq!(o.swap(7), 6);
    assert_eq!(o.swap_or_fill(8), option::some(7));
    assert_eq!(o.extract(), 8);
    assert!(o.is_none());
    assert_eq!(o.swap_or_fill(1), option::none());
    o.extract();
    o.fill(2);
    assert_eq!(o.to_vec(), vector[2]);
    assert_eq!(option::none<u64>().to_vec(), vector[]);
}

#[test]
fun defaults() {
    let (some, none) = (option::some(5u64), option::none<u64>());
    assert_eq!(*some.borrow_with_default(&1), 5);
    assert_eq!(*none.borrow_with_default(&1), 1);
    assert_eq!(some.get_with_default(1), 5);
    assert_eq!(none.get_with_default(1), 1);
    assert_eq!(some.destroy_with_default(1), 5);
    assert_eq!(none.destroy_with_default(1), 1);
    assert_eq!(option::some(3u8).destroy_some(), 3);
    option::none<NoDrop>().destroy_none();
}

#[test]
fun macros() {
    let mut sum = 0;
    option::some(NoDrop { n: 5 }).do!(|NoDrop { n }| sum = sum + n);
    option::none<NoDrop>().do!(|NoDrop { n }| sum = sum + n);
    option::some(1u64).destroy!(|n| sum = sum + n);
    let mut o = option::some(10u64);
    o.do_ref!(|n| sum = sum + *n);
    o.do_mut!(|n| *n = 11);
    assert_eq!(sum, 16);
    assert_eq!(o.map_ref!(|n| *n + 1), option::some(12));
    assert_eq!(o.map!(|n| n as u8), option::some(11));
    assert_eq!(option::none<u64>().map!(|n| n as u8), option::none());
    assert_eq!(o.and!(|n| if (n > 5) option::some(n) else option::none()), option::some(11));
    assert_eq!(o.and_ref!(|_| option::none<bool>()), option::none());
    assert_eq!(o.or!(option::some(0)), option::some(11));
    assert_eq!(option::none().or!(option::some(0u64)), option::some(0));
    assert_eq!(o.filter!(|n| *n > 100), option::none());
    assert!(o.is_some_and!(|n| *n == 11) && !option::none<u64>().is_some_and!(|_| true));
    assert!(o.is_none_or!(|n| *n == 11) && option::none<u64>().is_none_or!(|_| false));
    assert_eq!(o.destroy_or!(abort 1), 11);
    assert_eq!(option::none().destroy_or!(4u64), 4);
    let mut o = option::some(3u64);
    assert_eq!(o.extract_or!(abort 1), 3);
    assert_eq!(o.extract_or!(9), 9);
}

#[test, expected_failure(abort_code = 0x40001, location = std::option)]
fun borrow_nothing() {
    option::none<u64>().borrow();
}

#[test, expected_failure(abort_code = 0x40001, location = std::option)]
fun borrow_mut_nothing() {
    option::none<u64>().borrow_mut();
}

#[test, expected_failure(abort_code = 0x40001, location = std::option)]
fun extract_nothing() {
    option::none<u64>().extract();
}

#[test, expected_failure(abort_code = 0x40001, location = std::option)]
fun swap_nothing() {
    option::none<u64>().swap(1);
}

#[test, expected_failure(abort_code = 0x40001, location = std::option)]
fun destroy_some_of_nothing() {
    option::none<u64>().destroy_some();
}

#[test, expected_failure(abort_code = 0x40000, location = std::option)]
fun fill_twice() {
    option::some(1u64).fill(2);
}

#[test, expected_failure(abort_code = 0x40000, location = std::option)]
fun destroy_none_of_something() {
    option::some(1u64).destroy_none();
}
