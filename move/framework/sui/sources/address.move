/// Conversions of addresses.
#[defines_primitive(address)]
module sui::address;

use std::ascii;
use std::string;
use sui::hex;

public use fun sui::object::id_from_address as address.to_id;

/// Bytes of an address.
const LENGTH: u64 = 32;
const MAX: u256 = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

#[allow(unused_const)]
/// The bytes or the text do not make an address.
const EAddressParseError: u64 = 0;

public native fun to_u256(a: address): u256;

public native fun from_u256(n: u256): address;

/// Aborts unless there are 32 bytes.
public native fun from_bytes(bytes: vector<u8>): address;

public fun to_bytes(a: address): vector<u8> {
    std::bcs::to_bytes(&a)
}

/// 64 hex digits without prefix.
public fun to_ascii_string(a: address): ascii::String {
    hex::encode(to_bytes(a)).to_ascii_string()
}

/// 64 hex digits without prefix.
public fun to_string(a: address): string::String {
    to_ascii_string(a).to_string()
}

/// From 64 hex digits without prefix.
public fun from_ascii_bytes(bytes: &vector<u8>): address {
    assert!(bytes.length() == 64, EAddressParseError);
    let mut hex_bytes = vector[];
    let mut i = 0;
    while (i < 64) {
        hex_bytes.push_back((digit_value(bytes[i]) << 4) | digit_value(bytes[i + 1]));
        i = i + 2;
    };
    from_bytes(hex_bytes)
}

fun digit_value(c: u8): u8 {
    if (c >= 48 && c <= 57) c - 48
    else if (c >= 65 && c <= 70) c - 55
    else if (c >= 97 && c <= 102) c - 87
    else abort EAddressParseError
}

public fun length(): u64 {
    LENGTH
}

/// The greatest address as a number.
public fun max(): u256 {
    MAX
}
