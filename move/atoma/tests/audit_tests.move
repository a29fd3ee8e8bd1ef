/// Suspicions about the contract that were looked into: what holds, and two limits shown as they are.
#[test_only]
module atoma::audit_tests;

use atoma::world::{Self, toma};
use std::ascii;
use std::unit_test::assert_eq;

const UNITS: u64 = 1_000_000;

// ---------------------------------------------------------------- draws that could be steered by what is loaded

/// A row that the transaction has loaded before is cheaper and does not count against its limits again: the sender
/// could choose a gas budget, or fill the 1,000 loads, so that the draw succeeds only when it hits that row.
#[test, expected_failure(abort_code = atoma::db::EDrawNotFirst)]
fun a_purchase_after_reading_a_node_in_one_transaction() {
    let mut world = world::market(0, 3);
    let mut wallet = world.mint(toma(1));
    world.read_then_buy(&mut wallet, 1, 1, UNITS, 100);
    wallet.burn_for_testing();
    world.end();
}

#[test, expected_failure(abort_code = atoma::db::EDrawNotFirst)]
fun a_settlement_after_an_act_of_the_node_in_one_transaction() {
    let mut world = world::market(1, 3);
    let stack = world.buy(1, UNITS, 100);
    world.announce_then_settle(stack, UNITS);
    world.end();
}

#[test]
fun reading_in_an_earlier_transaction_does_not_stop_a_draw() {
    let mut world = world::market(0, 3);
    let ctx = tx_context::dummy();
    assert_eq!(world.db_mut().read_node(1, &ctx).reputation(), 50);
    world.buy(1, UNITS, 100);
    world.end();
}

#[test]
fun reading_profiles_stacks_and_tickets_does_not_stop_a_draw() {
    let mut world = world::market(0, 3);
    let stack = world.buy(1, UNITS, 100);
    assert!(world.db().has_node(1) && !world.db().has_node(4));
    assert_eq!(world.db().profile(1).url(), ascii::string(b""));
    assert_eq!(world.db().stack(stack).units(), UNITS);
    world.buy(1, UNITS, 100);
    world.end();
}

// ---------------------------------------------------------------- amounts at the edge of 64 bits

/// What can be bought can also be settled, disputed and convicted, with nearly the whole supply inside.
#[test]
fun a_dispute_of_half_a_billion_toma_does_not_overflow() {
    let mut world = world::begin();
    let task = world.task(1, 0);
    let price = 500_000_000_000_000_000;
    let seller = world.register(20 * price);
    world.subscribe(seller, task, 1, price);
    5u64.do!(|_| {
        let juror = world.register(price);
        world.subscribe(juror, task, 1, 1);
    });
    let stack = world.buy(task, price, 1);
    world.settle_as(stack, 5, price, price);
    world.dispute(stack, 1, price);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], price);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), price + price / 25 * 3);
    // The bond of 15 F pays five jurors F each, then a fifth of the rest to the challenger, whose 5 F return.
    assert_eq!(world.wallet(world::challenger()), 7 * price);
    assert_eq!(world.db().pool_balance(), 8 * price);
    world.end();
}

// ---------------------------------------------------------------- bonds and juries

/// With the pay of jurors below 1000 permille and the smallest bond allowed, a small stack's bond would not pay a jury.
#[test, expected_failure(abort_code = atoma::config::EStackTooSmall)]
fun a_stack_whose_bond_does_not_pay_a_jury_is_not_sold() {
    let mut world = world::market(0, 1);
    world.manage!(|db, badge| {
        db.set_juror_pay(badge, 100);
        db.set_plain_bond(badge, 500);
    });
    world.buy(1, 1_999_999, 100);
    world.end();
}

#[test]
fun a_stack_whose_bond_just_pays_a_jury_is_sold() {
    let mut world = world::market(0, 6);
    world.manage!(|db, badge| {
        db.set_juror_pay(badge, 100);
        db.set_plain_bond(badge, 500);
    });
    let stack = world.buy(1, 2_000_000, 100);
    world.settle_as(stack, 5, 1, 1);
    world.dispute(stack, 1, 1);
    let jurors = world.db().dispute(stack).jurors();
    world.vote_all(stack, vector[1, 1, 1, 1, 1], 1);
    world.resolve(stack);
    jurors.do!(|juror| assert_eq!(world.db().node(juror).earnings(), 20_000_000));
    world.end();
}

// ---------------------------------------------------------------- limits, shown as they are (docs/limits.md)

/// A limit: nobody can check a stack whose dispute bond is beyond the stake of every other node.
#[test]
fun a_stack_beyond_the_stake_of_all_others_has_no_attester() {
    let mut world = world::market(1, 6);
    world.always_attest(1);
    let whale = world.register(toma(400));
    world.subscribe(whale, 1, 100, 1_000_000_000);
    let stack = world.buy(1, 100_000_000, 100);
    assert_eq!(world.seller(stack), whale);
    world.settle(stack, 100_000_000);
    assert!(world.db().ticket(stack).attesters().is_empty());
    assert!(world.db().ticket(stack).is_open());
    world.end();
}

/// A juror cannot move what it may lose into the bonds of stacks it sells to itself.
#[test, expected_failure(abort_code = atoma::db::ENoNodesEligibleForTask)]
fun what_a_juror_may_lose_backs_no_bond() {
    let mut world = world::begin();
    let task = world.task(0, 0);
    let seller = world.register(toma(800));
    world.subscribe(seller, task, 100, 1_000_000_000);
    5u64.do!(|_| {
        let juror = world.register(toma(10));
        world.subscribe(juror, task, 100, 1);
    });
    // F is 10 TOMA, and so is S.
    let stack = world.buy(task, 100_000_000, 100);
    world.settle(stack, 100_000_000);
    world.dispute(stack, 1, 100_000_000);
    let juror = world.db().dispute(stack).jurors()[0];
    let own_task = world.task(0, 0);
    world.subscribe(juror, own_task, 100, 12_500_000);
    world.buy(own_task, 12_500_000, 100);
    abort
}
