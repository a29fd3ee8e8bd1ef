/** Intel evidence under a test root: any field of a quote and of its collateral can be chosen. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import * as asn1 from 'asn1js';
import { extensionOf, type Holder, makeCrl, makeHolder, signRaw } from './authority.ts';

const SGX = '1.2.840.113741.1.13.1';
const ZEROS = '00'.repeat(48);

/** Days the test collateral is in force. */
export const FORCE = { from: '2026-03-01T00:00:00Z', until: '2026-03-31T00:00:00Z' } as const;
/** A day within {@link FORCE}. */
export const WITHIN = new Date('2026-03-15T00:00:00Z');

/** The certificates of the test vendor. */
export interface Vendor {
  readonly root: Holder;
  readonly platform: Holder;
  readonly signer: Holder;
  readonly pck: Holder;
}

const oid = (id: string): asn1.ObjectIdentifier => new asn1.ObjectIdentifier({ value: id });
const pair = (id: string, value: asn1.BaseBlock): asn1.Sequence => new asn1.Sequence({ value: [oid(id), value] });
const octets = (hex: string): asn1.OctetString =>
  new asn1.OctetString({ valueHex: new Uint8Array(Buffer.from(hex, 'hex')) });

const pckExtension = (svn: number) =>
  extensionOf(
    SGX,
    new asn1.Sequence({
      value: [
        pair(`${SGX}.1`, octets('ab'.repeat(16))),
        pair(
          `${SGX}.2`,
          new asn1.Sequence({
            value: [
              ...Array.from({ length: 17 }, (_, i) =>
                pair(`${SGX}.2.${i + 1}`, new asn1.Integer({ value: i === 16 ? 13 : svn })),
              ),
              pair(`${SGX}.2.18`, octets(svn.toString(16).padStart(2, '0').repeat(16))),
            ],
          }),
        ),
        pair(`${SGX}.3`, octets('0000')),
        pair(`${SGX}.4`, octets('90c06f000000')),
      ],
    }),
  );

/** Makes the vendor. `svn`: version of every part of the machine's firmware. */
export const makeVendor = async (svn = 5): Promise<Vendor> => {
  const root = await makeHolder({ name: 'Test Root CA' });
  const platform = await makeHolder({ name: 'Test PCK Platform CA', issuer: root, ca: true });
  const signer = await makeHolder({ name: 'Intel SGX TCB Signing', issuer: root });
  const pck = await makeHolder({
    name: 'Test PCK',
    issuer: platform,
    extensions: [pckExtension(svn)],
    serial: '00a1b2',
  });
  return { root, platform, signer, pck };
};

/** What a test may choose about collateral. */
export interface CollateralChoices {
  readonly force?: { readonly from: string; readonly until: string };
  readonly evaluation?: number;
  readonly levels?: readonly object[];
  readonly modules?: readonly object[];
  readonly info?: object;
  readonly identity?: object;
  readonly revoked?: readonly string[];
  readonly signer?: Holder;
  readonly listSigner?: Holder;
  /** Members of the file in the place of those that were made. */
  readonly file?: object;
}

const sixteen = (svn: number) => Array.from({ length: 16 }, () => ({ svn }));

/** A level that needs `svn` in every part. */
export const levelAt = (svn: number, tcbStatus: string, advisoryIDs: readonly string[] = []): object => ({
  tcb: { sgxtcbcomponents: sixteen(svn), pcesvn: 11, tdxtcbcomponents: sixteen(svn) },
  tcbDate: '2025-05-14T00:00:00Z',
  tcbStatus,
  advisoryIDs,
});

/** Makes a collateral file. */
export const makeCollateral = async (vendor: Vendor, c: CollateralChoices = {}): Promise<string> => {
  const force = c.force ?? FORCE;
  const dates = { issueDate: force.from, nextUpdate: force.until, tcbEvaluationDataNumber: c.evaluation ?? 19 };
  const signer = c.signer ?? vendor.signer;
  const info = JSON.stringify({
    id: 'TDX',
    version: 3,
    ...dates,
    fmspc: '90C06F000000',
    pceId: '0000',
    tdxModule: { mrsigner: ZEROS, attributes: '00'.repeat(8), attributesMask: 'ff'.repeat(8) },
    tdxModuleIdentities: c.modules ?? [
      {
        id: 'TDX_01',
        mrsigner: ZEROS,
        attributes: '00'.repeat(8),
        attributesMask: 'ff'.repeat(8),
        tcbLevels: [{ tcb: { isvsvn: 5 }, tcbDate: '2025-05-14T00:00:00Z', tcbStatus: 'UpToDate' }],
      },
    ],
    tcbLevels: c.levels ?? [levelAt(5, 'UpToDate')],
    ...c.info,
  });
  const identity = JSON.stringify({
    id: 'TD_QE',
    version: 2,
    ...dates,
    miscselect: '00000000',
    miscselectMask: 'ffffffff',
    attributes: `11${'00'.repeat(15)}`,
    attributesMask: 'ff'.repeat(16),
    mrsigner: 'cc'.repeat(32),
    isvprodid: 2,
    tcbLevels: [{ tcb: { isvsvn: 4 }, tcbDate: '2025-05-14T00:00:00Z', tcbStatus: 'UpToDate' }],
    ...c.identity,
  });
  const signed = (text: string): string => signRaw(signer.key, Buffer.from(text)).toString('hex');
  const chain = signer.pem + vendor.root.pem;
  return JSON.stringify({
    pck_crl_issuer_chain: vendor.platform.pem + vendor.root.pem,
    root_ca_crl: await makeCrl(c.listSigner ?? vendor.root, force),
    pck_crl: await makeCrl(vendor.platform, force, c.revoked),
    tcb_info_issuer_chain: chain,
    tcb_info: info,
    tcb_info_signature: signed(info),
    qe_identity_issuer_chain: chain,
    qe_identity: identity,
    qe_identity_signature: signed(identity),
    ...c.file,
  });
};

/** What a test may choose about a quote. */
export interface QuoteChoices {
  readonly version?: 4 | 5;
  readonly tdAttributes?: bigint;
  readonly xfam?: bigint;
  readonly teeTcbSvn?: string;
  readonly mrSignerSeam?: string;
  readonly mrServiceTd?: string;
  readonly mrTd?: string;
  readonly reportData?: string;
  /** RTMR0 to RTMR3. */
  readonly rtmr?: readonly string[];
  readonly qeIsvSvn?: number;
  readonly qeAttributes?: string;
}

const u16 = (value: number): Buffer => Buffer.of(value & 0xff, value >> 8);
const u32 = (value: number): Buffer => Buffer.concat([u16(value & 0xffff), u16(value >>> 16)]);
const u64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
};
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const sized = (bytes: Buffer): Buffer => Buffer.concat([u32(bytes.length), bytes]);

const tdReport = (c: QuoteChoices, version: 4 | 5): Buffer =>
  Buffer.concat([
    hex(c.teeTcbSvn ?? `0501${'05'.repeat(14)}`),
    hex('11'.repeat(48)),
    hex(c.mrSignerSeam ?? ZEROS),
    hex('00'.repeat(8)),
    u64(c.tdAttributes ?? 0x1000_0000n),
    u64(c.xfam ?? 0x6_02e7n),
    hex(c.mrTd ?? '22'.repeat(48)),
    hex(ZEROS.repeat(3)),
    ...(c.rtmr ?? ['33', '44', '55', '66'].map((byte) => byte.repeat(48))).map(hex),
    hex(c.reportData ?? '77'.repeat(64)),
    ...(version === 5 ? [hex('00'.repeat(16)), hex(c.mrServiceTd ?? ZEROS)] : []),
  ]);

const qeReport = (c: QuoteChoices, reportData: Buffer): Buffer =>
  Buffer.concat([
    hex('05'.repeat(16)),
    hex('00'.repeat(32)),
    hex(c.qeAttributes ?? `11${'00'.repeat(15)}`),
    hex('dd'.repeat(32)),
    hex('00'.repeat(32)),
    hex('cc'.repeat(32)),
    hex('00'.repeat(96)),
    u16(2),
    u16(c.qeIsvSvn ?? 4),
    hex('00'.repeat(60)),
    reportData,
  ]);

/** Makes a TDX quote. */
export const makeQuote = (vendor: Vendor, c: QuoteChoices = {}): Buffer => {
  const version = c.version ?? 4;
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const header = Buffer.concat([u16(version), u16(2), u32(0x81), Buffer.alloc(40)]);
  const report = tdReport(c, version);
  const signed = Buffer.concat([header, ...(version === 5 ? [u16(3), u32(report.length)] : []), report]);
  const auth = Buffer.alloc(32, 9);
  const bound = createHash('sha256').update(point).update(auth).digest();
  const qe = qeReport(c, Buffer.concat([bound, Buffer.alloc(32)]));
  const chain = Buffer.from(vendor.pck.pem + vendor.platform.pem + vendor.root.pem);
  const inner = Buffer.concat([qe, signRaw(vendor.pck.key, qe), u16(auth.length), auth, u16(5), sized(chain)]);
  const data = Buffer.concat([signRaw(privateKey, signed), point, u16(6), sized(inner)]);
  return Buffer.concat([signed, sized(data)]);
};
