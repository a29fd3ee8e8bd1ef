/** How compute units are counted and bounded, per role. Everything here depends on envelope, body and model only. */
import { blake2b256 } from '@atoma/base';

/** Units of one image part of a prompt, unless the model says otherwise. */
export const IMAGE_PART_UNITS = 1_600n;
/** Added per message to the byte count where a prompt has no tokenizer. */
export const MESSAGE_OVERHEAD_UNITS = 16n;

/** What {@link effectiveMax} needs. */
export interface EffectiveMaxParameters {
  /** max_completion_tokens or max_tokens of the body. */
  readonly clientMax?: bigint | undefined;
  readonly maxUnits: bigint;
  /** Units of the prompt. */
  readonly prompt: bigint;
  /** Number of choices. */
  readonly n: bigint;
  /** Context length of the model, units. */
  readonly context: bigint;
}

const smallest = (...values: readonly bigint[]): bigint => values.reduce((a, b) => (b < a ? b : a));
const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;

/** eff_max: the most units each choice may generate; below 1 the request cannot be served within max_units. */
export const effectiveMax = (p: EffectiveMaxParameters): bigint => {
  const affordable = p.maxUnits < p.prompt ? 0n : (p.maxUnits - p.prompt) / p.n;
  const room = p.context - p.prompt;
  return p.clientMax === undefined ? smallest(affordable, room) : smallest(p.clientMax, affordable, room);
};

/** Seed of a request whose body has none: u32le(first 4 bytes of H(0x11 || request_hash)) & 0x7fffffff. */
export const derivedSeed = (requestHash: Uint8Array): number => {
  const hash = blake2b256(Uint8Array.of(0x11), requestHash);
  return new DataView(hash.buffer, hash.byteOffset, 4).getUint32(0, true) & 0x7fff_ffff;
};

/** units = min(prompt + completion, max_units). */
export const chargedUnits = (prompt: bigint, completion: bigint, maxUnits: bigint): bigint =>
  smallest(prompt + completion, maxUnits);

/** Bytes of a text in UTF-8. */
export const utf8Bytes = (text: string): bigint => BigInt(Buffer.byteLength(text, 'utf8'));

/** Units of a text to speak: its code points. */
export const speechUnits = (text: string): bigint => {
  let count = 0n;
  for (const _ of text) count++;
  return count;
};

/** Units of an image job: n * width * height. */
export const imageUnits = (n: number, width: number, height: number): bigint =>
  BigInt(n) * BigInt(width) * BigInt(height);

/** Width and height of a size such as `1024x768`; undefined for anything else. */
export const parseImageSize = (size: string): { readonly width: number; readonly height: number } | undefined => {
  const match = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(size);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
};

/** Units of audio: 10 ms each, rounded up. */
export const audioUnits = (samples: bigint, sampleRate: bigint): bigint => ceilDiv(samples * 100n, sampleRate);

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});

const partUnits = (part: unknown, imageUnitsEach: bigint): bigint => {
  const { type, text } = record(part);
  if (typeof text === 'string') return utf8Bytes(text);
  return type === 'image_url' ? imageUnitsEach : utf8Bytes(JSON.stringify(part));
};

const messageUnits = (message: unknown, imageUnitsEach: bigint): bigint => {
  const { content, ...rest } = record(message);
  const own =
    typeof content === 'string'
      ? utf8Bytes(content)
      : (Array.isArray(content) ? content : []).reduce(
          (sum: bigint, part) => sum + partUnits(part, imageUnitsEach),
          0n,
        );
  return own + utf8Bytes(JSON.stringify(rest)) + MESSAGE_OVERHEAD_UNITS;
};

/**
 * A number of units no tokenizer exceeds for the prompt of a chat, completion or embedding body: UTF-8 bytes of everything
 * the model sees, 16 more per message, and a fixed price per image part.
 */
export const promptUpperBound = (body: Json, imageUnitsEach: bigint = IMAGE_PART_UNITS): bigint => {
  const tools = body.tools === undefined ? 0n : utf8Bytes(JSON.stringify(body.tools));
  if (Array.isArray(body.messages))
    return body.messages.reduce((sum: bigint, message) => sum + messageUnits(message, imageUnitsEach), tools);
  const inputs = body.input ?? body.prompt ?? '';
  const texts = Array.isArray(inputs) ? inputs : [inputs];
  const numbers = texts.every((each) => typeof each === 'number');
  if (numbers) return BigInt(texts.length);
  return texts.reduce(
    (sum: bigint, each) =>
      sum +
      MESSAGE_OVERHEAD_UNITS +
      (typeof each === 'string' ? utf8Bytes(each) : BigInt(Array.isArray(each) ? each.length : 0)),
    0n,
  );
};
