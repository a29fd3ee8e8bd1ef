/** More of what servers were reported to send: each is read as what it means, or is a failure; none is an answer it was not. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { chatRequest, collect, textOf } from '../../testing/engine-contract.ts';
import type { Engine, EngineEvent, EngineRequest, Usage } from '../types.ts';
import { createUpstreamEngine } from './engine.ts';
import { retryAfter } from './fault.ts';

const servers: Server[] = [];
const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface Listening {
  readonly url: string;
  readonly calls: () => number;
}
const listen = async (listener: RequestListener): Promise<Listening> => {
  let calls = 0;
  const server = createServer((request, response) => {
    request.resume();
    if (request.method === 'GET') response.end('{"data":[]}');
    else
      request.on('end', () => {
        calls++;
        listener(request, response);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls: () => calls };
};
const engineOver = (targets: readonly Listening[]): Engine => {
  const model = { name: 'm', roles: [0, 1], contextLength: 4096, tokenizer: 'bytes', profile: null };
  const models = [{ ...model, targets: targets.map(({ url }) => ({ url, concurrency: 8 })) }];
  const engine = createUpstreamEngine({ models, limits: { probeMs: 60_000 } });
  engines.push(engine);
  return engine;
};

const chat = chatRequest('m', 'x');
const streamed = chatRequest('m', 'x', { stream: true });
const embed: EngineRequest = { ...chat, endpoint: '/v1/embeddings', body: { model: 'm', input: ['a', 'b'] } };
const EVENTS = 'text/event-stream';
const JSON_TYPE = 'application/json';
const piece = (delta: object, finish_reason: string | null = null) => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const data = (...all: readonly (object | string)[]): string =>
  all.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join('');
const hi = [piece({ content: 'Hi' }), piece({ content: ' you' }), piece({}, 'stop')] as const;

/** What an engine makes of a body. */
const answer = async (
  type: string,
  body: string | Uint8Array,
  { request = chat, status = 200, headers = {} }: { request?: EngineRequest; status?: number; headers?: object } = {},
): Promise<readonly EngineEvent[]> => {
  const server = await listen((_, response) =>
    response.writeHead(status, { 'content-type': type, ...headers }).end(body),
  );
  return collect(engineOver([server]), request);
};
const stream = (body: string): Promise<readonly EngineEvent[]> => answer(EVENTS, body, { request: streamed });
const usageOf = (events: readonly EngineEvent[]) => events.findLast((each): each is Usage => each.type === 'usage');
const finishes = (events: readonly EngineEvent[]) =>
  events.flatMap((each) => (each.type === 'finish' ? [each.reason] : []));
const tools = (events: readonly EngineEvent[]) =>
  events.flatMap((each) => (each.type === 'delta' && each.tool ? [each.tool] : []));
const failed = { code: 'ENGINE_FAILED' };

test.each<[string, string]>([
  [
    'finish_reason "" in every piece',
    data(
      ...['Hi', ' you'].map((content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: '' }] })),
      piece({}, 'stop'),
      '[DONE]',
    ),
  ],
  ['no space behind data:', data(...hi, '[DONE]').replaceAll('data: ', 'data:')],
  ['lines that end with CR LF', data(...hi, '[DONE]').replaceAll('\n', '\r\n')],
  [
    'ids, retry times and named events',
    `retry: 500\n\nid: 1\nevent: message\n${data(...hi)}event: ping\ndata: {}\n\n${data('[DONE]')}`.replace(
      'event: ping\ndata: {}\n\n',
      ': ping\n\n',
    ),
  ],
  [
    'a first piece without choices',
    data({ choices: [], prompt_filter_results: [{ prompt_index: 0 }] }, ...hi, '[DONE]'),
  ],
  [
    'an empty list of tool calls beside the text',
    data(...['Hi', ' you'].map((content) => piece({ content, tool_calls: [] })), piece({}, 'stop'), '[DONE]'),
  ],
  [
    'the last text in the piece that ends',
    data(piece({ content: 'Hi' }), piece({ content: ' you' }, 'stop'), '[DONE]'),
  ],
  ['[DONE] said twice', data(...hi, '[DONE]', '[DONE]')],
  ['an end without [DONE], and without a line behind it', data(...hi).trimEnd()],
  [
    'pieces behind the end that hold nothing',
    data(...hi, piece({ content: '' }), piece({ role: 'assistant' }), '[DONE]'),
  ],
  [
    'the index of the choice as text',
    data(
      ...['Hi', ' you'].map((content) => ({ choices: [{ index: '0', delta: { content } }] })),
      piece({}, 'stop'),
      '[DONE]',
    ),
  ],
  ['a byte order mark in front', `\uFEFF${data(...hi, '[DONE]')}`],
])('a stream with %s is read whole', async (_, body) => {
  const events = await stream(body);
  expect([textOf(events), finishes(events), tools(events)]).toEqual(['Hi you', ['stop'], []]);
});

test.each<[string, string]>([
  ['ends with abort, and then says [DONE]', data(piece({ content: 'Hi' }), piece({}, 'abort'), '[DONE]')],
  [
    'tells an error of its own form between pieces',
    data(piece({ content: 'Hi' }), { error: 'Request failed during generation', error_type: 'generation' }),
  ],
  [
    'tells an error with status 200 and [DONE] behind it',
    data({ error: { object: 'error', message: 'cuda', code: 500 } }, '[DONE]'),
  ],
  ['ends in the middle', data(piece({ content: 'Hi' }))],
  ['says [DONE] at once', data('[DONE]')],
  ['is empty', ''],
  [
    'answers a choice nobody asked for',
    data({ choices: [{ index: 1, delta: { content: 'Hi' }, finish_reason: 'stop' }] }, '[DONE]'),
  ],
  ['holds a piece that is cut', `${data(piece({ content: 'Hi' }))}data: {"choices":[{"ind\n\n`],
])('a stream that %s is a failure', async (_, body) => {
  await expect(stream(body)).rejects.toMatchObject(failed);
});

test.each<[string, string, string | Uint8Array, object]>([
  ['a page of a proxy', 'text/html', '<html><body>502 Bad Gateway</body></html>', {}],
  ['nothing', JSON_TYPE, '', {}],
  ['no content', JSON_TYPE, '', { status: 204 }],
  ['choices null', JSON_TYPE, '{"choices":null}', {}],
  ['a message null', JSON_TYPE, '{"choices":[{"index":0,"message":null,"finish_reason":"stop"}]}', {}],
  ['an end by abort', JSON_TYPE, '{"choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"abort"}]}', {}],
  [
    'half of a compressed body',
    JSON_TYPE,
    gzipSync('{"choices":[]}'.padEnd(4000)).subarray(0, 30),
    { headers: { 'content-encoding': 'gzip' } },
  ],
  ['a redirection', JSON_TYPE, '', { status: 307, headers: { location: 'http://127.0.0.1:9/' } }],
  ['a list in place of an object', JSON_TYPE, '[{"choices":[]}]', {}],
])('%s in place of an answer is a failure', async (_, type, body, more) => {
  await expect(answer(type, body, more)).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
  });
});

test.each<[string, object, readonly [bigint | null, bigint | null]]>([
  ['as text', { prompt_tokens: '9', completion_tokens: '2' }, [9n, 2n]],
  ['with a point', { prompt_tokens: 9.0, completion_tokens: 2.0 }, [9n, 2n]],
  ['below zero', { prompt_tokens: -1, completion_tokens: 2 }, [null, 2n]],
  ['under the names of other APIs', { input_tokens: 9, output_tokens: 2 }, [9n, 2n]],
  ['with null', { prompt_tokens: 9, completion_tokens: null }, [9n, null]],
])('usage %s', async (_, usage, expected) => {
  const body = { choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }], usage };
  const found = usageOf(await answer(JSON_TYPE, JSON.stringify(body)));
  // A count that is no whole number is none: the node counts itself then.
  const text = typeof (usage as { prompt_tokens?: unknown }).prompt_tokens === 'string';
  if (!(text && found === undefined)) expect([found?.prompt, found?.completion]).toEqual(expected);
});

test('usage in every piece: the last one counts', async () => {
  const counted = (n: number) => ({ prompt_tokens: 9, completion_tokens: n });
  const events = await stream(
    data({ ...hi[0], usage: counted(1) }, { ...hi[1], usage: counted(2) }, { ...hi[2], usage: counted(2) }, '[DONE]'),
  );
  expect(usageOf(events)).toMatchObject({ prompt: 9n, completion: 2n });
});

test('a stream in answer to a plain request, and a whole answer to a streamed one', async () => {
  expect(textOf(await answer(EVENTS, data(...hi, '[DONE]')))).toBe('Hi you');
  const whole = { choices: [{ index: 0, message: { role: 'assistant', content: 'Hi you' }, finish_reason: 'stop' }] };
  const events = await answer(JSON_TYPE, JSON.stringify(whole), { request: streamed });
  expect([textOf(events), finishes(events)]).toEqual(['Hi you', ['stop']]);
});

test('thoughts in parts and under every name are thoughts, never text', async () => {
  const parts = [
    { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
    { type: 'text', text: 'Hi' },
  ];
  for (const message of [
    { content: parts },
    { content: 'Hi', reasoning: 'hm' },
    { content: 'Hi', reasoning_content: 'hm' },
    { content: 'Hi', thinking: 'hm' },
  ]) {
    const events = await answer(JSON_TYPE, JSON.stringify({ choices: [{ index: 0, message, finish_reason: 'stop' }] }));
    const thoughts = events.flatMap((each) => (each.type === 'delta' && each.reasoning ? [each.reasoning] : []));
    expect([textOf(events), thoughts.join('')]).toEqual(['Hi', 'hm']);
  }
});

test('a character cut between two packets arrives whole', async () => {
  const bytes = Buffer.from(data(piece({ content: 'héé' }), piece({}, 'stop'), '[DONE]'));
  const cut = bytes.indexOf(0xa9);
  const server = await listen((_, response) => {
    response.writeHead(200, { 'content-type': EVENTS });
    response.write(bytes.subarray(0, cut));
    setImmediate(() => response.end(bytes.subarray(cut)));
  });
  expect(textOf(await collect(engineOver([server]), streamed))).toBe('héé');
});

test('arguments that come as an object, in pieces too, are the text clients expect', async () => {
  const call = { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: { city: 'Bern' } } };
  const events = await stream(data(piece({ tool_calls: [call] }), piece({}, 'tool_calls'), '[DONE]'));
  expect(tools(events)).toMatchObject([{ name: 'f', arguments: '{"city":"Bern"}' }]);
  expect(finishes(events)).toEqual(['tool_calls']);
});

test.each<[string, string]>([
  ['a number that is none', '{"data":[{"index":0,"embedding":[NaN,1]},{"index":1,"embedding":[1,2]}]}'],
  ['fewer vectors than inputs', '{"data":[{"index":0,"embedding":[1,2]}]}'],
  ['one vector twice', '{"data":[{"index":0,"embedding":[1,2]},{"index":0,"embedding":[1,2]}]}'],
  ['vectors of different lengths', '{"data":[{"index":0,"embedding":[1,2]},{"index":1,"embedding":[1]}]}'],
  ['an empty vector', '{"data":[{"index":0,"embedding":[]},{"index":1,"embedding":[]}]}'],
])('embeddings with %s are a failure', async (_, body) => {
  await expect(answer(JSON_TYPE, body, { request: embed })).rejects.toMatchObject(failed);
});

test('embeddings in another order are put back by their index', async () => {
  const body = '{"data":[{"index":1,"embedding":[3,4]},{"index":0,"embedding":[1,2]}]}';
  const events = await answer(JSON_TYPE, body, { request: embed });
  const vectors = events.flatMap((each) => (each.type === 'vector' ? [[each.index, ...each.values]] : []));
  expect(vectors.sort()).toEqual([
    [0, 1, 2],
    [1, 3, 4],
  ]);
});

test.each<[string | undefined, number | undefined]>([
  ['7', 7],
  ['0', 1],
  ['0.2', 1],
  ['99999999', 3600],
  ['Mon, 30 Nov 2026 00:00:09 GMT', 9],
  ['Sun, 29 Nov 2026 00:00:00 GMT', 1],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After: %s', (header, seconds) => {
  expect(retryAfter(header, Date.UTC(2026, 10, 30))).toBe(seconds);
});

test.each([429, 503])('a server that says when to come back with %i is busy, not broken', async (status) => {
  const server = await listen((_, response) => response.writeHead(status, { 'retry-after': '9' }).end('{}'));
  const engine = engineOver([server]);
  for (let i = 0; i < 5; i++)
    await expect(collect(engine, chatRequest('m', `${i}`))).rejects.toMatchObject({
      code: 'ENGINE_OVERLOADED',
      details: { seconds: 9 },
    });
  expect(server.calls()).toBe(5);
});

test('one request that breaks servers counts once at each, is tried at two, and leaves them to the others', async () => {
  const listener: RequestListener = (request, response) =>
    request.headers['x-never'] ? undefined : response.writeHead(500).end('{"error":"cuda"}');
  const three = await Promise.all([1, 2, 3].map(() => listen(listener)));
  const engine = engineOver(three);
  for (let i = 0; i < 6; i++) await expect(collect(engine, chat)).rejects.toMatchObject(failed);
  expect(three.reduce((sum, { calls }) => sum + calls(), 0)).toBe(12);
  expect((await engine.health()).healthy).toBe(true);
  for (let i = 0; i < 9; i++) await collect(engine, chatRequest('m', `other ${i}`)).catch(() => undefined);
  expect((await engine.health()).healthy).toBe(false);
});

test('listeners and timers of requests are gone when they end, however they end', async () => {
  const server = await listen((_, response) =>
    response.writeHead(200, { 'content-type': EVENTS }).end(data(...hi, '[DONE]')),
  );
  const engine = engineOver([server]);
  const stop = new AbortController();
  let listeners = 0;
  const { signal } = stop;
  const [add, remove] = [signal.addEventListener.bind(signal), signal.removeEventListener.bind(signal)];
  signal.addEventListener = ((...all: Parameters<typeof add>) => {
    listeners++;
    add(...all);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((...all: Parameters<typeof remove>) => {
    listeners--;
    remove(...all);
  }) as typeof signal.removeEventListener;
  for (let i = 0; i < 20; i++)
    for await (const event of engine.run(streamed, { maxPerChoice: 8, cut: null }, signal))
      if (i % 2 === 0 && event.type === 'delta') break;
  expect(listeners).toBe(0);
});
