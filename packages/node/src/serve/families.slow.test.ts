/** Every family of endpoints through the official client, with a receipt whose content hash the client's fetch has recomputed. */

import Anthropic from '@anthropic-ai/sdk';
import { countPieces, type Receipt } from '@atoma/sdk';
import OpenAI, { APIError } from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { createUpstreamEngine } from '../engine/upstream/engine.ts';
import { openServing, type ServingFixture } from '../testing/serving-fixture.ts';
import { silence } from '../testing/sound.ts';
import { startUpstream, type UpstreamServer } from '../testing/upstream-server.ts';

const chatModel = 'atoma/demo-chat';
let node: ServingFixture;
let upstream: UpstreamServer;
const tasks = new Map<string, bigint>();

beforeAll(async () => {
  upstream = await startUpstream();
  const target = { url: upstream.url, concurrency: 8 };
  const up = { name: 'up', contextLength: 100_000, tokenizer: 'bytes', profile: null, targets: [target] };
  node = await openServing({
    engines: [
      createBuiltinEngine(),
      createUpstreamEngine({ models: [{ ...up, roles: [0, 1, 2, 3, 4, 5], imagePartUnits: 500n }] }),
    ],
  });
  tasks.set('demo', await node.task({ role: 0, model: chatModel }));
  for (const role of [0, 1, 2, 3, 4, 5]) tasks.set(`up ${role}`, await node.task({ role, model: 'up' }));
}, 60_000);
afterAll(async () => {
  await node.close();
  await upstream.close();
});

const open = async (task: string, units = 10_000n, maxUnits = 8_000n) => {
  const stack = await node.stack(tasks.get(task) as bigint, units);
  const receipts: Receipt[] = [];
  const openai = new OpenAI({
    baseURL: `${node.url}/v1`,
    apiKey: 'unused',
    maxRetries: 0,
    fetch: node.fetchFor(stack, { maxUnits, onReceipt: (receipt) => receipts.push(receipt) }),
  });
  return { stack, openai, receipts };
};
const codeOf = async (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'served',
    (error: unknown) => (error instanceof APIError ? error.code : error),
  );
const question = [{ role: 'user' as const, content: 'what is a receipt?' }];

const wav = (samples: number): File => new File([silence(samples)], 'a.wav', { type: 'audio/wav' });

test('completions: whole and streamed give the same content', async () => {
  const { openai, receipts } = await open('demo');
  const whole = await openai.completions.create({ model: chatModel, prompt: 'a receipt', seed: 3, max_tokens: 40 });
  let text = '';
  for await (const chunk of await openai.completions.create({
    model: chatModel,
    prompt: 'a receipt',
    seed: 3,
    max_tokens: 40,
    stream: true,
  }))
    text += chunk.choices[0]?.text ?? '';
  expect(text).toBe(whole.choices[0]?.text);
  expect(receipts.map(({ units }) => units)).toEqual([receipts[0]?.units, receipts[0]?.units]);
  expect(Buffer.from(receipts[1]?.contentHash ?? []).equals(receipts[0]?.contentHash as Uint8Array)).toBe(true);
});

test('chat: several choices, a forced tool, an end at a word, and the engine’s own honesty', async () => {
  const { openai, receipts } = await open('demo');
  const several = await openai.chat.completions.create({ model: chatModel, messages: question, n: 3, max_tokens: 30 });
  expect(several.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
  expect(several.usage?.completion_tokens).toBe(Number(receipts[0]?.completionUnits));
  const tool = await openai.chat.completions.create({
    model: chatModel,
    messages: question,
    tools: [{ type: 'function', function: { name: 'look_up', parameters: {} } }],
    tool_choice: 'required',
  });
  expect(tool.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [{ type: 'function', function: { name: 'look_up', arguments: '{}' } }] },
  });
  const cut = await openai.chat.completions.create({ model: chatModel, messages: question, stop: ' ' });
  expect(cut.choices[0]?.message.content).not.toContain(' ');
  const models = (await (await fetch(`${node.url}/v1/models`)).json()) as { data: { id: string; demo?: boolean }[] };
  expect(JSON.stringify(models.data.find(({ id }) => id === chatModel))).toMatch(/demo/i);
});

test('an answer without usage is counted by the tokenizer, and says so', async () => {
  const { openai, receipts } = await open('up 0');
  upstream.behaviour.usage = false;
  await openai.chat.completions.create({ model: 'up', messages: question }).finally(() => {
    upstream.behaviour.usage = true;
  });
  expect(receipts[0]?.completionUnits).toBe(BigInt('Hello from upstream'.length));
  expect(await (await fetch(`${node.url}/metrics`)).text()).toContain('units_total{role="0",source="tokenizer"}');
});

test('vision: an image in a prompt counts as the model says, and needs a vision task', async () => {
  const image = { type: 'image_url' as const, image_url: { url: 'data:image/png;base64,iVBORw==' } };
  const messages = [
    { role: 'user' as const, content: [{ type: 'text' as const, text: 'what is this?' }, image, image] },
  ];
  const { openai } = await open('up 2', 10_000n, 1_000n);
  expect(await codeOf(openai.chat.completions.create({ model: 'up', messages, max_tokens: 9 }))).toBe(
    'max_units_too_small',
  );
  const roomy = await open('up 2', 10_000n, 2_000n);
  await roomy.openai.chat.completions.create({ model: 'up', messages, max_tokens: 9 });
  expect(roomy.receipts[0]?.units).toBe(10n); // what the engine counted; the images are in the bound
  const { openai: plain } = await open('up 0');
  expect(await codeOf(plain.chat.completions.create({ model: 'up', messages }))).toBe('invalid_request');
});

test('embeddings of a server, as numbers and as base64', async () => {
  const { openai, receipts } = await open('up 1');
  const plain = await openai.embeddings.create({ model: 'up', input: 'x', encoding_format: 'float' });
  expect(plain.data[0]?.embedding).toEqual([0.1, -0.5]);
  const coded = await openai.embeddings.create({ model: 'up', input: 'x', encoding_format: 'base64' });
  expect(coded.data[0]?.embedding as unknown).toBe(Buffer.from(Float32Array.of(0.1, -0.5).buffer).toString('base64'));
  expect(receipts.map(({ units, completionUnits }) => [units, completionUnits])).toEqual([
    [7n, 0n],
    [7n, 0n],
  ]);
});

test('images: addresses instead of bytes are refused, revised prompts removed', async () => {
  const { openai, receipts } = await open('up 3');
  const request = { model: 'up', prompt: 'x', size: '32x32' as '256x256' };
  expect(await codeOf(openai.images.generate({ ...request, response_format: 'url' }))).toBe('invalid_request');
  expect(await codeOf(openai.images.generate({ ...request, size: 'huge' as '256x256' }))).toBe('invalid_request');
  expect((await openai.images.generate(request)).data).toEqual([{ b64_json: 'iVBORw==' }]);
  expect(receipts[0]?.units).toBe(1_024n);
});

test('sound: translations, plain text, verbose members, begun hundredths, and formats that are refused', async () => {
  const { openai, receipts } = await open('up 5');
  expect((await openai.audio.translations.create({ model: 'up', file: wav(801) })).text).toBe('Hello from upstream');
  expect(receipts[0]?.units).toBe(11n);
  const text = await openai.audio.transcriptions.create({ model: 'up', file: wav(800), response_format: 'text' });
  expect(text as unknown).toBe('Hello from upstream');
  upstream.behaviour.raw = (path) =>
    path.startsWith('/v1/audio/')
      ? {
          type: 'application/json',
          body: JSON.stringify({ text: 'heard', language: 'en', segments: [{ id: 0, text: 'heard' }] }),
        }
      : undefined;
  const verbose = await openai.audio.transcriptions.create({
    model: 'up',
    file: wav(800),
    response_format: 'verbose_json',
  });
  upstream.behaviour.raw = () => undefined;
  expect(verbose).toMatchObject({ text: 'heard', language: 'en', segments: [{ text: 'heard' }] });
  const refused = { model: 'up', file: wav(800), response_format: 'lrc' as never };
  expect(await codeOf(openai.audio.transcriptions.create(refused))).toBe('invalid_request');
  const noSound = new File([new Uint8Array(100)], 'a.mp3', { type: 'audio/mpeg' });
  expect(await codeOf(openai.audio.transcriptions.create({ model: 'up', file: noSound }))).toBe('unsupported_media');
});

test('speech costs code points; roles without an engine say so', async () => {
  const { openai, receipts } = await open('up 4');
  const sound = await openai.audio.speech.create({ model: 'up', voice: 'alloy', input: 'aé😀' });
  expect(Buffer.from(await sound.arrayBuffer()).toString()).toBe('sound');
  expect(receipts[0]?.units).toBe(3n);
  for (const path of ['fine_tuning/jobs', 'training/jobs', 'files', 'fine_tuning/jobs/x/events'])
    expect((await fetch(`${node.url}/v1/${path}`)).status).toBe(501);
});

test('responses and messages, signed as they are: whole and streamed answers carry receipts of one content', async () => {
  const { openai, receipts } = await open('demo');
  const ask = { model: chatModel, input: 'what is a receipt?', max_output_tokens: 8 };
  const whole = await openai.responses.create(ask);
  const streamed = await openai.responses.stream(ask).finalResponse();
  expect([whole.status, countPieces(whole.output_text)]).toEqual(['incomplete', 8]);
  expect(streamed.output_text).toBe(whole.output_text);
  expect(receipts.map(({ completionUnits }) => completionUnits)).toEqual([8n, 8n]);
  await expect(openai.responses.create({ ...ask, previous_response_id: 'resp_1' })).rejects.toMatchObject({
    code: 'unsupported_parameter',
  });
  const stack = await node.stack(tasks.get('demo') as bigint, 10_000n);
  const anthropic = new Anthropic({
    baseURL: node.url,
    apiKey: 'unused',
    maxRetries: 0,
    fetch: node.fetchFor(stack, { maxUnits: 8_000n, onReceipt: (receipt) => receipts.push(receipt) }),
  });
  const told = { model: chatModel, max_tokens: 8, messages: question };
  const tools = [{ name: 'look', input_schema: { type: 'object' as const } }];
  const message = await anthropic.messages.create({ ...told, tools, tool_choice: { type: 'tool', name: 'look' } });
  expect(message).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'look', input: {} }] });
  const final = await anthropic.messages.stream(told).finalMessage();
  expect(final).toMatchObject({ stop_reason: 'max_tokens', usage: { output_tokens: 8 } });
  expect(receipts).toHaveLength(4);
});
