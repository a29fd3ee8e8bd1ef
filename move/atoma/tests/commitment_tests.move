#[test_only]
module atoma::commitment_tests;

use atoma::commitment;
use std::unit_test::assert_eq;

const M: vector<u8> = x"0101010101010101010101010101010101010101010101010101010101010101";

#[test]
fun a_vote_binds_stack_juror_history_units_and_salt() {
    let vote = commitment::vote(1, 2, M, 3, M, false);
    assert!(vote != commitment::vote(9, 2, M, 3, M, false));
    assert!(vote != commitment::vote(1, 9, M, 3, M, false));
    assert!(vote != commitment::vote(1, 2, commitment::unavailable(), 3, M, false));
    assert!(vote != commitment::vote(1, 2, M, 9, M, false));
    assert!(vote != commitment::vote(1, 2, M, 3, commitment::unavailable(), false));
    assert_eq!(
        vote,
        sui::hash::blake2b256(
            &x"01000000000000000200000000000000010101010101010101010101010101010101010101010101010101010101010103000000000000000101010101010101010101010101010101010101010101010101010101010101",
        ),
    );
}

#[test]
fun the_root_and_the_first_leaf_do_not_give_the_next_leaf() {
    let secret = commitment::secret(M, 1, 10);
    let first = commitment::party_leaf(&secret, 0);
    assert!(commitment::party_leaf(&first, 1) != commitment::party_leaf(&secret, 1));
    assert!(commitment::secret(M, 1, 11) != secret && commitment::secret(M, 2, 10) != secret);
}

#[test]
fun only_32_zero_bytes_mean_unavailable() {
    assert!(commitment::is_unavailable(&commitment::unavailable()));
    assert!(commitment::unavailable().length() == 32);
    assert!(!commitment::is_unavailable(&M) && !commitment::is_unavailable(&vector[]));
}

#[test, expected_failure(abort_code = commitment::ENot32Bytes)]
fun a_hash_of_31_bytes_is_refused() {
    commitment::assert_hash(&x"01010101010101010101010101010101010101010101010101010101010101");
}

#[test, expected_failure(abort_code = commitment::ENot32Bytes)]
fun a_hash_of_33_bytes_is_refused() {
    commitment::assert_hash(&x"010101010101010101010101010101010101010101010101010101010101010101");
}
