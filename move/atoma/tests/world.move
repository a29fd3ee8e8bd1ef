/// A small market for tests: a scenario with the database and the randomness at hand, and one-line acts.
/// Node i belongs to the address 0x1000 + i. Each act is a transaction of its own.
#[test_only]
module atoma::world;

use atoma::commitment;
use atoma::db::{Self, AtomaDb, AtomaManagerBadge};
use atoma::dispute;
use atoma::node;
use atoma::stack;
use atoma::task;
use std::ascii;
use sui::coin::{Self, Coin};
use sui::random::{Self, Random};
use sui::test_scenario::{Self, Scenario};
use toma::toma::TOMA;

const SYSTEM: address = @0x0;
const MANAGER: address = @0xAD;
const BUYER: address = @0xB0B;
const CHALLENGER: address = @0xC4A;
const STRANGER: address = @0x57;
const EPOCH_MS: u64 = 86_400_000;
const ONE_TOMA: u64 = 1_000_000_000;

public struct World { scenario: Scenario, db: AtomaDb, random: Random, minted: u64, outside: u64 }

public fun manager(): address { MANAGER }

public fun buyer(): address { BUYER }

public fun challenger(): address { CHALLENGER }

public fun stranger(): address { STRANGER }

/// Base units of so many TOMA.
public fun toma(amount: u64): u64 { amount * ONE_TOMA }

public fun begin(): World {
    let mut scenario = test_scenario::begin(SYSTEM);
    random::create_for_testing(scenario.ctx());
    scenario.next_tx(MANAGER);
    db::init_for_testing(scenario.ctx());
    scenario.next_tx(SYSTEM);
    let mut random = scenario.take_shared<Random>();
    random.update_randomness_state_for_testing(0, x"5eed", scenario.ctx());
    let db = scenario.take_shared<AtomaDb>();
    let mut world = World { scenario, db, random, minted: 0, outside: 0 };
    world.round_terms();
    world
}

/// Amounts that are easy to follow: a check is paid what the whole stack costs, one in eight is made; bonds of 15 and 6 times that, of a
/// challenger five times; a fifth of what the jury leaves goes to the challenger, whoever it is. `config_tests` holds the defaults.
fun round_terms(self: &mut World) {
    self.manage!(|db, badge| {
        db.set_sampled_bond(badge, 15_000);
        db.set_dispute_bond(badge, 5_000);
        db.set_juror_pay(badge, 1_000);
        db.set_attester_pay(badge, 1_000);
        db.set_minimum_attester_pay(badge, 1);
        db.set_silence_slash(badge, 1_000);
        db.set_challenger_share(badge, 200);
        db.set_outsider_share(badge, 200);
        db.set_attestation_probability(badge, 120);
    });
}

/// A market with one level-1 task (price 100 and 10,000,000 units per node) and `nodes` nodes.
public fun market(level: u16, nodes: u64): World {
    let mut world = begin();
    let task = world.task(level, 0);
    nodes.do!(|_| {
        let node = world.register(toma(10));
        if (level == 2) world.set_key(node);
        world.subscribe(node, task, 100, 10_000_000);
    });
    world
}

/// Checks conservation a last time and ends.
public fun end(mut world: World) {
    world.assert_conserved();
    let World { scenario, db, random, .. } = world;
    test_scenario::return_shared(db);
    test_scenario::return_shared(random);
    scenario.end();
}

// ---------------------------------------------------------------- time and transactions

public fun tx(self: &mut World, sender: address): &mut TxContext {
    self.scenario.next_tx(sender);
    self.scenario.ctx()
}

public fun advance(self: &mut World, epochs: u64) {
    epochs.do!(|_| { self.scenario.later_epoch(EPOCH_MS, SYSTEM); });
}

public fun epoch(self: &mut World): u64 { self.scenario.ctx().epoch() }

public fun db(self: &World): &AtomaDb { &self.db }

public fun db_mut(self: &mut World): &mut AtomaDb { &mut self.db }

public fun scenario(self: &World): &Scenario { &self.scenario }

/// For acts that world has no line for.
public fun db_and_ctx(self: &mut World): (&mut AtomaDb, &mut TxContext) { (&mut self.db, self.scenario.ctx()) }

public fun random(self: &World): &Random { &self.random }

// ---------------------------------------------------------------- money

public fun mint(self: &mut World, amount: u64): Coin<TOMA> {
    self.minted = self.minted + amount;
    coin::mint_for_testing(amount, self.scenario.ctx())
}

/// Puts a coin back to its owner.
public fun keep(self: &mut World, coin: Coin<TOMA>, owner: address) {
    if (coin.value() == 0) coin.destroy_zero() else transfer::public_transfer(coin, owner);
    self.scenario.next_tx(owner);
}

/// Everything an address holds.
public fun wallet(self: &mut World, owner: address): u64 {
    self.scenario.next_tx(owner);
    let mut sum = 0;
    self.scenario.ids_for_sender<Coin<TOMA>>().do!(|id| {
        let coin = self.scenario.take_from_sender_by_id<Coin<TOMA>>(id);
        sum = sum + coin.value();
        self.scenario.return_to_sender(coin);
    });
    sum
}

/// Holdings of the market and of every known address add up to what was minted.
public fun assert_conserved(self: &mut World) {
    let mut sum = self.db.holdings_for_testing();
    vector[MANAGER, BUYER, CHALLENGER, STRANGER, SYSTEM].do!(|owner| sum = sum + self.wallet(owner));
    let nodes = self.db.last_node_for_testing();
    nodes.do!(|i| sum = sum + self.wallet(node_owner(i + 1)));
    assert!(sum == self.minted);
}

/// Takes the coins that the last transaction sent out of their wallets and only counts them: keeps long random
/// scenarios fast. Use `end_swept` afterwards.
public fun sweep(self: &mut World) {
    let effects = self.scenario.next_tx(SYSTEM);
    let (_, owners) = effects.transferred_to_account().into_keys_values();
    owners.do!(|owner| self.sweep_wallet(owner));
}

/// The same for every wallet.
public fun sweep_all(self: &mut World) {
    vector[BUYER, CHALLENGER, STRANGER].do!(|owner| self.sweep_wallet(owner));
    self.db.last_node_for_testing().do!(|i| self.sweep_wallet(node_owner(i + 1)));
}

fun sweep_wallet(self: &mut World, owner: address) {
    self.scenario.next_tx(owner);
    self.scenario.ids_for_sender<Coin<TOMA>>().do!(|id| {
        let coin = self.scenario.take_from_sender_by_id<Coin<TOMA>>(id);
        self.outside = self.outside + coin.burn_for_testing();
    });
}

/// What `sweep` took out.
public fun outside(self: &World): u64 { self.outside }

public fun minted(self: &World): u64 { self.minted }

public fun end_swept(self: World) {
    let World { scenario, db, random, .. } = self;
    test_scenario::return_shared(db);
    test_scenario::return_shared(random);
    scenario.end();
}

// ---------------------------------------------------------------- tasks and nodes

public fun task(self: &mut World, level: u16, minimum_reputation: u8): u64 {
    self.scenario.next_tx(MANAGER);
    let name = option::some(ascii::string(b"model"));
    self.db.create_task_entry(0, name, option::some(level), option::some(minimum_reputation), self.scenario.ctx());
    self.db.last_task_for_testing()
}

public fun deprecate(self: &mut World, task: u64) {
    self.scenario.next_tx(MANAGER);
    let badge = task::new_badge(task, self.scenario.ctx());
    self.db.deprecate_task(&badge, self.scenario.ctx());
    task::delete_badge(badge);
}

public fun remove(self: &mut World, task: u64) {
    self.scenario.next_tx(MANAGER);
    let badge = task::new_badge(task, self.scenario.ctx());
    self.db.remove_deprecated_task(badge, self.scenario.ctx());
}

public fun node_owner(node: u64): address { sui::address::from_u256(0x1000 + (node as u256)) }

/// A node of the address 0x1000 + its small id with `stake` base units (at least the collateral).
public fun register(self: &mut World, stake: u64): u64 {
    let owner = node_owner(self.db.last_node_for_testing() + 1);
    self.register_for(owner, stake)
}

public fun register_for(self: &mut World, owner: address, stake: u64): u64 {
    self.scenario.next_tx(owner);
    let mut coin = self.mint(stake);
    self.db.register_node_entry(&mut coin, option::none(), self.scenario.ctx());
    let node = self.db.last_node_for_testing();
    if (coin.value() > 0) {
        let badge = node::new_badge(node, self.scenario.ctx());
        let rest = coin.value();
        self.db.top_up_collateral(&badge, &mut coin, rest, self.scenario.ctx());
        node::delete_badge(badge);
    };
    coin.destroy_zero();
    node
}

public fun top_up(self: &mut World, node: u64, amount: u64) {
    self.scenario.next_tx(node_owner(node));
    let mut coin = self.mint(amount);
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.top_up_collateral(&badge, &mut coin, amount, self.scenario.ctx());
    node::delete_badge(badge);
    coin.destroy_zero();
}

public fun set_key(self: &mut World, node: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.set_node_key_commitment(&badge, history(1), history(2), self.scenario.ctx());
    node::delete_badge(badge);
}

public fun subscribe(self: &mut World, node: u64, task: u64, price: u64, max_units: u64) {
    self.subscribe_as(node_owner(node), node, task, price, max_units)
}

public fun subscribe_as(self: &mut World, owner: address, node: u64, task: u64, price: u64, max_units: u64) {
    self.scenario.next_tx(owner);
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.subscribe_node_to_task(&badge, task, price, max_units, self.scenario.ctx());
    node::delete_badge(badge);
}

/// `count` more nodes of the owner of `node`, subscribed like everybody else.
public fun crowd_of(self: &mut World, node: u64, task: u64, count: u64) {
    let owner = node_owner(node);
    count.do!(|_| {
        let other = self.register_for(owner, toma(10));
        self.subscribe_as(owner, other, task, 100, 10_000_000);
    });
}

public fun update_subscription(self: &mut World, node: u64, task: u64, price: u64, max_units: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.update_node_subscription(&badge, task, price, max_units, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun unsubscribe(self: &mut World, node: u64, task: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.unsubscribe_node_from_task(&badge, task, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun request_withdrawal(self: &mut World, node: u64, amount: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.request_withdrawal(&badge, amount, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun withdraw_collateral(self: &mut World, node: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.withdraw_collateral(&badge, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun withdraw_earnings(self: &mut World, node: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.withdraw_earnings(&badge, self.scenario.ctx());
    node::delete_badge(badge);
}

/// A stranger clears the slot of a node that is disabled or gone.
public fun evict(self: &mut World, task: u64, node: u64) {
    self.scenario.next_tx(STRANGER);
    self.db.evict_subscription(task, node, self.scenario.ctx());
}

public fun disable(self: &mut World, node: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.permanently_disable_node(&badge, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun destroy_node(self: &mut World, node: u64) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.destroy_disabled_node(badge, self.scenario.ctx());
}

// ---------------------------------------------------------------- stacks

/// A purchase by the buyer; the stack's small id.
public fun buy(self: &mut World, task: u64, units: u64, price: u64): u64 {
    self.scenario.next_tx(BUYER);
    let cost = self.db.purchase_price(task, units, price);
    self.buy_with(task, units, price, cost)
}

/// A purchase out of a coin of `funds` base units.
public fun buy_with(self: &mut World, task: u64, units: u64, price: u64, funds: u64): u64 {
    self.scenario.next_tx(BUYER);
    let mut coin = self.mint(funds);
    self.db.acquire_for_testing(&mut coin, task, units, price, &self.random, self.scenario.ctx());
    self.keep(coin, BUYER);
    self.db.last_stack_for_testing()
}

/// A purchase out of a given coin.
public fun buy_out_of(self: &mut World, coin: &mut Coin<TOMA>, task: u64, units: u64, price: u64) {
    self.scenario.next_tx(BUYER);
    self.db.acquire_for_testing(coin, task, units, price, &self.random, self.scenario.ctx());
}

/// A purchase that asks for owners who could check it.
public fun buy_checked(self: &mut World, task: u64, units: u64, price: u64): u64 {
    self.scenario.next_tx(BUYER);
    let mut coin = self.mint(toma(100));
    self.db.acquire_checked_for_testing(&mut coin, task, units, price, &self.random, self.scenario.ctx());
    self.keep(coin, BUYER);
    self.db.last_stack_for_testing()
}

/// A purchase from one of the named nodes.
public fun buy_among(self: &mut World, task: u64, units: u64, price: u64, among: vector<u64>): u64 {
    self.scenario.next_tx(BUYER);
    let mut coin = self.mint(toma(100));
    self.db.acquire_among_for_testing(&mut coin, task, units, price, among, &self.random, self.scenario.ctx());
    self.keep(coin, BUYER);
    self.db.last_stack_for_testing()
}

/// Reads a node and buys in the same transaction.
public fun read_then_buy(self: &mut World, coin: &mut Coin<TOMA>, node: u64, task: u64, units: u64, price: u64) {
    self.scenario.next_tx(BUYER);
    self.db.read_node(node, self.scenario.ctx());
    self.db.acquire_for_testing(coin, task, units, price, &self.random, self.scenario.ctx());
}

/// The holder of a node's badge announces an url, which makes it the owner.
public fun announce_as(self: &mut World, holder: address, node: u64) {
    self.scenario.next_tx(holder);
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.update_node_url(&badge, ascii::string(b"https://node"), self.scenario.ctx());
    node::delete_badge(badge);
}

/// The selected node announces an url and settles in the same transaction.
public fun announce_then_settle(self: &mut World, stack: u64, claimed: u64) {
    let node = self.seller(stack);
    let root = self.root_of(stack, 1, claimed);
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.update_node_url(&badge, ascii::string(b"https://node"), self.scenario.ctx());
    let leaf = leaf_of(stack, 1, claimed, 0);
    self.db.settle_for_testing(&badge, stack, claimed, root, leaf, &self.random, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun seller(self: &World, stack: u64): u64 { self.db.stack(stack).node() }

public fun request_refund(self: &mut World, stack: u64) {
    self.scenario.next_tx(BUYER);
    let badge = stack::new_badge(stack, self.scenario.ctx());
    self.db.request_stack_refund(&badge, self.scenario.ctx());
    stack::delete_badge(badge);
}

/// The holder of the badge reclaims.
public fun reclaim(self: &mut World, stack: u64, holder: address) {
    self.scenario.next_tx(holder);
    let badge = stack::new_badge(stack, self.scenario.ctx());
    self.db.reclaim_stack(badge, self.scenario.ctx());
}

public fun update_owner(self: &mut World, stack: u64, holder: address) {
    self.scenario.next_tx(holder);
    let badge = stack::new_badge(stack, self.scenario.ctx());
    self.db.update_stack_owner(&badge, self.scenario.ctx());
    stack::delete_badge(badge);
}

// ---------------------------------------------------------------- commitments

/// Some history root, different for each number.
public fun history(seed: u64): vector<u8> { commitment::inner(std::bcs::to_bytes(&seed), b"history") }

/// The secret of a history of `units` units on this stack.
public fun secret_of(stack: u64, seed: u64, units: u64): vector<u8> {
    commitment::secret(history(seed), stack, units)
}

public fun leaf_of(stack: u64, seed: u64, units: u64, party: u64): vector<u8> {
    commitment::party_leaf(&secret_of(stack, seed, units), party)
}

public fun root_of(self: &World, stack: u64, seed: u64, units: u64): vector<u8> {
    commitment::proof_of_secret(&secret_of(stack, seed, units), self.db.stack(stack).terms().attesters())
}

// ---------------------------------------------------------------- settlement

/// The selected node claims `claimed` units on the true history (number 1) of exactly that many units.
public fun settle(self: &mut World, stack: u64, claimed: u64) { self.settle_as(stack, 1, claimed, claimed) }

/// The selected node commits to the history `seed` of `units` units and claims `claimed`.
public fun settle_as(self: &mut World, stack: u64, seed: u64, units: u64, claimed: u64) {
    let root = self.root_of(stack, seed, units);
    let seller = self.seller(stack);
    self.settle_raw(seller, stack, claimed, root, leaf_of(stack, seed, units, 0))
}

public fun settle_raw(self: &mut World, node: u64, stack: u64, claimed: u64, root: vector<u8>, leaf: vector<u8>) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.settle_for_testing(&badge, stack, claimed, root, leaf, &self.random, self.scenario.ctx());
    node::delete_badge(badge);
}

/// The attester in place `place` confirms the history `seed` of `units` units.
public fun attest(self: &mut World, stack: u64, place: u64, seed: u64, units: u64) {
    let node = self.db.ticket(stack).attesters()[place];
    let root = self.root_of(stack, seed, units);
    self.attest_raw(node, stack, root, leaf_of(stack, seed, units, place + 1))
}

public fun attest_raw(self: &mut World, node: u64, stack: u64, root: vector<u8>, leaf: vector<u8>) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.attest_for_testing(&badge, stack, root, leaf, &self.random, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun redraw(self: &mut World, stack: u64) {
    self.scenario.next_tx(STRANGER);
    self.db.redraw_for_testing(stack, &self.random, self.scenario.ctx());
}

public fun open(self: &mut World, stack: u64, seed: u64, units: u64) {
    self.scenario.next_tx(STRANGER);
    self.db.open_stack_commitment(stack, history(seed), units, self.scenario.ctx());
}

public fun expire(self: &mut World, stack: u64) {
    self.scenario.next_tx(STRANGER);
    self.db.expire_settlement(stack, self.scenario.ctx());
}

public fun claim(self: &mut World, node: u64, stacks: vector<u64>) {
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.claim_funds(&badge, stacks, self.scenario.ctx());
    node::delete_badge(badge);
}

/// The recorded owner ends it.
public fun finalize(self: &mut World, stack: u64) {
    let owner = self.db.stack(stack).owner();
    self.finalize_as(owner, stack)
}

public fun finalize_as(self: &mut World, sender: address, stack: u64) {
    self.scenario.next_tx(sender);
    self.db.finalize_stack(stack, self.scenario.ctx());
}

// ---------------------------------------------------------------- disputes

/// The challenger disputes with the root of the history `seed` of `units` units and exactly the bond needed.
public fun dispute(self: &mut World, stack: u64, seed: u64, units: u64) {
    let claim = self.accusation_of(stack, seed, units, CHALLENGER);
    self.dispute_as(CHALLENGER, stack, claim)
}

/// What `challenger` commits to when it expects the jury to reach the history `seed` of `units` units.
public fun accusation_of(self: &World, stack: u64, seed: u64, units: u64, challenger: address): vector<u8> {
    commitment::accusation(&self.root_of(stack, seed, units), challenger, &vector[])
}

public fun dispute_as(self: &mut World, sender: address, stack: u64, commitment: vector<u8>) {
    self.scenario.next_tx(sender);
    let bond = self.db.dispute_bond(stack);
    let mut coin = self.mint(bond);
    self.db.dispute_for_testing(&mut coin, stack, commitment, vector[], 0, vector[], &self.random, self.scenario.ctx());
    coin.destroy_zero();
}

/// A dispute that names rows, with a bond of exactly `bond`.
public fun dispute_naming(self: &mut World, stack: u64, rows: vector<u64>, named_units: u64, bond: u64) {
    self.dispute_naming_as(CHALLENGER, stack, rows, named_units, bond)
}

public fun dispute_naming_as(self: &mut World, sender: address, stack: u64, rows: vector<u64>, named_units: u64, bond: u64) {
    self.scenario.next_tx(sender);
    let mut coin = self.mint(bond);
    let claim = history(2);
    self.db.dispute_for_testing(&mut coin, stack, claim, rows, named_units, vector[], &self.random, self.scenario.ctx());
    self.keep(coin, sender);
}

/// `sender` adds evidence to a dispute, paying exactly what the rows cost.
public fun show_evidence(self: &mut World, sender: address, stack: u64, rows: vector<u64>, named_units: u64, receipts: vector<vector<u8>>) {
    self.scenario.next_tx(sender);
    let seats = self.db.dispute(stack).jurors().length();
    let bond = dispute::bond_for_rows(self.db.stack(stack), seats, named_units);
    let mut coin = self.mint(bond);
    self.db.show_dispute_evidence(&mut coin, stack, rows, named_units, receipts, self.scenario.ctx());
    coin.destroy_zero();
}

/// A dispute out of a given coin.
public fun dispute_with(self: &mut World, coin: &mut Coin<TOMA>, stack: u64, commitment: vector<u8>) {
    self.scenario.next_tx(CHALLENGER);
    self.db.dispute_for_testing(coin, stack, commitment, vector[], 0, vector[], &self.random, self.scenario.ctx());
}

fun salt(juror: u64): vector<u8> { history(1_000 + juror) }

public fun commit_vote(self: &mut World, stack: u64, juror: u64, history_root: vector<u8>, units: u64) {
    self.scenario.next_tx(node_owner(juror));
    let badge = node::new_badge(juror, self.scenario.ctx());
    let blame = self.differs(stack, history_root, units);
    let vote = commitment::vote(stack, juror, history_root, units, salt(juror), blame);
    self.db.commit_dispute_vote(&badge, stack, vote, self.scenario.ctx());
    node::delete_badge(badge);
}

/// Whether a vote says that the settlement is wrong by the rows that everybody checks.
fun differs(self: &World, stack: u64, history_root: vector<u8>, units: u64): bool {
    if (commitment::is_unavailable(&history_root)) return false;
    let secret = commitment::secret(history_root, stack, units);
    let attesters = self.db.stack(stack).terms().attesters();
    commitment::proof_of_secret(&secret, attesters) != self.db.ticket(stack).root()
}

public fun reveal_vote(self: &mut World, stack: u64, juror: u64, history_root: vector<u8>, units: u64) {
    self.scenario.next_tx(node_owner(juror));
    let badge = node::new_badge(juror, self.scenario.ctx());
    let blame = self.differs(stack, history_root, units);
    self.db.reveal_dispute_vote(&badge, stack, history_root, units, salt(juror), blame, self.scenario.ctx());
    node::delete_badge(badge);
}

/// Lets the epoch of the dispute pass, in which nobody votes.
public fun await_votes(self: &mut World, stack: u64) {
    let started = self.db.dispute(stack).dispute_epoch();
    if (self.epoch() == started) self.advance(1);
}

/// Lets time pass until votes are revealed.
public fun await_reveals(self: &mut World, stack: u64) {
    while (!self.db.dispute(stack).is_commit_over(self.scenario.ctx().epoch())) self.advance(1);
}

/// The jurors commit after the epoch of the dispute and reveal as soon as they may, by seat: `votes[i]` is the number of
/// the history that seat i votes for, 0 for unavailable inputs, and seats beyond it stay silent.
public fun vote_all(self: &mut World, stack: u64, votes: vector<u64>, units: u64) { self.vote_from(stack, 0, votes, units) }

/// The same from seat `from` on: those before it have voted.
public fun vote_from(self: &mut World, stack: u64, from: u64, votes: vector<u64>, units: u64) {
    let jurors = self.db.dispute(stack).jurors();
    self.await_votes(stack);
    votes.length().do!(|i| self.commit_vote(stack, jurors[from + i], vote_root(votes[i]), units));
    self.await_reveals(stack);
    votes.length().do!(|i| self.reveal_vote(stack, jurors[from + i], vote_root(votes[i]), units));
}

/// Jurors vote for a history without blaming anybody: it differs by a receipt or by rows the challenger named.
public fun vote_without_blame(self: &mut World, stack: u64, seed: u64, units: u64) {
    let jurors = self.db.dispute(stack).jurors();
    self.await_votes(stack);
    jurors.do_ref!(|juror| {
        let vote = commitment::vote(stack, *juror, history(seed), units, salt(*juror), false);
        self.scenario.next_tx(node_owner(*juror));
        let badge = node::new_badge(*juror, self.scenario.ctx());
        self.db.commit_dispute_vote(&badge, stack, vote, self.scenario.ctx());
        node::delete_badge(badge);
    });
    self.await_reveals(stack);
    jurors.do!(|juror| {
        self.scenario.next_tx(node_owner(juror));
        let badge = node::new_badge(juror, self.scenario.ctx());
        self.db.reveal_dispute_vote(&badge, stack, history(seed), units, salt(juror), false, self.scenario.ctx());
        node::delete_badge(badge);
    });
}

fun vote_root(seed: u64): vector<u8> { if (seed == 0) commitment::unavailable() else history(seed) }

/// Ends a dispute; where the first jury decided nothing it seats a second one instead, if there is one.
public fun resolve(self: &mut World, stack: u64) {
    self.scenario.next_tx(STRANGER);
    let epoch = self.scenario.ctx().epoch();
    if (self.db.has_dispute(stack) && self.db.dispute(stack).needs_second_jury(epoch)) {
        self.second_jury(stack);
        if (!self.db.dispute(stack).is_resolvable(epoch)) return
    };
    self.scenario.next_tx(STRANGER);
    self.db.resolve_dispute(stack, self.scenario.ctx());
}

public fun second_jury(self: &mut World, stack: u64) {
    self.scenario.next_tx(STRANGER);
    self.db.seat_second_jury_for_testing(stack, &self.random, self.scenario.ctx());
}

/// An attester joins the dispute with its own accusation: the history `seed` of `units` units.
public fun join(self: &mut World, stack: u64, node: u64, seed: u64, units: u64) {
    let claim = self.accusation_of(stack, seed, units, node_owner(node));
    self.scenario.next_tx(node_owner(node));
    let badge = node::new_badge(node, self.scenario.ctx());
    self.db.join_dispute(&badge, stack, claim, self.scenario.ctx());
    node::delete_badge(badge);
}

public fun rule(self: &mut World, stack: u64, outcome: u8) {
    self.scenario.next_tx(MANAGER);
    let badge = self.scenario.take_from_sender<AtomaManagerBadge>();
    self.db.rule_dispute(&badge, stack, outcome, self.scenario.ctx());
    self.scenario.return_to_sender(badge);
}

// ---------------------------------------------------------------- manager

/// Lends the manager's badge to `act`.
public macro fun manage($world: &mut World, $act: |&mut AtomaDb, &AtomaManagerBadge|) {
    let world = $world;
    let badge = world.take_manager_badge();
    $act(world.db_mut(), &badge);
    world.return_manager_badge(badge);
}

public fun take_manager_badge(self: &mut World): AtomaManagerBadge {
    self.scenario.next_tx(MANAGER);
    self.scenario.take_from_sender<AtomaManagerBadge>()
}

public fun return_manager_badge(self: &World, badge: AtomaManagerBadge) { self.scenario.return_to_sender(badge) }

/// Every level-1 settlement needs `attesters` attesters from now on.
public fun always_attest(self: &mut World, attesters: u64) {
    self.manage!(|db, badge| {
        db.set_attesters(badge, attesters);
        db.set_attestation_probability(badge, 1_000_000_000_000);
    });
}

/// No level-1 settlement needs attesters from now on.
public fun never_attest(self: &mut World) { self.manage!(|db, badge| db.set_attestation_probability(badge, 0)); }
