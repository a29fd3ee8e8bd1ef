/** What requests may ask for in `provider`, and what of it is refused by name. */
import { expect, test } from 'vitest';
import type { NodeStatus } from './directory.ts';
import { mayServe, narrowed, parseProvider, placeOf } from './provider.ts';
import type { SaidModel } from './self-description.ts';
import { defaultPolicy } from './types.ts';

const owner = `0x${'0a'.repeat(32)}`;
const status = (nodeSmallId: bigint, said: Partial<SaidModel> = {}): NodeStatus =>
  ({
    node: { nodeSmallId, owner },
    problem: null,
    latencyMs: null,
    models: new Map([['m', { profile: null, quantization: null, parameters: null, ...said }]]),
  }) as unknown as NodeStatus;
const serves = (provider: unknown, node: NodeStatus, json: Record<string, unknown> = {}): boolean =>
  mayServe({ provider: parseProvider(provider), model: 'm', json: { model: 'm', provider, ...json } }, node);

test.each([
  ['x', 'provider'],
  [[], 'provider'],
  [{ order: 'a' }, 'provider.order'],
  [{ order: ['node-1'] }, 'provider.order.0'],
  [{ only: [1, 0] }, 'provider.only.1'],
  [{ ignore: [{}] }, 'provider.ignore.0'],
  [{ only: [{ toString: 1, valueOf: 1 }] }, 'provider.only.0'],
  [{ sort: 'speed' }, 'provider.sort'],
  [{ sort: { by: 'quality' } }, 'provider.sort.by'],
  [{ max_price: -1 }, 'provider.max_price'],
  [{ max_price: { prompt: 'much' } }, 'provider.max_price.prompt'],
  [{ max_price: { image: 1 } }, 'provider.max_price.image'],
  [{ level: 3 }, 'provider.level'],
  [{ level: ['1'] }, 'provider.level'],
  [{ quantizations: ['q4'] }, 'provider.quantizations.0'],
  [{ require_parameters: 'yes' }, 'provider.require_parameters'],
  [{ allow_fallbacks: 1 }, 'provider.allow_fallbacks'],
  [{ zdr: true }, 'provider.zdr'],
  [{ data_collection: 'deny' }, 'provider.data_collection'],
  [{ constructor: 1 }, 'provider.constructor'],
  [{ nodes: [1] }, 'provider.nodes'],
])('%j is refused at %s', (given, param) => {
  expect(() => parseProvider(given)).toThrow(
    expect.objectContaining({ code: 'BUYER_BODY', details: expect.objectContaining({ param }) }),
  );
});

test('a request without the member, with null, or with promises nobody is asked for, asks for nothing', () => {
  expect([undefined, null].map(parseProvider)).toEqual([null, null]);
  const plain = parseProvider({});
  expect(parseProvider({ zdr: false, data_collection: 'allow', order: null })).toEqual(plain);
  expect(parseProvider('{}')).toEqual(plain);
});

test('prices are base units a unit, or TOMA per million units; the lower of two counts', () => {
  const prices = [150, '150', { prompt: 0.15 }, { completion: '0.150', prompt: 2 }, { request: 1 }].map(
    (max_price) => parseProvider({ max_price })?.maxPrice,
  );
  expect(prices).toEqual([150n, 150n, 150n, 150n, null]);
});

test('nodes are named by id or by owner, in any spelling of the address', () => {
  expect(serves({ only: [7] }, status(7n))).toBe(true);
  expect(serves({ only: ['7'] }, status(8n))).toBe(false);
  expect(serves({ only: [owner.toUpperCase().replace('0X', '0x')] }, status(8n))).toBe(true);
  expect(serves({ ignore: [owner] }, status(8n))).toBe(false);
  expect(placeOf(parseProvider({ order: [9, 7] }), status(7n))).toBe(1);
  expect(placeOf(parseProvider({ order: [9, 7] }), status(3n))).toBe(2);
});

test('an order without fallbacks is all who may serve; without an order no second node is tried', () => {
  expect(parseProvider({ order: [9, 7], only: [7, 8], allow_fallbacks: false })).toMatchObject({
    only: ['7'],
    fallbacks: true,
  });
  expect(parseProvider({ allow_fallbacks: false })).toMatchObject({ only: null, fallbacks: false });
});

test('quantisations and parameters are what the node says; who says nothing is unknown and takes nothing', () => {
  expect(serves({ quantizations: ['int8', 'fp16'] }, status(1n, { quantization: 'int8' }))).toBe(true);
  expect(serves({ quantizations: ['int8'] }, status(1n))).toBe(false);
  expect(serves({ quantizations: ['unknown'] }, status(1n))).toBe(true);
  const takes = status(1n, { parameters: new Set(['model', 'seed']) });
  expect(serves({ require_parameters: true }, takes, { seed: 1, logprobs: null })).toBe(true);
  expect(serves({ require_parameters: true }, takes, { logprobs: true })).toBe(false);
  expect(serves({ require_parameters: true }, status(1n))).toBe(false);
});

test('a request narrows what a key may buy and never widens it', () => {
  const terms = { ...defaultPolicy, maxPrice: 100n, levels: [1, 0] };
  expect(narrowed(terms, parseProvider({ max_price: 120, level: [2, 0] }))).toMatchObject({
    maxPrice: 100n,
    levels: [0],
  });
  expect(narrowed(terms, parseProvider({ max_price: 80 }))).toMatchObject({ maxPrice: 80n, levels: [1, 0] });
  expect(narrowed({ ...terms, maxPrice: null }, parseProvider({ max_price: 80 }))).toMatchObject({ maxPrice: 80n });
  expect(narrowed({ ...terms, price: 90n }, parseProvider({ max_price: 80 }))).toMatchObject({ price: 80n });
  expect(narrowed({ ...terms, price: 70n }, parseProvider({ max_price: 80 }))).toMatchObject({ price: 70n });
  expect(() => narrowed(terms, parseProvider({ level: 2 }))).toThrow('provider.level: only 1, 0 may be bought here');
});
