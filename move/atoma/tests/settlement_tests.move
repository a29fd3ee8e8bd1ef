#[test_only]
module atoma::settlement_tests;

use atoma::commitment;
use atoma::events;
use atoma::settlement;
use atoma::stack;
use atoma::world::{Self, World, toma};
use std::unit_test::assert_eq;
use sui::event;

const UNITS: u64 = 1_000_000;

fun bought(level: u16, nodes: u64, attesters: u64): (World, u64) {
    let mut world = world::market(level, nodes);
    if (attesters > 0) world.always_attest(attesters);
    let stack = world.buy(1, UNITS, 100);
    (world, stack)
}

// ---------------------------------------------------------------- settling

#[test]
fun a_ticket_says_what_was_claimed() {
    let (mut world, stack) = bought(1, 3, 2);
    world.settle(stack, 5);
    let ticket = world.db().ticket(stack);
    assert_eq!(ticket.claimed(), 5);
    assert_eq!(ticket.root(), world.root_of(stack, 1, 5));
    assert_eq!(ticket.leaves(), vector[world::leaf_of(stack, 1, 5, 0), commitment::unavailable(), commitment::unavailable()]);
    assert_eq!(ticket.attesters().length(), 2);
    assert!(ticket.is_required() && ticket.is_awaiting());
    assert_eq!(ticket.deadline(), 2);
    assert_eq!(ticket.backers(), vector[]);
    assert_eq!(ticket.silent(), ticket.attesters());
    world.end();
}

#[test]
fun level_0_draws_nobody() { assert_draws_nobody(0) }

#[test]
fun level_2_draws_nobody() { assert_draws_nobody(2) }

fun assert_draws_nobody(level: u16) {
    let (mut world, stack) = bought(level, 3, 0);
    world.settle(stack, UNITS);
    assert!(world.db().ticket(stack).is_open() && !world.db().ticket(stack).is_required());
    assert_eq!(world.db().ticket(stack).attesters(), vector[]);
    assert_eq!(world.db().ticket(stack).leaves().length(), 2);
    world.end();
}

#[test, expected_failure(abort_code = stack::ENotSelectedNode)]
fun another_node_cannot_settle() {
    let (mut world, stack) = bought(0, 2, 0);
    let other = 3 - world.seller(stack);
    world.settle_raw(other, stack, 1, world::history(1), world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = stack::ETooManyUnitsClaimed)]
fun more_units_than_bought() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle(stack, UNITS + 1);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketExists)]
fun settling_twice() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle(stack, 1);
    world.settle(stack, 1);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketExists)]
fun taking_a_settlement_back_with_a_claim_of_nothing() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle(stack, 1);
    world.settle(stack, 0);
    world.end();
}

#[test, expected_failure(abort_code = stack::EStackNotFound)]
fun settling_no_stack() {
    let (mut world, _) = bought(0, 1, 0);
    world.settle_raw(1, 99, 1, world::history(1), world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = settlement::EReservedCommitment)]
fun settling_with_the_reserved_root() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle_raw(1, stack, 1, commitment::unavailable(), world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = commitment::ENot32Bytes)]
fun settling_with_a_short_root() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle_raw(1, stack, 1, b"short", world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = commitment::ENot32Bytes)]
fun settling_with_a_short_leaf() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle_raw(1, stack, 1, world::history(2), b"short");
    world.end();
}

#[test]
fun a_claim_of_nothing_takes_any_32_bytes() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle_raw(1, stack, 0, commitment::unavailable(), commitment::unavailable());
    assert_eq!(event::events_by_type<events::StackTrySettleEvent>().length(), 1);
    assert_eq!(event::events_by_type<events::StackReclaimedEvent>().length(), 1);
    world.end();
}

/// Both outcomes of the coin flip store rows of equal size and touch the same objects.
#[test]
fun required_and_not_required_tickets_have_the_same_size() {
    let mut world = world::market(1, 3);
    world.never_attest();
    let calm = world.buy(1, UNITS, 100);
    world.always_attest(1);
    let drawn = world.buy(1, UNITS, 100);
    world.settle(calm, UNITS);
    world.settle(drawn, UNITS);
    assert!(!world.db().ticket(calm).is_required() && world.db().ticket(drawn).is_required());
    assert_eq!(world.db().ticket(calm).attesters().length(), 1);
    assert_eq!(
        std::bcs::to_bytes(world.db().ticket(calm)).length(),
        std::bcs::to_bytes(world.db().ticket(drawn)).length(),
    );
    world.end();
}

#[test]
fun about_12_of_100_settlements_are_required() {
    let mut world = world::market(1, 2);
    let mut required = 0u64;
    100u64.do!(|_| {
        let stack = world.buy(1, UNITS, 100);
        world.settle(stack, UNITS);
        if (world.db().ticket(stack).is_required()) required = required + 1;
        world.advance(2);
        if (world.db().ticket(stack).is_open()) {
            let seller = world.seller(stack);
            world.claim(seller, vector[stack]);
        } else {
            3u64.do!(|_| if (world.db().ticket(stack).is_awaiting()) {
                world.redraw(stack);
                world.advance(2);
            });
            world.expire(stack);
            // The slashed checker is topped up so that it can be drawn again.
            2u64.do!(|i| world.top_up(i + 1, toma(5)));
        };
    });
    // Six standard deviations of a binomial of 100 and 0.12 are 19.5.
    assert!(required >= 1 && required <= 31);
    world.end();
}

// ---------------------------------------------------------------- attesting

#[test]
fun the_last_of_several_attesters_makes_the_ticket_clean() {
    let (mut world, stack) = bought(1, 5, 4);
    world.settle(stack, UNITS);
    3u64.do!(|place| world.attest(stack, place, 1, UNITS));
    assert!(world.db().ticket(stack).is_awaiting());
    world.attest(stack, 3, 1, UNITS);
    assert!(world.db().ticket(stack).is_clean());
    assert_eq!(event::events_by_type<events::StackSettlementTicketEvent>().length(), 1);
    assert_eq!(world.db().ticket(stack).backers(), world.db().ticket(stack).attesters());
    world.end();
}

#[test]
fun fewer_attesters_than_asked_for_lead_to_an_opening() {
    let (mut world, stack) = bought(1, 3, 4);
    world.settle(stack, UNITS);
    assert_eq!(world.db().ticket(stack).attesters().length(), 2);
    world.attest(stack, 0, 1, UNITS);
    world.attest(stack, 1, 1, UNITS);
    world.redraw(stack);
    assert!(world.db().ticket(stack).is_open_required());
    world.open(stack, 1, UNITS);
    world.advance(2);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    world.end();
}

#[test]
fun a_task_without_other_nodes_asks_for_no_attester() {
    let (mut world, stack) = bought(1, 1, 1);
    world.settle(stack, UNITS);
    assert!(world.db().ticket(stack).is_open() && !world.db().ticket(stack).is_required());
    world.end();
}

#[test, expected_failure(abort_code = settlement::ENoAttesterDrawn)]
fun attesting_where_no_attester_was_drawn() {
    let (mut world, stack) = bought(1, 1, 1);
    world.settle(stack, UNITS);
    world.attest_raw(1, stack, world::history(1), world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = settlement::EAttestationNotRequired)]
fun attesting_where_the_coin_said_no() {
    let mut world = world::market(1, 2);
    world.never_attest();
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ENotAnAttester)]
fun the_selected_node_cannot_attest_itself() {
    let (mut world, stack) = bought(1, 3, 1);
    world.settle(stack, UNITS);
    let seller = world.seller(stack);
    let root = world.root_of(stack, 1, UNITS);
    world.attest_raw(seller, stack, root, world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = settlement::EAlreadyAttested)]
fun attesting_twice_before_the_others() {
    let (mut world, stack) = bought(1, 3, 2);
    world.settle(stack, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EAlreadyAttested)]
fun attesting_a_clean_ticket_again() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketNotFound)]
fun attesting_an_unsettled_stack() {
    let (mut world, stack) = bought(1, 2, 1);
    world.attest_raw(2, stack, world::history(1), world::history(2));
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningRequired)]
fun attesting_once_opening_is_required() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, world::history(8), world::history(9));
    world.attest_raw(attester, stack, world::history(8), world::history(9));
    world.end();
}

#[test, expected_failure(abort_code = settlement::EAttestationPending)]
fun claiming_while_attesters_are_silent() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.advance(9);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningRequired)]
fun claiming_once_opening_is_required() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.advance(2);
    world.redraw(stack);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    world.end();
}

// ---------------------------------------------------------------- redraws

#[test]
fun a_redraw_replaces_only_the_silent() {
    let (mut world, stack) = bought(1, 6, 2);
    world.settle(stack, UNITS);
    let before = world.db().ticket(stack).attesters();
    world.attest(stack, 0, 1, UNITS);
    world.advance(2);
    world.redraw(stack);
    let after = world.db().ticket(stack).attesters();
    assert_eq!(after[0], before[0]);
    assert!(after[1] != before[1] && after[1] != before[0] && after[1] != world.seller(stack));
    assert_eq!(world.db().node_free_stake(before[0]), toma(10));
    assert_eq!(world.db().node_free_stake(before[1]), toma(10) - 100_000_000);
    world.attest(stack, 1, 1, UNITS);
    assert!(world.db().ticket(stack).is_clean());
    world.end();
}

#[test]
fun a_redraw_that_finds_too_few_leads_to_an_audit() {
    let (mut world, stack) = bought(1, 4, 2);
    world.settle(stack, UNITS);
    world.advance(2);
    world.redraw(stack);
    let ticket = world.db().ticket(stack);
    assert_eq!(ticket.attesters(), vector[]);
    assert_eq!(ticket.deadline(), 2);
    assert_eq!(ticket.redraws(), 0);
    // The one node that could have been drawn was not asked, so it is not punished: it looks at the rows with the two others.
    assert!(world.db().dispute(stack).is_audit());
    assert_eq!(world.db().dispute(stack).bond(), 200_000_000);
    assert_eq!(world.db().dispute(stack).jurors().length(), 3);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EAttestationNotRequired)]
fun redrawing_where_nobody_is_awaited() {
    let (mut world, stack) = bought(0, 2, 0);
    world.settle(stack, UNITS);
    world.advance(2);
    world.redraw(stack);
    world.end();
}

#[test]
fun the_credit_of_a_destroyed_attester_lapses() {
    let (mut world, stack) = bought(1, 2, 1);
    let attester = 3 - world.seller(stack);
    world.settle(stack, UNITS);
    world.attest(stack, 0, 1, UNITS);
    world.disable(attester);
    world.advance(6);
    world.destroy_node(attester);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    assert_eq!(world.db().pool_balance(), 100_000_000);
    world.end();
}

// ---------------------------------------------------------------- opening

#[test, expected_failure(abort_code = settlement::ECommitmentMismatch)]
fun opening_another_history() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.advance(2);
    world.redraw(stack);
    world.open(stack, 2, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ECommitmentMismatch)]
fun opening_other_units() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.advance(2);
    world.redraw(stack);
    world.open(stack, 1, UNITS + 1);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningNotRequired)]
fun opening_unasked() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.open(stack, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningNotRequired)]
fun opening_twice() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle(stack, UNITS);
    world.advance(2);
    world.redraw(stack);
    world.open(stack, 1, UNITS);
    world.open(stack, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningNotRequired)]
fun expiring_a_ticket_that_needs_no_opening() {
    let (mut world, stack) = bought(0, 1, 0);
    world.settle(stack, UNITS);
    world.advance(9);
    world.expire(stack);
    world.end();
}

#[test]
fun a_history_of_more_units_than_claimed_does_not_stand() {
    let (mut world, stack) = bought(1, 2, 1);
    world.settle_as(stack, 1, UNITS, UNITS / 2);
    world.advance(2);
    world.redraw(stack);
    let seller = world.seller(stack);
    world.open(stack, 1, UNITS);
    assert!(!world.db().has_stack(stack));
    assert_eq!(world.wallet(world::node_owner(seller)), 0);
    assert_eq!(world.db().node(seller).reputation(), 0);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ERedrawTooEarly)]
fun an_opening_is_no_way_past_the_attesters_that_were_found() {
    let (mut world, stack) = bought(1, 3, 4);
    world.settle(stack, UNITS);
    assert_eq!(world.db().ticket(stack).attesters().length(), 2);
    world.redraw(stack);
    abort
}
