import * as db from '../generated/bindings/atoma/db.ts';
import { tomaCoin } from '../internal/coins.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import type { AmountInput } from '../values/amounts.ts';

/** What {@link topUpCollateral} takes. */
export interface TopUpCollateralParameters extends NodeSelector {
  /** Base units of TOMA. */
  readonly amount: AmountInput;
}

/** What {@link topUpCollateral} did. */
export interface TopUpCollateralResult {
  readonly nodeSmallId: bigint;
  readonly amount: bigint;
  /** Stake afterwards. */
  readonly stake: bigint;
}

const LABEL = 'db top-up-collateral';

/** Adds TOMA to the node's stake. */
export const topUpCollateral = defineWrite<TopUpCollateralParameters, TopUpCollateralResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const amount = whole(parameters.amount, 'The amount');
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.topUpCollateral(...market(atoma), badge, await tomaCoin(atoma, tx, amount), amount));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeCollateralToppedUpEvent', LABEL),
  bond: ({ amount }) => amount,
});
