import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { selectManagerBadge } from '../internal/select-badge.ts';
import { market } from '../internal/target.ts';

/** What {@link setRegistrationOpen} takes. */
export interface SetRegistrationOpenParameters {
  readonly open: boolean;
  /** Default: a manager badge of the sender. */
  readonly managerBadgeId?: string;
}

/** How the registration of nodes stands afterwards. */
export interface SetRegistrationOpenResult {
  readonly open: boolean;
}

const LABEL = 'db set-registration-open';

/** Opens or closes the registration of nodes as the market's manager. */
export const setRegistrationOpen = defineWrite<SetRegistrationOpenParameters, SetRegistrationOpenResult>({
  label: LABEL,
  build: async (atoma, tx, { open, managerBadgeId }) => {
    tx.add(db.setRegistrationOpen(...market(atoma), await selectManagerBadge(atoma, managerBadgeId), open));
  },
  parse: (ran, atoma) => ({ open: theOnly(ran, atoma, 'ConfigChangedEvent', LABEL).new === 1n }),
});
