/** Certificate chains and revocation lists, judged at a given time against a pinned root. */
import { verify, X509Certificate } from 'node:crypto';
import * as asn1 from 'asn1js';
import { day, demand, Refusal } from './reason.ts';

/** Parses DER exactly: one value, no byte after it. */
export const readDer = (der: Uint8Array, what: string): asn1.BaseBlock => {
  const malformed = `The ${what} is no valid DER.`;
  let parsed: ReturnType<typeof asn1.fromBER>;
  try {
    parsed = asn1.fromBER(new Uint8Array(der));
  } catch (cause) {
    throw new Refusal('malformed', malformed, cause); // the library throws at text that is no time
  }
  const { offset, result } = parsed;
  demand(offset === der.length && result.error === '', 'malformed', malformed);
  return result as asn1.BaseBlock;
};

/** Members of a sequence or set. */
export const members = (block: unknown): readonly asn1.BaseBlock[] =>
  block instanceof asn1.Constructed || block instanceof asn1.Sequence || block instanceof asn1.Set
    ? (block.valueBlock.value as asn1.BaseBlock[])
    : [];

const PEM = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in order. */
export const readPemChain = (text: string, what: string): readonly X509Certificate[] => {
  const found = text.match(PEM) ?? [];
  const rest = text.replace(PEM, '').replaceAll('\0', '').trim();
  demand(found.length > 0 && rest === '', 'malformed', `The ${what} is no chain of PEM certificates.`);
  return found.map((pem) => readCertificate(pem, what));
};

/** One certificate, PEM or DER. */
export const readCertificate = (bytes: string | Uint8Array, what: string): X509Certificate => {
  try {
    return new X509Certificate(bytes);
  } catch (cause) {
    throw new Refusal('malformed', `The ${what} holds something that is no certificate.`, cause);
  }
};

/** A revocation list whose signature was checked. */
export interface RevocationList {
  readonly issuer: string;
  /** Serial numbers, upper-case hexadecimal. */
  readonly revoked: ReadonlySet<string>;
}

const hex = (bytes: ArrayBuffer | Uint8Array): string =>
  Buffer.from(bytes as Uint8Array)
    .toString('hex')
    .replace(/^(00)+(?=.)/, '')
    .toUpperCase();

const isTime = (block: asn1.BaseBlock | undefined): block is asn1.UTCTime =>
  block instanceof asn1.UTCTime || block instanceof asn1.GeneralizedTime;

/** Reads a CRL (RFC 5280, section 5.1), checks its signature by `issuer` and that it is in force at `at`. */
export const readCrl = (der: Buffer, issuer: X509Certificate, at: Date, what: string): RevocationList => {
  const [tbs, , signature] = members(readDer(der, what));
  demand(
    tbs instanceof asn1.Sequence && signature instanceof asn1.BitString,
    'malformed',
    `The ${what} is no revocation list.`,
  );
  const signed = verify(
    'sha256',
    Buffer.from(tbs.valueBeforeDecodeView),
    issuer.publicKey,
    Buffer.from(signature.valueBlock.valueHexView),
  );
  demand(signed, 'signature', `The ${what} is not signed by ${issuer.subject.replaceAll('\n', ', ')}.`);
  const fields = members(tbs);
  const times = fields.filter(isTime).map((time) => time.toDate());
  const [from, until] = times;
  demand(from !== undefined && until !== undefined, 'malformed', `The ${what} does not say how long it is in force.`);
  demand(
    from <= at && at < until,
    'clock',
    `The ${what} is in force from ${day(from)} to ${day(until)}, not on ${day(at)}.`,
  );
  const afterTimes = fields[fields.findLastIndex(isTime) + 1];
  const entries = afterTimes instanceof asn1.Sequence ? members(afterTimes) : [];
  const serials = entries.map((entry) => {
    const [serial] = members(entry);
    demand(serial instanceof asn1.Integer, 'malformed', `The ${what} has an entry without a serial number.`);
    return hex(serial.valueBlock.valueHexView);
  });
  return { issuer: issuer.subject, revoked: new Set(serials) };
};

const sameKey = (a: X509Certificate, b: X509Certificate): boolean => a.raw.equals(b.raw);

/**
 * Checks a chain, leaf first, that ends below or with the pinned root: signatures, names, authority, dates, revocation.
 * Without a list for an issuer its certificates are taken as not revoked; what needs one says so to {@link readCrl} before.
 */
export const checkChain = (
  chain: readonly X509Certificate[],
  root: X509Certificate,
  at: Date,
  what: string,
  lists: readonly RevocationList[] = [],
): void => {
  const last = chain.at(-1);
  demand(last !== undefined, 'malformed', `The ${what} is empty.`);
  const links = sameKey(last, root) ? chain : [...chain, root];
  for (const [i, certificate] of links.entries()) {
    const issuer = links[i + 1] ?? root;
    const name = certificate.subject.replaceAll('\n', ', ');
    demand(
      certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
      'chain',
      `The ${what} does not lead to the vendor's root: ${name} is not signed by the next one.`,
    );
    demand(i === 0 || certificate.ca, 'chain', `The ${what} goes through ${name}, which may not sign certificates.`);
    const from = new Date(certificate.validFrom);
    const until = new Date(certificate.validTo);
    demand(
      from <= at && at <= until,
      'clock',
      `The certificate ${name} is valid from ${day(from)} to ${day(until)}, not on ${day(at)}.`,
    );
    const revoked = lists.some(
      (list) =>
        list.issuer === issuer.subject &&
        list.revoked.has(
          hex(
            Buffer.from(
              certificate.serialNumber.padStart(
                certificate.serialNumber.length + (certificate.serialNumber.length % 2),
                '0',
              ),
              'hex',
            ),
          ),
        ),
    );
    demand(!revoked, 'revoked', `The vendor has revoked the certificate ${name}.`);
  }
};

/** The value of an extension by its object identifier; undefined when the certificate has none. */
export const extension = (certificate: X509Certificate, id: string): Buffer | undefined => {
  const [tbs] = members(readDer(certificate.raw, 'certificate'));
  const tagged = members(tbs).find((block) => block.idBlock.tagClass === 3 && block.idBlock.tagNumber === 3);
  for (const entry of members(members(tagged)[0])) {
    const [oid, ...values] = members(entry);
    const value = values.at(-1);
    if (oid instanceof asn1.ObjectIdentifier && oid.valueBlock.toString() === id && value instanceof asn1.OctetString)
      return Buffer.from(value.valueBlock.valueHexView);
  }
  return undefined;
};
