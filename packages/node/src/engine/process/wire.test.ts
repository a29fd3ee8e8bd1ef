/** What crosses the pipe comes back as it was, and what is none of it is no message. */
import { expect, test } from 'vitest';
import type { EngineEvent, EngineRequest } from '../types.ts';
import { decodeCall, decodeReply, type EngineReply, encodeLine } from './wire.ts';

const request: EngineRequest = {
  endpoint: '/v1/chat/completions',
  model: 'm',
  body: { messages: [{ role: 'user', content: '{"units":"7"}' }], units: '7' },
  file: null,
  seed: 4_294_967_295,
  n: 2,
  stream: true,
  steps: { challenge: '0'.repeat(64), claimed: [[1, 2], []], stepwise: true },
};
const events: readonly EngineEvent[] = [
  { type: 'accepted', strange: [3], integers: [-4, 5] },
  { type: 'delta', choice: 0, content: 'ü', units: 1, steps: [{ token: 9, values: [0.25, -1], gap: 0.5 }] },
  { type: 'delta', choice: 1, tool: { index: 0, id: 'c', name: 'f', arguments: '{}' }, logprobs: { a: null } },
  { type: 'vector', index: 0, values: [0.1, -0.2] },
  { type: 'finish', choice: 0, reason: 'length', whole: false, extra: { language: 'en' } },
  { type: 'usage', prompt: 2n ** 63n, completion: null, cached: 0n },
];
const replies: readonly EngineReply[] = [
  ...events.map((event) => ({ id: 7, kind: 'event' as const, event })),
  { id: 7, kind: 'end' },
  { id: 7, kind: 'measure', measure: { prompt: 12n, exact: true } },
  { id: 7, kind: 'fault', fault: { kind: 'FAILED', details: { model: 'm', why: 'w' } } },
  {
    id: 0,
    kind: 'models',
    models: [
      { name: 'm', roles: [0, 1], contextLength: 9, tokenizer: null, profile: 'atoma-int/1', imagePartUnits: 85n },
    ],
  },
];

test.each(replies.map((reply) => [reply.kind, reply] as const))('a reply comes back as it was: %s', (_, reply) => {
  expect(decodeReply(encodeLine(reply))).toEqual(reply);
});

test('a call comes back as it was; text in a body is never read as units', () => {
  const run = { id: 1, call: 'run' as const, request, limit: { maxPerChoice: 20, cut: [3, 4] } };
  for (const call of [run, { id: 2, call: 'measure' as const, request }, { id: 3, call: 'stop' as const }])
    expect(decodeCall(encodeLine(call))).toEqual(call);
});

test.each([
  'loading model ...',
  '',
  'null',
  '[]',
  '{"id":1}',
  '{"id":"1","kind":"end"}',
  '{"id":1,"kind":"event","event":{"type":"delta","choice":-1}}',
  '{"id":1,"kind":"event","event":{"type":"delta","choice":0,"content":7}}',
  '{"id":1,"kind":"event","event":{"type":"usage","prompt":"-1","completion":null}}',
  '{"id":1,"kind":"measure","measure":{"prompt":12,"exact":true}}',
  '{"id":0,"kind":"models","models":[{"name":"m"}]}',
])('what is no reply: %s', (line) => {
  expect(decodeReply(line)).toBeUndefined();
});

test.each(['{}', '{"id":1,"call":"run"}', '{"id":1,"call":"close"}', '{"id":1,"call":"measure","request":{}}'])(
  'what is no call: %s',
  (line) => {
    expect(decodeCall(line)).toBeUndefined();
  },
);
