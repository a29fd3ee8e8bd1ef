#[test_only]
module sui::deny_list_tests;

use std::unit_test::{assert_eq, destroy};
use sui::coin;
use sui::deny_list::{Self, DenyList};
use sui::test_scenario as ts;

public struct Cash has drop {}

#[test]
fun counts_from_the_next_epoch_on() {
    let mut s = ts::begin(@0x0);
    deny_list::create_for_test(s.ctx());
    s.next_tx(@0xa);
    let mut list: DenyList = s.take_shared();
    assert_eq!(object::id_address(&list), @0x403);
    let mut cap = coin::new_deny_cap_v2<Cash>(true, s.ctx());
    assert!(!coin::deny_list_v2_contains_next_epoch<Cash>(&list, @0xb));
    assert!(!coin::deny_list_v2_contains_current_epoch<Cash>(&list, @0xb, s.ctx()));
    coin::deny_list_v2_add(&mut list, &mut cap, @0xb, s.ctx());
    coin::deny_list_v2_add(&mut list, &mut cap, @0xb, s.ctx());
    coin::deny_list_v2_enable_global_pause(&mut list, &mut cap, s.ctx());
    assert!(coin::deny_list_v2_contains_next_epoch<Cash>(&list, @0xb));
    assert!(!coin::deny_list_v2_contains_current_epoch<Cash>(&list, @0xb, s.ctx()));
    assert!(coin::deny_list_v2_is_global_pause_enabled_next_epoch<Cash>(&list));
    assert!(!coin::deny_list_v2_is_global_pause_enabled_current_epoch<Cash>(&list, s.ctx()));
    ts::return_shared(list);
    s.next_epoch(@0xa);
    let mut list: DenyList = s.take_shared();
    assert!(coin::deny_list_v2_contains_current_epoch<Cash>(&list, @0xb, s.ctx()));
    assert!(!coin::deny_list_v2_contains_current_epoch<Cash>(&list, @0xc, s.ctx()));
    assert!(coin::deny_list_v2_is_global_pause_enabled_current_epoch<Cash>(&list, s.ctx()));
    coin::deny_list_v2_remove(&mut list, &mut cap, @0xb, s.ctx());
    coin::deny_list_v2_disable_global_pause(&mut list, &mut cap, s.ctx());
    assert!(!coin::deny_list_v2_contains_next_epoch<Cash>(&list, @0xb));
    assert!(coin::deny_list_v2_contains_current_epoch<Cash>(&list, @0xb, s.ctx()));
    ts::return_shared(list);
    s.next_epoch(@0xa);
    let list: DenyList = s.take_shared();
    assert!(!coin::deny_list_v2_contains_current_epoch<Cash>(&list, @0xb, s.ctx()));
    assert!(!coin::deny_list_v2_is_global_pause_enabled_current_epoch<Cash>(&list, s.ctx()));
    ts::return_shared(list);
    destroy(cap);
    s.end();
}

#[test, expected_failure(abort_code = 3, location = sui::coin)]
fun pause_needs_the_right_to_pause() {
    let ctx = &mut tx_context::dummy();
    let mut list = deny_list::new_for_testing(ctx);
    let mut cap = coin::new_deny_cap_v2<Cash>(false, ctx);
    coin::deny_list_v2_enable_global_pause(&mut list, &mut cap, ctx);
    abort 42
}

#[test]
fun first_form_and_migration() {
    let mut s = ts::begin(@0xa);
    let mut list = deny_list::new_for_testing(s.ctx());
    list.v1_add(0, b"type", @0xb);
    list.v1_add(0, b"type", @0xb);
    list.v1_add(0, b"other", @0xb);
    list.v1_add(0, b"type", @0xc);
    assert!(list.v1_contains(0, b"type", @0xb) && !list.v1_contains(0, b"type", @0xd));
    assert!(!list.v1_contains(0, b"nothing", @0xb));
    list.v1_remove(0, b"type", @0xb);
    assert!(!list.v1_contains(0, b"type", @0xb) && list.v1_contains(0, b"other", @0xb));
    list.migrate_v1_to_v2(0, b"type", s.ctx());
    assert!(list.v2_contains_next_epoch(0, b"type", @0xc) && !list.v1_contains(0, b"type", @0xc));
    destroy(list);
    s.end();
}

#[test, expected_failure(abort_code = 1, location = sui::deny_list)]
fun remove_what_is_not_denied() {
    let ctx = &mut tx_context::dummy();
    let mut list = deny_list::new_for_testing(ctx);
    list.v1_add(0, b"type", @0xb);
    list.v1_remove(0, b"type", @0xc);
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::deny_list)]
fun deny_a_system_address() {
    let ctx = &mut tx_context::dummy();
    let mut list = deny_list::new_for_testing(ctx);
    list.v1_add(0, b"type", @0x2);
    abort 42
}
