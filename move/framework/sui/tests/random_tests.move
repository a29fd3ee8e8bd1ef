#[test_only]
module sui::random_tests;

use std::unit_test::{assert_eq, destroy};
use sui::random::{Self, Random, RandomGenerator};
use sui::test_scenario as ts;

/// Blocks 1 and 2 of this seed (HMAC-SHA3-256 of the block's number as u16, little end first):
/// 77aec4c96b4f279caf7c56cb6045d786ec731a037227345781174ab6398c426e
/// 6affc69855f69c72c0e8eabb9cf95ab670ed457f42d4f151adbcef3ee1533edd
fun generator(): RandomGenerator {
    random::new_generator_from_seed_for_testing(x"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")
}

#[test]
fun integers_come_from_the_end_of_the_block() {
    let mut g = generator();
    assert_eq!(g.generate_u8(), 0x6e);
    assert_eq!(g.generate_u16(), 0x428c);
    assert_eq!(g.generate_u32(), 0x39b64a17);
    assert_eq!(g.generate_u64(), 0x8157342772031a73);
    assert_eq!(g.generate_u128(), 0xec86d74560cb567caf9c274f6bc9c4ae);
    assert_eq!(g.generate_bool(), true);
    assert_eq!(g.generator_counter(), 1);
    assert_eq!(*g.generator_buffer(), vector[]);
    assert_eq!(g.generate_u32(), 0xdd3e53e1);
    assert_eq!(g.generator_counter(), 2);
}

#[test]
fun a_short_buffer_is_filled_behind() {
    let mut g = generator();
    g.generate_u8();
    // 31 bytes are left: the next block goes on top of them.
    assert_eq!(g.generate_u256(), 0xdd3e53e13eefbcad51f1d4427f45ed70b65af99cbbeae8c0729cf65598c6ff6a);
    assert_eq!(g.generate_u8(), 0x42);
}

#[test]
fun bytes_take_whole_blocks_first() {
    let mut g = generator();
    assert_eq!(
        g.generate_bytes(66),
        x"77aec4c96b4f279caf7c56cb6045d786ec731a037227345781174ab6398c426e6affc69855f69c72c0e8eabb9cf95ab670ed457f42d4f151adbcef3ee1533edd8181",
    );
    assert_eq!(g.generator_counter(), 3);
    assert_eq!(g.generate_u8(), 0xb2);
    assert_eq!(g.generate_bytes(0), vector[]);
}

#[test]
fun ranges() {

    let mut g = generator();
    assert_eq!(g.generate_u8_in_range(10, 19), 10 + ((0x6e428c39b64a178157u256 % 10) as u8));
    let mut g = generator();
    assert_eq!(g.generate_u64_in_range(5, 1004), 5 + ((0x6e428c39b64a178157342772031a73ecu256 % 1000) as u64));
    let mut g = generator();
    assert_eq!(g.generate_u16_in_range(7, 7), 7);
    assert_eq!(g.generator_counter(), 0);
    200u64.do!(|_| {
        let a = g.generate_u8_in_range(3, 5);
        assert!(a >= 3 && a <= 5);
        let b = g.generate_u16_in_range(300, 302);
        assert!(b >= 300 && b <= 302);
        let c = g.generate_u32_in_range(0, 1);
        assert!(c <= 1);
        let d = g.generate_u128_in_range(1 << 100, (1 << 100) + 4);
        assert!(d >= 1 << 100 && d <= (1 << 100) + 4);
    });
    // The whole range of a type.
    g.generate_u8_in_range(0, 255);
    g.generate_u64_in_range(0, std::u64::max_value!());
    g.generate_u128_in_range(0, std::u128::max_value!());
}

#[test, expected_failure(abort_code = 3, location = sui::random)]
fun empty_range() {
    generator().generate_u64_in_range(2, 1);
}

#[test]
fun shuffling() {
    let mut g = generator();
    let mut v = vector::tabulate!(20, |i| i);
    g.shuffle(&mut v);
    assert!(v != vector::tabulate!(20, |i| i));
    v.insertion_sort_by!(|a, b| *a <= *b);
    assert_eq!(v, vector::tabulate!(20, |i| i));
    let mut empty: vector<u8> = vector[];
    g.shuffle(&mut empty);
    let mut again = vector::tabulate!(20, |i| i);
    generator().shuffle(&mut again);
    let mut first = vector::tabulate!(20, |i| i);
    generator().shuffle(&mut first);
    assert_eq!(again, first);
}

#[test]
fun the_shared_state() {
    let mut s = ts::begin(@0x0);
    random::create_for_testing(s.ctx());
    s.next_tx(@0x0);
    let mut r: Random = s.take_shared();
    assert_eq!(object::id_address(&r), @0x8);
    r.update_randomness_state_for_testing(0, x"01", s.ctx());
    r.update_randomness_state_for_testing(1, x"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", s.ctx());
    let (a, b) = (r.new_generator(s.ctx()), r.new_generator(s.ctx()));
    assert!(a.generator_seed() != b.generator_seed());
    assert_eq!(a.generator_seed().length(), 32);
    s.next_epoch(@0x0);
    r.update_randomness_state_for_testing(0, x"02", s.ctx());
    ts::return_shared(r);
    s.end();
}

#[test, expected_failure(abort_code = 2, location = sui::random)]
fun rounds_must_follow_each_other() {
    let mut s = ts::begin(@0x0);
    random::create_for_testing(s.ctx());
    s.next_tx(@0x0);
    let mut r: Random = s.take_shared();
    r.update_randomness_state_for_testing(0, x"01", s.ctx());
    r.update_randomness_state_for_testing(2, x"01", s.ctx());
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::random)]
fun only_the_system_updates() {
    let mut s = ts::begin(@0x0);
    random::create_for_testing(s.ctx());
    s.next_tx(@0xa);
    let mut r: Random = s.take_shared();
    r.update_randomness_state_for_testing(0, x"01", s.ctx());
    abort 42
}

#[test]
fun seeds_for_tests_differ() {
    let (a, b) = (random::new_generator_for_testing(), random::new_generator_for_testing());
    assert_eq!(a.generator_seed().length(), b.generator_seed().length());
    destroy(a);
    destroy(b);
}
