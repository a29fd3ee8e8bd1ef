/// Verifiable random function on Ristretto255 (ECVRF-RISTRETTO255-SHA512-ELL2).
module sui::ecvrf;

#[allow(unused_const)]
const EInvalidHashLength: u64 = 1;
#[allow(unused_const)]
const EInvalidPublicKeyEncoding: u64 = 2;
#[allow(unused_const)]
const EInvalidProofEncoding: u64 = 3;

/// Whether `hash` (64 bytes) is the output for `alpha_string`, by the proof (80 bytes) and the key (32 bytes).
public native fun ecvrf_verify(
    hash: &vector<u8>,
    alpha_string: &vector<u8>,
    public_key: &vector<u8>,
    proof: &vector<u8>,
): bool;
