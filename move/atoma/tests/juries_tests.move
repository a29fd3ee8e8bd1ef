/// Bought juries, attesters that join a dispute, blame, and what nodes reserve for their duties.
#[test_only]
module atoma::juries_tests;

use atoma::db::AtomaDb;
use atoma::dispute;
use atoma::node::{Self, NodeBadge};
use atoma::settlement;
use atoma::world::{Self, World, toma};
use std::unit_test::assert_eq;
use sui::balance::{Self, Balance};
use toma::toma::TOMA;

const UNITS: u64 = 1_000_000;
const LIE: u64 = 5;
const TRUTH: u64 = 1;
/// What an insured juror gets when it ends in the minority: its slash, the pay it missed, and a bit.
const INSURED: u64 = 201_000_000;

// ---------------------------------------------------------------- insured juries

/// What a published package could hold: it votes with the badges put into it, ends the dispute itself and, in the same transaction, pays those
/// whom the vote cost something.
public struct Vault { fund: Balance<TOMA>, badges: vector<NodeBadge> }

fun insure(world: &mut World, jurors: &vector<u64>): Vault {
    let (_, ctx) = world.db_and_ctx();
    let mut vault = Vault { fund: balance::create_for_testing(toma(3)), badges: vector[] };
    3u64.do!(|i| vault.badges.push_back(node::new_badge(jurors[i], ctx)));
    vault
}

/// Ends the dispute and returns what the insurer paid.
fun end_and_pay(vault: Vault, world: &mut World, stack: u64): u64 {
    let (db, ctx) = world.db_and_ctx();
    let before = earnings(&vault, db);
    db.resolve_dispute(stack, ctx);
    let after = earnings(&vault, db);
    let Vault { mut fund, badges } = vault;
    let mut paid = 0;
    badges.length().do!(|i| if (after[i] == before[i]) paid = paid + INSURED);
    badges.destroy!(|badge| node::delete_badge(badge));
    fund.split(paid).destroy_for_testing();
    fund.destroy_for_testing();
    paid
}

fun earnings(vault: &Vault, db: &AtomaDb): vector<u64> {
    vault.badges.map_ref!(|badge| db.node(badge.small_id()).earnings())
}

/// A liar's settlement under dispute, before a jury of which three are insured and two work.
fun insured(nodes: u64): (World, u64, vector<u64>, Vault) {
    let mut world = world::market(1, nodes);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    world.dispute(stack, TRUTH, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[LIE, LIE, LIE, TRUTH, TRUTH], UNITS);
    let vault = insure(&mut world, &jurors);
    (world, stack, jurors, vault)
}

#[test]
fun three_insured_jurors_are_outvoted_and_their_insurer_pays_all_three() {
    let (mut world, stack, first, vault) = insured(12);
    let seller = world.seller(stack);
    world.second_jury(stack);
    assert_eq!(world.db().dispute(stack).jurors().length(), 10);
    world.vote_from(stack, 5, vector[TRUTH, TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    assert_eq!(vault.end_and_pay(&mut world, stack), 3 * INSURED);
    3u64.do!(|i| assert_eq!(world.db().node(first[i]).stake(), toma(10) - 100_000_000));
    2u64.do!(|i| assert_eq!(world.db().node(first[i + 3]).earnings(), 100_000_000));
    // The liar lost its bond of 15 times the price, and the fee.
    assert_eq!(world.db().node_free_stake(seller), toma(10) - 1_500_000_000);
    assert_eq!(world.db().node(seller).earnings(), 0);
    // A fifth of the 800,000,000 that seven jurors left of the bond.
    assert_eq!(world.wallet(world::challenger()), 500_000_000 + 160_000_000);
    world.end();
}

/// Two more have to be bought of the second jury, which nobody knows before: with equal votes the first one counts.
#[test]
fun votes_of_both_juries_are_counted_together_and_equal_ones_leave_it_to_the_first() {
    let (mut world, stack, first, vault) = insured(12);
    let seller = world.seller(stack);
    world.second_jury(stack);
    world.vote_from(stack, 5, vector[LIE, LIE, TRUTH, TRUTH, TRUTH], UNITS);
    assert_eq!(vault.end_and_pay(&mut world, stack), 0);
    // Five share the challenger's bond.
    assert_eq!(world.db().node(first[0]).earnings(), 100_000_000);
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    world.end();
}

#[test]
fun a_verdict_by_a_single_vote_is_upheld_and_its_minority_slashed() {
    let mut world = world::market(1, 12);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    world.dispute(stack, TRUTH, UNITS);
    let first = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, LIE, LIE], UNITS);
    world.second_jury(stack);
    // One of the second jury is silent and one could not have the inputs.
    world.vote_from(stack, 5, vector[TRUTH, TRUTH, TRUTH, 0], UNITS);
    world.advance(2);
    let second = world.db().dispute(stack).jurors();
    world.resolve(stack);
    3u64.do!(|i| assert_eq!(world.db().node(first[i]).earnings(), 100_000_000));
    vector[first[3], first[4], second[8], second[9]].do!(|juror| {
        assert_eq!(world.db().node(juror).stake(), toma(10) - 100_000_000)
    });
    world.end();
}

#[test]
fun unavailable_by_a_single_vote_wins_no_tie_of_both_juries() {
    let mut world = world::market(1, 12);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle_as(stack, TRUTH, UNITS, UNITS);
    world.dispute(stack, LIE, UNITS);
    world.vote_all(stack, vector[0, 0, 0, TRUTH, TRUTH], UNITS);
    world.second_jury(stack);
    assert_eq!(world.db().dispute(stack).jurors().length(), 10);
    world.vote_from(stack, 5, vector[TRUTH, TRUTH, TRUTH, 0, 0], UNITS);
    world.resolve(stack);
    assert!(world.db().node(seller).earnings() >= UNITS * 100);
    assert_eq!(world.db().node(seller).stake(), toma(10));
    world.end();
}

/// A limit: where nobody is left for a second jury, three bought jurors of five decide.
#[test]
fun where_too_few_are_left_a_verdict_by_a_single_vote_stands() {
    let (mut world, stack, _, vault) = insured(7);
    world.second_jury(stack);
    assert_eq!(world.db().dispute(stack).jurors().length(), 5);
    assert_eq!(vault.end_and_pay(&mut world, stack), 0);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ENoSecondJury)]
fun a_majority_of_two_votes_is_not_followed_by_another_jury() {
    let mut world = world::market(1, 12);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, TRUTH, LIE], UNITS);
    world.second_jury(stack);
    abort
}

// ---------------------------------------------------------------- inputs shown to few

/// A liar's settlement under dispute, and the first jury's votes.
fun lie_before(votes: vector<u64>): (World, u64) {
    let mut world = world::market(1, 12);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    world.dispute(stack, TRUTH, UNITS);
    world.vote_all(stack, votes, UNITS);
    world.second_jury(stack);
    (world, stack)
}

fun assert_bond_lost(world: &World, seller: u64) {
    assert_eq!(world.db().node_free_stake(seller), toma(10) - 1_500_000_000);
    assert_eq!(world.db().node(seller).earnings(), 0);
}

#[test]
fun three_bought_jurors_lose_where_the_node_hides_its_inputs_from_the_two_others() {
    let (mut world, stack) = lie_before(vector[LIE, LIE, LIE, 0, 0]);
    let seller = world.seller(stack);
    world.vote_from(stack, 5, vector[0, 0, 0, 0, LIE], UNITS);
    world.resolve(stack);
    assert_bond_lost(&world, seller);
    // The buyer has all of its money back, the challenger its bond.
    assert_eq!(world.wallet(world::buyer()), UNITS * 100);
    assert_eq!(world.wallet(world::challenger()), 500_000_000);
    world.end();
}

#[test]
fun a_node_that_shows_its_inputs_to_two_jurors_at_the_last_moment_loses_them_all_the_same() {
    let (mut world, stack) = lie_before(vector[LIE, TRUTH, TRUTH, 0, 0]);
    let seller = world.seller(stack);
    // No majority: the second jury votes alone, and is split in the same way.
    assert_eq!(world.db().dispute(stack).jurors().length(), 5);
    world.vote_all(stack, vector[LIE, TRUTH, TRUTH, 0, 0], UNITS);
    world.resolve(stack);
    assert_bond_lost(&world, seller);
    world.end();
}

#[test]
fun votes_against_the_claim_count_together_and_most_of_them_name_the_outcome() {
    let (mut world, stack) = lie_before(vector[LIE, LIE, LIE, TRUTH, 0]);
    let seller = world.seller(stack);
    world.vote_from(stack, 5, vector[LIE, TRUTH, TRUTH, TRUTH, 0], UNITS);
    world.resolve(stack);
    assert_bond_lost(&world, seller);
    // Convicted on what four of six found: the challenger named it.
    assert!(world.wallet(world::challenger()) > 500_000_000);
    world.end();
}

/// An honest settlement under a false dispute, and the first jury's votes.
fun truth_before(votes: vector<u64>): (World, u64) {
    let mut world = world::market(1, 12);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 9, UNITS);
    world.vote_all(stack, votes, UNITS);
    world.second_jury(stack);
    (world, stack)
}

#[test]
fun a_node_that_the_first_jury_could_not_reach_keeps_fee_and_bond_once_the_second_one_can() {
    let (mut world, stack) = truth_before(vector[0, 0, 0, 0, 0]);
    let (seller, jurors) = (world.seller(stack), world.db().dispute(stack).jurors());
    world.vote_from(stack, 5, vector[TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    world.advance(2);
    world.resolve(stack);
    assert_eq!(world.db().node(seller).stake(), toma(10));
    assert!(world.db().node(seller).earnings() >= UNITS * 100);
    // The four are paid in full, whoever could not have the inputs and the silent one are slashed.
    4u64.do!(|i| assert_eq!(world.db().node(jurors[5 + i]).earnings(), 100_000_000));
    vector[0, 1, 2, 3, 4, 9].do!(|i| assert_eq!(world.db().node(jurors[i]).stake(), toma(10) - 100_000_000));
    world.end();
}

#[test]
fun unavailable_takes_a_bond_when_both_juries_say_it() {
    let (mut world, stack) = truth_before(vector[0, 0, 0, 0, TRUTH]);
    let seller = world.seller(stack);
    world.vote_from(stack, 5, vector[TRUTH, TRUTH, 0, 0, 0], UNITS);
    world.resolve(stack);
    assert_bond_lost(&world, seller);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ECommitPhaseOver)]
fun who_was_silent_in_the_first_jury_does_not_vote_in_the_time_of_the_second() {
    let (mut world, stack) = lie_before(vector[0, 0, 0, 0]);
    let silent = world.db().dispute(stack).jurors()[4];
    world.await_votes(stack);
    world.commit_vote(stack, silent, world::history(LIE), UNITS);
    abort
}

// ---------------------------------------------------------------- what jurors are paid

/// Nine jurors would have to share the challenger's bond of five times their pay: the slash of the tenth adds to it.
#[test]
fun jurors_of_two_juries_are_paid_out_of_the_bond_and_the_slashes_of_the_others() {
    let (mut world, stack) = truth_before(vector[TRUTH, TRUTH, TRUTH, 9, 9]);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_from(stack, 5, vector[TRUTH, TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    world.resolve(stack);
    // 500,000,000 of the bond and twice S of 100,000,000, for eight.
    vector[0, 1, 2, 5, 6, 7, 8, 9].do!(|i| assert_eq!(world.db().node(jurors[i]).earnings(), 700_000_000 / 8));
    vector[3, 4].do!(|i| assert_eq!(world.db().node(jurors[i]).stake(), toma(10) - 100_000_000));
    world.end();
}

// ---------------------------------------------------------------- the bond of an attester

/// Six nodes with 10 TOMA of which 2.5 are free, and a liar with `stake` that sold `units`; the bond due is `units` / 2,000,000 TOMA.
fun bonded_out(units: u64, stake: u64): (World, u64, u64) {
    let mut world = world::market(1, 6);
    world.always_attest(1);
    world.manage!(|db, badge| {
        db.set_challenger_share(badge, 500);
        db.set_outsider_share(badge, 100);
    });
    let liar = world.register(toma(stake));
    world.subscribe(liar, 1, 100, units);
    let stack = world.buy(1, units, 100);
    assert_eq!(world.seller(stack), liar);
    6u64.do!(|_| { world.buy(1, 5_000_000, 100); });
    world.settle_as(stack, LIE, units, units);
    let attester = world.db().ticket(stack).attesters()[0];
    (world, stack, attester)
}

fun accuse(world: &mut World, stack: u64, attester: u64, units: u64) {
    let claim = world.accusation_of(stack, TRUTH, units, world::node_owner(attester));
    world.attest_raw(attester, stack, claim, world::history(99));
}

#[test]
fun an_attester_that_puts_up_less_than_the_bond_has_an_outsiders_share() {
    let (mut world, stack, attester) = bonded_out(5_600_000, 12);
    accuse(&mut world, stack, attester, 5_600_000);
    // 2.8 TOMA are due, 2.5 are there.
    assert_eq!(world.db().dispute(stack).bond(), 2_500_000_000);
    let seats = world.db().dispute(stack).jurors().length();
    world.vote_all(stack, vector::tabulate!(seats, |_| TRUTH), 5_600_000);
    world.resolve(stack);
    // The bond of 8.4 TOMA less the jury's 0.56 for each seat; a tenth of that.
    assert_eq!(world.db().node(attester).earnings(), (8_400_000_000 - 560_000_000 * seats) / 10);
    assert_eq!(world.db().node_free_stake(attester), 2_500_000_000);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EBondTooShort)]
fun an_attester_does_not_accuse_for_less_than_half_the_bond() {
    let (mut world, stack, attester) = bonded_out(20_000_000, 40);
    accuse(&mut world, stack, attester, 20_000_000);
    abort
}

// ---------------------------------------------------------------- blame

/// An attester confirms what the rows of the seed show. A receipt, or a row that only the challenger named, convicts the node, and not the
/// attester that could not see it.
#[test]
fun an_honest_backer_keeps_its_stake() {
    let (mut world, stack) = attested(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, TRUTH, UNITS);
    world.dispute(stack, 2, UNITS);
    world.vote_without_blame(stack, 2, UNITS);
    let seller = world.seller(stack);
    world.resolve(stack);
    assert_eq!(world.db().node(seller).reputation(), 0);
    assert_eq!(world.db().node(attester).reputation(), 50);
    assert_eq!(world.db().node(attester).stake(), toma(10));
    world.end();
}

fun attested(nodes: u64): (World, u64) {
    let mut world = world::market(1, nodes);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    (world, stack)
}

/// A settlement of a lie that has to be attested.
fun lied(nodes: u64): (World, u64) {
    let mut world = world::market(1, nodes);
    world.always_attest(1);
    world.manage!(|db, badge| {
        db.set_challenger_share(badge, 500);
        db.set_outsider_share(badge, 100);
    });
    let stack = world.buy(1, UNITS, 100);
    world.settle_as(stack, LIE, UNITS, UNITS);
    (world, stack)
}

// ---------------------------------------------------------------- joining

#[test]
fun an_attester_that_joins_with_the_right_root_has_an_outsiders_share_beside_the_challengers() {
    let (mut world, stack) = lied(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.dispute(stack, TRUTH, UNITS);
    world.join(stack, attester, TRUTH, UNITS);
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    world.resolve(stack);
    // A tenth of the 1,000,000,000 that the jury left, for each of the two. Were it half for the attester, a liar whose own node was drawn would
    // have it join, and lose half as much.
    assert_eq!(world.db().node(attester).earnings(), 100_000_000);
    assert_eq!(world.wallet(world::challenger()), 500_000_000 + 100_000_000);
    world.end();
}

#[test]
fun an_attester_that_joins_with_a_wrong_root_has_nothing() {
    let (mut world, stack) = lied(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.dispute(stack, TRUTH, UNITS);
    world.join(stack, attester, 9, UNITS);
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    world.resolve(stack);
    assert_eq!(world.db().node(attester).earnings(), 0);
    assert_eq!(world.wallet(world::challenger()), 500_000_000 + 100_000_000);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ENotToJoin)]
fun nobody_else_joins() {
    let (mut world, stack) = lied(8);
    let seller = world.seller(stack);
    world.dispute(stack, TRUTH, UNITS);
    world.join(stack, seller, TRUTH, UNITS);
    abort
}

#[test, expected_failure(abort_code = dispute::ENotToJoin)]
fun nobody_joins_once_votes_are_shown() {
    let (mut world, stack) = lied(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.dispute(stack, TRUTH, UNITS);
    world.advance(2);
    world.join(stack, attester, TRUTH, UNITS);
    abort
}

#[test, expected_failure(abort_code = dispute::ENotToJoin)]
fun nobody_joins_twice() {
    let (mut world, stack) = lied(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.dispute(stack, TRUTH, UNITS);
    world.join(stack, attester, 9, UNITS);
    world.join(stack, attester, TRUTH, UNITS);
    abort
}

// ---------------------------------------------------------------- the node's own leaf

/// A right root under a wrong leaf of the node: no attester can confirm it, so that none is framed, and the jury convicts.
fun with_wrong_leaf(): (World, u64) {
    let mut world = world::market(1, 8);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    let (seller, root) = (world.seller(stack), world.root_of(stack, TRUTH, UNITS));
    world.settle_raw(seller, stack, UNITS, root, world::history(99));
    (world, stack)
}

#[test, expected_failure(abort_code = settlement::EWrongLeaf)]
fun a_settlement_with_a_wrong_leaf_cannot_be_attested() {
    let (mut world, stack) = with_wrong_leaf();
    world.attest(stack, 0, TRUTH, UNITS);
    abort
}

#[test, expected_failure(abort_code = settlement::EWrongLeaf)]
fun an_attester_cannot_leave_a_wrong_leaf() {
    let (mut world, stack) = attested(8);
    let (attester, root) = (world.db().ticket(stack).attesters()[0], world.db().ticket(stack).root());
    world.attest_raw(attester, stack, root, world::history(99));
    abort
}

#[test]
fun a_wrong_leaf_of_the_node_is_disputed_with_its_own_root() {
    let (mut world, stack) = with_wrong_leaf();
    let (seller, attester) = (world.seller(stack), world.db().ticket(stack).attesters()[0]);
    let claim = world.accusation_of(stack, TRUTH, UNITS, world::node_owner(attester));
    world.attest_raw(attester, stack, claim, world::history(99));
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    world.resolve(stack);
    assert_eq!(world.db().node(seller).reputation(), 0);
    assert_eq!(world.db().node(attester).earnings(), 200_000_000);
    world.end();
}

// ---------------------------------------------------------------- no free disputes where no jury can sit

#[test]
fun an_attester_cannot_take_a_fee_where_no_jury_can_sit() {
    let (mut world, stack) = attested(3);
    let (seller, attester) = (world.seller(stack), world.db().ticket(stack).attesters()[0]);
    let claim = world.accusation_of(stack, 9, UNITS, world::node_owner(attester));
    world.attest_raw(attester, stack, claim, world::history(99));
    assert!(world.db().ticket(stack).is_open_required() && !world.db().has_dispute(stack));
    world.open(stack, TRUTH, UNITS);
    world.advance(4);
    world.claim(seller, vector[stack]);
    assert_eq!(world.wallet(world::node_owner(seller)), 100_000_000);
    assert_eq!(world.db().node_free_stake(attester), toma(10));
    assert_eq!(world.db().node(attester).reserved(), 0);
    world.end();
}

// ---------------------------------------------------------------- what duties reserve

#[test]
fun a_duty_reserves_what_it_may_cost_until_it_is_over() {
    let (mut world, stack) = attested(8);
    let attester = world.db().ticket(stack).attesters()[0];
    assert_eq!(world.db().node(attester).reserved(), 100_000_000);
    assert_eq!(world.db().node(attester).unreserved(), toma(10) - 100_000_000);
    world.attest(stack, 0, TRUTH, UNITS);
    assert_eq!(world.db().node(attester).reserved(), 0);
    world.dispute(stack, 9, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    jurors.do_ref!(|juror| assert_eq!(world.db().node(*juror).reserved(), 100_000_000));
    world.vote_all(stack, vector[TRUTH, TRUTH, TRUTH, TRUTH, TRUTH], UNITS);
    world.resolve(stack);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).reserved(), 0));
    world.end();
}

/// A juror is drawn again only as far as its stake carries what every duty may cost.
#[test]
fun a_duty_keeps_nobody_from_another_one() {
    let mut world = world::begin();
    let task = world.task(0, 0);
    let seller = world.register(toma(400));
    world.subscribe(seller, task, 100, 1_000_000_000);
    5u64.do!(|_| {
        let juror = world.register(toma(15));
        world.subscribe(juror, task, 100, 1);
    });
    // S is 10 TOMA for each stack. Were jurors of one left out of the next, many small stacks would keep checkers from the large ones.
    let (first, second) = (world.buy(task, 100_000_000, 100), world.buy(task, 100_000_000, 100));
    world.settle(first, 100_000_000);
    world.settle(second, 100_000_000);
    world.dispute(first, 9, 100_000_000);
    world.dispute(second, 9, 100_000_000);
    assert_eq!(world.db().dispute(first).jurors().length(), 5);
    assert_eq!(world.db().dispute(second).jurors().length(), 5);
    world.end();
}

/// Who leaves while it sits in a jury cannot take out what its silence may cost.
#[test]
fun a_node_is_not_destroyed_before_its_duties_are_over() {
    let (mut world, stack) = attested(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.disable(attester);
    world.advance(6);
    world.redraw(stack);
    assert_eq!(world.db().node(attester).reserved(), 0);
    assert_eq!(world.db().node(attester).stake(), toma(10) - 100_000_000);
    world.destroy_node(attester);
    world.end();
}

#[test, expected_failure(abort_code = node::ENodeHasDuties)]
fun a_node_with_a_duty_is_not_destroyed() {
    let (mut world, stack) = attested(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.disable(attester);
    world.advance(6);
    world.destroy_node(attester);
    abort
}

#[test, expected_failure(abort_code = node::EStakeBelowCollateral)]
fun reserved_stake_is_not_withdrawn() {
    let (mut world, stack) = attested(8);
    let attester = world.db().ticket(stack).attesters()[0];
    world.top_up(attester, 50_000_000);
    world.request_withdrawal(attester, 50_000_000);
    abort
}
