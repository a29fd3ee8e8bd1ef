/// Parameters of the market, their bounds, the copy of them that a stack keeps (`Terms`), and every
/// amount that follows from those terms. Shares are permille, spans of time are epochs.
module atoma::config;

use atoma::events;
use atoma::money;
use std::ascii;

/// Security levels: 0 none, 1 sampling consensus, 2 confidential compute.
const SAMPLING: u16 = 1;
const CONFIDENTIAL: u16 = 2;

/// 10 TOMA.
const REGISTRATION_COLLATERAL: u64 = 10_000_000_000;
/// 0.1 TOMA.
const MINIMUM_DISPUTE_BOND: u64 = 100_000_000;
const ATTESTATION_PROBABILITY: u64 = 1_500;
const ATTESTERS: u64 = 1;
const ATTESTER_PAY: u64 = 40;
/// 0.02 TOMA.
const MINIMUM_ATTESTER_PAY: u64 = 20_000_000;
const SAMPLED_BOND: u64 = 2_000;
const PLAIN_BOND: u64 = 6_000;
const JURORS: u64 = 5;
const JUROR_PAY: u64 = 80;
const DISPUTE_BOND: u64 = 500;
const SILENCE_SLASH: u64 = 120;
const CHALLENGER_SHARE: u64 = 500;
const OUTSIDER_SHARE: u64 = 100;
const SAMPLES: u64 = 8;
const SAMPLED_SHARE: u64 = 50;
const ROW_CAP: u64 = 40;
const WINDOW: u64 = 2;
const PHASE: u64 = 2;
const STACK_LIFE: u64 = 14;
const EXIT_DELAY: u64 = 6;

/// Rises with an upgrade that changes what checkers agree on off chain: stacks bought before keep theirs.
const RULES: u64 = 1;

/// Epochs a node has to settle after the buyer asked for a refund.
const NOTICE_EPOCHS: u64 = 2;
/// Epochs in which a commitment that must be opened can be opened.
const OPENING_EPOCHS: u64 = 2;
/// Epochs in which the manager may rule a dispute without a jury.
const RULING_EPOCHS: u64 = 2;
/// Epochs in which the owner of a stack may add evidence to a dispute; at most the least phase.
const EVIDENCE_EPOCHS: u64 = 2;
/// Epochs after the window in which only the parties of a stack may end it.
const CLAIM_EPOCHS: u64 = 2;
/// Epochs between the announcement that a task ends and its end.
const DEPRECATION_EPOCHS: u64 = 2;
/// Epochs for which a key commitment is fresh.
const KEY_LIFE: u64 = 30;
const MAX_REDRAWS: u8 = 2;
const MIN_SEATS: u64 = 3;

/// Roles from this one on sell one job a stack (fine tuning, training), which is repeated in whole or not at all: a check costs what the
/// work costs, so fewer are checked and more is bonded.
const FIRST_JOB: u16 = 6;
const JOB_PROBABILITY: u64 = 120;
/// Pay of an attester, pay of a juror, slash for silence.
const JOB_SHARE: u64 = 1_000;
/// Juries that the bond on a job pays.
const JOB_JURIES: u64 = 3;

const CERTAIN: u64 = 1_000;
/// One unit of a billion is then checked for certain.
const MAX_PROBABILITY: u64 = 1_000_000_000_000;
const MAX_ATTESTERS: u64 = 4;
const MAX_SAMPLES: u64 = 64;
const MAX_JURORS: u64 = 7;
const MAX_CHALLENGER_SHARE: u64 = 500;
const MAX_SHARE: u64 = 1_000_000;
const MIN_SPAN: u64 = 2;
const MAX_SPAN: u64 = 14;
const MIN_STACK_LIFE: u64 = 4;
const MAX_STACK_LIFE: u64 = 100;
const MAX_EXIT_DELAY: u64 = 100;

#[error]
const EZeroParameter: vector<u8> = b"The collateral, the minimum dispute bond, and the pay of attesters and jurors must be above zero";
#[error]
const EProbabilityOutOfRange: vector<u8> = b"The probability that a stack used up is checked is at most 10^12 permille: a single unit of a billion is then checked for certain";
#[error]
const EAttesterCountOutOfRange: vector<u8> = b"The number of attesters is 1 to 4";
#[error]
const EBondBelowJury: vector<u8> = b"Every bond must cover a whole jury: the node's and the challenger's are at least jurors times their pay";
#[error]
const EShareTooLarge: vector<u8> = b"Bonds, pay and slashes are at most 1,000 times the price";
#[error]
const ESampleOutOfRange: vector<u8> = b"A check draws 1 to 64 samples, at most 1000 permille of the claim; one request is 1 to 1000 permille of the units bought";
#[error]
const EJurorCountOutOfRange: vector<u8> = b"The number of jurors is 3, 5 or 7";
#[error]
const EChallengerShareOutOfRange: vector<u8> = b"A challenger's share is at most 500 permille";
#[error]
const ESpanOutOfRange: vector<u8> = b"Window and phase are 2 to 14 epochs";
#[error]
const EStackLifeOutOfRange: vector<u8> = b"The life of a stack is 4 to 100 epochs";
#[error]
const EExitDelayOutOfRange: vector<u8> = b"The exit delay is at least window + 2 * phase and at most 100 epochs";
#[error]
const EStackTooSmall: vector<u8> = b"The purchase is too small to pay a jury: raise the price or the number of units";

public struct Config has copy, drop, store {
    registration_open: bool,
    registration_collateral: u64,
    /// Theta: chance that the settlement of a stack used up is checked; above 1000 one used in part is checked for certain, too.
    attestation_probability: u64,
    /// k
    attesters: u64,
    /// a
    attester_pay: u64,
    /// A, what an attester gets at least.
    minimum_attester_pay: u64,
    /// b at level 1
    sampled_bond: u64,
    /// b at levels 0 and 2
    plain_bond: u64,
    /// J
    jurors: u64,
    juror_pay: u64,
    /// d
    dispute_bond: u64,
    silence_slash: u64,
    /// w_d, of an attester that was drawn.
    challenger_share: u64,
    /// w_o, of anybody else.
    outsider_share: u64,
    /// B
    minimum_dispute_bond: u64,
    /// s
    samples: u64,
    /// sigma, of the units claimed; 1000: every row is checked.
    sampled_share: u64,
    /// rho: most units of one request, of the units bought.
    row_cap: u64,
    window: u64,
    phase: u64,
    stack_life: u64,
    exit_delay: u64,
}

/// What a stack keeps of the parameters, and the version of the off-chain rules that it is checked by. Only stacks of level 1 are checked: `attestation_probability` is 0 and `row_cap` 1000 for others.
public struct Terms has copy, drop, store {
    attestation_probability: u64,
    attesters: u64,
    attester_pay: u64,
    minimum_attester_pay: u64,
    bond: u64,
    jurors: u64,
    juror_pay: u64,
    dispute_bond: u64,
    silence_slash: u64,
    challenger_share: u64,
    outsider_share: u64,
    minimum_dispute_bond: u64,
    samples: u64,
    sampled_share: u64,
    row_cap: u64,
    window: u64,
    phase: u64,
    stack_life: u64,
    /// Version of the rules of what a check repeats and of what receipts, lists and exhibits look like. A checker that does not know it abstains.
    rules: u64,
}

public(package) fun new(): Config {
    let config = Config {
        registration_open: true,
        registration_collateral: REGISTRATION_COLLATERAL,
        attestation_probability: ATTESTATION_PROBABILITY,
        attesters: ATTESTERS,
        attester_pay: ATTESTER_PAY,
        minimum_attester_pay: MINIMUM_ATTESTER_PAY,
        sampled_bond: SAMPLED_BOND,
        plain_bond: PLAIN_BOND,
        jurors: JURORS,
        juror_pay: JUROR_PAY,
        dispute_bond: DISPUTE_BOND,
        silence_slash: SILENCE_SLASH,
        challenger_share: CHALLENGER_SHARE,
        outsider_share: OUTSIDER_SHARE,
        minimum_dispute_bond: MINIMUM_DISPUTE_BOND,
        samples: SAMPLES,
        sampled_share: SAMPLED_SHARE,
        row_cap: ROW_CAP,
        window: WINDOW,
        phase: PHASE,
        stack_life: STACK_LIFE,
        exit_delay: EXIT_DELAY,
    };
    config.validate();
    config
}

/// The terms of a stack bought now of a task with this role and security level.
public(package) fun terms(self: &Config, role: u16, level: u16): Terms {
    let sampled = level == SAMPLING;
    let job = sampled && role >= FIRST_JOB;
    let jury = self.jurors * JOB_SHARE;
    Terms {
        attestation_probability: if (!sampled) 0 else if (job) JOB_PROBABILITY else self.attestation_probability,
        attesters: self.attesters,
        attester_pay: if (job) JOB_SHARE else self.attester_pay,
        minimum_attester_pay: self.minimum_attester_pay,
        bond: if (job) JOB_JURIES * jury else if (sampled) self.sampled_bond else self.plain_bond,
        jurors: self.jurors,
        juror_pay: if (job) JOB_SHARE else self.juror_pay,
        dispute_bond: if (job) jury else self.dispute_bond,
        silence_slash: if (job) JOB_SHARE else self.silence_slash,
        challenger_share: self.challenger_share,
        outsider_share: self.outsider_share,
        minimum_dispute_bond: self.minimum_dispute_bond,
        samples: self.samples,
        sampled_share: if (job) CERTAIN else self.sampled_share,
        row_cap: if (sampled && !job) self.row_cap else CERTAIN,
        window: self.window,
        phase: self.phase,
        stack_life: self.stack_life,
        rules: RULES,
    }
}

// ---------------------------------------------------------------- amounts under given terms

/// Chance, in permille, that a claim of `claimed` of `bought` units is checked: min(1000, ceil(theta * claimed / bought)).
public fun probability(self: &Terms, claimed: u64, bought: u64): u64 {
    let (theta, claimed, bought) = (self.attestation_probability as u128, claimed as u128, bought as u128);
    ((theta * claimed + bought - 1) / bought).min(CERTAIN as u128) as u64
}

/// What a check paid for with `probability` permille costs the buyer of a stack worth `value`: the expected pay of all attesters,
/// ceil(k * pay * probability / 1000).
public fun surcharge_on(self: &Terms, value: u64, probability: u64): u64 {
    money::permille_ceil(money::product(self.attesters, self.attester_pay_on(value)), probability)
}

/// The surcharge of a stack used up, which its escrow holds.
public fun full_surcharge_on(self: &Terms, value: u64): u64 {
    self.surcharge_on(value, self.attestation_probability.min(CERTAIN))
}

/// The node's bond: ceil(value * b / 1000).
public fun bond_on(self: &Terms, value: u64): u64 { money::permille_ceil(value, self.bond) }

/// Pay of one attester: max(A, floor(value * a / 1000)).
public fun attester_pay_on(self: &Terms, value: u64): u64 {
    self.minimum_attester_pay.max(money::permille_floor(value, self.attester_pay))
}

/// max(B, ceil(value * d / 1000)).
public fun dispute_bond_on(self: &Terms, value: u64): u64 {
    self.minimum_dispute_bond.max(money::permille_ceil(value, self.dispute_bond))
}

/// S = max(B, floor(value * silence slash / 1000)).
public fun silence_slash_on(self: &Terms, value: u64): u64 {
    self.minimum_dispute_bond.max(money::permille_floor(value, self.silence_slash))
}

/// max(floor(value * juror pay / 1000), floor(B / J)).
public fun juror_pay_on(self: &Terms, value: u64): u64 {
    money::permille_floor(value, self.juror_pay).max(self.minimum_dispute_bond / self.jurors)
}

/// A stack must be worth a jury: value >= B / J, and the bond on it at least B.
public fun assert_worth_a_jury(self: &Terms, value: u64) {
    let jury = (value as u128) * (self.jurors as u128);
    assert!(jury >= (self.minimum_dispute_bond as u128), EStackTooSmall);
    assert!(self.bond_on(value) >= self.minimum_dispute_bond, EStackTooSmall);
}

/// Owners whose nodes could check, so that any server has others for its attesters and a jury: k + 3 beside its own.
public fun owners_to_check(self: &Terms): u64 { self.attesters + MIN_SEATS + 1 }

public fun attestation_probability(self: &Terms): u64 { self.attestation_probability }

public fun attesters(self: &Terms): u64 { self.attesters }

public fun attester_pay(self: &Terms): u64 { self.attester_pay }

public fun minimum_attester_pay(self: &Terms): u64 { self.minimum_attester_pay }

public fun bond(self: &Terms): u64 { self.bond }

public fun jurors(self: &Terms): u64 { self.jurors }

public fun juror_pay(self: &Terms): u64 { self.juror_pay }

public fun dispute_bond(self: &Terms): u64 { self.dispute_bond }

public fun silence_slash(self: &Terms): u64 { self.silence_slash }

public fun challenger_share(self: &Terms): u64 { self.challenger_share }

public fun outsider_share(self: &Terms): u64 { self.outsider_share }

public fun minimum_dispute_bond(self: &Terms): u64 { self.minimum_dispute_bond }

public fun samples(self: &Terms): u64 { self.samples }

public fun sampled_share(self: &Terms): u64 { self.sampled_share }

public fun row_cap(self: &Terms): u64 { self.row_cap }

public fun window(self: &Terms): u64 { self.window }

public fun phase(self: &Terms): u64 { self.phase }

/// Epochs for revealing votes: one fewer than for committing them. Committing may begin at the end of an epoch, revealing begins with one at the
/// latest, so both have the same number of whole epochs.
public fun reveal_phase(self: &Terms): u64 { self.phase - 1 }

public fun stack_life(self: &Terms): u64 { self.stack_life }

public fun rules(self: &Terms): u64 { self.rules }

// ---------------------------------------------------------------- constants as functions

public fun is_sampling(level: u16): bool { level == SAMPLING }

public fun is_confidential(level: u16): bool { level == CONFIDENTIAL }

public fun notice_epochs(): u64 { NOTICE_EPOCHS }

public fun opening_epochs(): u64 { OPENING_EPOCHS }

public fun ruling_epochs(): u64 { RULING_EPOCHS }

public fun evidence_epochs(): u64 { EVIDENCE_EPOCHS }

public fun claim_epochs(): u64 { CLAIM_EPOCHS }

public fun deprecation_epochs(): u64 { DEPRECATION_EPOCHS }

public fun key_life(): u64 { KEY_LIFE }

public fun max_redraws(): u8 { MAX_REDRAWS }

/// Seats of a jury: all of them, else the largest odd number found, none below three.
public fun seats(found: u64, jurors: u64): u64 {
    let seats = found.min(jurors);
    if (seats < MIN_SEATS) 0 else if (seats % 2 == 1) seats else seats - 1
}

// ---------------------------------------------------------------- current values

public fun registration_open(self: &Config): bool { self.registration_open }

public fun registration_collateral(self: &Config): u64 { self.registration_collateral }

public fun exit_delay(self: &Config): u64 { self.exit_delay }

// ---------------------------------------------------------------- setters

public(package) fun set_registration_open(self: &mut Config, open: bool) {
    let old = flag(self.registration_open);
    self.registration_open = open;
    self.changed(b"registration_open", old, flag(open));
}

public(package) fun set_registration_collateral(self: &mut Config, value: u64) {
    let old = self.registration_collateral;
    self.registration_collateral = value;
    self.changed(b"registration_collateral", old, value);
}

public(package) fun set_attestation_probability(self: &mut Config, value: u64) {
    let old = self.attestation_probability;
    self.attestation_probability = value;
    self.changed(b"attestation_probability", old, value);
}

public(package) fun set_attesters(self: &mut Config, value: u64) {
    let old = self.attesters;
    self.attesters = value;
    self.changed(b"attesters", old, value);
}

public(package) fun set_attester_pay(self: &mut Config, value: u64) {
    let old = self.attester_pay;
    self.attester_pay = value;
    self.changed(b"attester_pay", old, value);
}

public(package) fun set_minimum_attester_pay(self: &mut Config, value: u64) {
    let old = self.minimum_attester_pay;
    self.minimum_attester_pay = value;
    self.changed(b"minimum_attester_pay", old, value);
}

public(package) fun set_sampled_bond(self: &mut Config, value: u64) {
    let old = self.sampled_bond;
    self.sampled_bond = value;
    self.changed(b"sampled_bond", old, value);
}

public(package) fun set_plain_bond(self: &mut Config, value: u64) {
    let old = self.plain_bond;
    self.plain_bond = value;
    self.changed(b"plain_bond", old, value);
}

public(package) fun set_jurors(self: &mut Config, value: u64) {
    let old = self.jurors;
    self.jurors = value;
    self.changed(b"jurors", old, value);
}

public(package) fun set_juror_pay(self: &mut Config, value: u64) {
    let old = self.juror_pay;
    self.juror_pay = value;
    self.changed(b"juror_pay", old, value);
}

public(package) fun set_dispute_bond(self: &mut Config, value: u64) {
    let old = self.dispute_bond;
    self.dispute_bond = value;
    self.changed(b"dispute_bond", old, value);
}

public(package) fun set_silence_slash(self: &mut Config, value: u64) {
    let old = self.silence_slash;
    self.silence_slash = value;
    self.changed(b"silence_slash", old, value);
}

public(package) fun set_challenger_share(self: &mut Config, value: u64) {
    let old = self.challenger_share;
    self.challenger_share = value;
    self.changed(b"challenger_share", old, value);
}

public(package) fun set_outsider_share(self: &mut Config, value: u64) {
    let old = self.outsider_share;
    self.outsider_share = value;
    self.changed(b"outsider_share", old, value);
}

public(package) fun set_minimum_dispute_bond(self: &mut Config, value: u64) {
    let old = self.minimum_dispute_bond;
    self.minimum_dispute_bond = value;
    self.changed(b"minimum_dispute_bond", old, value);
}

public(package) fun set_samples(self: &mut Config, value: u64) {
    let old = self.samples;
    self.samples = value;
    self.changed(b"samples", old, value);
}

public(package) fun set_sampled_share(self: &mut Config, value: u64) {
    let old = self.sampled_share;
    self.sampled_share = value;
    self.changed(b"sampled_share", old, value);
}

public(package) fun set_row_cap(self: &mut Config, value: u64) {
    let old = self.row_cap;
    self.row_cap = value;
    self.changed(b"row_cap", old, value);
}

public(package) fun set_window(self: &mut Config, value: u64) {
    let old = self.window;
    self.window = value;
    self.changed(b"window", old, value);
}

public(package) fun set_phase(self: &mut Config, value: u64) {
    let old = self.phase;
    self.phase = value;
    self.changed(b"phase", old, value);
}

public(package) fun set_stack_life(self: &mut Config, value: u64) {
    let old = self.stack_life;
    self.stack_life = value;
    self.changed(b"stack_life", old, value);
}

public(package) fun set_exit_delay(self: &mut Config, value: u64) {
    let old = self.exit_delay;
    self.exit_delay = value;
    self.changed(b"exit_delay", old, value);
}

fun changed(self: &Config, name: vector<u8>, old: u64, new: u64) {
    self.validate();
    events::config_changed(ascii::string(name), old, new);
}

fun flag(value: bool): u64 { if (value) 1 else 0 }

/// Every bound of the parameters, checked after each change. Magnitudes first, so that no product overflows.
fun validate(self: &Config) {
    assert!(self.registration_collateral > 0 && self.minimum_dispute_bond > 0, EZeroParameter);
    assert!(self.attester_pay > 0 && self.juror_pay > 0, EZeroParameter);
    assert!(self.attestation_probability <= MAX_PROBABILITY, EProbabilityOutOfRange);
    assert!(self.attesters >= 1 && self.attesters <= MAX_ATTESTERS, EAttesterCountOutOfRange);
    assert!(self.jurors >= MIN_SEATS && self.jurors <= MAX_JURORS && self.jurors % 2 == 1, EJurorCountOutOfRange);
    let shares = vector[self.attester_pay, self.juror_pay, self.dispute_bond, self.silence_slash];
    assert!(shares.all!(|share| *share <= MAX_SHARE), EShareTooLarge);
    assert!(self.sampled_bond <= MAX_SHARE && self.plain_bond <= MAX_SHARE, EShareTooLarge);
    let jury = self.jurors * self.juror_pay;
    let bonds = vector[self.sampled_bond, self.plain_bond, self.dispute_bond];
    assert!(bonds.all!(|bond| *bond >= jury), EBondBelowJury);
    assert!(self.challenger_share.max(self.outsider_share) <= MAX_CHALLENGER_SHARE, EChallengerShareOutOfRange);
    assert!(self.samples >= 1 && self.samples <= MAX_SAMPLES, ESampleOutOfRange);
    assert!(self.sampled_share <= CERTAIN, ESampleOutOfRange);
    assert!(self.row_cap >= 1 && self.row_cap <= CERTAIN, ESampleOutOfRange);
    assert!(self.window >= MIN_SPAN && self.window <= MAX_SPAN, ESpanOutOfRange);
    assert!(self.phase >= MIN_SPAN && self.phase <= MAX_SPAN, ESpanOutOfRange);
    assert!(self.stack_life >= MIN_STACK_LIFE && self.stack_life <= MAX_STACK_LIFE, EStackLifeOutOfRange);
    let duties = self.window + 2 * self.phase;
    assert!(self.exit_delay >= duties && self.exit_delay <= MAX_EXIT_DELAY, EExitDelayOutOfRange);
}
