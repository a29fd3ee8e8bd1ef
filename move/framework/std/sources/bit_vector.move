/// Fixed number of bits.
module std::bit_vector;

/// The index is not below the length.
const EINDEX: u64 = 0x20000;
/// The length is zero or too great.
const ELENGTH: u64 = 0x20001;

const MAX_SIZE: u64 = 1024;

public struct BitVector has copy, drop, store {
    length: u64,
    bit_field: vector<bool>,
}

/// All bits are unset. `length` is between 1 and 1023.
public fun new(length: u64): BitVector {
    assert!(length > 0, ELENGTH);
    assert!(length < MAX_SIZE, ELENGTH);
    BitVector { length, bit_field: vector::tabulate!(length, |_| false) }
}

public fun set(bitvector: &mut BitVector, bit_index: u64) {
    assert!(bit_index < bitvector.bit_field.length(), EINDEX);
    *&mut bitvector.bit_field[bit_index] = true;
}

public fun unset(bitvector: &mut BitVector, bit_index: u64) {
    assert!(bit_index < bitvector.bit_field.length(), EINDEX);
    *&mut bitvector.bit_field[bit_index] = false;
}

/// Moves each bit `amount` places towards index 0; zeros follow.
public fun shift_left(bitvector: &mut BitVector, amount: u64) {
    let length = bitvector.length;
    let moved = if (amount < length) length - amount else 0;
    length.do!(|i| {
        let bit = i < moved && bitvector.bit_field[i + amount];
        *&mut bitvector.bit_field[i] = bit;
    });
}

public fun is_index_set(bitvector: &BitVector, bit_index: u64): bool {
    assert!(bit_index < bitvector.bit_field.length(), EINDEX);
    bitvector.bit_field[bit_index]
}

public fun length(bitvector: &BitVector): u64 {
    bitvector.bit_field.length()
}

/// How many bits from `start_index` on are set without a gap.
public fun longest_set_sequence_starting_at(bitvector: &BitVector, start_index: u64): u64 {
    assert!(start_index < bitvector.length, EINDEX);
    let mut index = start_index;
    while (index < bitvector.length && bitvector.bit_field[index]) index = index + 1;
    index - start_index
}
