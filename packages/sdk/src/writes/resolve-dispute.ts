import type { Atoma } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import type { Ran } from '../internal/run-transaction.ts';
import { market } from '../internal/target.ts';
import { type DisputeOutcome, disputeOutcomes } from '../reads/disputes.ts';
import { sdkError } from '../sdk-errors.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link resolveDispute} takes. */
export interface ResolveDisputeParameters {
  readonly stackSmallId: SmallIdInput;
}

/** How a dispute ended and where the money went. Base units of TOMA. */
export interface ResolveDisputeResult {
  readonly stackSmallId: bigint;
  readonly selectedNodeSmallId: bigint;
  readonly outcome: DisputeOutcome;
  readonly ruledByManager: boolean;
  readonly nodeFee: bigint;
  /** To the recorded owner. */
  readonly refund: bigint;
  readonly nodeBondReturned: bigint;
  /** To each of `paidJurors`. */
  readonly jurorPay: bigint;
  readonly paidJurors: readonly bigint[];
  readonly slashedJurors: readonly bigint[];
  readonly challengerBondReturned: bigint;
  readonly challengerShare: bigint;
  /** What is left of what the owner of the stack paid for rows it added to the dispute. */
  readonly ownerBondReturned: bigint;
  /** To the drawn attester that joined and was right. */
  readonly joinedShare: bigint;
  readonly poolAmount: bigint;
  /** What the pool added to the jurors' pay, out of what this dispute slashed. */
  readonly fromPool: bigint;
}

/** The result of a resolution or a ruling. */
export const resolution = (ran: Ran, atoma: Atoma, label: string): ResolveDisputeResult => {
  const { selectedNodeId, outcome, userRefundAmount, ...rest } = theOnly(ran, atoma, 'DisputeResolvedEvent', label);
  const name = disputeOutcomes[outcome];
  if (name === undefined) throw sdkError('DECODE', { what: `Dispute outcome ${outcome}` });
  return { ...rest, selectedNodeSmallId: selectedNodeId, outcome: name, refund: userRefundAmount };
};

const LABEL = 'db resolve-dispute';

/** Ends a dispute by its votes. Anyone may, once all votes are in or the time for them is over. */
export const resolveDispute = defineWrite<ResolveDisputeParameters, ResolveDisputeResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId }) => {
    tx.add(db.resolveDispute(...market(atoma), smallId(stackSmallId)));
  },
  parse: (ran, atoma) => resolution(ran, atoma, LABEL),
});
