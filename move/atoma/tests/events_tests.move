/// Every act emits its event, once.
#[test_only]
module atoma::events_tests;

use atoma::events;
use atoma::node;
use atoma::world::{Self, World, toma};
use std::ascii;
use std::unit_test::assert_eq;
use sui::event;

const UNITS: u64 = 1_000_000;

/// How many events of a type the current transaction emitted.
fun emitted<T: copy + drop>(): u64 { event::events_by_type<T>().length() }

fun settled(nodes: u64): (World, u64) {
    let mut world = world::market(1, nodes);
    world.always_attest(1);
    let stack = world.buy(1, UNITS, 100);
    world.settle(stack, UNITS);
    (world, stack)
}

#[test]
fun of_tasks() {
    let mut world = world::begin();
    world.task(0, 0);
    assert_eq!(emitted<events::TaskRegisteredEvent>(), 1);
    world.deprecate(1);
    assert_eq!(emitted<events::TaskDeprecatedEvent>(), 1);
    world.advance(2);
    world.remove(1);
    assert_eq!(emitted<events::TaskRemovedEvent>(), 1);
    world.end();
}

#[test]
fun of_nodes() {
    let mut world = world::begin();
    world.register(toma(10));
    assert_eq!(emitted<events::NodeRegisteredEvent>(), 1);
    world.top_up(1, 5);
    assert_eq!(emitted<events::NodeCollateralToppedUpEvent>(), 1);
    world.request_withdrawal(1, 5);
    assert_eq!(emitted<events::NodeWithdrawalRequestedEvent>(), 1);
    world.advance(6);
    world.withdraw_collateral(1);
    assert_eq!(emitted<events::NodeCollateralWithdrawnEvent>(), 1);
    world.set_key(1);
    assert_eq!(emitted<events::NodeKeyCommitmentEvent>(), 1);
    world.tx(world::node_owner(1));
    let (db, ctx) = world.db_and_ctx();
    let badge = node::new_badge(1, ctx);
    db.update_node_url(&badge, ascii::string(b""), ctx);
    node::delete_badge(badge);
    assert_eq!(emitted<events::NodeUrlUpdatedEvent>(), 1);
    world.disable(1);
    assert_eq!(emitted<events::NodeDisabledEvent>(), 1);
    world.advance(6);
    world.destroy_node(1);
    assert_eq!(emitted<events::NodeDestroyedEvent>(), 1);
    world.end();
}

#[test]
fun of_subscriptions() {
    let mut world = world::market(0, 1);
    assert_eq!(emitted<events::NodeSubscribedToTaskEvent>(), 1);
    world.update_subscription(1, 1, 7, 7);
    assert_eq!(emitted<events::NodeSubscriptionUpdatedEvent>(), 1);
    world.unsubscribe(1, 1);
    assert_eq!(emitted<events::NodeUnsubscribedFromTaskEvent>(), 1);
    world.subscribe(1, 1, 7, 7);
    world.disable(1);
    assert_eq!(emitted<events::NodeUnsubscribedFromTaskEvent>(), 1);
    world.end();
}

#[test]
fun of_a_stack_that_is_returned() {
    let mut world = world::market(0, 1);
    let mut coin = world.mint(toma(1));
    world.buy_out_of(&mut coin, 1, UNITS, 100);
    assert_eq!(emitted<events::StackCreatedEvent>(), 1);
    world.keep(coin, world::buyer());
    world.update_owner(1, world::buyer());
    assert_eq!(emitted<events::StackOwnerUpdatedEvent>(), 1);
    world.request_refund(1);
    assert_eq!(emitted<events::StackRefundRequestedEvent>(), 1);
    world.advance(2);
    world.reclaim(1, world::buyer());
    assert_eq!(emitted<events::StackReclaimedEvent>(), 1);
    world.end();
}

#[test]
fun of_a_clean_settlement() {
    let (mut world, stack) = settled(2);
    assert_eq!(emitted<events::StackTrySettleEvent>(), 1);
    world.attest(stack, 0, 1, UNITS);
    assert_eq!(emitted<events::NewStackSettlementAttestationEvent>(), 1);
    assert_eq!(emitted<events::StackSettlementTicketEvent>(), 1);
    world.advance(2);
    world.finalize(stack);
    assert_eq!(emitted<events::StackSettlementTicketClaimedEvent>(), 1);
    assert_eq!(emitted<events::NodeReputationChangedEvent>(), 2);
    let seller = if (world.db().node(1).earnings() > 0) 1 else 2;
    world.withdraw_earnings(seller);
    assert_eq!(emitted<events::NodeEarningsWithdrawnEvent>(), 1);
    world.end();
}

#[test]
fun of_silence_and_opening() {
    let (mut world, stack) = settled(3);
    world.advance(2);
    world.redraw(stack);
    assert_eq!(emitted<events::AttestersRedrawnEvent>(), 1);
    assert_eq!(emitted<events::NodeSlashedEvent>(), 1);
    assert_eq!(emitted<events::StackOpeningRequiredEvent>(), 0);
    world.advance(2);
    world.redraw(stack);
    assert_eq!(emitted<events::StackOpeningRequiredEvent>(), 1);
    world.open(stack, 1, UNITS);
    assert_eq!(emitted<events::StackOpenedEvent>(), 1);
    world.end();
}

#[test]
fun of_an_expiry() {
    let (mut world, stack) = settled(2);
    world.advance(2);
    world.redraw(stack);
    world.advance(2);
    world.expire(stack);
    assert_eq!(emitted<events::SettlementExpiredEvent>(), 1);
    assert_eq!(emitted<events::StackForfeitedEvent>(), 1);
    world.end();
}

#[test]
fun of_a_dispute() {
    let (mut world, stack) = settled(8);
    world.dispute(stack, 2, UNITS);
    assert_eq!(emitted<events::StackAttestationDisputeEvent>(), 1);
    world.show_evidence(world::buyer(), stack, vector[3], 1_000, vector[b"receipt"]);
    assert_eq!(emitted<events::DisputeEvidenceEvent>(), 1);
    let jurors = world.db().dispute(stack).jurors();
    world.await_votes(stack);
    jurors.do!(|juror| {
        world.commit_vote(stack, juror, world::history(1), UNITS);
        assert_eq!(emitted<events::DisputeVoteCommittedEvent>(), 1);
    });
    world.await_reveals(stack);
    jurors.do!(|juror| {
        world.reveal_vote(stack, juror, world::history(1), UNITS);
        assert_eq!(emitted<events::DisputeVoteRevealedEvent>(), 1);
    });
    world.resolve(stack);
    assert_eq!(emitted<events::DisputeResolvedEvent>(), 1);
    assert_eq!(emitted<events::StackSettlementTicketClaimedEvent>(), 1);
    world.end();
}

#[test]
fun of_the_manager_and_the_pool() {
    let mut world = world::begin();
    world.never_attest();
    assert_eq!(emitted<events::ConfigChangedEvent>(), 1);
    let mut coin = world.mint(1);
    let (db, ctx) = world.db_and_ctx();
    db.donate(&mut coin, 1, ctx);
    coin.destroy_zero();
    assert_eq!(emitted<events::PoolDonatedEvent>(), 1);
    world.db_mut().set_version_for_testing(0);
    world.manage!(|db, badge| {
        db.migrate(badge);
        assert_eq!(emitted<events::MigratedEvent>(), 1);
    });
    world.end();
}
