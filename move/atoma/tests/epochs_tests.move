/// Epoch edges: what is legal in the last epoch of a window is illegal in the next, and the other way round.
/// X is the epoch of the purchase, D the deadline of the ticket.
#[test_only]
module atoma::epochs_tests;

use atoma::dispute;
use atoma::settlement;
use atoma::stack;
use atoma::task;
use atoma::world::{Self, World};

const UNITS: u64 = 1_000_000;

fun bought(level: u16, nodes: u64): (World, u64) {
    let mut world = world::market(level, nodes);
    if (level == 1) world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    (world, stack)
}

fun settled(level: u16, nodes: u64): (World, u64) {
    let (mut world, stack) = bought(level, nodes);
    world.settle(stack, UNITS);
    (world, stack)
}

fun disputed(nodes: u64): (World, u64) {
    let (mut world, stack) = settled(0, nodes);
    world.dispute(stack, 2, UNITS);
    (world, stack)
}

/// The same by the owner of the stack, which has nothing to add.
fun disputed_by_owner(nodes: u64): (World, u64) {
    let (mut world, stack) = settled(0, nodes);
    let claim = world.accusation_of(stack, 2, UNITS, world::buyer());
    world.dispute_as(world::buyer(), stack, claim);
    (world, stack)
}

/// A ticket whose only attester differs where no jury can sit: open required, D = 0.
fun open_required(): (World, u64) {
    let (mut world, stack) = settled(1, 2);
    let attester = world.db().ticket(stack).attesters()[0];
    world.attest_raw(attester, stack, world::history(8), world::history(9));
    (world, stack)
}

// ---------------------------------------------------------------- settle and reclaim

#[test]
fun a_stack_is_settled_in_its_last_epoch() {
    let (mut world, stack) = bought(0, 1);
    world.advance(13);
    world.settle(stack, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = stack::ESettlementTooLate)]
fun an_expired_stack_is_not_settled() {
    let (mut world, stack) = bought(0, 1);
    world.advance(14);
    world.settle(stack, UNITS);
    world.end();
}

#[test]
fun an_expired_stack_can_still_be_given_back_by_its_node() {
    let (mut world, stack) = bought(0, 1);
    world.advance(20);
    world.settle(stack, 0);
    assert!(world.wallet(world::buyer()) == 100_000_000);
    world.end();
}

#[test, expected_failure(abort_code = stack::EReclaimTooEarly)]
fun a_stack_is_not_reclaimed_in_its_last_epoch() {
    let (mut world, stack) = bought(0, 1);
    world.advance(13);
    world.reclaim(stack, world::buyer());
    world.end();
}

#[test]
fun an_expired_stack_is_reclaimed() {
    let (mut world, stack) = bought(0, 1);
    world.advance(14);
    world.reclaim(stack, world::buyer());
    world.end();
}

#[test, expected_failure(abort_code = stack::EReclaimTooEarly)]
fun an_expired_stack_is_not_finalized_early() {
    let (mut world, stack) = bought(0, 1);
    world.advance(13);
    world.finalize(stack);
    world.end();
}

#[test]
fun a_node_settles_in_the_epoch_after_the_notice() {
    let (mut world, stack) = bought(0, 1);
    world.request_refund(stack);
    world.advance(1);
    world.settle(stack, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = stack::EReclaimTooEarly)]
fun a_stack_is_not_reclaimed_in_the_epoch_after_the_notice() {
    let (mut world, stack) = bought(0, 1);
    world.request_refund(stack);
    world.advance(1);
    world.reclaim(stack, world::buyer());
    world.end();
}

#[test, expected_failure(abort_code = stack::ESettlementTooLate)]
fun a_node_does_not_settle_two_epochs_after_the_notice() {
    let (mut world, stack) = bought(0, 1);
    world.request_refund(stack);
    world.advance(2);
    world.settle(stack, UNITS);
    world.end();
}

#[test]
fun anyone_finalizes_two_epochs_after_the_notice() {
    let (mut world, stack) = bought(0, 1);
    world.request_refund(stack);
    world.advance(2);
    world.finalize(stack);
    assert!(world.wallet(world::buyer()) == 100_000_000);
    world.end();
}

#[test]
fun a_late_notice_does_not_prolong_a_stack() {
    let (mut world, stack) = bought(0, 1);
    world.advance(13);
    world.request_refund(stack);
    world.advance(1);
    world.reclaim(stack, world::buyer());
    world.end();
}

#[test, expected_failure(abort_code = settlement::ETicketExists)]
fun a_settled_stack_is_not_reclaimed() {
    let (mut world, stack) = settled(0, 1);
    world.advance(14);
    world.reclaim(stack, world::buyer());
    world.end();
}

// ---------------------------------------------------------------- attest, dispute, claim

#[test]
fun attesting_in_the_last_epoch_of_the_window() {
    let (mut world, stack) = settled(1, 2);
    world.advance(1);
    world.attest(stack, 0, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EWindowClosed)]
fun attesting_at_the_deadline() {
    let (mut world, stack) = settled(1, 2);
    world.advance(2);
    world.attest(stack, 0, 1, UNITS);
    world.end();
}

#[test]
fun disputing_in_the_last_epoch_of_the_window() {
    let (mut world, stack) = settled(0, 1);
    world.advance(1);
    world.dispute(stack, 2, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EWindowClosed)]
fun disputing_at_the_deadline() {
    let (mut world, stack) = settled(0, 1);
    world.advance(2);
    world.dispute(stack, 2, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EClaimTooEarly)]
fun claiming_in_the_last_epoch_of_the_window() {
    let (mut world, stack) = settled(0, 1);
    world.advance(1);
    world.claim(1, vector[stack]);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EClaimTooEarly)]
fun finalizing_in_the_last_epoch_of_the_window() {
    let (mut world, stack) = settled(0, 1);
    world.advance(1);
    world.finalize(stack);
    world.end();
}

#[test]
fun claiming_at_the_deadline() {
    let (mut world, stack) = settled(0, 1);
    world.advance(2);
    world.claim(1, vector[stack]);
    world.end();
}

#[test, expected_failure(abort_code = settlement::ERedrawTooEarly)]
fun redrawing_in_the_last_epoch_of_the_window() {
    let (mut world, stack) = settled(1, 3);
    world.advance(1);
    world.redraw(stack);
    world.end();
}

#[test]
fun redrawing_at_the_deadline_opens_a_whole_new_window() {
    let (mut world, stack) = settled(1, 3);
    world.advance(5);
    world.redraw(stack);
    assert!(world.db().ticket_deadline(stack) == 7 && world.db().ticket(stack).redraws() == 1);
    world.advance(1);
    world.attest(stack, 0, 1, UNITS);
    assert!(world.db().ticket(stack).is_clean());
    world.end();
}

// ---------------------------------------------------------------- opening

#[test]
fun opening_in_the_last_epoch() {
    let (mut world, stack) = open_required();
    world.advance(1);
    world.open(stack, 1, UNITS);
    assert!(world.db().ticket(stack).is_clean());
    world.end();
}

#[test, expected_failure(abort_code = settlement::EOpeningTooLate)]
fun opening_two_epochs_after_the_deadline() {
    let (mut world, stack) = open_required();
    world.advance(2);
    world.open(stack, 1, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EExpiryTooEarly)]
fun expiring_in_the_last_epoch_of_opening() {
    let (mut world, stack) = open_required();
    world.advance(1);
    world.expire(stack);
    world.end();
}

#[test]
fun the_window_runs_on_after_an_opening() {
    let (mut world, stack) = open_required();
    world.advance(1);
    world.open(stack, 1, UNITS);
    // Nothing of the window of two epochs had passed when opening became required.
    assert!(world.db().ticket_deadline(stack) == 3);
    world.advance(1);
    world.dispute(stack, 2, UNITS);
    world.end();
}

#[test, expected_failure(abort_code = settlement::EClaimTooEarly)]
fun an_early_opening_does_not_allow_an_early_claim() {
    let (mut world, stack) = open_required();
    world.open(stack, 1, UNITS);
    world.advance(1);
    let seller = world.seller(stack);
    world.claim(seller, vector[stack]);
    world.end();
}

// ---------------------------------------------------------------- votes

#[test, expected_failure(abort_code = dispute::ECommitTooEarly)]
fun votes_are_not_committed_in_the_epoch_of_the_dispute() {
    let (mut world, stack) = disputed_by_owner(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ERevealPhaseNotOpen)]
fun votes_are_not_revealed_while_the_owner_may_add_evidence_even_if_all_are_in() {
    let (mut world, stack) = disputed(6);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(1);
    jurors.do!(|juror| world.commit_vote(stack, juror, world::history(1), UNITS));
    world.reveal_vote(stack, jurors[0], world::history(1), UNITS);
    world.end();
}

#[test]
fun votes_on_the_owners_dispute_are_revealed_in_the_next_epoch_if_all_are_in() {
    let (mut world, stack) = disputed_by_owner(6);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(1);
    jurors.do!(|juror| world.commit_vote(stack, juror, world::history(1), UNITS));
    world.reveal_vote(stack, jurors[0], world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ERevealPhaseNotOpen)]
fun votes_wait_for_the_phase_if_one_is_missing() {
    let (mut world, stack) = disputed_by_owner(6);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(1);
    4u64.do!(|i| world.commit_vote(stack, jurors[i], world::history(1), UNITS));
    world.reveal_vote(stack, jurors[0], world::history(1), UNITS);
    world.end();
}

#[test]
fun votes_are_committed_in_the_last_epoch_of_the_phase() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.advance(1);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ECommitPhaseOver)]
fun votes_are_not_committed_after_the_phase() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.advance(2);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.end();
}

#[test]
fun votes_are_revealed_in_the_last_epoch() {
    let (mut world, stack) = disputed(6);
    let jurors = world.db().dispute(stack).jurors();
    world.advance(1);
    2u64.do!(|i| world.commit_vote(stack, jurors[i], world::history(1), UNITS));
    world.advance(1);
    world.reveal_vote(stack, jurors[0], world::history(1), UNITS);
    assert!(!world.db().dispute(stack).is_resolvable(2) && world.db().dispute(stack).is_resolvable(3));
    world.end();
}

#[test, expected_failure(abort_code = dispute::ERevealPhaseOver)]
fun votes_are_not_revealed_after_the_phase() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.advance(1);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.advance(2);
    world.reveal_vote(stack, juror, world::history(1), UNITS);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EResolveTooEarly)]
fun a_dispute_waits_for_committed_votes() {
    let (mut world, stack) = disputed(6);
    let juror = world.db().dispute(stack).jurors()[0];
    world.advance(1);
    world.commit_vote(stack, juror, world::history(1), UNITS);
    world.advance(1);
    world.resolve(stack);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EResolveTooEarly)]
fun a_dispute_without_votes_waits_for_the_commit_phase() {
    let (mut world, stack) = disputed(6);
    world.advance(1);
    world.resolve(stack);
    world.end();
}

#[test]
fun a_dispute_is_resolved_as_soon_as_every_committed_vote_is_revealed() {
    let (mut world, stack) = disputed(6);
    world.vote_all(stack, vector[1, 1, 1], UNITS);
    assert!(world.epoch() == 2);
    world.resolve(stack);
    world.end();
}

#[test]
fun a_ruling_in_the_last_epoch() {
    let (mut world, stack) = disputed(2);
    world.advance(1);
    world.rule(stack, 1);
    world.end();
}

#[test, expected_failure(abort_code = dispute::ERulingTooLate)]
fun a_ruling_after_two_epochs() {
    let (mut world, stack) = disputed(2);
    world.advance(2);
    world.rule(stack, 1);
    world.end();
}

#[test, expected_failure(abort_code = dispute::EResolveTooEarly)]
fun a_dispute_without_a_jury_waits_for_the_manager() {
    let (mut world, stack) = disputed(2);
    world.advance(1);
    world.resolve(stack);
    world.end();
}

// ---------------------------------------------------------------- terms of other lengths

#[test]
fun a_stack_keeps_the_window_phase_and_life_it_was_bought_under() {
    let mut world = world::market(0, 6);
    world.manage!(|db, badge| {
        db.set_exit_delay(badge, 20);
        db.set_window(badge, 5);
        db.set_phase(badge, 4);
        db.set_stack_life(badge, 30);
    });
    let stack = world.buy(1, UNITS, 100);
    world.manage!(|db, badge| {
        db.set_window(badge, 2);
        db.set_phase(badge, 2);
        db.set_stack_life(badge, 4);
    });
    world.advance(29);
    world.settle(stack, UNITS);
    assert!(world.db().ticket_deadline(stack) == 34);
    world.advance(4);
    world.dispute(stack, 2, UNITS);
    assert!(world.db().dispute(stack).commit_deadline() == 37);
    assert!(world.db().dispute(stack).reveal_deadline() == 40);
    world.end();
}

#[test, expected_failure(abort_code = task::ETaskHasOpenStacks)]
fun a_task_with_open_stacks_is_not_removed() {
    let (mut world, _) = bought(0, 1);
    world.deprecate(1);
    world.advance(2);
    world.remove(1);
    world.end();
}
