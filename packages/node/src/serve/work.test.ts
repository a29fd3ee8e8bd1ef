/** The walk of one billable request at a desk: from its headers to a receipt or a refusal, and what becomes of clients that leave. */
import {
  equalBytes,
  fromBase64,
  headerNames,
  parseSignature,
  receiptLayout,
  refusalLayout,
  requestHash,
  verifyPersonalMessage,
} from '@atoma/sdk';
import { afterEach, expect, test } from 'vitest';
import { createBuiltinEngine } from '../engine/builtin/engine.ts';
import { engineError } from '../engine/engine-errors.ts';
import type { Engine, EngineEvent } from '../engine/types.ts';
import { nodeError } from '../node-errors.ts';
import { type Answered, chatOf, type Desk, keyOf, NOON, openDesk, readAll } from '../testing/desk.ts';
import { requestInput } from '../testing/ledger-fixtures.ts';
import { FORMULA, formulaEngine } from '../testing/steps-engine.ts';
import { type Problem, problem } from './problem.ts';

const desks: Desk[] = [];
const open = async (options: Parameters<typeof openDesk>[0] = {}): Promise<Desk> => {
  const desk = await openDesk(options);
  desks.push(desk);
  return desk;
};
afterEach(async () => {
  for (const desk of desks.splice(0)) {
    expect(await desk.store.checkInvariants({ chain: true })).toEqual([]);
    expect((await desk.store.totals()).openRows).toBe(0);
    await desk.close();
  }
});
const codeOf = ({ text }: Answered): string => JSON.parse(text).error.code;
const bytesOf = ({ headers }: Answered, name: string) => fromBase64(headers[name] ?? '') as Uint8Array;
const settled = async (desk: Desk) => expect.poll(() => desk.node.running.size).toBe(0);

/** An engine that tells its pieces one by one, each when it is let. */
const stepping = (fault?: () => unknown, more: object = {}) => {
  const honest = createBuiltinEngine();
  const waiting: (() => void)[] = [];
  let open = false;
  const engine: Engine = {
    ...honest,
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      let told = 0;
      for await (const event of honest.run(request, limit, new AbortController().signal)) {
        if (!open && event.type !== 'accepted' && told++ > 0) {
          await new Promise<void>((resolve) => {
            waiting.push(resolve);
            signal.addEventListener('abort', () => resolve());
          });
          signal.throwIfAborted();
          const error = fault?.();
          if (error) throw error;
        }
        yield event;
      }
    },
    ...more,
  };
  return {
    engine,
    /** Lets everything go on. */
    go: (): void => {
      open = true;
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
};

test('an answer comes with a receipt that is the node’s, for exactly what was asked and answered', async () => {
  const desk = await open();
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a'));
  const answered = await readAll(await desk.send(request));
  expect([answered.status, answered.headers['content-type']]).toEqual([200, 'application/json']);
  const receipt = receiptLayout.decode(bytesOf(answered, headerNames.receipt));
  const parsed = parseSignature(bytesOf(answered, headerNames.receiptSignature));
  expect(parsed.address).toBe(desk.node.identity.signer.address);
  expect(await verifyPersonalMessage(bytesOf(answered, headerNames.receipt), parsed)).toBe(true);
  const { atoma, usage, ...body } = JSON.parse(answered.text);
  expect(atoma).toEqual({
    receipt: answered.headers[headerNames.receipt],
    signature: answered.headers[headerNames.receiptSignature],
  });
  expect(receipt).toMatchObject({
    ...{ stack, node: 1n, index: 0n, requestId: request.envelope.requestId, flags: 0, timestampMs: BigInt(NOON) },
    ...{ promptUnits: BigInt(usage.prompt_tokens), completionUnits: BigInt(usage.completion_tokens) },
    ...{ units: BigInt(usage.total_tokens), cumulativeUnits: BigInt(usage.total_tokens) },
    requestHash: requestHash(request.envelopeBytes),
  });
  expect(body.id).toBe(`chatcmpl-${Buffer.from(request.envelope.requestId).toString('hex')}`);
  expect(body.created).toBe(NOON / 1_000);
  expect(answered.headers).toMatchObject({
    [headerNames.requestId]: Buffer.from(request.envelope.requestId).toString('hex'),
    [headerNames.units]: String(usage.total_tokens),
    [headerNames.remaining]: String(100_000 - usage.total_tokens),
    [headerNames.overhead]: expect.stringMatching(/^\d+\.\d{3}$/),
  });
  expect(await desk.store.findStack(stack)).toMatchObject({ consumed: receipt.units, reserved: 0n, nextLeaf: 1 });
});

test('a stream tells its head, its pieces and its receipt, and what it told is what a retry gets', async () => {
  const desk = await open();
  const request = await desk.sign(desk.sell(), chatOf('a', { stream: true, stream_options: { include_usage: true } }));
  const first = await readAll(await desk.send(request));
  expect(first.headers).toMatchObject({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  const events = first.text.split('\n\n');
  expect(events.at(-1)).toBe('');
  expect(events.at(-2)).toBe('data: [DONE]');
  expect(events.at(-3)).toMatch(/^event: atoma\.receipt\ndata: \{"receipt":/);
  expect(JSON.parse((events.at(-4) as string).slice(6))).toMatchObject({
    choices: [],
    usage: { total_tokens: expect.any(Number) },
  });
  await settled(desk);
  const again = await readAll(await desk.send(request));
  expect(again.headers[headerNames.replayed]).toBe('1');
  expect(first.headers[headerNames.replayed]).toBeUndefined();
  expect(again.text).toBe(first.text);
});

test('a retry is answered as before and charged once; another request under its name is refused', async () => {
  const desk = await open();
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a'));
  const first = await readAll(await desk.send(request));
  await settled(desk);
  const again = await readAll(await desk.send(request));
  expect([again.status, again.text, again.headers[headerNames.replayed]]).toEqual([200, first.text, '1']);
  expect(await desk.store.findStack(stack)).toMatchObject({ nextLeaf: 1 });
  const other = await desk.sign(stack, chatOf('b'), { requestId: request.envelope.requestId });
  const refused = await readAll(await desk.send(other));
  expect([refused.status, codeOf(refused)]).toEqual([409, 'request_id_reused']);
  // The same, when the ledger had to be asked before: the request comes late.
  desk.clock.now += 600_000;
  expect((await readAll(await desk.send(request))).text).toBe(first.text);
  expect(codeOf(await readAll(await desk.send(other)))).toBe('request_id_reused');
});

test('who asks again while an answer is made reads that one; another request under its name does not', async () => {
  const { engine, go } = stepping();
  const desk = await open({ engines: [engine] });
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a', { stream: true }));
  const other = await desk.sign(stack, chatOf('b', { stream: true }), { requestId: request.envelope.requestId });
  const first = desk.send(request);
  await expect.poll(() => desk.node.running.size).toBe(1);
  const second = desk.send(request);
  expect(codeOf(await readAll(await desk.send(other)))).toBe('request_id_reused');
  go();
  const [one, two] = [await readAll(await first), await readAll(await second)];
  expect(two.text).toBe(one.text);
  expect([one.headers[headerNames.replayed], two.headers[headerNames.replayed]]).toEqual([undefined, '1']);
  expect(await desk.store.findStack(stack)).toMatchObject({ nextLeaf: 1 });
});

test('a refusal is a signed promise that the request is never billed, and stays one', async () => {
  const desk = await open();
  const stack = desk.sell();
  const request = await desk.sign(stack, { ...chatOf('a'), colour: 'red' });
  const refused = await readAll(await desk.send(request));
  expect([refused.status, codeOf(refused)]).toEqual([400, 'unsupported_parameter']);
  const refusal = bytesOf(refused, headerNames.refusal);
  expect(refusalLayout.decode(refusal)).toMatchObject({
    ...{ stack, node: 1n, requestId: request.envelope.requestId, code: 'unsupported_parameter' },
    ...{ requestHash: requestHash(request.envelopeBytes), timestampMs: BigInt(NOON) },
  });
  const parsed = parseSignature(bytesOf(refused, headerNames.refusalSignature));
  expect([parsed.address, await verifyPersonalMessage(refusal, parsed)]).toEqual([
    desk.node.identity.signer.address,
    true,
  ]);
  desk.clock.now += 1_000;
  const again = await readAll(await desk.send(request));
  expect([again.text, again.headers[headerNames.refusal]]).toEqual([
    refused.text,
    refused.headers[headerNames.refusal],
  ]);
  expect(await desk.store.findStack(stack)).toMatchObject({ consumed: 0n, reserved: 0n, nextLeaf: 0 });
});

test('a stack without enough units says how many are free, and the shortage is counted', async () => {
  const desk = await open();
  const stack = desk.sell({ units: 250n });
  const answered = await desk.post(stack, chatOf('a', { max_tokens: 500 }), { maxUnits: 900n });
  expect([answered.status, JSON.parse(answered.text).error]).toMatchObject([
    402,
    { code: 'stack_exhausted', free_units: '250' },
  ]);
  expect(await desk.store.findStack(stack)).toMatchObject({ shortages: 1 });
});

test('one request may use so much of a stack, and where it may use all the ledger says what is free', async () => {
  const desk = await open();
  const capped = (largestRequest: bigint) => desk.sell({ id: 50n + largestRequest, units: 1_000n, largestRequest });
  const bound = async (stack: bigint) =>
    JSON.parse((await desk.post(stack, chatOf('a'), { maxUnits: 900n })).text).error ?? {};
  expect(await bound(capped(899n))).toMatchObject({ code: 'max_units_too_large', param: 'max_units', most: '899' });
  expect(await bound(capped(900n))).toEqual({});
  const whole = desk.sell({ id: 9n, units: 400n, largestRequest: 400n });
  expect(await bound(whole)).toMatchObject({ code: 'stack_exhausted' });
});

test.each<[Parameters<Desk['store']['moveStack']>[2], string]>([
  ['draining', 'stack_settling'],
  ['settled', 'stack_settling'],
  ['disputed', 'stack_settling'],
  ['quarantine', 'stack_quarantined'],
  ['closed', 'stack_closed'],
])('a stack that is %s takes no new work, and answers what it answered before', async (state, code) => {
  const desk = await open();
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a'));
  const first = await readAll(await desk.send(request));
  await desk.store.moveStack(stack, ['open'], state);
  expect(codeOf(await desk.post(stack, chatOf('b')))).toBe(code);
  await settled(desk);
  expect((await readAll(await desk.send(request))).text).toBe(first.text);
});

test('a stack that closed while its request was read is refused by the ledger', async () => {
  const desk = await open();
  const stack = desk.sell();
  await desk.post(stack, chatOf('a'));
  const { reserve } = desk.store;
  desk.store.reserve = async (input) => {
    await desk.store.moveStack(stack, ['open'], 'draining');
    return reserve(input);
  };
  const refused = await desk.post(stack, chatOf('b'));
  expect([codeOf(refused), refused.headers[headerNames.refusal]]).toEqual(['stack_settling', expect.any(String)]);
});

test('so many requests run at once, of a stack and in all', async () => {
  const { engine, go } = stepping();
  const desk = await open({ engines: [engine], limits: { inFlight: 3, inFlightPerStack: 2 } });
  const [one, two] = [desk.sell(), desk.sell()];
  const ask = async (stack: bigint, content: string) =>
    desk.send(await desk.sign(stack, chatOf(content, { stream: true })));
  const kept = [ask(one, 'a'), ask(one, 'b')];
  await expect.poll(() => desk.node.running.size).toBe(2);
  const third = await readAll(await ask(one, 'c'));
  expect([third.status, JSON.parse(third.text).error]).toMatchObject([
    429,
    { code: 'overloaded', message: expect.stringContaining('on this stack') },
  ]);
  await expect.poll(() => desk.node.running.size).toBe(2);
  kept.push(ask(two, 'd'));
  await expect.poll(() => desk.node.running.size).toBe(3);
  const fourth = await readAll(await ask(two, 'e'));
  expect([fourth.status, codeOf(fourth), fourth.headers['retry-after']]).toEqual([429, 'overloaded', '1']);
  go();
  for (const each of kept) expect((await readAll(await each)).status).toBe(200);
});

/** Asks for a stream and leaves after its first piece. */
const leave = async (desk: Desk, stack: bigint, value: object): Promise<Awaited<ReturnType<Desk['sign']>>> => {
  const request = await desk.sign(stack, value);
  const client = new AbortController();
  const reply = await desk.send(request, { signal: client.signal });
  if (!(reply.body instanceof Uint8Array)) for await (const _ of reply.body.pieces) break;
  client.abort();
  await settled(desk);
  return request;
};

test('a client that leaves pays for what was made, and finds it when it asks again', async () => {
  const { engine, go } = stepping();
  const desk = await open({ engines: [engine] });
  const stack = desk.sell();
  const request = await leave(desk, stack, chatOf('a', { stream: true, stream_options: { include_usage: true } }));
  go();
  const [leaf] = await desk.store.listLeaves(stack);
  expect(leaf?.cut).toEqual([1]);
  const receipt = receiptLayout.decode(leaf?.receipt as Uint8Array);
  expect([receipt.flags, receipt.completionUnits]).toEqual([1, 1n]);
  const again = await readAll(await desk.send(request));
  const events = again.text.split('\n\n').filter((event) => event.startsWith('data: {'));
  expect(events.map((event) => JSON.parse(event.slice(6)).choices[0]?.finish_reason)).toEqual([
    null,
    'length',
    undefined,
  ]);
  expect([again.status, again.headers[headerNames.replayed]]).toEqual([200, '1']);
});

test('a client that leaves before anything was made pays nothing, but may not do so for ever', async () => {
  const honest = createBuiltinEngine();
  const silent: Engine = {
    ...honest,
    run: async function* (_, __, signal): AsyncGenerator<EngineEvent> {
      yield { type: 'accepted' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      signal.throwIfAborted();
    },
  };
  const desk = await open({ engines: [silent], limits: { cancelsPerMinute: 2 } });
  const [stack, other] = [desk.sell(), desk.sell()];
  const cancelled = async (of: bigint): Promise<Answered> => {
    const request = await desk.sign(of, chatOf('a'));
    const client = new AbortController();
    const reply = desk.send(request, { signal: client.signal });
    await expect.poll(() => desk.node.running.size).toBe(1);
    setImmediate(() => client.abort());
    return readAll(await reply);
  };
  for (let i = 0; i < 3; i++) {
    const gone = await cancelled(stack);
    expect([gone.status, codeOf(gone), gone.headers[headerNames.refusal]]).toEqual([
      499,
      'cancelled',
      expect.any(String),
    ]);
    await settled(desk);
  }
  expect(await desk.store.findStack(stack)).toMatchObject({ consumed: 0n, nextLeaf: 0 });
  const limited = await desk.post(stack, chatOf('a'));
  expect([limited.status, codeOf(limited), limited.headers['retry-after']]).toEqual([429, 'rate_limited', '60']);
  expect(codeOf(await cancelled(other))).toBe('cancelled'); // each stack for itself
  await settled(desk);
  desk.clock.now += 60_000;
  expect(codeOf(await cancelled(stack))).toBe('cancelled');
});

test('an engine that fails after its first pieces ends the stream with a refusal; nothing is billed', async () => {
  const { engine, go } = stepping(() => engineError('FAILED', { model: 'm', why: 'its process ended' }));
  const desk = await open({ engines: [engine] });
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a', { stream: true }));
  const reply = desk.send(request);
  await expect.poll(() => desk.node.running.size).toBe(1);
  const reading = readAll(await reply);
  go();
  const { text } = await reading;
  const last = text.split('\n\n').at(-2) as string;
  const { error, atoma } = JSON.parse(last.slice('event: error\ndata: '.length));
  expect(error).toMatchObject({ code: 'backend_error' });
  expect(refusalLayout.decode(fromBase64(atoma.refusal) as Uint8Array)).toMatchObject({ code: 'backend_error', stack });
  expect(parseSignature(fromBase64(atoma.signature) as Uint8Array).address).toBe(desk.node.identity.signer.address);
  expect(await desk.store.findStack(stack)).toMatchObject({ consumed: 0n, nextLeaf: 0 });
  const { values } = await desk.node.metrics.lostUnits.get();
  expect(values[0]?.value).toBe(1);
});

test.each<[string, unknown, number, string]>([
  ['fails', engineError('FAILED', { model: 'm', why: 'w' }), 502, 'backend_error'],
  ['is away', engineError('UNAVAILABLE', { model: 'm' }), 503, 'backend_unavailable'],
  ['is slow', engineError('TIMEOUT', { model: 'm', ms: 1 }), 504, 'backend_timeout'],
  ['refuses', engineError('REJECTED', { why: 'w' }), 400, 'engine_refused'],
  ['throws what it likes', 'text', 502, 'backend_error'],
])('an engine that %s before its first piece is told in the answer', async (_, fault, status, code) => {
  const engine: Engine = {
    ...createBuiltinEngine(),
    // biome-ignore lint/correctness/useYield: it fails first
    run: async function* (): AsyncGenerator<EngineEvent> {
      throw fault;
    },
  };
  const desk = await open({ engines: [engine] });
  for (const stream of [false, true]) {
    const answered = await desk.post(desk.sell(), chatOf('a', { stream }));
    expect([answered.status, codeOf(answered), typeof answered.headers[headerNames.refusal]]).toEqual([
      status,
      code,
      'string',
    ]);
  }
});

test.each(['', 'tokens: 5, 6', '[5,6]', 'null', '{"tokens":'])(
  'data of an engine that is no JSON object, %j, is its failure: signed, and nothing is billed',
  async (content) => {
    const engine: Engine = {
      ...createBuiltinEngine(),
      run: async function* (): AsyncGenerator<EngineEvent> {
        yield { type: 'accepted' };
        yield { type: 'delta', choice: 0, content };
        yield { type: 'finish', choice: 0, reason: 'stop' };
      },
    };
    const desk = await open({ engines: [engine] });
    const stack = desk.sell();
    const answered = await desk.post(stack, { model: 'atoma/demo-chat', prompt: 'hi' }, { to: '/tokenize' });
    expect([answered.status, codeOf(answered)]).toEqual([502, 'backend_error']);
    expect(refusalLayout.decode(bytesOf(answered, headerNames.refusal))).toMatchObject({
      code: 'backend_error',
      stack,
    });
    expect(await desk.store.findStack(stack)).toMatchObject({ consumed: 0n, nextLeaf: 0 });
  },
);

test('a settlement stops what runs: it is refused, not billed', async () => {
  const { engine } = stepping();
  const desk = await open({ engines: [engine] });
  const stack = desk.sell();
  const reply = desk.send(await desk.sign(stack, chatOf('a')));
  await expect.poll(() => desk.node.running.size).toBe(1);
  await new Promise((resolve) => setImmediate(resolve));
  for (const answer of desk.node.running.values()) answer.stop('settling');
  const answered = await readAll(await reply);
  expect([answered.status, codeOf(answered)]).toEqual([409, 'stack_settling']);
  expect(await desk.store.findStack(stack)).toMatchObject({ consumed: 0n, nextLeaf: 0 });
});

test.each<[string, unknown, number, string]>([
  ['a full disk', nodeError('STORAGE', { why: 'full' }), 503, 'storage_full'],
  ['a fault of the program', new TypeError('a fault'), 500, 'internal'],
])('%s is told, before the ledger is written and while', async (_, fault, status, code) => {
  const desk = await open();
  const stack = desk.sell();
  const { reserve, findStack } = desk.store;
  desk.store.reserve = () => Promise.reject(fault);
  const late = await desk.post(stack, chatOf('a'));
  expect([late.status, codeOf(late), late.headers[headerNames.refusal]]).toEqual([status, code, expect.any(String)]);
  Object.assign(desk.store, { reserve, findStack: () => Promise.reject(fault) });
  const early = await desk.post(stack, chatOf('a'));
  expect([early.status, codeOf(early), early.headers[headerNames.refusal]]).toEqual([status, code, undefined]);
  Object.assign(desk.store, { findStack });
});

test('a node that is not ready takes no new work, and answers what it answered before', async () => {
  let down: Problem | undefined;
  const desk = await open({ notReady: () => down });
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a'));
  const first = await readAll(await desk.send(request));
  await settled(desk);
  down = problem('not_ready', { retryAfterSeconds: 30 });
  const refused = await desk.post(stack, chatOf('b'));
  expect([refused.status, codeOf(refused), refused.headers['retry-after']]).toEqual([503, 'not_ready', '30']);
  expect((await readAll(await desk.send(request))).text).toBe(first.text);
});

test('a request that was released is run again under its name', async () => {
  const desk = await open();
  const stack = desk.sell();
  await desk.post(stack, chatOf('a'));
  const request = await desk.sign(stack, chatOf('b'));
  const id = Buffer.from(request.envelope.requestId).toString('hex');
  const hash = requestHash(request.envelopeBytes);
  await desk.store.reserve({ ...requestInput(stack, 1), requestId: id, requestHash: hash, bound: 5n, now: NOON });
  await desk.store.release(stack, id, 'crash', NOON);
  desk.clock.now += 600_000; // late: the ledger is asked first
  const answered = await readAll(await desk.send(request));
  expect([answered.status, answered.headers[headerNames.replayed]]).toEqual([200, undefined]);
  expect(equalBytes(hash, receiptLayout.decode(bytesOf(answered, headerNames.receipt)).requestHash)).toBe(true);
});

test('an answer that is no longer kept is told with its receipt', async () => {
  const desk = await open();
  const request = await desk.sign(desk.sell(), chatOf('a'));
  const first = await readAll(await desk.send(request));
  await settled(desk);
  await desk.store.sweep({ responsesBefore: NOON + 1, closedBefore: 0 });
  const again = await readAll(await desk.send(request));
  expect([again.status, codeOf(again), again.headers[headerNames.receipt]]).toEqual([
    410,
    'response_expired',
    first.headers[headerNames.receipt],
  ]);
  expect(again.headers[headerNames.units]).toBe(first.headers[headerNames.units]);
});

test('a stream whose first output is long in coming begins with a comment', async () => {
  const honest = createBuiltinEngine();
  let go: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    go = resolve;
  });
  const slow: Engine = {
    ...honest,
    run: async function* (...all): AsyncGenerator<EngineEvent> {
      yield { type: 'accepted' };
      await held;
      yield* honest.run(...all);
    },
  };
  const desk = await open({ engines: [slow], limits: { headMs: 1 } });
  const reply = await desk.send(await desk.sign(desk.sell(), chatOf('a', { stream: true })));
  expect(reply.status).toBe(200);
  go();
  expect((await readAll(reply)).text).toMatch(/^: keep-alive\n\ndata: /);
});

test('an answer of another API is told in its form, with the receipt of the work behind it', async () => {
  const desk = await open();
  const stack = desk.sell();
  const value = { model: 'atoma/demo-chat', input: 'a' };
  const whole = JSON.parse((await desk.post(stack, value, { to: '/v1/responses' })).text);
  expect([whole.object, whole.status, typeof whole.atoma.receipt]).toEqual(['response', 'completed', 'string']);
  const stream = await desk.post(stack, { ...value, stream: true }, { to: '/v1/responses' });
  expect(stream.text).toContain('event: response.created');
  expect(stream.text).toContain('event: atoma.receipt');
});

/** A stack of answers to strange prompts, whose engine proves them or not. */
const strange = async (proves: () => boolean) => {
  const plain = formulaEngine((claimed) => ({ weights: claimed && !proves() ? 5 : 0, noise: 0 }));
  let told = 0;
  let hold: Promise<void> | undefined;
  const engine: Engine = {
    ...plain,
    run: async function* (request, limit, signal): AsyncGenerator<EngineEvent> {
      yield { type: 'accepted', strange: [900] };
      for await (const event of plain.run(request, limit, signal)) {
        yield event;
        if (request.steps?.claimed === undefined && ++told === 1 && hold)
          await Promise.race([hold, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
        signal.throwIfAborted();
      }
      if (!request.steps?.claimed && !proves()) throw engineError('UNPROVABLE', {});
    },
  };
  const desk = await open({ engines: [engine], limits: { cancelsPerMinute: 100 } });
  return {
    desk,
    stack: desk.sell({ model: FORMULA, level: 1 }),
    hold: (until: Promise<void>) => {
      hold = until;
    },
  };
};

test('after an answer that could not be proved, those to strange prompts are held until they are', async () => {
  let proves = false;
  const { desk, stack } = await strange(() => proves);
  const ask = () => desk.post(stack, chatOf('a', { model: FORMULA, stream: true }));
  const first = await ask();
  expect(first.text).toContain('one ');
  expect(first.text).toContain('engine_refused');
  await settled(desk);
  const held = await ask();
  expect(held.text).not.toContain('one ');
  await settled(desk);
  proves = true;
  const proved = await ask();
  expect(proved.text).toContain('one ');
  expect(proved.text).toContain('event: atoma.receipt');
  // Another stack is not doubted.
  proves = false;
  const other = desk.sell({ model: FORMULA, level: 1 });
  expect((await desk.post(other, chatOf('a', { model: FORMULA, stream: true }))).text).toContain('one ');
});

test('a stack that ended is remembered no more', async () => {
  const { desk, stack } = await strange(() => false);
  const ask = () => desk.post(stack, chatOf('a', { model: FORMULA, stream: true }));
  await ask();
  await settled(desk);
  expect((await ask()).text).not.toContain('one ');
  await settled(desk);
  // As it can only be in a test: the same id is open again.
  await desk.store.moveStack(stack, ['open'], 'closed');
  const other = desk.sell({ model: FORMULA, level: 1 });
  await desk.post(other, chatOf('a', { model: FORMULA, stream: true }));
  await settled(desk);
  await desk.store.moveStack(stack, ['closed'], 'open');
  expect((await ask()).text).toContain('one ');
});

test('what is no signed request for this stack is refused before the ledger is asked', async () => {
  const desk = await open();
  const stack = desk.sell();
  const request = await desk.sign(stack, chatOf('a'));
  const stranger = await readAll(await desk.send(await desk.sign(stack, chatOf('a'), { signer: keyOf(4) })));
  expect([stranger.status, codeOf(stranger)]).toEqual([403, 'not_stack_owner']);
  const bent = await readAll(await desk.send({ ...request, body: Buffer.from('{}') }));
  expect([bent.status, codeOf(bent)]).toEqual([401, 'body_hash_mismatch']);
});
