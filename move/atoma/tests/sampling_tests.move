#[test_only]
module atoma::sampling_tests;

use atoma::node::{Self, Node};
use atoma::sampling;
use atoma::task::{Self, Task};
use std::unit_test::{assert_eq, destroy};
use sui::balance;
use sui::random::{Self, RandomGenerator};
use sui::table::{Self, Table};

const PRICE: u64 = 100;
const UNITS: u64 = 1_000;

/// A task with `count` nodes of 1,000 stake, node i owned by the address i (address 0 is nobody's).
fun market(count: u64): (Task, Table<u64, Node>) {
    let mut ctx = tx_context::dummy();
    let mut task = task::new(0, option::none(), 0, 50, &mut ctx);
    let mut nodes = table::new(&mut ctx);
    count.do!(|i| {
        nodes.add(i + 1, node::new(owner(i + 1), balance::create_for_testing(1_000)));
        task.subscribe(i + 1, PRICE, UNITS);
    });
    (task, nodes)
}

fun owner(id: u64): address { sui::address::from_u256(id as u256) }

fun generator(seed: u64): RandomGenerator {
    random::new_generator_from_seed_for_testing(std::bcs::to_bytes(&seed))
}

fun drawn_of(
    task: &Task,
    nodes: &Table<u64, Node>,
    rule: &sampling::Rule,
    seats: u64,
    generator: &mut RandomGenerator,
): vector<u64> {
    let (drawn, _) = sampling::draw(task, nodes, rule, seats, generator);
    drawn
}

fun buy(task: &Task, nodes: &Table<u64, Node>, seed: u64): vector<u64> {
    let rule = sampling::seller(task, PRICE, UNITS, 100, false, 0);
    let (drawn, _) = sampling::draw(task, nodes, &rule, 1, &mut generator(seed));
    drawn
}

fun finish(task: Task, nodes: Table<u64, Node>) {
    destroy(task);
    destroy(nodes);
}

/// Chi-square of `draws` purchases over the first `count` nodes, in thousandths.
fun chi_square(task: &Task, nodes: &Table<u64, Node>, count: u64, draws: u64): u64 {
    let mut hits = vector::tabulate!(count, |_| 0u64);
    draws.do!(|seed| {
        let place = buy(task, nodes, seed)[0] - 1;
        *&mut hits[place] = hits[place] + 1;
    });
    let expected = draws / count;
    hits.fold!(0, |sum, hit| sum + hit.diff(expected) * hit.diff(expected) * 1_000 / expected)
}

#[test]
fun a_purchase_is_uniform() {
    let (task, nodes) = market(10);
    // 9 degrees of freedom: p = 1e-6 lies at 44.8.
    assert!(chi_square(&task, &nodes, 10, 1_000) < 44_800);
    finish(task, nodes);
}

#[test]
fun a_purchase_is_uniform_after_1000_rounds_of_resubscribing() {
    let (mut task, nodes) = market(10);
    1_000u64.do!(|i| {
        let node = 1 + i * i % 10;
        task.unsubscribe(node);
        task.subscribe(node, PRICE, UNITS);
    });
    assert!(chi_square(&task, &nodes, 10, 1_000) < 44_800);
    finish(task, nodes);
}

#[test]
fun a_purchase_over_several_buckets_is_uniform() {
    let (mut task, nodes) = market(10);
    10u64.do!(|i| task.update(i + 1, (1u64 << ((i % 4) as u8)) + 1, UNITS));
    assert!(chi_square(&task, &nodes, 10, 1_000) < 44_800);
    finish(task, nodes);
}

#[test]
fun a_lone_eligible_node_is_found_among_47_others_by_every_seed() {
    let (mut task, nodes) = market(48);
    47u64.do!(|i| task.update(i + 1, PRICE + 1, UNITS));
    50u64.do!(|seed| assert_eq!(buy(&task, &nodes, seed), vector[48]));
    finish(task, nodes);
}

#[test]
fun a_purchase_keeps_to_price_size_and_stake() {
    let (mut task, nodes) = market(4);
    task.update(1, PRICE + 1, UNITS);
    task.update(2, PRICE, UNITS - 1);
    task.update(3, PRICE - 1, UNITS + 1);
    task.unsubscribe(4);
    20u64.do!(|seed| assert_eq!(buy(&task, &nodes, seed), vector[3]));
    // A bond of 750 leaves a quarter of 1,000; one more does not.
    let fits = sampling::seller(&task, PRICE, UNITS, 750, false, 0);
    let too_much = sampling::seller(&task, PRICE, UNITS, 751, false, 0);
    assert_eq!(drawn_of(&task, &nodes, &fits, 1, &mut generator(1)), vector[3]);
    assert_eq!(drawn_of(&task, &nodes, &too_much, 1, &mut generator(1)), vector[]);
    finish(task, nodes);
}

#[test]
fun disabled_disgraced_and_missing_nodes_are_passed_over() {
    let (task, mut nodes) = market(4);
    nodes.borrow_mut(1).disable(0, 6);
    node::disgrace(&mut nodes, 2);
    destroy(nodes.remove(3));
    30u64.do!(|seed| assert_eq!(buy(&task, &nodes, seed), vector[4]));
    finish(task, nodes);
}

#[test]
fun checkers_are_different_and_independent() {
    let (task, nodes) = market(12);
    100u64.do!(|seed| {
        let rule = sampling::checker(&task, 1_000, 1_000, vector[1, 2], vector[owner(3), owner(99)], 0);
        let drawn = drawn_of(&task, &nodes, &rule, 5, &mut generator(seed));
        assert_eq!(drawn.length(), 5);
        drawn.length().do!(|i| {
            assert!(drawn[i] > 3);
            i.do!(|j| assert!(drawn[i] != drawn[j]));
        });
    });
    finish(task, nodes);
}

#[test]
fun checkers_have_no_price_or_unit_limit() {
    let (mut task, nodes) = market(2);
    task.update(1, 18_446_744_073_709_551_615, 1);
    task.update(2, 1, 1);
    let rule = sampling::checker(&task, 0, 0, vector[], vector[], 0);
    let drawn = drawn_of(&task, &nodes, &rule, 7, &mut generator(1));
    assert_eq!(drawn.length(), 2);
    finish(task, nodes);
}

#[test]
fun checkers_need_the_free_stake() {
    let (task, mut nodes) = market(2);
    nodes.borrow_mut(1).queue_withdrawal(1, 10, 6);
    let rule = sampling::checker(&task, 1_000, 1_000, vector[], vector[], 0);
    assert_eq!(drawn_of(&task, &nodes, &rule, 5, &mut generator(1)), vector[2]);
    finish(task, nodes);
}

#[test]
fun a_large_task_of_ineligible_nodes_ends_the_draw_after_its_tries() {
    let (mut task, nodes) = market(300);
    300u64.do!(|i| task.update(i + 1, PRICE + 1, UNITS));
    assert_eq!(buy(&task, &nodes, 1), vector[]);
    let rule = sampling::checker(&task, 1_001, 1_001, vector[], vector[], 0);
    assert_eq!(drawn_of(&task, &nodes, &rule, 7, &mut generator(1)), vector[]);
    finish(task, nodes);
}

#[test]
fun an_empty_task_draws_nobody() {
    let (task, nodes) = market(0);
    assert_eq!(buy(&task, &nodes, 1), vector[]);
    finish(task, nodes);
}
