import { requireSender } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { selectManagerBadge } from '../internal/select-badge.ts';
import { market } from '../internal/target.ts';
import { parseObjectId } from '../values/ids.ts';

/** What {@link createManagerBadge} takes. */
export interface CreateManagerBadgeParameters {
  /** Address that gets it. Default: the sender. */
  readonly recipient?: string;
  /** Default: a manager badge of the sender. */
  readonly managerBadgeId?: string;
}

/** The new badge. */
export interface CreateManagerBadgeResult {
  readonly managerBadgeId: string;
  readonly recipient: string;
}

const LABEL = 'db create-manager-badge';

/** Makes another manager of the market. */
export const createManagerBadge = defineWrite<CreateManagerBadgeParameters, CreateManagerBadgeResult>({
  label: LABEL,
  build: async (atoma, tx, { recipient, managerBadgeId }) => {
    const to = recipient === undefined ? requireSender(atoma) : parseObjectId(recipient);
    tx.add(db.createManagerBadge(...market(atoma), await selectManagerBadge(atoma, managerBadgeId), to));
  },
  parse: (ran, atoma) => {
    const { managerBadge, recipient } = theOnly(ran, atoma, 'ManagerBadgeCreatedEvent', LABEL);
    return { managerBadgeId: managerBadge, recipient };
  },
});
