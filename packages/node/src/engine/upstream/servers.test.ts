/** What vLLM, SGLang, llama-server, Ollama and TEI send, byte for byte in their own manner. */
import { afterEach, expect, test } from 'vitest';
import { chatRequest, collect, textOf } from '../../testing/engine-contract.ts';
import { startUpstream, type UpstreamBehaviour, type UpstreamServer } from '../../testing/upstream-server.ts';
import type { Engine } from '../types.ts';
import type { UpstreamTarget } from './config.ts';
import { createUpstreamEngine } from './engine.ts';

const servers: UpstreamServer[] = [];
const engines: Engine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
  for (const server of servers.splice(0)) await server.close();
});
const server = async (behaviour: Partial<UpstreamBehaviour> = {}): Promise<UpstreamServer> => {
  const started = await startUpstream(behaviour);
  servers.push(started);
  return started;
};
const engineOver = (targets: readonly UpstreamTarget[], probeMs = 60_000): Engine => {
  const model = { name: 'm', roles: [0, 1], contextLength: 4096, tokenizer: 'bytes', profile: null, targets };
  const engine = createUpstreamEngine({ models: [model], limits: { probeMs } });
  engines.push(engine);
  return engine;
};
/** Patience of a test with the probes of a server, ms. */
const patience = { interval: 20 };
const at = ({ url }: UpstreamServer): UpstreamTarget => ({ url, concurrency: 8 });

const sse = (...data: readonly (object | string)[]): { type: string; body: string } => ({
  type: 'text/event-stream; charset=utf-8',
  body: data.map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}\n\n`).join(''),
});
const chunk = (delta: object, more: object = {}) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
});
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

const streams = {
  'vLLM, usage in a chunk of its own': sse(
    chunk({ role: 'assistant', content: '' }),
    chunk({ content: 'Hi' }, { logprobs: null, stop_reason: null }),
    chunk({ content: ' you' }),
    chunk({ content: '' }, { finish_reason: 'stop', stop_reason: null }),
    { id: 'x', object: 'chat.completion.chunk', choices: [], usage },
    '[DONE]',
  ),
  'SGLang, usage null until the last chunk, reasoning apart': sse(
    { ...chunk({ role: 'assistant', content: null, reasoning_content: null, tool_calls: null }), usage: null },
    { ...chunk({ content: 'Hi you', reasoning_content: null }, { matched_stop: null }), usage: null },
    { ...chunk({ content: null }, { finish_reason: 'stop', matched_stop: 2 }), usage: null },
    { id: 'x', choices: [], usage: { ...usage, prompt_tokens_details: null } },
    '[DONE]',
  ),
  'llama-server, timings and usage with the last choice': sse(
    chunk({ role: 'assistant', content: null }),
    chunk({ content: 'Hi' }),
    chunk({ content: ' you' }),
    { ...chunk({}, { finish_reason: 'stop' }), usage, timings: { prompt_n: 9, predicted_ms: 1.5 } },
    '[DONE]',
  ),
  'Ollama, role in every chunk': sse(
    { ...chunk({ role: 'assistant', content: 'Hi' }), system_fingerprint: 'fp_ollama' },
    { ...chunk({ role: 'assistant', content: ' you' }), system_fingerprint: 'fp_ollama' },
    { ...chunk({ role: 'assistant', content: '' }, { finish_reason: 'stop' }), system_fingerprint: 'fp_ollama' },
    { id: 'x', choices: [], system_fingerprint: 'fp_ollama', usage },
    '[DONE]',
  ),
};

test.each(Object.entries(streams))('stream of %s', async (_, stream) => {
  const upstream = await server({ raw: (path) => (path === '/v1/chat/completions' ? stream : undefined) });
  const events = await collect(engineOver([at(upstream)]), chatRequest('m', 'x', { stream: true }));
  expect(textOf(events)).toBe('Hi you');
  expect(events.filter(({ type }) => type === 'finish')).toEqual([{ type: 'finish', choice: 0, reason: 'stop' }]);
  expect(events.filter(({ type }) => type === 'usage')).toEqual([{ type: 'usage', prompt: 9n, completion: 2n }]);
});

test.each([
  ['vLLM', { stop_reason: 'END' }, 'END'],
  ['SGLang', { matched_stop: 'END' }, 'END'],
  ['a server that tells a token', { stop_reason: 2, matched_stop: 2 }, undefined],
  ['a server that tells what was not asked for', { stop_reason: 'else' }, undefined],
])('the stop text that ended an answer of %s is told, whole and streamed', async (_, more, matched) => {
  const end = { finish_reason: 'stop', ...more };
  const whole = { choices: [{ index: 0, message: { content: 'Hi' }, ...end }], usage };
  const upstream = await server({
    raw: () => ({ type: 'application/json', body: JSON.stringify(whole) }),
  });
  const streaming = await server({ raw: () => sse(chunk({ content: 'Hi' }), chunk({}, end), '[DONE]') });
  for (const [from, stream] of [
    [upstream, false],
    [streaming, true],
  ] as const) {
    const asked = chatRequest('m', 'x', { stream });
    const events = await collect(engineOver([at(from)]), { ...asked, body: { ...asked.body, stop: ['END', 'x'] } });
    const finish = { type: 'finish', choice: 0, reason: 'stop', ...(matched === undefined ? {} : { matched }) };
    expect(events.filter(({ type }) => type === 'finish')).toEqual([finish]);
  }
});

test('Ollama: thoughts, whole tool calls without an index; fewer choices than were asked for are no answer', async () => {
  const call = { id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"a":1}' } };
  const message = { role: 'assistant', content: '', reasoning: 'hm', tool_calls: [call] };
  const body = JSON.stringify({ id: 'x', choices: [{ index: 0, message, finish_reason: 'tool_calls' }], usage });
  const upstream = await server({ raw: () => ({ type: 'application/json', body }) });
  const two = collect(engineOver([at(upstream)]), chatRequest('m', 'x', { n: 2 }));
  await expect(two).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  const events = await collect(engineOver([at(upstream)]), chatRequest('m', 'x'));
  expect(events).toEqual([
    { type: 'delta', choice: 0, reasoning: 'hm' },
    { type: 'delta', choice: 0, tool: { index: 0, id: 'call_1', name: 'f', arguments: '{"a":1}' } },
    { type: 'usage', prompt: 9n, completion: 2n },
    { type: 'finish', choice: 0, reason: 'tool_calls' },
  ]);
});

test('an error inside a stream, as vLLM and llama-server send it, ends it', async () => {
  for (const stream of [
    sse(chunk({ content: 'Hi' }), { error: { message: 'out of memory', code: 500 } }, '[DONE]'),
    { type: 'text/event-stream', body: `data: ${JSON.stringify(chunk({ content: 'Hi' }))}\n\nerror: {"code":500}\n\n` },
  ]) {
    const upstream = await server({ raw: (path) => (path === '/v1/chat/completions' ? stream : undefined) });
    await expect(collect(engineOver([at(upstream)]), chatRequest('m', 'x', { stream: true }))).rejects.toMatchObject({
      code: 'ENGINE_FAILED',
    });
  }
});

test('TEI: embeddings with usage; a server without /v1/models is healthy', async () => {
  let probes = 0;
  const upstream = await server({
    raw: (path) => {
      if (path === '/v1/models') probes++;
      return path === '/v1/embeddings'
        ? {
            type: 'application/json',
            body: JSON.stringify({
              object: 'list',
              model: 'm',
              data: [{ object: 'embedding', embedding: [0.5, -1], index: 0 }],
              usage: { prompt_tokens: 3, total_tokens: 3 },
            }),
          }
        : { status: 404, type: 'text/plain', body: 'Not Found' };
    },
  });
  const engine = engineOver([at(upstream)], 20);
  await expect.poll(() => probes, patience).toBeGreaterThan(3);
  expect((await engine.health()).healthy).toBe(true);
  const request = { ...chatRequest('m', ''), endpoint: '/v1/embeddings' as const, body: { model: 'm', input: 'x' } };
  expect(await collect(engine, request, { maxPerChoice: null, cut: null })).toEqual([
    { type: 'vector', index: 0, values: [0.5, -1] },
    { type: 'usage', prompt: 3n, completion: null },
  ]);
});

test.each([
  [401, 'ENGINE_FAILED'],
  [404, 'ENGINE_FAILED'],
  [424, 'ENGINE_FAILED'],
  [429, 'ENGINE_OVERLOADED'],
  [400, 'ENGINE_REJECTED'],
  [422, 'ENGINE_REJECTED'],
])('status %d is the server’s fault or the request’s: %s', async (status, code) => {
  const [bad, good] = [await server({ status }), await server()];
  await expect(collect(engineOver([at(bad)]), chatRequest('m', 'x'))).rejects.toMatchObject({ code });
  const both = collect(engineOver([at(bad), at(good)]), chatRequest('m', 'x'));
  if (code === 'ENGINE_REJECTED') await expect(both).rejects.toMatchObject({ code });
  else expect(textOf(await both)).toBe('Hello from upstream');
});

test('a server above its own threshold gets no work until it is below the lower one', async () => {
  let [waiting, reads] = [30, 0];
  const metrics = () => ({
    read: reads++,
    type: 'text/plain',
    body: `# HELP vllm:num_requests_waiting queue\nvllm:num_requests_waiting{model_name="m"} ${waiting}.0\n`,
  });
  const busy = await server({ raw: (path) => (path === '/metrics' ? metrics() : undefined) });
  const load = { path: '/metrics', gauge: 'vllm:num_requests_waiting', pause: 20, resume: 5 };
  const engine = engineOver([{ ...at(busy), load }], 20);
  const ask = () => collect(engine, chatRequest('m', 'x')).then(textOf, (error: { code: string }) => error.code);
  await expect.poll(ask, patience).toBe('ENGINE_OVERLOADED');
  expect((await engine.health()).healthy).toBe(true);
  waiting = 10;
  reads = 0;
  await expect.poll(() => reads, patience).toBeGreaterThan(3);
  expect(await ask()).toBe('ENGINE_OVERLOADED');
  waiting = 4;
  await expect.poll(ask, patience).toBe('Hello from upstream');
});

test('the second opinion of a model with several servers comes from another server', async () => {
  const [first, second] = [await server({ words: ['first'] }), await server({ words: ['second'] })];
  const engine = engineOver([at(first), at(second)]);
  expect(textOf(await collect(engine, chatRequest('m', 'x')))).toBe('first');
  const fresh = (await engine.renew?.()) as Engine;
  engines.push(fresh);
  expect(textOf(await collect(fresh, chatRequest('m', 'x')))).toBe('second');
});
