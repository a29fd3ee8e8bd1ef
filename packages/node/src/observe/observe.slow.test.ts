import { connect } from 'node:net';
import { type SignedRequest, signRequest } from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { openServing, type ServingFixture } from '../testing/serving-fixture.ts';
import { startUpstream, type UpstreamServer } from '../testing/upstream-server.ts';
import { engineWords } from './engine-words.ts';
import { createLog } from './log.ts';

const API_KEY = 'sk-key-of-the-back-end';
const PROMPT = 'words nobody else may read';
const endpoint = '/v1/chat/completions';
let node: ServingFixture;
let upstream: UpstreamServer;
let lines = '';
let up: bigint;

beforeAll(async () => {
  upstream = await startUpstream();
  const target = { url: upstream.url, concurrency: 8, apiKey: API_KEY };
  const model = {
    name: 'up',
    roles: [0],
    contextLength: 1_000_000,
    tokenizer: 'bytes',
    profile: null,
    targets: [target],
  };
  node = await openServing({
    engines: [createBuiltinEngine(), createUpstreamEngine({ models: [model] })],
    limits: { keepAliveMs: 20, slowReaderBytes: 100_000 },
    log: createLog('debug', {
      write: (line: string) => {
        lines += line;
      },
    }),
  });
  up = await node.task({ role: 0, model: 'up' });
});
afterAll(async () => {
  await node.close();
  await upstream.close();
});

const signed = async (stack: bigint, more: object = {}): Promise<SignedRequest & { readonly body: Uint8Array }> => {
  const body = new TextEncoder().encode(
    JSON.stringify({ model: 'up', messages: [{ role: 'user', content: PROMPT }], ...more }),
  );
  const { chainId, packageId, nodeId } = node;
  const signer = node.buyer.signer as Signer;
  const request = { chainId, packageId, stack, node: nodeId, signer, endpoint, model: 'up', body, maxUnits: 5_000n };
  return { ...(await signRequest(request)), body };
};
const send = ({ headers, body }: Awaited<ReturnType<typeof signed>>) =>
  fetch(node.url + endpoint, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: body as Uint8Array<ArrayBuffer>,
  });

test('what goes wrong is logged without prompts, envelopes, signatures or keys', async () => {
  const stack = await node.stack(up);
  const good = await signed(stack);
  expect((await send(good)).status).toBe(200);
  upstream.behaviour.status = 500;
  expect((await send(await signed(stack))).status).toBe(502);
  upstream.behaviour.status = 200;
  expect((await send(good)).headers.get('atoma-replayed')).toBe('1');
  const { reserve } = node.store;
  Object.assign(node.store, { reserve: () => Promise.reject(new TypeError('a fault')) });
  expect((await send(await signed(stack))).status).toBe(500);
  Object.assign(node.store, { reserve });
  node.node.log.error(
    { body: PROMPT, envelope: 'E', signature: 'S', apiKey: API_KEY, err: new Error('x') },
    'careless',
  );
  expect(lines).toContain('request failed');
  expect(lines).toContain('careless');
  const secrets = [
    PROMPT,
    API_KEY,
    good.headers['atoma-envelope'] as string,
    good.headers['atoma-signature'] as string,
    (node.buyer.signer as Ed25519Keypair).getSecretKey(),
  ];
  for (const secret of secrets) expect(lines).not.toContain(secret);
  for (const line of lines.trim().split('\n')) expect(JSON.parse(line)).toMatchObject({ time: expect.any(String) });
});

test('every request has its line, with what it came to', async () => {
  const stack = await node.stack(up);
  lines = '';
  const good = await signed(stack);
  await (await send(good)).text();
  await (await send(good)).text();
  upstream.behaviour.status = 500;
  await (await send(await signed(stack))).text();
  upstream.behaviour.status = 200;
  await (await send(await signed(stack, { max_tokens: 0 }))).text();
  const told = (msg: string) =>
    lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter((line) => line.msg === msg);
  const ofStack = () => told('request').filter((line) => line.stack === String(stack));
  await expect.poll(() => ofStack().length).toBe(4);
  const requests = ofStack();
  const common = { level: 30, stack: String(stack), endpoint, model: 'up', ms: expect.any(Number) };
  expect(requests.map(({ outcome }) => outcome)).toEqual(['served', 'replayed', 'backend_error', 'invalid_request']);
  for (const line of requests)
    expect(line).toMatchObject({ ...common, request_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
  expect(BigInt(requests[0].units)).toBeGreaterThan(0n);
  expect(requests.slice(1).map(({ units }) => units)).toEqual(['0', '0', '0']);
  const failed = told('engine failed').at(-1);
  expect(failed).toMatchObject({ level: 40, model: 'up', code: 'backend_error', why: expect.stringContaining('500') });
});

test('the words of an engine are bounded and repeat nothing of the request', () => {
  const body = { messages: [{ role: 'user', content: 'the secret of the house\nis under the stone' }], max_tokens: 7 };
  expect(engineWords('max_tokens must be below 5', body)).toBe('max_tokens must be below 5');
  expect(engineWords('cannot parse "secret of the house\\nis under" at 3', body)).toBe('cannot parse "…" at 3');
  expect(engineWords('bad: the secret of the house\nis under the stone.', body)).toBe('bad: ….');
  expect(engineWords('x'.repeat(100_000), body)).toHaveLength(300);
});

test('the figures an operator needs are there, counted', async () => {
  const stack = await node.stack(up);
  await (await send(await signed(stack))).text();
  await (await send(await signed(stack, { stream: true }))).text();
  const text = await (await fetch(`${node.url}/metrics`)).text();
  const names = [
    'requests_total{endpoint="/v1/chat/completions",code="200"}',
    'overhead_seconds_bucket',
    'first_byte_seconds_count{endpoint="/v1/chat/completions"} 1',
    'queue_seconds_count',
    'units_total{role="0",source="engine"}',
    'lost_units_total',
    'open_rows',
    'reserved_units',
    'outbox_entries',
    'outbox_oldest_seconds',
    'duty_slack_epochs',
    'chain_lag_seconds',
    'clock_offset_seconds',
    'nodejs_eventloop_lag_seconds',
    'alarms_total',
    'running_requests 0',
  ];
  for (const name of names) expect(text).toContain(`atoma_node_${name}`);
});

test('the description of the interface names every address and the bodies they take', async () => {
  const document = (await (await fetch(`${node.url}/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, { schema: { type: string } }> } }>>;
  };
  expect(document.openapi).toBe('3.1.0');
  const served = node.app.routes
    .filter(({ path }) => !/fine_tuning|training|files|\*/.test(path))
    .map(({ path }) => path.replace(/:(\w+)/g, '{$1}'));
  for (const path of served) expect(Object.keys(document.paths)).toContain(path);
  const body = document.paths[endpoint]?.post?.requestBody?.content['application/json'];
  expect(body?.schema).toMatchObject({ type: 'object', required: expect.arrayContaining(['model', 'messages']) });
});

test('a stream that has nothing to say for a while says so', async () => {
  const stack = await node.stack(up);
  upstream.behaviour.wordMs = 120;
  const text = await (await send(await signed(stack, { stream: true }))).text();
  upstream.behaviour.wordMs = 0;
  expect(text).toContain(': keep-alive\n\n');
  expect(text.trimEnd().endsWith('[DONE]')).toBe(true);
});

test('a reader that does not read counts as gone: what was made for it is billed, the rest is not made', async () => {
  const stack = await node.stack(up, 10_000n);
  const before = upstream.behaviour.words;
  Object.assign(upstream.behaviour, { words: Array.from({ length: 400 }, () => 'x'.repeat(64_000)), wordMs: 2 });
  const { headers, body } = await signed(stack, { stream: true });
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
  const head = Object.entries({
    ...headers,
    'content-type': 'application/json',
    'content-length': String(body.length),
  });
  socket.write(
    `POST ${endpoint} HTTP/1.1\r\nhost: x\r\n${head.map(([name, text]) => `${name}: ${text}`).join('\r\n')}\r\n\r\n`,
  );
  socket.write(body);
  socket.pause();
  const aborted = upstream.aborted();
  await expect.poll(() => upstream.aborted()).toBe(aborted + 1);
  await expect.poll(async () => (await node.store.findStack(stack))?.nextLeaf).toBe(1);
  Object.assign(upstream.behaviour, { words: before, wordMs: 0 });
  const [leaf] = await node.store.listLeaves(stack);
  expect(leaf?.cut).not.toBeNull();
  expect(await node.store.findStack(stack)).toMatchObject({ reserved: 0n });
  socket.destroy();
});
