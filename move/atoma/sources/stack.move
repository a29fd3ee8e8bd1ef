/// Stacks: a number of compute units of one task, bought from one node under terms fixed at purchase.
/// The row owns the buyer's escrow and the node's bond until the stack ends.
module atoma::stack;

use atoma::config::{Self, Terms};
use atoma::events;
use atoma::money;
use atoma::node::{Self, Node};
use atoma::small_id::{Self, StackSmallId};
use atoma::task::{Self, Task};
use sui::balance::Balance;
use sui::table::Table;
use toma::toma::TOMA;

const NEVER: u64 = 18_446_744_073_709_551_615;

#[error]
const EStackNotFound: vector<u8> = b"There is no open stack with this small id: it never existed or has ended";
#[error]
const ENotSelectedNode: vector<u8> = b"The stack is served by another node";
#[error]
const ETooManyUnitsClaimed: vector<u8> = b"More compute units are claimed than were bought";
#[error]
const ESettlementTooLate: vector<u8> = b"The stack has expired or its refund notice has run out: it can only be returned, or settled with 0 units";
#[error]
const EReclaimTooEarly: vector<u8> = b"The stack has neither expired nor has a refund notice run out";
#[error]
const ERefundAlreadyRequested: vector<u8> = b"A refund of this stack was already requested";

#[error]
const EStackStillOpen: vector<u8> = b"The stack has not ended; its badge is still worth its refund";

/// The right to the refund of a stack and to use its units.
public struct StackBadge has key, store { id: UID, small_id: StackSmallId }

public struct Stack has store {
    /// Refunds go here.
    owner: address,
    task: u64,
    node: u64,
    /// Owner of the node at purchase: the only address whose receipts, refusals and exhibits count for this stack.
    node_address: address,
    /// Key commitment of the node at purchase; 32 zero bytes: none.
    key_hash: vector<u8>,
    price: u64,
    units: u64,
    level: u16,
    terms: Terms,
    escrow: Balance<TOMA>,
    bond: Balance<TOMA>,
    bought_epoch: u64,
    notice_epoch: u64,
}

// ---------------------------------------------------------------- badge

public(package) fun new_badge(small_id: u64, ctx: &mut TxContext): StackBadge {
    StackBadge { id: object::new(ctx), small_id: small_id::stack(small_id) }
}

public(package) fun delete_badge(badge: StackBadge) {
    let StackBadge { id, small_id: _ } = badge;
    id.delete();
}

public fun badge_small_id(badge: &StackBadge): u64 { badge.small_id.inner() }

public use fun badge_small_id as StackBadge.small_id;

// ---------------------------------------------------------------- rows

public(package) fun new(
    owner: address,
    task: u64,
    node: u64,
    node_address: address,
    key_hash: vector<u8>,
    price: u64,
    units: u64,
    level: u16,
    terms: Terms,
    escrow: Balance<TOMA>,
    bond: Balance<TOMA>,
    bought_epoch: u64,
): Stack {
    Stack {
        owner,
        task,
        node,
        node_address,
        key_hash,
        price,
        units,
        level,
        terms,
        escrow,
        bond,
        bought_epoch,
        notice_epoch: NEVER,
    }
}

public(package) fun get(stacks: &Table<u64, Stack>, id: u64): &Stack {
    assert!(stacks.contains(id), EStackNotFound);
    stacks.borrow(id)
}

public(package) fun get_mut(stacks: &mut Table<u64, Stack>, id: u64): &mut Stack {
    assert!(stacks.contains(id), EStackNotFound);
    stacks.borrow_mut(id)
}

public(package) fun assert_ended(stacks: &Table<u64, Stack>, id: u64) { assert!(!stacks.contains(id), EStackStillOpen) }

public fun owner(self: &Stack): address { self.owner }

public fun task(self: &Stack): u64 { self.task }

public fun node(self: &Stack): u64 { self.node }

public fun node_address(self: &Stack): address { self.node_address }

public fun key_hash(self: &Stack): vector<u8> { self.key_hash }

public fun price(self: &Stack): u64 { self.price }

public fun units(self: &Stack): u64 { self.units }

public fun level(self: &Stack): u16 { self.level }

public fun terms(self: &Stack): &Terms { &self.terms }

public fun escrow(self: &Stack): u64 { self.escrow.value() }

public fun bond(self: &Stack): u64 { self.bond.value() }

public fun bought_epoch(self: &Stack): u64 { self.bought_epoch }

public fun expiry_epoch(self: &Stack): u64 { self.bought_epoch + self.terms.stack_life() }

public fun has_notice(self: &Stack): bool { self.notice_epoch != NEVER }

/// From this epoch on the stack can be reclaimed and no longer settled with units.
public fun reclaim_epoch(self: &Stack): u64 {
    if (self.has_notice()) self.expiry_epoch().min(self.notice_epoch + config::notice_epochs())
    else self.expiry_epoch()
}

/// V, the price of all units: what bonds and the pay of checkers are parts of.
public fun value(self: &Stack): u64 { money::product(self.price, self.units) }

/// The node's fee for a number of units. Cannot overflow: the price of all units fits.
public fun fee(self: &Stack, claimed: u64): u64 { money::product(self.price, claimed) }

public(package) fun assert_selected(self: &Stack, node: u64) { assert!(self.node == node, ENotSelectedNode) }

public(package) fun assert_may_settle(self: &Stack, claimed: u64, epoch: u64) {
    assert!(claimed <= self.units, ETooManyUnitsClaimed);
    assert!(claimed == 0 || epoch < self.reclaim_epoch(), ESettlementTooLate);
}

public(package) fun assert_reclaimable(self: &Stack, epoch: u64) {
    assert!(epoch >= self.reclaim_epoch(), EReclaimTooEarly)
}

public(package) fun set_owner(self: &mut Stack, owner: address) { self.owner = owner }

public(package) fun give_notice(self: &mut Stack, epoch: u64) {
    assert!(!self.has_notice(), ERefundAlreadyRequested);
    self.notice_epoch = epoch;
}

// ---------------------------------------------------------------- the end of a stack

/// Ends a stack: its node and task stop counting it, its escrow and its bond are handed out.
public(package) fun end(
    self: Stack,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
): (Balance<TOMA>, Balance<TOMA>) {
    let Stack { node, task, escrow, bond, .. } = self;
    node::get_mut(nodes, node).end_stack(bond.value());
    task::get_mut(tasks, task).stack_ended();
    (escrow, bond)
}

/// Ends a stack without a fee: everything paid goes to `recipient`, the bond back to the node.
public(package) fun give_back(
    self: Stack,
    id: u64,
    recipient: address,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    ctx: &mut TxContext,
) {
    let node = self.node;
    let (escrow, bond) = self.end(nodes, tasks);
    events::stack_reclaimed(small_id::stack(id), small_id::node(node), recipient, escrow.value(), bond.value());
    node::get_mut(nodes, node).return_to_stake(bond);
    money::send(escrow, recipient, ctx);
}

/// Ends a stack by its node's fault: everything paid goes back to the buyer, the bond is returned to the caller.
public(package) fun refund(
    self: Stack,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    ctx: &mut TxContext,
): Balance<TOMA> {
    let owner = self.owner;
    let (escrow, bond) = self.end(nodes, tasks);
    money::send(escrow, owner, ctx);
    bond
}
