import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTransport, type OwnedTransport } from './http.ts';
import { askWhole } from './whole.ts';

let server: Server;
let transport: OwnedTransport;
beforeAll(async () => {
  server = createServer(({ url }, answer) => {
    if (url === '/whole') return void answer.writeHead(203).end('{"a":1}');
    if (url === '/text') return void answer.end('text');
    // Never silent, and never at its end.
    const drip = setInterval(() => answer.write(' '), 1);
    answer.on('close', () => clearInterval(drip));
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  transport = createTransport({ allowPrivate: true });
});
afterAll(() => {
  transport.close();
  server.close();
});
const ask = (path: string, wholeMs?: number) => {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return askWhole(transport.send, { url, path, method: 'GET', headers: {}, timeoutMs: 5_000 }, wholeMs);
};

test('an answer is read as a whole; what is no JSON is none', async () => {
  expect(await ask('/whole')).toEqual({ status: 203, json: { a: 1 } });
  await expect(ask('/text')).rejects.toThrow(SyntaxError);
});

test('a node that never stops to answer is left', async () => {
  await expect(ask('/drip', 50)).rejects.toThrow();
});
