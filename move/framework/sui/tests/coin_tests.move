#[test_only]
module sui::coin_tests;

use std::unit_test::{assert_eq, destroy};
use sui::balance;
use sui::coin::{Self, Coin};
use sui::pay;
use sui::sui::SUI;
use sui::test_scenario as ts;
use sui::test_utils;
use sui::url;

public struct COIN_TESTS has drop {}
public struct Cash has drop {}

#[test]
fun balances() {
    let mut supply = balance::create_supply(Cash {});
    let mut a = supply.increase_supply(100);
    let b = a.split(30);
    assert_eq!(a.value(), 70);
    assert_eq!(b.value(), 30);
    assert_eq!(a.join(b), 100);
    let all = a.withdraw_all();
    a.destroy_zero();
    assert_eq!(supply.supply_value(), 100);
    assert_eq!(supply.decrease_supply(all), 100);
    assert_eq!(supply.value(), 0);
    balance::zero<Cash>().destroy_zero();
    // One less than the greatest u64 is the greatest supply.
    destroy(supply.increase_supply(18446744073709551614));
    destroy(supply);
}

#[test, expected_failure(abort_code = 0, location = sui::balance)]
fun destroy_a_balance() {
    balance::create_for_testing<Cash>(1).destroy_zero();
}

#[test, expected_failure(abort_code = 1, location = sui::balance)]
fun supply_overflow() {
    let mut supply = balance::create_supply(Cash {});
    destroy(supply.increase_supply(18446744073709551615));
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::balance)]
fun supply_underflow() {
    let mut supply = balance::create_supply(Cash {});
    supply.decrease_supply(balance::create_for_testing(1));
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::balance)]
fun balance_too_small() {
    let mut b = balance::create_for_testing<Cash>(1);
    destroy(b.split(2));
    abort 42
}

#[test]
fun coins() {
    let ctx = &mut tx_context::dummy();
    let mut c = coin::mint_for_testing<Cash>(100, ctx);
    let d = c.split(40, ctx);
    assert_eq!(c.value() * 1000 + d.value(), 60040);
    c.join(d);
    let parts = c.divide_into_n(3, ctx);
    assert_eq!(parts.map_ref!(|part| part.value()), vector[33, 33]);
    assert_eq!(c.value(), 34);
    parts.do!(|part| c.join(part));
    let mut b = c.into_balance();
    let taken = coin::take(&mut b, 10, ctx);
    coin::put(&mut b, taken);
    assert_eq!(b.value(), 100);
    let mut c = b.into_coin(ctx);
    assert_eq!(c.balance().value(), 100);
    let rest = c.balance_mut().split(1);
    assert_eq!(rest.destroy_for_testing(), 1);
    assert_eq!(c.burn_for_testing(), 99);
    coin::zero<Cash>(ctx).destroy_zero();
    destroy(coin::from_balance(balance::zero<Cash>(), ctx));
}

#[test, expected_failure(abort_code = 1, location = sui::coin)]
fun divide_into_nothing() {
    let ctx = &mut tx_context::dummy();
    let mut c = coin::mint_for_testing<Cash>(3, ctx);
    destroy(c.divide_into_n(0, ctx));
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::coin)]
fun divide_into_too_many() {
    let ctx = &mut tx_context::dummy();
    let mut c = coin::mint_for_testing<Cash>(3, ctx);
    destroy(c.divide_into_n(4, ctx));
    abort 42
}

#[test]
fun currency_of_the_old_form() {
    let mut s = ts::begin(@0xa);
    let witness = test_utils::create_one_time_witness<COIN_TESTS>();
    let icon = option::some(url::new_unsafe_from_bytes(b"https://x.y"));
    let (mut cap, mut metadata) = coin::create_currency(witness, 6, b"SYM", b"Name", b"Text", icon, s.ctx());
    assert_eq!(metadata.get_decimals(), 6);
    assert_eq!(metadata.get_symbol(), b"SYM".to_ascii_string());
    cap.update_symbol(&mut metadata, b"SYM2".to_ascii_string());
    cap.update_name(&mut metadata, b"Name2".to_string());
    cap.update_description(&mut metadata, b"Text2".to_string());
    cap.update_icon_url(&mut metadata, b"https://z".to_ascii_string());
    assert_eq!(metadata.get_symbol(), b"SYM2".to_ascii_string());
    assert_eq!(metadata.get_name(), b"Name2".to_string());
    assert_eq!(metadata.get_description(), b"Text2".to_string());
    assert_eq!(metadata.get_icon_url().destroy_some().inner_url(), b"https://z".to_ascii_string());
    let c = cap.mint(100, s.ctx());
    destroy(cap.mint_balance(50));
    cap.mint_and_transfer(7, @0xb, s.ctx());
    assert_eq!(cap.total_supply(), 157);
    assert_eq!(cap.burn(c), 100);
    assert_eq!(cap.supply_immut().supply_value(), 57);
    assert_eq!(cap.supply().supply_value(), 57);
    destroy(cap.supply_mut().increase_supply(1));
    s.next_tx(@0xb);
    let c: Coin<COIN_TESTS> = s.take_from_sender();
    assert_eq!(c.value(), 7);
    s.return_to_sender(c);
    let supply = cap.treasury_into_supply();
    assert_eq!(supply.supply_value(), 58);
    destroy(supply);
    destroy(metadata);
    s.end();
}

#[test, expected_failure(abort_code = 0, location = sui::coin)]
fun a_currency_needs_a_one_time_witness() {
    let (cap, metadata) = coin::create_currency(
        Cash {},
        6,
        b"S",
        b"N",
        b"D",
        option::none(),
        &mut tx_context::dummy(),
    );
    destroy(cap);
    destroy(metadata);
}

#[test]
fun payments() {
    let mut s = ts::begin(@0xa);
    let mut c = coin::mint_for_testing<SUI>(100, s.ctx());
    pay::split(&mut c, 10, s.ctx());
    c.split_vec(vector[1, 2], s.ctx());
    c.split_and_transfer(5, @0xb, s.ctx());
    c.divide_and_keep(2, s.ctx());
    assert_eq!(c.value(), 41);
    pay::keep(c, s.ctx());
    sui::sui::transfer(coin::mint_for_testing(3, s.ctx()), @0xb);
    s.next_tx(@0xa);
    let ids = s.ids_for_sender<Coin<SUI>>();
    assert_eq!(ids.length(), 5);
    let coins = ids.map!(|id| s.take_from_sender_by_id<Coin<SUI>>(id));
    pay::join_vec_and_transfer(coins, @0xc);
    s.next_tx(@0xc);
    let c: Coin<SUI> = s.take_from_sender();
    assert_eq!(c.value(), 95);
    s.return_to_sender(c);
    s.next_tx(@0xb);
    let mut c: Coin<SUI> = s.take_from_sender();
    let d: Coin<SUI> = s.take_from_sender();
    pay::join(&mut c, d);
    c.join_vec(vector[coin::mint_for_testing(1, s.ctx())]);
    assert_eq!(c.value(), 9);
    s.return_to_sender(c);
    s.end();
}

#[test, expected_failure(abort_code = 0, location = sui::pay)]
fun join_no_coins() {
    pay::join_vec_and_transfer<SUI>(vector[], @0xa);
}
