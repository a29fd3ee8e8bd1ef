import { expect, test } from 'vitest';
import { parseWork } from './bound.ts';

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const parse = (endpoint: string, value: unknown) => parseWork(endpoint, json(value), 'application/json', 100n);
const messages = [{ role: 'user', content: 'hi' }];

test('chat: the prompt and each choice', async () => {
  const open = await parse('/v1/chat/completions', { model: 'm', messages });
  expect(open).toMatchObject({ flexible: true, stream: false, vision: false });
  const three = await parse('/v1/chat/completions', { model: 'm', messages, n: 3, max_tokens: 7, stream: true });
  expect(three.most - (three.least - 3n)).toBe(21n);
  expect(open.most - (open.least - 1n)).toBe(100n);
  expect(three).toMatchObject({ flexible: false, stream: true });
});

test('images in a prompt need a task of the vision role', async () => {
  const content = [{ type: 'image_url', image_url: { url: 'data:x' } }];
  const work = await parse('/v1/chat/completions', { model: 'm', messages: [{ role: 'user', content }] });
  expect(work.vision).toBe(true);
  expect(work.least).toBeGreaterThan(1_600n);
});

test('embeddings, images and speech are bounded exactly', async () => {
  expect(await parse('/v1/images/generations', { model: 'm', prompt: 'x', n: 2, size: '64x32' })).toMatchObject({
    most: 4096n,
    least: 4096n,
  });
  const n = { toString: 1, valueOf: 1 };
  expect((await parse('/v1/images/generations', { model: 'm', n, size: '64x32' })).most).toBe(2048n);
  expect(await parse('/v1/audio/speech', { model: 'm', input: 'aé😀' })).toMatchObject({ most: 3n });
  expect((await parse('/v1/embeddings', { model: 'm', input: ['a', 'b'] })).flexible).toBe(false);
});

test('a recording is bounded by its header', async () => {
  const wav = new Uint8Array(44 + 16_000);
  wav.set(Buffer.from('RIFF'), 0);
  wav.set(Buffer.from('WAVEfmt '), 8);
  new DataView(wav.buffer).setUint32(16, 16, true);
  wav.set(Buffer.from('data'), 36);
  new DataView(wav.buffer).setUint32(40, 16_000, true);
  new DataView(wav.buffer).setUint32(28, 32_000, true);
  const form = new FormData();
  form.set('model', 'm');
  form.set('file', new File([wav], 'a.wav'));
  const response = new Response(form);
  const type = response.headers.get('content-type') as string;
  const work = await parseWork('/v1/audio/transcriptions', new Uint8Array(await response.arrayBuffer()), type, 100n);
  expect(work).toMatchObject({ model: 'm', most: 50n });
});

test.each([
  ['/v1/fine_tuning/jobs', '{}', 'BUYER_ENDPOINT'],
  ['/v1/chat/completions', '{', 'BUYER_BODY'],
  ['/v1/chat/completions', '[]', 'BUYER_BODY'],
  ['/v1/chat/completions', '{}', 'BUYER_BODY'],
  ['/v1/images/generations', '{"model":"m","size":"big"}', 'BUYER_BODY'],
])('%s with %s: %s', async (endpoint, body, code) => {
  const bytes = new TextEncoder().encode(body);
  await expect(parseWork(endpoint, bytes, 'application/json', 1n)).rejects.toMatchObject({ code });
});
