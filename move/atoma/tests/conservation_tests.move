/// Random scenarios over every kind of step. After each step the market and all wallets together hold
/// exactly what was minted, and every counter agrees with its rows; at the end anyone brings every stack to its end, and every node leaves.
#[test_only]
module atoma::conservation_tests;

use atoma::commitment;
use atoma::events;
use atoma::world::{Self, World, toma};
use std::unit_test::assert_eq;
use sui::event;

const UNITS: u64 = 400_000;
const MAX_NODES: u64 = 14;
/// Kinds of ends that are counted, and those of an opening and a forfeit.
const ENDS: u64 = 10;
const OPENED: u64 = 7;
const FORFEITED: u64 = 6;

public struct Dice has drop { seed: u64 }

/// A number below `sides`.
fun roll(self: &mut Dice, sides: u64): u64 {
    self.seed = (self.seed * 6_364_136_223 + 1_442_695_041) % 1_000_000_007;
    self.seed / 7 % sides
}

fun run(seed: u64, nodes: u64, steps: u64): vector<u64> {
    let mut dice = Dice { seed };
    let mut world = world::market(1, nodes);
    let plain = world.task(0, 0);
    nodes.do!(|i| world.subscribe(i + 1, plain, 90 + i, 10_000_000));
    world.manage!(|db, badge| {
        db.set_attesters(badge, 2);
        db.set_attestation_probability(badge, 1_500);
    });
    let mut seen = vector::tabulate!(ENDS, |_| 0u64);
    steps.do!(|_| {
        step(&mut world, &mut dice);
        note_ends(&mut seen);
        world.db().assert_books_for_testing();
        world.sweep();
        assert_eq!(world.db().holdings_for_testing() + world.outside(), world.minted());
    });
    end_all(&mut world);
    leave_all(&mut world);
    world.sweep_all();
    // Nothing is left inside but the pool.
    assert_eq!(world.db().holdings_for_testing(), world.db().pool_balance());
    assert_eq!(world.db().pool_balance() + world.outside(), world.minted());
    world.end_swept();
    seen
}

/// Counts the ends of stacks in the last transaction: the four outcomes of disputes, then claims, returns,
/// forfeits, openings, redraws, evidence of owners.
fun note_ends(seen: &mut vector<u64>) {
    event::events_by_type<events::DisputeResolvedEvent>().do_ref!(|e| count(seen, e.outcome_for_testing() as u64, 1));
    count(seen, 4, event::events_by_type<events::StackSettlementTicketClaimedEvent>().length());
    count(seen, 5, event::events_by_type<events::StackReclaimedEvent>().length());
    count(seen, 6, event::events_by_type<events::StackForfeitedEvent>().length());
    count(seen, OPENED, event::events_by_type<events::StackOpenedEvent>().length());
    count(seen, 8, event::events_by_type<events::AttestersRedrawnEvent>().length());
    count(seen, 9, event::events_by_type<events::DisputeEvidenceEvent>().length());
}

fun count(seen: &mut vector<u64>, kind: u64, more: u64) { *&mut seen[kind] = seen[kind] + more }

fun step(world: &mut World, dice: &mut Dice) {
    let kind = dice.roll(100);
    if (kind < 5) world.advance(1)
    else if (kind < 17) buy(world, dice)
    else if (kind < 27) move_node(world, dice)
    else {
        let last = world.db().last_stack_for_testing();
        if (last == 0) return;
        let id = last - dice.roll(last.min(9));
        move_stack(world, dice, id)
    }
}

fun buy(world: &mut World, dice: &mut Dice) {
    let task = 1 + dice.roll(2);
    let units = 300_000 + dice.roll(UNITS);
    // Somebody must be able to serve it; whether is for the draw to say, so a rich newcomer makes sure.
    if (!has_seller(world, task, units)) newcomer(world);
    world.buy(task, units, 100 + dice.roll(20));
}

fun has_seller(world: &World, task: u64, units: u64): bool {
    let bond = world.db().purchase_bond(task, units, 119);
    let mut found = false;
    world.db().last_node_for_testing().do!(|i| {
        let id = i + 1;
        if (world.db().has_node(id) && world.db().task(task).is_subscribed(id)) {
            let node = world.db().node(id);
            found = found || (node.is_active() && node.can_bond(bond));
        }
    });
    found
}

fun newcomer(world: &mut World) {
    let node = world.register(toma(12));
    world.subscribe(node, 1, 100, 10_000_000);
    world.subscribe(node, 2, 100, 10_000_000);
}

fun move_node(world: &mut World, dice: &mut Dice) {
    let id = 1 + dice.roll(world.db().last_node_for_testing());
    if (!world.db().has_node(id)) return;
    let epoch = world.epoch();
    let node = world.db().node(id);
    let (earnings, credit, queued, until) = (node.earnings(), node.credit(), node.queued(), node.queued_until());
    let idle = node.open_stacks() == 0 && node.reserved() == 0;
    let (active, exit, free) = (node.is_active(), node.exit_epoch(), node.unreserved());
    let kind = dice.roll(6);
    if (kind == 0 && active) world.top_up(id, 1 + dice.roll(toma(3)))
    else if (kind == 1 && queued == 0 && free > toma(10)) world.request_withdrawal(id, free - toma(10))
    else if (kind == 2 && queued > 0 && epoch >= until) world.withdraw_collateral(id)
    else if (kind == 3 && (earnings > 0 || credit.min(world.db().pool_balance()) > 0)) world.withdraw_earnings(id)
    else if (kind == 4 && active && dice.roll(4) == 0 && world.db().last_node_for_testing() < MAX_NODES) world.disable(id)
    else if (kind == 5 && !active && idle && epoch >= exit) world.destroy_node(id)
}

fun move_stack(world: &mut World, dice: &mut Dice, id: u64) {
    if (!world.db().has_stack(id)) return;
    if (!world.db().has_ticket(id)) return move_unsettled(world, dice, id);
    let (epoch, deadline) = (world.epoch(), world.db().ticket_deadline(id));
    let ticket = world.db().ticket(id);
    if (ticket.is_disputed()) return move_dispute(world, dice, id);
    if (ticket.is_open_required()) {
        if (epoch >= deadline + 2) world.expire(id)
        else if (dice.roll(3) > 0) open(world, id);
        return
    };
    if (epoch >= deadline) {
        if (ticket.is_awaiting()) world.redraw(id)
        else if (dice.roll(2) == 0) world.finalize(id)
        else {
            let seller = world.seller(id);
            world.claim(seller, vector[id])
        };
        return
    };
    if (ticket.is_awaiting() && dice.roll(3) > 0) return attest(world, dice, id);
    if (dice.roll(4) == 0) {
        let by = if (dice.roll(2) == 0) world::buyer() else world::challenger();
        let root = if (dice.roll(2) == 0) world.root_of(id, 2, UNITS) else commitment::unavailable();
        world.dispute_as(by, id, commitment::accusation(&root, by, &vector[]));
    }
}

/// Settlements commit to history 1 or, dishonestly, to history 3, with the units claimed or a few less.
fun move_unsettled(world: &mut World, dice: &mut Dice, id: u64) {
    let (epoch, reclaim) = (world.epoch(), world.db().stack(id).reclaim_epoch());
    let notice = world.db().stack(id).has_notice();
    let kind = dice.roll(8);
    if (epoch >= reclaim) {
        if (kind < 4) world.reclaim(id, world::stranger()) else world.finalize(id)
    } else if (kind == 0) world.settle(id, 0)
    else if (kind == 1 && !notice) world.request_refund(id)
    else if (kind == 2) world.update_owner(id, world::stranger())
    else if (kind < 6) world.settle(id, claim_of(id))
    else if (kind == 6) world.settle_as(id, 3, claim_of(id), claim_of(id))
    else world.settle_as(id, 1, claim_of(id) - 1, claim_of(id))
}

/// What is claimed of a stack: a number the openings can find again.
fun claim_of(id: u64): u64 { 1 + id * 7_919 % 300_000 }

/// Opens with the history and units that lead to the root, if they are the node's usual ones.
fun open(world: &mut World, id: u64) {
    let (root, claimed) = (world.db().ticket(id).root(), world.db().ticket(id).claimed());
    if (world.root_of(id, 1, claimed) == root) world.open(id, 1, claimed)
    else if (world.root_of(id, 3, claimed) == root) world.open(id, 3, claimed)
    else world.open(id, 1, claimed - 1)
}

fun attest(world: &mut World, dice: &mut Dice, id: u64) {
    let silent = world.db().ticket(id).silent();
    if (silent.is_empty()) return world.redraw(id);
    let node = silent[dice.roll(silent.length())];
    if (!world.db().has_node(node)) return;
    let (_, place) = world.db().ticket(id).attesters().index_of(&node);
    let root = world.db().ticket(id).root();
    let kind = dice.roll(7);
    let claimed = world.db().ticket(id).claimed();
    let right = right_leaf(world, id, root, claimed, place + 1);
    // Who could not pay half of the bond does not accuse.
    let poor = 2 * world.db().node(node).unreserved() < world.db().dispute_bond(id);
    if (kind < 3 || poor) world.attest_raw(node, id, root, right)
    else if (kind < 5) world.attest_raw(node, id, root, world::history(77))
    else if (kind == 5) world.attest_raw(node, id, world::history(78), world::history(77))
    else world.attest_raw(node, id, commitment::unavailable(), world::history(77))
}

fun right_leaf(world: &World, id: u64, root: vector<u8>, claimed: u64, party: u64): vector<u8> {
    if (world.root_of(id, 3, claimed) == root) world::leaf_of(id, 3, claimed, party)
    else if (world.root_of(id, 1, claimed) == root) world::leaf_of(id, 1, claimed, party)
    else world::leaf_of(id, 1, claimed - 1, party)
}

fun move_dispute(world: &mut World, dice: &mut Dice, id: u64) {
    let epoch = world.epoch();
    let dispute = world.db().dispute(id);
    if (dispute.is_resolvable(epoch)) return world.resolve(id);
    let jurors = dispute.jurors();
    if (dispute.may_show(epoch) && dice.roll(6) == 0) return show(world, dice, id);
    if (jurors.is_empty()) {
        if (epoch < dispute.dispute_epoch() + 2 && dice.roll(3) == 0) world.rule(id, dice.roll(3) as u8);
        return
    };
    jurors.do!(|juror| if (dice.roll(8) > 0) vote(world, id, juror, epoch));
}

/// The owner adds evidence, now and then with rows it has to pay for.
fun show(world: &mut World, dice: &mut Dice, id: u64) {
    let owner = world.db().stack(id).owner();
    if (dice.roll(2) == 0) world.show_evidence(owner, id, vector[], 0, vector[b"receipt"])
    else world.show_evidence(owner, id, vector[3, 7], 1 + dice.roll(20_000), vector[]);
}

fun vote(world: &mut World, id: u64, juror: u64, epoch: u64) {
    if (!world.db().has_node(juror)) return;
    let dispute = world.db().dispute(id);
    let (committed, revealed) = (dispute.has_committed(juror), dispute.has_revealed(juror));
    let (over, closed) = (dispute.is_commit_over(epoch), epoch >= dispute.reveal_deadline());
    let (root, units) = vote_of(world, id, juror);
    let early = epoch == dispute.dispute_epoch();
    if (!over && !early && !committed) world.commit_vote(id, juror, root, units)
    else if (over && !closed && committed && !revealed) world.reveal_vote(id, juror, root, units)
}

/// Most jurors are honest (history 1 with the units claimed), some lie with the accused, some say unavailable.
fun vote_of(world: &World, id: u64, juror: u64): (vector<u8>, u64) {
    let claimed = world.db().ticket(id).claimed();
    let kind = (id * 31 + juror) % 10;
    // Now and then the inputs of a stack are gone for everybody.
    if (id % 5 == 0 || kind == 0) (commitment::unavailable(), 0)
    else if (kind < 8) (world::history(1), claimed)
    else (world::history(3), claimed)
}

/// With nothing but what anyone may do.
fun end_all(world: &mut World) {
    let last = world.db().last_stack_for_testing();
    14u64.do!(|_| {
        last.do!(|i| end_one(world, i + 1));
        world.advance(2);
    });
    last.do!(|i| assert!(!world.db().has_stack(i + 1)));
}

fun end_one(world: &mut World, id: u64) {
    if (!world.db().has_stack(id)) return;
    let epoch = world.epoch();
    if (!world.db().has_ticket(id)) {
        if (epoch >= world.db().stack(id).reclaim_epoch()) world.finalize(id);
        return
    };
    let (ticket, deadline) = (world.db().ticket(id), world.db().ticket_deadline(id));
    if (ticket.is_disputed()) {
        if (world.db().dispute(id).is_resolvable(epoch)) world.resolve(id)
    } else if (ticket.is_open_required()) {
        if (epoch >= deadline + 2) world.expire(id)
    } else if (epoch >= deadline) {
        if (ticket.is_awaiting()) world.redraw(id) else world.finalize(id)
    }
}

fun leave_all(world: &mut World) {
    let last = world.db().last_node_for_testing();
    last.do!(|i| if (world.db().has_node(i + 1) && world.db().node(i + 1).is_active()) world.disable(i + 1));
    world.advance(6);
    last.do!(|i| if (world.db().has_node(i + 1)) {
        assert_eq!(world.db().node(i + 1).bonded(), 0);
        world.destroy_node(i + 1);
    });
}

/// Every kind of end happened in a run.
fun assert_complete(seen: &vector<u64>) { seen.length().do!(|kind| assert!(seen[kind] > 0, kind)) }

#[test]
fun many_nodes() {
    let mut seen = run(7, 9, 1_800);
    // Openings, and the forfeits that follow them, need a task in which no jury can sit.
    seen.remove(OPENED);
    seen.remove(FORFEITED);
    assert_complete(&seen)
}

#[test]
fun few_nodes() {
    let seen = run(4_242, 3, 500);
    assert!(seen[OPENED] > 0 && seen[FORFEITED] > 0)
}
