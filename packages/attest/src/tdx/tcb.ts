/** Which level of firmware a machine has, by Intel's rules; the levels are sorted here and not taken in the order they came. */
import { demand, Refusal } from '../reason.ts';
import type { QeIdentity, TcbInfo, TcbStatus } from './collateral.ts';
import type { Machine } from './machine.ts';
import type { Quote, SgxReport, TdxReport } from './quote.ts';

/** A level and what is known to be wrong with it. */
export interface TcbLevel {
  readonly status: TcbStatus;
  readonly since: Date;
  readonly advisories: readonly string[];
}

interface Dated {
  readonly tcbDate: Date;
  readonly tcbStatus: TcbStatus;
  readonly advisoryIDs: readonly string[];
}

const levelOf = ({ tcbStatus, tcbDate, advisoryIDs }: Dated): TcbLevel => ({
  status: tcbStatus,
  since: tcbDate,
  advisories: advisoryIDs,
});

const reached = (have: readonly number[], wanted: readonly { readonly svn: number }[], from = 0): boolean =>
  wanted.every(({ svn }, i) => i < from || (have[i] ?? 0) >= svn);

/** Higher versions first, so that the first level reached is the best one. */
const sum = (level: TcbInfo['tcbLevels'][number]): number =>
  [...level.tcb.sgxtcbcomponents, ...(level.tcb.tdxtcbcomponents ?? [])].reduce(
    (total, { svn }) => total + svn,
    level.tcb.pcesvn,
  );

const platformLevel = (info: TcbInfo, machine: Machine, report: SgxReport | TdxReport): TcbLevel => {
  const tee = report.kind === 'tdx' ? [...report.teeTcbSvn] : undefined;
  // a module with a version of its own is judged by its identity; its first two numbers are not compared here
  const from = tee && (tee[1] ?? 0) > 0 ? 2 : 0;
  const found = [...info.tcbLevels]
    .sort((a, b) => sum(b) - sum(a))
    .find(
      ({ tcb }) =>
        reached(machine.svns, tcb.sgxtcbcomponents) &&
        machine.pceSvn >= tcb.pcesvn &&
        (!tee || (tcb.tdxtcbcomponents !== undefined && reached(tee, tcb.tdxtcbcomponents, from))),
    );
  if (!found) throw new Refusal('tcb', "The machine's firmware is older than every level the vendor lists.");
  return levelOf(found);
};

const masked = (value: Buffer, mask: string): Buffer => {
  const bits = Buffer.from(mask, 'hex');
  return Buffer.from(value.map((byte, i) => byte & (bits[i] as number)));
};

const fits = (value: Buffer, wanted: string, mask: string): boolean =>
  masked(value, mask).equals(masked(Buffer.from(wanted, 'hex'), mask));

const highestFirst = <Level extends { readonly tcb: { readonly isvsvn: number } }>(
  levels: readonly Level[],
): readonly Level[] => [...levels].sort((a, b) => b.tcb.isvsvn - a.tcb.isvsvn);

/** The TDX module by the number in TEE_TCB_SVN[1]; 0 is the module before modules had identities. */
const moduleLevel = (info: TcbInfo, report: TdxReport): TcbLevel | undefined => {
  const [svn, version] = [report.teeTcbSvn.readUInt8(0), report.teeTcbSvn.readUInt8(1)];
  const id = `TDX_${version.toString(16).padStart(2, '0').toUpperCase()}`;
  const identity = version === 0 ? undefined : info.tdxModuleIdentities?.find((each) => each.id.toUpperCase() === id);
  const expected = version === 0 ? info.tdxModule : identity;
  demand(expected !== undefined, 'identity', `The vendor lists no TDX module ${id}.`);
  demand(
    report.mrSignerSeam.equals(Buffer.from(expected.mrsigner, 'hex')) &&
      fits(report.seamAttributes, expected.attributes, expected.attributesMask),
    'identity',
    "The TDX module was not made by the machine's vendor.",
  );
  if (!identity) return undefined;
  const found = highestFirst(identity.tcbLevels).find(({ tcb }) => svn >= tcb.isvsvn);
  if (!found)
    throw new Refusal('tcb', `The TDX module ${id} has version ${svn}, older than every one the vendor lists.`);
  return levelOf(found);
};

const qeLevel = (identity: QeIdentity, qe: SgxReport): TcbLevel => {
  demand(
    qe.mrSigner.equals(Buffer.from(identity.mrsigner, 'hex')) &&
      qe.isvProdId === identity.isvprodid &&
      fits(qe.miscSelect, identity.miscselect, identity.miscselectMask) &&
      fits(qe.attributes, identity.attributes, identity.attributesMask),
    'identity',
    "The quote was not made by the vendor's quoting enclave.",
  );
  const found = highestFirst(identity.tcbLevels).find(({ tcb }) => qe.isvSvn >= tcb.isvsvn);
  if (!found)
    throw new Refusal('tcb', `The quoting enclave has version ${qe.isvSvn}, older than every one the vendor lists.`);
  return levelOf(found);
};

/** From best to worst. */
const ORDER: readonly TcbStatus[] = [
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
];

const isOutOfDate = (status: TcbStatus): boolean => status.startsWith('OutOfDate');

/** Two levels as one: the worse, and an outdated part of a machine that also needs configuration keeps both words. */
const together = (a: TcbLevel, b: TcbLevel): TcbLevel => {
  const worse = ORDER.indexOf(a.status) >= ORDER.indexOf(b.status) ? a : b;
  const both =
    isOutOfDate(a.status) !== isOutOfDate(b.status) &&
    /Configuration/.test(a.status + b.status) &&
    worse.status !== 'Revoked';
  return {
    status: both ? 'OutOfDateConfigurationNeeded' : worse.status,
    since: worse.since,
    advisories: [...new Set([...a.advisories, ...b.advisories])].sort(),
  };
};

/** The level of everything a quote rests on: platform, TDX module, quoting enclave. */
export const judgeTcb = (quote: Quote, machine: Machine, info: TcbInfo, identity: QeIdentity): TcbLevel => {
  const { report } = quote;
  demand(
    info.id === (report.kind === 'tdx' ? 'TDX' : 'SGX'),
    'collateral',
    `The TCB info is for ${info.id}, the quote is not.`,
  );
  demand(
    identity.id === (report.kind === 'tdx' ? 'TD_QE' : 'QE'),
    'collateral',
    `The QE identity is of ${identity.id}, the quote is not.`,
  );
  demand(
    info.fmspc.toLowerCase() === machine.fmspc && info.pceId.toLowerCase() === machine.pceId,
    'collateral',
    `The TCB info is for machines of family ${info.fmspc.toLowerCase()}; this one is of ${machine.fmspc}.`,
  );
  const platform = platformLevel(info, machine, report);
  const module = report.kind === 'tdx' ? moduleLevel(info, report) : undefined;
  return [module, qeLevel(identity, quote.qeReport)].reduce<TcbLevel>(
    (all, level) => (level ? together(all, level) : all),
    platform,
  );
};
