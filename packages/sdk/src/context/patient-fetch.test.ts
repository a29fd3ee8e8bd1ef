/** A chain that is silent, half silent or not there, over real sockets. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { NO_CONNECTION, patientFetch } from './patient-fetch.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.close();
});

const listening = async (server: Server): Promise<string> => {
  servers.push(server.listen(0, '127.0.0.1').unref());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const patient = patientFetch(globalThis.fetch, 60_000);
const impatient = patientFetch(globalThis.fetch, 30);

test('a server that never answers, or stops half-way, is not waited for', async () => {
  const silent = await listening(createTcpServer((socket) => socket.unref()));
  await expect(impatient(silent)).rejects.toThrow(`${NO_CONNECTION}it did not answer in time`);
  const half = await listening(
    createServer((_, response) => {
      response.writeHead(200);
      response.write('half');
    }),
  );
  await expect(impatient(half).then((answer) => answer.text())).rejects.toThrow(/in time|due to timeout/);
});

test('a page that is not there is no object that is not there', async () => {
  const site = await listening(
    createServer((request, response) => {
      response.writeHead(404, request.url === '/grpc' ? { 'content-type': 'application/grpc-web+proto' } : {});
      response.end('<h1>Not here</h1>');
    }),
  );
  await expect(patient(site)).rejects.toThrow(`${NO_CONNECTION}no Sui node answers there`);
  expect((await patient(`${site}/grpc`)).status).toBe(404);
});

test('a server that is not there is said so, and a caller’s own signal is the caller’s own error', async () => {
  const gone = createTcpServer();
  const url = await listening(gone);
  gone.close();
  await once(gone, 'close');
  await expect(patient(url)).rejects.toThrow(`${NO_CONNECTION}nothing listens at that address`);
  const signal = AbortSignal.abort(new Error('mine'));
  await expect(patient(url, { signal })).rejects.toThrow('mine');
});

test('an address that carries a password is refused without repeating it', async () => {
  const refused = patient('http://me:secret@127.0.0.1:9/');
  await expect(refused).rejects.toThrow('//127.0.0.1:9/');
  await expect(refused).rejects.not.toThrow('secret');
});
