#[test_only]
module sui::kiosk_tests;

use std::unit_test::{assert_eq, destroy};
use sui::coin::{Self, Coin};
use sui::kiosk::{Self, Kiosk, KioskOwnerCap};
use sui::kiosk_extension as extension;
use sui::package;
use sui::sui::SUI;
use sui::transfer_policy::{Self as policy, TransferPolicy, TransferPolicyCap};

public struct KIOSK_TESTS has drop {}
public struct Foreign has drop {}
public struct Art has key, store { id: UID }
public struct Royalty has drop {}
public struct Other has drop {}
public struct Share has drop, store { percent: u64 }
public struct Ext has drop {}

fun ctx(): TxContext {
    tx_context::dummy()
}

fun sui(value: u64, ctx: &mut TxContext): Coin<SUI> {
    coin::mint_for_testing(value, ctx)
}

fun art(ctx: &mut TxContext): (Art, ID) {
    let art = Art { id: object::new(ctx) };
    let id = object::id(&art);
    (art, id)
}

fun art_policy(ctx: &mut TxContext): (TransferPolicy<Art>, TransferPolicyCap<Art>) {
    let publisher = package::test_claim(KIOSK_TESTS {}, ctx);
    let (policy, cap) = policy::new<Art>(&publisher, ctx);
    publisher.burn();
    (policy, cap)
}

/// A kiosk with one item.
fun shop(ctx: &mut TxContext): (Kiosk, KioskOwnerCap, ID) {
    let (mut kiosk, cap) = kiosk::new(ctx);
    let (item, id) = art(ctx);
    kiosk.place(&cap, item);
    (kiosk, cap, id)
}

#[test]
fun placed_listed_and_bought_under_a_policy() {
    let ctx = &mut ctx();
    let (mut kiosk, cap) = kiosk::new(ctx);
    let (policy, policy_cap) = art_policy(ctx);
    let (item, id) = art(ctx);
    kiosk.place_and_list(&cap, item, 1_000);
    assert!(kiosk.has_item(id) && kiosk.has_item_with_type<Art>(id) && !kiosk.has_item_with_type<Coin<SUI>>(id));
    assert!(kiosk.is_listed(id) && !kiosk.is_listed_exclusively(id) && !kiosk.is_locked(id));
    assert_eq!(kiosk.item_count(), 1);
    assert_eq!(kiosk.owner(), ctx.sender());
    assert_eq!(cap.kiosk(), object::id(&kiosk));
    let (bought, request) = kiosk.purchase<Art>(id, sui(1_000, ctx));
    assert_eq!(request.paid(), 1_000);
    assert_eq!(request.item(), id);
    assert_eq!(request.from(), object::id(&kiosk));
    let (confirmed, paid, from) = policy.confirm_request(request);
    assert!(confirmed == id && paid == 1_000 && from == object::id(&kiosk));
    assert_eq!(kiosk.profits_amount(), 1_000);
    assert_eq!(kiosk.withdraw(&cap, option::some(400), ctx).burn_for_testing(), 400);
    assert_eq!(kiosk.profits_mut(&cap).value(), 600);
    kiosk.set_owner_custom(&cap, @0xb0b);
    assert_eq!(kiosk.owner(), @0xb0b);
    assert_eq!(kiosk.close_and_withdraw(cap, ctx).burn_for_testing(), 600);
    assert_eq!(policy.destroy_and_withdraw(policy_cap, ctx).burn_for_testing(), 0);
    destroy(bought);
}

#[test]
fun a_capability_buys_at_any_price_from_the_least() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    let (policy, policy_cap) = art_policy(ctx);
    let right = kiosk.list_with_purchase_cap<Art>(&cap, id, 10, ctx);
    assert!(kiosk.is_listed_exclusively(id) && kiosk.is_listed(id));
    assert!(right.purchase_cap_item() == id && right.purchase_cap_min_price() == 10);
    assert_eq!(right.purchase_cap_kiosk(), object::id(&kiosk));
    kiosk.return_purchase_cap(right);
    assert!(!kiosk.is_listed(id));
    let right = kiosk.list_with_purchase_cap<Art>(&cap, id, 10, ctx);
    let (item, request) = kiosk.purchase_with_cap(right, sui(25, ctx));
    let (_, paid, _) = policy.confirm_request(request);
    assert_eq!(paid, 25);
    assert_eq!(kiosk.withdraw(&cap, option::none(), ctx).burn_for_testing(), 25);
    kiosk.close_and_withdraw(cap, ctx).destroy_zero();
    destroy(item);
    destroy(policy);
    destroy(policy_cap);
}

#[test]
fun lent_and_taken_items() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    assert_eq!(object::id(kiosk.borrow<Art>(&cap, id)), id);
    assert_eq!(object::id(kiosk.borrow_mut<Art>(&cap, id)), id);
    let (item, duty) = kiosk.borrow_val<Art>(&cap, id);
    assert!(!kiosk.has_item(id));
    kiosk.return_val(item, duty);
    kiosk.list<Art>(&cap, id, 5);
    kiosk.delist<Art>(&cap, id);
    kiosk.list<Art>(&cap, id, 6);
    let item: Art = kiosk.take(&cap, id);
    assert!(!kiosk.is_listed(id));
    assert_eq!(kiosk.item_count(), 0);
    kiosk.close_and_withdraw(cap, ctx).destroy_zero();
    destroy(item);
}

#[test]
fun a_locked_item_is_free_after_its_sale() {
    let ctx = &mut ctx();
    let (mut kiosk, cap) = kiosk::new(ctx);
    let (policy, policy_cap) = art_policy(ctx);
    let (item, id) = art(ctx);
    kiosk.lock(&cap, &policy, item);
    assert!(kiosk.is_locked(id));
    kiosk.list<Art>(&cap, id, 7);
    let (item, request) = kiosk.purchase<Art>(id, sui(7, ctx));
    policy.confirm_request(request);
    kiosk.place(&cap, item);
    assert!(!kiosk.is_locked(id));
    destroy(kiosk.take<Art>(&cap, id));
    destroy(kiosk);
    destroy(cap);
    destroy(policy);
    destroy(policy_cap);
}

#[test]
fun rules_collect_and_agree() {
    let ctx = &mut ctx();
    let (mut policy, cap) = art_policy(ctx);
    policy::add_rule(Royalty {}, &mut policy, &cap, Share { percent: 10 });
    assert!(policy.has_rule<Art, Royalty>() && !policy.has_rule<Art, Other>());
    assert_eq!(policy.rules().length(), 1);
    let share: &Share = policy::get_rule(Royalty {}, &policy);
    assert_eq!(share.percent, 10);
    policy::add_to_balance(Royalty {}, &mut policy, sui(9, ctx));
    let mut request = policy::new_request<Art>(@0x1.to_id(), 90, @0x2.to_id());
    policy::add_receipt(Royalty {}, &mut request);
    policy.confirm_request(request);
    assert_eq!(policy.withdraw(&cap, option::some(4), ctx).burn_for_testing(), 4);
    policy.remove_rule<Art, Royalty, Share>(&cap);
    assert!(policy.rules().is_empty());
    policy.confirm_request(policy::new_request<Art>(@0x1.to_id(), 90, @0x2.to_id()));
    assert_eq!(policy.destroy_and_withdraw(cap, ctx).burn_for_testing(), 5);
}

#[test]
fun an_extension_acts_while_it_is_enabled() {
    let ctx = &mut ctx();
    let (mut kiosk, cap) = kiosk::new(ctx);
    let (policy, policy_cap) = art_policy(ctx);
    assert!(!extension::is_installed<Ext>(&kiosk));
    extension::add(Ext {}, &mut kiosk, &cap, 3, ctx);
    assert!(extension::is_enabled<Ext>(&kiosk) && extension::can_place<Ext>(&kiosk));
    assert!(extension::can_lock<Ext>(&kiosk));
    let (first, first_id) = art(ctx);
    let (second, second_id) = art(ctx);
    extension::place(Ext {}, &mut kiosk, first, &policy);
    extension::lock(Ext {}, &mut kiosk, second, &policy);
    assert!(kiosk.has_item(first_id) && kiosk.is_locked(second_id) && !kiosk.is_locked(first_id));
    extension::storage_mut(Ext {}, &mut kiosk).add(b"key", 5u8);
    extension::disable<Ext>(&mut kiosk, &cap);
    assert!(!extension::can_place<Ext>(&kiosk) && !extension::can_lock<Ext>(&kiosk));
    assert_eq!(*extension::storage(Ext {}, &kiosk).borrow<vector<u8>, u8>(b"key"), 5);
    extension::enable<Ext>(&mut kiosk, &cap);
    let _: u8 = extension::storage_mut(Ext {}, &mut kiosk).remove(b"key");
    extension::remove<Ext>(&mut kiosk, &cap);
    assert!(!extension::is_installed<Ext>(&kiosk));
    destroy(kiosk);
    destroy(cap);
    destroy(policy);
    destroy(policy_cap);
}

#[test, expected_failure(abort_code = 0, location = sui::kiosk)]
fun another_owner() {
    let ctx = &mut ctx();
    let (mut kiosk, _cap, id) = shop(ctx);
    let (_other, stranger) = kiosk::new(ctx);
    let _item: Art = kiosk.take(&stranger, id);
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::kiosk)]
fun another_price() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    kiosk.list<Art>(&cap, id, 10);
    let (_item, _request) = kiosk.purchase<Art>(id, sui(11, ctx));
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::kiosk)]
fun below_the_least_price() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    let right = kiosk.list_with_purchase_cap<Art>(&cap, id, 10, ctx);
    let (_item, _request) = kiosk.purchase_with_cap(right, sui(9, ctx));
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::kiosk)]
fun more_than_the_profits() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, _) = shop(ctx);
    let _coin = kiosk.withdraw(&cap, option::some(1), ctx);
    abort 42
}

#[test, expected_failure(abort_code = 3, location = sui::kiosk)]
fun closing_with_items_inside() {
    let ctx = &mut ctx();
    let (kiosk, cap, _) = shop(ctx);
    let _coin = kiosk.close_and_withdraw(cap, ctx);
    abort 42
}

#[test, expected_failure(abort_code = 4, location = sui::kiosk)]
fun taking_what_somebody_may_buy() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    let _right = kiosk.list_with_purchase_cap<Art>(&cap, id, 10, ctx);
    let _item: Art = kiosk.take(&cap, id);
    abort 42
}

#[test, expected_failure(abort_code = 5, location = sui::kiosk)]
fun a_right_of_another_kiosk() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    let (mut other, _other_cap, _) = shop(ctx);
    other.return_purchase_cap(kiosk.list_with_purchase_cap<Art>(&cap, id, 10, ctx));
    abort 42
}

#[test, expected_failure(abort_code = 6, location = sui::kiosk)]
fun listed_in_both_ways() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    kiosk.list<Art>(&cap, id, 10);
    let _right = kiosk.list_with_purchase_cap<Art>(&cap, id, 10, ctx);
    abort 42
}

#[test, expected_failure(abort_code = 7, location = sui::kiosk)]
fun own_fields_are_closed() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, _) = shop(ctx);
    kiosk.set_allow_extensions(&cap, true);
    kiosk.uid_mut();
    kiosk.set_allow_extensions(&cap, false);
    kiosk.uid_mut();
    abort 42
}

#[test, expected_failure(abort_code = 8, location = sui::kiosk)]
fun taking_a_locked_item() {
    let ctx = &mut ctx();
    let (mut kiosk, cap) = kiosk::new(ctx);
    let (policy, _policy_cap) = art_policy(ctx);
    let (item, id) = art(ctx);
    kiosk.lock(&cap, &policy, item);
    let _item: Art = kiosk.take(&cap, id);
    abort 42
}

#[test, expected_failure(abort_code = 9, location = sui::kiosk)]
fun changing_a_listed_item() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    kiosk.list<Art>(&cap, id, 10);
    kiosk.borrow_mut<Art>(&cap, id);
    abort 42
}

#[test, expected_failure(abort_code = 10, location = sui::kiosk)]
fun returning_another_item() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    let (_item, duty) = kiosk.borrow_val<Art>(&cap, id);
    let (other, _) = art(ctx);
    kiosk.return_val(other, duty);
    abort 42
}

#[test, expected_failure(abort_code = 11, location = sui::kiosk)]
fun an_item_that_is_not_there() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, _) = shop(ctx);
    kiosk.list<Art>(&cap, @0xdead.to_id(), 10);
    abort 42
}

#[test, expected_failure(abort_code = 12, location = sui::kiosk)]
fun delisting_what_is_not_listed() {
    let ctx = &mut ctx();
    let (mut kiosk, cap, id) = shop(ctx);
    kiosk.delist<Art>(&cap, id);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::transfer_policy)]
fun a_receipt_is_missing() {
    let ctx = &mut ctx();
    let (mut policy, cap) = art_policy(ctx);
    policy::add_rule(Royalty {}, &mut policy, &cap, Share { percent: 10 });
    policy.confirm_request(policy::new_request<Art>(@0x1.to_id(), 90, @0x2.to_id()));
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::transfer_policy)]
fun a_receipt_of_no_rule() {
    let ctx = &mut ctx();
    let (mut policy, cap) = art_policy(ctx);
    policy::add_rule(Royalty {}, &mut policy, &cap, Share { percent: 10 });
    let mut request = policy::new_request<Art>(@0x1.to_id(), 90, @0x2.to_id());
    policy::add_receipt(Other {}, &mut request);
    policy.confirm_request(request);
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::transfer_policy)]
fun money_of_no_rule() {
    let ctx = &mut ctx();
    let (mut policy, _cap) = art_policy(ctx);
    policy::add_to_balance(Royalty {}, &mut policy, sui(1, ctx));
    abort 42
}

#[test, expected_failure(abort_code = 3, location = sui::transfer_policy)]
fun a_rule_twice() {
    let ctx = &mut ctx();
    let (mut policy, cap) = art_policy(ctx);
    2u64.do!(|_| policy::add_rule(Royalty {}, &mut policy, &cap, Share { percent: 10 }));
    abort 42
}

#[test, expected_failure(abort_code = 4, location = sui::transfer_policy)]
fun a_capability_of_another_policy() {
    let ctx = &mut ctx();
    let (mut policy, _cap) = art_policy(ctx);
    let (_other, stranger) = art_policy(ctx);
    policy.uid_mut_as_owner(&stranger);
    abort 42
}

#[test, expected_failure(abort_code = 5, location = sui::transfer_policy)]
fun more_than_was_collected() {
    let ctx = &mut ctx();
    let (mut policy, cap) = art_policy(ctx);
    let _coin = policy.withdraw(&cap, option::some(1), ctx);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::transfer_policy)]
fun a_publisher_of_another_package() {
    let ctx = &mut ctx();
    let publisher = package::test_claim(Foreign {}, ctx);
    let (_policy, _cap) = policy::new<std::ascii::String>(&publisher, ctx);
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::kiosk_extension)]
fun an_extension_without_the_right() {
    let ctx = &mut ctx();
    let (mut kiosk, cap) = kiosk::new(ctx);
    let (policy, _policy_cap) = art_policy(ctx);
    extension::add(Ext {}, &mut kiosk, &cap, 1, ctx);
    let (item, _) = art(ctx);
    extension::lock(Ext {}, &mut kiosk, item, &policy);
    abort 42
}

#[test, expected_failure(abort_code = 3, location = sui::kiosk_extension)]
fun an_extension_that_is_not_installed() {
    let ctx = &mut ctx();
    let (kiosk, _cap) = kiosk::new(ctx);
    extension::storage(Ext {}, &kiosk);
    abort 42
}

#[test, expected_failure(abort_code = 0, location = sui::kiosk_extension)]
fun an_extension_of_a_stranger() {
    let ctx = &mut ctx();
    let (mut kiosk, _cap) = kiosk::new(ctx);
    let (_other, stranger) = kiosk::new(ctx);
    extension::add(Ext {}, &mut kiosk, &stranger, 0, ctx);
    abort 42
}
