module std::address;

/// Bytes of an address.
public fun length(): u64 {
    32
}
