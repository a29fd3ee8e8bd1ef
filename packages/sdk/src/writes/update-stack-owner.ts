import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import { type StackSelector, stackBadge } from './stack-selector.ts';

/** What {@link updateStackOwner} takes. */
export type UpdateStackOwnerParameters = StackSelector;

/** What {@link updateStackOwner} did. */
export interface UpdateStackOwnerResult {
  readonly stackSmallId: bigint;
  readonly owner: string;
}

const LABEL = 'db update-stack-owner';

/** Makes the sender, who holds the badge, the recorded owner that receives refunds. */
export const updateStackOwner = defineWrite<UpdateStackOwnerParameters, UpdateStackOwnerResult>({
  label: LABEL,
  build: async (atoma, tx, selector) => {
    tx.add(db.updateStackOwner(...market(atoma), await stackBadge(atoma, selector)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'StackOwnerUpdatedEvent', LABEL),
});
