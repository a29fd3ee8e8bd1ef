module sui::ed25519;

/// `signature` 64 bytes, `public_key` 32 bytes; `msg` is signed as it is.
public native fun ed25519_verify(signature: &vector<u8>, public_key: &vector<u8>, msg: &vector<u8>): bool;
