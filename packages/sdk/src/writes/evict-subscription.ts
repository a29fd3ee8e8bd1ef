import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';

/** What {@link evictSubscription} takes. */
export interface EvictSubscriptionParameters {
  readonly taskSmallId: SmallIdInput;
  readonly nodeSmallId: SmallIdInput;
}

/** The removed offer. */
export interface EvictSubscriptionResult {
  readonly taskSmallId: bigint;
  readonly nodeSmallId: bigint;
}

const LABEL = 'db evict-subscription';

/** Removes the offer of a node that is disabled or gone. Anyone may. */
export const evictSubscription = defineWrite<EvictSubscriptionParameters, EvictSubscriptionResult>({
  label: LABEL,
  build: async (atoma, tx, { taskSmallId, nodeSmallId }) => {
    tx.add(db.evictSubscription(...market(atoma), smallId(taskSmallId), smallId(nodeSmallId)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeUnsubscribedFromTaskEvent', LABEL),
});
