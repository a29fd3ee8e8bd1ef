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

/** An extension of a certificate or of a revocation list. */
interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly value: Buffer;
}

/** Reads a sequence of extensions (RFC 5280, section 4.1.2.9). */
const readExtensions = (list: unknown): readonly Extension[] =>
  members(list).flatMap((entry) => {
    const [oid, ...values] = members(entry);
    const [flag, value] = [values[0], values.at(-1)];
    if (!(oid instanceof asn1.ObjectIdentifier && value instanceof asn1.OctetString)) return [];
    const critical = flag instanceof asn1.Boolean && flag.valueBlock.value;
    return [{ id: oid.valueBlock.toString(), critical, value: Buffer.from(value.valueBlock.valueHexView) }];
  });

const isTagged = (block: asn1.BaseBlock, number: number): boolean =>
  block.idBlock.tagClass === 3 && block.idBlock.tagNumber === number;

const fieldsOf = (certificate: X509Certificate): readonly asn1.BaseBlock[] =>
  members(members(readDer(certificate.raw, 'certificate'))[0]);

const extensionsOf = (certificate: X509Certificate): readonly Extension[] =>
  readExtensions(members(fieldsOf(certificate).find((block) => isTagged(block, 3)))[0]);

/** The value of an extension by its object identifier; undefined when the certificate has none. */
export const extension = (certificate: X509Certificate, id: string): Buffer | undefined =>
  extensionsOf(certificate).find((each) => each.id === id)?.value;

/** The subject's name as it is encoded. */
const subjectOf = (certificate: X509Certificate): Uint8Array | undefined => {
  const fields = fieldsOf(certificate);
  const version = fields.findIndex((block) => isTagged(block, 0)); // -1 in the oldest form
  return fields[version + 5]?.valueBeforeDecodeView;
};

const KEY_USAGE = '2.5.29.15';
const BASIC_CONSTRAINTS = '2.5.29.19';
/** Bit 6 of key usage: its holder may sign revocation lists. */
const CRL_SIGN = 0x02;

const maySignLists = (certificate: X509Certificate): boolean => {
  const usage = extension(certificate, KEY_USAGE);
  if (!usage) return certificate.ca;
  const bits = readDer(usage, 'key usage');
  const [first = 0] = bits instanceof asn1.BitString ? bits.valueBlock.valueHexView : [];
  return certificate.ca && (first & CRL_SIGN) !== 0;
};

/** How many authorities may stand between this one and the leaf; any number where it does not say. */
const mostBelow = (certificate: X509Certificate): number => {
  const value = extension(certificate, BASIC_CONSTRAINTS);
  const most = value && members(readDer(value, 'basic constraints')).at(-1);
  return most instanceof asn1.Integer ? most.valueBlock.valueDec : Number.POSITIVE_INFINITY;
};

/** A revocation list whose signature was checked. */
export interface RevocationList {
  readonly issuer: X509Certificate;
  /** Serial numbers, upper-case hexadecimal. */
  readonly revoked: ReadonlySet<string>;
}

/** Whether a list speaks of certificates of this issuer: its name alone says nothing, another key may have it too. */
export const speaksFor = ({ issuer }: RevocationList, other: X509Certificate): boolean =>
  issuer.subject === other.subject && issuer.publicKey.equals(other.publicKey);

const hex = (bytes: ArrayBuffer | Uint8Array): string =>
  Buffer.from(bytes as Uint8Array)
    .toString('hex')
    .replace(/^(00)+(?=.)/, '')
    .toUpperCase();

const serialOf = ({ serialNumber }: X509Certificate): string =>
  hex(Buffer.from(serialNumber.padStart(serialNumber.length + (serialNumber.length % 2), '0'), 'hex'));

const isTime = (block: asn1.BaseBlock | undefined): block is asn1.UTCTime =>
  block instanceof asn1.UTCTime || block instanceof asn1.GeneralizedTime;

/** The serial numbers of a list. A part of one (delta, distribution point) does not say that what it leaves out is not revoked. */
const serialsOf = (afterTimes: readonly asn1.BaseBlock[], what: string): readonly string[] => {
  const [entries] = afterTimes;
  const rows = entries instanceof asn1.Sequence ? members(entries).map(members) : [];
  const all = [
    ...afterTimes.filter((block) => isTagged(block, 0)).flatMap((tagged) => readExtensions(members(tagged)[0])),
    ...rows.flatMap(([, , extensions]) => readExtensions(extensions)),
  ];
  const unknown = all.find(({ critical }) => critical);
  demand(
    unknown === undefined,
    'collateral',
    `The ${what} has a critical extension that no rule knows (${unknown?.id}): it may be a part of a list.`,
  );
  return rows.map(([serial]) => {
    demand(serial instanceof asn1.Integer, 'malformed', `The ${what} has an entry without a serial number.`);
    return hex(serial.valueBlock.valueHexView);
  });
};

/** Reads a CRL (RFC 5280, section 5.1), checks that it is `issuer`'s whole list, signed by it, and in force at `at`. */
export const readCrl = (der: Buffer, issuer: X509Certificate, at: Date, what: string): RevocationList => {
  const [tbs, , signature] = members(readDer(der, what));
  demand(
    tbs instanceof asn1.Sequence && signature instanceof asn1.BitString,
    'malformed',
    `The ${what} is no revocation list.`,
  );
  const name = issuer.subject.replaceAll('\n', ', ');
  demand(maySignLists(issuer), 'chain', `The ${what} is signed by ${name}, which may not sign such lists.`);
  const signed = verify(
    'sha256',
    Buffer.from(tbs.valueBeforeDecodeView),
    issuer.publicKey,
    Buffer.from(signature.valueBlock.valueHexView),
  );
  demand(signed, 'signature', `The ${what} is not signed by ${name}.`);
  const fields = members(tbs);
  const firstTime = fields.findIndex(isTime);
  const own = subjectOf(issuer);
  const named = fields[firstTime - 1]?.valueBeforeDecodeView;
  demand(
    own !== undefined && named !== undefined && Buffer.compare(own, named) === 0,
    'collateral',
    `The ${what} names another issuer than ${name}.`,
  );
  const [from, until] = fields.filter(isTime).map((time) => time.toDate());
  demand(from !== undefined && until !== undefined, 'malformed', `The ${what} does not say how long it is in force.`);
  demand(
    from <= at && at < until,
    'clock',
    `The ${what} is in force from ${day(from)} to ${day(until)}, not on ${day(at)}.`,
  );
  return { issuer, revoked: new Set(serialsOf(fields.slice(fields.findLastIndex(isTime) + 1), what)) };
};

const sameKey = (a: X509Certificate, b: X509Certificate): boolean => a.raw.equals(b.raw);

/** Throws where a certificate of a chain asks for rules that are not known here, or signs more authorities than it may. */
const checkLimits = (certificate: X509Certificate, authoritiesBelow: number, what: string): void => {
  const name = certificate.subject.replaceAll('\n', ', ');
  const unknown = extensionsOf(certificate).find(
    ({ id, critical }) => critical && id !== KEY_USAGE && id !== BASIC_CONSTRAINTS,
  );
  demand(
    unknown === undefined,
    'chain',
    `The ${what} goes through ${name}, which has a critical extension that no rule knows (${unknown?.id}).`,
  );
  demand(
    authoritiesBelow <= mostBelow(certificate),
    'chain',
    `The ${what} goes through ${name}, which may not sign that many authorities.`,
  );
};

/**
 * Checks a chain, leaf first, that ends below or with the pinned root: signatures, names, authority, limits, dates, revocation.
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
    checkLimits(certificate, i - 1, what);
    const from = new Date(certificate.validFrom);
    const until = new Date(certificate.validTo);
    demand(
      from <= at && at <= until,
      'clock',
      `The certificate ${name} is valid from ${day(from)} to ${day(until)}, not on ${day(at)}.`,
    );
    const revoked = lists.some((list) => speaksFor(list, issuer) && list.revoked.has(serialOf(certificate)));
    demand(!revoked, 'revoked', `The vendor has revoked the certificate ${name}.`);
  }
};
