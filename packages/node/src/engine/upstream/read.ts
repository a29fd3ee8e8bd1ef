/** From what an upstream server sends to engine events. */
import { createParser } from 'eventsource-parser';
import { engineError } from '../errors.ts';
import type { Delta, EngineEvent, EngineRequest, Usage } from '../types.ts';
import { readAll, type UpstreamResponse } from './http.ts';

type Json = Readonly<Record<string, unknown>>;
const record = (value: unknown): Json => (typeof value === 'object' && value !== null ? (value as Json) : {});
const array = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const string = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const count = (value: unknown): bigint | undefined =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? BigInt(value as number) : undefined;

const usage = (value: unknown): Usage | undefined => {
  const { prompt_tokens, completion_tokens, total_tokens } = record(value);
  const prompt = count(prompt_tokens) ?? count(total_tokens);
  return prompt === undefined ? undefined : { type: 'usage', prompt, completion: count(completion_tokens) ?? 0n };
};

const toolDeltas = (choice: number, calls: unknown): readonly Delta[] =>
  array(calls).map((value, position) => {
    const call = record(value);
    const part = record(call.function);
    const id = string(call.id);
    const name = string(part.name);
    return {
      type: 'delta',
      choice,
      tool: {
        index: Number.isSafeInteger(call.index) ? (call.index as number) : position,
        ...(id === undefined ? {} : { id }),
        ...(name === undefined ? {} : { name }),
        ...(typeof part.arguments === 'string' ? { arguments: part.arguments } : {}),
      },
    };
  });

const messageDeltas = (choice: number, message: Json, text: unknown, logprobs: unknown): readonly Delta[] => {
  const content = string(message.content) ?? string(text);
  const refusal = string(message.refusal);
  const reasoning = string(message.reasoning_content) ?? string(message.reasoning);
  const main: Delta = {
    type: 'delta',
    choice,
    ...(content === undefined ? {} : { content }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(logprobs === undefined || logprobs === null ? {} : { logprobs }),
  };
  const hasMain = content !== undefined || refusal !== undefined || reasoning !== undefined;
  return [...(hasMain ? [main] : []), ...toolDeltas(choice, message.tool_calls)];
};

/** Events of one chunk of a stream, or of a whole answer. */
export const choiceEvents = (json: Json, member: 'delta' | 'message'): readonly EngineEvent[] => {
  const counted = usage(json.usage);
  const choices = array(json.choices).flatMap((value, position): readonly EngineEvent[] => {
    const choice = record(value);
    const index = Number.isSafeInteger(choice.index) ? (choice.index as number) : position;
    const deltas = messageDeltas(index, record(choice[member]), choice.text, choice.logprobs);
    const reason = string(choice.finish_reason);
    return reason === undefined ? deltas : [...deltas, { type: 'finish', choice: index, reason }];
  });
  return counted ? [...choices, counted] : choices;
};

/** Reads a stream of server-sent events; fails when nothing comes for `silenceMs` or the stream ends without `[DONE]`. */
export async function* streamEvents(
  response: UpstreamResponse,
  model: string,
  silenceMs: number,
): AsyncGenerator<EngineEvent> {
  const found: string[] = [];
  const parser = createParser({ onEvent: (event) => void found.push(event.data) });
  const decoder = new TextDecoder();
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    response.cancel();
  }, silenceMs);
  try {
    for await (const part of response.body) {
      timer.refresh();
      parser.feed(decoder.decode(part, { stream: true }));
      for (const data of found.splice(0)) {
        if (data === '[DONE]') return;
        const json = record(JSON.parse(data));
        if (json.error !== undefined) throw engineError('FAILED', { model, why: 'it reported an error in its stream' });
        yield* choiceEvents(json, 'delta');
      }
    }
    throw engineError('FAILED', { model, why: 'its stream ended early' });
  } catch (error) {
    throw silent ? engineError('TIMEOUT', { model, ms: silenceMs }, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

const embeddingEvents = (json: Json): readonly EngineEvent[] => {
  const vectors = array(json.data).map((value, position): EngineEvent => {
    const row = record(value);
    const index = Number.isSafeInteger(row.index) ? (row.index as number) : position;
    return { type: 'vector', index, values: array(row.embedding) as number[] };
  });
  const counted = usage(json.usage);
  return counted ? [...vectors, counted] : vectors;
};

const imageEvents = (json: Json): readonly EngineEvent[] =>
  array(json.data).map((value, index) => ({
    type: 'media',
    index,
    bytes: new Uint8Array(Buffer.from(String(record(value).b64_json ?? ''), 'base64')),
    contentType: 'image/png',
  }));

const transcriptEvents = (json: Json): readonly EngineEvent[] => {
  const { text, ...extra } = json;
  return [
    { type: 'delta', choice: 0, content: typeof text === 'string' ? text : '' },
    { type: 'finish', choice: 0, reason: 'stop', extra },
  ];
};

/** Events of a whole answer. */
export const wholeEvents = async (
  request: EngineRequest,
  response: UpstreamResponse,
): Promise<readonly EngineEvent[]> => {
  const bytes = await readAll(response);
  if (request.endpoint === '/v1/audio/speech')
    return [{ type: 'media', index: 0, bytes, contentType: response.contentType || 'audio/mpeg' }];
  const text = bytes.toString('utf8');
  if (request.endpoint.startsWith('/v1/audio/') && !text.trimStart().startsWith('{'))
    return [{ type: 'delta', choice: 0, content: text }];
  const json = record(JSON.parse(text));
  if (request.endpoint === '/v1/embeddings') return embeddingEvents(json);
  if (request.endpoint === '/v1/images/generations') return imageEvents(json);
  if (request.endpoint.startsWith('/v1/audio/')) return transcriptEvents(json);
  return choiceEvents(json, 'message');
};
