import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closeLedger,
  type Ledger,
  listObjectsOfType,
  listTransactions,
  openLedger,
  type StoredObject,
} from './index.ts';
import { SUI_SUPPLY } from './params.ts';
import { type Build, createdBy, newAccount, packageIn, publish, SUI_COIN, send } from './testing/fixture.ts';

const balance = (coin: StoredObject): bigint => Buffer.from(coin.contents).readBigUInt64LE(32);

/** MIST in all live SUI coins. */
const inCoins = (ledger: Ledger): bigint =>
  listObjectsOfType(ledger, SUI_COIN, 100_000).reduce((sum, coin) => sum + balance(coin), 0n);

/** MIST that gas took out of coins: computation and storage less refunds. */
const taken = (ledger: Ledger): bigint =>
  listTransactions(ledger, { limit: 1_000 }).reduce(
    (sum, { effects: { gasUsed } }) => sum + gasUsed.computationCost + gasUsed.storageCost - gasUsed.storageRebate,
    0n,
  );

/** What each kind of step does; `n` chooses amounts. */
const steps = (demo: string, friend: string): readonly ((n: number) => Build)[] => [
  (n) => (tx) => tx.transferObjects([tx.splitCoins(tx.gas, [n])], friend),
  (n) => (tx) => {
    const [a, b] = tx.splitCoins(tx.gas, [n, n + 1]);
    tx.mergeCoins(a, [b]);
    tx.mergeCoins(tx.gas, [a]);
  },
  () => (tx) => void tx.moveCall({ target: `${demo}::things::share` }),
  (n) => (tx) => {
    const thing = tx.moveCall({ target: `${demo}::things::make`, arguments: [tx.pure.u64(n)] });
    tx.moveCall({ target: `${demo}::things::burn`, arguments: [thing] });
  },
  () => (tx) => void tx.moveCall({ target: `${demo}::things::plain_abort` }),
  (n) => (tx) =>
    tx.transferObjects([tx.moveCall({ target: `${demo}::things::pay`, arguments: [tx.gas, tx.pure.u64(n)] })], friend),
  () => (tx) => void tx.moveCall({ target: `${demo}::things::spin` }),
];

test('no MIST appears or disappears: coins, rebates held by objects, and gas add up to the supply', async () => {
  const ledger = await openLedger({ seed: 'conservation', clock: 'logical' });
  const [alice, bob] = [newAccount(ledger, 1), newAccount(ledger, 2)];
  const published = await publish(ledger, alice);
  const todo = steps(packageIn(published), bob.toSuiAddress());
  const step = fc.record({
    kind: fc.nat(todo.length - 1),
    n: fc.integer({ min: 1, max: 900 }),
    budget: fc.constantFrom(1_000_000n, 2_000_000n, 20_000_000n),
    coins: fc.integer({ min: 1, max: 3 }),
  });
  const coinsOf = (count: number): string[] =>
    listObjectsOfType(ledger, SUI_COIN, 1_000)
      .filter((coin) => coin.owner.kind === 'address' && `0x${coin.owner.address}` === alice.toSuiAddress())
      .sort((a, b) => (balance(a) > balance(b) ? -1 : 1))
      .slice(0, count)
      .map((coin) => coin.id);
  await send(ledger, alice, (tx) => {
    const coins = tx.splitCoins(tx.gas, [10 ** 9, 10 ** 9, 10 ** 9]);
    tx.transferObjects([coins[0], coins[1], coins[2]] as never, alice.toSuiAddress());
  });
  await fc.assert(
    fc.asyncProperty(step, async ({ kind, n, budget, coins }) => {
      const before = inCoins(ledger);
      const record = await send(ledger, alice, (todo[kind] as (n: number) => Build)(n), {
        budget,
        gas: coinsOf(coins),
      });
      const { computationCost, storageCost, storageRebate, nonRefundableStorageFee } = record.effects.gasUsed;
      expect(inCoins(ledger)).toBe(before - computationCost - storageCost + storageRebate);
      expect(computationCost + storageCost - storageRebate).toBeLessThanOrEqual(budget);
      expect(nonRefundableStorageFee).toBeGreaterThanOrEqual(0n);
      for (const object of createdBy(ledger, record)) expect(object.storageRebate).toBeGreaterThan(0n);
    }),
    { numRuns: 60 },
  );
  expect(inCoins(ledger) + taken(ledger)).toBe(SUI_SUPPLY);
  closeLedger(ledger);
});
