import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { firstOf, theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link expireSettlement} takes. */
export interface ExpireSettlementParameters {
  readonly stackSmallId: SmallIdInput;
}

/** The end of the stack. */
export interface ExpireSettlementResult {
  readonly stackSmallId: bigint;
  readonly slashedNodes: readonly bigint[];
  /** Base units of TOMA back to the recorded owner. */
  readonly refund: bigint;
  /** Base units of TOMA the node lost. */
  readonly bond: bigint;
}

const LABEL = 'db expire-settlement';

/** Ends a stack whose commitment nobody opened in time: the buyer is refunded. Anyone may. */
export const expireSettlement = defineWrite<ExpireSettlementParameters, ExpireSettlementResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId }) => {
    tx.add(db.expireSettlement(...market(atoma), smallId(stackSmallId)));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, slashedNodes } = theOnly(ran, atoma, 'SettlementExpiredEvent', LABEL);
    const { refund = 0n, bond = 0n } = firstOf(ran, atoma, 'StackForfeitedEvent') ?? {};
    return { stackSmallId, slashedNodes, refund, bond };
  },
});
