/** A request over as many stacks as it takes: failover, budgets, tenants, hedging, streams that break, and answers fetched again. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { findStack } from '../../reads/stacks.ts';
import {
  chatBody,
  isWork,
  jsonAnswer,
  openScriptedMarket,
  piecesAnswer,
  refusalHeaders,
  SAID,
  type ScriptedMarket,
  type ScriptedNode,
  streamPieces,
} from '../../testing/scripted-node.ts';
import { acquireStack } from '../../writes/acquire-stack.ts';
import type { BuyerPolicy } from '../types.ts';
import type { Budget } from './choose.ts';
import type { WorkAnswer, WorkRequest } from './course.ts';

let market: ScriptedMarket;
let task: bigint;
let one: ScriptedNode;
let two: ScriptedNode;
beforeAll(async () => {
  market = await openScriptedMarket('deliver');
  task = await market.task({ model: 'm' });
  one = await market.addNode([[task, 100n]]);
  two = await market.addNode([[task, 100n]]);
});
afterAll(() => market.close());
beforeEach(() => {
  for (const node of [one, two]) {
    node.script = () => undefined;
    node.asked.length = 0;
    node.served.length = 0;
  }
});

const chat = (more: object = {}, request: Partial<WorkRequest> = {}): WorkRequest => ({
  endpoint: '/v1/chat/completions',
  contentType: 'application/json',
  body: Buffer.from(
    JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], max_tokens: 20, ...more }),
  ),
  ...request,
});
const nodes = () => [one, two];
const byId = (id: bigint): ScriptedNode => nodes().find((node) => node.id === id) as ScriptedNode;
const textOf = async ({ body }: WorkAnswer): Promise<string> => {
  if (body instanceof Uint8Array) return Buffer.from(body).toString('utf8');
  const pieces: string[] = [];
  for await (const piece of body.pieces) pieces.push(piece);
  return pieces.join('');
};

/** A buyer with a stack at each node, who buys no other unless told to. */
const atBoth = async (policy: Partial<BuyerPolicy> = {}) => {
  const atoma = await market.wallet();
  const at = new Map<bigint, bigint>();
  while (at.size < 2) {
    const { result } = (await acquireStack(atoma, {
      ...{ taskSmallId: task, numComputeUnits: 200_000n, pricePerComputeUnit: 100n, allowUnchecked: true },
    })) as { result: { stackSmallId: bigint } };
    const found = await findStack(atoma, { stackSmallId: result.stackSmallId });
    at.set(found?.selectedNodeSmallId as bigint, result.stackSmallId);
  }
  const made = await market.buyer({ autoPurchase: false, ...policy }, { atoma });
  const [first, second] = nodes().map(({ id }) => at.get(id) as bigint);
  for (const { stack } of made.context.book.list())
    if (stack !== first && stack !== second) await made.context.book.change(stack, { stage: 'ended' });
  return { ...made, stacks: [first, second] as [bigint, bigint] };
};
const refusing = (node: ScriptedNode, code: string, more: object = {}): void => {
  node.script = (request) =>
    isWork(request)
      ? jsonAnswer(
          { error: { code, retryable: 'other', ...more } },
          { status: 503, ...refusalHeaders(node.refuse(request, code)) },
        )
      : undefined;
};
const hangUp = (): never => {
  throw new DOMException('socket hang up', 'NetworkError');
};

test('what one node refuses another answers; each stack is tried once', async () => {
  const { buyer, of } = await atBoth();
  refusing(one, 'overloaded');
  refusing(two, 'overloaded');
  const said = await buyer.deliver(chat());
  expect([said.status, of('failover').length, of('sent').length]).toEqual([503, 2, 2]);
  two.script = () => undefined;
  expect(await buyer.deliver(chat())).toMatchObject({ status: 200, node: two.id });
});

test('a request whose engine fails at two nodes is at fault itself', async () => {
  const { buyer, of } = await atBoth({ stacksPerRequest: 9, autoPurchase: true });
  refusing(one, 'backend_error');
  refusing(two, 'backend_error');
  expect((await buyer.deliver(chat())).status).toBe(503);
  expect(of('sent')).toHaveLength(2);
});

test('without fallbacks the first node’s word is the last', async () => {
  const { buyer, of } = await atBoth();
  refusing(one, 'overloaded');
  refusing(two, 'overloaded');
  await buyer.deliver(chat({ provider: { allow_fallbacks: false } }));
  expect(of('sent')).toHaveLength(1);
});

test('no more stacks are tried than the policy says', async () => {
  const { buyer, of } = await atBoth({ stacksPerRequest: 1 });
  refusing(one, 'overloaded');
  refusing(two, 'overloaded');
  await buyer.deliver(chat());
  expect(of('sent')).toHaveLength(1);
});

test('where nothing may be bought and no stack has room, that is the error', async () => {
  const { buyer } = await market.buyer({ autoPurchase: false });
  await expect(buyer.deliver(chat())).rejects.toMatchObject({
    code: 'BUYER_NO_NODE',
    details: { why: 'no own stack has room' },
  });
});

test('a stack that is over at its node is replaced: what hinders the purchase tells more than that it is over', async () => {
  const { buyer, of } = await market.buyer({ stacksPerRequest: 3 }, { caps: { total: 50_000_000n } });
  await buyer.deliver(chat());
  for (const node of nodes()) refusing(node, 'stack_settling');
  await expect(buyer.deliver(chat())).rejects.toMatchObject({ code: 'BUYER_CAP', details: { cap: 'total' } });
  expect(of('purchased')).toHaveLength(1);
});

test('a flexible request is given what a small stack has, a fixed one is not', async () => {
  const { buyer, context, stacks, of } = await atBoth();
  for (const stack of stacks) context.book.noteFree(stack, 300n);
  const open = chat({ max_tokens: undefined });
  expect((await buyer.deliver(open)).status).toBe(200);
  expect(of('sent')[0]?.maxUnits).toBe(300n);
  await expect(buyer.deliver(chat({ max_tokens: 900 }))).rejects.toMatchObject({ code: 'BUYER_NO_NODE' });
});

test('a cap on requests counts what earlier tries may have cost', async () => {
  const { work } = { work: chat() };
  const probe = await atBoth();
  const { most } = await probe.buyer.parse(work);
  const capped = async (cap: bigint) => {
    const { buyer } = await atBoth();
    Object.assign((await buyer.context()).caps, { request: cap });
    return buyer.deliver(work).then(
      ({ status }) => status,
      (error: { code: string }) => error.code,
    );
  };
  expect(await capped(most * 100n)).toBe(200);
  expect(await capped(most * 100n - 1n)).toBe('BUYER_CAP');
  one.script = (request) => (isWork(request) ? hangUp() : undefined);
  two.script = (request) => (isWork(request) ? hangUp() : undefined);
  expect(await capped(most * 200n - 1n)).toBe('BUYER_CAP');
  expect(await capped(most * 200n)).toBe('BUYER_UNREACHABLE');
});

const budget = (more: Partial<Budget>): Budget => ({
  check: () => undefined,
  left: () => null,
  stack: () => ({ units: null, cost: null }),
  checkStack: () => undefined,
  ...more,
});

test('a payer’s budget lowers what an open request is given, and stops what passes it before anything is bought', async () => {
  const { buyer, of } = await atBoth();
  const open = { max_tokens: undefined };
  await buyer.deliver(chat(open, { budget: budget({ left: (price) => 20_000n / price }) }));
  expect(of('sent')[0]?.maxUnits).toBe(200n);
  const none = await market.buyer();
  const stop = new RangeError('the quota is used up');
  for (const name of ['check', 'checkStack'] as const) {
    const stopping = budget({
      [name]: () => {
        throw stop;
      },
    });
    await expect(none.buyer.deliver(chat({}, { budget: stopping }))).rejects.toBe(stop);
  }
  expect([none.of('purchasing'), none.context.book.list()]).toEqual([[], []]);
  const told: unknown[] = [];
  await none.buyer.deliver(
    chat({}, { budget: budget({ check: (...all) => told.push(all), checkStack: (each) => told.push(each) }) }),
  );
  const [bought] = none.of('purchasing');
  expect(told).toEqual([
    [(await none.buyer.parse(chat())).most, 100n],
    { units: bought?.units, cost: bought?.cost, why: '' },
  ]);
});

test('an open request whose payer may not have a stack bought is given what a small one has; a fixed one is not', async () => {
  const { buyer, context, stacks, of } = await atBoth({ autoPurchase: true });
  for (const stack of stacks) context.book.noteFree(stack, 300n);
  const dear = new RangeError('a stack is too dear');
  const stopping = budget({
    checkStack: () => {
      throw dear;
    },
  });
  const asked = (max_tokens?: number) => buyer.deliver(chat({ max_tokens }, { budget: stopping }));
  expect(stacks).toContain((await asked()).stack);
  expect(of('sent')[0]?.maxUnits).toBe(300n);
  await expect(asked(900)).rejects.toBe(dear);
  const used = new RangeError('the quota is used up');
  const check = (): never => {
    throw used;
  };
  const out = buyer.deliver(chat({ max_tokens: undefined }, { budget: budget({ check }) }));
  await expect(out).rejects.toBe(used);
  expect([of('purchasing'), of('sent').length]).toEqual([[], 1]);
});

test('a tenant with stacks of its own uses no others, and nobody else uses its', async () => {
  const { buyer, context, of } = await market.buyer();
  await buyer.deliver(chat());
  await buyer.deliver(chat({}, { tenant: 'a', dedicated: true }));
  await buyer.deliver(chat({}, { tenant: 'a', dedicated: true }));
  await buyer.deliver(chat({}, { tenant: 'a' }));
  expect(
    context.book
      .list()
      .map(({ tenant }) => tenant)
      .sort(),
  ).toEqual(['', 'a']);
  const stackOf = context.book.list().find(({ tenant }) => tenant === 'a')?.stack;
  expect(of('sent').map(({ stack }) => stack === stackOf)).toEqual([false, true, true, false]);
});

test('who is asked before each signature may stop it', async () => {
  const { buyer, of } = await atBoth();
  const admitted: unknown[] = [];
  await buyer.deliver(chat({}, { admit: (...all) => void admitted.push(all) }));
  expect(admitted).toEqual([[of('sent')[0]?.maxUnits, 100n]]);
  const stop = new RangeError('no');
  const admit = (): never => {
    throw stop;
  };
  await expect(buyer.deliver(chat({}, { admit }))).rejects.toBe(stop);
  expect(of('sent')).toHaveLength(1);
});

test('an answer of an earlier run is given again as it was, and charged once', async () => {
  const { buyer, of, context } = await atBoth();
  const charges: unknown[] = [];
  const charged = (charge: unknown) => void charges.push(charge);
  const first = await buyer.deliver(chat({}, { tag: 'run 1', charged }));
  const again = await buyer.deliver(chat({}, { tag: 'run 2', charged, resume: first.requestId }));
  expect([again.requestId, await textOf(again)]).toEqual([first.requestId, await textOf(first)]);
  expect(await again.settled).toMatchObject({ requestId: first.requestId, cost: 900n });
  expect([of('receipt').length, charges]).toEqual([1, [{ tag: 'run 1', units: 9n, cost: 900n }]]);
  const [own] = context.book.list().filter(({ stack }) => stack === first.stack);
  expect([own?.used, own?.promised]).toEqual([9n, 0n]);
  const sent = nodes().flatMap((node) => node.work());
  expect(sent.map(({ headers }) => headers['atoma-envelope'])[1]).toBe(sent[0]?.headers['atoma-envelope']);
});

test('a request that was dropped is sent again with its envelope, and charged to who made it', async () => {
  const { buyer, of, context } = await atBoth({ stacksPerRequest: 1 });
  for (const node of nodes()) node.script = (request) => (isWork(request) ? hangUp() : undefined);
  const charges: unknown[] = [];
  const charged = (charge: unknown) => void charges.push(charge);
  await buyer.deliver(chat({}, { tag: 'run 1' })).catch(() => undefined);
  const [row] = await context.journal.listRequests({});
  expect(row?.stage).toBe('dropped');
  for (const node of nodes()) {
    node.script = () => undefined;
    context.directory.noteLatency(node.id, 1);
  }
  const answer = await buyer.deliver(chat({}, { tag: 'run 2', charged, resume: row?.requestId as string }));
  expect([answer.requestId, answer.status]).toEqual([row?.requestId, 200]);
  expect(charges).toEqual([{ tag: 'run 1', units: 9n, cost: 900n }]);
  expect(of('receipt')).toMatchObject([{ tag: 'run 1' }]);
  expect(context.book.find(answer.stack)).toMatchObject({ used: 9n, promised: 0n });
});

test('another body, a refused request, and a node that is not trusted are no earlier answer: it is made anew', async () => {
  const { buyer, of, context } = await atBoth();
  const first = await buyer.deliver(chat());
  const resume = first.requestId;
  const fresh = async (more: object, request: Partial<WorkRequest>) =>
    (await buyer.deliver(chat(more, request))).requestId;
  const sent = of('sent').length;
  await expect(fresh({ seed: 1 }, { resume })).rejects.toMatchObject({ code: 'BUYER_ANSWER_GONE' });
  await expect(fresh({}, { resume, endpoint: '/v1/completions' })).rejects.toMatchObject({ code: 'BUYER_ANSWER_GONE' });
  expect(of('sent').length).toBe(sent);
  expect(await fresh({}, { resume: '0'.repeat(32) })).not.toBe(resume);
  refusing(one, 'overloaded', { retryable: 'no' });
  refusing(two, 'overloaded', { retryable: 'no' });
  const refused = (await buyer.deliver(chat())).requestId;
  for (const node of nodes()) node.script = () => undefined;
  expect(await fresh({}, { resume: refused })).not.toBe(refused);
  await context.book.mistrust(first.node, 'it lied');
  await expect(fresh({}, { resume })).rejects.toMatchObject({ code: 'BUYER_ANSWER_GONE' });
});

test('an answer that was charged and that its node no longer keeps is gone, and nothing new is signed', async () => {
  const { buyer, of } = await atBoth({ stacksPerRequest: 1 });
  const first = await buyer.deliver(chat());
  const node = byId(first.node);
  node.script = (request) =>
    isWork(request) ? jsonAnswer({ error: { code: 'gone', retryable: 'other' } }, { status: 410 }) : undefined;
  await expect(buyer.deliver(chat({}, { resume: first.requestId }))).rejects.toMatchObject({
    code: 'BUYER_ANSWER_GONE',
    details: { requestId: first.requestId, units: 9n },
  });
  expect(of('sent')).toHaveLength(1);
});

test('a stream that breaks goes on where it broke, on the same envelope; a repetition that differs does not', async () => {
  const { buyer, of } = await atBoth();
  const breaking = (contents: readonly string[]) => {
    for (const node of nodes()) {
      let times = 0;
      node.script = (request) => {
        if (!isWork(request)) return undefined;
        const content = contents[times++] ?? SAID;
        const last = times >= contents.length;
        const pieces = streamPieces(last ? node.bill(request, chatBody(content)) : null, content);
        return piecesAnswer(last ? pieces : pieces.slice(0, 3), { 'content-type': 'text/event-stream' });
      };
    }
  };
  breaking([SAID, SAID]);
  const whole = await buyer.deliver(chat({ stream: true }));
  expect(await textOf(whole)).toBe([...streamPieces(null), 'data: [DONE]\n\n'].join(''));
  expect(await whole.settled).toMatchObject({ cost: 900n });
  expect(of('retry')).toMatchObject([{ attempt: 1, why: 'the connection closed before the end', node: whole.node }]);
  expect(of('sent')).toHaveLength(1);
  breaking([SAID, `b${SAID}`]);
  const other = await buyer.deliver(chat({ stream: true }));
  expect(await textOf(other)).toContain('its repetition differs');
  await expect(other.settled).rejects.toMatchObject({ code: 'BUYER_STREAM_BROKEN' });
  breaking([SAID, SAID, SAID, SAID]);
  const never = await buyer.deliver(chat({ stream: true }));
  expect(await textOf(never)).toContain('the connection closed before the end');
});

test('the usage at the end of a stream, and what stands before its end, are what the annotation says', async () => {
  const { buyer } = await atBoth();
  const annotation = {
    usageChunk: (chunk: Record<string, unknown>, { cost }: { cost: bigint }) => ({ ...chunk, cost: String(cost) }),
    trailer: ({ cost }: { cost: bigint }) => `: cost ${cost}\n\n`,
  };
  const counted = await textOf(await buyer.deliver(chat({ stream: true }, { annotation })));
  expect(counted).toContain('data: {"choices":[],"usage":{"total_tokens":9},"cost":"900"}\n\ndata: [DONE]\n\n');
  expect(counted).not.toContain(': cost');
  for (const node of nodes())
    node.script = (request) => {
      if (!isWork(request)) return undefined;
      const all = streamPieces(node.bill(request, chatBody()));
      const pieces = [': alive\n\n', ...all.filter((piece) => !piece.includes('usage'))];
      return piecesAnswer(pieces, { 'content-type': 'text/event-stream' });
    };
  const plain = await textOf(await buyer.deliver(chat({ stream: true }, { annotation })));
  expect(plain.startsWith(': alive\n\n')).toBe(true);
  expect(plain.endsWith('}\n\n: cost 900\n\ndata: [DONE]\n\n')).toBe(true);
});

test('an error within a stream is told as the node told it; an end without a receipt is not believed', async () => {
  const { buyer, of } = await atBoth({ noticeOnMistrust: false });
  const streaming = (...ends: string[]) => {
    for (const node of nodes())
      node.script = (request) =>
        isWork(request)
          ? piecesAnswer([...streamPieces(null).slice(0, 2), ...ends], { 'content-type': 'text/event-stream' })
          : undefined;
  };
  streaming('event: error\ndata: {"error":{"code":"backend_error","message":"out of memory"}}\n\n');
  const failed = await buyer.deliver(chat({ stream: true }));
  expect(await textOf(failed)).toMatch(/data: \{"error":\{"code":"backend_error","message":"out of memory"\}\}\n\n$/);
  await expect(failed.settled).rejects.toMatchObject({ code: 'BUYER_STREAM_BROKEN' });
  streaming('data: [DONE]\n\n');
  const unpaid = await buyer.deliver(chat({ stream: true }));
  expect(await textOf(unpaid)).toContain('node_untrusted');
  streaming('event: atoma.receipt\ndata: {"receipt":"!","signature":""}\n\n');
  expect(await textOf(await buyer.deliver(chat({ stream: true })))).toContain('node_untrusted');
  expect(of('untrusted').map(({ why }) => why)).toEqual([
    'the stream ended without a receipt',
    'the receipt of the stream cannot be read',
  ]);
});

test('who leaves a stream ends it, and its receipt is fetched behind him', async () => {
  const { buyer, of, context } = await atBoth();
  let ended = 0;
  for (const node of nodes())
    node.script = (request) => {
      if (!isWork(request)) return undefined;
      const pieces = streamPieces(node.bill(request, chatBody()));
      return { ...piecesAnswer(pieces, { 'content-type': 'text/event-stream' }), cancel: () => void ended++ };
    };
  const answer = await buyer.deliver(chat({ stream: true }));
  (answer.body as { cancel: () => void }).cancel();
  await expect(answer.settled).rejects.toMatchObject({ name: 'AbortError' });
  expect(ended).toBe(1);
  await expect.poll(() => of('receipt').length).toBe(1);
  expect(context.book.find(answer.stack)).toMatchObject({ used: 9n, promised: 0n });
});

test('the faster of two nodes answers, and the other is broken off', async () => {
  const { buyer, of } = await atBoth({ failover: 'fast', hedgeMs: 1 });
  let broken = 0;
  const slow = (request: { signal?: AbortSignal; method: string; path: string }) =>
    new Promise<never>((_, reject) =>
      request.signal?.addEventListener('abort', () => {
        broken++;
        reject(request.signal?.reason);
      }),
    );
  one.script = (request) => (isWork(request) ? slow(request as never) : undefined);
  const answer = await buyer.deliver(chat());
  expect([answer.status, answer.node]).toEqual([200, two.id]);
  const hedged = of('failover').filter(({ why }) => why === 'slow');
  expect(hedged.length).toBe(broken);
  one.script = () => undefined;
  const quick = await atBoth({ failover: 'fast', hedgeMs: 60_000 });
  expect((await quick.buyer.deliver(chat())).status).toBe(200);
  expect([quick.of('sent').length, quick.of('failover')]).toEqual([1, []]);
});

test('with two slow nodes of which none answers, the first one’s word counts', async () => {
  const { buyer } = await atBoth({ failover: 'fast', hedgeMs: 0, stacksPerRequest: 1 });
  refusing(one, 'overloaded');
  refusing(two, 'overloaded');
  expect((await buyer.deliver(chat())).status).toBe(503);
});

test('a request that no stack on offer holds is told by the member that makes it so', async () => {
  const model = 'small';
  const small = await market.task({ model });
  await market.addNode([[small, 100n, 2_000_000n]]);
  const { buyer, of } = await market.buyer();
  const told = async (more: object, request: Partial<WorkRequest> = {}) =>
    buyer.deliver(chat({ model, ...more }, request)).then(
      () => 'answered',
      (error: { details: { param: string }; code: string }) => `${error.code} ${error.details.param}`,
    );
  expect(await told({ max_tokens: 3_000_000 })).toBe('BUYER_TOO_LARGE max_tokens');
  expect(await told({ max_completion_tokens: 3_000_000 })).toBe('BUYER_TOO_LARGE max_completion_tokens');
  expect(await told({ messages: [{ role: 'user', content: 'x'.repeat(2_100_000) }] })).toBe('BUYER_TOO_LARGE messages');
  const prompt = 'x'.repeat(2_100_000);
  expect(await told({ messages: undefined, prompt }, { endpoint: '/v1/completions' })).toBe('BUYER_TOO_LARGE prompt');
  expect(of('purchasing')).toEqual([]);
});

test('a stack is bought ahead of need when little is left, and only then', async () => {
  const { buyer, context, of } = await market.buyer();
  const first = await buyer.deliver(chat());
  expect(of('purchased')).toHaveLength(1);
  const { most } = await buyer.parse(chat());
  context.book.noteFree(first.stack, 40_000n + most);
  await buyer.deliver(chat());
  await expect.poll(() => of('receipt').length).toBe(2);
  expect(of('purchasing')).toHaveLength(1);
  context.book.noteFree(first.stack, 39_999n + 9n);
  await buyer.deliver(chat());
  await expect.poll(() => of('purchased').length).toBe(2);
  await buyer.deliver(chat());
  expect(of('purchasing')).toHaveLength(2); // the new one is not used yet
});
