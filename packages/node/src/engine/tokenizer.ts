/** Counting tokens where the engine does not. Encodings of gpt-tokenizer are loaded when first needed. */
import { countPieces, utf8Bytes } from '@atoma/sdk';
import type { EngineModel, EngineRequest, Measure } from './types.ts';

type Count = (text: string) => number;

/** A prompt may speak of special tokens; there they are text like any other. */
const asText = { disallowedSpecial: new Set<string>() };
/** Letters without a space from which a text is counted in slices: merging pairs takes the square of a word's length. */
const LONG_WORD = /\S{1024}/;
const SLICE = 256;

const sliced =
  (count: Count): Count =>
  (text) => {
    if (!LONG_WORD.test(text)) return count(text);
    const known = new Map<string, number>();
    let sum = 0;
    for (let at = 0; at < text.length; at += SLICE) {
      const slice = text.slice(at, at + SLICE);
      const counted = known.get(slice) ?? count(slice);
      known.set(slice, counted);
      sum += counted;
    }
    return sum;
  };

const loaders: Readonly<Record<string, () => Promise<Count>>> = {
  o200k_base: async () => {
    const { countTokens } = await import('gpt-tokenizer/encoding/o200k_base');
    return sliced((text) => countTokens(text, asText));
  },
  cl100k_base: async () => {
    const { countTokens } = await import('gpt-tokenizer/encoding/cl100k_base');
    return sliced((text) => countTokens(text, asText));
  },
  pieces: async () => countPieces,
  bytes: async () => (text) => Buffer.byteLength(text, 'utf8'),
};
const loaded = new Map<string, Count>();

/** What models are counted with whose own tokenizer is not at hand and whose engine does not count. */
const STAND_IN = 'o200k_base';

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

/** Tokens of a text; those of a common tokenizer where the model's own is not known. */
export const countText = async (tokenizer: string | null, text: string): Promise<bigint> => {
  const count = await loadTokenizer(tokenizer ?? STAND_IN);
  return count ? BigInt(count(text)) : utf8Bytes(text);
};

/** Tokens chat templates put around each message. */
const TEMPLATE_TOKENS = 8n;
/** Letters of media in a prompt that make about one token. */
const MEDIA_LETTERS = 16;
type Json = Readonly<Record<string, unknown>>;

/** What the model reads of a message as text; images and other media are counted apart. */
const messageText = (message: Json): string => {
  const { content, ...rest } = message;
  const parts = Array.isArray(content)
    ? content.map((part: Json) => (isMedia(part) ? '' : (part.text ?? JSON.stringify(part)))).join('')
    : (content ?? '');
  return `${parts}${JSON.stringify(rest)}`;
};

const isMedia = (part: Json): boolean => typeof part.type === 'string' && /_url$|^input_audio$|^file$/.test(part.type);

const mediaUnits = (message: Json, imageUnits: bigint): bigint => {
  if (!Array.isArray(message.content)) return 0n;
  return (message.content as readonly Json[]).filter(isMedia).reduce((sum, part) => {
    if (part.type === 'image_url') return sum + imageUnits;
    return sum + BigInt(Math.ceil(JSON.stringify(part).length / MEDIA_LETTERS));
  }, 0n);
};

const chatUnits = (body: Json, count: Count, imageUnits: bigint): bigint => {
  const beside = [body.tools, body.functions, body.response_format].filter((each) => each !== undefined);
  const schemas = BigInt(beside.reduce((sum: number, each) => sum + count(JSON.stringify(each)), 0));
  return (body.messages as readonly Json[]).reduce(
    (sum, message) => sum + BigInt(count(messageText(message))) + mediaUnits(message, imageUnits) + TEMPLATE_TOKENS,
    schemas,
  );
};

const documentsOf = ({ documents }: Json): readonly unknown[] => (Array.isArray(documents) ? documents : []);

/** Units of a prompt as far as a tokenizer can tell: templates differ between models. */
export const measurePrompt = async (request: EngineRequest, model: EngineModel): Promise<Measure> => {
  const { body } = request;
  const count = (await loadTokenizer(model.tokenizer ?? STAND_IN)) as Count;
  if (Array.isArray(body.messages)) return { prompt: chatUnits(body, count, model.imagePartUnits), exact: false };
  const input = body.input ?? body.prompt ?? body.tokens ?? body.query ?? '';
  const inputs = [...(Array.isArray(input) ? (input as readonly unknown[]) : [input]), ...documentsOf(body)];
  if (inputs.every((each) => typeof each === 'number')) return { prompt: BigInt(inputs.length), exact: true };
  const sum = inputs.reduce(
    (total: bigint, each) =>
      total +
      BigInt(Array.isArray(each) ? each.length : count(typeof each === 'string' ? each : JSON.stringify(each))) +
      TEMPLATE_TOKENS,
    0n,
  );
  return { prompt: sum, exact: false };
};
