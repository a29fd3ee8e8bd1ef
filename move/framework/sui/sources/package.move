/// Packages: who published them, and who may upgrade them.
module sui::package;

use std::ascii::String;
use std::type_name;
use sui::types;

public use fun burn_publisher as Publisher.burn;
public use fun published_module as Publisher.module_;
public use fun published_package as Publisher.package;
public use fun upgrade_package as UpgradeCap.package;
public use fun upgrade_policy as UpgradeCap.policy;
public use fun authorize_upgrade as UpgradeCap.authorize;
public use fun commit_upgrade as UpgradeCap.commit;
public use fun ticket_package as UpgradeTicket.package;
public use fun ticket_policy as UpgradeTicket.policy;
public use fun ticket_digest as UpgradeTicket.digest;
public use fun receipt_cap as UpgradeReceipt.cap;
public use fun receipt_package as UpgradeReceipt.package;

const ENotOneTimeWitness: u64 = 0;
/// A policy can only become stricter.
const ETooPermissive: u64 = 1;
/// An upgrade is under way.
const EAlreadyAuthorized: u64 = 2;
/// No upgrade is under way.
const ENotAuthorized: u64 = 3;
/// The receipt belongs to another capability.
const EWrongUpgradeCap: u64 = 4;

/// Anything that keeps existing signatures and layouts.
const COMPATIBLE: u8 = 0;
/// Only additions.
const ADDITIVE: u8 = 128;
/// Only other dependencies.
const DEP_ONLY: u8 = 192;

/// Proof of having published a module.
public struct Publisher has key, store {
    id: UID,
    /// 64 hex digits without prefix.
    package: String,
    module_name: String,
}

/// Right to upgrade a package.
public struct UpgradeCap has key, store {
    id: UID,
    /// Id of the newest version; zero while an upgrade is under way.
    package: ID,
    /// 1 for the first, plus 1 for each upgrade.
    version: u64,
    policy: u8,
}

/// Permission of one upgrade, taken by the Upgrade command of the same transaction.
public struct UpgradeTicket {
    cap: ID,
    package: ID,
    policy: u8,
    /// Of the modules and dependencies that will be published.
    digest: vector<u8>,
}

/// Result of the Upgrade command, to be committed in the same transaction.
public struct UpgradeReceipt {
    cap: ID,
    package: ID,
}

public fun claim<OTW: drop>(otw: OTW, ctx: &mut TxContext): Publisher {
    assert!(types::is_one_time_witness(&otw), ENotOneTimeWitness);
    let tyname = type_name::with_original_ids<OTW>();
    Publisher {
        id: object::new(ctx),
        package: tyname.address_string(),
        module_name: tyname.module_string(),
    }
}

#[allow(lint(self_transfer))]
public fun claim_and_keep<OTW: drop>(otw: OTW, ctx: &mut TxContext) {
    sui::transfer::public_transfer(claim(otw, ctx), ctx.sender())
}

public fun burn_publisher(self: Publisher) {
    let Publisher { id, package: _, module_name: _ } = self;
    id.delete();
}

/// Whether `T` is of the publisher's package.
public fun from_package<T>(self: &Publisher): bool {
    type_name::with_original_ids<T>().address_string() == self.package
}

public fun from_module<T>(self: &Publisher): bool {
    let tyname = type_name::with_original_ids<T>();
    tyname.address_string() == self.package && tyname.module_string() == self.module_name
}

public fun published_module(self: &Publisher): &String {
    &self.module_name
}

public fun published_package(self: &Publisher): &String {
    &self.package
}

public fun upgrade_package(cap: &UpgradeCap): ID {
    cap.package
}

public fun version(cap: &UpgradeCap): u64 {
    cap.version
}

public fun upgrade_policy(cap: &UpgradeCap): u8 {
    cap.policy
}

public fun ticket_package(ticket: &UpgradeTicket): ID {
    ticket.package
}

public fun ticket_policy(ticket: &UpgradeTicket): u8 {
    ticket.policy
}

public fun receipt_cap(receipt: &UpgradeReceipt): ID {
    receipt.cap
}

public fun receipt_package(receipt: &UpgradeReceipt): ID {
    receipt.package
}

public fun ticket_digest(ticket: &UpgradeTicket): &vector<u8> {
    &ticket.digest
}

public fun compatible_policy(): u8 {
    COMPATIBLE
}

public fun additive_policy(): u8 {
    ADDITIVE
}

public fun dep_only_policy(): u8 {
    DEP_ONLY
}

public entry fun only_additive_upgrades(cap: &mut UpgradeCap) {
    cap.restrict(ADDITIVE)
}

public entry fun only_dep_upgrades(cap: &mut UpgradeCap) {
    cap.restrict(DEP_ONLY)
}

/// No upgrade ever again.
public entry fun make_immutable(cap: UpgradeCap) {
    let UpgradeCap { id, package: _, version: _, policy: _ } = cap;
    id.delete();
}

/// `policy` may be stricter than the capability's.
public fun authorize_upgrade(cap: &mut UpgradeCap, policy: u8, digest: vector<u8>): UpgradeTicket {
    let id_zero = @0x0.to_id();
    assert!(cap.package != id_zero, EAlreadyAuthorized);
    assert!(policy >= cap.policy, ETooPermissive);
    let package = cap.package;
    cap.package = id_zero;
    UpgradeTicket { cap: object::id(cap), package, policy, digest }
}

public fun commit_upgrade(cap: &mut UpgradeCap, receipt: UpgradeReceipt) {
    let UpgradeReceipt { cap: cap_id, package } = receipt;
    assert!(object::id(cap) == cap_id, EWrongUpgradeCap);
    assert!(cap.package.to_address() == @0x0, ENotAuthorized);
    cap.package = package;
    cap.version = cap.version + 1;
}

fun restrict(cap: &mut UpgradeCap, policy: u8) {
    assert!(cap.policy <= policy, ETooPermissive);
    cap.policy = policy;
}

#[test_only]
public fun test_claim<OTW: drop>(_: OTW, ctx: &mut TxContext): Publisher {
    let tyname = type_name::with_original_ids<OTW>();
    Publisher {
        id: object::new(ctx),
        package: tyname.address_string(),
        module_name: tyname.module_string(),
    }
}

#[test_only]
public fun test_publish(package: ID, ctx: &mut TxContext): UpgradeCap {
    UpgradeCap { id: object::new(ctx), package, version: 1, policy: COMPATIBLE }
}

#[test_only]
/// Stands for the Upgrade command; the new id is a hash of the capability and the old id.
public fun test_upgrade(ticket: UpgradeTicket): UpgradeReceipt {
    let UpgradeTicket { cap, package, policy: _, digest: _ } = ticket;
    let mut data = cap.to_bytes();
    data.append(package.to_bytes());
    UpgradeReceipt { cap, package: object::id_from_bytes(sui::hash::blake2b256(&data)) }
}

#[test_only]
/// A second ticket for the upgrade of a receipt, which no transaction can have.
public(package) fun copy_ticket_for_testing(receipt: &UpgradeReceipt): UpgradeTicket {
    UpgradeTicket { cap: receipt.cap, package: receipt.package, policy: COMPATIBLE, digest: vector[] }
}
