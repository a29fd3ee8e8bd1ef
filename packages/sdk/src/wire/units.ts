/** How compute units are counted and bounded, per role. Everything here depends on envelope, body and model only. */

import { blake2b256 } from '@atoma/base';
import type { Content } from './content.ts';
import { utf8Bytes } from './counters.ts';
import { type Json, record } from './json.ts';

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

/** Whether a part of a message is an image, a sound, a video or a file. */
export const isMediaPart = (part: unknown): boolean => {
  const { type } = record(part);
  return typeof type === 'string' && (type.endsWith('_url') || type === 'input_audio' || type === 'file');
};

/** Whether a prompt holds images or other media, which only vision tasks take. */
export const hasMedia = (body: Json): boolean =>
  Array.isArray(body.messages) &&
  body.messages.some((message) => {
    const { content } = record(message);
    return Array.isArray(content) && content.some(isMediaPart);
  });

const jsonBytes = (value: unknown): bigint => utf8Bytes(JSON.stringify(value));

const contentUnits = (content: unknown, imageUnitsEach: bigint): bigint => {
  if (typeof content === 'string') return utf8Bytes(content);
  return (Array.isArray(content) ? content : []).reduce((sum: bigint, part) => {
    const { type, text } = record(part);
    if (typeof text === 'string') return sum + utf8Bytes(text);
    return sum + (type === 'image_url' ? imageUnitsEach : jsonBytes(part));
  }, 0n);
};

const messageUnits = (message: unknown, imageUnitsEach: bigint): bigint => {
  const { content, ...rest } = record(message);
  return contentUnits(content, imageUnitsEach) + jsonBytes(rest) + MESSAGE_OVERHEAD_UNITS;
};

/** What templates add to a prompt as a whole, and once more for tools or a schema: preambles, default system prompts. */
const [TEMPLATE_UNITS, TOOLS_UNITS] = [64n, 256n];
/** Members with structure that no template shows to the model. */
const unseen: ReadonlySet<string> = new Set([
  'messages',
  'stream_options',
  'stop',
  'logit_bias',
  'metadata',
  'provider',
]);

const chatUnits = (body: Json, messages: readonly unknown[], imageUnitsEach: bigint): bigint => {
  const shown = Object.entries(body).filter(
    ([name, value]) => !unseen.has(name) && typeof value === 'object' && value !== null,
  );
  const schemas = shown.reduce((sum, [, value]) => sum + jsonBytes(value), shown.length > 0 ? TOOLS_UNITS : 0n);
  return messages.reduce((sum: bigint, each) => sum + messageUnits(each, imageUnitsEach), TEMPLATE_UNITS + schemas);
};

const inputUnits = (input: unknown): bigint => {
  const texts = Array.isArray(input) ? input : [input];
  if (texts.every((each) => typeof each === 'number')) return BigInt(texts.length) + MESSAGE_OVERHEAD_UNITS;
  return texts.reduce(
    (sum: bigint, each) =>
      sum +
      MESSAGE_OVERHEAD_UNITS +
      (typeof each === 'string' ? utf8Bytes(each) : Array.isArray(each) ? BigInt(each.length) : jsonBytes(each ?? '')),
    0n,
  );
};

/** What is allowed for beside the bytes: 2 % and 16 units. */
const withMargin = (units: bigint): bigint => units + units / 50n + 16n;

/**
 * The most units that may be billed for the prompt of a chat, completion or embedding body. Buyer and node compute it from the same
 * body: UTF-8 bytes of everything the model may see (messages, tools, schemas), which no tokenizer exceeds, a fixed price per image,
 * what chat templates add, and a margin of 2 % and 16 units.
 */
export const promptUpperBound = (body: Json, imageUnitsEach: bigint = IMAGE_PART_UNITS): bigint =>
  withMargin(
    Array.isArray(body.messages)
      ? chatUnits(body, body.messages, imageUnitsEach)
      : inputUnits(body.input ?? body.prompt ?? body.tokens ?? body.query ?? '') +
          (Array.isArray(body.documents) ? inputUnits(body.documents.map(documentText)) : 0n) +
          utf8Bytes(typeof body.suffix === 'string' ? body.suffix : ''),
  );

/** Bytes of a token of English or code, about. */
const BYTES_PER_TOKEN = 4;

/** Tokens of a prompt, roughly, from its bytes alone; at least one. */
export const promptEstimate = (body: Json): number =>
  Math.max(1, Math.round(Number(promptUpperBound(body)) / BYTES_PER_TOKEN));

/** A document of `/v1/rerank`: a text, or an object that holds it. */
const documentText = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : typeof record(value).text === 'string'
      ? String(record(value).text)
      : JSON.stringify(value);

const textsOf = (content: Extract<Content, { readonly kind: 'chat' | 'completion' }>): readonly string[] =>
  content.choices.flatMap((choice) => [
    choice.text,
    choice.reasoning,
    ...choice.toolCalls.flatMap((call) => [call.name, call.arguments]),
  ]);

/** Generated texts of an answer: content, thoughts, names and arguments of tool calls. */
export const generatedTexts = (content: Content): readonly string[] => {
  if (content.kind === 'chat' || content.kind === 'completion') return textsOf(content);
  return content.kind === 'transcription' ? [content.text] : [];
};

/**
 * The most units that may be billed for generated texts: their UTF-8 bytes, one more for each choice, 16 for each tool call, and the
 * margin of {@link promptUpperBound}. Thoughts an engine counts but does not show are billed no further than this. Null for answers
 * that are not counted by their text.
 */
export const answerUpperBound = (content: Content): bigint | null => {
  if (content.kind !== 'chat' && content.kind !== 'completion') return null;
  const around = content.choices.reduce(
    (sum, { toolCalls }) => sum + 1n + MESSAGE_OVERHEAD_UNITS * BigInt(toolCalls.length),
    0n,
  );
  return withMargin(textsOf(content).reduce((sum, text) => sum + utf8Bytes(text), around));
};
