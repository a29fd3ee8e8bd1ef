import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { marketMachine, run, told } from '../testing/in-process.ts';
import type { Machine } from '../testing/process.ts';

/** A server that asks for nothing: what it is asked, and how it answers by path. */
const asked: string[] = [];
const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/free': (response) => void response.end('a word'),
  '/told': (response) => {
    const told = Buffer.from(JSON.stringify({ transaction: 'DIGEST' })).toString('base64');
    response.writeHead(200, { 'payment-response': told }).end('paid for');
  },
  '/odd': (response) => void response.writeHead(200, { 'payment-response': 'no JSON' }).end('odd'),
  '/broken': (response) => void response.writeHead(500).end('it broke'.repeat(100)),
};
const server = createServer((request: IncomingMessage, response) => {
  let body = '';
  request.on('data', (part: Buffer) => {
    body += part.toString();
  });
  request.on('end', () => {
    asked.push(`${request.method} ${request.url} ${body}`);
    answers[request.url ?? '']?.(response);
  });
});
let [machine, base] = [undefined as unknown as Machine, ''];
beforeAll(async () => {
  machine = await marketMachine();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

test('what costs nothing is not paid for; a body makes it a POST', async () => {
  expect(await told(machine, `pay ${base}/free`)).toMatchObject({
    ...{ status: 200, paid: null, transaction: null, body: 'a word' },
  });
  await told(machine, `pay ${base}/free --data -`, { stdin: '{"a":1}' });
  expect(asked).toEqual(['GET /free ', 'POST /free {"a":1}']);
});

test('a transaction is told as the server names it; what is no such word is none', async () => {
  expect(await told(machine, `pay ${base}/told`)).toMatchObject({ transaction: 'DIGEST', paid: null });
  expect(await told(machine, `pay ${base}/odd`)).toMatchObject({ transaction: null, body: 'odd' });
});

test('an answer that is none is a failure with its status and its first words', async () => {
  const { code, err } = await run(machine, `pay ${base}/broken`);
  expect(code).not.toBe(0);
  expect(err).toContain(`status 500: ${'it broke'.repeat(100).slice(0, 500)}`);
  expect(err).not.toContain('it broke'.repeat(63));
});
