/** How the next token is chosen: what a body asks for, else what the file recommends, else llama.cpp's defaults. */
import { type Json, record } from '@atoma/sdk';
import type { Llama, LlamaGrammar, LlamaModel, SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import { type ChoiceRule, MOST_CANDIDATES } from '../../sketch/choose.ts';
import { engineError } from '../engine-errors.ts';
import type { EngineRequest } from '../types.ts';
import { toolChoice } from './tools.ts';

type Grammars = Pick<typeof import('node-llama-cpp'), 'LlamaGrammar' | 'LlamaJsonSchemaGrammar'>;

/** Members that llama.cpp would ignore silently. */
export const unsupported: readonly string[] = [
  'logprobs',
  'top_logprobs',
  'logit_bias',
  'echo',
  'suffix',
  'best_of',
  'chat_template_kwargs',
];

/** Refuses what would be ignored silently. */
export const checkParameters = ({ body, model }: EngineRequest): void => {
  const param = unsupported.find((name) => ![undefined, null, false, 1].includes(body[name] as never));
  if (param) throw engineError('UNSUPPORTED', { param, model });
};

const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

/** `general.sampling` of the file, where its maker wrote it down. */
const recommended = (model: LlamaModel): Json => record(record(model.fileInfo.metadata.general).sampling);

/** Sampling of one choice; `made` holds the tokens it has so far. */
export const sampling = (
  { body, seed }: EngineRequest,
  model: LlamaModel,
  choice: number,
  made: readonly Token[],
): SequenceEvaluateOptions => {
  const file = recommended(model);
  const frequencyPenalty = number(body.frequency_penalty) ?? 0;
  const presencePenalty = number(body.presence_penalty) ?? 0;
  return {
    temperature: number(body.temperature) ?? number(file.temp) ?? 0.8,
    topP: number(body.top_p) ?? number(file.top_p) ?? 0.95,
    topK: number(body.top_k) ?? number(file.top_k) ?? 40,
    minP: number(body.min_p) ?? number(file.min_p) ?? 0,
    seed: (seed + choice) >>> 0,
    ...(frequencyPenalty === 0 && presencePenalty === 0
      ? {}
      : { repeatPenalty: { punishTokens: () => [...made], penalty: 1, frequencyPenalty, presencePenalty } }),
    yieldEogToken: true,
  };
};

/** The same as a rule that can be replayed. Throws `ENGINE_UNSUPPORTED` for what it has no place for. */
export const choiceRule = (
  { body, seed, model: name }: EngineRequest,
  model: LlamaModel,
  choice: number,
): ChoiceRule => {
  const file = recommended(model);
  const topK = number(body.top_k) ?? number(file.top_k) ?? MOST_CANDIDATES;
  if (topK > MOST_CANDIDATES)
    throw engineError('UNSUPPORTED', { param: `top_k above ${MOST_CANDIDATES}`, model: name });
  return {
    temperature: number(body.temperature) ?? number(file.temp) ?? 0.8,
    topP: number(body.top_p) ?? number(file.top_p) ?? 0.95,
    topK,
    minP: number(body.min_p) ?? number(file.min_p) ?? 0,
    frequencyPenalty: number(body.frequency_penalty) ?? 0,
    presencePenalty: number(body.presence_penalty) ?? 0,
    seed: (seed + choice) >>> 0,
  };
};

/** Refuses what cannot be chosen here token by token: a grammar's state is hidden by the library. */
export const checkReplayable = (request: EngineRequest, model: LlamaModel): void => {
  choiceRule(request, model, 0);
  const param =
    wanted(request.body) === undefined ? undefined : request.body.response_format ? 'response_format' : 'tool_choice';
  if (!param) return;
  const where = request.steps ? 'where answers are checked (level 1)' : 'from a server';
  throw engineError('UNSUPPORTED', { param, model: `${request.model} ${where}` });
};

/** The schema an answer must fit, as it came; 'json': any JSON; undefined: free text. */
const wanted = (body: Json): unknown => {
  const choice = toolChoice(body);
  if (choice.kind === 'forced') return choice.schema;
  const { type, json_schema: named } = record(body.response_format);
  if (type === 'json_object') return 'json';
  return type === 'json_schema' ? record(named).schema : undefined;
};

/** Longest schema, letters of JSON: the library's work grows with the square of it, and nobody else is served meanwhile. */
const MOST_SCHEMA = 32_768;

/** The grammar of an answer. Throws `ENGINE_REJECTED` for a schema that cannot become one. */
export const grammarOf = async (
  { body }: EngineRequest,
  llama: Llama,
  library: Grammars,
): Promise<LlamaGrammar | undefined> => {
  const schema = wanted(body);
  if (schema === undefined) return undefined;
  if (JSON.stringify(schema).length > MOST_SCHEMA)
    throw engineError('REJECTED', { why: `a JSON schema may have ${MOST_SCHEMA} letters here` });
  try {
    return schema === 'json'
      ? await library.LlamaGrammar.getFor(llama, 'json')
      : new library.LlamaJsonSchemaGrammar(llama, schema as never);
  } catch (cause) {
    throw engineError('REJECTED', { why: `the JSON schema cannot be enforced (${(cause as Error).message})` }, cause);
  }
};
