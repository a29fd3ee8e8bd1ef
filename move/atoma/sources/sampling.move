/// The fair draw: uniform among the eligible subscribers of a task, without replacement, at a cost that
/// does not depend on how many subscribe.
///
/// Slots are visited in a uniformly random order that is made up while it is walked (a Fisher-Yates shuffle
/// that remembers only the places it moved). The first acceptable slots are taken, so no node is drawn twice,
/// and in a task with fewer subscribers than tries nobody eligible is ever missed.
module atoma::sampling;

use atoma::node::Node;
use atoma::task::{Slot, Task};
use sui::random::RandomGenerator;
use sui::table::Table;

/// Slots looked at for each seat, and at most in one transaction (each may load two fields).
const TRIES_PER_SEAT: u64 = 48;
const MAX_TRIES: u64 = 240;
/// 2^63 - 1.
const LARGEST_PLACE: u64 = 9_223_372_036_854_775_807;
const ANY_PRICE: u64 = 18_446_744_073_709_551_615;

/// Who may be drawn.
public struct Rule has copy, drop {
    epoch: u64,
    minimum_reputation: u8,
    max_price: u64,
    min_units: u64,
    confidential: bool,
    /// Stake that must be free; with `bonds` it becomes a bond and a quarter must stay free besides.
    free_stake: u64,
    bonds: bool,
    excluded_nodes: vector<u64>,
    excluded_owners: vector<address>,
}

/// The node that serves a purchase.
public(package) fun seller(task: &Task, price: u64, units: u64, bond: u64, confidential: bool, epoch: u64): Rule {
    Rule {
        epoch,
        minimum_reputation: task.minimum_reputation(),
        max_price: price,
        min_units: units,
        confidential,
        free_stake: bond,
        bonds: true,
        excluded_nodes: vector[],
        excluded_owners: vector[],
    }
}

/// A node that checks another one: any price, any size, and independent of the named nodes and owners.
public(package) fun checker(
    task: &Task,
    free_stake: u64,
    excluded_nodes: vector<u64>,
    excluded_owners: vector<address>,
    epoch: u64,
): Rule {
    Rule {
        epoch,
        minimum_reputation: task.minimum_reputation(),
        max_price: ANY_PRICE,
        min_units: 0,
        confidential: false,
        free_stake,
        bonds: false,
        excluded_nodes,
        excluded_owners,
    }
}

/// Draws up to `seats` different nodes; fewer when the tries run out.
public(package) fun draw(
    task: &Task,
    nodes: &Table<u64, Node>,
    rule: &Rule,
    seats: u64,
    generator: &mut RandomGenerator,
): vector<u64> {
    let range = task.range(rule.max_price);
    let total = range.total();
    let tries = total.min(MAX_TRIES).min(TRIES_PER_SEAT * seats);
    let (mut from, mut to) = (vector[], vector[]);
    let mut drawn = vector[];
    let mut step = 0;
    while (step < tries && drawn.length() < seats) {
        let place = generator.generate_u64_in_range(step, total - 1);
        let slot = task.slot(&range, whose(&from, &to, place));
        let head = whose(&from, &to, step);
        from.push_back(place);
        to.push_back(head);
        if (rule.accepts(slot, nodes)) drawn.push_back(slot.slot_node());
        step = step + 1;
    };
    drawn
}

/// The slot that stands at `place` after the moves made so far; the latest move counts. Arithmetic without a
/// branch, so that the cost of a draw does not tell which slots were moved.
fun whose(from: &vector<u64>, to: &vector<u64>, place: u64): u64 {
    let mut slot = place;
    let mut i = 0;
    while (i < to.length()) {
        // 0 when the i-th move was from `place`, else 1: places are far below 2^63.
        let elsewhere = ((from[i] ^ place) + LARGEST_PLACE) >> 63;
        slot = slot * elsewhere + to[i] * (1 - elsewhere);
        i = i + 1;
    };
    slot
}

fun accepts(rule: &Rule, slot: &Slot, nodes: &Table<u64, Node>): bool {
    let id = slot.slot_node();
    if (slot.slot_price() > rule.max_price || slot.slot_max_units() < rule.min_units) return false;
    if (rule.excluded_nodes.contains(&id) || !nodes.contains(id)) return false;
    let node = &nodes[id];
    node.is_active()
        && node.reputation() >= rule.minimum_reputation
        && (!rule.confidential || node.has_fresh_key(rule.epoch))
        && !rule.excluded_owners.contains(&node.owner())
        && (if (rule.bonds) node.can_bond(rule.free_stake) else node.free_stake() >= rule.free_stake)
}
