import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { selectManagerBadge } from '../internal/select-badge.ts';
import { market } from '../internal/target.ts';

/** What {@link revokeManagerBadges} takes. */
export interface RevokeManagerBadgesParameters {
  /** The badge that stays valid. Default: a manager badge of the sender. */
  readonly managerBadgeId?: string;
}

/** The badge that is left. */
export interface RevokeManagerBadgesResult {
  readonly managerBadgeId: string;
}

const LABEL = 'db revoke-manager-badges';

/** Revokes every manager badge of the market but one. */
export const revokeManagerBadges = defineWrite<RevokeManagerBadgesParameters, RevokeManagerBadgesResult>({
  label: LABEL,
  build: async (atoma, tx, { managerBadgeId }) => {
    tx.add(db.revokeManagerBadges(...market(atoma), await selectManagerBadge(atoma, managerBadgeId)));
  },
  parse: (ran, atoma) => {
    const { managerBadge } = theOnly(ran, atoma, 'ManagerBadgesRevokedEvent', LABEL);
    return { managerBadgeId: managerBadge };
  },
});
