/// Text of 7-bit characters.
module std::ascii;

// `ascii.to_string()` gives the UTF-8 string.
public use fun std::string::from_ascii as String.to_string;

/// A byte above 0x7f.
const EInvalidASCIICharacter: u64 = 0x10000;
/// The index is outside the string.
const EInvalidIndex: u64 = 0x10001;

/// Every byte is at most 0x7f.
public struct String has copy, drop, store {
    bytes: vector<u8>,
}

public struct Char has copy, drop, store {
    byte: u8,
}

public fun char(byte: u8): Char {
    assert!(is_valid_char(byte), EInvalidASCIICharacter);
    Char { byte }
}

public fun string(bytes: vector<u8>): String {
    let x = try_string(bytes);
    assert!(x.is_some(), EInvalidASCIICharacter);
    x.destroy_some()
}

public fun try_string(bytes: vector<u8>): Option<String> {
    if (bytes.all!(|byte| is_valid_char(*byte))) option::some(String { bytes }) else option::none()
}

public fun all_characters_printable(string: &String): bool {
    string.bytes.all!(|byte| is_printable_char(*byte))
}

public fun push_char(string: &mut String, char: Char) {
    string.bytes.push_back(char.byte);
}

public fun pop_char(string: &mut String): Char {
    Char { byte: string.bytes.pop_back() }
}

public fun length(string: &String): u64 {
    string.bytes.length()
}

public fun append(string: &mut String, other: String) {
    string.bytes.append(other.into_bytes())
}

public fun insert(s: &mut String, at: u64, o: String) {
    assert!(at <= s.length(), EInvalidIndex);
    o.into_bytes().destroy!(|e| s.bytes.insert(e, at));
}

/// Characters `i` up to, not including, `j`.
public fun substring(string: &String, i: u64, j: u64): String {
    assert!(i <= j && j <= string.length(), EInvalidIndex);
    let mut bytes = vector[];
    i.range_do!(j, |k| bytes.push_back(string.bytes[k]));
    String { bytes }
}

public fun as_bytes(string: &String): &vector<u8> {
    &string.bytes
}

public fun into_bytes(string: String): vector<u8> {
    let String { bytes } = string;
    bytes
}

public fun byte(char: Char): u8 {
    let Char { byte } = char;
    byte
}

public fun is_valid_char(b: u8): bool {
    b <= 0x7F
}

/// From the space to the tilde.
public fun is_printable_char(byte: u8): bool {
    byte >= 0x20 && byte <= 0x7E
}

public fun is_empty(string: &String): bool {
    string.bytes.is_empty()
}

public fun to_uppercase(string: &String): String {
    String { bytes: string.as_bytes().map_ref!(|byte| char_to_uppercase(*byte)) }
}

public fun to_lowercase(string: &String): String {
    String { bytes: string.as_bytes().map_ref!(|byte| char_to_lowercase(*byte)) }
}

/// Index of the first occurrence, or the length of `string` when there is none.
public fun index_of(string: &String, substr: &String): u64 {
    let (n, m) = (string.length(), substr.length());
    if (n < m) return n;
    let mut i = 0;
    while (i <= n - m) {
        let mut j = 0;
        while (j < m && string.bytes[i + j] == substr.bytes[j]) j = j + 1;
        if (j == m) return i;
        i = i + 1;
    };
    n
}

fun char_to_uppercase(byte: u8): u8 {
    if (byte >= 0x61 && byte <= 0x7A) byte - 0x20 else byte
}

fun char_to_lowercase(byte: u8): u8 {
    if (byte >= 0x41 && byte <= 0x5A) byte + 0x20 else byte
}
