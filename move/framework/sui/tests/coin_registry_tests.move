#[test_only]
module sui::coin_registry_tests;

use std::unit_test::{assert_eq, destroy};
use sui::coin;
use sui::coin_registry::{Self, CoinRegistry, Currency};
use sui::derived_object;
use sui::test_scenario::{Self as ts, Scenario};
use sui::test_utils;

public struct COIN_REGISTRY_TESTS has drop {}
public struct Local has key { id: UID }

fun begin(): (Scenario, CoinRegistry) {
    let mut s = ts::begin(@0x0);
    coin_registry::create_for_testing(s.ctx());
    s.next_tx(@0xa);
    let registry: CoinRegistry = s.take_shared();
    (s, registry)
}

#[test]
fun with_a_witness() {
    let (mut s, registry) = begin();
    assert_eq!(object::id_address(&registry), @0xc);
    ts::return_shared(registry);
    let witness = test_utils::create_one_time_witness<COIN_REGISTRY_TESTS>();
    let (init, mut cap) = coin_registry::new_currency_with_otw(
        witness,
        9,
        b"SYM".to_string(),
        b"Name".to_string(),
        b"Text".to_string(),
        b"https://x.y".to_string(),
        s.ctx(),
    );
    let coin = cap.mint(5, s.ctx());
    let metadata_cap = init.finalize(s.ctx());
    s.next_tx(@0xb);
    // The currency waits at the registry until anyone registers it.
    let mut registry: CoinRegistry = s.take_shared();
    assert!(!registry.exists<COIN_REGISTRY_TESTS>());
    let ticket = ts::most_recent_receiving_ticket<Currency<COIN_REGISTRY_TESTS>>(&@0xc.to_id());
    registry.finalize_registration(ticket, s.ctx());
    assert!(registry.exists<COIN_REGISTRY_TESTS>());
    s.next_tx(@0xb);
    let mut currency: Currency<COIN_REGISTRY_TESTS> = s.take_shared();
    assert_eq!(currency.decimals(), 9);
    assert_eq!(currency.symbol(), b"SYM".to_string());
    assert_eq!(currency.treasury_cap_id(), option::some(object::id(&cap)));
    assert_eq!(currency.metadata_cap_id(), option::some(object::id(&metadata_cap)));
    assert!(currency.is_metadata_cap_claimed() && !currency.is_metadata_cap_deleted());
    assert!(!currency.is_regulated() && currency.deny_cap_id().is_none() && currency.total_supply().is_none());
    currency.set_name(&metadata_cap, b"N2".to_string());
    currency.set_description(&metadata_cap, b"D2".to_string());
    currency.set_icon_url(&metadata_cap, b"I2".to_string());
    assert_eq!(currency.name(), b"N2".to_string());
    assert_eq!(currency.description(), b"D2".to_string());
    assert_eq!(currency.icon_url(), b"I2".to_string());
    currency.delete_metadata_cap(metadata_cap);
    assert!(currency.is_metadata_cap_claimed() && currency.is_metadata_cap_deleted());
    assert!(currency.metadata_cap_id().is_none());
    currency.make_supply_burn_only(cap);
    assert_eq!(currency.total_supply(), option::some(5));
    currency.burn(coin);
    assert_eq!(currency.total_supply(), option::some(0));
    assert!(currency.is_supply_burn_only() && !currency.is_supply_fixed());
    ts::return_shared(currency);
    ts::return_shared(registry);
    s.end();
}

#[test]
fun of_a_type_of_the_package() {
    let (mut s, mut registry) = begin();
    let (mut init, mut cap) = registry.new_currency<Local>(
        6,
        b"L".to_string(),
        b"Local".to_string(),
        b"".to_string(),
        b"".to_string(),
        s.ctx(),
    );
    let deny_cap = init.make_regulated(true, s.ctx());
    destroy(cap.mint(3, s.ctx()));
    init.make_supply_fixed_init(cap);
    init.finalize_and_delete_metadata_cap(s.ctx());
    assert!(registry.exists<Local>());
    let registry_id = object::id(&registry);
    ts::return_shared(registry);
    s.next_tx(@0xa);
    let currency: Currency<Local> = s.take_shared();
    // 0xc and the key CurrencyKey<Local> give the id.
    assert_eq!(registry_id, @0xc.to_id());
    assert!(object::id_address(&currency) != derived_object::derive_address(registry_id, 0u8));
    assert!(currency.is_regulated() && currency.is_supply_fixed() && currency.is_metadata_cap_deleted());
    assert_eq!(currency.deny_cap_id(), option::some(object::id(&deny_cap)));
    assert_eq!(currency.total_supply(), option::some(3));
    destroy(deny_cap);
    ts::return_shared(currency);
    s.end();
}

#[test, expected_failure(abort_code = sui::coin_registry::ECurrencyAlreadyExists)]
fun twice() {
    let (mut s, mut registry) = begin();
    2u64.do!(|_| {
        let (init, cap) = registry.new_currency<Local>(
            6,
            b"L".to_string(),
            b"".to_string(),
            b"".to_string(),
            b"".to_string(),
            s.ctx(),
        );
        destroy(init);
        destroy(cap);
    });
    abort 42
}

#[test, expected_failure(abort_code = sui::coin_registry::EInvalidSymbol)]
fun symbol_of_other_characters() {
    let (mut s, mut registry) = begin();
    let (init, cap) = registry.new_currency<Local>(
        6,
        x"c3a9".to_string(),
        b"".to_string(),
        b"".to_string(),
        b"".to_string(),
        s.ctx(),
    );
    destroy(init);
    destroy(cap);
    abort 42
}

#[test, expected_failure(abort_code = sui::coin_registry::EEmptySupply)]
fun fix_an_empty_supply() {
    let (mut s, mut registry) = begin();
    let (mut init, cap) = registry.new_currency<Local>(
        6,
        b"L".to_string(),
        b"".to_string(),
        b"".to_string(),
        b"".to_string(),
        s.ctx(),
    );
    init.make_supply_fixed_init(cap);
    abort 42
}

#[test]
fun migrated_from_the_old_form() {
    let (mut s, mut registry) = begin();
    let witness = test_utils::create_one_time_witness<COIN_REGISTRY_TESTS>();
    let (cap, deny_cap, mut metadata) = coin::create_regulated_currency_v2(
        witness,
        4,
        b"OLD",
        b"Old",
        b"Text",
        option::none(),
        true,
        s.ctx(),
    );
    registry.migrate_legacy_metadata(&metadata, s.ctx());
    ts::return_shared(registry);
    s.next_tx(@0xa);
    let mut currency: Currency<COIN_REGISTRY_TESTS> = s.take_shared();
    assert_eq!(currency.symbol(), b"OLD".to_string());
    assert!(!currency.is_regulated() && currency.treasury_cap_id().is_none());
    let regulated = s.take_immutable<coin::RegulatedCoinMetadata<COIN_REGISTRY_TESTS>>();
    currency.migrate_regulated_state_by_metadata(&regulated);
    assert_eq!(currency.deny_cap_id(), option::some(object::id(&deny_cap)));
    currency.migrate_regulated_state_by_cap(&deny_cap);
    cap.update_name(&mut metadata, b"Newer".to_string());
    currency.update_from_legacy_metadata(&metadata);
    assert_eq!(currency.name(), b"Newer".to_string());
    currency.set_treasury_cap_id(&cap);
    let metadata_cap = currency.claim_metadata_cap(&cap, s.ctx());
    ts::return_immutable(regulated);
    ts::return_shared(currency);
    destroy(metadata);
    destroy(metadata_cap);
    destroy(cap);
    destroy(deny_cap);
    s.end();
}

#[test, expected_failure(abort_code = sui::coin_registry::ESupplyNotBurnOnly)]
fun burn_without_the_capability() {
    let (mut s, mut registry) = begin();
    let (init, mut cap) = registry.new_currency<Local>(
        6,
        b"L".to_string(),
        b"".to_string(),
        b"".to_string(),
        b"".to_string(),
        s.ctx(),
    );
    let coin = cap.mint(1, s.ctx());
    destroy(init.finalize(s.ctx()));
    s.next_tx(@0xa);
    let mut currency: Currency<Local> = s.take_shared();
    currency.burn(coin);
    abort 42
}

/// A finished currency `Local` and what its maker holds.
fun local(s: &mut Scenario, mut registry: CoinRegistry) {
    let (init, cap) = registry.new_currency<Local>(
        6,
        b"L".to_string(),
        b"Local".to_string(),
        b"Text".to_string(),
        b"icon".to_string(),
        s.ctx(),
    );
    transfer::public_transfer(init.finalize(s.ctx()), @0xa);
    destroy(cap);
    ts::return_shared(registry);
    s.next_tx(@0xa);
}

#[test]
fun the_old_form_is_lent_and_keeps_its_id() {
    let (mut s, registry) = begin();
    local(&mut s, registry);
    let mut currency: Currency<Local> = s.take_shared();
    let (metadata, borrow) = currency.borrow_legacy_metadata(s.ctx());
    let id = object::id(&metadata);
    assert_eq!(metadata.get_name(), b"Local".to_string());
    assert_eq!(metadata.get_decimals(), 6);
    currency.return_borrowed_legacy_metadata(metadata, borrow, s.ctx());
    let metadata_cap: coin_registry::MetadataCap<Local> = s.take_from_sender();
    currency.set_name(&metadata_cap, b"Newer".to_string());
    s.return_to_sender(metadata_cap);
    let (again, borrow) = currency.borrow_legacy_metadata(s.ctx());
    assert_eq!(object::id(&again), id);
    assert_eq!(again.get_name(), b"Newer".to_string());
    currency.return_borrowed_legacy_metadata(again, borrow, s.ctx());
    ts::return_shared(currency);
    s.end();
}

#[test, expected_failure(abort_code = sui::coin_registry::EDuplicateBorrow)]
fun the_old_form_returned_twice() {
    let (mut s, registry) = begin();
    local(&mut s, registry);
    let mut currency: Currency<Local> = s.take_shared();
    let (first, borrow_first) = currency.borrow_legacy_metadata(s.ctx());
    let (second, borrow_second) = currency.borrow_legacy_metadata(s.ctx());
    currency.return_borrowed_legacy_metadata(first, borrow_first, s.ctx());
    currency.return_borrowed_legacy_metadata(second, borrow_second, s.ctx());
    abort 42
}

/// A currency that came from the old form.
fun migrated(s: &mut Scenario, mut registry: CoinRegistry): coin::CoinMetadata<COIN_REGISTRY_TESTS> {
    let witness = test_utils::create_one_time_witness<COIN_REGISTRY_TESTS>();
    let (cap, metadata) = coin::create_currency(witness, 4, b"OLD", b"Old", b"", option::none(), s.ctx());
    registry.migrate_legacy_metadata(&metadata, s.ctx());
    destroy(cap);
    ts::return_shared(registry);
    s.next_tx(@0xa);
    metadata
}

#[test, expected_failure(abort_code = sui::coin_registry::EBorrowLegacyMetadata)]
fun a_migrated_currency_lends_nothing() {
    let (mut s, registry) = begin();
    let _metadata = migrated(&mut s, registry);
    let mut currency: Currency<COIN_REGISTRY_TESTS> = s.take_shared();
    let (_metadata, _borrow) = currency.borrow_legacy_metadata(s.ctx());
    abort 42
}

#[test, expected_failure(abort_code = sui::coin_registry::EDeletionNotSupported)]
fun the_old_form_is_never_deleted() {
    let (mut s, registry) = begin();
    let metadata = migrated(&mut s, registry);
    let mut currency: Currency<COIN_REGISTRY_TESTS> = s.take_shared();
    currency.delete_migrated_legacy_metadata(metadata);
    abort 42
}
