/** What a purchase comes to: level, price, size within caps and purse, and what is said where there is none. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { executedResult } from '../context/write.ts';
import type { Ran } from '../internal/run-transaction.ts';
import { journalStack } from '../testing/journal-fixtures.ts';
import { openScriptedMarket, type ScriptedMarket, type ScriptedNode } from '../testing/scripted-node.ts';
import { acquireStack } from '../writes/acquire-stack.ts';
import { requestStackRefund } from '../writes/request-stack-refund.ts';
import { buyerError } from './buyer-errors.ts';
import { openJournal } from './journal/sqlite.ts';
import { modelList } from './order-book.ts';
import {
  adoptStacks,
  boughtStack,
  isNoOffer,
  type PurchasePlan,
  planPurchase,
  shareText,
  type Want,
} from './purchase.ts';
import type { BuyerParameters, BuyerPolicy } from './types.ts';

let market: ScriptedMarket;
let cheap: ScriptedNode;
let dear: ScriptedNode;
let plain: bigint;
let checked: bigint;
beforeAll(async () => {
  market = await openScriptedMarket('purchase');
  plain = await market.task({ model: 'm' });
  checked = await market.task({ model: 'm', level: 1 });
  cheap = await market.addNode([
    [plain, 100n, 1_000_000n],
    [checked, 120n, 10_000_000n],
  ]);
  dear = await market.addNode([[plain, 150n, 3_000_000n]]);
});
afterAll(() => market.close());

const want = (more: Partial<Want> = {}): Want => ({
  ...{ model: 'm', endpoint: '/v1/chat/completions', vision: false, units: 1n, tenant: '' },
  ...more,
});
const plan = async (
  more: Partial<Want> = {},
  policy: Partial<BuyerPolicy> = {},
  parameters: Partial<BuyerParameters> = {},
): Promise<PurchasePlan> => {
  const { context } = await market.buyer(policy, parameters);
  return planPurchase(context, want(more));
};

test('the cheapest offer, as many units as the policy says', async () => {
  expect(await plan()).toMatchObject({
    ...{ units: 400_000n, price: 100n, requestShare: 1_000n, largestRequest: 400_000n, within: true },
    ...{ task: { taskSmallId: plain }, quote: { total: 40_000_000n }, among: [], allowUnchecked: false },
  });
  expect((await plan({ units: 500_000n })).units).toBe(500_000n);
  expect((await plan({ wished: 600_000n })).units).toBe(600_000n);
  expect(await plan({ wished: 9_000_000n })).toMatchObject({ units: 1_000_000n, price: 100n });
  expect(await plan({ units: 1_000_001n })).toMatchObject({ units: 1_000_001n, price: 150n });
});

test('caps and the purse make a stack smaller, to the unit', async () => {
  const units = async (caps: object) => (await plan({}, {}, { caps })).units;
  expect(await units({ stack: 30_000_000n })).toBe(300_000n);
  expect(await units({ stack: 30_000_099n })).toBe(300_000n);
  expect(await units({ day: 20_000_000n })).toBe(200_000n);
  expect(await units({ total: 20_000_100n })).toBe(200_001n);
  expect(await units({ stack: 40_000_000n, day: null, total: null })).toBe(400_000n);
  const journal = await openJournal({ path: ':memory:' });
  const now = Date.now();
  await journal.putStack(journalStack(900n, { paid: 5_000_000n, addedMs: now - 86_400_000 + 60_000, stage: 'ended' }));
  await journal.putStack(journalStack(901n, { paid: 7_000_000n, addedMs: now - 86_400_000 - 60_000, stage: 'ended' }));
  const made = await market.buyer({}, { journal, caps: { day: 35_000_000n }, now: () => now });
  expect((await planPurchase(made.context, want())).units).toBe(300_000n);
  const all = await market.buyer(
    {},
    { journal: await openJournal({ path: ':memory:' }), caps: { total: 35_000_000n } },
  );
  await all.context.journal.putStack(journalStack(902n, { paid: 12_000_000n, stage: 'ended' }));
  expect((await planPurchase(all.context, want())).units).toBe(230_000n);
  expect((await plan({}, {}, { atoma: await market.wallet(25_000_000n) })).units).toBe(250_000n);
});

test('a cap that the least stack passes is the error of the purchase, and nothing is sent', async () => {
  for (const [cap, used] of [
    ['stack', '0'],
    ['day', '0'],
    ['total', '0'],
  ] as const) {
    const { buyer, of } = await market.buyer({}, { caps: { [cap]: 10n } });
    const bought = buyer.buy(await buyer.plan(want()));
    await expect(bought).rejects.toMatchObject({
      code: 'BUYER_CAP',
      details: { cap, used: expect.stringContaining(used) },
    });
    expect(of('purchasing')).toEqual([]);
  }
});

test('what a payer may spend makes a stack smaller; where none as small will do, it is the smallest, and not within', async () => {
  const spending = (units: bigint | null, cost: bigint | null, more: Partial<Want> = {}) =>
    plan({ spending: { units, cost }, ...more });
  expect(await spending(300_000n, null)).toMatchObject({ units: 300_000n, within: true });
  expect(await spending(null, 20_000_000n)).toMatchObject({ units: 200_000n, within: true });
  expect(await spending(null, 40_000_000n)).toMatchObject({ units: 400_000n, within: true });
  expect(await spending(299_999n, null, { units: 300_000n })).toMatchObject({ units: 300_000n, within: false });
  expect(await spending(null, 29_999_999n, { units: 300_000n })).toMatchObject({ units: 300_000n, within: false });
});

test('a level that is checked sells several times the request, and says so', async () => {
  const any = { levels: [1], nodePolicy: 'any', stackUnits: 2_000_000n } as const;
  const made = await plan({ perRequest: true, units: 90_000n }, any);
  const share = made.requestShare;
  expect(share).toBeLessThan(1_000n);
  expect(made).toMatchObject({ task: { taskSmallId: checked }, price: 120n, allowUnchecked: true });
  expect(made.largestRequest).toBe((made.units * share) / 1_000n);
  expect([made.largestRequest >= 90_000n, ((made.units - 1n) * share) / 1_000n >= 90_000n]).toEqual([true, false]);
  expect((await plan({ units: 90_000n }, any)).units).toBe(2_000_000n);
  expect((await plan({ perRequest: true, units: 1n, wished: 100_000n }, any)).largestRequest).toBe(100_000n);
  await expect(plan({ perRequest: true, units: 600_000n }, any)).rejects.toMatchObject({
    ...{ code: 'BUYER_TOO_LARGE', details: { most: (10_000_000n * share) / 1_000n, wanted: 600_000n } },
  });
  await expect(plan({}, { ...any, stackUnits: 2n })).rejects.toMatchObject({
    ...{
      code: 'BUYER_NO_NODE',
      details: { why: expect.stringMatching(/^the smallest stack the market sells holds \d+/) },
    },
  });
  await expect(plan({}, { levels: [1] })).rejects.toMatchObject({ code: 'BUYER_NO_NODE' });
});

test('the preferred level is taken where it can be had, else the next', async () => {
  const level = async (levels: readonly number[], more: Partial<BuyerPolicy> = {}) =>
    (await plan({}, { levels, nodePolicy: 'any', stackUnits: 2_000_000n, ...more })).task.securityLevel;
  expect([await level([1, 0]), await level([0, 1]), await level([1, 0], { maxPrice: 110n })]).toEqual([1, 0, 0]);
});

test('why nothing is bought: no such task, nobody who sells, nothing as large', async () => {
  await expect(plan({ model: 'mm' })).rejects.toMatchObject({
    ...{ code: 'BUYER_NO_TASK', details: { nearest: '; the nearest: m', param: 'model' } },
  });
  await expect(plan({ endpoint: '/v1/embeddings' })).rejects.toMatchObject({ code: 'BUYER_NO_TASK' });
  await expect(plan({}, { maxPrice: 99n })).rejects.toMatchObject({
    ...{ code: 'BUYER_NO_NODE', details: { why: 'the cheapest offer is 100 base units, above the limit of 99' } },
  });
  await expect(plan({ units: 3_000_001n })).rejects.toMatchObject({
    details: { wanted: 3_000_001n, most: 3_000_000n },
  });
  const avoid = () => 'which is not wanted';
  await expect(plan({ avoid })).rejects.toMatchObject({
    details: { why: expect.stringContaining('which is not wanted') },
  });
  await market.task({ model: 'unsold' });
  await expect(plan({ model: 'unsold' })).rejects.toMatchObject({ details: { why: 'no node offers it' } });
});

test('what is said of a share, and which errors say that nothing can be bought just now', () => {
  expect([shareText(1_000n), shareText(125n)]).toEqual(['', ', of which a request that is checked may be 12.5 %']);
  const cap = buyerError('CAP', { cap: 'day', limit: '', wanted: '', used: '' });
  expect(
    [cap, buyerError('NO_NODE', { model: '', why: '' }), buyerError('CLOSED'), new Error('x')].map(isNoOffer),
  ).toEqual([...[true, true, false, false]]);
});

test.each(['tenant', 'model', 'role', 'level', 'attesters'])(
  'an entry of the journal without %s is refused',
  async (name) => {
    const { context } = await market.buyer();
    const frozen = { tenant: '', model: 'm', role: 0, level: 0, attesters: 1, [name]: null };
    expect(() => boughtStack(context, { frozen: JSON.stringify(frozen) }, {} as Ran)).toThrow(
      expect.objectContaining({ code: 'BUYER_FROZEN' }),
    );
  },
);

test('a purchase is in the journal with all its terms', async () => {
  const { buyer, context, of } = await market.buyer({}, { now: () => 5_000 });
  const own = await buyer.buy(await buyer.plan(want({ units: 9n })), 'team');
  expect(await context.journal.findStack(own.stack)).toMatchObject({
    ...{ task: plain, role: 0, model: 'm', level: 0, node: cheap.id, price: 100n, units: 400_000n, paid: 40_000_000n },
    ...{ largestRequest: 400_000n, attesters: expect.any(Number), complete: true, stage: 'open', tenant: 'team' },
    ...{
      noticeEpoch: null,
      usedBefore: 0n,
      addedMs: 5_000,
      digest: expect.any(String),
      boughtEpoch: market.market.epoch(),
    },
  });
  expect(of('purchased')).toEqual([
    { kind: 'purchased', stack: own.stack, node: cheap.id, units: 400_000n, paid: 40_000_000n },
  ]);
  expect((await context.journal.listOutbox(['confirmed'])).map(({ kind, cost }) => [kind, cost])).toEqual([
    ['purchase', 40_000_000n],
  ]);
});

test('stacks of the wallet that the journal does not know are adopted, once, as they are', async () => {
  const atoma = await market.wallet();
  const buy = async () =>
    executedResult(
      await acquireStack(atoma, {
        ...{ taskSmallId: plain, numComputeUnits: 200_000n, pricePerComputeUnit: 100n, allowUnchecked: true },
      }),
    ).stackSmallId;
  const [first, second] = [await buy(), await buy()];
  executedResult(await requestStackRefund(atoma, { stackSmallId: second }));
  const { context, of } = await market.buyer({}, { atoma, now: () => 7_000 });
  expect(of('adopted').map(({ stack, units, paid, node }) => [stack, units, paid, node])).toEqual([
    [first, 200_000n, 20_000_000n, cheap.id],
    [second, 200_000n, 20_000_000n, cheap.id],
  ]);
  expect(await context.journal.findStack(first)).toMatchObject({
    ...{ task: plain, role: 0, model: 'm', level: 0, price: 100n, largestRequest: 200_000n, stage: 'open', tenant: '' },
    ...{ noticeEpoch: null, digest: null, complete: false, usedBefore: 0n, addedMs: 7_000 },
  });
  expect(await context.journal.findStack(second)).toMatchObject({
    stage: 'notice',
    noticeEpoch: market.market.epoch(),
  });
  expect(await adoptStacks(context)).toEqual([]);
});

test('a quote shows every offer, those that can be used first and by their total', async () => {
  const { buyer, context } = await market.buyer();
  context.measured.receipt(cheap.id, 'm');
  const offers = await buyer.quote({ model: 'm', units: 1_000_001n });
  expect(offers.map(({ node, level, problem }) => [node, level, problem])).toEqual([
    [cheap.id, 1, null],
    [dear.id, 0, null],
    [cheap.id, 0, 'it serves smaller stacks only'],
  ]);
  const [sampled, other, small] = offers;
  expect(other).toMatchObject({
    ...{
      task: plain,
      owner: dear.operator.sender,
      price: 150n,
      maxUnits: 3_000_000n,
      total: 150_000_150n,
      surcharge: 0n,
    },
    ...{ quantization: null, lyingPaysAbove: null, requests: 0, receipts: 0, freeStake: 910_000_000_000n },
  });
  expect(other?.latencyMs).toBeGreaterThan(0);
  expect(other?.reputation).toBe(50);
  expect(small?.receipts).toBe(1);
  expect(sampled?.surcharge).toBeGreaterThan(0n);
  expect(sampled?.lyingPaysAbove).toEqual(expect.any(Number));
  const levels = async (terms: object) =>
    (await buyer.quote({ model: 'm', units: 1n, terms })).map(({ level }) => level);
  expect([await levels({ levels: [1] }), await levels({ tasks: [plain] }), await levels({})]).toEqual([
    [1],
    [0, 0],
    [0, 0, 1],
  ]);
  await expect(buyer.quote({ model: 'm', units: 1n, endpoint: '/v1/embeddings' })).rejects.toMatchObject({
    code: 'BUYER_NO_TASK',
  });
  await expect(buyer.quote({ model: 'nobody', units: 1n })).rejects.toMatchObject({ code: 'BUYER_NO_TASK' });
});

test('models on offer: each at the preferred level, at its price, with who sells it', async () => {
  cheap.said = { quantization: 'fp8' };
  const { buyer, context } = await market.buyer({ levels: [1, 0], nodePolicy: 'any' });
  context.measured.answered(dear.id, 'm', { firstMs: 12.345, ms: 1_000, units: 50 });
  const at = async (terms: object) =>
    (await buyer.models(terms)).map(({ model, level, price }) => [model, level, price]);
  expect(await at({})).toEqual([['m', 1, 120n]]);
  const [offered] = await buyer.models({ levels: [0, 1] });
  expect(offered).toMatchObject({
    ...{ role: 0, level: 0, price: 100n, nodes: 2, largestStack: 1_000_000n, largestRequest: 1_000_000n },
    providers: [
      { node: cheap.id, price: 100n, quantization: 'fp8' },
      { node: dear.id, price: 150n, quantization: null, firstMs: 12.345 },
    ],
  });
  expect(await at({ maxPrice: 110n })).toEqual([['m', 0, 100n]]);
  expect(await at({ maxPrice: 1n })).toEqual([]);
  const list = JSON.parse(JSON.stringify(modelList([offered as NonNullable<typeof offered>])));
  expect(list.data).toMatchObject([
    {
      ...{ id: 'm', object: 'model', owned_by: 'atoma' },
      atoma: {
        ...{ price: '100', nodes: 2, largest_stack: '1000000' },
        providers: [{}, { node: '2', first_token_ms: 12.3, units_per_second: 50, completion_rate: 1, requests: 1 }],
      },
    },
  ]);
  cheap.said = {};
});

test('a request is priced at a purchase of now, or at a stack that is here', async () => {
  const { buyer, context } = await market.buyer();
  const parsed = await buyer.parse({
    endpoint: '/v1/chat/completions',
    contentType: 'application/json',
    body: Buffer.from(JSON.stringify({ model: 'm', messages: [], max_tokens: 5_000_000 })),
  });
  const work = { ...parsed, flexible: true, least: 1n };
  expect(await buyer.price(work)).toEqual({ units: 1_000_000n, price: 100n });
  expect(await buyer.price({ ...work, most: 40n })).toEqual({ units: 40n, price: 100n });
  expect(await buyer.price({ ...work, least: 1_000_001n, most: 2_000_000n })).toEqual({
    units: 2_000_000n,
    price: 150n,
  });
  await context.book.add(
    journalStack(500n, { node: dear.id, price: 140n, units: 2_000_000n, largestRequest: 1_500_000n }),
  );
  expect(await buyer.price({ ...work, least: 1_000_001n })).toEqual({ units: 1_500_000n, price: 140n });
  context.book.noteFree(500n, 1_200_000n);
  expect(await buyer.price({ ...work, least: 1_000_001n })).toEqual({ units: 1_200_000n, price: 140n });
  await expect(buyer.price({ ...work, least: 9_000_000n })).rejects.toMatchObject({ code: 'BUYER_TOO_LARGE' });
});

test('a purchase that was never signed is given up at the next start, and counts against no cap', async () => {
  const journal = await openJournal({ path: ':memory:' });
  const unsigned = { transaction: null, signature: null, digest: null, expirationEpoch: null, failure: null };
  await journal.putOutbox({
    ...{ kind: 'purchase', subject: 's', stage: 'intent', frozen: '{}', cost: 5n, createdMs: 1, updatedMs: 1 },
    ...unsigned,
  });
  expect(await journal.spentSince(0)).toBe(5n);
  const { context } = await market.buyer({}, { journal });
  expect(await journal.findOutbox('purchase', 's')).toMatchObject({
    ...{ stage: 'failed', failure: 'Abandoned: the process ended before it was signed' },
  });
  expect([await journal.spentSince(0), context.book.list()]).toEqual([0n, []]);
});

test('a stack that is checked remembers how much of it one request may be', async () => {
  const { buyer, context } = await market.buyer({ levels: [1], nodePolicy: 'any', stackUnits: 2_000_000n });
  const planned = await buyer.plan(want());
  const { stack } = await buyer.buy(planned);
  expect(planned.largestRequest).toBeLessThan(2_000_000n);
  expect((await context.journal.findStack(stack))?.largestRequest).toBe(planned.largestRequest);
});

test('of several tasks of a model the preferred level is shown, at one level the cheaper, in whatever order', async () => {
  const sold: [bigint, bigint][] = [];
  for (const [level, price] of [
    ...[[1, 120n] as const, [0, 100n] as const, [0, 90n] as const, [0, 95n] as const, [1, 110n] as const],
  ])
    sold.push([await market.task({ model: 'n', level }), price]);
  await market.addNode(sold);
  const { buyer } = await market.buyer({ nodePolicy: 'any' });
  const at = async (levels: readonly number[]) =>
    (await buyer.models({ levels })).flatMap(({ model, level, price }) => (model === 'n' ? [[level, price]] : []));
  expect([await at([1, 0]), await at([0, 1])]).toEqual([[[1, 110n]], [[0, 90n]]]);
});
