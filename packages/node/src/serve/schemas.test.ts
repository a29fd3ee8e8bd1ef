/** The bounds of bodies: what lies on each is taken, what lies beyond is refused by name. */
import { expect, test } from 'vitest';
import type { Endpoint } from '../engine/types.ts';
import { parseBody } from './parse-body.ts';

const messages = [{ role: 'user', content: 'hi' }];
const plain: Readonly<Partial<Record<Endpoint, object>>> = {
  '/v1/chat/completions': { messages },
  '/v1/completions': { prompt: 'hi' },
  '/v1/embeddings': { input: 'hi' },
  '/v1/rerank': { query: 'q', documents: ['d'] },
  '/v1/moderations': { input: 'hi' },
  '/tokenize': { prompt: 'hi' },
  '/detokenize': { tokens: [1] },
  '/v1/images/generations': { prompt: 'hi' },
  '/v1/images/edits': { prompt: 'hi' },
  '/v1/audio/speech': { input: 'hi', voice: 'a' },
  '/v1/audio/transcriptions': {},
};
const taken = (endpoint: Endpoint, more: object): boolean =>
  parseBody(endpoint, { model: 'm', ...plain[endpoint], ...more }).kind === 'ok';
const many = (length: number, value: unknown = 'x') => Array.from({ length }, () => value);

test.each<[Endpoint, string, readonly unknown[], readonly unknown[]]>([
  [
    '/v1/chat/completions',
    'messages',
    [messages, many(4_096, messages[0])],
    [[], many(4_097, messages[0]), 'hi', [{ content: 'x' }], [{ role: 'x'.repeat(33), content: '' }]],
  ],
  ['/v1/chat/completions', 'max_tokens', [1, 10_000_000], [0, 10_000_001, 0.5, '1']],
  ['/v1/chat/completions', 'max_completion_tokens', [1, 10_000_000], [0, 10_000_001]],
  ['/v1/chat/completions', 'top_logprobs', [0, 20], [-1, 21]],
  [
    '/v1/chat/completions',
    'tools',
    [many(256, { type: 'function', function: {} })],
    [many(257, { type: 'function' }), [{}]],
  ],
  ['/v1/chat/completions', 'tool_choice', ['auto', { type: 'x' }], [5]],
  ['/v1/chat/completions', 'response_format', [{ type: 'x', more: 1 }], [{}, 'json']],
  ['/v1/chat/completions', 'modalities', [['text'], []], [['audio'], 'text']],
  ['/v1/chat/completions', 'temperature', [0, 2], [-0.1, 2.1]],
  ['/v1/chat/completions', 'top_p', [0, 1], [-0.1, 1.1]],
  ['/v1/chat/completions', 'min_p', [0, 1], [-0.1, 1.1]],
  ['/v1/chat/completions', 'top_k', [-1, 40], [0.5]],
  ['/v1/chat/completions', 'presence_penalty', [-2, 2], [-2.1, 2.1]],
  ['/v1/chat/completions', 'frequency_penalty', [-2, 2], [-2.1, 2.1]],
  ['/v1/chat/completions', 'repetition_penalty', [0.1], [0, -1]],
  ['/v1/chat/completions', 'stop', ['x', many(16), []], [many(17), 5]],
  ['/v1/chat/completions', 'seed', [0, -5, 2 ** 60], [0.5, 'x']],
  ['/v1/chat/completions', 'logit_bias', [{ 5: 1 }], [{ 5: 'x' }]],
  ['/v1/chat/completions', 'n', [1, 16], [0, 17]],
  [
    '/v1/chat/completions',
    'stream_options',
    [{ include_usage: true, include_obfuscation: 5, continuous_usage_stats: 1 }],
    [{ other: 1 }],
  ],
  ['/v1/chat/completions', 'chat_template_kwargs', [{ enable_thinking: false }], [5]],
  ['/v1/chat/completions', 'store', [true, 5], []],
  ['/v1/completions', 'prompt', ['', many(128), [1], many(128, [1])], [[], many(129), [[]], many(129, [1]), [0.5], 5]],
  ['/v1/completions', 'logprobs', [0, 20], [-1, 21]],
  ['/v1/completions', 'max_tokens', [1, 10_000_000], [0, 10_000_001]],
  ['/v1/embeddings', 'input', ['x', many(2_048), [1], many(2_048, [1])], ['', [], many(2_049), [[]], many(2_049, [1])]],
  ['/v1/embeddings', 'encoding_format', ['float', 'base64'], ['hex']],
  ['/v1/embeddings', 'dimensions', [1], [0]],
  ['/v1/rerank', 'query', ['x'], ['']],
  ['/v1/rerank', 'documents', [many(2_048), [{ text: 'x', more: 1 }]], [[], many(2_049), [{}]]],
  ['/v1/rerank', 'top_n', [1], [0]],
  ['/v1/rerank', 'max_tokens_per_doc', [1], [0]],
  ['/v1/moderations', 'input', ['', many(2_048)], [[], many(2_049), 5]],
  ['/tokenize', 'messages', [messages], [[]]],
  ['/detokenize', 'tokens', [[], [1]], [[0.5], many(1_000_001, 1)]],
  ['/v1/images/generations', 'n', [1, 10], [0, 11]],
  ['/v1/images/generations', 'response_format', ['b64_json'], ['url']],
  ['/v1/images/edits', 'n', ['1', '10'], ['0', '11', 'x']],
  ['/v1/images/edits', 'user', ['x'.repeat(256)], ['x'.repeat(257)]],
  ['/v1/audio/speech', 'input', ['x'], ['']],
  ['/v1/audio/speech', 'speed', [0.25, 4], [0.2, 4.1]],
  ['/v1/audio/speech', 'instructions', ['x'.repeat(4_096)], ['x'.repeat(4_097)]],
  ['/v1/audio/speech', 'response_format', ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'], ['midi']],
  ['/v1/audio/transcriptions', 'response_format', ['json', 'text', 'srt', 'vtt', 'verbose_json'], ['xml']],
  ['/v1/audio/transcriptions', 'timestamp_granularities[]', [['word', 'segment']], [['day']]],
])('%s: the bounds of %s', (endpoint, name, within, beyond) => {
  for (const value of within) expect([value, taken(endpoint, { [name]: value })]).toEqual([value, true]);
  for (const value of beyond) expect([value, taken(endpoint, { [name]: value })]).toEqual([value, false]);
});

test.each(Object.keys(plain) as Endpoint[])(
  '%s takes what it needs, what is routing, and nothing it does not know',
  (endpoint) => {
    expect(parseBody(endpoint, { model: 'm', ...plain[endpoint], provider: { only: [] } })).toEqual({
      kind: 'ok',
      value: { model: 'm', ...plain[endpoint] },
    });
    expect(parseBody(endpoint, { model: 'm', ...plain[endpoint], colour: 1 })).toMatchObject({
      code: 'unsupported_parameter',
      param: 'colour',
    });
    expect(parseBody(endpoint, { ...plain[endpoint] })).toMatchObject({ code: 'invalid_request', param: 'model' });
  },
);

test('of a seed too large to be exact the digits that fit are taken', () => {
  expect(parseBody('/v1/chat/completions', { model: 'm', messages, seed: 2 ** 60 })).toMatchObject({
    value: { seed: 2 ** 60 % 9_007_199_254_740_992 },
  });
  expect(parseBody('/v1/chat/completions', { model: 'm', messages, seed: 7 })).toMatchObject({ value: { seed: 7 } });
});

test('what changes nothing here is left out', () => {
  const more = {
    store: 1,
    metadata: {},
    service_tier: 'x',
    prompt_cache_key: 'x',
    prompt_cache_retention: 1,
    safety_identifier: 1,
    user: 'u',
    prediction: {},
    usage: {},
    verbosity: 'x',
    moderation: undefined,
  };
  const { moderation: _, ...harmless } = more;
  expect(parseBody('/v1/chat/completions', { model: 'm', messages, ...harmless })).toEqual({
    kind: 'ok',
    value: { model: 'm', messages },
  });
});
