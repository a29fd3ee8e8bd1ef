#[test_only]
module toma::toma_tests;

use std::unit_test::assert_eq;
use sui::coin::{Coin, CoinMetadata, TreasuryCap};
use sui::test_scenario::{Self, Scenario};
use toma::toma::{Self, Faucet, TOMA};

const PUBLISHER: address = @0xAD;
const ALICE: address = @0xA11CE;
const BOB: address = @0xB0B;
const LIMIT: u64 = 1_000_000_000_000;

fun published(): (Scenario, Faucet) {
    let mut scenario = test_scenario::begin(PUBLISHER);
    toma::init_for_testing(scenario.ctx());
    scenario.next_tx(PUBLISHER);
    let faucet = scenario.take_shared<Faucet>();
    (scenario, faucet)
}

fun enabled(): (Scenario, Faucet) {
    let (mut scenario, mut faucet) = published();
    let cap = scenario.take_from_sender<TreasuryCap<TOMA>>();
    faucet.enable_faucet(cap, scenario.ctx());
    (scenario, faucet)
}

fun ask(scenario: &mut Scenario, faucet: &mut Faucet, who: address, amount: u64) {
    scenario.next_tx(who);
    faucet.faucet(amount, scenario.ctx());
}

fun finish(scenario: Scenario, faucet: Faucet) {
    test_scenario::return_shared(faucet);
    scenario.end();
}

#[test]
fun the_coin_has_nine_decimals_and_frozen_metadata() {
    let (scenario, faucet) = published();
    let metadata = scenario.take_immutable<CoinMetadata<TOMA>>();
    assert_eq!(metadata.get_decimals(), 9);
    assert_eq!(metadata.get_symbol(), std::ascii::string(b"TOMA"));
    test_scenario::return_immutable(metadata);
    finish(scenario, faucet);
}

#[test]
fun the_faucet_pays_the_sender() {
    let (mut scenario, mut faucet) = enabled();
    assert!(faucet.is_enabled());
    ask(&mut scenario, &mut faucet, ALICE, 100_000_000_000);
    let effects = scenario.next_tx(ALICE);
    assert_eq!(effects.num_user_events(), 1);
    let coin = scenario.take_from_sender<Coin<TOMA>>();
    assert_eq!(coin.value(), 100_000_000_000);
    assert_eq!(faucet.granted(ALICE, 0), 100_000_000_000);
    scenario.return_to_sender(coin);
    finish(scenario, faucet);
}

#[test]
fun the_limit_is_per_address_and_epoch() {
    let (mut scenario, mut faucet) = enabled();
    ask(&mut scenario, &mut faucet, ALICE, LIMIT - 1);
    ask(&mut scenario, &mut faucet, ALICE, 1);
    ask(&mut scenario, &mut faucet, BOB, LIMIT);
    scenario.later_epoch(1, ALICE);
    assert_eq!(faucet.granted(ALICE, 1), 0);
    ask(&mut scenario, &mut faucet, ALICE, LIMIT);
    assert_eq!(faucet.granted(ALICE, 1), LIMIT);
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::EFaucetLimitExceeded)]
fun more_than_the_limit_in_one_call() {
    let (mut scenario, mut faucet) = enabled();
    ask(&mut scenario, &mut faucet, ALICE, LIMIT + 1);
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::EFaucetLimitExceeded)]
fun more_than_the_limit_in_two_calls_of_an_epoch() {
    let (mut scenario, mut faucet) = enabled();
    ask(&mut scenario, &mut faucet, ALICE, LIMIT);
    ask(&mut scenario, &mut faucet, ALICE, 1);
    finish(scenario, faucet);
}

/// In an earlier design a call of 2^64 - 2 filled the supply and blocked the faucet for everyone.
#[test, expected_failure(abort_code = toma::EFaucetLimitExceeded)]
fun one_huge_call_cannot_block_the_faucet() {
    let (mut scenario, mut faucet) = enabled();
    ask(&mut scenario, &mut faucet, ALICE, 18_446_744_073_709_551_614);
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::ESupplyExhausted)]
fun an_exhausted_supply_is_named() {
    let (mut scenario, mut faucet) = published();
    let mut cap = scenario.take_from_sender<TreasuryCap<TOMA>>();
    let most = cap.mint(18_446_744_073_709_551_614 - 5, scenario.ctx());
    transfer::public_transfer(most, PUBLISHER);
    faucet.enable_faucet(cap, scenario.ctx());
    ask(&mut scenario, &mut faucet, ALICE, 5);
    ask(&mut scenario, &mut faucet, ALICE, 1);
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::EZeroAmount)]
fun nothing_is_not_an_amount() {
    let (mut scenario, mut faucet) = enabled();
    ask(&mut scenario, &mut faucet, ALICE, 0);
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::EFaucetDisabled)]
fun the_faucet_is_off_after_publication() {
    let (mut scenario, mut faucet) = published();
    ask(&mut scenario, &mut faucet, ALICE, 1);
    finish(scenario, faucet);
}

#[test]
fun disabling_returns_the_cap_and_enabling_works_again() {
    let (mut scenario, mut faucet) = enabled();
    scenario.next_tx(PUBLISHER);
    faucet.disable_faucet(scenario.ctx());
    assert!(!faucet.is_enabled());
    scenario.next_tx(PUBLISHER);
    let cap = scenario.take_from_sender<TreasuryCap<TOMA>>();
    faucet.enable_faucet(cap, scenario.ctx());
    ask(&mut scenario, &mut faucet, BOB, 1);
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::ENotFaucetOwner)]
fun a_stranger_cannot_disable_the_faucet() {
    let (mut scenario, mut faucet) = enabled();
    scenario.next_tx(ALICE);
    faucet.disable_faucet(scenario.ctx());
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::EFaucetDisabled)]
fun a_faucet_that_is_off_cannot_be_disabled() {
    let (mut scenario, mut faucet) = published();
    faucet.disable_faucet(scenario.ctx());
    finish(scenario, faucet);
}

#[test, expected_failure(abort_code = toma::EFaucetAlreadyEnabled)]
fun a_second_cap_is_refused() {
    let (mut scenario, mut faucet) = enabled();
    let cap = sui::coin::create_treasury_cap_for_testing<TOMA>(scenario.ctx());
    faucet.enable_faucet(cap, scenario.ctx());
    finish(scenario, faucet);
}
