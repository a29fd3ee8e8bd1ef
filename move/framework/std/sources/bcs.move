module std::bcs;

/// Binary Canonical Serialization of any value.
public native fun to_bytes<MoveValue>(v: &MoveValue): vector<u8>;
