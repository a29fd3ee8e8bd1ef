/** Judges the hardware's part of a node's evidence for a buyer: who asks a node for it knows what the report must be over. */
import { type EvidenceParameters, kindOf, verifyEvidence } from './evidence.ts';
import type { Policy } from './policy.ts';
import { Refusal } from './reason.ts';
import { checkRehearsal, REHEARSAL_LABEL } from './rehearsal.ts';
import type { Roots } from './roots.ts';

/** What a buyer accepts. */
export interface ConfidentialJudgeParameters {
  /** Which machines, firmware and images; absent: no hardware evidence is accepted, for it would say nothing of what runs there. */
  readonly policy?: Policy;
  /** Public key of the development root whose rehearsals count, 32 bytes; absent on every public network. */
  readonly rehearsalRoot?: Uint8Array;
  /** The vendors' when left out. */
  readonly roots?: Roots;
}

/** Evidence as it came in a node's document. */
export interface JudgedEvidence {
  readonly kind: 'rehearsal' | 'tdx' | 'snp';
  readonly quote: Uint8Array;
  readonly collateral: Uint8Array;
  /** What the report must be over, 64 bytes. */
  readonly reportData: Uint8Array;
  readonly at: Date;
}

/** Accepted, with what every output must say beside it, or refused in sentences. */
export type EvidenceJudgement =
  | { readonly kind: 'accepted'; readonly label: string | null }
  | { readonly kind: 'refused'; readonly reasons: readonly string[] };

const refused = (...reasons: readonly string[]): EvidenceJudgement => ({ kind: 'refused', reasons });
const OTHER_REPORT = 'The report is over other keys than the evidence names: it belongs to another environment.';

const hardware = (
  p: ConfidentialJudgeParameters,
  { kind, quote, collateral, reportData, at }: JudgedEvidence,
): EvidenceJudgement => {
  if (!p.policy) return refused('No policy names the images and machines that are accepted.');
  const evidence = Buffer.from(quote);
  if (kindOf(evidence) !== kind) return refused(`The quote is not of the kind the evidence names (${kind}).`);
  const text = Buffer.from(collateral).toString('utf8');
  const parameters: EvidenceParameters = {
    evidence,
    at,
    policy: p.policy,
    ...(kind === 'snp' ? { certificates: text } : { collateral: text }),
    ...(p.roots ? { roots: p.roots } : {}),
  };
  const { verdict, reasons, claims } = verifyEvidence(parameters);
  if (verdict === 'refused') return refused(...reasons.map((reason) => reason.text));
  return claims.report_data === Buffer.from(reportData).toString('hex')
    ? { kind: 'accepted', label: null }
    : refused(OTHER_REPORT);
};

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
