/** When a stack is bought, from whom, how large, and when not. */
import { type BuyerParameters, getStack } from '@atoma/sdk';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { engineError } from '../../node/src/engine/engine-errors.ts';
import type { Engine } from '../../node/src/engine/types.ts';
import { createLettersEngine } from '../../node/src/testing/letters-engine.ts';
import { type Desk, openDesk } from './testing/desk.ts';
import { openRehearsal, type Rehearsal, type RehearsalNode } from './testing/rehearsal.ts';

const model = 'atoma/demo-chat';
const ask = { model, messages: [{ role: 'user' as const, content: 'what is a receipt?' }], max_tokens: 40 };
type Policy = NonNullable<BuyerParameters['policy']>;
const desks: Desk[] = [];
const openOn = async (market: Rehearsal, more: Partial<BuyerParameters> = {}): Promise<Desk> => {
  const made = await openDesk(market, { buyerOptions: more });
  desks.push(made);
  return made;
};
afterEach(async () => {
  for (const each of desks.splice(0)) await each.close();
});
const bought = async (desk: Desk) => desk.gateway.buyer.stacks();
const errorOf = async (response: Response) => ((await response.json()) as { error: Record<string, unknown> }).error;

/** Counts runs; fails at prompts that say so. */
const picky = (): { engine: Engine; runs: () => number } => {
  const builtin = createLettersEngine();
  let runs = 0;
  const run: Engine['run'] = (request, limit, signal) => {
    runs++;
    if (JSON.stringify(request.body).includes('poison'))
      throw engineError('FAILED', { model: request.model, why: 'it cannot take this' });
    return builtin.run(request, limit, signal);
  };
  return { engine: { ...builtin, run }, runs: () => runs };
};

let market: Rehearsal;
let task: bigint;
beforeAll(async () => {
  market = await openRehearsal('buying');
  task = await market.task({ model });
  await market.subscribe(await market.addNode(), task, 100n);
});
afterAll(() => market.close());

test('what no stack can hold is refused with the member at fault; nothing is bought for it, then or later', async () => {
  const desk = await openOn(market);
  const key = await desk.key();
  for (const name of ['max_tokens', 'max_completion_tokens']) {
    const { max_tokens: _, ...rest } = ask;
    const refused = await desk.post(key, { ...rest, [name]: 1_000_000_000 });
    expect(refused.status).toBe(400);
    expect(await errorOf(refused)).toMatchObject({ code: 'invalid_request', param: name, retryable: 'no' });
  }
  const many = await desk.post(key, { ...ask, max_tokens: 9_000_000, n: 16 });
  expect(many.status).toBe(400);
  expect(await bought(desk)).toEqual([]);
  for (let i = 0; i < 6; i++) {
    expect((await desk.post(key, ask)).status).toBe(200);
    expect((await desk.post(key, { ...ask, max_tokens: 1_000_000_000 })).status).toBe(400);
  }
  expect(await bought(desk)).toHaveLength(1);
});

test('a request a node refuses says nothing about what is needed; one unused stack lies ahead, whoever asks', async () => {
  const desk = await openOn(market);
  const keys = await Promise.all(['a', 'b', 'c'].map((tenant, i) => desk.key({ tenant, max_price: 100 + i })));
  const long = 'x'.repeat(380_000);
  for (const key of keys) {
    expect((await desk.post(key, { ...ask, messages: [{ role: 'user', content: long }] })).status).toBe(400);
    expect((await desk.post(key, ask)).status).toBe(200);
  }
  expect(await bought(desk)).toHaveLength(1);
  const [first] = await bought(desk);
  const { book } = await desk.gateway.buyer.context();
  book.noteFree(first?.stack as bigint, 20_000n);
  await Promise.all(keys.map((key) => desk.post(key, { ...ask, max_tokens: 2_000 })));
  await expect.poll(async () => (await bought(desk)).length).toBe(2);
  for (const key of keys) await desk.post(key, ask);
  expect(await bought(desk)).toHaveLength(2);
});

test('the quota of a key is looked at before a stack is bought for it, and bounds the stack', async () => {
  const desk = await openOn(market);
  const refused = await desk.post(await desk.key({ day_units: 30 }), ask);
  expect(refused.status).toBe(402);
  expect(await errorOf(refused)).toMatchObject({ code: 'quota_exceeded' });
  expect((await desk.post(await desk.key({ month_cost: 5_000 }), ask)).status).toBe(402);
  expect((await desk.post(await desk.key({ units_per_minute: 1 }), ask)).status).toBe(200);
  expect(await bought(desk)).toMatchObject([{ units: 400_000n }]);
  const units = await openOn(market);
  expect((await units.post(await units.key({ day_units: 250_000 }), ask)).status).toBe(200);
  expect(await bought(units)).toMatchObject([{ units: 250_000n }]);
  const cost = await openOn(market);
  expect((await cost.post(await cost.key({ month_cost: 30_000_000 }), ask)).status).toBe(200);
  expect(await bought(cost)).toMatchObject([{ units: 300_000n }]);
});

test('a request without a limit of its own is given what the quota leaves', async () => {
  const desk = await openOn(market);
  const { max_tokens: _, ...open } = ask;
  expect((await desk.post(await desk.key(), ask)).status).toBe(200);
  const answer = await desk.post(await desk.key({ day_units: 200 }), open);
  expect(answer.status).toBe(200);
  const { usage } = (await answer.json()) as { usage: { total_tokens: number } };
  expect(usage.total_tokens).toBeLessThanOrEqual(200);
});

test('a cap on requests is looked at before a stack is bought', async () => {
  const desk = await openOn(market, { caps: { request: 1_000n } });
  expect((await desk.post(await desk.key(), ask)).status).toBe(402);
  expect(await bought(desk)).toEqual([]);
});

const poison = { ...ask, messages: [{ role: 'user' as const, content: 'poison' }] };

test('a node that fails at a request is neither asked nor bought from again for it', async () => {
  const lone = await openRehearsal('poison');
  const { engine, runs } = picky();
  const chat = await lone.task({ model });
  await lone.subscribe(await lone.addNode({ engines: [engine] }), chat, 100n);
  const desk = await openOn(lone);
  const key = await desk.key();
  expect((await desk.post(key, ask)).status).toBe(200);
  const before = runs();
  expect((await desk.post(key, poison)).status).toBe(502);
  expect(runs() - before).toBe(1);
  expect(await bought(desk)).toHaveLength(1);
  expect((await desk.post(key, ask)).status).toBe(200);
  await desks.pop()?.close();
  await lone.close();
});

test('a request at which engines of two nodes failed is not tried at a third', async () => {
  const wide = await openRehearsal('poison-wide');
  const chat = await wide.task({ model });
  const engines = [picky(), picky(), picky()];
  const atoma = await wide.wallet();
  for (const { engine } of engines) await wide.subscribe(await wide.addNode({ engines: [engine] }), chat, 100n);
  for (let i = 0; i < 12; i++) await wide.buyStack(atoma, chat, 300_000n, 100n);
  const desk = await openOn(wide, { atoma });
  expect(new Set((await bought(desk)).map(({ node }) => node)).size).toBe(3);
  expect((await desk.post(await desk.key(), poison)).status).toBe(502);
  expect(engines.reduce((sum, { runs }) => sum + runs(), 0)).toBe(2);
  expect(await bought(desk)).toHaveLength(12);
  await desks.pop()?.close();
  await wide.close();
});

/** A market with so many owners that sell at level 1 and one that sells at level 0. */
const checked = async (
  asks: readonly bigint[],
): Promise<{ market: Rehearsal; nodes: RehearsalNode[]; level1: bigint }> => {
  const made = await openRehearsal(`independence-${asks.length}`);
  const [plain, level1] = [await made.task({ model }), await made.task({ model, level: 1 })];
  await made.subscribe(await made.addNode(), plain, 50n);
  const nodes: RehearsalNode[] = [];
  for (const price of asks) {
    const node = await made.addNode();
    nodes.push(node);
    await made.subscribe(node, level1, price);
  }
  return { market: made, nodes, level1 };
};

test('level 1 is bought where its checks can be others than its server, at the ask of the fourth owner', async () => {
  const { market: four, nodes, level1 } = await checked([190n, 200n, 210n, 220n]);
  const few = await openOn(four);
  expect((await few.post(await few.key(), ask)).status).toBe(200);
  expect(await bought(few)).toMatchObject([{ level: 0, price: 50n }]);
  const only: Policy = { levels: [1] };
  const strict = await openOn(four, { policy: only });
  const refused = await strict.post(await strict.key(), ask);
  expect(refused.status).toBe(503);
  expect((await errorOf(refused)).message).toContain('4 independent owners sell it at level 1 and 5 are needed');
  const any = await openOn(four, { policy: { ...only, nodePolicy: 'any' } });
  expect((await any.post(await any.key(), ask)).status).toBe(200);
  expect(await bought(any)).toMatchObject([{ level: 1, price: 190n, node: nodes[0]?.id }]);
  for (const each of desks.splice(0)) await each.close();

  const fifth = await four.addNode();
  await four.subscribe(fifth, level1, 1_000n);
  // Anybody's task of the same name: one seller, cheaper than all.
  await four.subscribe(await four.addNode(), await four.task({ model, level: 1 }), 40n);
  const enough = await openOn(four);
  expect((await enough.post(await enough.key(), ask)).status).toBe(200);
  expect(await bought(enough)).toMatchObject([{ level: 1, price: 220n, task: level1 }]);
  const named = await openOn(four, { policy: { price: 230n } });
  expect((await named.post(await named.key(), ask)).status).toBe(200);
  expect(await bought(named)).toMatchObject([{ level: 1, price: 230n }]);
  for (const each of desks.splice(0)) await each.close();
  await four.close();
});

test('a stack that is checked is bought 25 times as large as its request; requests that grow and grow buy few', async () => {
  const made = await openRehearsal('row-cap');
  const chat = await made.task({ model, level: 1 });
  const node = await made.addNode();
  await made.subscribe(node, chat, 100_000n, 1_000_000n);
  const policy: Policy = { levels: [1], nodePolicy: 'any', stackUnits: 600n };
  const desk = await openOn(made, { policy });
  const key = await desk.key();
  const tooLarge = await desk.post(key, { ...ask, max_tokens: 50_000 });
  expect(tooLarge.status).toBe(400);
  expect((await errorOf(tooLarge)).message).toContain('the largest stack on offer takes 40000 in one');
  for (let more = 0; more < 600; more += 40)
    expect((await desk.post(key, { ...ask, max_tokens: 300 + more })).status).toBe(200);
  const { journal } = await desk.gateway.buyer.context();
  const rows = await journal.listStacks(['open']);
  for (const { units, largestRequest } of rows) expect(largestRequest).toBe(units / 25n);
  const requests = await journal.listRequests({});
  for (const { stack, maxUnits } of requests)
    expect(maxUnits).toBeLessThanOrEqual(rows.find((row) => row.stack === stack)?.largestRequest as bigint);
  expect(rows.length).toBeLessThanOrEqual(3);
  const small = await openOn(made, { policy, caps: { stack: 100_000_000n } });
  const capped = await small.post(await small.key(), { ...ask, max_tokens: 300 });
  expect(capped.status).toBe(402);
  const { message, hint } = await errorOf(capped);
  expect(message).toMatch(
    /^The stack cap of 0.1 TOMA would be passed: [\d.]+ TOMA for \d+ units, of which a request .* 4 % is/,
  );
  expect(hint).toContain('`./dev/cli gateway run --cap-stack AMOUNT`');
  expect(await bought(small)).toEqual([]);
  for (const each of desks.splice(0)) await each.close();
  await made.close();
});

test('a key buys no stack larger than it may spend: it is told the least price, and what to raise; stacks that are here serve it', async () => {
  const made = await openRehearsal('small-keys');
  const chat = await made.task({ model, level: 1 });
  await made.subscribe(await made.addNode(), chat, 10_000n, 1_000_000n);
  const desk = await openOn(made, { policy: { levels: [1], nodePolicy: 'any', stackUnits: 20_000n } });
  const paid = { ...ask, max_tokens: 300 };
  const bodyOf = async (more: object) => {
    const refused = await desk.post(await desk.key(more), paid);
    expect(refused.status).toBe(402);
    return errorOf(refused);
  };
  const least = await bodyOf({ day_cost: '50000000', month_cost: 100_000_000 });
  expect(least).toMatchObject({ code: 'quota_exceeded', retryable: 'no' });
  const price = /costs ([\d.]+) TOMA \((\d+) units, of which a request that is checked may be 4 %\)/.exec(
    String(least.message),
  ) as RegExpExecArray;
  const [cost, units] = [BigInt(Math.round(Number(price[1]) * 1e9)), BigInt(price[2] as string)];
  expect(cost).toBeGreaterThan(units * 10_000n); // a check is paid for, too
  expect(least.message).toContain('and the key may spend 0.05 TOMA more this day');
  expect(least.hint).toMatch(
    new RegExp(
      `\`./dev/cli gateway keys update \\w+ --day-cost ${price[1]}TOMA --month-cost ${price[1]}TOMA --network rehearsal\``,
    ),
  );
  expect((await bodyOf({ day_cost: String(cost - 1n) })).code).toBe('quota_exceeded');
  const few = await bodyOf({ month_units: Number(units - 1n) });
  expect(few.message).toContain(`may spend ${units - 1n} units more this month`);
  expect(few.hint).toContain(`--month-units ${units} `);
  expect(await bought(desk)).toEqual([]);

  const enough = await desk.key({ day_cost: String(cost), month_units: Number(units) });
  expect((await desk.post(enough, paid)).status).toBe(200);
  expect(await bought(desk)).toMatchObject([{ units, paid: cost }]);
  expect((await desk.post(await desk.key({ day_cost: '50000000' }), { ...paid, max_tokens: 20 })).status).toBe(200);
  const { max_tokens: _, ...open } = paid;
  expect((await desk.post(await desk.key({ day_cost: '50000000' }), open)).status).toBe(200);
  expect(await bought(desk)).toHaveLength(1);
  for (const each of desks.splice(0)) await each.close();
  await made.close();
});

test('a stack is drawn among the nodes that may serve the request, and one that fails is left out of the next draw', async () => {
  const made = await openRehearsal('among');
  const chat = await made.task({ model });
  const { engine } = picky();
  const [first, second] = [await made.addNode({ engines: [engine] }), await made.addNode()];
  for (const node of [first, second]) await made.subscribe(node, chat, 100n);
  for (let i = 0; i < 4; i++) {
    const desk = await openOn(made);
    const provider = { ignore: [String(first.id)] };
    expect((await desk.post(await desk.key(), { ...ask, provider })).status).toBe(200);
    expect(await bought(desk)).toMatchObject([{ node: second.id }]);
  }
  const atoma = await made.wallet();
  const drawn = async () =>
    (await getStack(atoma, { stackSmallId: await made.buyStack(atoma, chat, 300_000n, 100n) })).selectedNodeSmallId;
  while ((await drawn()) !== first.id);
  const desk = await openOn(made, { atoma });
  expect((await desk.post(await desk.key(), poison)).status).toBe(200);
  expect((await bought(desk)).map(({ node }) => node)).toContain(second.id);
  for (const each of desks.splice(0)) await each.close();
  await made.close();
});

test('a task that names no model is bought from only when it is named itself', async () => {
  const open = await openRehearsal('unnamed');
  const any = await open.task({});
  await open.subscribe(await open.addNode(), any, 100n);
  const desk = await openOn(open);
  expect((await desk.post(await desk.key(), ask)).status).toBe(404);
  const allowed = await openOn(open, { policy: { tasks: [any] } });
  expect((await allowed.post(await allowed.key(), ask)).status).toBe(200);
  for (const each of desks.splice(0)) await each.close();
  await open.close();
});
