import { expect, test } from 'vitest';
import { parseBody } from './parse-body.ts';

const ask = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const chat = (more: object) => parseBody('/v1/chat/completions', { ...ask, ...more });

test.each([
  { functions: null, function_call: null, audio: null, prediction: null, web_search_options: null },
  { modalities: ['text'] },
  { modalities: null },
  { tools: null, tool_choice: null, logit_bias: null, stop: null },
  { functions: [], logit_bias: {} },
])('what asks for nothing is left out: %j', (more) => {
  expect(chat(more)).toEqual({ kind: 'ok', value: ask });
});

test('what asks of sounds and images for what is given anyway is left out; how to speak reaches the engine', () => {
  const speech = { model: 'm', input: 'hi', voice: 'a' };
  const said = { ...speech, instructions: 'softly' };
  expect(parseBody('/v1/audio/speech', { ...said, stream_format: 'audio' })).toEqual({ kind: 'ok', value: said });
  expect(parseBody('/v1/audio/speech', { ...speech, stream_format: 'sse' })).toMatchObject({ param: 'stream_format' });
  const heard = { stream: 'false', chunking_strategy: 'auto', user: 'me' };
  for (const path of ['/v1/audio/transcriptions', '/v1/audio/translations'] as const) {
    expect(parseBody(path, { model: 'm', ...heard })).toEqual({ kind: 'ok', value: { model: 'm' } });
    expect(parseBody(path, { model: 'm', stream: 'true' })).toMatchObject({ kind: 'problem', param: 'stream' });
  }
  const picture = { model: 'm', prompt: 'x' };
  expect(parseBody('/v1/images/generations', { ...picture, moderation: 'low' })).toEqual({
    kind: 'ok',
    value: picture,
  });
});

test.each([
  [{ temperature: 3 }, 'temperature', 'expected a number from 0 to 2'],
  [{ temperature: 'hot' }, 'temperature', 'expected a number from 0 to 2'],
  [{ presence_penalty: -3 }, 'presence_penalty', 'expected a number from -2 to 2'],
  [{ n: 0 }, 'n', 'expected a whole number from 1 to 16'],
  [{ top_logprobs: 50 }, 'top_logprobs', 'expected a whole number from 0 to 20'],
  [{ stream: 'yes' }, 'stream', 'expected boolean, received string'],
  [{ modalities: ['text', 'audio'] }, 'modalities.1', 'expected "text"'],
  [{ seed: 0.5 }, 'seed', 'expected a whole number'],
] as const)('a value out of place is answered with what is allowed: %j', (more, param, why) => {
  expect(chat(more)).toMatchObject({ kind: 'problem', code: 'invalid_request', param, detail: `${param}: ${why}` });
});

test('a body that is none, and a name nobody knows', () => {
  expect(chat({ model: null })).toMatchObject({ kind: 'problem', param: 'model' });
  for (const body of [null, [], 'text'])
    expect(parseBody('/v1/embeddings', body)).toMatchObject({ kind: 'problem', code: 'invalid_request', param: null });
  expect(chat({ functions: [{ name: 'f' }] })).toMatchObject({ code: 'unsupported_parameter', param: 'functions' });
  expect(parseBody('/v1/embeddings', { model: 'm', input: 'x', dimensions: 0 })).toMatchObject({
    detail: 'dimensions: expected a whole number, 1 or more',
  });
});
