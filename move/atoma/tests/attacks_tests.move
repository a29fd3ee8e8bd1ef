/// Attacks on this design, each shown to fail.
#[test_only]
module atoma::attacks_tests;

use atoma::commitment;
use atoma::node;
use atoma::settlement;
use atoma::stack;
use atoma::world::{Self, World, toma};
use std::unit_test::{assert_eq, destroy};

const UNITS: u64 = 1_000_000;

fun attested_market(nodes: u64, attesters: u64): (World, u64) {
    let mut world = world::market(1, nodes);
    world.always_attest(attesters);
    let stack = world.buy(1, UNITS, 100);
    (world, stack)
}

// ---------------------------------------------------------------- an honest root with an inflated claim

#[test]
fun an_honest_root_with_an_inflated_claim_is_convicted() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle_as(stack, 1, 400_000, UNITS);
    // The challenger expects the very same history: the units are disputed.
    let claim = world.accusation_of(stack, 1, 400_000, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], 400_000);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000 + 500_000_000 + 20_000_000);
    assert_eq!(world.db().node(seller).reputation(), 0);
    world.end();
}

#[test]
fun an_attester_that_counts_fewer_units_disputes_with_the_same_root() {
    let (mut world, stack) = attested_market(7, 1);
    world.settle_as(stack, 1, 400_000, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let claim = world.accusation_of(stack, 1, 400_000, world::node_owner(attester));
    world.dispute_as(world::node_owner(attester), stack, claim);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], 400_000);
    world.resolve(stack);
    assert_eq!(world.wallet(world::node_owner(attester)), 500_000_000 + 200_000_000);
    assert_eq!(world.wallet(world::buyer()), 200_000_000);
    world.end();
}

// ---------------------------------------------------------------- a late redraw

#[test]
fun a_late_redraw_does_not_skip_sampling() {
    let (mut world, stack) = attested_market(4, 1);
    world.settle(stack, UNITS);
    // The node and a silent accomplice wait; whenever they redraw, the next attester has a whole window.
    world.advance(40);
    world.redraw(stack);
    assert!(world.db().ticket(stack).is_awaiting());
    assert_eq!(world.db().ticket_deadline(stack), 42);
    world.advance(1);
    world.attest(stack, 0, 1, UNITS);
    assert!(world.db().ticket(stack).is_clean());
    world.end();
}

#[test, expected_failure(abort_code = settlement::EAttestationPending)]
fun waiting_does_not_replace_the_attestation() {
    let (mut world, stack) = attested_market(4, 1);
    world.settle(stack, UNITS);
    world.advance(40);
    world.finalize(stack);
    world.end();
}

/// An accomplice attests at once with a wrong leaf so that the node may open and claim before the buyer can
/// dispute: the window stands still meanwhile and runs on after the opening.
#[test]
fun a_wrong_leaf_does_not_take_the_buyers_time_to_dispute() {
    let (mut world, stack) = attested_market(9, 2);
    let seller = world.seller(stack);
    world.settle_as(stack, 5, UNITS, UNITS);
    let accomplice = world.db().ticket(stack).attesters()[0];
    let root = world.db().ticket(stack).root();
    world.attest_raw(accomplice, stack, root, world::history(9));
    world.attest(stack, 1, 5, UNITS);
    world.advance(1);
    world.open(stack, 5, UNITS);
    world.advance(1);
    let claim = world.accusation_of(stack, 1, UNITS, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 300_000_000 + 500_000_000 + 200_000_000);
    assert_eq!(world.db().node(seller).reputation(), 0);
    world.end();
}

/// The accomplice waits until the turn of the epoch, and the node opens at its end: the buyer has the whole next epoch.
#[test]
fun a_late_wrong_leaf_leaves_the_buyer_a_whole_epoch() {
    let (mut world, stack) = attested_market(9, 2);
    world.settle_as(stack, 5, UNITS, UNITS);
    let accomplice = world.db().ticket(stack).attesters()[0];
    let root = world.db().ticket(stack).root();
    world.attest(stack, 1, 5, UNITS);
    world.advance(1);
    world.attest_raw(accomplice, stack, root, world::history(9));
    world.open(stack, 5, UNITS);
    assert_eq!(world.db().ticket_deadline(stack), world.epoch() + 2);
    world.advance(1);
    let claim = world.accusation_of(stack, 1, UNITS, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    world.end();
}

// ---------------------------------------------------------------- a burned badge

#[test]
fun a_burned_badge_does_not_lock_a_bond() {
    let mut world = world::market(1, 1);
    let settled = world.buy(1, UNITS, 100);
    let idle = world.buy(1, UNITS, 100);
    let returned = world.buy(1, UNITS, 100);
    // No badge is used from here on.
    world.settle(settled, UNITS);
    world.settle(returned, 0);
    world.advance(14);
    world.finalize(settled);
    world.finalize(idle);
    assert_eq!(world.db().node_free_stake(1), toma(10));
    assert_eq!(world.db().node(1).bonded(), 0);
    assert_eq!(world.wallet(world::buyer()), 236_000_000);
    world.end();
}

// ---------------------------------------------------------------- free compute by disputing

#[test]
fun a_dispute_in_a_tiny_task_is_no_free_compute() {
    let mut world = world::market(0, 2);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    // The buyer disputes honest work; no jury can sit.
    world.dispute_as(world::buyer(), stack, world::history(9));
    world.advance(2);
    world.resolve(stack);
    // Paid 100 + 500, got back 100 + 400: exactly the price of the work is gone.
    assert_eq!(world.wallet(world::buyer()), 500_000_000);
    assert_eq!(world.db().pool_balance(), 100_000_000);
    world.end();
}

#[test]
fun a_dispute_without_a_majority_is_no_free_compute() {
    let mut world = world::market(1, 6);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute_as(world::buyer(), stack, world::history(9));
    world.vote_all(stack, vector[1, 1, 2, 2, 3], UNITS);
    world.resolve(stack);
    // Paid 120 + 500; back come 100 of the escrow and the bond but for the fee.
    assert_eq!(world.wallet(world::buyer()), 100_000_000 + 400_000_000);
    world.end();
}

#[test]
fun an_attester_nobody_asked_is_a_challenger_like_any_other() {
    let mut world = world::market(1, 2);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    // The buyer's other hand owns the node that was drawn and not required.
    let drawn = world.db().ticket(stack).attesters()[0];
    world.dispute_as(world::node_owner(drawn), stack, world::history(9));
    assert_eq!(world.db().dispute(stack).challenger_node(), 0);
    world.advance(2);
    world.resolve(stack);
    // Of its bond of 500 the price of the work is gone; a stack that is never checked has no surcharge.
    assert_eq!(world.wallet(world::node_owner(drawn)), 400_000_000);
    assert_eq!(world.db().pool_balance(), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- draining the pool

/// Buyer, seller and attesters in one hand, with every settlement attested: the pool never pays more than the
/// same hand paid in.
#[test]
fun one_hand_does_not_drain_the_pool() {
    let mut world = world::market(1, 5);
    world.always_attest(4);
    world.tx(world::stranger());
    let mut gift = world.mint(toma(3));
    let (db, ctx) = world.db_and_ctx();
    db.donate(&mut gift, toma(3), ctx);
    gift.destroy_zero();
    let mut i = 0;
    while (i < 10) {
        let stack = world.buy(1, UNITS, 100);
        world.settle(stack, 777_777 + i);
        4u64.do!(|place| world.attest(stack, place, 1, 777_777 + i));
        world.advance(2);
        world.finalize(stack);
        i = i + 1;
    };
    5u64.do!(|i| world.withdraw_earnings(i + 1));
    assert!(world.db().pool_balance() >= toma(3));
    world.end();
}

/// What a check costs is computed from what it pays: for every number of attesters, pay and use of a stack.
#[test]
fun no_setting_pays_attesters_more_than_the_surcharge() {
    4u64.do!(|i| {
        let mut config = atoma::config::new();
        config.set_attesters(i + 1);
        config.set_attester_pay(1 + 333 * i);
        config.set_attestation_probability(1 + 701 * i);
        let terms = config.terms(0, 1);
        vector[1, 999, 10_000_000_001].do!(|value| vector[1, 333, 1_000].do!(|claimed| {
            let probability = terms.probability(claimed, 1_000);
            let expected = (i + 1) * terms.attester_pay_on(value) * probability;
            assert!(terms.surcharge_on(value, probability) * 1_000 >= expected);
            assert!(terms.surcharge_on(value, probability) <= terms.full_surcharge_on(value));
        }));
    });
}

// ---------------------------------------------------------------- locking competitors

#[test]
fun locked_competitors_can_still_attest_and_free_themselves() {
    let mut world = world::market(1, 2);
    world.never_attest();
    // One node cannot be bonded beyond three quarters of its stake.
    let mut stacks = vector[];
    10u64.do!(|_| stacks.push_back(world.buy(1, UNITS, 100)));
    2u64.do!(|i| {
        let free = world.db().node_free_stake(i + 1);
        assert!(free >= toma(10) / 4);
        // Whatever it serves, it can afford the dispute bond of an equal claim: it stays an attester.
        assert!(free >= 500_000_000);
    });
    // A node gives the stack of a buyer that sends no work back at once.
    stacks.do!(|stack| world.settle(stack, 0));
    2u64.do!(|i| assert_eq!(world.db().node_free_stake(i + 1), toma(10)));
    world.end();
}

#[test, expected_failure(abort_code = atoma::db::ENoNodesEligibleForTask)]
fun the_last_quarter_of_a_stake_is_never_bonded() {
    let mut world = world::market(1, 1);
    world.never_attest();
    6u64.do!(|_| { world.buy(1, UNITS, 100); });
    world.end();
}

// ---------------------------------------------------------------- shielding a liar

#[test]
fun a_self_challenge_does_not_shield_a_liar() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle_as(stack, 5, UNITS, UNITS);
    // An accomplice takes the only dispute with a meaningless commitment; the jury decides all the same.
    world.dispute(stack, 99, UNITS);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    assert_eq!(world.wallet(world::challenger()), 500_000_000);
    assert_eq!(world.db().node_free_stake(seller), toma(10) - 600_000_000);
    assert_eq!(world.db().node(seller).reputation(), 0);
    world.end();
}

#[test]
fun a_self_challenge_in_a_tiny_task_costs_the_fee_it_was_to_save() {
    let mut world = world::market(0, 2);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle_as(stack, 5, UNITS, UNITS);
    world.dispute(stack, 99, UNITS);
    world.advance(2);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    assert_eq!(world.wallet(world::challenger()), 400_000_000);
    assert_eq!(world.db().node(seller).earnings(), 0);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningRequired)]
fun a_self_challenge_does_not_replace_an_opening() {
    let (mut world, stack) = attested_market(3, 1);
    world.settle_as(stack, 5, UNITS, UNITS);
    world.advance(2);
    world.redraw(stack);
    world.advance(2);
    world.redraw(stack);
    world.dispute(stack, 99, UNITS);
    world.end();
}

// ---------------------------------------------------------------- silence or dispute

#[test]
fun silence_costs_more_than_an_honest_dispute() {
    let (mut world, stack) = attested_market(7, 1);
    world.settle_as(stack, 5, UNITS, UNITS);
    let honest = world.db().ticket(stack).attesters()[0];
    let claim = world.accusation_of(stack, 1, UNITS, world::node_owner(honest));
    world.attest_raw(honest, stack, claim, commitment::unavailable());
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    let gained = world.db().node(honest).earnings();
    assert!(gained == 200_000_000 && world.db().node_free_stake(honest) == toma(10));
    // Another settlement, another attester: this one looks away.
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, 5, UNITS, UNITS);
    let silent = world.db().ticket(stack).attesters()[0];
    let before = world.db().node_free_stake(silent);
    let reputation = world.db().node(silent).reputation();
    world.advance(2);
    world.redraw(stack);
    assert_eq!(before - world.db().node_free_stake(silent), 100_000_000);
    assert_eq!(world.db().node(silent).reputation(), reputation - reputation.min(10));
    world.end();
}

#[test]
fun saying_unavailable_costs_no_more_than_silence() {
    let (mut world, stack) = attested_market(7, 1);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, commitment::unavailable(), commitment::unavailable());
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.db().node_free_stake(attester), toma(10) - 100_000_000);
    world.end();
}

/// A node that answers jurors but not its attester pays as much as the attester, and a jury is paid by both.
#[test]
fun who_hides_from_its_attester_alone_pays_half_of_the_jury() {
    let (mut world, stack) = attested_market(8, 1);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, commitment::unavailable(), commitment::unavailable());
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.db().node_free_stake(attester), toma(10) - 100_000_000);
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    assert_eq!(world.db().node_free_stake(seller), toma(10) - 100_000_000);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 40_000_000));
    world.end();
}

/// Where the jury costs less than the bond of the attester, what is left of it comes back: neither pays more than half.
#[test]
fun what_half_of_a_jury_leaves_of_the_attesters_bond_comes_back() {
    let mut world = world::market(1, 8);
    world.always_attest(1);
    world.manage!(|db, badge| db.set_juror_pay(badge, 200));
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, commitment::unavailable(), commitment::unavailable());
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    vector[attester, seller].do!(|node| assert_eq!(world.db().node_free_stake(node), toma(10) - 50_000_000));
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 20_000_000));
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- juries that do not work

/// Five invented votes decide nothing and earn nothing; a second jury without any of the first decides, and is paid.
#[test]
fun invented_votes_earn_nothing_and_a_second_jury_decides() {
    let mut world = world::market(0, 11);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    let first = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[11, 12, 13, 14, 15], UNITS);
    world.second_jury(stack);
    let second = world.db().dispute(stack).jurors();
    assert_eq!(second.length(), 5);
    second.do_ref!(|juror| assert!(!first.contains(juror)));
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    first.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 0));
    second.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 100_000_000));
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    world.end();
}

/// Three that vote anything at all used to save a liar's bond. They only earn themselves another jury.
#[test]
fun three_invented_votes_do_not_save_a_liar() {
    let mut world = world::market(1, 12);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle_as(stack, 5, UNITS, UNITS);
    world.dispute(stack, 1, UNITS);
    let first = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 13, 14, 15], UNITS);
    world.second_jury(stack);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    first.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 0));
    assert_eq!(world.db().node(seller).reputation(), 0);
    assert_eq!(world.db().node_free_stake(seller), toma(10) - 1_500_000_000);
    assert_eq!(world.wallet(world::challenger()), 500_000_000 + 200_000_000);
    world.end();
}

/// "Unavailable" takes a bond only out of the mouth of two juries; the first pays for it when the second had the inputs.
#[test]
fun unavailable_needs_two_juries() {
    let mut world = world::market(0, 11);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    let first = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[0, 0, 0, 0, 1], UNITS);
    world.second_jury(stack);
    world.vote_from(stack, 5, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    4u64.do!(|i| assert_eq!(world.db().node_free_stake(first[i]), toma(10) - 100_000_000));
    assert_eq!(world.db().node_free_stake(first[4]), toma(10));
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    world.end();
}

#[test, expected_failure(abort_code = atoma::dispute::ESecondJuryDue)]
fun a_first_jury_without_a_decision_ends_nothing() {
    let mut world = world::market(0, 11);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.vote_all(stack, vector[0, 0, 0, 0, 0], UNITS);
    world.tx(world::stranger());
    let (db, ctx) = world.db_and_ctx();
    db.resolve_dispute(stack, ctx);
    abort
}

/// A dispute in which no juror ever votes, where nobody is left for a second jury: a stranger ends it, the bonds come back.
#[test]
fun a_dispute_nobody_votes_in_can_be_ended_by_a_stranger() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(4);
    world.second_jury(stack);
    assert_eq!(world.db().dispute(stack).jurors(), jurors);
    world.resolve(stack);
    assert!(!world.db().has_stack(stack) && !world.db().has_dispute(stack));
    jurors.do!(|juror| assert_eq!(world.db().node_free_stake(juror), toma(10) - 100_000_000));
    assert_eq!(world.db().node_free_stake(seller), toma(10));
    assert_eq!(world.wallet(world::challenger()), 400_000_000);
    world.end();
}

/// More subscribers than a draw looks at, none of whom may check this seller: all of them belong to its owner. The jury of five says
/// nothing; a second one is looked for in vain, and two epochs after the votes that is the last word.
#[test]
fun a_second_jury_that_no_draw_can_find_is_given_up() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.crowd_of(seller, 1, 240);
    world.advance(6);
    world.second_jury(stack);
    world.resolve(stack);
    assert!(!world.db().has_dispute(stack));
    world.end();
}

#[test, expected_failure(abort_code = atoma::dispute::EJuryIncomplete)]
fun a_second_jury_is_looked_for_again_for_two_epochs() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.crowd_of(seller, 1, 240);
    world.advance(4);
    world.second_jury(stack);
    abort
}

#[test, expected_failure(abort_code = atoma::dispute::ENoSecondJury)]
fun a_jury_that_decided_is_not_followed_by_another() {
    let mut world = world::market(0, 11);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.second_jury(stack);
    abort
}

#[test, expected_failure(abort_code = atoma::dispute::ENoSecondJury)]
fun there_is_no_third_jury() {
    let mut world = world::market(0, 20);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.vote_all(stack, vector[0, 0, 0, 0, 0], UNITS);
    world.second_jury(stack);
    world.vote_from(stack, 5, vector[11, 12, 13, 14, 15], UNITS);
    world.second_jury(stack);
    abort
}

// ---------------------------------------------------------------- dumping

/// Whoever sells far below the others buys from itself and has them check for next to nothing. In a task of six others it cannot.
#[test, expected_failure(abort_code = atoma::task::EPriceTooLow)]
fun checkers_do_not_work_for_a_dumpers_price() {
    let mut world = world::market(1, 6);
    let dumper = world.register(toma(10));
    world.subscribe(dumper, 1, 1, 100_000_000);
    world.buy(1, 20_000_000, 1);
    abort
}

/// The others ask 100, from 64 to 127 a bucket: half of 64 is the least.
#[test]
fun a_cheaper_node_sells_at_the_least_price() {
    let mut world = world::market(1, 6);
    let cheap = world.register(toma(10));
    world.subscribe(cheap, 1, 20, 100_000_000);
    assert_eq!(world.db().task(1).least_price(), 32);
    let stack = world.buy(1, UNITS, 32);
    assert_eq!(world.seller(stack), cheap);
    world.end();
}

#[test]
fun a_quarter_of_the_offers_sets_the_least_price() {
    let mut world = world::market(1, 3);
    let cheap = world.register(toma(10));
    world.subscribe(cheap, 1, 5, 100_000_000);
    assert_eq!(world.db().task(1).least_price(), 2);
    world.buy(1, 5 * UNITS, 5);
    world.end();
}

#[test]
fun other_levels_have_no_least_price() {
    let mut world = world::market(0, 6);
    assert_eq!(world.db().task(1).least_price(), 1);
    let dumper = world.register(toma(10));
    world.subscribe(dumper, 1, 1, 1_000_000_000);
    world.buy(1, 20_000_000, 1);
    world.end();
}

// ---------------------------------------------------------------- sampling switched off

/// Every settlement has to be attested. Six honest nodes with 10 TOMA, a liar with 12 whose other hand buys from each of them, which
/// leaves them 2.5 TOMA; the dispute bond is 2.8. Free and bonded stake together cover it: somebody is required all the same, accuses with
/// what is left to it, and convicts the liar. The bait comes back, the bond does not.
#[test]
fun buying_from_the_others_does_not_switch_sampling_off() {
    let mut world = world::market(1, 6);
    world.always_attest(1);
    let liar = world.register(toma(12));
    world.subscribe(liar, 1, 100, 10_000_000);
    let victim = world.buy(1, 5_600_000, 100);
    assert_eq!(world.seller(victim), liar);
    let baits = vector::tabulate!(6, |_| world.buy(1, 5_000_000, 100));
    6u64.do!(|i| assert_eq!(world.db().node_free_stake(i + 1), 2_500_000_000));
    world.settle_as(victim, 5, 5_600_000, 5_600_000);
    assert!(world.db().ticket(victim).is_awaiting());
    assert_eq!(world.db().ticket(victim).attesters().length(), 1);
    let attester = world.db().ticket(victim).attesters()[0];
    let claim = world.accusation_of(victim, 1, 5_600_000, world::node_owner(attester));
    world.attest_raw(attester, victim, claim, world::history(99));
    assert_eq!(world.db().dispute(victim).bond(), 2_500_000_000);
    let jurors = world.db().dispute(victim).jurors();
    assert_eq!(jurors.length(), 5);
    world.vote_all(victim, vector[1, 1, 1, 1, 1], 5_600_000);
    world.resolve(victim);
    // F is 0.56 TOMA: five times that of the liar's 8.4 pay the jury, a fifth of the rest the attester, whose own bond is free again.
    assert_eq!(world.wallet(world::buyer()), 1_120_000_000);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 560_000_000));
    assert_eq!(world.db().node(attester).earnings(), 1_120_000_000);
    assert_eq!(world.db().node_free_stake(attester), 2_500_000_000);
    assert_eq!(world.db().pool_balance(), 4_480_000_000);
    assert_eq!(world.db().node(liar).stake(), toma(12) - 8_400_000_000);
    assert_eq!(world.db().node(liar).earnings(), 0);
    assert_eq!(world.db().node(liar).reputation(), 0);
    baits.do_ref!(|bait| world.request_refund(*bait));
    world.advance(2);
    baits.do!(|bait| world.reclaim(bait, world::buyer()));
    assert_eq!(world.wallet(world::buyer()), 1_120_000_000 + 6 * 1_000_000_000);
    6u64.do!(|i| assert_eq!(world.db().node_free_stake(i + 1), toma(10)));
    world.end();
}

/// A crowd of nodes that may not check this seller (they are its own) hides the others from a draw that does not look at everybody.
/// The place stays vacant, and nothing can be claimed while it is.
#[test]
fun a_crowd_that_may_not_check_leaves_a_place_vacant_not_unrequired() {
    let mut world = world::begin();
    let task = world.task(1, 0);
    world.always_attest(1);
    let seller = world.register(toma(10));
    world.subscribe(seller, task, 100, 10_000_000);
    250u64.do!(|_| {
        let node = world.register_for(world::node_owner(seller), toma(10));
        world.subscribe_as(world::node_owner(seller), node, task, 150, 1);
    });
    let honest = world.register(toma(10));
    world.subscribe(honest, task, 150, 1);
    let mut vacant = option::none();
    let mut tries = 0u64;
    while (vacant.is_none() && tries < 20) {
        let stack = world.buy(task, 300_000, 100);
        world.settle(stack, 300_000);
        assert!(world.db().ticket(stack).is_awaiting());
        if (world.db().ticket(stack).attesters().is_empty()) { vacant.fill(stack); };
        tries = tries + 1;
    };
    let stack = vacant.destroy_some();
    assert!(!world.db().ticket(stack).is_open());
    world.end();
}

// ---------------------------------------------------------------- a copied accusation

/// An attester did the work and sends its accusation. Whoever sees it and sends the same bytes first gets the bond back and no
/// share: they name the attester.
#[test]
fun a_copied_accusation_earns_nothing() {
    let (mut world, stack) = attested_market(8, 1);
    world.settle_as(stack, 5, UNITS, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let seen_in_flight = world.accusation_of(stack, 1, UNITS, world::node_owner(attester));
    world.dispute_as(world::challenger(), stack, seen_in_flight);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::challenger()), 500_000_000);
    assert_eq!(world.db().pool_balance(), 1_000_000_000);
    world.end();
}

// ---------------------------------------------------------------- named rows

/// Rows named besides those of the seed are paid for: J times their price as a bond, their price to each juror of the majority.
#[test]
fun named_rows_are_paid_for_by_whoever_was_wrong() {
    let mut world = world::market(0, 8);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let bond = 500_000_000 + 5 * 100 * 1_000;
    world.dispute_naming(stack, vector[3, 7], 1_000, bond);
    assert_eq!(world.db().dispute(stack).rows(), vector[3, 7]);
    assert_eq!(world.db().dispute(stack).bond(), bond);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 100_000_000 + 100_000));
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    world.end();
}

#[test, expected_failure(abort_code = atoma::dispute::ETooManyRows)]
fun more_than_a_tenth_of_the_units_cannot_be_named() {
    let mut world = world::market(0, 8);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute_naming(stack, vector[3], UNITS / 10 + 1, toma(1));
    abort
}

#[test, expected_failure(abort_code = atoma::dispute::ETooManyRows)]
fun rows_are_not_named_for_free() {
    let mut world = world::market(0, 8);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute_naming(stack, vector[3], 0, toma(1));
    abort
}

// ---------------------------------------------------------------- dust

#[test]
fun a_dust_dispute_pays_its_jurors() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, 200_000, 100);
    let seller = world.seller(stack);
    world.settle(stack, 1);
    world.dispute(stack, 2, 1);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1, 1, 1], 1);
    world.resolve(stack);
    // F is 100 base units, yet the challenger loses 0.1 TOMA and every juror earns a fifth of it.
    assert_eq!(world.wallet(world::challenger()), 0);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 20_000_000));
    assert_eq!(world.db().node(seller).earnings(), 100);
    world.end();
}

#[test, expected_failure(abort_code = atoma::config::EStackTooSmall)]
fun a_stack_too_small_for_a_jury_is_not_sold() {
    let mut world = world::market(0, 6);
    world.buy(1, 199_999, 100);
    world.end();
}

// ---------------------------------------------------------------- sold badges

#[test]
fun a_seller_of_a_badge_does_not_keep_the_refund() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    // Sold to the stranger, who records itself as owner.
    world.update_owner(stack, world::stranger());
    world.settle(stack, 400_000);
    world.advance(2);
    world.finalize(stack);
    assert_eq!(world.wallet(world::stranger()), 60_000_000);
    assert_eq!(world.wallet(world::buyer()), 0);
    world.end();
}

#[test]
fun a_reclaim_pays_the_holder_of_the_badge() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    world.advance(14);
    world.reclaim(stack, world::stranger());
    assert_eq!(world.wallet(world::stranger()), 100_000_000);
    assert_eq!(world.wallet(world::buyer()), 0);
    world.end();
}

// ---------------------------------------------------------------- dead slots

#[test]
fun nodes_that_leave_leave_no_slots_behind() {
    let mut world = world::market(0, 40);
    38u64.do!(|i| world.disable(i + 1));
    world.advance(6);
    19u64.do!(|i| world.destroy_node(i + 1));
    let mut hits = 0u64;
    20u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        if (world.seller(stack) == 39) hits = hits + 1;
    });
    assert!(hits > 0 && hits < 20);
    assert_eq!(world.db().task(1).subscribers(), 2);
    world.end();
}

// ---------------------------------------------------------------- standing escape

#[test, expected_failure(abort_code = atoma::db::ENoNodesEligibleForTask)]
fun a_queued_withdrawal_backs_no_bond() {
    let mut world = world::begin();
    let task = world.task(1, 0);
    let node = world.register(toma(20));
    world.subscribe(node, task, 100, 100_000_000);
    world.request_withdrawal(node, toma(10));
    world.advance(6);
    // 9 TOMA of bond would fit into 20 TOMA of stake, but only 10 are free.
    world.buy(task, 6_000_000, 100);
    world.end();
}

#[test]
fun a_queued_withdrawal_does_not_escape_a_slash() {
    let mut ctx = tx_context::dummy();
    let mut nodes = sui::table::new(&mut ctx);
    let mut pool = sui::balance::zero();
    nodes.add(1u64, node::new(@0x1, sui::balance::create_for_testing(100)));
    nodes.borrow_mut(1).queue_withdrawal(90, 10, 0);
    node::slash(&mut nodes, 1, 1, 60, &mut pool);
    let paid = nodes.borrow_mut(1).take_queued(0);
    assert_eq!(paid.value(), 40);
    assert_eq!(pool.value(), 60);
    destroy(nodes);
    destroy(pool);
    destroy(paid);
}

// ---------------------------------------------------------------- reputation

#[test]
fun reputation_cannot_be_farmed_faster_than_one_point_an_epoch() {
    let mut world = world::market(0, 1);
    let mut stacks = vector[];
    8u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        world.settle(stack, 1);
        stacks.push_back(stack);
    });
    world.advance(2);
    world.claim(1, stacks);
    assert_eq!(world.db().node(1).reputation(), 51);
    world.end();
}

#[test]
fun returned_stacks_give_no_reputation() {
    let mut world = world::market(0, 1);
    5u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        world.settle(stack, 0);
        world.advance(1);
    });
    assert_eq!(world.db().node(1).reputation(), 50);
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun a_badge_of_an_ended_stack_is_worthless() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, 0);
    world.reclaim(stack, world::buyer());
    world.end();
}
