/// ECDSA on secp256k1. `hash`: 0 Keccak-256, 1 SHA-256.
module sui::ecdsa_k1;

#[allow(unused_const)]
/// No key gives this signature.
const EFailToRecoverPubKey: u64 = 0;
#[allow(unused_const)]
const EInvalidSignature: u64 = 1;
#[allow(unused_const)]
const EInvalidPubKey: u64 = 2;

/// 33-byte public key of a 65-byte recoverable signature.
public native fun secp256k1_ecrecover(signature: &vector<u8>, msg: &vector<u8>, hash: u8): vector<u8>;

/// 33-byte key to 65 bytes.
public native fun decompress_pubkey(pubkey: &vector<u8>): vector<u8>;

/// 64-byte signature without recovery byte.
public native fun secp256k1_verify(
    signature: &vector<u8>,
    public_key: &vector<u8>,
    msg: &vector<u8>,
    hash: u8,
): bool;

#[test_only]
public native fun secp256k1_sign(
    private_key: &vector<u8>,
    msg: &vector<u8>,
    hash: u8,
    recoverable: bool,
): vector<u8>;

#[test_only]
public struct KeyPair has drop {
    private_key: vector<u8>,
    public_key: vector<u8>,
}

#[test_only]
public native fun secp256k1_keypair_from_seed(seed: &vector<u8>): KeyPair;

#[test_only]
public fun private_key(self: &KeyPair): &vector<u8> {
    &self.private_key
}

#[test_only]
public fun public_key(self: &KeyPair): &vector<u8> {
    &self.public_key
}
