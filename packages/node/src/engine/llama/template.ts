/**
 * A conversation as the model's template spells it. What a person wrote is kept apart from the template's own text, so that a control
 * token spelled out in a message stays text.
 */
import { createContext, Script } from 'node:vm';
import { type Json, record } from '@atoma/sdk';
import { Template } from '@huggingface/jinja';
import { engineError } from '../engine-errors.ts';

/** A stretch of a prompt: the template's own text, or a person's. */
export interface PromptPart {
  readonly text: string;
  readonly own: boolean;
}

/** Renders conversations. */
export interface ChatTemplate {
  readonly render: (body: Json) => readonly PromptPart[];
}

/** Private-use characters around the number of a content: templates trim and copy them, but never look inside. */
const mark = (i: number): string => `\uE000${i}\uE001`;
const MARKS = /\uE000(\d+)\uE001/;

/** A template is a program of the file's author: one that loops must not hold up the process for ever. ms. */
const MOST_MS = 10_000;
const call = new Script('render()');

const place: { render?: () => string } = createContext({});

const bounded = (render: () => string, timeout: number): string => {
  place.render = render;
  return call.runInContext(place, { timeout });
};

const contentText = (content: unknown, model: string): string => {
  if (!Array.isArray(content)) return typeof content === 'string' ? content : '';
  return content
    .map((part) => {
      const { type, text } = record(part);
      if (type !== 'text' && type !== 'input_text' && type !== 'refusal')
        throw engineError('UNSUPPORTED', { param: `messages: content part ${String(type)}`, model });
      return typeof text === 'string' ? text : '';
    })
    .join('');
};

const parsed = (text: unknown): unknown => {
  if (typeof text !== 'string') return text ?? {};
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Templates write a call's arguments with `tojson`; they come as a string. */
const toolCalls = (calls: unknown): unknown =>
  Array.isArray(calls)
    ? calls.map((call) => {
        const { function: named, ...rest } = record(call);
        const { name, arguments: args } = record(named);
        return { ...rest, function: { name, arguments: parsed(args) } };
      })
    : undefined;

/** Opens the template of a model. `tokens`: texts of the tokens that begin and end a text. `mostMs`: longest it may take. */
export const openTemplate = (
  source: string,
  model: string,
  tokens: { readonly bos: string; readonly eos: string },
  mostMs = MOST_MS,
): ChatTemplate => {
  const template = new Template(source);
  return {
    render: (body) => {
      const contents: string[] = [];
      const keep = (text: string): string => (text === '' ? '' : mark(contents.push(text) - 1));
      const messages = (Array.isArray(body.messages) ? body.messages : []).map((each) => {
        const { role, content, tool_calls: calls, ...rest } = record(each);
        return {
          ...rest,
          role: role === 'developer' ? 'system' : role,
          content: keep(contentText(content, model)),
          ...(calls === undefined ? {} : { tool_calls: toolCalls(calls) }),
        };
      });
      const tools = Array.isArray(body.tools) && body.tools.length > 0 ? body.tools : undefined;
      let text: string;
      try {
        text = bounded(
          () =>
            template.render({
              messages,
              ...(tools ? { tools } : {}),
              add_generation_prompt: true,
              bos_token: tokens.bos,
              eos_token: tokens.eos,
            }),
          mostMs,
        );
      } catch (cause) {
        const why = `its chat template does not take these messages (${(cause as Error).message})`;
        throw engineError('REJECTED', { why }, cause);
      }
      return text.split(MARKS).map((piece, i) => ({
        text: i % 2 === 0 ? piece : (contents[Number(piece)] ?? ''),
        own: i % 2 === 0,
      }));
    },
  };
};
