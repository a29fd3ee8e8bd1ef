#[test_only]
module atoma::task_tests;

use atoma::events;
use atoma::task::{Self, Task};
use atoma::world::{Self, toma};
use std::ascii;
use std::unit_test::{assert_eq, destroy};
use sui::event;

fun a_task(ctx: &mut TxContext): Task { task::new(0, option::none(), 0, 0, ctx) }

/// Every slot of every bucket agrees with its node's subscription.
fun assert_consistent(task: &Task, nodes: u64) {
    let range = task.range(18_446_744_073_709_551_615);
    assert_eq!(range.total(), task.subscribers());
    let mut seen = vector[];
    range.total().do!(|position| {
        let slot = task.slot(&range, position);
        let (price, max_units) = task.subscription(slot.slot_node());
        assert_eq!(slot.slot_price(), price);
        assert_eq!(slot.slot_max_units(), max_units);
        assert!(!seen.contains(&slot.slot_node()));
        seen.push_back(slot.slot_node());
    });
    nodes.do!(|i| assert_eq!(task.is_subscribed(i + 1), seen.contains(&(i + 1))));
}

#[test]
fun a_task_keeps_what_it_was_created_with() {
    let mut world = world::begin();
    let task = world.task(1, 50);
    assert_eq!(task, 1);
    let row = world.db().task(1);
    assert_eq!(row.role(), 0);
    assert_eq!(row.model_name(), option::some(ascii::string(b"model")));
    assert_eq!(row.level(), 1);
    assert_eq!(row.minimum_reputation(), 50);
    assert!(row.is_active(0));
    world.end();
}

#[test]
fun optional_parameters_have_defaults() {
    let mut world = world::begin();
    world.tx(world::stranger());
    let (db, ctx) = world.db_and_ctx();
    db.create_task_entry(7, option::none(), option::none(), option::none(), ctx);
    assert_eq!(event::events_by_type<events::TaskRegisteredEvent>().length(), 1);
    let row = world.db().task(1);
    assert_eq!(row.role(), 7);
    assert_eq!(row.model_name(), option::none());
    assert_eq!(row.level(), 0);
    assert_eq!(row.minimum_reputation(), 0);
    world.end();
}

#[test, expected_failure(abort_code = task::EInvalidRole)]
fun role_8() { destroy(task::new(8, option::none(), 0, 0, &mut tx_context::dummy())) }

#[test, expected_failure(abort_code = task::EInvalidSecurityLevel)]
fun level_3() { destroy(task::new(0, option::none(), 3, 0, &mut tx_context::dummy())) }

#[test, expected_failure(abort_code = task::EInvalidReputation)]
fun reputation_101() { destroy(task::new(0, option::none(), 0, 101, &mut tx_context::dummy())) }

#[test, expected_failure(abort_code = task::EModelNameTooLong)]
fun a_name_of_129_bytes() {
    let name = ascii::string(vector::tabulate!(129, |_| 97));
    destroy(task::new(0, option::some(name), 0, 0, &mut tx_context::dummy()))
}

// ---------------------------------------------------------------- subscriptions

#[test]
fun buckets_are_powers_of_two() {
    let mut task = a_task(&mut tx_context::dummy());
    let top = 18_446_744_073_709_551_615;
    task.subscribe(1, 1, 1);
    task.subscribe(2, 2, 1);
    task.subscribe(3, 3, 1);
    task.subscribe(4, 4, 1);
    task.subscribe(5, 1_023, 1);
    task.subscribe(6, 1_024, 1);
    task.subscribe(7, 1 << 63, 1);
    task.subscribe(8, top, 1);
    assert_eq!(task.range(1).total(), 1);
    assert_eq!(task.range(2).total(), 3);
    assert_eq!(task.range(3).total(), 3);
    assert_eq!(task.range(4).total(), 4);
    assert_eq!(task.range(1_023).total(), 5);
    assert_eq!(task.range(1_024).total(), 6);
    assert_eq!(task.range((1 << 63) - 1).total(), 6);
    assert_eq!(task.range(1 << 63).total(), 8);
    assert_consistent(&task, 8);
    destroy(task);
}

#[test]
fun random_subscriptions_stay_consistent() {
    let mut task = a_task(&mut tx_context::dummy());
    let mut seed = 7u64;
    400u64.do!(|_| {
        seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
        let (node, price) = (1 + seed / 7 % 24, 1 + seed / 1_000 % 40);
        if (!task.is_subscribed(node)) task.subscribe(node, price, price * 2)
        else if (seed % 3 == 0) task.update(node, price, 5)
        else task.unsubscribe(node);
        assert_consistent(&task, 24);
    });
    destroy(task);
}

#[test, expected_failure(abort_code = task::EAlreadySubscribed)]
fun subscribing_twice() {
    let mut task = a_task(&mut tx_context::dummy());
    task.subscribe(1, 1, 1);
    task.subscribe(1, 2, 2);
    destroy(task);
}

#[test, expected_failure(abort_code = task::ENotSubscribed)]
fun unsubscribing_a_stranger() {
    let mut task = a_task(&mut tx_context::dummy());
    task.unsubscribe(1);
    destroy(task);
}

#[test, expected_failure(abort_code = task::ENotSubscribed)]
fun updating_a_stranger() {
    let mut task = a_task(&mut tx_context::dummy());
    task.update(1, 1, 1);
    destroy(task);
}

#[test, expected_failure(abort_code = task::EZeroPrice)]
fun a_price_of_zero() {
    let mut task = a_task(&mut tx_context::dummy());
    task.subscribe(1, 0, 1);
    destroy(task);
}

#[test, expected_failure(abort_code = task::EZeroUnits)]
fun no_units() {
    let mut task = a_task(&mut tx_context::dummy());
    task.subscribe(1, 1, 0);
    destroy(task);
}

#[test, expected_failure(abort_code = atoma::node::EReputationTooLow)]
fun a_node_of_low_reputation_cannot_subscribe() {
    let mut world = world::market(0, 1);
    let task = world.task(0, 51);
    world.subscribe(1, task, 100, 1);
    world.end();
}

#[test]
fun a_node_of_just_the_reputation_can_subscribe() {
    let mut world = world::market(0, 1);
    let task = world.task(0, 50);
    world.subscribe(1, task, 100, 1);
    assert!(world.db().task(task).is_subscribed(1));
    world.end();
}

#[test, expected_failure(abort_code = atoma::node::ENodeDisabled)]
fun a_disabled_node_cannot_subscribe() {
    let mut world = world::market(0, 1);
    let task = world.task(0, 0);
    world.disable(1);
    world.subscribe(1, task, 100, 1);
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskNotFound)]
fun subscribing_to_no_task() {
    let mut world = world::market(0, 1);
    world.subscribe(1, 99, 100, 1);
    world.end();
}

#[test]
fun a_disabled_node_leaves_all_its_tasks_at_once() {
    let mut world = world::market(0, 2);
    let other = world.task(0, 0);
    let removed = world.task(0, 0);
    world.subscribe(1, other, 100, 1);
    world.subscribe(1, removed, 100, 1);
    world.deprecate(removed);
    world.advance(2);
    world.remove(removed);
    world.unsubscribe(1, 1);
    assert_eq!(world.db().profile(1).tasks(), vector[removed, other]);
    world.subscribe(1, 1, 100, 1);
    world.disable(1);
    assert_eq!(world.db().task(1).subscribers(), 1);
    assert_eq!(world.db().task(other).subscribers(), 0);
    world.advance(6);
    world.destroy_node(1);
    assert_eq!(world.db().task(1).subscribers(), 1);
    world.end();
}

#[test]
fun a_node_below_the_reputation_of_a_task_can_be_evicted_by_anyone() {
    let mut world = world::begin();
    let task = world.task(1, 50);
    4u64.do!(|_| {
        let node = world.register(toma(10));
        world.subscribe(node, task, 100, 10_000_000);
    });
    world.always_attest(1);
    let stack = world.buy(task, 1_000_000, 100);
    world.settle(stack, 1_000_000);
    let silent = world.db().ticket(stack).attesters()[0];
    world.advance(2);
    world.redraw(stack);
    assert_eq!(world.db().node(silent).reputation(), 40);
    world.evict(task, silent);
    assert_eq!(world.db().task(task).subscribers(), 3);
    world.end();
}

#[test]
fun removed_tasks_make_room_for_subscriptions() {
    let mut world = world::market(0, 1);
    63u64.do!(|_| {
        let task = world.task(0, 0);
        world.subscribe(1, task, 100, 1);
    });
    world.deprecate(5);
    world.advance(2);
    world.remove(5);
    let task = world.task(0, 0);
    world.subscribe(1, task, 100, 1);
    assert_eq!(world.db().profile(1).tasks().length(), 64);
    world.end();
}

#[test, expected_failure(abort_code = atoma::node::ETooManySubscriptions)]
fun sixty_four_subscriptions_are_enough() {
    let mut world = world::market(0, 1);
    64u64.do!(|_| {
        let task = world.task(0, 0);
        world.subscribe(1, task, 100, 1);
    });
    abort
}

#[test, expected_failure(abort_code = atoma::node::EMayServe)]
fun an_active_node_cannot_be_evicted() {
    let mut world = world::market(0, 1);
    world.evict(1, 1);
    world.end();
}

// ---------------------------------------------------------------- the end of a task

#[test]
fun a_deprecated_task_can_be_left_and_removed() {
    let mut world = world::market(0, 2);
    world.deprecate(1);
    world.update_subscription(1, 1, 200, 5);
    world.unsubscribe(1, 1);
    world.advance(2);
    let epoch = world.epoch();
    assert!(!world.db().task(1).is_active(epoch));
    world.remove(1);
    assert!(!world.db().has_task(1));
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskDeprecated)]
fun a_task_is_deprecated_once() {
    let mut world = world::market(0, 1);
    world.deprecate(1);
    world.deprecate(1);
    world.end();
}

/// The creator's word takes effect two epochs later: nobody finds the task gone from one moment to the next.
#[test]
fun a_task_is_served_and_bought_while_its_end_is_announced() {
    let mut world = world::market(0, 1);
    world.deprecate(1);
    world.advance(1);
    let node = world.register(toma(10));
    world.subscribe(node, 1, 100, 1_000_000);
    let stack = world.buy(1, 1_000_000, 100);
    assert!(world.db().has_stack(stack));
    assert_eq!(world.db().task(1).deprecated_epoch(), 2);
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskDeprecated)]
fun a_deprecated_task_takes_no_subscriptions() {
    let mut world = world::market(0, 1);
    world.deprecate(1);
    world.advance(2);
    let node = world.register(toma(10));
    world.subscribe(node, 1, 100, 1);
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskNotDeprecated)]
fun an_active_task_cannot_be_removed() {
    let mut world = world::market(0, 1);
    world.remove(1);
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskRemovalTooEarly)]
fun a_deprecated_task_stays_for_two_epochs() {
    let mut world = world::market(0, 1);
    world.deprecate(1);
    world.advance(1);
    world.remove(1);
    world.end();
}
