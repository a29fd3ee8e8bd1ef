/** LangChain, unmodified, in front of a gateway and of a buyer: whole, streamed, usage, vectors. It has a lockfile of its own, installed here. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createBuyer, openJournal } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from '../../packages/gateway/src/testing/desk.ts';
import { openRehearsal, type Rehearsal } from '../../packages/gateway/src/testing/rehearsal.ts';

/** What the test uses of the package, whose types the checkout does not have. */
interface Piece {
  readonly content: string;
  readonly usage_metadata?: unknown;
}
interface LangChain {
  readonly ChatOpenAI: new (
    options: object,
  ) => {
    readonly invoke: (prompt: string) => Promise<Piece>;
    readonly stream: (prompt: string) => Promise<AsyncIterable<Piece>>;
  };
  readonly OpenAIEmbeddings: new (options: object) => { readonly embedQuery: (text: string) => Promise<number[]> };
}

const model = 'atoma/demo-chat';
const vectors = 'atoma/demo-embed';
/** What the demo model counts for `hello` and 16 letters of answer. */
const expected = { input_tokens: 10, output_tokens: 16, total_tokens: 26 };
let langchain: LangChain;
let market: Rehearsal;
let desk: Desk;

beforeAll(async () => {
  const here = import.meta.dirname;
  if (!existsSync(join(here, 'node_modules', '@langchain', 'openai')))
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: here });
  langchain = await import(createRequire(join(here, 'package.json')).resolve('@langchain/openai'));
  market = await openRehearsal('langchain');
  const node = await market.addNode();
  await market.subscribe(node, await market.task({ role: 0, model }), 100n);
  await market.subscribe(node, await market.task({ role: 1, model: vectors }), 100n);
  desk = await openDesk(market);
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

const askTwice = async (more: object): Promise<void> => {
  const chat = new langchain.ChatOpenAI({ model, maxTokens: 16, maxRetries: 0, ...more });
  const whole = await chat.invoke('hello');
  expect(whole.content).toHaveLength(16);
  expect(whole.usage_metadata).toMatchObject(expected);
  const parts = await all(await chat.stream('hello'));
  expect(parts.map(({ content }) => content).join('')).toHaveLength(16);
  const counted = parts.map((part) => part.usage_metadata).filter((usage) => usage !== undefined);
  expect(counted).toMatchObject([expected]);
};

test('through the gateway: text, stream with usage, embeddings, all booked', async () => {
  const given = { apiKey: await desk.key({ tenant: 'langchain' }), configuration: { baseURL: `${desk.url}/v1` } };
  await askTwice(given);
  const embeddings = new langchain.OpenAIEmbeddings({ model: vectors, maxRetries: 0, ...given });
  expect((await embeddings.embedQuery('hello')).length).toBeGreaterThan(8);
  const booked = async () =>
    (await desk.store.listRows({ tenant: 'langchain', limit: 10 })).map(({ units }) => Number(units));
  await expect.poll(async () => (await booked()).slice(1)).toEqual([26, 26]);
});

test('through a buyer’s fetch: two receipts for two answers', async () => {
  const journal = await openJournal({ path: ':memory:' });
  const policy = { allowPrivateNodes: true, stackUnits: 400_000n };
  const buyer = await createBuyer({ atoma: await market.wallet(), journal, policy });
  try {
    const { baseURL, fetch, apiKey } = buyer.openai();
    await askTwice({ apiKey, configuration: { baseURL, fetch } });
    const receipts = await journal.listRequests({ stages: ['receipt'] });
    expect(receipts.map(({ units }) => units)).toEqual([26n, 26n]);
  } finally {
    await buyer.close();
  }
});
