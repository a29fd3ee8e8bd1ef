/** Items of an answer of `/v1/responses` as they grow, and the typed events that tell of it. */

import type { Json } from './client-json.ts';
import { customInput } from './custom-tools.ts';
import type { ToolPiece } from './pieces.ts';

type Item = Record<string, unknown>;
type TextKind = 'reasoning' | 'text' | 'refusal';

/** Writes an event; nothing for a whole answer. */
export type Emit = (type: string, members: Json) => string;

/** The items of an answer. */
export interface Items {
  readonly emit: Emit;
  readonly output: Item[];
  /** Called first: the answer's id, which those of its items hold. */
  readonly name: (id: string) => void;
  readonly id: () => string;
  readonly at: (index: number) => Item;
  readonly add: (item: Item) => string;
  readonly finish: (index: number) => string;
}

/** Makes the list of items. */
export const createItems = (emit: Emit): Items => {
  let id = '';
  const output: Item[] = [];
  const at = (index: number): Item => output[index] as Item;
  return {
    emit,
    output,
    name: (given) => {
      id = given;
    },
    id: () => id,
    at,
    add: (item) => {
      output.push(item);
      return emit('response.output_item.added', { output_index: output.length - 1, item });
    },
    finish: (index) => {
      const item = at(index);
      item.status = 'completed';
      return emit('response.output_item.done', { output_index: index, item });
    },
  };
};

const textEvents: Readonly<Record<TextKind, string>> = {
  reasoning: 'response.reasoning_text',
  text: 'response.output_text',
  refusal: 'response.refusal',
};

const emptyPart = (kind: TextKind): Item => {
  if (kind === 'reasoning') return { type: 'reasoning_text', text: '' };
  if (kind === 'refusal') return { type: 'refusal', refusal: '' };
  return { type: 'output_text', text: '', annotations: [], logprobs: [] };
};

const emptyItem = (kind: TextKind, id: string): Item =>
  kind === 'reasoning'
    ? { id: `rs_${id}`, type: 'reasoning', status: 'in_progress', summary: [], content: [] }
    : { id: `msg_${id}`, type: 'message', status: 'in_progress', role: 'assistant', content: [] };

/** Texts: one item is open at a time, with one part. */
export const createTexts = (items: Items) => {
  const { emit } = items;
  let open: { readonly at: number; readonly kind: TextKind; readonly part: Item } | undefined;
  const placeOf = (at: number) => ({ item_id: items.at(at).id, output_index: at, content_index: 0 });

  const close = (): string => {
    if (!open) return '';
    const { at, kind, part } = open;
    open = undefined;
    const place = placeOf(at);
    const whole = kind === 'refusal' ? { refusal: part.refusal } : { text: part.text };
    return (
      emit(`${textEvents[kind]}.done`, { ...place, ...whole, ...(kind === 'text' ? { logprobs: [] } : {}) }) +
      emit('response.content_part.done', { ...place, part }) +
      items.finish(at)
    );
  };

  const begin = (kind: TextKind): string => {
    if (open?.kind === kind) return '';
    const before = close();
    const at = items.output.length;
    const item = emptyItem(kind, `${items.id()}${at}`);
    const added = items.add(item);
    const part = emptyPart(kind);
    (item.content as Item[]).push(part);
    open = { at, kind, part };
    return before + added + emit('response.content_part.added', { ...placeOf(at), part });
  };

  const add = (kind: TextKind, delta: string, logprobs: unknown): string => {
    if (delta === '') return '';
    const begun = begin(kind);
    const { at, part } = open as NonNullable<typeof open>;
    const member = kind === 'refusal' ? 'refusal' : 'text';
    part[member] = (part[member] as string) + delta;
    if (Array.isArray(logprobs)) (part.logprobs as unknown[] | undefined)?.push(...logprobs);
    const more = kind === 'text' ? { logprobs: Array.isArray(logprobs) ? logprobs : [] } : {};
    return begun + emit(`${textEvents[kind]}.delta`, { ...placeOf(at), delta, ...more });
  };
  return { add, close };
};

/** Calls of tools, which grow side by side; the text of a custom tool's call is known at its end. */
export const createCalls = (items: Items, customs: ReadonlySet<string>) => {
  const { emit } = items;
  const places = new Map<number, number>();
  const raw = new Map<number, string>();
  const placeOf = (at: number) => ({ item_id: items.at(at).id, output_index: at });

  const begin = (index: number, call_id: string, name: string): string => {
    const at = items.output.length;
    places.set(index, at);
    const of = { status: 'in_progress', call_id, name };
    if (!customs.has(name))
      return items.add({ id: `fc_${items.id()}${at}`, type: 'function_call', ...of, arguments: '' });
    raw.set(at, '');
    return items.add({ id: `ctc_${items.id()}${at}`, type: 'custom_tool_call', ...of, input: '' });
  };

  const add = (call: ToolPiece): string => {
    const out = places.has(call.index) ? '' : begin(call.index, call.id, call.name);
    const at = places.get(call.index) as number;
    if (call.arguments === '') return out;
    const before = raw.get(at);
    if (before !== undefined) {
      raw.set(at, before + call.arguments);
      return out;
    }
    const item = items.at(at);
    item.arguments = (item.arguments as string) + call.arguments;
    return out + emit('response.function_call_arguments.delta', { ...placeOf(at), delta: call.arguments });
  };

  const endOne = (at: number): string => {
    const item = items.at(at);
    const place = placeOf(at);
    const given = raw.get(at);
    if (given === undefined) {
      const { name, arguments: whole } = item;
      return emit('response.function_call_arguments.done', { ...place, name, arguments: whole });
    }
    const input = customInput(given);
    item.input = input;
    return (
      emit('response.custom_tool_call_input.delta', { ...place, delta: input }) +
      emit('response.custom_tool_call_input.done', { ...place, input })
    );
  };

  return {
    has: (index: number): boolean => places.has(index),
    add,
    end: (): string => [...places.values()].map((at) => endOne(at) + items.finish(at)).join(''),
  };
};
