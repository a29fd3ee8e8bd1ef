// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';
import * as small_idModule from './small_id.ts';

/** Layout of `atoma::node::NodeBadge`. */
export const NodeBadge = bcs.struct('NodeBadge', { id: m.address, smallId: small_idModule.NodeSmallId });
/** A decoded `atoma::node::NodeBadge`. */
export type NodeBadge = typeof NodeBadge.$inferType;

/** Layout of `atoma::node::Node`. */
export const Node = bcs.struct('Node', { owner: m.address, stake: m.u64, bonded: m.u64, earnings: m.u64, credit: m.u64, reputation: bcs.u8(), openStacks: m.u64, disabledEpoch: m.u64, exitEpoch: m.u64, keyEpoch: m.u64, keyHash: m.bytes, queued: m.u64, queuedUntil: m.u64, reputationEpoch: m.u64, reserved: m.u64, draws: m.u64 });
/** A decoded `atoma::node::Node`. */
export type Node = typeof Node.$inferType;

/** Layout of `atoma::node::Profile`. */
export const Profile = bcs.struct('Profile', { url: bcs.string(), evidenceHash: m.bytes, tasks: bcs.vector(m.u64) });
/** A decoded `atoma::node::Profile`. */
export type Profile = typeof Profile.$inferType;

/** Calls `atoma::node::badge_small_id`. */
export const badgeSmallId = (packageId: string, ...values: readonly [nodeBadge0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::badge_small_id`, ['object'], values);

/** Calls `atoma::node::tasks`. */
export const tasks = (packageId: string, ...values: readonly [profile0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::tasks`, ['object'], values);

/** Calls `atoma::node::url`. */
export const url = (packageId: string, ...values: readonly [profile0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::url`, ['object'], values);

/** Calls `atoma::node::evidence_hash`. */
export const evidenceHash = (packageId: string, ...values: readonly [profile0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::evidence_hash`, ['object'], values);

/** Calls `atoma::node::owner`. */
export const owner = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::owner`, ['object'], values);

/** Calls `atoma::node::is_active`. */
export const isActive = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::is_active`, ['object'], values);

/** Calls `atoma::node::stake`. */
export const stake = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::stake`, ['object'], values);

/** Calls `atoma::node::free_stake`. */
export const freeStake = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::free_stake`, ['object'], values);

/** Calls `atoma::node::reserved`. */
export const reserved = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::reserved`, ['object'], values);

/** Calls `atoma::node::unreserved`. */
export const unreserved = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::unreserved`, ['object'], values);

/** Calls `atoma::node::bonded`. */
export const bonded = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::bonded`, ['object'], values);

/** Calls `atoma::node::earnings`. */
export const earnings = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::earnings`, ['object'], values);

/** Calls `atoma::node::credit`. */
export const credit = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::credit`, ['object'], values);

/** Calls `atoma::node::reputation`. */
export const reputation = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::reputation`, ['object'], values);

/** Calls `atoma::node::open_stacks`. */
export const openStacks = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::open_stacks`, ['object'], values);

/** Calls `atoma::node::queued`. */
export const queued = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::queued`, ['object'], values);

/** Calls `atoma::node::queued_until`. */
export const queuedUntil = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::queued_until`, ['object'], values);

/** Calls `atoma::node::exit_epoch`. */
export const exitEpoch = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::exit_epoch`, ['object'], values);

/** Calls `atoma::node::key_hash`. */
export const keyHash = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::key_hash`, ['object'], values);

/** Calls `atoma::node::key_epoch`. */
export const keyEpoch = (packageId: string, ...values: readonly [node0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::node::key_epoch`, ['object'], values);

/** Calls `atoma::node::has_fresh_key`. */
export const hasFreshKey = (packageId: string, ...values: readonly [node0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::node::has_fresh_key`, ['object', m.u64], values);

/** Calls `atoma::node::can_bond`. */
export const canBond = (packageId: string, ...values: readonly [node0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::node::can_bond`, ['object', m.u64], values);
