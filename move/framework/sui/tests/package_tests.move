#[test_only]
module sui::package_tests;

use std::unit_test::{assert_eq, destroy};
use sui::display;
use sui::package;
use sui::test_utils;

public struct PACKAGE_TESTS has drop {}
public struct NotAWitness has drop { n: u64 }
public struct Thing has key { id: UID }

#[test]
fun publisher() {
    let ctx = &mut tx_context::dummy();
    let p = package::claim(test_utils::create_one_time_witness<PACKAGE_TESTS>(), ctx);
    assert_eq!(*p.package(), b"0000000000000000000000000000000000000000000000000000000000000002".to_ascii_string());
    assert_eq!(*p.module_(), b"package_tests".to_ascii_string());
    assert!(p.from_package<sui::coin::Coin<u8>>() && !p.from_package<std::string::String>());
    assert!(p.from_module<Thing>() && !p.from_module<sui::coin::Coin<u8>>());
    p.burn();
}

#[test, expected_failure(abort_code = 0, location = sui::package)]
fun publisher_needs_a_one_time_witness() {
    destroy(package::claim(NotAWitness { n: 1 }, &mut tx_context::dummy()));
}

#[test]
fun upgrades() {
    let ctx = &mut tx_context::dummy();
    let mut cap = package::test_publish(@0x42.to_id(), ctx);
    assert_eq!(cap.version(), 1);
    assert_eq!(cap.policy(), package::compatible_policy());
    let ticket = cap.authorize(package::additive_policy(), b"digest");
    assert_eq!(ticket.package(), @0x42.to_id());
    assert_eq!(ticket.policy(), 128);
    assert_eq!(*ticket.digest(), b"digest");
    assert_eq!(cap.package(), @0x0.to_id());
    let receipt = package::test_upgrade(ticket);
    assert_eq!(receipt.cap(), object::id(&cap));
    let new_package = receipt.package();
    cap.commit(receipt);
    assert_eq!(cap.package(), new_package);
    assert_eq!(cap.version(), 2);
    cap.only_additive_upgrades();
    cap.only_dep_upgrades();
    assert_eq!(cap.policy(), 192);
    cap.make_immutable();
}

#[test, expected_failure(abort_code = 1, location = sui::package)]
fun policies_only_become_stricter() {
    let mut cap = package::test_publish(@0x42.to_id(), &mut tx_context::dummy());
    cap.only_dep_upgrades();
    cap.only_additive_upgrades();
    abort 42
}

#[test, expected_failure(abort_code = 1, location = sui::package)]
fun a_ticket_keeps_the_policy() {
    let mut cap = package::test_publish(@0x42.to_id(), &mut tx_context::dummy());
    cap.only_dep_upgrades();
    destroy(cap.authorize(package::compatible_policy(), b""));
    abort 42
}

#[test, expected_failure(abort_code = 2, location = sui::package)]
fun one_upgrade_at_a_time() {
    let mut cap = package::test_publish(@0x42.to_id(), &mut tx_context::dummy());
    destroy(cap.authorize(0, b""));
    destroy(cap.authorize(0, b""));
    abort 42
}

#[test, expected_failure(abort_code = 3, location = sui::package)]
fun commit_twice() {
    let mut cap = package::test_publish(@0x42.to_id(), &mut tx_context::dummy());
    let receipt = package::test_upgrade(cap.authorize(0, b""));
    let second = package::test_upgrade(package::copy_ticket_for_testing(&receipt));
    cap.commit(receipt);
    cap.commit(second);
    abort 42
}

#[test, expected_failure(abort_code = 4, location = sui::package)]
fun receipt_of_another_capability() {
    let ctx = &mut tx_context::dummy();
    let (mut a, mut b) = (package::test_publish(@0x42.to_id(), ctx), package::test_publish(@0x43.to_id(), ctx));
    let receipt = package::test_upgrade(a.authorize(0, b""));
    b.commit(receipt);
    abort 42
}

#[test]
fun display() {
    let ctx = &mut tx_context::dummy();
    let p = package::test_claim(test_utils::create_one_time_witness<PACKAGE_TESTS>(), ctx);
    let mut d = display::new_with_fields<Thing>(&p, vector[b"name".to_string()], vector[b"{name}".to_string()], ctx);
    d.add(b"link".to_string(), b"https://x".to_string());
    d.add_multiple(vector[b"a".to_string(), b"b".to_string()], vector[b"1".to_string(), b"2".to_string()]);
    d.edit(b"name".to_string(), b"Thing".to_string());
    d.remove(b"a".to_string());
    assert_eq!(d.fields().length(), 3);
    assert_eq!(d.fields()[&b"name".to_string()], b"Thing".to_string());
    assert_eq!(d.version(), 0);
    d.update_version();
    assert_eq!(d.version(), 1);
    assert!(display::is_authorized<Thing>(&p));
    destroy(d);
    p.burn();
}

#[test, expected_failure(abort_code = 1, location = sui::display)]
fun display_of_unequal_lengths() {
    let ctx = &mut tx_context::dummy();
    let p = package::test_claim(test_utils::create_one_time_witness<PACKAGE_TESTS>(), ctx);
    destroy(display::new_with_fields<Thing>(&p, vector[b"name".to_string()], vector[], ctx));
    abort 42
}
