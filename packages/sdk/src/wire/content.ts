/** content_hash: what was generated, and nothing else, in one encoding that streaming and whole answers share. */
import { blake2b256 } from '@atoma/base';
import { ulebBytes } from './layout.ts';
import { wireError } from './wire-errors.ts';

/** One tool call of a choice. Its id is random and stays out. */
export interface ContentToolCall {
  readonly index: number;
  readonly name: string;
  /** JSON text as generated. */
  readonly arguments: string;
}

/** One choice of a chat or text completion. */
export interface ContentChoice {
  readonly index: number;
  /** Content followed by refusal. */
  readonly text: string;
  readonly reasoning: string;
  readonly toolCalls: readonly ContentToolCall[];
}

/** What was generated, by kind of endpoint. Lists may be in any order; they are encoded by ascending index. */
export type Content =
  | { readonly kind: 'chat' | 'completion'; readonly choices: readonly ContentChoice[] }
  /** Values as little-endian float32 bytes, see {@link float32Bytes}. */
  | { readonly kind: 'embeddings'; readonly vectors: readonly { readonly index: number; readonly bytes: Uint8Array }[] }
  | { readonly kind: 'images'; readonly images: readonly { readonly index: number; readonly bytes: Uint8Array }[] }
  | { readonly kind: 'speech'; readonly bytes: Uint8Array }
  | { readonly kind: 'transcription'; readonly text: string }
  /** Digest of the result, 32 bytes. */
  | { readonly kind: 'job'; readonly digest: Uint8Array };

/** Kind byte of each content. */
export const contentKinds = {
  chat: 1,
  completion: 2,
  embeddings: 3,
  images: 4,
  speech: 5,
  transcription: 6,
  job: 7,
} as const;

const encoder = new TextEncoder();
const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};
const sized = (bytes: Uint8Array): readonly Uint8Array[] => [ulebBytes(bytes.length), bytes];
const string = (value: string): readonly Uint8Array[] => sized(encoder.encode(value));
const list = <Item extends { readonly index: number }>(
  items: readonly Item[],
  encode: (item: Item) => readonly Uint8Array[],
): readonly Uint8Array[] => {
  const sorted = [...items].sort((a, b) => a.index - b.index);
  if (sorted.some((item, i) => i > 0 && item.index === sorted[i - 1]?.index))
    throw wireError('CONTENT', { why: 'two parts have the same index' });
  return [ulebBytes(items.length), ...sorted.flatMap((item) => [u32(item.index), ...encode(item)])];
};
const choiceParts = (choice: ContentChoice): readonly Uint8Array[] => [
  ...string(choice.text),
  ...string(choice.reasoning),
  ...list(choice.toolCalls, (call) => [...string(call.name), ...string(call.arguments)]),
];

const parts = (content: Content): readonly Uint8Array[] => {
  switch (content.kind) {
    case 'chat':
    case 'completion':
      return list(content.choices, choiceParts);
    case 'embeddings':
      return list(content.vectors, ({ bytes }) => sized(bytes));
    case 'images':
      return list(content.images, ({ bytes }) => sized(bytes));
    case 'speech':
      return sized(content.bytes);
    case 'transcription':
      return string(content.text);
    case 'job':
      return sized(content.digest);
  }
};

/** 0x10 || kind || BCS(content): the bytes that are hashed. */
export const contentBytes = (content: Content): Uint8Array => {
  const pieces = [Uint8Array.of(0x10, contentKinds[content.kind]), ...parts(content)];
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
};

/** content_hash = H(0x10 || kind || BCS(content)); 32 bytes. */
export const contentHash = (content: Content): Uint8Array => blake2b256(contentBytes(content));

/** Embedding values as little-endian float32, each rounded to float32, -0 made +0. Throws `WIRE_CONTENT` for NaN and infinity. */
export const float32Bytes = (values: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(values.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = Math.fround(values[i] as number);
    if (!Number.isFinite(value)) throw wireError('CONTENT', { why: `value ${i} of an embedding is not finite` });
    view.setFloat32(i * 4, value === 0 ? 0 : value, true);
  }
  return bytes;
};

/** The same for a vector that came as base64 of float32 bytes. */
export const normalFloat32Bytes = (bytes: Uint8Array): Uint8Array => {
  if (bytes.length % 4 !== 0) throw wireError('CONTENT', { why: 'a base64 embedding is not whole float32 values' });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return float32Bytes(Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(i * 4, true)));
};
