/** What a client of OpenAI's API is told: answers of every face, streams, costs in headers, and errors with their status. */
import { expect, test } from 'vitest';
import { faceError } from '../faces/client-json.ts';
import { networkError, sdkError } from '../sdk-errors.ts';
import { chatBody } from '../testing/scripted-node.ts';
import { headerNames } from '../wire/headers.ts';
import { buyerError } from './buyer-errors.ts';
import { createBuyerFetch, endpointOf, errorAnswer } from './openai.ts';
import type { Settled } from './work/attempt.ts';
import type { WorkAnswer, WorkRequest } from './work/course.ts';

const settled = {
  receipt: { units: 9n },
  signed: { bytes: Uint8Array.of(1), signature: Uint8Array.of(2), work: Uint8Array.of(3) },
} as unknown as Settled;
const answerWith = (more: Partial<WorkAnswer>): WorkAnswer =>
  ({
    ...{
      status: 200,
      contentType: 'application/json',
      requestId: 'r',
      body: chatBody(),
      settled: Promise.resolve(null),
    },
    ...more,
  }) as WorkAnswer;

/** A client whose requests are answered like this. */
const client = (answer: Partial<WorkAnswer> | Error) => {
  const asked: WorkRequest[] = [];
  const send = createBuyerFetch(
    async (request) => {
      asked.push(request);
      if (answer instanceof Error) throw answer;
      return answerWith(answer);
    },
    async () => ({ object: 'list' }),
  );
  const post = (path: string, body: unknown, init: RequestInit = {}) =>
    send(`http://x${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
  return { asked, post, send };
};
const errorOf = async (response: Response) =>
  ((await response.json()) as { readonly error: Record<string, unknown> }).error;
const RESPONSES = '/v1/responses';
const chat = { model: 'm', messages: [] };

test('a whole answer carries its receipt and its cost', async () => {
  const { post, asked } = client({ settled: Promise.resolve(settled) });
  const response = await post('/v1/chat/completions', chat);
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'application/json']);
  const said = [
    headerNames.requestId,
    headerNames.units,
    headerNames.receipt,
    headerNames.receiptSignature,
    headerNames.work,
  ];
  expect(said.map((name) => response.headers.get(name))).toEqual(['r', '9', 'AQ==', 'Ag==', 'Aw==']);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(chatBody()));
  expect(asked).toMatchObject([{ endpoint: '/v1/chat/completions', contentType: 'application/json' }]);
  expect(Buffer.from(asked[0]?.body ?? []).toString()).toBe(JSON.stringify(chat));
});

test('what was not charged names no cost, and no request where none was sent', async () => {
  const response = await client({ status: 503, requestId: '' }).post('/v1/chat/completions', chat);
  expect([response.status, [...response.headers.keys()]]).toEqual([503, ['content-type']]);
  const bare = { ...settled, signed: { bytes: Uint8Array.of(1), signature: Uint8Array.of(2) } } as Settled;
  const charged = await client({ settled: Promise.resolve(bare) }).post('/v1/chat/completions', chat);
  expect(charged.headers.get(headerNames.work)).toBe(null);
});

const streamed = (...pieces: string[]) => {
  const state = { pulled: 0, ended: 0 };
  async function* all(): AsyncGenerator<string> {
    for (const piece of pieces) {
      state.pulled++;
      yield piece;
    }
  }
  const body = { pieces: all(), cancel: () => void state.ended++ };
  return { state, answer: { contentType: 'text/event-stream', body } };
};

test('a stream is read as fast as its client reads, and ends with it', async () => {
  const { state, answer } = streamed('data: 1\n\n', 'data: 2\n\n');
  const response = await client(answer).post('/v1/chat/completions', chat);
  await Promise.resolve();
  expect(state.pulled).toBe(0);
  expect(await response.text()).toBe('data: 1\n\ndata: 2\n\n');
  const left = streamed('data: 1\n\n', 'data: 2\n\n');
  const reader = (await client(left.answer).post('/v1/chat/completions', chat)).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(left.state).toEqual({ pulled: 1, ended: 1 });
});

test('another face is bought as chat and told in its own words', async () => {
  const { post, asked } = client({});
  const response = await post(RESPONSES, { model: 'm', input: 'hi' });
  expect(await response.json()).toMatchObject({ object: 'response', output: [{ type: 'message' }] });
  expect(asked[0]?.endpoint).toBe('/v1/chat/completions');
  expect(JSON.parse(Buffer.from(asked[0]?.body ?? []).toString())).toMatchObject({ messages: [{ content: 'hi' }] });
  const body = Buffer.from('{"error":{"code":"busy","message":"later"}}');
  const refused = await client({ status: 503, body }).post(RESPONSES, { model: 'm', input: 'hi' });
  expect([refused.status, await errorOf(refused)]).toMatchObject([503, { code: 'busy', message: 'later' }]);
});

test('a stream of another face tells its own events, and nothing where there is nothing to tell', async () => {
  const chunk = (delta: object) => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`;
  const { answer, state } = streamed(': waiting\n\n', chunk({ content: 'hi' }), 'data: [DONE]\n\n');
  const response = await client(answer).post(RESPONSES, { model: 'm', input: 'hi', stream: true });
  const text = await response.text();
  expect(text).toContain('response.output_text.delta');
  expect(text).not.toContain('"choices"');
  expect(state.pulled).toBe(3);
});

test.each([
  ['{', /it is not JSON/],
  ['[]', /it is not a JSON object/],
  [{ model: 'm', input: 'hi', previous_response_id: 'r' }, /conversations are kept by gateways/],
])('a body of another face that cannot be used is refused, and nothing is sent: %j', async (body, why) => {
  const { post, asked } = client({});
  const response = await post(RESPONSES, body);
  expect([response.status, asked]).toEqual([400, []]);
  expect((await errorOf(response)).message).toMatch(why);
});

test('a conversation that is null is none', async () => {
  const { post } = client({});
  expect((await post(RESPONSES, { model: 'm', input: 'hi', previous_response_id: null })).status).toBe(200);
});

test('the list of models is asked for with GET alone', async () => {
  const { send, asked, post } = client({});
  expect(await (await send('http://x/v1/models')).json()).toEqual({ object: 'list' });
  expect(asked).toEqual([]);
  await send('http://x/v1/other');
  await post('/v1/models', {});
  expect(asked.map(({ endpoint }) => endpoint)).toEqual(['/v1/other', '/v1/models']);
});

test('a path is known below /v1, whatever stands before it', () => {
  expect(endpointOf('https://x/a/b/v1/chat/completions?c=1')).toBe('/v1/chat/completions');
  expect(endpointOf('https://x/chat')).toBe('/chat');
  expect(endpointOf('https://x/v1/v1/models')).toBe('/v1/v1/models');
});

test('errors of the buyer have a status, a code, and say whether to ask again; others are thrown', async () => {
  const cap = buyerError('CAP', { cap: 'day', limit: '1', wanted: '2', used: '0' });
  const response = await client(cap).post('/v1/chat/completions', chat);
  expect(response.status).toBe(402);
  expect(await errorOf(response)).toMatchObject({ code: 'spend_cap_reached', param: null, retryable: 'no' });
  await expect(client(new TypeError('a bug')).post('/v1/chat/completions', chat)).rejects.toThrow('a bug');
  const gone = new AbortController();
  gone.abort();
  await expect(client(cap).post('/v1/chat/completions', chat, { signal: gone.signal })).rejects.toBeDefined();
});

const details = { model: 'm', why: 'w', node: 1n, endpoint: 'e', nearest: '', param: 'p', wanted: 1n, most: 1n };
test.each([
  ['NO_NODE', 503, 'no_node_available', 'new'],
  ['NO_CONFIDENTIAL_NODE', 503, 'no_confidential_node', 'new'],
  ['LEVELS_MIXED', 400, 'invalid_request', 'no'],
  ['NO_TASK', 404, 'model_not_served', 'no'],
  ['ENDPOINT', 404, 'not_found', 'no'],
  ['BODY', 400, 'invalid_request', 'no'],
  ['TOO_LARGE', 400, 'invalid_request', 'no'],
  ['UNTRUSTED', 502, 'node_untrusted', 'no'],
  ['UNREACHABLE', 503, 'no_node_available', 'new'],
  ['ANSWER_GONE', 409, 'answer_gone', 'no'],
  ['STREAM_BROKEN', 502, 'backend_error', 'new'],
  ['JOURNAL', 500, 'internal', 'no'],
] as const)('%s is told as %d %s', (name, status, code, retryable) => {
  const told = errorAnswer(buyerError(name, { ...details, levels: '', requestId: '', units: 1n, path: '' }));
  expect([told.status, told.body.error]).toMatchObject([status, { code, retryable, param: 'p' }]);
});

test.each([
  [sdkError('INSUFFICIENT_TOMA', { owner: '', have: '', need: '', missing: '' }), 402, 'spend_cap_reached'],
  [sdkError('INSUFFICIENT_SUI', { owner: '', have: '', need: '' }), 402, 'spend_cap_reached'],
  [sdkError('TRANSACTION_FAILED', { label: '', sentence: '', remedy: '' }), 503, 'purchase_refused'],
  [sdkError('DECODE', { what: '' }), 503, 'contract_differs'],
  [sdkError('RESULT_MISSING', { label: '', digest: '', event: '' }), 503, 'contract_differs'],
  [networkError('UNREACHABLE', { network: '', why: '' }), 503, 'chain_unavailable'],
  [faceError('UNSUPPORTED', { param: 'p', why: '' }), 400, 'unsupported_parameter'],
  [faceError('BODY', { param: 'p', why: '' }), 400, 'invalid_request'],
  [sdkError('NO_SIGNER'), 500, 'internal'],
])('%s is told by its status and code', (error, status, code) => {
  const told = errorAnswer(error);
  expect([told.status, told.body.error]).toMatchObject([status, { code, message: error.message }]);
});
