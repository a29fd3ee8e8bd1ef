/** Every error of the table is reached over HTTP, with the body the table promises; and nothing that is sent ends the process. */
import { once } from 'node:events';
import { connect } from 'node:net';
import {
  envelopeLayout,
  errorType,
  inquiryLayout,
  messageSigner,
  SEALED_TYPE,
  signRequest,
  toBase64,
} from '@atoma/sdk';
import type { Signer } from '@mysten/sui/cryptography';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Secp256k1Keypair } from '@mysten/sui/keypairs/secp256k1';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createChannel } from '../confidential/channel.ts';
import { rehearsalEnvironment } from '../confidential/rehearsal.ts';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { nodeError } from '../node-errors.ts';
import { sealFor, sendSealed, shownKey } from '../testing/sealed.ts';
import { openServing, REHEARSAL_SECRET, type ServingFixture } from '../testing/serving-fixture.ts';
import { startUpstream, type UpstreamServer } from '../testing/upstream-server.ts';
import { type Problem, type ProblemCode, problem, problems } from './problem.ts';

const endpoint = '/v1/chat/completions';
const model = 'atoma/demo-chat';
let node: ServingFixture;
let upstream: UpstreamServer;
let chat: bigint;
let up: bigint;
let short: bigint;
let any: bigint;
let level2: bigint;
let tuning: bigint;
let checked: bigint;
let down: Problem | undefined;

beforeAll(async () => {
  upstream = await startUpstream();
  const served = { roles: [0], contextLength: 4096, tokenizer: 'bytes', profile: null };
  const at = (url: string) => [{ url, concurrency: 64 }];
  node = await openServing({
    engines: [
      createBuiltinEngine(),
      createUpstreamEngine({
        models: [
          { ...served, name: 'up', targets: at(upstream.url) },
          { ...served, name: 'gone', targets: at('http://127.0.0.1:9') },
        ],
        limits: { probeMs: 60_000 },
      }),
      createUpstreamEngine({
        models: [{ ...served, name: 'short', targets: at(upstream.url) }],
        limits: { generationMs: 300, probeMs: 60_000 },
      }),
    ],
    limits: { cancelsPerMinute: 0, chainReadsPerSecond: 3, slowSignaturesPerSecond: 2 },
    notReady: () => down,
    confidential: true,
  });
  chat = await node.task({ role: 0, model });
  up = await node.task({ role: 0, model: 'up' });
  short = await node.task({ role: 0, model: 'short' });
  any = await node.task({ role: 0 });
  tuning = await node.task({ role: 6, model });
  checked = await node.task({ role: 0, model, level: 1 });
  level2 = await node.task({ role: 0, model, level: 2 });
}, 60_000);
afterAll(async () => {
  await node.close();
  await upstream.close();
});
/** The limit on looking up unknown stacks is among what is tested: at three a second this makes room for the next one. */
beforeEach(() => {
  node.clock.offset += 400;
});

const ask = { model, messages: [{ role: 'user', content: 'ping' }] };
type Change = Partial<Parameters<typeof signRequest>[0]> & {
  readonly to?: string;
  readonly raw?: Uint8Array;
  readonly contentType?: string;
};

const signed = async (stack: bigint, value: object, change: Change = {}) => {
  const { to = endpoint, raw, contentType = 'application/json', ...more } = change;
  const body = raw ?? new TextEncoder().encode(JSON.stringify(value));
  return signRequest({
    chainId: node.chainId,
    packageId: node.packageId,
    stack,
    node: node.nodeId,
    signer: node.buyer.signer as Signer,
    endpoint: to,
    model: (value as { model?: string }).model ?? model,
    body,
    maxUnits: 1_000n,
    ...more,
  }).then(({ envelope, headers }) => ({
    envelope,
    headers,
    send: (init: { headers?: Record<string, string>; body?: Uint8Array; signal?: AbortSignal } = {}) =>
      fetch(node.url + to, {
        method: 'POST',
        headers: { 'content-type': contentType, ...headers, ...init.headers },
        body: (init.body ?? body) as Uint8Array<ArrayBuffer>,
        ...(init.signal ? { signal: init.signal } : {}),
      }),
  }));
};
const post = async (stack: bigint, value: object, change: Change = {}) => (await signed(stack, value, change)).send();
const withHeaders = async (headers: Record<string, string>, body?: Uint8Array) =>
  (await signed(await node.stack(chat), ask)).send({ headers, ...(body ? { body } : {}) });

/** A stack in another state. */
const moved = async (state: 'draining' | 'quarantine' | 'closed'): Promise<bigint> => {
  const stack = await node.stack(chat);
  await (await post(stack, ask)).text();
  await node.store.moveStack(stack, ['open'], state);
  return stack;
};

/** While a function of the ledger fails. */
const failing = async (error: unknown): Promise<Response> => {
  const stack = await node.stack(chat);
  await (await post(stack, ask)).text();
  const { reserve } = node.store;
  Object.assign(node.store, { reserve: () => Promise.reject(error) });
  try {
    return await post(stack, ask);
  } finally {
    Object.assign(node.store, { reserve });
  }
};

/** A sealed request while the node has another channel, that much older than its evidence. */
const throughChannel = async (committed: boolean, ageMs: number): Promise<Response> => {
  const request = await sealFor(node, await node.stack(level2), ask);
  const { confidential } = node.node;
  const { chainId, packageId, nodeId } = node;
  let age = 0;
  const identity = { chainId, packageId, node: nodeId };
  const other = createChannel(rehearsalEnvironment(REHEARSAL_SECRET, 'other'), identity, () => Date.now() + age);
  await other.renew({ sequence: 0n, digest: new Uint8Array(32) });
  if (committed) other.open();
  age = ageMs;
  Object.assign(node.node, { confidential: other });
  return sendSealed(node, request).finally(() => Object.assign(node.node, { confidential }));
};

/** While the back end behaves like this. */
const whileEngine = async <Value>(
  behaviour: Partial<UpstreamServer['behaviour']>,
  act: () => Promise<Value>,
): Promise<Value> => {
  const before = { ...upstream.behaviour };
  Object.assign(upstream.behaviour, behaviour);
  try {
    return await act();
  } finally {
    Object.assign(upstream.behaviour, before);
  }
};

const engine = (behaviour: Partial<UpstreamServer['behaviour']>, task = up, name = 'up'): Promise<Response> =>
  whileEngine(behaviour, async () => {
    const stack = await node.stack(task);
    const answer = await post(stack, { ...ask, model: name, ...(behaviour.wordMs ? { stream: true } : {}) });
    if (answer.headers.get('content-type') !== 'text/event-stream') return answer;
    const { error } = JSON.parse(/event: error\ndata: (.*)\n/.exec(await answer.text())?.[1] ?? '{}') as {
      error: { code: ProblemCode };
    };
    return Response.json({ error }, { status: problems[error.code].status });
  });

const inquiry = async (stack: bigint, path: string, signer: Signer): Promise<Response> => {
  const bytes = inquiryLayout.encode({
    chainId: node.chainId,
    packageId: node.packageId,
    node: node.nodeId,
    stack,
    path,
    timestampMs: BigInt(Date.now()),
    nonce: crypto.getRandomValues(new Uint8Array(16)),
    bodyHash: new Uint8Array(32),
  });
  const headers = {
    'atoma-inquiry': toBase64(bytes),
    'atoma-signature': toBase64(messageSigner(signer).sign(bytes)),
  };
  return fetch(node.url + path, { headers });
};

/** How each is reached. */
const ways: Readonly<Record<ProblemCode, () => Promise<Response>>> = {
  invalid_request: async () => post(await node.stack(chat), { ...ask, messages: 'ping' }),
  engine_refused: () => engine({ status: 400 }),
  unsupported_parameter: async () => post(await node.stack(chat), { ...ask, colour: 'red' }),
  context_length_exceeded: async () =>
    post(
      await node.stack(chat, 100_000n),
      { ...ask, messages: [{ role: 'user', content: 'x '.repeat(20_000) }] },
      { maxUnits: 90_000n },
    ),
  max_units_too_small: async () => post(await node.stack(chat), ask, { maxUnits: 1n }),
  max_units_too_large: async () => post(await node.stack(checked), ask, { maxUnits: 401n }),
  envelope_malformed: () => withHeaders({ 'atoma-envelope': toBase64(new Uint8Array(99)) }),
  envelope_missing: () => fetch(node.url + endpoint, { method: 'POST', body: '{}' }),
  signature_invalid: async () => {
    const [one, two] = [await signed(await node.stack(chat), ask), await signed(await node.stack(chat), ask)];
    return one.send({ headers: { 'atoma-signature': two.headers['atoma-signature'] as string } });
  },
  signature_scheme_unsupported: () =>
    withHeaders({ 'atoma-signature': toBase64(Uint8Array.of(3, ...new Uint8Array(200))) }),
  body_hash_mismatch: () => withHeaders({}, new TextEncoder().encode('{}')),
  timestamp_out_of_window: async () => post(await node.stack(chat), ask, { timestampMs: Date.now() - 600_000 }),
  stack_exhausted: async () => post(await node.stack(chat, 250n), { ...ask, max_tokens: 500 }, { maxUnits: 900n }),
  wrong_network: async () => post(await node.stack(chat), ask, { packageId: new Uint8Array(32) }),
  wrong_node: async () => post(await node.stack(chat), ask, { node: 99n }),
  not_stack_owner: async () => post(await node.stack(chat), ask, { signer: Ed25519Keypair.generate() }),
  not_entitled: async () => {
    const stack = await node.stack(chat);
    return inquiry(stack, `/v1/stacks/${stack}`, Ed25519Keypair.generate());
  },
  task_mismatch: async () => post(await node.stack(up), ask),
  stack_unknown: () => post(7_777n, ask),
  model_not_served: async () => post(await node.stack(any), { ...ask, model: 'nobody/has-it' }),
  receipt_unknown: async () => {
    const stack = await node.stack(chat);
    await (await post(stack, ask)).text();
    return inquiry(stack, `/v1/receipts/${'0'.repeat(32)}`, node.buyer.signer as Signer);
  },
  not_found: () => fetch(`${node.url}/v1/nothing`),
  request_id_reused: async () => {
    const stack = await node.stack(chat);
    const [first, other] = [await signed(stack, ask), await signed(stack, { ...ask, seed: 1 })];
    await (await first.send()).text();
    const reused = envelopeLayout.encode({ ...other.envelope, requestId: first.envelope.requestId });
    return other.send({
      headers: {
        'atoma-envelope': toBase64(reused),
        'atoma-signature': toBase64(messageSigner(node.buyer.signer as Signer).sign(reused)),
      },
    });
  },
  stack_settling: async () => post(await moved('draining'), ask),
  stack_quarantined: async () => post(await moved('quarantine'), ask),
  stack_closed: async () => post(await moved('closed'), ask),
  response_expired: async () => {
    const request = await signed(await node.stack(chat), ask);
    await (await request.send()).text();
    await node.store.sweep({ responsesBefore: Date.now() + 1e9, closedBefore: 0 });
    return request.send();
  },
  body_too_large: async () => post(await node.stack(chat), { ...ask, user: 'x'.repeat(5 * 1024 * 1024) }),
  unsupported_media: () => withHeaders({ 'content-type': 'text/plain' }),
  rate_limited: async () => {
    const buyer = Secp256k1Keypair.generate();
    const stack = await node.stack(chat);
    await (await post(stack, ask)).text();
    const row = await node.store.findStack(stack);
    await node.store.putStack(
      { ...(row as NonNullable<typeof row>), owner: buyer.toSuiAddress(), badge: null },
      Date.now(),
    );
    const answers = await Promise.all(Array.from({ length: 6 }, () => post(stack, ask, { signer: buyer })));
    return answers.find(({ status }) => status === 429) as Response;
  },
  cancelled: () =>
    whileEngine({ wordMs: 1_000 }, async () => {
      const stop = new AbortController();
      const request = await signed(await node.stack(up), { ...ask, model: 'up', stream: true });
      const asked = upstream.requests.length;
      const sending = request.send({ signal: stop.signal }).catch(() => undefined);
      await expect.poll(() => upstream.requests.length, { interval: 5 }).toBe(asked + 1);
      stop.abort();
      await sending;
      await expect.poll(async () => (await node.store.totals()).openRows).toBe(0);
      return request.send();
    }),
  overloaded: () => engine({ status: 429 }),
  internal: () => failing(new TypeError('a fault of the program')),
  role_not_served: async () => post(await node.stack(tuning), ask, { to: '/v1/fine_tuning/jobs' }),
  confidential_channel_unavailable: async () => {
    const { confidential } = node.node;
    Object.assign(node.node, { confidential: null });
    return post(await node.stack(level2), ask).finally(() => Object.assign(node.node, { confidential }));
  },
  sealed_body_required: async () => post(await node.stack(level2), ask),
  sealed_body_malformed: async () => {
    const stack = await node.stack(level2);
    const other = await sealFor(node, stack + 1n, ask);
    return post(stack, ask, { raw: other.body, contentType: SEALED_TYPE });
  },
  channel_key_gone: async () => {
    const key = { kid: new Uint8Array(32), publicKey: (await shownKey(node.url)).publicKey };
    return sendSealed(node, await sealFor(node, await node.stack(level2), ask, key));
  },
  channel_not_ready: () => throughChannel(false, 0),
  evidence_expired: () => throughChannel(true, 90_000_000),
  backend_error: () => engine({ status: 500 }),
  backend_unavailable: async () => post(await node.stack(any), { ...ask, model: 'gone' }),
  chain_unavailable: async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => post(8_000n + BigInt(i), ask)));
    return answers.find(({ status }) => status === 503) as Response;
  },
  not_ready: async () => {
    const stack = await node.stack(chat);
    down = problem('not_ready', { retryAfterSeconds: 30 });
    return post(stack, ask).finally(() => {
      down = undefined;
    });
  },
  storage_full: () => failing(nodeError('STORAGE', { why: 'database or disk is full' })),
  backend_timeout: () => engine({ wordMs: 200 }, short, 'short'),
};

test.each(Object.keys(problems) as ProblemCode[])('%s', async (code) => {
  const answer = await (ways[code] as () => Promise<Response>)();
  const { status, retryable } = problems[code];
  const { error } = (await answer.json()) as { error: Record<string, unknown> };
  expect({ code: error.code, status: answer.status }).toEqual({ code, status });
  expect(error).toMatchObject({
    message: expect.stringMatching(/^\S.+/),
    type: errorType(status),
    hint: expect.stringMatching(/^\S.+/),
    retryable,
  });
  expect(error.param === null || typeof error.param === 'string').toBe(true);
  expect(error.request_id === null || /^[0-9a-f]{32}$/.test(String(error.request_id))).toBe(true);
  if ((status === 429 || status === 503) && code !== 'backend_unavailable' && code !== 'overloaded')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await node.store.totals()).openRows).toBe(0);
  expect(await node.store.checkInvariants({ chain: true })).toEqual([]);
});

test('whatever is sent to an endpoint is answered with an error of the table', async () => {
  const stack = await node.stack(chat);
  await (await post(stack, ask)).text(); // known from here on: envelopes that name others use up the look-ups
  const good = await signed(stack, ask);
  const [envelope, signature] = [good.headers['atoma-envelope'] as string, good.headers['atoma-signature'] as string];
  const damaged = (base64: string) =>
    fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
      const bytes = Buffer.from(base64, 'base64');
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ by;
      return bytes.toString('base64');
    });
  const header = fc.oneof(
    fc.base64String({ maxLength: 600 }),
    fc.string({ maxLength: 80 }).map((text) => text.replace(/[^\x20-\x7e]/g, '').trim()),
  );
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(damaged(envelope), header),
      fc.oneof(damaged(signature), header, fc.constant(signature)),
      fc.oneof(
        fc.constantFrom(
          'application/json',
          'multipart/form-data; boundary=x',
          'text/html',
          'application/json; charset=latin1',
        ),
        header,
      ),
      body,
      fc.constantFrom(endpoint, '/v1/embeddings', '/v1/audio/transcriptions', `${endpoint}?x=1`),
      async (first, second, type, content, path) => {
        const answer = await fetch(node.url + path, {
          method: 'POST',
          headers: { 'atoma-envelope': first, 'atoma-signature': second, 'content-type': type },
          body: content,
        });
        const { error } = (await answer.json()) as { error: { code: ProblemCode } };
        expect(Object.keys(problems)).toContain(error.code);
        expect(error.code).not.toBe('internal');
        expect(answer.status).toBe(problems[error.code].status);
      },
    ),
    { numRuns: 150 },
  );
  expect((await good.send()).status).toBe(200);
});

test('signed bodies of every kind are served or refused, never more', async () => {
  const stack = await node.stack(chat, 100_000n);
  const value = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        model: fc.oneof(fc.constant(model), fc.jsonValue()),
        messages: fc.oneof(
          fc.array(fc.record({ role: fc.constantFrom('user', 'system', 'wizard'), content: fc.jsonValue() }), {
            maxLength: 3,
          }),
          fc.jsonValue(),
        ),
        n: fc.jsonValue(),
        max_tokens: fc.oneof(fc.integer(), fc.jsonValue()),
        seed: fc.jsonValue(),
        stream: fc.jsonValue(),
        stop: fc.jsonValue(),
        temperature: fc.jsonValue(),
        tools: fc.jsonValue(),
      },
      { requiredKeys: ['model', 'messages'] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(value, fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }), async (content, maxUnits) => {
      const raw = new TextEncoder().encode(JSON.stringify(content));
      const answer = await post(stack, { model }, { raw, maxUnits });
      const text = await answer.text();
      if (answer.status === 200) return;
      const { error } = JSON.parse(text) as { error: { code: ProblemCode } };
      expect([error.code, answer.status]).toEqual([error.code, problems[error.code]?.status]);
      expect(error.code).not.toBe('internal');
      expect(answer.headers.get('atoma-refusal')).not.toBeNull();
    }),
    { numRuns: 120 },
  );
  expect(await node.store.checkInvariants({ chain: true })).toEqual([]);
  expect((await node.store.totals()).openRows).toBe(0);
});

/** Writes bytes to the port; the answer, whatever it is. */
const raw = (bytes: string | Buffer): Promise<string> =>
  new Promise((resolve) => {
    let text = '';
    const socket = connect(Number(new URL(node.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.setTimeout(60_000, () => socket.destroy());
    socket.on('data', (part) => {
      text += part;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });

test.each([
  ['not HTTP', 'hello\r\n\r\n', 'invalid_request'],
  ['bytes', Buffer.from([0, 255, 1, 254, 13, 10, 13, 10]), 'invalid_request'],
  [
    'headers without end',
    `POST ${endpoint} HTTP/1.1\r\nhost: x\r\natoma-envelope: ${'a'.repeat(40_000)}\r\n\r\n`,
    'envelope_malformed',
  ],
  [
    'two lengths',
    `POST ${endpoint} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
    'invalid_request',
  ],
])('on the wire: %s', async (_, bytes, code) => {
  const answer = await raw(bytes);
  expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toMatchObject({ error: { code, retryable: 'no' } });
  expect((await fetch(`${node.url}/health`)).status).toBe(200);
});

test('a body that stops half way ends that connection and nothing else', async () => {
  const request = await signed(await node.stack(chat), ask);
  const socket = connect(Number(new URL(node.url).port), '127.0.0.1');
  const head = Object.entries({
    ...request.headers,
    'content-type': 'application/json',
    'content-length': '500',
    expect: '100-continue',
  });
  socket.write(
    `POST ${endpoint} HTTP/1.1\r\nhost: x\r\n${head.map(([name, text]) => `${name}: ${text}`).join('\r\n')}\r\n\r\n{"mo`,
  );
  await once(socket, 'data'); // `100 Continue`: the head has been read
  socket.destroy();
  expect((await fetch(`${node.url}/health`)).status).toBe(200);
  expect((await request.send()).status).toBe(200);
});
