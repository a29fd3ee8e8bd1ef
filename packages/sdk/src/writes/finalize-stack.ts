import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { firstOf, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link finalizeStack} takes. */
export interface FinalizeStackParameters {
  readonly stackSmallId: SmallIdInput;
}

/** The end of the stack. Base units of TOMA. */
export interface FinalizeStackResult {
  readonly stackSmallId: bigint;
  /** Whether it was given back unsettled. */
  readonly reclaimed: boolean;
  /** To the node's earnings. */
  readonly nodeFee: bigint;
  /** To the recorded owner. */
  readonly refund: bigint;
}

const LABEL = 'db finalize-stack';

/** Ends a stack that its parties leave open: as a claim, or, unsettled and expired, as a refund. Anyone may. */
export const finalizeStack = defineWrite<FinalizeStackParameters, FinalizeStackResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId }) => {
    tx.add(db.finalizeStack(...market(atoma), smallId(stackSmallId)));
  },
  parse: (ran, atoma) => {
    const back = firstOf(ran, atoma, 'StackReclaimedEvent');
    if (back) return { stackSmallId: back.stackSmallId, reclaimed: true, nodeFee: 0n, refund: back.refund };
    const claimed = theOnly(ran, atoma, 'StackSettlementTicketClaimedEvent', LABEL);
    const { stackSmallId, nodeFee, userRefundAmount: refund } = claimed;
    return { stackSmallId, reclaimed: false, nodeFee, refund };
  },
});
