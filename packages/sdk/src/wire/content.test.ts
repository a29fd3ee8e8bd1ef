import { fromHex, toHex } from '@atoma/base';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { committedStackProof, leafHash, openedRoot, partyLeaf } from '../commitment/hashes.ts';
import { merkleRoot } from '../commitment/tree.ts';
import vectors from '../vectors/envelope.json' with { type: 'json' };
import { answerContent, collectChoices } from './answer-content.ts';
import { contentBytes, contentHash, float32Bytes, normalFloat32Bytes } from './content.ts';
import {
  answerUpperBound,
  audioUnits,
  chargedUnits,
  derivedSeed,
  effectiveMax,
  parseImageSize,
  promptUpperBound,
  speechUnits,
} from './units.ts';

const bytes = (hex: string): Uint8Array => fromHex(hex) as Uint8Array;
const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

test('content hashes of whole answers equal the vectors', () => {
  for (const row of vectors.requests)
    expect(toHex(contentHash(answerContent(vectors.endpoint, json(row.answer))))).toBe(row.content_hash);
  for (const row of vectors.contents) {
    const content = answerContent(row.endpoint, new TextEncoder().encode(row.answer_json));
    expect([row.name, toHex(contentBytes(content))]).toEqual([row.name, row.bytes]);
    expect(toHex(contentHash(content))).toBe(row.hash);
  }
  const { speech, job } = vectors;
  expect(toHex(contentHash(answerContent(speech.endpoint, bytes(speech.body_hex))))).toBe(speech.hash);
  expect(toHex(contentHash({ kind: 'job', digest: bytes(job.digest) }))).toBe(job.hash);
});

test('the settlement of both requests equals the vectors', () => {
  const rows = vectors.requests.map((row, index) => ({
    index,
    requestHash: bytes(row.request_hash),
    contentHash: bytes(row.content_hash),
    units: BigInt(row.units),
  }));
  const leaves = rows.map(leafHash);
  expect(leaves.map(toHex)).toEqual(vectors.requests.map((row) => row.leaf));
  const root = merkleRoot(leaves);
  const R = openedRoot({ merkleRoot: root, stackSmallId: 7n, units: 24n });
  const { settlement } = vectors;
  expect([toHex(root), toHex(R), toHex(partyLeaf(R, 0)), toHex(partyLeaf(R, 1))]).toEqual([
    settlement.M,
    settlement.R,
    ...settlement.L,
  ]);
  expect(toHex(committedStackProof(R, vectors.attesters))).toBe(settlement.committed_stack_proof);
});

/** Splits a text at UTF-16 code units, also inside a surrogate pair. */
const split = (text: string, cuts: readonly number[]): readonly string[] => {
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => text.slice(from, places[i]));
};

test('a stream hashes like the whole answer, however its deltas are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ content: fc.string({ unit: 'binary' }), name: fc.string(), args: fc.string() }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.array(fc.nat(), { maxLength: 6 }),
      (choices, cuts) => {
        const whole = collectChoices();
        whole.addBody({
          choices: choices.map((choice, index) => ({
            index,
            message: {
              content: choice.content,
              tool_calls: [{ id: 'a', function: { name: choice.name, arguments: choice.args } }],
            },
          })),
        });
        const streamed = collectChoices();
        choices.forEach((choice, index) => {
          for (const content of split(choice.content, cuts))
            streamed.addChunk({ choices: [{ index, delta: { content } }] });
          const call = (part: object) => ({
            choices: [{ index, delta: { tool_calls: [{ index: 0, function: part }] } }],
          });
          streamed.addChunk(call({ name: choice.name }));
          for (const text of split(choice.args, cuts)) streamed.addChunk(call({ arguments: text }));
        });
        const hash = (collector: typeof whole) => toHex(contentHash({ kind: 'chat', choices: collector.choices() }));
        expect(hash(streamed)).toBe(hash(whole));
      },
    ),
  );
});

test('ids, usage, finish reasons and log probabilities do not change the hash', () => {
  const body = (extra: object, choice: object) =>
    answerContent(vectors.endpoint, json({ ...extra, choices: [{ index: 0, message: { content: 'x' }, ...choice }] }));
  expect(contentHash(body({ id: '1', usage: {} }, { finish_reason: 'stop', logprobs: {} }))).toEqual(
    contentHash(body({ id: '2', created: 3, model: 'm' }, { finish_reason: 'length' })),
  );
});

test('embeddings that are not finite, and indices used twice, are refused', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e39])
    expect(() => float32Bytes([value])).toThrowError(expect.objectContaining({ code: 'WIRE_CONTENT' }));
  expect(() => normalFloat32Bytes(new Uint8Array(5))).toThrowError(expect.objectContaining({ code: 'WIRE_CONTENT' }));
  const twice = { kind: 'images', images: [0, 0].map((index) => ({ index, bytes: new Uint8Array() })) } as const;
  expect(() => contentHash(twice)).toThrowError(expect.objectContaining({ code: 'WIRE_CONTENT' }));
});

test('base64 and number embeddings have the same bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (values) => {
      const packed = new Uint8Array(Float32Array.from(values).buffer);
      expect(toHex(normalFloat32Bytes(packed))).toBe(toHex(float32Bytes(values)));
    }),
  );
});

test('the hard cap follows the smallest of the three limits', () => {
  const base = { maxUnits: 100n, prompt: 20n, n: 1n, context: 1000n };
  expect(effectiveMax(base)).toBe(80n);
  expect(effectiveMax({ ...base, clientMax: 16n })).toBe(16n);
  expect(effectiveMax({ ...base, n: 3n })).toBe(26n);
  expect(effectiveMax({ ...base, context: 30n })).toBe(10n);
  expect(effectiveMax({ ...base, prompt: 101n }) < 1n).toBe(true);
  expect(chargedUnits(20n, 90n, 100n)).toBe(100n);
});

test('seeds equal the vectors and never leave 31 bits', () => {
  for (const row of vectors.requests) expect(derivedSeed(bytes(row.request_hash))).toBe(row.derived_seed);
  expect(vectors.requests[0]?.derived_seed).toBe(780616241);
});

test('units of speech, audio and images', () => {
  expect(speechUnits('aé😀')).toBe(3n);
  expect([audioUnits(16000n, 16000n), audioUnits(161n, 16000n), audioUnits(0n, 8000n)]).toEqual([100n, 2n, 0n]);
  expect(parseImageSize('1024x768')).toEqual({ width: 1024, height: 768 });
  for (const bad of ['auto', '0x1', '1x', '1e3x2', '100000x1']) expect(parseImageSize(bad)).toBeUndefined();
});

const margin = (units: bigint): bigint => units + units / 50n + 16n;

test('an answer is billed no further than its bytes, and a little for each choice and call', () => {
  const choice = { index: 0, text: 'Hi', reasoning: 'hm', toolCalls: [{ index: 0, name: 'f', arguments: '{}' }] };
  expect(answerUpperBound({ kind: 'chat', choices: [choice] })).toBe(margin(2n + 2n + 3n + 1n + 16n));
  expect(answerUpperBound({ kind: 'speech', bytes: new Uint8Array() })).toBeNull();
});

test('the upper bound covers text, tools, parts and images of a prompt', () => {
  expect(promptUpperBound({ messages: [{ role: 'user', content: 'ping' }] })).toBe(margin(64n + 4n + 15n + 16n));
  const image = {
    role: 'user',
    content: [
      { type: 'text', text: 'hi' },
      { type: 'image_url', image_url: { url: 'data:' } },
    ],
  };
  expect(promptUpperBound({ messages: [image] })).toBe(margin(64n + 2n + 1600n + 15n + 16n));
  expect(promptUpperBound({ input: ['ab', 'c'] })).toBe(margin(3n + 32n));
  expect(promptUpperBound({ input: [1, 2, 3] })).toBe(margin(3n + 16n));
  expect(promptUpperBound({ prompt: 'abc' })).toBe(margin(19n));
  const messages = [{ role: 'user', content: 'ping' }];
  const schema = { type: 'json_schema', json_schema: { name: 'x', schema: { type: 'object' } } };
  const asked = promptUpperBound({
    messages,
    response_format: schema,
    temperature: 1,
    stop: ['no part of the prompt'],
  });
  expect(asked).toBe(margin(64n + 4n + 15n + 16n + 256n + BigInt(JSON.stringify(schema).length)));
  const sound = { type: 'input_audio', input_audio: { data: 'A'.repeat(1000), format: 'wav' } };
  expect(promptUpperBound({ messages: [{ role: 'user', content: [sound] }] }) > 1000n).toBe(true);
});
