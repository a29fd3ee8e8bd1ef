/// Where each unit goes: every way a stack can end, with exact amounts. Unless a test says otherwise a stack
/// of 1,000,000 units at 100 is bought, so the full fee F is 100,000,000, S is 100,000,000 and the dispute
/// bond 500,000,000.
#[test_only]
module atoma::outcomes_tests;

use atoma::commitment;
use atoma::world::{Self, World, toma};

const UNITS: u64 = 1_000_000;

fun free(world: &World, node: u64): u64 { world.db().node_free_stake(node) }

fun reputation(world: &World, node: u64): u8 { world.db().node(node).reputation() }

fun earnings(world: &World, node: u64): u64 { world.db().node(node).earnings() }

fun buyer_wallet(world: &mut World): u64 { world.wallet(world::buyer()) }

fun pool(world: &World): u64 { world.db().pool_balance() }

/// A level-1 market with every settlement attested by `attesters`, and one stack bought.
fun attested_market(nodes: u64, attesters: u64): (World, u64) {
    let mut world = world::market(1, nodes);
    world.always_attest(attesters);
    let stack = world.buy(1, UNITS, 100);
    (world, stack)
}

// ---------------------------------------------------------------- claimed

#[test]
fun claimed_at_level_0() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    assert!(world.db().stack(stack).escrow() == 100_000_000);
    assert!(world.db().stack(stack).bond() == 600_000_000);
    world.settle(stack, 300_001);
    world.advance(2);
    world.claim(1, vector[stack]);
    assert!(world.wallet(world::node_owner(1)) == 30_000_100);
    assert!(buyer_wallet(&mut world) == 69_999_900);
    assert!(pool(&world) == 0);
    assert!(free(&world, 1) == toma(10) && world.db().node(1).bonded() == 0);
    assert!(reputation(&world, 1) == 51);
    world.end();
}

#[test]
fun claimed_at_level_1_with_an_attester() {
    let (mut world, stack) = attested_market(2, 1);
    assert!(world.db().stack(stack).escrow() == 200_000_000);
    world.settle(stack, 600_000);
    let (seller, attester) = (world.seller(stack), world.db().ticket(stack).attesters()[0]);
    world.attest(stack, 0, 1, 600_000);
    assert!(world.db().ticket(stack).is_clean());
    world.advance(2);
    world.claim(seller, vector[stack]);
    assert!(world.wallet(world::node_owner(seller)) == 60_000_000);
    assert!(pool(&world) == 100_000_000);
    assert!(buyer_wallet(&mut world) == 40_000_000);
    assert!(world.db().node(attester).credit() == 100_000_000);
    world.withdraw_earnings(attester);
    assert!(world.wallet(world::node_owner(attester)) == 100_000_000);
    assert!(pool(&world) == 0 && world.db().node(attester).credit() == 0);
    assert!(reputation(&world, seller) == 51 && reputation(&world, attester) == 51);
    world.end();
}

#[test]
fun surcharge_and_bond_are_rounded_up() {
    let mut world = world::market(1, 2);
    let stack = world.buy(1, 200_003, 101);
    let seller = world.seller(stack);
    assert!(world.db().stack(stack).escrow() == 20_200_303 + 2_424_037);
    assert!(world.db().stack(stack).bond() == 303_004_545);
    world.settle(stack, 13);
    world.advance(2);
    world.claim(seller, vector[stack]);
    // The chance of a check is a permille, its price that of the stack.
    assert!(pool(&world) == 20_201);
    assert!(buyer_wallet(&mut world) == 22_624_340 - 1_313 - 20_201);
    world.end();
}

// ---------------------------------------------------------------- silence and openings

#[test]
fun after_three_silences_a_jury_looks_at_the_rows_and_is_paid_out_of_the_slashes() {
    let (mut world, stack) = attested_market(5, 1);
    world.settle(stack, UNITS);
    let seller = world.seller(stack);
    let mut silent = vector[];
    3u64.do!(|_| {
        silent.push_back(world.db().ticket(stack).attesters()[0]);
        world.advance(2);
        world.redraw(stack);
    });
    assert!(world.db().dispute(stack).is_audit() && world.db().dispute(stack).bond() == 300_000_000 && pool(&world) == 0);
    silent.do_ref!(|node| assert!(free(&world, *node) == toma(10) - 100_000_000 && reputation(&world, *node) == 40));
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1], UNITS);
    world.resolve(stack);
    assert!(world.db().node(seller).earnings() == 100_000_000);
    jurors.do!(|juror| assert!(world.db().node(juror).earnings() == 100_000_000));
    // The surcharge of a check that was not made.
    assert!(pool(&world) == 100_000_000);
    assert!(buyer_wallet(&mut world) == 0);
    assert!(free(&world, seller) == toma(10));
    silent.do!(|node| assert!(world.db().node(node).credit() == 0 && reputation(&world, node) == 40));
    world.end();
}

/// An audit before `votes`, of a settlement of the history 5.
fun audited(votes: vector<u64>): (World, u64, u64) {
    let (mut world, stack) = attested_market(5, 1);
    world.settle_as(stack, 5, UNITS, UNITS);
    let seller = world.seller(stack);
    3u64.do!(|_| {
        world.advance(2);
        world.redraw(stack);
    });
    world.vote_all(stack, votes, UNITS);
    (world, stack, seller)
}

#[test]
fun an_audit_convicts_and_what_it_did_not_use_goes_to_the_pool() {
    let (mut world, stack, seller) = audited(vector[1, 1, 1]);
    world.resolve(stack);
    assert!(buyer_wallet(&mut world) == 200_000_000);
    assert!(reputation(&world, seller) == 0);
    // The bond of 15 times the price paid three jurors; the rest of it and the slashes are the pool's.
    assert!(pool(&world) == 1_500_000_000 - 300_000_000 + 300_000_000);
    world.end();
}

#[test]
fun an_audit_that_comes_to_nothing_pays_nobody() {
    let (mut world, stack, seller) = audited(vector[1, 2, 3]);
    world.resolve(stack);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(world.db().node(seller).earnings() == 0 && free(&world, seller) == toma(10));
    assert!(pool(&world) == 400_000_000);
    world.end();
}

#[test]
fun an_audit_that_cannot_have_the_inputs_takes_the_bond() {
    let (mut world, stack, seller) = audited(vector[0, 0, 0]);
    world.resolve(stack);
    assert!(buyer_wallet(&mut world) == 200_000_000);
    assert!(free(&world, seller) == toma(10) - 1_500_000_000 && pool(&world) == 1_800_000_000);
    world.end();
}

#[test]
fun the_right_attester_of_two_is_paid_after_an_opening() {
    let (mut world, stack) = attested_market(3, 2);
    world.settle(stack, UNITS);
    let attesters = world.db().ticket(stack).attesters();
    let root = world.root_of(stack, 1, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.attest_raw(attesters[1], stack, root, world::history(9));
    world.open(stack, 1, UNITS);
    world.advance(2);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    assert!(world.db().node(attesters[0]).credit() == 100_000_000 && reputation(&world, attesters[0]) == 51);
    assert!(world.db().node(attesters[1]).credit() == 0 && reputation(&world, attesters[1]) == 40);
    world.end();
}

#[test]
fun a_node_whose_own_leaf_is_wrong_forfeits_the_stack() {
    let (mut world, stack) = attested_market(2, 1);
    let seller = world.seller(stack);
    let root = world.root_of(stack, 1, UNITS);
    world.settle_raw(seller, stack, UNITS, root, world::history(9));
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, world::history(8), world::history(9));
    assert!(world.db().ticket(stack).is_open_required());
    world.open(stack, 1, UNITS);
    assert!(!world.db().has_stack(stack) && !world.db().has_ticket(stack));
    assert!(buyer_wallet(&mut world) == 200_000_000);
    assert!(pool(&world) == 1_500_000_000);
    assert!(reputation(&world, seller) == 0);
    assert!(free(&world, seller) == toma(10) - 1_500_000_000 && world.db().node(seller).bonded() == 0);
    assert!(free(&world, attester) == toma(10) && reputation(&world, attester) == 50);
    world.end();
}

#[test]
fun an_opening_with_fewer_units_than_claimed_forfeits_the_stack() {
    let (mut world, stack) = attested_market(2, 1);
    let seller = world.seller(stack);
    world.settle_as(stack, 1, 400_000, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, world::history(8), world::history(9));
    world.open(stack, 1, 400_000);
    assert!(!world.db().has_stack(stack));
    assert!(buyer_wallet(&mut world) == 200_000_000);
    assert!(pool(&world) == 1_500_000_000);
    assert!(reputation(&world, seller) == 0 && reputation(&world, attester) == 50);
    world.end();
}

#[test]
fun a_commitment_nobody_opens_forfeits_the_stack_and_its_backers() {
    let (mut world, stack) = attested_market(3, 2);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let attesters = world.db().ticket(stack).attesters();
    let root = world.root_of(stack, 1, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.attest_raw(attesters[1], stack, root, world::history(9));
    world.advance(2);
    world.expire(stack);
    assert!(buyer_wallet(&mut world) == 300_000_000);
    assert!(pool(&world) == 1_500_000_000 + 200_000_000);
    assert!(reputation(&world, seller) == 0);
    attesters.do!(|node| assert!(reputation(&world, node) == 40 && free(&world, node) == toma(10) - 100_000_000));
    world.end();
}

// ---------------------------------------------------------------- convicted

#[test]
fun convicted_of_over_claiming_at_level_0() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 1, 400_000);
    let jurors = world.db().dispute(stack).jurors();
    assert!(jurors.length() == 5);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], 400_000);
    world.resolve(stack);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    jurors.do!(|juror| assert!(earnings(&world, juror) == 100_000_000));
    assert!(world.wallet(world::challenger()) == 500_000_000 + 20_000_000);
    assert!(pool(&world) == 80_000_000);
    assert!(free(&world, seller) == toma(10) - 600_000_000 && world.db().node(seller).bonded() == 0);
    assert!(reputation(&world, seller) == 0);
    assert!(!world.db().has_stack(stack) && !world.db().has_ticket(stack) && !world.db().has_dispute(stack));
    world.end();
}

#[test]
fun convicted_with_a_wrong_challenge_gives_no_share() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 7, UNITS);
    world.vote_all(stack, vector[2, 2, 2, 2, 2], UNITS);
    world.resolve(stack);
    assert!(world.wallet(world::challenger()) == 500_000_000);
    assert!(pool(&world) == 100_000_000);
    world.end();
}

#[test]
fun convicted_minority_and_silent_jurors_are_slashed() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    // Three for history 2, one for the accused, one silent.
    world.vote_all(stack, vector[2, 2, 2, 1], UNITS);
    world.resolve(stack);
    3u64.do!(|i| assert!(earnings(&world, jurors[i]) == 100_000_000 && free(&world, jurors[i]) == toma(10)));
    assert!(free(&world, jurors[3]) == toma(10) - 100_000_000 && earnings(&world, jurors[3]) == 0);
    assert!(free(&world, jurors[4]) == toma(10) - 100_000_000 && earnings(&world, jurors[4]) == 0);
    // Bond 600: 300 to the jurors, a fifth of the rest to the challenger.
    assert!(world.wallet(world::challenger()) == 560_000_000);
    assert!(pool(&world) == 240_000_000 + 200_000_000);
    world.end();
}

#[test]
fun convicted_by_an_attester_from_its_stake() {
    let (mut world, stack) = attested_market(7, 1);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let claim = world.accusation_of(stack, 2, UNITS, world::node_owner(attester));
    world.attest_raw(attester, stack, claim, world::history(3));
    assert!(world.db().ticket(stack).is_disputed());
    assert!(world.db().dispute(stack).challenger_node() == attester);
    assert!(free(&world, attester) == toma(10) - 500_000_000);
    let jurors = world.db().dispute(stack).jurors();
    assert!(jurors.length() == 5 && !jurors.contains(&attester) && !jurors.contains(&seller));
    world.vote_all(stack, vector[2, 2, 2, 2, 2], UNITS);
    world.resolve(stack);
    assert!(buyer_wallet(&mut world) == 200_000_000);
    assert!(free(&world, attester) == toma(10) && earnings(&world, attester) == 200_000_000);
    jurors.do!(|juror| assert!(earnings(&world, juror) == 100_000_000));
    assert!(pool(&world) == 800_000_000);
    assert!(reputation(&world, seller) == 0);
    world.end();
}

#[test]
fun convicted_attesters_who_backed_the_false_root_count_as_silent() {
    let (mut world, stack) = attested_market(8, 1);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let backer = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, 1, UNITS);
    world.dispute(stack, 2, UNITS);
    world.vote_all(stack, vector[2, 2, 2, 2, 2], UNITS);
    world.resolve(stack);
    assert!(free(&world, backer) == toma(10) - 100_000_000 && reputation(&world, backer) == 40);
    assert!(world.db().node(backer).credit() == 0);
    // Bond 1,500: 500 to the jurors, 200 to the challenger, 800 and the slash to the pool.
    assert!(pool(&world) == 900_000_000);
    assert!(world.wallet(world::challenger()) == 700_000_000);
    assert!(reputation(&world, seller) == 0);
    world.end();
}

// ---------------------------------------------------------------- acquitted

#[test]
fun acquitted_is_paid_as_claimed_and_takes_the_rest_of_the_challengers_bond() {
    let (mut world, stack) = attested_market(8, 1);
    let seller = world.seller(stack);
    world.settle(stack, 800_000);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, 1, 800_000);
    world.dispute(stack, 2, 800_000);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1, 1, 2], 800_000);
    world.resolve(stack);
    // F 80, challenger's bond 500, jurors 100 each, S 100.
    4u64.do!(|i| assert!(earnings(&world, jurors[i]) == 100_000_000));
    assert!(free(&world, jurors[4]) == toma(10) - 100_000_000);
    assert!(earnings(&world, seller) == 80_000_000 + 100_000_000);
    assert!(buyer_wallet(&mut world) == 200_000_000 - 180_000_000);
    assert!(world.wallet(world::challenger()) == 0);
    assert!(world.db().node(attester).credit() == 100_000_000);
    assert!(pool(&world) == 100_000_000 + 100_000_000);
    assert!(free(&world, seller) == toma(10));
    world.end();
}

#[test]
fun acquitted_does_not_pay_an_attester_with_a_wrong_leaf() {
    let (mut world, stack) = attested_market(9, 2);
    world.settle(stack, UNITS);
    let attesters = world.db().ticket(stack).attesters();
    let root = world.root_of(stack, 1, UNITS);
    world.attest_raw(attesters[0], stack, root, world::history(9));
    world.dispute(stack, 2, UNITS);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert!(world.db().node(attesters[0]).credit() == 0 && reputation(&world, attesters[0]) == 40);
    assert!(free(&world, attesters[0]) == toma(10) - 100_000_000);
    // The other one was never heard: neither paid nor slashed.
    assert!(world.db().node(attesters[1]).credit() == 0 && reputation(&world, attesters[1]) == 50);
    assert!(free(&world, attesters[1]) == toma(10));
    world.end();
}

#[test]
fun acquitted_against_an_attester_takes_its_stake() {
    let (mut world, stack) = attested_market(7, 1);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let root = world.root_of(stack, 2, UNITS);
    world.attest_raw(attester, stack, root, world::history(3));
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert!(free(&world, attester) == toma(10) - 500_000_000);
    assert!(earnings(&world, seller) == 100_000_000);
    assert!(world.db().node(attester).credit() == 0);
    world.end();
}

// ---------------------------------------------------------------- unavailable and undecided

#[test]
fun inputs_unavailable_refunds_the_buyer_and_pays_nobody() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute_as(world::challenger(), stack, commitment::unavailable());
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[0, 0, 0, 1], UNITS);
    world.advance(2);
    world.resolve(stack);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(pool(&world) == 600_000_000);
    assert!(world.wallet(world::challenger()) == 500_000_000);
    jurors.do!(|juror| assert!(earnings(&world, juror) == 0 && free(&world, juror) == toma(10)));
    assert!(reputation(&world, seller) == 40);
    world.end();
}

#[test]
fun no_majority_refunds_the_buyer_the_challenger_pays_for_the_work_and_nobody_is_paid() {
    let mut world = world::market(1, 6);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 2, 0], UNITS);
    world.advance(2);
    world.resolve(stack);
    jurors.do_ref!(|juror| assert!(earnings(&world, *juror) == 0));
    4u64.do!(|i| assert!(free(&world, jurors[i]) == toma(10)));
    assert!(free(&world, jurors[4]) == toma(10) - 100_000_000);
    assert!(world.wallet(world::challenger()) == 400_000_000);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(pool(&world) == 100_000_000 + 100_000_000);
    assert!(free(&world, seller) == toma(10) && earnings(&world, seller) == 0);
    assert!(reputation(&world, seller) == 50);
    world.end();
}

#[test]
fun no_majority_of_silent_jurors_sends_the_fee_to_the_pool() {
    let mut world = world::market(0, 6);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(2);
    world.resolve(stack);
    jurors.do!(|juror| assert!(free(&world, juror) == toma(10) - 100_000_000));
    assert!(world.wallet(world::challenger()) == 400_000_000);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(pool(&world) == 100_000_000 + 500_000_000);
    world.end();
}

#[test]
fun fewer_than_three_jurors_and_no_ruling_ends_without_a_majority() {
    let mut world = world::market(0, 3);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    assert!(world.db().dispute(stack).jurors().is_empty());
    world.advance(2);
    world.resolve(stack);
    assert!(world.wallet(world::challenger()) == 400_000_000);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(pool(&world) == 100_000_000);
    assert!(free(&world, seller) == toma(10) && earnings(&world, seller) == 0);
    world.end();
}

#[test]
fun no_majority_spares_the_bond_of_a_drawn_attester() {
    let (mut world, stack) = attested_market(7, 1);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    let root = world.root_of(stack, 2, UNITS);
    world.attest_raw(attester, stack, root, world::history(3));
    world.vote_all(stack, vector[11, 12, 13, 14, 15], UNITS);
    world.resolve(stack);
    assert!(free(&world, attester) == toma(10));
    assert!(pool(&world) == 100_000_000);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    world.end();
}

#[test]
fun four_of_five_jurors_found_seats_three() {
    let mut world = world::market(0, 5);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    let jurors = world.db().dispute(stack).jurors();
    assert!(jurors.length() == 3);
    assert!(world.db().dispute(stack).bond() == 500_000_000);
    world.vote_all(stack, vector[2, 2, 1], UNITS);
    world.resolve(stack);
    assert!(earnings(&world, jurors[0]) == 100_000_000 && earnings(&world, jurors[1]) == 100_000_000);
    assert!(free(&world, jurors[2]) == toma(10) - 100_000_000);
    // 600 - 200 = 400, a fifth of it to the challenger.
    assert!(world.wallet(world::challenger()) == 580_000_000);
    assert!(pool(&world) == 320_000_000 + 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- rulings

#[test]
fun the_manager_convicts_where_no_jury_is_found() {
    let mut world = world::market(0, 2);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    world.rule(stack, 0);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(pool(&world) == 600_000_000);
    assert!(world.wallet(world::challenger()) == 500_000_000);
    assert!(reputation(&world, seller) == 0);
    world.end();
}

#[test]
fun the_manager_acquits_where_no_jury_is_found() {
    let (mut world, stack) = attested_market(2, 1);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, 1, UNITS);
    world.dispute(stack, 2, UNITS);
    world.rule(stack, 1);
    assert!(earnings(&world, seller) == 100_000_000 + 500_000_000);
    assert!(world.db().node(attester).credit() == 100_000_000);
    assert!(buyer_wallet(&mut world) == 0 && pool(&world) == 100_000_000);
    assert!(world.wallet(world::challenger()) == 0);
    world.end();
}

#[test]
fun the_manager_rules_inputs_unavailable_where_no_jury_is_found() {
    let mut world = world::market(0, 2);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    world.settle(stack, UNITS);
    world.dispute(stack, 2, UNITS);
    world.advance(1);
    world.rule(stack, 2);
    assert!(buyer_wallet(&mut world) == 100_000_000);
    assert!(pool(&world) == 600_000_000);
    assert!(world.wallet(world::challenger()) == 500_000_000);
    assert!(reputation(&world, seller) == 40);
    world.end();
}

// ---------------------------------------------------------------- without a fee

#[test]
fun a_claim_of_nothing_refunds_at_once() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, 0);
    assert!(buyer_wallet(&mut world) == 112_000_000);
    assert!(free(&world, 1) == toma(10) && pool(&world) == 0);
    assert!(!world.db().has_stack(stack) && !world.db().has_ticket(stack));
    assert!(reputation(&world, 1) == 50);
    world.end();
}

#[test]
fun a_reclaimed_stack_refunds_everything() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, UNITS, 100);
    assert!(buyer_wallet(&mut world) == 0);
    world.request_refund(stack);
    world.advance(2);
    world.reclaim(stack, world::buyer());
    assert!(buyer_wallet(&mut world) == 112_000_000);
    assert!(free(&world, 1) == toma(10) && world.db().node(1).open_stacks() == 0);
    world.end();
}

#[test]
fun an_expired_stack_refunds_the_recorded_owner() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, UNITS, 100);
    world.advance(14);
    world.finalize(stack);
    assert!(buyer_wallet(&mut world) == 112_000_000);
    assert!(free(&world, 1) == toma(10));
    world.end();
}

#[test]
fun finalizing_a_settled_stack_pays_the_nodes_earnings() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.advance(2);
    world.finalize(stack);
    // Nobody could check: there is no surcharge either.
    assert!(earnings(&world, 1) == 100_000_000 && pool(&world) == 0);
    assert!(buyer_wallet(&mut world) == 12_000_000);
    world.withdraw_earnings(1);
    assert!(world.wallet(world::node_owner(1)) == 100_000_000);
    world.end();
}
