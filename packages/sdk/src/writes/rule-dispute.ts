import * as db from '../generated/bindings/atoma/db.ts';
import { defineWrite } from '../internal/define-write.ts';
import { selectManagerBadge } from '../internal/select-badge.ts';
import { market } from '../internal/target.ts';
import { type DisputeOutcome, disputeOutcomes } from '../reads/disputes.ts';
import { type SmallIdInput, smallId } from '../values/ids.ts';
import { type ResolveDisputeResult, resolution } from './resolve-dispute.ts';

/** What {@link ruleDispute} takes. */
export interface RuleDisputeParameters {
  readonly stackSmallId: SmallIdInput;
  readonly outcome: Exclude<DisputeOutcome, 'noMajority'>;
  /** Default: a manager badge of the sender. */
  readonly managerBadgeId?: string;
}

/** What {@link ruleDispute} did. */
export type RuleDisputeResult = ResolveDisputeResult;

const LABEL = 'db rule-dispute';

/** Decides, as manager, a dispute for which no jury was found. */
export const ruleDispute = defineWrite<RuleDisputeParameters, RuleDisputeResult>({
  label: LABEL,
  build: async (atoma, tx, { stackSmallId, outcome, managerBadgeId }) => {
    const badge = await selectManagerBadge(atoma, managerBadgeId);
    tx.add(db.ruleDispute(...market(atoma), badge, smallId(stackSmallId), disputeOutcomes.indexOf(outcome)));
  },
  parse: (ran, atoma) => resolution(ran, atoma, LABEL),
});
