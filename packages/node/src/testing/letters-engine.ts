/** An engine for tests that want long answers and byte counts: letters by counts over a small text, reproducible under `atoma-int/1`. */
import { embedText } from '../engine/builtin/embedding.ts';
import { paced } from '../engine/builtin/paced.ts';
import { engineError } from '../engine/engine-errors.ts';
import { startEngineProgram } from '../engine/process/client.ts';
import type { Delta, Engine, EngineEvent, EngineLimit, EngineModel, EngineRequest } from '../engine/types.ts';
import { generateText } from './letters-text.ts';

/** Name of the reproducible profile. */
export const LETTERS_PROFILE = 'atoma-int/1';
/** Units of prompt and answer together. */
const CONTEXT_LENGTH = 16_384;
/** Answers end here when nothing else ends them. */
const DEFAULT_MAX = 1024;
/** Letters of one piece of a stream. */
const PIECE = 4;
/** Divides the whole components of an embedding. */
const COMPONENT_UNIT = 32_768;

const model = (name: string, roles: readonly number[]): EngineModel => ({
  name,
  roles,
  contextLength: CONTEXT_LENGTH,
  tokenizer: 'bytes',
  profile: LETTERS_PROFILE,
  imagePartUnits: 1_600n,
});

/** Models of the engine; the same generator also answers under further names given to {@link createLettersEngine}. */
const demoModels = [model('atoma/demo-chat', [0]), model('atoma/demo-embed', [1])];

/** How the engine behaves; nothing here changes what is produced. */
export interface LettersEngineOptions {
  /** Letters a second for streams; 0 or absent: as fast as possible. */
  readonly lettersPerSecond?: number;
}

type Json = Readonly<Record<string, unknown>>;
const partText = (part: Json): string => (typeof part.text === 'string' ? part.text : '');
const contentText = (content: unknown): string =>
  Array.isArray(content) ? content.map(partText).join('') : typeof content === 'string' ? content : '';
const messagesOf = (body: Json): readonly Json[] =>
  Array.isArray(body.messages) ? (body.messages as Json[]) : [{ role: '', content: body.prompt }];

const bytes = (text: string): number => Buffer.byteLength(text, 'utf8');

/** A prompt costs, per message, its role, one separator and its text, in bytes; tool definitions cost their JSON. */
const promptBytes = (request: EngineRequest): number => {
  const { body, endpoint } = request;
  if (endpoint === '/v1/embeddings') return inputsOf(body).reduce((sum, input) => sum + bytes(input) + 1, 0);
  const messages = messagesOf(body).reduce(
    (sum, message) => sum + bytes(String(message.role)) + 1 + bytes(contentText(message.content)),
    0,
  );
  return messages + (body.tools === undefined ? 0 : bytes(JSON.stringify(body.tools)));
};

const inputsOf = (body: Json): readonly string[] => {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  if (inputs.some((each) => typeof each !== 'string'))
    throw engineError('UNSUPPORTED', { param: 'input as tokens', model: String(body.model) });
  return inputs as readonly string[];
};

const forcedTool = (body: Json): string | undefined => {
  const choice = body.tool_choice as string | { function?: { name?: string } } | undefined;
  const tools = body.tools as readonly { function?: { name?: string } }[] | undefined;
  if (choice === 'required') return tools?.[0]?.function?.name;
  return typeof choice === 'object' ? choice.function?.name : undefined;
};

const unsupported = ['logprobs', 'top_logprobs', 'response_format', 'dimensions', 'logit_bias', 'echo', 'suffix'];
const checkParameters = (request: EngineRequest): void => {
  const { body } = request;
  const param = unsupported.find((name) => {
    const value = body[name];
    const plain = value === undefined || value === null || value === false;
    return !plain && !(name === 'response_format' && (value as Json).type === 'text');
  });
  if (param) throw engineError('UNSUPPORTED', { param, model: request.model });
  if (Array.isArray(body.prompt)) throw engineError('UNSUPPORTED', { param: 'prompt as a list', model: request.model });
};

/** One choice as pieces that each know their units. */
const pieces = (request: EngineRequest, limit: EngineLimit, choice: number): readonly EngineEvent[] => {
  const { body, seed } = request;
  const max = Math.min(limit.maxPerChoice ?? DEFAULT_MAX, DEFAULT_MAX);
  const cut = limit.cut?.[choice];
  const tool = forcedTool(body);
  if (tool !== undefined) return toolPieces(tool, choice, Math.min(max, cut ?? max));
  const { stop, temperature } = body;
  const generated = generateText({
    prompt: contentText(messagesOf(body).at(-1)?.content),
    seed,
    choice,
    max,
    greedy: temperature === 0,
    stop: typeof stop === 'string' ? [stop] : Array.isArray(stop) ? (stop as string[]) : [],
  });
  const text = cut === undefined ? generated.text : generated.text.slice(0, cut);
  const out: EngineEvent[] = [];
  for (let at = 0; at < text.length; at += PIECE) {
    const content = text.slice(at, at + PIECE);
    out.push({ type: 'delta', choice, content, units: content.length });
  }
  const reason = cut !== undefined && cut <= generated.text.length ? 'length' : generated.reason;
  return [...out, { type: 'finish', choice, reason }];
};

const toolPieces = (name: string, choice: number, max: number): readonly EngineEvent[] => {
  const shown = Buffer.from(name).subarray(0, max).toString('utf8');
  const args = '{}'.slice(0, Math.max(0, max - bytes(name)));
  const first: Delta = {
    type: 'delta',
    choice,
    tool: { index: 0, id: `call_${choice}`, name: shown, arguments: '' },
    units: bytes(shown),
  };
  const second: Delta = { type: 'delta', choice, tool: { index: 0, arguments: args }, units: args.length };
  const complete = args === '{}';
  return [
    first,
    ...(args === '' ? [] : [second]),
    { type: 'finish', choice, reason: complete ? 'tool_calls' : 'length' },
  ];
};

async function* generate(
  request: EngineRequest,
  limit: EngineLimit,
  signal: AbortSignal,
  perSecond: number,
): AsyncGenerator<EngineEvent> {
  const choices = Array.from({ length: request.n }, (_, choice) => pieces(request, limit, choice));
  yield* paced(choices, () => BigInt(promptBytes(request)), signal, perSecond);
}

async function* embed(request: EngineRequest): AsyncGenerator<EngineEvent> {
  for (const [index, input] of inputsOf(request.body).entries())
    yield { type: 'vector', index, values: embedText(input).map((value) => value / COMPONENT_UNIT) };
  yield { type: 'usage', prompt: BigInt(promptBytes(request)), completion: 0n };
}

/** The engine in a process of its own. */
export const startLettersProcess = (): Promise<Engine> =>
  startEngineProgram({
    id: 'letters',
    source: '../../testing/letters-child.ts',
    bundled: 'letters-child.js',
    args: [],
    renew: startLettersProcess,
  });

/** Makes the engine. */
export const createLettersEngine = (options: LettersEngineOptions = {}): Engine => ({
  id: 'letters',
  models: async () => demoModels,
  measure: async (request) => {
    checkParameters(request);
    return { prompt: BigInt(promptBytes(request)), exact: true };
  },
  run: (request, limit, signal) =>
    request.endpoint === '/v1/embeddings'
      ? embed(request)
      : generate(request, limit, signal, request.stream ? (options.lettersPerSecond ?? 0) : 0),
  health: async () => ({ healthy: true, detail: 'letters' }),
  renew: async () => startLettersProcess(),
  close: async () => undefined,
});
