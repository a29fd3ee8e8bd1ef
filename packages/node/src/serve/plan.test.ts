/** From a body to a plan: what is refused by name, what an engine is asked, and the most it can cost. */
import { imageUnits, promptUpperBound } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { engineError } from '../engine/engine-errors.ts';
import { createEngineSet } from '../engine/set.ts';
import type { Engine, EngineModel } from '../engine/types.ts';
import { silence } from '../testing/sound.ts';
import { formulaProfile } from '../testing/steps-engine.ts';
import { type Plan, type PlanInput, planRequest, roleEndpoints } from './plan.ts';

const ROLES = [0, 1, 2, 3, 4, 5];
const served = (change: Partial<EngineModel> = {}, measure?: Engine['measure']): Engine => ({
  id: 'test',
  models: async () => [
    {
      name: 'm',
      roles: ROLES,
      contextLength: 1_000,
      tokenizer: 'bytes',
      profile: null,
      imagePartUnits: 10n,
      ...change,
    },
  ],
  measure: measure ?? (async () => ({ prompt: 20n, exact: true })),
  run: async function* () {},
  health: async () => ({ healthy: true, detail: '' }),
  close: async () => undefined,
});

interface Asked {
  readonly to?: string;
  readonly role?: number;
  readonly level?: number;
  readonly maxUnits?: bigint;
  readonly engine?: Engine;
  readonly raw?: Uint8Array;
  readonly contentType?: string;
  readonly model?: string;
  readonly task?: string;
  readonly remote?: boolean;
}
const planOf = async (body: object, asked: Asked = {}) => {
  const { to = '/v1/chat/completions', role = 0, level = 0, maxUnits = 500n, engine = served() } = asked;
  const input: PlanInput = {
    ...{ endpoint: to, model: asked.model ?? 'm', maxUnits, requestHash: new Uint8Array(32).fill(7) },
    body: asked.raw ?? Buffer.from(JSON.stringify({ model: 'm', ...body })),
    contentType: asked.contentType ?? 'application/json',
    ...{ task: { role, model: asked.task ?? '', level }, remoteMedia: asked.remote ?? false },
  };
  return planRequest(await createEngineSet([engine]), input);
};
const planned = async (body: object, asked?: Asked): Promise<Plan> => {
  const found = await planOf(body, asked);
  expect(found).toMatchObject({ kind: 'ok' });
  return (found as { readonly value: Plan }).value;
};
const form = async (fields: Readonly<Record<string, string | Uint8Array | readonly (string | Uint8Array)[]>>) => {
  const data = new FormData();
  for (const [name, values] of Object.entries(fields))
    for (const value of Array.isArray(values) ? values : [values])
      data.append(
        name,
        typeof value === 'string'
          ? value
          : new File([value as Uint8Array<ArrayBuffer>], 'a.wav', { type: 'audio/wav' }),
      );
  const response = new Response(data);
  return { contentType: response.headers.get('content-type') ?? '', raw: new Uint8Array(await response.arrayBuffer()) };
};

const messages = [{ role: 'user', content: 'hello' }];
const chat = { messages };

test('a chat: what the engine is asked, and the most it costs', async () => {
  expect(await planned(chat)).toMatchObject({
    request: {
      endpoint: '/v1/chat/completions',
      model: 'm',
      file: null,
      n: 1,
      stream: false,
      body: { model: 'm', messages },
    },
    ...{ bound: 500n, promptUnits: 20n, promptMost: 20n, completionLimit: 480n, imageUnits: null, role: 0 },
    ...{
      limit: { maxPerChoice: 480, cut: null },
      stream: false,
      includeUsage: false,
      face: null,
      remote: [],
      format: null,
    },
  });
  expect((await planned(chat)).request).not.toHaveProperty('steps');
  expect((await planned(chat)).request).not.toHaveProperty('files');
});

test('what a client allows bounds each choice', async () => {
  const limits = async (more: object, maxUnits = 500n) => {
    const { bound, completionLimit, limit, request } = await planned({ ...chat, ...more }, { maxUnits });
    return [bound, completionLimit, limit.maxPerChoice, request.n];
  };
  expect(await limits({ max_tokens: 30 })).toEqual([50n, 30n, 30, 1]);
  expect(await limits({ max_completion_tokens: 10, max_tokens: 30 })).toEqual([30n, 10n, 10, 1]);
  expect(await limits({ n: 4 })).toEqual([500n, 480n, 120, 4]);
  expect(await limits({}, 5_000n)).toEqual([1_000n, 980n, 980, 1]); // the context
});

test('a prompt without room for one unit of an answer is refused, with what it would take', async () => {
  expect(await planOf(chat, { maxUnits: 20n })).toMatchObject({ code: 'max_units_too_small', extra: { bound: '21' } });
  expect(await planOf({ ...chat, n: 3 }, { maxUnits: 22n })).toMatchObject({ extra: { bound: '23' } });
  expect(await planned(chat, { maxUnits: 21n })).toMatchObject({ completionLimit: 1n });
  const long = served({ contextLength: 20 });
  expect(await planOf(chat, { engine: long })).toMatchObject({
    ...{ code: 'context_length_exceeded', param: 'messages', extra: { context_length: 20 } },
  });
  expect(await planned(chat, { engine: served({ contextLength: 21 }) })).toMatchObject({ completionLimit: 1n });
});

test('a prompt that cannot be counted is bounded by what its buyer knows, too', async () => {
  const most = promptUpperBound({ model: 'm', messages }, 10n);
  const about = (prompt: bigint, exact = false) => served({}, async () => ({ prompt, exact }));
  const of = async (engine: Engine, more: Asked = {}) => {
    const { promptUnits, promptMost, bound } = await planned({ ...chat, max_tokens: 5 }, { engine, ...more });
    return [promptUnits, promptMost, bound];
  };
  expect(await of(about(7n))).toEqual([7n, most, most + 5n]);
  expect(await of(about(most + 1n))).toEqual([most, most, most + 5n]);
  expect(await of(about(7n), { maxUnits: most })).toEqual([7n, most, most]);
  expect(await of(about(0n, true))).toEqual([1n, 1n, 6n]); // no prompt is free
});

test('an engine that refuses a prompt is heard; what is not its fault is not taken for one', async () => {
  const failing = (error: unknown) => served({}, () => Promise.reject(error));
  expect(await planOf(chat, { engine: failing(engineError('CONTEXT', { why: 'w' })) })).toMatchObject({
    code: 'context_length_exceeded',
  });
  expect(await planOf(chat, { engine: failing(new TypeError('x')) })).toMatchObject({ code: 'backend_error' });
});

test.each<[string, object, Asked, object]>([
  ['an endpoint of another role', chat, { role: 1 }, { code: 'task_mismatch', param: 'endpoint' }],
  ['a role nobody knows', chat, { role: 77 }, { code: 'task_mismatch', param: 'endpoint' }],
  ['work no engine does', {}, { role: 6, to: '/v1/fine_tuning/jobs' }, { code: 'role_not_served' }],
  ['another model than the envelope’s', { ...chat, model: 'n' }, {}, { code: 'invalid_request', param: 'model' }],
  ['another model than the task’s', chat, { task: 'n' }, { code: 'task_mismatch', param: 'model' }],
  ['a model nobody serves', { ...chat, model: 'n' }, { model: 'n' }, { code: 'model_not_served' }],
  ['a role its model does not have', chat, { engine: served({ roles: [1] }) }, { code: 'role_not_served' }],
  ['a body that is no JSON', chat, { raw: Buffer.from('{') }, { code: 'invalid_request' }],
  [
    'a form where JSON is wanted',
    chat,
    { contentType: 'multipart/form-data; boundary=x' },
    { code: 'unsupported_media' },
  ],
  ['a member nobody knows', { ...chat, colour: 1 }, {}, { code: 'unsupported_parameter', param: 'colour' }],
  [
    'an image without a vision task',
    {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }] }],
    },
    {},
    { code: 'invalid_request' },
  ],
])('%s is refused', async (_, body, asked, problem) => {
  expect(await planOf(body, asked)).toMatchObject({ kind: 'problem', ...problem });
});

test('the task’s own model is served, and a task without one takes any', async () => {
  expect(await planned(chat, { task: 'm' })).toMatchObject({ request: { model: 'm' } });
});

test('what a body says of streams, seeds and formats', async () => {
  const streamed = await planned({ ...chat, stream: true, stream_options: { include_usage: true }, seed: 9 });
  expect(streamed).toMatchObject({ stream: true, includeUsage: true, request: { stream: true, seed: 9 } });
  expect(await planned({ ...chat, stream_options: { include_usage: false } })).toMatchObject({ includeUsage: false });
  const seeds = [await planned(chat), await planned(chat)].map(({ request }) => request.seed);
  expect(seeds[0]).toBe(seeds[1]);
  const vectors = { input: 'x', encoding_format: 'base64' };
  expect(await planned(vectors, { to: '/v1/embeddings', role: 1 })).toMatchObject({
    format: 'base64',
    limit: { maxPerChoice: null, cut: null },
  });
});

test('each prompt of a completion has its own choices; tokens are one prompt', async () => {
  const n = async (prompt: unknown, more = {}) =>
    (await planned({ prompt, ...more }, { to: '/v1/completions', maxUnits: 900n })).request.n;
  expect([
    await n('a'),
    await n(['a', 'b']),
    await n(['a', 'b'], { n: 2 }),
    await n([1, 2, 3]),
    await n([[1], [2]]),
  ]).toEqual([1, 2, 4, 1, 2]);
});

test('embeddings cost their prompt, and at most what was allowed', async () => {
  const at = { to: '/v1/embeddings', role: 1 };
  expect(await planned({ input: 'x' }, at)).toMatchObject({
    bound: 20n,
    promptUnits: 20n,
    promptMost: 20n,
    completionLimit: 0n,
  });
  expect(await planned({ input: 'x' }, { ...at, maxUnits: 20n })).toMatchObject({ bound: 20n });
  expect(await planOf({ input: 'x' }, { ...at, maxUnits: 19n })).toMatchObject({
    code: 'max_units_too_small',
    extra: { bound: '20' },
  });
  const about = served({}, async () => ({ prompt: 7n, exact: false }));
  const most = promptUpperBound({ model: 'm', input: 'x' }, 10n);
  expect(await planned({ input: 'x' }, { ...at, engine: about })).toMatchObject({
    bound: most,
    promptUnits: 7n,
    promptMost: most,
  });
  expect(await planned({ input: 'x' }, { ...at, engine: about, maxUnits: 10n })).toMatchObject({ bound: 10n });
});

test('images cost their pixels, speech its letters', async () => {
  const drawn = { to: '/v1/images/generations', role: 3, maxUnits: 10_000_000n };
  const one = imageUnits(1, 64, 32);
  expect(await planned({ prompt: 'x', size: '64x32', n: 2 }, drawn)).toMatchObject({
    bound: 2n * one,
    completionLimit: 2n * one,
    imageUnits: one,
    promptUnits: 0n,
  });
  expect(await planned({ prompt: 'x' }, drawn)).toMatchObject({ imageUnits: imageUnits(1, 1024, 1024) });
  expect(await planOf({ prompt: 'x', size: 'large' }, drawn)).toMatchObject({ code: 'invalid_request', param: 'size' });
  const spoken = { to: '/v1/audio/speech', role: 4 };
  expect(await planned({ input: 'Grüße 🙂', voice: 'a' }, spoken)).toMatchObject({
    bound: 7n,
    promptUnits: 7n,
    completionLimit: 0n,
  });
  expect(await planned({ input: 'hello', voice: 'a', response_format: 'wav' }, spoken)).toMatchObject({
    format: 'wav',
  });
});

test('a transcription is a form with one file, and costs its sound', async () => {
  const at = { to: '/v1/audio/transcriptions', role: 5 };
  const sound = silence(8_000); // a second
  const taken = await planned(
    {},
    { ...at, ...(await form({ model: 'm', file: sound, 'timestamp_granularities[]': ['word', 'segment'] })) },
  );
  expect(taken).toMatchObject({
    bound: 100n,
    promptUnits: 100n,
    request: { file: { field: 'file', name: 'a.wav', type: 'audio/wav', bytes: sound } },
  });
  expect(taken.request.body).toEqual({ model: 'm', 'timestamp_granularities[]': ['word', 'segment'] });
  expect(taken.request.files).toHaveLength(1);
  for (const to of ['/v1/audio/transcriptions', '/v1/audio/translations']) {
    expect(await planOf({}, { ...at, to, ...(await form({ model: 'm', file: [sound, sound] })) })).toMatchObject({
      code: 'invalid_request',
      param: 'file',
    });
    expect(
      await planOf({}, { ...at, to, ...(await form({ model: 'm', file: Buffer.from('no sound') })) }),
    ).toMatchObject({ code: 'unsupported_media', param: 'file' });
    expect(await planOf({}, { ...at, to, ...(await form({ model: 'm', file: silence(0) })) })).toMatchObject({
      code: 'unsupported_media',
    });
  }
  expect(await planOf({}, { ...at, ...(await form({ model: 'm' })) })).toMatchObject({
    code: 'invalid_request',
    param: 'file',
  });
  expect(await planOf({}, { ...at, ...(await form({ model: 'm', file: new Uint8Array() })) })).toMatchObject({
    code: 'invalid_request',
    param: 'file',
  });
  expect(await planOf({}, { ...at, ...(await form({ model: 'm', other: sound })) })).toMatchObject({
    code: 'unsupported_parameter',
    param: 'other',
  });
  expect(await planOf({}, at)).toMatchObject({ code: 'unsupported_media' });
  expect(
    await planOf({}, { ...at, contentType: 'multipart/form-data; boundary=x', raw: Buffer.from('nothing') }),
  ).toMatchObject({ code: 'invalid_request', detail: 'it is not a form' });
});

test('an edit of images takes several files', async () => {
  const at = { to: '/v1/images/edits', role: 3, maxUnits: 10_000_000n };
  const taken = await planned(
    {},
    {
      ...at,
      ...(await form({ model: 'm', prompt: 'x', size: '64x64', 'image[]': [Buffer.from('a'), Buffer.from('b')] })),
    },
  );
  expect([taken.request.files?.length, taken.request.file?.field, taken.imageUnits]).toEqual([
    2,
    'image[]',
    imageUnits(1, 64, 64),
  ]);
  expect(await planOf({}, { ...at, ...(await form({ model: 'm', prompt: 'x' })) })).toMatchObject({ param: 'image' });
});

test('work that is checked tells what it was made of: steps of all but vectors, where its model can', async () => {
  const steps = async (model: Partial<EngineModel>, level: number, asked: Asked & { body?: object } = {}) => {
    const { body = chat, ...more } = asked;
    return (await planned(body, { engine: served(model), level, ...more })).request.steps;
  };
  const challenge = '07'.repeat(32);
  expect(await steps({ profile: 'p' }, 1)).toEqual({ challenge });
  expect(await steps({ profile: 'p' }, 0)).toBeUndefined();
  expect(await steps({ profile: null }, 1)).toBeUndefined();
  expect(await steps({ profile: 'p', sketch: formulaProfile }, 1)).toEqual({ challenge });
  expect(await steps({ profile: 'p' }, 1, { to: '/v1/embeddings', role: 1, body: { input: 'x' } })).toEqual({
    challenge,
  });
  const sketched = served({ profile: 'p', sketch: formulaProfile });
  const vectors = { to: '/v1/embeddings', role: 1, engine: sketched };
  expect(await planOf({ input: 'x' }, { ...vectors, level: 1 })).toMatchObject({ code: 'role_not_served' });
  expect(await planOf({ input: 'x' }, vectors)).toMatchObject({ kind: 'ok' });
});

test('another API’s body becomes a chat; conversations are not kept here', async () => {
  const at = { to: '/v1/responses' };
  const taken = await planned({ input: 'hello' }, at);
  expect(taken.request).toMatchObject({ endpoint: '/v1/chat/completions', body: { messages: [{ role: 'user' }] } });
  expect(taken.face?.body).toEqual({ model: 'm', input: 'hello' });
  expect(await planOf({ input: 'hello', previous_response_id: 'r' }, at)).toMatchObject({
    code: 'unsupported_parameter',
    param: 'previous_response_id',
  });
  expect(await planOf({ input: 'hello', previous_response_id: null }, at)).toMatchObject({ kind: 'ok' });
  expect(await planOf({ input: 5 }, at)).toMatchObject({ kind: 'problem', code: 'invalid_request', param: 'input' });
});

test('media are fetched first where the operator lets them', async () => {
  const image = {
    messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }],
  };
  const at = { role: 2, engine: served({}, async () => ({ prompt: 20n, exact: true })) };
  expect(await planned(image, { ...at, remote: true })).toMatchObject({
    remote: [{ type: 'image_url', url: 'https://example.com/a.png' }],
  });
  expect(await planOf(image, at)).toMatchObject({ code: 'invalid_request' });
  expect(await planOf(image, { ...at, remote: true, level: 1 })).toMatchObject({ code: 'invalid_request' });
});

test('the endpoints of each role', () => {
  expect(roleEndpoints[0]).toContain('/v1/chat/completions');
  expect(roleEndpoints[0]).toContain('/v1/messages');
  expect(roleEndpoints[5]).toEqual(['/v1/audio/transcriptions', '/v1/audio/translations']);
  expect(roleEndpoints[8]).toBeUndefined();
});
