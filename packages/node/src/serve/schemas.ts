/** Bodies of the endpoints. Members that are not listed are refused by name; those that change nothing here are left out. */
import * as z from 'zod';

const count = (max: number) => z.int().min(1).max(max);
const penalty = z.number().min(-2).max(2);

/** What clients send for their provider's own sake: nothing of it changes an answer here. Transformed to null, which plans leave out. */
const ignored = z
  .unknown()
  .transform(() => null)
  .optional();
/** What the buyer's side has acted on before the request came here. */
const routing = { provider: ignored };
/** Members of OpenAI's reference without a meaning here. */
const harmless = {
  store: ignored,
  metadata: ignored,
  service_tier: ignored,
  prompt_cache_key: ignored,
  prompt_cache_retention: ignored,
  safety_identifier: ignored,
  user: ignored,
  /** A guess at the answer, which only makes it come sooner. */
  prediction: ignored,
  /** OpenRouter's wish for a usage that every answer has here. */
  usage: ignored,
  ...routing,
};
/** Any whole number; of one too large to be exact the digits that fit. */
const seed = z
  .number()
  .refine(Number.isInteger, 'expected a whole number')
  .transform((value) => (Number.isSafeInteger(value) ? value : Number(BigInt(value) % 9_007_199_254_740_992n)));

const part = z.looseObject({ type: z.string() });
const message = z.looseObject({
  role: z.string().max(32),
  content: z.union([z.string(), z.array(part)]).nullish(),
});

const sampling = {
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  presence_penalty: penalty.nullish(),
  frequency_penalty: penalty.nullish(),
  repetition_penalty: z.number().positive().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(16)]).nullish(),
  seed: seed.nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  n: count(16).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: ignored,
      continuous_usage_stats: ignored,
    })
    .nullish(),
  ...harmless,
};

/** `/v1/chat/completions`. */
export const chatBody = z.strictObject({
  model: z.string(),
  messages: z.array(message).min(1).max(4096),
  max_tokens: count(10_000_000).nullish(),
  max_completion_tokens: count(10_000_000).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  tools: z
    .array(z.looseObject({ type: z.string() }))
    .max(256)
    .nullish(),
  tool_choice: z.union([z.string(), z.looseObject({})]).nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: z.looseObject({ type: z.string() }).nullish(),
  reasoning_effort: z.string().nullish(),
  /** What a model's own chat template takes, as vLLM, SGLang and llama-server have it: `enable_thinking`. */
  chat_template_kwargs: z.looseObject({}).nullish(),
  verbosity: ignored,
  /** Only text is made here. */
  modalities: z
    .array(z.literal('text'))
    .transform(() => null)
    .optional(),
  ...sampling,
});

/** `/v1/completions`. */
export const completionBody = z.strictObject({
  model: z.string(),
  prompt: z.union([
    z.string(),
    z.array(z.string()).min(1).max(128),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1).max(128),
  ]),
  echo: z.boolean().nullish(),
  max_tokens: count(10_000_000).nullish(),
  logprobs: z.int().min(0).max(20).nullish(),
  suffix: z.string().nullish(),
  ...sampling,
});

/** `/v1/embeddings`. */
export const embeddingBody = z.strictObject({
  model: z.string(),
  input: z.union([
    z.string().min(1),
    z.array(z.string()).min(1).max(2048),
    z.array(z.int()).min(1),
    z.array(z.array(z.int()).min(1)).min(1).max(2048),
  ]),
  encoding_format: z.enum(['float', 'base64']).nullish(),
  dimensions: z.int().min(1).nullish(),
  ...harmless,
});

/** `/v1/rerank`. */
export const rerankBody = z.strictObject({
  model: z.string(),
  query: z.string().min(1),
  documents: z
    .array(z.union([z.string(), z.looseObject({ text: z.string() })]))
    .min(1)
    .max(2048),
  top_n: z.int().min(1).nullish(),
  return_documents: z.boolean().nullish(),
  max_tokens_per_doc: z.int().min(1).nullish(),
  ...routing,
});

/** `/v1/moderations`. */
export const moderationBody = z.strictObject({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()).min(1).max(2048)]),
  ...routing,
});

/** `/tokenize`, of engines that have it. */
export const tokenizeBody = z.strictObject({
  model: z.string(),
  prompt: z.string().optional(),
  messages: z.array(message).min(1).max(4096).optional(),
  add_special_tokens: z.boolean().optional(),
  add_generation_prompt: z.boolean().optional(),
  return_token_strs: z.boolean().nullish(),
  ...routing,
});

/** `/detokenize`, of engines that have it. */
export const detokenizeBody = z.strictObject({
  model: z.string(),
  tokens: z.array(z.int()).max(1_000_000),
  ...routing,
});

/** `/v1/images/generations`. */
export const imageBody = z.strictObject({
  model: z.string(),
  prompt: z.string(),
  n: count(10).nullish(),
  size: z.string().nullish(),
  quality: z.string().nullish(),
  style: z.string().nullish(),
  response_format: z.literal('b64_json').nullish(),
  seed: seed.nullish(),
  moderation: ignored,
  ...harmless,
});

/** `/v1/audio/speech`. */
export const speechBody = z.strictObject({
  model: z.string(),
  input: z.string().min(1),
  voice: z.string(),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  /** How it is to be spoken; not itself spoken, so not billed. */
  instructions: z.string().max(4_096).nullish(),
  /** The sound itself, not events about it. */
  stream_format: z
    .literal('audio')
    .transform(() => null)
    .optional(),
  ...harmless,
});

/** Fields of `/v1/audio/transcriptions` and `/v1/audio/translations`, without the file. */
export const transcriptionForm = z.strictObject({
  model: z.string(),
  language: z.string().optional(),
  prompt: z.string().optional(),
  response_format: z.enum(['json', 'text', 'srt', 'vtt', 'verbose_json']).optional(),
  'timestamp_granularities[]': z.array(z.enum(['word', 'segment'])).optional(),
  temperature: z.string().optional(),
  /** A transcript is given whole. */
  stream: z
    .literal('false')
    .transform(() => null)
    .optional(),
  chunking_strategy: ignored,
  user: ignored,
  ...routing,
});

/** Fields of `/v1/images/edits`, without the files. */
export const imageEditForm = z.strictObject({
  model: z.string(),
  prompt: z.string(),
  n: z.coerce.number().pipe(count(10)).optional(),
  size: z.string().optional(),
  quality: z.string().optional(),
  background: z.string().optional(),
  input_fidelity: z.string().optional(),
  response_format: z.literal('b64_json').optional(),
  user: z.string().max(256).optional(),
  ...routing,
});

/** Endpoints that take a form, and the fields that hold its files; the first is needed. */
export const formFiles: Readonly<Record<string, readonly string[]>> = {
  '/v1/audio/transcriptions': ['file'],
  '/v1/audio/translations': ['file'],
  '/v1/images/edits': ['image', 'image[]', 'mask'],
};

/** Schema of each endpoint's body. */
export const bodySchemas = {
  '/v1/chat/completions': chatBody,
  '/v1/completions': completionBody,
  '/v1/embeddings': embeddingBody,
  '/v1/rerank': rerankBody,
  '/v1/moderations': moderationBody,
  '/tokenize': tokenizeBody,
  '/detokenize': detokenizeBody,
  '/v1/images/generations': imageBody,
  '/v1/images/edits': imageEditForm,
  '/v1/audio/speech': speechBody,
  '/v1/audio/transcriptions': transcriptionForm,
  '/v1/audio/translations': transcriptionForm,
} as const;
