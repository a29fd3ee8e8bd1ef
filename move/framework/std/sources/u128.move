/// Arithmetic helpers of `u128`.
#[defines_primitive(u128)]
module std::u128;

use std::string::String;

/// All bits of the value flipped.
public fun bitwise_not(x: u128): u128 {
    x ^ max_value!()
}

public fun max(x: u128, y: u128): u128 {
    std::macros::num_max!(x, y)
}

public fun min(x: u128, y: u128): u128 {
    std::macros::num_min!(x, y)
}

/// `|x - y|`
public fun diff(x: u128, y: u128): u128 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up.
public fun divide_and_round_up(x: u128, y: u128): u128 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`; aborts on overflow.
public fun pow(base: u128, exponent: u8): u128 {
    std::macros::num_pow!(base, exponent)
}

/// Greatest integer whose square is not greater than `x`.
public fun sqrt(x: u128): u128 {
    std::macros::num_sqrt!<u128, u256>(x, 128)
}

public fun try_as_u8(x: u128): Option<u8> {
    std::macros::num_try_as!<u128, u8>(x, 0xFF)
}

public fun try_as_u16(x: u128): Option<u16> {
    std::macros::num_try_as!<u128, u16>(x, 0xFFFF)
}

public fun try_as_u32(x: u128): Option<u32> {
    std::macros::num_try_as!<u128, u32>(x, 0xFFFFFFFF)
}

public fun try_as_u64(x: u128): Option<u64> {
    std::macros::num_try_as!<u128, u64>(x, 0xFFFFFFFFFFFFFFFF)
}

/// Decimal digits.
public fun to_string(x: u128): String {
    std::macros::num_to_string!(x)
}

public macro fun max_value(): u128 {
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF
}

/// Calls `f` with 0, 1, .., stop - 1.
public macro fun do<$R: drop>($stop: u128, $f: |u128| -> $R) {
    std::macros::do!($stop, $f)
}

/// Calls `f` with 0, 1, .., stop.
public macro fun do_eq<$R: drop>($stop: u128, $f: |u128| -> $R) {
    std::macros::do_eq!($stop, $f)
}

/// Calls `f` with start, .., stop - 1.
public macro fun range_do<$R: drop>($start: u128, $stop: u128, $f: |u128| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `f` with start, .., stop.
public macro fun range_do_eq<$R: drop>($start: u128, $stop: u128, $f: |u128| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}
