import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
/** What {@link unsubscribeNodeFromTask} takes. */
export interface UnsubscribeNodeFromTaskParameters extends NodeSelector {
  readonly taskSmallId: SmallIdInput;
}

/** What {@link unsubscribeNodeFromTask} did. */
export interface UnsubscribeNodeFromTaskResult {
  readonly taskSmallId: bigint;
  readonly nodeSmallId: bigint;
}

const LABEL = 'db unsubscribe-node-from-task';

/** Takes an offer back. */
export const unsubscribeNodeFromTask = defineWrite<UnsubscribeNodeFromTaskParameters, UnsubscribeNodeFromTaskResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.unsubscribeNodeFromTask(...market(atoma), badge, smallId(parameters.taskSmallId)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeUnsubscribedFromTaskEvent', LABEL),
});
