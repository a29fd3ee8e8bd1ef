import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
/** What {@link updateNodeSubscription} takes. */
export interface UpdateNodeSubscriptionParameters extends NodeSelector {
  readonly taskSmallId: SmallIdInput;
  /** Base units of TOMA a compute unit. */
  readonly pricePerComputeUnit: bigint | number;
  /** Most compute units of one stack. */
  readonly maxNumComputeUnits: bigint | number;
}

/** What {@link updateNodeSubscription} did. */
export interface UpdateNodeSubscriptionResult {
  readonly taskSmallId: bigint;
  readonly nodeSmallId: bigint;
  readonly pricePerComputeUnit: bigint;
  readonly maxNumComputeUnits: bigint;
}

const LABEL = 'db update-node-subscription';

/** Changes the price and size of an offer. */
export const updateNodeSubscription = defineWrite<UpdateNodeSubscriptionParameters, UpdateNodeSubscriptionResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(
      db.updateNodeSubscription(
        ...market(atoma),
        badge,
        smallId(parameters.taskSmallId),
        whole(parameters.pricePerComputeUnit, 'The price'),
        whole(parameters.maxNumComputeUnits, 'The number of units'),
      ),
    );
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeSubscriptionUpdatedEvent', LABEL),
});
