/// Tickets: a node's claim on a stack, its attesters, and the ways such a claim ends without a jury.
///
///   open           nobody has to attest; claimable from the deadline on
///   awaiting       every drawn attester has to attest before the deadline
///   clean          attested or opened; claimable from the deadline on
///   open required  the commitment has to be opened within two epochs of the deadline
///   disputed       only the jury, or the manager in its place, decides
module atoma::settlement;

use atoma::commitment;
use atoma::config;
use atoma::events;
use atoma::money;
use atoma::node::{Self, Node};
use atoma::sampling;
use atoma::small_id;
use atoma::stack::Stack;
use atoma::task::Task;
use sui::balance::Balance;
use sui::random::RandomGenerator;
use sui::table::Table;
use toma::toma::TOMA;

const OPEN: u8 = 0;
const AWAITING: u8 = 1;
const CLEAN: u8 = 2;
const OPEN_REQUIRED: u8 = 3;
const DISPUTED: u8 = 4;

/// The small id that no node has: an attester's place without an attester.
const NOBODY: u64 = 0;
const CERTAIN: u64 = 1_000;
const SEED_BYTES: u16 = 32;
/// Epochs of the window that an opening leaves at least, where it had not ended before.
const MIN_WINDOW_LEFT: u64 = 2;

#[error]
const ETicketNotFound: vector<u8> = b"The stack has not been settled";
#[error]
const ETicketExists: vector<u8> = b"The stack has already been settled";
#[error]
const EReservedCommitment: vector<u8> = b"32 zero bytes are reserved for unavailable inputs and cannot be claimed upon";
#[error]
const EStackDisputed: vector<u8> = b"The stack is in dispute: only votes and the resolution of the dispute are possible";
#[error]
const EOpeningRequired: vector<u8> = b"The commitment of this stack must be opened first";
#[error]
const EOpeningNotRequired: vector<u8> = b"The commitment of this stack does not have to be opened";
#[error]
const EAttestationPending: vector<u8> = b"The attesters of this stack have not all attested";
#[error]
const EClaimTooEarly: vector<u8> = b"The window to attest or dispute is still open";
#[error]
const ENoAttesterDrawn: vector<u8> = b"No attester was drawn for this stack";
#[error]
const EAttestationNotRequired: vector<u8> = b"The draw did not ask for an attestation of this stack, or it is already complete";
#[error]
const ENotAnAttester: vector<u8> = b"The node is not an attester of this stack";
#[error]
const EAlreadyAttested: vector<u8> = b"The node has already attested this stack";
#[error]
const EWindowClosed: vector<u8> = b"The window to attest or dispute has closed";
#[error]
const EWrongLeaf: vector<u8> = b"The leaves do not lead to the committed stack proof: where the node's own leaf is wrong, dispute the stack";
#[error]
const EFinalizeTooEarly: vector<u8> = b"Until two epochs after the window only the stack's recorded owner and its node may end it";
#[error]
const ERedrawTooEarly: vector<u8> = b"Attesters can be replaced only after the window has closed";
#[error]
const EDrawIncomplete: vector<u8> = b"The draw found nobody before it had looked at everybody: send it again";
#[error]
const EOpeningTooLate: vector<u8> = b"The time to open the commitment has passed";
#[error]
const EExpiryTooEarly: vector<u8> = b"The commitment can still be opened";
#[error]
const ECommitmentMismatch: vector<u8> = b"The history root and the units do not lead to the committed stack proof";

public struct Ticket has drop, store {
    claimed: u64,
    root: vector<u8>,
    /// T, the hash of the list of inputs; 32 zero bytes: none was named.
    inputs: vector<u8>,
    /// Picks the rows that are checked; drawn once.
    seed: vector<u8>,
    /// L_0..L_k; zeros where none was given.
    leaves: vector<vector<u8>>,
    /// Place i holds the attester that gives L_(i+1), or nobody. Empty unless level 1.
    attesters: vector<u64>,
    attested: vector<bool>,
    /// Everyone ever drawn for this ticket, replaced ones included.
    drawn: vector<u64>,
    required: bool,
    /// Goes to the pool with the fee: the chance of a check, at its price. 0 where nobody could check.
    surcharge: u64,
    /// D. First epoch in which nobody may attest or dispute any more.
    deadline: u64,
    /// Epochs of the window that were left when opening became required; they run on after it.
    window_left: u64,
    redraws: u8,
    /// What silent attesters lost: the fund of the jury that looks at the rows where all were silent.
    slashed: u64,
    state: u8,
}

// ---------------------------------------------------------------- rows

public(package) fun get(tickets: &Table<u64, Ticket>, stack: u64): &Ticket {
    assert!(tickets.contains(stack), ETicketNotFound);
    tickets.borrow(stack)
}

public(package) fun get_mut(tickets: &mut Table<u64, Ticket>, stack: u64): &mut Ticket {
    assert!(tickets.contains(stack), ETicketNotFound);
    tickets.borrow_mut(stack)
}

public(package) fun assert_none(tickets: &Table<u64, Ticket>, stack: u64) {
    assert!(!tickets.contains(stack), ETicketExists)
}

public fun claimed(self: &Ticket): u64 { self.claimed }

public fun root(self: &Ticket): vector<u8> { self.root }

public fun inputs(self: &Ticket): vector<u8> { self.inputs }

public fun seed(self: &Ticket): vector<u8> { self.seed }

/// Whether the node's own leaf follows from a secret.
public(package) fun has_leaf_of(self: &Ticket, secret: &vector<u8>): bool {
    self.leaves[0] == commitment::party_leaf(secret, 0)
}

public fun leaves(self: &Ticket): vector<vector<u8>> { self.leaves }

public fun is_required(self: &Ticket): bool { self.required }

public fun surcharge(self: &Ticket): u64 { self.surcharge }

public fun deadline(self: &Ticket): u64 { self.deadline }

public fun redraws(self: &Ticket): u8 { self.redraws }

public fun slashed(self: &Ticket): u64 { self.slashed }

public fun state(self: &Ticket): u8 { self.state }

public fun is_open(self: &Ticket): bool { self.state == OPEN }

public fun is_awaiting(self: &Ticket): bool { self.state == AWAITING }

public fun is_clean(self: &Ticket): bool { self.state == CLEAN }

public fun is_open_required(self: &Ticket): bool { self.state == OPEN_REQUIRED }

public fun is_disputed(self: &Ticket): bool { self.state == DISPUTED }

/// The attesters that now have a place.
public fun attesters(self: &Ticket): vector<u64> { self.attesters.filter!(|id| *id != NOBODY) }

/// The attesters that confirmed the root.
public fun backers(self: &Ticket): vector<u64> {
    let mut backers = vector[];
    self.attesters.length().do!(|i| if (self.attested[i]) backers.push_back(self.attesters[i]));
    backers
}

// ---------------------------------------------------------------- settling

/// Makes the ticket of a claim on at least one unit. At level 1 all attesters are drawn whether they are
/// required or not, and the coin flip is arithmetic without a branch, so that both outcomes cost the same. A place for which the draw
/// did not look at everybody stays vacant; only where everybody was looked at and nobody can attest is nobody required.
public(package) fun settle(
    id: u64,
    stack: &Stack,
    claimed: u64,
    root: vector<u8>,
    leaf: vector<u8>,
    inputs: vector<u8>,
    task: &Task,
    nodes: &mut Table<u64, Node>,
    generator: &mut RandomGenerator,
    epoch: u64,
): Ticket {
    assert!(!commitment::is_unavailable(&root), EReservedCommitment);
    let terms = stack.terms();
    let count = terms.attesters();
    let mut leaves = vector::tabulate!(count + 1, |_| commitment::unavailable());
    *&mut leaves[0] = leaf;
    let deadline = epoch + terms.window();
    let mut ticket = Ticket {
        claimed,
        root,
        inputs,
        seed: generator.generate_bytes(SEED_BYTES),
        leaves,
        attesters: vector[],
        attested: vector[],
        drawn: vector[],
        required: false,
        surcharge: 0,
        deadline,
        window_left: 0,
        redraws: 0,
        slashed: 0,
        state: OPEN,
    };
    if (config::is_sampling(stack.level())) {
        let (drawn, complete) = draw_attesters(&ticket, stack, count, task, nodes, generator, epoch);
        ticket.drawn = drawn;
        ticket.attesters = vector::tabulate!(count, |i| if (i < ticket.drawn.length()) ticket.drawn[i] else NOBODY);
        ticket.attested = vector::tabulate!(count, |_| false);
        let roll = generator.generate_u64_in_range(0, CERTAIN - 1);
        let any = if (complete) ticket.drawn.length().min(1) else 1;
        // 1 when roll < probability and somebody can be drawn, else 0: the codes of AWAITING and OPEN.
        let probability = terms.probability(claimed, stack.units());
        let flag = any * ((probability + CERTAIN - 1 - roll) / CERTAIN);
        ticket.surcharge = any * terms.surcharge_on(stack.value(), probability);
        ticket.state = flag as u8;
        ticket.required = flag == 1;
        let slash = flag * terms.silence_slash_on(stack.value());
        ticket.drawn.do_ref!(|attester| node::reserve(nodes, *attester, slash));
    };
    events::stack_try_settle(
        small_id::stack(id),
        small_id::node(stack.node()),
        small_id::nodes(&ticket.drawn),
        ticket.required,
        root,
        leaf,
        inputs,
        ticket.seed,
        claimed,
        deadline,
    );
    ticket
}

fun draw_attesters(
    self: &Ticket,
    stack: &Stack,
    count: u64,
    task: &Task,
    nodes: &Table<u64, Node>,
    generator: &mut RandomGenerator,
    epoch: u64,
): (vector<u64>, bool) {
    let mut excluded = self.drawn;
    excluded.push_back(stack.node());
    let owner = node::get(nodes, stack.node()).owner();
    let (terms, value) = (stack.terms(), stack.value());
    let (bond, slash) = (terms.dispute_bond_on(value), terms.silence_slash_on(value));
    let rule = sampling::checker(task, bond, slash, excluded, vector[owner], epoch);
    sampling::draw(task, nodes, &rule, count, generator)
}

// ---------------------------------------------------------------- attesting

/// Aborts unless the node may attest now; its place among the attesters.
public(package) fun assert_may_attest(self: &Ticket, node: u64, epoch: u64): u64 {
    assert!(self.state != DISPUTED, EStackDisputed);
    assert!(self.state != OPEN_REQUIRED, EOpeningRequired);
    assert!(!self.drawn.is_empty(), ENoAttesterDrawn);
    assert!(self.required, EAttestationNotRequired);
    let place = self.attesters.find_index!(|id| *id == node);
    assert!(place.is_some(), ENotAnAttester);
    let place = place.destroy_some();
    assert!(!self.attested[place], EAlreadyAttested);
    assert!(self.state == AWAITING, EAttestationNotRequired);
    assert!(epoch < self.deadline, EWindowClosed);
    place
}

/// Stores a leaf under the ticket's own root; the last one decides between clean and open required. A single attester's must lead to the
/// root: it is never the one who leaves a wrong pair of leaves behind.
public(package) fun attest(
    self: &mut Ticket,
    id: u64,
    stack: &Stack,
    place: u64,
    leaf: vector<u8>,
    nodes: &mut Table<u64, Node>,
    epoch: u64,
) {
    let attester = small_id::node(self.attesters[place]);
    node::release(nodes, self.attesters[place], stack.terms().silence_slash_on(stack.value()));
    *&mut self.leaves[place + 1] = leaf;
    *&mut self.attested[place] = true;
    events::new_attestation(small_id::stack(id), attester, self.root, leaf);
    if (!self.silent().is_empty() || !self.vacant_places().is_empty()) return;
    let fits = commitment::proof_of_leaves(&self.leaves) == self.root;
    assert!(fits || self.attesters.length() > 1, EWrongLeaf);
    if (fits) self.make_clean(id, stack) else self.require_opening(id, stack, epoch)
}

/// Attesters that have a place and have not attested.
public(package) fun silent(self: &Ticket): vector<u64> {
    let mut silent = vector[];
    self.attesters.length().do!(|i| {
        if (self.attesters[i] != NOBODY && !self.attested[i]) silent.push_back(self.attesters[i])
    });
    silent
}

fun make_clean(self: &mut Ticket, id: u64, stack: &Stack) {
    self.state = CLEAN;
    events::settlement_ticket(
        small_id::stack(id),
        small_id::node(stack.node()),
        small_id::nodes(&self.attesters()),
        self.claimed,
        self.root,
        self.leaves,
        self.deadline,
    );
}

/// Lets attesters go where one differs and no jury can be seated: nobody could tell who is right, so the commitment is opened.
public(package) fun excuse(
    self: &mut Ticket,
    id: u64,
    stack: &Stack,
    place: u64,
    nodes: &mut Table<u64, Node>,
    epoch: u64,
) {
    events::attester_excused(small_id::stack(id), small_id::node(self.attesters[place]));
    self.release(stack, nodes);
    let silent = self.silent();
    self.attesters = self.attesters.map!(|node| if (silent.contains(&node)) NOBODY else node);
    self.require_opening(id, stack, epoch)
}

/// The duties of attesters that are still awaited end.
public(package) fun release(self: &Ticket, stack: &Stack, nodes: &mut Table<u64, Node>) {
    if (self.state != AWAITING) return;
    let slash = stack.terms().silence_slash_on(stack.value());
    self.silent().do!(|attester| node::release(nodes, attester, slash));
}

/// Where no jury can sit either the commitment is opened. Stops the window: what is left of it runs on once the commitment has been opened,
/// so that an attester in league with the node cannot take the buyer's time to dispute away.
public(package) fun require_opening(self: &mut Ticket, id: u64, stack: &Stack, epoch: u64) {
    self.window_left = self.deadline - self.deadline.min(epoch);
    self.deadline = epoch;
    self.state = OPEN_REQUIRED;
    events::opening_required(
        small_id::stack(id),
        small_id::node(stack.node()),
        epoch,
        epoch + config::opening_epochs(),
    );
}

// ---------------------------------------------------------------- silent attesters

/// Fills vacant places, and from the deadline on slashes and replaces the attesters that were silent. Returns whether there is nobody to take a
/// place, after two replacements or because the task has too few nodes left: a jury then looks at the rows. A draw that fills nothing
/// because it did not look at everybody changes nothing, but from two epochs after the deadline on, so that a ticket moves on also where
/// nobody can ever be drawn.
public(package) fun redraw(
    self: &mut Ticket,
    id: u64,
    stack: &Stack,
    task: &Task,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
    generator: &mut RandomGenerator,
    epoch: u64,
): bool {
    assert!(self.state != DISPUTED, EStackDisputed);
    assert!(self.state == AWAITING, EAttestationNotRequired);
    let silent = if (epoch >= self.deadline) self.silent() else vector[];
    let slash = stack.terms().silence_slash_on(stack.value());
    let before = pool.value();
    silent.do_ref!(|node| {
        node::release(nodes, *node, slash);
        punish(*node, id, slash, nodes, pool);
    });
    self.slashed = self.slashed + pool.value() - before;
    self.attesters = self.attesters.map!(|node| if (silent.contains(&node)) NOBODY else node);
    let places = self.vacant_places();
    assert!(!places.is_empty(), ERedrawTooEarly);
    let replaces = !silent.is_empty();
    let (fresh, complete) = if (replaces && self.redraws >= config::max_redraws()) (vector[], true)
    else self.draw_attesters(stack, places.length(), task, nodes, generator, epoch);
    let complete = complete || epoch >= self.deadline + config::opening_epochs();
    assert!(complete || replaces || !fresh.is_empty(), EDrawIncomplete);
    if (complete && fresh.length() < places.length()) {
        // Who was found still answers first: an opening is no way past them.
        assert!(self.silent().is_empty(), ERedrawTooEarly);
        emit_redrawn(self, id, &silent, &vector[]);
        return true
    };
    fresh.length().do!(|i| *&mut self.attesters[places[i]] = fresh[i]);
    fresh.do_ref!(|attester| node::reserve(nodes, *attester, slash));
    self.drawn.append(fresh);
    if (replaces) self.redraws = self.redraws + 1;
    self.deadline = epoch + stack.terms().window();
    emit_redrawn(self, id, &silent, &fresh);
    false
}

fun vacant_places(self: &Ticket): vector<u64> {
    let mut places = vector[];
    self.attesters.length().do!(|i| if (self.attesters[i] == NOBODY) places.push_back(i));
    places
}

fun emit_redrawn(self: &Ticket, id: u64, silent: &vector<u64>, fresh: &vector<u64>) {
    events::attesters_redrawn(
        small_id::stack(id),
        small_id::nodes(silent),
        small_id::nodes(fresh),
        self.redraws,
        self.deadline,
    )
}

/// What a silent or wrong checker loses: S of its stake, to the pool, and ten points of reputation.
public(package) fun punish(
    node: u64,
    stack: u64,
    slash: u64,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
) {
    node::slash(nodes, node, stack, slash, pool);
    node::blame(nodes, node);
}

// ---------------------------------------------------------------- opening

/// Opens the commitment. Attesters whose leaf does not follow from it are punished like silent ones. Returns
/// whether the commitment stands; if not (the node's own leaf is wrong, or the units are not the claimed ones)
/// the caller forfeits the stack.
public(package) fun open(
    self: &mut Ticket,
    id: u64,
    stack: &Stack,
    history_root: vector<u8>,
    units: u64,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
    epoch: u64,
): bool {
    self.assert_open_required();
    assert!(epoch < self.deadline + config::opening_epochs(), EOpeningTooLate);
    let terms = stack.terms();
    let secret = commitment::secret(history_root, id, units);
    assert!(commitment::proof_of_secret(&secret, terms.attesters()) == self.root, ECommitmentMismatch);
    let slash = terms.silence_slash_on(stack.value());
    let rejected = self.reject_wrong_leaves(id, &secret, slash, nodes, pool);
    let valid = units == self.claimed && self.leaves[0] == commitment::party_leaf(&secret, 0);
    self.state = CLEAN;
    // An opening can come at the very end of an epoch: where time to dispute is left it has a whole epoch behind that.
    self.deadline = epoch + if (self.window_left == 0) 0 else self.window_left.max(MIN_WINDOW_LEFT);
    events::stack_opened(
        small_id::stack(id),
        valid,
        history_root,
        units,
        small_id::nodes(&rejected),
        self.deadline,
    );
    valid
}

/// Takes the place of every backer whose leaf does not follow from the secret, and punishes it.
public(package) fun reject_wrong_leaves(
    self: &mut Ticket,
    id: u64,
    secret: &vector<u8>,
    slash: u64,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
): vector<u64> {
    let mut rejected = vector[];
    self.attesters.length().do!(|i| {
        if (self.attested[i] && self.leaves[i + 1] != commitment::party_leaf(secret, i + 1)) {
            let attester = self.attesters[i];
            rejected.push_back(attester);
            punish(attester, id, slash, nodes, pool);
            *&mut self.attesters[i] = NOBODY;
            *&mut self.attested[i] = false;
        }
    });
    rejected
}

public(package) fun assert_expired(self: &Ticket, epoch: u64) {
    self.assert_open_required();
    assert!(epoch >= self.deadline + config::opening_epochs(), EExpiryTooEarly);
}

fun assert_open_required(self: &Ticket) {
    assert!(self.state != DISPUTED, EStackDisputed);
    assert!(self.state == OPEN_REQUIRED, EOpeningNotRequired);
}

// ---------------------------------------------------------------- disputing

public(package) fun assert_may_dispute(self: &Ticket, epoch: u64) {
    assert!(self.state != DISPUTED, EStackDisputed);
    assert!(self.state != OPEN_REQUIRED, EOpeningRequired);
    assert!(epoch < self.deadline, EWindowClosed);
}

public(package) fun set_disputed(self: &mut Ticket) { self.state = DISPUTED }

// ---------------------------------------------------------------- the end of a ticket

public(package) fun assert_claimable(self: &Ticket, epoch: u64) {
    assert!(self.state != DISPUTED, EStackDisputed);
    assert!(self.state != OPEN_REQUIRED, EOpeningRequired);
    assert!(self.state != AWAITING, EAttestationPending);
    assert!(epoch >= self.deadline, EClaimTooEarly);
}

/// Only the stack's owner and its node end it right after the window: a stranger would take the storage rebate, and a stack out of the
/// node's batch of claims.
public(package) fun assert_may_finalize(self: &Ticket, stack: &Stack, node: &Node, sender: address, epoch: u64) {
    let party = sender == stack.owner() || sender == node.owner();
    assert!(party || epoch >= self.deadline + config::claim_epochs(), EFinalizeTooEarly);
}

/// Ends a stack whose claim stands: the fee is returned to the caller, the surcharge on it goes to the pool,
/// the rest of the escrow to the buyer, the bond back to the node, and every backer is credited.
/// Returns the fee, the buyer's refund and the surcharge.
public(package) fun pay(
    self: Ticket,
    id: u64,
    stack: Stack,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
): (Balance<TOMA>, u64, u64) {
    let terms = *stack.terms();
    let (owner, seller) = (stack.owner(), stack.node());
    let fee = stack.fee(self.claimed);
    let (surcharge, attester_pay) = (self.surcharge, terms.attester_pay_on(stack.value()));
    let (mut escrow, bond) = stack.end(nodes, tasks);
    node::get_mut(nodes, seller).return_to_stake(bond);
    let earned = escrow.split(fee);
    pool.join(escrow.split(surcharge));
    let refund = escrow.value();
    money::send(escrow, owner, ctx);
    let backers = self.backers();
    backers.do_ref!(|backer| {
        node::add_credit(nodes, *backer, attester_pay);
        node::praise(nodes, *backer, ctx.epoch());
    });
    node::praise(nodes, seller, ctx.epoch());
    events::ticket_claimed(
        small_id::stack(id),
        small_id::node(seller),
        small_id::nodes(&backers),
        self.claimed,
        fee,
        refund,
        surcharge,
        attester_pay,
    );
    (earned, refund, surcharge)
}

/// Ends a stack by its node's fault: the buyer gets everything back, the bond goes to the pool, the node's
/// reputation is gone.
public(package) fun forfeit(
    id: u64,
    stack: Stack,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let (owner, seller, refund) = (stack.owner(), stack.node(), stack.escrow());
    let bond = stack.refund(nodes, tasks, ctx);
    events::stack_forfeited(small_id::stack(id), small_id::node(seller), owner, refund, bond.value());
    pool.join(bond);
    node::disgrace(nodes, seller);
}

/// Ends a stack whose commitment nobody opened; whoever confirmed it counts as silent.
public(package) fun expire(
    self: Ticket,
    id: u64,
    stack: Stack,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let slash = stack.terms().silence_slash_on(stack.value());
    let backers = self.backers();
    backers.do_ref!(|backer| punish(*backer, id, slash, nodes, pool));
    events::settlement_expired(small_id::stack(id), small_id::node(stack.node()), small_id::nodes(&backers));
    forfeit(id, stack, nodes, tasks, pool, ctx);
}
