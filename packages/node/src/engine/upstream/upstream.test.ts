import { afterEach, expect, test } from 'vitest';
import { chatRequest, collect, engineContract, textOf } from '../../testing/engine-contract.ts';
import { startUpstream, type UpstreamBehaviour, type UpstreamServer } from '../../testing/upstream-server.ts';
import type { Engine } from '../types.ts';
import type { UpstreamLimits } from './config.ts';
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
const engineOver = (urls: readonly string[], limits: Partial<UpstreamLimits> = {}, concurrency = 8): Engine => {
  const engine = createUpstreamEngine({
    models: [
      {
        name: 'm',
        upstreamName: 'served-m',
        roles: [0, 1, 3, 4, 5],
        contextLength: 4096,
        tokenizer: 'bytes',
        profile: null,
        targets: urls.map((url) => ({ url, concurrency })),
      },
    ],
    limits: { probeMs: 60_000, ...limits },
  });
  engines.push(engine);
  return engine;
};

engineContract('upstream', 'm', async () => engineOver([(await server()).url]));

test('limits, seed and usage are written into what is sent', async () => {
  const upstream = await server();
  const engine = engineOver([upstream.url]);
  await collect(engine, chatRequest('m', 'x', { seed: 42, stream: true, body: { max_completion_tokens: 900 } }), {
    maxPerChoice: 2,
    cut: null,
  });
  expect(upstream.requests[0]).toMatchObject({
    model: 'served-m',
    seed: 42,
    max_tokens: 2,
    stream_options: { include_usage: true },
  });
  expect(upstream.requests[0]).not.toHaveProperty('max_completion_tokens');
});

test('started anew it has connections and a memory of its servers of its own', async () => {
  const upstream = await server();
  const engine = engineOver([upstream.url]);
  const text = textOf(await collect(engine, chatRequest('m', 'x')));
  upstream.behaviour.status = 500;
  for (let i = 0; i < 3; i++) await expect(collect(engine, chatRequest('m', `${i}`))).rejects.toThrow();
  expect((await engine.health()).healthy).toBe(false);
  upstream.behaviour.status = 200;
  const fresh = (await engine.renew?.()) as Engine;
  await engine.close();
  expect((await fresh.health()).healthy).toBe(true);
  expect(textOf(await collect(fresh, chatRequest('m', 'x')))).toBe(text);
  await fresh.close();
});

test('another server is tried before the first output', async () => {
  const [bad, good] = [await server({ status: 500 }), await server()];
  const engine = engineOver([bad.url, good.url, 'http://127.0.0.1:9']);
  for (let i = 0; i < 4; i++) expect(textOf(await collect(engine, chatRequest('m', 'x')))).toBe('Hello from upstream');
});

test('after the first output a failure is final', async () => {
  const [dying, good] = [await server({ dieAfter: 1, wordMs: 20 }), await server()];
  const engine = engineOver([dying.url, good.url]);
  await expect(collect(engine, chatRequest('m', 'x', { stream: true }))).rejects.toMatchObject({
    code: 'ENGINE_FAILED',
  });
  expect(good.requests).toHaveLength(0);
});

test('no reachable server, busy servers and refused requests are told apart', async () => {
  const down = engineOver(['http://127.0.0.1:9']);
  await expect(collect(down, chatRequest('m', 'x'))).rejects.toMatchObject({ code: 'ENGINE_UNAVAILABLE' });
  const busy = engineOver([(await server({ status: 429 })).url]);
  await expect(collect(busy, chatRequest('m', 'x'))).rejects.toMatchObject({ code: 'ENGINE_OVERLOADED' });
  const refusing = engineOver([(await server({ status: 400 })).url]);
  await expect(collect(refusing, chatRequest('m', 'x'))).rejects.toMatchObject({ code: 'ENGINE_REJECTED' });
});

test('three failures take a server out, one successful probe brings it back', async () => {
  const upstream = await server({ status: 503 });
  const engine = engineOver([upstream.url], { probeMs: 20 });
  for (let i = 0; i < 3; i++) await expect(collect(engine, chatRequest('m', 'x'))).rejects.toThrow();
  expect((await engine.health()).healthy).toBe(false);
  upstream.behaviour.status = 200;
  await expect.poll(async () => (await engine.health()).healthy).toBe(true);
  expect(textOf(await collect(engine, chatRequest('m', 'x')))).toBe('Hello from upstream');
});

test('more work than places waits in turn, and beyond the queue it is refused', async () => {
  const upstream = await server({ wordMs: 20 });
  const engine = engineOver([upstream.url], { queue: 1 }, 1);
  const run = () => collect(engine, chatRequest('m', 'x', { stream: true }));
  const results = await Promise.allSettled([run(), run(), run()]);
  expect(results.map((each) => each.status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(results.find((each) => each.status === 'rejected')).toMatchObject({ reason: { code: 'ENGINE_OVERLOADED' } });
});

test('silence ends a stream, and an abort reaches the server', async () => {
  const upstream = await server({ wordMs: 300 });
  const silent = engineOver([upstream.url], { silenceMs: 30 });
  await expect(collect(silent, chatRequest('m', 'x', { stream: true }))).rejects.toMatchObject({
    code: 'ENGINE_TIMEOUT',
  });
  await expect.poll(() => upstream.aborted()).toBe(1);
});

test('all kinds of answers become events', async () => {
  const engine = engineOver([(await server()).url]);
  const request = (endpoint: Parameters<typeof collect>[1]['endpoint'], body: object) => ({
    ...chatRequest('m', ''),
    endpoint,
    body: { model: 'm', ...body },
  });
  const limit = { maxPerChoice: null, cut: null };
  expect(await collect(engine, request('/v1/embeddings', { input: 'x' }), limit)).toMatchObject([
    { type: 'vector', index: 0, values: [0.1, -0.5] },
    { type: 'usage', prompt: 7n },
  ]);
  const images = { ...request('/v1/images/generations', { prompt: 'x', n: 2 }), n: 2 };
  expect(await collect(engine, images, limit)).toHaveLength(2);
  expect(await collect(engine, request('/v1/audio/speech', { input: 'x' }), limit)).toMatchObject([
    { type: 'media', contentType: 'audio/mpeg' },
  ]);
  const file = { field: 'file', name: 'a.wav', type: 'audio/wav', bytes: Uint8Array.of(1) };
  expect(
    textOf(await collect(engine, { ...request('/v1/audio/transcriptions', {}), file, files: [file] }, limit)),
  ).toBe('Hello from upstream');
});
