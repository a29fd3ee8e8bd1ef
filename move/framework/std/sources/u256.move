/// Arithmetic helpers of `u256`.
#[defines_primitive(u256)]
module std::u256;

use std::string::String;

/// All bits of the value flipped.
public fun bitwise_not(x: u256): u256 {
    x ^ max_value!()
}

public fun max(x: u256, y: u256): u256 {
    std::macros::num_max!(x, y)
}

public fun min(x: u256, y: u256): u256 {
    std::macros::num_min!(x, y)
}

/// `|x - y|`
public fun diff(x: u256, y: u256): u256 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up.
public fun divide_and_round_up(x: u256, y: u256): u256 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`; aborts on overflow.
public fun pow(base: u256, exponent: u8): u256 {
    std::macros::num_pow!(base, exponent)
}

public fun try_as_u8(x: u256): Option<u8> {
    std::macros::num_try_as!<u256, u8>(x, 0xFF)
}

public fun try_as_u16(x: u256): Option<u16> {
    std::macros::num_try_as!<u256, u16>(x, 0xFFFF)
}

public fun try_as_u32(x: u256): Option<u32> {
    std::macros::num_try_as!<u256, u32>(x, 0xFFFFFFFF)
}

public fun try_as_u64(x: u256): Option<u64> {
    std::macros::num_try_as!<u256, u64>(x, 0xFFFFFFFFFFFFFFFF)
}

public fun try_as_u128(x: u256): Option<u128> {
    std::macros::num_try_as!<u256, u128>(x, 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF)
}

/// Decimal digits.
public fun to_string(x: u256): String {
    std::macros::num_to_string!(x)
}

public macro fun max_value(): u256 {
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
}

/// Calls `f` with 0, 1, .., stop - 1.
public macro fun do<$R: drop>($stop: u256, $f: |u256| -> $R) {
    std::macros::do!($stop, $f)
}

/// Calls `f` with 0, 1, .., stop.
public macro fun do_eq<$R: drop>($stop: u256, $f: |u256| -> $R) {
    std::macros::do_eq!($stop, $f)
}

/// Calls `f` with start, .., stop - 1.
public macro fun range_do<$R: drop>($start: u256, $stop: u256, $f: |u256| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `f` with start, .., stop.
public macro fun range_do_eq<$R: drop>($start: u256, $stop: u256, $f: |u256| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}
