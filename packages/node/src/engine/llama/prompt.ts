/** Prompts as token ids. */

import { isAtomaError } from '@atoma/base';
import type { LlamaModel, Token } from 'node-llama-cpp';
import { engineError } from '../engine-errors.ts';
import type { EngineRequest } from '../types.ts';
import { templateFault } from './file.ts';
import { type ChatTemplate, openTemplate, type PromptPart } from './template.ts';
import { forcedStart, toolChoice } from './tools.ts';

type Json = Readonly<Record<string, unknown>>;

/** A prompt ready to be evaluated. */
export interface Prompt {
  readonly tokens: readonly Token[];
  /** What the answer is made to begin with; not part of what is measured. */
  readonly start: readonly Token[];
}

/** Turns requests into prompts. */
export interface Prompts {
  readonly of: (request: EngineRequest) => Prompt;
  /** The texts to embed. */
  readonly inputs: (request: EngineRequest) => readonly (readonly Token[])[];
}

/** The file's template; undefined for a model that is not made for conversations. Throws `ENGINE_MODEL_FILE`. */
const templateOf = (model: LlamaModel, name: string, file: string, chats: boolean): ChatTemplate | undefined => {
  const { chat_template: source } = model.fileInfo.metadata.tokenizer;
  const { bosString, eosString } = model.tokens;
  if (!source) return undefined;
  if (typeof source !== 'string') throw templateFault(file, { message: 'it is no text' });
  try {
    const template = openTemplate(source, name, { bos: bosString ?? '', eos: eosString ?? '' });
    if (chats) template.render({ messages: [{ role: 'user', content: 'hello' }] });
    return template;
  } catch (cause) {
    throw templateFault(file, isAtomaError(cause) ? cause.cause : cause);
  }
};

/** Reads the prompts of one model, whose template must take a plain question where chats are sold. */
export const openPrompts = (model: LlamaModel, name: string, file: string, chats = true): Prompts => {
  const template = templateOf(model, name, file, chats);
  const plain = (text: string): readonly Token[] => model.tokenize(text, false);
  const begin = (tokens: readonly Token[]): readonly Token[] => {
    const { bos, shouldPrependBosToken } = model.tokens;
    return shouldPrependBosToken && bos !== null && tokens[0] !== bos ? [bos, ...tokens] : tokens;
  };
  const part = ({ text, own }: PromptPart, i: number): readonly Token[] =>
    model.tokenize(text, own, i === 0 ? undefined : 'trimLeadingSpace');
  const chat = (body: Json): Prompt => {
    if (!template) throw engineError('REJECTED', { why: `${name} has no chat template; use /v1/completions` });
    const choice = toolChoice(body);
    const rendered = template.render(choice.kind === 'none' ? { ...body, tools: undefined } : body);
    return {
      tokens: begin(rendered.flatMap(part)),
      start: choice.kind === 'forced' ? plain(forcedStart(choice.name)) : [],
    };
  };
  const texts = (value: unknown, param: string): readonly (readonly Token[])[] => {
    const all = Array.isArray(value) && typeof value[0] !== 'number' ? value : [value];
    return all.map((each) => {
      if (typeof each === 'string') return begin(plain(each));
      const known = (id: unknown): boolean =>
        Number.isInteger(id) &&
        (id as number) >= 0 &&
        (id as number) < model.fileInfo.metadata.tokenizer.ggml.tokens.length;
      if (Array.isArray(each) && each.every(known)) return each as readonly Token[];
      throw engineError('REJECTED', { why: `${param} must be a text, token ids of this model, or a list of these` });
    });
  };
  return {
    of: ({ endpoint, body }) => {
      if (endpoint === '/v1/chat/completions') return chat(body);
      const [prompt, second] = texts(body.prompt, 'prompt');
      if (!prompt || second) throw engineError('UNSUPPORTED', { param: 'prompt as a list', model: name });
      return { tokens: prompt, start: [] };
    },
    inputs: ({ body }) => texts(body.input, 'input'),
  };
};
