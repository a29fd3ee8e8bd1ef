import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { theOnly } from '../internal/results.ts';
import { selectManagerBadge } from '../internal/select-badge.ts';
import { market } from '../internal/target.ts';

/** What {@link migrate} takes. */
export interface MigrateParameters {
  /** Default: a manager badge of the sender. */
  readonly managerBadgeId?: string;
}

/** The database's versions. */
export interface MigrateResult {
  readonly oldVersion: bigint;
  readonly newVersion: bigint;
}

const LABEL = 'db migrate';

/** Hands the database over to an upgraded package. */
export const migrate = defineWrite<MigrateParameters, MigrateResult>({
  label: LABEL,
  build: async (atoma, tx, { managerBadgeId }) => {
    tx.add(db.migrate(...market(atoma), await selectManagerBadge(atoma, managerBadgeId)));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'MigratedEvent', LABEL),
});
