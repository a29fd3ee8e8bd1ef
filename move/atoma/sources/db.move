/// The market: the shared database, every entry point, and read functions for other packages.
/// Functions that draw at random are private entry functions, as Sui's randomness asks for: their outcome
/// can be neither seen nor undone by the transaction that calls them.
module atoma::db;

use atoma::commitment;
use atoma::config::{Self, Config, Terms};
use atoma::dispute::{Self, Dispute};
use atoma::events;
use atoma::money;
use atoma::node::{Self, Node, NodeBadge, Profile};
use atoma::sampling;
use atoma::settlement::{Self, Ticket};
use atoma::small_id;
use atoma::stack::{Self, Stack, StackBadge};
use atoma::task::{Self, Task, TaskBadge};
use std::ascii::String;
use sui::balance::{Self, Balance};
use sui::coin::Coin;
use sui::random::Random;
use sui::table::{Self, Table};
use toma::toma::TOMA;

/// Version of this code; a database of another version refuses it.
const VERSION: u64 = 1;
/// Tickets in one claim.
const MAX_BATCH: u64 = 50;
/// The small id that no node has.
const NOBODY: u64 = 0;
const DIGEST_BYTES: u64 = 32;
/// Nodes a purchase may name.
const MAX_NAMED: u64 = 64;

#[error]
const EWrongVersion: vector<u8> = b"The database belongs to another version of this package";
#[error]
const EDrawNotFirst: vector<u8> = b"A draw must come before every call that reads nodes or subscriptions in its transaction: send it alone";
#[error]
const EAlreadyMigrated: vector<u8> = b"The database already belongs to this version";
#[error]
const ERegistrationClosed: vector<u8> = b"The registration of nodes is closed";
#[error]
const ENoNodesEligibleForTask: vector<u8> = b"No subscribed node can serve this purchase at this price and size";
#[error]
const EUnchecked: vector<u8> = b"Too few other owners could check this stack: a server needs one for each attester and three for a jury beside it. Buy elsewhere, or allow an unchecked stack";
#[error]
const ETooManyNamed: vector<u8> = b"A purchase names at most 64 nodes";
#[error]
const EEscrowAboveLimit: vector<u8> = b"The escrow of this purchase is above the limit given: the terms may have changed";
#[error]
const EEmptyBatch: vector<u8> = b"Name at least one stack to claim";
#[error]
const EBadgeRevoked: vector<u8> = b"This manager badge was revoked";
#[error]
const ENotRootBadge: vector<u8> = b"Only the first manager badge revokes the others";
#[error]
const EBatchTooLarge: vector<u8> = b"At most 50 stacks can be claimed at once";

public struct AtomaDb has key {
    id: UID,
    version: u64,
    next_node: u64,
    next_task: u64,
    next_stack: u64,
    config: Config,
    nodes: Table<u64, Node>,
    profiles: Table<u64, Profile>,
    tasks: Table<u64, Task>,
    stacks: Table<u64, Stack>,
    tickets: Table<u64, Ticket>,
    disputes: Table<u64, Dispute>,
    pool: Balance<TOMA>,
    /// Manager badges of another generation are revoked.
    manager_generation: u64,
    /// Digest of the last transaction that may have loaded rows of nodes or subscriptions outside a draw.
    last_reader: vector<u8>,
}

/// The right to change parameters, to rule where no jury can be found, and to migrate; of the database's generation, or revoked. Only the first one
/// (`is_root`) revokes the others: whoever steals one made for daily work cannot lock out the one that is kept apart.
public struct AtomaManagerBadge has key, store { id: UID, generation: u64, is_root: bool }

fun init(ctx: &mut TxContext) {
    let db = AtomaDb {
        id: object::new(ctx),
        version: VERSION,
        next_node: 1,
        next_task: 1,
        next_stack: 1,
        config: config::new(),
        nodes: table::new(ctx),
        profiles: table::new(ctx),
        tasks: table::new(ctx),
        stacks: table::new(ctx),
        tickets: table::new(ctx),
        disputes: table::new(ctx),
        pool: balance::zero(),
        manager_generation: 0,
        last_reader: vector::tabulate!(DIGEST_BYTES, |_| 0),
    };
    let badge = AtomaManagerBadge { id: object::new(ctx), generation: 0, is_root: true };
    events::published(object::id(&db), object::id(&badge));
    transfer::share_object(db);
    transfer::public_transfer(badge, ctx.sender());
}

// ================================================================ tasks

/// Creates a task; the badge goes to the sender. Defaults: no model name, level 0, reputation 0.
#[allow(lint(self_transfer))]
public fun create_task_entry(
    self: &mut AtomaDb,
    role: u16,
    model_name: Option<String>,
    security_level: Option<u16>,
    minimum_reputation_score: Option<u8>,
    ctx: &mut TxContext,
) {
    self.assert_version();
    let level = security_level.destroy_with_default(0);
    let minimum_reputation = minimum_reputation_score.destroy_with_default(0);
    let task = task::new(role, model_name, level, minimum_reputation, ctx);
    let id = self.next_task;
    self.next_task = id + 1;
    self.tasks.add(id, task);
    let badge = task::new_badge(id, ctx);
    events::task_registered(object::id(&badge), small_id::task(id), role, model_name, level, minimum_reputation);
    transfer::public_transfer(badge, ctx.sender());
}

/// Announces the end of a task: two epochs from now it takes no subscriptions and purchases any more.
public fun deprecate_task(self: &mut AtomaDb, badge: &TaskBadge, ctx: &TxContext) {
    self.assert_version();
    let (id, epoch) = (badge.small_id(), ctx.epoch() + config::deprecation_epochs());
    task::get_mut(&mut self.tasks, id).deprecate(epoch);
    events::task_deprecated(small_id::task(id), epoch);
}

/// Removes a task that was deprecated two epochs ago and has no open stacks.
public fun remove_deprecated_task(self: &mut AtomaDb, badge: TaskBadge, ctx: &TxContext) {
    self.assert_version();
    let id = badge.small_id();
    task::get(&self.tasks, id);
    self.tasks.remove(id).destroy(ctx.epoch());
    task::delete_badge(badge);
    events::task_removed(small_id::task(id));
}

// ================================================================ nodes

/// Registers a node with exactly the registration collateral out of `wallet`; the badge goes to the sender.
#[allow(lint(self_transfer))]
public fun register_node_entry(self: &mut AtomaDb, wallet: &mut Coin<TOMA>, url: Option<String>, ctx: &mut TxContext) {
    self.note_reader(ctx);
    assert!(self.config.registration_open(), ERegistrationClosed);
    let collateral = self.config.registration_collateral();
    let profile = node::new_profile(url);
    let id = self.next_node;
    self.next_node = id + 1;
    let badge = node::new_badge(id, ctx);
    events::node_registered(object::id(&badge), small_id::node(id), ctx.sender(), profile.url(), collateral);
    self.nodes.add(id, node::new(ctx.sender(), money::take(wallet, collateral)));
    self.profiles.add(id, profile);
    transfer::public_transfer(badge, ctx.sender());
}

/// Announces a url (empty: none) and makes the sender the node's owner address.
public fun update_node_url(self: &mut AtomaDb, badge: &NodeBadge, url: String, ctx: &TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    node::get_mut(&mut self.nodes, id).set_owner(ctx.sender());
    self.profiles.borrow_mut(id).set_url(url);
    events::node_url_updated(small_id::node(id), ctx.sender(), url);
}

/// Adds `amount` out of `wallet` to the node's stake.
public fun top_up_collateral(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    wallet: &mut Coin<TOMA>,
    amount: u64,
    ctx: &TxContext,
) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let stake = node::get_mut(&mut self.nodes, id).top_up(money::take(wallet, amount));
    events::node_collateral_topped_up(small_id::node(id), amount, stake);
}

/// Queues a withdrawal of stake; it backs nothing any more and can be taken after the exit delay.
public fun request_withdrawal(self: &mut AtomaDb, badge: &NodeBadge, amount: u64, ctx: &TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let available_epoch = ctx.epoch() + self.config.exit_delay();
    let collateral = self.config.registration_collateral();
    node::get_mut(&mut self.nodes, id).queue_withdrawal(amount, collateral, available_epoch);
    events::node_withdrawal_requested(small_id::node(id), amount, available_epoch);
}

/// Pays the queued withdrawal to the sender.
public fun withdraw_collateral(self: &mut AtomaDb, badge: &NodeBadge, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let funds = node::get_mut(&mut self.nodes, id).take_queued(ctx.epoch());
    events::node_collateral_withdrawn(small_id::node(id), funds.value());
    money::send(funds, ctx.sender(), ctx);
}

/// Pays the node's earnings, and its credit as far as the pool has money, to the sender.
public fun withdraw_earnings(self: &mut AtomaDb, badge: &NodeBadge, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let (mut funds, credit) = node::get_mut(&mut self.nodes, id).take_earnings(&mut self.pool);
    events::node_earnings_withdrawn(small_id::node(id), funds.value(), credit.value());
    funds.join(credit);
    money::send(funds, ctx.sender(), ctx);
}

/// Commits to a key and its attestation evidence, 32 bytes each; level 2 needs ones younger than 30 epochs. Zeros take them back.
public fun set_node_key_commitment(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    key_hash: vector<u8>,
    evidence_hash: vector<u8>,
    ctx: &TxContext,
) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let node = node::get_mut(&mut self.nodes, id);
    node.set_key(self.profiles.borrow_mut(id), key_hash, evidence_hash, ctx.epoch());
    events::node_key_commitment(small_id::node(id), key_hash, evidence_hash, ctx.epoch());
}

/// Stops a node for good: it leaves all its tasks and is no longer drawn. What it has started it can still finish.
public fun permanently_disable_node(self: &mut AtomaDb, badge: &NodeBadge, ctx: &TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let exit_epoch = ctx.epoch() + self.config.exit_delay();
    node::get_mut(&mut self.nodes, id).disable(ctx.epoch(), exit_epoch);
    self.leave_tasks(id);
    events::node_disabled(small_id::node(id), exit_epoch);
}

/// Pays a disabled node out to the sender after the exit delay and removes it.
public fun destroy_disabled_node(self: &mut AtomaDb, badge: NodeBadge, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    node::get(&self.nodes, id);
    let (mut funds, earnings, credit) = self.nodes.remove(id).destroy(ctx.epoch());
    self.profiles.remove(id);
    node::delete_badge(badge);
    let paid = credit.min(self.pool.value());
    events::node_destroyed(small_id::node(id), funds.value(), earnings.value(), paid, credit - paid);
    funds.join(earnings);
    funds.join(self.pool.split(paid));
    money::send(funds, ctx.sender(), ctx);
}

// ================================================================ subscriptions

/// Offers to serve a task at a price per compute unit, up to a number of units per stack.
public fun subscribe_node_to_task(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    task_small_id: u64,
    price_per_compute_unit: u64,
    max_num_compute_units: u64,
    ctx: &TxContext,
) {
    self.note_reader(ctx);
    let id = badge.small_id();
    let task = task::get_mut(&mut self.tasks, task_small_id);
    task.assert_active(ctx.epoch());
    let confidential = config::is_confidential(task.level());
    node::get(&self.nodes, id).assert_may_serve(task.minimum_reputation(), confidential, ctx.epoch());
    task.subscribe(id, price_per_compute_unit, max_num_compute_units);
    self.note_subscription(id, task_small_id);
    events::node_subscribed(
        small_id::node(id),
        small_id::task(task_small_id),
        price_per_compute_unit,
        max_num_compute_units,
    );
}

public fun update_node_subscription(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    task_small_id: u64,
    price_per_compute_unit: u64,
    max_num_compute_units: u64,
    ctx: &TxContext,
) {
    self.note_reader(ctx);
    let id = badge.small_id();
    task::get_mut(&mut self.tasks, task_small_id).update(id, price_per_compute_unit, max_num_compute_units);
    events::node_subscription_updated(
        small_id::node(id),
        small_id::task(task_small_id),
        price_per_compute_unit,
        max_num_compute_units,
    );
}

public fun unsubscribe_node_from_task(self: &mut AtomaDb, badge: &NodeBadge, task_small_id: u64, ctx: &TxContext) {
    self.note_reader(ctx);
    self.remove_subscription(task_small_id, badge.small_id());
}

/// Removes the subscription of a node that could not subscribe now: it is disabled or gone, its reputation is below the task's, or its
/// key is no longer fresh. Anyone may clean up.
public fun evict_subscription(self: &mut AtomaDb, task_small_id: u64, node_small_id: u64, ctx: &TxContext) {
    self.note_reader(ctx);
    if (self.nodes.contains(node_small_id)) {
        let task = task::get(&self.tasks, task_small_id);
        let confidential = config::is_confidential(task.level());
        let node = self.nodes.borrow(node_small_id);
        node.assert_may_not_serve(task.minimum_reputation(), confidential, ctx.epoch());
    };
    self.remove_subscription(task_small_id, node_small_id);
}

fun remove_subscription(self: &mut AtomaDb, task: u64, node: u64) {
    task::get_mut(&mut self.tasks, task).unsubscribe(node);
    if (self.profiles.contains(node)) { self.profiles.borrow_mut(node).forget_task(task); };
    events::node_unsubscribed(small_id::node(node), small_id::task(task));
}

/// Adds a task to those of the node; when there is no more room, those that no longer exist make some.
fun note_subscription(self: &mut AtomaDb, node: u64, task: u64) {
    let mut tasks = self.profiles.borrow(node).tasks();
    if (tasks.length() >= node::max_tasks()) { tasks = tasks.filter!(|id| self.tasks.contains(*id)); };
    tasks.push_back(task);
    self.profiles.borrow_mut(node).set_tasks(tasks);
}

/// Takes a node out of every task: no slot of a node that serves nobody stands in the way of a draw.
fun leave_tasks(self: &mut AtomaDb, node: u64) {
    self.profiles.borrow(node).tasks().do!(|task| {
        if (self.tasks.contains(task) && self.tasks.borrow(task).is_subscribed(node)) self.remove_subscription(task, node);
    });
}

// ================================================================ purchases

/// Buys `num_compute_units` at `price_per_compute_unit` from a node drawn among those that ask at most that price; where `among` names
/// nodes, among these. The escrow, at most `max_escrow` where that is given, is taken out of `wallet`; the badge goes to the sender.
/// At level 1 it is refused where fewer owners than attesters and a jury need could check any server, unless `allow_unchecked`.
#[allow(lint(self_transfer))]
entry fun acquire_new_stack_entry(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    task_small_id: u64,
    num_compute_units: u64,
    price_per_compute_unit: u64,
    max_escrow: Option<u64>,
    allow_unchecked: bool,
    among: vector<u64>,
    random: &Random,
    ctx: &mut TxContext,
) {
    self.assert_fresh_draw(ctx);
    assert!(among.length() <= MAX_NAMED, ETooManyNamed);
    let epoch = ctx.epoch();
    let task = task::get_mut(&mut self.tasks, task_small_id);
    task.assert_active(epoch);
    task::assert_offer(price_per_compute_unit, num_compute_units);
    task.assert_price(price_per_compute_unit);
    let price = money::product(price_per_compute_unit, num_compute_units);
    let terms = self.config.terms(task.role(), task.level());
    terms.assert_worth_a_jury(price);
    let bond = terms.bond_on(price);
    let due = money::sum(price, terms.full_surcharge_on(price));
    assert!(due <= max_escrow.destroy_with_default(due), EEscrowAboveLimit);
    let escrow = money::take(wallet, due);
    let confidential = config::is_confidential(task.level());
    let rule = sampling::seller(task, price_per_compute_unit, num_compute_units, bond, confidential, epoch);
    let mut generator = random.new_generator(ctx);
    if (config::is_sampling(task.level()) && !allow_unchecked) {
        let (duty, slash) = (terms.dispute_bond_on(price), terms.silence_slash_on(price));
        let checkers = sampling::checker(task, duty, slash, vector[], vector[], epoch);
        assert!(sampling::has_owners(task, &self.nodes, checkers, terms.owners_to_check(), &mut generator), EUnchecked);
    };
    let seller = sampling::draw_seller(task, &self.nodes, &rule, among, &mut generator);
    assert!(seller.is_some(), ENoNodesEligibleForTask);
    let seller = seller.destroy_some();
    task.stack_opened();
    let node = self.nodes.borrow_mut(seller);
    let stack = stack::new(
        ctx.sender(),
        task_small_id,
        seller,
        node.owner(),
        node.key_hash(),
        price_per_compute_unit,
        num_compute_units,
        task.level(),
        terms,
        escrow,
        node.bond_stack(bond),
        epoch,
    );
    let id = self.next_stack;
    self.next_stack = id + 1;
    let badge = stack::new_badge(id, ctx);
    events::stack_created(
        object::id(&badge),
        small_id::stack(id),
        ctx.sender(),
        small_id::task(task_small_id),
        small_id::node(seller),
        stack.node_address(),
        stack.key_hash(),
        num_compute_units,
        price_per_compute_unit,
        stack.escrow(),
        bond,
        stack.expiry_epoch(),
    );
    self.stacks.add(id, stack);
    transfer::public_transfer(badge, ctx.sender());
}

/// Makes the sender the recorded owner, who receives every refund of the stack.
public fun update_stack_owner(self: &mut AtomaDb, badge: &StackBadge, ctx: &TxContext) {
    self.assert_version();
    let id = badge.small_id();
    stack::get_mut(&mut self.stacks, id).set_owner(ctx.sender());
    events::stack_owner_updated(small_id::stack(id), ctx.sender());
}

/// Gives the node two epochs to settle; after that the stack can be reclaimed.
public fun request_stack_refund(self: &mut AtomaDb, badge: &StackBadge, ctx: &TxContext) {
    self.assert_version();
    let id = badge.small_id();
    let stack = stack::get_mut(&mut self.stacks, id);
    settlement::assert_none(&self.tickets, id);
    stack.give_notice(ctx.epoch());
    events::stack_refund_requested(small_id::stack(id), stack.reclaim_epoch());
}

/// Takes an unsettled stack back after its expiry or notice: everything paid goes to the sender.
public fun reclaim_stack(self: &mut AtomaDb, badge: StackBadge, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let id = badge.small_id();
    self.return_unsettled(id, ctx.sender(), ctx);
    stack::delete_badge(badge);
}

/// Deletes the badge of a stack that has ended, for the storage rebate.
public fun discard_stack_badge(self: &AtomaDb, badge: StackBadge) {
    self.assert_version();
    stack::assert_ended(&self.stacks, badge.small_id());
    stack::delete_badge(badge);
}

fun return_unsettled(self: &mut AtomaDb, id: u64, recipient: address, ctx: &mut TxContext) {
    let stack = stack::get(&self.stacks, id);
    settlement::assert_none(&self.tickets, id);
    stack.assert_reclaimable(ctx.epoch());
    self.stacks.remove(id).give_back(id, recipient, &mut self.nodes, &mut self.tasks, ctx);
}

// ================================================================ settlement

/// Claims units of a stack. No units: the stack ends with a full refund at once. Otherwise a ticket with a
/// window is made; at level 1 attesters are drawn and a coin is flipped whether they are required. `inputs` is T, the hash of
/// the list of requests: nothing else counts as input of a check. Without it a dispute finds the inputs unavailable.
entry fun try_settle_stack(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack_small_id: u64,
    num_claimed_compute_units: u64,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaf: vector<u8>,
    inputs: Option<vector<u8>>,
    random: &Random,
    ctx: &mut TxContext,
) {
    self.assert_fresh_draw(ctx);
    let (id, epoch) = (stack_small_id, ctx.epoch());
    let inputs = inputs.destroy_with_default(commitment::unavailable());
    commitment::assert_hash(&committed_stack_proof);
    commitment::assert_hash(&stack_merkle_leaf);
    commitment::assert_hash(&inputs);
    let stack = stack::get(&self.stacks, id);
    stack.assert_selected(badge.small_id());
    settlement::assert_none(&self.tickets, id);
    stack.assert_may_settle(num_claimed_compute_units, epoch);
    if (num_claimed_compute_units == 0) {
        return self.settle_nothing(id, committed_stack_proof, stack_merkle_leaf, ctx)
    };
    let ticket = settlement::settle(
        id,
        stack,
        num_claimed_compute_units,
        committed_stack_proof,
        stack_merkle_leaf,
        inputs,
        task::get(&self.tasks, stack.task()),
        &mut self.nodes,
        &mut random.new_generator(ctx),
        epoch,
    );
    self.tickets.add(id, ticket);
}

fun settle_nothing(self: &mut AtomaDb, id: u64, root: vector<u8>, leaf: vector<u8>, ctx: &mut TxContext) {
    let stack = self.stacks.remove(id);
    let owner = stack.owner();
    if (ctx.epoch() > stack.bought_epoch() && !stack.has_notice()) node::fault(&mut self.nodes, stack.node());
    events::stack_try_settle(
        small_id::stack(id),
        small_id::node(stack.node()),
        vector[],
        false,
        root,
        leaf,
        commitment::unavailable(),
        vector[],
        0,
        ctx.epoch(),
    );
    stack.give_back(id, owner, &mut self.nodes, &mut self.tasks, ctx);
}

/// Confirms the ticket's root with the attester's own leaf, or, with another root, disputes it at once with
/// the attester's stake. 32 zero bytes as root say that the inputs could not be obtained. Where no jury can be seated the attester is
/// excused and the commitment has to be opened.
entry fun submit_stack_settlement_attestation(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack_small_id: u64,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaf: vector<u8>,
    random: &Random,
    ctx: &mut TxContext,
) {
    self.assert_fresh_draw(ctx);
    let (id, attester, epoch) = (stack_small_id, badge.small_id(), ctx.epoch());
    commitment::assert_hash(&committed_stack_proof);
    commitment::assert_hash(&stack_merkle_leaf);
    let stack = stack::get(&self.stacks, id);
    let ticket = settlement::get_mut(&mut self.tickets, id);
    let place = ticket.assert_may_attest(attester, epoch);
    if (committed_stack_proof == ticket.root()) {
        return ticket.attest(id, stack, place, stack_merkle_leaf, &mut self.nodes, epoch)
    };
    let owner = node::get(&self.nodes, attester).owner();
    let task = task::get(&self.tasks, stack.task());
    let generator = &mut random.new_generator(ctx);
    let jurors = dispute::first_jurors(stack, ticket, owner, attester, task, &self.nodes, generator, epoch);
    if (jurors.is_empty()) return ticket.excuse(id, stack, place, &mut self.nodes, epoch);
    ticket.release(stack, &mut self.nodes);
    let value = stack.value();
    let due = if (commitment::is_unavailable(&committed_stack_proof)) stack.terms().silence_slash_on(value)
    else stack.terms().dispute_bond_on(value);
    let bond = node::get_mut(&mut self.nodes, attester).take_free(due);
    dispute::assert_bonded(bond.value(), due);
    let dispute = dispute::start(
        id,
        stack,
        ticket,
        owner,
        attester,
        true,
        committed_stack_proof,
        dispute::no_exhibits(),
        bond,
        jurors,
        &mut self.nodes,
        epoch,
    );
    self.disputes.add(id, dispute);
}

/// Disputes a settlement. Anyone may, with a bond out of `wallet` that grows with the units of the rows named besides those the
/// seed picks. `attestation_commitment` is the accusation: it earns a share only if it names the root the jury reaches.
entry fun start_attestation_dispute(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    stack_small_id: u64,
    attestation_commitment: vector<u8>,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    random: &Random,
    ctx: &mut TxContext,
) {
    self.assert_fresh_draw(ctx);
    let (id, epoch) = (stack_small_id, ctx.epoch());
    commitment::assert_hash(&attestation_commitment);
    let stack = stack::get(&self.stacks, id);
    let ticket = settlement::get_mut(&mut self.tickets, id);
    ticket.assert_may_dispute(epoch);
    let exhibits = dispute::new_exhibits(rows, named_units, receipts, stack.units());
    let for_rows = dispute::bond_for_rows(stack, stack.terms().jurors(), named_units);
    let due = money::sum(stack.terms().dispute_bond_on(stack.value()), for_rows);
    let bond = money::take(wallet, due);
    let challenger_node = attester_owned_by(ticket, &self.nodes, ctx.sender());
    let task = task::get(&self.tasks, stack.task());
    let generator = &mut random.new_generator(ctx);
    ticket.release(stack, &mut self.nodes);
    let (challenger, node) = (ctx.sender(), challenger_node);
    let jurors = dispute::first_jurors(stack, ticket, challenger, node, task, &self.nodes, generator, epoch);
    let dispute = dispute::start(
        id,
        stack,
        ticket,
        ctx.sender(),
        challenger_node,
        false,
        attestation_commitment,
        exhibits,
        bond,
        jurors,
        &mut self.nodes,
        epoch,
    );
    self.disputes.add(id, dispute);
}

/// A required attester that has not attested and belongs to `owner`: it may challenge the units this way.
fun attester_owned_by(ticket: &Ticket, nodes: &Table<u64, Node>, owner: address): u64 {
    if (!ticket.is_required()) return NOBODY;
    let silent = ticket.silent();
    let place = silent.find_index!(|id| nodes.contains(*id) && nodes.borrow(*id).owner() == owner);
    if (place.is_some()) silent[place.destroy_some()] else NOBODY
}

/// Replaces and slashes the attesters that were silent to the deadline. Where nobody is left to replace them a jury looks at the rows, and where
/// none can sit the commitment has to be opened.
entry fun redraw_attesters(self: &mut AtomaDb, stack_small_id: u64, random: &Random, ctx: &mut TxContext) {
    self.assert_fresh_draw(ctx);
    let id = stack_small_id;
    let stack = stack::get(&self.stacks, id);
    let ticket = settlement::get_mut(&mut self.tickets, id);
    let (task, epoch) = (task::get(&self.tasks, stack.task()), ctx.epoch());
    let generator = &mut random.new_generator(ctx);
    if (!ticket.redraw(id, stack, task, &mut self.nodes, &mut self.pool, generator, epoch)) return;
    let jurors = dispute::auditors(stack, ticket, task, &self.nodes, generator, epoch);
    if (jurors.is_empty()) return ticket.require_opening(id, stack, epoch);
    let dispute = dispute::audit(id, stack, ticket, jurors, &mut self.nodes, &mut self.pool, epoch);
    self.disputes.add(id, dispute);
}

/// Opens a commitment: `history_root` is M, `num_compute_units` the total of the history.
public fun open_stack_commitment(
    self: &mut AtomaDb,
    stack_small_id: u64,
    history_root: vector<u8>,
    num_compute_units: u64,
    ctx: &mut TxContext,
) {
    self.note_reader(ctx);
    let id = stack_small_id;
    commitment::assert_hash(&history_root);
    let stack = stack::get(&self.stacks, id);
    let ticket = settlement::get_mut(&mut self.tickets, id);
    let stands = ticket.open(
        id,
        stack,
        history_root,
        num_compute_units,
        &mut self.nodes,
        &mut self.pool,
        ctx.epoch(),
    );
    if (stands) return;
    self.tickets.remove(id);
    let stack = self.stacks.remove(id);
    settlement::forfeit(id, stack, &mut self.nodes, &mut self.tasks, &mut self.pool, ctx);
}

/// Ends a stack whose commitment nobody opened in time: the buyer is refunded, the bond goes to the pool.
public fun expire_settlement(self: &mut AtomaDb, stack_small_id: u64, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let id = stack_small_id;
    stack::get(&self.stacks, id);
    settlement::get(&self.tickets, id).assert_expired(ctx.epoch());
    let (stack, ticket) = (self.stacks.remove(id), self.tickets.remove(id));
    ticket.expire(id, stack, &mut self.nodes, &mut self.tasks, &mut self.pool, ctx);
}

/// Pays the fees of up to 50 settled stacks to the sender. All or nothing.
public fun claim_funds(self: &mut AtomaDb, badge: &NodeBadge, settled_ticket_ids: vector<u64>, ctx: &mut TxContext) {
    self.note_reader(ctx);
    assert!(!settled_ticket_ids.is_empty(), EEmptyBatch);
    assert!(settled_ticket_ids.length() <= MAX_BATCH, EBatchTooLarge);
    let mut funds = balance::zero();
    settled_ticket_ids.do!(|id| {
        stack::get(&self.stacks, id).assert_selected(badge.small_id());
        funds.join(self.pay_settled(id, ctx));
    });
    money::send(funds, ctx.sender(), ctx);
}

/// Ends a stack nobody else ends: a settled one as by its node's claim (the fee goes to the node's earnings), in the first two epochs
/// after the window only for its recorded owner and its node; an unsettled one after its expiry or notice as by its recorded owner.
public fun finalize_stack(self: &mut AtomaDb, stack_small_id: u64, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let id = stack_small_id;
    let stack = stack::get(&self.stacks, id);
    let (owner, seller) = (stack.owner(), stack.node());
    if (!self.tickets.contains(id)) return self.return_unsettled(id, owner, ctx);
    let node = node::get(&self.nodes, seller);
    settlement::get(&self.tickets, id).assert_may_finalize(stack, node, ctx.sender(), ctx.epoch());
    let fee = self.pay_settled(id, ctx);
    self.nodes.borrow_mut(seller).earn(fee);
}

fun pay_settled(self: &mut AtomaDb, id: u64, ctx: &mut TxContext): Balance<TOMA> {
    settlement::get(&self.tickets, id).assert_claimable(ctx.epoch());
    let (stack, ticket) = (self.stacks.remove(id), self.tickets.remove(id));
    let (fee, _, _) = ticket.pay(id, stack, &mut self.nodes, &mut self.tasks, &mut self.pool, ctx);
    fee
}

// ================================================================ disputes

/// A drawn attester that has not attested adds its own accusation to a dispute that somebody else started.
public fun join_dispute(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack_small_id: u64,
    attestation_commitment: vector<u8>,
    ctx: &TxContext,
) {
    self.note_reader(ctx);
    let (id, node) = (stack_small_id, badge.small_id());
    let owner = node::get(&self.nodes, node).owner();
    let dispute = dispute::get_mut(&mut self.disputes, id);
    dispute.join(id, settlement::get(&self.tickets, id), node, owner, attestation_commitment, ctx.epoch());
}

/// The recorded owner of a stack adds rows and receipts, within two epochs and once, to a dispute that somebody else started, or at level 1
/// to its own in which it named no rows. The dispute begins anew with it. `wallet` pays the jurors for looking at the rows, whatever they find; what none of them is paid comes back.
public fun show_dispute_evidence(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    stack_small_id: u64,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    ctx: &TxContext,
) {
    self.assert_version();
    let id = stack_small_id;
    let dispute = dispute::get_mut(&mut self.disputes, id);
    let stack = stack::get(&self.stacks, id);
    let exhibits = dispute::new_exhibits(rows, named_units, receipts, stack.units());
    let bond = money::take(wallet, dispute::bond_for_rows(stack, dispute.jurors().length(), named_units));
    dispute.show(id, stack, ctx.sender(), exhibits, bond, ctx.epoch());
}

/// A juror commits to H(stack || juror || history root || units || salt), with one more byte 1 where it blames the attesters.
public fun commit_dispute_vote(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack_small_id: u64,
    vote_commitment: vector<u8>,
    ctx: &TxContext,
) {
    self.assert_version();
    dispute::get_mut(&mut self.disputes, stack_small_id).commit(
        stack_small_id,
        badge.small_id(),
        vote_commitment,
        ctx.epoch(),
    );
}

/// A juror reveals its vote; 32 zero bytes as history root say that the inputs could not be obtained. `blame`: the rows that every
/// checker repeats, without receipts and named rows, already differ, so that whoever confirmed them was wrong.
public fun reveal_dispute_vote(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack_small_id: u64,
    history_root: vector<u8>,
    num_compute_units: u64,
    salt: vector<u8>,
    blame: bool,
    ctx: &TxContext,
) {
    self.assert_version();
    dispute::get_mut(&mut self.disputes, stack_small_id).reveal(
        stack_small_id,
        badge.small_id(),
        history_root,
        num_compute_units,
        salt,
        blame,
        ctx.epoch(),
    );
}

/// Seats a second jury, without anybody of the first, where the first came to no majority or found the inputs unavailable (who was
/// silent in it is slashed), or decided by a single vote (then both decide together). Where too few are left the first jury's word stands.
entry fun seat_second_jury(self: &mut AtomaDb, stack_small_id: u64, random: &Random, ctx: &mut TxContext) {
    self.assert_fresh_draw(ctx);
    let id = stack_small_id;
    let dispute = dispute::get_mut(&mut self.disputes, id);
    let stack = stack::get(&self.stacks, id);
    dispute.seat_second(
        id,
        stack,
        settlement::get(&self.tickets, id),
        task::get(&self.tasks, stack.task()),
        &mut self.nodes,
        &mut self.pool,
        &mut random.new_generator(ctx),
        ctx.epoch(),
    );
}

/// Ends a dispute by its votes.
public fun resolve_dispute(self: &mut AtomaDb, stack_small_id: u64, ctx: &mut TxContext) {
    self.note_reader(ctx);
    let (id, stack, ticket, dispute) = self.remove_disputed(stack_small_id);
    dispute.resolve(id, stack, ticket, &mut self.nodes, &mut self.tasks, &mut self.pool, ctx);
}

/// The manager decides a dispute that has no jury: 0 convicted, 1 acquitted, 2 inputs unavailable.
public fun rule_dispute(
    self: &mut AtomaDb,
    badge: &AtomaManagerBadge,
    stack_small_id: u64,
    outcome: u8,
    ctx: &mut TxContext,
) {
    self.note_reader(ctx);
    self.assert_manager(badge);
    let (id, stack, ticket, dispute) = self.remove_disputed(stack_small_id);
    dispute.rule(id, stack, ticket, outcome, &mut self.nodes, &mut self.tasks, &mut self.pool, ctx);
}

fun remove_disputed(self: &mut AtomaDb, id: u64): (u64, Stack, Ticket, Dispute) {
    dispute::get(&self.disputes, id);
    (id, self.stacks.remove(id), self.tickets.remove(id), self.disputes.remove(id))
}

// ================================================================ manager

public fun create_manager_badge(self: &AtomaDb, badge: &AtomaManagerBadge, recipient: address, ctx: &mut TxContext) {
    self.assert_version();
    self.assert_manager(badge);
    let badge = AtomaManagerBadge { id: object::new(ctx), generation: self.manager_generation, is_root: false };
    events::manager_badge_created(object::id(&badge), recipient);
    transfer::public_transfer(badge, recipient);
}

/// Revokes every manager badge but the first one, which alone may.
public fun revoke_manager_badges(self: &mut AtomaDb, badge: &mut AtomaManagerBadge) {
    self.assert_version();
    self.assert_manager(badge);
    assert!(badge.is_root, ENotRootBadge);
    self.manager_generation = self.manager_generation + 1;
    badge.generation = self.manager_generation;
    events::manager_badges_revoked(object::id(badge), self.manager_generation);
}

fun assert_manager(self: &AtomaDb, badge: &AtomaManagerBadge) {
    assert!(badge.generation == self.manager_generation, EBadgeRevoked)
}

/// After an upgrade of the package: hands the database over to this version.
public fun migrate(self: &mut AtomaDb, badge: &AtomaManagerBadge) {
    self.assert_manager(badge);
    assert!(self.version < VERSION, EAlreadyMigrated);
    events::migrated(self.version, VERSION);
    self.version = VERSION;
}

/// Gives money to the pool that pays attesters.
public fun donate(self: &mut AtomaDb, wallet: &mut Coin<TOMA>, amount: u64, ctx: &TxContext) {
    self.assert_version();
    self.pool.join(money::take(wallet, amount));
    events::pool_donated(ctx.sender(), amount);
}

public fun set_registration_open(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: bool) {
    self.config_mut(badge).set_registration_open(value)
}

public fun set_registration_collateral(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_registration_collateral(value)
}

public fun set_attestation_probability(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_attestation_probability(value)
}

public fun set_attesters(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_attesters(value)
}

public fun set_attester_pay(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_attester_pay(value)
}

public fun set_minimum_attester_pay(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_minimum_attester_pay(value)
}

public fun set_sampled_bond(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_sampled_bond(value)
}

public fun set_plain_bond(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_plain_bond(value)
}

public fun set_jurors(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_jurors(value)
}

public fun set_juror_pay(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_juror_pay(value)
}

public fun set_dispute_bond(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_dispute_bond(value)
}

public fun set_silence_slash(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_silence_slash(value)
}

public fun set_challenger_share(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_challenger_share(value)
}

public fun set_outsider_share(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_outsider_share(value)
}

public fun set_minimum_dispute_bond(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_minimum_dispute_bond(value)
}

public fun set_samples(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_samples(value)
}

public fun set_sampled_share(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_sampled_share(value)
}

public fun set_row_cap(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_row_cap(value)
}

public fun set_window(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_window(value)
}

public fun set_phase(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_phase(value)
}

public fun set_stack_life(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_stack_life(value)
}

public fun set_exit_delay(self: &mut AtomaDb, badge: &AtomaManagerBadge, value: u64) {
    self.config_mut(badge).set_exit_delay(value)
}

fun config_mut(self: &mut AtomaDb, badge: &AtomaManagerBadge): &mut Config {
    self.assert_version();
    self.assert_manager(badge);
    &mut self.config
}

fun assert_version(self: &AtomaDb) { assert!(self.version == VERSION, EWrongVersion) }

/// For calls that load rows which a draw also loads. A row that is already loaded is cheaper and does not count
/// against the limits of a transaction again, so a draw after such a call could be made to fail unless it hits that row.
fun note_reader(self: &mut AtomaDb, ctx: &TxContext) {
    self.assert_version();
    self.last_reader = *ctx.digest();
}

/// For draws: nothing in this transaction may have loaded nodes or subscriptions before.
fun assert_fresh_draw(self: &AtomaDb, ctx: &TxContext) {
    self.assert_version();
    assert!(&self.last_reader != ctx.digest(), EDrawNotFirst);
}

// ================================================================ reading

public fun version(self: &AtomaDb): u64 { self.version }

public fun config(self: &AtomaDb): Config { self.config }

public fun pool_balance(self: &AtomaDb): u64 { self.pool.value() }

public fun has_task(self: &AtomaDb, id: u64): bool { self.tasks.contains(id) }

/// Profiles live exactly as long as nodes and no draw loads them.
public fun has_node(self: &AtomaDb, id: u64): bool { self.profiles.contains(id) }

public fun has_stack(self: &AtomaDb, id: u64): bool { self.stacks.contains(id) }

public fun has_ticket(self: &AtomaDb, id: u64): bool { self.tickets.contains(id) }

public fun has_dispute(self: &AtomaDb, id: u64): bool { self.disputes.contains(id) }

/// Rows by reference, with the read functions of their modules. Abort with a named error when absent.
public fun task(self: &AtomaDb, id: u64): &Task { task::get(&self.tasks, id) }

/// A node's row. No draw can follow in the same transaction.
public fun read_node(self: &mut AtomaDb, id: u64, ctx: &TxContext): &Node {
    self.note_reader(ctx);
    node::get(&self.nodes, id)
}

public(package) fun node(self: &AtomaDb, id: u64): &Node { node::get(&self.nodes, id) }

public fun profile(self: &AtomaDb, id: u64): &Profile {
    node::get_profile(&self.profiles, id)
}

public fun stack(self: &AtomaDb, id: u64): &Stack { stack::get(&self.stacks, id) }

public fun ticket(self: &AtomaDb, id: u64): &Ticket { settlement::get(&self.tickets, id) }

public fun dispute(self: &AtomaDb, id: u64): &Dispute { dispute::get(&self.disputes, id) }

/// The terms a stack of this task would be bought under now.
public fun current_terms(self: &AtomaDb, task_small_id: u64): Terms {
    let task = self.task(task_small_id);
    self.config.terms(task.role(), task.level())
}

/// What a buyer pays into escrow, surcharge included.
public fun purchase_price(self: &AtomaDb, task_small_id: u64, num_compute_units: u64, price_per_compute_unit: u64): u64 {
    let price = money::product(price_per_compute_unit, num_compute_units);
    money::sum(price, self.current_terms(task_small_id).full_surcharge_on(price))
}

/// What the selected node has to bond.
public fun purchase_bond(self: &AtomaDb, task_small_id: u64, num_compute_units: u64, price_per_compute_unit: u64): u64 {
    let price = money::product(price_per_compute_unit, num_compute_units);
    self.current_terms(task_small_id).bond_on(price)
}

/// What disputing this settlement costs as a bond.
public fun dispute_bond(self: &AtomaDb, stack_small_id: u64): u64 {
    let stack = self.stack(stack_small_id);
    stack.terms().dispute_bond_on(stack.value())
}

public(package) fun node_free_stake(self: &AtomaDb, node_small_id: u64): u64 { self.node(node_small_id).free_stake() }

public fun ticket_state(self: &AtomaDb, stack_small_id: u64): u8 { self.ticket(stack_small_id).state() }

public fun ticket_deadline(self: &AtomaDb, stack_small_id: u64): u64 { self.ticket(stack_small_id).deadline() }

#[test_only]
public fun init_for_testing(ctx: &mut TxContext) { init(ctx) }

#[test_only]
public fun set_version_for_testing(self: &mut AtomaDb, version: u64) { self.version = version }

#[test_only]
public fun acquire_for_testing(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    task: u64,
    units: u64,
    price: u64,
    random: &Random,
    ctx: &mut TxContext,
) { self.acquire_new_stack_entry(wallet, task, units, price, option::none(), true, vector[], random, ctx) }

#[test_only]
public fun acquire_checked_for_testing(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    task: u64,
    units: u64,
    price: u64,
    random: &Random,
    ctx: &mut TxContext,
) { self.acquire_new_stack_entry(wallet, task, units, price, option::none(), false, vector[], random, ctx) }

#[test_only]
public fun acquire_among_for_testing(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    task: u64,
    units: u64,
    price: u64,
    among: vector<u64>,
    random: &Random,
    ctx: &mut TxContext,
) { self.acquire_new_stack_entry(wallet, task, units, price, option::none(), true, among, random, ctx) }

#[test_only]
public fun settle_for_testing(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack: u64,
    claimed: u64,
    root: vector<u8>,
    leaf: vector<u8>,
    random: &Random,
    ctx: &mut TxContext,
) { self.try_settle_stack(badge, stack, claimed, root, leaf, option::none(), random, ctx) }

#[test_only]
public fun attest_for_testing(
    self: &mut AtomaDb,
    badge: &NodeBadge,
    stack: u64,
    root: vector<u8>,
    leaf: vector<u8>,
    random: &Random,
    ctx: &mut TxContext,
) { self.submit_stack_settlement_attestation(badge, stack, root, leaf, random, ctx) }

#[test_only]
public fun dispute_for_testing(
    self: &mut AtomaDb,
    wallet: &mut Coin<TOMA>,
    stack: u64,
    commitment: vector<u8>,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    random: &Random,
    ctx: &mut TxContext,
) { self.start_attestation_dispute(wallet, stack, commitment, rows, named_units, receipts, random, ctx) }

#[test_only]
public fun seat_second_jury_for_testing(self: &mut AtomaDb, stack: u64, random: &Random, ctx: &mut TxContext) {
    self.seat_second_jury(stack, random, ctx)
}

#[test_only]
public fun redraw_for_testing(self: &mut AtomaDb, stack: u64, random: &Random, ctx: &mut TxContext) {
    self.redraw_attesters(stack, random, ctx)
}

/// Every unit of TOMA inside the market.
#[test_only]
public fun holdings_for_testing(self: &AtomaDb): u64 {
    let mut sum = self.pool.value();
    self.next_node.do!(|id| if (self.nodes.contains(id)) {
        let node = self.nodes.borrow(id);
        sum = sum + node.stake() + node.earnings();
    });
    self.next_stack.do!(|id| {
        if (self.stacks.contains(id)) sum = sum + self.stacks.borrow(id).escrow() + self.stacks.borrow(id).bond();
        if (self.disputes.contains(id)) {
            let dispute = self.disputes.borrow(id);
            sum = sum + dispute.bond() + dispute.shown_bond();
        };
    });
    sum
}

/// The counters of nodes and tasks agree with the rows they count; tickets and disputes belong to open stacks.
#[test_only]
public fun assert_books_for_testing(self: &AtomaDb) {
    let (mut bonded, mut of_nodes, mut of_tasks, mut bonds) = (0, 0, 0, 0);
    let mut reserved = 0;
    let (mut tickets, mut disputes) = (0, 0);
    self.next_node.do!(|id| if (self.nodes.contains(id)) {
        let node = self.nodes.borrow(id);
        assert!(node.queued() <= node.stake() && node.reputation() <= 100);
        bonded = bonded + node.bonded();
        reserved = reserved + node.reserved();
        of_nodes = of_nodes + node.open_stacks();
    });
    self.next_task.do!(|id| if (self.tasks.contains(id)) of_tasks = of_tasks + self.tasks.borrow(id).open_stacks());
    self.next_stack.do!(|id| if (self.stacks.contains(id)) {
        bonds = bonds + self.stacks.borrow(id).bond();
        if (self.tickets.contains(id)) {
            tickets = tickets + 1;
            reserved = reserved - self.duties_of(id);
            if (self.tickets.borrow(id).is_disputed()) disputes = disputes + 1;
            assert!(self.tickets.borrow(id).is_disputed() == self.disputes.contains(id));
        }
    });
    assert!(reserved == 0);
    assert!(bonded == bonds && of_nodes == self.stacks.length() && of_tasks == of_nodes);
    assert!(tickets == self.tickets.length() && disputes == self.disputes.length());
}

/// What the nodes drawn for a stack's ticket or dispute may still lose by it.
#[test_only]
fun duties_of(self: &AtomaDb, id: u64): u64 {
    let (ticket, stack) = (self.tickets.borrow(id), self.stacks.borrow(id));
    let slash = stack.terms().silence_slash_on(stack.value());
    let on_duty = if (ticket.is_awaiting()) ticket.silent()
    else if (ticket.is_disputed()) self.disputes.borrow(id).jurors()
    else vector[];
    slash * on_duty.count!(|node| self.nodes.contains(*node))
}

#[test_only]
public fun last_stack_for_testing(self: &AtomaDb): u64 { self.next_stack - 1 }

#[test_only]
public fun last_node_for_testing(self: &AtomaDb): u64 { self.next_node - 1 }

#[test_only]
public fun last_task_for_testing(self: &AtomaDb): u64 { self.next_task - 1 }
