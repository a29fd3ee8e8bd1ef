/** What clients, proxies and browsers send, and what they are answered. */
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUpstreamEngine } from '../../node/src/engine/upstream/engine.ts';
import { silence } from '../../node/src/testing/sound.ts';
import { pathOf } from './http.ts';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const ask = { model, messages: [{ role: 'user' as const, content: 'what is a receipt?' }], max_tokens: 12 };
let market: Rehearsal;
let desk: Desk;
/** An engine that takes requests and never answers. */
let stuck: Server;
/** Called when it has taken one. */
let onStuck = (): void => undefined;
beforeAll(async () => {
  stuck = createServer((request, response) => {
    if (request.method === 'GET') response.end('{"data":[]}');
    else onStuck();
  });
  await new Promise<void>((resolve) => stuck.listen(0, '127.0.0.1', resolve));
  const { port } = stuck.address() as AddressInfo;
  const upstream = { profile: null, tokenizer: 'o200k_base', contextLength: 1_000 };
  market = await openRehearsal('gateway-http');
  const node = await market.addNode({
    engines: [
      createUpstreamEngine({
        models: [
          { ...upstream, name: 'hear', roles: [5], targets: [{ url: 'http://127.0.0.1:9', concurrency: 1 }] },
          { ...upstream, name: 'stuck', roles: [0], targets: [{ url: `http://127.0.0.1:${port}`, concurrency: 9 }] },
        ],
      }),
      (await import('../../node/src/testing/letters-engine.ts')).createLettersEngine(),
    ],
  });
  for (const [role, name] of [
    [0, model],
    [0, 'stuck'],
    [5, 'hear'],
  ] as const)
    await market.subscribe(node, await market.task({ role, model: name }), 100n);
  desk = await openDesk(market);
});
afterAll(async () => {
  await desk.close();
  await market.close();
  stuck.closeAllConnections();
  stuck.close();
});
const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error;
const send = (key: string, body: string | FormData, path = '/v1/chat/completions', headers: object = {}) =>
  fetch(desk.url + path, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${key}`,
      ...(typeof body === 'string' ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body,
  });

test('addresses as clients put them together', async () => {
  expect(
    ['/v1/chat/completions?api-version=1', '/chat/completions/', '/v1/v1/embeddings', '/models/a/b', '/v1/models/'].map(
      pathOf,
    ),
  ).toEqual(['/v1/chat/completions', '/v1/chat/completions', '/v1/embeddings', '/v1/models/a/b', '/v1/models']);
  expect(['/health', '/v1/nothing', '/v1'].map(pathOf)).toEqual(['/health', '/v1/nothing', '/v1']);
  const key = await desk.key();
  for (const path of ['/v1/chat/completions?api-version=2024-06-01', '/v1/chat/completions/', '/chat/completions'])
    expect([path, (await send(key, JSON.stringify(ask), path)).status]).toEqual([path, 200]);
});

test('keys in the headers of other vendors’ clients', async () => {
  const key = await desk.key();
  const asked = async (headers: Record<string, string>): Promise<number> => {
    const all = { 'content-type': 'application/json', ...headers };
    const path = `${desk.url}/v1/chat/completions`;
    return (await fetch(path, { method: 'POST', headers: all, body: JSON.stringify(ask) })).status;
  };
  for (const name of ['x-api-key', 'api-key']) {
    expect(await asked({ [name]: key })).toBe(200);
    expect(await asked({ [name]: key, authorization: 'Basic cHJveHk6cGFzcw==' })).toBe(200);
    expect(await asked({ [name]: `${key}x`, authorization: 'Basic cHJveHk6cGFzcw==' })).toBe(401);
  }
});

test('a client that leaves before an answer is no failure of the gateway', async () => {
  const client = new AbortController();
  onStuck = () => client.abort();
  const body = JSON.stringify({ ...ask, model: 'stuck' });
  const headers = { authorization: `Bearer ${await desk.key()}`, 'content-type': 'application/json' };
  await expect(
    fetch(`${desk.url}/v1/chat/completions`, { method: 'POST', headers, body, signal: client.signal }),
  ).rejects.toThrow();
  const counted = async (code: number): Promise<boolean> =>
    (await desk.gateway.metrics.registry.metrics()).includes(`code="${code}"`);
  await expect.poll(() => counted(499)).toBe(true);
  expect(await counted(500)).toBe(false);
});

test('two sounds in one form are refused, whichever of them is short', async () => {
  const form = new FormData();
  form.append('model', 'hear');
  for (const seconds of [1, 3])
    form.append('file', new Blob([silence(seconds * 16_000)], { type: 'audio/wav' }), `${seconds}.wav`);
  const refused = await send(await desk.key(), form, '/v1/audio/transcriptions');
  expect([refused.status, await errorOf(refused)]).toMatchObject([400, { param: 'file' }]);
});

test('the model that is looked at is the model that is bought, and the one in books and metrics', async () => {
  const narrow = await desk.key({ tenant: 'narrow', models: ['allowed'] });
  const form = new FormData();
  for (const name of ['allowed', 'hear']) form.append('model', name);
  form.append('file', new Blob([new Uint8Array(100)]), 'a.wav');
  const twice = await send(narrow, form, '/v1/audio/transcriptions');
  expect(twice.status).toBe(403);
  expect(await errorOf(twice)).toMatchObject({ code: 'model_not_allowed' });
  const body = `{"metadata":{"model":"allowed"},"model":"allowed",${JSON.stringify(ask).slice(1)}`;
  expect(await errorOf(await send(narrow, body))).toMatchObject({
    code: 'model_not_allowed',
    type: 'permission_error',
  });
  expect((await send(await desk.key({ tenant: 'hides' }), body)).status).toBe(200);
  await expect.poll(async () => (await desk.store.listRows({ tenant: 'hides', limit: 9 }))[0]?.state).toBe('settled');
  expect(await desk.store.listRows({ tenant: 'hides', limit: 9 })).toMatchObject([{ model }]);
  const metrics = await desk.gateway.metrics.registry.metrics();
  expect(metrics.match(/^atoma_gateway_units_total\{.*$/gm)).toHaveLength(1);
});

test('bodies that are no UTF-8, too deep or no object are refused, and say why', async () => {
  const key = await desk.key();
  const deep = (levels: number) =>
    JSON.stringify({ ...ask, messages: [{ role: 'user', content: 'x', z: 'Z' }] }).replace(
      '"Z"',
      '['.repeat(levels) + ']'.repeat(levels),
    );
  for (const [body, why] of [
    [deep(20_000), 'nested deeper than 128'],
    [deep(130), 'nested deeper than 128'],
    ['[1]', 'not a JSON object'],
    ['{', 'not JSON'],
    ['{"messages":[]}', 'model must be'],
  ] as const) {
    const refused = await send(key, body);
    expect(refused.status).toBe(400);
    expect((await errorOf(refused)).message).toContain(why);
  }
  const latin = await fetch(`${desk.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ ...ask, user: 'é' }), 'latin1'),
  });
  expect((await errorOf(latin)).message).toContain('not UTF-8');
  expect((await send(key, `\uFEFF${JSON.stringify(ask)}`)).status).toBe(200);
});

test('what is harmless is accepted, what is not is named with what is allowed', async () => {
  const key = await desk.key();
  for (const more of [
    { store: false, metadata: { a: 'b' }, service_tier: 'auto', prompt_cache_key: 'x', safety_identifier: 'x' },
    { verbosity: 'low', tools: null, tool_choice: null, user: 'u'.repeat(5_000) },
    { stream: true, stream_options: { include_usage: true, include_obfuscation: false } },
    { seed: 2 ** 60 },
    { modalities: ['text'], audio: null, functions: null },
    { logit_bias: {}, functions: [] },
    { prediction: { type: 'content', content: 'x' }, usage: { include: true } },
    { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } },
  ])
    expect([more, (await send(key, JSON.stringify({ ...ask, ...more }))).status]).toEqual([more, 200]);
  expect((await desk.store.listAudit(20)).map(({ action }) => action)).not.toContain('untrusted');
  for (const [more, param, says] of [
    [{ temperature: 'hot' }, 'temperature', 'number'],
    [{ temperature: 3 }, 'temperature', 'from 0 to 2'],
    [{ n: 17 }, 'n', 'from 1 to 16'],
    [{ stop: 4 }, 'stop', 'string'],
    [{ functions: [{ name: 'f' }] }, 'functions', 'takes model, messages'],
    [{ seed: 0.5 }, 'seed', 'whole number'],
  ] as const) {
    const refused = await send(key, JSON.stringify({ ...ask, ...more }));
    expect(refused.status).toBe(400);
    const error = await errorOf(refused);
    expect(error).toMatchObject({ param, type: 'invalid_request_error' });
    expect(error.message).toContain(says);
  }
});

test('a wrong model is answered with the nearest ones and where to look', async () => {
  const refused = await send(await desk.key(), JSON.stringify({ ...ask, model: 'atoma/demo-chatt' }));
  expect(refused.status).toBe(404);
  const error = await errorOf(refused);
  expect(error).toMatchObject({ code: 'model_not_served', param: 'model', type: 'not_found_error' });
  expect(error.message).toContain(`the nearest: ${model}`);
  expect(error.hint).toContain('`./dev/cli quote --model NAME`');
});

test('models one by one, as clients retrieve them', async () => {
  const client = desk.client(await desk.key());
  expect(await client.models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
  await expect(client.models.retrieve('nobody/has-it')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  const narrow = desk.client(await desk.key({ models: ['other'] }));
  await expect(narrow.models.retrieve(model)).rejects.toBeInstanceOf(OpenAI.NotFoundError);
});

test('base addresses joined with one slash too many, and names that are not encoded as they should be', async () => {
  const headers = { authorization: `Bearer ${await desk.key()}`, 'content-type': 'application/json' };
  for (const path of [
    '//v1/chat/completions',
    '/v1//chat/completions',
    '/v1/v1/chat/completions//',
    '//chat/completions',
  ])
    expect((await fetch(desk.url + path, { method: 'POST', headers, body: JSON.stringify(ask) })).status).toBe(200);
  const broken = await fetch(`${desk.url}/v1/models/%E0%A4%A`, { headers });
  expect(await errorOf(broken)).toMatchObject({ code: 'model_not_found' });
});

test('methods an endpoint does not take are told so, with the one it takes', async () => {
  for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
    for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/messages/']) {
      const refused = await fetch(desk.url + path, { method });
      expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
      if (method !== 'HEAD') expect(await errorOf(refused)).toMatchObject({ code: 'method_not_allowed' });
    }
  const asked = await fetch(`${desk.url}/v1/embeddings`, { method: 'OPTIONS' });
  expect([asked.status, asked.headers.get('allow')]).toEqual([204, 'POST, OPTIONS']);
});

test('an empty idempotency key is none', async () => {
  const key = await desk.key({ tenant: 'template' });
  for (const max_tokens of [3, 4])
    expect((await desk.post(key, { ...ask, max_tokens }, { 'idempotency-key': ' ' })).status).toBe(200);
});

test('pages of other origins: off, on for the origins of a key, and a question before that is answered', async () => {
  const origin = 'https://app.example';
  const preflight = await fetch(`${desk.url}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type',
    },
  });
  expect(preflight.status).toBe(204);
  expect(Object.fromEntries(preflight.headers)).toMatchObject({
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization,content-type',
  });
  const allowed = async (key: string, body: object, from = origin): Promise<string | null> =>
    (await desk.post(key, body, { origin: from })).headers.get('access-control-allow-origin');
  expect(await allowed(await desk.key(), ask)).toBeNull();
  const listed = await desk.key({ origins: [origin] });
  expect(await allowed(listed, ask)).toBe(origin);
  expect(await allowed(listed, { ...ask, stream: true })).toBe(origin);
  expect(await allowed(listed, { ...ask, n: 99 })).toBe(origin);
  expect(await allowed(listed, ask, 'https://other.example')).toBeNull();
  expect(await allowed(await desk.key({ origins: ['*'] }), ask, 'https://other.example')).toBe('https://other.example');
  const models = await fetch(`${desk.url}/v1/models`, { headers: { authorization: `Bearer ${listed}`, origin } });
  expect(models.headers.get('access-control-allow-origin')).toBe(origin);
});

/** Statuses that come on one connection, and whether it ended by itself. */
const onOneConnection = (write: (socket: ReturnType<typeof connect>) => void) =>
  new Promise<{ statuses: number[]; closed: boolean }>((resolve) => {
    const socket = connect(desk.gateway.port, '127.0.0.1', () => write(socket));
    let text = '';
    const end = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ statuses: [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => Number(match[1])), closed });
    };
    const timer = setTimeout(() => end(false), 60_000);
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('error', () => undefined).on('close', () => end(true));
  });

test('a connection on which a body was too large either goes on or ends', async () => {
  const head = async (length: number): Promise<string> =>
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await desk.key()}\r\ncontent-type: application/json\r\ncontent-length: ${length}\r\n\r\n`;
  const [large, larger] = [await head(5_242_880), await head(9_000_000)];
  const health = 'GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
  const whole = await onOneConnection((socket) => socket.end(`${large}${' '.repeat(5_242_880)}${health}`));
  expect(whole.closed).toBe(true);
  expect([[413], [413, 200]]).toContainEqual(whole.statuses);
  const stuck = await onOneConnection((socket) => socket.write(`${larger}${' '.repeat(4_300_000)}`));
  expect(stuck).toEqual({ statuses: [413], closed: true });
});

test.each([
  ['no HTTP at all', 'hello\r\n\r\n', 400, 'body_broken'],
  ['headers of 20,000 letters', `GET / HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 431, 'headers_too_long'],
])('%s is answered in the form of every error, and the connection ends', async (_, sent, status, code) => {
  let text = '';
  const { closed } = await onOneConnection((socket) => {
    socket.on('data', (part) => {
      text += part;
    });
    socket.write(sent);
  });
  expect(closed).toBe(true);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code, type: 'invalid_request_error' } });
});

test.each([
  ['at once', 0],
  ['while it is answered', 1],
])(
  'what is sent behind a request, %s, spoils nothing of its answer, and the connection ends behind it',
  async (_, late) => {
    const stream = JSON.stringify({ ...ask, stream: true, max_tokens: 400 });
    const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${await desk.key()}\r\ncontent-type: application/json\r\ncontent-length: ${stream.length}\r\n\r\n`;
    const rubbish = 'rubbish\r\n\r\n';
    let text = '';
    const answered = await onOneConnection((socket) => {
      socket.on('data', (part) => {
        text += part;
      });
      if (late) socket.once('data', () => void socket.write(rubbish));
      socket.write(`${head}${stream}${late ? '' : rubbish}`);
    });
    expect(answered).toEqual({ statuses: [200], closed: true });
    expect(text).toContain('data: [DONE]');
  },
);

test.each([
  ['a compressed body', { 'content-encoding': 'gzip' }, 415, 'unsupported_media'],
  ['an idempotency key of 300 letters', { 'idempotency-key': 'k'.repeat(300) }, 400, 'idempotency_malformed'],
])('%s is refused before anything is bought', async (_, headers, status, code) => {
  const refused = await desk.post(await desk.key(), ask, headers);
  expect([refused.status, (await errorOf(refused)).code]).toEqual([status, code]);
});
