#[test_only]
module atoma::stack_tests;

use atoma::world::{Self, toma};

#[test]
fun a_purchase_moves_escrow_and_bond() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, 1_000_000, 100);
    assert!(world.db().stack(stack).escrow() == 120_000_000);
    assert!(world.db().stack(stack).bond() == 1_500_000_000);
    assert!(world.db().node(1).free_stake() == toma(10) - 1_500_000_000);
    assert!(world.db().node(1).bonded() == 1_500_000_000);
    assert!(world.db().node(1).open_stacks() == 1);
    assert!(world.db().task(1).open_stacks() == 1);
    world.end();
}

#[test]
fun the_first_walk_of_one_person_with_one_node_succeeds() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, 1_000_000, 100);
    world.settle(stack, 1_000_000);
    assert!(world.db().ticket(stack).is_open());
    world.advance(2);
    world.claim(1, vector[stack]);
    assert!(world.wallet(world::node_owner(1)) == 100_000_000);
    assert!(world.db().pool_balance() == 20_000_000);
    assert!(world.db().node(1).free_stake() == toma(10));
    assert!(!world.db().has_stack(stack) && !world.db().has_ticket(stack));
    world.end();
}
