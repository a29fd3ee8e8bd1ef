#[test_only]
module std::integer_tests;

use std::unit_test::assert_eq;

#[test]
fun u8_helpers() {
    let max = std::u8::max_value!();
    assert_eq!(max, 0xff);
    assert_eq!(max.bitwise_not(), 0);
    assert_eq!(0u8.bitwise_not(), max);
    assert_eq!(5u8.max(7), 7);
    assert_eq!(7u8.min(5), 5);
    assert_eq!(max.diff(0), max);
    assert_eq!(3u8.diff(10), 7);
    assert_eq!(7u8.divide_and_round_up(2), 4);
    assert_eq!(8u8.divide_and_round_up(2), 4);
    assert_eq!(max.divide_and_round_up(1), max);
    assert_eq!(2u8.pow(7), 128);
    assert_eq!(0u8.pow(0), 1);
    assert_eq!(3u8.pow(4), 81);
    assert_eq!(15u8.pow(1), 15);
    assert_eq!(max.to_string(), b"255".to_string());
    assert_eq!(0u8.to_string(), b"0".to_string());
    assert_eq!(10u8.to_string(), b"10".to_string());
    assert_eq!(max.sqrt(), 15);
    assert_eq!(0u8.sqrt(), 0);
    assert_eq!(1u8.sqrt(), 1);
    assert_eq!(99u8.sqrt(), 9);
    assert_eq!(100u8.sqrt(), 10);
    let mut log = vector[];
    3u8.do!(|i| log.push_back(i));
    2u8.do_eq!(|i| log.push_back(i));
    5u8.range_do!(7, |i| log.push_back(i));
    (max - 1).range_do_eq!(max, |i| log.push_back(i));
    5u8.range_do!(5, |i| log.push_back(i));
    5u8.range_do_eq!(4, |i| log.push_back(i));
    assert_eq!(log, vector[0, 1, 2, 0, 1, 2, 5, 6, max - 1, max]);
}

#[test, expected_failure(arithmetic_error, location = std::u8)]
fun u8_pow_overflow() {
    2u8.pow(8);
}

#[test]
fun u16_helpers() {
    let max = std::u16::max_value!();
    assert_eq!(max, 0xffff);
    assert_eq!(max.bitwise_not(), 0);
    assert_eq!(0u16.bitwise_not(), max);
    assert_eq!(5u16.max(7), 7);
    assert_eq!(7u16.min(5), 5);
    assert_eq!(max.diff(0), max);
    assert_eq!(3u16.diff(10), 7);
    assert_eq!(7u16.divide_and_round_up(2), 4);
    assert_eq!(8u16.divide_and_round_up(2), 4);
    assert_eq!(max.divide_and_round_up(1), max);
    assert_eq!(2u16.pow(15), 32768);
    assert_eq!(0u16.pow(0), 1);
    assert_eq!(3u16.pow(4), 81);
    assert_eq!(255u16.pow(1), 255);
    assert_eq!(max.to_string(), b"65535".to_string());
    assert_eq!(0u16.to_string(), b"0".to_string());
    assert_eq!(10u16.to_string(), b"10".to_string());
    assert_eq!(max.sqrt(), 255);
    assert_eq!(0u16.sqrt(), 0);
    assert_eq!(1u16.sqrt(), 1);
    assert_eq!(99u16.sqrt(), 9);
    assert_eq!(100u16.sqrt(), 10);
    assert_eq!(255u16.try_as_u8(), option::some(255));
    assert_eq!(256u16.try_as_u8(), option::none());
    let mut log = vector[];
    3u16.do!(|i| log.push_back(i));
    2u16.do_eq!(|i| log.push_back(i));
    5u16.range_do!(7, |i| log.push_back(i));
    (max - 1).range_do_eq!(max, |i| log.push_back(i));
    5u16.range_do!(5, |i| log.push_back(i));
    5u16.range_do_eq!(4, |i| log.push_back(i));
    assert_eq!(log, vector[0, 1, 2, 0, 1, 2, 5, 6, max - 1, max]);
}

#[test, expected_failure(arithmetic_error, location = std::u16)]
fun u16_pow_overflow() {
    2u16.pow(16);
}

#[test]
fun u32_helpers() {
    let max = std::u32::max_value!();
    assert_eq!(max, 0xffffffff);
    assert_eq!(max.bitwise_not(), 0);
    assert_eq!(0u32.bitwise_not(), max);
    assert_eq!(5u32.max(7), 7);
    assert_eq!(7u32.min(5), 5);
    assert_eq!(max.diff(0), max);
    assert_eq!(3u32.diff(10), 7);
    assert_eq!(7u32.divide_and_round_up(2), 4);
    assert_eq!(8u32.divide_and_round_up(2), 4);
    assert_eq!(max.divide_and_round_up(1), max);
    assert_eq!(2u32.pow(31), 2147483648);
    assert_eq!(0u32.pow(0), 1);
    assert_eq!(3u32.pow(4), 81);
    assert_eq!(255u32.pow(1), 255);
    assert_eq!(max.to_string(), b"4294967295".to_string());
    assert_eq!(0u32.to_string(), b"0".to_string());
    assert_eq!(10u32.to_string(), b"10".to_string());
    assert_eq!(max.sqrt(), 65535);
    assert_eq!(0u32.sqrt(), 0);
    assert_eq!(1u32.sqrt(), 1);
    assert_eq!(99u32.sqrt(), 9);
    assert_eq!(100u32.sqrt(), 10);
    assert_eq!(255u32.try_as_u8(), option::some(255));
    assert_eq!(256u32.try_as_u8(), option::none());
    assert_eq!(65535u32.try_as_u16(), option::some(65535));
    assert_eq!(65536u32.try_as_u16(), option::none());
    let mut log = vector[];
    3u32.do!(|i| log.push_back(i));
    2u32.do_eq!(|i| log.push_back(i));
    5u32.range_do!(7, |i| log.push_back(i));
    (max - 1).range_do_eq!(max, |i| log.push_back(i));
    5u32.range_do!(5, |i| log.push_back(i));
    5u32.range_do_eq!(4, |i| log.push_back(i));
    assert_eq!(log, vector[0, 1, 2, 0, 1, 2, 5, 6, max - 1, max]);
}

#[test, expected_failure(arithmetic_error, location = std::u32)]
fun u32_pow_overflow() {
    2u32.pow(32);
}

#[test]
fun u64_helpers() {
    let max = std::u64::max_value!();
    assert_eq!(max, 0xffffffffffffffff);
    assert_eq!(max.bitwise_not(), 0);
    assert_eq!(0u64.bitwise_not(), max);
    assert_eq!(5u64.max(7), 7);
    assert_eq!(7u64.min(5), 5);
    assert_eq!(max.diff(0), max);
    assert_eq!(3u64.diff(10), 7);
    assert_eq!(7u64.divide_and_round_up(2), 4);
    assert_eq!(8u64.divide_and_round_up(2), 4);
    assert_eq!(max.divide_and_round_up(1), max);
    assert_eq!(2u64.pow(63), 9223372036854775808);
    assert_eq!(0u64.pow(0), 1);
    assert_eq!(3u64.pow(4), 81);
    assert_eq!(255u64.pow(1), 255);
    assert_eq!(max.to_string(), b"18446744073709551615".to_string());
    assert_eq!(0u64.to_string(), b"0".to_string());
    assert_eq!(10u64.to_string(), b"10".to_string());
    assert_eq!(max.sqrt(), 4294967295);
    assert_eq!(0u64.sqrt(), 0);
    assert_eq!(1u64.sqrt(), 1);
    assert_eq!(99u64.sqrt(), 9);
    assert_eq!(100u64.sqrt(), 10);
    assert_eq!(255u64.try_as_u8(), option::some(255));
    assert_eq!(256u64.try_as_u8(), option::none());
    assert_eq!(65535u64.try_as_u16(), option::some(65535));
    assert_eq!(65536u64.try_as_u16(), option::none());
    assert_eq!(4294967295u64.try_as_u32(), option::some(4294967295));
    assert_eq!(4294967296u64.try_as_u32(), option::none());
    let mut log = vector[];
    3u64.do!(|i| log.push_back(i));
    2u64.do_eq!(|i| log.push_back(i));
    5u64.range_do!(7, |i| log.push_back(i));
    (max - 1).range_do_eq!(max, |i| log.push_back(i));
    5u64.range_do!(5, |i| log.push_back(i));
    5u64.range_do_eq!(4, |i| log.push_back(i));
    assert_eq!(log, vector[0, 1, 2, 0, 1, 2, 5, 6, max - 1, max]);
}

#[test, expected_failure(arithmetic_error, location = std::u64)]
fun u64_pow_overflow() {
    2u64.pow(64);
}

#[test]
fun u128_helpers() {
    let max = std::u128::max_value!();
    assert_eq!(max, 0xffffffffffffffffffffffffffffffff);
    assert_eq!(max.bitwise_not(), 0);
    assert_eq!(0u128.bitwise_not(), max);
    assert_eq!(5u128.max(7), 7);
    assert_eq!(7u128.min(5), 5);
    assert_eq!(max.diff(0), max);
    assert_eq!(3u128.diff(10), 7);
    assert_eq!(7u128.divide_and_round_up(2), 4);
    assert_eq!(8u128.divide_and_round_up(2), 4);
    assert_eq!(max.divide_and_round_up(1), max);
    assert_eq!(2u128.pow(127), 170141183460469231731687303715884105728);
    assert_eq!(0u128.pow(0), 1);
    assert_eq!(3u128.pow(4), 81);
    assert_eq!(255u128.pow(1), 255);
    assert_eq!(max.to_string(), b"340282366920938463463374607431768211455".to_string());
    assert_eq!(0u128.to_string(), b"0".to_string());
    assert_eq!(10u128.to_string(), b"10".to_string());
    assert_eq!(max.sqrt(), 18446744073709551615);
    assert_eq!(0u128.sqrt(), 0);
    assert_eq!(1u128.sqrt(), 1);
    assert_eq!(99u128.sqrt(), 9);
    assert_eq!(100u128.sqrt(), 10);
    assert_eq!(255u128.try_as_u8(), option::some(255));
    assert_eq!(256u128.try_as_u8(), option::none());
    assert_eq!(65535u128.try_as_u16(), option::some(65535));
    assert_eq!(65536u128.try_as_u16(), option::none());
    assert_eq!(4294967295u128.try_as_u32(), option::some(4294967295));
    assert_eq!(4294967296u128.try_as_u32(), option::none());
    assert_eq!(18446744073709551615u128.try_as_u64(), option::some(18446744073709551615));
    assert_eq!(18446744073709551616u128.try_as_u64(), option::none());
    let mut log = vector[];
    3u128.do!(|i| log.push_back(i));
    2u128.do_eq!(|i| log.push_back(i));
    5u128.range_do!(7, |i| log.push_back(i));
    (max - 1).range_do_eq!(max, |i| log.push_back(i));
    5u128.range_do!(5, |i| log.push_back(i));
    5u128.range_do_eq!(4, |i| log.push_back(i));
    assert_eq!(log, vector[0, 1, 2, 0, 1, 2, 5, 6, max - 1, max]);
}

#[test, expected_failure(arithmetic_error, location = std::u128)]
fun u128_pow_overflow() {
    2u128.pow(128);
}

#[test]
fun u256_helpers() {
    let max = std::u256::max_value!();
    assert_eq!(max, 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff);
    assert_eq!(max.bitwise_not(), 0);
    assert_eq!(0u256.bitwise_not(), max);
    assert_eq!(5u256.max(7), 7);
    assert_eq!(7u256.min(5), 5);
    assert_eq!(max.diff(0), max);
    assert_eq!(3u256.diff(10), 7);
    assert_eq!(7u256.divide_and_round_up(2), 4);
    assert_eq!(8u256.divide_and_round_up(2), 4);
    assert_eq!(max.divide_and_round_up(1), max);
    assert_eq!(2u256.pow(255), 57896044618658097711785492504343953926634992332820282019728792003956564819968);
    assert_eq!(0u256.pow(0), 1);
    assert_eq!(3u256.pow(4), 81);
    assert_eq!(255u256.pow(1), 255);
    assert_eq!(max.to_string(), b"115792089237316195423570985008687907853269984665640564039457584007913129639935".to_string());
    assert_eq!(0u256.to_string(), b"0".to_string());
    assert_eq!(10u256.to_string(), b"10".to_string());
    assert_eq!(255u256.try_as_u8(), option::some(255));
    assert_eq!(256u256.try_as_u8(), option::none());
    assert_eq!(65535u256.try_as_u16(), option::some(65535));
    assert_eq!(65536u256.try_as_u16(), option::none());
    assert_eq!(4294967295u256.try_as_u32(), option::some(4294967295));
    assert_eq!(4294967296u256.try_as_u32(), option::none());
    assert_eq!(18446744073709551615u256.try_as_u64(), option::some(18446744073709551615));
    assert_eq!(18446744073709551616u256.try_as_u64(), option::none());
    assert_eq!(340282366920938463463374607431768211455u256.try_as_u128(), option::some(340282366920938463463374607431768211455));
    assert_eq!(340282366920938463463374607431768211456u256.try_as_u128(), option::none());
    let mut log = vector[];
    3u256.do!(|i| log.push_back(i));
    2u256.do_eq!(|i| log.push_back(i));
    5u256.range_do!(7, |i| log.push_back(i));
    (max - 1).range_do_eq!(max, |i| log.push_back(i));
    5u256.range_do!(5, |i| log.push_back(i));
    5u256.range_do_eq!(4, |i| log.push_back(i));
    assert_eq!(log, vector[0, 1, 2, 0, 1, 2, 5, 6, max - 1, max]);
}

#[test, expected_failure(arithmetic_error, location = std::u256)]
fun u256_pow_overflow() {
    2u256.pow(255);
    2u256.pow(128).pow(2);
}
