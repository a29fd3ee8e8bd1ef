/** From what an upstream server sends to engine events. Whatever is not a complete answer throws `ENGINE_FAILED`. */
import { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { engineError } from '../engine-errors.ts';
import type { EngineEvent, EngineRequest } from '../types.ts';
import { createChoiceReader } from './choices.ts';
import { failure, type Reported, reportedError } from './fault.ts';
import { drain, MAX_ANSWER_BYTES, readAll, type UpstreamResponse } from './http.ts';
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

/** How long more is waited for once every choice has ended, ms: usage, and `[DONE]`. Some servers leave the connection open. */
const END_MS = 5_000;

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
    maxBufferSize: MAX_ANSWER_BYTES,
    // Proxies that wrap events in events repeat the name of the field.
    onEvent: ({ event = '', data }) => void found.push({ event, data: data.replace(/^data: ?/, '').trim() }),
    // Older llama-servers tell errors in a field of their own.
    onError: ({ type, field, value }) => {
      if (type === 'unknown-field' && field === 'error') found.push({ event: 'error', data: value ?? '' });
      if (type === 'max-buffer-size-exceeded')
        throw engineError('FAILED', { model, why: `an event of its stream is larger than ${MAX_ANSWER_BYTES} bytes` });
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
  let [begun, ending] = [false, false];
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
        if (!ending && choices.complete()) {
          ending = true;
          clearTimeout(timer);
          timer = watch(Math.min(silence.between, END_MS));
        }
      }
      if (begun && !ending) timer.refresh();
    }
    yield* choices.end(false);
  } catch (error) {
    response.cancel();
    if (silentFor > 0 && ending) {
      yield* choices.end(false);
      return;
    }
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
const wholeEvents = async (
  bytes: Buffer,
  response: UpstreamResponse,
  request: EngineRequest,
): Promise<readonly EngineEvent[]> => {
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

/** How a stream begins, whatever media type its server gave it. */
const STREAM_START = /^\ufeff?\s*(?:data|event|id|retry)?:/;

/** Events of an answer; its own media type tells whether it is a stream, or its first bytes where that is wrong. */
export const answerEvents = async (
  response: UpstreamResponse,
  request: EngineRequest,
  silence: Silence,
): Promise<Iterable<EngineEvent> | AsyncIterable<EngineEvent>> => {
  const mayStream = request.endpoint.endsWith('completions');
  if (mayStream && response.contentType.startsWith('text/event-stream'))
    return streamEvents(response, request, silence);
  const bytes = await readAll(response);
  return mayStream && STREAM_START.test(bytes.toString('utf8', 0, 64))
    ? streamEvents({ ...response, body: Readable.from([bytes]) }, request, silence)
    : wholeEvents(bytes, response, request);
};
