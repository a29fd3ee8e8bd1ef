/** The gateway killed before and after every write and every send: sum over tenants = receipts = the node's ledger = chain. */
import { join } from 'node:path';
import { openJournal } from '@atoma/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CrashWork } from './testing/crash-gateway.ts';
import { around, type CrashMarket, LATE, openCrashMarket, PAYER_TOMA, sumOf } from './testing/crash-market.ts';

/** More than a hundred processes start one after the other. */
const PATIENCE_MS = 900_000;
let market: CrashMarket;
let start: bigint;
/** Base units of TOMA that payments by the request brought in. */
let received = 0n;

beforeAll(async () => {
  market = await openCrashMarket(0);
  start = await market.fleet.toma(market.fleet.buyer);
});
afterAll(() => market.close());

const leaves = async (): Promise<number> =>
  (await market.node.store.listStacks()).reduce((all, { nextLeaf }) => all + nextLeaf, 0);

const sends = ['before POST /v1/chat/completions', 'head of POST /v1/chat/completions'];
/** What both the row of a request that waited and that of one that did not pass through. */
const intent = ['before', 'within', 'after'].map((when) => `${when} append of the intent`);
const always = [...intent, ...around(['INSERT request', 'INSERT book', 'COMMIT', 'truncation of the intents'])];

test.each<[CrashWork, readonly string[]]>([
  ['purchase', [...around(['INSERT outbox', 'INSERT stack', 'COMMIT', 'ExecuteTransaction'])]],
  ['quick', [...always, ...sends, LATE, ...around(['end of the answer'])]],
  ['whole', [...always, ...sends, LATE, ...around(['UPDATE request', 'UPDATE book', 'end of the answer'])]],
  [
    'stream',
    [...always, ...sends, ...around(['UPDATE request', 'UPDATE book', 'piece of the answer', 'end of the answer'])],
  ],
  [
    'start',
    [
      ...around(['INSERT request', 'UPDATE request', 'UPDATE book', 'COMMIT', 'truncation of the intents']),
      ...intent,
      'before GET /v1/receipts/ID',
    ],
  ],
])(
  'killed at every point of: %s',
  async (work, expected) => {
    const died = await market.killAtEach(work);
    expect(expected.filter((each) => !died.has(each))).toEqual([]);
  },
  PATIENCE_MS,
);

test(
  'one order, sent again after each kill: charged once',
  async () => {
    const before = await leaves();
    await market.killUntilOneLives('retried');
    expect(await leaves()).toBe(before + 1);
  },
  PATIENCE_MS,
);

test(
  'one payment, sent again after each kill: executed once, answered once, and what it did not cover comes back once',
  async () => {
    const [before, units] = [await leaves(), sumOf((await market.meters()).values())];
    await market.killUntilOneLives('paid');
    await market.run('paid', 'none', 'even');
    expect(await leaves()).toBe(before + 1);
    received = (sumOf((await market.meters()).values()) - units) * market.fleet.price;
    expect(await market.fleet.toma(market.payer)).toBe(PAYER_TOMA - received);
  },
  PATIENCE_MS,
);

test('in the end tenants, receipts, node and chain say the same, to the unit', async () => {
  const before = await market.meters();
  const { lines } = await market.run('check', -1, '');
  const report = market.expectExact(lines[0] as string, before);
  const journal = await openJournal({ path: join(market.directory, 'journal.sqlite'), readOnly: true });
  const unresolved = await journal.listRequests({ stages: ['open', 'dropped'], limit: 10_000 });
  await journal.close();
  expect(unresolved.filter(({ stage }) => stage === 'open')).toEqual([]);
  expect(sumOf(report.stacks.map(({ exposure }) => exposure))).toBe(
    sumOf(unresolved.map(({ maxUnits }) => `${maxUnits}`)),
  );
  const bought = (await market.fleet.events('StackCreatedEvent')).map(({ data }) => data.escrow);
  expect(bought).toHaveLength(report.stacks.length);
  expect(report.spent).toBe(String(bought.reduce((total, each) => total + each, 0n)));
  for (const { stack, receipts } of report.stacks) if (receipts !== '0') await market.node.settleStack(BigInt(stack));
  await market.fleet.tick(2);
  market.fleet.market.nextEpoch(2);
  await market.fleet.tick(3);
  const claims = await market.fleet.events('StackSettlementTicketClaimedEvent');
  const claimed = claims.reduce((total, { data }) => total + data.numClaimedComputeUnits, 0n);
  expect(String(claimed)).toBe(report.booked);
  const unused = report.stacks.filter(({ receipts }) => receipts === '0').length;
  const locked = BigInt(unused) * 300_000n * market.fleet.price;
  expect(await market.fleet.toma(market.fleet.buyer)).toBe(start - locked - claimed * market.fleet.price + received);
});
