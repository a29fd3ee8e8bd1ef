/// Hexadecimal text.
module sui::hex;

/// The text has an odd number of digits.
const EInvalidHexLength: u64 = 0;
/// A character is not a hexadecimal digit.
const ENotValidHexCharacter: u64 = 1;

const DIGITS: vector<u8> = b"0123456789abcdef";

/// Two lower-case digits a byte, no prefix.
public fun encode(bytes: vector<u8>): vector<u8> {
    let digits = DIGITS;
    let mut r = vector[];
    bytes.do!(|byte| {
        r.push_back(digits[(byte >> 4) as u64]);
        r.push_back(digits[(byte & 15) as u64]);
    });
    r
}

/// Digits of either case, no prefix.
public fun decode(hex: vector<u8>): vector<u8> {
    let l = hex.length();
    assert!(l % 2 == 0, EInvalidHexLength);
    vector::tabulate!(l / 2, |i| (decode_digit(hex[2 * i]) << 4) | decode_digit(hex[2 * i + 1]))
}

fun decode_digit(digit: u8): u8 {
    if (48 <= digit && digit < 58) digit - 48
    else if (65 <= digit && digit < 71) digit - 55
    else if (97 <= digit && digit < 103) digit - 87
    else abort ENotValidHexCharacter
}
