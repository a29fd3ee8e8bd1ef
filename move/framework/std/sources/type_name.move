/// Names of types at run time.
module std::type_name;

use std::address;
use std::ascii::{Self, String};

const ASCII_COLON: u8 = 58;

/// The type is a primitive, so it has no address and no module.
const ENonModuleType: u64 = 0;

public struct TypeName has copy, drop, store {
    /// `0000..0002::coin::Coin<0000..0002::sui::SUI>`: addresses of 64 digits without prefix.
    name: String,
}

/// Name by the ids of the packages that first defined each type.
public native fun with_defining_ids<T>(): TypeName;

/// Name by the ids of the first version of each package.
public native fun with_original_ids<T>(): TypeName;

/// Id of the package version that first defined `T`.
public native fun defining_id<T>(): address;

/// Id of the first version of the package of `T`.
public native fun original_id<T>(): address;

/// Whether the type is built in; vectors count as such.
public fun is_primitive(self: &TypeName): bool {
    let bytes = self.name.as_bytes();
    bytes == &b"bool" ||
    bytes == &b"u8" ||
    bytes == &b"u16" ||
    bytes == &b"u32" ||
    bytes == &b"u64" ||
    bytes == &b"u128" ||
    bytes == &b"u256" ||
    bytes == &b"address" ||
    is_vector(bytes)
}

fun is_vector(bytes: &vector<u8>): bool {
    let prefix = b"vector<";
    bytes.length() > prefix.length() && 'same: {
        prefix.length().do!(|i| if (prefix[i] != bytes[i]) return 'same false);
        true
    }
}

public fun as_string(self: &TypeName): &String {
    &self.name
}

/// Address part, 64 hex digits.
public fun address_string(self: &TypeName): String {
    assert!(!self.is_primitive(), ENonModuleType);
    let len = address::length() * 2;
    let bytes = self.name.as_bytes();
    let mut addr_bytes = vector[];
    len.do!(|i| addr_bytes.push_back(bytes[i]));
    ascii::string(addr_bytes)
}

public fun module_string(self: &TypeName): String {
    assert!(!self.is_primitive(), ENonModuleType);
    // Behind the address and `::`.
    let mut i = address::length() * 2 + 2;
    let bytes = self.name.as_bytes();
    let mut module_name = vector[];
    loop {
        let char = bytes[i];
        if (char == ASCII_COLON) break;
        module_name.push_back(char);
        i = i + 1;
    };
    ascii::string(module_name)
}

public fun into_string(self: TypeName): String {
    self.name
}

/// Older name of `with_defining_ids`.
public fun get<T>(): TypeName {
    with_defining_ids<T>()
}

/// Older name of `with_original_ids`.
public fun get_with_original_ids<T>(): TypeName {
    with_original_ids<T>()
}

/// Older name of `as_string`.
public fun borrow_string(self: &TypeName): &String {
    self.as_string()
}

/// Older name of `address_string`.
public fun get_address(self: &TypeName): String {
    self.address_string()
}

/// Older name of `module_string`.
public fun get_module(self: &TypeName): String {
    self.module_string()
}
