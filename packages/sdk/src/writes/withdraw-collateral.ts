import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link withdrawCollateral} takes. */
export type WithdrawCollateralParameters = NodeSelector;

/** What {@link withdrawCollateral} did. */
export interface WithdrawCollateralResult {
  readonly nodeSmallId: bigint;
  readonly amount: bigint;
}

const LABEL = 'db withdraw-collateral';

/** Pays the queued withdrawal to the sender. */
export const withdrawCollateral = defineWrite<WithdrawCollateralParameters, WithdrawCollateralResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.withdrawCollateral(...market(atoma), badge));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeCollateralWithdrawnEvent', LABEL),
});
