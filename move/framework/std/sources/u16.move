/// Arithmetic helpers of `u16`.
#[defines_primitive(u16)]
module std::u16;

use std::string::String;

/// All bits of the value flipped.
public fun bitwise_not(x: u16): u16 {
    x ^ max_value!()
}

public fun max(x: u16, y: u16): u16 {
    std::macros::num_max!(x, y)
}

public fun min(x: u16, y: u16): u16 {
    std::macros::num_min!(x, y)
}

/// `|x - y|`
public fun diff(x: u16, y: u16): u16 {
    std::macros::num_diff!(x, y)
}

/// `x / y` rounded up.
public fun divide_and_round_up(x: u16, y: u16): u16 {
    std::macros::num_divide_and_round_up!(x, y)
}

/// `base` to the power `exponent`; aborts on overflow.
public fun pow(base: u16, exponent: u8): u16 {
    std::macros::num_pow!(base, exponent)
}

/// Greatest integer whose square is not greater than `x`.
public fun sqrt(x: u16): u16 {
    std::macros::num_sqrt!<u16, u32>(x, 16)
}

public fun try_as_u8(x: u16): Option<u8> {
    std::macros::num_try_as!<u16, u8>(x, 0xFF)
}

/// Decimal digits.
public fun to_string(x: u16): String {
    std::macros::num_to_string!(x)
}

public macro fun max_value(): u16 {
    0xFFFF
}

/// Calls `f` with 0, 1, .., stop - 1.
public macro fun do<$R: drop>($stop: u16, $f: |u16| -> $R) {
    std::macros::do!($stop, $f)
}

/// Calls `f` with 0, 1, .., stop.
public macro fun do_eq<$R: drop>($stop: u16, $f: |u16| -> $R) {
    std::macros::do_eq!($stop, $f)
}

/// Calls `f` with start, .., stop - 1.
public macro fun range_do<$R: drop>($start: u16, $stop: u16, $f: |u16| -> $R) {
    std::macros::range_do!($start, $stop, $f)
}

/// Calls `f` with start, .., stop.
public macro fun range_do_eq<$R: drop>($start: u16, $stop: u16, $f: |u16| -> $R) {
    std::macros::range_do_eq!($start, $stop, $f)
}
