import { marketType } from '../deployment/record.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { market } from '../internal/target.ts';
import { sdkError } from '../sdk-errors.ts';
import { type StackSelector, stackBadge } from './stack-selector.ts';

/** What {@link discardStackBadge} takes. */
export type DiscardStackBadgeParameters = StackSelector;

/** The destroyed badge. */
export interface DiscardStackBadgeResult {
  readonly stackBadgeId: string;
}

const LABEL = 'db discard-stack-badge';

/** Destroys the badge of a stack that has ended, for the storage rebate. */
export const discardStackBadge = defineWrite<DiscardStackBadgeParameters, DiscardStackBadgeResult>({
  label: LABEL,
  build: async (atoma, tx, selector) => {
    tx.add(db.discardStackBadge(...market(atoma), await stackBadge(atoma, selector)));
  },
  parse: (ran, atoma) => {
    const type = marketType(atoma.deployment, 'stack', 'StackBadge');
    const gone = ran.changedObjects.find(
      ({ idOperation, objectId }) => idOperation === 'Deleted' && ran.objectTypes[objectId] === type,
    );
    if (!gone)
      throw sdkError('RESULT_MISSING', { label: LABEL, digest: ran.digest, event: 'deletion of a StackBadge' });
    return { stackBadgeId: gone.objectId };
  },
});
