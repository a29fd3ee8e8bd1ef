#[test_only]
module atoma::node_tests;

use atoma::events;
use atoma::node::{Self, Node};
use atoma::world::{Self, World, toma};
use std::ascii::{Self, String};
use std::unit_test::{assert_eq, destroy};
use sui::balance;
use sui::event;
use sui::table::{Self, Table};
use toma::toma::TOMA;

fun one_node(): World {
    let mut world = world::begin();
    world.register(toma(10));
    world
}

fun url_of(bytes: vector<u8>): String { node::new_profile(option::some(ascii::string(bytes))).url() }

// ---------------------------------------------------------------- registration and url

#[test]
fun registering_takes_exactly_the_collateral() {
    let mut world = world::begin();
    let owner = world::node_owner(1);
    world.tx(owner);
    let mut coin = world.mint(toma(25));
    let (db, ctx) = world.db_and_ctx();
    db.register_node_entry(&mut coin, option::some(ascii::string(b"https://node.example:8080")), ctx);
    assert_eq!(coin.value(), toma(15));
    world.keep(coin, owner);
    let node = world.db().node(1);
    assert_eq!(node.owner(), owner);
    assert_eq!(node.stake(), toma(10));
    assert_eq!(node.reputation(), 50);
    assert!(node.is_active());
    assert_eq!(world.db().profile(1).url(), ascii::string(b"https://node.example:8080"));
    world.end();
}

#[test, expected_failure(abort_code = atoma::money::EInsufficientFunds)]
fun registering_with_less_than_the_collateral() {
    let mut world = world::begin();
    let mut coin = world.mint(toma(10) - 1);
    let (db, ctx) = world.db_and_ctx();
    db.register_node_entry(&mut coin, option::none(), ctx);
    destroy(coin);
    world.end();
}

#[test, expected_failure(abort_code = atoma::db::ERegistrationClosed)]
fun registering_while_registration_is_closed() {
    let mut world = world::begin();
    world.manage!(|db, badge| db.set_registration_open(badge, false));
    world.register(toma(10));
    world.end();
}

#[test]
fun urls_that_are_fine() {
    vector[b"", b"http://a", b"https://node.example:8080/x?y#z"].do!(|bytes| {
        assert_eq!(url_of(bytes), ascii::string(bytes));
    });
    assert_eq!(node::new_profile(option::none()).url(), ascii::string(b""));
}

#[test, expected_failure(abort_code = node::EInvalidUrl)]
fun a_url_without_a_scheme() { url_of(b"node.example"); }

#[test, expected_failure(abort_code = node::EInvalidUrl)]
fun a_url_that_is_only_a_scheme() { url_of(b"https://"); }

#[test, expected_failure(abort_code = node::EInvalidUrl)]
fun a_url_with_a_space() { url_of(b"https://a b"); }

#[test, expected_failure(abort_code = node::EInvalidUrl)]
fun a_url_with_a_control_character() { url_of(b"https://a\x01"); }

#[test]
fun a_url_of_256_bytes() { url_of(long_url(256)); }

#[test, expected_failure(abort_code = node::EInvalidUrl)]
fun a_url_of_257_bytes() { url_of(long_url(257)); }

fun long_url(length: u64): vector<u8> {
    let mut bytes = b"http://";
    while (bytes.length() < length) bytes.push_back(97);
    bytes
}

#[test]
fun updating_the_url_makes_the_sender_the_owner() {
    let mut world = one_node();
    world.tx(world::stranger());
    let (db, ctx) = world.db_and_ctx();
    let badge = node::new_badge(1, ctx);
    db.update_node_url(&badge, ascii::string(b"http://new"), ctx);
    node::delete_badge(badge);
    assert_eq!(world.db().node(1).owner(), world::stranger());
    assert_eq!(world.db().profile(1).url(), ascii::string(b"http://new"));
    world.end();
}

// ---------------------------------------------------------------- stake

#[test]
fun topping_up_grows_the_stake() {
    let mut world = one_node();
    world.top_up(1, 5);
    assert_eq!(world.db().node(1).stake(), toma(10) + 5);
    world.end();
}

#[test, expected_failure(abort_code = node::EZeroAmount)]
fun topping_up_nothing() {
    let mut world = one_node();
    world.top_up(1, 0);
    world.end();
}

#[test, expected_failure(abort_code = node::ENodeDisabled)]
fun topping_up_a_disabled_node() {
    let mut world = one_node();
    world.disable(1);
    world.top_up(1, 5);
    world.end();
}

#[test]
fun a_withdrawal_leaves_free_stake_at_once_and_the_stake_after_the_delay() {
    let mut world = one_node();
    world.top_up(1, toma(3));
    world.request_withdrawal(1, toma(3));
    assert_eq!(world.db().node_free_stake(1), toma(10));
    assert_eq!(world.db().node(1).stake(), toma(13));
    world.advance(6);
    world.withdraw_collateral(1);
    assert_eq!(world.db().node(1).stake(), toma(10));
    assert_eq!(world.wallet(world::node_owner(1)), toma(3));
    world.end();
}

#[test, expected_failure(abort_code = node::EWithdrawalTooEarly)]
fun a_withdrawal_before_the_delay() {
    let mut world = one_node();
    world.top_up(1, 1);
    world.request_withdrawal(1, 1);
    world.advance(5);
    world.withdraw_collateral(1);
    world.end();
}

#[test, expected_failure(abort_code = node::EStakeBelowCollateral)]
fun a_withdrawal_into_the_collateral() {
    let mut world = one_node();
    world.top_up(1, 1);
    world.request_withdrawal(1, 2);
    world.end();
}

#[test, expected_failure(abort_code = node::EStakeBelowCollateral)]
fun a_withdrawal_larger_than_the_stake() {
    let mut world = one_node();
    world.request_withdrawal(1, 18_446_744_073_709_551_615);
    world.end();
}

#[test, expected_failure(abort_code = node::EWithdrawalPending)]
fun a_second_withdrawal_while_one_is_queued() {
    let mut world = one_node();
    world.top_up(1, 2);
    world.request_withdrawal(1, 1);
    world.request_withdrawal(1, 1);
    world.end();
}

#[test, expected_failure(abort_code = node::EZeroAmount)]
fun a_withdrawal_of_nothing() {
    let mut world = one_node();
    world.request_withdrawal(1, 0);
    world.end();
}

#[test, expected_failure(abort_code = node::ENoWithdrawalQueued)]
fun withdrawing_without_a_request() {
    let mut world = one_node();
    world.withdraw_collateral(1);
    world.end();
}

/// The delay is fixed when the withdrawal is requested.
#[test]
fun a_longer_exit_delay_does_not_touch_a_queued_withdrawal() {
    let mut world = one_node();
    world.top_up(1, 1);
    world.request_withdrawal(1, 1);
    world.manage!(|db, badge| db.set_exit_delay(badge, 100));
    world.advance(6);
    world.withdraw_collateral(1);
    world.end();
}

// ---------------------------------------------------------------- rows

fun rows(stake: u64, ctx: &mut TxContext): Table<u64, Node> {
    let mut nodes = table::new(ctx);
    nodes.add(1, node::new(@0x1, balance::create_for_testing(stake)));
    nodes
}

#[test]
fun slashing_takes_free_stake_before_queued_stake() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    let mut pool = balance::zero<TOMA>();
    nodes.borrow_mut(1).queue_withdrawal(40, 10, 6);
    node::slash(&mut nodes, 1, 9, 50, &mut pool);
    assert_eq!(nodes[1].stake(), 50);
    assert_eq!(nodes[1].queued(), 40);
    node::slash(&mut nodes, 1, 9, 30, &mut pool);
    assert_eq!(nodes[1].queued(), 20);
    assert_eq!(nodes[1].free_stake(), 0);
    node::slash(&mut nodes, 1, 9, 30, &mut pool);
    assert_eq!(nodes[1].stake(), 0);
    assert_eq!(pool.value(), 100);
    destroy(nodes);
    destroy(pool);
}

#[test]
fun a_destroyed_node_is_skipped() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    let mut pool = balance::zero<TOMA>();
    node::slash(&mut nodes, 2, 9, 50, &mut pool);
    node::blame(&mut nodes, 2);
    node::praise(&mut nodes, 2, 0);
    node::disgrace(&mut nodes, 2);
    node::add_credit(&mut nodes, 2, 50);
    assert_eq!(pool.value(), 0);
    assert_eq!(event::num_events(), 0);
    destroy(nodes);
    destroy(pool);
}

#[test]
fun credit_is_paid_as_far_as_the_pool_reaches() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    let mut pool = balance::create_for_testing<TOMA>(30);
    node::add_credit(&mut nodes, 1, 50);
    nodes.borrow_mut(1).earn(balance::create_for_testing(7));
    let (earned, credit) = nodes.borrow_mut(1).take_earnings(&mut pool);
    assert_eq!(earned.value(), 7);
    assert_eq!(credit.value(), 30);
    assert_eq!(nodes[1].credit(), 20);
    pool.join(balance::create_for_testing(100));
    let (none, rest) = nodes.borrow_mut(1).take_earnings(&mut pool);
    assert_eq!(none.value(), 0);
    assert_eq!(rest.value(), 20);
    assert_eq!(pool.value(), 80);
    destroy(earned);
    destroy(credit);
    destroy(none);
    destroy(rest);
    destroy(nodes);
    destroy(pool);
}

#[test, expected_failure(abort_code = node::ENothingToWithdraw)]
fun credit_with_an_empty_pool_is_nothing_to_withdraw() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    let mut pool = balance::zero<TOMA>();
    node::add_credit(&mut nodes, 1, 50);
    let (a, b) = nodes.borrow_mut(1).take_earnings(&mut pool);
    destroy(a);
    destroy(b);
    destroy(nodes);
    destroy(pool);
}

#[test]
fun reputation_moves_within_0_and_100() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    5u64.do!(|_| node::blame(&mut nodes, 1));
    assert_eq!(nodes[1].reputation(), 0);
    node::blame(&mut nodes, 1);
    assert_eq!(nodes[1].reputation(), 0);
    120u64.do!(|epoch| node::praise(&mut nodes, 1, epoch));
    assert_eq!(nodes[1].reputation(), 100);
    node::disgrace(&mut nodes, 1);
    assert_eq!(nodes[1].reputation(), 0);
    assert_eq!(event::events_by_type<events::NodeReputationChangedEvent>().length(), 5 + 100 + 1);
    destroy(nodes);
}

#[test]
fun the_quarter_rule() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    let node = nodes.borrow_mut(1);
    assert!(node.can_bond(75) && !node.can_bond(76) && !node.can_bond(101));
    let bond = node.bond_stack(60);
    // 40 free of 100: another 15 leave a quarter.
    assert!(node.can_bond(15) && !node.can_bond(16));
    node.end_stack(60);
    assert_eq!(node.bonded(), 0);
    assert_eq!(node.open_stacks(), 0);
    destroy(bond);
    destroy(nodes);
}

#[test]
fun every_row_has_the_same_size() {
    let mut ctx = tx_context::dummy();
    let mut nodes = rows(100, &mut ctx);
    let size = std::bcs::to_bytes(&nodes[1]).length();
    let node = nodes.borrow_mut(1);
    node.queue_withdrawal(40, 10, 6);
    node.disable(3, 9);
    let bond = node.bond_stack(1);
    node::blame(&mut nodes, 1);
    assert_eq!(std::bcs::to_bytes(&nodes[1]).length(), size);
    destroy(bond);
    destroy(nodes);
}

// ---------------------------------------------------------------- keys

#[test]
fun a_key_is_fresh_for_30_epochs() {
    let mut world = one_node();
    let task = world.task(2, 0);
    assert!(!world.db().node(1).has_fresh_key(0));
    world.set_key(1);
    assert!(world.db().node(1).has_fresh_key(29) && !world.db().node(1).has_fresh_key(30));
    assert_eq!(world.db().node(1).key_hash(), world::history(1));
    assert_eq!(world.db().profile(1).evidence_hash(), world::history(2));
    world.subscribe(1, task, 100, 1_000_000);
    world.advance(29);
    let stack = world.buy(task, 1_000_000, 100);
    assert_eq!(world.seller(stack), 1);
    world.end();
}

/// A node without evidence is none that can be confidential; zeros also take evidence back.
#[test]
fun a_key_without_evidence_is_not_fresh() {
    let none = atoma::commitment::unavailable();
    let mut world = one_node();
    vector[vector[world::history(1), none], vector[none, world::history(2)]].do!(|pair| {
        world.set_key(1);
        assert!(world.db().node(1).has_fresh_key(0));
        world.tx(world::node_owner(1));
        let (db, ctx) = world.db_and_ctx();
        let badge = node::new_badge(1, ctx);
        db.set_node_key_commitment(&badge, pair[0], pair[1], ctx);
        node::delete_badge(badge);
        assert!(!world.db().node(1).has_fresh_key(0));
    });
    world.end();
}

#[test, expected_failure(abort_code = node::EKeyNotFresh)]
fun a_confidential_task_refuses_a_node_without_a_key() {
    let mut world = one_node();
    let task = world.task(2, 0);
    world.subscribe(1, task, 100, 1_000_000);
    world.end();
}

#[test, expected_failure(abort_code = atoma::db::ENoNodesEligibleForTask)]
fun a_stale_key_is_not_drawn() {
    let mut world = world::market(2, 1);
    world.advance(30);
    world.buy(1, 1_000_000, 100);
    world.end();
}

#[test, expected_failure(abort_code = atoma::commitment::ENot32Bytes)]
fun a_short_key_hash() {
    let mut world = one_node();
    let (db, ctx) = world.db_and_ctx();
    let badge = node::new_badge(1, ctx);
    db.set_node_key_commitment(&badge, b"short", world::history(1), ctx);
    destroy(badge);
    world.end();
}

// ---------------------------------------------------------------- exit

#[test]
fun a_disabled_node_is_paid_out_after_the_exit_delay() {
    let mut world = world::market(0, 1);
    world.top_up(1, 7);
    world.disable(1);
    world.advance(6);
    world.destroy_node(1);
    assert!(!world.db().has_node(1));
    assert_eq!(world.wallet(world::node_owner(1)), toma(10) + 7);
    world.end();
}

#[test, expected_failure(abort_code = node::EExitDelayRunning)]
fun a_disabled_node_has_to_wait() {
    let mut world = one_node();
    world.disable(1);
    world.advance(5);
    world.destroy_node(1);
    world.end();
}

#[test, expected_failure(abort_code = node::ENodeNotDisabled)]
fun an_active_node_cannot_be_destroyed() {
    let mut world = one_node();
    world.destroy_node(1);
    world.end();
}

#[test, expected_failure(abort_code = node::ENodeDisabled)]
fun a_node_is_disabled_once() {
    let mut world = one_node();
    world.disable(1);
    world.disable(1);
    world.end();
}

#[test, expected_failure(abort_code = node::ENodeHasOpenStacks)]
fun a_node_with_open_stacks_cannot_leave() {
    let mut world = world::market(0, 1);
    world.buy(1, 1_000_000, 100);
    world.disable(1);
    world.advance(6);
    world.destroy_node(1);
    world.end();
}

#[test]
fun a_disabled_node_finishes_its_stacks_and_leaves() {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, 1_000_000, 100);
    world.disable(1);
    world.settle(stack, 1_000_000);
    world.advance(6);
    world.finalize(stack);
    world.destroy_node(1);
    assert_eq!(world.wallet(world::node_owner(1)), toma(10) + 100_000_000);
    world.end();
}

#[test, expected_failure(abort_code = node::ENodeNotFound)]
fun the_badge_of_a_destroyed_node_is_worthless() {
    let mut world = one_node();
    world.disable(1);
    world.advance(6);
    world.destroy_node(1);
    world.withdraw_earnings(1);
    world.end();
}
