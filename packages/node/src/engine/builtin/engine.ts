/** The engine that is always there: a demo model that answers by rules, reproducible under the profile `atoma-int/3`. */
import { profileCounters, textPieces, type UnitCounter } from '@atoma/sdk/counters';
import { record } from '@atoma/sdk/json';
import { engineError } from '../engine-errors.ts';
import type { Engine, EngineEvent, EngineLimit, EngineModel, EngineRequest } from '../types.ts';
import { embedText, featureCounts } from './embedding.ts';
import { draw } from './integers.ts';
import { paced } from './paced.ts';
import { readTexts, type Written, writeAnswer } from './write.ts';

/** Name of the reproducible profile. */
export const BUILTIN_PROFILE = 'atoma-int/3';
/** Units of prompt and answer together. */
const CONTEXT_LENGTH = 16_384;
/** Answers end here when nothing else ends them. */
const DEFAULT_MAX = 4_096;
/** Divides the whole components of an embedding. */
const COMPONENT_UNIT = 32_768;

/** Members that would be ignored silently. */
const unsupported = ['logprobs', 'top_logprobs', 'dimensions', 'logit_bias', 'echo', 'suffix', 'chat_template_kwargs'];

const model = (name: string, roles: readonly number[]): EngineModel => ({
  name,
  roles,
  contextLength: CONTEXT_LENGTH,
  tokenizer: 'pieces',
  profile: BUILTIN_PROFILE,
  imagePartUnits: 1_600n,
  refuses: unsupported,
});

const demoModels = [model('atoma/demo-chat', [0]), model('atoma/demo-embed', [1])];

/** How the engine behaves; nothing here changes what is produced. */
export interface BuiltinEngineOptions {
  /** Units a second for streams; 0 or absent: as fast as possible. */
  readonly unitsPerSecond?: number;
}

const counter = profileCounters[BUILTIN_PROFILE] as UnitCounter;

const inputsOf = ({ body, model: name }: EngineRequest): readonly string[] => {
  const inputs = Array.isArray(body.input) ? body.input : [body.input];
  if (inputs.some((each) => typeof each !== 'string'))
    throw engineError('UNSUPPORTED', { param: 'input as tokens', model: name });
  return inputs as readonly string[];
};

/** Members whose words are these and no others. */
const words: readonly (readonly [
  param: string,
  allowed: readonly string[],
  word: (body: EngineRequest['body']) => unknown,
])[] = [
  ['response_format', ['text', 'json_object', 'json_schema'], (body) => record(body.response_format).type],
  [
    'tool_choice',
    ['auto', 'none', 'required'],
    (body) => (typeof body.tool_choice === 'string' ? body.tool_choice : undefined),
  ],
];

/** Refuses what would be ignored silently, and schemas that cannot be filled. */
const checkRequest = (request: EngineRequest): void => {
  const { body, endpoint } = request;
  const param = unsupported.find((name) => ![undefined, null, false].includes(body[name] as never));
  if (param) throw engineError('UNSUPPORTED', { param, model: request.model });
  for (const [name, allowed, wordOf] of words) {
    const word = wordOf(body);
    if (word !== undefined && !allowed.includes(String(word)))
      throw engineError('UNSUPPORTED', { param: name, model: request.model, why: `one of ${allowed.join(', ')}` });
  }
  if (endpoint === '/v1/embeddings') inputsOf(request);
  else for (let choice = 0; choice < promptsOf(request).length; choice++) written(request, choice);
};

/** Prompts of a completion, each with its own choices; one of a chat. */
const promptsOf = ({ body, model: name }: EngineRequest): readonly unknown[] => {
  const prompts = Array.isArray(body.prompt) ? body.prompt : [body.prompt];
  if (prompts.some((each) => typeof each === 'number' || Array.isArray(each)))
    throw engineError('UNSUPPORTED', { param: 'prompt as tokens', model: name });
  return prompts;
};

const written = (request: EngineRequest, choice: number): Written => {
  const prompts = promptsOf(request);
  const prompt = prompts[Math.floor((choice * prompts.length) / request.n)];
  return writeAnswer({ body: request.body, prompt, model: request.model, seed: request.seed, choice });
};

/** A text up to the first of the client's stop texts. */
const stopped = (text: string, stop: unknown): string => {
  const stops = (Array.isArray(stop) ? stop : [stop]).filter((each) => typeof each === 'string' && each !== '');
  const places = stops.map((each) => text.indexOf(each)).filter((at) => at >= 0);
  return places.length === 0 ? text : text.slice(0, Math.min(...places));
};

const textEvents = (text: string, choice: number, max: number, cut: number | undefined): readonly EngineEvent[] => {
  const pieces = textPieces(text);
  const shown = pieces.slice(0, Math.min(max, cut ?? max));
  const reason = shown.length < pieces.length || cut !== undefined ? 'length' : 'stop';
  const deltas = shown.map((content): EngineEvent => ({ type: 'delta', choice, content, units: 1 }));
  return [...deltas, { type: 'finish', choice, reason }];
};

/** One choice as pieces that each know their units. A call is one piece: half of its arguments would be no JSON. */
const events = (request: EngineRequest, limit: EngineLimit, choice: number): readonly EngineEvent[] => {
  const max = Math.min(limit.maxPerChoice ?? DEFAULT_MAX, DEFAULT_MAX);
  const cut = limit.cut?.[choice];
  const made = written(request, choice);
  if (made.kind === 'text') return textEvents(stopped(made.text, request.body.stop), choice, max, cut);
  const { name, arguments: args } = made;
  const units = Number(counter.completion(request.endpoint, [name, args]));
  if (units > max) return textEvents(`The call of ${name} takes ${units} units.`, choice, max, cut);
  if (cut !== undefined && cut < units) return [{ type: 'finish', choice, reason: 'length' }];
  const tool = { index: 0, id: `call_${choice}`, name, arguments: args };
  return [
    { type: 'delta', choice, tool, units },
    { type: 'finish', choice, reason: 'tool_calls' },
  ];
};

/**
 * The numbers a request's work is told by, where that is wanted: counts of the features of every text it has, then the first draw of
 * each choice. They follow from all that was asked and from the seed, whichever rule answers.
 */
const accepted = (request: EngineRequest): EngineEvent => {
  const texts = request.endpoint === '/v1/embeddings' ? inputsOf(request) : readTexts(request.body, promptsOf(request));
  const draws = Array.from({ length: request.n }, (_, choice) => draw(request.seed, choice * 16, 0));
  return { type: 'accepted', integers: [...texts.flatMap((text) => [...featureCounts(text)]), ...draws] };
};

const promptUnits = ({ endpoint, body }: EngineRequest): bigint => counter.prompt(endpoint, body);

async function* generate(
  request: EngineRequest,
  limit: EngineLimit,
  signal: AbortSignal,
  perSecond: number,
): AsyncGenerator<EngineEvent> {
  if (request.steps) yield accepted(request);
  const choices = Array.from({ length: request.n }, (_, choice) => events(request, limit, choice));
  yield* paced(choices, () => promptUnits(request), signal, perSecond);
}

async function* embed(request: EngineRequest): AsyncGenerator<EngineEvent> {
  if (request.steps) yield accepted(request);
  for (const [index, input] of inputsOf(request).entries())
    yield { type: 'vector', index, values: embedText(input).map((value) => value / COMPONENT_UNIT) };
  yield { type: 'usage', prompt: promptUnits(request), completion: 0n };
}

/** Makes the engine. */
export const createBuiltinEngine = (options: BuiltinEngineOptions = {}): Engine => ({
  id: 'builtin',
  models: async () => demoModels,
  measure: async (request) => {
    checkRequest(request);
    return { prompt: promptUnits(request), exact: true };
  },
  run: (request, limit, signal) =>
    request.endpoint === '/v1/embeddings'
      ? embed(request)
      : generate(request, limit, signal, request.stream ? (options.unitsPerSecond ?? 0) : 0),
  health: async () => ({ healthy: true, detail: 'built in' }),
  renew: async () => (await import('./fresh.ts')).startEngineProcess(),
  close: async () => undefined,
});
