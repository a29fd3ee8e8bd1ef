/** A GGUF model under llama.cpp in this process. A fault of the library can end the process, so the daemon runs it as a program. */
import type { Llama, LlamaContext, LlamaEmbeddingContext, LlamaModel, Token } from 'node-llama-cpp';
import { engineError } from '../errors.ts';
import type { Engine, EngineEvent, EngineLimit, EngineModel, EngineRequest, Finish, FinishReason } from '../types.ts';
import { checkParameters, grammarOf, sampling, unsupported } from './choose.ts';
import { checkModelFile, fileFault, nameOf, quantizationOf } from './file.ts';
import { loadLibrary } from './library.ts';
import type { LlamaOptions } from './options.ts';
import { openPrompts, type Prompt, type Prompts } from './prompt.ts';
import { openRelease, type Piece } from './release.ts';
import { openSequences, type Sequences } from './sequences.ts';
import { findCalls, maybeCall, toolChoice } from './tools.ts';

type Library = typeof import('node-llama-cpp');

/** Context of a model that was trained on more. */
const MOST_CONTEXT = 8_192;

/** A loaded model. */
interface Loaded {
  readonly library: Library;
  readonly llama: Llama;
  readonly model: LlamaModel;
  readonly served: EngineModel;
  readonly prompts: Prompts;
  readonly sequences: Sequences;
  readonly embedding: LlamaEmbeddingContext | undefined;
}

const loadModel = async (llama: Llama, file: string): Promise<LlamaModel> => {
  try {
    return await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  } catch (cause) {
    throw fileFault(
      file,
      (cause as Error).message,
      'Check that the file is whole and that llama.cpp knows its architecture.',
      cause,
    );
  }
};

const load = async (options: LlamaOptions): Promise<Loaded> => {
  const { file, roles, parallel, batch, threads } = options;
  checkModelFile(file);
  const library = await loadLibrary();
  const llama = await library.getLlama({ build: 'never', gpu: false, logLevel: library.LlamaLogLevel.error });
  const model = await loadModel(llama, file);
  const name = options.name ?? nameOf(file, model.fileInfo.metadata.general.name);
  const contextLength = Math.min(options.context_length ?? MOST_CONTEXT, model.trainContextSize);
  const shape = { contextSize: contextLength, batchSize: Math.min(batch, contextLength), threads };
  let context: LlamaContext;
  let embedding: LlamaEmbeddingContext | undefined;
  try {
    context = await model.createContext({ ...shape, sequences: parallel });
    embedding = roles.includes(1) ? await model.createEmbeddingContext(shape) : undefined;
  } catch (cause) {
    throw fileFault(file, (cause as Error).message, 'Lower parallel or context_length, or use a smaller model.', cause);
  }
  const { file_type: type } = model.fileInfo.metadata.general;
  const quantization = quantizationOf(type === undefined ? undefined : library.GgufFileType[type]);
  const served: EngineModel = {
    name,
    roles,
    contextLength,
    tokenizer: null,
    profile: null,
    imagePartUnits: 0n,
    refuses: unsupported,
    ...(quantization === undefined ? {} : { quantization }),
  };
  const prompts = openPrompts(model, name);
  return { library, llama, model, served, prompts, sequences: openSequences(context), embedding };
};

/** What is left for the answer; a prompt that leaves nothing is refused, since the library would silently drop its beginning. */
const room = ({ served }: Loaded, { tokens, start }: Prompt): number => {
  const left = served.contextLength - tokens.length - start.length;
  if (left < 1)
    throw engineError('REJECTED', {
      why: `the prompt has ${tokens.length} tokens and the context of ${served.name} ${served.contextLength}`,
    });
  return left;
};

/** A step of one choice: text, or why it ended. */
type Step = Piece | { readonly reason: FinishReason };

async function* generate(
  loaded: Loaded,
  request: EngineRequest,
  prompt: Prompt,
  choice: number,
  limit: EngineLimit,
  signal: AbortSignal,
): AsyncGenerator<Step> {
  const { model, library, llama, sequences, served } = loaded;
  const { stop } = request.body;
  const stops = (Array.isArray(stop) ? stop : [stop]).filter(
    (each): each is string => typeof each === 'string' && each !== '',
  );
  const most = Math.min(
    room(loaded, prompt),
    limit.maxPerChoice ?? Number.POSITIVE_INFINITY,
    limit.cut?.[choice] ?? Number.POSITIVE_INFINITY,
  );
  const release = openRelease((tokens, before) => model.detokenize(tokens as Token[], false, before as Token[]), stops);
  const grammar = await grammarOf(request, llama, library);
  const state = grammar && new library.LlamaGrammarEvaluationState({ model, grammar });
  const sequence = await sequences.take(signal);
  try {
    if (most < 1) return yield { reason: 'length' };
    const made: Token[] = [];
    const options = { ...sampling(request, model, choice, made), ...(state ? { grammarEvaluationState: state } : {}) };
    const steps = sequence.evaluateWithMetadata([...prompt.tokens, ...prompt.start], { confidence: true }, options);
    for await (const { token, confidence } of steps) {
      if (signal.aborted) return;
      if (Number.isNaN(confidence))
        throw engineError('FAILED', { model: served.name, why: 'it computed values that are no numbers' });
      if (model.isEogToken(token)) break;
      made.push(token);
      const { piece, stopped } = release.push(token);
      if (piece) yield piece;
      if (stopped) return yield { reason: 'stop' };
      if (made.length >= most) {
        const rest = release.rest();
        if (rest) yield rest;
        return yield { reason: 'length' };
      }
    }
    const rest = release.rest();
    if (rest) yield rest;
    yield { reason: 'stop' };
  } finally {
    await sequences.give(sequence);
  }
}

/** The pieces of a choice as events: text as it comes, calls once they are whole. */
async function* choiceEvents(
  steps: AsyncIterable<Step>,
  choice: number,
  body: EngineRequest['body'],
): AsyncGenerator<EngineEvent> {
  const tools = toolChoice(body);
  let kept: Piece = { text: '', units: 0 };
  let keeping = tools.kind !== 'none';
  let reason: FinishReason = 'stop';
  for await (const step of steps) {
    if ('reason' in step) {
      reason = step.reason;
      continue;
    }
    kept = { text: kept.text + step.text, units: kept.units + step.units };
    keeping = keeping && (tools.kind === 'forced' || maybeCall(kept.text));
    if (keeping) continue;
    yield { type: 'delta', choice, content: kept.text, units: kept.units };
    kept = { text: '', units: 0 };
  }
  const finish = (why: FinishReason): Finish => ({ type: 'finish', choice, reason: why });
  const calls =
    tools.kind === 'forced' ? [{ name: tools.name, arguments: kept.text }] : keeping ? findCalls(kept.text, body) : [];
  if (calls.length === 0) {
    if (kept.text !== '') yield { type: 'delta', choice, content: kept.text, units: kept.units };
    yield finish(reason);
    return;
  }
  for (const [index, call] of calls.entries())
    yield {
      type: 'delta',
      choice,
      tool: { index, id: `call_${choice}_${index}`, ...call },
      units: index === 0 ? Math.min(kept.units, Buffer.byteLength(call.name + call.arguments)) : 0,
    };
  yield finish(reason === 'length' ? 'length' : 'tool_calls');
}

async function* answer(
  loaded: Loaded,
  request: EngineRequest,
  limit: EngineLimit,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  yield { type: 'accepted' };
  const prompt = loaded.prompts.of(request);
  let completion = 0n;
  for (let choice = 0; choice < request.n && !signal.aborted; choice++) {
    const steps = generate(loaded, request, prompt, choice, limit, signal);
    for await (const event of choiceEvents(steps, choice, request.body)) {
      if (event.type === 'delta') completion += BigInt(event.units ?? 0);
      yield event;
    }
  }
  if (!signal.aborted) yield { type: 'usage', prompt: BigInt(prompt.tokens.length), completion };
}

async function* embed(loaded: Loaded, request: EngineRequest, signal: AbortSignal): AsyncGenerator<EngineEvent> {
  const { embedding, served } = loaded;
  if (!embedding) throw engineError('REJECTED', { why: `${served.name} is not served for embeddings` });
  const inputs = loaded.prompts.inputs(request);
  for (const [index, input] of inputs.entries()) {
    if (signal.aborted) return;
    if (input.length > served.contextLength)
      throw engineError('REJECTED', {
        why: `input ${index} has ${input.length} tokens and the context ${served.contextLength}`,
      });
    const { vector } = await embedding.getEmbeddingFor(input as Token[]);
    yield { type: 'vector', index, values: vector.map(Math.fround) };
  }
  yield { type: 'usage', prompt: BigInt(inputs.reduce((sum, input) => sum + input.length, 0)), completion: 0n };
}

/** Opens a model. Throws `ENGINE_MODEL_FILE`, `ENGINE_LLAMA_ABSENT`. */
export const openLlamaEngine = async (options: LlamaOptions): Promise<Engine> => {
  const loaded = await load(options);
  const { served, model, prompts } = loaded;
  return {
    id: `llama.cpp ${served.name}`,
    models: async () => [served],
    measure: async (request) => {
      checkParameters(request);
      if (request.endpoint === '/v1/embeddings')
        return { prompt: BigInt(prompts.inputs(request).reduce((sum, input) => sum + input.length, 0)), exact: true };
      const prompt = prompts.of(request);
      room(loaded, prompt);
      return { prompt: BigInt(prompt.tokens.length), exact: true };
    },
    run: (request, limit, signal) =>
      request.endpoint === '/v1/embeddings' ? embed(loaded, request, signal) : answer(loaded, request, limit, signal),
    health: async () => ({ healthy: !model.disposed, detail: `llama.cpp, ${served.name}` }),
    close: async () => {
      await loaded.llama.dispose();
    },
  };
};
