/// Bodies shared by the integer modules; nothing of this module reaches bytecode by itself.
module std::macros;

use std::string::String;

public macro fun num_max($x: _, $y: _): _ {
    let x = $x;
    let y = $y;
    if (x > y) x else y
}

public macro fun num_min($x: _, $y: _): _ {
    let x = $x;
    let y = $y;
    if (x < y) x else y
}

public macro fun num_diff($x: _, $y: _): _ {
    let x = $x;
    let y = $y;
    if (x > y) x - y else y - x
}

public macro fun num_divide_and_round_up($x: _, $y: _): _ {
    let x = $x;
    let y = $y;
    if (x % y == 0) x / y else x / y + 1
}

/// Square and multiply; the last squaring is left out so that only real overflow aborts.
public macro fun num_pow($base: _, $exponent: u8): _ {
    let mut base = $base;
    let mut exponent = $exponent;
    let mut res = 1;
    while (exponent >= 1) {
        if (exponent % 2 == 0) {
            base = base * base;
            exponent = exponent / 2;
        } else {
            res = res * base;
            exponent = exponent - 1;
        }
    };
    res
}

/// Floor of the square root, bit by bit; `$U` has room for twice the bits of `$T`.
public macro fun num_sqrt<$T, $U>($x: $T, $bitsize: u8): $T {
    let x = $x;
    let mut bit = (1: $U) << $bitsize;
    let mut res = (0: $U);
    let mut x = x as $U;
    while (bit != 0) {
        if (x >= res + bit) {
            x = x - (res + bit);
            res = (res >> 1) + bit;
        } else {
            res = res >> 1;
        };
        bit = bit >> 2;
    };
    res as $T
}

public macro fun num_to_string($x: _): String {
    let mut x = $x;
    let mut digits = vector[];
    while (x >= 10) {
        digits.push_back(((48 + x % 10) as u8));
        x = x / 10;
    };
    digits.push_back(((48 + x) as u8));
    digits.reverse();
    digits.to_string()
}

public macro fun do<$T, $R: drop>($stop: $T, $f: |$T| -> $R) {
    range_do!(0, $stop, $f)
}

public macro fun do_eq<$T, $R: drop>($stop: $T, $f: |$T| -> $R) {
    range_do_eq!(0, $stop, $f)
}

public macro fun range_do<$T, $R: drop>($start: $T, $stop: $T, $f: |$T| -> $R) {
    let mut i = $start;
    let stop = $stop;
    while (i < stop) {
        $f(i);
        i = i + 1;
    }
}

/// Includes `$stop`, without overflow when that is the type's greatest value.
public macro fun range_do_eq<$T, $R: drop>($start: $T, $stop: $T, $f: |$T| -> $R) {
    let mut i = $start;
    let stop = $stop;
    // The counter must not pass the type's maximum, so the last round is taken apart.
    if (i <= stop) {
        while (i < stop) {
            $f(i);
            i = i + 1;
        };
        $f(i);
    }
}

public macro fun num_try_as<$T, $U>($x: $T, $max: $T): Option<$U> {
    let x = $x;
    if (x > $max) option::none() else option::some(x as $U)
}
