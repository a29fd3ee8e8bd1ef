/// ECDSA on secp256r1. `hash`: 0 Keccak-256, 1 SHA-256.
module sui::ecdsa_r1;

#[allow(unused_const)]
/// No key gives this signature.
const EFailToRecoverPubKey: u64 = 0;
#[allow(unused_const)]
const EInvalidSignature: u64 = 1;

/// 33-byte public key of a 65-byte recoverable signature.
public native fun secp256r1_ecrecover(signature: &vector<u8>, msg: &vector<u8>, hash: u8): vector<u8>;

/// 64-byte signature without recovery byte.
public native fun secp256r1_verify(
    signature: &vector<u8>,
    public_key: &vector<u8>,
    msg: &vector<u8>,
    hash: u8,
): bool;
