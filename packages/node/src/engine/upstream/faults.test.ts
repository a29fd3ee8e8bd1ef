/** What servers send that is wrong, odd, late or compressed, as public bug reports show it; each becomes one form or a failure. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { chatRequest, collect, textOf } from '../../testing/engine-contract.ts';
import type { Engine, EngineEvent, EngineRequest, Finish, Usage } from '../types.ts';
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

/** An engine over a server that answers everything with `listener`. */
const over = async (listener: RequestListener): Promise<Engine & { readonly sockets: () => number }> => {
  let sockets = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'GET') response.end('{"data":[]}');
    else request.on('end', () => listener(request, response));
  });
  server.on('connection', () => sockets++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = { name: 'm', roles: [0], contextLength: 4096, tokenizer: 'bytes', profile: null };
  const models = [{ ...model, targets: [{ url, concurrency: 8 }] }];
  const engine = createUpstreamEngine({ models, limits: { probeMs: 60_000, failoverMs: 500 } });
  engines.push(engine);
  return { ...engine, sockets: () => sockets };
};
const json = (body: unknown, more: object = {}) =>
  over((_, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json', ...more })
      .end(typeof body === 'string' ? body : JSON.stringify(body)),
  );
const sse = (...data: readonly (object | string)[]) =>
  over((_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(data.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join('')),
  );
const message = (value: object, finish_reason: string | null = 'stop') => ({
  choices: [{ index: 0, message: { role: 'assistant', ...value }, finish_reason }],
});
const piece = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const chat = chatRequest('m', 'x');
const streamed = chatRequest('m', 'x', { stream: true });
const at = (endpoint: EngineRequest['endpoint'], body: object): EngineRequest => ({
  ...chat,
  endpoint,
  body: { model: 'm', ...body },
});
const embed = (input: unknown) => at('/v1/embeddings', { input });
const finishOf = (events: readonly EngineEvent[]) =>
  events.find((each): each is Finish => each.type === 'finish')?.reason;
const usageOf = (events: readonly EngineEvent[]) => events.find((each): each is Usage => each.type === 'usage');
const toolsOf = (events: readonly EngineEvent[]) => {
  const calls: { id: string; name: string; arguments: string }[] = [];
  for (const event of events) {
    if (event.type !== 'delta' || !event.tool) continue;
    const { index, id, name, arguments: text } = event.tool;
    calls[index] ??= { id: id ?? '', name: name ?? '', arguments: '' };
    (calls[index] as (typeof calls)[number]).arguments += text ?? '';
  }
  return calls;
};

test.each<[string, unknown, EngineRequest]>([
  ['an error object', { error: { message: 'rate limited', code: 429 } }, chat],
  ['an error text', { error: 'model is loading' }, chat],
  ['an error of the vLLM kind', { object: 'error', message: 'oops', code: 400 }, chat],
  ['a detail of FastAPI', { detail: 'Internal Server Error' }, chat],
  ['an error inside a choice', { choices: [{ index: 0, error: { message: 'died' } }] }, chat],
  ['a list', [], chat],
  ['null', 'null', chat],
  ['a page', '<html>502</html>', chat],
  ['half of a body', '{"choices":[{"index":0,"mess', chat],
  ['no choices', { choices: [] }, chat],
  ['a choice without a message', { choices: [{ index: 0, finish_reason: 'stop' }] }, chat],
  ['a choice that was not asked for', { choices: [{ index: 1, message: { content: 'x' } }] }, chat],
  ['the same choice twice', { choices: [0, 0].map((index) => ({ index, message: { content: 'x' } })) }, chat],
  ['a number as content', message({ content: 5 }), chat],
  ['a part that cannot be read', message({ content: [{ type: 'hologram', data: 'x' }] }), chat],
  ['an answer that was broken off', message({ content: 'x' }, 'abort'), chat],
  ['vectors of null', { data: [{ index: 0, embedding: [null] }] }, embed('a')],
  ['vectors of vectors', { data: [{ index: 0, embedding: [[0.1], [0.2]] }] }, embed('a')],
  ['a value beyond float32', '{"data":[{"index":0,"embedding":[1e999]}]}', embed('a')],
  ['a value beyond float32 that JSON holds', '{"data":[{"index":0,"embedding":[1e39]}]}', embed('a')],
  ['empty vectors', { data: [{ index: 0, embedding: [] }] }, embed('a')],
  ['no vectors', { data: [] }, embed('a')],
  ['too few vectors', { data: [{ index: 0, embedding: [1] }] }, embed(['a', 'b'])],
  ['one index twice', { data: [0, 0].map((index) => ({ index, embedding: [1] })) }, embed(['a', 'b'])],
  ['two dimensions', { data: [[1], [1, 2]].map((embedding, index) => ({ index, embedding })) }, embed(['a', 'b'])],
  ['no images', { data: [] }, at('/v1/images/generations', { prompt: 'x' })],
  ['an empty image', { data: [{ b64_json: '' }] }, at('/v1/images/generations', { prompt: 'x' })],
  ['an image that is not base64', { data: [{ b64_json: 'no!' }] }, at('/v1/images/generations', { prompt: 'x' })],
  [
    'an image at an address',
    { data: [{ url: 'https://x.test/a.png' }] },
    at('/v1/images/generations', { prompt: 'x' }),
  ],
  ['JSON as the sound', { error: { message: 'no such voice' } }, at('/v1/audio/speech', { input: 'x' })],
  ['no sound', '', at('/v1/audio/speech', { input: 'x' })],
  ['a transcription without text', { segments: [] }, at('/v1/audio/transcriptions', {})],
])('%s with status 200 is a failure that counts against the server', async (_, body, request) => {
  const engine = await json(body);
  for (let i = 0; i < 3; i++) await expect(collect(engine, request)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  expect((await engine.health()).healthy).toBe(false);
});

test('an answer without output and without a count of the prompt is none', async () => {
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  await expect(collect(await json({ ...message({ content: null }), usage }), chat)).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
  });
  const silent = await json({ ...message({ content: null }), usage: { ...usage, prompt_tokens: 4 } });
  expect(finishOf(await collect(silent, chat))).toBe('stop');
});

test('a prompt too long is told as such when the server has begun its stream already', async () => {
  const long = {
    code: 400,
    message: 'the request exceeds the available context size',
    type: 'exceed_context_size_error',
  };
  const old = await over((_, response) =>
    response
      .writeHead(200, { 'content-type': 'text/event-stream' })
      .end(`error: ${JSON.stringify(long)}\n\ndata: [DONE]\n\n`),
  );
  for (const engine of [await sse({ error: long }), old]) {
    await expect(collect(engine, streamed)).rejects.toMatchObject({ code: 'ENGINE_CONTEXT' });
    expect((await engine.health()).healthy).toBe(true);
  }
});

test('comments, empty frames, CRLF and a last line without its empty line are read', async () => {
  const hi = JSON.stringify(piece({ content: 'Hi' }));
  const last = JSON.stringify({ choices: [], usage: { prompt_tokens: 4, completion_tokens: 1 } });
  const text = `: ping\n\n:\n\ndata:\n\ndata: ${hi}\r\n\r\ndata: ${JSON.stringify(piece({}, 'stop'))}\n\ndata: ${last}`;
  for (const end of ['', '\n\ndata: [DONE]']) {
    const engine = await over((_, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(text + end),
    );
    const events = await collect(engine, streamed);
    expect([textOf(events), finishOf(events), usageOf(events)?.completion]).toEqual(['Hi', 'stop', 1n]);
  }
});

test('JSON that says it is a sound is none', async () => {
  const engine = await json({ error: 'no voice' }, { 'content-type': 'audio/mpeg' });
  await expect(collect(engine, at('/v1/audio/speech', { input: 'x' }))).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
  });
});

test('what is asked for and answered well ends the count of failures', async () => {
  let good = false;
  const engine = await over((_, response) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(good ? message({ content: 'x' }) : {})),
  );
  for (const each of [false, false, true, false, false]) {
    good = each;
    await collect(engine, chat).catch(() => undefined);
  }
  expect((await engine.health()).healthy).toBe(true);
});

test('vectors as base64 of float32 are the numbers they stand for', async () => {
  const embedding = Buffer.from(new Float32Array([0.5, -1]).buffer).toString('base64');
  const events = await collect(await json({ data: [{ index: 0, embedding }] }), embed('a'));
  expect(events).toEqual([{ type: 'vector', index: 0, values: [0.5, -1] }]);
});

test.each<[string, readonly object[]]>([
  [
    'one index for two ids',
    [
      { index: 0, id: 'a', function: { name: 'read', arguments: '{"p":1}' } },
      { index: 0, id: 'b', function: { name: 'write', arguments: '{"p":2}' } },
    ],
  ],
  [
    'no index',
    [
      { id: 'a', function: { name: 'read', arguments: '{"p":' } },
      { function: { arguments: '1}' } },
      { id: 'b', function: { name: 'write', arguments: { p: 2 } } },
    ],
  ],
  [
    'id and name with every piece',
    [
      { index: 0, id: 'a', function: { name: 'read', arguments: '{"p"' } },
      { index: 0, id: 'a', function: { name: 'read', arguments: ':1}' } },
      { index: 1, id: 'b', function: { name: 'write', arguments: '{"p":2}' } },
    ],
  ],
  [
    'indices from 1 on',
    [
      { index: 1, id: 'a', function: { name: 'read', arguments: '{"p":1}' } },
      { index: 2, id: 'b', function: { name: 'write', arguments: '{"p":2}' } },
    ],
  ],
  [
    'pieces in turn',
    [
      { index: 0, id: 'a', function: { name: 'read', arguments: '' } },
      { index: 1, id: 'b', function: { name: 'write', arguments: '{"p"' } },
      { index: 0, function: { arguments: '{"p":1}' } },
      { index: 1, function: { arguments: ':2}' } },
    ],
  ],
])('tool calls in a stream with %s are told apart, and the answer ends with them', async (_, calls) => {
  const events = await collect(
    await sse(...calls.map((call) => piece({ tool_calls: [call] })), piece({}, 'stop'), '[DONE]'),
    streamed,
  );
  expect(toolsOf(events)).toEqual([
    { id: 'a', name: 'read', arguments: '{"p":1}' },
    { id: 'b', name: 'write', arguments: '{"p":2}' },
  ]);
  expect(finishOf(events)).toBe('tool_calls');
});

test('calls without an id get one of their own; free-text and old function calls are calls', async () => {
  const call = { type: 'function', function: { name: 'f', arguments: '{}' } };
  const two = toolsOf(await collect(await json(message({ tool_calls: [call, call] })), chat));
  expect(new Set(two.map(({ id }) => id)).size).toBe(2);
  expect(two.every(({ id }) => id.startsWith('call_'))).toBe(true);
  const custom = { id: 'c', type: 'custom', custom: { name: 'sh', input: 'ls' } };
  expect(toolsOf(await collect(await json(message({ tool_calls: [custom] })), chat))).toMatchObject([
    { id: 'c', name: 'sh', arguments: 'ls' },
  ]);
  const old = { function_call: { name: 'f', arguments: { a: 1 } } };
  const events = await collect(await json(message(old, 'function_call')), chat);
  expect([toolsOf(events)[0]?.arguments, finishOf(events)]).toEqual(['{"a":1}', 'tool_calls']);
});

test.each([
  ['eos', 'stop'],
  ['EOS_TOKEN', 'stop'],
  ['end_turn', 'stop'],
  ['STOP', 'stop'],
  ['tool_calls', 'stop'],
  ['max_tokens', 'length'],
  ['MAX_TOKENS', 'length'],
  ['SAFETY', 'content_filter'],
])('finish reason %s without a call is %s', async (reason, told) => {
  expect(finishOf(await collect(await json(message({ content: 'x' }, reason)), chat))).toBe(told);
});

test('parts of a content are joined, thoughts apart, whole and in pieces', async () => {
  const content = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'Hi' },
  ];
  for (const [engine, request] of [
    [await json(message({ content })), chat],
    [await sse(piece({ content }), piece({}, 'stop'), '[DONE]'), streamed],
  ] as const) {
    const events = await collect(engine, request);
    expect(events[0]).toEqual({ type: 'delta', choice: 0, content: 'Hi', reasoning: 'hm' });
  }
});

test('a stream may end without [DONE] when its choices have ended, or with [DONE] alone; else it broke off', async () => {
  const ended = [piece({ content: 'Hi' }), piece({}, 'stop')];
  expect(textOf(await collect(await sse(...ended), streamed))).toBe('Hi');
  expect(finishOf(await collect(await sse(piece({ content: 'Hi' }), '[DONE]'), streamed))).toBe('stop');
  for (const broken of [await sse(piece({ content: 'Hi' })), await sse('[DONE]'), await sse('not JSON')])
    await expect(collect(broken, streamed)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
});

test('a whole answer to a stream, and a stream where a whole answer was asked for, are read as what they are', async () => {
  expect(textOf(await collect(await json(message({ content: 'Hi' })), streamed))).toBe('Hi');
  expect(textOf(await collect(await sse(piece({ content: 'Hi' }, 'stop'), '[DONE]'), chat))).toBe('Hi');
});

test.each([
  ['null', null],
  ['a fraction', 2.5],
  ['less than nothing', -3],
  ['a text', '7'],
])('usage of %s is no count', async (_, completion_tokens) => {
  const body = { ...message({ content: 'Hi' }), usage: { prompt_tokens: 4, completion_tokens } };
  expect(usageOf(await collect(await json(body), chat))).toEqual({ type: 'usage', prompt: 4n, completion: null });
});

test('thoughts and cached parts of the usage are told', async () => {
  const usage = {
    prompt_tokens: 9,
    completion_tokens: 5,
    prompt_tokens_details: { cached_tokens: 8 },
    completion_tokens_details: { reasoning_tokens: 4 },
  };
  const events = await collect(await json({ ...message({ content: 'x' }), usage }), chat);
  expect(usageOf(events)).toEqual({ type: 'usage', prompt: 9n, completion: 5n, cached: 8n, reasoning: 4n });
});

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
])('an answer that a proxy compressed with %s is read, streams too', async (name, compress) => {
  const encoded = (type: string, text: string) =>
    over((_, response) =>
      response.writeHead(200, { 'content-type': type, 'content-encoding': name }).end(compress(text)),
    );
  const whole = await encoded('application/json', JSON.stringify(message({ content: 'Hi' })));
  expect(textOf(await collect(whole, chat))).toBe('Hi');
  const stream = await encoded(
    'text/event-stream',
    `data: ${JSON.stringify(piece({ content: 'Hi' }, 'stop'))}\n\ndata: [DONE]\n\n`,
  );
  expect(textOf(await collect(stream, streamed))).toBe('Hi');
});

test('an encoding that is not known is a failure', async () => {
  const engine = await json(message({ content: 'x' }), { 'content-encoding': 'compress' });
  await expect(collect(engine, chat)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
});

test('streams share a connection; one that its server has closed meanwhile costs no request', async () => {
  const engine = await sse(piece({ content: 'Hi' }, 'stop'), '[DONE]');
  for (let i = 0; i < 5; i++) await collect(engine, streamed);
  expect(engine.sockets()).toBeLessThan(3);
  const used = new WeakSet<object>();
  const resetting = await over((request, response) => {
    if (used.has(request.socket)) return void request.socket.destroy();
    used.add(request.socket);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(message({ content: 'Hi' })));
  });
  for (let i = 0; i < 3; i++) expect(textOf(await collect(resetting, chat))).toBe('Hi');
});

test('a connection that is held open after [DONE] does not hold the answer', async () => {
  const engine = await over((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify(piece({ content: 'Hi' }, 'stop'))}\n\ndata: [DONE]\n\n`);
  });
  expect(textOf(await collect(engine, streamed))).toBe('Hi');
});

test.each([
  [
    'vLLM',
    {
      error: { message: "This model's maximum context length is 4096 tokens. However, you requested 5000.", code: 400 },
    },
  ],
  [
    'llama-server',
    { error: { message: 'the request exceeds the available context size', type: 'exceed_context_size_error' } },
  ],
  [
    'SGLang',
    { object: 'error', message: "The input (5000 tokens) is longer than the model's context length (4096 tokens)." },
  ],
  [
    'TGI',
    {
      error:
        'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096 ... must have less than 4096 tokens',
    },
  ],
  ['a hosted engine', { error: { message: 'too long', code: 'context_length_exceeded' } }],
])('a prompt too long for %s is told as such', async (_, body) => {
  const engine = await over((_request, response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  );
  await expect(collect(engine, chat)).rejects.toMatchObject({ code: 'ENGINE_CONTEXT' });
  expect((await engine.health()).healthy).toBe(true);
});

test('another refusal keeps its words, parameter and code, without the operator’s addresses and keys', async () => {
  const said = 'top_k must be positive, see http://10.0.0.7:8000/docs, key sk-abcdef123456';
  const body = { error: { message: said, param: 'top_k', code: 'invalid_value' } };
  const engine = await over((_, response) =>
    response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  );
  await expect(collect(engine, chat)).rejects.toMatchObject({
    code: 'ENGINE_REJECTED',
    details: { why: 'top_k must be positive, see [...] [...]', param: 'top_k', code: 'invalid_value' },
  });
});
