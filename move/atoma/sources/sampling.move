/// The fair draw: uniform among the eligible subscribers of a task, without replacement, at a cost that does not depend on how many
/// subscribe.
///
/// Where every slot can be looked at they are shuffled, so that nobody eligible is missed. In larger tasks slots are picked at
/// random, a fixed number of them. Either way the first acceptable ones are taken, no node twice, and the draw tells whether it has
/// looked at all of them: only then does "nobody found" mean that nobody is there.
module atoma::sampling;

use atoma::node::Node;
use atoma::task::{Slot, Task};
use sui::random::RandomGenerator;
use sui::table::Table;

/// Slots looked at in one transaction at most (each may load two fields).
const MAX_TRIES: u64 = 240;
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
    /// Stake that must be free or bonded.
    stake: u64,
    excluded_nodes: vector<u64>,
    excluded_owners: vector<address>,
    /// No owner is drawn twice.
    distinct_owners: bool,
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
        stake: bond,
        excluded_nodes: vector[],
        excluded_owners: vector[],
        distinct_owners: false,
    }
}

/// A node that checks another one: any price, any size, and independent of the named nodes and owners. What it may come to bond is
/// covered by its free and bonded stake together, so that nobody is kept from checking by stacks bought from it; what it may lose
/// by silence is free, and no other duty reserves it.
public(package) fun checker(
    task: &Task,
    stake: u64,
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
        stake,
        excluded_nodes,
        excluded_owners,
        distinct_owners: false,
    }
}

/// Draws up to `seats` different nodes, and tells whether every slot that could qualify was looked at or all seats were filled.
public(package) fun draw(
    task: &Task,
    nodes: &Table<u64, Node>,
    rule: &Rule,
    seats: u64,
    generator: &mut RandomGenerator,
): (vector<u64>, bool) {
    let mut rule = *rule;
    let range = task.range(rule.max_price);
    let total = range.total();
    let shuffles = total <= MAX_TRIES;
    let mut places = if (shuffles) vector::tabulate!(total, |i| i) else vector[];
    let mut drawn = vector[];
    let mut step = 0;
    while (step < total.min(MAX_TRIES) && drawn.length() < seats) {
        let place = if (shuffles) {
            let other = generator.generate_u64_in_range(step, total - 1);
            places.swap(step, other);
            places[step]
        } else generator.generate_u64_in_range(0, total - 1);
        let slot = task.slot(&range, place);
        let node = slot.slot_node();
        if (rule.accepts(slot, nodes) && !drawn.contains(&node)) {
            drawn.push_back(node);
            if (rule.distinct_owners) rule.excluded_owners.push_back(nodes[node].owner());
        };
        step = step + 1;
    };
    let complete = shuffles || drawn.length() == seats;
    (drawn, complete)
}

/// Draws a server, of named nodes where there are some: uniform among the acceptable ones, if none is named twice.
public(package) fun draw_seller(
    task: &Task,
    nodes: &Table<u64, Node>,
    rule: &Rule,
    named: vector<u64>,
    generator: &mut RandomGenerator,
): Option<u64> {
    if (named.is_empty()) {
        let (mut drawn, _) = draw(task, nodes, rule, 1, generator);
        return if (drawn.is_empty()) option::none() else option::some(drawn.pop_back())
    };
    let mut acceptable = named.filter!(|id| task.offer(*id).is_some_and!(|slot| rule.accepts(slot, nodes)));
    if (acceptable.is_empty()) return option::none();
    let place = generator.generate_u64_in_range(0, acceptable.length() - 1);
    option::some(acceptable.swap_remove(place))
}

/// Whether a draw under a rule finds nodes of so many different owners.
public(package) fun has_owners(
    task: &Task,
    nodes: &Table<u64, Node>,
    rule: Rule,
    owners: u64,
    generator: &mut RandomGenerator,
): bool {
    let mut rule = rule;
    rule.distinct_owners = true;
    let (drawn, _) = draw(task, nodes, &rule, owners, generator);
    drawn.length() == owners
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
        && node.free_stake() + node.bonded() >= rule.stake
}
