/// Conditions on the trade of a type, set by its publisher: a trade leaves a request that only the policy can take.
module sui::transfer_policy;

use std::type_name::{Self, TypeName};
use sui::balance::{Self, Balance};
use sui::coin::Coin;
use sui::dynamic_field;
use sui::event;
use sui::package::Publisher;
use sui::sui::SUI;
use sui::vec_set::{Self, VecSet};

/// There are not as many receipts as rules.
const EPolicyNotSatisfied: u64 = 0;
/// A receipt is of no rule of the policy.
const EIllegalRule: u64 = 1;
const EUnknownRequrement: u64 = 2;
const ERuleAlreadySet: u64 = 3;
/// The capability is of another policy.
const ENotOwner: u64 = 4;
/// There is less to withdraw.
const ENotEnough: u64 = 5;

/// A trade that waits for confirmation.
public struct TransferRequest<phantom T> {
    item: ID,
    /// MIST.
    paid: u64,
    /// Where the item was sold, usually a kiosk.
    from: ID,
    /// Rules that agreed.
    receipts: VecSet<TypeName>,
}

public struct TransferPolicy<phantom T> has key, store {
    id: UID,
    /// What rules collected.
    balance: Balance<SUI>,
    rules: VecSet<TypeName>,
}

/// Right to change a policy and to withdraw from it.
public struct TransferPolicyCap<phantom T> has key, store {
    id: UID,
    policy_id: ID,
}

public struct TransferPolicyCreated<phantom T> has copy, drop { id: ID }

public struct TransferPolicyDestroyed<phantom T> has copy, drop { id: ID }

/// Under it lies the configuration of a rule.
public struct RuleKey<phantom T: drop> has copy, drop, store {}

// === Policies ===

public fun new<T>(pub: &Publisher, ctx: &mut TxContext): (TransferPolicy<T>, TransferPolicyCap<T>) {
    assert!(pub.from_package<T>(), 0);
    let policy = TransferPolicy<T> { id: object::new(ctx), balance: balance::zero(), rules: vec_set::empty() };
    let policy_id = object::id(&policy);
    event::emit(TransferPolicyCreated<T> { id: policy_id });
    (policy, TransferPolicyCap { id: object::new(ctx), policy_id })
}

#[allow(lint(self_transfer, share_owned))]
/// Shares a new policy and gives its capability to the sender.
entry fun default<T>(pub: &Publisher, ctx: &mut TxContext) {
    let (policy, cap) = new<T>(pub, ctx);
    transfer::share_object(policy);
    transfer::transfer(cap, ctx.sender());
}

/// Takes `amount` of what was collected, all of it by default.
public fun withdraw<T>(
    self: &mut TransferPolicy<T>,
    cap: &TransferPolicyCap<T>,
    amount: Option<u64>,
    ctx: &mut TxContext,
): Coin<SUI> {
    self.check(cap);
    let held = self.balance.value();
    let taken = amount.destroy_with_default(held);
    assert!(taken <= held, ENotEnough);
    self.balance.split(taken).into_coin(ctx)
}

public fun destroy_and_withdraw<T>(
    self: TransferPolicy<T>,
    cap: TransferPolicyCap<T>,
    ctx: &mut TxContext,
): Coin<SUI> {
    self.check(&cap);
    let TransferPolicy { id, balance, rules: _ } = self;
    let TransferPolicyCap { id: cap_id, policy_id } = cap;
    id.delete();
    cap_id.delete();
    event::emit(TransferPolicyDestroyed<T> { id: policy_id });
    balance.into_coin(ctx)
}

// === Requests ===

public fun new_request<T>(item: ID, paid: u64, from: ID): TransferRequest<T> {
    TransferRequest { item, paid, from, receipts: vec_set::empty() }
}

/// Ends the trade when every rule gave its receipt.
public fun confirm_request<T>(self: &TransferPolicy<T>, request: TransferRequest<T>): (ID, u64, ID) {
    let TransferRequest { item, paid, from, receipts } = request;
    assert!(receipts.length() == self.rules.length(), EPolicyNotSatisfied);
    assert!(receipts.into_keys().all!(|rule| self.rules.contains(rule)), EIllegalRule);
    (item, paid, from)
}

/// The module of `Rule` agrees to the trade.
public fun add_receipt<T, Rule: drop>(_: Rule, request: &mut TransferRequest<T>) {
    request.receipts.insert(type_name::with_defining_ids<Rule>())
}

public fun item<T>(self: &TransferRequest<T>): ID {
    self.item
}

public fun paid<T>(self: &TransferRequest<T>): u64 {
    self.paid
}

public fun from<T>(self: &TransferRequest<T>): ID {
    self.from
}

// === Rules ===

public fun add_rule<T, Rule: drop, Config: store + drop>(
    _: Rule,
    policy: &mut TransferPolicy<T>,
    cap: &TransferPolicyCap<T>,
    cfg: Config,
) {
    policy.check(cap);
    assert!(!policy.has_rule<T, Rule>(), ERuleAlreadySet);
    policy.rules.insert(type_name::with_defining_ids<Rule>());
    dynamic_field::add(&mut policy.id, RuleKey<Rule> {}, cfg);
}

public fun get_rule<T, Rule: drop, Config: store + drop>(_: Rule, policy: &TransferPolicy<T>): &Config {
    dynamic_field::borrow(&policy.id, RuleKey<Rule> {})
}

public fun add_to_balance<T, Rule: drop>(_: Rule, policy: &mut TransferPolicy<T>, coin: Coin<SUI>) {
    assert!(policy.has_rule<T, Rule>(), EUnknownRequrement);
    policy.balance.join(coin.into_balance());
}

public fun has_rule<T, Rule: drop>(policy: &TransferPolicy<T>): bool {
    dynamic_field::exists_(&policy.id, RuleKey<Rule> {})
}

public fun remove_rule<T, Rule: drop, Config: store + drop>(
    policy: &mut TransferPolicy<T>,
    cap: &TransferPolicyCap<T>,
) {
    policy.check(cap);
    let _config: Config = dynamic_field::remove(&mut policy.id, RuleKey<Rule> {});
    policy.rules.remove(&type_name::with_defining_ids<Rule>());
}

public fun rules<T>(self: &TransferPolicy<T>): &VecSet<TypeName> {
    &self.rules
}

// === Own fields ===

public fun uid<T>(self: &TransferPolicy<T>): &UID {
    &self.id
}

public fun uid_mut_as_owner<T>(self: &mut TransferPolicy<T>, cap: &TransferPolicyCap<T>): &mut UID {
    self.check(cap);
    &mut self.id
}

fun check<T>(self: &TransferPolicy<T>, cap: &TransferPolicyCap<T>) {
    assert!(object::id(self) == cap.policy_id, ENotOwner)
}
