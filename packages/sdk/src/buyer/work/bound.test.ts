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

test('the usage of a stream is for the client where it asked for it in so many words', async () => {
  const includes = async (stream_options: unknown) =>
    (await parse('/v1/chat/completions', { model: 'm', messages, stream_options })).includeUsage;
  expect(await includes({ include_usage: true })).toBe(true);
  for (const options of [undefined, null, {}, { include_usage: false }, { include_usage: 'true' }, [true]])
    expect(await includes(options)).toBe(false);
});

test('completions: each prompt of a list is answered, a list of tokens is one', async () => {
  const asked = async (prompt: unknown, more: object = {}) => {
    const { least, most } = await parse('/v1/completions', { model: 'm', prompt, max_tokens: 7, ...more });
    return most - least; // 6 further units for each answer
  };
  expect(await asked('a')).toBe(6n);
  expect(await asked(['a', 'b', 'c'])).toBe(18n);
  expect(await asked(['a', 'b'], { n: 2 })).toBe(24n);
  expect(await asked([1, 2, 3])).toBe(6n);
  expect(await asked([])).toBe(6n);
});

test('the newer name of the limit counts before the older; what is no limit is none', async () => {
  const asked = async (more: object) => {
    const { least, most, flexible } = await parse('/v1/chat/completions', { model: 'm', messages, ...more });
    return [most - least + 1n, flexible];
  };
  expect(await asked({ max_completion_tokens: 5, max_tokens: 9 })).toEqual([5n, false]);
  for (const max_tokens of [0, -1, 1.5, '9', null]) expect(await asked({ max_tokens })).toEqual([100n, true]);
});

test('a form that edits a picture is bounded by the pictures asked for, whatever it holds', async () => {
  const form = new FormData();
  for (const [name, value] of Object.entries({ model: 'm', prompt: 'x', n: '3', size: '64x32' })) form.set(name, value);
  form.set('image', new File([new Uint8Array(9_000)], 'a.png'));
  const response = new Response(form);
  const type = response.headers.get('content-type') as string;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const unbounded = parseWork('/v1/images/edits', bytes, 'Multipart/Form-Data', 1n);
  await expect(unbounded).rejects.toMatchObject({ code: 'BUYER_BODY', details: { why: 'it is not a form' } });
  expect(await parseWork('/v1/images/edits', bytes, type, 1n)).toMatchObject({ most: 6144n, flexible: false });
});

test('a picture is as large as is usual where no size is given, and speech without a text is one unit', async () => {
  expect((await parse('/v1/images/generations', { model: 'm', prompt: 'x' })).most).toBe(1024n * 1024n);
  expect(await parse('/v1/audio/speech', { model: 'm', input: 5 })).toMatchObject({ least: 1n, most: 1n });
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
  ['/v1/chat/completions', '{"model":""}', 'BUYER_BODY'],
])('%s with %s: %s', async (endpoint, body, code) => {
  const bytes = new TextEncoder().encode(body);
  await expect(parseWork(endpoint, bytes, 'application/json', 1n)).rejects.toMatchObject({ code });
});
