#[test_only]
module atoma::db_tests;

use atoma::db;
use atoma::events;
use atoma::money;
use atoma::settlement;
use atoma::stack;
use atoma::task;
use atoma::world::{Self, toma};
use std::unit_test::{assert_eq, destroy};
use sui::event;

const UNITS: u64 = 1_000_000;

// ---------------------------------------------------------------- purchases

#[test]
fun a_purchase_returns_the_change_and_names_its_badge() {
    let mut world = world::market(1, 1);
    let stack = world.buy_with(1, UNITS, 100, toma(1));
    assert_eq!(world.wallet(world::buyer()), toma(1) - 112_000_000);
    assert_eq!(world.db().stack(stack).owner(), world::buyer());
    assert_eq!(world.db().stack(stack).expiry_epoch(), 14);
    world.end();
}

#[test]
fun a_purchase_may_pay_more_than_the_node_asks() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 150);
    assert_eq!(world.db().stack(stack).price(), 150);
    world.end();
}

#[test, expected_failure(abort_code = money::EInsufficientFunds)]
fun a_purchase_without_the_surcharge() {
    let mut world = world::market(1, 1);
    world.buy_with(1, UNITS, 100, 111_999_999);
    world.end();
}

#[test, expected_failure(abort_code = db::ENoNodesEligibleForTask)]
fun a_purchase_below_every_price() {
    let mut world = world::market(0, 3);
    world.buy(1, UNITS, 99);
    world.end();
}

#[test, expected_failure(abort_code = db::ENoNodesEligibleForTask)]
fun a_purchase_above_every_size() {
    let mut world = world::market(0, 3);
    world.update_subscription(1, 1, 1, 999_999);
    world.unsubscribe(2, 1);
    world.unsubscribe(3, 1);
    world.buy(1, UNITS, 100);
    world.end();
}

#[test, expected_failure(abort_code = task::EZeroUnits)]
fun a_purchase_of_nothing() {
    let mut world = world::market(0, 1);
    world.buy(1, 0, 100);
    world.end();
}

#[test, expected_failure(abort_code = task::EZeroPrice)]
fun a_purchase_for_nothing() {
    let mut world = world::market(0, 1);
    world.buy(1, UNITS, 0);
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskNotFound)]
fun a_purchase_of_no_task() {
    let mut world = world::market(0, 1);
    let mut coin = world.mint(toma(1));
    world.buy_out_of(&mut coin, 9, UNITS, 100);
    destroy(coin);
    world.end();
}

#[test]
fun a_node_below_the_reputation_of_the_task_is_not_drawn() {
    let mut world = world::begin();
    let task = world.task(0, 50);
    2u64.do!(|_| {
        let node = world.register(toma(10));
        world.subscribe(node, task, 100, UNITS);
    });
    // Node 1 loses reputation by an expired opening elsewhere.
    let other = world.task(1, 0);
    world.subscribe(1, other, 100, UNITS);
    let helper = world.register(toma(10));
    world.subscribe(helper, other, 1_000, 1);
    world.always_attest(1);
    let lie = world.buy(other, UNITS, 100);
    world.settle(lie, UNITS);
    world.advance(2);
    world.redraw(lie);
    world.advance(2);
    world.expire(lie);
    assert_eq!(world.db().node(1).reputation(), 0);
    10u64.do!(|_| {
        let stack = world.buy(task, UNITS, 100);
        assert_eq!(world.seller(stack), 2);
    });
    world.end();
}

// ---------------------------------------------------------------- claims

#[test]
fun a_batch_of_fifty_claims_pays_one_coin() {
    let mut world = world::market(0, 1);
    world.top_up(1, toma(100));
    let mut stacks = vector[];
    50u64.do!(|i| {
        let stack = world.buy(1, UNITS, 100);
        world.settle(stack, 1_000 + i);
        stacks.push_back(stack);
    });
    world.advance(2);
    world.claim(1, stacks);
    assert_eq!(event::events_by_type<events::StackSettlementTicketClaimedEvent>().length(), 50);
    assert_eq!(world.wallet(world::node_owner(1)), 100 * (50 * 1_000 + 49 * 25));
    assert_eq!(world.db().node(1).open_stacks(), 0);
    world.end();
}

#[test, expected_failure(abort_code = db::EBatchTooLarge)]
fun a_batch_of_51_claims() {
    let mut world = world::market(0, 1);
    world.claim(1, vector::tabulate!(51, |i| i));
    world.end();
}

#[test, expected_failure(abort_code = db::EEmptyBatch)]
fun a_batch_of_no_claims() {
    let mut world = world::market(0, 1);
    world.claim(1, vector[]);
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun finalizing_twice() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, 1);
    world.advance(2);
    world.finalize(stack);
    world.finalize(stack);
    world.end();
}

#[test, expected_failure(abort_code = stack::ERefundAlreadyRequested)]
fun asking_for_a_refund_twice() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    world.request_refund(stack);
    world.request_refund(stack);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketExists)]
fun asking_for_a_refund_of_a_settled_stack() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, 1);
    world.request_refund(stack);
    world.end();
}

// ---------------------------------------------------------------- manager

#[test]
fun the_manager_makes_further_badges() {
    let mut world = world::begin();
    let badge = world.take_manager_badge();
    let (db, ctx) = world.db_and_ctx();
    db.create_manager_badge(&badge, @0xA2, ctx);
    assert_eq!(event::events_by_type<events::ManagerBadgeCreatedEvent>().length(), 1);
    world.return_manager_badge(badge);
    world.end();
}

#[test]
fun donations_feed_the_pool() {
    let mut world = world::begin();
    let mut coin = world.mint(9);
    let (db, ctx) = world.db_and_ctx();
    db.donate(&mut coin, 9, ctx);
    coin.destroy_zero();
    assert_eq!(world.db().pool_balance(), 9);
    world.end();
}

#[test]
fun every_setter_is_open_to_the_manager() {
    let mut world = world::begin();
    world.manage!(|db, badge| {
        db.set_registration_open(badge, false);
        db.set_registration_collateral(badge, 1);
        db.set_attestation_probability(badge, 100);
        db.set_attesters(badge, 2);
        db.set_attester_pay(badge, 900);
        db.set_minimum_attester_pay(badge, 5);
        db.set_sampled_bond(badge, 14_000);
        db.set_plain_bond(badge, 5_000);
        db.set_jurors(badge, 3);
        db.set_juror_pay(badge, 70);
        db.set_dispute_bond(badge, 510);
        db.set_silence_slash(badge, 100);
        db.set_challenger_share(badge, 300);
        db.set_outsider_share(badge, 90);
        db.set_samples(badge, 4);
        db.set_sampled_share(badge, 20);
        db.set_row_cap(badge, 50);
        db.set_minimum_dispute_bond(badge, 2);
        db.set_exit_delay(badge, 30);
        db.set_window(badge, 3);
        db.set_phase(badge, 3);
        db.set_stack_life(badge, 10);
        assert_eq!(event::events_by_type<events::ConfigChangedEvent>().length(), 22);
    });
    assert!(!world.db().config().registration_open());
    assert_eq!(world.db().config().exit_delay(), 30);
    world.end();
}

#[test, expected_failure(abort_code = db::EWrongVersion)]
fun another_version_refuses_this_code() {
    let mut world = world::market(0, 1);
    world.db_mut().set_version_for_testing(2);
    world.buy(1, UNITS, 100);
    world.end();
}

#[test]
fun migrating_hands_an_older_database_over() {
    let mut world = world::market(0, 1);
    world.db_mut().set_version_for_testing(0);
    world.manage!(|db, badge| db.migrate(badge));
    assert_eq!(world.db().version(), 1);
    world.buy(1, UNITS, 100);
    world.end();
}

#[test, expected_failure(abort_code = db::EAlreadyMigrated)]
fun migrating_twice() {
    let mut world = world::begin();
    world.manage!(|db, badge| db.migrate(badge));
    world.end();
}

// ---------------------------------------------------------------- reading

#[test]
fun other_packages_can_read_the_market() {
    let mut world = world::market(1, 2);
    world.never_attest();
    assert_eq!(world.db().purchase_price(1, UNITS, 100), 100_000_000);
    assert_eq!(world.db().purchase_bond(1, UNITS, 100), 1_500_000_000);
    assert_eq!(world.db().current_terms(1).attesters(), 1);
    let stack = world.buy(1, UNITS, 100);
    let seller = world.seller(stack);
    assert!(world.db().has_stack(stack) && world.db().has_node(2) && world.db().has_task(1));
    assert!(!world.db().has_ticket(stack) && !world.db().has_dispute(stack));
    assert_eq!(world.db().node_free_stake(seller), toma(10) - 1_500_000_000);
    let row = world.db().stack(stack);
    assert_eq!(row.task(), 1);
    assert_eq!(row.units(), UNITS);
    assert_eq!(row.level(), 1);
    assert_eq!(row.bought_epoch(), 0);
    assert_eq!(row.reclaim_epoch(), 14);
    world.settle(stack, UNITS);
    assert_eq!(world.db().ticket_state(stack), 0);
    assert_eq!(world.db().ticket_deadline(stack), 2);
    assert_eq!(world.db().dispute_bond(stack), 500_000_000);
    world.end();
}
