/** Evidence of confidential hardware, judged by the vendors' rules and a buyer's policy. */

export { type EvidenceParameters, kindOf, verifyEvidence } from './evidence.ts';
export {
  boundReasons,
  type ConfidentialJudgeParameters,
  createConfidentialJudge,
  type EvidenceJudgement,
  HARDWARE_LABEL,
  type JudgedEvidence,
} from './judge.ts';
export { type Policy, readPolicy } from './policy.ts';
export { type Reason, type ReasonCode, Refusal } from './reason.ts';
export { checkRehearsal, isRehearsal, REHEARSAL_LABEL } from './rehearsal.ts';
export { type PinnedRoot, pinnedRoots, type RootName, type Roots, vendorRoots } from './roots.ts';
export type { Evaluations } from './tdx/evaluation.ts';
export { digestsOf, eventLogReasons, type MeasuredEvent, REGISTERS, readEventLog, replayed } from './tdx/event-log.ts';
export { type FirmwareMrtd, firmwareMrtd } from './tdx/firmware.ts';
export { commandLineDigest, fileDigest, imageDigest } from './tdx/image.ts';
export type { Claims, EvidenceKind, Verdict } from './verdict.ts';
