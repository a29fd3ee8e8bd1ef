/** Tool calls in a model's text: `<tool_call>{"name": …, "arguments": {…}}</tool_call>`, or the bare object, as most open models write them. */
import { array, type Json, record } from '@atoma/sdk';

/** A call found in an answer. */
export interface FoundCall {
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

const OPEN = '<tool_call>';
const CALL = /<tool_call>\s*([\s\S]*?)\s*<\/tool_call>/g;

/** What is to be called: any tool the model chooses, one by name, or none. */
export type ToolChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'free' }
  | { readonly kind: 'forced'; readonly name: string; readonly schema: Json };

/** The functions on offer. */
const offeredBy = (body: Json): readonly Json[] => array(body.tools).map((tool) => record(record(tool).function));

/** The choice a body asks for; an unknown name counts as none. */
export const toolChoice = (body: Json): ToolChoice => {
  const tools = offeredBy(body);
  const { tool_choice: choice } = body;
  if (tools.length === 0 || choice === 'none') return { kind: 'none' };
  const wanted = choice === 'required' && tools.length === 1 ? tools[0]?.name : record(record(choice).function).name;
  const tool = tools.find((each) => each.name === wanted);
  if (typeof wanted !== 'string' || !tool) return { kind: 'free' };
  return { kind: 'forced', name: wanted, schema: record(tool.parameters ?? { type: 'object' }) };
};

/** What the answer begins with when a call is forced; the model then writes the arguments. */
export const forcedStart = (name: string): string => `${OPEN}{"name": ${JSON.stringify(name)}, "arguments": `;

/** Whether a text may still turn out to be a call. */
export const maybeCall = (text: string): boolean => {
  const start = text.trimStart();
  return start === '' || start.startsWith('{') || start.startsWith(OPEN) || OPEN.startsWith(start);
};

const readCall = (text: string): FoundCall | undefined => {
  try {
    const { name, arguments: args, parameters } = record(JSON.parse(text));
    return typeof name === 'string' ? { name, arguments: JSON.stringify(args ?? parameters ?? {}) } : undefined;
  } catch {
    return undefined;
  }
};

/** The calls of a whole answer; none when it is text, or calls a tool that was not offered. */
export const findCalls = (text: string, body: Json): readonly FoundCall[] => {
  const offered = new Set(offeredBy(body).map(({ name }) => name));
  const inside = [...text.matchAll(CALL)].map((match) => match[1] as string);
  const calls = (inside.length > 0 ? inside : [text.trim()]).map(readCall);
  const known = calls.flatMap((call) => (call && offered.has(call.name) ? [call] : []));
  return known.length === calls.length ? known : [];
};
