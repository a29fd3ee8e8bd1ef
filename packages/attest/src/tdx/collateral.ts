/**
 * Intel's collateral: what the vendor says of a machine's firmware (TCB info), of its quoting enclave (QE identity), and what it revoked.
 * Formats: Intel Provisioning Certification Service, API version 4. The signed texts are kept as they came: signatures are over their bytes.
 */
import { verify, type X509Certificate } from 'node:crypto';
import * as z from 'zod';
import { day, demand, Refusal } from '../reason.ts';
import { checkChain, type RevocationList, readCrl, readPemChain } from '../x509.ts';

const hexText = (bytes: number) => z.string().regex(new RegExp(`^[0-9a-fA-F]{${bytes * 2}}$`));
const date = z.iso.datetime().transform((text) => new Date(text));
/** Intel's words for levels of firmware. */
export const tcbStatus = z.enum([
  'UpToDate',
  'SWHardeningNeeded',
  'ConfigurationNeeded',
  'ConfigurationAndSWHardeningNeeded',
  'OutOfDate',
  'OutOfDateConfigurationNeeded',
  'Revoked',
]);

/** Intel's word for a level of firmware. */
export type TcbStatus = z.infer<typeof tcbStatus>;

const components = z.array(z.object({ svn: z.int().min(0).max(255) })).length(16);
const level = { tcbDate: date, tcbStatus, advisoryIDs: z.array(z.string()).default([]) };
const svnLevel = z.object({ tcb: z.object({ isvsvn: z.int().min(0) }), ...level });
const common = { issueDate: date, nextUpdate: date, tcbEvaluationDataNumber: z.int().min(0) };

const tcbInfo = z.object({
  id: z.enum(['SGX', 'TDX']),
  version: z.literal(3),
  ...common,
  fmspc: hexText(6),
  pceId: hexText(2),
  tdxModule: z.object({ mrsigner: hexText(48), attributes: hexText(8), attributesMask: hexText(8) }).optional(),
  tdxModuleIdentities: z
    .array(
      z.object({
        id: z.string(),
        mrsigner: hexText(48),
        attributes: hexText(8),
        attributesMask: hexText(8),
        tcbLevels: z.array(svnLevel).min(1),
      }),
    )
    .optional(),
  tcbLevels: z
    .array(
      z.object({
        tcb: z.object({
          sgxtcbcomponents: components,
          pcesvn: z.int().min(0),
          tdxtcbcomponents: components.optional(),
        }),
        ...level,
      }),
    )
    .min(1),
});

const qeIdentity = z.object({
  id: z.enum(['QE', 'TD_QE']),
  version: z.literal(2),
  ...common,
  miscselect: hexText(4),
  miscselectMask: hexText(4),
  attributes: hexText(16),
  attributesMask: hexText(16),
  mrsigner: hexText(32),
  isvprodid: z.int().min(0),
  tcbLevels: z.array(svnLevel).min(1),
});

/** What Intel says of machines of one family. */
export type TcbInfo = z.infer<typeof tcbInfo>;
/** What Intel says of the quoting enclave. */
export type QeIdentity = z.infer<typeof qeIdentity>;

const file = z.object({
  pck_crl_issuer_chain: z.string(),
  root_ca_crl: z.string(),
  pck_crl: z.string(),
  tcb_info_issuer_chain: z.string(),
  tcb_info: z.string(),
  tcb_info_signature: hexText(64),
  qe_identity_issuer_chain: z.string(),
  qe_identity: z.string(),
  qe_identity_signature: hexText(64),
});

/** Collateral whose signatures, dates and chains were checked. */
export interface Collateral {
  readonly tcbInfo: TcbInfo;
  readonly qeIdentity: QeIdentity;
  readonly lists: readonly RevocationList[];
}

/** Longest collateral file, characters. */
export const MOST_COLLATERAL = 1_048_576;

const parse = <Shape extends z.ZodType>(shape: Shape, text: string, what: string): z.infer<Shape> => {
  try {
    return shape.parse(JSON.parse(text));
  } catch (cause) {
    throw new Refusal('collateral', `The ${what} is not in the vendor's format.`, cause);
  }
};

const inForce = (what: string, { issueDate, nextUpdate }: { issueDate: Date; nextUpdate: Date }, at: Date): void =>
  demand(
    issueDate <= at && at < nextUpdate,
    'clock',
    `The ${what} is in force from ${day(issueDate)} to ${day(nextUpdate)}, not on ${day(at)}.`,
  );

/** The name of Intel's certificate that signs TCB info and QE identities. */
const TCB_SIGNER = 'CN=Intel SGX TCB Signing';

const checkSigned = (
  text: string,
  signature: string,
  chainText: string,
  { root, at, lists, what }: { root: X509Certificate; at: Date; lists: readonly RevocationList[]; what: string },
): void => {
  const chain = readPemChain(chainText, `issuer chain of the ${what}`);
  checkChain(chain, root, at, `issuer chain of the ${what}`, lists);
  const [signer] = chain;
  demand(
    signer?.subject.split('\n').includes(TCB_SIGNER) === true,
    'chain',
    `The ${what} is not signed by the vendor's TCB signer.`,
  );
  const key = { key: signer.publicKey, dsaEncoding: 'ieee-p1363' as const };
  demand(
    verify('sha256', Buffer.from(text), key, Buffer.from(signature, 'hex')),
    'signature',
    `The signature of the ${what} is wrong: it was changed.`,
  );
};

const der = (text: string, what: string): Buffer => {
  demand(/^([0-9a-fA-F]{2})+$/.test(text), 'collateral', `The ${what} is not hexadecimal.`);
  return Buffer.from(text, 'hex');
};

/** Reads and checks a collateral file: signatures and lists first, then what they say. Throws `Refusal`. */
export const readCollateral = (text: string, root: X509Certificate, at: Date): Collateral => {
  demand(
    text.length <= MOST_COLLATERAL,
    'collateral',
    `The collateral has ${text.length} characters; ${MOST_COLLATERAL} are read at most.`,
  );
  const parts = parse(file, text, 'collateral file');
  const rootList = readCrl(der(parts.root_ca_crl, "root's revocation list"), root, at, "root's revocation list");
  const issuers = readPemChain(parts.pck_crl_issuer_chain, "issuer chain of the machines' revocation list");
  checkChain(issuers, root, at, "issuer chain of the machines' revocation list", [rootList]);
  const [pckIssuer] = issuers;
  demand(pckIssuer !== undefined, 'malformed', "The issuer chain of the machines' revocation list is empty.");
  const pckList = readCrl(der(parts.pck_crl, "machines' revocation list"), pckIssuer, at, "machines' revocation list");
  const lists = [rootList, pckList];
  checkSigned(parts.tcb_info, parts.tcb_info_signature, parts.tcb_info_issuer_chain, {
    root,
    at,
    lists,
    what: 'TCB info',
  });
  checkSigned(parts.qe_identity, parts.qe_identity_signature, parts.qe_identity_issuer_chain, {
    root,
    at,
    lists,
    what: 'QE identity',
  });
  const collateral = {
    tcbInfo: parse(tcbInfo, parts.tcb_info, 'TCB info'),
    qeIdentity: parse(qeIdentity, parts.qe_identity, 'QE identity'),
    lists,
  };
  inForce('TCB info', collateral.tcbInfo, at);
  inForce('QE identity', collateral.qeIdentity, at);
  return collateral;
};
