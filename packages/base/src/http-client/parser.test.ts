import { request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isNotHttp, openHttpClient } from '../index.ts';

/** What a client made of an answer. */
type Seen = { readonly status: number; readonly type: string | undefined; readonly body: string } | 'failed' | 'failed';

let server: Server;
let port: number;
let parts: readonly string[];
const client = openHttpClient();

beforeAll(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      const own = parts;
      const send = (at: number): void => {
        const part = own[at];
        if (part === undefined) socket.end();
        else socket.write(part, 'latin1', () => setImmediate(send, at + 1));
      };
      send(0);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  client.close();
  server.close();
});

const ours = async (): Promise<Seen> => {
  try {
    const reply = await client.send({ url: `http://127.0.0.1:${port}`, path: '/', method: 'GET', headers: {} });
    const body = await reply.whole();
    return typeof body === 'string'
      ? 'failed'
      : { status: reply.status, type: reply.header('content-type'), body: body.toString('latin1') };
  } catch (error) {
    expect(error).toBeInstanceOf(DOMException);
    return 'failed';
  }
};

const nodes = (): Promise<Seen> =>
  new Promise((resolve) => {
    const call = request({ host: '127.0.0.1', port, path: '/', agent: false }, (message) => {
      let body = '';
      message.setEncoding('latin1');
      message.on('data', (part) => {
        body += part;
      });
      message.on('error', () => resolve('failed'));
      const { statusCode: status = 0, headers } = message;
      message.on('end', () => resolve({ status, type: headers['content-type'], body }));
    });
    call.on('error', () => resolve('failed'));
    call.on('upgrade', () => resolve('failed'));
    call.end();
  });

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n`;

test.each<readonly [what: string, answer: string]>([
  ['a length', `${OK}Content-Type: a/b\r\nContent-Length: 5\r\n\r\nhello`],
  ['no body', 'HTTP/1.1 204 No Content\r\nContent-Type: a/b\r\n\r\n'],
  ['no body, by its length', `${OK}content-length:0\r\n\r\n`],
  ['not modified, with the length it would have', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
  ['the end of the connection as its end', `${OK}Content-Type: a/b\r\n\r\nhello`],
  ['the older version', 'HTTP/1.0 200 OK\r\nContent-Type: a/b\r\n\r\nhello'],
  ['no reason', 'HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nab'],
  ['bytes above 127', `${OK}Content-Type: ä\r\nContent-Length: 2\r\n\r\n\xe4\xff`],
  ['space around a value', `${OK}Content-Type: \t a/b \t\r\nContent-Length: 1\r\n\r\na`],
  ['an empty value', `${OK}Content-Type:\r\nContent-Length: 1\r\n\r\na`],
  ['a head in front', `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${OK}Content-Length: 1\r\n\r\na`],
  ['chunks', `${CHUNKED}\r\n5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n`],
  ['chunks with extensions and trailers', `${CHUNKED}Trailer: A\r\n\r\n5;a=b\r\nhello\r\n0;c\r\nA: b\r\nC: d\r\n\r\n`],
  ['a coding in capitals', `${OK}Transfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n`],
  ['another coding in front', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`],
  ['fewer bytes than its length', `${OK}Content-Length: 5\r\n\r\nhell`],
  ['no last chunk', `${CHUNKED}\r\n5\r\nhello\r\n`],
  ['a chunk that breaks off', `${CHUNKED}\r\n5\r\nhel`],
  ['a head that breaks off', `${OK}Content-Le`],
  ['nothing', ''],
  ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ['another version', 'HTTP/3.1 200 OK\r\nContent-Length: 1\r\n\r\na'],
  ['a status of two digits', 'HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\na'],
  ['lines that end in LF alone', 'HTTP/1.1 200 OK\nContent-Length: 1\n\na'],
  ['a header without a colon', `${OK}Content-Length 1\r\n\r\na`],
  ['a space behind a name', `${OK}Content-Length : 1\r\n\r\na`],
  ['a zero byte in a value', `${OK}A: b\0\r\nContent-Length: 1\r\n\r\na`],
  ['two lengths', `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
  ['a length twice', `${OK}Content-Length: 1\r\nContent-Length: 1\r\n\r\na`],
  ['a negative length', `${OK}Content-Length: -1\r\n\r\na`],
  ['a length that is no number', `${OK}Content-Length: 1e3\r\n\r\na`],
  ['a length and chunks', `${CHUNKED}Content-Length: 1\r\n\r\n1\r\na\r\n0\r\n\r\n`],
  ['the size of a chunk that is no number', `${CHUNKED}\r\nx\r\na\r\n0\r\n\r\n`],
  ['an empty size of a chunk', `${CHUNKED}\r\n\r\na\r\n0\r\n\r\n`],
  ['a chunk that is longer than its size', `${CHUNKED}\r\n1\r\nab\r\n0\r\n\r\n`],
  ['a head that is too long', `${OK}A: ${'b'.repeat(20_000)}\r\nContent-Length: 1\r\n\r\na`],
  ['a change of the protocol', 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'],
])('an answer with %s is what Node’s own client makes of it, wherever it is cut', async (_, answer) => {
  const cuts = [[], [1], [answer.indexOf('\r\n') + 1], [answer.length - 1], [answer.length - 3, answer.length - 2]];
  parts = [answer];
  const expected = await nodes();
  for (const cut of cuts) {
    const at = [0, ...cut, answer.length].filter((each) => each >= 0);
    parts = at.slice(1).map((end, i) => answer.slice(at[i], end));
    expect(await ours()).toEqual(expected);
  }
  parts = answer.length < 400 ? [...answer] : [answer];
  expect(await ours()).toEqual(expected);
});

test('what is no HTTP is told apart from a connection that broke', async () => {
  const send = () => client.send({ url: `http://127.0.0.1:${port}`, path: '/', method: 'GET', headers: {} });
  parts = ['what?\r\n\r\n'];
  expect(isNotHttp(await send().catch((error: unknown) => error))).toBe(true);
  parts = ['HTTP/1.1 200 OK\r\n'];
  expect(isNotHttp(await send().catch((error: unknown) => error))).toBe(false);
});

test.each([
  ['heads in front of an answer', 'HTTP/1.1 102 Wait\r\n\r\n'.repeat(200)],
  ['trailers behind it', `${CHUNKED}\r\n0\r\n${'A: b\r\n'.repeat(200)}`],
])('%s come to an end', async (_, answer) => {
  parts = [answer];
  expect(await ours()).toBe('failed');
});
