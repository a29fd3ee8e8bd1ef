import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link permanentlyDisableNode} takes. */
export type PermanentlyDisableNodeParameters = NodeSelector;

/** What {@link permanentlyDisableNode} did. */
export interface PermanentlyDisableNodeResult {
  readonly nodeSmallId: bigint;
  /** First epoch in which it can be destroyed, once it has no open stacks. */
  readonly exitEpoch: bigint;
}

const LABEL = 'db permanently-disable-node';

/** Stops a node for good. What it has started it can still finish. */
export const permanentlyDisableNode = defineWrite<PermanentlyDisableNodeParameters, PermanentlyDisableNodeResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.permanentlyDisableNode(...market(atoma), badge));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeDisabledEvent', LABEL),
});
