/// Disputes: a jury drawn from the task votes by commit and reveal, and the votes decide where the buyer's
/// escrow, the node's bond and the challenger's bond go. Without a jury the manager may rule for two epochs.
module atoma::dispute;

use atoma::commitment;
use atoma::config::{Self, Terms};
use atoma::events;
use atoma::money;
use atoma::node::{Self, Node};
use atoma::sampling;
use atoma::settlement::{Self, Ticket};
use atoma::small_id;
use atoma::stack::Stack;
use atoma::task::Task;
use sui::balance::Balance;
use sui::random::RandomGenerator;
use sui::table::Table;
use toma::toma::TOMA;

/// Outcomes.
const CONVICTED: u8 = 0;
const ACQUITTED: u8 = 1;
const INPUTS_UNAVAILABLE: u8 = 2;
const NO_MAJORITY: u8 = 3;

const MAX_ROWS: u64 = 8;
/// Permille of the units bought.
const MAX_NAMED_SHARE: u64 = 100;
const MAX_RECEIPTS: u64 = 8;
const MAX_RECEIPT_BYTES: u64 = 1_024;

/// The small id that no node has.
const NOBODY: u64 = 0;

#[error]
const EDisputeNotFound: vector<u8> = b"The stack is not in dispute";
#[error]
const ENotAJuror: vector<u8> = b"The node is not a juror of this dispute";
#[error]
const ECommitPhaseOver: vector<u8> = b"The votes of this dispute can no longer be committed";
#[error]
const ERevealPhaseNotOpen: vector<u8> = b"The votes of this dispute cannot be revealed yet";
#[error]
const ERevealPhaseOver: vector<u8> = b"The votes of this dispute can no longer be revealed";
#[error]
const EAlreadyCommitted: vector<u8> = b"The juror has already committed its vote";
#[error]
const ENotCommitted: vector<u8> = b"The juror has not committed a vote";
#[error]
const EAlreadyRevealed: vector<u8> = b"The juror has already revealed its vote";
#[error]
const EVoteMismatch: vector<u8> = b"History root, units and salt do not give the committed vote";
#[error]
const EResolveTooEarly: vector<u8> = b"The dispute still waits for votes or for the manager's ruling";
#[error]
const EJurySeated: vector<u8> = b"A jury decides this dispute, not the manager";
#[error]
const ERulingTooLate: vector<u8> = b"The time for the manager's ruling has passed";
#[error]
const ESecondJuryDue: vector<u8> = b"The jury came to no decision: seat the second one first";
#[error]
const ENoSecondJury: vector<u8> = b"There is no second jury to seat: votes are open, they decide, or one was looked for before";
#[error]
const ENotToJoin: vector<u8> = b"Only an attester that was drawn, has not attested and has not joined yet joins a dispute, while its first jury commits, and none that an attester started";
#[error]
const EJuryIncomplete: vector<u8> = b"The draw found no jury before it had looked at everybody: send it again";
#[error]
const ETooManyRows: vector<u8> = b"A dispute names at most 8 rows, and units with them only: at most a tenth of the units bought";
#[error]
const ETooManyReceipts: vector<u8> = b"A dispute shows at most 8 receipts of at most 1,024 bytes each";
#[error]
const EInvalidOutcome: vector<u8> = b"A ruling is 0 (convicted), 1 (acquitted) or 2 (inputs unavailable)";

public struct Dispute has store {
    challenger: address,
    /// The challenger as an attester drawn for the stack, else nobody.
    challenger_node: u64,
    /// The bond came from that attester's stake and returns there.
    from_stake: bool,
    commitment: vector<u8>,
    rows: vector<u64>,
    named_units: u64,
    bond: Balance<TOMA>,
    jurors: vector<u64>,
    /// By seat; empty where nothing was committed or revealed.
    commits: vector<vector<u8>>,
    secrets: vector<vector<u8>>,
    units: vector<u64>,
    /// Whether the rows of the seed alone, without receipts and named rows, already differ.
    blames: vector<bool>,
    /// Drawn attesters that came to their own accusation after somebody else had disputed.
    joined: vector<Joined>,
    epoch: u64,
    commit_deadline: u64,
    reveal_deadline: u64,
    /// Everybody of a first jury that came to no decision, or to one by a single vote; empty before a second one was seated. After a single
    /// vote it keeps its seats, in front of the second jury's.
    first_jury: vector<u64>,
    /// Of a first jury that came to no decision, who said that the inputs were unavailable.
    first_unavailable: vector<u64>,
    /// The first jury decided by a single vote: both decide together.
    together: bool,
    /// No further jury is looked for.
    last: bool,
}

/// A drawn attester's own accusation.
public struct Joined has copy, drop, store { node: u64, owner: address, claim: vector<u8> }

/// What a challenger adds to its accusation: rows to be checked besides those of the seed, and receipts of the accused.
public struct Exhibits has copy, drop { rows: vector<u64>, named_units: u64, receipts: vector<vector<u8>> }

/// How the seats voted: who agreed on the winning secret, who on another, who revealed nothing.
public struct Tally has copy, drop { majority: vector<u64>, minority: vector<u64>, silent: vector<u64> }

/// Everything a resolution moves, for its event.
public struct Payout has drop {
    node_fee: u64,
    refund: u64,
    bond_returned: u64,
    juror_pay: u64,
    paid_jurors: vector<u64>,
    slashed_jurors: vector<u64>,
    challenger_returned: u64,
    challenger_share: u64,
    share_node: u64,
    pool: u64,
}

// ---------------------------------------------------------------- rows

public(package) fun get(disputes: &Table<u64, Dispute>, stack: u64): &Dispute {
    assert!(disputes.contains(stack), EDisputeNotFound);
    disputes.borrow(stack)
}

public(package) fun get_mut(disputes: &mut Table<u64, Dispute>, stack: u64): &mut Dispute {
    assert!(disputes.contains(stack), EDisputeNotFound);
    disputes.borrow_mut(stack)
}

public fun challenger(self: &Dispute): address { self.challenger }

public fun challenger_node(self: &Dispute): u64 { self.challenger_node }

public fun bond(self: &Dispute): u64 { self.bond.value() }

public fun jurors(self: &Dispute): vector<u64> { self.jurors }

public fun dispute_epoch(self: &Dispute): u64 { self.epoch }

public fun commit_deadline(self: &Dispute): u64 { self.commit_deadline }

public fun reveal_deadline(self: &Dispute): u64 { self.reveal_deadline }

public fun commits(self: &Dispute): u64 { self.commits.count!(|commit| !commit.is_empty()) }

public fun reveals(self: &Dispute): u64 { self.secrets.count!(|secret| !secret.is_empty()) }

public fun has_committed(self: &Dispute, juror: u64): bool { !self.commits[self.seat_of(juror)].is_empty() }

public fun has_revealed(self: &Dispute, juror: u64): bool { !self.secrets[self.seat_of(juror)].is_empty() }

/// All votes are in (but not in the epoch of the dispute itself), or the time is over.
public fun is_commit_over(self: &Dispute, epoch: u64): bool {
    epoch >= self.commit_deadline || (epoch > self.epoch && self.commits() == self.jurors.length())
}

/// Committing is over and every committed vote is revealed, or the time is over. Without a jury: the
/// manager's time is over.
public fun is_resolvable(self: &Dispute, epoch: u64): bool {
    if (self.jurors.is_empty()) return epoch >= self.epoch + config::ruling_epochs();
    epoch >= self.reveal_deadline || (self.is_commit_over(epoch) && self.reveals() == self.commits())
}

public fun rows(self: &Dispute): vector<u64> { self.rows }

public fun named_units(self: &Dispute): u64 { self.named_units }

// ---------------------------------------------------------------- opening

public(package) fun no_exhibits(): Exhibits { Exhibits { rows: vector[], named_units: 0, receipts: vector[] } }

/// Rows and units are named together, or neither.
public(package) fun new_exhibits(
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    units_bought: u64,
): Exhibits {
    assert!(rows.length() <= MAX_ROWS && rows.is_empty() == (named_units == 0), ETooManyRows);
    assert!(named_units <= money::permille_floor(units_bought, MAX_NAMED_SHARE), ETooManyRows);
    assert!(receipts.length() <= MAX_RECEIPTS, ETooManyReceipts);
    assert!(receipts.all!(|receipt| receipt.length() <= MAX_RECEIPT_BYTES), ETooManyReceipts);
    Exhibits { rows, named_units, receipts }
}

/// The jury of a new dispute; empty where everybody was looked at and fewer than three can sit.
public(package) fun first_jurors(
    stack: &Stack,
    ticket: &Ticket,
    challenger: address,
    challenger_node: u64,
    task: &Task,
    nodes: &Table<u64, Node>,
    generator: &mut RandomGenerator,
    epoch: u64,
): vector<u64> {
    let nobody = vector[];
    let (jurors, complete) =
        draw_jury(stack, ticket, challenger, challenger_node, nobody, task, nodes, generator, epoch);
    assert!(complete || !jurors.is_empty(), EJuryIncomplete);
    jurors
}

/// Starts a dispute about a settled stack, before the jury given, and blocks the claim.
public(package) fun start(
    id: u64,
    stack: &Stack,
    ticket: &mut Ticket,
    challenger: address,
    challenger_node: u64,
    from_stake: bool,
    claim: vector<u8>,
    exhibits: Exhibits,
    bond: Balance<TOMA>,
    jurors: vector<u64>,
    nodes: &mut Table<u64, Node>,
    epoch: u64,
): Dispute {
    let terms = stack.terms();
    reserve(stack, &jurors, nodes);
    ticket.set_disputed();
    let commit_deadline = epoch + terms.phase();
    let reveal_deadline = commit_deadline + terms.phase();
    events::dispute_started(
        small_id::stack(id),
        small_id::node(stack.node()),
        ticket.root(),
        challenger,
        small_id::node(challenger_node),
        claim,
        exhibits.rows,
        exhibits.named_units,
        exhibits.receipts,
        bond.value(),
        small_id::nodes(&jurors),
        epoch,
        commit_deadline,
        reveal_deadline,
    );
    Dispute {
        challenger,
        challenger_node,
        from_stake,
        commitment: claim,
        rows: exhibits.rows,
        named_units: exhibits.named_units,
        bond,
        commits: jurors.map_ref!(|_| vector[]),
        secrets: jurors.map_ref!(|_| vector[]),
        units: jurors.map_ref!(|_| 0),
        blames: jurors.map_ref!(|_| false),
        joined: vector[],
        jurors,
        epoch,
        commit_deadline,
        reveal_deadline,
        first_jury: vector[],
        first_unavailable: vector[],
        together: false,
        last: false,
    }
}

/// The jury, empty where fewer than three were found, and whether everybody was looked at.
fun draw_jury(
    stack: &Stack,
    ticket: &Ticket,
    challenger: address,
    challenger_node: u64,
    barred: vector<u64>,
    task: &Task,
    nodes: &Table<u64, Node>,
    generator: &mut RandomGenerator,
    epoch: u64,
): (vector<u64>, bool) {
    let terms = stack.terms();
    let mut excluded = if (ticket.is_required()) ticket.attesters() else vector[];
    excluded.append(barred);
    excluded.push_back(stack.node());
    excluded.push_back(challenger_node);
    let owner = node::get(nodes, stack.node()).owner();
    let slash = terms.silence_slash_on(stack.value());
    let rule = sampling::checker(task, slash, slash, excluded, vector[owner, challenger], epoch);
    let (mut jurors, complete) = sampling::draw(task, nodes, &rule, terms.jurors(), generator);
    let seats = config::seats(jurors.length(), terms.jurors());
    while (jurors.length() > seats) { jurors.pop_back(); };
    (jurors, complete)
}

/// Whether the votes, complete or out of time, decide nothing that a second jury could not decide better: no majority, one for
/// "unavailable", or one by a single vote, which three bought jurors of five can make.
public fun needs_second_jury(self: &Dispute, epoch: u64): bool {
    if (self.last || self.jurors.is_empty() || !self.is_resolvable(epoch)) return false;
    let winner = self.winning_seat();
    winner.is_none() || commitment::is_unavailable(&self.secrets[*winner.borrow()]) || self.is_contested(&winner)
}

/// Whether all other seats agree on one other history, so that the winner won by a single vote. A majority for "unavailable" has no history
/// to be held against another: its votes are dropped.
fun is_contested(self: &Dispute, winner: &Option<u64>): bool {
    if (winner.is_none() || commitment::is_unavailable(&self.secrets[*winner.borrow()])) return false;
    let (seats, won) = (self.jurors.length(), &self.secrets[*winner.borrow()]);
    self.secrets.any!(|secret| {
        let counts = secret != won && !secret.is_empty() && !commitment::is_unavailable(secret);
        counts && 2 * self.secrets.count!(|other| other == secret) + 1 == seats
    })
}

/// Seats a second jury, or finds that the first one's word stands. Where the first came to no decision its votes are dropped, and who was
/// silent is slashed here; where it decided by a single vote the second jury is added to it. In a task so large that
/// no draw looks at everybody a draw that finds nobody may be sent again; two epochs after the votes it is taken at its word, so
/// that a dispute ends also where nobody else could ever be drawn.
public(package) fun seat_second(
    self: &mut Dispute,
    id: u64,
    stack: &Stack,
    ticket: &Ticket,
    task: &Task,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
    generator: &mut RandomGenerator,
    epoch: u64,
) {
    assert!(self.needs_second_jury(epoch), ENoSecondJury);
    let (jurors, complete) = draw_jury(
        stack,
        ticket,
        self.challenger,
        self.challenger_node,
        self.jurors,
        task,
        nodes,
        generator,
        epoch,
    );
    let given_up = epoch >= self.reveal_deadline + config::ruling_epochs();
    assert!(complete || given_up || !jurors.is_empty(), EJuryIncomplete);
    self.last = true;
    if (!jurors.is_empty()) {
        let terms = stack.terms();
        self.together = self.is_contested(&self.winning_seat());
        self.first_jury = self.jurors;
        if (!self.together) {
            let slash = terms.silence_slash_on(stack.value());
            let silent = self.tally(&option::none()).silent;
            silent.do_ref!(|juror| node::slash(nodes, *juror, id, slash, pool));
            self.release(stack, nodes);
            self.first_unavailable = self.unavailable_jurors();
            self.clear_seats();
        };
        self.commits.append(jurors.map_ref!(|_| vector[]));
        self.secrets.append(jurors.map_ref!(|_| vector[]));
        self.units.append(jurors.map_ref!(|_| 0));
        self.blames.append(jurors.map_ref!(|_| false));
        reserve(stack, &jurors, nodes);
        self.jurors.append(jurors);
        self.epoch = epoch;
        self.commit_deadline = epoch + terms.phase();
        self.reveal_deadline = self.commit_deadline + terms.phase();
    };
    events::second_jury(
        small_id::stack(id),
        small_id::node(stack.node()),
        small_id::nodes(&jurors),
        epoch,
        self.commit_deadline,
        self.reveal_deadline,
    );
}

/// What a juror may lose stays free while it sits.
fun reserve(stack: &Stack, jurors: &vector<u64>, nodes: &mut Table<u64, Node>) {
    let slash = stack.terms().silence_slash_on(stack.value());
    jurors.do_ref!(|juror| node::reserve(nodes, *juror, slash));
}

fun release(self: &Dispute, stack: &Stack, nodes: &mut Table<u64, Node>) {
    let slash = stack.terms().silence_slash_on(stack.value());
    self.jurors.do_ref!(|juror| node::release(nodes, *juror, slash));
}

fun clear_seats(self: &mut Dispute) {
    self.commits = vector[];
    self.secrets = vector[];
    self.units = vector[];
    self.blames = vector[];
    self.jurors = vector[];
}

fun unavailable_jurors(self: &Dispute): vector<u64> {
    let mut jurors = vector[];
    self.jurors.length().do!(|i| {
        let secret = &self.secrets[i];
        if (!secret.is_empty() && commitment::is_unavailable(secret)) jurors.push_back(self.jurors[i]);
    });
    jurors
}

public fun first_jury(self: &Dispute): vector<u64> { self.first_jury }

// ---------------------------------------------------------------- voting

public(package) fun commit(self: &mut Dispute, id: u64, juror: u64, vote: vector<u8>, epoch: u64) {
    commitment::assert_hash(&vote);
    let seat = self.seat_of(juror);
    assert!(self.commits[seat].is_empty(), EAlreadyCommitted);
    assert!(!self.is_commit_over(epoch), ECommitPhaseOver);
    *&mut self.commits[seat] = vote;
    events::vote_committed(id, juror, vote);
}

public(package) fun reveal(
    self: &mut Dispute,
    id: u64,
    juror: u64,
    history_root: vector<u8>,
    units: u64,
    salt: vector<u8>,
    blame: bool,
    epoch: u64,
) {
    commitment::assert_hash(&history_root);
    commitment::assert_hash(&salt);
    let seat = self.seat_of(juror);
    assert!(self.is_commit_over(epoch), ERevealPhaseNotOpen);
    assert!(epoch < self.reveal_deadline, ERevealPhaseOver);
    assert!(!self.commits[seat].is_empty(), ENotCommitted);
    assert!(self.secrets[seat].is_empty(), EAlreadyRevealed);
    assert!(commitment::vote(id, juror, history_root, units, salt, blame) == self.commits[seat], EVoteMismatch);
    *&mut self.secrets[seat] = if (commitment::is_unavailable(&history_root)) history_root
    else commitment::secret(history_root, id, units);
    *&mut self.units[seat] = units;
    *&mut self.blames[seat] = blame;
    events::vote_revealed(id, juror, history_root, units, blame);
}

/// Adds a drawn attester's own accusation to somebody else's dispute: on conviction the attester's share is then its own.
public(package) fun join(self: &mut Dispute, id: u64, ticket: &Ticket, node: u64, owner: address, claim: vector<u8>, epoch: u64) {
    commitment::assert_hash(&claim);
    let drawn = ticket.is_required() && ticket.silent().contains(&node);
    let early = self.first_jury.is_empty() && !self.is_commit_over(epoch);
    let joined = self.joined.any!(|other| other.node == node);
    assert!(drawn && early && !joined && self.challenger_node == NOBODY, ENotToJoin);
    self.joined.push_back(Joined { node, owner, claim });
    events::dispute_joined(small_id::stack(id), small_id::node(node), claim);
}

fun seat_of(self: &Dispute, juror: u64): u64 {
    let seat = self.jurors.find_index!(|id| *id == juror);
    assert!(seat.is_some(), ENotAJuror);
    seat.destroy_some()
}

// ---------------------------------------------------------------- resolving

/// Ends a dispute by its votes, and the stack with it.
public(package) fun resolve(
    self: Dispute,
    id: u64,
    stack: Stack,
    ticket: Ticket,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    assert!(self.is_resolvable(ctx.epoch()), EResolveTooEarly);
    assert!(!self.needs_second_jury(ctx.epoch()), ESecondJuryDue);
    self.release(&stack, nodes);
    let winner = self.winning_seat();
    let tally = self.tally(&winner);
    if (winner.is_none()) return self.end_undecided(id, stack, tally, &ticket, nodes, tasks, pool, ctx);
    let seat = winner.destroy_some();
    let secret = self.secrets[seat];
    if (commitment::is_unavailable(&secret)) {
        return self.end_unavailable(id, stack, false, nodes, tasks, pool, ctx)
    };
    let root = commitment::proof_of_secret(&secret, stack.terms().attesters());
    // The node's own leaf belongs to the claim: with a wrong one no attester could confirm it.
    if (root == ticket.root() && self.units[seat] == ticket.claimed() && ticket.has_leaf_of(&secret)) {
        self.acquit(id, stack, ticket, tally, secret, false, nodes, tasks, pool, ctx)
    } else {
        self.convict(id, stack, ticket, tally, root, false, nodes, tasks, pool, ctx)
    }
}

/// Ends a dispute without a jury by the manager's ruling.
public(package) fun rule(
    self: Dispute,
    id: u64,
    stack: Stack,
    ticket: Ticket,
    outcome: u8,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    assert!(self.jurors.is_empty(), EJurySeated);
    assert!(ctx.epoch() < self.epoch + config::ruling_epochs(), ERulingTooLate);
    assert!(outcome <= INPUTS_UNAVAILABLE, EInvalidOutcome);
    let tally = self.tally(&option::none());
    if (outcome == CONVICTED) self.convict(id, stack, ticket, tally, vector[], true, nodes, tasks, pool, ctx)
    else if (outcome == ACQUITTED) self.acquit(id, stack, ticket, tally, vector[], true, nodes, tasks, pool, ctx)
    else self.end_unavailable(id, stack, true, nodes, tasks, pool, ctx)
}

/// A seat whose secret more than half of all seats revealed; where two juries decide together, the one that most did.
fun winning_seat(self: &Dispute): Option<u64> {
    if (self.together) return option::some(self.seat_of_most());
    let seats = self.jurors.length();
    let mut winner = option::none();
    seats.do!(|i| {
        let secret = &self.secrets[i];
        let votes = self.secrets.count!(|other| other == secret);
        if (winner.is_none() && !secret.is_empty() && 2 * votes > seats) winner.fill(i);
    });
    winner
}

/// A seat whose secret most seats of both juries revealed, of equal ones that of the first jury's majority. That the inputs were unavailable
/// cannot win: the first jury had them.
fun seat_of_most(self: &Dispute): u64 {
    let (mut most, mut winner) = (0, 0);
    self.first_jury.length().do!(|i| {
        let in_first = self.votes_for(i, self.first_jury.length());
        let weight = 2 * self.votes_for(i, self.jurors.length()) + (2 * in_first / self.first_jury.length());
        if (weight > most) { most = weight; winner = i };
    });
    self.jurors.length().do!(|i| {
        let secret = &self.secrets[i];
        let weight = 2 * self.votes_for(i, self.jurors.length());
        if (weight > most && !secret.is_empty() && !commitment::is_unavailable(secret)) { most = weight; winner = i };
    });
    winner
}

/// How many of the first `seats` seats revealed the secret of a seat.
fun votes_for(self: &Dispute, seat: u64, seats: u64): u64 {
    let mut votes = 0;
    seats.do!(|i| if (self.secrets[i] == self.secrets[seat]) votes = votes + 1);
    votes
}

/// Without a winner every revealed vote stands in the minority.
fun tally(self: &Dispute, winner: &Option<u64>): Tally {
    let mut tally = Tally { majority: vector[], minority: vector[], silent: vector[] };
    self.jurors.length().do!(|i| {
        let (juror, secret) = (self.jurors[i], &self.secrets[i]);
        if (secret.is_empty()) tally.silent.push_back(juror)
        else if (winner.is_some_and!(|seat| &self.secrets[*seat] == secret)) tally.majority.push_back(juror)
        else tally.minority.push_back(juror);
    });
    tally
}

/// The claim was false: buyer refunded; the node's bond pays the majority, then the challenger if it was right (or, instead of an outsider,
/// the first attester that joined and was right), then the pool. Whoever confirmed the claim counts as silent where the rows of the
/// seed show that it is false: receipts and rows that a challenger named were not there to be checked.
fun convict(
    self: Dispute,
    id: u64,
    stack: Stack,
    ticket: Ticket,
    tally: Tally,
    root: vector<u8>,
    ruled: bool,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let terms = *stack.terms();
    let (seller, refund, value) = (stack.node(), stack.escrow(), stack.value());
    let slash = terms.silence_slash_on(value);
    let extra = money::product(stack.price(), self.named_units);
    let mut payout = new_payout();
    payout.refund = refund;
    let mut bond = stack.refund(nodes, tasks, ctx);
    payout.pay_jurors(tally.majority, &mut bond, &terms, value, extra, nodes);
    let mut share = bond.split(0);
    let joined = self.joined_right(&root, nodes);
    let to_attester = joined.is_some() || self.challenger_node != NOBODY;
    if (joined.is_some() || self.is_right(&root)) {
        let part = if (to_attester) terms.challenger_share() else terms.outsider_share();
        payout.challenger_share = money::permille_floor(bond.value(), part);
        share.join(bond.split(payout.challenger_share));
        joined.do!(|node| {
            node::get_mut(nodes, node).earn(share.withdraw_all());
            payout.share_node = node;
        });
    };
    payout.pool = bond.value();
    pool.join(bond);
    payout.slash_jurors(tally.silent, self.wrong_jurors(tally.minority), id, slash, nodes, pool);
    if (ruled || self.blames_backers(&tally)) {
        ticket.backers().do!(|backer| settlement::punish(backer, id, slash, nodes, pool))
    };
    node::disgrace(nodes, seller);
    self.end(&mut payout, share, nodes, ctx);
    payout.emit(id, seller, CONVICTED, ruled);
}

/// Whether the challenger named the root of the majority; nobody did where the manager ruled.
fun is_right(self: &Dispute, root: &vector<u8>): bool {
    !root.is_empty() && self.commitment == commitment::accusation(root, self.challenger, &self.rows)
}

/// The first attester that joined and named the root of the majority.
fun joined_right(self: &Dispute, root: &vector<u8>, nodes: &Table<u64, Node>): Option<u64> {
    if (root.is_empty()) return option::none();
    let right = self.joined.find_index!(|joined| {
        nodes.contains(joined.node) && joined.claim == commitment::accusation(root, joined.owner, &self.rows)
    });
    right.map!(|i| self.joined[i].node)
}

/// Whether most of the majority say that the rows of the seed alone differ.
fun blames_backers(self: &Dispute, tally: &Tally): bool {
    let mut blaming = 0;
    self.jurors.length().do!(|i| if (self.blames[i] && tally.majority.contains(&self.jurors[i])) blaming = blaming + 1);
    2 * blaming > tally.majority.length()
}

/// The claim was true: paid as claimed; the challenger's bond pays the majority, the rest of it the accused. Where a drawn attester
/// could not have the inputs and the jury had them, nobody can tell which of the two hid: each pays half of the jury.
/// `secret` is empty when the manager ruled; otherwise it shows which attesters had the right leaf.
fun acquit(
    self: Dispute,
    id: u64,
    stack: Stack,
    mut ticket: Ticket,
    tally: Tally,
    secret: vector<u8>,
    ruled: bool,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let terms = *stack.terms();
    let (seller, node_bond, fee) = (stack.node(), stack.bond(), stack.fee(ticket.claimed()));
    let value = stack.value();
    let slash = terms.silence_slash_on(value);
    if (!secret.is_empty()) { ticket.reject_wrong_leaves(id, &secret, slash, nodes, pool); };
    let extra = money::product(stack.price(), self.named_units);
    let mut payout = new_payout();
    let (earned, refund, surcharge) = ticket.pay(id, stack, nodes, tasks, pool, ctx);
    payout.node_fee = fee;
    payout.refund = refund;
    payout.bond_returned = node_bond;
    payout.pool = surcharge;
    let wrong = self.wrong_jurors(tally.minority);
    let shares = self.says_unavailable() && !tally.majority.is_empty();
    let (challenger, attester) = (self.challenger, self.challenger_node);
    let mut bond = self.destroy();
    if (shares) {
        let jury = money::product(terms.juror_pay_on(value), tally.majority.length());
        let half = money::half(jury).min(bond.value());
        let left = bond.value() - half;
        let rest = bond.split(left);
        payout.challenger_returned = rest.value();
        if (nodes.contains(attester)) node::get_mut(nodes, attester).return_to_stake(rest) else money::send(rest, challenger, ctx);
        let other = node::get_mut(nodes, seller).take_free(half);
        payout.bond_returned = node_bond - other.value();
        bond.join(other);
    };
    payout.pay_jurors(tally.majority, &mut bond, &terms, value, extra, nodes);
    payout.slash_jurors(tally.silent, wrong, id, slash, nodes, pool);
    let accused = node::get_mut(nodes, seller);
    accused.earn(earned);
    accused.earn(bond);
    payout.emit(id, seller, ACQUITTED, ruled);
}

/// The inputs could not be had: buyer refunded, the node's bond to the pool, jurors neither paid nor slashed.
fun end_unavailable(
    self: Dispute,
    id: u64,
    stack: Stack,
    ruled: bool,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let mut payout = new_payout();
    let seller = stack.node();
    payout.refund = stack.escrow();
    let mut bond = stack.refund(nodes, tasks, ctx);
    let nothing = bond.split(0);
    payout.pool = bond.value();
    pool.join(bond);
    node::blame(nodes, seller);
    self.end(&mut payout, nothing, nodes, ctx);
    payout.emit(id, seller, INPUTS_UNAVAILABLE, ruled);
}

/// Nobody won, in the second jury either where one could be seated: the buyer is refunded but for the surcharge, the node keeps its
/// bond and earns nothing, jurors are not paid, so that inventing votes earns nothing. The fee goes to the pool out of the
/// challenger's bond, so that a dispute nobody can decide is no way to free compute. A drawn attester is spared that where a jury sat.
fun end_undecided(
    self: Dispute,
    id: u64,
    stack: Stack,
    tally: Tally,
    ticket: &Ticket,
    nodes: &mut Table<u64, Node>,
    tasks: &mut Table<u64, Task>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let terms = *stack.terms();
    let (owner, seller, fee) = (stack.owner(), stack.node(), stack.fee(ticket.claimed()));
    let slash = terms.silence_slash_on(stack.value());
    let mut payout = new_payout();
    let (mut escrow, node_bond) = stack.end(nodes, tasks);
    payout.bond_returned = node_bond.value();
    node::get_mut(nodes, seller).return_to_stake(node_bond);
    payout.pool = ticket.surcharge();
    pool.join(escrow.split(payout.pool));
    payout.refund = escrow.value();
    money::send(escrow, owner, ctx);
    let mut dispute = self;
    let due = if (dispute.challenger_node == NOBODY || dispute.jurors.is_empty()) fee else 0;
    let price_of_work = due.min(dispute.bond.value());
    payout.pool = payout.pool + price_of_work;
    pool.join(dispute.bond.split(price_of_work));
    let nothing = dispute.bond.split(0);
    payout.slash_jurors(tally.silent, vector[], id, slash, nodes, pool);
    dispute.end(&mut payout, nothing, nodes, ctx);
    payout.emit(id, seller, NO_MAJORITY, false);
}

/// The minority, and who in a first jury said that inputs were unavailable which the second one had.
fun wrong_jurors(self: &Dispute, minority: vector<u64>): vector<u64> {
    let mut wrong = minority;
    wrong.append(self.first_unavailable);
    wrong
}

/// A drawn attester's word that it could not have the inputs.
fun says_unavailable(self: &Dispute): bool { self.from_stake && commitment::is_unavailable(&self.commitment) }

fun destroy(self: Dispute): Balance<TOMA> {
    let Dispute { bond, .. } = self;
    bond
}

/// Returns the challenger's bond, with its share: to the stake and the earnings of an attester that bonded
/// its stake, else (or when that node is gone) to the challenger's address.
fun end(self: Dispute, payout: &mut Payout, share: Balance<TOMA>, nodes: &mut Table<u64, Node>, ctx: &mut TxContext) {
    let Dispute { challenger, challenger_node, from_stake, mut bond, .. } = self;
    payout.challenger_returned = bond.value();
    if (from_stake && nodes.contains(challenger_node)) {
        let attester = node::get_mut(nodes, challenger_node);
        attester.return_to_stake(bond);
        attester.earn(share);
    } else {
        bond.join(share);
        money::send(bond, challenger, ctx);
    }
}

// ---------------------------------------------------------------- payouts

fun new_payout(): Payout {
    Payout {
        node_fee: 0,
        refund: 0,
        bond_returned: 0,
        juror_pay: 0,
        paid_jurors: vector[],
        slashed_jurors: vector[],
        challenger_returned: 0,
        challenger_share: 0,
        share_node: NOBODY,
        pool: 0,
    }
}

/// Pays each juror its due, with `extra` for named rows, out of `fund`, at most an equal share of it. A destroyed node is skipped.
fun pay_jurors(
    self: &mut Payout,
    jurors: vector<u64>,
    fund: &mut Balance<TOMA>,
    terms: &Terms,
    value: u64,
    extra: u64,
    nodes: &mut Table<u64, Node>,
) {
    if (jurors.is_empty()) return;
    self.juror_pay = money::sum(terms.juror_pay_on(value), extra).min(fund.value() / jurors.length());
    jurors.do!(|juror| if (nodes.contains(juror)) {
        node::get_mut(nodes, juror).earn(fund.split(self.juror_pay));
        self.paid_jurors.push_back(juror);
    });
}

fun slash_jurors(
    self: &mut Payout,
    silent: vector<u64>,
    minority: vector<u64>,
    stack: u64,
    slash: u64,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
) {
    self.slashed_jurors = silent;
    self.slashed_jurors.append(minority);
    self.slashed_jurors.do_ref!(|juror| node::slash(nodes, *juror, stack, slash, pool));
}

fun emit(self: Payout, stack: u64, seller: u64, outcome: u8, ruled: bool) {
    events::dispute_resolved(
        small_id::stack(stack),
        small_id::node(seller),
        outcome,
        ruled,
        self.node_fee,
        self.refund,
        self.bond_returned,
        self.juror_pay,
        small_id::nodes(&self.paid_jurors),
        small_id::nodes(&self.slashed_jurors),
        self.challenger_returned,
        self.challenger_share,
        small_id::node(self.share_node),
        self.pool,
    )
}
