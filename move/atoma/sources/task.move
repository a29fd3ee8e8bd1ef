/// Tasks: what is served (role, model, security level) and who serves it at which price.
/// Subscriptions stand in 64 price buckets, floor(log2(price)); one table holds the slots of all buckets,
/// their sizes stand in the row, so that a draw needs no walk over subscribers.
module atoma::task;

use atoma::config;
use atoma::small_id::{Self, TaskSmallId};
use std::ascii::String;
use sui::table::{Self, Table};

const NEVER: u64 = 18_446_744_073_709_551_615;
const MAX_ROLE: u16 = 7;
const MAX_LEVEL: u16 = 2;
const MAX_REPUTATION: u8 = 100;
const MAX_NAME_BYTES: u64 = 128;
const BUCKETS: u64 = 64;

#[error]
const ETaskNotFound: vector<u8> = b"There is no task with this small id";
#[error]
const EInvalidRole: vector<u8> = b"A role is 0 to 7";
#[error]
const EInvalidSecurityLevel: vector<u8> = b"A security level is 0, 1 or 2";
#[error]
const EInvalidReputation: vector<u8> = b"A minimum reputation is 0 to 100";
#[error]
const EModelNameTooLong: vector<u8> = b"A model name has at most 128 bytes";
#[error]
const ETaskDeprecated: vector<u8> = b"The task has ended, or its end was announced before";
#[error]
const ETaskNotDeprecated: vector<u8> = b"Deprecate the task first";
#[error]
const ETaskRemovalTooEarly: vector<u8> = b"A task ends two epochs after it was deprecated, and can be removed from then on";
#[error]
const ETaskHasOpenStacks: vector<u8> = b"The task still has open stacks";
#[error]
const EZeroPrice: vector<u8> = b"The price per compute unit must be above zero";
#[error]
const EPriceTooLow: vector<u8> = b"At level 1 nobody buys far below what the task's nodes ask: those that check it work for a share of this price";
#[error]
const EZeroUnits: vector<u8> = b"The number of compute units must be above zero";
#[error]
const EAlreadySubscribed: vector<u8> = b"The node is already subscribed to this task";
#[error]
const ENotSubscribed: vector<u8> = b"The node is not subscribed to this task";

/// The right to act for a task.
public struct TaskBadge has key, store { id: UID, small_id: TaskSmallId }

public struct Task has store {
    role: u16,
    model_name: Option<String>,
    level: u16,
    minimum_reputation: u8,
    deprecated_epoch: u64,
    open_stacks: u64,
    bucket_sizes: vector<u64>,
    subscriptions: Table<u64, Subscription>,
    slots: Table<SlotKey, Slot>,
}

/// A node's place: the slot `index` of the bucket of `price`.
public struct Subscription has copy, drop, store { price: u64, max_units: u64, index: u64 }

public struct SlotKey has copy, drop, store { bucket: u64, index: u64 }

public struct Slot has copy, drop, store { node: u64, price: u64, max_units: u64 }

/// The buckets that qualify for a draw: `ends[i]` slots lie in the buckets up to `buckets[i]`.
public struct Range has copy, drop { buckets: vector<u64>, ends: vector<u64>, total: u64 }

// ---------------------------------------------------------------- badge

public(package) fun new_badge(small_id: u64, ctx: &mut TxContext): TaskBadge {
    TaskBadge { id: object::new(ctx), small_id: small_id::task(small_id) }
}

public(package) fun delete_badge(badge: TaskBadge) {
    let TaskBadge { id, small_id: _ } = badge;
    id.delete();
}

public fun badge_small_id(badge: &TaskBadge): u64 { badge.small_id.inner() }

public use fun badge_small_id as TaskBadge.small_id;

// ---------------------------------------------------------------- rows

public(package) fun new(
    role: u16,
    model_name: Option<String>,
    level: u16,
    minimum_reputation: u8,
    ctx: &mut TxContext,
): Task {
    assert!(role <= MAX_ROLE, EInvalidRole);
    assert!(level <= MAX_LEVEL, EInvalidSecurityLevel);
    assert!(minimum_reputation <= MAX_REPUTATION, EInvalidReputation);
    assert!(!model_name.is_some_and!(|name| name.length() > MAX_NAME_BYTES), EModelNameTooLong);
    Task {
        role,
        model_name,
        level,
        minimum_reputation,
        deprecated_epoch: NEVER,
        open_stacks: 0,
        bucket_sizes: vector::tabulate!(BUCKETS, |_| 0),
        subscriptions: table::new(ctx),
        slots: table::new(ctx),
    }
}

public(package) fun get(tasks: &Table<u64, Task>, id: u64): &Task {
    assert!(tasks.contains(id), ETaskNotFound);
    tasks.borrow(id)
}

public(package) fun get_mut(tasks: &mut Table<u64, Task>, id: u64): &mut Task {
    assert!(tasks.contains(id), ETaskNotFound);
    tasks.borrow_mut(id)
}

/// Announces the end of a task: from `epoch` on it takes no subscriptions and no purchases.
public(package) fun deprecate(self: &mut Task, epoch: u64) {
    assert!(self.deprecated_epoch == NEVER, ETaskDeprecated);
    self.deprecated_epoch = epoch;
}

/// Removes a task that has ended. Its subscription tables are dropped unread.
public(package) fun destroy(self: Task, epoch: u64) {
    assert!(self.deprecated_epoch != NEVER, ETaskNotDeprecated);
    assert!(!self.is_active(epoch), ETaskRemovalTooEarly);
    assert!(self.open_stacks == 0, ETaskHasOpenStacks);
    let Task { subscriptions, slots, .. } = self;
    subscriptions.drop();
    slots.drop();
}

public fun role(self: &Task): u16 { self.role }

public fun model_name(self: &Task): Option<String> { self.model_name }

public fun level(self: &Task): u16 { self.level }

public fun minimum_reputation(self: &Task): u8 { self.minimum_reputation }

public fun open_stacks(self: &Task): u64 { self.open_stacks }

public fun is_active(self: &Task, epoch: u64): bool { epoch < self.deprecated_epoch }

public fun deprecated_epoch(self: &Task): u64 { self.deprecated_epoch }

public fun subscribers(self: &Task): u64 { self.subscriptions.length() }

public(package) fun assert_active(self: &Task, epoch: u64) { assert!(self.is_active(epoch), ETaskDeprecated) }

public(package) fun stack_opened(self: &mut Task) { self.open_stacks = self.open_stacks + 1 }

public(package) fun stack_ended(self: &mut Task) { self.open_stacks = self.open_stacks - 1 }

// ---------------------------------------------------------------- subscriptions

public fun is_subscribed(self: &Task, node: u64): bool { self.subscriptions.contains(node) }

/// Price per unit and largest number of units of a subscribed node.
public(package) fun subscription(self: &Task, node: u64): (u64, u64) {
    self.assert_subscribed(node);
    let place = &self.subscriptions[node];
    (place.price, place.max_units)
}

/// The offer of a node, where it has one.
public(package) fun offer(self: &Task, node: u64): Option<Slot> {
    if (!self.is_subscribed(node)) return option::none();
    let (price, max_units) = self.subscription(node);
    option::some(Slot { node, price, max_units })
}

public(package) fun subscribe(self: &mut Task, node: u64, price: u64, max_units: u64) {
    assert_offer(price, max_units);
    assert!(!self.is_subscribed(node), EAlreadySubscribed);
    let index = self.push(Slot { node, price, max_units });
    self.subscriptions.add(node, Subscription { price, max_units, index });
}

public(package) fun update(self: &mut Task, node: u64, price: u64, max_units: u64) {
    assert_offer(price, max_units);
    self.assert_subscribed(node);
    self.unsubscribe(node);
    self.subscribe(node, price, max_units);
}

public(package) fun unsubscribe(self: &mut Task, node: u64) {
    self.assert_subscribed(node);
    let place = self.subscriptions.remove(node);
    self.swap_remove(bucket_of(place.price), place.index);
}

fun assert_subscribed(self: &Task, node: u64) { assert!(self.is_subscribed(node), ENotSubscribed) }

public(package) fun assert_offer(price: u64, max_units: u64) {
    assert!(price > 0, EZeroPrice);
    assert!(max_units > 0, EZeroUnits);
}

/// What a unit costs at least. At level 1 half of where the price bucket begins up to which the cheapest quarter of the offers reaches: a share of the
/// price pays the checkers, who ask more than a seller that dumps. Elsewhere 1.
public fun least_price(self: &Task): u64 {
    if (!config::is_sampling(self.level)) return 1;
    let total = self.subscribers();
    let (mut bucket, mut cheaper) = (0u8, self.bucket_sizes[0]);
    while (4 * cheaper < total) {
        bucket = bucket + 1;
        cheaper = cheaper + self.bucket_sizes[bucket as u64];
    };
    ((1u64 << bucket) / 2).max(1)
}

public(package) fun assert_price(self: &Task, price: u64) { assert!(price >= self.least_price(), EPriceTooLow) }

fun push(self: &mut Task, slot: Slot): u64 {
    let bucket = bucket_of(slot.price);
    let index = self.bucket_sizes[bucket];
    self.slots.add(SlotKey { bucket, index }, slot);
    *&mut self.bucket_sizes[bucket] = index + 1;
    index
}

/// Fills the hole with the bucket's last slot and tells the moved node its new place.
fun swap_remove(self: &mut Task, bucket: u64, index: u64) {
    let last = self.bucket_sizes[bucket] - 1;
    let moved = self.slots.remove(SlotKey { bucket, index: last });
    *&mut self.bucket_sizes[bucket] = last;
    if (index == last) return;
    self.subscriptions[moved.node].index = index;
    *&mut self.slots[SlotKey { bucket, index }] = moved;
}

// ---------------------------------------------------------------- drawing

/// The buckets that can hold prices up to `max_price`.
public(package) fun range(self: &Task, max_price: u64): Range {
    let mut range = Range { buckets: vector[], ends: vector[], total: 0 };
    let last = bucket_of(max_price);
    let mut bucket = 0;
    while (bucket <= last) {
        let size = self.bucket_sizes[bucket];
        if (size > 0) {
            let end = range.total + size;
            range.total = end;
            range.buckets.push_back(bucket);
            range.ends.push_back(end);
        };
        bucket = bucket + 1;
    };
    range
}

public(package) fun total(range: &Range): u64 { range.total }

/// The slot at `position` (below the total of the range). Looks at every bucket, in arithmetic without a branch,
/// so that a draw costs the same in whichever bucket it ends.
public(package) fun slot(self: &Task, range: &Range, position: u64): &Slot {
    let mut place = 0;
    let mut start = 0;
    range.ends.do_ref!(|end| {
        // 1 when position >= end, else 0: position is below the total.
        let past = (position + range.total) / (*end + range.total);
        place = place + past;
        start = start + past * (*end - start);
    });
    &self.slots[SlotKey { bucket: range.buckets[place], index: position - start }]
}

public(package) fun slot_node(self: &Slot): u64 { self.node }

public(package) fun slot_price(self: &Slot): u64 { self.price }

public(package) fun slot_max_units(self: &Slot): u64 { self.max_units }

/// floor(log2(price)); price > 0.
fun bucket_of(price: u64): u64 {
    let mut bucket = 0;
    let mut rest = price;
    let mut width = 32u8;
    while (width > 0) {
        if (rest >> width > 0) {
            rest = rest >> width;
            bucket = bucket + (width as u64);
        };
        width = width / 2;
    };
    bucket
}
