import {
  envelopeLayout,
  fromBase64,
  type Receipt,
  receiptLayout,
  requestHash,
  signRequest,
  verifyRefusal,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { openServing, type ServingFixture } from '../testing/serving-fixture.ts';
import { silence } from '../testing/sound.ts';
import { startUpstream, type UpstreamServer } from '../testing/upstream-server.ts';

const model = 'atoma/demo-chat';
let node: ServingFixture;
let upstream: UpstreamServer;
let chat: bigint;
let embed: bigint;
let up: bigint;
const media: Record<number, bigint> = {};

beforeAll(async () => {
  upstream = await startUpstream({ wordMs: 5, words: Array.from({ length: 200 }, (_, i) => ` word${i}`) });
  const target = { url: upstream.url, concurrency: 64 };
  const served = {
    name: 'up',
    roles: [0, 1, 3, 4, 5],
    contextLength: 4096,
    tokenizer: 'bytes',
    profile: null,
    targets: [target],
  };
  node = await openServing({
    engines: [createBuiltinEngine(), createUpstreamEngine({ models: [served] })],
    limits: { cancelsPerMinute: 3 },
  });
  chat = await node.task({ role: 0, model });
  embed = await node.task({ role: 1, model: 'atoma/demo-embed' });
  up = await node.task({ role: 0, model: 'up' });
  for (const role of [3, 4, 5]) media[role] = await node.task({ role, model: 'up' });
});
afterAll(async () => {
  await node.close();
  await upstream.close();
});

const client = (stack: bigint, onReceipt?: (receipt: Receipt) => void): OpenAI =>
  new OpenAI({
    baseURL: `${node.url}/v1`,
    apiKey: 'unused',
    maxRetries: 0,
    fetch: node.fetchFor(stack, onReceipt ? { onReceipt: (receipt) => onReceipt(receipt) } : {}),
  });
const ask = { model, messages: [{ role: 'user', content: 'what is a receipt?' }] } as const;
const encode = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

/** Signs a body by hand; `send` posts it as it is. */
const signed = async (
  stack: bigint,
  value: unknown,
  more: {
    maxUnits?: bigint;
    endpoint?: string;
    model?: string;
    signer?: Signer;
    timestampMs?: number;
    chainId?: Uint8Array;
    packageId?: Uint8Array;
    nodeId?: bigint;
  } = {},
) => {
  const body = encode(value);
  const endpoint = more.endpoint ?? '/v1/chat/completions';
  const request = await signRequest({
    chainId: more.chainId ?? node.chainId,
    packageId: more.packageId ?? node.packageId,
    stack,
    node: more.nodeId ?? node.nodeId,
    signer: more.signer ?? (node.buyer.signer as Signer),
    endpoint,
    model: more.model ?? (value as { model: string }).model,
    body,
    maxUnits: more.maxUnits ?? 1000n,
    ...(more.timestampMs === undefined ? {} : { timestampMs: more.timestampMs }),
  });
  const send = (
    init: { body?: Uint8Array; headers?: Record<string, string>; url?: string; signal?: AbortSignal } = {},
  ) =>
    fetch((init.url ?? node.url) + endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...request.headers, ...init.headers },
      body: (init.body ?? body) as Uint8Array<ArrayBuffer>,
      ...(init.signal ? { signal: init.signal } : {}),
    });
  return { ...request, body, send };
};
const codeOf = async (response: Response): Promise<[number, string]> => [
  response.status,
  ((await response.json()) as { error: { code: string } }).error.code,
];
const sound = async (): Promise<void> => expect(await node.store.checkInvariants({ chain: true })).toEqual([]);

test('the official client gets a whole answer with a verified receipt', async () => {
  const stack = await node.stack(chat);
  const receipts: Receipt[] = [];
  const answer = await client(stack, (receipt) => receipts.push(receipt)).chat.completions.create({
    ...ask,
    messages: [...ask.messages],
  });
  expect(answer.choices[0]?.message.content).toMatch(/\w+/);
  expect(receipts).toHaveLength(1);
  expect(receipts[0]?.units).toBe(BigInt(answer.usage?.total_tokens ?? 0));
  expect(await node.store.findStack(stack)).toMatchObject({ consumed: receipts[0]?.units, reserved: 0n, nextLeaf: 1 });
  await sound();
});

test('a stream gives the same content hash, and usage only when asked', async () => {
  const stack = await node.stack(chat);
  const receipts: Receipt[] = [];
  const openai = client(stack, (receipt) => receipts.push(receipt));
  const body = { ...ask, messages: [...ask.messages], seed: 5 };
  await openai.chat.completions.create(body);
  const texts: string[] = [];
  for await (const chunk of await openai.chat.completions.create({ ...body, stream: true })) {
    expect('usage' in chunk).toBe(false);
    expect(chunk.choices).toHaveLength(1);
    texts.push(chunk.choices[0]?.delta.content ?? '');
  }
  const chunks = [];
  for await (const chunk of await openai.chat.completions.create({
    ...body,
    stream: true,
    stream_options: { include_usage: true },
  }))
    chunks.push(chunk);
  expect(chunks.slice(0, -1).every((chunk) => chunk.usage === null)).toBe(true);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: Number(receipts[0]?.units) } });
  expect(new Set(receipts.map((receipt) => Buffer.from(receipt.contentHash).toString('hex'))).size).toBe(1);
  expect(receipts.map((receipt) => receipt.index)).toEqual([0n, 1n, 2n]);
  await sound();
});

test('embeddings are the same as numbers and as base64, and cost their prompt', async () => {
  const stack = await node.stack(embed);
  const receipts: Receipt[] = [];
  const openai = client(stack, (receipt) => receipts.push(receipt));
  const request = { model: 'atoma/demo-embed', input: ['a market', 'of compute'] };
  const floats = await openai.embeddings.create({ ...request, encoding_format: 'float' });
  const coded = await openai.embeddings.create({ ...request, encoding_format: 'base64' });
  expect(floats.data.map((row) => row.index)).toEqual([0, 1]);
  expect(coded.data).toHaveLength(2);
  expect(receipts.map((receipt) => [receipt.completionUnits, receipt.units])).toEqual([
    [0n, 6n],
    [0n, 6n],
  ]);
  expect(receipts[0]?.contentHash).toEqual(receipts[1]?.contentHash);
});

test('the same envelope 50 times at once, and again: one leaf, equal bodies, one receipt', async () => {
  const stack = await node.stack(chat);
  const request = await signed(stack, { ...ask, messages: [...ask.messages] });
  const answers = await Promise.all(Array.from({ length: 50 }, () => request.send()));
  const again = await request.send();
  const all = [...answers, again];
  expect(new Set(await Promise.all(all.map((answer) => answer.text()))).size).toBe(1);
  expect(new Set(all.map((answer) => answer.headers.get('atoma-receipt'))).size).toBe(1);
  expect(all.filter((answer) => answer.headers.get('atoma-replayed') === '1')).toHaveLength(50);
  expect(await node.store.findStack(stack)).toMatchObject({ nextLeaf: 1, reserved: 0n });
  const other = await signed(stack, { ...ask, messages: [{ role: 'user', content: 'another' }] });
  const reused = envelopeLayout.encode({ ...other.envelope, requestId: request.envelope.requestId });
  const { messageSigner } = await import('@atoma/sdk');
  const headers = {
    'atoma-envelope': Buffer.from(reused).toString('base64'),
    'atoma-signature': Buffer.from(messageSigner(node.buyer.signer as Signer).sign(reused)).toString('base64'),
  };
  expect(await codeOf(await other.send({ headers }))).toEqual([409, 'request_id_reused']);
  expect(await node.store.findStack(stack)).toMatchObject({ nextLeaf: 1 });
});

test('a captured request replayed elsewhere, later or changed', async () => {
  const [stack, second] = [await node.stack(chat), await node.stack(chat)];
  const request = await signed(stack, { ...ask, messages: [...ask.messages] });
  const first = await request.send();
  const receipt = first.headers.get('atoma-receipt');
  const edited = envelopeLayout.encode({ ...request.envelope, stack: second });
  expect(
    await codeOf(await request.send({ headers: { 'atoma-envelope': Buffer.from(edited).toString('base64') } })),
  ).toEqual([401, 'signature_invalid']);
  const elsewhere = await signed(stack, ask, { nodeId: 999n });
  expect(await codeOf(await elsewhere.send())).toEqual([403, 'wrong_node']);
  for (const ids of [{ chainId: new Uint8Array(32) }, { packageId: new Uint8Array(32) }])
    expect(await codeOf(await (await signed(stack, ask, ids)).send())).toEqual([403, 'wrong_network']);
  expect(await codeOf(await request.send({ body: encode({ ...ask, n: 2 }) }))).toEqual([401, 'body_hash_mismatch']);
  node.clock.offset = 600_000;
  try {
    const late = await request.send();
    expect([late.status, late.headers.get('atoma-receipt')]).toEqual([200, receipt]);
    expect(await codeOf(await (await signed(stack, ask)).send())).toEqual([401, 'timestamp_out_of_window']);
  } finally {
    node.clock.offset = 0;
  }
  expect((await node.store.findStack(stack))?.nextLeaf).toBe(1);
  expect((await node.store.findStack(second))?.nextLeaf).toBe(0);
});

test('errors after authentication are signed refusals that hold', async () => {
  const stack = await node.stack(chat, 250n);
  const cases = [
    [await signed(stack, { ...ask, model: 'other' }, { model: 'other' }), 403, 'task_mismatch'],
    [await signed(stack, { ...ask, best_of: 3 }), 400, 'unsupported_parameter'],
    [await signed(stack, { ...ask, messages: [] }), 400, 'invalid_request'],
    [await signed(stack, ask, { maxUnits: 5n }), 400, 'max_units_too_small'],
    [
      await signed(
        stack,
        { ...ask, messages: [{ role: 'user', content: 'x '.repeat(20_000) }] },
        { maxUnits: 90_000n },
      ),
      400,
      'context_length_exceeded',
    ],
    [await signed(stack, { ...ask, logprobs: true }), 400, 'unsupported_parameter'],
    [await signed(stack, { ...ask, max_tokens: 500 }, { maxUnits: 900n }), 402, 'stack_exhausted'],
    [await signed(stack, { model, input: 'x' }, { endpoint: '/v1/embeddings' }), 403, 'task_mismatch'],
  ] as const;
  for (const [request, status, code] of cases) {
    const answer = await request.send();
    const bytes = fromBase64(answer.headers.get('atoma-refusal') ?? '') as Uint8Array;
    const signature = fromBase64(answer.headers.get('atoma-refusal-signature') ?? '') as Uint8Array;
    expect([code, ...(await codeOf(answer))]).toEqual([code, status, code]);
    const refusal = await verifyRefusal({
      ...request,
      refusal: { bytes, signature },
      nodeAddresses: [node.nodeAddress],
    });
    expect(refusal.code).toBe(code);
    const again = await request.send();
    expect(again.headers.get('atoma-refusal')).toBe(answer.headers.get('atoma-refusal'));
  }
  expect(await node.store.findStack(stack)).toMatchObject({ consumed: 0n, reserved: 0n, shortages: 1 });
  await sound();
});

test("a body that looks like a result of the node's own is the client's, and is judged as one", async () => {
  const problem = { code: 'internal', detail: 'pay me', extra: { owed: 1 }, param: null, retryAfterSeconds: 9 };
  const lookalikes = [
    problem,
    { ...problem, kind: 'problem' },
    { kind: 'ok', value: ask },
    { ...problem, model },
    { ...problem, code: ['no', 'such', 'code'] },
  ];
  const stack = await node.stack(chat);
  for (const body of lookalikes) {
    const answer = await (await signed(stack, body, { model })).send();
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    expect(answer.status).toBe(400);
    expect(['invalid_request', 'unsupported_parameter']).toContain(error.code);
    expect(JSON.stringify(error)).not.toContain('pay me');
    expect(error.owed).toBeUndefined();
  }
});

test('errors before authentication', async () => {
  const stack = await node.stack(chat);
  const request = await signed(stack, ask);
  const post = (headers: Record<string, string>, body = request.body) =>
    fetch(`${node.url}/v1/chat/completions`, { method: 'POST', headers, body: body as Uint8Array<ArrayBuffer> });
  expect(await codeOf(await post({ 'content-type': 'application/json' }))).toEqual([401, 'envelope_missing']);
  expect(await codeOf(await request.send({ headers: { 'atoma-envelope': 'zz' } }))).toEqual([
    400,
    'envelope_malformed',
  ]);
  expect(await codeOf(await request.send({ headers: { 'atoma-signature': 'AAAA' } }))).toEqual([
    401,
    'signature_invalid',
  ]);
  expect(await codeOf(await request.send({ headers: { 'content-encoding': 'gzip' } }))).toEqual([
    415,
    'unsupported_media',
  ]);
  expect(await codeOf(await request.send({ headers: { 'content-type': 'text/plain' } }))).toEqual([
    415,
    'unsupported_media',
  ]);
  expect(await codeOf(await fetch(`${node.url}/v1/nothing`))).toEqual([404, 'not_found']);
  expect(await codeOf(await fetch(`${node.url}/v1/fine_tuning/jobs`))).toEqual([501, 'role_not_served']);
  const stranger = await signed(stack, ask, { signer: Ed25519Keypair.generate() });
  expect(await codeOf(await stranger.send())).toEqual([403, 'not_stack_owner']);
  expect(await codeOf(await (await signed(9999n, ask)).send())).toEqual([404, 'stack_unknown']);
  const large = await signed(stack, { ...ask, messages: [{ role: 'user', content: 'x'.repeat(5 * 1024 * 1024) }] });
  expect(await codeOf(await large.send())).toEqual([413, 'body_too_large']);
});

test('a client that leaves in mid-stream pays for what was produced, and its retry gets exactly that', async () => {
  const stack = await node.stack(up);
  const stop = new AbortController();
  const request = await signed(
    stack,
    { model: 'up', messages: [{ role: 'user', content: 'count' }], stream: true },
    { maxUnits: 4000n },
  );
  const answer = await request.send({ signal: stop.signal });
  const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
  let seen = '';
  while ((seen.match(/word/g) ?? []).length < 20)
    seen += Buffer.from((await reader.read()).value ?? new Uint8Array()).toString();
  const aborted = upstream.aborted();
  stop.abort();
  await expect.poll(() => upstream.aborted(), { interval: 20 }).toBe(aborted + 1);
  await expect.poll(async () => (await node.store.findStack(stack))?.nextLeaf).toBe(1);
  const row = await node.store.findRequest(stack, Buffer.from(request.envelope.requestId).toString('hex'));
  expect(receiptLayout.decode(row?.receipt as Uint8Array)).toMatchObject({ flags: 1 });
  expect(row?.cut).toHaveLength(1);
  const retry = await (await request.send()).text();
  expect(retry.startsWith(seen.slice(0, seen.lastIndexOf('\n\n')))).toBe(true);
  expect(retry).toContain('"finish_reason":"length"');
  expect(retry.trimEnd().endsWith('[DONE]')).toBe(true);
  expect(await node.store.findStack(stack)).toMatchObject({ nextLeaf: 1, reserved: 0n });
  await sound();
});

test('leaving before anything was produced costs nothing, but not without end', async () => {
  const stack = await node.stack(up);
  upstream.behaviour.wordMs = 1_000;
  try {
    for (let i = 0; i < 5; i++) {
      const asked = upstream.requests.length;
      const stop = new AbortController();
      const request = await signed(stack, { model: 'up', messages: [{ role: 'user', content: 'x' }], stream: true });
      const sending = request.send({ signal: stop.signal }).catch(() => undefined);
      if (i < 4) await expect.poll(() => upstream.requests.length, { interval: 5 }).toBe(asked + 1);
      stop.abort();
      await sending;
      await expect.poll(async () => (await node.store.totals()).openRows).toBe(0);
      const again = await request.send();
      expect(again.headers.get('atoma-refusal')).not.toBeNull();
      expect(await codeOf(again)).toEqual(i < 4 ? [499, 'cancelled'] : [429, 'rate_limited']);
    }
    const refused = await signed(stack, { model: 'up', messages: [{ role: 'user', content: 'x' }], stream: true });
    expect(await codeOf(await refused.send())).toEqual([429, 'rate_limited']);
  } finally {
    upstream.behaviour.wordMs = 5;
  }
  expect(await node.store.findStack(stack)).toMatchObject({ consumed: 0n, reserved: 0n, nextLeaf: 0 });
});

test('a back end that fails is refused, before the first output with a status, after it with an event', async () => {
  const stack = await node.stack(up);
  const body = { model: 'up', messages: [{ role: 'user', content: 'x' }], stream: true };
  upstream.behaviour.dieAfter = 3;
  try {
    const request = await signed(stack, body);
    const text = await (await request.send()).text();
    expect(text).toContain('event: error');
    expect(text).not.toContain('[DONE]');
    const { atoma } = JSON.parse(text.split('event: error\ndata: ')[1]?.split('\n')[0] ?? '{}') as {
      atoma: { refusal: string; signature: string };
    };
    const refusal = {
      bytes: fromBase64(atoma.refusal) as Uint8Array,
      signature: fromBase64(atoma.signature) as Uint8Array,
    };
    expect((await verifyRefusal({ ...request, refusal, nodeAddresses: [node.nodeAddress] })).code).toBe(
      'backend_error',
    );
    upstream.behaviour.status = 500;
    expect(await codeOf(await (await signed(stack, body)).send())).toEqual([502, 'backend_error']);
  } finally {
    upstream.behaviour.dieAfter = Number.POSITIVE_INFINITY;
    upstream.behaviour.status = 200;
  }
  expect(await node.store.findStack(stack)).toMatchObject({ consumed: 0n, reserved: 0n });
  await sound();
});

test('a stack that settles, waits or has ended takes no work', async () => {
  const stack = await node.stack(chat);
  await (await signed(stack, ask)).send();
  for (const [state, status, code] of [
    ['draining', 409, 'stack_settling'],
    ['quarantine', 409, 'stack_quarantined'],
    ['closed', 410, 'stack_closed'],
  ] as const) {
    await node.store.moveStack(stack, ['open', 'draining', 'quarantine'], state);
    expect(await codeOf(await (await signed(stack, ask)).send())).toEqual([status, code]);
  }
});

test('the kept answer expires, the receipt does not', async () => {
  const stack = await node.stack(chat);
  const request = await signed(stack, ask);
  const receipt = (await request.send()).headers.get('atoma-receipt');
  await node.store.sweep({ responsesBefore: Date.now() + 1e9, closedBefore: 0 });
  const late = await request.send();
  expect([late.status, late.headers.get('atoma-receipt')]).toEqual([410, receipt]);
});

test('public reads', async () => {
  const models = (await (await fetch(`${node.url}/v1/models`)).json()) as { data: { id: string }[] };
  expect(models.data.map((each) => each.id)).toEqual([model, 'atoma/demo-embed', 'up']);
  const described = (await (await fetch(`${node.url}/v1/node?nonce=${'ab'.repeat(16)}`)).json()) as Record<
    string,
    string
  >;
  expect(described).toMatchObject({ node: String(node.nodeId), address: node.nodeAddress });
  expect((await fetch(`${node.url}/health`)).status).toBe(200);
  expect((await fetch(`${node.url}/ready`)).status).toBe(200);
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain('atoma_node_requests_total');
  expect(((await (await fetch(`${node.url}/openapi.json`)).json()) as { openapi: string }).openapi).toBe('3.1.0');
  expect(requestHash(new Uint8Array())).toHaveLength(32);
});

test('images cost their pixels, speech its characters, sound its length, each with a verified receipt', async () => {
  const receipts: Receipt[] = [];
  const openai = async (role: number, units: bigint, maxUnits: bigint): Promise<OpenAI> => {
    const stack = await node.stack(media[role] as bigint, units);
    const fetch = node.fetchFor(stack, { maxUnits, onReceipt: (receipt) => receipts.push(receipt) });
    return new OpenAI({ baseURL: `${node.url}/v1`, apiKey: 'unused', maxRetries: 0, fetch });
  };
  const images = await (await openai(3, 10_000n, 10_000n)).images.generate({
    model: 'up',
    prompt: 'a receipt',
    n: 2,
    size: '64x64' as '256x256',
  });
  expect(images.data).toEqual([{ b64_json: 'iVBORw==' }, { b64_json: 'iVBORw==' }]);
  const speech = await (await openai(4, 1_000n, 100n)).audio.speech.create({
    model: 'up',
    voice: 'alloy',
    input: 'héllo 😀',
  });
  expect(Buffer.from(await speech.arrayBuffer()).toString()).toBe('sound');
  const file = new File([silence(8_000)], 'a.wav', { type: 'audio/wav' });
  const heard = await (await openai(5, 1_000n, 1_000n)).audio.transcriptions.create({ model: 'up', file });
  expect(heard.text).toContain('word0');
  expect(receipts.map(({ promptUnits, completionUnits, units }) => [promptUnits, completionUnits, units])).toEqual([
    [0n, 8_192n, 8_192n],
    [7n, 0n, 7n],
    [100n, 0n, 100n],
  ]);
  await sound();
});
