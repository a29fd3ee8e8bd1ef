/** Intel TDX and SGX quotes, from bytes to verdict. */
import type { X509Certificate } from 'node:crypto';
import { isZero } from '../bytes.ts';
import type { Policy } from '../policy.ts';
import { attempt, day, demand, type Reason } from '../reason.ts';
import type { Claims, Findings } from '../verdict.ts';
import { checkChain, type RevocationList, readPemChain, speaksFor } from '../x509.ts';
import { brokenAttributes } from './attributes.ts';
import { type Collateral, readCollateral, type TcbInfo } from './collateral.ts';
import { type Evaluations, leastEvaluation } from './evaluation.ts';
import { digestsOf, REGISTERS, readEventLog } from './event-log.ts';
import { type Machine, readMachine } from './machine.ts';
import { checkQuoteSignatures, type Quote, readQuote, type SgxReport, type TdxReport } from './quote.ts';
import { judgeTcb, type TcbLevel } from './tcb.ts';

/** What a quote is judged with. */
export interface QuoteContext {
  /** The collateral file's text. */
  readonly collateral: string;
  readonly root: X509Certificate;
  readonly at: Date;
  readonly policy: Policy;
  readonly evaluations?: Evaluations;
  /** What the boot measured (CCEL); empty or absent: it is not told. It only chooses among events a policy names. */
  readonly eventLog?: Buffer;
}

const hex = (bytes: Buffer): string => bytes.toString('hex');

const measurementsOf = (report: SgxReport | TdxReport): Claims =>
  report.kind === 'tdx'
    ? {
        mrtd: hex(report.mrTd),
        ...Object.fromEntries(report.rtmr.map((value, i) => [`rtmr${i}`, hex(value)])),
        mrconfigid: hex(report.mrConfigId),
        mrowner: hex(report.mrOwner),
        mrownerconfig: hex(report.mrOwnerConfig),
      }
    : {
        mrenclave: hex(report.mrEnclave),
        mrsigner: hex(report.mrSigner),
        isvprodid: report.isvProdId.toString(16).padStart(4, '0'),
      };

const tcbReasons = ({ status, since, advisories }: TcbLevel, policy: Policy): readonly Reason[] => {
  const open = advisories.filter((each) => !policy.advisories.includes(each));
  const known = open.length === 0 ? '' : `, advisories ${open.join(', ')}`;
  const allowed = policy.tcb.join(' or ');
  if (!policy.tcb.includes(status))
    return [
      {
        code: 'tcb',
        text: `The machine's firmware is ${status.startsWith('OutOfDate') ? `out of date since ${day(since)}` : 'not as the vendor wants it'} (TCB ${status}${known}); your policy allows ${allowed}.`,
      },
    ];
  return status !== 'UpToDate' && open.length > 0
    ? [
        {
          code: 'tcb',
          text: `The machine's firmware has TCB ${status} with advisories that your policy does not list: ${open.join(', ')}.`,
        },
      ]
    : [];
};

/** `machine`: the one behind the quote. Others may show any collateral, and teach nothing. */
const evaluationReasons = (
  { tcbInfo, qeIdentity }: Collateral,
  machine: Machine | undefined,
  { at, evaluations }: QuoteContext,
): readonly Reason[] => {
  const fmspc = tcbInfo.fmspc.toLowerCase();
  const numbers = [tcbInfo.tcbEvaluationDataNumber, qeIdentity.tcbEvaluationDataNumber];
  const least = Math.max(leastEvaluation(at), evaluations?.highest(fmspc) ?? 0);
  if (machine?.fmspc === fmspc) evaluations?.saw(fmspc, Math.min(...numbers));
  return numbers.some((number) => number < least)
    ? [
        {
          code: 'evaluation',
          text: `The vendor's judgement of the machine is an old one (evaluation ${Math.min(...numbers)}); ${least} is the least for ${day(at)}.`,
        },
      ]
    : [];
};

/** The machine behind a quote, once chain, lists and signatures hold. */
const attestedMachine = (quote: Quote, lists: readonly RevocationList[], { root, at }: QuoteContext): Machine => {
  const chain = readPemChain(quote.chain, "machine's certificate chain");
  checkChain(chain, root, at, "machine's certificate chain", lists);
  const [pck] = chain;
  demand(
    pck !== undefined && lists.some((list) => speaksFor(list, chain[1] ?? root)),
    'collateral',
    "The collateral has no revocation list for the machine's certificate.",
  );
  checkQuoteSignatures(quote, pck.publicKey);
  return readMachine(pck);
};

const tcbClaims = ({ status, since, advisories }: TcbLevel, { fmspc, ppid }: Machine, info: TcbInfo): Claims => ({
  tcb_status: status,
  tcb_date: day(since),
  advisories: advisories.join(' '),
  fmspc,
  ppid,
  evaluation: String(info.tcbEvaluationDataNumber),
});

/** The digests of a log by register; none of a log that cannot be read, for it counts only where a policy needs it. */
const eventsOf = (log: Buffer | undefined): Findings['events'] => {
  const events = log?.length ? attempt([], () => readEventLog(log)) : undefined;
  return events && Object.fromEntries(REGISTERS.map((register) => [register, digestsOf(events, register)]));
};

/** Checks a quote and everything it rests on, as far as each step can be judged. Throws `Refusal` for bytes that are no quote. */
export const checkQuote = (bytes: Buffer, context: QuoteContext): Findings => {
  const { root, at, policy } = context;
  const quote = readQuote(bytes);
  const reasons: Reason[] = [...brokenAttributes(quote.report)];
  if (!isZero(quote.trailing)) reasons.push({ code: 'malformed', text: 'The quote has bytes after its last field.' });
  const collateral = attempt(reasons, () => readCollateral(context.collateral, root, at));
  const machine = collateral && attempt(reasons, () => attestedMachine(quote, collateral.lists, context));
  const level = machine && attempt(reasons, () => judgeTcb(quote, machine, collateral.tcbInfo, collateral.qeIdentity));
  if (level) reasons.push(...tcbReasons(level, policy));
  if (collateral) reasons.push(...evaluationReasons(collateral, machine, context));
  const events = eventsOf(context.eventLog);
  const measured = measurementsOf(quote.report);
  return {
    reasons,
    claims: {
      ...measured,
      report_data: hex(quote.report.reportData),
      quote_version: String(quote.version),
      ...(level && machine ? tcbClaims(level, machine, collateral.tcbInfo) : {}),
    },
    measured: Object.keys(measured),
    ...(events ? { events } : {}),
    machine: machine?.ppid,
  };
};
