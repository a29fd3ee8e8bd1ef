/** From what an upstream server sends to engine events. Whatever is not a complete answer throws `ENGINE_FAILED`. */
import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { engineError } from '../errors.ts';
import type { EngineEvent, EngineRequest } from '../types.ts';
import { createChoiceReader } from './choices.ts';
import { failure, type Reported, reportedError } from './fault.ts';
import { drain, readAll, type UpstreamResponse } from './http.ts';
import { record } from './json.ts';
import {
  answerJson,
  dataEvents,
  embeddingEvents,
  imageEvents,
  rerankEvents,
  soundEvents,
  transcriptEvents,
} from './media.ts';

/** How long a stream may be silent, ms: before its first event, and between two. */
export interface Silence {
  readonly first: number;
  readonly between: number;
}

/** Reads a stream of server-sent events to `[DONE]`, or to its end when every choice has come to one. */
async function* streamEvents(
  response: UpstreamResponse,
  request: EngineRequest,
  silence: Silence,
): AsyncGenerator<EngineEvent> {
  const { model } = request;
  const choices = createChoiceReader(request);
  const found: { readonly event: string; readonly data: string }[] = [];
  const parser = createParser({
    onEvent: ({ event = '', data }) => void found.push({ event, data }),
    // Older llama-servers tell errors in a field of their own.
    onError: ({ type, field, value }) => {
      if (type === 'unknown-field' && field === 'error') found.push({ event: 'error', data: value ?? '' });
    },
  });
  const decoder = new TextDecoder();
  let silentFor = 0;
  const watch = (ms: number) =>
    setTimeout(() => {
      silentFor = ms;
      response.cancel();
    }, ms);
  let timer = watch(silence.first);
  let begun = false;
  try {
    const body: Readable = response.body;
    for await (const part of withLastLine(body)) {
      parser.feed(decoder.decode(part, { stream: true }));
      for (const { event, data } of found.splice(0)) {
        if (data === '') continue;
        if (data === '[DONE]') {
          yield* choices.end(true);
          drain(response);
          return;
        }
        if (event === 'error') throw failure(model, saidIn(data));
        const events = choices.chunk(record(parse(data, model)));
        if (events.length > 0 && !begun) {
          begun = true;
          clearTimeout(timer);
          timer = watch(silence.between);
        }
        yield* events;
      }
      if (begun) timer.refresh();
    }
    yield* choices.end(false);
  } catch (error) {
    response.cancel();
    throw silentFor > 0 ? engineError('TIMEOUT', { model, ms: silentFor }, error) : error;
  } finally {
    clearTimeout(timer);
  }
}

const parse = (data: string, model: string): unknown => {
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw engineError('FAILED', { model, why: 'an event of its stream is not JSON' }, cause);
  }
};

/** The last event of a stream may lack the empty line behind it. */
async function* withLastLine(body: Readable): AsyncGenerator<Uint8Array> {
  for await (const part of body.iterator({ destroyOnReturn: false })) yield part as Uint8Array;
  yield Buffer.from('\n\n');
}

const saidIn = (data: string): Reported => {
  const unclear = { message: 'it reported an error', type: undefined, param: undefined, code: undefined };
  try {
    const json = record(JSON.parse(data));
    return reportedError(json) ?? reportedError({ error: json }) ?? unclear;
  } catch {
    return unclear;
  }
};

/** Events of a whole answer. */
const wholeEvents = async (response: UpstreamResponse, request: EngineRequest): Promise<readonly EngineEvent[]> => {
  const bytes = await readAll(response);
  const { endpoint, model } = request;
  if (endpoint === '/v1/audio/speech') return soundEvents(bytes, response.contentType, request);
  if (endpoint.startsWith('/v1/audio/')) return transcriptEvents(bytes, request);
  const json = answerJson(bytes, model);
  if (endpoint === '/v1/embeddings') return embeddingEvents(json, request);
  if (endpoint.startsWith('/v1/images/')) return imageEvents(json, request);
  if (endpoint === '/v1/rerank') return rerankEvents(json, request);
  if (!endpoint.endsWith('completions')) return dataEvents(json, request);
  const choices = createChoiceReader(request);
  const events = choices.body(json);
  return [...events, ...choices.end(true)];
};

/** Events of an answer; its own media type tells whether it is a stream. */
export async function* answerEvents(
  response: UpstreamResponse,
  request: EngineRequest,
  silence: Silence,
): AsyncGenerator<EngineEvent> {
  if (response.contentType.startsWith('text/event-stream') && request.endpoint.endsWith('completions'))
    yield* streamEvents(response, request, silence);
  else yield* await wholeEvents(response, request);
}
