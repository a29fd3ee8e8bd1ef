/** What answers tell beside the model's words: their cost, errors with a remedy, what pages of other origins may read, terms of a key. */
import { buyerError, receiptLayout, type Settled } from '@atoma/sdk';
import { expect, test } from 'vitest';
import { gatewayError } from '../gateway-errors.ts';
import type { KeyRow } from '../store/types.ts';
import { corsHeaders, preflightHeaders, withCors } from './cors.ts';
import { type AnswerCost, costComment, statedCost, tomaNumber, usageChunk, withCost } from './cost.ts';
import { hintOf } from './hints.ts';
import { clientProblem, problemAnswer, problemOf } from './problem.ts';
import { termsOf } from './terms.ts';
import { countTokens } from './tokens.ts';

const cost: AnswerCost = { units: 9n, cost: 900n, price: 100n, stack: 1n, node: 2n, requestId: 'r' };
const shown =
  '"cost":0.0000009,"atoma":{"cost_base_units":"900","units":"9","price":"100","stack":"1","node":"2","request_id":"r"}';

test('amounts are numbers of TOMA, exact', () => {
  expect([0n, 1n, 900n, 1_000_000_000n, 1_500_000_000n, 12_000_000_001n].map(tomaNumber)).toEqual([
    ...['0', '0.000000001', '0.0000009', '1', '1.5', '12.000000001'],
  ]);
});

test('the cost stands in the usage of a body, in place of the node’s receipt, and what the body says stays', () => {
  const told = (body: string) => Buffer.from(withCost(Buffer.from(body), cost)).toString();
  expect(told('{"usage":{"total_tokens":9},"atoma":{"receipt":"AQ=="}}')).toBe(`{"usage":{${shown},"total_tokens":9}}`);
  expect(told('{"usage":{}}')).toBe(`{"usage":{${shown}}}`);
  expect(told('{"x":"\\"usage\\":{","usage":{"a":1},"y":2}')).toBe(
    `{"x":"\\"usage\\":{","usage":{${shown},"a":1},"y":2}`,
  );
  expect(told('{"data":[]}')).toBe('{"data":[]}');
  expect(told('{"data":[],"atoma":{"receipt":"AQ=="}}')).toBe('{"data":[]}');
});

const settled = {
  ...{ cost: 900n, price: 100n, stack: 1n, node: 2n, requestId: 'r', receipt: { units: 9n } },
  signed: { bytes: Uint8Array.of(1), signature: Uint8Array.of(2), work: Uint8Array.of(3) },
} as unknown as Settled;

test('a stream tells its cost in the chunk of its usage, with the receipt, or in a comment', () => {
  const chunk = usageChunk({ id: 'c', usage: { total_tokens: 9 } }, settled);
  expect(chunk).toMatchObject({
    id: 'c',
    usage: {
      total_tokens: 9,
      cost: 0.0000009,
      atoma: { units: '9', receipt: 'AQ==', receipt_signature: 'Ag==', work: 'Aw==' },
    },
  });
  const bare = usageChunk({}, {
    ...settled,
    signed: { bytes: Uint8Array.of(1), signature: Uint8Array.of(2) },
  } as Settled);
  expect(Object.keys((bare.usage as { atoma: object }).atoma)).not.toContain('work');
  expect(costComment(settled)).toBe(`: atoma {${shown}}\n\n`);
});

test('what a receipt states is read before it is checked; what is none states nothing', () => {
  const zero = new Uint8Array(32);
  const receipt = receiptLayout.encode({
    ...{ chainId: zero, packageId: zero, stack: 1n, node: 2n, index: 0n, requestId: new Uint8Array(16) },
    ...{ requestHash: zero, contentHash: zero, promptUnits: 4n, completionUnits: 5n, units: 9n, cumulativeUnits: 9n },
    ...{ previous: zero, timestampMs: 1n, flags: 0 },
  });
  expect(statedCost(receipt, cost)).toEqual(cost);
  expect([statedCost(undefined, cost), statedCost(receipt.subarray(1), cost)]).toEqual([undefined, undefined]);
});

test('a page reads answers where its key lists its origin, or all', () => {
  const headers = (origins: string[], origin?: string) => corsHeaders({ origins }, origin);
  const allowed = { vary: 'Origin', 'access-control-allow-origin': 'https://a', 'access-control-expose-headers': '*' };
  expect([headers(['https://a'], 'https://a'), headers(['*'], 'https://a')]).toEqual([allowed, allowed]);
  expect([headers(['https://b'], 'https://a'), headers(['*'])]).toEqual([{}, {}]);
  const answer = { status: 200, headers: { a: 'b' }, body: new Uint8Array() };
  expect(withCors(answer, { origins: ['*'] }, undefined)).toBe(answer);
  expect(withCors(answer, { origins: ['*'] }, 'https://a').headers).toEqual({ a: 'b', ...allowed });
  expect(preflightHeaders('https://a', 'x-b')).toMatchObject({
    'access-control-allow-origin': 'https://a',
    'access-control-allow-headers': 'x-b',
  });
  expect('access-control-allow-headers' in preflightHeaders('https://a', undefined)).toBe(false);
});

const program = { program: 'atoma', network: 'local' };
test('a remedy is a command where whoever started the gateway has one, else words', () => {
  const task = buyerError('NO_TASK', { model: 'm', endpoint: 'e', nearest: '' });
  expect([hintOf(task, undefined), hintOf(task, { program: 'x' })]).toEqual([
    task.hint,
    expect.stringContaining('`x quote --model NAME`'),
  ]);
  const cap = buyerError('CAP', { cap: 'day', limit: '', wanted: '', used: '' });
  expect([hintOf(cap, program), hintOf(cap, { program: 'x' })]).toEqual([
    expect.stringContaining('gateway run --cap-day AMOUNT'),
    cap.hint,
  ]);
  const stack = gatewayError('STACK', {
    ...{ id: 'k', units: 1n, cost: '', why: '', left: '', period: 'day', flags: '--day-units 5', members: '' },
  });
  expect(hintOf(stack, program)).toContain('`atoma gateway keys update k --day-units 5 --network local`');
  expect(hintOf(buyerError('CLOSED'), program)).toBe('Make a new one.');
  expect(problemOf(stack, program)).toMatchObject({
    status: 402,
    code: 'quota_exceeded',
    hint: hintOf(stack, program),
  });
});

test('errors have a status, a code, and when to ask again; a bug tells nothing of itself', () => {
  const quota = { period: 'day', unit: 'units', limit: '1', wanted: '2', used: '0' };
  const told = (error: unknown) => {
    const { status, code, retryAfterSeconds } = problemOf(error);
    return [status, code, retryAfterSeconds];
  };
  expect(told(gatewayError('QUOTA', { ...quota, seconds: 60 }))).toEqual([402, 'quota_exceeded', 60]);
  expect(told(gatewayError('RATE', { limit: 1, seconds: 7 }))).toEqual([429, 'rate_limited', 7]);
  expect(told(buyerError('NO_NODE', { model: 'm', why: 'w' }))).toEqual([503, 'no_node_available', 1]);
  expect(told(buyerError('NO_TASK', { model: 'm', endpoint: 'e', nearest: '' }))).toEqual([
    404,
    'model_not_served',
    null,
  ]);
  const bug = problemOf(new TypeError('secret'));
  expect([bug.status, JSON.stringify(bug).includes('secret')]).toEqual([500, false]);
  expect([clientProblem('overloaded').retryAfterSeconds, clientProblem('overloaded', 'm', 9)]).toMatchObject([
    1,
    { message: 'm', retryAfterSeconds: 9 },
  ]);
  expect(clientProblem('not_found').retryAfterSeconds).toBe(null);
  const written = problemAnswer(clientProblem('rate_limited', undefined, 3), 'id');
  expect([written.status, written.headers['retry-after'], written.headers['x-atoma-request-id']]).toEqual([
    429,
    '3',
    'id',
  ]);
  expect('retry-after' in problemAnswer(clientProblem('not_found'), 'id').headers).toBe(false);
});

test('a key says the terms it sets, and leaves the others open', () => {
  const open = { price: null, maxPrice: null, levels: [], tasks: [], nodePolicy: null } as unknown as KeyRow;
  const set = { price: 1n, maxPrice: 2n, levels: [1], tasks: [3n], nodePolicy: 'any' };
  expect([termsOf(open), termsOf({ ...open, ...set } as KeyRow)]).toEqual([{}, set]);
});

test('tokens of a prompt: each text, its template, tools and calls', async () => {
  const count = (messages: unknown, more: object = {}) => countTokens({ messages, ...more });
  const [hello, two] = [await count([{ content: 'hello' }]), await count([{ content: 'hello' }, { content: 'hello' }])];
  expect([hello, two]).toEqual([5, 10]);
  expect(await count([{ content: [{ text: 'hello' }, { type: 'image_url' }] }])).toBe(5);
  expect([await count('x'), await count([{}])]).toEqual([0, 4]);
  expect(await count([{ content: 'hello', tool_calls: ['hello'] }])).toBeGreaterThan(hello + 1);
  expect(await count([], { tools: ['hello'] })).toBeGreaterThan(0);
  expect(await count([], { response_format: 'hello' })).toBeGreaterThan(0);
});
