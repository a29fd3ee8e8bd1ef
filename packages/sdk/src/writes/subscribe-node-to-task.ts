import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
/** What {@link subscribeNodeToTask} takes. */
export interface SubscribeNodeToTaskParameters extends NodeSelector {
  readonly taskSmallId: SmallIdInput;
  /** Base units of TOMA a compute unit. */
  readonly pricePerComputeUnit: bigint | number;
  /** Most compute units of one stack. */
  readonly maxNumComputeUnits: bigint | number;
}

/** What {@link subscribeNodeToTask} did. */
export interface SubscribeNodeToTaskResult {
  readonly taskSmallId: bigint;
  readonly nodeSmallId: bigint;
  readonly pricePerComputeUnit: bigint;
  readonly maxNumComputeUnits: bigint;
}

const LABEL = 'db subscribe-node-to-task';

/** Offers to serve a task at a price per compute unit, up to a number of units a stack. */
export const subscribeNodeToTask = defineWrite<SubscribeNodeToTaskParameters, SubscribeNodeToTaskResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(
      db.subscribeNodeToTask(
        ...market(atoma),
        badge,
        smallId(parameters.taskSmallId),
        whole(parameters.pricePerComputeUnit, 'The price'),
        whole(parameters.maxNumComputeUnits, 'The number of units'),
      ),
    );
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeSubscribedToTaskEvent', LABEL),
});
