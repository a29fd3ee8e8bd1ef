#[test_only]
module atoma::money_tests;

use atoma::money;
use std::unit_test::assert_eq;
use sui::coin;
use toma::toma::TOMA;

const MAX: u64 = 18_446_744_073_709_551_615;

#[test]
fun permille_rounds_down_and_up() {
    assert_eq!(money::permille_floor(1_999, 1), 1);
    assert_eq!(money::permille_ceil(1_001, 1), 2);
    assert_eq!(money::permille_ceil(1_000, 1), 1);
    assert_eq!(money::permille_floor(0, 700), 0);
    assert_eq!(money::permille_ceil(0, 700), 0);
    assert_eq!(money::permille_floor(MAX, 1_000), MAX);
    assert_eq!(money::permille_ceil(MAX, 1_000), MAX);
}

#[test]
fun saturating_sum_stops_at_the_top() {
    assert_eq!(money::saturating_sum(MAX - 1, 1), MAX);
    assert_eq!(money::saturating_sum(MAX, MAX), MAX);
    assert_eq!(money::saturating_sum(1, 2), 3);
}

#[test, expected_failure(abort_code = money::EAmountTooLarge)]
fun a_product_above_64_bits_is_named() { money::product(1 << 32, 1 << 32); }

#[test, expected_failure(abort_code = money::EAmountTooLarge)]
fun a_sum_above_64_bits_is_named() { money::sum(MAX, 1); }

#[test, expected_failure(abort_code = money::EAmountTooLarge)]
fun a_share_above_64_bits_is_named() { money::permille_ceil(MAX, 1_001); }

#[test, expected_failure(abort_code = money::EInsufficientFunds)]
fun a_short_coin_is_named() {
    let mut ctx = tx_context::dummy();
    let mut coin = coin::mint_for_testing<TOMA>(9, &mut ctx);
    let taken = money::take(&mut coin, 10);
    std::unit_test::destroy(taken);
    std::unit_test::destroy(coin);
}

#[test]
fun sending_nothing_makes_no_coin() {
    let mut scenario = sui::test_scenario::begin(@0x1);
    money::send(sui::balance::zero(), @0x2, scenario.ctx());
    money::send(sui::balance::create_for_testing(5), @0x3, scenario.ctx());
    scenario.next_tx(@0x2);
    assert!(!scenario.has_most_recent_for_sender<coin::Coin<TOMA>>());
    scenario.next_tx(@0x3);
    let coin = scenario.take_from_sender<coin::Coin<TOMA>>();
    assert_eq!(coin.burn_for_testing(), 5);
    scenario.end();
}
