import { ParallelTransactionExecutor, SerialTransactionExecutor, Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createdOf, execute, type Network, newAccount, openNetwork, publishDemo, SUI } from '../testing/network.ts';

let network: Network;
let packageId: string;
let counter: string;

beforeAll(async () => {
  network = await openNetwork('executor tests');
  const publisher = newAccount(network);
  ({ packageId } = await publishDemo(network, publisher));
  const tx = await execute(network, publisher, (t) => t.moveCall({ target: `${packageId}::demo::create` }));
  counter = createdOf(tx, '::demo::Counter');
});

afterAll(() => network.close());

const increment = () => {
  const transaction = new Transaction();
  transaction.moveCall({ target: `${packageId}::demo::increment`, arguments: [transaction.object(counter)] });
  return transaction;
};

const counterValue = async () => {
  const { object } = await network.client.getObject({ objectId: counter, include: { json: true } });
  return Number((object.json as { value: string }).value);
};

test('SerialTransactionExecutor runs ahead on its own view of the effects', async () => {
  const signer = newAccount(network);
  const executor = new SerialTransactionExecutor({ client: network.client, signer });
  const before = await counterValue();
  const results = await Promise.all(Array.from({ length: 8 }, () => executor.executeTransaction(increment())));
  expect(results.every(({ $kind }) => $kind === 'Transaction')).toBe(true);
  expect(await counterValue()).toBe(before + 8);
});

test('SerialTransactionExecutor passes owned objects from one transaction to the next', async () => {
  const signer = newAccount(network);
  const executor = new SerialTransactionExecutor({ client: network.client, signer });
  const split = new Transaction();
  split.transferObjects([split.splitCoins(split.gas, [SUI])], signer.toSuiAddress());
  const made = await executor.executeTransaction(split, { effects: true });
  const coin = made.Transaction!.effects!.changedObjects.find(({ idOperation }) => idOperation === 'Created')!.objectId;
  for (let i = 0; i < 3; i++) {
    const move = new Transaction();
    move.transferObjects([move.splitCoins(move.object(coin), [1000n])], signer.toSuiAddress());
    expect((await executor.executeTransaction(move)).$kind).toBe('Transaction');
  }
});

test('ParallelTransactionExecutor splits gas and runs many at once', async () => {
  const signer = newAccount(network, 1, 50n * SUI);
  const executor = new ParallelTransactionExecutor({
    client: network.client,
    signer,
    coinBatchSize: 4,
    maxPoolSize: 4,
  });
  const before = await counterValue();
  const results = await Promise.all(Array.from({ length: 12 }, () => executor.executeTransaction(increment())));
  expect(results.every(({ $kind }) => $kind === 'Transaction')).toBe(true);
  expect(await counterValue()).toBe(before + 12);
});
