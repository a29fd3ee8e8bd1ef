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
/// Challenger of an audit: the jury that looks at the rows where three attesters were silent, or none was found.
const NO_CHALLENGER: address = @0x0;

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
const EBondTooShort: vector<u8> = b"An attester disputes with at least half of the bond that is due, out of its unreserved stake: top it up, or dispute out of a wallet";
#[error]
const ECommitTooEarly: vector<u8> = b"Votes are committed from the epoch after the dispute, or after its owner's evidence, on";
#[error]
const ENotToShow: vector<u8> = b"Only the recorded owner of the stack adds evidence, once, within two epochs, to a dispute whose first jury votes and which somebody else started, or itself without the list: accusing with zeros and naming no row";
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
    /// What the owner of the stack added.
    evidence: Option<Evidence>,
    /// The owner may add it still: it did not start the dispute itself, or without the list of rows, and no second jury votes.
    waits: bool,
    /// Drawn attesters that came to their own accusation after somebody else had disputed.
    joined: vector<Joined>,
    epoch: u64,
    commit_deadline: u64,
    reveal_deadline: u64,
    /// Everybody of a first jury whose word a second one was seated to check; empty before.
    first_jury: vector<u64>,
    /// The first jury had a majority, for "unavailable" or by a single vote: it keeps its seats, in front of the second jury's, and both
    /// decide together.
    together: bool,
    /// No further jury is looked for.
    last: bool,
}

/// A drawn attester's own accusation.
public struct Joined has copy, drop, store { node: u64, owner: address, claim: vector<u8> }

/// Rows that the owner of a stack named once the dispute had started, and what it paid for their check. What no juror is paid of it comes back.
public struct Evidence has store { owner: address, rows: vector<u64>, named_units: u64, bond: Balance<TOMA> }

/// What a challenger, or the owner, has looked at: rows to be checked besides those of the seed, and receipts of the accused.
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
    /// What the owner had paid for rows.
    owner_returned: u64,
    /// The attester that joined and was right, and its share.
    share_node: u64,
    joined_share: u64,
    pool: u64,
    /// What the pool adds to the pay of jurors, out of the slashes of this dispute.
    from_pool: u64,
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

/// A jury looks at the rows because no attester did.
public fun is_audit(self: &Dispute): bool { self.challenger == NO_CHALLENGER }

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

/// The first seat of the jury that is voting.
fun first_seat(self: &Dispute): u64 { if (self.together) self.first_jury.length() else 0 }

/// How many seats of the jury that is voting hold something.
fun filled(self: &Dispute, seats: &vector<vector<u8>>): u64 {
    let (first, mut filled) = (self.first_seat(), 0);
    seats.length().do!(|i| if (i >= first && !seats[i].is_empty()) filled = filled + 1);
    filled
}

/// All votes are in, and the owner of the stack has had its time, or the time is over.
public fun is_commit_over(self: &Dispute, epoch: u64): bool {
    let voting = self.jurors.length() - self.first_seat();
    let heard = epoch > self.epoch && !self.may_show(epoch);
    epoch >= self.commit_deadline || (heard && self.filled(&self.commits) == voting)
}

/// Whether the owner of the stack may add evidence: else whoever is in league with the node could dispute first and show nothing, and
/// a node that keeps its list from the owner alone could bill what it never signed: jurors have the list, and give it.
public fun may_show(self: &Dispute, epoch: u64): bool {
    self.waits && epoch < self.epoch + config::evidence_epochs()
}

/// Committing is over and every committed vote is revealed, or the time is over. Without a jury: the
/// manager's time is over.
public fun is_resolvable(self: &Dispute, epoch: u64): bool {
    if (self.jurors.is_empty()) return epoch >= self.epoch + config::ruling_epochs();
    epoch >= self.reveal_deadline
        || (self.is_commit_over(epoch) && self.filled(&self.secrets) == self.filled(&self.commits))
}

public fun rows(self: &Dispute): vector<u64> { self.rows }

public fun named_units(self: &Dispute): u64 { self.named_units }

/// The rows that the owner named, and their units; within these it is not the challenger's that are looked at.
public fun shown_rows(self: &Dispute): vector<u64> { self.evidence.map_ref!(|shown| shown.rows).destroy_or!(vector[]) }

public fun shown_units(self: &Dispute): u64 { self.evidence.map_ref!(|shown| shown.named_units).destroy_or!(0) }

public fun evidence_shown(self: &Dispute): bool { self.evidence.is_some() }

/// What the owner paid for them.
public fun shown_bond(self: &Dispute): u64 { self.evidence.map_ref!(|shown| shown.bond.value()).destroy_or!(0) }

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

/// What looking at named rows costs whoever names them: their price for every seat.
public(package) fun bond_for_rows(stack: &Stack, seats: u64, named_units: u64): u64 {
    money::product(seats, money::product(stack.price(), named_units))
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

/// An attester's own stake may fall short of the bond that is due, but not by more than half: free accusations would pay.
public(package) fun assert_bonded(bond: u64, due: u64) { assert!(bond >= money::half(due), EBondTooShort) }

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
    let reveal_deadline = commit_deadline + terms.reveal_phase();
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
        evidence: option::none(),
        waits: challenger != stack.owner() || from_stake || says_it_lacks_the_list(challenger, &claim, &exhibits),
        joined: vector[],
        jurors,
        epoch,
        commit_deadline,
        reveal_deadline,
        first_jury: vector[],
        together: false,
        last: false,
    }
}

/// Whether a challenger names no row and accuses with zeros: without the list of rows it can do neither.
fun says_it_lacks_the_list(challenger: address, claim: &vector<u8>, exhibits: &Exhibits): bool {
    exhibits.rows.is_empty() && *claim == commitment::accusation(&commitment::unavailable(), challenger, &vector[])
}

/// The owner adds what it has to a dispute, which begins anew with it: votes committed before, and accusations of attesters that
/// joined, do not count. `bond` pays for the rows it names.
public(package) fun show(
    self: &mut Dispute,
    id: u64,
    stack: &Stack,
    owner: address,
    exhibits: Exhibits,
    bond: Balance<TOMA>,
    epoch: u64,
) {
    assert!(owner == stack.owner() && self.may_show(epoch), ENotToShow);
    self.waits = false;
    self.joined = vector[];
    self.commits = self.jurors.map_ref!(|_| vector[]);
    self.begin(stack, epoch);
    events::evidence_shown(
        small_id::stack(id),
        small_id::node(stack.node()),
        owner,
        exhibits.rows,
        exhibits.named_units,
        exhibits.receipts,
        bond.value(),
        epoch,
        self.commit_deadline,
        self.reveal_deadline,
    );
    self.evidence.fill(Evidence { owner, rows: exhibits.rows, named_units: exhibits.named_units, bond });
}

/// Sets the times of a jury that votes from the next epoch on.
fun begin(self: &mut Dispute, stack: &Stack, epoch: u64) {
    let terms = stack.terms();
    self.epoch = epoch;
    self.commit_deadline = epoch + terms.phase();
    self.reveal_deadline = self.commit_deadline + terms.reveal_phase();
}

/// Seats a jury that looks at the rows because no attester did. What silent attesters lost is its fund.
public(package) fun audit(
    id: u64,
    stack: &Stack,
    ticket: &mut Ticket,
    jurors: vector<u64>,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
    epoch: u64,
): Dispute {
    let amount = ticket.slashed().min(pool.value());
    let fund = pool.split(amount);
    let nothing = commitment::unavailable();
    start(id, stack, ticket, NO_CHALLENGER, NOBODY, false, nothing, no_exhibits(), fund, jurors, nodes, epoch)
}

/// The jury of an audit; empty where fewer than three can sit, in a task so large that no draw looks at everybody two epochs after the window.
public(package) fun auditors(
    stack: &Stack,
    ticket: &Ticket,
    task: &Task,
    nodes: &Table<u64, Node>,
    generator: &mut RandomGenerator,
    epoch: u64,
): vector<u64> {
    let (jurors, complete) =
        draw_jury(stack, ticket, NO_CHALLENGER, NOBODY, vector[], task, nodes, generator, epoch);
    let given_up = epoch >= ticket.deadline() + config::opening_epochs();
    assert!(complete || given_up || !jurors.is_empty(), EJuryIncomplete);
    jurors
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
    winner.is_none_or!(|seat| commitment::is_unavailable(&self.secrets[*seat]) || self.is_narrow(*seat))
}

/// Whether a seat's side won by a single vote over anybody who said something else. That the inputs were unavailable is something else: who
/// hides them could otherwise win with three bought jurors that have them.
fun is_narrow(self: &Dispute, seat: u64): bool {
    let (seats, won) = (self.jurors.length(), &self.secrets[seat]);
    let contradicted = self.secrets.any!(|secret| !secret.is_empty() && secret != won);
    contradicted && 2 * self.votes_for(seat, seats) == seats + 1
}

/// Seats a second jury, or finds that the first one's word stands. Where the first had no majority its votes are dropped, and who was
/// silent is slashed here; else the second jury is added to it. In a task so large that
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
    self.waits = false;
    if (!jurors.is_empty()) {
        self.together = self.winning_seat().is_some();
        self.first_jury = self.jurors;
        if (!self.together) {
            let slash = stack.terms().silence_slash_on(stack.value());
            let silent = self.tally(&option::none()).silent;
            silent.do_ref!(|juror| node::slash(nodes, *juror, id, slash, pool));
            self.release(stack, nodes);
            self.clear_seats();
        };
        self.commits.append(jurors.map_ref!(|_| vector[]));
        self.secrets.append(jurors.map_ref!(|_| vector[]));
        self.units.append(jurors.map_ref!(|_| 0));
        self.blames.append(jurors.map_ref!(|_| false));
        reserve(stack, &jurors, nodes);
        self.jurors.append(jurors);
        self.begin(stack, epoch);
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

public fun first_jury(self: &Dispute): vector<u64> { self.first_jury }

// ---------------------------------------------------------------- voting

public(package) fun commit(self: &mut Dispute, id: u64, juror: u64, vote: vector<u8>, epoch: u64) {
    commitment::assert_hash(&vote);
    let seat = self.seat_of(juror);
    assert!(epoch > self.epoch, ECommitTooEarly);
    assert!(self.commits[seat].is_empty(), EAlreadyCommitted);
    assert!(seat >= self.first_seat() && !self.is_commit_over(epoch), ECommitPhaseOver);
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
    assert!(seat >= self.first_seat() && epoch < self.reveal_deadline, ERevealPhaseOver);
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
    let winner = self.deciding_seat(&stack, &ticket);
    let tally = self.tally(&winner);
    if (winner.is_none() && self.turns_against(&stack, &ticket)) {
        return self.end_unavailable(id, stack, false, nodes, tasks, pool, ctx)
    };
    if (winner.is_none()) return self.end_undecided(id, stack, tally, &ticket, nodes, tasks, pool, ctx);
    let seat = winner.destroy_some();
    let secret = self.secrets[seat];
    if (commitment::is_unavailable(&secret)) {
        return self.end_unavailable(id, stack, false, nodes, tasks, pool, ctx)
    };
    if (self.upholds(seat, &stack, &ticket)) {
        self.acquit(id, stack, ticket, tally, secret, false, nodes, tasks, pool, ctx)
    } else {
        let root = commitment::proof_of_secret(&secret, stack.terms().attesters());
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

/// A seat whose secret more than half of all seats revealed.
fun winning_seat(self: &Dispute): Option<u64> { self.majority_of(self.jurors.length()) }

/// A seat whose secret more than half of the first `seats` seats revealed.
fun majority_of(self: &Dispute, seats: u64): Option<u64> {
    let mut winner = option::none();
    seats.do!(|i| {
        let wins = !self.secrets[i].is_empty() && 2 * self.votes_for(i, seats) > seats;
        if (winner.is_none() && wins) winner.fill(i);
    });
    winner
}

/// Whether a seat revealed what the node claims. The node's own leaf belongs to the claim: with a wrong one no attester could confirm it.
fun upholds(self: &Dispute, seat: u64, stack: &Stack, ticket: &Ticket): bool {
    let secret = &self.secrets[seat];
    if (secret.is_empty() || commitment::is_unavailable(secret) || self.units[seat] != ticket.claimed()) return false;
    let root = commitment::proof_of_secret(secret, stack.terms().attesters());
    root == ticket.root() && ticket.has_leaf_of(secret)
}

/// The seat whose word decides.
fun deciding_seat(self: &Dispute, stack: &Stack, ticket: &Ticket): Option<u64> {
    if (self.together) self.seat_of_both(stack, ticket) else self.winning_seat()
}

/// Whether most seats of a second jury that votes alone say anything but the claim. Without a majority the inputs are unavailable then: a node
/// splits those against it by showing each juror another view of its work, or its inputs to a few at the last moment.
fun turns_against(self: &Dispute, stack: &Stack, ticket: &Ticket): bool {
    if (self.together || self.first_jury.is_empty()) return false;
    let (mut against, seats) = (0, self.jurors.length());
    seats.do!(|i| if (!self.secrets[i].is_empty() && !self.upholds(i, stack, ticket)) against = against + 1);
    2 * against > seats
}

/// Of two juries that decide together: whether more of their votes are for the claim or against it. Equal numbers leave it to the first one, and
/// where it upheld the claim while some could not have the inputs, to these: the second one turned against the claim. That they
/// were unavailable never wins by the first jury's votes alone.
fun seat_of_both(self: &Dispute, stack: &Stack, ticket: &Ticket): Option<u64> {
    let first = self.first_jury.length();
    let (mut upheld, mut claim, mut against, mut again) = (option::none(), 0u64, 0u64, 0u64);
    self.jurors.length().do!(|i| if (!self.secrets[i].is_empty()) {
        if (self.upholds(i, stack, ticket)) {
            claim = claim + 1;
            upheld = option::some(i);
        } else {
            against = against + 1;
            if (i >= first) again = again + 1;
        }
    });
    let began = self.majority_of(first).destroy_some();
    if (commitment::is_unavailable(&self.secrets[began])) {
        return if (against > claim && again > 0) option::some(self.seat_against(stack, ticket)) else upheld
    };
    if (self.upholds(began, stack, ticket)) {
        let hidden = self.unavailable_seat();
        return if (against > claim) option::some(self.seat_against(stack, ticket))
        else if (against == claim && hidden.is_some()) hidden
        else upheld
    };
    if (against >= claim) option::some(began) else upheld
}

/// Of those against the claim, a seat of the history that most revealed, if they are more than those who found the inputs unavailable.
fun seat_against(self: &Dispute, stack: &Stack, ticket: &Ticket): u64 {
    let seats = self.jurors.length();
    let mut winner = self.unavailable_seat();
    let mut most = if (winner.is_some()) self.votes_for(*winner.borrow(), seats) else 0;
    seats.do!(|i| {
        let secret = &self.secrets[i];
        let counts = !secret.is_empty() && !commitment::is_unavailable(secret) && !self.upholds(i, stack, ticket);
        if (counts && self.votes_for(i, seats) > most) {
            most = self.votes_for(i, seats);
            winner = option::some(i);
        }
    });
    winner.destroy_some()
}

/// A seat that revealed that the inputs were unavailable.
fun unavailable_seat(self: &Dispute): Option<u64> {
    self.secrets.find_index!(|secret| commitment::is_unavailable(secret))
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

/// The claim was false: buyer refunded; the node's bond pays the majority, then the challenger if it was right and the first attester
/// that joined and was right, then the pool. Whoever confirmed the claim counts as silent where the rows of the
/// seed show that it is false: receipts and rows that a challenger named were not there to be checked.
fun convict(
    mut self: Dispute,
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
    let (extra, for_shown) = self.prices_of_rows(&stack);
    let blamed = self.blames_backers(&tally);
    let mut payout = new_payout();
    payout.refund = refund;
    let mut bond = stack.refund(nodes, tasks, ctx);
    payout.pay_jurors(tally.majority, &mut bond, &terms, value, extra, nodes);
    payout.pay_for_rows(tally.majority, &mut self.evidence, for_shown, nodes);
    let (left, joined) = (bond.value(), self.joined_right(&root, nodes));
    payout.challenger_share = if (self.is_right(&root, blamed)) self.share_of(left, &terms, value) else 0;
    let share = bond.split(payout.challenger_share);
    joined.do!(|node| {
        payout.share_node = node;
        payout.joined_share = money::permille_floor(left, terms.outsider_share());
        node::get_mut(nodes, node).earn(bond.split(payout.joined_share));
    });
    payout.pool = bond.value();
    pool.join(bond);
    payout.slash_jurors(tally.silent, tally.minority, id, slash, nodes, pool);
    if (ruled || blamed) {
        ticket.backers().do!(|backer| settlement::punish(backer, id, slash, nodes, pool))
    };
    node::disgrace(nodes, seller);
    self.end(&mut payout, share, nodes, pool, ctx);
    payout.emit(id, seller, CONVICTED, ruled);
}

/// Prices of looking at the rows that the challenger named, and of those that the owner did. The second is never the node's to pay: the owner
/// knows the jury when it names rows, and would name some for jurors of its own.
fun prices_of_rows(self: &Dispute, stack: &Stack): (u64, u64) {
    (money::product(stack.price(), self.named_units), money::product(stack.price(), self.shown_units()))
}

/// Whether the challenger named the root of the majority; nobody did where the manager ruled. What the owner showed later changes the
/// root: who accused before is right then where the rows of the seed, which it had to look at, differ.
fun is_right(self: &Dispute, root: &vector<u8>, blamed: bool): bool {
    if (root.is_empty()) return false;
    let accused = !self.is_audit() && !commitment::is_unavailable(&self.commitment);
    (blamed && accused && self.evidence.is_some())
        || self.commitment == commitment::accusation(root, self.challenger, &self.rows)
}

/// A challenger's share of what the jury left of the bond. An attester has its larger one only for the whole bond: with less at stake, accusing
/// an honest node would pay. Who joins puts up nothing and has an outsider's: a liar whose own node was drawn would join else, and take
/// back half of what it lost.
fun share_of(self: &Dispute, left: u64, terms: &Terms, value: u64): u64 {
    let drawn = self.challenger_node != NOBODY && self.bond.value() >= terms.dispute_bond_on(value);
    money::permille_floor(left, if (drawn) terms.challenger_share() else terms.outsider_share())
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

/// The claim was true: paid as claimed; the challenger's bond pays the majority, and where that is less than a check is worth the slashes of the
/// others add to it. The rest of it goes to the accused, of an audit to the pool. Where a drawn attester
/// could not have the inputs and the jury had them, nobody can tell which of the two hid: each pays half of the jury.
/// `secret` is empty when the manager ruled; otherwise it shows which attesters had the right leaf.
fun acquit(
    mut self: Dispute,
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
    let (extra, for_shown) = self.prices_of_rows(&stack);
    let mut payout = new_payout();
    let (earned, refund, surcharge) = ticket.pay(id, stack, nodes, tasks, pool, ctx);
    payout.node_fee = fee;
    payout.refund = refund;
    payout.bond_returned = node_bond;
    payout.pool = surcharge;
    let shares = self.says_unavailable() && !tally.majority.is_empty();
    let (challenger, attester, audits) = (self.challenger, self.challenger_node, self.is_audit());
    let due = money::product(money::sum(terms.juror_pay_on(value), extra), tally.majority.length());
    payout.pay_for_rows(tally.majority, &mut self.evidence, for_shown, nodes);
    let Dispute { mut bond, evidence, .. } = self;
    payout.repay(evidence, ctx);
    if (shares) {
        let half = money::half(due).min(bond.value());
        let left = bond.value() - half;
        let rest = bond.split(left);
        payout.challenger_returned = rest.value();
        if (nodes.contains(attester)) node::get_mut(nodes, attester).return_to_stake(rest) else money::send(rest, challenger, ctx);
        let other = node::get_mut(nodes, seller).take_free(half);
        payout.bond_returned = node_bond - other.value();
        bond.join(other);
    };
    let slashed = payout.slash_jurors(tally.silent, tally.minority, id, slash, nodes, pool);
    let least = money::product(money::sum(terms.attester_pay_on(value), extra), tally.majority.length());
    payout.from_pool = (least.max(bond.value()) - bond.value()).min(slashed);
    bond.join(pool.split(payout.from_pool));
    payout.pay_jurors(tally.majority, &mut bond, &terms, value, extra, nodes);
    if (audits) {
        payout.pool = payout.pool + bond.value();
        let left = bond.value();
        pool.join(bond.split(left));
    };
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
    self.end(&mut payout, nothing, nodes, pool, ctx);
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
    let accused = !dispute.is_audit() && (dispute.challenger_node == NOBODY || dispute.jurors.is_empty());
    let due = if (accused) fee else 0;
    let price_of_work = due.min(dispute.bond.value());
    payout.pool = payout.pool + price_of_work;
    pool.join(dispute.bond.split(price_of_work));
    let nothing = dispute.bond.split(0);
    payout.slash_jurors(tally.silent, vector[], id, slash, nodes, pool);
    dispute.end(&mut payout, nothing, nodes, pool, ctx);
    payout.emit(id, seller, NO_MAJORITY, false);
}

/// A drawn attester's word that it could not have the inputs.
fun says_unavailable(self: &Dispute): bool { self.from_stake && commitment::is_unavailable(&self.commitment) }

/// Returns what the owner paid for rows, and the challenger's bond, with its share: to the stake and the earnings of an attester that bonded
/// its stake, else (or when that node is gone) to the challenger's address.
fun end(
    self: Dispute,
    payout: &mut Payout,
    share: Balance<TOMA>,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
    ctx: &mut TxContext,
) {
    let Dispute { challenger, challenger_node, from_stake, mut bond, evidence, .. } = self;
    payout.repay(evidence, ctx);
    if (challenger == NO_CHALLENGER) {
        // What an audit did not use goes back to where it came from.
        payout.pool = payout.pool + bond.value();
        pool.join(bond);
        return share.destroy_zero()
    };
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
        owner_returned: 0,
        share_node: NOBODY,
        joined_share: 0,
        pool: 0,
        from_pool: 0,
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
    let pay = money::sum(terms.juror_pay_on(value), extra).min(fund.value() / jurors.length());
    self.juror_pay = self.juror_pay + pay;
    jurors.do!(|juror| if (nodes.contains(juror)) {
        node::get_mut(nodes, juror).earn(fund.split(pay));
        self.paid_jurors.push_back(juror);
    });
}

/// Pays each juror `price` for looking at the rows that the owner named, out of what it paid, at most an equal share of it.
fun pay_for_rows(
    self: &mut Payout,
    jurors: vector<u64>,
    evidence: &mut Option<Evidence>,
    price: u64,
    nodes: &mut Table<u64, Node>,
) {
    if (jurors.is_empty()) return;
    evidence.do_mut!(|shown| {
        let pay = price.min(shown.bond.value() / jurors.length());
        self.juror_pay = self.juror_pay + pay;
        jurors.do!(|juror| if (nodes.contains(juror)) node::get_mut(nodes, juror).earn(shown.bond.split(pay)));
    });
}

/// Returns to the owner what is left of what it paid for rows.
fun repay(self: &mut Payout, evidence: Option<Evidence>, ctx: &mut TxContext) {
    evidence.do!(|shown| {
        let Evidence { owner, bond, .. } = shown;
        self.owner_returned = bond.value();
        money::send(bond, owner, ctx);
    });
}

/// Returns what they lost together.
fun slash_jurors(
    self: &mut Payout,
    silent: vector<u64>,
    minority: vector<u64>,
    stack: u64,
    slash: u64,
    nodes: &mut Table<u64, Node>,
    pool: &mut Balance<TOMA>,
): u64 {
    let before = pool.value();
    self.slashed_jurors = silent;
    self.slashed_jurors.append(minority);
    self.slashed_jurors.do_ref!(|juror| node::slash(nodes, *juror, stack, slash, pool));
    pool.value() - before
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
        self.owner_returned,
        small_id::node(self.share_node),
        self.joined_share,
        self.pool,
        self.from_pool,
    )
}
