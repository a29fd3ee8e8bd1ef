/// Programs that act in a kiosk with rights its owner gave them.
module sui::kiosk_extension;

use sui::bag::{Self, Bag};
use sui::dynamic_field;
use sui::kiosk::{Kiosk, KioskOwnerCap};
use sui::transfer_policy::TransferPolicy;

const ENotOwner: u64 = 0;
const EExtensionNotAllowed: u64 = 2;
const EExtensionNotInstalled: u64 = 3;

/// Bits of `permissions`.
const PLACE: u128 = 1;
/// Locking includes placing.
const LOCK: u128 = 2;

public struct Extension has store {
    /// The program's own data.
    storage: Bag,
    permissions: u128,
    /// Permissions count only while this is true; the storage stays reachable.
    is_enabled: bool,
}

/// Under it lies the extension of a witness type.
public struct ExtensionKey<phantom Ext> has copy, drop, store {}

// === The owner's side ===

public fun add<Ext: drop>(
    _ext: Ext,
    self: &mut Kiosk,
    cap: &KioskOwnerCap,
    permissions: u128,
    ctx: &mut TxContext,
) {
    check(self, cap);
    let extension = Extension { storage: bag::new(ctx), permissions, is_enabled: true };
    dynamic_field::add(self.uid_mut_as_owner(cap), ExtensionKey<Ext> {}, extension)
}

public fun disable<Ext: drop>(self: &mut Kiosk, cap: &KioskOwnerCap) {
    check(self, cap);
    find_mut<Ext>(self).is_enabled = false;
}

public fun enable<Ext: drop>(self: &mut Kiosk, cap: &KioskOwnerCap) {
    check(self, cap);
    find_mut<Ext>(self).is_enabled = true;
}

/// The storage must be empty.
public fun remove<Ext: drop>(self: &mut Kiosk, cap: &KioskOwnerCap) {
    check(self, cap);
    check_installed<Ext>(self);
    let Extension { storage, permissions: _, is_enabled: _ } = dynamic_field::remove(
        self.uid_mut_as_owner(cap),
        ExtensionKey<Ext> {},
    );
    storage.destroy_empty();
}

// === The program's side ===

public fun storage<Ext: drop>(_ext: Ext, self: &Kiosk): &Bag {
    check_installed<Ext>(self);
    &find<Ext>(self).storage
}

public fun storage_mut<Ext: drop>(_ext: Ext, self: &mut Kiosk): &mut Bag {
    &mut find_mut<Ext>(self).storage
}

public fun place<Ext: drop, T: key + store>(_ext: Ext, self: &mut Kiosk, item: T, _policy: &TransferPolicy<T>) {
    check_installed<Ext>(self);
    assert!(can_place<Ext>(self) || can_lock<Ext>(self), EExtensionNotAllowed);
    self.place_internal(item)
}

public fun lock<Ext: drop, T: key + store>(_ext: Ext, self: &mut Kiosk, item: T, _policy: &TransferPolicy<T>) {
    check_installed<Ext>(self);
    assert!(can_lock<Ext>(self), EExtensionNotAllowed);
    self.lock_internal(item)
}

// === Reading ===

public fun is_installed<Ext: drop>(self: &Kiosk): bool {
    dynamic_field::exists_(self.uid(), ExtensionKey<Ext> {})
}

public fun is_enabled<Ext: drop>(self: &Kiosk): bool {
    find<Ext>(self).is_enabled
}

public fun can_place<Ext: drop>(self: &Kiosk): bool {
    may<Ext>(self, PLACE)
}

public fun can_lock<Ext: drop>(self: &Kiosk): bool {
    may<Ext>(self, LOCK)
}

fun may<Ext: drop>(self: &Kiosk, action: u128): bool {
    let extension = find<Ext>(self);
    extension.is_enabled && extension.permissions & action != 0
}

fun find<Ext: drop>(self: &Kiosk): &Extension {
    dynamic_field::borrow(self.uid(), ExtensionKey<Ext> {})
}

fun find_mut<Ext: drop>(self: &mut Kiosk): &mut Extension {
    check_installed<Ext>(self);
    dynamic_field::borrow_mut(self.uid_mut_internal(), ExtensionKey<Ext> {})
}

fun check(self: &mut Kiosk, cap: &KioskOwnerCap) {
    assert!(self.has_access(cap), ENotOwner)
}

fun check_installed<Ext: drop>(self: &Kiosk) {
    assert!(is_installed<Ext>(self), EExtensionNotInstalled)
}
