/**
 * The market on a chain: bindings, transactions, reads, events, commitment, values. Nothing of Node: it runs in a browser too.
 * @module @atoma/sdk
 */
export * from './commitment/index.ts';
export {
  type Atoma,
  type AtomaClient,
  type CreateAtomaParameters,
  createAtoma,
  requireSender,
  requireSigner,
} from './context/atoma.ts';
export { type CreateClientParameters, createClient, networkUrl } from './context/client.ts';
export {
  type Cost,
  type DeclinedWrite,
  type ExecutedWrite,
  executedResult,
  type FailedWrite,
  type GasCost,
  type SimulatedWrite,
  type WriteOptions,
  type WriteOutcome,
} from './context/write.ts';
export { type DiscoverDeploymentParameters, discoverDeployment } from './deployment/discover.ts';
export { type FindDeploymentsParameters, findDeployments } from './deployment/find.ts';
export { knownDeployments, type PublicId, publicId } from './deployment/known.ts';
export {
  type PublishAtomaParameters,
  type PublishAtomaResult,
  type PublishStep,
  publishAtoma,
  type UpgradeAtomaParameters,
  upgradeAtoma,
} from './deployment/publish.ts';
export {
  contextWithoutMarket,
  type PublishModulesParameters,
  type PublishModulesResult,
  publishModules,
} from './deployment/publish-package.ts';
export { type Deployment, decodeDeployment, encodeDeployment, tomaType } from './deployment/record.ts';
export { type ShippedPackage, type ShippedPackages, shippedPackages } from './deployment/shipped.ts';
export {
  type Verification,
  type VerificationCheck,
  type VerifyDeploymentParameters,
  verifyDeployment,
} from './deployment/verify.ts';
export {
  type CoalitionInputs,
  type CoalitionTerms,
  checkProbability,
  coalitionTerms,
  framingValue,
  lyingPaysAbove,
  lyingPaysAboveAtWorst,
  overclaimPaysAbove,
  type SampledTerms,
  sampledTermsOf,
} from './economics/coalition.ts';
export { type HonestyInputs, type HonestyReport, type HonestyTerms, honesty } from './economics/honesty.ts';
export { hypergeometricTail } from './economics/hypergeometric.ts';
export { drawnDecides } from './economics/jury.ts';
export {
  type AtomaEvent,
  decodeEvent,
  type EventData,
  type EventKind,
  type EventOf,
  type EventPlace,
  eventKinds,
  eventType,
  type RawEvent,
} from './events/decode.ts';
export { describeEvent, outcomeName } from './events/describe.ts';
export {
  type EventPage,
  type FollowEventsParameters,
  findEvent,
  followEvents,
  type ListEventsParameters,
  listAllEvents,
  listEvents,
} from './events/list.ts';
export { type Face, type FaceStream, faceError, faceOf, faces, inputMessages } from './faces/index.ts';
export { type AbortEntry, abortCatalogue } from './failures/catalogue.ts';
export {
  type AbortExplanation,
  type AbortFailure,
  type ExecutionFailure,
  explainAbort,
  type GasFailure,
  type OtherFailure,
  toExecutionFailure,
} from './failures/execution-failure.ts';
export { type ErrorClass, errorClass, toAtomaError } from './failures/network.ts';
export type { Write, WriteDefinition } from './internal/define-write.ts';
export type { NodeSelector } from './internal/node-selector.ts';
export { describeOwner, type ObjectOwner } from './internal/owners.ts';
export {
  finishSending,
  type OutboxEntry,
  type OutboxPlace,
  type OutboxStep,
  type Sent,
  type SignedTransaction,
  sendOnce,
} from './outbox/send-once.ts';
export {
  type Badge,
  type ListBadgesParameters,
  listManagerBadges,
  listNodeBadges,
  listStackBadges,
  listTaskBadges,
} from './reads/badges.ts';
export { type Balances, getBalances } from './reads/balances.ts';
export { bondAt, getConfig, type MarketConfig } from './reads/config.ts';
export {
  type Dispute,
  type DisputeEvidence,
  type DisputeOutcome,
  disputeOutcomes,
  evidenceDeadline,
  findDispute,
  getDispute,
  listDisputes,
  mayReveal,
  mayShow,
  needsSecondJury,
} from './reads/disputes.ts';
export { type EpochInfo, type EpochTime, epochText, epochTime, getEpoch, spanText } from './reads/epoch.ts';
export { type MoneyKind, type MoneyLine, moneyKinds, type NextWrite } from './reads/money.ts';
export {
  type AddressMoney,
  getMoney,
  type MoneyParameters,
  type MoneyReport,
  readTomaSupply,
} from './reads/money-report.ts';
export {
  type AnnouncedNode,
  findNode,
  findNodesBefore,
  getNode,
  listNodes,
  type Node,
  type NodeMoney,
  type NodeParameters,
  type NodeStanding,
  readNodeMoney,
  searchNodes,
} from './reads/nodes.ts';
export { type FieldValue, getObject, type ObjectView } from './reads/object.ts';
export {
  listObjectTransactions,
  type ObjectTransactions,
  type ObjectTransactionsParameters,
} from './reads/object-transactions.ts';
export { type Quote, type QuotePurchaseParameters, quotePurchase } from './reads/quote.ts';
export { getStackHistory } from './reads/stack-history.ts';
export {
  findStack,
  findStackBefore,
  getStack,
  type LockedMoney,
  largestRequest,
  listNewestStacks,
  listStacks,
  type NewestStacks,
  type NewestStacksParameters,
  readLockedMoney,
  type Stack,
  type StackParameters,
  type StackTerms,
} from './reads/stacks.ts';
export {
  findTask,
  getSubscription,
  getTask,
  listSubscriptions,
  listTasks,
  type SearchParameters,
  type Subscription,
  type SubscriptionParameters,
  searchTasks,
  type Task,
  type TaskParameters,
} from './reads/tasks.ts';
export { findTicket, getTicket, listTickets, type Ticket, type TicketState, ticketStates } from './reads/tickets.ts';
export {
  getTransaction,
  type LookedAt,
  type ObjectChange,
  type OtherEvent,
  type TransactionView,
} from './reads/transaction.ts';
export { type AmountInput, type AmountUnit, BASE_UNITS, formatAmount, MAX_U64, parseAmount } from './values/amounts.ts';
export { equalBytes, toHex0x } from './values/bytes.ts';
export { parseBytes32, parseBytes32Sync, type ValueSources } from './values/bytes32.ts';
export { parseDigest, parseObjectId, parseSmallId, parseSmallIds, type SmallIdInput, smallId } from './values/ids.ts';
export { orderedId, randomId } from './values/random-id.ts';
export {
  type NamedNumber,
  parseRole,
  parseSecurityLevel,
  roleName,
  roles,
  securityLevelName,
  securityLevels,
} from './values/roles.ts';
export { spans } from './values/spans.ts';
export { CHAT } from './wire/endpoints.ts';
export {
  type AcquireStackParameters,
  type AcquireStackResult,
  acquireStack,
  sellsAlone,
} from './writes/acquire-stack.ts';
export {
  type ClaimedStack,
  type ClaimFundsParameters,
  type ClaimFundsResult,
  claimFunds,
} from './writes/claim-funds.ts';
export {
  type CommitDisputeVoteParameters,
  type CommitDisputeVoteResult,
  commitDisputeVote,
  type DisputeVote,
} from './writes/commit-dispute-vote.ts';
export {
  type CreateManagerBadgeParameters,
  type CreateManagerBadgeResult,
  createManagerBadge,
} from './writes/create-manager-badge.ts';
export { type CreateTaskParameters, type CreateTaskResult, createTask } from './writes/create-task.ts';
export { type DeprecateTaskParameters, type DeprecateTaskResult, deprecateTask } from './writes/deprecate-task.ts';
export {
  type DestroyDisabledNodeParameters,
  type DestroyDisabledNodeResult,
  destroyDisabledNode,
} from './writes/destroy-disabled-node.ts';
export {
  type DiscardStackBadgeParameters,
  type DiscardStackBadgeResult,
  discardStackBadge,
} from './writes/discard-stack-badge.ts';
export { type DonateParameters, type DonateResult, donate } from './writes/donate.ts';
export {
  type EvictSubscriptionParameters,
  type EvictSubscriptionResult,
  evictSubscription,
} from './writes/evict-subscription.ts';
export {
  type ExecuteOptions,
  executeTransaction,
  type TransactionOutcome,
} from './writes/execute-transaction.ts';
export {
  type ExpireSettlementParameters,
  type ExpireSettlementResult,
  expireSettlement,
} from './writes/expire-settlement.ts';
export { type FaucetParameters, type FaucetResult, faucet } from './writes/faucet.ts';
export { type FinalizeStackParameters, type FinalizeStackResult, finalizeStack } from './writes/finalize-stack.ts';
export { type JoinDisputeParameters, type JoinDisputeResult, joinDispute } from './writes/join-dispute.ts';
export { type MigrateParameters, type MigrateResult, migrate } from './writes/migrate.ts';
export {
  type OpenStackCommitmentParameters,
  type OpenStackCommitmentResult,
  openStackCommitment,
} from './writes/open-stack-commitment.ts';
export {
  type PermanentlyDisableNodeParameters,
  type PermanentlyDisableNodeResult,
  permanentlyDisableNode,
} from './writes/permanently-disable-node.ts';
export { type ReclaimStackParameters, type ReclaimStackResult, reclaimStack } from './writes/reclaim-stack.ts';
export {
  type RedrawAttestersParameters,
  type RedrawAttestersResult,
  redrawAttesters,
} from './writes/redraw-attesters.ts';
export { type RegisterNodeParameters, type RegisterNodeResult, registerNode } from './writes/register-node.ts';
export {
  type RemoveDeprecatedTaskParameters,
  type RemoveDeprecatedTaskResult,
  removeDeprecatedTask,
} from './writes/remove-deprecated-task.ts';
export {
  type RequestStackRefundParameters,
  type RequestStackRefundResult,
  requestStackRefund,
} from './writes/request-stack-refund.ts';
export {
  type RequestWithdrawalParameters,
  type RequestWithdrawalResult,
  requestWithdrawal,
} from './writes/request-withdrawal.ts';
export { type ResolveDisputeParameters, type ResolveDisputeResult, resolveDispute } from './writes/resolve-dispute.ts';
export {
  type RevealDisputeVoteParameters,
  type RevealDisputeVoteResult,
  revealDisputeVote,
} from './writes/reveal-dispute-vote.ts';
export {
  type RevokeManagerBadgesParameters,
  type RevokeManagerBadgesResult,
  revokeManagerBadges,
} from './writes/revoke-manager-badges.ts';
export { type RuleDisputeParameters, type RuleDisputeResult, ruleDispute } from './writes/rule-dispute.ts';
export {
  type SeatSecondJuryParameters,
  type SeatSecondJuryResult,
  seatSecondJury,
} from './writes/seat-second-jury.ts';
export {
  type ConfigName,
  configNames,
  parseConfigName,
  type SetConfigParameters,
  type SetConfigResult,
  setConfig,
} from './writes/set-config.ts';
export {
  type SetNodeKeyCommitmentParameters,
  type SetNodeKeyCommitmentResult,
  setNodeKeyCommitment,
} from './writes/set-node-key-commitment.ts';
export {
  type SetRegistrationOpenParameters,
  type SetRegistrationOpenResult,
  setRegistrationOpen,
} from './writes/set-registration-open.ts';
export {
  type ShowDisputeEvidenceParameters,
  type ShowDisputeEvidenceResult,
  showDisputeEvidence,
} from './writes/show-dispute-evidence.ts';
export type { StackSelector } from './writes/stack-selector.ts';
export {
  type StartAttestationDisputeParameters,
  type StartAttestationDisputeResult,
  startAttestationDispute,
} from './writes/start-attestation-dispute.ts';
export {
  type SubmitStackSettlementAttestationParameters,
  type SubmitStackSettlementAttestationResult,
  submitStackSettlementAttestation,
} from './writes/submit-stack-settlement-attestation.ts';
export {
  type SubscribeNodeToTaskParameters,
  type SubscribeNodeToTaskResult,
  subscribeNodeToTask,
} from './writes/subscribe-node-to-task.ts';
export {
  disableFaucet,
  type EnableFaucetParameters,
  enableFaucet,
  type SwitchFaucetResult,
} from './writes/switch-faucet.ts';
export { type AnyWrite, writes } from './writes/table.ts';
export type { TaskSelector } from './writes/task-selector.ts';
export {
  type TopUpCollateralParameters,
  type TopUpCollateralResult,
  topUpCollateral,
} from './writes/top-up-collateral.ts';
export { type TrySettleStackParameters, type TrySettleStackResult, trySettleStack } from './writes/try-settle-stack.ts';
export {
  type UnsubscribeNodeFromTaskParameters,
  type UnsubscribeNodeFromTaskResult,
  unsubscribeNodeFromTask,
} from './writes/unsubscribe-node-from-task.ts';
export {
  type UpdateNodeSubscriptionParameters,
  type UpdateNodeSubscriptionResult,
  updateNodeSubscription,
} from './writes/update-node-subscription.ts';
export { type UpdateNodeUrlParameters, type UpdateNodeUrlResult, updateNodeUrl } from './writes/update-node-url.ts';
export {
  type UpdateStackOwnerParameters,
  type UpdateStackOwnerResult,
  updateStackOwner,
} from './writes/update-stack-owner.ts';
export {
  type WithdrawCollateralParameters,
  type WithdrawCollateralResult,
  withdrawCollateral,
} from './writes/withdraw-collateral.ts';
export {
  type WithdrawEarningsParameters,
  type WithdrawEarningsResult,
  withdrawEarnings,
} from './writes/withdraw-earnings.ts';
