import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type EvidenceKind, type Policy, Refusal, readPolicy, type Verdict, verifyEvidence } from '@atoma/attest';
import type { Handler, Json, Report, Run } from '../../kernel/command.ts';
import { cliError } from '../../kernel/errors.ts';
import { rowLines } from '../../kernel/lines.ts';
import type { attestVerifyFlags } from '../specs/attest.ts';

type Values = Parameters<Handler<typeof attestVerifyFlags>>[1];

const readBytes = (run: Run, file: string): Buffer => {
  try {
    return readFileSync(resolve(run.io.cwd, file));
  } catch (error) {
    throw cliError('FILE_UNREADABLE', { file, why: (error as Error).message }, error);
  }
};
const readText = (run: Run, file: string | undefined): string | undefined =>
  file === undefined ? undefined : readBytes(run, file).toString('utf8');

const timeOf = (text: string | undefined): Date => {
  const at = text === undefined ? new Date() : new Date(/^[0-9]+$/.test(text) ? Number(text) * 1_000 : text);
  if (Number.isNaN(at.getTime()))
    throw cliError('BAD_VALUE', {
      flag: '--at',
      why: `${text} is no time`,
      hint: 'Write it like 2026-07-01T12:00:00Z.',
    });
  return at;
};

type Outcome = Omit<Verdict, 'kind'> & { readonly kind: EvidenceKind | 'unknown' };

const judged = (run: Run, flags: Values, at: Date): Outcome => {
  const policyText = readText(run, flags.policy);
  const collateral = readText(run, flags.collateral);
  const certificates = flags.cert?.map((file) => readBytes(run, file).toString('utf8')).join('\n');
  try {
    return verifyEvidence({
      evidence: readBytes(run, flags.file),
      at,
      allowMilan: flags.allowMilan,
      ...(policyText === undefined ? {} : { policy: readPolicy(policyText) }),
      ...(collateral === undefined ? {} : { collateral }),
      ...(certificates === undefined ? {} : { certificates }),
    });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const reasons = [{ code: error.code, text: error.message }];
    return { kind: 'unknown', verdict: 'refused', reasons, measurements: 'not judged', claims: {} };
  }
};

/** `atoma attest verify` */
export const verify: Handler<typeof attestVerifyFlags> = async (run, flags) => {
  const at = timeOf(flags.at);
  const { kind, verdict, reasons, measurements, claims } = judged(run, flags, at);
  return {
    data: { verdict, kind, at: at.toISOString(), reasons: reasons.map((each) => ({ ...each })), measurements, claims },
    short: verdict,
    negative: verdict === 'refused',
    lines: (paint) => [
      paint.bold(`${kind}: ${verdict}`),
      ...reasons.map(({ text }) => `  ${text}`),
      ...rowLines(paint, Object.entries(claims)),
      ...(measurements === 'not judged' ? ['Measurements were not judged: give a policy with --policy.'] : []),
    ],
  };
};

/** What a policy to start from allows: nothing but up-to-date hardware, and images whose values are to be filled in. */
const STARTS: Readonly<Record<EvidenceKind, object>> = {
  tdx: { mrtd: '00'.repeat(48), rtmr0: '00'.repeat(48), rtmr1: '00'.repeat(48), rtmr2: '00'.repeat(48) },
  sgx: { mrenclave: '00'.repeat(32) },
  snp: { measurement: '00'.repeat(48) },
  nitro: { pcr0: '00'.repeat(48), pcr1: '00'.repeat(48), pcr2: '00'.repeat(48) },
};

const report = (policy: Policy): Report => {
  const text = JSON.stringify(policy, null, 2);
  return { data: { policy: JSON.parse(text) as Json }, short: text, lines: () => [text] };
};

/** `atoma attest policy` */
export const policy = async (
  run: Run,
  flags: { readonly file: string | undefined; readonly kind: EvidenceKind | undefined },
): Promise<Report> => {
  if (flags.file === undefined) {
    const kind = flags.kind ?? 'tdx';
    return report(readPolicy(JSON.stringify({ measurements: { [kind]: [STARTS[kind]] } })));
  }
  try {
    return report(readPolicy(readText(run, flags.file) ?? ''));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw cliError('FILE_UNREADABLE', { file: flags.file, why: error.message }, error);
  }
};
