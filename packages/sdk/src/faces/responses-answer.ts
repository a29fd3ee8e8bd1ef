/** Answers of `/v1/responses`: items that grow from the pieces of a chat answer, whole and as typed events. */
import type { ContentChoice, ContentToolCall } from '../wire/content.ts';
import { array, type Json, record, text } from './client-json.ts';
import { customTools } from './custom-tools.ts';
import { type Piece, type PieceWriter, pieceOf } from './pieces.ts';
import { createCalls, createItems, createTexts, type Emit } from './response-items.ts';

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
  const emit: Emit = (type, members) =>
    silent ? '' : `event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: sequence++ })}\n\n`;
  const items = createItems(emit);
  const texts = createTexts(items);
  const calls = createCalls(items, customTools(body));

  const response = (status: string): Json => ({
    id: `resp_${id}`,
    object: 'response',
    created_at: created,
    status,
    error: null,
    incomplete_details: status === 'incomplete' ? { reason: incomplete[finish ?? ''] } : null,
    model,
    output: items.output,
    ...echoed(body),
    usage: usage && usageOf(usage),
  });
  const endStatus = (): string => (incomplete[finish ?? ''] === undefined ? 'completed' : 'incomplete');

  const begin = (piece: Piece): string => {
    if (id !== '') return '';
    ({ id, created, model } = piece);
    items.name(id);
    const started = { response: response('in_progress') };
    return emit('response.created', started) + emit('response.in_progress', started);
  };

  const take = (piece: Piece): string => {
    let out = begin(piece);
    out += texts.add('reasoning', piece.reasoning, undefined);
    out += texts.add('text', piece.content, piece.logprobs);
    out += texts.add('refusal', piece.refusal, undefined);
    for (const call of piece.tools) out += (calls.has(call.index) ? '' : texts.close()) + calls.add(call);
    finish = piece.finish ?? finish;
    usage = piece.usage ?? usage;
    return out;
  };

  const end = (): string => {
    const out = texts.close() + calls.end();
    const status = endStatus();
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
      return response(endStatus());
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
