/** One line for people on each kind of event. A table: one entry a kind. */
import { formatAmount } from '../values/amounts.ts';
import { roleName, securityLevelName } from '../values/roles.ts';
import type { AtomaEvent, EventData, EventKind } from './decode.ts';

const toma = (amount: bigint): string => formatAmount(amount);
const list = (ids: readonly bigint[]): string => (ids.length === 0 ? 'none' : ids.join(', '));
const nodes = (ids: readonly bigint[]): string => (ids.length === 1 ? `node ${ids[0]}` : `nodes ${list(ids)}`);
const OUTCOMES = ['convicted', 'acquitted', 'inputs unavailable', 'no majority'];

/** Name of a dispute's outcome number. */
export const outcomeName = (outcome: number): string => OUTCOMES[outcome] ?? `outcome ${outcome}`;

const lines: { readonly [Kind in EventKind]: (data: EventData<Kind>) => string } = {
  PublishedEvent: (e) => `market published, database ${e.db}`,
  ManagerBadgesRevokedEvent: (e) => `every manager badge but ${e.managerBadge} revoked`,
  ManagerBadgeCreatedEvent: (e) => `manager badge ${e.managerBadge} given to ${e.recipient}`,
  ConfigChangedEvent: (e) => `parameter ${e.name} changed from ${e.old} to ${e.new}`,
  MigratedEvent: (e) => `market migrated from version ${e.oldVersion} to ${e.newVersion}`,
  PoolDonatedEvent: (e) => `${e.donor} donated ${toma(e.amount)} to the pool`,
  TaskRegisteredEvent: (e) =>
    `task ${e.taskSmallId} created: ${e.modelName ?? 'no model'}, ${roleName(e.role)}, ${securityLevelName(e.securityLevel)}`,
  TaskDeprecatedEvent: (e) => `task ${e.taskSmallId} ends in epoch ${e.epoch}`,
  TaskRemovedEvent: (e) => `task ${e.taskSmallId} removed`,
  NodeRegisteredEvent: (e) => `node ${e.nodeSmallId} registered with ${toma(e.collateral)} collateral`,
  NodeUrlUpdatedEvent: (e) => `node ${e.nodeSmallId} answers at ${e.url === '' ? 'no url' : e.url}, owner ${e.owner}`,
  NodeCollateralToppedUpEvent: (e) =>
    `node ${e.nodeSmallId} added ${toma(e.amount)} collateral, ${toma(e.stake)} in all`,
  NodeWithdrawalRequestedEvent: (e) =>
    `node ${e.nodeSmallId} asked to withdraw ${toma(e.amount)} from epoch ${e.availableEpoch}`,
  NodeCollateralWithdrawnEvent: (e) => `node ${e.nodeSmallId} withdrew ${toma(e.amount)} collateral`,
  NodeEarningsWithdrawnEvent: (e) =>
    `node ${e.nodeSmallId} withdrew ${toma(e.earnings)} earnings and ${toma(e.credit)} from the pool`,
  NodeKeyCommitmentEvent: (e) => `node ${e.nodeSmallId} committed its key in epoch ${e.epoch}`,
  NodeSubscribedToTaskEvent: (e) =>
    `node ${e.nodeSmallId} subscribed to task ${e.taskSmallId} at ${e.pricePerComputeUnit} a unit, up to ${e.maxNumComputeUnits} units`,
  NodeSubscriptionUpdatedEvent: (e) =>
    `node ${e.nodeSmallId} now asks ${e.pricePerComputeUnit} a unit on task ${e.taskSmallId}, up to ${e.maxNumComputeUnits} units`,
  NodeUnsubscribedFromTaskEvent: (e) => `node ${e.nodeSmallId} left task ${e.taskSmallId}`,
  NodeSlashedEvent: (e) => `node ${e.nodeSmallId} lost ${toma(e.amount)} of its stake over stack ${e.stackSmallId}`,
  NodeReputationChangedEvent: (e) => `reputation of node ${e.nodeSmallId} went from ${e.old} to ${e.new}`,
  NodeDisabledEvent: (e) => `node ${e.nodeSmallId} disabled, can leave in epoch ${e.exitEpoch}`,
  NodeDestroyedEvent: (e) =>
    `node ${e.nodeSmallId} left with ${toma(e.stake)} stake, ${toma(e.earnings)} earnings, ${toma(e.creditPaid)} from the pool`,
  StackCreatedEvent: (e) =>
    `stack ${e.stackSmallId} bought: ${e.numComputeUnits} units of task ${e.taskSmallId} at ${e.pricePerComputeUnit}, served by node ${e.selectedNodeId}`,
  StackOwnerUpdatedEvent: (e) => `stack ${e.stackSmallId} now belongs to ${e.owner}`,
  StackRefundRequestedEvent: (e) =>
    `refund of stack ${e.stackSmallId} asked, can be reclaimed in epoch ${e.reclaimEpoch}`,
  StackReclaimedEvent: (e) => `stack ${e.stackSmallId} given back: ${toma(e.refund)} to ${e.recipient}`,
  StackTrySettleEvent: (e) =>
    `node ${e.selectedNodeId} settled stack ${e.stackSmallId} with ${e.numClaimedComputeUnits} units, attesters ${list(e.requestedAttestationNodes)}${e.attestationRequired ? ' must attest' : ''}, deadline epoch ${e.deadlineEpoch}`,
  NewStackSettlementAttestationEvent: (e) => `node ${e.attestationNodeId} attested stack ${e.stackSmallId}`,
  StackSettlementTicketEvent: (e) =>
    `stack ${e.stackSmallId} attested by ${nodes(e.attestationNodes)}, claimable in epoch ${e.deadlineEpoch}`,
  StackOpeningRequiredEvent: (e) =>
    `node ${e.selectedNodeId} must open the commitment of stack ${e.stackSmallId} before epoch ${e.openUntilEpoch}`,
  AttestersRedrawnEvent: (e) =>
    `attesters of stack ${e.stackSmallId} redrawn: ${nodes(e.silentNodes)} silent, ${nodes(e.newNodes)} drawn, deadline epoch ${e.deadlineEpoch}`,
  StackOpenedEvent: (e) => `commitment of stack ${e.stackSmallId} opened: ${e.valid ? 'it holds' : 'it does not hold'}`,
  SecondJuryEvent: (e) =>
    e.jurors.length === 0
      ? `no second jury for stack ${e.stackSmallId}: the first one's word stands`
      : `second jury for stack ${e.stackSmallId}: ${nodes(e.jurors)}`,
  SettlementExpiredEvent: (e) =>
    `commitment of stack ${e.stackSmallId} was not opened in time by node ${e.selectedNodeId}`,
  StackForfeitedEvent: (e) =>
    `stack ${e.stackSmallId} forfeited by node ${e.selectedNodeId}: ${toma(e.refund)} back to ${e.recipient}, bond ${toma(e.bond)} lost`,
  StackSettlementTicketClaimedEvent: (e) =>
    `node ${e.selectedNodeId} claimed ${toma(e.nodeFee)} for stack ${e.stackSmallId}, ${toma(e.userRefundAmount)} back to the buyer`,
  StackAttestationDisputeEvent: (e) =>
    `stack ${e.stackSmallId} disputed by ${e.challengerNodeId === 0n ? e.challenger : `node ${e.challengerNodeId}`}, jurors ${list(e.jurors)}`,
  DisputeEvidenceEvent: (e) =>
    `the owner of stack ${e.stackSmallId} showed evidence in its dispute: ${e.receipts.length} receipts, rows ${list(e.rows)}; votes begin anew`,
  DisputeVoteCommittedEvent: (e) => `juror ${e.jurorNodeId} committed its vote on stack ${e.stackSmallId}`,
  AttesterExcusedEvent: (e) =>
    `attester ${e.attestationNodeId} differs on stack ${e.stackSmallId}, and no jury can be seated`,
  DisputeJoinedEvent: (e) => `attester ${e.attesterNodeId} joined the dispute of stack ${e.stackSmallId}`,
  DisputeVoteRevealedEvent: (e) => `juror ${e.jurorNodeId} revealed its vote on stack ${e.stackSmallId}`,
  DisputeResolvedEvent: (e) =>
    `dispute of stack ${e.stackSmallId} resolved: ${outcomeName(e.outcome)}, ${toma(e.nodeFee)} to node ${e.selectedNodeId}, ${toma(e.userRefundAmount)} to the buyer`,
  FaucetEvent: (e) => `faucet gave ${toma(e.amount)} to ${e.recipient}`,
  FaucetSwitchedEvent: (e) => `TOMA faucet switched ${e.enabled ? 'on' : 'off'} by ${e.owner}`,
  TomaPublishedEvent: (e) => `TOMA published, faucet ${e.faucet}`,
};

/** One line for people on what the event says. */
export const describeEvent = (event: AtomaEvent): string =>
  (lines[event.kind] as (data: unknown) => string)(event.data);
