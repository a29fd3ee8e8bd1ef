import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpCall, openHttpClient, readWhole } from '../index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;
let server: Server;
let url: string;
let handler: Handler;
const ports: (number | undefined)[] = [];
const client = openHttpClient({});

beforeAll(async () => {
  server = createServer((request, response) => {
    ports.push(request.socket.remotePort);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
});
afterAll(() => {
  client.close();
  server.closeAllConnections();
  server.close();
});

const echo: Handler = async (request, response) => {
  const body = await readWhole(request);
  const { method, url: path, headers } = request;
  response.end(JSON.stringify({ method, path, headers, body: String(body) }));
};
const call = (more: Partial<HttpCall> = {}): HttpCall => ({ url, path: '/x', method: 'GET', headers: {}, ...more });
const text = async (more: Partial<HttpCall> = {}): Promise<string> =>
  String(await (await client.send(call(more))).whole());

test('method, path below the base URL, headers and body arrive; the connection is used again', async () => {
  handler = echo;
  const from = ports.length;
  const body = Buffer.from('ä'.repeat(40_000));
  expect(JSON.parse(await text({ url: `${url}/base/`, method: 'POST', headers: { a: '1' }, body }))).toEqual({
    method: 'POST',
    path: '/base/x',
    headers: { host: url.slice(7), a: '1', 'content-length': '80000', connection: 'keep-alive' },
    body: 'ä'.repeat(40_000),
  });
  expect(JSON.parse(await text())).toMatchObject({ method: 'GET', path: '/x', body: '' });
  expect(ports[from]).toBe(ports[from + 1]);
});

test.each([
  ['in one piece', (response: ServerResponse) => response.end('whole')],
  [
    'in pieces without a length',
    (response: ServerResponse) => {
      response.write('wh', () => response.end('ole'));
    },
  ],
])('a body %s is read as a whole', async (_, answer) => {
  handler = (_request, response) => void answer(response);
  expect(await text()).toBe('whole');
});

test('a body beyond the bound is refused, whether it came in one piece or not', async () => {
  handler = (_request, response) => response.end('12345');
  expect(await (await client.send(call())).whole(4)).toBe('tooLarge');
  expect(String(await (await client.send(call())).whole(5))).toBe('12345');
});

test('no answer: the signal rejects with its reason, silence with how long it was', async () => {
  const stop = new AbortController();
  handler = () => stop.abort(new Error('enough'));
  await expect(client.send(call({ signal: stop.signal }))).rejects.toThrow('enough');
  handler = () => undefined;
  await expect(client.send(call({ signal: AbortSignal.abort(new Error('before')) }))).rejects.toThrow('before');
  await expect(client.send(call({ timeoutMs: 20 }))).rejects.toThrow('no answer within 20 ms');
  await expect(client.send(call({ url: 'nonsense' }))).rejects.toThrow('Invalid URL');
});

test('the signal ends a body under way, and does nothing to one that has been read', async () => {
  handler = (_request, response) => void response.write('half');
  const stop = new AbortController();
  const half = await client.send(call({ signal: stop.signal }));
  const read = half.whole();
  setImmediate(() => stop.abort(new Error('enough')));
  expect(await read).toBe('broken');
  handler = (_request, response) => response.end('whole');
  for (const turn of [undefined, process.nextTick, setImmediate]) {
    const late = new AbortController();
    const reply = await client.send(call({ signal: late.signal }));
    expect(String(await reply.whole())).toBe('whole');
    if (turn) await new Promise<void>((resolve) => turn(resolve));
    late.abort(new Error('too late'));
    expect(await text()).toBe('whole');
  }
});

test('a kept connection that its server closed meanwhile is replaced; one that breaks under an answer is not', async () => {
  let asked = 0;
  handler = (request, response) => {
    asked++;
    if (request.url === '/stale') request.socket.destroy();
    else response.end(String(asked));
  };
  expect(await text()).toBe('1');
  server.closeIdleConnections();
  expect(await text()).toBe('2');
  // Only a connection that was used before is tried again, and the next one is new.
  await expect(text({ path: '/stale' })).rejects.toThrow('socket hang up');
  expect(asked).toBe(4);
  handler = (request, response) => void response.write('half', () => request.socket.destroy());
  const half = await client.send(call());
  expect(await half.whole()).toBe('broken');
});

test('connections beyond the bound wait; who gives up is not given one', async () => {
  const bounded = openHttpClient({ connections: 1 });
  const answers: ServerResponse[] = [];
  const heard: string[] = [];
  handler = (request, response) => {
    heard.push(request.url ?? '');
    answers.push(response);
  };
  const stop = new AbortController();
  const [first, second, third] = ['/1', '/2', '/3'].map((path) =>
    bounded.send(call({ path, ...(path === '/2' ? { signal: stop.signal } : {}) })),
  );
  await expect.poll(() => heard.length).toBe(1);
  stop.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
  answers[0]?.end('one');
  expect(String(await (await first)?.whole())).toBe('one');
  await expect.poll(() => heard).toEqual(['/1', '/3']);
  bounded.close();
  await expect(third).rejects.toThrow('the client was closed');
});

test('silence under way ends an answer, unless more time is given', async () => {
  handler = (_request, response) => void response.write('half');
  expect(await (await client.send(call({ timeoutMs: 20 }))).whole()).toBe('broken');
  let asked = 0;
  handler = (_request, response) => {
    answer = response;
  };
  let answer: ServerResponse | undefined;
  const onSilence = async () => {
    if (++asked === 2) answer?.end('late');
    return true;
  };
  expect(await text({ timeoutMs: 10, onSilence })).toBe('late');
  expect(asked).toBeGreaterThanOrEqual(2);
});

test('a body larger than its reader takes at once arrives whole, in pieces or not; who leaves early leaves the connection usable', async () => {
  const large = 'x'.repeat(3_000_000);
  handler = (_request, response) => response.end(large);
  expect(await text()).toBe(large);
  let read = 0;
  for await (const part of (await client.send(call())).body) {
    read += part.length;
    await new Promise(setImmediate);
  }
  expect(read).toBe(large.length);
  const from = ports.length;
  for await (const part of (await client.send(call())).body) {
    expect(part.length).toBeGreaterThan(0);
    break;
  }
  const unread = await client.send(call());
  unread.discard();
  await expect.poll(() => text().then(() => new Set(ports.slice(from)).size < ports.length - from)).toBe(true);
});

test('a request cannot hold more lines than its headers', async () => {
  handler = echo;
  for (const value of ['a\r\nb: c', 'a\nb', 'ü€', '\0'])
    await expect(client.send(call({ headers: { a: value } }))).rejects.toThrow(
      'the header a of a request is malformed',
    );
  for (const path of ['/a b', '/a\r\nb', '/€'])
    await expect(client.send(call({ path }))).rejects.toThrow('the path of a request is malformed');
  expect(JSON.parse(await text({ method: 'POST' })).headers['content-length']).toBe('0');
});
