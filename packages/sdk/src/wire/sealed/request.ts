/** A sealed request: what only the environment that holds a channel key can read, bound to the envelope around it. */
import { blake2b256 } from '@atoma/base';
import { wireError } from '../errors.ts';
import { type Envelope, envelopeLayout } from '../messages.ts';
import { type HpkeContext, KEY_BYTES, type KeyPair, setupRecipient, setupSender, TAG_BYTES } from './hpke.ts';

/** Media type of sealed requests and answers. */
export const SEALED_TYPE = 'application/vnd.atoma.sealed';

const VERSION = 0x01;
const KID_BYTES = 32;
/** version || kid || enc. */
const HEAD_BYTES = 1 + KID_BYTES + KEY_BYTES;
/** u32le length of the body, u16le length of its media type. */
const INNER_HEAD_BYTES = 6;
const LEAST_BYTES = 1_024;

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

const packInner = ({ contentType, body }: InnerRequest): Buffer => {
  const type = encoder.encode(contentType);
  const head = Buffer.alloc(INNER_HEAD_BYTES);
  head.writeUInt32LE(body.length, 0);
  head.writeUInt16LE(type.length, 4);
  return Buffer.concat([head, type, body]);
};

const unpackInner = (plain: Buffer): InnerRequest & { readonly packed: Uint8Array } => {
  const fail = (why: string) => wireError('SEALED', { why });
  if (plain.length < INNER_HEAD_BYTES) throw fail('it is too short');
  const typeEnd = INNER_HEAD_BYTES + plain.readUInt16LE(4);
  const end = typeEnd + plain.readUInt32LE(0);
  if (end > plain.length || paddedSize(end) !== plain.length) throw fail('its lengths do not fit');
  if (plain.subarray(end).some((byte) => byte !== 0)) throw fail('its padding is not zero');
  const contentType = plain.subarray(INNER_HEAD_BYTES, typeEnd).toString('utf8');
  return { contentType, body: plain.subarray(typeEnd, end), packed: plain.subarray(0, end) };
};

const infoOf = (kid: Uint8Array, signer: string, envelope: UnsealedEnvelope): Uint8Array => {
  const whole = envelopeLayout.encode({ ...envelope, bodyHash: new Uint8Array(32) });
  return Buffer.concat([
    encoder.encode('atoma/sealreq/v1'),
    kid,
    Buffer.from(signer.slice(2), 'hex'),
    whole.subarray(0, -32),
  ]);
};

const hashPacked = (packed: Uint8Array): Uint8Array => blake2b256(Uint8Array.of(0x18), packed);

/** What a request is known by behind its seal: H(0x18 || lengths, media type and body); 32 bytes. */
export const innerHashOf = (inner: InnerRequest): Uint8Array => hashPacked(packInner(inner));

const secretsOf = (context: HpkeContext, enc: Uint8Array, packed: Uint8Array): RequestSecrets => ({
  enc,
  answer: context.export('atoma/l2/v1 response'),
  salt: context.export('atoma/l2/v1 content salt'),
  innerHash: hashPacked(packed),
});

/** What {@link sealRequest} seals, and for whom. */
export interface SealRequestParameters {
  /** The channel key: its id and its public key, 32 bytes each. */
  readonly kid: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Address that will sign the envelope, `0x` and 64 hex digits. */
  readonly signer: string;
  readonly envelope: UnsealedEnvelope;
  readonly inner: InnerRequest;
}

/** Seals a request for one envelope. Every call uses a fresh key: a retry sends the same bytes again. */
export const sealRequest = ({
  kid,
  publicKey,
  signer,
  envelope,
  inner,
}: SealRequestParameters): { readonly body: Uint8Array; readonly secrets: RequestSecrets } => {
  const { enc, context } = setupSender(publicKey, infoOf(kid, signer, envelope));
  const packed = packInner(inner);
  const plain = Buffer.alloc(paddedSize(packed.length));
  packed.copy(plain);
  const body = Buffer.concat([Uint8Array.of(VERSION), kid, enc, context.seal(plain)]);
  return { body, secrets: secretsOf(context, enc, packed) };
};

/** The channel key a sealed body names; undefined when it is no sealed body. */
export const sealedKid = (body: Uint8Array): Uint8Array | undefined =>
  body.length >= HEAD_BYTES + LEAST_BYTES + TAG_BYTES && body[0] === VERSION
    ? body.subarray(1, 1 + KID_BYTES)
    : undefined;

/** The encapsulated key of a sealed body, 32 bytes. */
export const sealedEnc = (body: Uint8Array): Uint8Array => body.slice(1 + KID_BYTES, HEAD_BYTES);

/** Opens a sealed body with the key its kid names. Throws `WIRE_SEALED`. */
export const openSealedRequest = (
  own: KeyPair,
  signer: string,
  envelope: UnsealedEnvelope,
  body: Uint8Array,
): { readonly inner: InnerRequest; readonly secrets: RequestSecrets } => {
  const kid = sealedKid(body);
  if (!kid) throw wireError('SEALED', { why: 'it is too short or of another version' });
  const enc = sealedEnc(body);
  const context = setupRecipient(own, enc, infoOf(kid, signer, envelope));
  const { packed, ...inner } = unpackInner(Buffer.from(context.open(body.subarray(HEAD_BYTES))));
  return { inner, secrets: secretsOf(context, enc, packed) };
};
