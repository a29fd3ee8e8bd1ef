import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { type NodeSelector, nodeBadge } from '../internal/node-selector.ts';
import { theOnly, whole } from '../internal/results.ts';
import { market } from '../internal/target.ts';
import type { AmountInput } from '../values/amounts.ts';
/** What {@link requestWithdrawal} takes. */
export interface RequestWithdrawalParameters extends NodeSelector {
  /** Base units of TOMA. */
  readonly amount: AmountInput;
}

/** What {@link requestWithdrawal} did. */
export interface RequestWithdrawalResult {
  readonly nodeSmallId: bigint;
  readonly amount: bigint;
  /** First epoch in which it can be withdrawn. */
  readonly availableEpoch: bigint;
}

const LABEL = 'db request-withdrawal';

/** Queues a withdrawal of stake. It backs nothing from now on and can be taken after the exit delay. */
export const requestWithdrawal = defineWrite<RequestWithdrawalParameters, RequestWithdrawalResult>({
  label: LABEL,
  build: async (atoma, tx, parameters) => {
    const badge = await nodeBadge(atoma, parameters);
    tx.add(db.requestWithdrawal(...market(atoma), badge, whole(parameters.amount, 'The amount')));
  },
  parse: (ran, atoma) => theOnly(ran, atoma, 'NodeWithdrawalRequestedEvent', LABEL),
});
