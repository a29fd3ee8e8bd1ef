/// Helpers of unit tests.
#[test_only]
module sui::test_utils;

public fun assert_eq<T: drop>(t1: T, t2: T) {
    assert_ref_eq(&t1, &t2)
}

public fun assert_ref_eq<T>(t1: &T, t2: &T) {
    if (t1 != t2) {
        std::debug::print(&b"Assertion failed:");
        std::debug::print(t1);
        std::debug::print(&b"!=");
        std::debug::print(t2);
        abort 0
    }
}

/// The same elements, in whatever order.
public fun assert_same_elems<T: copy + drop>(a: vector<T>, b: vector<T>) {
    assert!(a.length() == b.length());
    a.do_ref!(|e| assert!(b.contains(e)));
    b.do_ref!(|e| assert!(a.contains(e)));
}

public fun print(str: vector<u8>) {
    std::debug::print(&str.to_ascii_string())
}

/// Destroys any value, whatever its abilities.
public fun destroy<T>(x: T) {
    std::unit_test::destroy(x)
}

public native fun create_one_time_witness<T: drop>(): T;
