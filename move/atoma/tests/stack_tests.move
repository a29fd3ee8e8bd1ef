#[test_only]
module atoma::stack_tests;

use atoma::stack;
use atoma::world::{Self, World, toma};
use std::unit_test::assert_eq;
use sui::coin::Coin;
use toma::toma::TOMA;

const UNITS: u64 = 1_000_000;

fun bought(level: u16): (World, u64) {
    let mut world = world::market(level, 1);
    let stack = world.buy(1, UNITS, 100);
    (world, stack)
}

#[test]
fun a_purchase_moves_escrow_and_bond() {
    let (world, stack) = bought(1);
    assert_eq!(world.db().stack(stack).escrow(), 112_000_000);
    assert_eq!(world.db().stack(stack).bond(), 1_500_000_000);
    assert_eq!(world.db().node(1).free_stake(), toma(10) - 1_500_000_000);
    assert_eq!(world.db().node(1).bonded(), 1_500_000_000);
    assert_eq!(world.db().node(1).open_stacks(), 1);
    assert_eq!(world.db().task(1).open_stacks(), 1);
    world.end();
}

/// Whoever signs when a stack is bought signs for it to its end; what the node announces later counts for later stacks.
#[test]
fun a_stack_keeps_the_address_and_the_key_it_was_bought_under() {
    let (mut world, old) = bought(2);
    let (first, key) = (world.db().node(1).owner(), world.db().node(1).key_hash());
    world.announce_as(world::stranger(), 1);
    world.tx(world::stranger());
    let (db, ctx) = world.db_and_ctx();
    let badge = atoma::node::new_badge(1, ctx);
    db.set_node_key_commitment(&badge, world::history(7), world::history(8), ctx);
    atoma::node::delete_badge(badge);
    assert_eq!(world.db().node(1).owner(), world::stranger());
    assert_eq!(world.db().stack(old).node_address(), first);
    assert_eq!(world.db().stack(old).key_hash(), key);
    let new = world.buy(1, UNITS, 100);
    assert_eq!(world.db().stack(new).node_address(), world::stranger());
    assert_eq!(world.db().stack(new).key_hash(), world::history(7));
    world.end();
}

#[test]
fun the_first_walk_of_one_person_with_one_node_succeeds() {
    let (mut world, stack) = bought(1);
    world.settle(stack, UNITS);
    assert!(world.db().ticket(stack).is_open());
    world.advance(2);
    world.claim(1, vector[stack]);
    assert_eq!(world.wallet(world::node_owner(1)), 100_000_000);
    assert_eq!(world.db().pool_balance(), 0);
    assert_eq!(world.db().node(1).free_stake(), toma(10));
    assert!(!world.db().has_stack(stack) && !world.db().has_ticket(stack));
    world.end();
}

#[test]
fun the_badges_of_a_purchase_and_a_registration_name_their_rows() {
    let (mut world, stack) = bought(0);
    world.tx(world::buyer());
    let badge = world.scenario().take_from_sender<stack::StackBadge>();
    assert_eq!(badge.small_id(), stack);
    world.scenario().return_to_sender(badge);
    world.tx(world::node_owner(1));
    let badge = world.scenario().take_from_sender<atoma::node::NodeBadge>();
    assert_eq!(badge.small_id(), 1);
    world.scenario().return_to_sender(badge);
    world.tx(world::manager());
    let badge = world.scenario().take_from_sender<atoma::task::TaskBadge>();
    assert_eq!(badge.small_id(), 1);
    world.scenario().return_to_sender(badge);
    world.end();
}

#[test]
fun a_full_use_leaves_no_empty_coin_for_the_buyer() {
    let (mut world, stack) = bought(0);
    world.settle(stack, UNITS);
    world.advance(2);
    world.finalize(stack);
    world.tx(world::buyer());
    assert!(!world.scenario().has_most_recent_for_sender<Coin<TOMA>>());
    world.end();
}

#[test]
fun the_notice_moves_the_reclaim_epoch_forward_only() {
    let (mut world, stack) = bought(0);
    assert_eq!(world.db().stack(stack).reclaim_epoch(), 14);
    world.advance(3);
    world.request_refund(stack);
    assert_eq!(world.db().stack(stack).reclaim_epoch(), 5);
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun the_owner_of_an_ended_stack_cannot_be_changed() {
    let (mut world, stack) = bought(0);
    world.settle(stack, 0);
    world.update_owner(stack, world::stranger());
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun an_ended_stack_takes_no_notice() {
    let (mut world, stack) = bought(0);
    world.settle(stack, 0);
    world.request_refund(stack);
    world.end();
}

#[test]
fun the_badge_of_an_ended_stack_can_be_discarded() {
    let (mut world, stack) = bought(0);
    world.settle(stack, 0);
    world.tx(world::buyer());
    let badge = world.scenario().take_from_sender<stack::StackBadge>();
    world.db().discard_stack_badge(badge);
    world.tx(world::buyer());
    assert!(!world.scenario().has_most_recent_for_sender<stack::StackBadge>());
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackStillOpen)]
fun the_badge_of_an_open_stack_cannot_be_discarded() {
    let (mut world, _) = bought(0);
    world.tx(world::buyer());
    let badge = world.scenario().take_from_sender<stack::StackBadge>();
    world.db().discard_stack_badge(badge);
    world.end();
}

// ---------------------------------------------------------------- who could check, and among whom is drawn

/// One attester and a jury of three need four owners beside whoever serves.
#[test]
fun five_owners_sell_what_can_be_checked() {
    let mut world = world::market(1, 5);
    let stack = world.buy_checked(1, UNITS, 100);
    world.settle(stack, UNITS);
    assert!(world.db().ticket(stack).surcharge() > 0);
    world.end();
}

#[test, expected_failure(abort_code = atoma::db::EUnchecked)]
fun four_owners_do_not() { world::market(1, 4).buy_checked(1, UNITS, 100); abort }

#[test, expected_failure(abort_code = atoma::db::EUnchecked)]
fun many_nodes_of_one_owner_are_one() {
    let mut world = world::market(1, 4);
    world.crowd_of(1, 1, 6);
    world.buy_checked(1, UNITS, 100);
    abort
}

/// Who has no stake for a check is nobody who could check.
#[test, expected_failure(abort_code = atoma::db::EUnchecked)]
fun an_owner_without_stake_for_the_duty_does_not_count() {
    let mut world = world::market(1, 5);
    world.buy_checked(1, 10_000_000, 1_000);
    abort
}

#[test]
fun a_stack_at_level_0_needs_nobody_else() {
    let mut world = world::market(0, 1);
    assert_eq!(world.buy_checked(1, UNITS, 100), 1);
    world.end();
}

/// What nobody can check costs no surcharge: all of it comes back.
#[test]
fun a_stack_nobody_can_check_pays_for_no_check() {
    let (mut world, stack) = bought(1);
    world.settle(stack, UNITS);
    assert_eq!(world.db().ticket(stack).surcharge(), 0);
    let before = world.wallet(world::buyer());
    world.advance(2);
    world.claim(1, vector[stack]);
    assert_eq!(world.wallet(world::buyer()) - before, 12_000_000);
    world.end();
}

#[test]
fun a_purchase_is_served_by_one_of_the_nodes_it_names() {
    let mut world = world::market(1, 6);
    let mut served = vector[];
    12u64.do!(|_| {
        let stack = world.buy_among(1, UNITS, 100, vector[2, 99, 5]);
        let seller = world.seller(stack);
        assert!(seller == 2 || seller == 5);
        if (!served.contains(&seller)) served.push_back(seller);
        world.settle(stack, 0);
    });
    assert_eq!(served.length(), 2);
    world.end();
}

#[test, expected_failure(abort_code = atoma::db::ENoNodesEligibleForTask)]
fun a_named_node_that_asks_more_does_not_serve() {
    let mut world = world::market(1, 2);
    let dear = world.register(toma(10));
    world.subscribe(dear, 1, 101, 10_000_000);
    world.buy_among(1, UNITS, 100, vector[dear]);
    abort
}

#[test, expected_failure(abort_code = atoma::db::ETooManyNamed)]
fun at_most_64_nodes_are_named() {
    let mut world = world::market(1, 1);
    world.buy_among(1, UNITS, 100, vector::tabulate!(65, |i| i));
    abort
}
