/// What the owner of a stack adds to a dispute that somebody else started: a node's accomplice that disputes first and shows nothing spends no
/// remedy, and nobody pays for rows that were not its own.
#[test_only]
module atoma::evidence_tests;

use atoma::commitment;
use atoma::dispute;
use atoma::world::{Self, World, toma};
use std::unit_test::assert_eq;

const UNITS: u64 = 1_000_000;
/// What was served, and what the node bills.
const SERVED: u64 = 400_000;
const TRUTH: u64 = 1;
const LIE: u64 = 5;
/// Five jurors look at 1,000 units of 100 each.
const ROWS_PRICE: u64 = 500_000;

/// A node settled the history that it served, with more units than it signed receipts for. Its accomplice disputes at once and shows nothing.
fun preempted(): (World, u64) {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    world.dispute(stack, LIE, UNITS);
    (world, stack)
}

fun show(world: &mut World, stack: u64) { world.show_evidence(world::buyer(), stack, vector[], 0, vector[b"receipt"]) }

fun show_rows(world: &mut World, stack: u64) { world.show_evidence(world::buyer(), stack, vector[3, 7], 1_000, vector[]) }

fun all(seed: u64): vector<u64> { vector::tabulate!(5, |_| seed) }

// ---------------------------------------------------------------- an accomplice that disputes first

#[test]
fun an_accomplice_that_disputes_first_does_not_keep_the_owners_receipts_from_the_jury() {
    let (mut world, stack) = preempted();
    let seller = world.seller(stack);
    show(&mut world, stack);
    // The rows of the seed are as they were served: the receipts alone convict.
    world.vote_without_blame(stack, TRUTH, SERVED);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    // The accomplice named another root: its bond comes back without a share of its own node's.
    assert_eq!(world.wallet(world::challenger()), 500_000_000);
    assert_eq!(world.db().node(seller).reputation(), 0);
    assert_eq!(world.db().node(seller).earnings(), 0);
    world.end();
}

#[test]
fun what_was_voted_before_does_not_count() {
    let (mut world, stack) = preempted();
    let jurors = world.db().dispute(stack).jurors();
    world.advance(1);
    jurors.do!(|juror| world.commit_vote(stack, juror, world::history(TRUTH), UNITS));
    show(&mut world, stack);
    let dispute = world.db().dispute(stack);
    assert!(dispute.commits() == 0 && dispute.jurors() == jurors);
    assert!(dispute.dispute_epoch() == 1 && dispute.commit_deadline() == 3 && dispute.reveal_deadline() == 4);
    world.vote_all(stack, all(TRUTH), SERVED);
    // Nobody waits for an owner that has shown what it has.
    assert_eq!(world.epoch(), 2);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    world.end();
}

#[test]
fun a_dispute_that_the_owner_adds_nothing_to_ends_as_before() {
    let (mut world, stack) = preempted();
    let seller = world.seller(stack);
    world.vote_all(stack, all(TRUTH), UNITS);
    assert_eq!(world.epoch(), 2);
    world.resolve(stack);
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    world.end();
}

#[test]
fun the_owner_adds_to_an_audit_too() {
    let mut world = world::market(1, 6);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    3u64.do!(|_| {
        world.advance(2);
        world.redraw(stack);
    });
    assert!(world.db().dispute(stack).is_audit());
    show_rows(&mut world, stack);
    let seats = world.db().dispute(stack).jurors().length();
    world.vote_all(stack, vector::tabulate!(seats, |_| TRUTH), SERVED);
    world.resolve(stack);
    // Fee and surcharge. The rows were paid for three seats, which looked at them.
    assert_eq!(world.wallet(world::buyer()), 200_000_000);
    world.end();
}

#[test]
fun a_manager_that_rules_has_time_to_look_at_it() {
    let mut world = world::market(0, 3);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, LIE, UNITS);
    world.advance(1);
    show_rows(&mut world, stack);
    world.advance(1);
    // Without a jury nobody is paid for looking at rows.
    assert_eq!(world.db().dispute(stack).shown_bond(), 0);
    world.rule(stack, 0);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- who, and when

#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun a_stranger_adds_nothing() {
    let (mut world, stack) = preempted();
    world.show_evidence(world::stranger(), stack, vector[], 0, vector[b"receipt"]);
    abort
}

#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun the_owner_adds_once() {
    let (mut world, stack) = preempted();
    show(&mut world, stack);
    show(&mut world, stack);
    abort
}

#[test]
fun the_owner_adds_in_the_epoch_after_the_dispute() {
    let (mut world, stack) = preempted();
    world.advance(1);
    assert!(world.db().dispute(stack).may_show(1) && !world.db().dispute(stack).may_show(2));
    show(&mut world, stack);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun the_owner_adds_nothing_two_epochs_after_the_dispute() {
    let (mut world, stack) = preempted();
    world.advance(2);
    show(&mut world, stack);
    abort
}

#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun the_owner_adds_nothing_to_its_own_dispute() {
    let mut world = world::market(0, 8);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    let claim = world.accusation_of(stack, LIE, UNITS, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    show(&mut world, stack);
    abort
}

#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun the_owner_adds_nothing_before_a_second_jury() {
    let (mut world, stack) = preempted();
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, LIE, LIE], UNITS);
    world.second_jury(stack);
    show(&mut world, stack);
    abort
}

#[test, expected_failure(abort_code = dispute::EDisputeNotFound)]
fun there_is_nothing_to_add_to_without_a_dispute() {
    let mut world = world::market(0, 8);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    show(&mut world, stack);
    abort
}

#[test, expected_failure(abort_code = dispute::ETooManyRows)]
fun the_owner_names_no_more_rows_than_a_challenger() {
    let (mut world, stack) = preempted();
    world.show_evidence(world::buyer(), stack, vector[3], UNITS / 10 + 1, vector[]);
    abort
}

// ---------------------------------------------------------------- what it pays

#[test]
fun a_convicted_node_pays_for_the_challengers_rows_and_the_owner_for_its_own() {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    world.dispute_naming(stack, vector[2], 2_000, 500_000_000 + 2 * ROWS_PRICE);
    show_rows(&mut world, stack);
    let dispute = world.db().dispute(stack);
    assert!(dispute.rows() == vector[2] && dispute.named_units() == 2_000);
    assert!(dispute.shown_rows() == vector[3, 7] && dispute.shown_units() == 1_000 && dispute.shown_bond() == ROWS_PRICE);
    let jurors = dispute.jurors();
    world.vote_all(stack, all(TRUTH), UNITS);
    world.resolve(stack);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 100_000_000 + 300_000));
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    // Its bond, and an outsider's share of what the jury left of the node's.
    assert_eq!(world.wallet(world::challenger()), 500_000_000 + 2 * ROWS_PRICE + 19_800_000);
    world.end();
}

#[test]
fun an_owner_that_was_wrong_pays_for_its_own_rows() {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, LIE, UNITS);
    show_rows(&mut world, stack);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, TRUTH, LIE], UNITS);
    world.resolve(stack);
    4u64.do!(|i| assert_eq!(world.db().node(jurors[i]).earnings(), 100_000_000 + 100_000));
    // The fee, and what the fifth juror would have had of the challenger; of the owner's it comes back.
    assert_eq!(world.db().node(seller).earnings(), 100_000_000 + 100_000_000);
    assert_eq!(world.wallet(world::buyer()), 100_000);
    world.end();
}

#[test]
fun it_comes_back_where_the_inputs_are_unavailable() { assert_comes_back(all(0)) }

#[test]
fun it_comes_back_where_nobody_wins() { assert_comes_back(vector[TRUTH, TRUTH, LIE, LIE, 9]) }

fun assert_comes_back(votes: vector<u64>) {
    let mut world = world::market(0, 8);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, LIE, UNITS);
    show_rows(&mut world, stack);
    world.vote_all(stack, votes, UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000 + ROWS_PRICE);
    world.end();
}

// ---------------------------------------------------------------- an attester that accused before

/// What the owner shows changes the root that the jury finds. An attester had the rows of the seed alone to look at.
#[test]
fun an_attester_keeps_its_share_where_the_rows_it_looked_at_differ() {
    let (mut world, stack, attester) = accused_by_attester(LIE);
    show(&mut world, stack);
    world.vote_all(stack, all(TRUTH), SERVED);
    world.resolve(stack);
    assert!(world.db().node(attester).earnings() > 0);
    assert_eq!(world.db().node_free_stake(attester), toma(10));
    world.end();
}

/// Where they do not differ, it accused at random.
#[test]
fun an_attester_has_no_share_of_what_only_the_owner_could_show() {
    let (mut world, stack, attester) = accused_by_attester(LIE);
    show(&mut world, stack);
    world.vote_without_blame(stack, TRUTH, SERVED);
    world.resolve(stack);
    assert_eq!(world.db().node(attester).earnings(), 0);
    assert_eq!(world.db().node_free_stake(attester), toma(10));
    world.end();
}

/// Whoever accused before the owner showed anything did so by the rows of the seed.
#[test]
fun an_outsider_keeps_its_share_where_the_rows_differ() {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    world.dispute(stack, 2, UNITS);
    show(&mut world, stack);
    world.vote_all(stack, all(TRUTH), UNITS);
    world.resolve(stack);
    assert!(world.wallet(world::challenger()) > 500_000_000);
    world.end();
}

/// An attester that joined joins again with what the owner showed.
#[test]
fun who_joined_before_joins_again() {
    let mut world = world::market(1, 12);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.dispute(stack, 9, UNITS);
    world.join(stack, attester, 2, UNITS);
    show(&mut world, stack);
    world.join(stack, attester, TRUTH, UNITS);
    world.vote_all(stack, all(TRUTH), UNITS);
    world.resolve(stack);
    assert!(world.db().node(attester).earnings() > 0);
    world.end();
}

/// Out of its node's stake nothing can be shown with a dispute.
#[test]
fun an_owner_whose_node_was_drawn_shows_what_it_has() {
    let mut world = world::market(1, 12);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let owner = world::node_owner(attester);
    world.update_owner(stack, owner);
    world.attest_raw(attester, stack, commitment::unavailable(), world::history(99));
    world.show_evidence(owner, stack, vector[], 0, vector[b"receipt"]);
    assert!(world.db().dispute(stack).evidence_shown());
    world.end();
}

// ---------------------------------------------------------------- an owner that learns its node's list from the jury

/// A settlement that its owner disputes without the list of rows, which the node kept from it.
fun disputed_unseen(level: u16): (World, u64) {
    let mut world = world::market(level, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    world.dispute_as(world::buyer(), stack, without_the_list());
    (world, stack)
}

fun without_the_list(): vector<u8> {
    commitment::accusation(&commitment::unavailable(), world::buyer(), &vector[])
}

#[test]
fun an_owner_without_the_list_shows_the_receipts_it_contradicts_at_level_0() { assert_shown_later(0) }

#[test]
fun an_owner_without_the_list_shows_the_receipts_it_contradicts_at_level_2() { assert_shown_later(2) }

fun assert_shown_later(level: u16) {
    let (mut world, stack) = disputed_unseen(level);
    let bond = world.db().dispute(stack).bond();
    let before = world.wallet(world::buyer());
    world.advance(1);
    show(&mut world, stack);
    world.vote_without_blame(stack, TRUTH, SERVED);
    world.resolve(stack);
    assert!(world.wallet(world::buyer()) >= before + 100_000_000 + bond);
    world.end();
}

/// Whoever comes to a root has seen the list.
#[test]
fun an_owner_with_a_root_of_its_own_does_not_wait() {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    let claim = world.accusation_of(stack, LIE, UNITS, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    assert!(!world.db().dispute(stack).may_show(0));
    world.vote_all(stack, all(TRUTH), UNITS);
    assert_eq!(world.epoch(), 1);
    world.end();
}

/// The zeros of somebody else are no owner's word.
#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun an_owner_that_copies_the_accusation_of_another_adds_nothing() {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    let claim = commitment::accusation(&commitment::unavailable(), world::challenger(), &vector[]);
    world.dispute_as(world::buyer(), stack, claim);
    show(&mut world, stack);
    abort
}

#[test]
fun an_owner_that_named_no_rows_names_them_once_a_juror_gave_it_the_list() {
    let (mut world, stack) = disputed_unseen(1);
    let bond = world.db().dispute(stack).bond();
    let before = world.wallet(world::buyer());
    world.advance(1);
    assert!(world.db().dispute(stack).may_show(1) && !world.db().dispute(stack).may_show(2));
    show_rows(&mut world, stack);
    assert_eq!(world.db().dispute(stack).shown_rows(), vector[3, 7]);
    // The rows of the seed are as they were served: the row that it named convicts.
    world.vote_without_blame(stack, TRUTH, SERVED);
    world.resolve(stack);
    // Escrow, surcharge and the bond.
    assert!(world.wallet(world::buyer()) >= before + 100_000_000 + bond);
    world.end();
}

#[test]
fun votes_are_not_revealed_while_an_owner_that_named_no_rows_may_name_them() {
    let (mut world, stack) = disputed_unseen(1);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(1);
    jurors.do!(|juror| world.commit_vote(stack, juror, world::history(TRUTH), UNITS));
    assert!(!world.db().dispute(stack).is_commit_over(1) && world.db().dispute(stack).is_commit_over(2));
    world.end();
}

#[test, expected_failure(abort_code = dispute::ENotToShow)]
fun an_owner_that_named_rows_adds_none() {
    let mut world = world::market(1, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    let bond = world.db().dispute_bond(stack) + 5 * 1_000 * 100;
    world.dispute_naming_as(world::buyer(), stack, vector[3], 1_000, bond);
    assert!(!world.db().dispute(stack).may_show(0));
    show_rows(&mut world, stack);
    abort
}

// ---------------------------------------------------------------- the jury is known when the owner names rows

/// Framers whose jurors sit gain nothing by naming rows for them: what these are paid more their owner pays.
#[test]
fun framers_that_know_the_jury_pay_themselves_for_rows() {
    let mut world = world::market(0, 12);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, LIE, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    world.show_evidence(world::buyer(), stack, vector[0], UNITS / 10, vector[]);
    // Five seats look at a tenth of the units.
    assert_eq!(world.db().dispute(stack).shown_bond(), 50_000_000);
    world.vote_all(stack, vector[LIE, LIE, LIE, LIE, TRUTH], UNITS);
    world.resolve(stack);
    4u64.do!(|i| assert_eq!(world.db().node(jurors[i]).earnings(), 100_000_000 + 10_000_000));
    assert_eq!(world.wallet(world::buyer()), 100_000_000 + 10_000_000);
    world.end();
}

/// In a second jury that agrees with the first each of ten has an equal part of what the owner paid.
#[test]
fun two_juries_share_what_the_owner_paid() {
    let mut world = world::market(0, 16);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, LIE, UNITS);
    show_rows(&mut world, stack);
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, LIE, LIE], UNITS);
    world.second_jury(stack);
    world.vote_from(stack, 5, all(TRUTH), UNITS);
    world.resolve(stack);
    // Eight agreed.
    assert_eq!(world.wallet(world::buyer()), ROWS_PRICE % 8);
    world.end();
}

// ---------------------------------------------------------------- honest jurors that are shown different views

/// A node that shows each juror another view splits those that are against it. Both juries agree on nothing but that it lied.
#[test]
fun a_liar_that_splits_both_juries_by_views_of_its_own_loses_its_bond() {
    let mut world = world::market(1, 16);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle_as(stack, LIE, UNITS, UNITS);
    world.dispute(stack, 99, UNITS);
    world.vote_all(stack, vector[1, 2, 3, 4, 6], UNITS);
    world.second_jury(stack);
    world.vote_all(stack, vector[1, 2, 3, 4, 6], UNITS);
    world.resolve(stack);
    assert_eq!(world.db().node(seller).stake(), toma(10) - 1_500_000_000);
    assert_eq!(world.db().node(seller).earnings(), 0);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    assert_eq!(world.wallet(world::challenger()), 500_000_000);
    world.end();
}

/// A drawn attester accused a node of having served `seed`, out of its stake.
fun accused_by_attester(seed: u64): (World, u64, u64) {
    let mut world = world::market(1, 12);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let claim = world.accusation_of(stack, seed, UNITS, world::node_owner(attester));
    world.attest_raw(attester, stack, claim, world::leaf_of(stack, seed, UNITS, 1));
    (world, stack, attester)
}
