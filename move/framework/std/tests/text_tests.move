#[test_only]
module std::text_tests;

use std::ascii;
use std::string;
use std::unit_test::assert_eq;

#[test]
fun ascii_text() {
    let mut s = ascii::string(b"Hello");
    s.push_char(ascii::char(33));
    assert_eq!(s.length(), 6);
    assert_eq!(s.pop_char().byte(), 33);
    s.append(b" you".to_ascii_string());
    assert_eq!(s, b"Hello you".to_ascii_string());
    s.insert(5, b", hi,".to_ascii_string());
    assert_eq!(s.substring(0, 9), b"Hello, hi".to_ascii_string());
    assert_eq!(s.substring(3, 3), b"".to_ascii_string());
    assert_eq!(s.to_uppercase(), b"HELLO, HI, YOU".to_ascii_string());
    assert_eq!(s.to_lowercase(), b"hello, hi, you".to_ascii_string());
    assert_eq!(s.index_of(&b"hi".to_ascii_string()), 7);
    assert_eq!(s.index_of(&b"".to_ascii_string()), 0);
    assert_eq!(s.index_of(&b"no".to_ascii_string()), s.length());
    assert!(s.all_characters_printable() && !x"0a".to_ascii_string().all_characters_printable());
    assert!(ascii::is_valid_char(0x7f) && !ascii::is_valid_char(0x80));
    assert!(ascii::is_printable_char(0x20) && ascii::is_printable_char(0x7e));
    assert!(!ascii::is_printable_char(0x1f) && !ascii::is_printable_char(0x7f));
    assert!(ascii::try_string(x"80").is_none());
    assert!(b"".to_ascii_string().is_empty());
    assert_eq!(*s.as_bytes(), s.into_bytes());
    assert_eq!(s.to_string(), b"Hello, hi, you".to_string());
}

#[test, expected_failure(abort_code = 0x10000, location = std::ascii)]
fun ascii_of_other_bytes() {
    ascii::string(x"41ff");
}

#[test, expected_failure(abort_code = 0x10000, location = std::ascii)]
fun ascii_char_of_other_byte() {
    ascii::char(0x80);
}

#[test, expected_failure(abort_code = 0x10001, location = std::ascii)]
fun ascii_substring_out_of_range() {
    b"abc".to_ascii_string().substring(2, 4);
}

#[test, expected_failure(abort_code = 0x10001, location = std::ascii)]
fun ascii_insert_out_of_range() {
    b"abc".to_ascii_string().insert(4, b"".to_ascii_string());
}

#[test]
fun utf8_text() {
    // "aé€😀": 1, 2, 3 and 4 bytes.
    let s = x"61c3a9e282acf09f9880".to_string();
    assert_eq!(s.length(), 10);
    assert_eq!(s.substring(1, 3), x"c3a9".to_string());
    assert_eq!(s.sub_string(3, 6), x"e282ac".to_string());
    assert_eq!(s.index_of(&x"f09f9880".to_string()), 6);
    assert_eq!(s.index_of(&b"b".to_string()), 10);
    let mut t = s;
    t.insert(3, b"--".to_string());
    t.append(b"!".to_string());
    t.append_utf8(x"c3a9");
    assert_eq!(t.into_bytes(), x"61c3a92d2de282acf09f988021c3a9");
    assert_eq!(*s.as_bytes(), *s.bytes());
    assert!(!s.is_empty() && b"".to_string().is_empty());
    assert_eq!(string::from_ascii(b"x".to_ascii_string()).to_ascii(), b"x".to_ascii_string());
    assert!(string::try_utf8(x"c3").is_none() && string::try_utf8(x"c3a9").is_some());
    // Surrogates and overlong forms are not UTF-8.
    assert!(string::try_utf8(x"eda080").is_none() && string::try_utf8(x"c080").is_none());
}

#[test, expected_failure(abort_code = 1, location = std::string)]
fun not_utf8() {
    x"ff".to_string();
}

#[test, expected_failure(abort_code = 2, location = std::string)]
fun substring_inside_a_character() {
    x"c3a9".to_string().substring(0, 1);
}

#[test, expected_failure(abort_code = 2, location = std::string)]
fun insert_inside_a_character() {
    x"c3a9".to_string().insert(1, b"".to_string());
}

#[test, expected_failure(abort_code = 0x10000, location = std::ascii)]
fun to_ascii_of_other_text() {
    x"c3a9".to_string().to_ascii();
}
