import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type HttpCall, openHttpClient, readWhole } from './index.ts';

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
  String(await readWhole(await client.send(call(more))));

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
  const first = await client.send(call());
  expect(await readWhole(first, 4)).toBe('tooLarge');
  first.destroy();
  expect(String(await readWhole(await client.send(call()), 5))).toBe('12345');
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
  const read = readWhole(half);
  setImmediate(() => stop.abort(new Error('enough')));
  expect(await read).toBe('broken');
  handler = (_request, response) => response.end('whole');
  for (const turn of [undefined, process.nextTick, setImmediate]) {
    const late = new AbortController();
    const message = await client.send(call({ signal: late.signal }));
    expect(String(await readWhole(message))).toBe('whole');
    if (turn) await new Promise<void>((resolve) => turn(resolve));
    late.abort(new Error('too late'));
    expect(await text()).toBe('whole');
  }
});
