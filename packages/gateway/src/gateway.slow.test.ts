import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createTransport, executedResult, openJournal, type Transport, updateNodeUrl } from '@atoma/sdk';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { parseKey } from './keys.ts';
import { reconcile } from './reconcile.ts';
import { createAuthorizer } from './serve/authorize.ts';
import { openGatewayStore } from './store/sqlite.ts';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';
import { startProxy } from './testing/tamper.ts';

const model = 'atoma/demo-chat';
const ask = { model, messages: [{ role: 'user' as const, content: 'what is a receipt?' }], max_tokens: 40 };
let market: Rehearsal;
let desk: Desk;

beforeAll(async () => {
  market = await openRehearsal('gateway');
  const chat = await market.task({ role: 0, model });
  const vectors = await market.task({ role: 1, model: 'atoma/demo-embed' });
  const node = await market.addNode();
  await market.subscribe(node, chat, 100n);
  await market.subscribe(node, vectors, 100n);
  desk = await openDesk(market);
});
afterAll(async () => {
  await desk.close();
  await market.close();
});
const others: Desk[] = [];
afterEach(async () => {
  for (const each of others.splice(0)) await each.close();
});
const another = async (...p: Parameters<typeof openDesk> extends [unknown, ...infer Rest] ? Rest : never) => {
  const made = await openDesk(market, ...p);
  others.push(made);
  return made;
};

const secretOf = (key: string): string => parseKey(key)?.secret ?? expect.fail(key);

type Answer = { usage: { total_tokens: number; cost: number; atoma: Record<string, string> }; choices: unknown[] };

test('an answer carries its cost, its receipt in headers, and the gateway’s own time', async () => {
  const response = await desk.post(await desk.key(), ask);
  expect(response.status).toBe(200);
  const body = (await response.json()) as Answer & { atoma?: unknown };
  const { usage } = body;
  expect(usage.cost).toBe((usage.total_tokens * 100) / 1e9);
  expect(usage.atoma).toMatchObject({
    units: String(usage.total_tokens),
    cost_base_units: String(usage.total_tokens * 100),
    price: '100',
  });
  expect(body.atoma).toBeUndefined();
  expect(response.headers.get('atoma-receipt')).toMatch(/^[A-Za-z0-9+/]+=*$/);
  expect(Number(response.headers.get('x-atoma-overhead-ms'))).toBeGreaterThan(0);
  expect(response.headers.get('x-atoma-request-id')).toMatch(/^[0-9a-f]{32}$/);
});

test('streams: the cost is in the usage chunk when asked for, else in a comment', async () => {
  const text = await (
    await desk.post(await desk.key(), { ...ask, stream: true, stream_options: { include_usage: true } })
  ).text();
  const chunks = text
    .split('\n\n')
    .filter((line) => line.startsWith('data: {'))
    .map((line) => JSON.parse(line.slice(6)) as Answer);
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { atoma: { price: '100' } } });
  expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  expect(text).not.toContain('event:');
  const plain = await (await desk.post(await desk.key(), { ...ask, stream: true })).text();
  expect(plain).toMatch(/\n: atoma \{"cost":/);
  expect(plain).not.toContain('"usage"');
  expect(plain.endsWith('data: [DONE]\n\n')).toBe(true);
});

test('the official client: chat, stream, embeddings, models', async () => {
  const client = desk.client(await desk.key());
  expect((await client.chat.completions.create(ask)).choices[0]?.message.content).toHaveLength(40);
  let streamed = '';
  for await (const chunk of await client.chat.completions.create({ ...ask, stream: true }))
    streamed += chunk.choices[0]?.delta.content ?? '';
  expect(streamed).toHaveLength(40);
  const { data } = await client.embeddings.create({ model: 'atoma/demo-embed', input: ['a', 'b'] });
  expect(data).toHaveLength(2);
  expect((await client.models.list()).data.map(({ id }) => id).sort()).toEqual([model, 'atoma/demo-embed']);
});

test.each<[string, (d: Desk) => string | Promise<string>]>([
  ['none', () => ''],
  ['nonsense', () => 'sk-abc'],
  ['an unknown id', () => `atk_${'0'.repeat(16)}_${'a'.repeat(43)}`],
  ['a wrong secret', async (d) => (await d.key()).replace(/.$/, (last) => (last === 'A' ? 'E' : 'A'))],
  ['an expired one', async (d) => await d.key({ expires_ms: 1 })],
  ['one for other addresses', async (d) => await d.key({ addresses: ['10.0.0.0/8', '::2'] })],
])('a key is refused: %s', async (_, keyOf) => {
  const response = await desk.post(await keyOf(desk), ask);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { code: 'key_invalid' } });
});

test('behind a proxy the client is who the proxy names, and only a trusted one is believed', async () => {
  const key = await desk.key({ addresses: ['10.0.0.0/8'] });
  const asks = (forwarded: string, proxies: readonly string[]) =>
    createAuthorizer(desk.store, Date.now, proxies).authorize(
      (name) => ({ authorization: `Bearer ${key}`, 'x-forwarded-for': forwarded })[name],
      '::ffff:127.0.0.1',
    );
  const proxies = ['127.0.0.1', '192.168.0.0/16'];
  expect(await asks('10.1.2.3', proxies)).toMatchObject({ kind: 'ok' });
  expect(await asks('10.1.2.3, 192.168.0.7', proxies)).toMatchObject({ kind: 'ok' });
  // The client itself wrote the first address.
  expect(await asks('10.1.2.3, 203.0.113.9', proxies)).toMatchObject({ kind: 'problem' });
  expect(await asks('10.1.2.3', [])).toMatchObject({ kind: 'problem' });
  for (const odd of ['', ',', 'unknown', '10.1.2.3.4', '[::1]:80'])
    expect((await asks(odd, proxies)).kind).toBe('problem');
});

test('the secret is stored only as a hash', async () => {
  const text = await desk.key();
  const stored = await desk.store.listKeys();
  const secret = secretOf(text);
  expect(JSON.stringify(stored)).not.toContain(secret);
  expect(stored.every(({ secretHash }) => secretHash.length === 32)).toBe(true);
});

test('the log tells of every request, and of no prompt, answer or secret, down to its last level', async () => {
  const written: string[] = [];
  const told = await another({ log: pino({ level: 'trace' }, { write: (line: string) => void written.push(line) }) });
  const MARK = 'xyzzy-marked-prompt-4711';
  const [key, revoked] = [await told.key(), await told.key({ expires_ms: 1 })];
  const marked = { ...ask, messages: [{ role: 'user', content: MARK }] };
  const whole = (await (await told.post(key, marked)).json()) as { choices: { message: { content: string } }[] };
  await (await told.post(key, { ...marked, stream: true }, { 'idempotency-key': MARK })).text();
  const statuses = [];
  for (const [by, body] of [
    [key, { ...marked, model: 'nobody/has-it' }],
    [key, { ...marked, provider: { only: [MARK] } }],
    [key, { ...marked, max_tokens: 1_000_000_000 }],
    [`${key}x`, marked],
    [revoked, marked],
  ] as const)
    statuses.push((await told.post(by, body)).status);
  expect(statuses).toEqual([404, 400, 400, 401, 401]);
  const log = () => written.join('');
  await expect.poll(() => written.filter((line) => line.includes('"msg":"request"')).length).toBe(7);
  expect(log()).toContain('"outcome":"served"');
  const secrets = [key, revoked].map(secretOf);
  const answer = (whole.choices[0]?.message.content ?? '').slice(0, 24);
  expect(answer).not.toBe('');
  for (const each of [MARK, answer, ...secrets]) expect(log()).not.toContain(each);
});

test('models of a key are the only ones it sees and uses', async () => {
  const key = await desk.key({ models: ['atoma/demo-embed'] });
  expect((await desk.post(key, ask)).status).toBe(403);
  expect(
    (await desk.post(key, { messages: [{ role: 'user', content: '"model":"atoma/demo-embed"' }], model })).status,
  ).toBe(403);
  expect((await desk.client(key).models.list()).data.map(({ id }) => id)).toEqual(['atoma/demo-embed']);
});

/** A gateway whose clock stands: nothing is refilled and no day ends during a test, however long it takes. */
const inOneMoment = () => {
  const at = Date.now();
  return another({ now: () => at });
};

test('rates: requests and units a minute', async () => {
  const still = await inOneMoment();
  const few = await still.key({ requests_per_minute: 2 });
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await still.post(few, ask)).status);
  expect(statuses).toEqual([200, 200, 429]);
  const units = await still.key({ units_per_minute: 150 });
  expect((await still.post(units, ask)).status).toBe(200);
  const second = await still.post(units, { ...ask, max_tokens: 140 });
  expect(second.status).toBe(429);
  expect(second.headers.get('retry-after')).not.toBeNull();
});

test('a key of one request at a time: another is refused while its first is at the node, and served after it', async () => {
  const real = createTransport({ allowPrivate: true });
  const [asked, answer] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const transport: Transport = async (request) => {
    if (request.method === 'POST') {
      asked.resolve();
      await answer.promise;
    }
    return real.send(request);
  };
  const held = await another({ buyerOptions: { transport } });
  const key = await held.key({ concurrency: 1 });
  const first = held.post(key, ask);
  await asked.promise;
  expect((await held.post(key, ask)).status).toBe(429);
  answer.resolve();
  expect((await first).status).toBe(200);
  for (let i = 0; i < 5; i++) expect((await held.post(key, ask)).status).toBe(200);
  real.close();
});

test('quotas count what is promised, then what was charged; nothing is signed beyond them', async () => {
  const still = await inOneMoment();
  expect((await still.post(await still.key(), ask)).status).toBe(200); // for whom a stack is bought that the next key may use
  const key = await still.key({ tenant: 'quota', day_units: '270' });
  for (const count of [1, 2]) {
    expect((await still.post(key, ask)).status).toBe(200);
    await expect
      .poll(async () => (await still.store.listRows({ tenant: 'quota', states: ['settled'], limit: 10 })).length)
      .toBe(count);
  }
  const used = (await still.store.usage(key.slice(4, 20), 0)).units;
  expect(used).toBe(126n);
  const refused = await still.post(key, ask);
  expect(refused.status).toBe(402);
  expect(await refused.json()).toMatchObject({ error: { code: 'quota_exceeded', retryable: 'no' } });
  expect((await still.post(key, { ...ask, max_tokens: 2 })).status).toBe(200);
  const poor = await still.key({ tenant: 'poor', month_cost: 5_000 });
  expect((await still.post(poor, ask)).status).toBe(402);
  expect(await still.store.listRows({ tenant: 'poor', limit: 10 })).toEqual([]);
});

test('the limit of price of a key is held, and spares the node', async () => {
  const response = await desk.post(await desk.key({ max_price: 99 }), ask);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ error: { code: 'no_node_available' } });
});

test('idempotency keys: one charge, the same answer, per tenant', async () => {
  const key = await desk.key({ tenant: 'idem' });
  const send = (which: string, body: unknown = ask) => desk.post(which, body, { 'idempotency-key': 'order-1' });
  const first = await (await send(key)).text();
  await expect.poll(async () => (await send(key)).headers.get('x-atoma-replayed')).toBe('1');
  const again = await send(key);
  expect(await again.text()).toBe(first);
  expect((await send(key, { ...ask, max_tokens: 3 })).status).toBe(409);
  expect(await desk.store.listRows({ tenant: 'idem', limit: 10 })).toHaveLength(1);
  const foreign = await send(await desk.key({ tenant: 'idem-2' }));
  expect(foreign.headers.get('x-atoma-replayed')).toBeNull();
  const streamed = { ...ask, stream: true };
  const one = await (await desk.post(key, streamed, { 'idempotency-key': 's' })).text();
  await expect
    .poll(async () => (await desk.post(key, streamed, { 'idempotency-key': 's' })).headers.get('x-atoma-replayed'))
    .toBe('1');
  expect(await (await desk.post(key, streamed, { 'idempotency-key': 's' })).text()).toBe(one);
});

test('idempotency keys outlive the gateway and the client: what was charged is given, not made again', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-idem-'));
  const files = { store: join(directory, 'gateway.sqlite'), journal: join(directory, 'journal.sqlite') };
  const atoma = await market.wallet();
  const open = async () => {
    const store = openGatewayStore({ path: files.store });
    const journal = await openJournal({ path: files.journal });
    return { store, journal, own: await openDesk(market, { store, buyerOptions: { atoma, journal } }) };
  };
  const first = await open();
  const key = await first.own.key({ tenant: 'outlives' });
  const body = { ...ask, max_tokens: 25 };
  const answer = (await (await first.own.post(key, body, { 'idempotency-key': 'k' })).json()) as Answer;
  await expect.poll(async () => (await first.store.totals()).units).toBeGreaterThan(0n);
  const charged = (await first.store.totals()).units;
  await first.own.close();
  // As a kill before the answer was stored and the receipt written leaves it.
  const disk = new DatabaseSync(files.store);
  disk.exec('DELETE FROM answer; DELETE FROM book');
  disk.close();
  const journal = new DatabaseSync(files.journal);
  journal.exec("UPDATE request SET stage = 'open', leaf_index = NULL, units = NULL, cumulative = NULL, answer = NULL");
  journal.close();

  const second = await open();
  expect((await second.own.post(key, { ...body, max_tokens: 3 }, { 'idempotency-key': 'k' })).status).toBe(409);
  const again = (await (await second.own.post(key, body, { 'idempotency-key': 'k' })).json()) as Answer;
  expect(again.choices).toEqual(answer.choices);
  expect(again.usage.atoma).toEqual(answer.usage.atoma);
  await expect.poll(async () => await second.store.totals()).toMatchObject({ units: charged, reservedUnits: 0n });
  expect(await second.journal.listRequests({})).toHaveLength(1);
  expect(await reconcile(second.own.gateway.buyer, second.store)).toMatchObject({ agrees: true, booked: charged });
  const replayed = await second.own.post(key, body, { 'idempotency-key': 'k' });
  expect(replayed.headers.get('x-atoma-replayed')).toBe('1');

  // A client that leaves in the middle of a stream and comes back pays for what was made, once.
  const stop = new AbortController();
  const cut = { ...ask, max_tokens: 900, stream: true };
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'idempotency-key': 'cut' };
  const url = `${second.own.url}/v1/chat/completions`;
  const left = await fetch(url, { method: 'POST', headers, body: JSON.stringify(cut), signal: stop.signal });
  await left.body?.getReader().read();
  stop.abort();
  await expect.poll(async () => (await second.store.totals()).units).toBeGreaterThan(charged);
  const sum = (await second.store.totals()).units;
  const back = await second.own.post(key, cut, { 'idempotency-key': 'cut' });
  expect(back.status).toBe(200);
  expect((await back.text()).endsWith('data: [DONE]\n\n')).toBe(true);
  expect(await second.journal.listRequests({})).toHaveLength(2);
  expect((await second.store.totals()).units).toBe(sum);
  expect(await reconcile(second.own.gateway.buyer, second.store)).toMatchObject({ agrees: true, booked: sum });
  await second.own.close();
  rmSync(directory, { recursive: true, force: true });
});

test('no header of a client but content-type, accept and traceparent reaches a node', async () => {
  const seen: Record<string, unknown>[] = [];
  const [node] = market.nodes;
  const spy = createServer(async (incoming, outgoing) => {
    seen.push(incoming.headers);
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    const { host: _, connection: __, ...headers } = incoming.headers;
    const answer = await fetch(new URL(incoming.url ?? '/', node?.url()), {
      method: incoming.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(incoming.method === 'POST' ? { body: Buffer.concat(parts) } : {}),
    });
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => spy.listen(0, '127.0.0.1', resolve));
  const { port } = spy.address() as AddressInfo;
  const operator = node as NonNullable<typeof node>;
  executedResult(await updateNodeUrl(operator.operator, { nodeSmallId: operator.id, url: `http://127.0.0.1:${port}` }));
  const own = await another();
  const headers = {
    'atoma-envelope': 'x',
    'atoma-signature': 'y',
    'x-user': 'alice',
    cookie: 'a=b',
    'idempotency-key': 'secret-order',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  expect((await own.post(await own.key(), ask, headers)).status).toBe(200);
  const work = seen.find((each) => each['atoma-envelope'] !== undefined) as Record<string, unknown>;
  expect(Object.keys(work).sort()).toEqual([
    'accept',
    'atoma-envelope',
    'atoma-purchase',
    'atoma-signature',
    'connection',
    'content-length',
    'content-type',
    'host',
    'traceparent',
  ]);
  expect(work['atoma-envelope']).not.toBe('x');
  executedResult(await updateNodeUrl(operator.operator, { nodeSmallId: operator.id, url: operator.url() }));
  spy.closeAllConnections();
  await new Promise((resolve) => spy.close(resolve));
});

test('a tenant with stacks of its own shares none', async () => {
  const own = await another();
  await own.post(await own.key({ tenant: 'a', dedicated: true }), ask);
  await own.post(await own.key({ tenant: 'b', dedicated: true }), ask);
  await own.post(await own.key({ tenant: 'c' }), ask);
  await own.post(await own.key({ tenant: 'd' }), ask);
  const stacks = await own.gateway.buyer.stacks();
  expect(stacks.map(({ tenant }) => tenant).sort()).toEqual(['', 'a', 'b']);
});

test.each(['after', 'strict'] as const)('verification %s: a node that alters answers is used once', async (verify) => {
  const lone = await openRehearsal(`lying-${verify}`);
  const task = await lone.task({ model });
  const node = await lone.addNode();
  await lone.subscribe(node, task, 100n);
  const proxy = await startProxy(() => node.url());
  executedResult(await updateNodeUrl(node.operator, { nodeSmallId: node.id, url: proxy.url }));
  const own = await openDesk(lone, {
    verify,
    buyerOptions: { policy: { noticeOnMistrust: false, stacksPerRequest: 1 } },
  });
  proxy.mischief.change = (text) => text.replace(/"content":"(.)/, '"content":"#$1');
  const first = await own.post(await own.key({ tenant: 't' }), ask, { 'idempotency-key': 'x' });
  expect(first.status).toBe(verify === 'after' ? 200 : 502);
  await expect.poll(async () => (await own.gateway.buyer.stacks())[0]?.blocked).not.toBeNull();
  expect((await own.post(await own.key({ tenant: 't' }), ask, { 'idempotency-key': 'x' })).status).toBe(503);
  expect((await own.store.listAudit(10)).map(({ action }) => action)).toContain('untrusted');
  expect(await own.store.totals()).toMatchObject({ units: 0n });
  await own.close();
  await proxy.close();
  await lone.close();
});

test('the administrator’s surface: keys, usage, audit, reconciliation, metrics; nobody without the token', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'atoma-admin-'));
  const tokenPath = join(directory, 'admin.token');
  const own = await another({ adminPort: 0, tokenPath });
  expect(statSync(tokenPath).mode & 0o777).toBe(0o600);
  const { readFileSync } = await import('node:fs');
  const token = readFileSync(tokenPath, 'utf8');
  const call = async (path: string, method = 'GET', body?: unknown, bearer = token) => {
    const response = await fetch(`http://127.0.0.1:${own.gateway.adminPort}${path}`, {
      method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, json: (await response.json()) as never };
  };
  expect((await call('/v1/keys', 'GET', undefined, 'wrong')).status).toBe(401);
  const made = await call('/v1/keys', 'POST', { tenant: 'ops', name: 'ci' });
  expect(made.status).toBe(201);
  expect((await call('/v1/keys', 'POST', { tenant: 'a/b' })).status).toBe(400);
  const { key, id } = made.json as { key: string; id: string };
  expect((await own.post(key, ask)).status).toBe(200);
  await expect.poll(async () => (await own.store.totals()).units).toBe(63n);
  expect((await call('/v1/usage?tenant=ops')).json).toMatchObject([
    { tenant: 'ops', units: '63', cost: '6300', requests: 1 },
  ]);
  expect((await call('/v1/reconcile')).json).toMatchObject({ agrees: true, booked: '63', receipted: '63' });
  expect((await call('/v1/findings?stack=1')).json).toEqual([]); // no node runs in this process
  expect((await call('/v1/findings?stack=one')).status).toBe(400);
  expect((await call(`/v1/keys/${id}`, 'DELETE')).status).toBe(200);
  expect((await own.post(key, ask)).status).toBe(401);
  expect((await call('/v1/keys/ffffffffffffffff', 'DELETE')).status).toBe(404);
  expect(JSON.stringify((await call('/v1/audit')).json)).toContain('key.revoke');
  const metrics = await (await fetch(`http://127.0.0.1:${own.gateway.adminPort}/metrics`)).text();
  expect(metrics).toMatch(/atoma_gateway_units_total\{model="atoma\/demo-chat"\} 63/);
  rmSync(directory, { recursive: true, force: true });
});

test('bad requests are named, and cost nothing', async () => {
  const key = await desk.key({ tenant: 'bad' });
  const send = (body: string, type = 'application/json', path = '/v1/chat/completions') =>
    fetch(desk.url + path, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': type }, body });
  expect((await send('{')).status).toBe(400);
  expect((await send('{}')).status).toBe(400);
  expect((await send('{}', 'text/plain')).status).toBe(415);
  expect((await send('{}', 'application/json', '/v1/moderations')).status).toBe(400);
  expect((await send('{}', 'application/json', '/v1/assistants')).status).toBe(404);
  expect((await send(JSON.stringify({ ...ask, model: 'nobody/has-it' }))).status).toBe(404);
  expect((await send(JSON.stringify({ ...ask, temperature: 'hot' }))).status).toBe(400);
  expect((await send(`{"model":"${model}","x":"${'y'.repeat(4_200_000)}"}`)).status).toBe(413);
  expect((await desk.store.usage(key.slice(4, 20), 0)).units).toBe(0n);
});

test('the books are exact over mixed work: whole, streamed, cut, refused, in parallel', async () => {
  const journal = await openJournal({ path: ':memory:' });
  const own = await another({ buyerOptions: { journal } });
  const keys = await Promise.all(['a', 'b', 'c'].map((tenant) => own.key({ tenant })));
  const one = async (i: number): Promise<void> => {
    const key = keys[i % 3] as string;
    const kind = i % 5;
    const body = { ...ask, messages: [{ role: 'user', content: `number ${i}` }], max_tokens: 10 + (i % 7) };
    if (kind < 2) await (await own.post(key, body)).text();
    else if (kind === 2) await (await own.post(key, { ...body, stream: true })).text();
    else if (kind === 3) await (await own.post(key, { ...body, logprobs: true })).text();
    else {
      const stop = new AbortController();
      const response = await fetch(`${own.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, max_tokens: 800, stream: true }),
        signal: stop.signal,
      });
      const reader = response.body?.getReader();
      await reader?.read();
      stop.abort();
    }
  };
  const jobs = Array.from({ length: 100 }, (_, i) => i);
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let i = jobs.shift(); i !== undefined; i = jobs.shift()) await one(i).catch(() => undefined);
    }),
  );
  const [node] = market.nodes;
  await expect
    .poll(async () => {
      const stacks = await own.gateway.buyer.stacks();
      let metered = 0n;
      for (const { stack } of stacks) metered += (await node?.store.findStack(stack))?.consumed ?? 0n;
      const { units, reservedUnits } = await own.store.totals();
      return {
        drift: metered - units,
        reserved: reservedUnits,
        open: (await journal.listRequests({ stages: ['open'] })).length,
      };
    })
    .toEqual({ drift: 0n, reserved: 0n, open: 0 });
  expect(await reconcile(own.gateway.buyer, own.store)).toMatchObject({ agrees: true });
  expect((await own.store.totals()).units).toBeGreaterThan(1_000n);
});
