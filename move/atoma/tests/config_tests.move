#[test_only]
module atoma::config_tests;

use atoma::config::{Self, Config};
use std::unit_test::assert_eq;
use sui::event;

const V: u64 = 10_000_000_000;

fun terms(level: u16): config::Terms { config::new().terms(0, level) }

#[test]
fun defaults_are_those_of_the_protocol() {
    let config = config::new();
    assert!(config.registration_open());
    assert_eq!(config.registration_collateral(), 10_000_000_000);
    assert_eq!(config.exit_delay(), 6);
    let terms = terms(1);
    assert_eq!(terms.attestation_probability(), 1_500);
    assert_eq!(terms.attesters(), 1);
    assert_eq!(terms.attester_pay(), 40);
    assert_eq!(terms.minimum_attester_pay(), 20_000_000);
    assert_eq!(terms.bond(), 2_000);
    assert_eq!(terms.jurors(), 5);
    assert_eq!(terms.juror_pay(), 80);
    assert_eq!(terms.dispute_bond(), 500);
    assert_eq!(terms.silence_slash(), 120);
    assert_eq!(terms.challenger_share(), 500);
    assert_eq!(terms.outsider_share(), 100);
    assert_eq!(terms.minimum_dispute_bond(), 100_000_000);
    assert_eq!(terms.samples(), 8);
    assert_eq!(terms.sampled_share(), 50);
    assert_eq!(terms.row_cap(), 40);
    assert_eq!(terms.window(), 2);
    assert_eq!(terms.phase(), 2);
    assert_eq!(terms.stack_life(), 14);
}

#[test]
fun only_level_1_has_a_surcharge_a_coin_flip_and_the_smaller_bond() {
    vector[0, 2].do!(|level| {
        assert_eq!(terms(level).attestation_probability(), 0);
        assert_eq!(terms(level).bond(), 6_000);
        assert_eq!(terms(level).full_surcharge_on(V), 0);
        assert_eq!(terms(level).attesters(), 1);
        assert_eq!(terms(level).row_cap(), 1_000);
    });
}

/// A stack that is one job is repeated in whole, so one in eight is, and whoever works on it is paid for all of it.
#[test]
fun a_stack_that_is_one_job_has_terms_of_its_own() {
    vector[6, 7].do!(|role| {
        let terms = config::new().terms(role, 1);
        assert_eq!(terms.row_cap(), 1_000);
        assert_eq!(terms.sampled_share(), 1_000);
        assert_eq!(terms.attestation_probability(), 120);
        assert_eq!(terms.attester_pay_on(V), V);
        assert_eq!(terms.juror_pay_on(V), V);
        assert_eq!(terms.silence_slash_on(V), V);
        assert_eq!(terms.dispute_bond_on(V), 5 * V);
        assert_eq!(terms.bond_on(V), 15 * V);
        assert_eq!(terms.full_surcharge_on(V), V * 120 / 1_000);
        assert_eq!(config::new().terms(role, 0), config::new().terms(0, 0));
    });
    assert_eq!(config::new().terms(5, 1), terms(1));
}

/// Whatever the number of jurors, bond and dispute bond on a job pay all of them.
#[test]
fun the_bonds_on_a_job_cover_a_jury_of_any_size() {
    let mut config = roomy();
    config.set_jurors(7);
    let terms = config.terms(7, 1);
    assert_eq!(terms.dispute_bond_on(V), 7 * terms.juror_pay_on(V));
    assert_eq!(terms.bond_on(V), 21 * V);
}

#[test]
fun amounts_follow_the_formulas() {
    let terms = terms(1);
    assert_eq!(terms.full_surcharge_on(V), 400_000_000);
    assert_eq!(terms.surcharge_on(V, 750), 300_000_000);
    assert_eq!(terms.surcharge_on(V + 1, 1), 400_000);
    assert_eq!(terms.bond_on(V), 20_000_000_000);
    assert_eq!(terms.attester_pay_on(V), 400_000_000);
    assert_eq!(terms.attester_pay_on(1), 20_000_000);
    assert_eq!(terms.dispute_bond_on(V), 5_000_000_000);
    assert_eq!(terms.dispute_bond_on(V + 1), 5_000_000_001);
    assert_eq!(terms.dispute_bond_on(1), 100_000_000);
    assert_eq!(terms.silence_slash_on(V), 1_200_000_000);
    assert_eq!(terms.silence_slash_on(1), 100_000_000);
    assert_eq!(terms.juror_pay_on(V), 800_000_000);
    assert_eq!(terms.juror_pay_on(1), 20_000_000);
}

/// Every stack used to two thirds is checked, others in proportion, no claim never.
#[test]
fun the_chance_of_a_check_grows_with_the_use() {
    let terms = terms(1);
    let bought = 3_000_000;
    assert_eq!(terms.probability(bought, bought), 1_000);
    assert_eq!(terms.probability(2_000_000, bought), 1_000);
    assert_eq!(terms.probability(1_000_000, bought), 500);
    assert_eq!(terms.probability(1_999_999, bought), 1_000);
    assert_eq!(terms.probability(1_000_001, bought), 501);
    assert_eq!(terms.probability(1, bought), 1);
    let most = 18_446_744_073_709_551_615;
    assert_eq!(terms.probability(most, most), 1_000);
    assert_eq!(config::new().terms(0, 0).probability(1, 1), 0);
}

/// A stack used to two thirds costs its buyer at most 6 % of the fee for the check.
#[test]
fun a_check_costs_six_percent_of_the_fee_of_a_stack_used_to_two_thirds() {
    let terms = terms(1);
    let fee = V * 2 / 3;
    assert!(terms.surcharge_on(V, terms.probability(2, 3)) * 1_000 <= fee * 60 + 1_000);
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
fun a_price_whose_bond_is_the_minimum_bond_pays_a_jury() { terms(1).assert_worth_a_jury(50_000_000); }

#[test, expected_failure(abort_code = config::EStackTooSmall)]
fun a_smaller_price_does_not() { terms(1).assert_worth_a_jury(49_999_999); }

#[test]
fun every_setter_changes_its_own_parameter_and_says_so() {
    let mut config = config::new();
    config.set_registration_open(false);
    config.set_registration_collateral(7);
    config.set_attestation_probability(50);
    config.set_attesters(2);
    config.set_attester_pay(1_100);
    config.set_minimum_attester_pay(3);
    config.set_sampled_bond(20_000);
    config.set_plain_bond(7_000);
    config.set_jurors(3);
    config.set_juror_pay(90);
    config.set_dispute_bond(600);
    config.set_silence_slash(130);
    config.set_challenger_share(100);
    config.set_outsider_share(50);
    config.set_minimum_dispute_bond(11);
    config.set_samples(16);
    config.set_sampled_share(200);
    config.set_row_cap(30);
    config.set_exit_delay(20);
    config.set_window(3);
    config.set_phase(4);
    config.set_stack_life(50);
    assert_eq!(event::events_by_type<atoma::events::ConfigChangedEvent>().length(), 22);
    assert!(!config.registration_open());
    assert_eq!(config.registration_collateral(), 7);
    assert_eq!(config.exit_delay(), 20);
    let sampled = config.terms(0, 1);
    assert_eq!(sampled.attestation_probability(), 50);
    assert_eq!(sampled.attesters(), 2);
    assert_eq!(sampled.attester_pay(), 1_100);
    assert_eq!(sampled.minimum_attester_pay(), 3);
    assert_eq!(sampled.bond(), 20_000);
    assert_eq!(config.terms(0, 0).bond(), 7_000);
    assert_eq!(sampled.jurors(), 3);
    assert_eq!(sampled.juror_pay(), 90);
    assert_eq!(sampled.dispute_bond(), 600);
    assert_eq!(sampled.silence_slash(), 130);
    assert_eq!(sampled.challenger_share(), 100);
    assert_eq!(sampled.outsider_share(), 50);
    assert_eq!(sampled.minimum_dispute_bond(), 11);
    assert_eq!(sampled.samples(), 16);
    assert_eq!(sampled.sampled_share(), 200);
    assert_eq!(sampled.row_cap(), 30);
    assert_eq!(sampled.window(), 3);
    assert_eq!(sampled.phase(), 4);
    assert_eq!(sampled.stack_life(), 50);
}

/// A config whose bonds leave room for one bound at a time to be tested.
fun roomy(): Config {
    let mut config = config::new();
    config.set_sampled_bond(1_000_000);
    config.set_plain_bond(1_000_000);
    config.set_dispute_bond(1_000_000);
    config
}

#[test, expected_failure(abort_code = config::EProbabilityOutOfRange)]
fun probability_without_bound() { roomy().set_attestation_probability(1_000_000_000_001) }

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

#[test, expected_failure(abort_code = config::EZeroParameter)]
fun free_jurors() { roomy().set_juror_pay(0) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun sampled_bond_below_a_jury() { config::new().set_sampled_bond(399) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun plain_bond_below_a_jury() { config::new().set_plain_bond(399) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun dispute_bond_below_a_jury() { config::new().set_dispute_bond(399) }

#[test, expected_failure(abort_code = config::EBondBelowJury)]
fun seven_jurors_need_larger_bonds() { config::new().set_jurors(7) }

#[test, expected_failure(abort_code = config::ESampleOutOfRange)]
fun no_samples() { roomy().set_samples(0) }

#[test, expected_failure(abort_code = config::ESampleOutOfRange)]
fun sixty_five_samples() { roomy().set_samples(65) }

#[test, expected_failure(abort_code = config::ESampleOutOfRange)]
fun more_than_all_rows() { roomy().set_sampled_share(1_001) }

#[test, expected_failure(abort_code = config::ESampleOutOfRange)]
fun rows_of_nothing() { roomy().set_row_cap(0) }

#[test, expected_failure(abort_code = config::EJurorCountOutOfRange)]
fun one_juror() { roomy().set_jurors(1) }

#[test, expected_failure(abort_code = config::EJurorCountOutOfRange)]
fun four_jurors() { roomy().set_jurors(4) }

#[test, expected_failure(abort_code = config::EJurorCountOutOfRange)]
fun nine_jurors() { roomy().set_jurors(9) }

#[test, expected_failure(abort_code = config::EChallengerShareOutOfRange)]
fun challenger_share_above_half() { roomy().set_challenger_share(501) }

#[test, expected_failure(abort_code = config::EChallengerShareOutOfRange)]
fun outsider_share_above_half() { roomy().set_outsider_share(501) }

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
fun slash_beyond_all_measure() { roomy().set_silence_slash(1_000_001) }

#[test, expected_failure(abort_code = config::EShareTooLarge)]
fun bond_beyond_all_measure() { roomy().set_sampled_bond(18_446_744_073_709_551_615) }

#[test, expected_failure(abort_code = config::EShareTooLarge)]
fun pay_beyond_all_measure() { roomy().set_attester_pay(18_446_744_073_709_551_615) }
