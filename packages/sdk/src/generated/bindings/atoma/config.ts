// Generated from the compiled Move package by src/codegen; do not edit.
import { bcs } from '@mysten/bcs';
import { type CallBuilder, type IntegerInput, type ObjectInput, type PureInput, moveCall } from '../../../internal/move-call.ts';
import * as m from '../../../internal/move-types.ts';

/** Layout of `atoma::config::Config`. */
export const Config = bcs.struct('Config', { registrationOpen: bcs.bool(), registrationCollateral: m.u64, attestationProbability: m.u64, attesters: m.u64, attesterPay: m.u64, minimumAttesterPay: m.u64, sampledBond: m.u64, plainBond: m.u64, jurors: m.u64, jurorPay: m.u64, disputeBond: m.u64, silenceSlash: m.u64, challengerShare: m.u64, outsiderShare: m.u64, minimumDisputeBond: m.u64, samples: m.u64, sampledShare: m.u64, rowCap: m.u64, window: m.u64, phase: m.u64, stackLife: m.u64, exitDelay: m.u64 });
/** A decoded `atoma::config::Config`. */
export type Config = typeof Config.$inferType;

/** Layout of `atoma::config::Terms`. */
export const Terms = bcs.struct('Terms', { attestationProbability: m.u64, attesters: m.u64, attesterPay: m.u64, minimumAttesterPay: m.u64, bond: m.u64, jurors: m.u64, jurorPay: m.u64, disputeBond: m.u64, silenceSlash: m.u64, challengerShare: m.u64, outsiderShare: m.u64, minimumDisputeBond: m.u64, samples: m.u64, sampledShare: m.u64, rowCap: m.u64, window: m.u64, phase: m.u64, stackLife: m.u64, rules: m.u64 });
/** A decoded `atoma::config::Terms`. */
export type Terms = typeof Terms.$inferType;

/** Calls `atoma::config::probability`. */
export const probability = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::probability`, ['object', m.u64, m.u64], values);

/** Calls `atoma::config::surcharge_on`. */
export const surchargeOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>, argument2: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::surcharge_on`, ['object', m.u64, m.u64], values);

/** Calls `atoma::config::full_surcharge_on`. */
export const fullSurchargeOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::full_surcharge_on`, ['object', m.u64], values);

/** Calls `atoma::config::bond_on`. */
export const bondOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::bond_on`, ['object', m.u64], values);

/** Calls `atoma::config::attester_pay_on`. */
export const attesterPayOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::attester_pay_on`, ['object', m.u64], values);

/** Calls `atoma::config::dispute_bond_on`. */
export const disputeBondOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::dispute_bond_on`, ['object', m.u64], values);

/** Calls `atoma::config::silence_slash_on`. */
export const silenceSlashOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::silence_slash_on`, ['object', m.u64], values);

/** Calls `atoma::config::juror_pay_on`. */
export const jurorPayOn = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::juror_pay_on`, ['object', m.u64], values);

/** Calls `atoma::config::assert_worth_a_jury`. */
export const assertWorthAJury = (packageId: string, ...values: readonly [terms0: ObjectInput, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::assert_worth_a_jury`, ['object', m.u64], values);

/** Calls `atoma::config::owners_to_check`. */
export const ownersToCheck = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::owners_to_check`, ['object'], values);

/** Calls `atoma::config::attestation_probability`. */
export const attestationProbability = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::attestation_probability`, ['object'], values);

/** Calls `atoma::config::attesters`. */
export const attesters = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::attesters`, ['object'], values);

/** Calls `atoma::config::attester_pay`. */
export const attesterPay = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::attester_pay`, ['object'], values);

/** Calls `atoma::config::minimum_attester_pay`. */
export const minimumAttesterPay = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::minimum_attester_pay`, ['object'], values);

/** Calls `atoma::config::bond`. */
export const bond = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::bond`, ['object'], values);

/** Calls `atoma::config::jurors`. */
export const jurors = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::jurors`, ['object'], values);

/** Calls `atoma::config::juror_pay`. */
export const jurorPay = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::juror_pay`, ['object'], values);

/** Calls `atoma::config::dispute_bond`. */
export const disputeBond = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::dispute_bond`, ['object'], values);

/** Calls `atoma::config::silence_slash`. */
export const silenceSlash = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::silence_slash`, ['object'], values);

/** Calls `atoma::config::challenger_share`. */
export const challengerShare = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::challenger_share`, ['object'], values);

/** Calls `atoma::config::outsider_share`. */
export const outsiderShare = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::outsider_share`, ['object'], values);

/** Calls `atoma::config::minimum_dispute_bond`. */
export const minimumDisputeBond = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::minimum_dispute_bond`, ['object'], values);

/** Calls `atoma::config::samples`. */
export const samples = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::samples`, ['object'], values);

/** Calls `atoma::config::sampled_share`. */
export const sampledShare = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::sampled_share`, ['object'], values);

/** Calls `atoma::config::row_cap`. */
export const rowCap = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::row_cap`, ['object'], values);

/** Calls `atoma::config::window`. */
export const window = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::window`, ['object'], values);

/** Calls `atoma::config::phase`. */
export const phase = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::phase`, ['object'], values);

/** Calls `atoma::config::reveal_phase`. */
export const revealPhase = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::reveal_phase`, ['object'], values);

/** Calls `atoma::config::stack_life`. */
export const stackLife = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::stack_life`, ['object'], values);

/** Calls `atoma::config::rules`. */
export const rules = (packageId: string, ...values: readonly [terms0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::rules`, ['object'], values);

/** Calls `atoma::config::is_sampling`. */
export const isSampling = (packageId: string, ...values: readonly [argument0: PureInput<number>]): CallBuilder =>
  moveCall(`${packageId}::config::is_sampling`, [bcs.u16()], values);

/** Calls `atoma::config::is_confidential`. */
export const isConfidential = (packageId: string, ...values: readonly [argument0: PureInput<number>]): CallBuilder =>
  moveCall(`${packageId}::config::is_confidential`, [bcs.u16()], values);

/** Calls `atoma::config::notice_epochs`. */
export const noticeEpochs = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::notice_epochs`, [], values);

/** Calls `atoma::config::opening_epochs`. */
export const openingEpochs = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::opening_epochs`, [], values);

/** Calls `atoma::config::ruling_epochs`. */
export const rulingEpochs = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::ruling_epochs`, [], values);

/** Calls `atoma::config::evidence_epochs`. */
export const evidenceEpochs = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::evidence_epochs`, [], values);

/** Calls `atoma::config::claim_epochs`. */
export const claimEpochs = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::claim_epochs`, [], values);

/** Calls `atoma::config::deprecation_epochs`. */
export const deprecationEpochs = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::deprecation_epochs`, [], values);

/** Calls `atoma::config::key_life`. */
export const keyLife = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::key_life`, [], values);

/** Calls `atoma::config::max_redraws`. */
export const maxRedraws = (packageId: string, ...values: readonly []): CallBuilder =>
  moveCall(`${packageId}::config::max_redraws`, [], values);

/** Calls `atoma::config::seats`. */
export const seats = (packageId: string, ...values: readonly [argument0: PureInput<IntegerInput>, argument1: PureInput<IntegerInput>]): CallBuilder =>
  moveCall(`${packageId}::config::seats`, [m.u64, m.u64], values);

/** Calls `atoma::config::registration_open`. */
export const registrationOpen = (packageId: string, ...values: readonly [config0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::registration_open`, ['object'], values);

/** Calls `atoma::config::registration_collateral`. */
export const registrationCollateral = (packageId: string, ...values: readonly [config0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::registration_collateral`, ['object'], values);

/** Calls `atoma::config::exit_delay`. */
export const exitDelay = (packageId: string, ...values: readonly [config0: ObjectInput]): CallBuilder =>
  moveCall(`${packageId}::config::exit_delay`, ['object'], values);
