/** What a trust domain or an enclave was started with. Bits: Intel TDX Module ABI Specification, TD_PARAMS; Intel SDM volume 3, SGX attributes. */
import { isZero } from '../bytes.ts';
import type { Reason } from '../reason.ts';
import type { SgxReport, TdxReport } from './quote.ts';

const bit = (n: number): bigint => 1n << BigInt(n);

const SEPT_VE_DISABLE = bit(28);
const MIGRATABLE = bit(29);
/** Bits with a meaning: SEPT_VE_DISABLE, MIGRATABLE, PKS (30), KL (31), PERFMON (63). */
const KNOWN = SEPT_VE_DISABLE | MIGRATABLE | bit(30) | bit(31) | bit(63);
/** x87 and SSE are always on; the other features a module may enable. */
const XFAM_ON = 0x3n;
const XFAM_MAY = 0x6_dbe7n;
/** SGX attribute DEBUG is bit 1 of the flags. */
const SGX_DEBUG = 0x2;

const tdxRules = (report: TdxReport): readonly (readonly [boolean, Reason])[] => {
  const { tdAttributes, xfam } = report;
  return [
    [
      (tdAttributes & 0xffn) === 0n,
      { code: 'debug', text: 'The guest runs in debug mode: the operator can read its memory.' },
    ],
    [
      (tdAttributes & MIGRATABLE) === 0n,
      { code: 'attributes', text: 'The guest may be migrated to a machine that was not attested.' },
    ],
    [
      (tdAttributes & SEPT_VE_DISABLE) !== 0n,
      { code: 'attributes', text: 'The guest lets the operator inject memory faults (SEPT_VE_DISABLE is 0).' },
    ],
    [
      (tdAttributes & ~KNOWN & ~0xffn) === 0n,
      { code: 'attributes', text: 'The guest has attributes set that no rule knows.' },
    ],
    [
      (xfam & XFAM_ON) === XFAM_ON && (xfam & ~XFAM_MAY) === 0n,
      { code: 'attributes', text: 'The guest has processor features enabled that no rule knows.' },
    ],
    [
      isZero(report.mrSignerSeam) && isZero(report.seamAttributes),
      { code: 'identity', text: "The TDX module is not the vendor's." },
    ],
    [
      report.mrServiceTd === undefined || isZero(report.mrServiceTd),
      { code: 'attributes', text: 'A service domain is bound to the guest, and nothing says what it does.' },
    ],
  ];
};

/** The rules that a report breaks. */
export const brokenAttributes = (report: SgxReport | TdxReport): readonly Reason[] => {
  if (report.kind === 'tdx') return tdxRules(report).flatMap(([holds, reason]) => (holds ? [] : [reason]));
  const debug = ((report.attributes[0] as number) & SGX_DEBUG) !== 0;
  return debug ? [{ code: 'debug', text: 'The enclave runs in debug mode: the operator can read its memory.' }] : [];
};
