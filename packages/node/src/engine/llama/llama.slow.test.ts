import {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chatRequest, collect, engineContract, textOf } from '../../testing/engine-contract.ts';
import { type GgufParts, ggufNumber, ggufText, readGguf, writeGguf } from '../../testing/gguf.ts';
import type { Delta, Engine } from '../types.ts';
import { llamaOptions } from './options.ts';
import { servedModel } from './served.ts';
import { lazyLlamaEngine, startLlamaEngine } from './start.ts';

const models = resolve(import.meta.dirname, '../../../../../models');
const file = join(models, 'atoma-small-f16.gguf');
const model = 'atoma/small';
const options = (more: object = {}) => llamaOptions.parse({ file, name: model, roles: [0, 1], ...more });
const folder = mkdtempSync(join(tmpdir(), 'llama-'));

let engine: Engine;
beforeAll(async () => {
  engine = await startLlamaEngine(options());
});
afterAll(() => engine.close());

/** The contract closes what it opens; the model stays. */
engineContract('llama.cpp', model, async () => ({ ...engine, close: async () => undefined }));

const text = (key: string, value: string) => (parts: GgufParts) => parts.metadata.set(key, ggufText(value));
const number = (key: string, value: number) => (parts: GgufParts) => parts.metadata.set(key, ggufNumber(value));
const template = (source: string) => text('tokenizer.chat_template', source);

const answer = async (content: string, body: Readonly<Record<string, unknown>> = {}, max = 100) =>
  collect(engine, chatRequest(model, content, { body }), { maxPerChoice: max, cut: null });
const finish = (events: readonly { type: string }[]) => events.find(({ type }) => type === 'finish');

test('answers in English and ends by itself', async () => {
  const events = await answer('What is a receipt?');
  expect(textOf(events)).toContain('signature');
  expect(finish(events)).toMatchObject({ reason: 'stop' });
});

test('a control token in a message stays text', async () => {
  const units = async (text: string) => (await engine.measure(chatRequest(model, text))).prompt;
  expect(await units('<|end|>')).toBeGreaterThan((await units('a')) + 2n);
});

test('a schema is kept by grammar', async () => {
  const schema = { type: 'object', properties: { name: { type: 'string' }, age: { type: 'integer' } } };
  const events = await answer('Give JSON with name and age: Tim is 7.', {
    response_format: { type: 'json_schema', json_schema: { name: 'person', schema } },
  });
  expect(JSON.parse(textOf(events))).toEqual({ name: expect.any(String), age: expect.any(Number) });
});

test('a schema so long that it would hold the model up for everybody is refused', async () => {
  const schema = { enum: Array.from({ length: 50_000 }, (_, i) => `option ${i}`) };
  const asked = answer('hello', { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } });
  await expect(asked).rejects.toMatchObject({ code: 'ENGINE_REJECTED' });
});

const tool = (name: string, property: string) => ({
  type: 'function',
  function: {
    name,
    parameters: { type: 'object', properties: { [property]: { type: 'string' } }, required: [property] },
  },
});
const calls = (events: readonly { type: string }[]) =>
  events.filter((event): event is Delta => event.type === 'delta').flatMap((event) => event.tool ?? []);

test('a tool is called, freely or because it must be', async () => {
  const tools = [tool('weather', 'city')];
  const free = await answer('Weather in Paris?', { tools });
  expect(calls(free)).toMatchObject([{ name: 'weather' }]);
  expect(finish(free)).toMatchObject({ reason: 'tool_calls' });
  const forced = await answer('hello', { tools, tool_choice: { type: 'function', function: { name: 'weather' } } });
  const [call] = calls(forced);
  expect(Object.keys(JSON.parse(call?.arguments ?? ''))).toEqual(['city']);
});

test('stop texts end an answer and are left out', async () => {
  const whole = textOf(await answer('List 3 colours.'));
  expect(textOf(await answer('List 3 colours.', { stop: ['2.'] }))).toBe(whole.slice(0, whole.indexOf('2.')));
});

test('the same seed gives the same, choices differ', async () => {
  const request = chatRequest(model, 'Tell a story about a fox.', { n: 2, seed: 5, body: { temperature: 1.5 } });
  const first = await collect(engine, request);
  expect(await collect(engine, request)).toEqual(first);
  expect(textOf(first, 0)).not.toBe(textOf(first, 1));
});

test('more requests than sequences are served, one after another', async () => {
  const texts = await Promise.all(Array.from({ length: 12 }, async () => textOf(await answer('What is Sui?'))));
  expect(new Set(texts).size).toBe(1);
});

test('embeddings have the size of the model and are near for near texts', async () => {
  const events = await collect(engine, {
    ...chatRequest(model, ''),
    endpoint: '/v1/embeddings',
    body: { model, input: ['what is a receipt?', 'what is a receipt', 'a'] },
  });
  const vectors = events.flatMap((event) => (event.type === 'vector' ? [event.values] : []));
  const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
  const cosine = (a: readonly number[], b: readonly number[]) => dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const [a, b, c] = vectors as [number[], number[], number[]];
  expect(cosine(a, b)).toBeGreaterThan(cosine(a, c));
});

test('a prompt that fills the context is refused, nothing is dropped', async () => {
  await expect(engine.measure(chatRequest(model, 'word '.repeat(2_000)))).rejects.toMatchObject({
    code: 'ENGINE_REJECTED',
  });
});

test('what would be ignored is refused', async () => {
  await expect(engine.measure(chatRequest(model, 'x', { body: { logit_bias: { 1: 5 } } }))).rejects.toMatchObject({
    code: 'ENGINE_UNSUPPORTED',
  });
});

test('files that are no model, cut short, or damaged are named with what to do', async () => {
  const bad = (name: string, make: (path: string) => void) => {
    const path = join(folder, name);
    make(path);
    return startLlamaEngine(options({ file: path }));
  };
  const why = { code: 'ENGINE_MODEL_FILE' };
  await expect(startLlamaEngine(options({ file: join(folder, 'absent.gguf') }))).rejects.toMatchObject(why);
  await expect(bad('text.gguf', (path) => writeFileSync(path, 'hello, I am no model at all'))).rejects.toMatchObject(
    why,
  );
  await expect(bad('head.gguf', (path) => writeFileSync(path, 'GGUF'))).rejects.toMatchObject(why);
  await expect(
    bad('cut.gguf', (path) => {
      copyFileSync(file, path);
      truncateSync(path, 400_000);
    }),
  ).rejects.toMatchObject(why);
});

test.each<readonly [string, (parts: GgufParts) => unknown, RegExp]>([
  ['a template that is broken', template('{% for m in messages %}{{ m.role }}'), /^its chat template cannot be read/],
  ['a template that takes no question', template("{{ raise_exception('never') }}"), /cannot be read \(never\)$/],
  ['a tensor that is missing', ({ tensors }) => tensors.delete('blk.1.ffn_up.weight'), /^tensor 'blk\./],
  ['layers that are missing', number('llama.block_count', 40), /^missing tensor 'blk\.4\./],
  ['an unknown architecture', text('general.architecture', 'quetzal'), /^unknown model architecture: 'quetzal'$/],
])('%s is told in words', async (_, edit, why) => {
  const path = join(folder, 'edited.gguf');
  const parts = readGguf(readFileSync(file));
  edit(parts);
  writeFileSync(path, writeGguf(parts));
  await expect(startLlamaEngine(options({ file: path }))).rejects.toMatchObject({
    code: 'ENGINE_MODEL_FILE',
    details: { why: expect.stringMatching(why) },
  });
});

test('a file that is written over while it is served costs requests, not another model’s answers; moved or deleted it serves on', async () => {
  const path = join(folder, 'served.gguf');
  copyFileSync(file, path);
  const own = await startLlamaEngine(options({ file: path }));
  const asked = () => collect(own, chatRequest(model, 'What is a receipt?'));
  renameSync(path, `${path}.moved`);
  expect(textOf(await asked())).toContain('signature');
  copyFileSync(join(models, 'atoma-small-q8_0.gguf'), `${path}.moved`);
  await expect(asked()).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  await own.close();
});

test('values that are no numbers fail the request', async () => {
  const path = join(folder, 'nan.gguf');
  copyFileSync(file, path);
  const fd = openSync(path, 'r+');
  const { size } = statSync(path);
  writeSync(fd, Buffer.from(new Uint16Array(2_048).fill(0x7e00).buffer), 0, 4_096, size - 8_192);
  closeSync(fd);
  const broken = await startLlamaEngine(options({ file: path }));
  await expect(collect(broken, chatRequest(model, 'hi'))).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  await broken.close();
});

test('files in one process answer each to its own name; the first one to others, and it alone is told', async () => {
  const served = servedModel({ name: model, roles: [0], contextLength: 512 });
  const files = ['atoma-small-f16', 'atoma-tiny-f16'].map((name) =>
    llamaOptions.parse({ file: join(models, `${name}.gguf`), name }),
  );
  const both = lazyLlamaEngine(async () => files, served);
  both.begin();
  expect(await both.models()).toEqual([served]);
  const said = async (name: string): Promise<string> =>
    textOf(await collect(both, { ...chatRequest(name, 'Tell a story about a fox.'), seed: 7 }));
  const [first, second, other] = [await said('atoma-small-f16'), await said('atoma-tiny-f16'), await said(model)];
  expect([first === second, first === other]).toEqual([false, true]);
  await both.close();
});

test('the library has the trial of its binary where an engine’s process looks for it', () => {
  const library = dirname(createRequire(import.meta.url).resolve('node-llama-cpp'));
  const trial = readFileSync(join(library, 'bindings/utils/testBindingBinary.js'), 'utf8');
  expect(trial.match(/^export .*$/gm)).toEqual([expect.stringMatching(/^export async function testBindingBinary\(/)]);
});

test('questions that were kept from the training text are answered right, and answers end', async () => {
  const rows = JSON.parse(readFileSync(join(models, 'held-out.json'), 'utf8')) as { prompt: string; keys: string[] }[];
  const results = await Promise.all(
    rows.map(async ({ prompt, keys }) => {
      const events = await answer(prompt);
      const text = textOf(events);
      return { prompt, text, right: keys.every((key) => text.includes(key)), ends: finish(events) };
    }),
  );
  const wrong = results.filter(({ right }) => !right).map(({ prompt, text }) => `${prompt} -> ${text}`);
  expect(rows.length).toBe(100);
  expect(wrong.length, wrong.join('\n')).toBeLessThanOrEqual(10);
  expect(results.filter(({ ends }) => (ends as { reason?: string }).reason === 'stop').length).toBeGreaterThanOrEqual(
    98,
  );
});
