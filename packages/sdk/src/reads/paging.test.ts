/** Lists longer than any page a chain gives. */
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { Atoma } from '../context/atoma.ts';
import * as db from '../generated/bindings/atoma/db.ts';
import { Task } from '../generated/bindings/atoma/task.ts';
import * as toma from '../generated/bindings/toma/toma.ts';
import {
  deprecateTask,
  donate,
  type EventPage,
  executedResult,
  getBalances,
  getTask,
  listEvents,
  listNewestStacks,
  listTaskBadges,
  listTasks,
  searchTasks,
} from '../index.ts';
import type { CallBuilder } from '../internal/move-call.ts';
import { listRows, newestRows, readDb } from '../internal/rows.ts';
import { coin, market as target } from '../internal/target.ts';
import { openTestMarket, type TestMarket } from '../testing/market.ts';

const TASKS = 130;
const COINS = 70;
let market: TestMarket;
let user: Atoma;

const send = async (calls: readonly CallBuilder[]): Promise<void> => {
  const transaction = new Transaction();
  for (const call of calls) transaction.add(call);
  if (!user.signer) expect.fail('no signer');
  const result = await market.client.signAndExecuteTransaction({ transaction, signer: user.signer });
  expect(result.$kind).toBe('Transaction');
};

beforeAll(async () => {
  market = await openTestMarket('paging');
  user = market.actor();
  await send(Array.from({ length: TASKS }, (_, i) => db.createTaskEntry(...target(user), i % 8, `model ${i}`, 0, 0)));
  await send(Array.from({ length: COINS }, (_, i) => toma.faucet(...coin(user), i + 1)));
});
afterAll(() => market.close());

test('every badge is found, in order, and the one of a small id acts', async () => {
  const badges = await listTaskBadges(user);
  expect(badges.map(({ smallId }) => smallId)).toEqual(Array.from({ length: TASKS }, (_, i) => BigInt(i + 1)));
  const { taskSmallId } = executedResult(await deprecateTask(user, { taskSmallId: TASKS - 1 }));
  expect(await getTask(user, { taskSmallId })).toMatchObject({ modelName: `model ${TASKS - 2}`, deprecatedEpoch: 2n });
});

test('every row is listed, in order, and any part of the list', async () => {
  const tasks = await listTasks(user);
  expect(tasks.map(({ modelName }) => modelName)).toEqual(Array.from({ length: TASKS }, (_, i) => `model ${i}`));
  const part = await listTasks(user, { after: 100n, limit: 5 });
  expect(part.map(({ taskSmallId }) => taskSmallId)).toEqual([101n, 102n, 103n, 104n, 105n]);
  expect(await listTasks(user, { after: 125n, limit: 1_001 })).toHaveLength(TASKS - 125);
});

test('a short list asks for the rows it shows, and for the whole table only where too many of the first have ended', async () => {
  const asked = vi.spyOn(user.client, 'listDynamicFields');
  for (const [after, limit, first, count] of [
    [0n, 50, 1n, 50],
    [120n, 50, 121n, 10],
    [1_000n, 50, undefined, 0],
  ] as const) {
    const part = await listTasks(user, { after, limit });
    expect([part[0]?.taskSmallId, part.length]).toEqual([first, count]);
  }
  expect(asked).not.toHaveBeenCalled();
  const { getObjects } = user.client;
  const ended = vi.spyOn(user.client, 'getObjects').mockImplementation(async (options) => {
    const all = await getObjects.call(user.client, options);
    const isDb = options.objectIds.length === 1;
    return isDb ? all : { objects: all.objects.map(() => new Error('has ended')) };
  });
  expect(await listRows(user, 'tasks', Task, { limit: 5 }, 500)).toEqual([]);
  expect(asked).not.toHaveBeenCalled();
  expect(await listRows(user, 'tasks', Task, { limit: 5 }, 100)).toHaveLength(5);
  expect(asked).toHaveBeenCalledOnce();
  ended.mockRestore();
  asked.mockRestore();
});

test('names are looked for a page at a time, up to as many as are asked for', async () => {
  const found = await searchTasks(user, { text: 'MODEL 12' });
  expect(found.map(({ modelName }) => modelName).sort()).toEqual(
    ['model 12', ...Array.from({ length: 10 }, (_, i) => `model 12${i}`)].sort(),
  );
  expect(await searchTasks(user, { text: 'model', limit: 7 })).toHaveLength(7);
  expect(await searchTasks(user, { text: 'no such' })).toEqual([]);
});

test('the newest rows come a page at a time, each once, and what is gone is passed over within bounds', async () => {
  const { tasks } = await readDb(user);
  const page = (before: bigint) => newestRows(user, tasks.id, Task, { before, limit: 40 });
  const seen: bigint[] = [];
  let pages = 0;
  for (let before: bigint | null = 900n; before !== null; pages++) {
    const found: Awaited<ReturnType<typeof page>> = await page(before);
    seen.push(...found.rows.map(({ id }) => id));
    before = found.before;
  }
  expect(seen).toEqual(Array.from({ length: TASKS }, (_, i) => BigInt(TASKS - i)));
  expect(pages).toBe(4);
  expect(await page(5_000n)).toEqual({ rows: [], before: 4_000n });
  expect(await page(1n)).toEqual({ rows: [], before: null });
  expect(await listNewestStacks(user)).toEqual({ stacks: [], before: null });
});

test('an amount that no page of coins holds is paid from all of them', async () => {
  const { toma: held } = await getBalances(user);
  expect(held).toBe(BigInt((COINS * (COINS + 1)) / 2));
  expect(executedResult(await donate(user, { amount: held })).amount).toBe(held);
  expect((await getBalances(user)).toma).toBe(0n);
});

test('events come page by page in both orders, each once', async () => {
  const read = async (order: 'ascending' | 'descending') => {
    const ids: bigint[] = [];
    for (let cursor: string | null = null; ; ) {
      const from: object = cursor === null ? {} : order === 'ascending' ? { after: cursor } : { before: cursor };
      const page: EventPage<'TaskRegisteredEvent'> = await listEvents(user, {
        kind: 'TaskRegisteredEvent',
        limit: 40,
        order,
        ...from,
      });
      for (const { data } of page.events) ids.push(data.taskSmallId);
      if (!page.hasMore) return ids;
      cursor = page.cursor;
    }
  };
  const forward = await read('ascending');
  expect(forward).toEqual(Array.from({ length: TASKS }, (_, i) => BigInt(i + 1)));
  expect(await read('descending')).toEqual(forward.toReversed());
});
