/** From a request's body to what is written: a text, JSON for a schema, or a call. */

import { isRecord, type Json } from '@atoma/sdk/json';
import { engineError } from '../engine-errors.ts';
import { answerText, questionOf, type Turn } from './demo-answer.ts';
import { openEvidence } from './evidence.ts';
import { fillSchema } from './schema.ts';
import { jsonLine } from './skills.ts';
import { chooseCall } from './tools.ts';

/** What is written for one choice. */
export type Written =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly arguments: string };

/** What {@link writeAnswer} needs. */
export interface WriteParameters {
  readonly body: Json;
  /** The text to complete, where it is no chat. */
  readonly prompt: unknown;
  readonly model: string;
  readonly seed: number;
  readonly choice: number;
}

const partText = (part: unknown): string => (isRecord(part) && typeof part.text === 'string' ? part.text : '');
const contentText = (content: unknown): string =>
  Array.isArray(content) ? content.map(partText).join('') : typeof content === 'string' ? content : '';

const turnsOf = ({ messages }: Json, prompt: unknown): readonly Turn[] =>
  Array.isArray(messages)
    ? messages.filter(isRecord).map(({ role, content }) => ({ role: String(role), text: contentText(content) }))
    : [{ role: '', text: contentText(prompt) }];

/** Every text of a request that an answer is written from: the turns of a conversation, or the texts to complete. */
export const readTexts = (body: Json, prompts: readonly unknown[]): readonly string[] =>
  prompts.flatMap((prompt) => turnsOf(body, prompt).map(({ role, text }) => `${role} ${text}`));

const MEMBERS =
  /\b(?:keys?|fields?|members?|properties)\s*:?\s+((?:["'`]?\w{1,40}["'`]?(?:\s*,\s*(?:and\s+)?|\s+and\s+))*["'`]?\w{1,40}["'`]?)/i;

/** Members a question asks for where no schema does: `with the keys name, age and city`. */
const askedMembers = (question: string): Json => {
  const names = MEMBERS.exec(question)?.[1]
    ?.replace(/["'`]/g, '')
    .split(/\s*,\s*(?:and\s+)?|\s+and\s+/);
  if (!names) return {};
  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, {}])) };
};

/** The schema a body asks for; undefined: free text. */
const schemaOf = ({ response_format: format }: Json, question: string): unknown => {
  if (!isRecord(format)) return undefined;
  if (format.type === 'json_object') return askedMembers(question);
  return format.type === 'json_schema' && isRecord(format.json_schema) ? (format.json_schema.schema ?? {}) : undefined;
};

/** Writes one choice. Throws `ENGINE_UNSUPPORTED` for what cannot be followed. */
export const writeAnswer = ({ body, prompt, model, seed, choice }: WriteParameters): Written => {
  const turns = turnsOf(body, prompt);
  const question = questionOf(turns);
  let text: string | undefined;
  const answer = (): string => {
    text ??= answerText({ turns, seed, choice, greedy: body.temperature === 0 });
    return text;
  };
  const filled = (param: string, schema: unknown, everything: boolean): string => {
    const found = fillSchema(schema, openEvidence(question, answer), everything);
    if (found.kind === 'unfit') throw engineError('UNSUPPORTED', { param, model, why: found.why });
    return JSON.stringify(found.value);
  };
  const call = chooseCall(body, turns, question);
  if (call.kind === 'absent')
    throw engineError('UNSUPPORTED', { param: 'tool_choice', model, why: `${call.name} is none of the tools` });
  if (call.kind === 'call')
    return {
      kind: 'call',
      name: call.tool.name,
      arguments: filled(
        'tools',
        { type: 'object', ...(isRecord(call.tool.parameters) ? call.tool.parameters : {}) },
        false,
      ),
    };
  const schema = schemaOf(body, question);
  if (schema === undefined) return { kind: 'text', text: answer() };
  const line = isRecord(schema) && Object.keys(schema).length === 0 ? jsonLine(question) : undefined;
  return { kind: 'text', text: line ?? filled('response_format', schema, true) };
};
