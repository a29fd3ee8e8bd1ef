/// Vectors computed with another implementation (noble).
#[test_only]
module sui::crypto_tests;

use std::unit_test::assert_eq;
use sui::ecdsa_k1;
use sui::ecdsa_r1;
use sui::ecvrf;
use sui::ed25519;
use sui::hash;
use sui::hmac;

#[test]
fun hashes() {
    assert_eq!(hash::blake2b256(&b"abc"), x"bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
    assert_eq!(hash::keccak256(&b"abc"), x"4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
    assert_eq!(
        hmac::hmac_sha3_256(&b"key", &b"message"),
        x"0f43852a24d5597a8200312a95993991581679d63264f1b1ad4b5ccac7fe8ba4",
    );
}

#[test]
fun ed25519() {
    let key = x"03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    let signature = x"7bc0ea578290c8dcf6fc8a6e134a7f3e794ddd7e8922108bccd6202f95de532b92c2298dc8e161ac2b5e3653f92c5b0e12adf26b3d46e7bd2057715f25d3e205";
    assert!(ed25519::ed25519_verify(&signature, &key, &b"message"));
    assert!(!ed25519::ed25519_verify(&signature, &key, &b"massage"));
    assert!(!ed25519::ed25519_verify(&b"short", &key, &b"message"));
    assert!(!ed25519::ed25519_verify(&signature, &b"short", &b"message"));
}

#[test]
fun secp256k1() {
    let key = x"0284bf7562262bbd6940085748f3be6afa52ae317155181ece31b66351ccffa4b0";
    let full = x"0484bf7562262bbd6940085748f3be6afa52ae317155181ece31b66351ccffa4b08cc43d63b2859d469fee15f31c9edb5324266e6fd0407e87382d60fc4511acd8";
    let sha = x"a401f89b4611458229512feb71245533cdc0b9281c5f0951e297004c2e4108d0287e9305cfaf5e8757b294197d843646ef0a38de7b8fbe9689209e9c84486d81";
    let keccak = x"1cd640b8e58cc9828c1c8844f19eef4bb2e4a54a326f0d13ac44b107fb3a0fd0358fbb6c99647cdf142fbd4391aafa4dfb7b3ad7e1bd7048f91753f4f8f0f081";
    assert!(ecdsa_k1::secp256k1_verify(&sha, &key, &b"message", 1));
    assert!(ecdsa_k1::secp256k1_verify(&keccak, &key, &b"message", 0));
    assert!(!ecdsa_k1::secp256k1_verify(&sha, &key, &b"message", 0));
    assert!(!ecdsa_k1::secp256k1_verify(&sha, &key, &b"massage", 1));
    assert_eq!(ecdsa_k1::decompress_pubkey(&key), full);
    let mut recoverable = sha;
    recoverable.push_back(0);
    assert_eq!(ecdsa_k1::secp256k1_ecrecover(&recoverable, &b"message", 1), key);
    let secret = x"0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20";
    assert_eq!(ecdsa_k1::secp256k1_sign(&secret, &b"message", 1, false), sha);
    let pair = ecdsa_k1::secp256k1_keypair_from_seed(&secret);
    let signed = ecdsa_k1::secp256k1_sign(pair.private_key(), &b"text", 0, false);
    assert!(ecdsa_k1::secp256k1_verify(&signed, pair.public_key(), &b"text", 0));
}

#[test, expected_failure(abort_code = 2, location = sui::ecdsa_k1)]
fun decompress_what_is_no_key() {
    ecdsa_k1::decompress_pubkey(&x"05");
}

#[test]
fun secp256r1() {
    let key = x"02515c3d6eb9e396b904d3feca7f54fdcd0cc1e997bf375dca515ad0a6c3b4035f";
    let signature = x"f270e0f0e68645cb44c05eb2fc3ba4aa2504a8e8d4c8aac22fd2e8215b488d6b2e9bbbd5b2898cbdb2dc7c37cc6ad10bb6c1c28785543879d95ebfcba0119b2e";
    assert!(ecdsa_r1::secp256r1_verify(&signature, &key, &b"message", 1));
    assert!(!ecdsa_r1::secp256r1_verify(&signature, &key, &b"massage", 1));
    let mut recoverable = signature;
    recoverable.push_back(1);
    assert_eq!(ecdsa_r1::secp256r1_ecrecover(&recoverable, &b"message", 1), key);
}

#[test, expected_failure(abort_code = 1, location = sui::ecvrf)]
fun verifiable_random_function_of_a_short_output() {
    ecvrf::ecvrf_verify(&b"short", &b"alpha", &b"key", &b"proof");
}
