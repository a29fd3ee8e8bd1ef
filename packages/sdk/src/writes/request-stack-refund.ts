import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type StackSelector, stackBadge } from './stack-selector.ts';

/** What {@link requestStackRefund} takes. */
export type RequestStackRefundParameters = StackSelector;

/** What {@link requestStackRefund} did. */
export interface RequestStackRefundResult {
  readonly stackSmallId: bigint;
  /** First epoch in which it can be reclaimed. */
  readonly reclaimEpoch: bigint;
}

const LABEL = 'db request-stack-refund';

/** Gives the node two epochs to settle; then the stack can be reclaimed. */
export const requestStackRefund = defineWrite<RequestStackRefundParameters, RequestStackRefundResult>({
  label: LABEL,
  build: async (atoma, tx, selector) => {
    tx.add(db.requestStackRefund(...market(atoma), await stackBadge(atoma, selector)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'StackRefundRequestedEvent', LABEL),
});
