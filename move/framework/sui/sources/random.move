/// Randomness of the chain: the shared object 0x8, and generators seeded from it.
module sui::random;

use sui::bcs;
use sui::hmac::hmac_sha3_256;
use sui::versioned::{Self, Versioned};

/// The caller is not the system.
const ENotSystemAddress: u64 = 0;
const EWrongInnerVersion: u64 = 1;
/// Rounds must follow each other.
const EInvalidRandomnessUpdate: u64 = 2;
/// The range is empty.
const EInvalidRange: u64 = 3;
/// The vector is too long to shuffle.
const EInvalidLength: u64 = 4;

const CURRENT_VERSION: u64 = 1;
/// Bytes of one HMAC block.
const RAND_OUTPUT_LEN: u16 = 32;
const U16_MAX: u64 = 0xFFFF;

public struct Random has key {
    id: UID,
    inner: Versioned,
}

public struct RandomInner has store {
    version: u64,
    epoch: u64,
    randomness_round: u64,
    random_bytes: vector<u8>,
}

#[allow(unused_function)]
/// At genesis.
fun create(ctx: &mut TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    let inner = RandomInner {
        version: CURRENT_VERSION,
        epoch: ctx.epoch(),
        randomness_round: 0,
        random_bytes: vector[],
    };
    transfer::share_object(Random {
        id: object::randomness_state(),
        inner: versioned::create(CURRENT_VERSION, inner, ctx),
    })
}

fun load_inner_mut(self: &mut Random): &mut RandomInner {
    let version = self.inner.version();
    assert!(version == CURRENT_VERSION, EWrongInnerVersion);
    let inner: &mut RandomInner = self.inner.load_value_mut();
    assert!(inner.version == version, EWrongInnerVersion);
    inner
}

fun load_inner(self: &Random): &RandomInner {
    let version = self.inner.version();
    assert!(version == CURRENT_VERSION, EWrongInnerVersion);
    let inner: &RandomInner = self.inner.load_value();
    assert!(inner.version == version, EWrongInnerVersion);
    inner
}

#[allow(unused_function)]
/// New randomness of a commit.
fun update_randomness_state(self: &mut Random, new_round: u64, new_bytes: vector<u8>, ctx: &TxContext) {
    assert!(ctx.sender() == @0x0, ENotSystemAddress);
    let epoch = ctx.epoch();
    let inner = self.load_inner_mut();
    if (inner.randomness_round == 0 && inner.epoch == 0 && inner.random_bytes.is_empty()) {
        assert!(new_round == 0, EInvalidRandomnessUpdate);
    } else {
        assert!(
            (epoch > inner.epoch && new_round == 0) || (new_round == inner.randomness_round + 1),
            EInvalidRandomnessUpdate,
        );
    };
    inner.epoch = epoch;
    inner.randomness_round = new_round;
    inner.random_bytes = new_bytes;
}

/// Stream of random bytes of one transaction.
public struct RandomGenerator has drop {
    seed: vector<u8>,
    /// Blocks made so far.
    counter: u16,
    /// Bytes not yet used; the last is next.
    buffer: vector<u8>,
}

/// A generator nobody can predict. Each takes one fresh id, so two of one transaction differ.
public fun new_generator(r: &Random, ctx: &mut TxContext): RandomGenerator {
    let inner = r.load_inner();
    let seed = hmac_sha3_256(&inner.random_bytes, &ctx.fresh_object_address().to_bytes());
    RandomGenerator { seed, counter: 0, buffer: vector[] }
}

fun derive_next_block(g: &mut RandomGenerator): vector<u8> {
    g.counter = g.counter + 1;
    hmac_sha3_256(&g.seed, &bcs::to_bytes(&g.counter))
}

fun fill_buffer(g: &mut RandomGenerator) {
    let next_block = g.derive_next_block();
    g.buffer.append(next_block);
}

/// Whole blocks are used as they are; what is missing then comes from the buffer.
public fun generate_bytes(g: &mut RandomGenerator, num_of_bytes: u16): vector<u8> {
    let mut result = vector[];
    let mut num_of_blocks = num_of_bytes / RAND_OUTPUT_LEN;
    while (num_of_blocks > 0) {
        result.append(g.derive_next_block());
        num_of_blocks = num_of_blocks - 1;
    };
    let num_of_bytes = num_of_bytes as u64;
    if (g.buffer.length() < (num_of_bytes - result.length())) g.fill_buffer();
    while (result.length() < num_of_bytes) result.push_back(g.buffer.pop_back());
    result
}

/// Big-endian number of bytes from the end of the buffer.
fun u256_from_bytes(g: &mut RandomGenerator, num_of_bytes: u8): u256 {
    if (g.buffer.length() < num_of_bytes as u64) g.fill_buffer();
    let mut result: u256 = 0;
    num_of_bytes.do!(|_| result = (result << 8) + (g.buffer.pop_back() as u256));
    result
}

public fun generate_u256(g: &mut RandomGenerator): u256 {
    g.u256_from_bytes(32)
}

public fun generate_u128(g: &mut RandomGenerator): u128 {
    g.u256_from_bytes(16) as u128
}

public fun generate_u64(g: &mut RandomGenerator): u64 {
    g.u256_from_bytes(8) as u64
}

public fun generate_u32(g: &mut RandomGenerator): u32 {
    g.u256_from_bytes(4) as u32
}

public fun generate_u16(g: &mut RandomGenerator): u16 {
    g.u256_from_bytes(2) as u16
}

public fun generate_u8(g: &mut RandomGenerator): u8 {
    g.u256_from_bytes(1) as u8
}

public fun generate_bool(g: &mut RandomGenerator): bool {
    (g.u256_from_bytes(1) & 1) == 1
}

/// Draws 8 bytes more than the type has, so the bias of the remainder is below 2^-64.
fun u128_in_range(g: &mut RandomGenerator, min: u128, max: u128, num_of_bytes: u8): u128 {
    assert!(min <= max, EInvalidRange);
    if (min == max) return min;
    let range_size = (max - min) as u256 + 1;
    let rand = g.u256_from_bytes(num_of_bytes);
    min + ((rand % range_size) as u128)
}

/// Both ends belong to the range, here and below.
public fun generate_u128_in_range(g: &mut RandomGenerator, min: u128, max: u128): u128 {
    g.u128_in_range(min, max, 24)
}

public fun generate_u64_in_range(g: &mut RandomGenerator, min: u64, max: u64): u64 {
    g.u128_in_range(min as u128, max as u128, 16) as u64
}

public fun generate_u32_in_range(g: &mut RandomGenerator, min: u32, max: u32): u32 {
    g.u128_in_range(min as u128, max as u128, 12) as u32
}

public fun generate_u16_in_range(g: &mut RandomGenerator, min: u16, max: u16): u16 {
    g.u128_in_range(min as u128, max as u128, 10) as u16
}

public fun generate_u8_in_range(g: &mut RandomGenerator, min: u8, max: u8): u8 {
    g.u128_in_range(min as u128, max as u128, 9) as u8
}

/// Fisher and Yates, from the front.
public fun shuffle<T>(g: &mut RandomGenerator, v: &mut vector<T>) {
    let n = v.length();
    if (n == 0) return;
    assert!(n <= U16_MAX, EInvalidLength);
    let n = n as u16;
    let end = n - 1;
    end.do!(|i| {
        let j = g.generate_u16_in_range(i, end);
        v.swap(i as u64, j as u64);
    });
}

#[test_only]
public fun create_for_testing(ctx: &mut TxContext) {
    create(ctx);
}

#[test_only]
public fun update_randomness_state_for_testing(
    self: &mut Random,
    new_round: u64,
    new_bytes: vector<u8>,
    ctx: &TxContext,
) {
    self.update_randomness_state(new_round, new_bytes, ctx);
}

#[test_only]
/// A generator with a random seed.
public fun new_generator_for_testing(): RandomGenerator {
    new_generator_from_seed_for_testing(generate_rand_seed_for_testing())
}

#[test_only]
public fun new_generator_from_seed_for_testing(seed: vector<u8>): RandomGenerator {
    RandomGenerator { seed, counter: 0, buffer: vector[] }
}

#[test_only]
native fun generate_rand_seed_for_testing(): vector<u8>;

#[test_only]
public fun generator_seed(r: &RandomGenerator): &vector<u8> {
    &r.seed
}

#[test_only]
public fun generator_counter(r: &RandomGenerator): u16 {
    r.counter
}

#[test_only]
public fun generator_buffer(r: &RandomGenerator): &vector<u8> {
    &r.buffer
}
