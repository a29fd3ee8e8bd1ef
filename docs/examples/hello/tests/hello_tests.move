#[test_only]
module hello::hello_tests;

use hello::hello::{Self, Counter};
use sui::test_scenario;
use std::unit_test::assert_eq;

const ENotImplemented: u64 = 0;

#[test]
fun counts() {
    let mut scenario = test_scenario::begin(@0xA);
    hello::init_for_testing(scenario.ctx());
    scenario.next_tx(@0xB);
    let mut counter = scenario.take_shared<Counter>();
    counter.bump();
    assert_eq!(counter.value(), 1);
    test_scenario::return_shared(counter);
    scenario.end();
}

#[test, expected_failure(abort_code = ::hello::hello_tests::ENotImplemented)]
fun fails() { abort ENotImplemented }

#[test, expected_failure(abort_code = hello::hello::ENotZero)]
fun wrong_reset() {
    let mut scenario = test_scenario::begin(@0xA);
    hello::init_for_testing(scenario.ctx());
    scenario.next_tx(@0xB);
    let mut counter = scenario.take_shared<Counter>();
    counter.reset();
    abort 99
}
