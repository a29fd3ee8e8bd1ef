/** AMD SEV-SNP reports, from bytes to verdict. Certificates: AMD Versioned Chip Endorsement Key Certificate and KDS Interface Specification. */
import { verify, type X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import { isZero } from '../bytes.ts';
import type { Policy } from '../policy.ts';
import { day, demand, type Reason } from '../reason.ts';
import type { Roots } from '../roots.ts';
import type { Findings } from '../verdict.ts';
import { checkChain, extension, readDer, readPemChain } from '../x509.ts';
import { readSnpReport, readTcb, type SnpReport, type SnpTcb } from './report.ts';

const AMD = '1.3.6.1.4.1.3704.1';

/** Processors that have a root. */
export type SnpProduct = 'milan' | 'genoa' | 'turin';

/** Least versions of a product's firmware, and since when they are asked for. */
interface LeastTcb {
  readonly since: string;
  readonly tcb: Partial<SnpTcb>;
}

/**
 * Milan: what Microsoft's CCF documented as the minimum until March 2026 (d315000000000004). Genoa: AMD-SB-3019, signatures of microcode.
 * None is known for Turin. Read on 2026-11-29; a policy's `snp_least` asks for more.
 */
const LEAST: Readonly<Record<SnpProduct, LeastTcb | undefined>> = {
  milan: { since: '2024-08-13', tcb: { bootloader: 4, snp: 21, microcode: 211 } },
  genoa: { since: '2025-02-03', tcb: { snp: 23, microcode: 84 } },
  turin: undefined,
};

/** What a report is judged with. */
export interface SnpContext {
  /** ASK and VCEK as PEM, in any order. */
  readonly certificates: string;
  readonly roots: Roots;
  readonly at: Date;
  readonly policy: Policy;
}

/** Flags of the report: the chip's key was masked, and which key signed (0: the chip's, 1: the cloud provider's, 7: none). */
const [MASK_CHIP_KEY, SIGNING_KEY_AT, SIGNING_KEY_BITS] = [0x2, 2, 0x7];

const checkSigningKey = ({ flags }: SnpReport): void => {
  const signer = (flags >> SIGNING_KEY_AT) & SIGNING_KEY_BITS;
  demand(
    signer !== 1,
    'product',
    'The report is signed with a key of the cloud provider (VLEK), which names no chip; only the chip’s own (VCEK) is accepted.',
  );
  demand(
    signer === 0 && (flags & MASK_CHIP_KEY) === 0,
    'signature',
    'The report is not signed by the chip: its key was masked.',
  );
};

/** Bits of the guest's policy that have a meaning: versions of the ABI, and bits 16 to 25. */
const POLICY_KNOWN = (1n << 26n) - 1n;
const POLICY_SMT_RESERVED = 1n << 17n;
const POLICY_MIGRATE = 1n << 18n;
const POLICY_DEBUG = 1n << 19n;

const integer = (certificate: X509Certificate, id: string): number | undefined => {
  const bytes = extension(certificate, `${AMD}.${id}`);
  const value = bytes && readDer(bytes, "extension of the chip's certificate");
  return value instanceof asn1.Integer ? value.valueBlock.valueDec : undefined;
};

const productOf = (certificate: X509Certificate): SnpProduct => {
  const bytes = extension(certificate, `${AMD}.2`);
  const text = bytes?.subarray(2).toString('latin1').toLowerCase() ?? '';
  const found = (['milan', 'genoa', 'turin'] as const).find((name) => text.startsWith(name));
  demand(
    found !== undefined,
    'product',
    `The chip's certificate is for ${text === '' ? 'no product' : text}, which no root is known for.`,
  );
  return found;
};

/** The chip's certificate is the one with AMD's product extension. */
const split = (text: string): { readonly leaf: X509Certificate; readonly rest: readonly X509Certificate[] } => {
  const all = readPemChain(text, "chip's certificates");
  const leaf = all.find((each) => extension(each, `${AMD}.2`) !== undefined);
  demand(leaf !== undefined, 'malformed', "The chip's own certificate (VCEK) is missing.");
  return { leaf, rest: all.filter((each) => each !== leaf) };
};

const certified = (leaf: X509Certificate, turin: boolean): SnpTcb => {
  const part = (id: string): number => {
    const value = integer(leaf, `3.${id}`);
    demand(value !== undefined, 'malformed', `The chip's certificate lacks the version ${id}.`);
    return value;
  };
  return { fmc: turin ? part('9') : 0, bootloader: part('1'), tee: part('2'), snp: part('3'), microcode: part('8') };
};

const parts = (tcb: SnpTcb): readonly (readonly [string, number])[] => Object.entries(tcb);

const checkBinding = (report: SnpReport, leaf: X509Certificate, tcb: SnpTcb, turin: boolean): void => {
  const own = certified(leaf, turin);
  demand(
    parts(tcb).every(([name, value]) => own[name as keyof SnpTcb] === value),
    'signature',
    "The report's firmware versions are not those of the chip's certificate.",
  );
  const chip = extension(leaf, `${AMD}.4`);
  // As an OCTET STRING or bare: 64 bytes, and 8 of Turin.
  const bytes = chip && [8 + 2, 64 + 2].includes(chip.length) ? chip.subarray(2) : chip;
  demand(
    bytes !== undefined &&
      bytes.length > 0 &&
      report.chipId.subarray(0, bytes.length).equals(bytes) &&
      isZero(report.chipId.subarray(bytes.length)),
    'signature',
    "The report was made by another chip than the certificate's.",
  );
};

/** Every version that may have run beneath the guest, by when: old firmware lays open what was there before it was replaced. */
const versionsOf = (report: SnpReport, turin: boolean): readonly (readonly [string, SnpTcb])[] => [
  ['', readTcb(report.reportedTcb, turin)],
  // firmware too old to tell them leaves zeros, and is too old by what it reports
  ...(isZero(report.committedTcb) ? [] : [[' to go back to', readTcb(report.committedTcb, turin)] as const]),
  ...(isZero(report.launchTcb) ? [] : [[' at the start', readTcb(report.launchTcb, turin)] as const]),
];

const tcbReasons = (report: SnpReport, product: SnpProduct, policy: Policy, at: Date): readonly Reason[] => {
  const shipped = LEAST[product];
  const inForce = shipped && at >= new Date(shipped.since) ? shipped : undefined;
  const old = versionsOf(report, product === 'turin').flatMap(([when, tcb]) =>
    parts(tcb).flatMap(([name, value]) => {
      const part = name as keyof SnpTcb;
      const least = Math.max(inForce?.tcb[part] ?? 0, policy.snp_least?.[product]?.[part] ?? 0);
      return value < least ? [`${name} ${value}${when}, at least ${least}`] : [];
    }),
  );
  if (old.length === 0) return [];
  const since = inForce ? ` since ${inForce.since}` : '';
  return [{ code: 'tcb', text: `The machine's firmware is out of date${since} (${old.join('; ')}).` }];
};

const rules = (report: SnpReport, product: SnpProduct, { policy, at }: SnpContext): readonly Reason[] => {
  const old = tcbReasons(report, product, policy, at);
  const found: readonly (readonly [boolean, Reason])[] = [
    [
      (report.policy & POLICY_DEBUG) === 0n,
      { code: 'debug', text: 'The guest may be debugged: the operator can read its memory.' },
    ],
    [
      (report.policy & POLICY_MIGRATE) === 0n,
      { code: 'attributes', text: 'The guest may be migrated by an agent that was not attested.' },
    ],
    [
      (report.policy & POLICY_SMT_RESERVED) !== 0n,
      { code: 'attributes', text: "The guest's policy has a reserved bit that must be 1 and is 0." },
    ],
    [
      (report.policy & ~POLICY_KNOWN) === 0n,
      { code: 'attributes', text: "The guest's policy has bits set that no rule knows." },
    ],
    [
      report.vmpl === 0,
      {
        code: 'attributes',
        text: `The report was asked for by a program of privilege level ${report.vmpl}; only level 0 vouches for the guest.`,
      },
    ],
    [
      product !== 'milan' || policy.allow_milan,
      {
        code: 'product',
        text: 'The machine is a Milan: software may have extracted its keys. A policy can allow it (allow_milan).',
      },
    ],
  ];
  return [...found.flatMap(([holds, reason]) => (holds ? [] : [reason])), ...old];
};

/** Checks a report: chip's certificate to AMD's root, signature, the chip and versions both name, then the rules. */
export const checkSnp = (bytes: Buffer, context: SnpContext): Findings => {
  const report = readSnpReport(bytes);
  checkSigningKey(report);
  const { leaf, rest } = split(context.certificates);
  const product = productOf(leaf);
  const turin = product === 'turin';
  checkChain(
    [leaf, ...rest.filter((each) => each.subject === leaf.issuer)],
    context.roots[product],
    context.at,
    "chip's certificate chain",
  );
  const key = { key: leaf.publicKey, dsaEncoding: 'ieee-p1363' as const };
  demand(
    verify('sha384', report.signed, key, report.signature),
    'signature',
    'The report is not signed by the chip: it was changed.',
  );
  const tcb = readTcb(report.reportedTcb, turin);
  checkBinding(report, leaf, tcb, turin);
  const hex = (value: Buffer): string => value.toString('hex');
  return {
    reasons: rules(report, product, context),
    claims: {
      measurement: hex(report.measurement),
      host_data: hex(report.hostData),
      id_key_digest: hex(report.idKeyDigest),
      report_data: hex(report.reportData),
      product,
      chip_id: hex(report.chipId),
      tcb: parts(tcb)
        .map(([name, value]) => `${name} ${value}`)
        .join(', '),
      certificate_until: day(new Date(leaf.validTo)),
    },
    measured: ['measurement', 'host_data', 'id_key_digest'],
    machine: hex(report.chipId),
  };
};
