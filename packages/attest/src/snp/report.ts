/** AMD SEV-SNP attestation reports, versions 2 to 5. Layout: AMD SEV-SNP Firmware ABI Specification, table 23. */
import { isZero, openReader } from '../bytes.ts';
import { demand } from '../reason.ts';

const SIZE = 1_184;
const SIGNED = 672;

/** Versions of the firmware's parts, by AMD's names. */
export interface SnpTcb {
  readonly fmc: number;
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

/** A parsed report. */
export interface SnpReport {
  readonly version: number;
  readonly policy: bigint;
  readonly vmpl: number;
  readonly flags: number;
  readonly reportData: Buffer;
  readonly measurement: Buffer;
  readonly hostData: Buffer;
  readonly idKeyDigest: Buffer;
  readonly reportedTcb: Buffer;
  /** What the firmware may be rolled back to, and what it was when the guest was started. */
  readonly committedTcb: Buffer;
  readonly launchTcb: Buffer;
  readonly chipId: Buffer;
  readonly signed: Buffer;
  /** r || s, 48 bytes each, big-endian. */
  readonly signature: Buffer;
}

/** r and s, 48 bytes each in fields of 72; what is behind them is not signed. */
const [R, S, UNUSED] = [SIGNED, SIGNED + 72, SIGNED + 144];

const bigEndian = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, 48)).reverse();

/** Parses a report to its last byte. Throws `Refusal`. */
export const readSnpReport = (bytes: Buffer): SnpReport => {
  demand(bytes.length === SIZE, 'malformed', `The report has ${bytes.length} bytes; one of SEV-SNP has ${SIZE}.`);
  const reader = openReader(bytes, 'report');
  const version = reader.u32();
  demand(version >= 2 && version <= 5, 'malformed', `The report has version ${version}; 2 to 5 are read.`);
  reader.u32();
  const policy = reader.u64();
  reader.take(32);
  const vmpl = reader.u32();
  const algorithm = reader.u32();
  demand(
    algorithm === 1,
    'malformed',
    `The report is signed with algorithm ${algorithm}; ECDSA over P-384 (1) is read.`,
  );
  reader.take(16);
  const flags = reader.u32();
  reader.u32();
  const reportData = reader.take(64);
  const measurement = reader.take(48);
  const hostData = reader.take(32);
  const idKeyDigest = reader.take(48);
  reader.take(48 + 64);
  const reportedTcb = reader.take(8);
  reader.take(24);
  const chipId = reader.take(64);
  const committedTcb = reader.take(8);
  reader.take(8);
  const launchTcb = reader.take(8);
  const unsigned = [bytes.subarray(R + 48, S), bytes.subarray(S + 48, UNUSED), bytes.subarray(UNUSED)];
  demand(unsigned.every(isZero), 'malformed', 'The report has bytes that its signature does not cover.');
  return {
    version,
    policy,
    vmpl,
    flags,
    reportData,
    measurement,
    hostData,
    idKeyDigest,
    reportedTcb,
    committedTcb,
    launchTcb,
    chipId,
    signed: bytes.subarray(0, SIGNED),
    signature: Buffer.concat([bigEndian(bytes.subarray(R)), bigEndian(bytes.subarray(S))]),
  };
};

/** The parts of a version, which Turin orders differently. */
export const readTcb = (bytes: Buffer, turin: boolean): SnpTcb => {
  const [a, b, c, d, , , g, h] = [...bytes];
  return turin
    ? { fmc: a ?? 0, bootloader: b ?? 0, tee: c ?? 0, snp: d ?? 0, microcode: h ?? 0 }
    : { fmc: 0, bootloader: a ?? 0, tee: b ?? 0, snp: g ?? 0, microcode: h ?? 0 };
};
