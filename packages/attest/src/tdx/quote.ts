/**
 * Intel's quotes: SGX version 3, TDX versions 4 and 5. Layouts: Intel TDX DCAP Quoting Library API (quote 4 and 5) and Intel SGX ECDSA
 * QuoteLib Reference (quote 3). Integers are little-endian.
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import { isZero, openReader, type Reader } from '../bytes.ts';
import { demand } from '../reason.ts';

const SGX = 0;
const TDX = 0x81;
const ECDSA_P256 = 2;
const SGX_REPORT = 384;
const PEM_CHAIN = 5;
const QE_REPORT_DATA = 6;
const HEADER = 48;
/** Longest quote that is read, bytes. */
export const MOST_QUOTE_BYTES = 32_768;

/** An enclave's report. */
export interface SgxReport {
  readonly kind: 'sgx';
  readonly cpuSvn: Buffer;
  readonly miscSelect: Buffer;
  readonly attributes: Buffer;
  readonly mrEnclave: Buffer;
  readonly mrSigner: Buffer;
  readonly isvProdId: number;
  readonly isvSvn: number;
  readonly reportData: Buffer;
}

/** A trust domain's report. */
export interface TdxReport {
  readonly kind: 'tdx';
  readonly teeTcbSvn: Buffer;
  readonly mrSeam: Buffer;
  readonly mrSignerSeam: Buffer;
  readonly seamAttributes: Buffer;
  readonly tdAttributes: bigint;
  readonly xfam: bigint;
  readonly mrTd: Buffer;
  readonly mrConfigId: Buffer;
  readonly mrOwner: Buffer;
  readonly mrOwnerConfig: Buffer;
  readonly rtmr: readonly Buffer[];
  readonly reportData: Buffer;
  /** Measurement of the service domain; undefined before quote version 5 with TDX 1.5. */
  readonly mrServiceTd: Buffer | undefined;
}

/** A parsed quote. */
export interface Quote {
  readonly version: 3 | 4 | 5;
  readonly report: SgxReport | TdxReport;
  /** What the attestation key signed. */
  readonly signed: Buffer;
  readonly signature: Buffer;
  readonly attestationKey: Buffer;
  readonly qeReport: SgxReport;
  readonly qeReportBytes: Buffer;
  readonly qeSignature: Buffer;
  readonly qeAuthData: Buffer;
  /** The PCK chain as PEM. */
  readonly chain: string;
  /** What follows the last field; some tools pad with zeros. */
  readonly trailing: Buffer;
}

const readSgxReport = (reader: Reader): SgxReport => {
  const cpuSvn = reader.take(16);
  const miscSelect = reader.take(4);
  reader.take(28);
  const attributes = reader.take(16);
  const mrEnclave = reader.take(32);
  reader.take(32);
  const mrSigner = reader.take(32);
  reader.take(96);
  const isvProdId = reader.u16();
  const isvSvn = reader.u16();
  reader.take(60);
  return {
    kind: 'sgx',
    cpuSvn,
    miscSelect,
    attributes,
    mrEnclave,
    mrSigner,
    isvProdId,
    isvSvn,
    reportData: reader.take(64),
  };
};

const readTdxReport = (reader: Reader, long: boolean): TdxReport => {
  const report = {
    kind: 'tdx' as const,
    teeTcbSvn: reader.take(16),
    mrSeam: reader.take(48),
    mrSignerSeam: reader.take(48),
    seamAttributes: reader.take(8),
    tdAttributes: reader.u64(),
    xfam: reader.u64(),
    mrTd: reader.take(48),
    mrConfigId: reader.take(48),
    mrOwner: reader.take(48),
    mrOwnerConfig: reader.take(48),
    rtmr: [reader.take(48), reader.take(48), reader.take(48), reader.take(48)],
    reportData: reader.take(64),
  };
  if (!long) return { ...report, mrServiceTd: undefined };
  reader.take(16);
  return { ...report, mrServiceTd: reader.take(48) };
};

/** The report of a version-5 quote, which says its own type: 1 SGX, 2 TDX 1.0, 3 TDX 1.5. */
const readTypedReport = (reader: Reader): SgxReport | TdxReport => {
  const type = reader.u16();
  const size = reader.u32();
  const sizes: Readonly<Record<number, number>> = { 1: 384, 2: 584, 3: 648 };
  demand(
    sizes[type] === size,
    'malformed',
    `The quote has a report of type ${type} and ${size} bytes, which no version has.`,
  );
  return type === 1 ? readSgxReport(reader) : readTdxReport(reader, type === 3);
};

const readReport = (reader: Reader, version: number, tee: number): SgxReport | TdxReport => {
  if (version === 5) return readTypedReport(reader);
  return tee === TDX ? readTdxReport(reader, false) : readSgxReport(reader);
};

/** Certification data: the QE's report, its signature, its own data, and the PCK chain. */
const readCertification = (reader: Reader) => {
  const qeReportBytes = reader.take(SGX_REPORT);
  const qeSignature = reader.take(64);
  const qeAuthData = reader.take(reader.u16());
  const type = reader.u16();
  const chain = reader.take(reader.u32()).toString('latin1');
  demand(
    type === PEM_CHAIN,
    'malformed',
    `The quote carries certification data of type ${type}; only a PEM chain (5) is read.`,
  );
  const qeReport = readSgxReport(openReader(qeReportBytes, "quoting enclave's report"));
  return { qeReportBytes, qeReport, qeSignature, qeAuthData, chain };
};

/** Parses a quote. Throws `Refusal`. */
export const readQuote = (bytes: Buffer): Quote => {
  demand(
    bytes.length <= MOST_QUOTE_BYTES,
    'malformed',
    `The quote has ${bytes.length} bytes; ${MOST_QUOTE_BYTES} are read at most.`,
  );
  const reader = openReader(bytes, 'quote');
  const header = reader.take(HEADER);
  const version = header.readUInt16LE(0);
  const keyType = header.readUInt16LE(2);
  const tee = header.readUInt32LE(4);
  demand(
    version === 3 || version === 4 || version === 5,
    'malformed',
    `The quote has version ${version}; 3, 4 and 5 are read.`,
  );
  demand(
    keyType === ECDSA_P256,
    'malformed',
    `The quote is signed with a key of type ${keyType}; ECDSA over P-256 (2) is read.`,
  );
  demand(version === 3 || tee === SGX || tee === TDX, 'malformed', `The quote is of an unknown environment (${tee}).`);
  const report = readReport(reader, version, version === 3 ? SGX : tee);
  demand(
    report.kind === (version !== 3 && tee === TDX ? 'tdx' : 'sgx'),
    'malformed',
    "The quote's header and its report name different environments.",
  );
  const signed = bytes.subarray(0, reader.at());
  const data = openReader(reader.take(reader.u32()), "quote's signature");
  const trailing = bytes.subarray(reader.at());
  const signature = data.take(64);
  const attestationKey = data.take(64);
  if (version > 3) {
    const type = data.u16();
    const size = data.u32();
    demand(type === QE_REPORT_DATA, 'malformed', `The quote carries certification data of type ${type}; 6 is read.`);
    const inner = openReader(data.take(size), "quote's certification data");
    const certification = readCertification(inner);
    inner.end();
    data.end();
    return { version, report, signed, signature, attestationKey, ...certification, trailing };
  }
  const certification = readCertification(data);
  data.end();
  return { version, report, signed, signature, attestationKey, ...certification, trailing };
};

/** A P-256 key from its 64 bytes x || y. */
const keyOf = (point: Buffer): KeyObject =>
  createPublicKey({
    key: {
      kty: 'EC',
      crv: 'P-256',
      x: point.subarray(0, 32).toString('base64url'),
      y: point.subarray(32).toString('base64url'),
    },
    format: 'jwk',
  });

const signedBy = (key: KeyObject, data: Buffer, signature: Buffer): boolean =>
  verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature);

/** Checks the quote's own signatures: report by attestation key, that key by the quoting enclave, the enclave by `pck`. */
export const checkQuoteSignatures = (quote: Quote, pck: KeyObject): void => {
  let key: KeyObject;
  try {
    key = keyOf(quote.attestationKey);
  } catch {
    demand(false, 'malformed', "The quote's attestation key is no point of P-256.");
  }
  demand(
    signedBy(key, quote.signed, quote.signature),
    'signature',
    'The quote is not signed by its attestation key: it was changed.',
  );
  const bound = createHash('sha256').update(quote.attestationKey).update(quote.qeAuthData).digest();
  const { reportData } = quote.qeReport;
  demand(
    reportData.subarray(0, 32).equals(bound) && isZero(reportData.subarray(32)),
    'signature',
    'The quoting enclave does not vouch for the attestation key.',
  );
  demand(
    signedBy(pck, quote.qeReportBytes, quote.qeSignature),
    'signature',
    "The quoting enclave's report is not signed by the machine's certificate.",
  );
};
