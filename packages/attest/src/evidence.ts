/** One piece of evidence, by its kind. */

import { checkNitro } from './nitro/verify.ts';
import { defaultPolicy, type Policy } from './policy.ts';
import { Refusal } from './reason.ts';
import { type Roots, vendorRoots } from './roots.ts';
import { checkSnp } from './snp/verify.ts';
import type { Evaluations } from './tdx/evaluation.ts';
import { checkQuote } from './tdx/verify.ts';
import { type EvidenceKind, judge, type Verdict } from './verdict.ts';

/** Evidence and what it is judged with. */
export interface EvidenceParameters {
  readonly evidence: Buffer;
  /** Intel's collateral file; needed for TDX and SGX. */
  readonly collateral?: string;
  /** AMD's certificates as PEM; needed for SNP. */
  readonly certificates?: string;
  /** Event log of a TDX guest's boot: where a policy names several events for a place, it says which one is meant. */
  readonly eventLog?: Buffer;
  /** The time it is judged at. */
  readonly at: Date;
  /** Without one only the hardware's evidence is judged. */
  readonly policy?: Policy;
  readonly allowMilan?: boolean;
  /** The vendors' when left out. */
  readonly roots?: Roots;
  /** Highest evaluation numbers seen so far. */
  readonly evaluations?: Evaluations;
}

const SNP_REPORT_BYTES = 1_184;

/** What kind of evidence these bytes are. Throws `Refusal` for none that is known. */
export const kindOf = (evidence: Buffer): EvidenceKind => {
  const version = evidence.length >= 8 ? evidence.readUInt16LE(0) : 0;
  const tee = evidence.length >= 8 ? evidence.readUInt32LE(4) : 0;
  if (evidence[0] === 0x84 || evidence[0] === 0xd2) return 'nitro';
  if (evidence.length === SNP_REPORT_BYTES && version >= 2 && version <= 5) return 'snp';
  if (version === 3 || ((version === 4 || version === 5) && tee === 0)) return 'sgx';
  if (version === 4 || version === 5) return 'tdx';
  throw new Refusal('malformed', 'These bytes are no TDX or SGX quote, no SEV-SNP report and no Nitro document.');
};

/** Judges one piece of evidence. Throws `Refusal` when its kind is unknown. */
export const verifyEvidence = (p: EvidenceParameters): Verdict => {
  const { evidence, at, roots = vendorRoots() } = p;
  const kind = kindOf(evidence);
  const base = p.policy ?? defaultPolicy;
  const policy = p.allowMilan ? { ...base, allow_milan: true } : base;
  return judge(kind, p.policy, () => {
    if (kind === 'nitro') return checkNitro(evidence, roots.nitro, at);
    if (kind === 'snp') {
      if (p.certificates === undefined)
        throw new Refusal('collateral', "A report of SEV-SNP is judged with the chip's certificates (ASK and VCEK).");
      return checkSnp(evidence, { certificates: p.certificates, roots, at, policy });
    }
    if (p.collateral === undefined)
      throw new Refusal('collateral', "A quote is judged with Intel's collateral for its machine.");
    const { collateral, evaluations, eventLog } = p;
    return checkQuote(evidence, {
      ...{ collateral, root: roots.intel, at, policy },
      ...(evaluations ? { evaluations } : {}),
      ...(eventLog ? { eventLog } : {}),
    });
  });
};
