/** Answers of `/v1/responses`: items that grow from the pieces of a chat answer, whole and as typed events. */
import type { ContentChoice, ContentToolCall } from '../wire/content.ts';
import { customInput, customTools } from './custom-tools.ts';
import { array, type Json, record, text } from './json.ts';
import { type Piece, type PieceWriter, pieceOf } from './pieces.ts';

type Item = Record<string, unknown>;

const usageOf = (usage: Json): Json => {
  const { prompt_tokens: input, completion_tokens: output, total_tokens, prompt_tokens_details, cost, atoma } = usage;
  return {
    input_tokens: input ?? 0,
    input_tokens_details: { cached_tokens: record(prompt_tokens_details).cached_tokens ?? 0 },
    output_tokens: output ?? 0,
    output_tokens_details: { reasoning_tokens: record(usage.completion_tokens_details).reasoning_tokens ?? 0 },
    total_tokens: total_tokens ?? 0,
    ...(cost === undefined ? {} : { cost, atoma }),
  };
};

/** What of the request the answer repeats. */
const echoed = (body: Json): Json => ({
  background: false,
  instructions: body.instructions ?? null,
  max_output_tokens: body.max_output_tokens ?? null,
  metadata: body.metadata ?? {},
  parallel_tool_calls: body.parallel_tool_calls ?? true,
  previous_response_id: body.previous_response_id ?? null,
  reasoning: { effort: record(body.reasoning).effort ?? null, summary: null },
  service_tier: 'default',
  store: body.store ?? true,
  temperature: body.temperature ?? 1,
  text: body.text ?? { format: { type: 'text' } },
  tool_choice: body.tool_choice ?? 'auto',
  tools: body.tools ?? [],
  top_p: body.top_p ?? 1,
  truncation: body.truncation ?? 'disabled',
});

const incomplete: Readonly<Record<string, string>> = { length: 'max_output_tokens', content_filter: 'content_filter' };

/** Collects an answer; what it emits are the typed events of a stream. */
export const createResponse = (body: Json, done: (answer: Json) => void = () => undefined) => {
  let id = '';
  let [created, model] = [0, ''];
  let finish: string | null = null;
  let usage: Json | null = null;
  let sequence = 0;
  /** A whole answer has no events to write. */
  let silent = false;
  const output: Item[] = [];
  /** The item texts go into, and the place of its open part. */
  let open: { readonly at: number; readonly kind: 'reasoning' | 'text' | 'refusal' } | undefined;
  const calls = new Map<number, number>();
  const customs = customTools(body);
  /** Arguments of calls of custom tools, whose text is known at their end. */
  const raw = new Map<number, string>();

  const emit = (type: string, members: Json): string =>
    silent ? '' : `event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: sequence++ })}\n\n`;
  const itemAt = (at: number): Item => output[at] as Item;
  const partsOf = (item: Item): Item[] => item.content as Item[];

  const response = (status: string): Json => ({
    id: `resp_${id}`,
    object: 'response',
    created_at: created,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: incomplete[finish ?? ''] } : null,
    model,
    output,
    ...echoed(body),
    usage: usage && usageOf(usage),
  });

  const add = (item: Item): string => {
    output.push(item);
    return emit('response.output_item.added', { output_index: output.length - 1, item });
  };

  const finishItem = (at: number): string => {
    const item = itemAt(at);
    item.status = 'completed';
    return emit('response.output_item.done', { output_index: at, item });
  };

  const textEvents = {
    reasoning: 'response.reasoning_text',
    text: 'response.output_text',
    refusal: 'response.refusal',
  };

  const closeText = (): string => {
    if (!open) return '';
    const { at, kind } = open;
    open = undefined;
    const item = itemAt(at);
    const content_index = partsOf(item).length - 1;
    const part = partsOf(item)[content_index] as Item;
    const place = { item_id: item.id, output_index: at, content_index };
    const whole = kind === 'refusal' ? { refusal: part.refusal } : { text: part.text };
    return (
      emit(`${textEvents[kind]}.done`, { ...place, ...whole, ...(kind === 'text' ? { logprobs: [] } : {}) }) +
      emit('response.content_part.done', { ...place, part }) +
      finishItem(at)
    );
  };

  const openText = (kind: 'reasoning' | 'text' | 'refusal'): string => {
    if (open?.kind === kind) return '';
    const before = closeText();
    const at = output.length;
    const item: Item =
      kind === 'reasoning'
        ? { id: `rs_${id}${at}`, type: 'reasoning', status: 'in_progress', summary: [], content: [] }
        : { id: `msg_${id}${at}`, type: 'message', status: 'in_progress', role: 'assistant', content: [] };
    const added = add(item);
    const part: Item =
      kind === 'reasoning'
        ? { type: 'reasoning_text', text: '' }
        : kind === 'refusal'
          ? { type: 'refusal', refusal: '' }
          : { type: 'output_text', text: '', annotations: [], logprobs: [] };
    partsOf(item).push(part);
    open = { at, kind };
    const place = { item_id: item.id, output_index: at, content_index: 0 };
    return before + added + emit('response.content_part.added', { ...place, part });
  };

  const addText = (kind: 'reasoning' | 'text' | 'refusal', delta: string, logprobs: unknown): string => {
    if (delta === '') return '';
    const opened = openText(kind);
    const { at } = open as NonNullable<typeof open>;
    const item = itemAt(at);
    const part = partsOf(item)[0] as Item;
    const member = kind === 'refusal' ? 'refusal' : 'text';
    part[member] = (part[member] as string) + delta;
    if (Array.isArray(logprobs)) (part.logprobs as unknown[] | undefined)?.push(...logprobs);
    const place = { item_id: item.id, output_index: at, content_index: 0 };
    const more = kind === 'text' ? { logprobs: Array.isArray(logprobs) ? logprobs : [] } : {};
    return opened + emit(`${textEvents[kind]}.delta`, { ...place, delta, ...more });
  };

  const addCall = (call: Piece['tools'][number]): string => {
    let out = '';
    let at = calls.get(call.index);
    if (at === undefined) {
      out += closeText();
      at = output.length;
      calls.set(call.index, at);
      const { id: call_id, name } = call;
      const custom = customs.has(name);
      if (custom) raw.set(at, '');
      const of = { status: 'in_progress', call_id, name };
      out += custom
        ? add({ id: `ctc_${id}${at}`, type: 'custom_tool_call', ...of, input: '' })
        : add({ id: `fc_${id}${at}`, type: 'function_call', ...of, arguments: '' });
    }
    if (call.arguments === '') return out;
    const before = raw.get(at);
    if (before !== undefined) {
      raw.set(at, before + call.arguments);
      return out;
    }
    const item = itemAt(at);
    item.arguments = (item.arguments as string) + call.arguments;
    const place = { item_id: item.id, output_index: at };
    return out + emit('response.function_call_arguments.delta', { ...place, delta: call.arguments });
  };

  const begin = (piece: Piece): string => {
    if (id !== '') return '';
    ({ id, created, model } = piece);
    const started = { response: response('in_progress') };
    return emit('response.created', started) + emit('response.in_progress', started);
  };

  const take = (piece: Piece): string => {
    let out = begin(piece);
    out += addText('reasoning', piece.reasoning, undefined);
    out += addText('text', piece.content, piece.logprobs);
    out += addText('refusal', piece.refusal, undefined);
    for (const call of piece.tools) out += addCall(call);
    finish = piece.finish ?? finish;
    usage = piece.usage ?? usage;
    return out;
  };

  const endCall = (at: number): string => {
    const item = itemAt(at);
    const place = { item_id: item.id, output_index: at };
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

  const end = (): string => {
    let out = closeText();
    for (const at of calls.values()) out += endCall(at) + finishItem(at);
    const status = incomplete[finish ?? ''] === undefined ? 'completed' : 'incomplete';
    const answer = response(status);
    done(answer);
    return out + emit(`response.${status}`, { response: answer });
  };

  const error = ({ code, message, param }: Json): string => {
    const failed = { ...response('failed'), error: { code: code ?? 'server_error', message } };
    const told = emit('error', { code: code ?? null, message, param: param ?? null });
    return told + (id === '' ? '' : emit('response.failed', { response: failed }));
  };

  const writer: PieceWriter = { piece: take, end, error };
  return {
    ...writer,
    /** The answer to a whole chat completion. */
    whole: (chat: Json): Json => {
      silent = true;
      take(pieceOf(chat, 'message'));
      end();
      return response(incomplete[finish ?? ''] === undefined ? 'completed' : 'incomplete');
    },
  };
};

/** What an answer holds. */
export const responseContent = (answer: Json): ContentChoice => {
  const choice = { index: 0, text: '', reasoning: '', toolCalls: [] as ContentToolCall[] };
  for (const value of array(answer.output)) {
    const item = record(value);
    if (item.type === 'function_call' || item.type === 'custom_tool_call')
      choice.toolCalls.push({
        index: choice.toolCalls.length,
        name: text(item.name),
        arguments: text(item.arguments ?? item.input),
      });
    for (const each of array(item.content)) {
      const part = record(each);
      if (item.type === 'reasoning') choice.reasoning += text(part.text);
      else choice.text += text(part.text ?? part.refusal);
    }
  }
  return choice;
};

/** The last event of a stream holds all of it. */
export const collectResponse = () => {
  let answer: Json = {};
  return {
    add: (event: Json): void => {
      if (event.type === 'response.completed' || event.type === 'response.incomplete') answer = record(event.response);
    },
    answer: () => answer,
  };
};
