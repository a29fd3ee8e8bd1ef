/** Requests that say who may serve them, at real nodes; and what was measured of these, over a restart. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Anthropic from '@anthropic-ai/sdk';
import { type Atoma, openJournal } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal, type RehearsalNode } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const messages = [{ role: 'user' as const, content: 'what is a receipt?' }];
const ask = { model, messages, max_tokens: 40 };
const directory = mkdtempSync(join(tmpdir(), 'routing-'));
const prices = [100n, 120n, 140n];
let market: Rehearsal;
let wallet: Atoma;
let desk: Desk;
let key: string;
let vectors: bigint;
let nodes: readonly RehearsalNode[];

const open = async (): Promise<Desk> =>
  openDesk(market, {
    buyerOptions: { atoma: wallet, journal: await openJournal({ path: join(directory, 'journal.db') }) },
  });
const servedBy = async (provider: unknown, more: object = {}): Promise<number> => {
  const answer = await desk.post(key, { ...ask, ...more, provider });
  const json = (await answer.json()) as { usage?: { atoma: { node: string } }; error?: { code: string } };
  expect(json.error).toBeUndefined();
  return nodes.findIndex(({ id }) => String(id) === json.usage?.atoma.node);
};
const refusal = async (provider: unknown) => {
  const answer = await desk.post(key, { ...ask, provider });
  const { error } = (await answer.json()) as { error: Record<string, unknown> };
  return { status: answer.status, code: error.code, param: error.param };
};
const named = (at: number): string => String(nodes[at]?.id);

beforeAll(async () => {
  market = await openRehearsal('routing');
  const chat = await market.task({ model });
  vectors = await market.task({ role: 1, model: 'atoma/demo-embed' });
  wallet = await market.wallet();
  const made: RehearsalNode[] = [];
  for (const price of prices) {
    const node = await market.addNode();
    made.push(node);
    await market.subscribe(node, chat, price);
    await market.subscribe(node, vectors, price);
  }
  nodes = made;
  // A stack at every node: who is drawn is chance, so stacks are bought until each was.
  const served = new Set<bigint>();
  while (served.size < prices.length) {
    await market.buyStack(wallet, chat, 200_000n, 140n);
    const buyer = await openDesk(market, { buyerOptions: { atoma: wallet } });
    for (const { node } of await buyer.gateway.buyer.stacks()) served.add(node);
    await buyer.close();
  }
  desk = await open();
  key = await desk.key();
});
afterAll(async () => {
  await desk.close();
  await market.close();
  rmSync(directory, { recursive: true });
});

test('a request chooses among the nodes there are stacks at', async () => {
  expect(await servedBy({ only: [named(2)] })).toBe(2);
  expect(await servedBy({ order: [named(1), named(2)] })).toBe(1);
  expect(await servedBy({ ignore: [named(0), Number(named(1))] })).toBe(2);
  expect(await servedBy({ only: [nodes[1]?.operator.sender] })).toBe(1);
  expect(await servedBy({ require_parameters: true }, { seed: 3 })).toBeGreaterThanOrEqual(0);
});

test('every API takes the member, and no engine sees it', async () => {
  const client = desk.client(key);
  const provider = { only: [named(2)] };
  const response = await client.responses.create({ model, input: 'hello', ...{ provider } });
  expect(response.status).toBe('completed');
  const anthropic = new Anthropic({ baseURL: desk.url, apiKey: key, maxRetries: 0 });
  const message = await anthropic.messages.create({ model, max_tokens: 20, messages, ...{ provider } });
  expect(message.usage).toMatchObject({ atoma: { node: named(2) } });
  const vector = await client.embeddings.create({
    model: 'atoma/demo-embed',
    input: 'x',
    ...{ provider: { max_price: 100 } },
  });
  expect(vector.usage).toMatchObject({ atoma: { price: '100', node: named(0) } });
});

test('what cannot be had is said by name, and nothing is bought for it', async () => {
  const before = (await desk.gateway.buyer.stacks()).length;
  expect(await refusal({ only: [999] })).toEqual({ status: 503, code: 'no_node_available', param: null });
  expect(await refusal({ max_price: 10 })).toMatchObject({ status: 503, code: 'no_node_available' });
  expect(await refusal({ quantizations: ['int8'] })).toMatchObject({ status: 503 });
  expect(await refusal({ level: 2 })).toEqual({ status: 400, code: 'invalid_request', param: 'provider.level' });
  expect(await refusal({ sort: 'best' })).toEqual({ status: 400, code: 'invalid_request', param: 'provider.sort' });
  expect((await desk.gateway.buyer.stacks()).length).toBe(before);
});

test('without fallbacks no second node is asked', async () => {
  const [first] = nodes;
  await first?.stop();
  try {
    const strict = await refusal({ order: [named(0)], allow_fallbacks: false });
    expect(strict).toMatchObject({ status: 503, code: 'no_node_available' });
    expect(await servedBy({ order: [named(0), named(2)] })).toBe(2);
  } finally {
    await first?.start();
  }
});

test('what was measured is shown with each model and kept over a restart', async () => {
  const stream = await desk
    .client(key)
    .chat.completions.create({ ...ask, stream: true, ...{ provider: { only: [named(2)] } } });
  for await (const _ of stream);
  const shown = async () => {
    const models = await desk.client(key).models.list();
    const found = models.data.find(({ id }) => id === model) as unknown as {
      atoma: { providers: Record<string, unknown>[] };
    };
    return found.atoma.providers.find(({ node }) => node === named(2));
  };
  const before = await shown();
  expect(before).toMatchObject({ price: '140', quantization: null, completion_rate: 1 });
  expect(before?.first_token_ms).toBeGreaterThan(0);
  expect(before?.units_per_second).toBeGreaterThan(0);
  expect(before?.receipts_checked).toBeGreaterThanOrEqual(4);
  await desk.close();
  desk = await open();
  key = await desk.key();
  expect(await shown()).toEqual(before);
  const [offer] = (await desk.gateway.buyer.quote({ model, units: 1000n })).filter(
    ({ node }) => String(node) === named(2),
  );
  expect(offer).toMatchObject({ completionRate: 1, receipts: before?.receipts_checked });
});

test('who pays by the request is told the price of the nodes it asks for', async () => {
  await desk.close();
  desk = await openDesk(market, {
    payments: {},
    buyerOptions: { atoma: wallet, journal: await openJournal({ path: join(directory, 'journal.db') }) },
  });
  key = await desk.key();
  const priced = async (provider?: unknown) => {
    const answer = await fetch(`${desk.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ask, provider }),
    });
    const { error } = (await answer.json()) as { error: { code: string; param: string | null } };
    if (answer.status !== 402) return { status: answer.status, code: error.code, param: error.param };
    const said = JSON.parse(Buffer.from(answer.headers.get('payment-required') ?? '', 'base64').toString('utf8'));
    return said.accepts[0].extra.unit_price;
  };
  expect(await priced()).toBe('100');
  expect(await priced({ max_price: 130 })).toBe('100');
  expect(await priced({ only: [named(0)] })).toBe('100');
  // No purchase draws that node alone; a stack at it is here.
  expect(await priced({ only: [named(2)] })).toBe('140');
  expect(await priced({ only: [named(2)], max_price: 120 })).toMatchObject({ status: 503, code: 'no_node_available' });
  expect(await priced({ max_price: 10 })).toMatchObject({ status: 503, code: 'no_node_available' });
  expect(await priced({ level: 2 })).toEqual({ status: 400, code: 'invalid_request', param: 'provider.level' });
});

test('a key that offers a price uses no dearer stack, and buys at its price', async () => {
  const bought = async () => (await desk.gateway.buyer.stacks()).map(({ price }) => price);
  const priceOf = async (request: Parameters<Desk['key']>[0], provider?: unknown) => {
    const answer = await desk.post(await desk.key(request), { ...ask, provider });
    const json = (await answer.json()) as { usage?: { atoma: { price: string } }; error?: { code: string } };
    return json.usage?.atoma.price ?? json.error?.code;
  };
  expect(await bought()).not.toContain(110n);
  expect(await priceOf({ price: 110 })).toBe('110');
  expect(await bought()).toContain(110n);
  expect(await priceOf({ price: '110' })).toBe('110');
  expect((await bought()).filter((price) => price === 110n)).toHaveLength(1);
  expect(await priceOf({ price: 99 })).toBe('no_node_available');
  expect(await priceOf({ price: 130 }, { max_price: 105 })).toBe('105');
});
