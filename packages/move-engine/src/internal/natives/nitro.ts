import { type KeyObject, verify, X509Certificate } from 'node:crypto';
import { decodeFirst, encode } from 'cborg';
import { nativeCosts } from '../../native-costs.ts';
import { sizes } from '../../params.ts';
import { canonical, type U64 } from '../run/integers.ts';
import { chargeNative, nothing, type RunState } from '../run/state.ts';
import { AWS_ROOT } from './nitro-root.ts';
import type { Natives } from './registry.ts';
import { toVector } from './std.ts';

/**
 * Documents of AWS Nitro enclaves as Sui reads them (`sui-types/src/nitro_attestation.rs`): COSE_Sign1 (RFC 8152) over CBOR, checked
 * at the chain's time up to Amazon's root. {@link readDocument} and {@link isGenuine} say yes and no exactly where Sui does.
 */

const ES384 = -35;
const DIGEST = 'SHA384';
const MOST = { payload: 16_383, userData: 512, key: 1_024, registers: 32, certificate: 1_024, chain: 10 } as const;
const SIGNATURE_BYTES = 96;

/** Registers that are listed whatever they hold; others only when they are not zero. */
const REQUIRED: readonly number[] = [0, 1, 2, 3, 4, 8];

/** What a document says, and what proves it. */
export interface NitroDocument {
  readonly moduleId: string;
  /** When it was made, ms. */
  readonly timestamp: bigint;
  /** Index and value, by index. */
  readonly registers: readonly (readonly [number, Uint8Array])[];
  readonly publicKey: Uint8Array | undefined;
  readonly userData: Uint8Array | undefined;
  readonly nonce: Uint8Array | undefined;
  /** DER, leaf first. */
  readonly chain: readonly Uint8Array[];
  readonly signed: Uint8Array;
  readonly signature: Uint8Array;
}

/** Thrown while a document is read, and turned into an abort. */
class Malformed {}

const demand: (holds: boolean) => asserts holds = (holds) => {
  if (!holds) throw new Malformed();
};

const isBytes = (value: unknown): value is Uint8Array => value instanceof Uint8Array;

/** The first item; what follows it is not looked at. */
const decode = (bytes: Uint8Array): unknown => {
  try {
    return decodeFirst(bytes, { useMaps: true, rejectDuplicateMapKeys: true })[0];
  } catch {
    throw new Malformed();
  }
};

/** COSE_Sign1 may carry its tag, 18. */
const untagged = (bytes: Uint8Array): Uint8Array => (bytes[0] === 0xd2 ? bytes.subarray(1) : bytes);

const boundedBytes = (value: unknown, least: number, most: number): Uint8Array => {
  demand(isBytes(value) && value.length >= least && value.length <= most);
  return value;
};

/** A member that may be missing, or be something else than bytes, which counts as missing. */
const optionalBytes = (value: unknown, most: number): Uint8Array | undefined =>
  isBytes(value) ? boundedBytes(value, 0, most) : undefined;

const isInteger = (value: unknown): value is number | bigint => Number.isInteger(value) || typeof value === 'bigint';

const readRegisters = (value: unknown): NitroDocument['registers'] => {
  demand(value instanceof Map && value.size <= MOST.registers);
  const found: [number, Uint8Array][] = [];
  for (const [index, register] of value) {
    demand(isInteger(index) && index >= 0 && index <= 255);
    demand(isBytes(register) && [32, 48, 64].includes(register.length));
    const isNonzero = register.some((byte) => byte !== 0);
    if (index <= 31 && (isNonzero || REQUIRED.includes(Number(index)))) found.push([Number(index), register]);
  }
  return found.sort(([a], [b]) => a - b);
};

const readClaims = (payload: Uint8Array) => {
  const claims = decode(payload);
  demand(claims instanceof Map && [...claims.keys()].every((key) => typeof key === 'string'));
  const [moduleId, timestamp, bundle] = ['module_id', 'timestamp', 'cabundle'].map((name) => claims.get(name));
  demand(typeof moduleId === 'string' && moduleId !== '' && claims.get('digest') === DIGEST);
  demand(isInteger(timestamp) && timestamp >= 0 && BigInt(timestamp) < 2n ** 64n);
  demand(Array.isArray(bundle) && bundle.length > 0 && bundle.length <= MOST.chain);
  const certificate = (value: unknown): Uint8Array => boundedBytes(value, 1, MOST.certificate);
  return {
    moduleId,
    timestamp: BigInt(timestamp),
    registers: readRegisters(claims.get('pcrs')),
    publicKey: optionalBytes(claims.get('public_key'), MOST.key),
    userData: optionalBytes(claims.get('user_data'), MOST.userData),
    nonce: optionalBytes(claims.get('nonce'), MOST.userData),
    chain: [certificate(claims.get('certificate')), ...bundle.map(certificate).reverse()],
  };
};

const read = (bytes: Uint8Array): NitroDocument => {
  const envelope = decode(untagged(bytes));
  demand(Array.isArray(envelope) && envelope.length === 4);
  const [header, unprotected, payload, signature] = envelope;
  demand(isBytes(header) && unprotected instanceof Map && isBytes(signature) && signature.length === SIGNATURE_BYTES);
  const content = boundedBytes(payload, 1, MOST.payload);
  const algorithm = decode(header);
  demand(algorithm instanceof Map && algorithm.size === 1 && algorithm.get(1) === ES384);
  return { ...readClaims(content), signed: encode(['Signature1', header, new Uint8Array(0), content]), signature };
};

/** What a document says; undefined when it is malformed. */
export const readDocument = (bytes: Uint8Array): NitroDocument | undefined => {
  try {
    return read(bytes);
  } catch (thrown) {
    if (thrown instanceof Malformed) return undefined;
    throw thrown;
  }
};

/** One DER value: its tag, its content, and the rest behind it. */
const der = (bytes: Buffer): { readonly tag: number; readonly content: Buffer; readonly rest: Buffer } => {
  const first = bytes[1] as number;
  const long = first < 0x80 ? 0 : first & 0x7f;
  const length = long === 0 ? first : bytes.readUIntBE(2, long);
  const start = 2 + long;
  return {
    tag: bytes[0] as number,
    content: bytes.subarray(start, start + length),
    rest: bytes.subarray(start + length),
  };
};

const members = (content: Buffer): ReturnType<typeof der>[] => {
  const found: ReturnType<typeof der>[] = [];
  for (let rest = content; rest.length > 0; rest = (found.at(-1) as ReturnType<typeof der>).rest) found.push(der(rest));
  return found;
};

const EXTENSIONS = 0xa3;
const BOOLEAN = 0x01;
const INTEGER = 0x02;

interface Extension {
  readonly isCritical: boolean;
  readonly content: Buffer;
}

/** An extension by the DER of its identifier. Node's parser has read the certificate, so its structure is sound. */
const extension = ({ raw }: X509Certificate, id: string): Extension | undefined => {
  const [body] = members(der(raw).content);
  const list = members((body as ReturnType<typeof der>).content).find(({ tag }) => tag === EXTENSIONS);
  for (const { content } of list ? members(der(list.content).content) : []) {
    const [name, ...values] = members(content);
    if (name?.content.toString('hex') !== id) continue;
    const isCritical = values[0]?.tag === BOOLEAN && values[0].content[0] !== 0;
    return { isCritical, content: values.at(-1)?.content ?? Buffer.alloc(0) };
  }
  return undefined;
};

const KEY_USAGE = '551d0f';
const BASIC_CONSTRAINTS = '551d13';
/** Bits of the first octet of a KeyUsage (RFC 5280, section 4.2.1.3). */
const DIGITAL_SIGNATURE = 0x80;
const KEY_CERT_SIGN = 0x04;

const hasUsage = (certificate: X509Certificate, bit: number): boolean => {
  const found = extension(certificate, KEY_USAGE);
  return found !== undefined && ((der(found.content).content[1] ?? 0) & bit) !== 0;
};

const constraints = (certificate: X509Certificate) => {
  const found = extension(certificate, BASIC_CONSTRAINTS);
  if (!found) return undefined;
  const parts = members(der(found.content).content);
  const length = parts.find(({ tag }) => tag === INTEGER)?.content;
  return {
    isCritical: found.isCritical,
    isAuthority: parts[0]?.tag === BOOLEAN && parts[0].content[0] !== 0,
    pathLength: length && Number(BigInt(`0x${length.toString('hex')}`)),
  };
};

/** Whether a certificate may stand at a place of the chain: the leaf signs documents, those above it certificates. */
const mayStand = (certificate: X509Certificate, place: number): boolean => {
  const found = constraints(certificate);
  if (place === 0)
    return (
      hasUsage(certificate, DIGITAL_SIGNATURE) && !(found && (found.isAuthority || found.pathLength !== undefined))
    );
  if (!hasUsage(certificate, KEY_CERT_SIGN) || !found?.isCritical || !found.isAuthority) return false;
  return found.pathLength === undefined || place - 1 <= found.pathLength;
};

const isInForce = (certificate: X509Certificate, nowMs: number): boolean => {
  const second = Math.floor(nowMs / 1_000) * 1_000;
  return Date.parse(certificate.validFrom) <= second && second <= Date.parse(certificate.validTo);
};

const isP384 = ({ asymmetricKeyDetails }: KeyObject): boolean => asymmetricKeyDetails?.namedCurve === 'secp384r1';

const isProven = ({ chain, signed, signature }: NitroDocument, root: X509Certificate, nowMs: number): boolean => {
  const certificates = chain.map((bytes) => new X509Certificate(bytes));
  const { publicKey } = certificates[0] as X509Certificate;
  if (!isP384(publicKey) || !verify('sha384', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
    return false;
  return certificates.every((certificate, place) => {
    const issuer = certificates[place + 1] ?? root;
    const isNamed = certificate.issuer === issuer.subject;
    return (
      mayStand(certificate, place) && isInForce(certificate, nowMs) && isNamed && certificate.verify(issuer.publicKey)
    );
  });
};

/** Whether a document is signed by its certificate, and that one by the root, at a time (ms). */
export const isGenuine = (document: NitroDocument, root: X509Certificate, nowMs: number): boolean => {
  try {
    return isProven(document, root, nowMs);
  } catch {
    return false; // not a certificate, or a key that does not verify
  }
};

/** Codes of `sui::nitro_attestation`. */
const MALFORMED = 1;
const NOT_GENUINE = 2;

const bytesSize = (bytes: Uint8Array | string): number => sizes.aggregate + Buffer.byteLength(bytes as Uint8Array);
const optionSize = (bytes: Uint8Array | undefined): number => 2 * sizes.aggregate + (bytes ? bytesSize(bytes) : 0);

/** Abstract size of what the native returns. */
const sizeOf = ({ moduleId, registers, publicKey, userData, nonce }: NitroDocument): number =>
  2 * sizes.aggregate +
  bytesSize(moduleId) +
  sizes.small +
  bytesSize(DIGEST) +
  registers.reduce((sum, [, value]) => sum + sizes.aggregate + sizes.small + bytesSize(value), 0) +
  [publicKey, userData, nonce].reduce((sum, bytes) => sum + optionSize(bytes), 0);

const option = (bytes: Uint8Array | undefined): number[][][] => [bytes ? [toVector(bytes)] : []];

let root: X509Certificate | undefined;

/** `NitroAttestationDocument { module_id, timestamp, digest, pcrs, public_key, user_data, nonce }`. */
export const nitroNatives: Natives = {
  '2::nitro_attestation::load_nitro_attestation_internal':
    ({ abort }) =>
    (s: RunState, attestation: readonly number[], now: U64) => {
      const { parse, perByte, verify: proving, perCertificate } = nativeCosts.nitro;
      const parsing = parse + perByte * attestation.length;
      const document = readDocument(Uint8Array.from(attestation));
      if (!document) {
        chargeNative(s, parsing, nothing);
        return abort(MALFORMED);
      }
      const units = parsing + proving + perCertificate * (document.chain.length - 1);
      root ??= new X509Certificate(AWS_ROOT);
      const isAccepted = isGenuine(document, root, Number(now));
      chargeNative(s, units, isAccepted ? sizeOf(document) : nothing);
      if (!isAccepted) return abort(NOT_GENUINE);
      const { moduleId, timestamp, registers, publicKey, userData, nonce } = document;
      return [
        toVector(moduleId),
        canonical(timestamp),
        toVector(DIGEST),
        registers.map(([index, value]) => [index, toVector(value)]),
        option(publicKey),
        option(userData),
        option(nonce),
      ];
    },
};
