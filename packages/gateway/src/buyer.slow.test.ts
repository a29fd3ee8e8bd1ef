/** The buyer against real nodes, through the clients people use. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  type BuyerEvent,
  type BuyerParameters,
  createBuyer,
  findStack,
  fromBase64,
  headerNames,
  openJournal,
  receiptLayout,
} from '@atoma/sdk';
import { embed, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const policy = {
  allowPrivateNodes: true,
  stackUnits: 400_000n,
  pauseMs: [5, 20] as const,
  attempts: 2,
  answerMs: 60_000,
};
let market: Rehearsal;
const open: { close: () => Promise<void> }[] = [];

beforeAll(async () => {
  market = await openRehearsal('buyer');
  const chat = await market.task({ role: 0, model });
  const vectors = await market.task({ role: 1, model: 'atoma/demo-embed' });
  for (const price of [100n, 120n]) {
    const node = await market.addNode();
    await market.subscribe(node, chat, price);
    await market.subscribe(node, vectors, price);
  }
});
afterAll(async () => {
  for (const each of open) await each.close();
  await market.close();
});

const makeBuyer = async (more: Partial<BuyerParameters> = {}) => {
  const events: BuyerEvent[] = [];
  const atoma = more.atoma ?? (await market.wallet());
  const journal = more.journal ?? (await openJournal({ path: ':memory:' }));
  const buyer = await createBuyer({
    onEvent: (event) => events.push(event),
    ...more,
    atoma,
    journal,
    policy: { ...policy, ...more.policy },
  });
  open.push(buyer);
  const of = <Kind extends BuyerEvent['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<BuyerEvent, { kind: Kind }> => event.kind === kind);
  return { buyer, events, of, journal, atoma };
};

const ask = { model, messages: [{ role: 'user' as const, content: 'what is a receipt?' }], max_tokens: 40 };

test('the official client gets an answer; its stack was bought, its receipt is in the journal', async () => {
  const { buyer, of, journal } = await makeBuyer();
  const client = new OpenAI(buyer.openai());
  const { data, response } = await client.chat.completions.create(ask).withResponse();
  expect(data.choices[0]?.message.content).toHaveLength(40);
  const [bought] = of('purchased');
  expect(bought).toMatchObject({ node: 1n, units: 400_000n, paid: 40_000_000n });
  const receipt = receiptLayout.decode(fromBase64(response.headers.get(headerNames.receipt) as string) as Uint8Array);
  expect(Number(receipt.units)).toBe(data.usage?.total_tokens);
  const [stack] = await buyer.stacks();
  expect(stack).toMatchObject({ used: receipt.units, promised: 0n, free: 400_000n - receipt.units, complete: true });
  expect(await journal.listReceipts(stack?.stack as bigint)).toMatchObject([{ index: 0, units: receipt.units }]);
});

const chunksOf = async (client: OpenAI, includeUsage: boolean) => {
  const stream = await client.chat.completions.create({
    ...ask,
    stream: true,
    ...(includeUsage ? { stream_options: { include_usage: true } } : {}),
  });
  const chunks: OpenAI.Chat.ChatCompletionChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
};

test('streams: usage exactly as OpenAI sends it, and no trace of the receipt', async () => {
  const { buyer, of } = await makeBuyer();
  const client = new OpenAI(buyer.openai());
  const plain = await chunksOf(client, false);
  expect(plain.every((chunk) => !('usage' in chunk) && chunk.choices.length === 1)).toBe(true);
  const counted = await chunksOf(client, true);
  expect(counted.slice(0, -1).every((chunk) => chunk.usage === null && chunk.choices.length === 1)).toBe(true);
  const last = counted.at(-1);
  expect(last?.choices).toEqual([]);
  expect(last?.usage?.completion_tokens).toBe(40);
  expect(of('receipt').map(({ units }) => Number(units))).toEqual([
    last?.usage?.total_tokens,
    last?.usage?.total_tokens,
  ]);
});

test('the raw stream has no event but data, and ends with [DONE]', async () => {
  const { buyer } = await makeBuyer();
  const body = JSON.stringify({ ...ask, stream: true });
  const response = await buyer.fetch('http://x/v1/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  expect(text).not.toMatch(/^event:/m);
  expect(text).not.toContain('receipt"');
  expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
});

test("Vercel's AI SDK: whole, streamed, embedded", async () => {
  const { buyer, of } = await makeBuyer();
  const { baseURL, fetch, apiKey } = buyer.openai();
  const provider = createOpenAICompatible({ name: 'atoma', baseURL, fetch, apiKey, includeUsage: true });
  const whole = await generateText({ model: provider(model), prompt: 'hello', maxOutputTokens: 12, maxRetries: 0 });
  expect(whole.text).toHaveLength(12);
  const streamed = streamText({ model: provider(model), prompt: 'hello', maxOutputTokens: 12, maxRetries: 0 });
  let text = '';
  for await (const part of streamed.textStream) text += part;
  expect(text).toHaveLength(12);
  expect((await streamed.usage).outputTokens).toBe(12);
  const { embedding, usage } = await embed({
    model: provider.embeddingModel('atoma/demo-embed'),
    value: 'a receipt',
    maxRetries: 0,
  });
  expect(embedding.length).toBeGreaterThan(8);
  expect(of('receipt')).toHaveLength(3);
  expect(Number(of('receipt')[2]?.units)).toBe(usage.tokens);
});

test('eight at once share one purchase', async () => {
  const { buyer, of } = await makeBuyer();
  const client = new OpenAI(buyer.openai());
  const answers = await Promise.all(Array.from({ length: 8 }, () => client.chat.completions.create(ask)));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(8);
  expect(of('purchased')).toHaveLength(1);
  const [stack] = await buyer.stacks();
  const used = of('receipt').reduce((sum, { units }) => sum + units, 0n);
  expect(stack).toMatchObject({ used, promised: 0n });
});

test('a stack is bought ahead of need, and never in the path of a request that still fits', async () => {
  const { buyer, of, events } = await makeBuyer({ policy: { stackUnits: 200_000n } });
  const client = new OpenAI(buyer.openai());
  const large = { ...ask, max_tokens: 1_000 };
  const { context } = buyer;
  await client.chat.completions.create(large);
  expect(of('purchased')).toHaveLength(1);
  const [first] = await buyer.stacks();
  (await context()).book.noteFree(first?.stack as bigint, 2_500n);
  await client.chat.completions.create(large);
  await expect.poll(() => of('purchased')).toHaveLength(2);
  const order = events.map(({ kind }) => kind).filter((kind) => kind === 'receipt' || kind === 'purchasing');
  expect(order).toEqual(['purchasing', 'receipt', 'receipt', 'purchasing']);
  expect(new Set(of('receipt').map(({ stack }) => stack)).size).toBe(1);
});

test('caps stop a request before anything is signed', async () => {
  const { buyer, events } = await makeBuyer({ caps: { request: 1_000n } });
  const client = new OpenAI(buyer.openai());
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 402, code: 'spend_cap_reached' });
  expect(events.filter(({ kind }) => kind === 'sent')).toEqual([]);
  const poor = await makeBuyer({ caps: { day: 1_000_000n } });
  await expect(new OpenAI(poor.buyer.openai()).chat.completions.create(ask)).rejects.toMatchObject({ status: 402 });
  expect(poor.events).toEqual([]);
  expect(await poor.buyer.stacks()).toEqual([]);
});

test('a cap on a stack makes the stack smaller, a cap in total ends buying; nothing is bought beyond either', async () => {
  const small = await makeBuyer({ caps: { stack: 30_000_000n } });
  await new OpenAI(small.buyer.openai()).chat.completions.create(ask);
  expect(small.of('purchased')).toMatchObject([{ units: 300_000n, paid: 30_000_000n }]);
  const { buyer, of } = await makeBuyer({ caps: { total: 55_000_000n } });
  const client = new OpenAI(buyer.openai());
  await client.chat.completions.create(ask);
  const [own] = await buyer.stacks();
  const node = market.nodes.find(({ id }) => id === own?.node);
  await node?.store.moveStack(own?.stack as bigint, ['open'], 'draining');
  await expect(client.chat.completions.create(ask)).rejects.toMatchObject({ status: 402, code: 'spend_cap_reached' });
  expect(of('purchased')).toHaveLength(1);
  expect(of('failover')).toMatchObject([{ why: 'stack_settling' }]);
});

test('a model nobody offers is an error that says so', async () => {
  const { buyer } = await makeBuyer();
  const client = new OpenAI(buyer.openai());
  await expect(client.chat.completions.create({ ...ask, model: 'nobody/has-it' })).rejects.toMatchObject({
    status: 404,
    code: 'model_not_served',
  });
  const models = await client.models.list();
  expect(models.data.map(({ id }) => id).sort()).toEqual([model, 'atoma/demo-embed']);
});

test('a node that stopped is left: unresolved, counted; one more stack is bought, wherever it is drawn to; a stack at another node answers', async () => {
  const atoma = await market.wallet();
  const [first] = market.nodes;
  const lone = await makeBuyer({ atoma });
  await new OpenAI(lone.buyer.openai()).chat.completions.create(ask);
  await first?.stop();
  try {
    const client = new OpenAI(lone.buyer.openai());
    const { of } = lone;
    const said = await client.chat.completions.create(ask).then(
      () => 200,
      ({ status }) => status,
    );
    const bought = of('purchased').map(({ node }) => node);
    expect([bought.length, said]).toEqual([2, bought[1] === 1n ? 503 : 200]);
    expect(of('sent').filter(({ node }) => node === 1n)).toHaveLength(2);
    expect(of('unresolved')).toMatchObject([{ node: 1n }]);
    await first?.start();
    const nodeOf = async (stack: bigint) => (await findStack(atoma, { stackSmallId: stack }))?.selectedNodeSmallId;
    while ((await nodeOf(await market.buyStack(atoma, 1n, 200_000n, 120n))) !== 2n);
    const two = await makeBuyer({ atoma });
    await two.buyer.ready();
    await first?.stop();
    const answer = await new OpenAI(two.buyer.openai()).chat.completions.create(ask);
    expect(answer.choices[0]?.message.content).toHaveLength(40);
    expect(two.of('receipt')).toMatchObject([{ node: 2n }]);
    expect(two.of('purchased')).toEqual([]);
  } finally {
    await first?.start();
  }
});

test('a clock that jumps: one 401, corrected by the node’s time, one answer, one charge', async () => {
  let offset = 0;
  const { buyer, of, journal } = await makeBuyer({
    now: () => Date.now() + offset,
    policy: { cacheMs: 86_400_000 },
  });
  const client = new OpenAI(buyer.openai());
  await client.chat.completions.create(ask);
  offset = 600_000;
  await client.chat.completions.create(ask);
  expect(of('sent')).toHaveLength(3);
  expect(of('receipt')).toHaveLength(2);
  const [own] = await buyer.stacks();
  const node = market.nodes.find(({ id }) => id === own?.node);
  expect(await node?.store.findStack(own?.stack as bigint)).toMatchObject({ nextLeaf: 2, consumed: own?.used });
  await client.chat.completions.create(ask);
  expect(of('sent')).toHaveLength(4);
  expect((await journal.meters(own?.stack as bigint)).open).toBe(0n);
});

test('a clock that was wrong from the start is corrected before the first request', async () => {
  const { buyer, of } = await makeBuyer({ now: () => Date.now() - 600_000 });
  await new OpenAI(buyer.openai()).chat.completions.create(ask);
  expect([of('sent').length, of('receipt').length]).toEqual([1, 1]);
});
