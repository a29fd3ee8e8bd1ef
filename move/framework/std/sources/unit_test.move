/// Helpers of unit tests.
#[test_only]
module std::unit_test;

/// Called by every module compiled for tests, so that such bytecode cannot be published.
public native fun poison();

/// Destroys any value, whatever its abilities.
public native fun destroy<T>(x: T);

public macro fun assert_eq<$T: drop>($t1: $T, $t2: $T) {
    let t1 = $t1;
    let t2 = $t2;
    assert_ref_eq!(&t1, &t2)
}

public macro fun assert_ref_eq<$T>($t1: &$T, $t2: &$T) {
    let t1 = $t1;
    let t2 = $t2;
    if (t1 != t2) {
        std::debug::print(&b"Assertion failed:");
        std::debug::print(t1);
        std::debug::print(&b"!=");
        std::debug::print(t2);
        assert!(false);
    }
}
