/// The commitment to the history of a stack. H is BLAKE2b with 32 bytes of output.
///
///   leaf j  = H(0x00 || u64le j || request_hash || work_hash || u64le units_j)
///   inner   = H(0x01 || left || right), an odd last node moves up unchanged; M = H(0x03) for no leaves
///   R       = H(0x02 || M || u64le stack || u64le total units), secret until opened
///   L_i     = H(u8 i || R); i = 0 is the selected node, 1..k are the attesters
///   root    = H(L_0 || ... || L_k), the `committed_stack_proof`
///   accusation = H(0x04 || own root or zeros || challenger || H(bcs rows)): nobody else's, so that it cannot be copied
///
/// The list of inputs T a settlement may name, the rows the audit seed picks and the leaves jurors make of faults are off-chain
/// rules: the contract only stores T and draws the seed.
module atoma::commitment;

use sui::hash::blake2b256;

const LEAF_TAG: u8 = 0;
const INNER_TAG: u8 = 1;
const SECRET_TAG: u8 = 2;
const EMPTY_TAG: u8 = 3;
const ACCUSATION_TAG: u8 = 4;
const BLAME_TAG: u8 = 1;
const HASH_BYTES: u64 = 32;
/// Reserved: "the inputs of this stack could not be obtained".
const UNAVAILABLE: vector<u8> = x"0000000000000000000000000000000000000000000000000000000000000000";

#[error]
const ENot32Bytes: vector<u8> = b"A commitment, leaf, hash or salt has exactly 32 bytes";

public fun assert_hash(bytes: &vector<u8>) { assert!(bytes.length() == HASH_BYTES, ENot32Bytes) }

public fun unavailable(): vector<u8> { UNAVAILABLE }

public fun is_unavailable(bytes: &vector<u8>): bool { *bytes == UNAVAILABLE }

/// Leaf `index` of a history.
public fun leaf(index: u64, request_hash: vector<u8>, work_hash: vector<u8>, units: u64): vector<u8> {
    let mut input = vector[LEAF_TAG];
    append_u64(&mut input, index);
    input.append(request_hash);
    input.append(work_hash);
    append_u64(&mut input, units);
    blake2b256(&input)
}

public fun inner(left: vector<u8>, right: vector<u8>): vector<u8> {
    let mut input = vector[INNER_TAG];
    input.append(left);
    input.append(right);
    blake2b256(&input)
}

/// M of a history given by its leaves.
public fun history_root(leaves: vector<vector<u8>>): vector<u8> {
    if (leaves.is_empty()) return blake2b256(&vector[EMPTY_TAG]);
    let mut row = leaves;
    while (row.length() > 1) row = row_above(&row);
    row.pop_back()
}

/// R, the secret of a history.
public fun secret(history_root: vector<u8>, stack: u64, total_units: u64): vector<u8> {
    let mut input = vector[SECRET_TAG];
    input.append(history_root);
    append_u64(&mut input, stack);
    append_u64(&mut input, total_units);
    blake2b256(&input)
}

/// L_i, what party `i` shows to prove that it knows R.
public fun party_leaf(secret: &vector<u8>, party: u64): vector<u8> {
    let mut input = vector[party as u8];
    input.append(*secret);
    blake2b256(&input)
}

/// The committed stack proof of a secret under `attesters` attesters (k of the stack's terms).
public fun proof_of_secret(secret: &vector<u8>, attesters: u64): vector<u8> {
    let leaves = vector::tabulate!(attesters + 1, |i| party_leaf(secret, i));
    proof_of_leaves(&leaves)
}

/// The committed stack proof of the leaves L_0..L_k.
public fun proof_of_leaves(leaves: &vector<vector<u8>>): vector<u8> {
    let mut input = vector[];
    leaves.do_ref!(|leaf| input.append(*leaf));
    blake2b256(&input)
}

/// What a challenger commits to: the root that follows from the history it expects the jury to find, for itself and the rows
/// it names alone.
public fun accusation(root: &vector<u8>, challenger: address, rows: &vector<u64>): vector<u8> {
    let mut input = vector[ACCUSATION_TAG];
    input.append(*root);
    input.append(challenger.to_bytes());
    input.append(blake2b256(&std::bcs::to_bytes(rows)));
    blake2b256(&input)
}

/// What a juror commits to before it reveals; a vote that blames ends with one more byte, 1.
public fun vote(
    stack: u64,
    juror: u64,
    history_root: vector<u8>,
    units: u64,
    salt: vector<u8>,
    blame: bool,
): vector<u8> {
    let mut input = vector[];
    append_u64(&mut input, stack);
    append_u64(&mut input, juror);
    input.append(history_root);
    append_u64(&mut input, units);
    input.append(salt);
    if (blame) input.push_back(BLAME_TAG);
    blake2b256(&input)
}

fun row_above(row: &vector<vector<u8>>): vector<vector<u8>> {
    let mut above = vector[];
    let mut i = 0;
    while (i < row.length()) {
        above.push_back(if (i + 1 < row.length()) inner(row[i], row[i + 1]) else row[i]);
        i = i + 2;
    };
    above
}

/// BCS of a u64 is its 8 little-endian bytes.
fun append_u64(input: &mut vector<u8>, value: u64) { input.append(std::bcs::to_bytes(&value)) }
