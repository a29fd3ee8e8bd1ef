// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import * as m from '../../../internal/move-types.ts';
import * as small_idModule from './small_id.ts';

/** Layout of `atoma::events::PublishedEvent`. */
export const PublishedEvent = bcs.struct('PublishedEvent', { db: m.address, managerBadge: m.address });
/** A decoded `atoma::events::PublishedEvent`. */
export type PublishedEvent = typeof PublishedEvent.$inferType;

/** Layout of `atoma::events::ManagerBadgeCreatedEvent`. */
export const ManagerBadgeCreatedEvent = bcs.struct('ManagerBadgeCreatedEvent', { managerBadge: m.address, recipient: m.address });
/** A decoded `atoma::events::ManagerBadgeCreatedEvent`. */
export type ManagerBadgeCreatedEvent = typeof ManagerBadgeCreatedEvent.$inferType;

/** Layout of `atoma::events::ManagerBadgesRevokedEvent`. */
export const ManagerBadgesRevokedEvent = bcs.struct('ManagerBadgesRevokedEvent', { managerBadge: m.address, generation: m.u64 });
/** A decoded `atoma::events::ManagerBadgesRevokedEvent`. */
export type ManagerBadgesRevokedEvent = typeof ManagerBadgesRevokedEvent.$inferType;

/** Layout of `atoma::events::ConfigChangedEvent`. */
export const ConfigChangedEvent = bcs.struct('ConfigChangedEvent', { name: bcs.string(), old: m.u64, new: m.u64 });
/** A decoded `atoma::events::ConfigChangedEvent`. */
export type ConfigChangedEvent = typeof ConfigChangedEvent.$inferType;

/** Layout of `atoma::events::MigratedEvent`. */
export const MigratedEvent = bcs.struct('MigratedEvent', { oldVersion: m.u64, newVersion: m.u64 });
/** A decoded `atoma::events::MigratedEvent`. */
export type MigratedEvent = typeof MigratedEvent.$inferType;

/** Layout of `atoma::events::PoolDonatedEvent`. */
export const PoolDonatedEvent = bcs.struct('PoolDonatedEvent', { donor: m.address, amount: m.u64 });
/** A decoded `atoma::events::PoolDonatedEvent`. */
export type PoolDonatedEvent = typeof PoolDonatedEvent.$inferType;

/** Layout of `atoma::events::TaskRegisteredEvent`. */
export const TaskRegisteredEvent = bcs.struct('TaskRegisteredEvent', { taskBadgeId: m.address, taskSmallId: small_idModule.TaskSmallId, role: bcs.u16(), modelName: bcs.option(bcs.string()), securityLevel: bcs.u16(), minimumReputationScore: bcs.u8() });
/** A decoded `atoma::events::TaskRegisteredEvent`. */
export type TaskRegisteredEvent = typeof TaskRegisteredEvent.$inferType;

/** Layout of `atoma::events::TaskDeprecatedEvent`. */
export const TaskDeprecatedEvent = bcs.struct('TaskDeprecatedEvent', { taskSmallId: small_idModule.TaskSmallId, epoch: m.u64 });
/** A decoded `atoma::events::TaskDeprecatedEvent`. */
export type TaskDeprecatedEvent = typeof TaskDeprecatedEvent.$inferType;

/** Layout of `atoma::events::TaskRemovedEvent`. */
export const TaskRemovedEvent = bcs.struct('TaskRemovedEvent', { taskSmallId: small_idModule.TaskSmallId });
/** A decoded `atoma::events::TaskRemovedEvent`. */
export type TaskRemovedEvent = typeof TaskRemovedEvent.$inferType;

/** Layout of `atoma::events::NodeRegisteredEvent`. */
export const NodeRegisteredEvent = bcs.struct('NodeRegisteredEvent', { nodeBadgeId: m.address, nodeSmallId: small_idModule.NodeSmallId, owner: m.address, url: bcs.string(), collateral: m.u64 });
/** A decoded `atoma::events::NodeRegisteredEvent`. */
export type NodeRegisteredEvent = typeof NodeRegisteredEvent.$inferType;

/** Layout of `atoma::events::NodeUrlUpdatedEvent`. */
export const NodeUrlUpdatedEvent = bcs.struct('NodeUrlUpdatedEvent', { nodeSmallId: small_idModule.NodeSmallId, owner: m.address, url: bcs.string() });
/** A decoded `atoma::events::NodeUrlUpdatedEvent`. */
export type NodeUrlUpdatedEvent = typeof NodeUrlUpdatedEvent.$inferType;

/** Layout of `atoma::events::NodeCollateralToppedUpEvent`. */
export const NodeCollateralToppedUpEvent = bcs.struct('NodeCollateralToppedUpEvent', { nodeSmallId: small_idModule.NodeSmallId, amount: m.u64, stake: m.u64 });
/** A decoded `atoma::events::NodeCollateralToppedUpEvent`. */
export type NodeCollateralToppedUpEvent = typeof NodeCollateralToppedUpEvent.$inferType;

/** Layout of `atoma::events::NodeWithdrawalRequestedEvent`. */
export const NodeWithdrawalRequestedEvent = bcs.struct('NodeWithdrawalRequestedEvent', { nodeSmallId: small_idModule.NodeSmallId, amount: m.u64, availableEpoch: m.u64 });
/** A decoded `atoma::events::NodeWithdrawalRequestedEvent`. */
export type NodeWithdrawalRequestedEvent = typeof NodeWithdrawalRequestedEvent.$inferType;

/** Layout of `atoma::events::NodeCollateralWithdrawnEvent`. */
export const NodeCollateralWithdrawnEvent = bcs.struct('NodeCollateralWithdrawnEvent', { nodeSmallId: small_idModule.NodeSmallId, amount: m.u64 });
/** A decoded `atoma::events::NodeCollateralWithdrawnEvent`. */
export type NodeCollateralWithdrawnEvent = typeof NodeCollateralWithdrawnEvent.$inferType;

/** Layout of `atoma::events::NodeEarningsWithdrawnEvent`. */
export const NodeEarningsWithdrawnEvent = bcs.struct('NodeEarningsWithdrawnEvent', { nodeSmallId: small_idModule.NodeSmallId, earnings: m.u64, credit: m.u64 });
/** A decoded `atoma::events::NodeEarningsWithdrawnEvent`. */
export type NodeEarningsWithdrawnEvent = typeof NodeEarningsWithdrawnEvent.$inferType;

/** Layout of `atoma::events::NodeKeyCommitmentEvent`. */
export const NodeKeyCommitmentEvent = bcs.struct('NodeKeyCommitmentEvent', { nodeSmallId: small_idModule.NodeSmallId, keyHash: m.bytes, evidenceHash: m.bytes, epoch: m.u64 });
/** A decoded `atoma::events::NodeKeyCommitmentEvent`. */
export type NodeKeyCommitmentEvent = typeof NodeKeyCommitmentEvent.$inferType;

/** Layout of `atoma::events::NodeSubscribedToTaskEvent`. */
export const NodeSubscribedToTaskEvent = bcs.struct('NodeSubscribedToTaskEvent', { nodeSmallId: small_idModule.NodeSmallId, taskSmallId: small_idModule.TaskSmallId, pricePerComputeUnit: m.u64, maxNumComputeUnits: m.u64 });
/** A decoded `atoma::events::NodeSubscribedToTaskEvent`. */
export type NodeSubscribedToTaskEvent = typeof NodeSubscribedToTaskEvent.$inferType;

/** Layout of `atoma::events::NodeSubscriptionUpdatedEvent`. */
export const NodeSubscriptionUpdatedEvent = bcs.struct('NodeSubscriptionUpdatedEvent', { nodeSmallId: small_idModule.NodeSmallId, taskSmallId: small_idModule.TaskSmallId, pricePerComputeUnit: m.u64, maxNumComputeUnits: m.u64 });
/** A decoded `atoma::events::NodeSubscriptionUpdatedEvent`. */
export type NodeSubscriptionUpdatedEvent = typeof NodeSubscriptionUpdatedEvent.$inferType;

/** Layout of `atoma::events::NodeUnsubscribedFromTaskEvent`. */
export const NodeUnsubscribedFromTaskEvent = bcs.struct('NodeUnsubscribedFromTaskEvent', { nodeSmallId: small_idModule.NodeSmallId, taskSmallId: small_idModule.TaskSmallId });
/** A decoded `atoma::events::NodeUnsubscribedFromTaskEvent`. */
export type NodeUnsubscribedFromTaskEvent = typeof NodeUnsubscribedFromTaskEvent.$inferType;

/** Layout of `atoma::events::NodeSlashedEvent`. */
export const NodeSlashedEvent = bcs.struct('NodeSlashedEvent', { nodeSmallId: small_idModule.NodeSmallId, stackSmallId: small_idModule.StackSmallId, amount: m.u64 });
/** A decoded `atoma::events::NodeSlashedEvent`. */
export type NodeSlashedEvent = typeof NodeSlashedEvent.$inferType;

/** Layout of `atoma::events::NodeReputationChangedEvent`. */
export const NodeReputationChangedEvent = bcs.struct('NodeReputationChangedEvent', { nodeSmallId: small_idModule.NodeSmallId, old: bcs.u8(), new: bcs.u8() });
/** A decoded `atoma::events::NodeReputationChangedEvent`. */
export type NodeReputationChangedEvent = typeof NodeReputationChangedEvent.$inferType;

/** Layout of `atoma::events::NodeDisabledEvent`. */
export const NodeDisabledEvent = bcs.struct('NodeDisabledEvent', { nodeSmallId: small_idModule.NodeSmallId, exitEpoch: m.u64 });
/** A decoded `atoma::events::NodeDisabledEvent`. */
export type NodeDisabledEvent = typeof NodeDisabledEvent.$inferType;

/** Layout of `atoma::events::NodeDestroyedEvent`. */
export const NodeDestroyedEvent = bcs.struct('NodeDestroyedEvent', { nodeSmallId: small_idModule.NodeSmallId, stake: m.u64, earnings: m.u64, creditPaid: m.u64, creditLapsed: m.u64 });
/** A decoded `atoma::events::NodeDestroyedEvent`. */
export type NodeDestroyedEvent = typeof NodeDestroyedEvent.$inferType;

/** Layout of `atoma::events::StackCreatedEvent`. */
export const StackCreatedEvent = bcs.struct('StackCreatedEvent', { stackBadgeId: m.address, stackSmallId: small_idModule.StackSmallId, owner: m.address, taskSmallId: small_idModule.TaskSmallId, selectedNodeId: small_idModule.NodeSmallId, nodeAddress: m.address, keyHash: m.bytes, numComputeUnits: m.u64, pricePerComputeUnit: m.u64, escrow: m.u64, bond: m.u64, expiryEpoch: m.u64 });
/** A decoded `atoma::events::StackCreatedEvent`. */
export type StackCreatedEvent = typeof StackCreatedEvent.$inferType;

/** Layout of `atoma::events::StackOwnerUpdatedEvent`. */
export const StackOwnerUpdatedEvent = bcs.struct('StackOwnerUpdatedEvent', { stackSmallId: small_idModule.StackSmallId, owner: m.address });
/** A decoded `atoma::events::StackOwnerUpdatedEvent`. */
export type StackOwnerUpdatedEvent = typeof StackOwnerUpdatedEvent.$inferType;

/** Layout of `atoma::events::StackRefundRequestedEvent`. */
export const StackRefundRequestedEvent = bcs.struct('StackRefundRequestedEvent', { stackSmallId: small_idModule.StackSmallId, reclaimEpoch: m.u64 });
/** A decoded `atoma::events::StackRefundRequestedEvent`. */
export type StackRefundRequestedEvent = typeof StackRefundRequestedEvent.$inferType;

/** Layout of `atoma::events::StackReclaimedEvent`. */
export const StackReclaimedEvent = bcs.struct('StackReclaimedEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, recipient: m.address, refund: m.u64, bond: m.u64 });
/** A decoded `atoma::events::StackReclaimedEvent`. */
export type StackReclaimedEvent = typeof StackReclaimedEvent.$inferType;

/** Layout of `atoma::events::StackTrySettleEvent`. */
export const StackTrySettleEvent = bcs.struct('StackTrySettleEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, requestedAttestationNodes: bcs.vector(small_idModule.NodeSmallId), attestationRequired: bcs.bool(), committedStackProof: m.bytes, stackMerkleLeaf: m.bytes, inputs: m.bytes, auditSeed: m.bytes, numClaimedComputeUnits: m.u64, deadlineEpoch: m.u64 });
/** A decoded `atoma::events::StackTrySettleEvent`. */
export type StackTrySettleEvent = typeof StackTrySettleEvent.$inferType;

/** Layout of `atoma::events::NewStackSettlementAttestationEvent`. */
export const NewStackSettlementAttestationEvent = bcs.struct('NewStackSettlementAttestationEvent', { stackSmallId: small_idModule.StackSmallId, attestationNodeId: small_idModule.NodeSmallId, committedStackProof: m.bytes, stackMerkleLeaf: m.bytes });
/** A decoded `atoma::events::NewStackSettlementAttestationEvent`. */
export type NewStackSettlementAttestationEvent = typeof NewStackSettlementAttestationEvent.$inferType;

/** Layout of `atoma::events::StackSettlementTicketEvent`. */
export const StackSettlementTicketEvent = bcs.struct('StackSettlementTicketEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, attestationNodes: bcs.vector(small_idModule.NodeSmallId), numClaimedComputeUnits: m.u64, committedStackProof: m.bytes, stackMerkleLeaves: bcs.vector(m.bytes), deadlineEpoch: m.u64 });
/** A decoded `atoma::events::StackSettlementTicketEvent`. */
export type StackSettlementTicketEvent = typeof StackSettlementTicketEvent.$inferType;

/** Layout of `atoma::events::StackOpeningRequiredEvent`. */
export const StackOpeningRequiredEvent = bcs.struct('StackOpeningRequiredEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, deadlineEpoch: m.u64, openUntilEpoch: m.u64 });
/** A decoded `atoma::events::StackOpeningRequiredEvent`. */
export type StackOpeningRequiredEvent = typeof StackOpeningRequiredEvent.$inferType;

/** Layout of `atoma::events::AttestersRedrawnEvent`. */
export const AttestersRedrawnEvent = bcs.struct('AttestersRedrawnEvent', { stackSmallId: small_idModule.StackSmallId, silentNodes: bcs.vector(small_idModule.NodeSmallId), newNodes: bcs.vector(small_idModule.NodeSmallId), redraws: bcs.u8(), deadlineEpoch: m.u64 });
/** A decoded `atoma::events::AttestersRedrawnEvent`. */
export type AttestersRedrawnEvent = typeof AttestersRedrawnEvent.$inferType;

/** Layout of `atoma::events::StackOpenedEvent`. */
export const StackOpenedEvent = bcs.struct('StackOpenedEvent', { stackSmallId: small_idModule.StackSmallId, valid: bcs.bool(), historyRoot: m.bytes, numComputeUnits: m.u64, rejectedNodes: bcs.vector(small_idModule.NodeSmallId), deadlineEpoch: m.u64 });
/** A decoded `atoma::events::StackOpenedEvent`. */
export type StackOpenedEvent = typeof StackOpenedEvent.$inferType;

/** Layout of `atoma::events::SettlementExpiredEvent`. */
export const SettlementExpiredEvent = bcs.struct('SettlementExpiredEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, slashedNodes: bcs.vector(small_idModule.NodeSmallId) });
/** A decoded `atoma::events::SettlementExpiredEvent`. */
export type SettlementExpiredEvent = typeof SettlementExpiredEvent.$inferType;

/** Layout of `atoma::events::StackForfeitedEvent`. */
export const StackForfeitedEvent = bcs.struct('StackForfeitedEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, recipient: m.address, refund: m.u64, bond: m.u64 });
/** A decoded `atoma::events::StackForfeitedEvent`. */
export type StackForfeitedEvent = typeof StackForfeitedEvent.$inferType;

/** Layout of `atoma::events::StackSettlementTicketClaimedEvent`. */
export const StackSettlementTicketClaimedEvent = bcs.struct('StackSettlementTicketClaimedEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, attestationNodes: bcs.vector(small_idModule.NodeSmallId), numClaimedComputeUnits: m.u64, nodeFee: m.u64, userRefundAmount: m.u64, surcharge: m.u64, attesterPay: m.u64 });
/** A decoded `atoma::events::StackSettlementTicketClaimedEvent`. */
export type StackSettlementTicketClaimedEvent = typeof StackSettlementTicketClaimedEvent.$inferType;

/** Layout of `atoma::events::StackAttestationDisputeEvent`. */
export const StackAttestationDisputeEvent = bcs.struct('StackAttestationDisputeEvent', { stackSmallId: small_idModule.StackSmallId, originalNodeId: small_idModule.NodeSmallId, originalCommitment: m.bytes, challenger: m.address, challengerNodeId: small_idModule.NodeSmallId, attestationCommitment: m.bytes, rows: bcs.vector(m.u64), namedUnits: m.u64, receipts: bcs.vector(m.bytes), bond: m.u64, jurors: bcs.vector(small_idModule.NodeSmallId), disputeEpoch: m.u64, commitDeadlineEpoch: m.u64, revealDeadlineEpoch: m.u64 });
/** A decoded `atoma::events::StackAttestationDisputeEvent`. */
export type StackAttestationDisputeEvent = typeof StackAttestationDisputeEvent.$inferType;

/** Layout of `atoma::events::DisputeEvidenceEvent`. */
export const DisputeEvidenceEvent = bcs.struct('DisputeEvidenceEvent', { stackSmallId: small_idModule.StackSmallId, originalNodeId: small_idModule.NodeSmallId, owner: m.address, rows: bcs.vector(m.u64), namedUnits: m.u64, receipts: bcs.vector(m.bytes), bond: m.u64, disputeEpoch: m.u64, commitDeadlineEpoch: m.u64, revealDeadlineEpoch: m.u64 });
/** A decoded `atoma::events::DisputeEvidenceEvent`. */
export type DisputeEvidenceEvent = typeof DisputeEvidenceEvent.$inferType;

/** Layout of `atoma::events::SecondJuryEvent`. */
export const SecondJuryEvent = bcs.struct('SecondJuryEvent', { stackSmallId: small_idModule.StackSmallId, originalNodeId: small_idModule.NodeSmallId, jurors: bcs.vector(small_idModule.NodeSmallId), disputeEpoch: m.u64, commitDeadlineEpoch: m.u64, revealDeadlineEpoch: m.u64 });
/** A decoded `atoma::events::SecondJuryEvent`. */
export type SecondJuryEvent = typeof SecondJuryEvent.$inferType;

/** Layout of `atoma::events::DisputeVoteCommittedEvent`. */
export const DisputeVoteCommittedEvent = bcs.struct('DisputeVoteCommittedEvent', { stackSmallId: small_idModule.StackSmallId, jurorNodeId: small_idModule.NodeSmallId, voteCommitment: m.bytes });
/** A decoded `atoma::events::DisputeVoteCommittedEvent`. */
export type DisputeVoteCommittedEvent = typeof DisputeVoteCommittedEvent.$inferType;

/** Layout of `atoma::events::DisputeVoteRevealedEvent`. */
export const DisputeVoteRevealedEvent = bcs.struct('DisputeVoteRevealedEvent', { stackSmallId: small_idModule.StackSmallId, jurorNodeId: small_idModule.NodeSmallId, historyRoot: m.bytes, numComputeUnits: m.u64, blame: bcs.bool() });
/** A decoded `atoma::events::DisputeVoteRevealedEvent`. */
export type DisputeVoteRevealedEvent = typeof DisputeVoteRevealedEvent.$inferType;

/** Layout of `atoma::events::AttesterExcusedEvent`. */
export const AttesterExcusedEvent = bcs.struct('AttesterExcusedEvent', { stackSmallId: small_idModule.StackSmallId, attestationNodeId: small_idModule.NodeSmallId });
/** A decoded `atoma::events::AttesterExcusedEvent`. */
export type AttesterExcusedEvent = typeof AttesterExcusedEvent.$inferType;

/** Layout of `atoma::events::DisputeJoinedEvent`. */
export const DisputeJoinedEvent = bcs.struct('DisputeJoinedEvent', { stackSmallId: small_idModule.StackSmallId, attesterNodeId: small_idModule.NodeSmallId, attestationCommitment: m.bytes });
/** A decoded `atoma::events::DisputeJoinedEvent`. */
export type DisputeJoinedEvent = typeof DisputeJoinedEvent.$inferType;

/** Layout of `atoma::events::DisputeResolvedEvent`. */
export const DisputeResolvedEvent = bcs.struct('DisputeResolvedEvent', { stackSmallId: small_idModule.StackSmallId, selectedNodeId: small_idModule.NodeSmallId, outcome: bcs.u8(), ruledByManager: bcs.bool(), nodeFee: m.u64, userRefundAmount: m.u64, nodeBondReturned: m.u64, jurorPay: m.u64, paidJurors: bcs.vector(small_idModule.NodeSmallId), slashedJurors: bcs.vector(small_idModule.NodeSmallId), challengerBondReturned: m.u64, challengerShare: m.u64, ownerBondReturned: m.u64, shareNodeId: small_idModule.NodeSmallId, joinedShare: m.u64, poolAmount: m.u64, fromPool: m.u64 });
/** A decoded `atoma::events::DisputeResolvedEvent`. */
export type DisputeResolvedEvent = typeof DisputeResolvedEvent.$inferType;
