/** What lies behind the seal of a request, as bytes, and what binds it: without a cipher, so that daemons and browsers share it. */
import { blake2b256, fromHex } from '@atoma/base';
import { type Envelope, envelopeLayout } from '../messages.ts';
import { wireError } from '../wire-errors.ts';

/** Media type of sealed requests and answers. */
export const SEALED_TYPE = 'application/vnd.atoma.sealed';

/** First byte of a sealed request, and of a sealed answer. */
export const SEALED_VERSION = 0x01;
const [KID_BYTES, ENC_BYTES, TAG_BYTES] = [32, 32, 16];
/** version || kid || enc. */
const HEAD_BYTES = 1 + KID_BYTES + ENC_BYTES;
/** u32le length of the body, u16le length of its media type. */
const INNER_HEAD_BYTES = 6;
const LEAST_BYTES = 1_024;

/** Names under which both sides derive secrets of a request. */
export const EXPORTS = { answer: 'atoma/l2/v1 response', salt: 'atoma/l2/v1 content salt' } as const;

/** What an envelope says before it has a body. */
export type UnsealedEnvelope = Omit<Envelope, 'bodyHash'>;

/** What both sides of one request derive and nobody else can. 32 bytes each. */
export interface RequestSecrets {
  /** The encapsulated key as it travelled. */
  readonly enc: Uint8Array;
  /** Answer keys follow from it, anew for every attempt. */
  readonly answer: Uint8Array;
  /** Blinds the content hash in the receipt. */
  readonly salt: Uint8Array;
  /** H(0x18 || media type and body). */
  readonly innerHash: Uint8Array;
}

/** A request behind its seal. */
export interface InnerRequest {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** What is sealed, and for whom. */
export interface SealRequestParameters {
  /** The channel key: its id and its public key, 32 bytes each. */
  readonly kid: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Address that will sign the envelope, `0x` and 64 hex digits. */
  readonly signer: string;
  readonly envelope: UnsealedEnvelope;
  readonly inner: InnerRequest;
}

/** The size class of Padme (Nikitin et al., PURBs, 2019): at most 12 % more, few classes; at least 1 KiB. */
export const paddedSize = (bytes: number): number => {
  if (bytes <= LEAST_BYTES) return LEAST_BYTES;
  const exponent = Math.floor(Math.log2(bytes));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(bytes / step) * step;
};

/** The next of {4,5,6,7} * 2^k: what max_units may tell about a prompt. */
export const unitsClass = (units: bigint): bigint => {
  if (units <= 4n) return 4n;
  const step = 1n << BigInt(units.toString(2).length - 3);
  return ((units + step - 1n) / step) * step;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Bytes one behind the other. */
export const joinBytes = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/** Whether all bytes are zero; every one is read, in a loop that takes a tenth of the time of a callback each. */
export const isZero = (bytes: Uint8Array): boolean => {
  let all = 0;
  for (let i = 0; i < bytes.length; i++) all |= bytes[i] as number;
  return all === 0;
};

const packInner = ({ contentType, body }: InnerRequest): Uint8Array => {
  const type = encoder.encode(contentType);
  const head = new DataView(new ArrayBuffer(INNER_HEAD_BYTES));
  head.setUint32(0, body.length, true);
  head.setUint16(4, type.length, true);
  return joinBytes(new Uint8Array(head.buffer), type, body);
};

const hashPacked = (packed: Uint8Array): Uint8Array => blake2b256(Uint8Array.of(0x18), packed);

/** The text that is sealed, zeros included, and its hash. */
export const paddedInner = (inner: InnerRequest): { readonly plain: Uint8Array; readonly innerHash: Uint8Array } => {
  const packed = packInner(inner);
  const plain = new Uint8Array(paddedSize(packed.length));
  plain.set(packed);
  return { plain, innerHash: hashPacked(packed) };
};

/** What a request is known by behind its seal: H(0x18 || lengths, media type and body); 32 bytes. */
export const innerHashOf = (inner: InnerRequest): Uint8Array => hashPacked(packInner(inner));

/** Reads what {@link paddedInner} made. Throws `WIRE_SEALED`. */
export const readInner = (plain: Uint8Array): { readonly inner: InnerRequest; readonly innerHash: Uint8Array } => {
  const fail = (why: string) => wireError('SEALED', { why });
  if (plain.length < INNER_HEAD_BYTES) throw fail('it is too short');
  const head = new DataView(plain.buffer, plain.byteOffset, INNER_HEAD_BYTES);
  const typeEnd = INNER_HEAD_BYTES + head.getUint16(4, true);
  const end = typeEnd + head.getUint32(0, true);
  if (end > plain.length || paddedSize(end) !== plain.length) throw fail('its lengths do not fit');
  if (!isZero(plain.subarray(end))) throw fail('its padding is not zero');
  const contentType = decoder.decode(plain.subarray(INNER_HEAD_BYTES, typeEnd));
  return { inner: { contentType, body: plain.subarray(typeEnd, end) }, innerHash: hashPacked(plain.subarray(0, end)) };
};

/** HPKE's info: a request opens for one envelope, one signer and one channel key. */
export const sealedInfo = (kid: Uint8Array, signer: string, envelope: UnsealedEnvelope): Uint8Array<ArrayBuffer> => {
  const whole = envelopeLayout.encode({ ...envelope, bodyHash: new Uint8Array(32) });
  return joinBytes(
    encoder.encode('atoma/sealreq/v1'),
    kid,
    fromHex(signer.slice(2)) as Uint8Array,
    whole.subarray(0, -32),
  );
};

/** The channel key a sealed body names; undefined when it is no sealed body. */
export const sealedKid = (body: Uint8Array): Uint8Array | undefined =>
  body.length >= HEAD_BYTES + LEAST_BYTES + TAG_BYTES && body[0] === SEALED_VERSION
    ? body.subarray(1, 1 + KID_BYTES)
    : undefined;

/** The encapsulated key of a sealed body, 32 bytes. */
export const sealedEnc = (body: Uint8Array): Uint8Array => body.slice(1 + KID_BYTES, HEAD_BYTES);

/** The sealed text of a sealed body. */
export const sealedText = (body: Uint8Array): Uint8Array => body.subarray(HEAD_BYTES);

/** A sealed body from its parts. */
export const sealedBody = (kid: Uint8Array, enc: Uint8Array, text: Uint8Array): Uint8Array =>
  joinBytes(Uint8Array.of(SEALED_VERSION), kid, enc, text);
