// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';

/** Layout of `atoma::dispute::Evidence`. */
export const Evidence = bcs.struct('Evidence', { owner: m.address, rows: bcs.vector(m.u64), namedUnits: m.u64, bond: m.u64 });
/** A decoded `atoma::dispute::Evidence`. */
export type Evidence = typeof Evidence.$inferType;

/** Layout of `atoma::dispute::Joined`. */
export const Joined = bcs.struct('Joined', { node: m.u64, owner: m.address, claim: m.bytes });
/** A decoded `atoma::dispute::Joined`. */
export type Joined = typeof Joined.$inferType;

/** Layout of `atoma::dispute::Dispute`. */
export const Dispute = bcs.struct('Dispute', { challenger: m.address, challengerNode: m.u64, fromStake: bcs.bool(), commitment: m.bytes, rows: bcs.vector(m.u64), namedUnits: m.u64, bond: m.u64, jurors: bcs.vector(m.u64), commits: bcs.vector(m.bytes), secrets: bcs.vector(m.bytes), units: bcs.vector(m.u64), blames: bcs.vector(bcs.bool()), evidence: bcs.option(Evidence), waits: bcs.bool(), joined: bcs.vector(Joined), epoch: m.u64, commitDeadline: m.u64, revealDeadline: m.u64, firstJury: bcs.vector(m.u64), together: bcs.bool(), last: bcs.bool() });
/** A decoded `atoma::dispute::Dispute`. */
export type Dispute = typeof Dispute.$inferType;

/** Layout of `atoma::dispute::Exhibits`. */
export const Exhibits = bcs.struct('Exhibits', { rows: bcs.vector(m.u64), namedUnits: m.u64, receipts: bcs.vector(m.bytes) });
/** A decoded `atoma::dispute::Exhibits`. */
export type Exhibits = typeof Exhibits.$inferType;

/** Layout of `atoma::dispute::Tally`. */
export const Tally = bcs.struct('Tally', { majority: bcs.vector(m.u64), minority: bcs.vector(m.u64), silent: bcs.vector(m.u64) });
/** A decoded `atoma::dispute::Tally`. */
export type Tally = typeof Tally.$inferType;

/** Layout of `atoma::dispute::Payout`. */
export const Payout = bcs.struct('Payout', { nodeFee: m.u64, refund: m.u64, bondReturned: m.u64, jurorPay: m.u64, paidJurors: bcs.vector(m.u64), slashedJurors: bcs.vector(m.u64), challengerReturned: m.u64, challengerShare: m.u64, ownerReturned: m.u64, shareNode: m.u64, joinedShare: m.u64, pool: m.u64, fromPool: m.u64 });
/** A decoded `atoma::dispute::Payout`. */
export type Payout = typeof Payout.$inferType;

/** Calls `atoma::dispute::challenger`. */
export const challenger = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::challenger`, ['object'], values);

/** Calls `atoma::dispute::is_audit`. */
export const isAudit = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::is_audit`, ['object'], values);

/** Calls `atoma::dispute::challenger_node`. */
export const challengerNode = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::challenger_node`, ['object'], values);

/** Calls `atoma::dispute::bond`. */
export const bond = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::bond`, ['object'], values);

/** Calls `atoma::dispute::jurors`. */
export const jurors = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::jurors`, ['object'], values);

/** Calls `atoma::dispute::dispute_epoch`. */
export const disputeEpoch = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::dispute_epoch`, ['object'], values);

/** Calls `atoma::dispute::commit_deadline`. */
export const commitDeadline = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::commit_deadline`, ['object'], values);

/** Calls `atoma::dispute::reveal_deadline`. */
export const revealDeadline = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::reveal_deadline`, ['object'], values);

/** Calls `atoma::dispute::commits`. */
export const commits = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::commits`, ['object'], values);

/** Calls `atoma::dispute::reveals`. */
export const reveals = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::reveals`, ['object'], values);

/** Calls `atoma::dispute::has_committed`. */
export const hasCommitted = (packageId: string, ...values: readonly [dispute0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::dispute::has_committed`, ['object', m.u64], values);

/** Calls `atoma::dispute::has_revealed`. */
export const hasRevealed = (packageId: string, ...values: readonly [dispute0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::dispute::has_revealed`, ['object', m.u64], values);

/** Calls `atoma::dispute::is_commit_over`. */
export const isCommitOver = (packageId: string, ...values: readonly [dispute0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::dispute::is_commit_over`, ['object', m.u64], values);

/** Calls `atoma::dispute::may_show`. */
export const mayShow = (packageId: string, ...values: readonly [dispute0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::dispute::may_show`, ['object', m.u64], values);

/** Calls `atoma::dispute::is_resolvable`. */
export const isResolvable = (packageId: string, ...values: readonly [dispute0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::dispute::is_resolvable`, ['object', m.u64], values);

/** Calls `atoma::dispute::rows`. */
export const rows = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::rows`, ['object'], values);

/** Calls `atoma::dispute::named_units`. */
export const namedUnits = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::named_units`, ['object'], values);

/** Calls `atoma::dispute::shown_rows`. */
export const shownRows = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::shown_rows`, ['object'], values);

/** Calls `atoma::dispute::shown_units`. */
export const shownUnits = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::shown_units`, ['object'], values);

/** Calls `atoma::dispute::evidence_shown`. */
export const evidenceShown = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::evidence_shown`, ['object'], values);

/** Calls `atoma::dispute::shown_bond`. */
export const shownBond = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::shown_bond`, ['object'], values);

/** Calls `atoma::dispute::needs_second_jury`. */
export const needsSecondJury = (packageId: string, ...values: readonly [dispute0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::dispute::needs_second_jury`, ['object', m.u64], values);

/** Calls `atoma::dispute::first_jury`. */
export const firstJury = (packageId: string, ...values: readonly [dispute0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::dispute::first_jury`, ['object'], values);
