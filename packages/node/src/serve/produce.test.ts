/** From what an engine produced to units, hashes and bodies: what is counted, by whom, and how it is told, whole and streamed. */
import { contentHash, faceOf, float32Bytes, workHash } from '@atoma/sdk';
import { expect, test } from 'vitest';
import type { EngineEvent, EngineModel } from '../engine/types.ts';
import { exactDigest } from '../sketch/exact.ts';
import type { Plan } from './plan.ts';
import {
  closeChoices,
  createProduct,
  hasOutput,
  measureProduct,
  type Product,
  productContent,
  productHash,
  productWork,
  streamTail,
  takeEvent,
  wholeResponse,
} from './produce.ts';
import { withReceipt } from './render.ts';

const model: EngineModel = {
  ...{ name: 'm', roles: [0], contextLength: 1_000, tokenizer: 'bytes', profile: null, imagePartUnits: 10n },
};
const engine = {} as Plan['served']['engine'];
type Asked = Partial<Plan> & {
  readonly endpoint?: string;
  readonly n?: number;
  readonly body?: object;
  readonly steps?: boolean;
};
const planOf = ({ endpoint = '/v1/chat/completions', n = 1, body = {}, steps = false, ...rest }: Asked = {}): Plan => ({
  served: { engine, model },
  request: {
    ...({ endpoint, model: 'm', body, file: null, seed: 1, n, stream: rest.stream ?? false } as Plan['request']),
    ...(steps ? { steps: { challenge: '00' } } : {}),
  },
  ...{ limit: { maxPerChoice: 100, cut: null }, role: 0, bound: 500n, promptUnits: 20n, promptMost: 30n },
  ...{ completionLimit: 400n, imageUnits: null, maxUnits: 500n, stream: false, includeUsage: false, face: null },
  ...{ remote: [], format: null },
  ...rest,
});
const made = (asked: Asked, ...events: readonly EngineEvent[]) => {
  const plan = planOf(asked);
  const chat = plan.request.endpoint === '/v1/chat/completions';
  const product = createProduct(plan, { id: 'id', created: 7, model: 'm', chat, includeUsage: plan.includeUsage });
  const told = events.map((event) => takeEvent(product, event));
  product.complete = true;
  return Object.assign(product, { told });
};
const text = (content: string, more: object = {}): EngineEvent => ({ type: 'delta', choice: 0, content, ...more });
const usage = (prompt: bigint | null, completion: bigint | null, more: object = {}): EngineEvent => ({
  ...{ type: 'usage', prompt, completion },
  ...more,
});
const units = async (product: Product) => {
  const { prompt, completion, units: all, perChoice, source } = await measureProduct(product);
  return [prompt, completion, all, perChoice, source];
};

test('what an engine counts exactly is taken; what it does not count its tokenizer does', async () => {
  expect(await units(made({}, text('ab', { units: 1 }), text('c', { units: 1 })))).toEqual([
    20n,
    2n,
    22n,
    [2],
    'engine',
  ]);
  expect(await units(made({}, text('ab', { units: 1 }), text('c')))).toEqual([20n, 3n, 23n, [3], 'tokenizer']);
  expect(await units(made({}, text('abc')))).toEqual([20n, 3n, 23n, [3], 'tokenizer']);
  const two = made({ n: 2 }, text('ab', { units: 1 }), { type: 'delta', choice: 1, content: 'xyz' });
  expect(await units(two)).toEqual([20n, 4n, 24n, [1, 3], 'tokenizer']);
  const all = made({}, text('a'), {
    ...(text('') as object),
    refusal: 'b',
    reasoning: 'c',
    tool: { index: 0, name: 'd', arguments: 'e' },
  } as EngineEvent);
  expect(await units(all)).toEqual([20n, 5n, 25n, [5], 'tokenizer']);
});

test('what an engine states at its end is taken, as far as it can be right', async () => {
  expect(await units(made({}, text('abc'), usage(25n, 2n)))).toEqual([25n, 2n, 27n, [], 'engine']);
  expect(await units(made({}, text('abc'), usage(31n, 2n)))).toEqual([30n, 2n, 32n, [], 'engine']); // the buyer's own bound
  expect(await units(made({}, text('abc'), usage(0n, 2n)))).toEqual([20n, 2n, 22n, [], 'engine']);
  expect(await units(made({}, text('abc'), usage(null, null)))).toEqual([20n, 3n, 23n, [3], 'tokenizer']);
  expect(await units(made({}, text('abc'), usage(25n, 0n)))).toEqual([25n, 3n, 28n, [3], 'tokenizer']); // not made of nothing
  expect(await units(made({}, usage(25n, 0n)))).toEqual([25n, 0n, 25n, [], 'engine']);
  const cut = made({}, text('abc'), usage(25n, 2n));
  cut.complete = false;
  expect(await units(cut)).toEqual([20n, 3n, 23n, [3], 'tokenizer']);
});

test('nobody pays for more than was allowed, or than an answer can be made of', async () => {
  expect(await units(made({ completionLimit: 2n }, text('abc')))).toEqual([20n, 2n, 22n, [3], 'tokenizer']);
  expect(await units(made({ maxUnits: 21n }, text('abc')))).toEqual([20n, 3n, 21n, [3], 'tokenizer']);
  const [, completion] = await units(made({}, text('abc'), usage(25n, 390n)));
  expect(completion).toBeLessThan(390n);
});

test('parts that an engine told apart are shown as parts', async () => {
  const details = async (more: object, complete = true) => {
    const product = made({}, text('abc'), usage(25n, 2n, more));
    product.complete = complete;
    return (await measureProduct(product)).details;
  };
  expect(await details({})).toEqual({ cached: null, reasoning: null });
  expect(await details({ cached: 5n, reasoning: 1n })).toEqual({ cached: 5n, reasoning: 1n });
  expect(await details({ cached: 99n, reasoning: 99n })).toEqual({ cached: 25n, reasoning: 2n });
  expect(await details({ cached: 5n, reasoning: 1n }, false)).toEqual({ cached: null, reasoning: null });
});

test('work without text costs its prompt, images their number', async () => {
  const still = { limit: { maxPerChoice: null, cut: null } };
  const vectors = { ...still, endpoint: '/v1/embeddings' };
  expect(await units(made({ ...vectors }))).toEqual([20n, 0n, 20n, [], 'tokenizer']);
  expect(await units(made({ ...vectors }, usage(25n, null)))).toEqual([25n, 0n, 25n, [], 'engine']);
  expect(await units(made({ ...vectors }, usage(99n, null)))).toEqual([30n, 0n, 30n, [], 'engine']);
  expect(await units(made({ ...vectors }, usage(null, null)))).toEqual([20n, 0n, 20n, [], 'engine']);
  expect(await units(made({ ...vectors, promptMost: 20n }, usage(25n, null)))).toEqual([20n, 0n, 20n, [], 'engine']);
  const media = (index: number): EngineEvent => ({
    type: 'media',
    index,
    bytes: Uint8Array.of(index),
    contentType: 'image/png',
  });
  const images = { ...still, endpoint: '/v1/images/generations', promptUnits: 0n, promptMost: 0n, imageUnits: 100n };
  expect(await units(made(images, media(0), media(1)))).toEqual([0n, 200n, 200n, [], 'tokenizer']);
  expect(await units(made({ ...images, imageUnits: null }, media(0)))).toEqual([0n, 0n, 0n, [], 'tokenizer']);
});

const events = (told: readonly string[]) =>
  told
    .filter((each) => each !== '')
    .map((each) => {
      expect(each).toMatch(/^data: .*\n\n$/);
      return JSON.parse(each.slice(6));
    });

test('a stream tells each piece once, the role first, and the end of each choice', () => {
  const stream = { stream: true, n: 2 };
  const { told } = made(
    stream,
    { type: 'accepted' },
    text('a'),
    { type: 'delta', choice: 1, reasoning: 'r', logprobs: { x: 1 } },
    text('b', { refusal: 'no' }),
    { type: 'finish', choice: 0, reason: 'stop', matched: 'END' },
    usage(1n, 1n),
  );
  const head = { id: 'id', object: 'chat.completion.chunk', created: 7, model: 'm' };
  expect(events(told)).toEqual([
    { ...head, choices: [{ index: 0, delta: { role: 'assistant', content: 'a' }, finish_reason: null }] },
    {
      ...head,
      choices: [
        { index: 1, delta: { role: 'assistant', reasoning_content: 'r' }, logprobs: { x: 1 }, finish_reason: null },
      ],
    },
    { ...head, choices: [{ index: 0, delta: { content: 'b', refusal: 'no' }, finish_reason: null }] },
    { ...head, choices: [{ index: 0, delta: {}, finish_reason: 'stop', stop_reason: 'END' }] },
  ]);
  const silent = made({ n: 2 }, text('a'), { type: 'finish', choice: 0, reason: 'stop' });
  expect(silent.told).toEqual(['', '']);
});

test('a stream of a completion, and of calls', () => {
  const completion = made(
    { stream: true, endpoint: '/v1/completions' },
    text('a'),
    { type: 'delta', choice: 0, reasoning: 'r' },
    { type: 'finish', choice: 0, reason: 'length' },
  );
  const head = { id: 'id', object: 'text_completion', created: 7, model: 'm' };
  expect(events(completion.told)).toEqual([
    { ...head, choices: [{ index: 0, text: 'a', finish_reason: null }] },
    { ...head, choices: [{ index: 0, text: '', finish_reason: null }] },
    { ...head, choices: [{ index: 0, text: '', finish_reason: 'length' }] },
  ]);
  const tool = (piece: object): EngineEvent => ({ type: 'delta', choice: 0, tool: { index: 0, ...piece } });
  const calls = made(
    { stream: true },
    tool({ id: 'c', name: 'f', arguments: '{' }),
    tool({ arguments: '}' }),
    tool({ id: 'd', name: 'g', arguments: 'text', custom: true }),
    tool({ custom: true }),
  );
  expect(events(calls.told).map(({ choices }) => choices[0].delta.tool_calls)).toEqual([
    [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '{' } }],
    [{ index: 0, function: { arguments: '}' } }],
    [{ index: 0, id: 'd', type: 'custom', custom: { name: 'g', input: 'text' } }],
    [{ index: 0, custom: { input: '' } }],
  ]);
});

test('the usage ends a stream whose client asked for it, and stands as null before', async () => {
  const product = made(
    { stream: true, includeUsage: true },
    text('abc'),
    usage(25n, 2n, { cached: 5n, reasoning: 1n }),
  );
  expect(events(product.told)[0]).toMatchObject({ usage: null });
  expect(events([streamTail(product, await measureProduct(product))])[0]).toEqual({
    ...{ id: 'id', object: 'chat.completion.chunk', created: 7, model: 'm', choices: [] },
    usage: {
      prompt_tokens: 25,
      completion_tokens: 2,
      total_tokens: 27,
      prompt_tokens_details: { cached_tokens: 5 },
      completion_tokens_details: { reasoning_tokens: 1 },
    },
  });
  const plain = made({ stream: true }, text('abc'));
  expect(streamTail(plain, await measureProduct(plain))).toBe('');
  expect(events(plain.told)[0]).not.toHaveProperty('usage');
});

test('choices without an end get one, once', () => {
  const product = made({ n: 2 }, text('a'), { type: 'finish', choice: 0, reason: 'length' });
  expect(events([closeChoices(product, 'stop')])).toMatchObject([{ choices: [{ index: 1, finish_reason: 'stop' }] }]);
  expect(closeChoices(product, 'stop')).toBe('');
  expect(product.choices.map(({ finish }) => finish)).toEqual(['length', 'stop']);
});

test('pieces of choices that were not asked for are dropped', () => {
  const product = made(
    { stream: true },
    { type: 'delta', choice: 5, content: 'x' },
    { type: 'finish', choice: 5, reason: 'stop' },
  );
  expect([product.told, hasOutput(product)]).toEqual([['', ''], false]);
});

test('whether there is anything a client could have received', () => {
  expect(hasOutput(made({}))).toBe(false);
  expect(hasOutput(made({}, text('')))).toBe(true);
  expect(hasOutput(made({}, { type: 'vector', index: 0, values: [1] }))).toBe(true);
  expect(hasOutput(made({}, { type: 'media', index: 0, bytes: new Uint8Array(), contentType: '' }))).toBe(true);
});

const bodyOf = async (product: Product) => {
  const { body, contentType, status, streamed } = wholeResponse(product, await measureProduct(product));
  expect([contentType, status, streamed]).toEqual(['application/json', 200, false]);
  return JSON.parse(Buffer.from(body).toString());
};

test('a whole chat: every kind of content in its place', async () => {
  const plain = made(
    { n: 2 },
    text('a', { logprobs: 1 }),
    text('b', { logprobs: 2 }),
    { type: 'delta', choice: 1, content: 'x' },
    { type: 'finish', choice: 1, reason: 'length', matched: 'M' },
    usage(25n, 2n),
  );
  expect(await bodyOf(plain)).toEqual({
    ...{ id: 'id', object: 'chat.completion', created: 7, model: 'm' },
    choices: [
      { index: 0, message: { role: 'assistant', content: 'ab', refusal: null }, logprobs: 2, finish_reason: 'stop' },
      {
        index: 1,
        message: { role: 'assistant', content: 'x', refusal: null },
        finish_reason: 'length',
        stop_reason: 'M',
      },
    ],
    usage: { prompt_tokens: 25, completion_tokens: 2, total_tokens: 27 },
  });
  const message = async (...all: readonly EngineEvent[]) => (await bodyOf(made({}, ...all))).choices[0].message;
  expect(await message(text('', { reasoning: 'r' }))).toEqual({
    role: 'assistant',
    content: '',
    refusal: null,
    reasoning_content: 'r',
  });
  expect(await message(text('', { refusal: 'no' }))).toEqual({ role: 'assistant', content: null, refusal: 'no' });
  const tool = (index: number, more: object): EngineEvent => ({ type: 'delta', choice: 0, tool: { index, ...more } });
  expect(
    await message(
      tool(1, { id: 'b', name: 'g', arguments: 't', custom: true }),
      tool(0, { id: 'a', name: 'f', arguments: '{' }),
      tool(0, { arguments: '}' }),
    ),
  ).toEqual({
    ...{ role: 'assistant', content: null, refusal: null },
    tool_calls: [
      { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } },
      { id: 'b', type: 'custom', custom: { name: 'g', input: 't' } },
    ],
  });
  expect((await message(text('t'), tool(0, { id: 'a', name: 'f', arguments: '' }))).content).toBe('t');
});

test('whole answers of the other kinds', async () => {
  const completion = await bodyOf(made({ endpoint: '/v1/completions' }, text('a', { logprobs: 1 })));
  expect(completion).toMatchObject({
    object: 'text_completion',
    choices: [{ index: 0, text: 'a', logprobs: 1, finish_reason: 'stop' }],
  });
  const vector = (index: number): EngineEvent => ({ type: 'vector', index, values: [index, 0.5] });
  const vectors = { endpoint: '/v1/embeddings', limit: { maxPerChoice: null, cut: null } };
  expect(await bodyOf(made(vectors, vector(1), vector(0)))).toEqual({
    ...{ object: 'list', model: 'm', usage: { prompt_tokens: 20, total_tokens: 20 } },
    data: [0, 1].map((index) => ({ object: 'embedding', index, embedding: [index, 0.5] })),
  });
  const encoded = await bodyOf(made({ ...vectors, format: 'base64' }, vector(1)));
  expect(encoded.data[0].embedding).toBe(Buffer.from(float32Bytes([1, 0.5])).toString('base64'));
  const score = (index: number, value: number): EngineEvent => ({ type: 'vector', index, values: [value] });
  const ranked = {
    endpoint: '/v1/rerank',
    limit: { maxPerChoice: null, cut: null },
    body: { documents: ['a', { text: 'b' }] },
  };
  expect(await bodyOf(made(ranked, score(0, 0.1), score(1, 0.9)))).toEqual({
    ...{ id: 'id', model: 'm', usage: { prompt_tokens: 20, total_tokens: 20 } },
    results: [
      { index: 1, relevance_score: 0.9 },
      { index: 0, relevance_score: 0.1 },
    ],
  });
  const shown = await bodyOf(
    made({ ...ranked, body: { ...ranked.body, return_documents: true } }, score(0, 0.1), score(1, 0.9)),
  );
  expect(shown.results.map((each: { document: unknown }) => each.document)).toEqual([{ text: 'b' }, { text: 'a' }]);
  for (const endpoint of ['/v1/moderations', '/tokenize', '/detokenize'])
    expect(await bodyOf(made({ ...vectors, endpoint }, text('{"x":1}')))).toEqual({
      x: 1,
      usage: { prompt_tokens: 20, total_tokens: 20 },
    });
  const picture: EngineEvent = { type: 'media', index: 0, bytes: Uint8Array.of(1), contentType: 'image/png' };
  for (const endpoint of ['/v1/images/generations', '/v1/images/edits'])
    expect(await bodyOf(made({ ...vectors, endpoint }, picture))).toEqual({ created: 7, data: [{ b64_json: 'AQ==' }] });
});

test('sounds and transcripts come in the form that was asked for', async () => {
  const still = { limit: { maxPerChoice: null, cut: null } };
  const whole = async (product: Product) => {
    const { body, contentType } = wholeResponse(product, await measureProduct(product));
    return [contentType, Buffer.from(body).toString()];
  };
  const spoken = { ...still, endpoint: '/v1/audio/speech' };
  const sound: EngineEvent = { type: 'media', index: 0, bytes: Buffer.from('wave'), contentType: 'audio/wav' };
  expect(await whole(made(spoken, sound))).toEqual(['audio/wav', 'wave']);
  expect(await whole(made(spoken))).toEqual(['audio/mpeg', '']);
  const heard = (format: string | null) =>
    made({ ...still, endpoint: '/v1/audio/transcriptions', format }, text('hi'), {
      type: 'finish',
      choice: 0,
      reason: 'stop',
      extra: { duration: 1 },
    });
  for (const format of ['text', 'srt', 'vtt'])
    expect(await whole(heard(format))).toEqual(['text/plain; charset=utf-8', 'hi']);
  expect(await whole(heard('verbose_json'))).toEqual(['application/json', '{"duration":1,"text":"hi"}']);
  for (const format of [null, 'json'])
    expect(await whole(heard(format))).toEqual(['application/json', '{"text":"hi"}']);
});

test('what is hashed of each kind', () => {
  const still = { limit: { maxPerChoice: null, cut: null } };
  const chat = made({}, text('a', { refusal: 'b', reasoning: 'c', tool: { index: 3, name: 'f', arguments: '{}' } }));
  expect(productContent(chat)).toEqual({
    kind: 'chat',
    choices: [{ index: 0, text: 'ab', reasoning: 'c', toolCalls: [{ index: 3, name: 'f', arguments: '{}' }] }],
  });
  expect(productContent(made({ endpoint: '/v1/completions' }, text('a')))).toMatchObject({
    kind: 'completion',
    choices: [{ text: 'a' }],
  });
  const vectors = made(
    { ...still, endpoint: '/v1/embeddings' },
    { type: 'vector', index: 1, values: [2] },
    { type: 'vector', index: 0, values: [1] },
  );
  expect(productContent(vectors)).toMatchObject({
    kind: 'embeddings',
    vectors: [{ index: 0, bytes: float32Bytes([1]) }, { index: 1 }],
  });
  expect(
    productContent(made({ ...still, endpoint: '/v1/rerank' }, { type: 'vector', index: 0, values: [1] })),
  ).toMatchObject({ kind: 'embeddings' });
  const media: EngineEvent = { type: 'media', index: 0, bytes: Uint8Array.of(1), contentType: 'x' };
  for (const endpoint of ['/v1/images/generations', '/v1/images/edits'])
    expect(productContent(made({ ...still, endpoint }, media))).toMatchObject({
      kind: 'images',
      images: [{ index: 0 }],
    });
  expect(productContent(made({ ...still, endpoint: '/v1/audio/speech' }, media))).toEqual({
    kind: 'speech',
    bytes: Uint8Array.of(1),
  });
  expect(productContent(made({ ...still, endpoint: '/v1/audio/speech' }))).toEqual({
    kind: 'speech',
    bytes: new Uint8Array(),
  });
  expect(productContent(made({ ...still, endpoint: '/v1/audio/transcriptions' }, text('hi')))).toEqual({
    kind: 'transcription',
    text: 'hi',
  });
});

test('calls are hashed as the client of another API hears them', () => {
  const api = faceOf('/v1/responses') as NonNullable<ReturnType<typeof faceOf>>;
  const body = { model: 'm', input: 'x', tools: [] };
  const call: EngineEvent = { type: 'delta', choice: 0, tool: { index: 0, id: 'a', name: 'f', arguments: '{"a":1}' } };
  const heard = productContent(made({ face: { api, body } }, call));
  expect(heard).toMatchObject({
    choices: [
      { toolCalls: [{ arguments: api.heard({ name: 'f', arguments: '{"a":1}', custom: false } as never, body) }] },
    ],
  });
});

test('work covers the steps behind it where they were wanted', () => {
  const accepted: EngineEvent = { type: 'accepted', integers: [1, 2] };
  const wanted = made({ steps: true }, accepted, text('a'));
  const work = { digest: exactDigest([1, 2]), trace: null };
  expect(productWork(wanted)).toEqual({ work, workHash: workHash(productHash(wanted), work.digest) });
  const unwanted = made({}, accepted, text('a'));
  expect(productWork(unwanted)).toEqual({ work: null, workHash: productHash(unwanted) });
  expect(productHash(unwanted)).toEqual(contentHash(productContent(unwanted)));
  expect(productWork(made({ steps: true }, text('a'))).work).toBeNull();
  const strange = (ids: readonly number[] | undefined) =>
    made({}, ids ? { type: 'accepted', strange: ids } : { type: 'accepted' }).strange;
  expect([strange(undefined), strange([]), strange([9])]).toEqual([false, false, true]);
  const whole = (...ends: readonly (boolean | undefined)[]) =>
    made(
      { n: 2 },
      ...ends.map(
        (each, choice): EngineEvent => ({
          type: 'finish',
          choice,
          reason: 'stop',
          ...(each === undefined ? {} : { whole: each }),
        }),
      ),
    ).whole;
  expect([whole(undefined), whole(true, false), whole(false, true), whole(true)]).toEqual([true, false, false, true]);
});

test('a receipt is the last member of a JSON body, and no part of another one', () => {
  const shown = { receipt: Uint8Array.of(1), signature: Uint8Array.of(2), workDigest: null };
  const said = (body: string, type: string, more = {}) =>
    Buffer.from(withReceipt(Buffer.from(body), type, { ...shown, ...more })).toString();
  expect(said('{"a":1}', 'application/json')).toBe('{"a":1,"atoma":{"receipt":"AQ==","signature":"Ag=="}}');
  expect(said('{"a":1}', 'application/json; charset=utf-8', { workDigest: Uint8Array.of(3) })).toContain(
    '"work":"Aw=="',
  );
  expect(said('{"a":1}', 'text/plain')).toBe('{"a":1}');
});
