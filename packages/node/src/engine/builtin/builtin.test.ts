import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chatRequest, collect, engineContract, textOf } from '../../testing/engine-contract.ts';
import type { EngineRequest } from '../types.ts';
import { embedText } from './embedding.ts';
import { createBuiltinEngine } from './engine.ts';
import { startEngineProcess } from './fresh.ts';
import { integerRoot } from './integers.ts';
import { generateText } from './text-model.ts';

const engine = createBuiltinEngine();
const chat = 'atoma/demo-chat';

engineContract('builtin in a process of its own', chat, startEngineProcess);
engineContract('builtin', chat, async () => createBuiltinEngine({ lettersPerSecond: 100_000 }));

test('an engine in a process of its own gives the same, and says so when its process has ended', async () => {
  const own = await startEngineProcess();
  const request = chatRequest(chat, 'what is a receipt?', { n: 2 });
  expect(await collect(own, request)).toEqual(await collect(engine, request));
  const embed = chatRequest('atoma/demo-embed', '', { body: { input: ['a', 'b'] }, endpoint: '/v1/embeddings' });
  expect(await collect(own, embed)).toEqual(await collect(engine, embed));
  await expect(own.measure(chatRequest(chat, 'x', { body: { logprobs: true } }))).rejects.toMatchObject({
    code: 'ENGINE_UNSUPPORTED',
  });
  await own.close();
  await expect(own.measure(request)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  await expect(collect(own, request)).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
});

test('golden outputs: the profile has not changed', () => {
  const texts = Array.from({ length: 50 }, (_, seed) =>
    generateText({
      prompt: seed % 2 === 0 ? 'ping' : 'xyz',
      seed,
      choice: seed % 3,
      max: 300,
      greedy: false,
      stop: [],
    }),
  );
  const digest = createHash('sha256')
    .update(JSON.stringify(texts))
    .update(JSON.stringify(embedText('golden output')));
  expect(digest.digest('hex')).toBe('15662ad2a73c706d65d5dfb9a4e0ebe91f960ec1d1c07dce4da43441b07bc985');
});

test('the profile uses whole numbers only', () => {
  const banned = /Math\.(random|sqrt|pow|exp|log|sin|cos|fround)|\bDate\b|toLocale|localeCompare|\bIntl\b|\d\.\d/;
  const files = readdirSync(import.meta.dirname).filter((file) => !file.includes('.test.') && file !== 'corpus.ts');
  for (const file of files.filter((each) => each !== 'engine.ts')) {
    const code = readFileSync(`${import.meta.dirname}/${file}`, 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '');
    expect([file, banned.exec(code)?.[0]]).toEqual([file, undefined]);
  }
});

test('prompts and answers cost their bytes', async () => {
  expect(await engine.measure(chatRequest(chat, 'ping'))).toEqual({ prompt: 9n, exact: true });
  expect(await engine.measure(chatRequest(chat, 't'))).toEqual({ prompt: 6n, exact: true });
  const events = await collect(engine, chatRequest(chat, 'ping'));
  expect(events.at(-1)).toEqual({ type: 'usage', prompt: 9n, completion: BigInt(textOf(events).length) });
});

test('a cut row is reproduced exactly from its units per choice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.array(fc.nat(300), { minLength: 1, maxLength: 3 }), async (seed, cut) => {
      const request = chatRequest(chat, 'explain', { seed, n: cut.length });
      const whole = await collect(engine, request);
      const shorter = await collect(engine, request, { maxPerChoice: 400, cut });
      for (const [choice, units] of cut.entries())
        expect(textOf(shorter, choice)).toBe(textOf(whole, choice).slice(0, units));
    }),
    { numRuns: 40 },
  );
});

test('stop texts end an answer and are left out, temperature 0 is greedy', async () => {
  const free = textOf(await collect(engine, chatRequest(chat, 'ping')));
  const events = await collect(engine, chatRequest(chat, 'ping', { body: { stop: free.slice(20, 26) } }));
  expect(textOf(events)).toBe(free.slice(0, free.indexOf(free.slice(20, 26))));
  const greedy = async (seed: number) =>
    textOf(
      await collect(engine, chatRequest(chat, 'ping', { seed, body: { temperature: 0 } }), {
        maxPerChoice: 60,
        cut: null,
      }),
    );
  expect(await greedy(1)).toBe(await greedy(2));
});

test('a forced tool is called', async () => {
  const tools = [{ type: 'function', function: { name: 'f' } }];
  const events = await collect(engine, chatRequest(chat, 't', { body: { tools, tool_choice: 'required' } }));
  expect(events).toMatchObject([
    { type: 'delta', tool: { name: 'f' }, units: 1 },
    { type: 'delta', tool: { arguments: '{}' }, units: 2 },
    { type: 'finish', reason: 'tool_calls' },
    { type: 'usage', completion: 3n },
  ]);
});

test('parameters the demo model does not know are refused before anything is spent', async () => {
  for (const body of [{ logprobs: true }, { response_format: { type: 'json_object' } }, { logit_bias: {} }])
    await expect(engine.measure(chatRequest(chat, 'x', { body }))).rejects.toMatchObject({
      code: 'ENGINE_UNSUPPORTED',
    });
});

test('embeddings are about one long, exact in float32, and near for near texts', async () => {
  const request = (input: unknown): EngineRequest => ({
    ...chatRequest('atoma/demo-embed', ''),
    endpoint: '/v1/embeddings',
    body: { model: 'atoma/demo-embed', input },
  });
  const events = await collect(
    engine,
    request(['a receipt for every answer', 'a receipt for each answer', 'the weather today']),
  );
  const vectors = events.flatMap((event) => (event.type === 'vector' ? [event.values] : []));
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
  const [a, b, c] = vectors as [number[], number[], number[]];
  for (const vector of vectors) {
    expect(Math.abs(dot(vector, vector) - 1)).toBeLessThan(0.01);
    expect(vector.map(Math.fround)).toEqual(vector);
  }
  expect(dot(a, b)).toBeGreaterThan(dot(a, c));
});

test('integer roots are exact', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 80n }), (value) => {
      const root = integerRoot(value);
      expect(root * root <= value && (root + 1n) * (root + 1n) > value).toBe(true);
    }),
  );
});
