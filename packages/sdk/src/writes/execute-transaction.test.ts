/** A transaction of one's own: commands of several writes in one, and what becomes of it. */
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTask, executeTransaction, faucet, getTransaction, listTasks, requireSender } from '../index.ts';
import { openTestMarket, type TestMarket } from '../testing/market.ts';

const BUDGET = 1_000_000_000n;

let market: TestMarket;
beforeAll(async () => {
  market = await openTestMarket('own transactions');
});
afterAll(() => market.close());

test('several writes in one: signed, executed and found, with its events and what it created', async () => {
  const atoma = market.actor();
  const tx = new Transaction();
  await faucet.add(atoma, tx, { amount: 5n });
  for (const modelName of ['one', 'two']) await createTask.add(atoma, tx, { role: 0, securityLevel: 0, modelName });
  const outcome = await executeTransaction(atoma, tx, { gasBudget: BUDGET });
  if (outcome.kind !== 'executed') throw new TypeError(outcome.failure.sentence);
  expect(outcome.events.map(({ kind }) => kind)).toEqual(['FaucetEvent', 'TaskRegisteredEvent', 'TaskRegisteredEvent']);
  expect(outcome.created.filter(({ type }) => type.endsWith('::TaskBadge'))).toHaveLength(2);
  expect(outcome.gas.budget).toBe(BUDGET);
  expect(await getTransaction(atoma, { digest: outcome.digest })).toMatchObject({
    failure: null,
    epoch: outcome.epoch,
  });
  expect((await listTasks(atoma)).map(({ modelName }) => modelName)).toEqual(['one', 'two']);
});

test('what the contract refuses is an outcome: nothing is sent, and nothing paid', async () => {
  const atoma = market.actor();
  const held = async () => (await atoma.client.getBalance({ owner: requireSender(atoma) })).balance.balance;
  const before = await held();
  const tx = new Transaction();
  await faucet.add(atoma, tx, { amount: 5_000_000_000_000n });
  const outcome = await executeTransaction(atoma, tx, { gasBudget: BUDGET });
  expect(outcome).toMatchObject({
    kind: 'failed',
    digest: null,
    failure: { kind: 'abort', name: 'EFaucetLimitExceeded' },
  });
  expect(await held()).toBe(before);
});
