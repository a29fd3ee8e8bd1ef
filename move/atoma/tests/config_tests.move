#[test_only]
module atoma::config_tests;

use atoma::config::{Self, Config};
use std::unit_test::assert_eq;
use sui::event;

const F: u64 = 100_000_000;

fun terms(level: u16): config::Terms { config::new().terms(level) }

#[test]
fun defaults_are_those_of_the_protocol() {
    let config = config::new();
    assert!(config.registration_open());
    assert_eq!(config.registration_collateral(), 10_000_000_000);
    assert_eq!(config.exit_delay(), 6);
    let terms = terms(1);
    assert_eq!(terms.attestation_probability(), 120);
    assert_eq!(terms.attesters(), 1);
    assert_eq!(terms.attester_pay(), 1_000);
    assert_eq!(terms.surcharge(), 200);
    assert_eq!(terms.bond(), 15_000);
    assert_eq!(terms.jurors(), 5);
    assert_eq!(terms.challenger_share(), 200);
    assert_eq!(terms.minimum_dispute_bond(), 100_000_000);
    assert_eq!(terms.window(), 2);
    assert_eq!(terms.phase(), 2);
    assert_eq!(terms.stack_life(), 14);
}

#[test]
fun only_level_1_has_a_surcharge_a_coin_flip_and_the_larger_bond() {
    vector[0, 2].do!(|level| {
        assert_eq!(terms(level).surcharge(), 0);
        assert_eq!(terms(level).attestation_probability(), 0);
        assert_eq!(terms(level).bond(), 6_000);
        assert_eq!(terms(level).surcharge_on(F), 0);
        assert_eq!(terms(level).attesters(), 1);
    });
}

#[test]
fun amounts_follow_the_formulas() {
    let terms = terms(1);
    assert_eq!(terms.surcharge_on(F), 20_000_000);
    assert_eq!(terms.surcharge_on(1), 1);
    assert_eq!(terms.bond_on(F), 1_500_000_000);
    assert_eq!(terms.attester_pay_on(F), F);
    assert_eq!(terms.dispute_bond_on(F), 5 * F);
    assert_eq!(terms.dispute_bond_on(1), 100_000_000);
    assert_eq!(terms.silence_slash_on(3 * F), 3 * F);
    assert_eq!(terms.silence_slash_on(1), 100_000_000);
    assert_eq!(terms.juror_pay_on(F), F);
    assert_eq!(terms.juror_pay_on(1), 20_000_000);
}

#[test]
fun a_jury_has_an_odd_number_of_seats_or_none() {
    let expected = vector[0, 0, 0, 3, 3, 5, 5, 5];
    expected.length().do!(|found| assert_eq!(config::seats(found, 5), expected[found]));
    assert_eq!(config::seats(7, 7), 7);
    assert_eq!(config::seats(6, 7), 5);
    assert_eq!(config::seats(9, 3), 3);
}

#[test]
fun a_price_of_a_share_of_the_minimum_bond_pays_a_jury() { terms(1).assert_worth_a_jury(20_000_000); }

#[test, expected_failure(abort_code = config::EStackTooSmall)]
fun a_smaller_price_does_not() { terms(1).assert_worth_a_jury(19_999_999); }

#[test]
fun every_setter_changes_its_own_parameter_and_says_so() {
    let mut config = config::new();
    config.set_registration_open(false);
    config.set_registration_collateral(7);
    config.set_attestation_probability(50);
    config.set_attesters(2);
    config.set_attester_pay(1_100);
    config.set_surcharge(300);
    config.set_sampled_bond(20_000);
    config.set_plain_bond(7_000);
    config.set_jurors(3);
    config.set_challenger_share(100);
    config.set_minimum_dispute_bond(11);
    config.set_exit_delay(20);
    config.set_window(3);
    config.set_phase(4);
    config.set_stack_life(50);
    assert_eq!(event::events_by_type<atoma::events::ConfigChangedEvent>().length(), 15);
    assert!(!config.registration_open());
    assert_eq!(config.registration_collateral(), 7);
    assert_eq!(config.exit_delay(), 20);
    let sampled = config.terms(1);
    assert_eq!(sampled.attestation_probability(), 50);
    assert_eq!(sampled.attesters(), 2);
    assert_eq!(sampled.attester_pay(), 1_100);
    assert_eq!(sampled.surcharge(), 300);
    assert_eq!(sampled.bond(), 20_000);
    assert_eq!(config.terms(0).bond(), 7_000);
    assert_eq!(sampled.jurors(), 3);
    assert_eq!(sampled.challenger_share(), 100);
    assert_eq!(sampled.minimum_dispute_bond(), 11);
    assert_eq!(sampled.window(), 3);
    assert_eq!(sampled.phase(), 4);
    assert_eq!(sampled.stack_life(), 50);
}

/// A config whose bonds and surcharge leave room for one bound at a time to be tested.
fun roomy(): Config {
    let mut config = config::new();
    config.set_surcharge(1_000_000);
    config.set_sampled_bond(1_000_000);
    config.set_plain_bond(1_000_000);
    config
}

#[test, expected_failure(abort_code = config::EProbabilityOutOfRange)]
fun probability_at_most_1000() { roomy().set_attestation_probability(1_001) }

#[test, expected_failure(abort_code = config::EAttesterCountOutOfRange)]
fun no_attesters() { roomy().set_attesters(0) }

#[test, expected_failure(abort_code = config::EAttesterCountOutOfRange)]
fun five_attesters() { roomy().set_attesters(5) }

#[test, expected_failure(abort_code = config::EZeroParameter)]
fun free_attesters() { roomy().set_attester_pay(0) }

#[test, expected_failure(abort_code = config::EZeroParameter)]
fun no_collateral() { roomy().set_registration_collateral(0) }

#[test, expected_failure(abort_code = config::EZeroParameter)]
fun no_minimum_bond() { roomy().set_minimum_dispute_bond(0) }

#[test, expected_failure(abort_code = config::ESurchargeTooSmall)]
fun surcharge_below_the_expected_pay() { config::new().set_surcharge(119) }

#[test]
fun surcharge_of_exactly_the_expected_pay() { config::new().set_surcharge(120) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun sampled_bond_below_a_jury() { config::new().set_sampled_bond(4_999) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun plain_bond_below_a_jury() { config::new().set_plain_bond(4_999) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun seven_jurors_need_larger_bonds() { config::new().set_jurors(7) }

#[test, expected_failure(abort_code = config::EJurorCountOutOfRange)]
fun one_juror() { roomy().set_jurors(1) }

#[test, expected_failure(abort_code = config::EJurorCountOutOfRange)]
fun four_jurors() { roomy().set_jurors(4) }

#[test, expected_failure(abort_code = config::EJurorCountOutOfRange)]
fun nine_jurors() { roomy().set_jurors(9) }

#[test, expected_failure(abort_code = config::EChallengerShareOutOfRange)]
fun challenger_share_above_half() { roomy().set_challenger_share(501) }

#[test, expected_failure(abort_code = config::ESpanOutOfRange)]
fun window_of_one_epoch() { roomy().set_window(1) }

#[test, expected_failure(abort_code = config::ESpanOutOfRange)]
fun window_of_fifteen_epochs() { roomy().set_window(15) }

#[test, expected_failure(abort_code = config::ESpanOutOfRange)]
fun phase_of_one_epoch() { roomy().set_phase(1) }

#[test, expected_failure(abort_code = config::ESpanOutOfRange)]
fun phase_of_fifteen_epochs() { roomy().set_phase(15) }

#[test, expected_failure(abort_code = config::EStackLifeOutOfRange)]
fun stack_life_of_three_epochs() { roomy().set_stack_life(3) }

#[test, expected_failure(abort_code = config::EStackLifeOutOfRange)]
fun stack_life_of_101_epochs() { roomy().set_stack_life(101) }

#[test, expected_failure(abort_code = config::EExitDelayOutOfRange)]
fun exit_delay_shorter_than_the_duties() { roomy().set_exit_delay(5) }

#[test, expected_failure(abort_code = config::EExitDelayOutOfRange)]
fun exit_delay_of_101_epochs() { roomy().set_exit_delay(101) }

#[test, expected_failure(abort_code = config::EExitDelayOutOfRange)]
fun a_longer_window_needs_a_longer_exit_delay() { roomy().set_window(3) }

#[test, expected_failure(abort_code = config::EShareTooLarge)]
fun surcharge_beyond_all_measure() { roomy().set_surcharge(1_000_001) }

#[test, expected_failure(abort_code = config::EShareTooLarge)]
fun bond_beyond_all_measure() { roomy().set_sampled_bond(18_446_744_073_709_551_615) }

#[test, expected_failure(abort_code = config::EShareTooLarge)]
fun pay_beyond_all_measure() { roomy().set_attester_pay(18_446_744_073_709_551_615) }
