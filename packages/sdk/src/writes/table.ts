/** Every write by function name. A table. */
import type { Write } from '../internal/define-write.ts';
import { acquireStack } from './acquire-stack.ts';
import { claimFunds } from './claim-funds.ts';
import { commitDisputeVote } from './commit-dispute-vote.ts';
import { createManagerBadge } from './create-manager-badge.ts';
import { createTask } from './create-task.ts';
import { deprecateTask } from './deprecate-task.ts';
import { destroyDisabledNode } from './destroy-disabled-node.ts';
import { discardStackBadge } from './discard-stack-badge.ts';
import { donate } from './donate.ts';
import { evictSubscription } from './evict-subscription.ts';
import { expireSettlement } from './expire-settlement.ts';
import { faucet } from './faucet.ts';
import { finalizeStack } from './finalize-stack.ts';
import { joinDispute } from './join-dispute.ts';
import { migrate } from './migrate.ts';
import { openStackCommitment } from './open-stack-commitment.ts';
import { permanentlyDisableNode } from './permanently-disable-node.ts';
import { reclaimStack } from './reclaim-stack.ts';
import { redrawAttesters } from './redraw-attesters.ts';
import { registerNode } from './register-node.ts';
import { removeDeprecatedTask } from './remove-deprecated-task.ts';
import { requestStackRefund } from './request-stack-refund.ts';
import { requestWithdrawal } from './request-withdrawal.ts';
import { resolveDispute } from './resolve-dispute.ts';
import { revealDisputeVote } from './reveal-dispute-vote.ts';
import { revokeManagerBadges } from './revoke-manager-badges.ts';
import { ruleDispute } from './rule-dispute.ts';
import { seatSecondJury } from './seat-second-jury.ts';
import { setConfig } from './set-config.ts';
import { setNodeKeyCommitment } from './set-node-key-commitment.ts';
import { setRegistrationOpen } from './set-registration-open.ts';
import { showDisputeEvidence } from './show-dispute-evidence.ts';
import { startAttestationDispute } from './start-attestation-dispute.ts';
import { submitStackSettlementAttestation } from './submit-stack-settlement-attestation.ts';
import { subscribeNodeToTask } from './subscribe-node-to-task.ts';
import { disableFaucet, enableFaucet } from './switch-faucet.ts';
import { topUpCollateral } from './top-up-collateral.ts';
import { trySettleStack } from './try-settle-stack.ts';
import { unsubscribeNodeFromTask } from './unsubscribe-node-from-task.ts';
import { updateNodeSubscription } from './update-node-subscription.ts';
import { updateNodeUrl } from './update-node-url.ts';
import { updateStackOwner } from './update-stack-owner.ts';
import { withdrawCollateral } from './withdraw-collateral.ts';
import { withdrawEarnings } from './withdraw-earnings.ts';

/** A write of any kind, for tables of all of them. */
export type AnyWrite = Write<never, unknown>;

/** All writes by the name of their function. */
export const writes: Readonly<Record<string, AnyWrite>> = {
  acquireStack,
  claimFunds,
  commitDisputeVote,
  createManagerBadge,
  createTask,
  deprecateTask,
  destroyDisabledNode,
  disableFaucet,
  discardStackBadge,
  donate,
  enableFaucet,
  evictSubscription,
  expireSettlement,
  faucet,
  finalizeStack,
  joinDispute,
  migrate,
  openStackCommitment,
  permanentlyDisableNode,
  reclaimStack,
  redrawAttesters,
  registerNode,
  removeDeprecatedTask,
  requestStackRefund,
  requestWithdrawal,
  resolveDispute,
  revealDisputeVote,
  revokeManagerBadges,
  ruleDispute,
  seatSecondJury,
  setConfig,
  setNodeKeyCommitment,
  setRegistrationOpen,
  showDisputeEvidence,
  startAttestationDispute,
  submitStackSettlementAttestation,
  subscribeNodeToTask,
  topUpCollateral,
  trySettleStack,
  unsubscribeNodeFromTask,
  updateNodeSubscription,
  updateNodeUrl,
  updateStackOwner,
  withdrawCollateral,
  withdrawEarnings,
};
