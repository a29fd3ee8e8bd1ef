/** A model file, loaded: with its weights, or its tokens and template alone where a server has the weights. */
import { setImmediate as turn } from 'node:timers/promises';
import type {
  Llama,
  LlamaContext,
  LlamaContextSequence,
  LlamaEmbeddingContext,
  LlamaLogLevel,
  LlamaModel,
} from 'node-llama-cpp';
import { baseUrl, openLogits } from '../logits/open.ts';
import type { LogitSource } from '../logits/types.ts';
import type { EngineModel } from '../types.ts';
import { checkModelFile, checkRoles, fileFault, MOST_CONTEXT, nameOf, quantizationOf, watchFile } from './file.ts';
import { profileBeside } from './file-profile.ts';
import { fittingProfile } from './fitting.ts';
import { type Library, loadLibrary } from './library.ts';
import type { LlamaOptions } from './options.ts';
import { openPrompts, type Prompts } from './prompt.ts';
import { sampleInTurns } from './sampling.ts';
import { openConnections, openSequences, type Places } from './sequences.ts';
import { servedModel } from './served.ts';

/** Where a model's values are computed. */
export type Values =
  | {
      readonly kind: 'here';
      readonly sequences: Places<LlamaContextSequence>;
      readonly embedding: LlamaEmbeddingContext | undefined;
      /** Whether the file was written to since: its weights lie in memory as they are on disk. */
      readonly isChanged: () => boolean;
    }
  | { readonly kind: 'server'; readonly source: LogitSource; readonly url: string; readonly places: Places<number> };

/** The library at work in this process. Starting it takes ten times as long as loading a small model. */
export interface Started {
  readonly library: Library;
  readonly llama: Llama;
  /** Why a file could not be loaded, in llama.cpp's words; undefined where it said nothing. */
  readonly complaint: () => Promise<string | undefined>;
}

/** A loaded model. */
export interface Loaded extends Omit<Started, 'complaint'> {
  readonly model: LlamaModel;
  readonly served: EngineModel;
  readonly prompts: Prompts;
  readonly values: Values;
}

const loadModel = async ({ llama, complaint }: Started, { file, server }: LlamaOptions): Promise<LlamaModel> => {
  try {
    return await llama.loadModel({ modelPath: file, gpuLayers: 0, vocabOnly: server !== undefined });
  } catch (cause) {
    throw fileFault(
      file,
      (await complaint()) ?? (cause as Error).message,
      'Check that the file is whole and that llama.cpp knows its architecture.',
      cause,
    );
  }
};

const cacheOf = (kv: LlamaOptions['kv']) => {
  const type = kv.toUpperCase() as 'F32' | 'Q8_0' | 'Q4_0';
  return { experimentalKvCacheKeyType: type, experimentalKvCacheValueType: type };
};

const computeHere = async (
  model: LlamaModel,
  options: LlamaOptions,
  contextSize: number,
  isChanged: () => boolean,
): Promise<Values> => {
  const { file, roles, parallel, batch, threads } = options;
  const shape = { contextSize, batchSize: Math.min(batch, contextSize), threads };
  const cache = options.kv === 'f16' ? {} : cacheOf(options.kv);
  let context: LlamaContext;
  try {
    context = await model.createContext({
      ...shape,
      ...cache,
      flashAttention: options.flash_attention ?? 'auto',
      sequences: parallel,
    });
    const embedding = roles.includes(1) ? await model.createEmbeddingContext(shape) : undefined;
    const inTurns = sampleInTurns(context);
    if (!inTurns && parallel > 1)
      process.stderr.write(
        `warn ${file}: this build of node-llama-cpp cannot sample in turns; one request at a time\n`,
      );
    const atOnce = inTurns ? parallel : 1;
    return { kind: 'here', sequences: openSequences(context, atOnce), embedding, isChanged };
  } catch (cause) {
    throw fileFault(file, (cause as Error).message, 'Lower parallel or context_length, or use a smaller model.', cause);
  }
};

const computeThere = (model: LlamaModel, name: string, options: LlamaOptions): Values => {
  const {
    kind,
    url: given,
    model: known,
    api_key_env: variable,
  } = options.server as NonNullable<LlamaOptions['server']>;
  const url = baseUrl(given);
  const apiKey = variable === undefined ? undefined : process.env[variable];
  const vocabulary = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  const source = openLogits(kind, { url, model: known ?? name, vocabulary, ...(apiKey ? { apiKey } : {}) });
  return { kind: 'server', source, url, places: openConnections(options.parallel) };
};

/** Starts the library for these files, which are looked at first. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const startLibrary = async (files: readonly LlamaOptions[]): Promise<Started> => {
  for (const { file, server, roles } of files)
    checkRoles(file, roles, checkModelFile(file, server === undefined).values.get('general.architecture'));
  const library = await loadLibrary();
  // Without weights the library complains while it estimates memory, and loads the tokens all the same.
  const logLevel = files.every(({ server }) => server) ? library.LlamaLogLevel.disabled : library.LlamaLogLevel.error;
  let complaint: string | undefined;
  const logger = (level: LlamaLogLevel, message: string): void => {
    complaint ??= /(?:error loading model|gguf_init_\w+): (.*)/.exec(message)?.[1];
    process.stderr.write(`${level} llama.cpp: ${message.trimEnd()}\n`);
  };
  const llama = await library.getLlama({ build: 'never', gpu: false, logLevel, logger });
  // What it says comes from a thread of its own, and may arrive behind the failure that it explains.
  const heard = async (): Promise<string | undefined> => {
    for (let turns = 0; turns < 2; turns++) await turn();
    return complaint;
  };
  return { library, llama, complaint: heard };
};

/** Loads a model. Throws `ENGINE_MODEL_FILE`, `ENGINE_PROFILE`. */
export const load = async (started: Started, options: LlamaOptions): Promise<Loaded> => {
  const { library, llama } = started;
  const { file, roles, server } = options;
  const isChanged = watchFile(file);
  const model = await loadModel(started, options);
  const { fileInfo } = model;
  const name = options.name ?? nameOf(file, fileInfo.metadata.general.name);
  const given = options.profile ?? profileBeside(file);
  const sketch = given === undefined ? undefined : await fittingProfile(given, options, model);
  const trained = fileInfo.architectureMetadata.context_length ?? MOST_CONTEXT;
  const contextLength = sketch?.context ?? Math.min(options.context_length ?? MOST_CONTEXT, trained);
  const { file_type: type } = fileInfo.metadata.general;
  const quantization = quantizationOf(type === undefined || server ? undefined : library.GgufFileType[type]);
  const served = servedModel({ name, roles, contextLength, sketch, quantization });
  const values = server
    ? computeThere(model, name, options)
    : await computeHere(model, options, contextLength, isChanged);
  return { library, llama, model, served, prompts: openPrompts(model, name, file, roles.includes(0)), values };
};
