import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requestSuiFromFaucetV2 } from '@mysten/sui/faucet';
import { GrpcTypes, SuiGrpcClient } from '@mysten/sui/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeLedger, type Ledger, openLedger } from './index.ts';
import { type LedgerServer, serveLedger } from './server.ts';

let ledger: Ledger;
let server: LedgerServer;

beforeAll(async () => {
  ledger = await openLedger({ seed: 'server tests', clock: 'logical' });
  server = await serveLedger(ledger, { port: 0, faucetPort: 0 });
});

afterAll(async () => {
  await server.close();
  closeLedger(ledger);
});

const clientOf = (format: 'text' | 'binary') => new SuiGrpcClient({ network: 'localnet', baseUrl: server.url, format });

interface AdminBody {
  readonly timestampMs: number;
  readonly epoch: number;
  readonly checkpoint: number;
  readonly file: string;
  readonly stateDigest: string;
  readonly error?: { readonly code: string };
}

const admin = async (path: string, body?: object, headers: Record<string, string> = {}) => {
  const response = await fetch(`${server.url}/admin/${path}`, {
    method: body ? 'POST' : 'GET',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, body: (await response.json()) as AdminBody };
};

/** One native gRPC call over HTTP/2 in the clear, as grpc-js, tonic and others make it. */
const native = (path: string, request: Uint8Array, type = 'application/grpc') =>
  new Promise<{ headers: Record<string, unknown>; trailers: Record<string, unknown>; body: Buffer }>(
    (resolve, reject) => {
      const session = connectHttp2(server.url);
      session.on('error', reject);
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': type, te: 'trailers' });
      const chunks: Buffer[] = [];
      let headers: Record<string, unknown> = {};
      let trailers: Record<string, unknown> = {};
      stream.on('response', (received) => {
        headers = received;
      });
      stream.on('trailers', (received) => {
        trailers = received;
      });
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('end', () => {
        session.close();
        resolve({ headers, trailers, body: Buffer.concat(chunks) });
      });
      const frame = Buffer.alloc(5);
      frame.writeUInt32BE(request.length, 1);
      stream.end(Buffer.concat([frame, request]));
    },
  );

test.each(['text', 'binary'] as const)('the SDK client works over HTTP/1.1 (%s)', async (format) => {
  const client = clientOf(format);
  expect((await client.core.getChainIdentifier()).chainIdentifier.length).toBeGreaterThan(30);
  const { object } = await client.getObject({ objectId: '0x6' });
  expect(object.type).toMatch(/::clock::Clock$/);
});

test('native gRPC works on the same port', async () => {
  const message = GrpcTypes.GetObjectRequest.toBinary({ objectId: '0x6' });
  const { headers, trailers, body } = await native('/sui.rpc.v2.LedgerService/GetObject', message);
  expect([headers[':status'], headers['content-type'], trailers['grpc-status']]).toEqual([
    200,
    'application/grpc+proto',
    '0',
  ]);
  const reply = GrpcTypes.GetObjectResponse.fromBinary(body.subarray(5, 5 + body.readUInt32BE(1)));
  expect(reply.object?.objectId).toBe(`0x${'6'.padStart(64, '0')}`);
});

test('native gRPC streams, and its errors come with a status', async () => {
  const list = GrpcTypes.ListCheckpointsRequest.toBinary({ options: { limit: 1 } });
  const listed = await native('/sui.rpc.v2.LedgerService/ListCheckpoints', list);
  expect(listed.trailers['grpc-status']).toBe('0');
  const first = GrpcTypes.ListCheckpointsResponse.fromBinary(listed.body.subarray(5, 5 + listed.body.readUInt32BE(1)));
  expect(first.checkpoint?.sequenceNumber).toBe(0n);
  const missing = await native('/sui.rpc.v2.LedgerService/GetObject', new Uint8Array());
  expect([missing.headers['grpc-status'], missing.headers['error-code']]).toEqual(['3', 'RPC_MISSING_FIELD']);
  const unknown = await native('/sui.rpc.v2.NoService/No', new Uint8Array());
  expect(unknown.headers['grpc-status']).toBe('12');
  expect((await native('/', new Uint8Array(), 'text/plain')).headers[':status']).toBe(415);
});

test('first bytes may come one by one', async () => {
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1', async () => {
      socket.setNoDelay(true);
      for (const letter of 'GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n') {
        socket.write(letter);
        await new Promise((next) => setImmediate(next));
      }
    });
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('end', () => resolve(text));
  });
  expect(reply).toMatch(/^HTTP\/1.1 200/);
});

test('garbage on the socket harms nobody else', async () => {
  await new Promise<void>((resolve) => {
    const socket = connect(server.port, '127.0.0.1', () => socket.end(Buffer.from([0x50, 0x52, 0x49, 0xff, 0, 1, 2])));
    socket.on('close', () => resolve());
    socket.on('error', () => {});
    socket.resume();
  });
  expect((await fetch(`${server.url}/health`)).status).toBe(200);
});

test('JSON-RPC gets a pointer to gRPC in its own form', async () => {
  const call = async (body: string) => {
    const reply = await fetch(server.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return [reply.status, await reply.json()];
  };
  const pointer = (id: unknown, code = -32601) => ({
    jsonrpc: '2.0',
    id,
    error: { code, message: expect.stringContaining('gRPC') },
  });
  expect(await call('{"jsonrpc":"2.0","id":7,"method":"sui_getChainIdentifier"}')).toEqual([200, pointer(7)]);
  expect(await call('[{"id":"a"},{"id":2}]')).toEqual([200, [pointer('a'), pointer(2)]]);
  expect(await call('{}')).toEqual([200, pointer(null)]);
  expect(await call('no json')).toEqual([200, pointer(null, -32700)]);
});

test('the client of JSON-RPC shows the pointer', async () => {
  const { SuiJsonRpcClient } = await import('@mysten/sui/jsonRpc');
  const client = new SuiJsonRpcClient({ url: server.url, network: 'localnet' });
  await expect(client.getChainIdentifier()).rejects.toThrow('SuiGrpcClient');
});

test('the first path of the faucet gives coins in the form of its time', async () => {
  const ask = async (recipient: string) => {
    const reply = await fetch(`${server.url}/gas`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ FixedAmountRequest: { recipient } }),
    });
    return [reply.status, await reply.json()];
  };
  expect(await ask(`0x${'77'.repeat(32)}`)).toEqual([
    200,
    { transferredGasObjects: [expect.objectContaining({ id: expect.stringMatching(/^0x/) })], error: null },
  ]);
  expect(await ask('nobody')).toEqual([400, { transferredGasObjects: [], error: expect.stringContaining('address') }]);
});

test('pages of other origins may use gRPC-web, not the admin interface, which the server’s own pages may', async () => {
  const preflight = await fetch(`${server.url}/sui.rpc.v2.LedgerService/GetEpoch`, {
    method: 'OPTIONS',
    headers: { origin: 'https://a.page', 'access-control-request-headers': 'x-grpc-web,content-type' },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
  expect(preflight.headers.get('access-control-allow-headers')).toBe('x-grpc-web,content-type');
  for (const origin of ['https://a.page', 'null', 'http://127.0.0.1:1', server.url.replace('http:', 'https:')]) {
    const refused = await admin('epoch', {}, { origin });
    expect([origin, refused.status, refused.body.error?.code]).toEqual([origin, 403, 'SERVER_FORBIDDEN']);
  }
  expect((await admin('status', undefined, { origin: server.url })).status).toBe(200);
});

test('the admin interface moves clock and epoch and explains what it refuses', async () => {
  const before = (await admin('status')).body;
  const clock = await admin('clock', { ms: 5_000 });
  expect(clock.body.timestampMs).toBe(before.timestampMs + 5_000);
  expect((await admin('epoch', { count: 3 })).body.epoch).toBe(before.epoch + 3);
  for (const [path, body] of [
    ['clock', {}],
    ['clock', { ms: -1 }],
    ['epoch', { count: 'two' }],
  ] as const) {
    const { status, body: reply } = await admin(path, body);
    expect([status, reply.error?.code]).toEqual([400, 'SERVER_BAD_FIELD']);
  }
  expect((await admin('nothing')).status).toBe(404);
});

test('the faucet funds an address on both ports, and explains a refusal in the form the SDK reads', async () => {
  const recipient = `0x${'ab'.repeat(32)}`;
  for (const host of [server.url, server.faucetUrl as string]) {
    const reply = await requestSuiFromFaucetV2({ host, recipient });
    expect(reply.coins_sent?.[0]).toMatchObject({ amount: 10_000_000_000 });
  }
  const { balance } = await clientOf('binary').getBalance({ owner: recipient });
  expect(balance.balance).toBe('20000000000');
  await expect(requestSuiFromFaucetV2({ host: server.url, recipient: 'nobody' })).rejects.toThrow(/recipient/);
});

test('a body that is too large is refused, and its connection serves the next request', async () => {
  const big = 'x'.repeat(3_000_000);
  const { port } = new URL(server.url);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (method: string, path: string, body = '', type = 'application/json') =>
    new Promise<string>((resolve, reject) => {
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const sent = request({ port, method, path, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(`${response.statusCode} ${Buffer.concat(chunks).toString('latin1')}`));
      });
      sent.on('error', reject).end(body);
    });
  for (let round = 0; round < 3; round++) {
    expect(await ask('POST', '/v2/gas', big)).toMatch(/^413 .*exceeds/);
    expect(await ask('GET', '/health')).toMatch(/^200 /);
    expect(await ask('POST', '/admin/clock', big)).toMatch(/^413 .*RPC_BODY_TOO_LARGE/);
    expect(await ask('GET', '/health')).toMatch(/^200 /);
    expect(await ask('POST', '/', big)).toMatch(/^413 .*RPC_BODY_TOO_LARGE/);
    expect(await ask('HEAD', '/health')).toBe('200 ');
  }
  const call = '/sui.rpc.v2.LedgerService/GetObject';
  expect(await ask('POST', call, 'x'.repeat(9_000_000), 'application/grpc-web+proto')).toMatch(/grpc-status:8/);
  expect(await ask('GET', '/health')).toMatch(/^200 /);
  agent.destroy();
});

test('a call is one whatever the case of its media type, and whatever query a proxy adds', async () => {
  const ask = (type: string, query = '') =>
    fetch(`${server.url}/sui.rpc.v2.LedgerService/GetServiceInfo${query}`, {
      method: 'POST',
      headers: { 'content-type': type },
      body: /text/i.test(type) ? 'AAAAAAA=' : new Uint8Array(5),
    }).then((answer) => answer.text());
  expect(await ask('Application/gRPC-Web+Proto')).toContain('grpc-status:0');
  expect(await ask('application/grpc-web', '?from=proxy')).toContain('grpc-status:0');
  const call = '/sui.rpc.v2.LedgerService/GetServiceInfo?from=proxy';
  expect((await native(call, new Uint8Array(), 'Application/gRPC')).trailers['grpc-status']).toBe('0');
  expect(atob((await ask('application/grpc-web-TEXT')).slice(-48))).toContain('grpc-status:0');
});

test('a subscription over HTTP gets what happens after it, and closing the server ends it', async () => {
  const own = await serveLedger(ledger, { port: 0 });
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: own.url, format: 'binary' });
  const call = client.subscriptionService.subscribeCheckpoints({});
  await call.headers;
  await fetch(`${own.url}/admin/clock`, { method: 'POST', body: '{"ms": 1}' });
  const seen: bigint[] = [];
  const ended = (async () => {
    for await (const { cursor } of call.responses) {
      seen.push(cursor as bigint);
      void own.close();
    }
  })().catch((error: { code: string }) => error.code);
  expect(await ended).toBe('UNAVAILABLE');
  expect(seen).toHaveLength(1);
});

test('snapshot, restore, export and reset go through the admin interface, and a subscription does not survive', async () => {
  const { checkpoint } = (await admin('snapshot', {})).body;
  const call = clientOf('binary').subscriptionService.subscribeCheckpoints({});
  await call.headers;
  const ended = (async () => {
    for await (const _ of call.responses);
  })().catch((error: { code: string }) => error.code);
  await admin('clock', { ms: 1_000 });
  expect((await admin('restore', { checkpoint })).body.checkpoint).toBe(checkpoint);
  expect(await ended).toBe('ABORTED');
  const directory = mkdtempSync(join(tmpdir(), 'ledger-export-'));
  const file = join(directory, 'copy.sqlite');
  expect((await admin('export', { file })).body).toEqual({ file });
  expect(statSync(file).size).toBeGreaterThan(1_000);
  const { stateDigest: before } = (await admin('digest')).body;
  await admin('epoch', {});
  expect((await admin('digest')).body.stateDigest).not.toBe(before);
  expect((await admin('load', { file })).body.checkpoint).toBe(checkpoint);
  expect((await admin('digest')).body.stateDigest).toBe(before);
  expect((await admin('load', { file: `${file}.missing` })).body.error?.code).toBe('LEDGER_DATA_CORRUPT');
  for (const path of ['export', 'load']) expect((await admin(path, { file: 'relative' })).status).toBe(400);
  rmSync(directory, { recursive: true });
  expect((await admin('restore', { checkpoint: 1_000_000 })).body.error).toMatchObject({
    code: 'LEDGER_CHECKPOINT_NOT_FOUND',
  });
  expect((await admin('reset', {})).body.checkpoint).toBe(0);
});

test('a port in use is an error that names it, and the first port is freed when the second fails', async () => {
  await expect(serveLedger(ledger, { port: server.port })).rejects.toMatchObject({ code: 'SERVER_PORT_IN_USE' });
  await expect(serveLedger(ledger, { port: 0, faucetPort: server.port })).rejects.toMatchObject({
    code: 'SERVER_PORT_IN_USE',
  });
});
