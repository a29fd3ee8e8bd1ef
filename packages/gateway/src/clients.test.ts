/** The clients people use, in front of a gateway: whole, streamed, and what each makes of the usage of a stream. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { embed, generateText, streamText } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const vectors = 'atoma/demo-embed';
/** What the demo model counts for `hello` and 16 letters of answer. */
const usage = { prompt: 10, completion: 16, total: 26 };
let market: Rehearsal;
let desk: Desk;
let baseURL: string;

beforeAll(async () => {
  market = await openRehearsal('clients');
  const node = await market.addNode();
  await market.subscribe(node, await market.task({ role: 0, model }), 100n);
  await market.subscribe(node, await market.task({ role: 1, model: vectors }), 100n);
  desk = await openDesk(market);
  baseURL = `${desk.url}/v1`;
});
afterAll(async () => {
  await desk.close();
  await market.close();
});

/** All parts of a stream. */
const all = async <Part>(stream: AsyncIterable<Part>): Promise<readonly Part[]> => {
  const parts: Part[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
};

const booked = async (tenant: string) =>
  (await desk.store.listRows({ tenant, limit: 10 })).map(({ units }) => Number(units));

test('the official client: usage of a stream comes once, last, with an empty list of choices, and only when asked for', async () => {
  const client = new OpenAI({ baseURL, apiKey: await desk.key({ tenant: 'openai' }), maxRetries: 0 });
  const ask = { model, messages: [{ role: 'user' as const, content: 'hello' }], max_tokens: 16, stream: true as const };
  const counted = await all(await client.chat.completions.create({ ...ask, stream_options: { include_usage: true } }));
  expect(counted.filter((chunk) => chunk.usage !== null)).toHaveLength(1);
  expect(counted.at(-1)).toMatchObject({
    choices: [],
    usage: { prompt_tokens: usage.prompt, completion_tokens: usage.completion, total_tokens: usage.total },
  });
  expect(counted.at(-1)?.usage).toMatchObject({
    cost: (usage.total * 100) / 1e9,
    atoma: { units: String(usage.total) },
  });
  const plain = await all(await client.chat.completions.create(ask));
  expect(plain.every((chunk) => chunk.choices.length === 1 && chunk.usage === undefined)).toBe(true);
  const helper = client.chat.completions.stream({ ...ask, stream_options: { include_usage: true } });
  expect((await helper.finalChatCompletion()).usage?.total_tokens).toBe(usage.total);
  await expect.poll(async () => await booked('openai')).toEqual([usage.total, usage.total, usage.total]);
});

test('Vercel’s AI SDK: text, stream with usage, embedding', async () => {
  const apiKey = await desk.key({ tenant: 'vercel' });
  const provider = createOpenAICompatible({ name: 'atoma', baseURL, apiKey, includeUsage: true });
  const ask = { model: provider(model), prompt: 'hello', maxOutputTokens: 16, maxRetries: 0 };
  const whole = await generateText(ask);
  expect(whole.text).toHaveLength(16);
  expect(whole.usage).toMatchObject({ inputTokens: usage.prompt, outputTokens: usage.completion });
  const streamed = streamText(ask);
  expect(await streamed.text).toHaveLength(16);
  expect(await streamed.usage).toMatchObject({ inputTokens: usage.prompt, outputTokens: usage.completion });
  expect(await streamed.finishReason).toBe('length');
  const { embedding } = await embed({ model: provider.embeddingModel(vectors), value: 'hello', maxRetries: 0 });
  expect(embedding.length).toBeGreaterThan(8);
  await expect.poll(async () => (await booked('vercel')).slice(1)).toEqual([usage.total, usage.total]);
});
