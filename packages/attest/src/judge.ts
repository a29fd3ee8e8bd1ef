/** Judges the hardware's part of a node's evidence for a buyer: who asks a node for it knows what the report must be over. */
import { type EvidenceParameters, kindOf, verifyEvidence } from './evidence.ts';
import type { Policy } from './policy.ts';
import { Refusal } from './reason.ts';
import { checkRehearsal, REHEARSAL_LABEL } from './rehearsal.ts';
import type { Roots } from './roots.ts';
import type { Evaluations } from './tdx/evaluation.ts';

/** What a buyer accepts. */
export interface ConfidentialJudgeParameters {
  /** Which machines, firmware and images; absent: no hardware evidence is accepted, for it would say nothing of what runs there. */
  readonly policy?: Policy;
  /** Public key of the development root whose rehearsals count, 32 bytes; absent on every public network. */
  readonly rehearsalRoot?: Uint8Array;
  /** The vendors' when left out. */
  readonly roots?: Roots;
  /** Highest evaluation numbers seen so far; none are kept when left out. */
  readonly evaluations?: Evaluations;
}

/** Evidence as it came in a node's document. */
export interface JudgedEvidence {
  readonly kind: 'rehearsal' | 'tdx' | 'snp';
  readonly quote: Uint8Array;
  readonly collateral: Uint8Array;
  /** Event log of the boot; empty: none. */
  readonly eventLog: Uint8Array;
  /** What the report must be over, 64 bytes. */
  readonly reportData: Uint8Array;
  /** 32 bytes each: what the binding says of the operator's configuration and of the weights. */
  readonly configHash: Uint8Array;
  readonly weightsRoot: Uint8Array;
  readonly at: Date;
}

/** Accepted, with what every output must say beside it, or refused in sentences. */
export type EvidenceJudgement =
  | { readonly kind: 'accepted'; readonly label: string | null }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

/** Said beside every answer of hardware until it was tried on some. */
export const HARDWARE_LABEL = 'checked against public samples; not run on such hardware by us';

const refused = (...reasons: readonly string[]): EvidenceJudgement => ({ kind: 'refused', reasons });
const OTHER_REPORT = 'The report is over other keys than the evidence names: it belongs to another environment.';

const hardware = (p: ConfidentialJudgeParameters, evidence: JudgedEvidence): EvidenceJudgement => {
  const { kind, quote, collateral, reportData, at } = evidence;
  if (!p.policy) return refused('No policy names the images and machines that are accepted.');
  const report = Buffer.from(quote);
  if (kindOf(report) !== kind) return refused(`The quote is not of the kind the evidence names (${kind}).`);
  const text = Buffer.from(collateral).toString('utf8');
  const parameters: EvidenceParameters = {
    evidence: report,
    eventLog: Buffer.from(evidence.eventLog),
    at,
    policy: p.policy,
    ...(p.evaluations ? { evaluations: p.evaluations } : {}),
    ...(kind === 'snp' ? { certificates: text } : { collateral: text }),
    ...(p.roots ? { roots: p.roots } : {}),
  };
  const { verdict, reasons, claims } = verifyEvidence(parameters);
  if (verdict === 'refused') return refused(...reasons.map((reason) => reason.text));
  if (claims.report_data !== Buffer.from(reportData).toString('hex')) return refused(OTHER_REPORT);
  const bound = boundReasons(p.policy, evidence);
  return bound.length === 0 ? { kind: 'accepted', label: `${kind}: ${HARDWARE_LABEL}` } : refused(...bound);
};

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** What a policy says of the values a binding names beside keys. */
export const boundReasons = (
  policy: Policy,
  { configHash, weightsRoot }: Pick<JudgedEvidence, 'configHash' | 'weightsRoot'>,
): readonly string[] => [
  ...(policy.config_hashes?.includes(hexOf(configHash)) === false
    ? [`Your policy does not list the operator's configuration (${hexOf(configHash)}).`]
    : []),
  ...(policy.weights_roots?.includes(hexOf(weightsRoot)) === false
    ? [`Your policy does not list the weights (${hexOf(weightsRoot)}).`]
    : []),
];

/** Makes a judge for a buyer. It never throws for what the evidence holds. */
export const createConfidentialJudge =
  (p: ConfidentialJudgeParameters) =>
  (evidence: JudgedEvidence): EvidenceJudgement => {
    try {
      if (evidence.kind !== 'rehearsal') return hardware(p, evidence);
      const claims = checkRehearsal(Buffer.from(evidence.quote), p.rehearsalRoot);
      return claims.report_data === Buffer.from(evidence.reportData).toString('hex')
        ? { kind: 'accepted', label: REHEARSAL_LABEL }
        : refused(OTHER_REPORT);
    } catch (error) {
      if (error instanceof Refusal) return refused(error.message);
      throw error;
    }
  };
