/** Budgets: a draw has room for others than its simulation drew, where its sender can afford it. */
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Atoma,
  acquireStack,
  createAtoma,
  createTask,
  executedResult,
  faucet,
  registerNode,
  subscribeNodeToTask,
  updateNodeUrl,
} from '../index.ts';
import { openTestMarket, type TestMarket } from '../testing/market.ts';
import { buildTransaction } from './run-transaction.ts';

const TOMA = 1_000_000_000n;
/** 60,000 units of gas at the price of the embedded ledger, MIST. */
const ROOM = 60_000n * 1_000n;

let market: TestMarket;
let provider: Atoma;
beforeAll(async () => {
  market = await openTestMarket('execution');
  provider = market.actor();
  executedResult(await faucet(provider, { amount: 500n * TOMA }));
  executedResult(await createTask(provider, { role: 0, modelName: 'm', securityLevel: 0 }));
  executedResult(await registerNode(provider, { url: 'https://node.example' }));
  const offer = { taskSmallId: 1, pricePerComputeUnit: 100, maxNumComputeUnits: 1_000_000 };
  executedResult(await subscribeNodeToTask(provider, offer));
});
afterAll(() => market.close());

const purchase = { taskSmallId: 1, numComputeUnits: 200_000, pricePerComputeUnit: 100 };
const boughtBy = async (buyer: Atoma): Promise<{ readonly budget: bigint; readonly used: bigint }> => {
  const outcome = await acquireStack(buyer, purchase);
  executedResult(outcome);
  if (outcome.kind !== 'executed') throw new TypeError(outcome.kind);
  const { budget, net } = outcome.cost.gas;
  return { budget, used: net };
};

test('a draw has room; what draws nothing has not', async () => {
  const buyer = market.actor();
  executedResult(await faucet(buyer, { amount: 10n * TOMA }));
  const { budget, used } = await boughtBy(buyer);
  expect(budget).toBeGreaterThanOrEqual(used + ROOM);
  const plain = await updateNodeUrl(provider, { url: 'https://other.example' });
  expect(plain.kind === 'executed' && plain.cost.gas.budget).toBeLessThan(ROOM);
});

test('who cannot afford the room draws with what the simulation said', async () => {
  const signer = Ed25519Keypair.generate();
  const rich = market.actor();
  const tx = new Transaction();
  tx.transferObjects([tx.splitCoins(tx.gas, [ROOM])[0]], signer.toSuiAddress());
  const built = await buildTransaction(rich, tx);
  if (built.kind !== 'built') throw new TypeError(built.kind);
  const { signature } = await (rich.signer as Ed25519Keypair).signTransaction(built.bytes);
  await market.client.executeTransaction({ transaction: built.bytes, signatures: [signature] });
  const poor = createAtoma({ client: market.client, deployment: market.deployment, signer });
  executedResult(await faucet(poor, { amount: 10n * TOMA }));
  const { budget, used } = await boughtBy(poor);
  expect(budget).toBeGreaterThanOrEqual(used);
  expect(budget).toBeLessThan(ROOM);
});

test('a budget that is given is the budget', async () => {
  const buyer = market.actor();
  executedResult(await faucet(buyer, { amount: 10n * TOMA }));
  const built = await buildTransaction(buyer, await acquireStack.build(buyer, purchase), 50_000_000n);
  expect(built).toMatchObject({ kind: 'built', budget: 50_000_000n, isRoomy: false });
});
