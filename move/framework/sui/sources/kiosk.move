/// A shop: its owner puts objects in and sets prices, anyone buys under the conditions of the type's publisher.
module sui::kiosk;

use sui::balance::{Self, Balance};
use sui::coin::Coin;
use sui::dynamic_field;
use sui::dynamic_object_field;
use sui::event;
use sui::sui::SUI;
use sui::transfer_policy::{Self, TransferPolicy, TransferRequest};

public use fun kiosk_owner_cap_for as KioskOwnerCap.kiosk;

/// The capability is of another kiosk.
const ENotOwner: u64 = 0;
/// The payment is not the price.
const EIncorrectAmount: u64 = 1;
/// There is less to withdraw.
const ENotEnough: u64 = 2;
/// Things are left inside.
const ENotEmpty: u64 = 3;
/// Somebody holds the right to buy the item.
const EListedExclusively: u64 = 4;
const EWrongKiosk: u64 = 5;
const EAlreadyListed: u64 = 6;
const EUidAccessNotAllowed: u64 = 7;
/// The item can leave by sale only.
const EItemLocked: u64 = 8;
const EItemIsListed: u64 = 9;
/// Another item is given back than was lent.
const EItemMismatch: u64 = 10;
const EItemNotFound: u64 = 11;
const ENotListed: u64 = 12;

public struct Kiosk has key, store {
    id: UID,
    /// What was earned and not withdrawn.
    profits: Balance<SUI>,
    /// For display; rights come from the capability.
    owner: address,
    item_count: u32,
    /// Replaced by `kiosk_extension`.
    allow_extensions: bool,
}

/// All rights of an owner.
public struct KioskOwnerCap has key, store {
    id: UID,
    `for`: ID,
}

/// Right to buy one item, for at least `min_price`.
public struct PurchaseCap<phantom T: key + store> has key, store {
    id: UID,
    kiosk_id: ID,
    item_id: ID,
    min_price: u64,
}

/// Duty to give a lent item back.
public struct Borrow { kiosk_id: ID, item_id: ID }

/// Under it lies an item.
public struct Item has copy, drop, store { id: ID }

/// Under it lies the price of an item, MIST.
public struct Listing has copy, drop, store { id: ID, is_exclusive: bool }

/// Marks an item that can leave by sale only.
public struct Lock has copy, drop, store { id: ID }

public struct ItemListed<phantom T: key + store> has copy, drop {
    kiosk: ID,
    id: ID,
    price: u64,
}

public struct ItemPurchased<phantom T: key + store> has copy, drop {
    kiosk: ID,
    id: ID,
    price: u64,
}

public struct ItemDelisted<phantom T: key + store> has copy, drop {
    kiosk: ID,
    id: ID,
}

// === The kiosk ===

#[allow(lint(self_transfer, share_owned))]
/// Shares a new kiosk and gives its capability to the sender.
entry fun default(ctx: &mut TxContext) {
    let (kiosk, cap) = new(ctx);
    transfer::transfer(cap, ctx.sender());
    transfer::share_object(kiosk);
}

public fun new(ctx: &mut TxContext): (Kiosk, KioskOwnerCap) {
    let id = object::new(ctx);
    let cap = KioskOwnerCap { id: object::new(ctx), `for`: id.to_inner() };
    let owner = ctx.sender();
    (Kiosk { id, profits: balance::zero(), owner, item_count: 0, allow_extensions: false }, cap)
}

/// Ends an empty kiosk that is not shared.
public fun close_and_withdraw(self: Kiosk, cap: KioskOwnerCap, ctx: &mut TxContext): Coin<SUI> {
    self.check(&cap);
    assert!(self.item_count == 0, ENotEmpty);
    let Kiosk { id, profits, owner: _, item_count: _, allow_extensions: _ } = self;
    let KioskOwnerCap { id: cap_id, `for`: _ } = cap;
    cap_id.delete();
    id.delete();
    profits.into_coin(ctx)
}

public fun set_owner(self: &mut Kiosk, cap: &KioskOwnerCap, ctx: &TxContext) {
    self.set_owner_custom(cap, ctx.sender())
}

public fun set_owner_custom(self: &mut Kiosk, cap: &KioskOwnerCap, owner: address) {
    self.check(cap);
    self.owner = owner;
}

/// Takes `amount` of the profits, all of them by default.
public fun withdraw(
    self: &mut Kiosk,
    cap: &KioskOwnerCap,
    amount: Option<u64>,
    ctx: &mut TxContext,
): Coin<SUI> {
    self.check(cap);
    let held = self.profits.value();
    let taken = amount.destroy_with_default(held);
    assert!(taken <= held, ENotEnough);
    self.profits.split(taken).into_coin(ctx)
}

// === Items in and out ===

public fun place<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, item: T) {
    self.check(cap);
    self.place_internal(item)
}

/// Like `place`, for good: the item can only be sold. The policy shows that it can be.
public fun lock<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, _policy: &TransferPolicy<T>, item: T) {
    self.check(cap);
    self.lock_internal(item)
}

public fun take<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, id: ID): T {
    self.check(cap);
    assert!(!self.is_locked(id), EItemLocked);
    assert!(!self.is_listed_exclusively(id), EListedExclusively);
    assert!(self.has_item(id), EItemNotFound);
    dynamic_field::remove_if_exists<Listing, u64>(&mut self.id, Listing { id, is_exclusive: false });
    self.item_count = self.item_count - 1;
    dynamic_object_field::remove(&mut self.id, Item { id })
}

public(package) fun place_internal<T: key + store>(self: &mut Kiosk, item: T) {
    let id = object::id(&item);
    self.item_count = self.item_count + 1;
    dynamic_object_field::add(&mut self.id, Item { id }, item)
}

public(package) fun lock_internal<T: key + store>(self: &mut Kiosk, item: T) {
    dynamic_field::add(&mut self.id, Lock { id: object::id(&item) }, true);
    self.place_internal(item)
}

// === Sales at a price ===

public fun list<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, id: ID, price: u64) {
    self.check_item<T>(cap, id);
    assert!(!self.is_listed_exclusively(id), EListedExclusively);
    dynamic_field::add(&mut self.id, Listing { id, is_exclusive: false }, price);
    event::emit(ItemListed<T> { kiosk: object::id(self), id, price })
}

public fun place_and_list<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, item: T, price: u64) {
    let id = object::id(&item);
    self.place(cap, item);
    self.list<T>(cap, id, price)
}

public fun delist<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, id: ID) {
    self.check_item<T>(cap, id);
    assert!(!self.is_listed_exclusively(id), EListedExclusively);
    assert!(self.is_listed(id), ENotListed);
    let _price: u64 = dynamic_field::remove(&mut self.id, Listing { id, is_exclusive: false });
    event::emit(ItemDelisted<T> { kiosk: object::id(self), id })
}

/// Buys a listed item. The request has to be confirmed by the type's policy.
public fun purchase<T: key + store>(self: &mut Kiosk, id: ID, payment: Coin<SUI>): (T, TransferRequest<T>) {
    let price: u64 = dynamic_field::remove(&mut self.id, Listing { id, is_exclusive: false });
    let item = dynamic_object_field::remove(&mut self.id, Item { id });
    assert!(payment.value() == price, EIncorrectAmount);
    let kiosk = object::id(self);
    event::emit(ItemPurchased<T> { kiosk, id, price });
    self.settle(id, payment);
    (item, transfer_policy::new_request(id, price, kiosk))
}

// === Sales by capability ===

public fun list_with_purchase_cap<T: key + store>(
    self: &mut Kiosk,
    cap: &KioskOwnerCap,
    id: ID,
    min_price: u64,
    ctx: &mut TxContext,
): PurchaseCap<T> {
    self.check_item<T>(cap, id);
    assert!(!self.is_listed(id), EAlreadyListed);
    dynamic_field::add(&mut self.id, Listing { id, is_exclusive: true }, min_price);
    PurchaseCap { id: object::new(ctx), kiosk_id: object::id(self), item_id: id, min_price }
}

public fun purchase_with_cap<T: key + store>(
    self: &mut Kiosk,
    purchase_cap: PurchaseCap<T>,
    payment: Coin<SUI>,
): (T, TransferRequest<T>) {
    let price = payment.value();
    assert!(price >= purchase_cap.min_price, EIncorrectAmount);
    let id = self.end_exclusive_listing(purchase_cap);
    self.settle(id, payment);
    let item = dynamic_object_field::remove(&mut self.id, Item { id });
    (item, transfer_policy::new_request(id, price, object::id(self)))
}

public fun return_purchase_cap<T: key + store>(self: &mut Kiosk, purchase_cap: PurchaseCap<T>) {
    self.end_exclusive_listing(purchase_cap);
}

fun end_exclusive_listing<T: key + store>(self: &mut Kiosk, purchase_cap: PurchaseCap<T>): ID {
    let PurchaseCap { id: cap_id, kiosk_id, item_id, min_price: _ } = purchase_cap;
    assert!(object::id(self) == kiosk_id, EWrongKiosk);
    let _least: u64 = dynamic_field::remove(&mut self.id, Listing { id: item_id, is_exclusive: true });
    cap_id.delete();
    item_id
}

/// Books the payment of an item that leaves.
fun settle(self: &mut Kiosk, id: ID, payment: Coin<SUI>) {
    dynamic_field::remove_if_exists<Lock, bool>(&mut self.id, Lock { id });
    self.item_count = self.item_count - 1;
    self.profits.join(payment.into_balance());
}

// === Items on loan ===

#[syntax(index)]
public fun borrow<T: key + store>(self: &Kiosk, cap: &KioskOwnerCap, id: ID): &T {
    self.check(cap);
    assert!(self.has_item(id), EItemNotFound);
    dynamic_object_field::borrow(&self.id, Item { id })
}

#[syntax(index)]
public fun borrow_mut<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, id: ID): &mut T {
    self.check_lending(cap, id);
    dynamic_object_field::borrow_mut(&mut self.id, Item { id })
}

/// Until the end of the transaction.
public fun borrow_val<T: key + store>(self: &mut Kiosk, cap: &KioskOwnerCap, id: ID): (T, Borrow) {
    self.check_lending(cap, id);
    let item = dynamic_object_field::remove(&mut self.id, Item { id });
    (item, Borrow { kiosk_id: object::id(self), item_id: id })
}

public fun return_val<T: key + store>(self: &mut Kiosk, item: T, borrow: Borrow) {
    let Borrow { kiosk_id, item_id: id } = borrow;
    assert!(object::id(self) == kiosk_id, EWrongKiosk);
    assert!(object::id(&item) == id, EItemMismatch);
    dynamic_object_field::add(&mut self.id, Item { id }, item)
}

// === Reading ===

public fun has_item(self: &Kiosk, id: ID): bool {
    dynamic_object_field::exists_(&self.id, Item { id })
}

public fun has_item_with_type<T: key + store>(self: &Kiosk, id: ID): bool {
    dynamic_object_field::exists_with_type<Item, T>(&self.id, Item { id })
}

public fun is_locked(self: &Kiosk, id: ID): bool {
    dynamic_field::exists_(&self.id, Lock { id })
}

/// In either way.
public fun is_listed(self: &Kiosk, id: ID): bool {
    dynamic_field::exists_(&self.id, Listing { id, is_exclusive: false }) || self.is_listed_exclusively(id)
}

public fun is_listed_exclusively(self: &Kiosk, id: ID): bool {
    dynamic_field::exists_(&self.id, Listing { id, is_exclusive: true })
}

public fun has_access(self: &mut Kiosk, cap: &KioskOwnerCap): bool {
    self.is_of(cap)
}

public fun owner(self: &Kiosk): address {
    self.owner
}

public fun item_count(self: &Kiosk): u32 {
    self.item_count
}

public fun profits_amount(self: &Kiosk): u64 {
    self.profits.value()
}

public fun profits_mut(self: &mut Kiosk, cap: &KioskOwnerCap): &mut Balance<SUI> {
    self.check(cap);
    &mut self.profits
}

public fun kiosk_owner_cap_for(cap: &KioskOwnerCap): ID {
    cap.`for`
}

public fun purchase_cap_kiosk<T: key + store>(self: &PurchaseCap<T>): ID {
    self.kiosk_id
}

public fun purchase_cap_item<T: key + store>(self: &PurchaseCap<T>): ID {
    self.item_id
}

public fun purchase_cap_min_price<T: key + store>(self: &PurchaseCap<T>): u64 {
    self.min_price
}

// === Own fields ===

public fun uid(self: &Kiosk): &UID {
    &self.id
}

public fun uid_mut_as_owner(self: &mut Kiosk, cap: &KioskOwnerCap): &mut UID {
    self.check(cap);
    &mut self.id
}

/// For anybody, when the owner once allowed it. Replaced by `kiosk_extension`.
public fun uid_mut(self: &mut Kiosk): &mut UID {
    assert!(self.allow_extensions, EUidAccessNotAllowed);
    &mut self.id
}

public fun set_allow_extensions(self: &mut Kiosk, cap: &KioskOwnerCap, allow_extensions: bool) {
    self.check(cap);
    self.allow_extensions = allow_extensions;
}

public(package) fun uid_mut_internal(self: &mut Kiosk): &mut UID {
    &mut self.id
}

// === Checks ===

fun is_of(self: &Kiosk, cap: &KioskOwnerCap): bool {
    object::id(self) == cap.`for`
}

fun check(self: &Kiosk, cap: &KioskOwnerCap) {
    assert!(self.is_of(cap), ENotOwner)
}

fun check_item<T: key + store>(self: &Kiosk, cap: &KioskOwnerCap, id: ID) {
    self.check(cap);
    assert!(self.has_item_with_type<T>(id), EItemNotFound)
}

fun check_lending(self: &Kiosk, cap: &KioskOwnerCap, id: ID) {
    self.check(cap);
    assert!(self.has_item(id), EItemNotFound);
    assert!(!self.is_listed(id), EItemIsListed)
}
