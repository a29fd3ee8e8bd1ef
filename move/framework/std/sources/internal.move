/// Proof that the calling module defines a type.
module std::internal;

/// Whoever holds this was called by the module that defines `T`.
public struct Permit<phantom T>() has drop;

/// The verifier allows the call only in the module that defines `T`.
public fun permit<T>(): Permit<T> {
    Permit()
}
