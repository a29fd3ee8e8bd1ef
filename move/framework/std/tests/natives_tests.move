#[test_only]
module std::natives_tests;

use std::bcs;
use std::hash;
use std::type_name;
use std::unit_test::assert_eq;

public struct Pair<A, B> has drop { a: A, b: B }
public struct Empty has drop {}
public enum Shape has drop { Point, Circle(u64), Box { w: u8, h: u16 } }

#[test]
fun bcs_of_values() {
    assert_eq!(bcs::to_bytes(&true), x"01");
    assert_eq!(bcs::to_bytes(&0x12u8), x"12");
    assert_eq!(bcs::to_bytes(&0x1234u16), x"3412");
    assert_eq!(bcs::to_bytes(&0x12345678u32), x"78563412");
    assert_eq!(bcs::to_bytes(&0x123456789abcdef0u64), x"f0debc9a78563412");
    assert_eq!(bcs::to_bytes(&1u128), x"01000000000000000000000000000000");
    assert_eq!(
        bcs::to_bytes(&std::u256::max_value!()),
        x"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    );
    assert_eq!(bcs::to_bytes(&@0xab), x"00000000000000000000000000000000000000000000000000000000000000ab");
    assert_eq!(bcs::to_bytes(&vector[1u16, 2]), x"0201000200");
    assert_eq!(bcs::to_bytes(&vector::tabulate!(130, |_| 7u8)).take(3), x"820107");
    assert_eq!(bcs::to_bytes(&option::some(5u8)), x"0105");
    assert_eq!(bcs::to_bytes(&option::none<u8>()), x"00");
    assert_eq!(bcs::to_bytes(&b"hi".to_string()), x"026869");
    assert_eq!(bcs::to_bytes(&Pair { a: 1u8, b: Pair { a: true, b: b"" } }), x"010100");
    assert_eq!(bcs::to_bytes(&Empty {}), x"00");
    assert_eq!(bcs::to_bytes(&Shape::Point), x"00");
    assert_eq!(bcs::to_bytes(&Shape::Circle(1)), x"010100000000000000");
    assert_eq!(bcs::to_bytes(&Shape::Box { w: 1, h: 2 }), x"02010200");
}

#[test]
fun hashes() {
    assert_eq!(hash::sha2_256(b"abc"), x"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(hash::sha3_256(b"abc"), x"3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532");
    assert_eq!(hash::sha2_256(b""), x"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

#[test]
fun names_of_types() {
    let name = type_name::with_defining_ids<Pair<u8, vector<Empty>>>();
    let address = b"0000000000000000000000000000000000000000000000000000000000000001".to_ascii_string();
    assert_eq!(name.address_string(), address);
    assert_eq!(name.get_address(), address);
    assert_eq!(name.module_string(), b"natives_tests".to_ascii_string());
    assert_eq!(name.get_module(), b"natives_tests".to_ascii_string());
    let mut text = address;
    text.append(b"::natives_tests::Pair<u8,vector<".to_ascii_string());
    text.append(address);
    text.append(b"::natives_tests::Empty>>".to_ascii_string());
    assert_eq!(name.into_string(), text);
    assert_eq!(*name.as_string(), *name.borrow_string());
    assert!(!name.is_primitive());
    assert_eq!(type_name::get<Empty>(), type_name::with_defining_ids<Empty>());
    assert_eq!(type_name::get_with_original_ids<Empty>(), type_name::with_original_ids<Empty>());
    assert_eq!(type_name::defining_id<Empty>(), @0x1);
    assert_eq!(type_name::original_id<Empty>(), @0x1);
}

#[test]
fun primitives_are_told_apart() {
    assert!(type_name::get<bool>().is_primitive());
    assert!(type_name::get<u8>().is_primitive());
    assert!(type_name::get<u16>().is_primitive());
    assert!(type_name::get<u32>().is_primitive());
    assert!(type_name::get<u64>().is_primitive());
    assert!(type_name::get<u128>().is_primitive());
    assert!(type_name::get<u256>().is_primitive());
    assert!(type_name::get<address>().is_primitive());
    assert!(type_name::get<vector<Empty>>().is_primitive());
    assert!(!type_name::get<std::string::String>().is_primitive());
    assert_eq!(type_name::get<vector<u8>>().into_string(), b"vector<u8>".to_ascii_string());
}

#[test, expected_failure(abort_code = 0, location = std::type_name)]
fun a_primitive_has_no_address() {
    type_name::get<u64>().address_string();
}

#[test, expected_failure(abort_code = 0, location = std::type_name)]
fun a_primitive_has_no_module() {
    type_name::get<vector<Empty>>().module_string();
}

#[test]
fun addresses_and_permits() {
    assert_eq!(std::address::length(), 32);
    let _permit = std::internal::permit<Empty>();
}
