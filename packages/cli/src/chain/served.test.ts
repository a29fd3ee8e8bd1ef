/** What is said to be a ledger or a faucet and is neither, over real sockets. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { orderLedger, servedState } from './admin.ts';
import { askJson } from './ask-json.ts';
import type { Chain } from './chain.ts';
import { requestSui } from './sui-faucet.ts';

const answers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  silent: () => {},
  half: (response) => void response.writeHead(200).write('{"a":'),
  cut: (response) => void response.destroy(),
  page: (response) => void response.end('<h1>Hello</h1>'),
  list: (response) => void response.end('[1]'),
  nothing: (response) => void response.end('{}'),
  missing: (response) => void response.writeHead(404).end('no'),
  busy: (response) => void response.writeHead(429).end(),
  broken: (response) => void response.writeHead(503).end('<h1>Bad gateway</h1>'),
  refusing: (response) =>
    void response
      .writeHead(400)
      .end('{"error":{"message":"no such epoch","hint":"Count again."},"status":{"Failure":{"internal":"no money"}}}'),
  odd: (response) => void response.end('{"status":"Success","coins_sent":[{"amount":"many"}]}'),
};

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

const placeOf = async (name: string): Promise<string> => {
  const server = createServer((_, response) => answers[name]?.(response));
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const chainAt = async (name: string): Promise<Chain> =>
  ({ url: await placeOf(name), network: { name: 'odd', kind: 'localnet' } }) as Chain;

test.each(['silent', 'half'])('an answer that is %s is not waited for', async (name) => {
  const asked = askJson({ network: 'odd', url: await placeOf(name) }, undefined, 30);
  await expect(asked).rejects.toMatchObject({
    code: 'CLI_UNREACHABLE',
    message: expect.stringMatching(/^No answer from odd at http.*: it did not answer in time$/),
  });
});

test.each([
  ['cut', 'CLI_UNREACHABLE', /closed before/],
  ['page', 'CLI_NOT_ON_THIS_NETWORK', /no ledger of this program/],
  ['list', 'CLI_NOT_ON_THIS_NETWORK', /no ledger of this program/],
  ['nothing', 'CLI_NOT_ON_THIS_NETWORK', /no ledger of this program/],
  ['missing', 'CLI_NOT_ON_THIS_NETWORK', /not offered \(HTTP 404\)/],
  ['busy', 'CLI_UNREACHABLE', /HTTP 429/],
  ['broken', 'CLI_UNREACHABLE', /HTTP 503/],
  ['refusing', 'CLI_LEDGER_REFUSED', /no such epoch/],
] as const)('a ledger whose answer is %s is told as such', async (name, code, message) => {
  await expect(servedState(await chainAt(name))).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

test('an order that is refused says why, and what next', async () => {
  const ordered = orderLedger(await chainAt('refusing'), 'epoch', { count: 1 });
  await expect(ordered).rejects.toMatchObject({ code: 'CLI_LEDGER_REFUSED', hint: 'Count again.' });
});

test.each([
  ['cut', 'CLI_UNREACHABLE', /closed before/],
  ['page', 'CLI_FAUCET_REFUSED', /no faucet of Sui \(HTTP 200\)/],
  ['nothing', 'CLI_FAUCET_REFUSED', /no faucet of Sui/],
  ['missing', 'CLI_FAUCET_REFUSED', /HTTP 404/],
  ['busy', 'CLI_FAUCET_REFUSED', /too many have asked/],
  ['broken', 'CLI_FAUCET_REFUSED', /HTTP 503/],
  ['refusing', 'CLI_FAUCET_REFUSED', /no money/],
] as const)('a faucet whose answer is %s is told as such', async (name, code, message) => {
  const asked = requestSui(await chainAt(name), '0x5', undefined);
  await expect(asked).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
});

test('a faucet that gives and does not say how much has given', async () => {
  expect(await requestSui(await chainAt('odd'), '0x5', undefined)).toEqual({ amount: null, digest: null });
});
