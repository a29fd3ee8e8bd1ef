import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link updateNodeUrl} takes. */
export interface UpdateNodeUrlParameters extends NodeSelector {
  /** http or https URL, at most 256 ASCII bytes; empty takes it back. */
  readonly url: string;
}

/** What {@link updateNodeUrl} did. */
export interface UpdateNodeUrlResult {
  readonly nodeSmallId: bigint;
  readonly owner: string;
  readonly url: string;
}

const LABEL = 'db update-node-url';

/** Announces a URL (empty: none) and makes the sender the node's owner address, which signs its receipts. */
export const updateNodeUrl = defineWrite<UpdateNodeUrlParameters, UpdateNodeUrlResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.updateNodeUrl(...market(atoma), badge, parameters.url));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeUrlUpdatedEvent', LABEL),
});
