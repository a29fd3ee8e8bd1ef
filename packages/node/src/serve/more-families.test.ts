/** Endpoints some engines have beside the usual ones, over a scripted engine: what is sent, what comes back, what it costs. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Receipt } from '@atoma/sdk';
import OpenAI, { toFile } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { openServing, type ServingFixture } from '../testing/serving-fixture.ts';
import { silence } from '../testing/sound.ts';

type Json = Record<string, unknown>;
let node: ServingFixture;
let engine: Server;
let sent: { readonly path: string; readonly text: string } = { path: '', text: '' };
let reply: { readonly type: string; readonly text: string } = { type: '', text: '' };
const answer = (value: unknown): void => {
  reply = { type: 'application/json', text: JSON.stringify(value) };
};
const tasks: bigint[] = [];
const stacks: bigint[] = [];

beforeAll(async () => {
  engine = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.method === 'GET') return void response.end('{"data":[]}');
    sent = { path: request.url ?? '', text: Buffer.concat(parts).toString('latin1') };
    response.writeHead(200, { 'content-type': reply.type }).end(reply.text);
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const roles = [0, 1, 2, 3, 5];
  const model = { name: 'm', roles, contextLength: 100_000, tokenizer: 'o200k_base', profile: null };
  node = await openServing({
    engines: [
      createUpstreamEngine({
        models: [{ ...model, targets: [{ url, concurrency: 8 }] }],
        limits: { failuresOut: 1_000 },
      }),
    ],
  });
  for (const role of roles) tasks[role] = await node.task({ role, model: 'm' });
}, 60_000);
afterAll(async () => {
  await node.close();
  engine.closeAllConnections();
  engine.close();
});

const open = async (role: number) => {
  stacks[role] ??= await node.stack(tasks[role] as bigint, 30_000n);
  const stack = stacks[role] as bigint;
  const receipts: Receipt[] = [];
  const fetch = node.fetchFor(stack, { maxUnits: 6_000n, onReceipt: (receipt) => receipts.push(receipt) });
  const openai = new OpenAI({ baseURL: `${node.url}/v1`, apiKey: 'unused', maxRetries: 0, fetch });
  const post = async (path: string, body: Json) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(node.url + path, {
      method: 'POST',
      headers,
      body: JSON.stringify({ model: 'm', ...body }),
    });
    return { status: response.status, json: (await response.json()) as Json };
  };
  return { openai, receipts, post };
};

test('rerank: scores by document, best first; a ranking that does not fit is a failure', async () => {
  const { post, receipts } = await open(1);
  const ask = { query: 'what?', documents: ['no', { text: 'yes' }], top_n: 2, return_documents: true };
  const results = [0.1, 0.9].map((relevance_score, index) => ({ index, relevance_score }));
  answer({ results, usage: { prompt_tokens: 9, total_tokens: 9 } });
  const { json } = await post('/v1/rerank', ask);
  expect(json.results).toEqual([
    { index: 1, relevance_score: 0.9, document: { text: 'yes' } },
    { index: 0, relevance_score: 0.1, document: { text: 'no' } },
  ]);
  expect(receipts.map(({ units }) => units)).toEqual([9n]);
  for (const wrong of [[], [results[0], results[0]], [results[0], { index: 7, relevance_score: 1 }]]) {
    answer({ results: wrong });
    expect(await post('/v1/rerank', ask)).toMatchObject({ status: 502, json: { error: { code: 'backend_error' } } });
  }
});

test('moderations, through the official client', async () => {
  const { openai, receipts } = await open(1);
  answer({
    id: 'modr-1',
    model: 'up',
    results: [{ flagged: true, categories: { violence: true }, category_scores: { violence: 0.97 } }],
  });
  const { results } = await openai.moderations.create({ model: 'm', input: 'hit' });
  expect(results).toMatchObject([{ flagged: true, category_scores: { violence: 0.97 } }]);
  expect(receipts).toHaveLength(1);
});

test('tokens of a text, and the text of tokens', async () => {
  const { post, receipts } = await open(0);
  answer({ count: 2, max_model_len: 4096, tokens: [5, 6] });
  expect((await post('/tokenize', { prompt: 'hello there' })).json).toMatchObject({ count: 2, tokens: [5, 6] });
  answer({ prompt: 'hello there' });
  expect((await post('/detokenize', { tokens: [5, 6] })).json).toMatchObject({ prompt: 'hello there' });
  expect(sent.path).toBe('/detokenize');
  expect(receipts).toHaveLength(2);
  answer({ error: 'no such route' });
  expect((await post('/tokenize', { prompt: 'x' })).status).toBe(502);
});

test('an image is edited: the files and fields of the form arrive', async () => {
  const { openai, receipts } = await open(3);
  answer({ data: [{ b64_json: 'iVBORw==' }] });
  const image = await toFile(Buffer.from('picture'), 'a.png', { type: 'image/png' });
  const edited = await openai.images.edit({
    model: 'm',
    image: [image, image],
    prompt: 'a hat',
    size: '64x64' as never,
  });
  expect(edited.data).toEqual([{ b64_json: 'iVBORw==' }]);
  expect(sent.path).toBe('/v1/images/edits');
  expect(sent.text.match(/name="image\[\]"; filename="a.png"/g)).toHaveLength(2);
  expect(sent.text).toMatch(/name="response_format"\r\n\r\nb64_json/);
  expect(receipts.map(({ units }) => units)).toEqual([4096n]);
});

test('several prompts in one completion, each with its choices; echo and logprobs pass', async () => {
  const { openai, receipts } = await open(0);
  const logprobs = { tokens: ['a'], token_logprobs: [-0.5], top_logprobs: [{ a: -0.5 }], text_offset: [0] };
  const choices = [0, 1, 2, 3].map((index) => ({ index, text: `t${index}`, logprobs, finish_reason: 'stop' }));
  answer({ choices, usage: { prompt_tokens: 4, completion_tokens: 8, total_tokens: 12 } });
  const ask = { model: 'm', prompt: ['one', 'two'], n: 2, echo: true, logprobs: 1, max_tokens: 10 };
  const completed = await openai.completions.create(ask);
  expect(completed.choices.map(({ text }) => text)).toEqual(['t0', 't1', 't2', 't3']);
  expect(completed.choices[0]?.logprobs).toEqual(logprobs);
  expect(JSON.parse(sent.text)).toMatchObject({ prompt: ['one', 'two'], n: 2, echo: true, logprobs: 1 });
  expect(receipts.map(({ units }) => units)).toEqual([12n]);
  answer({ choices: choices.slice(0, 2) });
  await expect(openai.completions.create(ask)).rejects.toMatchObject({ status: 502 });
});

test('a schema and parallel calls reach the engine; cached and hidden tokens are told', async () => {
  const { openai } = await open(0);
  const details = { prompt_tokens_details: { cached_tokens: 3 }, completion_tokens_details: { reasoning_tokens: 2 } };
  const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14, ...details };
  answer({ choices: [{ index: 0, message: { content: '{"a":1}' }, finish_reason: 'stop' }], usage });
  const schema = { name: 'x', schema: { type: 'object' }, strict: true };
  const { usage: told } = await openai.chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'x' }],
    response_format: { type: 'json_schema', json_schema: schema },
    tools: [{ type: 'function', function: { name: 'f' } }],
    parallel_tool_calls: false,
  });
  expect(told).toMatchObject(details);
  expect(JSON.parse(sent.text)).toMatchObject({ response_format: { json_schema: schema }, parallel_tool_calls: false });
});

test('transcriptions as subtitles, with times of words, and a text that looks like JSON', async () => {
  const { openai, receipts } = await open(5);
  const file = () => toFile(silence(16_000), 'a.wav', { type: 'audio/wav' });
  reply = { type: 'text/plain', text: '1\n00:00:00,000 --> 00:00:01,000\nhello\n' };
  for (const response_format of ['srt', 'vtt'] as const)
    expect(await openai.audio.transcriptions.create({ model: 'm', file: await file(), response_format })).toBe(
      reply.text,
    );
  answer({ text: 'hello', duration: 1, words: [{ word: 'hello', start: 0, end: 1 }] });
  const verbose = await openai.audio.transcriptions.create({
    model: 'm',
    file: await file(),
    response_format: 'verbose_json',
    timestamp_granularities: ['word', 'segment'],
  });
  expect(verbose.words).toEqual([{ word: 'hello', start: 0, end: 1 }]);
  expect(sent.text.match(/name="timestamp_granularities\[\]"/g)).toHaveLength(2);
  answer({ text: '{not json' });
  const text = await openai.audio.transcriptions.create({ model: 'm', file: await file(), response_format: 'text' });
  expect(text).toBe('{not json');
  expect(receipts).toHaveLength(4);
});

const part = (type: string, value: unknown) => ({
  model: 'm',
  max_tokens: 5,
  messages: [{ role: 'user', content: [{ type, [type]: value }] }],
});

test.each<[number, string, unknown, string]>([
  [2, 'image_url', { url: 'http://169.254.169.254/latest' }, 'image_url.url'],
  [2, 'image_url', { url: 'https://example.com/a.png' }, 'image_url.url'],
  [2, 'image_url', { url: 'file:///etc/passwd' }, 'image_url.url'],
  [2, 'image_url', { url: 'data:text/html;base64,AAAA' }, 'image_url.url'],
  [2, 'image_url', 'ftp://x/y', 'image_url'],
  [2, 'video_url', { url: 'http://10.0.0.1/v.mp4' }, 'video_url.url'],
  [2, 'audio_url', { url: 'http://localhost/a.wav' }, 'audio_url.url'],
  [2, 'input_audio', { data: 'https://x/a.wav', format: 'wav' }, 'input_audio.data'],
  [2, 'file', { file_id: 'file-1' }, 'file.file_data'],
  [2, 'hologram', {}, 'type'],
  [0, 'image_url', { url: 'data:image/png;base64,AAAA' }, ''],
  [0, 'input_audio', { data: 'AAAA', format: 'wav' }, ''],
])('a part of role %d, %s %j, is refused by name before the engine is asked', async (role, type, value, where) => {
  const { post, receipts } = await open(role);
  sent = { path: '', text: '' };
  const { status, json } = await post('/v1/chat/completions', part(type, value));
  expect([status, (json.error as Json).param]).toEqual([400, `messages.0.content.0${where === '' ? '' : `.${where}`}`]);
  expect([sent.path, receipts.length]).toEqual(['', 0]);
});

test.each([
  ['image_url', { url: 'data:image/png;base64,AAAA' }],
  ['video_url', { url: 'data:video/mp4;base64,AAAA' }],
  ['input_audio', { data: 'AAAA', format: 'wav' }],
  ['file', { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' }],
])('a vision task takes a %s whose data it holds itself', async (type, value) => {
  const { post, receipts } = await open(2);
  answer({ choices: [{ index: 0, message: { content: 'x' }, finish_reason: 'stop' }] });
  expect((await post('/v1/chat/completions', part(type, value))).status).toBe(200);
  expect(receipts).toHaveLength(1);
});
