/// Every event of the market. One struct and one emitting function each.
module atoma::events;

use atoma::small_id::{Self, NodeSmallId, StackSmallId, TaskSmallId};
use std::ascii::String;
use sui::event::emit;

// ---------------------------------------------------------------- database

/// Once, at publication.
public struct PublishedEvent has copy, drop { db: ID, manager_badge: ID }

public struct ManagerBadgeCreatedEvent has copy, drop { manager_badge: ID, recipient: address }

/// Every badge but this one is revoked.
public struct ManagerBadgesRevokedEvent has copy, drop { manager_badge: ID, generation: u64 }

/// A parameter changed; switches are 0 and 1.
public struct ConfigChangedEvent has copy, drop { name: String, old: u64, new: u64 }

public struct MigratedEvent has copy, drop { old_version: u64, new_version: u64 }

public struct PoolDonatedEvent has copy, drop { donor: address, amount: u64 }

public(package) fun published(db: ID, manager_badge: ID) { emit(PublishedEvent { db, manager_badge }) }

public(package) fun manager_badge_created(manager_badge: ID, recipient: address) {
    emit(ManagerBadgeCreatedEvent { manager_badge, recipient })
}

public(package) fun manager_badges_revoked(manager_badge: ID, generation: u64) {
    emit(ManagerBadgesRevokedEvent { manager_badge, generation })
}

public(package) fun config_changed(name: String, old: u64, new: u64) {
    emit(ConfigChangedEvent { name, old, new })
}

public(package) fun migrated(old_version: u64, new_version: u64) {
    emit(MigratedEvent { old_version, new_version })
}

public(package) fun pool_donated(donor: address, amount: u64) { emit(PoolDonatedEvent { donor, amount }) }

// ---------------------------------------------------------------- tasks

public struct TaskRegisteredEvent has copy, drop {
    task_badge_id: ID,
    task_small_id: TaskSmallId,
    role: u16,
    model_name: Option<String>,
    security_level: u16,
    minimum_reputation_score: u8,
}

public struct TaskDeprecatedEvent has copy, drop { task_small_id: TaskSmallId, epoch: u64 }

public struct TaskRemovedEvent has copy, drop { task_small_id: TaskSmallId }

public(package) fun task_registered(
    task_badge_id: ID,
    task_small_id: TaskSmallId,
    role: u16,
    model_name: Option<String>,
    security_level: u16,
    minimum_reputation_score: u8,
) {
    emit(TaskRegisteredEvent {
        task_badge_id,
        task_small_id,
        role,
        model_name,
        security_level,
        minimum_reputation_score,
    })
}

public(package) fun task_deprecated(task_small_id: TaskSmallId, epoch: u64) {
    emit(TaskDeprecatedEvent { task_small_id, epoch })
}

public(package) fun task_removed(task_small_id: TaskSmallId) { emit(TaskRemovedEvent { task_small_id }) }

// ---------------------------------------------------------------- nodes

public struct NodeRegisteredEvent has copy, drop {
    node_badge_id: ID,
    node_small_id: NodeSmallId,
    owner: address,
    url: String,
    collateral: u64,
}

public struct NodeUrlUpdatedEvent has copy, drop { node_small_id: NodeSmallId, owner: address, url: String }

public struct NodeCollateralToppedUpEvent has copy, drop { node_small_id: NodeSmallId, amount: u64, stake: u64 }

public struct NodeWithdrawalRequestedEvent has copy, drop {
    node_small_id: NodeSmallId,
    amount: u64,
    available_epoch: u64,
}

public struct NodeCollateralWithdrawnEvent has copy, drop { node_small_id: NodeSmallId, amount: u64 }

/// `earnings` were the node's own; `credit` was paid by the pool.
public struct NodeEarningsWithdrawnEvent has copy, drop { node_small_id: NodeSmallId, earnings: u64, credit: u64 }

public struct NodeKeyCommitmentEvent has copy, drop {
    node_small_id: NodeSmallId,
    key_hash: vector<u8>,
    evidence_hash: vector<u8>,
    epoch: u64,
}

public struct NodeSubscribedToTaskEvent has copy, drop {
    node_small_id: NodeSmallId,
    task_small_id: TaskSmallId,
    price_per_compute_unit: u64,
    max_num_compute_units: u64,
}

public struct NodeSubscriptionUpdatedEvent has copy, drop {
    node_small_id: NodeSmallId,
    task_small_id: TaskSmallId,
    price_per_compute_unit: u64,
    max_num_compute_units: u64,
}

public struct NodeUnsubscribedFromTaskEvent has copy, drop {
    node_small_id: NodeSmallId,
    task_small_id: TaskSmallId,
}

/// `amount` went from the node's stake to the pool.
public struct NodeSlashedEvent has copy, drop {
    node_small_id: NodeSmallId,
    stack_small_id: StackSmallId,
    amount: u64,
}

public struct NodeReputationChangedEvent has copy, drop { node_small_id: NodeSmallId, old: u8, new: u8 }

public struct NodeDisabledEvent has copy, drop { node_small_id: NodeSmallId, exit_epoch: u64 }

public struct NodeDestroyedEvent has copy, drop {
    node_small_id: NodeSmallId,
    stake: u64,
    earnings: u64,
    credit_paid: u64,
    credit_lapsed: u64,
}

public(package) fun node_registered(
    node_badge_id: ID,
    node_small_id: NodeSmallId,
    owner: address,
    url: String,
    collateral: u64,
) {
    emit(NodeRegisteredEvent { node_badge_id, node_small_id, owner, url, collateral })
}

public(package) fun node_url_updated(node_small_id: NodeSmallId, owner: address, url: String) {
    emit(NodeUrlUpdatedEvent { node_small_id, owner, url })
}

public(package) fun node_collateral_topped_up(node_small_id: NodeSmallId, amount: u64, stake: u64) {
    emit(NodeCollateralToppedUpEvent { node_small_id, amount, stake })
}

public(package) fun node_withdrawal_requested(node_small_id: NodeSmallId, amount: u64, available_epoch: u64) {
    emit(NodeWithdrawalRequestedEvent { node_small_id, amount, available_epoch })
}

public(package) fun node_collateral_withdrawn(node_small_id: NodeSmallId, amount: u64) {
    emit(NodeCollateralWithdrawnEvent { node_small_id, amount })
}

public(package) fun node_earnings_withdrawn(node_small_id: NodeSmallId, earnings: u64, credit: u64) {
    emit(NodeEarningsWithdrawnEvent { node_small_id, earnings, credit })
}

public(package) fun node_key_commitment(
    node_small_id: NodeSmallId,
    key_hash: vector<u8>,
    evidence_hash: vector<u8>,
    epoch: u64,
) {
    emit(NodeKeyCommitmentEvent { node_small_id, key_hash, evidence_hash, epoch })
}

public(package) fun node_subscribed(
    node_small_id: NodeSmallId,
    task_small_id: TaskSmallId,
    price_per_compute_unit: u64,
    max_num_compute_units: u64,
) {
    emit(NodeSubscribedToTaskEvent {
        node_small_id,
        task_small_id,
        price_per_compute_unit,
        max_num_compute_units,
    })
}

public(package) fun node_subscription_updated(
    node_small_id: NodeSmallId,
    task_small_id: TaskSmallId,
    price_per_compute_unit: u64,
    max_num_compute_units: u64,
) {
    emit(NodeSubscriptionUpdatedEvent {
        node_small_id,
        task_small_id,
        price_per_compute_unit,
        max_num_compute_units,
    })
}

public(package) fun node_unsubscribed(node_small_id: NodeSmallId, task_small_id: TaskSmallId) {
    emit(NodeUnsubscribedFromTaskEvent { node_small_id, task_small_id })
}

public(package) fun node_slashed(node_small_id: NodeSmallId, stack_small_id: StackSmallId, amount: u64) {
    emit(NodeSlashedEvent { node_small_id, stack_small_id, amount })
}

public(package) fun node_reputation_changed(node_small_id: NodeSmallId, old: u8, new: u8) {
    emit(NodeReputationChangedEvent { node_small_id, old, new })
}

public(package) fun node_disabled(node_small_id: NodeSmallId, exit_epoch: u64) {
    emit(NodeDisabledEvent { node_small_id, exit_epoch })
}

public(package) fun node_destroyed(
    node_small_id: NodeSmallId,
    stake: u64,
    earnings: u64,
    credit_paid: u64,
    credit_lapsed: u64,
) {
    emit(NodeDestroyedEvent { node_small_id, stake, earnings, credit_paid, credit_lapsed })
}

// ---------------------------------------------------------------- stacks

/// Receipts of this stack are signed by `node_address`. `key_hash`: 32 zero bytes where the node had none.
public struct StackCreatedEvent has copy, drop {
    stack_badge_id: ID,
    stack_small_id: StackSmallId,
    owner: address,
    task_small_id: TaskSmallId,
    selected_node_id: NodeSmallId,
    node_address: address,
    key_hash: vector<u8>,
    num_compute_units: u64,
    price_per_compute_unit: u64,
    escrow: u64,
    bond: u64,
    expiry_epoch: u64,
}

public struct StackOwnerUpdatedEvent has copy, drop { stack_small_id: StackSmallId, owner: address }

/// From `reclaim_epoch` on the stack can be reclaimed if the node has not settled it.
public struct StackRefundRequestedEvent has copy, drop { stack_small_id: StackSmallId, reclaim_epoch: u64 }

/// The stack ended without a fee: reclaimed, finalized without a ticket, or settled with no units.
public struct StackReclaimedEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    recipient: address,
    refund: u64,
    bond: u64,
}

public(package) fun stack_created(
    stack_badge_id: ID,
    stack_small_id: StackSmallId,
    owner: address,
    task_small_id: TaskSmallId,
    selected_node_id: NodeSmallId,
    node_address: address,
    key_hash: vector<u8>,
    num_compute_units: u64,
    price_per_compute_unit: u64,
    escrow: u64,
    bond: u64,
    expiry_epoch: u64,
) {
    emit(StackCreatedEvent {
        stack_badge_id,
        stack_small_id,
        owner,
        task_small_id,
        selected_node_id,
        node_address,
        key_hash,
        num_compute_units,
        price_per_compute_unit,
        escrow,
        bond,
        expiry_epoch,
    })
}

public(package) fun stack_owner_updated(stack_small_id: StackSmallId, owner: address) {
    emit(StackOwnerUpdatedEvent { stack_small_id, owner })
}

public(package) fun stack_refund_requested(stack_small_id: StackSmallId, reclaim_epoch: u64) {
    emit(StackRefundRequestedEvent { stack_small_id, reclaim_epoch })
}

public(package) fun stack_reclaimed(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    recipient: address,
    refund: u64,
    bond: u64,
) {
    emit(StackReclaimedEvent { stack_small_id, selected_node_id, recipient, refund, bond })
}

// ---------------------------------------------------------------- settlement

/// `requested_attestation_nodes` are always drawn at level 1; `attestation_required` is the coin flip. `inputs` is T, 32 zero
/// bytes where the node named no list; `audit_seed` picks the rows that are checked, and is empty when no units were claimed.
public struct StackTrySettleEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    requested_attestation_nodes: vector<NodeSmallId>,
    attestation_required: bool,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaf: vector<u8>,
    inputs: vector<u8>,
    audit_seed: vector<u8>,
    num_claimed_compute_units: u64,
    deadline_epoch: u64,
}

/// An attester confirmed the root.
public struct NewStackSettlementAttestationEvent has copy, drop {
    stack_small_id: StackSmallId,
    attestation_node_id: NodeSmallId,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaf: vector<u8>,
}

/// All attesters confirmed and the leaves agree with the root.
public struct StackSettlementTicketEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    attestation_nodes: vector<NodeSmallId>,
    num_claimed_compute_units: u64,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaves: vector<vector<u8>>,
    deadline_epoch: u64,
}

/// The selected node has to open its commitment while epoch < open_until_epoch.
public struct StackOpeningRequiredEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    deadline_epoch: u64,
    open_until_epoch: u64,
}

public struct AttestersRedrawnEvent has copy, drop {
    stack_small_id: StackSmallId,
    silent_nodes: vector<NodeSmallId>,
    new_nodes: vector<NodeSmallId>,
    redraws: u8,
    deadline_epoch: u64,
}

/// `valid`: the commitment stands and can be claimed from `deadline_epoch`; otherwise the stack is forfeited.
public struct StackOpenedEvent has copy, drop {
    stack_small_id: StackSmallId,
    valid: bool,
    history_root: vector<u8>,
    num_compute_units: u64,
    rejected_nodes: vector<NodeSmallId>,
    deadline_epoch: u64,
}

/// Nobody opened the commitment in time.
public struct SettlementExpiredEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    slashed_nodes: vector<NodeSmallId>,
}

/// The node was at fault: the buyer got everything back and the bond went to the pool.
public struct StackForfeitedEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    recipient: address,
    refund: u64,
    bond: u64,
}

/// Each of `attestation_nodes` was credited `attester_pay`.
public struct StackSettlementTicketClaimedEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    attestation_nodes: vector<NodeSmallId>,
    num_claimed_compute_units: u64,
    node_fee: u64,
    user_refund_amount: u64,
    surcharge: u64,
    attester_pay: u64,
}

public(package) fun stack_try_settle(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    requested_attestation_nodes: vector<NodeSmallId>,
    attestation_required: bool,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaf: vector<u8>,
    inputs: vector<u8>,
    audit_seed: vector<u8>,
    num_claimed_compute_units: u64,
    deadline_epoch: u64,
) {
    emit(StackTrySettleEvent {
        stack_small_id,
        selected_node_id,
        requested_attestation_nodes,
        attestation_required,
        committed_stack_proof,
        stack_merkle_leaf,
        inputs,
        audit_seed,
        num_claimed_compute_units,
        deadline_epoch,
    })
}

public(package) fun new_attestation(
    stack_small_id: StackSmallId,
    attestation_node_id: NodeSmallId,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaf: vector<u8>,
) {
    emit(NewStackSettlementAttestationEvent {
        stack_small_id,
        attestation_node_id,
        committed_stack_proof,
        stack_merkle_leaf,
    })
}

public(package) fun settlement_ticket(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    attestation_nodes: vector<NodeSmallId>,
    num_claimed_compute_units: u64,
    committed_stack_proof: vector<u8>,
    stack_merkle_leaves: vector<vector<u8>>,
    deadline_epoch: u64,
) {
    emit(StackSettlementTicketEvent {
        stack_small_id,
        selected_node_id,
        attestation_nodes,
        num_claimed_compute_units,
        committed_stack_proof,
        stack_merkle_leaves,
        deadline_epoch,
    })
}

public(package) fun opening_required(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    deadline_epoch: u64,
    open_until_epoch: u64,
) {
    emit(StackOpeningRequiredEvent { stack_small_id, selected_node_id, deadline_epoch, open_until_epoch })
}

public(package) fun attesters_redrawn(
    stack_small_id: StackSmallId,
    silent_nodes: vector<NodeSmallId>,
    new_nodes: vector<NodeSmallId>,
    redraws: u8,
    deadline_epoch: u64,
) {
    emit(AttestersRedrawnEvent { stack_small_id, silent_nodes, new_nodes, redraws, deadline_epoch })
}

public(package) fun stack_opened(
    stack_small_id: StackSmallId,
    valid: bool,
    history_root: vector<u8>,
    num_compute_units: u64,
    rejected_nodes: vector<NodeSmallId>,
    deadline_epoch: u64,
) {
    emit(StackOpenedEvent {
        stack_small_id,
        valid,
        history_root,
        num_compute_units,
        rejected_nodes,
        deadline_epoch,
    })
}

public(package) fun settlement_expired(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    slashed_nodes: vector<NodeSmallId>,
) {
    emit(SettlementExpiredEvent { stack_small_id, selected_node_id, slashed_nodes })
}

public(package) fun stack_forfeited(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    recipient: address,
    refund: u64,
    bond: u64,
) {
    emit(StackForfeitedEvent { stack_small_id, selected_node_id, recipient, refund, bond })
}

public(package) fun ticket_claimed(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    attestation_nodes: vector<NodeSmallId>,
    num_claimed_compute_units: u64,
    node_fee: u64,
    user_refund_amount: u64,
    surcharge: u64,
    attester_pay: u64,
) {
    emit(StackSettlementTicketClaimedEvent {
        stack_small_id,
        selected_node_id,
        attestation_nodes,
        num_claimed_compute_units,
        node_fee,
        user_refund_amount,
        surcharge,
        attester_pay,
    })
}

// ---------------------------------------------------------------- disputes

/// `challenger_node_id` is 0 unless the challenger is an attester drawn for this stack. `jurors` is empty
/// when fewer than three were found; then the manager may rule while epoch < dispute_epoch + 2. `rows` of together at most
/// `named_units` are checked besides those of the audit seed. `receipts`: signature, then receipt, each of the accused.
public struct StackAttestationDisputeEvent has copy, drop {
    stack_small_id: StackSmallId,
    original_node_id: NodeSmallId,
    original_commitment: vector<u8>,
    challenger: address,
    challenger_node_id: NodeSmallId,
    attestation_commitment: vector<u8>,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    bond: u64,
    jurors: vector<NodeSmallId>,
    dispute_epoch: u64,
    commit_deadline_epoch: u64,
    reveal_deadline_epoch: u64,
}

/// The owner of a stack added rows and receipts to a dispute, which began anew with it: no vote of before counts. `bond` pays
/// the jurors for the rows. Rows of together at most `named_units` are checked besides those of the audit seed and of the challenger.
public struct DisputeEvidenceEvent has copy, drop {
    stack_small_id: StackSmallId,
    original_node_id: NodeSmallId,
    owner: address,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    bond: u64,
    dispute_epoch: u64,
    commit_deadline_epoch: u64,
    reveal_deadline_epoch: u64,
}

public(package) fun evidence_shown(
    stack_small_id: StackSmallId,
    original_node_id: NodeSmallId,
    owner: address,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    bond: u64,
    dispute_epoch: u64,
    commit_deadline_epoch: u64,
    reveal_deadline_epoch: u64,
) {
    emit(DisputeEvidenceEvent {
        stack_small_id,
        original_node_id,
        owner,
        rows,
        named_units,
        receipts,
        bond,
        dispute_epoch,
        commit_deadline_epoch,
        reveal_deadline_epoch,
    })
}

/// The first jury came to no decision. `jurors` is empty where too few others are left: then its word stands.
public struct SecondJuryEvent has copy, drop {
    stack_small_id: StackSmallId,
    original_node_id: NodeSmallId,
    jurors: vector<NodeSmallId>,
    dispute_epoch: u64,
    commit_deadline_epoch: u64,
    reveal_deadline_epoch: u64,
}

public(package) fun second_jury(
    stack_small_id: StackSmallId,
    original_node_id: NodeSmallId,
    jurors: vector<NodeSmallId>,
    dispute_epoch: u64,
    commit_deadline_epoch: u64,
    reveal_deadline_epoch: u64,
) {
    emit(SecondJuryEvent {
        stack_small_id,
        original_node_id,
        jurors,
        dispute_epoch,
        commit_deadline_epoch,
        reveal_deadline_epoch,
    })
}

public struct DisputeVoteCommittedEvent has copy, drop {
    stack_small_id: StackSmallId,
    juror_node_id: NodeSmallId,
    vote_commitment: vector<u8>,
}

public struct DisputeVoteRevealedEvent has copy, drop {
    stack_small_id: StackSmallId,
    juror_node_id: NodeSmallId,
    history_root: vector<u8>,
    num_compute_units: u64,
    blame: bool,
}

/// A drawn attester differs and no jury can be seated: the commitment has to be opened.
public struct AttesterExcusedEvent has copy, drop { stack_small_id: StackSmallId, attestation_node_id: NodeSmallId }

public(package) fun attester_excused(stack_small_id: StackSmallId, attestation_node_id: NodeSmallId) {
    emit(AttesterExcusedEvent { stack_small_id, attestation_node_id })
}

/// A drawn attester added its own accusation to a dispute.
public struct DisputeJoinedEvent has copy, drop {
    stack_small_id: StackSmallId,
    attester_node_id: NodeSmallId,
    attestation_commitment: vector<u8>,
}

/// Outcomes: 0 convicted, 1 acquitted, 2 inputs unavailable, 3 no majority. `juror_pay` is what each of
/// `paid_jurors` got; `owner_bond_returned` is what is left of what the owner of the stack
/// paid for rows; `share_node_id` is the attester that joined and was right, 0: none, and `joined_share` what it got;
/// `pool_amount` counts surcharge, forfeited bond, forfeited challenger bond and what an audit left of its fund, not slashes; `from_pool` is what
/// the pool added to the jurors' pay out of these slashes.
public struct DisputeResolvedEvent has copy, drop {
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    outcome: u8,
    ruled_by_manager: bool,
    node_fee: u64,
    user_refund_amount: u64,
    node_bond_returned: u64,
    juror_pay: u64,
    paid_jurors: vector<NodeSmallId>,
    slashed_jurors: vector<NodeSmallId>,
    challenger_bond_returned: u64,
    challenger_share: u64,
    owner_bond_returned: u64,
    share_node_id: NodeSmallId,
    joined_share: u64,
    pool_amount: u64,
    from_pool: u64,
}

public(package) fun dispute_started(
    stack_small_id: StackSmallId,
    original_node_id: NodeSmallId,
    original_commitment: vector<u8>,
    challenger: address,
    challenger_node_id: NodeSmallId,
    attestation_commitment: vector<u8>,
    rows: vector<u64>,
    named_units: u64,
    receipts: vector<vector<u8>>,
    bond: u64,
    jurors: vector<NodeSmallId>,
    dispute_epoch: u64,
    commit_deadline_epoch: u64,
    reveal_deadline_epoch: u64,
) {
    emit(StackAttestationDisputeEvent {
        stack_small_id,
        original_node_id,
        original_commitment,
        challenger,
        challenger_node_id,
        attestation_commitment,
        rows,
        named_units,
        receipts,
        bond,
        jurors,
        dispute_epoch,
        commit_deadline_epoch,
        reveal_deadline_epoch,
    })
}

public(package) fun vote_committed(stack: u64, juror: u64, vote_commitment: vector<u8>) {
    emit(DisputeVoteCommittedEvent {
        stack_small_id: small_id::stack(stack),
        juror_node_id: small_id::node(juror),
        vote_commitment,
    })
}

public(package) fun dispute_joined(
    stack_small_id: StackSmallId,
    attester_node_id: NodeSmallId,
    attestation_commitment: vector<u8>,
) { emit(DisputeJoinedEvent { stack_small_id, attester_node_id, attestation_commitment }) }

public(package) fun vote_revealed(
    stack: u64,
    juror: u64,
    history_root: vector<u8>,
    num_compute_units: u64,
    blame: bool,
) {
    emit(DisputeVoteRevealedEvent {
        stack_small_id: small_id::stack(stack),
        juror_node_id: small_id::node(juror),
        history_root,
        num_compute_units,
        blame,
    })
}

public(package) fun dispute_resolved(
    stack_small_id: StackSmallId,
    selected_node_id: NodeSmallId,
    outcome: u8,
    ruled_by_manager: bool,
    node_fee: u64,
    user_refund_amount: u64,
    node_bond_returned: u64,
    juror_pay: u64,
    paid_jurors: vector<NodeSmallId>,
    slashed_jurors: vector<NodeSmallId>,
    challenger_bond_returned: u64,
    challenger_share: u64,
    owner_bond_returned: u64,
    share_node_id: NodeSmallId,
    joined_share: u64,
    pool_amount: u64,
    from_pool: u64,
) {
    emit(DisputeResolvedEvent {
        stack_small_id,
        selected_node_id,
        outcome,
        ruled_by_manager,
        node_fee,
        user_refund_amount,
        node_bond_returned,
        juror_pay,
        paid_jurors,
        slashed_jurors,
        challenger_bond_returned,
        challenger_share,
        owner_bond_returned,
        share_node_id,
        joined_share,
        pool_amount,
        from_pool,
    })
}

#[test_only]
public fun outcome_for_testing(event: &DisputeResolvedEvent): u8 { event.outcome }
