import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type StackSelector, stackBadge } from './stack-selector.ts';

/** What {@link reclaimStack} takes. */
export type ReclaimStackParameters = StackSelector;

/** What {@link reclaimStack} did. */
export interface ReclaimStackResult {
  readonly stackSmallId: bigint;
  readonly recipient: string;
  /** Base units of TOMA. */
  readonly refund: bigint;
}

const LABEL = 'db reclaim-stack';

/** Takes an unsettled stack back after its expiry or notice. Its badge is destroyed. */
export const reclaimStack = defineWrite<ReclaimStackParameters, ReclaimStackResult>({
  label: LABEL,
  build: async (atoma, tx, selector) => {
    tx.add(db.reclaimStack(...market(atoma), await stackBadge(atoma, selector)));
  },
  parse: (ran, atoma) => {
    const { stackSmallId, recipient, refund } = theOnly(ran, atoma, 'StackReclaimedEvent', LABEL);
    return { stackSmallId, recipient, refund };
  },
});
