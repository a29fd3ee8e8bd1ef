/** What a node's answers mean: for the client, for the stack, for the journal, and for what is tried next. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  chatBody,
  isWork,
  jsonAnswer,
  openScriptedMarket,
  piecesAnswer,
  receiptHeaders,
  refusalHeaders,
  type ScriptedMarket,
  type ScriptedNode,
  streamPieces,
} from '../../testing/scripted-node.ts';
import { fromBase64, headerNames } from '../../wire/headers.ts';
import { envelopeLayout } from '../../wire/messages.ts';
import type { NodeRequest } from '../transport/http.ts';
import type { WorkRequest } from './course.ts';

let market: ScriptedMarket;
let node: ScriptedNode;
beforeAll(async () => {
  market = await openScriptedMarket('exchange');
  node = await market.addNode([[await market.task({ model: 'm' }), 100n]]);
});
afterAll(() => market.close());
beforeEach(() => {
  node.script = () => undefined;
  node.asked.length = 0;
  node.served.length = 0;
});

const chat = (more: object = {}, request: Partial<WorkRequest> = {}): WorkRequest => ({
  endpoint: '/v1/chat/completions',
  contentType: 'application/json',
  body: Buffer.from(
    JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 20, ...more }),
  ),
  ...request,
});
const envelopeOf = ({ headers }: NodeRequest) =>
  envelopeLayout.decode(fromBase64(headers[headerNames.envelope] as string) as Uint8Array);

/** A buyer with a stack at the node, what it is answered, and what is left behind. */
const met = async (
  problem: { status: number; code?: string; refused?: boolean; headers?: Record<string, string> } & Record<
    string,
    unknown
  >,
  times = 1,
) => {
  const { status, refused, headers, ...error } = problem;
  let left = times;
  node.script = (request) => {
    if (!isWork(request) || left-- <= 0) return undefined;
    const signed = refused ? refusalHeaders(node.refuse(request, String(error.code))) : {};
    return jsonAnswer({ error }, { status, ...signed, ...headers });
  };
  const made = await market.buyer({ stacksPerRequest: 1 });
  const answer = await made.buyer.deliver(chat());
  const [own] = made.context.book.list();
  const stages = (await made.context.journal.listRequests({})).map(({ stage }) => stage);
  return { ...made, answer, own, stages, sent: node.work().map(envelopeOf) };
};
const errorOf = (body: unknown) => JSON.parse(Buffer.from(body as Uint8Array).toString('utf8')).error;

test('an error of the request is the answer, as the node said it; unbilled for certain where the node signed that', async () => {
  const problem = { status: 400, code: 'bad_prompt', message: 'no', retryable: 'no', extra: 1 };
  const { answer, stages, own, sent, of } = await met({ ...problem, refused: true });
  expect([answer.status, errorOf(answer.body), await answer.settled]).toEqual([
    400,
    { code: 'bad_prompt', message: 'no', retryable: 'no', extra: 1 },
    null,
  ]);
  expect([answer.node, answer.stack, answer.maxUnits, answer.price]).toEqual([
    node.id,
    own?.stack,
    sent[0]?.maxUnits,
    100n,
  ]);
  expect([stages, own?.promised, own?.blocked, sent.length]).toEqual([['refused'], 0n, null, 1]);
  expect(of('refused')).toMatchObject([{ code: 'bad_prompt', node: node.id }]);
  const unsigned = await met(problem);
  expect([unsigned.stages, unsigned.own?.promised, unsigned.of('refused')]).toEqual([['dropped'], 0n, []]);
  const meters = await unsigned.context.journal.meters(unsigned.own?.stack as bigint);
  expect(meters.exposure).toBe(unsigned.sent[0]?.maxUnits);
});

test('an error without a body is told as JSON, and one whose page is no JSON by its status', async () => {
  const made = await market.buyer({ stacksPerRequest: 1 });
  const answered = async (body: string, status = 404) => {
    node.script = (request) => (isWork(request) ? piecesAnswer([body], { status }) : undefined);
    const answer = await made.buyer.deliver(chat());
    return [answer.status, Buffer.from(answer.body as Uint8Array).toString('utf8')];
  };
  expect(await answered('')).toEqual([404, '{"error":{}}']);
  expect(await answered('<html>')).toEqual([404, '<html>']);
});

test('a failure of the server counts against the node, one of the request does not', async () => {
  const failed = await met({ status: 500, code: 'x', retryable: 'no' });
  expect(failed.context.measured.of(node.id, 'm')).toMatchObject({
    requests: 1,
    completionRate: expect.closeTo(0.9, 2),
  });
  const asked = await met({ status: 499, code: 'x', retryable: 'no' });
  expect(asked.context.measured.of(node.id, 'm').requests).toBe(0);
});

test('what is to be signed anew is, four times in all; then what the node said is the answer', async () => {
  const { answer, sent, stages, of } = await met({ status: 409, code: 'busy', retryable: 'new', refused: true }, 9);
  expect(new Set(sent.map(({ requestId }) => Buffer.from(requestId).toString('hex'))).size).toBe(4);
  expect([answer.status, errorOf(answer.body).code, answer.requestId]).toEqual([409, 'busy', '']);
  expect(stages).toEqual(['refused', 'refused', 'refused', 'refused']);
  expect(of('failover')).toMatchObject([{ why: 'busy' }]);
  const once = await met({ status: 409, code: 'busy', retryable: 'new', refused: true });
  expect([once.answer.status, once.sent.length]).toEqual([200, 6]);
});

test('a node that is busy for longer than a pause is left, and the client told how long', async () => {
  const busy = { status: 429, code: 'overloaded', retryable: 'new', refused: true };
  const { answer, sent } = await met({ ...busy, headers: { 'retry-after': '1.2' } }, 9);
  expect([answer.status, answer.retryAfterSeconds, sent.length]).toEqual([429, 2, 1]);
  const odd = await met({ ...busy, retryable: 'no', headers: { 'retry-after': 'Wed, 21 Oct 2026 07:28:00 GMT' } });
  expect('retryAfterSeconds' in odd.answer).toBe(false);
});

test('an error that another node may not have is the answer where there is no other', async () => {
  const { answer, of } = await met({ status: 503, code: 'backend_error', retryable: 'other', refused: true });
  expect([answer.status, answer.contentType, errorOf(answer.body).code]).toEqual([
    503,
    'application/json',
    'backend_error',
  ]);
  expect([answer.stack, answer.node, answer.maxUnits, answer.confidential, answer.stated]).toEqual([
    0n,
    0n,
    0n,
    null,
    null,
  ]);
  expect(of('failover')).toMatchObject([{ why: 'backend_error' }]);
});

test('what the node says is free is believed', async () => {
  const exhausted = { status: 402, code: 'stack_exhausted', retryable: 'other', refused: true };
  expect((await met({ ...exhausted, free_units: '7' })).own?.free).toBe(7n);
  expect((await met({ ...exhausted, free_units: 7 })).own?.free).toBe(400_000n);
  expect((await met({ ...exhausted, code: 'other_code', free_units: '7' })).own?.free).toBe(400_000n);
});

test.each(['stack_settling', 'stack_closed', 'stack_quarantined', 'wrong_node', 'not_stack_owner'])(
  '%s: the stack takes no more work',
  async (code) => {
    const { own } = await met({ status: 409, code, retryable: 'other', refused: true });
    expect(own?.blocked).toBe(code);
  },
);

test('a clock that is wrong is set by the node’s, and the request signed anew at once', async () => {
  const said = { status: 401, code: 'timestamp_out_of_window', retryable: 'no', refused: true };
  const { answer, sent, context } = await met({ ...said, server_time_ms: Date.now() + 900_000 });
  expect([answer.status, sent.length]).toEqual([200, 2]);
  expect(context.directory.clockOffsetMs(node.id)).toBeGreaterThan(800_000);
  expect(Number(sent[1]?.timestampMs) - Date.now()).toBeGreaterThan(800_000);
  node.asked.length = 0;
  expect((await met({ ...said, server_time_ms: 'soon' })).answer.status).toBe(401);
});

test('a bound the node asks for is promised, where it is larger and the stack holds it', async () => {
  const small = { status: 400, code: 'max_units_too_small', retryable: 'no', refused: true };
  const larger = await met({ ...small, bound: '5000' });
  expect([larger.answer.status, larger.sent.map(({ maxUnits }) => maxUnits).at(-1)]).toEqual([200, 5000n]);
  const first = larger.sent[0]?.maxUnits as bigint;
  for (const bound of [String(first), '400001', 5000, '5e3', undefined, '12345678901234567890']) {
    node.asked.length = 0;
    const { answer, sent } = await met({ ...small, bound });
    expect([bound, answer.status, sent.length]).toEqual([bound, 400, 1]);
  }
  node.asked.length = 0;
  expect((await met({ ...small, bound: '400000' })).sent.at(-1)?.maxUnits).toBe(400_000n);
});

test('a whole answer: what it cost, where it came from, and what was measured of it', async () => {
  const { buyer, context, of } = await market.buyer();
  const [tag, charges] = ['t', [] as unknown[]];
  const answer = await buyer.deliver(chat({}, { tag, charged: (charge) => charges.push(charge) }));
  const settled = await answer.settled;
  expect(answer).toMatchObject({ status: 200, contentType: 'application/json', node: node.id, price: 100n });
  expect(answer.waitedMs).toBeGreaterThan(0);
  expect([answer.overheadMs, answer.confidential]).toEqual([null, null]);
  expect(settled).toMatchObject({ cost: 900n, price: 100n, requestId: answer.requestId, confidential: null });
  expect(answer.stated?.bytes).toEqual(settled?.signed.bytes);
  expect(charges).toEqual([{ tag, units: 9n, cost: 900n }]);
  expect(of('receipt')).toMatchObject([{ tag, units: 9n, cost: 900n }]);
  await Promise.resolve();
  const { firstMs, unitsPerSecond, receipts, completionRate } = context.measured.of(node.id, 'm');
  expect([firstMs, receipts, completionRate]).toEqual([null, 1, 1]);
  expect(unitsPerSecond).toBeGreaterThan(0);
});

test('the node’s own figure of its overhead is passed on, and is its latency', async () => {
  const { buyer, context } = await market.buyer();
  await context.directory.status(node.id);
  const before = context.directory;
  node.script = (request) => {
    if (!isWork(request)) return undefined;
    const body = chatBody();
    return piecesAnswer([body], { ...receiptHeaders(node.bill(request, body)), [headerNames.overhead]: '1000000' });
  };
  const answer = await buyer.deliver(chat());
  expect([answer.overheadMs, answer.contentType]).toEqual([1_000_000, 'application/json']);
  expect((await before.status(node.id))?.latencyMs).toBeGreaterThan(100_000);
});

test('checked before it is given, or behind it', async () => {
  const { buyer, of } = await market.buyer({ stacksPerRequest: 1, noticeOnMistrust: false });
  node.script = (request) =>
    isWork(request) ? piecesAnswer([chatBody('x')], receiptHeaders(node.bill(request, chatBody()))) : undefined;
  const after = await buyer.deliver(chat({}, { verify: 'after' }));
  expect(after.status).toBe(200);
  await expect(after.settled).rejects.toMatchObject({ code: 'BUYER_UNTRUSTED' });
  expect(of('untrusted')).toHaveLength(1);
  const other = await market.buyer({ stacksPerRequest: 1, noticeOnMistrust: false });
  await expect(other.buyer.deliver(chat())).rejects.toMatchObject({ code: 'BUYER_UNTRUSTED' });
  expect(other.context.measured.of(node.id, 'm')).toMatchObject({
    requests: 1,
    completionRate: expect.closeTo(0.9, 2),
    receipts: 0,
  });
  expect((await other.context.journal.listRequests({})).map(({ stage }) => stage)).toEqual(['dropped']);
});

test('a connection that breaks: the fate is asked for, a receipt counts, and without one the units are possible loss', async () => {
  node.script = (request) => {
    if (!isWork(request)) return undefined;
    node.bill(request, chatBody());
    throw new DOMException('socket hang up', 'NetworkError');
  };
  const billed = await market.buyer({ stacksPerRequest: 1 });
  await expect(billed.buyer.deliver(chat())).rejects.toMatchObject({ code: 'BUYER_UNREACHABLE' });
  expect([billed.of('receipt').length, billed.of('unresolved').length]).toEqual([1, 0]);
  expect(billed.of('failover')).toMatchObject([{ why: 'socket hang up' }]);
  expect(billed.context.measured.of(node.id, 'm')).toMatchObject({
    requests: 1,
    completionRate: expect.closeTo(0.9, 2),
  });
  node.script = (request) => {
    if (!isWork(request)) return undefined;
    throw new DOMException('socket hang up', 'NetworkError');
  };
  const lost = await market.buyer({ stacksPerRequest: 1 });
  await expect(lost.buyer.deliver(chat())).rejects.toMatchObject({
    ...{ code: 'BUYER_UNREACHABLE', details: { node: node.id, why: 'socket hang up' } },
  });
  expect(lost.of('unresolved')).toMatchObject([{ node: node.id, maxUnits: lost.of('sent')[0]?.maxUnits }]);
  const [own] = lost.context.book.list();
  expect([own?.promised, own?.used]).toEqual([0n, 0n]);
});

test('a stream is passed on, measured, and settled by the receipt at its end', async () => {
  const { buyer, context } = await market.buyer();
  const answer = await buyer.deliver(chat({ stream: true }));
  const pieces: string[] = [];
  for await (const piece of (answer.body as { pieces: AsyncIterable<string> }).pieces) pieces.push(piece);
  expect(pieces.join('')).toBe(streamPieces(null).concat('data: [DONE]\n\n').join(''));
  expect(await answer.settled).toMatchObject({ cost: 900n });
  expect([answer.status, answer.stated]).toEqual([200, null]);
  await Promise.resolve();
  expect(context.measured.of(node.id, 'm').firstMs).toBeGreaterThan(0);
});

test('a stream that begins with an error, or not at all, is no answer', async () => {
  const made = await market.buyer({ stacksPerRequest: 1 });
  const pieces = async (...all: string[]) => {
    node.script = (request) =>
      isWork(request) ? piecesAnswer(all, { 'content-type': 'text/event-stream' }) : undefined;
    return made.buyer.deliver(chat({ stream: true }));
  };
  const refused = await pieces(`event: error\ndata: {"error":{"code":"bad","retryable":"no"}}\n\n`);
  expect([refused.status, errorOf(refused.body)]).toEqual([502, { code: 'bad', retryable: 'no' }]);
  expect(made.context.measured.of(node.id, 'm').requests).toBe(1);
  await expect(pieces()).rejects.toMatchObject({ code: 'BUYER_UNREACHABLE' });
  expect(made.of('unresolved')).toHaveLength(1);
});
