/// Arithmetic helpers of `u32`.
#[defines_primitive(u32)]
module std::u32;

use std::string::String;

/// All bits of the value flipped.
public fun bitwise_not(x: u32): u32 {
    x ^ max_value!()
}

public fun max(x: u32, y: u32): u32 {
    std::macros::num_max!(x, y)
}

public fun min(x: u32, y: u32): u32 {
    std::macros::num_min!(x, y)
}

/// `|x - y|`
public fun diff(x: u32, y: u32): u32 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up.
public fun divide_and_round_up(x: u32, y: u32): u32 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`; aborts on overflow.
public fun pow(base: u32, exponent: u8): u32 {
    std::macros::num_pow!(base, exponent)
}

/// Greatest integer whose square is not greater than `x`.
public fun sqrt(x: u32): u32 {
    std::macros::num_sqrt!<u32, u64>(x, 32)
}

public fun try_as_u8(x: u32): Option<u8> {
    std::macros::num_try_as!<u32, u8>(x, 0xFF)
}

public fun try_as_u16(x: u32): Option<u16> {
    std::macros::num_try_as!<u32, u16>(x, 0xFFFF)
}

/// Decimal digits.
public fun to_string(x: u32): String {
    std::macros::num_to_string!(x)
}

public macro fun max_value(): u32 {
    0xFFFFFFFF
}

/// Calls `f` with 0, 1, .., stop - 1.
public macro fun do<$R: drop>($stop: u32, $f: |u32| -> $R) {
    std::macros::do!($stop, $f)
}

/// Calls `f` with 0, 1, .., stop.
public macro fun do_eq<$R: drop>($stop: u32, $f: |u32| -> $R) {
    std::macros::do_eq!($stop, $f)
}

/// Calls `f` with start, .., stop - 1.
public macro fun range_do<$R: drop>($start: u32, $stop: u32, $f: |u32| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `f` with start, .., stop.
public macro fun range_do_eq<$R: drop>($start: u32, $stop: u32, $f: |u32| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}
