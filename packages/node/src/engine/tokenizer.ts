/** Counting tokens where the engine does not. Encodings of gpt-tokenizer are loaded when first needed. */
import { promptUpperBound, utf8Bytes } from '@atoma/sdk';
import type { EngineModel, EngineRequest, Measure } from './types.ts';

type Count = (text: string) => number;
const loaders: Readonly<Record<string, () => Promise<Count>>> = {
  o200k_base: async () => (await import('gpt-tokenizer/encoding/o200k_base')).countTokens,
  cl100k_base: async () => (await import('gpt-tokenizer/encoding/cl100k_base')).countTokens,
  bytes: async () => (text) => Buffer.byteLength(text, 'utf8'),
};
const loaded = new Map<string, Count>();

/** Names that a model's `tokenizer` may have. */
export const tokenizerNames: readonly string[] = Object.keys(loaders);

/** The counter of a tokenizer; undefined for an unknown name. */
export const loadTokenizer = async (name: string): Promise<Count | undefined> => {
  const known = loaded.get(name);
  if (known) return known;
  const count = await loaders[name]?.();
  if (count) loaded.set(name, count);
  return count;
};

/** Tokens of a text, or its bytes (never fewer) without a tokenizer. */
export const countText = async (tokenizer: string | null, text: string): Promise<bigint> => {
  const count = tokenizer === null ? undefined : await loadTokenizer(tokenizer);
  return count ? BigInt(count(text)) : utf8Bytes(text);
};

/** Tokens chat templates put around each message, at most. */
const TEMPLATE_TOKENS = 8n;
type Json = Readonly<Record<string, unknown>>;

const messageText = (message: Json): string => {
  const { content, ...rest } = message;
  const parts = Array.isArray(content) ? content.map((part: Json) => part.text ?? '').join('') : (content ?? '');
  return `${parts}${JSON.stringify(rest)}`;
};

const imageParts = (message: Json): number =>
  Array.isArray(message.content) ? message.content.filter((part: Json) => part.type === 'image_url').length : 0;

/** Units of a prompt that a tokenizer can count: a bound from above, since templates differ between models. */
export const measurePrompt = async (request: EngineRequest, model: EngineModel): Promise<Measure> => {
  const { body } = request;
  const count = model.tokenizer === null ? undefined : await loadTokenizer(model.tokenizer);
  const upper = promptUpperBound(body, model.imagePartUnits);
  if (!count) return { prompt: upper, exact: false };
  if (Array.isArray(body.messages)) {
    const messages = body.messages as readonly Json[];
    const tools = body.tools === undefined ? 0 : count(JSON.stringify(body.tools));
    const texts = messages.reduce((sum, message) => sum + count(messageText(message)), tools);
    const images = BigInt(messages.reduce((sum, message) => sum + imageParts(message), 0)) * model.imagePartUnits;
    return { prompt: BigInt(texts) + images + TEMPLATE_TOKENS * BigInt(messages.length), exact: false };
  }
  const input = body.input ?? body.prompt ?? '';
  const inputs = Array.isArray(input) ? (input as readonly unknown[]) : [input];
  if (inputs.every((each) => typeof each === 'number')) return { prompt: BigInt(inputs.length), exact: true };
  const sum = inputs.reduce(
    (total: bigint, each) =>
      total + BigInt(typeof each === 'string' ? count(each) : (each as readonly number[]).length) + TEMPLATE_TOKENS,
    0n,
  );
  return { prompt: sum, exact: false };
};
