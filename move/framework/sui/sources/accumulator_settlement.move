/// What the system does with deposits and withdrawals once the transactions of a checkpoint have run.
module sui::accumulator_settlement;

use sui::accumulator::{Self, AccumulatorRoot, U128};

/// Only the system may do this.
const ENotSystemAddress: u64 = 0;
/// The amounts of an address are netted before: one of them is zero, and nothing is taken where nothing is.
const EInvalidSplitAmount: u64 = 1;

#[allow(unused_field)]
/// A stream of authenticated events; nothing here makes one.
public struct EventStreamHead has store {
    mmr: vector<u256>,
    checkpoint_seq: u64,
    num_events: u64,
}

#[allow(unused_function)]
fun settlement_prologue(
    _accumulator_root: &mut AccumulatorRoot,
    _epoch: u64,
    _checkpoint_height: u64,
    _idx: u64,
    input_sui: u64,
    output_sui: u64,
    ctx: &TxContext,
) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    record_settlement_sui_conservation(input_sui, output_sui);
}

#[allow(unused_function)]
fun settle_u128<T>(
    accumulator_root: &mut AccumulatorRoot,
    owner: address,
    merge: u128,
    split: u128,
    ctx: &TxContext,
) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    assert!((merge == 0) != (split == 0), EInvalidSplitAmount);
    let name = accumulator::accumulator_key<T>(owner);
    if (!accumulator_root.root_has_accumulator<T, U128>(name)) {
        assert!(split == 0, EInvalidSplitAmount);
        return accumulator_root.root_add_accumulator(name, accumulator::create_u128(merge))
    };
    let amount = accumulator_root.root_borrow_accumulator_mut<T, U128>(name);
    amount.update_u128(merge, split);
    if (amount.is_zero_u128()) accumulator_root.root_remove_accumulator<T, U128>(name).destroy_u128()
}

native fun record_settlement_sui_conservation(input_sui: u64, output_sui: u64);
