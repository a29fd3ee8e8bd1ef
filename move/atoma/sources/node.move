/// Nodes: badge, the row of constant size that every draw reads, and the profile that no draw reads.
/// `stake` is what the node can lose; bonds of its open stacks lie in those stacks.
module atoma::node;

use atoma::commitment;
use atoma::config;
use atoma::events;
use atoma::money;
use atoma::small_id::{Self, NodeSmallId};
use std::ascii::{Self, String};
use sui::balance::{Self, Balance};
use sui::table::Table;
use toma::toma::TOMA;

/// An epoch that never comes.
const NEVER: u64 = 18_446_744_073_709_551_615;
const INITIAL_REPUTATION: u8 = 50;
const MAX_REPUTATION: u8 = 100;
const REPUTATION_PENALTY: u8 = 10;
const MAX_URL_BYTES: u64 = 256;
/// Tasks a node is subscribed to at once: all of them are left when it stops.
const MAX_TASKS: u64 = 64;
/// Printable ASCII without the space.
const FIRST_URL_BYTE: u8 = 33;
const LAST_URL_BYTE: u8 = 126;

#[error]
const ENodeNotFound: vector<u8> = b"There is no node with this small id";
#[error]
const ENodeDisabled: vector<u8> = b"The node is permanently disabled";
#[error]
const ENodeNotDisabled: vector<u8> = b"The node is not disabled";
#[error]
const ETooManySubscriptions: vector<u8> = b"A node subscribes to at most 64 tasks at once";
#[error]
const EMayServe: vector<u8> = b"The node may serve this task: its subscription stays";
#[error]
const EInvalidUrl: vector<u8> = b"A node url is empty or starts with http:// or https://, in ASCII without spaces, at most 256 bytes";
#[error]
const EZeroAmount: vector<u8> = b"The amount must be above zero";
#[error]
const EStakeBelowCollateral: vector<u8> = b"The free stake must stay at or above the registration collateral";
#[error]
const EWithdrawalPending: vector<u8> = b"One withdrawal is already queued; withdraw it first";
#[error]
const ENoWithdrawalQueued: vector<u8> = b"No withdrawal is queued";
#[error]
const EWithdrawalTooEarly: vector<u8> = b"The queued withdrawal is not available yet";
#[error]
const ENothingToWithdraw: vector<u8> = b"The node has no earnings, and no credit that the pool can pay now";
#[error]
const EExitDelayRunning: vector<u8> = b"The exit delay of the disabled node has not passed yet";
#[error]
const ENodeHasOpenStacks: vector<u8> = b"The node still serves open stacks";
#[error]
const ENodeHasDuties: vector<u8> = b"The node still attests or sits in a jury: end what it was drawn for first";
#[error]
const EReputationTooLow: vector<u8> = b"The node's reputation is below the minimum of the task";
#[error]
const EKeyNotFresh: vector<u8> = b"A confidential task needs a key commitment younger than 30 epochs";

/// The right to act for a node.
public struct NodeBadge has key, store { id: UID, small_id: NodeSmallId }

public struct Node has store {
    /// Stacks bought from now on keep it as the address that signs their receipts; refreshed by `update_node_url`.
    owner: address,
    /// Free stake and queued withdrawal together.
    stake: Balance<TOMA>,
    /// Sum of the bonds that lie in the node's open stacks.
    bonded: u64,
    earnings: Balance<TOMA>,
    /// Owed by the pool, as far as the pool has money.
    credit: u64,
    reputation: u8,
    open_stacks: u64,
    disabled_epoch: u64,
    exit_epoch: u64,
    key_epoch: u64,
    /// Key commitment that stacks are bought under; 32 zero bytes before the first, so that all rows have one size.
    key_hash: vector<u8>,
    /// Leaves `stake` from `queued_until` on; backs nothing, but can be slashed until then.
    queued: u64,
    queued_until: u64,
    reputation_epoch: u64,
    /// What it may lose by duties it was drawn for: backs no bond and no further draw.
    reserved: u64,
    /// Draws as attester or juror: every draw changes the row, so that one whose duty is not required costs the same.
    draws: u64,
}

/// `tasks`: those the node is subscribed to; removed ones may stand in it until there is no more room.
public struct Profile has copy, drop, store { url: String, evidence_hash: vector<u8>, tasks: vector<u64> }

// ---------------------------------------------------------------- badge

public(package) fun new_badge(small_id: u64, ctx: &mut TxContext): NodeBadge {
    NodeBadge { id: object::new(ctx), small_id: small_id::node(small_id) }
}

public(package) fun delete_badge(badge: NodeBadge) {
    let NodeBadge { id, small_id: _ } = badge;
    id.delete();
}

public fun badge_small_id(badge: &NodeBadge): u64 { badge.small_id.inner() }

public use fun badge_small_id as NodeBadge.small_id;

// ---------------------------------------------------------------- rows

public(package) fun new(owner: address, stake: Balance<TOMA>): Node {
    Node {
        owner,
        stake,
        bonded: 0,
        earnings: balance::zero(),
        credit: 0,
        reputation: INITIAL_REPUTATION,
        open_stacks: 0,
        disabled_epoch: NEVER,
        exit_epoch: NEVER,
        key_epoch: NEVER,
        key_hash: commitment::unavailable(),
        queued: 0,
        queued_until: NEVER,
        reputation_epoch: NEVER,
        reserved: 0,
        draws: 0,
    }
}

public(package) fun get(nodes: &Table<u64, Node>, id: u64): &Node {
    assert!(nodes.contains(id), ENodeNotFound);
    nodes.borrow(id)
}

public(package) fun get_mut(nodes: &mut Table<u64, Node>, id: u64): &mut Node {
    assert!(nodes.contains(id), ENodeNotFound);
    nodes.borrow_mut(id)
}

public(package) fun new_profile(url: Option<String>): Profile {
    let url = url.destroy_with_default(ascii::string(b""));
    assert_url(&url);
    Profile { url, evidence_hash: vector[], tasks: vector[] }
}

public(package) fun set_url(profile: &mut Profile, url: String) {
    assert_url(&url);
    profile.url = url;
}

public(package) fun get_profile(profiles: &Table<u64, Profile>, id: u64): &Profile {
    assert!(profiles.contains(id), ENodeNotFound);
    profiles.borrow(id)
}

public(package) fun max_tasks(): u64 { MAX_TASKS }

public fun tasks(profile: &Profile): vector<u64> { profile.tasks }

public(package) fun set_tasks(profile: &mut Profile, tasks: vector<u64>) {
    assert!(tasks.length() <= MAX_TASKS, ETooManySubscriptions);
    profile.tasks = tasks;
}

public(package) fun forget_task(profile: &mut Profile, task: u64) {
    let place = profile.tasks.find_index!(|id| *id == task);
    place.do!(|i| { profile.tasks.swap_remove(i); });
}

public fun url(profile: &Profile): String { profile.url }

public fun evidence_hash(profile: &Profile): vector<u8> { profile.evidence_hash }

// ---------------------------------------------------------------- what a row says

public fun owner(self: &Node): address { self.owner }

public fun is_active(self: &Node): bool { self.disabled_epoch == NEVER }

public fun stake(self: &Node): u64 { self.stake.value() }

/// Stake that may back bonds and draws: all of it but the queued withdrawal.
public fun free_stake(self: &Node): u64 { self.stake.value() - self.queued }

public fun reserved(self: &Node): u64 { self.reserved }

/// Free stake that no duty reserves.
public fun unreserved(self: &Node): u64 { self.free_stake() - self.reserved.min(self.free_stake()) }

public fun bonded(self: &Node): u64 { self.bonded }

public fun earnings(self: &Node): u64 { self.earnings.value() }

public fun credit(self: &Node): u64 { self.credit }

public fun reputation(self: &Node): u8 { self.reputation }

public fun open_stacks(self: &Node): u64 { self.open_stacks }

public fun queued(self: &Node): u64 { self.queued }

public fun queued_until(self: &Node): u64 { self.queued_until }

public fun exit_epoch(self: &Node): u64 { self.exit_epoch }

public fun key_hash(self: &Node): vector<u8> { self.key_hash }

public fun key_epoch(self: &Node): u64 { self.key_epoch }

public fun has_fresh_key(self: &Node, epoch: u64): bool {
    self.key_epoch != NEVER && epoch < self.key_epoch + config::key_life()
}

/// The bond fits into the unreserved stake and leaves at least a quarter of free and bonded stake free.
public fun can_bond(self: &Node, bond: u64): bool {
    let free = self.unreserved();
    if (free < bond) return false;
    4 * ((free - bond) as u128) >= (free as u128) + (self.bonded as u128)
}

public(package) fun assert_active(self: &Node) { assert!(self.is_active(), ENodeDisabled) }

public(package) fun assert_disabled(self: &Node) { assert!(!self.is_active(), ENodeNotDisabled) }

/// Whether the node could not subscribe now: disabled, below the task's reputation, or without a fresh key where one is needed.
public(package) fun assert_may_not_serve(self: &Node, minimum_reputation: u8, confidential: bool, epoch: u64) {
    let may = self.is_active() && self.reputation >= minimum_reputation && (!confidential || self.has_fresh_key(epoch));
    assert!(!may, EMayServe);
}

public(package) fun assert_may_serve(self: &Node, minimum_reputation: u8, confidential: bool, epoch: u64) {
    self.assert_active();
    assert!(self.reputation >= minimum_reputation, EReputationTooLow);
    assert!(!confidential || self.has_fresh_key(epoch), EKeyNotFresh);
}

// ---------------------------------------------------------------- the node's own acts

public(package) fun set_owner(self: &mut Node, owner: address) { self.owner = owner }

public(package) fun set_key(self: &mut Node, profile: &mut Profile, key_hash: vector<u8>, evidence_hash: vector<u8>, epoch: u64) {
    commitment::assert_hash(&key_hash);
    commitment::assert_hash(&evidence_hash);
    self.assert_active();
    self.key_hash = key_hash;
    self.key_epoch = if (commitment::is_unavailable(&key_hash) || commitment::is_unavailable(&evidence_hash)) NEVER else epoch;
    profile.evidence_hash = evidence_hash;
}

public(package) fun top_up(self: &mut Node, funds: Balance<TOMA>): u64 {
    self.assert_active();
    assert!(funds.value() > 0, EZeroAmount);
    self.stake.join(funds)
}

/// Takes `amount` out of the unreserved stake; it can be withdrawn from the returned epoch on.
public(package) fun queue_withdrawal(self: &mut Node, amount: u64, collateral: u64, available_epoch: u64) {
    assert!(amount > 0, EZeroAmount);
    assert!(self.queued == 0, EWithdrawalPending);
    let free = self.unreserved();
    assert!(free >= amount && free - amount >= collateral, EStakeBelowCollateral);
    self.queued = amount;
    self.queued_until = available_epoch;
}

public(package) fun take_queued(self: &mut Node, epoch: u64): Balance<TOMA> {
    assert!(self.queued > 0, ENoWithdrawalQueued);
    assert!(epoch >= self.queued_until, EWithdrawalTooEarly);
    let amount = self.queued;
    self.queued = 0;
    self.queued_until = NEVER;
    self.stake.split(amount)
}

/// Earnings and as much of the credit as the pool can pay.
public(package) fun take_earnings(self: &mut Node, pool: &mut Balance<TOMA>): (Balance<TOMA>, Balance<TOMA>) {
    let paid = self.credit.min(pool.value());
    assert!(self.earnings.value() > 0 || paid > 0, ENothingToWithdraw);
    self.credit = self.credit - paid;
    (self.earnings.withdraw_all(), pool.split(paid))
}

public(package) fun disable(self: &mut Node, epoch: u64, exit_epoch: u64) {
    self.assert_active();
    self.disabled_epoch = epoch;
    self.exit_epoch = exit_epoch;
}

/// Takes a disabled node apart: its stake, its earnings, its credit.
public(package) fun destroy(self: Node, epoch: u64): (Balance<TOMA>, Balance<TOMA>, u64) {
    self.assert_disabled();
    assert!(self.open_stacks == 0, ENodeHasOpenStacks);
    assert!(epoch >= self.exit_epoch, EExitDelayRunning);
    assert!(self.reserved == 0, ENodeHasDuties);
    let Node { stake, earnings, credit, .. } = self;
    (stake, earnings, credit)
}

// ---------------------------------------------------------------- what stacks and disputes do to a node

/// Moves a bond for a new stack out of the stake.
public(package) fun bond_stack(self: &mut Node, bond: u64): Balance<TOMA> {
    self.bonded = self.bonded + bond;
    self.open_stacks = self.open_stacks + 1;
    self.stake.split(bond)
}

/// One stack of the node ended; `bond` is what had been bonded for it.
public(package) fun end_stack(self: &mut Node, bond: u64) {
    self.bonded = self.bonded - bond;
    self.open_stacks = self.open_stacks - 1;
}

/// At most `amount` of the unreserved stake.
public(package) fun take_free(self: &mut Node, amount: u64): Balance<TOMA> {
    let available = amount.min(self.unreserved());
    self.stake.split(available)
}

public(package) fun return_to_stake(self: &mut Node, funds: Balance<TOMA>) { self.stake.join(funds); }

public(package) fun earn(self: &mut Node, funds: Balance<TOMA>) { self.earnings.join(funds); }

/// Sets `amount` aside for a duty the node was drawn for; 0 where it is not required.
public(package) fun reserve(nodes: &mut Table<u64, Node>, id: u64, amount: u64) {
    let node = get_mut(nodes, id);
    node.reserved = money::saturating_sum(node.reserved, amount);
    node.draws = money::saturating_sum(node.draws, 1);
}

/// The duty is over. A destroyed node is skipped.
public(package) fun release(nodes: &mut Table<u64, Node>, id: u64, amount: u64) {
    if (!nodes.contains(id)) return;
    let node = nodes.borrow_mut(id);
    node.reserved = node.reserved - amount.min(node.reserved);
}

/// Adds a claim against the pool. A destroyed node is skipped.
public(package) fun add_credit(nodes: &mut Table<u64, Node>, id: u64, amount: u64) {
    if (!nodes.contains(id)) return;
    let node = nodes.borrow_mut(id);
    node.credit = money::saturating_sum(node.credit, amount);
}

/// At most `amount` of the stake goes to the pool. The queued withdrawal gives way last. A destroyed node is skipped.
public(package) fun slash(nodes: &mut Table<u64, Node>, id: u64, stack: u64, amount: u64, pool: &mut Balance<TOMA>) {
    if (!nodes.contains(id)) return;
    let node = nodes.borrow_mut(id);
    let lost = amount.min(node.stake.value());
    pool.join(node.stake.split(lost));
    node.queued = node.queued.min(node.stake.value());
    events::node_slashed(small_id::node(id), small_id::stack(stack), lost);
}

/// One point, at most once per node and epoch.
public(package) fun praise(nodes: &mut Table<u64, Node>, id: u64, epoch: u64) {
    if (!nodes.contains(id)) return;
    let node = nodes.borrow_mut(id);
    if (node.reputation_epoch == epoch || node.reputation == MAX_REPUTATION) return;
    node.reputation_epoch = epoch;
    let raised = node.reputation + 1;
    node.change_reputation(id, raised);
}

/// Ten points less.
public(package) fun blame(nodes: &mut Table<u64, Node>, id: u64) {
    if (!nodes.contains(id)) return;
    let node = nodes.borrow_mut(id);
    let kept = node.reputation - node.reputation.min(REPUTATION_PENALTY);
    node.change_reputation(id, kept);
}

/// One point less: for a stack returned after its first epoch, unasked.
public(package) fun fault(nodes: &mut Table<u64, Node>, id: u64) {
    let node = get_mut(nodes, id);
    let kept = node.reputation - node.reputation.min(1);
    node.change_reputation(id, kept);
}

/// Reputation 0.
public(package) fun disgrace(nodes: &mut Table<u64, Node>, id: u64) {
    if (!nodes.contains(id)) return;
    nodes.borrow_mut(id).change_reputation(id, 0);
}

fun change_reputation(self: &mut Node, id: u64, new: u8) {
    if (new == self.reputation) return;
    events::node_reputation_changed(small_id::node(id), self.reputation, new);
    self.reputation = new;
}

fun assert_url(url: &String) {
    let bytes = url.as_bytes();
    if (bytes.is_empty()) return;
    assert!(bytes.length() <= MAX_URL_BYTES, EInvalidUrl);
    assert!(has_prefix(bytes, b"https://") || has_prefix(bytes, b"http://"), EInvalidUrl);
    assert!(bytes.all!(|byte| *byte >= FIRST_URL_BYTE && *byte <= LAST_URL_BYTE), EInvalidUrl);
}

fun has_prefix(bytes: &vector<u8>, prefix: vector<u8>): bool {
    if (bytes.length() <= prefix.length()) return false;
    let mut i = 0;
    while (i < prefix.length() && bytes[i] == prefix[i]) i = i + 1;
    i == prefix.length()
}
