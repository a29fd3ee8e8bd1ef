/** Responses and Messages through their unmodified clients: text, streams, tools, thoughts, conversations, counts; metered like chat. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAI } from '@ai-sdk/openai';
import Anthropic from '@anthropic-ai/sdk';
import { createUpstreamEngine } from '@atoma/node';
import { generateText, jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal } from './testing/rehearsal.ts';

type Json = Record<string, unknown>;
let market: Rehearsal;
let desk: Desk;
let engine: Server;
/** Bodies the engine was sent. */
const asked: Json[] = [];

const usage = {
  prompt_tokens: 30,
  completion_tokens: 6,
  total_tokens: 36,
  prompt_tokens_details: { cached_tokens: 8 },
};
const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{ "city": "Bern" }' } };

/** A scripted model: thinks, calls the tool it was given, and tells the result it is handed. */
const script = (body: Json): Json => {
  const messages = body.messages as Json[];
  const last = messages.at(-1) as Json;
  if (last.role === 'tool') return { content: `It is ${String(last.content)}.` };
  if (body.tools) return { reasoning_content: 'I need the weather.', content: null, tool_calls: [call] };
  return { content: `You said: ${String(last.content)} (${messages.length} messages)` };
};

const answer = (body: Json): { readonly type: string; readonly text: string } => {
  const message = script(body);
  const finish_reason = message.tool_calls ? 'tool_calls' : 'stop';
  if (body.stream !== true) {
    const choices = [{ index: 0, message: { role: 'assistant', ...message }, finish_reason }];
    return { type: 'application/json', text: JSON.stringify({ choices, usage }) };
  }
  const { tool_calls, ...rest } = message;
  const halves = tool_calls
    ? [
        { tool_calls: [{ index: 0, ...call, function: { name: 'weather', arguments: '{ "city"' } }] },
        { tool_calls: [{ index: 0, function: { arguments: ': "Bern" }' } }] },
      ]
    : [];
  const chunks = [
    ...[rest, ...halves].map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
    { choices: [{ index: 0, delta: {}, finish_reason }] },
    { choices: [], usage },
  ];
  const events = [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((data) => `data: ${data}\n\n`);
  return { type: 'text/event-stream', text: events.join('') };
};

beforeAll(async () => {
  engine = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    if (request.method === 'GET') return void response.end('{"data":[]}');
    const body = JSON.parse(Buffer.concat(parts).toString()) as Json;
    asked.push(body);
    const { type, text } = answer(body);
    response.writeHead(200, { 'content-type': type }).end(text);
  });
  await new Promise<void>((resolve) => engine.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`;
  const model = { name: 'm', roles: [0, 2], contextLength: 131_072, tokenizer: 'o200k_base', profile: null };
  const models = [{ ...model, targets: [{ url, concurrency: 8 }] }];
  market = await openRehearsal('faces');
  const node = await market.addNode({ engines: [createUpstreamEngine({ models })] });
  await market.subscribe(node, await market.task({ role: 0, model: 'm' }), 100n);
  desk = await openDesk(market);
});
afterAll(async () => {
  await desk.close();
  await market.close();
  engine.closeAllConnections();
  engine.close();
});

const openai = async (tenant: string) =>
  new OpenAI({ baseURL: `${desk.url}/v1`, apiKey: await desk.key({ tenant }), maxRetries: 0 });
const anthropic = async (tenant: string) =>
  new Anthropic({ baseURL: desk.url, apiKey: await desk.key({ tenant }), maxRetries: 0 });
const booked = async (tenant: string) =>
  (await desk.store.listRows({ tenant, limit: 10 })).map(({ units }) => Number(units));
const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};
const responseTool = { type: 'function' as const, name: 'weather', parameters: schema, strict: false };
const messageTool = {
  name: 'weather',
  input_schema: { type: 'object' as const, properties: { city: { type: 'string' } } },
};

test('responses: a text, and the conversation goes on by the id of the last one', async () => {
  const client = await openai('responses');
  const first = await client.responses.create({ model: 'm', instructions: 'Be brief.', input: 'hello' });
  expect(first).toMatchObject({
    object: 'response',
    status: 'completed',
    output_text: 'You said: hello (2 messages)',
    usage: { input_tokens: 30, input_tokens_details: { cached_tokens: 8 }, output_tokens: 6, total_tokens: 36 },
  });
  const second = await client.responses.create({ model: 'm', input: 'more', previous_response_id: first.id });
  expect(second.output_text).toBe('You said: more (3 messages)');
  expect(asked.at(-1)?.messages).toMatchObject([
    { role: 'user', content: 'hello' },
    { role: 'assistant', content: first.output_text },
    { role: 'user', content: 'more' },
  ]);
  expect(await client.responses.retrieve(second.id)).toMatchObject({ id: second.id, status: 'completed' });
  await client.responses.delete(second.id);
  await expect(client.responses.retrieve(second.id)).rejects.toMatchObject({ status: 404 });
  const other = (await openai('stranger')).responses.create({
    model: 'm',
    input: 'more',
    previous_response_id: first.id,
  });
  await expect(other).rejects.toMatchObject({ status: 404, code: 'response_unknown' });
  const unkept = await client.responses.create({ model: 'm', input: 'x', store: false });
  await expect(client.responses.retrieve(unkept.id)).rejects.toMatchObject({ status: 404 });
  await expect.poll(async () => await booked('responses')).toEqual([36, 36, 36]);
});

test('responses: a custom tool is offered as a function of one text, and its call is free text', async () => {
  const client = await openai('custom');
  const tools = [{ type: 'custom' as const, name: 'weather', description: 'Says where.' }];
  const answered = await client.responses.create({ model: 'm', input: 'the weather?', tools });
  expect(asked.at(-1)?.tools).toMatchObject([{ type: 'function', function: { name: 'weather' } }]);
  expect(answered.output.at(-1)).toMatchObject({
    type: 'custom_tool_call',
    name: 'weather',
    input: '{ "city": "Bern" }',
  });
});

test('responses: thoughts and a call of a tool as typed events, and the result is answered', async () => {
  const client = await openai('tools');
  const tools = [responseTool, { type: 'web_search' as const }];
  const stream = client.responses.stream({ model: 'm', input: 'the weather?', tools, reasoning: { effort: 'low' } });
  const types: string[] = [];
  stream.on('event', ({ type }) => types.push(type));
  const answered = await stream.finalResponse();
  expect(types.filter((type, at) => type !== types[at - 1])).toEqual([
    'response.created',
    'response.in_progress',
    'response.output_item.added',
    'response.content_part.added',
    'response.reasoning_text.delta',
    'response.reasoning_text.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.output_item.added',
    'response.function_call_arguments.delta',
    'response.function_call_arguments.done',
    'response.output_item.done',
    'response.completed',
  ]);
  expect(asked.at(-1)).toMatchObject({
    tools: [{ type: 'function', function: { name: 'weather' } }],
    reasoning_effort: 'low',
  });
  expect(answered.output).toMatchObject([
    { type: 'reasoning', content: [{ type: 'reasoning_text', text: 'I need the weather.' }] },
    { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{ "city": "Bern" }' },
  ]);
  const told = await client.responses.create({
    model: 'm',
    tools,
    input: [
      { role: 'user', content: 'the weather?' },
      ...(answered.output as OpenAI.Responses.ResponseInputItem[]),
      { type: 'function_call_output', call_id: 'call_1', output: 'sunny' },
    ],
  });
  expect(told.output_text).toBe('It is sunny.');
  expect(asked.at(-1)?.messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant', reasoning_content: 'I need the weather.', tool_calls: [{ id: 'call_1' }] },
    { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
  ]);
});

test('one system message in front, as templates want it; what a service of its own would do is left out', async () => {
  await (await openai('codex')).responses.create({
    model: 'm',
    instructions: 'Be brief.',
    input: [
      { role: 'developer', content: [{ type: 'input_text', text: 'Use tabs.' }] },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'a' },
          { type: 'input_text', text: 'b' },
        ],
      },
      { role: 'developer', content: 'Now use spaces.' },
      { type: 'web_search_call', id: 'ws_1', status: 'completed' } as never,
    ],
    tools: [{ type: 'web_search' }, { type: 'namespace', name: 'n', tools: [] } as never],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    include: ['reasoning.encrypted_content'],
    prompt_cache_key: 'x',
  });
  expect(asked.at(-1)).not.toHaveProperty('tools');
  expect(asked.at(-1)).not.toHaveProperty('tool_choice');
  expect(asked.at(-1)?.messages).toEqual([
    { role: 'system', content: 'Be brief.\n\nUse tabs.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
    },
    { role: 'user', content: 'Now use spaces.' },
  ]);
});

test('responses: what cannot be asked of a model is refused by name', async () => {
  const client = await openai('refused');
  for (const more of [
    { background: true },
    { conversation: 'conv_1' },
    { input: [{ type: 'item_reference', id: 'x' }] },
    { input: [{ type: 'item_reference', id: { toString: 1, valueOf: 1 } }] },
    { input: [{ role: 'user', content: [{ type: { toString: 1, valueOf: 1 } }] }] },
  ])
    await expect(client.responses.create({ model: 'm', input: 'x', ...more } as never)).rejects.toMatchObject({
      status: 400,
    });
  expect(await booked('refused')).toEqual([]);
});

test('messages: a text with its system prompt, thoughts, a tool and its result, whole', async () => {
  const client = await anthropic('messages');
  const first = await client.messages.create({
    model: 'm',
    max_tokens: 100,
    system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
    messages: [{ role: 'user', content: 'hello' }],
  });
  expect(first).toMatchObject({
    type: 'message',
    role: 'assistant',
    content: [{ type: 'text', text: 'You said: hello (2 messages)' }],
    stop_reason: 'end_turn',
    usage: { input_tokens: 22, cache_read_input_tokens: 8, output_tokens: 6 },
  });
  const called = await client.messages.create({
    model: 'm',
    max_tokens: 100,
    tools: [messageTool, { type: 'web_search_20250305', name: 'web_search' }],
    messages: [{ role: 'user', content: 'the weather?' }],
  });
  expect(called.stop_reason).toBe('tool_use');
  expect(called.content).toMatchObject([
    { type: 'thinking', thinking: 'I need the weather.' },
    { type: 'tool_use', id: 'call_1', name: 'weather', input: { city: 'Bern' } },
  ]);
  expect(asked.at(-1)?.tools).toHaveLength(1);
  const told = await client.messages.create({
    model: 'm',
    max_tokens: 100,
    tools: [messageTool],
    messages: [
      { role: 'user', content: 'the weather?' },
      { role: 'assistant', content: called.content as Anthropic.ContentBlockParam[] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_1', content: 'sunny' }] },
    ],
  });
  expect(told.content).toMatchObject([{ type: 'text', text: 'It is sunny.' }]);
  await expect.poll(async () => await booked('messages')).toEqual([36, 36, 36]);
});

test('messages: what coding agents add to address, headers and prompt is served: beta flags of tomorrow, 76 kB, 32,000 tokens', async () => {
  const client = await anthropic('agent');
  const line = 'Tools are offered with a name, a description and a schema each.\n';
  const system = line.repeat(Math.ceil(76_000 / line.length));
  const long = await client.beta.messages
    .stream({
      model: 'm',
      max_tokens: 32_000,
      betas: ['a-flag-2099-01-01'],
      system: [{ type: 'text', text: system, cache_control: { type: 'ephemeral' } }],
      messages: [{ role: 'user', content: 'hello' }],
    })
    .finalMessage();
  expect(long.content).toMatchObject([{ type: 'text', text: 'You said: hello (2 messages)' }]);
  expect(asked.at(-1)).toMatchObject({ messages: [{ role: 'system', content: system }, { content: 'hello' }] });
  expect(await booked('agent')).toEqual([36]);
});

test('messages: streams are put together by the official client', async () => {
  const client = await anthropic('streams');
  const ask = { model: 'm', max_tokens: 100, messages: [{ role: 'user' as const, content: 'the weather?' }] };
  const called = await client.messages.stream({ ...ask, tools: [messageTool] }).finalMessage();
  expect(called.content).toMatchObject([
    { type: 'thinking', thinking: 'I need the weather.' },
    { type: 'tool_use', id: 'call_1', input: { city: 'Bern' } },
  ]);
  expect(called.usage).toMatchObject({ output_tokens: 6 });
  const plain = await client.beta.messages
    .stream({ ...ask, betas: ['fine-grained-tool-streaming-2025-05-14'] })
    .finalText();
  expect(plain).toBe('You said: the weather? (1 messages)');
});

test('prompts are counted before anything is bought', async () => {
  const { input_tokens } = await (await anthropic('count')).messages.countTokens({
    model: 'm',
    messages: [{ role: 'user', content: 'hello there' }],
  });
  expect(input_tokens).toBeGreaterThan(2);
  const counted = await (await openai('count')).responses.inputTokens.count({ model: 'm', input: 'hello there' });
  expect(counted.input_tokens).toBe(input_tokens);
  expect(await booked('count')).toEqual([]);
});

test('a buyer without a gateway speaks them too, but keeps no conversations', async () => {
  const client = new OpenAI(desk.gateway.buyer.openai());
  const ask = { model: 'm', input: 'hello' };
  expect((await client.responses.create(ask)).output_text).toBe('You said: hello (1 messages)');
  expect((await client.responses.stream(ask).finalResponse()).output_text).toBe('You said: hello (1 messages)');
  const { baseURL, fetch } = desk.gateway.buyer.openai();
  const other = new Anthropic({ baseURL: baseURL.replace(/\/v1$/, ''), fetch, apiKey: 'unused', maxRetries: 0 });
  const messages = [{ role: 'user' as const, content: 'hello' }];
  const told = await other.messages.stream({ model: 'm', max_tokens: 50, messages }).finalText();
  expect(told).toBe('You said: hello (1 messages)');
  const later = client.responses.create({ ...ask, previous_response_id: 'resp_1' });
  await expect(later).rejects.toMatchObject({ status: 400, code: 'unsupported_parameter' });
});

test('errors come in the form of the client’s own API', async () => {
  const wrong = new Anthropic({ baseURL: desk.url, apiKey: 'atk_wrong', maxRetries: 0 });
  const ask = { model: 'm', max_tokens: 10, messages: [{ role: 'user' as const, content: 'x' }] };
  await expect(wrong.messages.create(ask)).rejects.toMatchObject({
    status: 401,
    error: { type: 'error', error: { type: 'authentication_error' } },
  });
  await expect((await anthropic('e')).messages.create({ ...ask, model: 'none' })).rejects.toMatchObject({
    status: 404,
  });
  expect((await fetch(desk.url, { method: 'HEAD' })).status).toBe(200);
});

test('Vercel’s AI SDK by its default, which is responses: text, a stream, a tool that is run', async () => {
  const provider = createOpenAI({ baseURL: `${desk.url}/v1`, apiKey: await desk.key({ tenant: 'vercel' }) });
  const { text } = await generateText({ model: provider('m'), prompt: 'hello' });
  expect(text).toBe('You said: hello (1 messages)');
  let streamed = '';
  for await (const piece of streamText({ model: provider('m'), prompt: 'hello' }).textStream) streamed += piece;
  expect(streamed).toBe(text);
  const weather = tool({
    inputSchema: jsonSchema<{ city: string }>(schema as never),
    execute: async ({ city }) => `sunny in ${city}`,
  });
  const { stepCountIs } = await import('ai');
  const ran = await generateText({
    model: provider('m'),
    prompt: 'the weather?',
    tools: { weather },
    stopWhen: stepCountIs(3),
  });
  expect(ran.text).toContain('sunny in Bern');
});
