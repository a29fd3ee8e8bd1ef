/// Who may end a stack when, what returning one costs, and revoked managers.
#[test_only]
module atoma::ends_tests;

use atoma::db;
use atoma::settlement;
use atoma::world::{Self, World};
use std::unit_test::assert_eq;

const UNITS: u64 = 1_000_000;

// ---------------------------------------------------------------- a stranger's finalize

fun over(): (World, u64) {
    let mut world = world::market(0, 1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.advance(2);
    (world, stack)
}

/// A stranger would take the storage rebate, and the stack out of the node's batch of claims.
#[test, expected_failure(abort_code = settlement::EFinalizeTooEarly)]
fun a_stranger_does_not_end_a_stack_right_after_its_window() {
    let (mut world, stack) = over();
    world.advance(1);
    world.finalize_as(world::stranger(), stack);
    abort
}

#[test]
fun two_epochs_later_a_stranger_ends_what_its_parties_left() {
    let (mut world, stack) = over();
    world.advance(2);
    world.finalize_as(world::stranger(), stack);
    assert_eq!(world.db().node(1).earnings(), 100_000_000);
    world.end();
}

#[test]
fun its_buyer_and_its_node_end_it_at_once() {
    let (mut world, stack) = over();
    world.finalize_as(world::buyer(), stack);
    let other = world.buy(1, UNITS, 100);
    world.settle(other, UNITS);
    world.advance(2);
    world.finalize_as(world::node_owner(1), other);
    assert_eq!(world.db().node(1).earnings(), 200_000_000);
    world.end();
}

// ---------------------------------------------------------------- returning a stack

#[test]
fun returning_a_stack_unasked_after_its_first_epoch_costs_a_point() {
    let mut world = world::market(0, 1);
    let (at_once, asked, late) = (world.buy(1, UNITS, 100), world.buy(1, UNITS, 100), world.buy(1, UNITS, 100));
    world.settle(at_once, 0);
    assert_eq!(world.db().node(1).reputation(), 50);
    world.advance(1);
    world.request_refund(asked);
    world.settle(asked, 0);
    assert_eq!(world.db().node(1).reputation(), 50);
    world.settle(late, 0);
    assert_eq!(world.db().node(1).reputation(), 49);
    world.end();
}

// ---------------------------------------------------------------- managers

#[test]
fun the_manager_that_revokes_stays() {
    let mut world = world::market(0, 1);
    let mut badge = world.take_manager_badge();
    world.db_mut().revoke_manager_badges(&mut badge);
    world.db_mut().set_stack_life(&badge, 20);
    world.return_manager_badge(badge);
    world.end();
}

#[test, expected_failure(abort_code = db::EBadgeRevoked)]
fun a_revoked_badge_sets_nothing() {
    let mut world = world::market(0, 1);
    let mut badge = world.take_manager_badge();
    let (db, ctx) = world.db_and_ctx();
    db.create_manager_badge(&badge, world::stranger(), ctx);
    db.revoke_manager_badges(&mut badge);
    world.tx(world::stranger());
    let other = world.scenario().take_from_sender<db::AtomaManagerBadge>();
    world.db_mut().set_stack_life(&other, 20);
    abort
}

/// Who has got hold of a badge made for daily work cannot lock out the first one.
#[test, expected_failure(abort_code = db::ENotRootBadge)]
fun a_stolen_badge_revokes_nothing() {
    let mut world = world::market(0, 1);
    let badge = world.take_manager_badge();
    let (db, ctx) = world.db_and_ctx();
    db.create_manager_badge(&badge, world::stranger(), ctx);
    world.return_manager_badge(badge);
    world.tx(world::stranger());
    let mut stolen = world.scenario().take_from_sender<db::AtomaManagerBadge>();
    world.db_mut().revoke_manager_badges(&mut stolen);
    abort
}
