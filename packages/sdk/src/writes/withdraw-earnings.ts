import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly } from '../internal/results.ts';
import { market } from '../internal/target.ts';

/** What {@link withdrawEarnings} takes. */
export type WithdrawEarningsParameters = NodeSelector;

/** What {@link withdrawEarnings} did. */
export interface WithdrawEarningsResult {
  readonly nodeSmallId: bigint;
  /** Base units of TOMA that were the node's own. */
  readonly earnings: bigint;
  /** Base units of TOMA paid by the pool. */
  readonly credit: bigint;
}

const LABEL = 'db withdraw-earnings';

/** Pays the node's earnings, and its credit as far as the pool has money, to the sender. */
export const withdrawEarnings = defineWrite<WithdrawEarningsParameters, WithdrawEarningsResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.withdrawEarnings(...market(atoma), badge));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeEarningsWithdrawnEvent', LABEL),
});
