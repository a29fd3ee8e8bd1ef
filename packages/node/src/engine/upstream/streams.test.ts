/** Answers whose label, framing, compression, status or end is wrong, as servers and proxies were reported to send them. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deflateRawSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { chatRequest, collect, textOf } from '../../testing/engine-contract.ts';
import type { Engine, EngineEvent, EngineRequest } from '../types.ts';
import type { UpstreamLimits } from './config.ts';
import { createUpstreamEngine } from './engine.ts';

const servers: Server[] = [];
const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

const engineOver = async (listener: RequestListener, limits: Partial<UpstreamLimits> = {}): Promise<Engine> => {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => listener(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = { name: 'm', roles: [0, 1, 3, 4, 5], contextLength: 4096, tokenizer: 'bytes', profile: null };
  const models = [{ ...model, targets: [{ url, concurrency: 8 }] }];
  const engine = createUpstreamEngine({ models, limits: { probeMs: 60_000, ...limits } });
  engines.push(engine);
  return engine;
};

const chat = chatRequest('m', 'x');
const streamed = chatRequest('m', 'x', { stream: true });
const at = (endpoint: EngineRequest['endpoint'], body: object): EngineRequest => ({
  ...chat,
  endpoint,
  body: { model: 'm', ...body },
});
const EVENTS = 'text/event-stream';
const JSON_TYPE = 'application/json';
const piece = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const data = (...all: readonly (object | string)[]): string =>
  all.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join('');
const hi = data(piece({ content: 'Hi' }), piece({}, 'stop'));
const whole = (message: object, finish_reason = 'stop', more: object = {}): string =>
  JSON.stringify({ choices: [{ index: 0, message, finish_reason }], ...more });

/** What an engine makes of an answer. */
const answered = async (
  type: string,
  body: string | Uint8Array,
  { request = chat, status = 200, headers = {} }: { request?: EngineRequest; status?: number; headers?: object } = {},
): Promise<readonly EngineEvent[]> =>
  collect(
    await engineOver((_, response) => response.writeHead(status, { 'content-type': type, ...headers }).end(body)),
    request,
  );
const callsOf = (events: readonly EngineEvent[]) => {
  const calls: { name: string; arguments: string }[] = [];
  for (const event of events) {
    if (event.type !== 'delta' || !event.tool) continue;
    const { index, name = '', arguments: text = '' } = event.tool;
    const { name: before, arguments: begun } = calls[index] ?? { name: '', arguments: '' };
    calls[index] = { name: before + name, arguments: begun + text };
  }
  return calls;
};
const finishOf = (events: readonly EngineEvent[]) => events.find((each) => each.type === 'finish');
const failed = { code: 'ENGINE_FAILED' };

test.each(['text/plain', JSON_TYPE, 'application/octet-stream'])(
  'a stream that says it is %s is a stream',
  async (type) => {
    for (const body of [`${hi}data: [DONE]\n\n`, `: ping\n\n${hi}`])
      expect(textOf(await answered(type, body, { request: streamed }))).toBe('Hi');
  },
);

test.each([
  ['a space behind [DONE]', `${hi}data: [DONE] \n\n`],
  ['the name of the field twice', hi.replace('data: ', 'data: data: ')],
])('%s changes nothing', async (_, body) => {
  expect(textOf(await answered(EVENTS, body, { request: streamed }))).toBe('Hi');
});

test('a byte order mark before a whole answer, and deflate without a header, are read', async () => {
  expect(textOf(await answered(JSON_TYPE, `\uFEFF${whole({ content: 'Hi' })}`))).toBe('Hi');
  const headers = { 'content-encoding': 'deflate' };
  expect(textOf(await answered(JSON_TYPE, deflateRawSync(whole({ content: 'Hi' })), { headers }))).toBe('Hi');
  const long = data(...Array.from({ length: 5_000 }, (_, i) => piece({ content: `${i} ` })), piece({}, 'stop'));
  const events = await answered(EVENTS, deflateRawSync(long), { headers, request: streamed });
  expect(textOf(events).split(' ')).toHaveLength(5_001);
  await expect(answered(JSON_TYPE, Buffer.from([1, 2, 3]), { headers })).rejects.toMatchObject(failed);
});

test('once every choice has ended, a connection that stays open is not waited for as for silence', async () => {
  for (const body of [hi, `${hi}${data({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 1 } })}`]) {
    const engine = await engineOver((_, response) => response.writeHead(200, { 'content-type': EVENTS }).write(body), {
      silenceMs: 50,
    });
    expect(textOf(await collect(engine, streamed))).toBe('Hi');
  }
  const pinging = await engineOver(
    (_, response) => {
      response.writeHead(200, { 'content-type': EVENTS }).write(hi);
      const pings = setInterval(() => response.write(': ping\n\n'), 10);
      response.on('close', () => clearInterval(pings));
    },
    { silenceMs: 50 },
  );
  expect(textOf(await collect(pinging, streamed))).toBe('Hi');
  const stuck = data(piece({ content: 'Hi' }));
  const engine = await engineOver((_, response) => response.writeHead(200, { 'content-type': EVENTS }).write(stuck), {
    silenceMs: 50,
  });
  await expect(collect(engine, streamed)).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
});

test.each([301, 302, 303, 307, 308, 304, 402, 405, 407, 410, 421, 426, 499])(
  'status %i says something of the server, not of the request',
  async (status) => {
    await expect(answered(JSON_TYPE, '', { status })).rejects.toMatchObject(failed);
  },
);

test.each([400, 406, 409, 411, 413, 415, 422, 431, 451])('status %i refuses the request', async (status) => {
  await expect(answered(JSON_TYPE, '{"error":"no"}', { status })).rejects.toMatchObject({ code: 'ENGINE_REJECTED' });
});

test('a server is busy with 429 and 529, and broken where its account is used up', async () => {
  for (const status of [429, 529])
    await expect(answered(JSON_TYPE, '{}', { status })).rejects.toMatchObject({ code: 'ENGINE_OVERLOADED' });
  const broke = '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}';
  await expect(answered(JSON_TYPE, broke, { status: 429 })).rejects.toMatchObject(failed);
});

test.each([{ error: '' }, { error: {} }, { error: null, code: 0, message: 'success' }])(
  'an answer with %j beside it is an answer',
  async (more) => {
    expect(textOf(await answered(JSON_TYPE, whole({ content: 'Hi' }, 'stop', more)))).toBe('Hi');
  },
);

test.each([{ error: true }, { error: ['bad'] }, { error: {}, message: 'bad', code: 5 }])(
  '%j is an error',
  async (body) => {
    await expect(answered(JSON_TYPE, JSON.stringify(body))).rejects.toMatchObject(failed);
  },
);

test.each([
  ['sensitive', 'content_filter'],
  ['PROHIBITED_CONTENT', 'content_filter'],
  ['blocklist', 'content_filter'],
])('finish reason %s is %s', async (reason, told) => {
  expect(finishOf(await answered(JSON_TYPE, whole({ content: 'x' }, reason)))).toMatchObject({ reason: told });
});

test.each(['network_error', 'timeout'])('an end by %s is a failure', async (reason) => {
  await expect(answered(JSON_TYPE, whole({ content: 'x' }, reason))).rejects.toMatchObject(failed);
});

test('an object in place of a content is a failure, not an empty answer', async () => {
  await expect(answered(JSON_TYPE, whole({ content: { answer: 5 } }))).rejects.toMatchObject(failed);
});

test('of two names for thoughts the one that is not empty counts, and of two equal ones one', async () => {
  const body = data(
    piece({ reasoning_content: '', reasoning: 'h' }),
    piece({ reasoning_content: 'm', reasoning: 'm' }),
    piece({ content: 'Hi', reasoning: '' }),
    piece({}, 'stop'),
  );
  const events = await answered(EVENTS, body, { request: streamed });
  const thoughts = events.flatMap((each) => (each.type === 'delta' && each.reasoning ? [each.reasoning] : []));
  expect([textOf(events), thoughts]).toEqual(['Hi', ['h', 'm']]);
});

test.each<[string, readonly object[], readonly object[]]>([
  [
    'whose name comes behind an empty one',
    [
      { index: 0, id: 'a', function: { name: '', arguments: '' } },
      { index: 0, function: { name: 'f', arguments: '{}' } },
    ],
    [{ name: 'f', arguments: '{}' }],
  ],
  [
    'whose arguments come before its name',
    [
      { index: 0, id: 'a', function: { arguments: '{"p"' } },
      { index: 0, function: { name: 'f', arguments: ':1}' } },
    ],
    [{ name: 'f', arguments: '{"p":1}' }],
  ],
  ['without arguments', [{ index: 0, id: 'a', function: { name: 'f' } }], [{ name: 'f', arguments: '{}' }]],
  [
    'whose index is text',
    [
      { index: '0', id: 'a', function: { name: 'f', arguments: '{"p"' } },
      { index: '1', id: 'b', function: { name: 'g', arguments: '{"q"' } },
      { index: '0', function: { arguments: ':1}' } },
      { index: '1', function: { arguments: ':2}' } },
    ],
    [
      { name: 'f', arguments: '{"p":1}' },
      { name: 'g', arguments: '{"q":2}' },
    ],
  ],
])('calls in a stream %s are whole at its end', async (_, calls, expected) => {
  const body = data(...calls.map((call) => piece({ tool_calls: [call] })), piece({}, 'tool_calls'), '[DONE]');
  expect(callsOf(await answered(EVENTS, body, { request: streamed }))).toEqual(expected);
});

test('a whole call without arguments has an empty object of them; one without a name is a failure', async () => {
  for (const of of [{ name: 'f' }, { name: 'f', arguments: '' }, { name: 'f', arguments: null }]) {
    const body = whole({ content: null, tool_calls: [{ id: 'a', type: 'function', function: of }] }, 'tool_calls');
    expect(callsOf(await answered(JSON_TYPE, body))).toEqual([{ name: 'f', arguments: '{}' }]);
  }
  const nameless = { id: 'a', type: 'function', function: { name: null, arguments: '{}' } };
  await expect(
    answered(JSON_TYPE, whole({ content: null, tool_calls: [nameless] }, 'tool_calls')),
  ).rejects.toMatchObject(failed);
  const cut = whole({ content: null, tool_calls: [{ id: 'a', function: { name: 'f', arguments: '' } }] }, 'length');
  expect(callsOf(await answered(JSON_TYPE, cut))).toEqual([{ name: 'f', arguments: '' }]);
});

test('usage in the member of a hosted engine counts', async () => {
  const last = { ...piece({}, 'stop'), x_groq: { usage: { prompt_tokens: 4, completion_tokens: 1 } } };
  const events = await answered(EVENTS, data(piece({ content: 'Hi' }), last, '[DONE]'), { request: streamed });
  expect(events.find((each) => each.type === 'usage')).toMatchObject({ prompt: 4n, completion: 1n });
});

test.each(['data:image/png;base64,iVBORw==', 'iVBO\nRw==\n'])('an image as %j is an image', async (b64_json) => {
  const request = at('/v1/images/generations', { prompt: 'x' });
  const events = await answered(JSON_TYPE, JSON.stringify({ data: [{ b64_json }] }), { request });
  expect(events).toMatchObject([{ type: 'media', bytes: new Uint8Array([0x89, 0x50, 0x4e, 0x47]) }]);
});

test('of documents ranked beyond top_n the best are the answer; fewer are a failure', async () => {
  const request = at('/v1/rerank', { query: 'q', documents: ['a', 'b', 'c'], top_n: 1 });
  const results = [0.1, 0.9, 0.2].map((relevance_score, index) => ({ index, relevance_score }));
  const events = await answered(JSON_TYPE, JSON.stringify({ results }), { request });
  expect(events).toEqual([{ type: 'vector', index: 1, values: [0.9] }]);
  const two = JSON.stringify({ results: results.slice(0, 2) });
  await expect(answered(JSON_TYPE, two, { request })).rejects.toMatchObject(failed);
});

test('samples that begin with the byte of a bracket are sound; a page is none', async () => {
  const request = at('/v1/audio/speech', { input: 'x', response_format: 'pcm' });
  const samples = Buffer.from([0x3c, 0x00, 0x7b, 0xff, 0x20, 0x01]);
  expect(await answered('audio/pcm', samples, { request })).toMatchObject([{ type: 'media' }]);
  const page = '<!DOCTYPE html><html>502</html>';
  await expect(answered('audio/pcm', page, { request })).rejects.toMatchObject(failed);
});
