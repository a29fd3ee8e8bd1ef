/**
 * Spans that no terms change, in epochs: constants of the contract's `config` module. A client needs them with every stack it shows, so
 * they stand here once; a test reads each from the contract.
 */
export const spans = {
  /** A node has to settle after a refund notice. */
  notice: 2n,
  /** A commitment may be opened in, after the deadline of its settlement. */
  opening: 2n,
  /** The manager has to rule where there is no jury. */
  ruling: 2n,
  /** The owner of a stack may add evidence to a dispute in. */
  evidence: 2n,
  /** The parties of a claim have for themselves, after the deadline of its settlement. */
  claim: 2n,
  /** From the announcement that a task ends to its end. */
  deprecation: 2n,
} as const;
