/** What lies at an address: fetched from public https servers alone, bounded, and only what suits its part. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openHttpClient } from '@atoma/base';
import { afterEach, expect, test } from 'vitest';
import type { EngineRequest } from '../engine/types.ts';
import { createRemoteFetch, withRemote } from './remote.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const listen = async (
  listener: RequestListener,
): Promise<{ readonly port: number; readonly connections: () => number }> => {
  let connections = 0;
  const server = createServer(listener).on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return { port: (server.address() as AddressInfo).port, connections: () => connections };
};

const path = ['messages', 0, 'content', 0, 'image_url', 'url'];
const part = (url: string) => ({ path, type: 'image_url', url });
const refused = { kind: 'problem', code: 'invalid_request', param: path.join('.') };
const png = Buffer.from('89504e470d0a1a0a', 'hex');
/** Over connections that may lead to this machine. */
const fetched = async (listener: RequestListener) => {
  const { port } = await listen(listener);
  return createRemoteFetch(openHttpClient({}))(part(`http://127.0.0.1:${port}/a/b.png?size=2`));
};

test.each([
  ['this machine by number', (port: number) => `https://127.0.0.1:${port}/`],
  ['this machine by name', (port: number) => `https://localhost:${port}/`],
  ['this machine in other spellings', (port: number) => `https://0x7f.1:${port}/`],
  ['a whole number', (port: number) => `https://2130706433:${port}/`],
  ['IPv4 inside IPv6', (port: number) => `https://[::ffff:127.0.0.1]:${port}/`],
  ['IPv4 in the oldest form of IPv6', (port: number) => `https://[::127.0.0.1]:${port}/`],
  ['a tunnel to this machine', (port: number) => `https://[2002:7f00:1::]:${port}/`],
  ['a translated address', (port: number) => `https://[64:ff9b::7f00:1]:${port}/`],
  ['the metadata of a cloud', () => 'https://169.254.169.254/latest/meta-data/'],
  ['a private network', () => 'https://10.0.0.1/'],
  ['plain http', (port: number) => `http://127.0.0.1:${port}/`],
  ['a password', () => 'https://me:secret@example.com/'],
])('%s is not connected to', async (_, url) => {
  const { port, connections } = await listen((__, response) => response.end());
  expect(await createRemoteFetch()(part(url(port)))).toMatchObject(refused);
  expect(connections()).toBe(0);
});

test('an image comes as data, asked for without a word about who asks', async () => {
  let asked: unknown;
  const data = await fetched((request, response) => {
    asked = [request.url, Object.keys(request.headers).sort()];
    response.writeHead(200, { 'content-type': 'image/PNG; name=x' }).end(png);
  });
  expect(data).toEqual({ kind: 'ok', value: `data:image/png;base64,${png.toString('base64')}` });
  expect(asked).toEqual(['/a/b.png?size=2', ['accept', 'accept-encoding', 'connection', 'host']]);
});

test.each<[string, RequestListener]>([
  ['another type', (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')],
  ['no type', (_, response) => response.writeHead(200).end(png)],
  ['a redirection', (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/' }).end()],
  ['an error', (_, response) => response.writeHead(500, { 'content-type': 'image/png' }).end(png)],
  [
    'a body that breaks off',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'image/png', 'content-length': '100' });
      response.write(png);
      setImmediate(() => response.destroy());
    },
  ],
  [
    'more than 20 MiB',
    (_, response) => response.writeHead(200, { 'content-type': 'image/png' }).end(Buffer.alloc(21 * 1024 * 1024)),
  ],
])('%s is refused with the name of the member', async (_, listener) => {
  expect(await fetched(listener)).toMatchObject(refused);
});

test('every address of a request is replaced where it stands; the first that fails refuses it', async () => {
  const body = {
    model: 'm',
    messages: [
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'a', detail: 'low' } },
          { type: 'text', text: 'x' },
        ],
      },
    ],
  };
  const request = {
    endpoint: '/v1/chat/completions',
    model: 'm',
    body,
    file: null,
    seed: 1,
    n: 1,
    stream: false,
  } as EngineRequest;
  const found = await withRemote(request, [part('a')], async () => ({ kind: 'ok', value: 'data:,' }));
  expect(found).toMatchObject({
    kind: 'ok',
    value: { body: { messages: [{ content: [{ image_url: { url: 'data:,', detail: 'low' } }, { text: 'x' }] }] } },
  });
  expect(body.messages[0]?.content[0]).toMatchObject({ image_url: { url: 'a' } });
  const { port } = await listen((_, response) => response.writeHead(404).end());
  expect(
    await withRemote(request, [part(`http://127.0.0.1:${port}/`)], createRemoteFetch(openHttpClient({}))),
  ).toMatchObject(refused);
});
