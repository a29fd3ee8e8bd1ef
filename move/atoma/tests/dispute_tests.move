#[test_only]
module atoma::dispute_tests;

use atoma::commitment;
use atoma::dispute;
use atoma::money;
use atoma::node;
use atoma::settlement;
use atoma::world::{Self, World, toma};
use std::unit_test::{assert_eq, destroy};

const UNITS: u64 = 1_000_000;

fun settled(nodes: u64): (World, u64) {
    let mut world = world::market(0, nodes);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    (world, stack)
}

fun disputed(nodes: u64): (World, u64) {
    let (mut world, stack) = settled(nodes);
    world.dispute(stack, 2, UNITS);
    (world, stack)
}

fun attested_market(nodes: u64, attesters: u64): (World, u64) {
    let mut world = world::market(1, nodes);
    world.always_attest(attesters);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    (world, stack)
}

// ---------------------------------------------------------------- starting

#[test]
fun a_dispute_blocks_the_claim_and_takes_the_bond() {
    let (world, stack) = disputed(6);
    let row = world.db().dispute(stack);
    assert!(world.db().ticket(stack).is_disputed());
    assert_eq!(row.challenger(), world::challenger());
    assert_eq!(row.challenger_node(), 0);
    assert_eq!(row.bond(), 500_000_000);
    assert_eq!(row.jurors().length(), 5);
    assert_eq!(row.dispute_epoch(), 0);
    assert_eq!(row.commit_deadline(), 2);
    assert_eq!(row.reveal_deadline(), 3);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun a_disputed_stack_is_not_claimed() {
    let (mut world, stack) = disputed(6);
    world.advance(9);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun a_second_dispute() {
    let (mut world, stack) = disputed(6);
    world.dispute(stack, 3, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun attesting_a_disputed_stack() {
    let (mut world, stack) = attested_market(7, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    let root = world.root_of(stack, 1, UNITS);
    world.dispute(stack, 2, UNITS);
    world.attest_raw(attester, stack, root, world::history(9));
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun redrawing_a_disputed_stack() {
    let (mut world, stack) = attested_market(7, 1);
    world.dispute(stack, 2, UNITS);
    world.advance(3);
    world.redraw(stack);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun opening_a_disputed_stack() {
    let (mut world, stack) = disputed(6);
    world.open(stack, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun expiring_a_disputed_stack() {
    let (mut world, stack) = disputed(6);
    world.advance(9);
    world.expire(stack);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningRequired)]
fun disputing_once_opening_is_required() {
    let (mut world, stack) = attested_market(2, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, world::history(8), world::history(9));
    world.dispute(stack, 2, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketNotFound)]
fun disputing_an_unsettled_stack() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    let mut coin = world.mint(toma(1));
    world.dispute_with(&mut coin, stack, world::history(1));
    destroy(coin);
    world.end();
}

#[test, expected_failure(abort_code = money::EInsufficientFunds)]
fun disputing_without_the_bond() {
    let (mut world, stack) = settled(6);
    let mut coin = world.mint(499_999_999);
    world.dispute_with(&mut coin, stack, world::history(1));
    destroy(coin);
    world.end();
}

#[test, expected_failure(abort_code = commitment::ENot32Bytes)]
fun disputing_with_a_short_commitment() {
    let (mut world, stack) = settled(6);
    world.dispute_as(world::challenger(), stack, b"short");
    world.end();
}

#[test]
fun the_buyer_may_dispute() {
    let (mut world, stack) = settled(6);
    world.dispute_as(world::buyer(), stack, world::history(1));
    assert_eq!(world.db().dispute(stack).challenger(), world::buyer());
    world.end();
}

#[test]
fun a_clean_ticket_can_be_disputed_to_its_deadline() {
    let (mut world, stack) = attested_market(7, 1);
    world.attest(stack, 0, 1, UNITS);
    world.advance(1);
    world.dispute(stack, 2, UNITS);
    assert!(world.db().ticket(stack).is_disputed());
    world.end();
}

#[test]
fun the_minimum_bond_guards_small_stacks() {
    let mut world = world::market(0, 6);
    world.manage!(|db, badge| {
        db.set_juror_pay(badge, 100);
        db.set_dispute_bond(badge, 500);
    });
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, 1);
    assert_eq!(world.db().dispute_bond(stack), 100_000_000);
    world.dispute(stack, 2, 1);
    assert_eq!(world.db().dispute(stack).bond(), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- who sits

#[test]
fun jurors_are_independent_of_the_accused_and_the_challenger() {
    let mut world = world::market(0, 6);
    // Two more nodes of the challenger, and two more of every node that could be the seller.
    2u64.do!(|_| {
        let node = world.register_for(world::challenger(), toma(10));
        world.subscribe_as(world::challenger(), node, 1, 100, UNITS * 10);
    });
    6u64.do!(|i| {
        let node = world.register_for(world::node_owner(i + 1), toma(10));
        world.subscribe_as(world::node_owner(i + 1), node, 1, 100, UNITS * 10);
    });
    20u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        world.settle(stack, 1);
        world.dispute(stack, 2, 1);
        let owner = world.db().node(world.seller(stack)).owner();
        let jurors = world.db().dispute(stack).jurors();
        assert_eq!(jurors.length(), 5);
        jurors.length().do!(|i| {
            let juror = world.db().node(jurors[i]).owner();
            assert!(juror != owner && juror != world::challenger());
            i.do!(|j| assert!(jurors[i] != jurors[j]));
        });
        world.advance(2);
        world.resolve(stack);
        14u64.do!(|i| world.top_up(i + 1, toma(1)));
    });
    world.end();
}

#[test]
fun required_attesters_do_not_judge() {
    let (mut world, stack) = attested_market(9, 3);
    let attesters = world.db().ticket(stack).attesters();
    world.dispute(stack, 2, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    assert_eq!(jurors.length(), 5);
    attesters.do!(|attester| assert!(!jurors.contains(&attester)));
    world.end();
}

#[test]
fun attesters_that_were_not_required_may_judge() {
    let mut world = world::market(1, 6);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    // All five others sit, the drawn one among them.
    assert_eq!(world.db().dispute(stack).jurors().length(), 5);
    world.end();
}

#[test]
fun jurors_need_the_stake_they_can_lose() {
    let mut world = world::market(0, 7);
    let rich = world.register(toma(100));
    world.subscribe(rich, 1, 100, 100_000_000);
    // A small stack bonds some stake of one of the seven; then a large one only the rich node can serve.
    let small = world.buy(1, UNITS, 100);
    let large = world.buy(1, 100_000_000, 100);
    assert_eq!(world.seller(large), rich);
    world.settle(large, 100_000_000);
    // F is 10 TOMA and so is the slash: everyone but the seller of the small stack has that much free.
    world.dispute(large, 2, 100_000_000);
    let jurors = world.db().dispute(large).jurors();
    assert_eq!(jurors.length(), 5);
    assert!(world.seller(small) == rich || !jurors.contains(&world.seller(small)));
    world.end();
}

#[test]
fun seven_jurors_can_sit() {
    let mut world = world::market(0, 9);
    world.manage!(|db, badge| {
        db.set_plain_bond(badge, 7_000);
        db.set_dispute_bond(badge, 7_000);
        db.set_jurors(badge, 7);
    });
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    assert_eq!(world.db().dispute(stack).jurors().length(), 7);
    assert_eq!(world.db().dispute(stack).bond(), 700_000_000);
    world.vote_all(stack, vector[1, 2, 2, 2, 2, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- attesters as challengers

#[test]
fun an_attester_without_inputs_stakes_only_the_slash() {
    let (mut world, stack) = attested_market(7, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, commitment::unavailable(), commitment::unavailable());
    assert_eq!(world.db().dispute(stack).bond(), 100_000_000);
    assert_eq!(world.db().node_free_stake(attester), toma(10) - 100_000_000);
    world.end();
}

#[test]
fun an_attester_stakes_at_most_its_free_stake() {
    let mut world = world::market(1, 8);
    world.always_attest(1);
    world.manage!(|db, badge| {
        db.set_dispute_bond(badge, 8_000);
        db.set_plain_bond(badge, 9_000);
    });
    let stack = world.buy(1, 5_000_000, 100);
    world.settle(stack, 5_000_000);
    let attester = world.db().ticket(stack).attesters()[0];
    // The bond would be 4 TOMA; purchases have since bonded most of the stake.
    let other = world.task(0, 0);
    world.subscribe(attester, other, 1_000, 1_000_000);
    world.buy(other, 700_000, 1_000);
    assert_eq!(world.db().node_free_stake(attester), 3_700_000_000);
    let root = world.root_of(stack, 2, 5_000_000);
    world.attest_raw(attester, stack, root, world::history(1));
    assert_eq!(world.db().dispute(stack).bond(), 3_700_000_000);
    assert_eq!(world.db().node_free_stake(attester), 0);
    world.end();
}

#[test]
fun the_owner_of_a_drawn_attester_challenges_as_that_attester() {
    let (mut world, stack) = attested_market(2, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    let root = world.db().ticket(stack).root();
    world.dispute_as(world::node_owner(attester), stack, root);
    assert_eq!(world.db().dispute(stack).challenger_node(), attester);
    world.advance(2);
    world.resolve(stack);
    // No jury, no ruling: it pays for the work like anybody else.
    assert_eq!(world.wallet(world::node_owner(attester)), 400_000_000);
    world.end();
}

#[test]
fun an_attester_that_backed_the_root_challenges_like_anyone() {
    let (mut world, stack) = attested_market(7, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, 1, UNITS);
    world.dispute_as(world::node_owner(attester), stack, world::history(3));
    assert_eq!(world.db().dispute(stack).challenger_node(), 0);
    world.end();
}

#[test]
fun the_bond_of_a_destroyed_attester_goes_to_its_last_owner() {
    let (mut world, stack) = attested_market(7, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    let claim = world.accusation_of(stack, 2, UNITS, world::node_owner(attester));
    world.attest_raw(attester, stack, claim, world::history(3));
    world.disable(attester);
    world.vote_all(stack, vector[2, 2, 2, 2, 2], UNITS);
    world.advance(6);
    world.destroy_node(attester);
    assert_eq!(world.wallet(world::node_owner(attester)), toma(10) - 500_000_000);
    world.resolve(stack);
    assert_eq!(world.wallet(world::node_owner(attester)), toma(10) + 200_000_000);
    world.end();
}

// ---------------------------------------------------------------- voting

#[test, expected_failure(abort_code = dispute::ENotAJuror)]
fun a_stranger_cannot_commit() {
    let (mut world, stack) = disputed(6);
    let seller = world.seller(stack);
    world.commit_vote(stack, seller, world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ENotAJuror)]
fun a_stranger_cannot_reveal() {
    let (mut world, stack) = disputed(6);
    let seller = world.seller(stack);
    world.advance(2);
    world.reveal_vote(stack, seller, world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EAlreadyCommitted)]
fun committing_twice() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.await_votes(stack);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.commit_vote(stack, juror, world::history(2), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ENotCommitted)]
fun revealing_without_a_commitment() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.advance(2);
    world.reveal_vote(stack, juror, world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EVoteMismatch)]
fun revealing_another_vote() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.await_votes(stack);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.await_reveals(stack);
    world.reveal_vote(stack, juror, world::history(2), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EVoteMismatch)]
fun revealing_other_units() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.await_votes(stack);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.await_reveals(stack);
    world.reveal_vote(stack, juror, world::history(1), UNITS - 1);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EAlreadyRevealed)]
fun revealing_twice() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.await_votes(stack);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.await_reveals(stack);
    world.reveal_vote(stack, juror, world::history(1), UNITS);
    world.reveal_vote(stack, juror, world::history(1), UNITS);
    world.end();
}

/// The commitment of one juror is worthless to another: it binds the juror's id.
#[test, expected_failure(abort_code = dispute::EVoteMismatch)]
fun a_copied_commitment_cannot_be_revealed() {
    let (mut world, stack) = disputed(6);
    let jurors = world.db().dispute(stack).jurors();
    let vote = commitment::vote(stack, jurors[0], world::history(1), UNITS, world::history(1_000 + jurors[1]), false);
    world.await_votes(stack);
    world.tx(world::node_owner(jurors[1]));
    let (db, ctx) = world.db_and_ctx();
    let badge = node::new_badge(jurors[1], ctx);
    db.commit_dispute_vote(&badge, stack, vote, ctx);
    node::delete_badge(badge);
    world.await_reveals(stack);
    world.reveal_vote(stack, jurors[1], world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EDisputeNotFound)]
fun resolving_no_dispute() {
    let (mut world, stack) = settled(6);
    world.resolve(stack);
    world.end();
}

#[test]
fun a_disabled_juror_can_still_vote() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.disable(juror);
    world.vote_all(stack, vector[2, 2, 2, 2, 2], UNITS);
    world.resolve(stack);
    assert_eq!(world.db().node(juror).earnings(), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- rulings

#[test, expected_failure(abort_code = dispute::EJurySeated)]
fun the_manager_cannot_overrule_a_jury() {
    let (mut world, stack) = disputed(6);
    world.rule(stack, 0);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EInvalidOutcome)]
fun the_manager_cannot_rule_no_majority() {
    let (mut world, stack) = disputed(2);
    world.rule(stack, 3);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EDisputeNotFound)]
fun the_manager_cannot_rule_without_a_dispute() {
    let (mut world, stack) = settled(2);
    world.rule(stack, 0);
    world.end();
}

#[test]
fun a_ruling_of_conviction_punishes_backers_and_gives_no_share() {
    let (mut world, stack) = attested_market(2, 1);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, 1, UNITS);
    world.dispute(stack, 2, UNITS);
    world.rule(stack, 0);
    assert_eq!(world.db().node(attester).reputation(), 40);
    assert_eq!(world.wallet(world::challenger()), 500_000_000);
    assert_eq!(world.db().pool_balance(), 1_500_000_000 + 100_000_000);
    world.end();
}
