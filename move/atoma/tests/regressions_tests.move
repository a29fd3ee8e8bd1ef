/// What went wrong in earlier public designs of this market, one test each.
/// (The faucet that one huge call could block is tested in the coin's package.)
#[test_only]
module atoma::regressions_tests;

use atoma::settlement;
use atoma::stack;
use atoma::world::{Self, World, toma};
use std::unit_test::{assert_eq, destroy};

const UNITS: u64 = 1_000_000;
const MAX: u64 = 18_446_744_073_709_551_615;

fun settled(level: u16, nodes: u64, attesters: u64): (World, u64) {
    let mut world = world::market(level, nodes);
    if (attesters > 0) world.always_attest(attesters);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    (world, stack)
}

#[test]
fun an_unsubscribe_does_not_kill_the_task() {
    let mut world = world::market(0, 3);
    world.unsubscribe(2, 1);
    3u64.do!(|_| assert!(world.buy(1, UNITS, 100) > 0));
    world.unsubscribe(1, 1);
    world.unsubscribe(3, 1);
    world.subscribe(2, 1, 100, UNITS);
    let stack = world.buy(1, UNITS, 100);
    assert_eq!(world.seller(stack), 2);
    world.end();
}

#[test]
fun a_disputed_ticket_does_not_stay_frozen() {
    let (mut world, stack) = settled(0, 6, 0);
    world.dispute(stack, 2, UNITS);
    // Nobody votes; anyone ends it.
    world.advance(2);
    world.resolve(stack);
    assert!(!world.db().has_stack(stack) && !world.db().has_ticket(stack) && !world.db().has_dispute(stack));
    world.end();
}

#[test, expected_failure(abort_code = settlement::ENotAnAttester)]
fun no_node_can_freeze_a_ticket_it_was_not_drawn_for() {
    let (mut world, stack) = settled(1, 3, 1);
    let (seller, attester) = (world.seller(stack), world.db().ticket(stack).attesters()[0]);
    let stranger = 6 - seller - attester;
    world.attest_raw(stranger, stack, world::history(5), world::history(5));
    world.end();
}

#[test]
fun freezing_a_ticket_costs_a_bond_that_an_honest_node_earns() {
    let (mut world, stack) = settled(0, 6, 0);
    let seller = world.seller(stack);
    world.dispute(stack, 2, UNITS);
    world.vote_all(stack, vector[1, 1, 1, 1, 1], UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::challenger()), 0);
    assert_eq!(world.db().node(seller).earnings(), 100_000_000);
    assert_eq!(world.wallet(world::buyer()), 0);
    world.end();
}

#[test]
fun a_user_can_dispute() {
    let (mut world, stack) = settled(0, 6, 0);
    let claim = world.accusation_of(stack, 2, UNITS, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    world.vote_all(stack, vector[2, 2, 2, 2, 2], UNITS);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000 + 500_000_000 + 20_000_000);
    world.end();
}

#[test]
fun attesters_are_not_paid_with_other_users_escrow() {
    let (mut world, stack) = settled(1, 3, 1);
    let other = world.buy(1, UNITS, 100);
    let escrow = world.db().stack(other).escrow();
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest(stack, 0, 1, UNITS);
    world.advance(2);
    world.finalize(stack);
    world.withdraw_earnings(attester);
    assert_eq!(world.db().stack(other).escrow(), escrow);
    assert_eq!(world.db().pool_balance(), 0);
    world.settle(other, 0);
    assert_eq!(world.wallet(world::buyer()), escrow);
    world.end();
}

#[test]
fun the_selected_node_is_never_its_own_attester() {
    let mut world = world::market(1, 3);
    world.always_attest(2);
    20u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        world.settle(stack, 1);
        let attesters = world.db().ticket(stack).attesters();
        assert_eq!(attesters.length(), 2);
        assert!(!attesters.contains(&world.seller(stack)));
        2u64.do!(|place| world.attest(stack, place, 1, 1));
        world.advance(2);
        world.finalize(stack);
    });
    // Twenty fees of 100, and not one unit more to the nodes that sold.
    let mut earned = 0;
    3u64.do!(|i| earned = earned + world.db().node(i + 1).earnings());
    assert_eq!(earned, 2_000);
    world.end();
}

#[test]
fun no_node_is_drawn_twice() {
    let mut world = world::market(1, 5);
    world.always_attest(4);
    20u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        world.settle(stack, 1);
        let attesters = world.db().ticket(stack).attesters();
        assert_eq!(attesters.length(), 4);
        4u64.do!(|i| i.do!(|j| assert!(attesters[i] != attesters[j])));
        4u64.do!(|place| world.attest(stack, place, 1, 1));
        world.advance(2);
        world.finalize(stack);
    });
    world.end();
}

#[test]
fun attesting_again_does_not_freeze_the_ticket() {
    let (mut world, stack) = settled(1, 2, 1);
    world.attest(stack, 0, 1, UNITS);
    // The second attempt aborts by name (see the tests of settlement); the ticket goes on as if it had not been.
    assert!(world.db().ticket(stack).is_clean());
    world.advance(2);
    world.finalize(stack);
    assert!(!world.db().has_ticket(stack));
    world.end();
}

#[test]
fun a_deprecated_task_does_not_strand_its_stacks() {
    let (mut world, stack) = settled(0, 1, 0);
    let idle = world.buy(1, UNITS, 100);
    world.deprecate(1);
    world.advance(14);
    world.finalize(stack);
    world.finalize(idle);
    world.remove(1);
    assert!(!world.db().has_task(1) && !world.db().has_stack(stack) && !world.db().has_stack(idle));
    world.end();
}

#[test, expected_failure(abort_code = atoma::node::ENodeHasOpenStacks)]
fun a_node_cannot_be_destroyed_under_its_stacks() {
    let (mut world, _) = settled(0, 1, 0);
    world.disable(1);
    world.advance(6);
    world.destroy_node(1);
    world.end();
}

#[test]
fun settings_changed_after_the_purchase_do_not_touch_it() {
    let mut world = world::market(1, 7);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    let terms = *world.db().stack(stack).terms();
    world.manage!(|db, badge| {
        db.set_sampled_bond(badge, 1_000_000);
        db.set_plain_bond(badge, 1_000_000);
        db.set_dispute_bond(badge, 1_000_000);
        db.set_silence_slash(badge, 1_000_000);
        db.set_juror_pay(badge, 100_000);
        db.set_minimum_attester_pay(badge, toma(1_000));
        db.set_row_cap(badge, 1);
        db.set_samples(badge, 1);
        db.set_sampled_share(badge, 0);
        db.set_outsider_share(badge, 500);
        db.set_attesters(badge, 4);
        db.set_attester_pay(badge, 100_000);
        db.set_jurors(badge, 7);
        db.set_minimum_dispute_bond(badge, toma(1_000));
        db.set_exit_delay(badge, 100);
        db.set_window(badge, 14);
        db.set_phase(badge, 14);
        db.set_stack_life(badge, 4);
        db.set_challenger_share(badge, 0);
        db.set_registration_collateral(badge, MAX);
    });
    assert_eq!(*world.db().stack(stack).terms(), terms);
    world.settle(stack, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.advance(2);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    assert_eq!(world.wallet(world::node_owner(seller)), 100_000_000);
    assert_eq!(world.db().pool_balance(), 100_000_000);
    world.end();
}

#[test]
fun a_silent_node_does_not_keep_the_buyers_money() {
    let mut world = world::market(1, 1);
    let stack = world.buy(1, UNITS, 100);
    world.request_refund(stack);
    world.advance(2);
    world.reclaim(stack, world::buyer());
    assert_eq!(world.wallet(world::buyer()), 112_000_000);
    world.end();
}

#[test]
fun a_silent_attester_does_not_let_a_result_through() {
    let (mut world, stack) = settled(1, 5, 1);
    let seller = world.seller(stack);
    3u64.do!(|_| {
        assert!(!world.db().ticket(stack).is_open() && !world.db().ticket(stack).is_clean());
        world.advance(2);
        world.redraw(stack);
    });
    // A jury has to look at the rows. Where nobody does the node is not paid either.
    assert!(world.db().dispute(stack).is_audit());
    world.advance(4);
    world.resolve(stack);
    assert_eq!(world.wallet(world::buyer()), 100_000_000);
    assert_eq!(world.db().node(seller).earnings(), 0);
    world.end();
}

#[test]
fun in_no_epoch_are_attest_and_claim_both_legal() {
    let (mut world, stack) = settled(1, 2, 1);
    world.attest(stack, 0, 1, UNITS);
    let deadline = world.db().ticket_deadline(stack);
    assert_eq!(deadline, 2);
    world.advance(2);
    assert_eq!(world.epoch(), deadline);
    world.finalize(stack);
    world.end();
}

/// The ids and the flag are stored whatever the coin says, in rows of the same size, and the coin is flipped
/// without a branch; a gas budget can tell the outcomes apart no more than a look at the ticket's size.
#[test]
fun the_coin_flip_cannot_be_told_by_its_cost() {
    let mut world = world::market(1, 2);
    let (mut calm, mut asked) = (vector[], vector[]);
    let mut rounds = 0u64;
    while (rounds < 60 && (calm.is_empty() || asked.is_empty())) {
        let stack = world.buy(1, 200_000, 100);
        world.settle(stack, 200_000);
        let size = std::bcs::to_bytes(world.db().ticket(stack)).length();
        if (world.db().ticket(stack).is_required()) asked.push_back(size) else calm.push_back(size);
        if (world.db().ticket(stack).is_awaiting()) world.attest(stack, 0, 1, 200_000);
        world.advance(2);
        world.finalize(stack);
        rounds = rounds + 1;
    };
    assert!(!calm.is_empty() && !asked.is_empty());
    calm.do!(|size| assert_eq!(size, asked[0]));
    world.end();
}

#[test]
fun resubscribing_does_not_raise_the_chance_to_be_drawn() {
    let mut world = world::market(0, 4);
    30u64.do!(|_| {
        world.unsubscribe(1, 1);
        world.subscribe(1, 1, 100, 10_000_000);
    });
    assert_eq!(world.db().task(1).subscribers(), 4);
    let mut hits = 0u64;
    80u64.do!(|_| {
        let stack = world.buy(1, 200_000, 100);
        if (world.seller(stack) == 1) hits = hits + 1;
        let seller = world.seller(stack);
        world.settle_raw(seller, stack, 0, world::history(1), world::history(1));
    });
    // 20 expected, standard deviation 3.9.
    assert!(hits > 1 && hits < 40);
    world.end();
}

#[test]
fun slashing_does_not_fade() {
    let (mut world, stack) = settled(1, 4, 1);
    let mut lost = vector[];
    3u64.do!(|_| {
        let silent = world.db().ticket(stack).attesters()[0];
        world.advance(2);
        world.redraw(stack);
        lost.push_back(toma(10) - world.db().node_free_stake(silent));
    });
    assert_eq!(lost, vector[100_000_000, 100_000_000, 100_000_000]);
    world.end();
}

#[test]
fun large_but_real_prices_do_not_overflow() {
    let mut world = world::begin();
    let task = world.task(1, 0);
    let node = world.register(17_000_000_000 * toma(1));
    world.subscribe(node, task, 1, MAX);
    // 800 million TOMA; earlier code multiplied such a price by 1,212 before it divided.
    let units = 800_000_000_000_000_000;
    let stack = world.buy(task, units, 1);
    assert_eq!(world.db().stack(stack).escrow(), 896_000_000_000_000_000);
    assert_eq!(world.db().stack(stack).bond(), 12_000_000_000_000_000_000);
    world.settle(stack, units);
    world.advance(2);
    world.claim(node, vector[stack]);
    assert_eq!(world.wallet(world::node_owner(node)), units);
    world.end();
}

#[test, expected_failure(abort_code = atoma::money::EAmountTooLarge)]
fun prices_beyond_64_bits_are_named() {
    let mut world = world::market(0, 1);
    let mut coin = world.mint(1);
    world.buy_out_of(&mut coin, 1, 1 << 32, 1 << 32);
    destroy(coin);
    world.end();
}

#[test, expected_failure(abort_code = atoma::money::EAmountTooLarge)]
fun bonds_beyond_64_bits_are_named() {
    let mut world = world::market(0, 1);
    let mut coin = world.mint(1);
    world.buy_out_of(&mut coin, 1, MAX / 2, 1);
    destroy(coin);
    world.end();
}

#[test, expected_failure(abort_code = atoma::task::ETaskDeprecated)]
fun nothing_is_bought_on_a_deprecated_task() {
    let mut world = world::market(0, 1);
    world.deprecate(1);
    world.advance(2);
    world.buy(1, UNITS, 100);
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun an_unknown_id_in_a_batch_is_named() {
    let (mut world, stack) = settled(0, 1, 0);
    world.advance(2);
    world.claim(1, vector[stack, 99]);
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun a_repeated_id_in_a_batch_is_named() {
    let (mut world, stack) = settled(0, 1, 0);
    world.advance(2);
    world.claim(1, vector[stack, stack]);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketNotFound)]
fun an_unsettled_id_in_a_batch_is_named() {
    let (mut world, stack) = settled(0, 1, 0);
    let idle = world.buy(1, UNITS, 100);
    world.advance(2);
    world.claim(1, vector[stack, idle]);
    world.end();
}

#[test, expected_failure(abort_code = stack::ENotSelectedNode)]
fun another_nodes_id_in_a_batch_is_named() {
    let (mut world, stack) = settled(0, 2, 0);
    world.advance(2);
    let other = 3 - world.seller(stack);
    world.claim(other, vector[stack]);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EStackDisputed)]
fun a_disputed_id_in_a_batch_is_named() {
    let (mut world, stack) = settled(0, 1, 0);
    world.dispute(stack, 2, UNITS);
    world.advance(2);
    world.claim(1, vector[stack]);
    world.end();
}
