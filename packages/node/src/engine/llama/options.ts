/** How a model file is served; everything but the file has a default. */
import * as z from 'zod';
import { kvTypes, sketchProfile } from '../../sketch/sketch-profile.ts';
import { logitServers } from '../logits/types.ts';

const positive = z.int().min(1);

/** A server that has the model's weights: of the file tokens and template are read alone, which may be all it has. */
const server = z.strictObject({
  kind: z.enum(logitServers),
  /** Base URL, with or without `/v1`. */
  url: z.url(),
  /** Name it knows the model by. Default: the name it is sold under. */
  model: z.string().min(1).optional(),
  /** Variable of the environment that has its key. */
  api_key_env: z.string().min(1).optional(),
});

/** The options as they are written in `node.yaml` and handed to the engine's process. */
export const llamaOptions = z.strictObject({
  /** Path of a GGUF file. */
  file: z.string().min(1),
  /** Where the values are computed, when not from this file. Chats and completions only. */
  server: server.optional(),
  /** Name it is sold under. Default: the file's own `general.name`, else the file's name. */
  name: z.string().min(1).optional(),
  /** 0 chat and completions, 1 embeddings. */
  roles: z.array(z.int().min(0).max(1)).min(1).default([0]),
  /** Profile under which its answers can be checked and sold at level 1: a path, or the document. Default: `FILE.profile.json`, where there is one beside `FILE.gguf`. */
  profile: z.union([z.string().min(1), sketchProfile]).optional(),
  /** Tokens of prompt and answer together. Default: what the model was trained on, at most 8,192. */
  context_length: positive.optional(),
  /** Requests computed at once; each has a context of its own in memory. */
  parallel: positive.max(64).default(4),
  /** Tokens that one evaluation takes at once. */
  batch: positive.default(512),
  /** Whether attention is computed in one go. Default: where the library knows how. */
  flash_attention: z.boolean().optional(),
  /** Type of the cache of keys and values; a smaller one saves memory, and its answers are those of another model. */
  kv: z.enum(kvTypes).default('f16'),
  /** Threads of one evaluation. More than the cores that are free makes it slower. */
  threads: positive.max(256).default(1),
});

/** Checked options. */
export type LlamaOptions = z.infer<typeof llamaOptions>;
