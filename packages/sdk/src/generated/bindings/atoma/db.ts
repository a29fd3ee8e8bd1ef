// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';
import * as configModule from './config.ts';

/** Layout of `atoma::db::AtomaDb`. */
export const AtomaDb = bcs.struct('AtomaDb', { id: m.address, version: m.u64, nextNode: m.u64, nextTask: m.u64, nextStack: m.u64, config: configModule.Config, nodes: m.collection, profiles: m.collection, tasks: m.collection, stacks: m.collection, tickets: m.collection, disputes: m.collection, pool: m.u64, managerGeneration: m.u64, lastReader: m.bytes });
/** A decoded `atoma::db::AtomaDb`. */
export type AtomaDb = typeof AtomaDb.$inferType;

/** Layout of `atoma::db::AtomaManagerBadge`. */
export const AtomaManagerBadge = bcs.struct('AtomaManagerBadge', { id: m.address, generation: m.u64, isRoot: bcs.bool() });
/** A decoded `atoma::db::AtomaManagerBadge`. */
export type AtomaManagerBadge = typeof AtomaManagerBadge.$inferType;

/** Calls `atoma::db::create_task_entry`. */
export const createTaskEntry = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<number>, argument2: PureInput<string | null>, argument3: PureInput<number | null>, argument4: PureInput<number | null>]): CallBuilder =>
  moveCall(`${packageId}::db::create_task_entry`, ['object', bcs.u16(), bcs.option(bcs.string()), bcs.option(bcs.u16()), bcs.option(bcs.u8())], values);

/** Calls `atoma::db::deprecate_task`. */
export const deprecateTask = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, taskBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::deprecate_task`, ['object', 'object'], values);

/** Calls `atoma::db::remove_deprecated_task`. */
export const removeDeprecatedTask = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, taskBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::remove_deprecated_task`, ['object', 'object'], values);

/** Calls `atoma::db::register_node_entry`. */
export const registerNodeEntry = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, coin1: ObjectInput, argument2: PureInput<string | null>]): CallBuilder =>
  moveCall(`${packageId}::db::register_node_entry`, ['object', 'object', bcs.option(bcs.string())], values);

/** Calls `atoma::db::update_node_url`. */
export const updateNodeUrl = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<string>]): CallBuilder =>
  moveCall(`${packageId}::db::update_node_url`, ['object', 'object', bcs.string()], values);

/** Calls `atoma::db::top_up_collateral`. */
export const topUpCollateral = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, coin2: ObjectInput, argument3: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::top_up_collateral`, ['object', 'object', 'object', m.u64], values);

/** Calls `atoma::db::request_withdrawal`. */
export const requestWithdrawal = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::request_withdrawal`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::withdraw_collateral`. */
export const withdrawCollateral = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::withdraw_collateral`, ['object', 'object'], values);

/** Calls `atoma::db::withdraw_earnings`. */
export const withdrawEarnings = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::withdraw_earnings`, ['object', 'object'], values);

/** Calls `atoma::db::set_node_key_commitment`. */
export const setNodeKeyCommitment = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<Iterable<number>>, argument3: PureInput<Iterable<number>>]): CallBuilder =>
  moveCall(`${packageId}::db::set_node_key_commitment`, ['object', 'object', m.bytes, m.bytes], values);

/** Calls `atoma::db::permanently_disable_node`. */
export const permanentlyDisableNode = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::permanently_disable_node`, ['object', 'object'], values);

/** Calls `atoma::db::destroy_disabled_node`. */
export const destroyDisabledNode = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::destroy_disabled_node`, ['object', 'object'], values);

/** Calls `atoma::db::subscribe_node_to_task`. */
export const subscribeNodeToTask = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<IntegerInput>, argument4: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::subscribe_node_to_task`, ['object', 'object', m.u64, m.u64, m.u64], values);

/** Calls `atoma::db::update_node_subscription`. */
export const updateNodeSubscription = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<IntegerInput>, argument4: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::update_node_subscription`, ['object', 'object', m.u64, m.u64, m.u64], values);

/** Calls `atoma::db::unsubscribe_node_from_task`. */
export const unsubscribeNodeFromTask = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::unsubscribe_node_from_task`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::evict_subscription`. */
export const evictSubscription = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::evict_subscription`, ['object', m.u64, m.u64], values);

/** Calls `atoma::db::acquire_new_stack_entry`. */
export const acquireNewStackEntry = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, coin1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<IntegerInput>, argument4: PureInput<IntegerInput>, argument5: PureInput<IntegerInput | null>, argument6: PureInput<boolean>, argument7: PureInput<readonly IntegerInput[]>]): CallBuilder =>
  moveCall(`${packageId}::db::acquire_new_stack_entry`, ['object', 'object', m.u64, m.u64, m.u64, bcs.option(m.u64), bcs.bool(), bcs.vector(m.u64), 'random'], values);

/** Calls `atoma::db::update_stack_owner`. */
export const updateStackOwner = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, stackBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::update_stack_owner`, ['object', 'object'], values);

/** Calls `atoma::db::request_stack_refund`. */
export const requestStackRefund = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, stackBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::request_stack_refund`, ['object', 'object'], values);

/** Calls `atoma::db::reclaim_stack`. */
export const reclaimStack = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, stackBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::reclaim_stack`, ['object', 'object'], values);

/** Calls `atoma::db::discard_stack_badge`. */
export const discardStackBadge = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, stackBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::discard_stack_badge`, ['object', 'object'], values);

/** Calls `atoma::db::try_settle_stack`. */
export const trySettleStack = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<IntegerInput>, argument4: PureInput<Iterable<number>>, argument5: PureInput<Iterable<number>>, argument6: PureInput<Iterable<number> | null>]): CallBuilder =>
  moveCall(`${packageId}::db::try_settle_stack`, ['object', 'object', m.u64, m.u64, m.bytes, m.bytes, bcs.option(m.bytes), 'random'], values);

/** Calls `atoma::db::submit_stack_settlement_attestation`. */
export const submitStackSettlementAttestation = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<Iterable<number>>, argument4: PureInput<Iterable<number>>]): CallBuilder =>
  moveCall(`${packageId}::db::submit_stack_settlement_attestation`, ['object', 'object', m.u64, m.bytes, m.bytes, 'random'], values);

/** Calls `atoma::db::start_attestation_dispute`. */
export const startAttestationDispute = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, coin1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<Iterable<number>>, argument4: PureInput<readonly IntegerInput[]>, argument5: PureInput<IntegerInput>, argument6: PureInput<readonly Iterable<number>[]>]): CallBuilder =>
  moveCall(`${packageId}::db::start_attestation_dispute`, ['object', 'object', m.u64, m.bytes, bcs.vector(m.u64), m.u64, bcs.vector(m.bytes), 'random'], values);

/** Calls `atoma::db::redraw_attesters`. */
export const redrawAttesters = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::redraw_attesters`, ['object', m.u64, 'random'], values);

/** Calls `atoma::db::open_stack_commitment`. */
export const openStackCommitment = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>, argument2: PureInput<Iterable<number>>, argument3: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::open_stack_commitment`, ['object', m.u64, m.bytes, m.u64], values);

/** Calls `atoma::db::expire_settlement`. */
export const expireSettlement = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::expire_settlement`, ['object', m.u64], values);

/** Calls `atoma::db::claim_funds`. */
export const claimFunds = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<readonly IntegerInput[]>]): CallBuilder =>
  moveCall(`${packageId}::db::claim_funds`, ['object', 'object', bcs.vector(m.u64)], values);

/** Calls `atoma::db::finalize_stack`. */
export const finalizeStack = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::finalize_stack`, ['object', m.u64], values);

/** Calls `atoma::db::join_dispute`. */
export const joinDispute = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<Iterable<number>>]): CallBuilder =>
  moveCall(`${packageId}::db::join_dispute`, ['object', 'object', m.u64, m.bytes], values);

/** Calls `atoma::db::show_dispute_evidence`. */
export const showDisputeEvidence = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, coin1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<readonly IntegerInput[]>, argument4: PureInput<IntegerInput>, argument5: PureInput<readonly Iterable<number>[]>]): CallBuilder =>
  moveCall(`${packageId}::db::show_dispute_evidence`, ['object', 'object', m.u64, bcs.vector(m.u64), m.u64, bcs.vector(m.bytes)], values);

/** Calls `atoma::db::commit_dispute_vote`. */
export const commitDisputeVote = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<Iterable<number>>]): CallBuilder =>
  moveCall(`${packageId}::db::commit_dispute_vote`, ['object', 'object', m.u64, m.bytes], values);

/** Calls `atoma::db::reveal_dispute_vote`. */
export const revealDisputeVote = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, nodeBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<Iterable<number>>, argument4: PureInput<IntegerInput>, argument5: PureInput<Iterable<number>>, argument6: PureInput<boolean>]): CallBuilder =>
  moveCall(`${packageId}::db::reveal_dispute_vote`, ['object', 'object', m.u64, m.bytes, m.u64, m.bytes, bcs.bool()], values);

/** Calls `atoma::db::seat_second_jury`. */
export const seatSecondJury = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::seat_second_jury`, ['object', m.u64, 'random'], values);

/** Calls `atoma::db::resolve_dispute`. */
export const resolveDispute = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::resolve_dispute`, ['object', m.u64], values);

/** Calls `atoma::db::rule_dispute`. */
export const ruleDispute = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>, argument3: PureInput<number>]): CallBuilder =>
  moveCall(`${packageId}::db::rule_dispute`, ['object', 'object', m.u64, bcs.u8()], values);

/** Calls `atoma::db::create_manager_badge`. */
export const createManagerBadge = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<string>]): CallBuilder =>
  moveCall(`${packageId}::db::create_manager_badge`, ['object', 'object', m.address], values);

/** Calls `atoma::db::revoke_manager_badges`. */
export const revokeManagerBadges = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::revoke_manager_badges`, ['object', 'object'], values);

/** Calls `atoma::db::migrate`. */
export const migrate = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::migrate`, ['object', 'object'], values);

/** Calls `atoma::db::donate`. */
export const donate = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, coin1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::donate`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_registration_open`. */
export const setRegistrationOpen = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<boolean>]): CallBuilder =>
  moveCall(`${packageId}::db::set_registration_open`, ['object', 'object', bcs.bool()], values);

/** Calls `atoma::db::set_registration_collateral`. */
export const setRegistrationCollateral = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_registration_collateral`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_attestation_probability`. */
export const setAttestationProbability = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_attestation_probability`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_attesters`. */
export const setAttesters = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_attesters`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_attester_pay`. */
export const setAttesterPay = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_attester_pay`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_minimum_attester_pay`. */
export const setMinimumAttesterPay = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_minimum_attester_pay`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_sampled_bond`. */
export const setSampledBond = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_sampled_bond`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_plain_bond`. */
export const setPlainBond = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_plain_bond`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_jurors`. */
export const setJurors = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_jurors`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_juror_pay`. */
export const setJurorPay = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_juror_pay`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_dispute_bond`. */
export const setDisputeBond = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_dispute_bond`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_silence_slash`. */
export const setSilenceSlash = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_silence_slash`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_challenger_share`. */
export const setChallengerShare = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_challenger_share`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_outsider_share`. */
export const setOutsiderShare = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_outsider_share`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_minimum_dispute_bond`. */
export const setMinimumDisputeBond = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_minimum_dispute_bond`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_samples`. */
export const setSamples = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_samples`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_sampled_share`. */
export const setSampledShare = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_sampled_share`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_row_cap`. */
export const setRowCap = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_row_cap`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_window`. */
export const setWindow = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_window`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_phase`. */
export const setPhase = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_phase`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_stack_life`. */
export const setStackLife = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_stack_life`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::set_exit_delay`. */
export const setExitDelay = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, atomaManagerBadge1: ObjectInput, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::set_exit_delay`, ['object', 'object', m.u64], values);

/** Calls `atoma::db::version`. */
export const version = (packageId: string, ...values: readonly [atomaDb0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::version`, ['object'], values);

/** Calls `atoma::db::config`. */
export const config = (packageId: string, ...values: readonly [atomaDb0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::config`, ['object'], values);

/** Calls `atoma::db::pool_balance`. */
export const poolBalance = (packageId: string, ...values: readonly [atomaDb0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::db::pool_balance`, ['object'], values);

/** Calls `atoma::db::has_task`. */
export const hasTask = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::has_task`, ['object', m.u64], values);

/** Calls `atoma::db::has_node`. */
export const hasNode = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::has_node`, ['object', m.u64], values);

/** Calls `atoma::db::has_stack`. */
export const hasStack = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::has_stack`, ['object', m.u64], values);

/** Calls `atoma::db::has_ticket`. */
export const hasTicket = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::has_ticket`, ['object', m.u64], values);

/** Calls `atoma::db::has_dispute`. */
export const hasDispute = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::has_dispute`, ['object', m.u64], values);

/** Calls `atoma::db::task`. */
export const task = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::task`, ['object', m.u64], values);

/** Calls `atoma::db::read_node`. */
export const readNode = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::read_node`, ['object', m.u64], values);

/** Calls `atoma::db::profile`. */
export const profile = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::profile`, ['object', m.u64], values);

/** Calls `atoma::db::stack`. */
export const stack = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::stack`, ['object', m.u64], values);

/** Calls `atoma::db::ticket`. */
export const ticket = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::ticket`, ['object', m.u64], values);

/** Calls `atoma::db::dispute`. */
export const dispute = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::dispute`, ['object', m.u64], values);

/** Calls `atoma::db::current_terms`. */
export const currentTerms = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::current_terms`, ['object', m.u64], values);

/** Calls `atoma::db::purchase_price`. */
export const purchasePrice = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>, argument2: PureInput<IntegerInput>, argument3: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::purchase_price`, ['object', m.u64, m.u64, m.u64], values);

/** Calls `atoma::db::purchase_bond`. */
export const purchaseBond = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>, argument2: PureInput<IntegerInput>, argument3: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::purchase_bond`, ['object', m.u64, m.u64, m.u64], values);

/** Calls `atoma::db::dispute_bond`. */
export const disputeBond = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::dispute_bond`, ['object', m.u64], values);

/** Calls `atoma::db::ticket_state`. */
export const ticketState = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::ticket_state`, ['object', m.u64], values);

/** Calls `atoma::db::ticket_deadline`. */
export const ticketDeadline = (packageId: string, ...values: readonly [atomaDb0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::db::ticket_deadline`, ['object', m.u64], values);
