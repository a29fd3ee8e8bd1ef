#[test_only]
module sui::data_tests;

use std::unit_test::assert_eq;
use sui::address;
use sui::bcs;
use sui::clock;
use sui::hex;
use sui::math;
use sui::url;

public struct Record has drop { a: u64, b: bool, c: vector<address>, d: Option<u16> }

#[test]
fun reading_bcs() {
    let record = Record { a: 5, b: true, c: vector[@0xa, @0xb], d: option::some(7) };
    let mut r = bcs::new(bcs::to_bytes(&record));
    assert_eq!(r.peel_u64(), 5);
    assert_eq!(r.peel_bool(), true);
    assert_eq!(r.peel_vec_address(), vector[@0xa, @0xb]);
    assert_eq!(r.peel_option_u16(), option::some(7));
    assert_eq!(r.into_remainder_bytes(), b"");
}

#[test]
fun every_kind_of_bcs() {
    let mut all = vector[];
    all.append(bcs::to_bytes(&0x12u8));
    all.append(bcs::to_bytes(&0x1234u16));
    all.append(bcs::to_bytes(&0x12345678u32));
    all.append(bcs::to_bytes(&(std::u128::max_value!() - 1)));
    all.append(bcs::to_bytes(&(std::u256::max_value!() - 2)));
    all.append(bcs::to_bytes(&@0xabc));
    all.append(bcs::to_bytes(&vector[true, false]));
    all.append(bcs::to_bytes(&vector[b"x", b"yz"]));
    all.append(bcs::to_bytes(&vector[1u8, 2]));
    all.append(bcs::to_bytes(&vector[1u16]));
    all.append(bcs::to_bytes(&vector[1u32]));
    all.append(bcs::to_bytes(&vector[1u64]));
    all.append(bcs::to_bytes(&vector[1u128]));
    all.append(bcs::to_bytes(&vector[1u256]));
    all.append(bcs::to_bytes(&option::some(@0x1)));
    all.append(bcs::to_bytes(&option::some(true)));
    all.append(bcs::to_bytes(&option::none<u8>()));
    all.append(bcs::to_bytes(&option::some(3u32)));
    all.append(bcs::to_bytes(&option::some(4u64)));
    all.append(bcs::to_bytes(&option::some(5u128)));
    all.append(bcs::to_bytes(&option::some(6u256)));
    all.append(b"rest");
    let mut r = bcs::new(all);
    assert_eq!(r.peel_u8(), 0x12);
    assert_eq!(r.peel_u16(), 0x1234);
    assert_eq!(r.peel_u32(), 0x12345678);
    assert_eq!(r.peel_u128(), std::u128::max_value!() - 1);
    assert_eq!(r.peel_u256(), std::u256::max_value!() - 2);
    assert_eq!(r.peel_address(), @0xabc);
    assert_eq!(r.peel_vec_bool(), vector[true, false]);
    assert_eq!(r.peel_vec_vec_u8(), vector[b"x", b"yz"]);
    assert_eq!(r.peel_vec_u8(), vector[1, 2]);
    assert_eq!(r.peel_vec_u16(), vector[1]);
    assert_eq!(r.peel_vec_u32(), vector[1]);
    assert_eq!(r.peel_vec_u64(), vector[1]);
    assert_eq!(r.peel_vec_u128(), vector[1]);
    assert_eq!(r.peel_vec_u256(), vector[1]);
    assert_eq!(r.peel_option_address(), option::some(@0x1));
    assert_eq!(r.peel_option_bool(), option::some(true));
    assert_eq!(r.peel_option_u8(), option::none());
    assert_eq!(r.peel_option_u32(), option::some(3));
    assert_eq!(r.peel_option_u64(), option::some(4));
    assert_eq!(r.peel_option_u128(), option::some(5));
    assert_eq!(r.peel_option_u256(), option::some(6));
    assert_eq!(r.into_remainder_bytes(), b"rest");
    let mut r = bcs::new(x"00ff01ffffff7f");
    assert_eq!(r.peel_enum_tag(), 0);
    assert_eq!(r.peel_vec_length(), 255);
    assert_eq!(r.peel_vec_length(), 0xfffffff);
    assert_eq!(bcs::new(x"0203040506").peel_vec!(|b| b.peel_u16()), vector[0x0403, 0x0605]);
    assert_eq!(bcs::new(x"0107").peel_option!(|b| b.peel_u8()), option::some(7));
}

#[test, expected_failure(abort_code = 0, location = sui::bcs)]
fun bcs_too_short() {
    bcs::new(x"0102").peel_u32();
}

#[test, expected_failure(abort_code = 0, location = sui::bcs)]
fun bcs_address_too_short() {
    bcs::new(x"0102").peel_address();
}

#[test, expected_failure(abort_code = 1, location = sui::bcs)]
fun bcs_not_a_bool() {
    bcs::new(x"02").peel_bool();
}

#[test, expected_failure(abort_code = 2, location = sui::bcs)]
fun bcs_length_too_long() {
    bcs::new(x"ffffffffffff").peel_vec_length();
}

#[test]
fun addresses() {
    let a = @0xabcdef;
    let digits = b"0000000000000000000000000000000000000000000000000000000000abcdef";
    assert_eq!(a.to_string(), digits.to_string());
    assert_eq!(a.to_ascii_string(), digits.to_ascii_string());
    assert_eq!(a.to_u256(), 0xabcdef);
    assert_eq!(address::from_u256(0xabcdef), a);
    assert_eq!(address::from_bytes(a.to_bytes()), a);
    assert_eq!(address::from_ascii_bytes(&digits), a);
    let upper = b"0000000000000000000000000000000000000000000000000000000000ABCDEF";
    assert_eq!(address::from_ascii_bytes(&upper), a);
    assert_eq!(address::from_u256(address::max()).to_u256(), address::max());
    assert_eq!(address::length(), 32);
}

#[test, expected_failure(abort_code = 0, location = sui::address)]
fun address_of_too_few_bytes() {
    address::from_bytes(x"01");
}

#[test, expected_failure(abort_code = 0, location = sui::address)]
fun address_of_too_few_digits() {
    address::from_ascii_bytes(&b"01");
}

#[test, expected_failure(abort_code = 0, location = sui::address)]
fun address_of_other_characters() {
    address::from_ascii_bytes(&b"0000000000000000000000000000000000000000000000000000000000abcdeg");
}

#[test]
fun hexadecimal() {
    assert_eq!(hex::encode(x"00ff3a"), b"00ff3a");
    assert_eq!(hex::decode(b"00fF3A"), x"00ff3a");
    assert_eq!(hex::encode(b""), b"");
    let all = vector::tabulate!(256, |i| i as u8);
    assert_eq!(hex::decode(hex::encode(all)), all);
}

#[test, expected_failure(abort_code = 0, location = sui::hex)]
fun hex_of_odd_length() {
    hex::decode(b"abc");
}

#[test, expected_failure(abort_code = 1, location = sui::hex)]
fun hex_of_other_characters() {
    hex::decode(b"0g");
}

#[test]
fun clocks() {
    let mut c = clock::create_for_testing(&mut tx_context::dummy());
    assert_eq!(c.timestamp_ms(), 0);
    c.increment_for_testing(5);
    c.set_for_testing(50);
    c.increment_for_testing(1);
    assert_eq!(c.timestamp_ms(), 51);
    c.destroy_for_testing();
}

#[test]
fun urls() {
    let mut u = url::new_unsafe(b"a".to_ascii_string());
    u.update(b"b".to_ascii_string());
    assert_eq!(u, url::new_unsafe_from_bytes(b"b"));
    assert_eq!(u.inner_url(), b"b".to_ascii_string());
}

#[test]
fun older_integer_helpers() {
    assert_eq!(math::max(1, 2) + math::min(1, 2) + math::diff(1, 3), 5);
    assert_eq!(math::pow(3, 2) + math::sqrt(16) + math::divide_and_round_up(3, 2), 15);
    assert_eq!(math::sqrt_u128(1 << 100), 1 << 50);
}
