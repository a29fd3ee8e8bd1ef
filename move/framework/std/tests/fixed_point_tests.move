#[test_only]
module std::fixed_point_tests;

use std::bit_vector;
use std::fixed_point32 as fixed;
use std::unit_test::assert_eq;
use std::uq32_32;
use std::uq64_64;

const MAX: u64 = 18446744073709551615;

#[test]
fun fixed_point32() {
    let half = fixed::create_from_rational(1, 2);
    assert_eq!(half.get_raw_value(), 1 << 31);
    assert_eq!(fixed::multiply_u64(9, half), 4);
    assert_eq!(fixed::divide_u64(9, half), 18);
    assert!(fixed::create_from_raw_value(0).is_zero() && !half.is_zero());
    assert_eq!(fixed::create_from_rational(MAX, MAX).get_raw_value(), 1 << 32);
}

#[test, expected_failure(abort_code = 0x10001, location = std::fixed_point32)]
fun fixed_zero_denominator() {
    fixed::create_from_rational(1, 0);
}

#[test, expected_failure(abort_code = 0x20005, location = std::fixed_point32)]
fun fixed_ratio_too_small() {
    fixed::create_from_rational(1, 1 << 33);
}

#[test, expected_failure(abort_code = 0x20005, location = std::fixed_point32)]
fun fixed_ratio_too_large() {
    fixed::create_from_rational(1 << 32, 1);
}

#[test, expected_failure(abort_code = 0x20003, location = std::fixed_point32)]
fun fixed_product_too_large() {
    fixed::multiply_u64(MAX, fixed::create_from_rational(2, 1));
}

#[test, expected_failure(abort_code = 0x20002, location = std::fixed_point32)]
fun fixed_quotient_too_large() {
    fixed::divide_u64(MAX, fixed::create_from_rational(1, 2));
}

#[test, expected_failure(abort_code = 0x10004, location = std::fixed_point32)]
fun fixed_division_by_zero() {
    fixed::divide_u64(1, fixed::create_from_raw_value(0));
}

#[test]
fun uq32_32() {
    let a = uq32_32::from_quotient(3, 4);
    assert_eq!(a.to_raw(), 3 << 30);
    let b = uq32_32::from_int(2);
    assert_eq!(a.add(b).to_raw(), 11 << 30);
    assert_eq!(b.sub(a).to_raw(), 5 << 30);
    assert_eq!(a.mul(b), uq32_32::from_quotient(3, 2));
    assert_eq!(a.div(b), uq32_32::from_quotient(3, 8));
    assert_eq!(uq32_32::int_mul(10, a), 7);
    assert_eq!(uq32_32::int_div(3, a), 4);
    assert_eq!(b.to_int(), 2);
    assert_eq!(a.to_int(), 0);
    assert!(a.lt(b) && a.le(a) && b.gt(a) && b.ge(b) && !b.le(a) && !a.gt(a));
    assert_eq!(uq32_32::from_raw(7).to_raw(), 7);
    assert_eq!(uq32_32::from_quotient(0, 5).to_raw(), 0);
}

#[test, expected_failure(abort_code = std::uq32_32::EDenominator)]
fun uq32_32_zero_denominator() {
    uq32_32::from_quotient(1, 0);
}

#[test, expected_failure(abort_code = std::uq32_32::EQuotientTooSmall)]
fun uq32_32_too_small() {
    uq32_32::from_quotient(1, MAX);
}

#[test, expected_failure(abort_code = std::uq32_32::EQuotientTooLarge)]
fun uq32_32_too_large() {
    uq32_32::from_quotient(MAX, 1);
}

#[test, expected_failure(abort_code = std::uq32_32::EOverflow)]
fun uq32_32_sum_too_large() {
    uq32_32::from_raw(MAX).add(uq32_32::from_raw(1));
}

#[test, expected_failure(abort_code = std::uq32_32::EOverflow)]
fun uq32_32_difference_below_zero() {
    uq32_32::from_raw(1).sub(uq32_32::from_raw(2));
}

#[test, expected_failure(abort_code = std::uq32_32::EOverflow)]
fun uq32_32_product_too_large() {
    uq32_32::int_mul(MAX, uq32_32::from_int(2));
}

#[test, expected_failure(abort_code = std::uq32_32::EDivisionByZero)]
fun uq32_32_division_by_zero() {
    uq32_32::int_div(1, uq32_32::from_int(0));
}

#[test]
fun uq64_64() {
    let a = uq64_64::from_quotient(3, 4);
    assert_eq!(a.to_raw(), 3 << 62);
    let b = uq64_64::from_int(2);
    assert_eq!(a.add(b).to_raw(), 11 << 62);
    assert_eq!(b.sub(a).to_raw(), 5 << 62);
    assert_eq!(a.mul(b), uq64_64::from_quotient(3, 2));
    assert_eq!(a.div(b), uq64_64::from_quotient(3, 8));
    assert_eq!(uq64_64::int_mul(10, a), 7);
    assert_eq!(uq64_64::int_div(3, a), 4);
    assert_eq!(uq64_64::from_int(MAX).to_int(), MAX);
    assert!(a.lt(b) && a.le(a) && b.gt(a) && b.ge(b));
}

#[test, expected_failure(abort_code = std::uq64_64::EOverflow)]
fun uq64_64_overflow() {
    uq64_64::from_int(MAX).mul(uq64_64::from_int(2));
}

#[test, expected_failure(abort_code = std::uq64_64::EQuotientTooLarge)]
fun uq64_64_too_large() {
    uq64_64::from_quotient(1 << 64, 1);
}

#[test]
fun bits() {
    let mut v = bit_vector::new(10);
    assert_eq!(v.length(), 10);
    v.set(2);
    v.set(3);
    v.set(9);
    assert!(v.is_index_set(2) && !v.is_index_set(4));
    assert_eq!(v.longest_set_sequence_starting_at(2), 2);
    assert_eq!(v.longest_set_sequence_starting_at(9), 1);
    assert_eq!(v.longest_set_sequence_starting_at(0), 0);
    v.shift_left(2);
    assert!(v.is_index_set(0) && v.is_index_set(1) && v.is_index_set(7) && !v.is_index_set(9));
    v.unset(0);
    assert!(!v.is_index_set(0));
    v.shift_left(10);
    assert_eq!(v, bit_vector::new(10));
}

#[test, expected_failure(abort_code = 0x20001, location = std::bit_vector)]
fun bits_of_no_length() {
    bit_vector::new(0);
}

#[test, expected_failure(abort_code = 0x20001, location = std::bit_vector)]
fun bits_of_too_great_length() {
    bit_vector::new(1024);
}

#[test, expected_failure(abort_code = 0x20000, location = std::bit_vector)]
fun bit_out_of_range() {
    bit_vector::new(3).set(3);
}
