/** Funds that addresses own without objects, with the unmodified client: `tx.balance()`, `tx.coin()`, withdrawals, reads. */
import { bcs } from '@mysten/sui/bcs';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { deriveDynamicFieldID } from '@mysten/sui/utils';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeLedger,
  embeddedTransport,
  getTransaction,
  type Ledger,
  listObjectsOfType,
  openLedger,
  type TransactionRecord,
} from './index.ts';
import {
  compileDemo,
  createdBy,
  goldSources,
  newAccount,
  objectIndex,
  packageIn,
  SUI_COIN,
  send,
  sendWithdrawn,
} from './testing/fixture.ts';

let ledger: Ledger;
let client: SuiGrpcClient;
let alice: Ed25519Keypair;
let bob: Ed25519Keypair;
let gold: string;

const addressOf = (account: Ed25519Keypair): string => account.toSuiAddress();

/** Mints gold to Alice's coins. */
const GOLD_SUPPLY = 1_000n;

beforeAll(async () => {
  ledger = await openLedger({ seed: 'funds', clock: 'logical' });
  client = new SuiGrpcClient({ network: 'localnet', transport: embeddedTransport(ledger) });
  [alice, bob] = [newAccount(ledger, 1), newAccount(ledger, 2)];
  const { modules, dependencies } = await compileDemo(goldSources());
  const published = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.publish({ modules: [...modules], dependencies: [...dependencies] })], addressOf(alice));
  });
  gold = `${packageIn(published)}::gold::GOLD`;
  const cap = createdBy(ledger, published, '::TreasuryCap')[0]?.id as string;
  await send(ledger, alice, (tx, { object }) => {
    const coin = tx.moveCall({
      target: '0x2::coin::mint',
      typeArguments: [gold],
      arguments: [object(cap), tx.pure.u64(GOLD_SUPPLY)],
    });
    tx.transferObjects([coin], addressOf(alice));
  });
});
afterAll(() => closeLedger(ledger));

const run = async (signer: Ed25519Keypair, build: (tx: Transaction) => void) => {
  const transaction = new Transaction();
  build(transaction);
  const result = await client.signAndExecuteTransaction({
    transaction,
    signer,
    include: { effects: true, balanceChanges: true },
  });
  const done = result.Transaction ?? result.FailedTransaction;
  expect(done?.status).toMatchObject({ success: true });
  return done as NonNullable<typeof done>;
};

/** Coins and funds of an account. */
const has = async (account: Ed25519Keypair, coinType: string): Promise<[bigint, bigint]> => {
  const { balance } = await client.getBalance({ owner: addressOf(account), coinType });
  expect(BigInt(balance.balance)).toBe(BigInt(balance.coinBalance) + BigInt(balance.addressBalance));
  return [BigInt(balance.coinBalance), BigInt(balance.addressBalance)];
};

const sendFunds = (tx: Transaction, coinType: string, amount: number, to: Ed25519Keypair) =>
  tx.moveCall({
    target: '0x2::balance::send_funds',
    typeArguments: [coinType],
    arguments: [tx.balance({ type: coinType, balance: amount }), tx.pure.address(addressOf(to))],
  });

test('a balance is sent, held without an object, and shown', async () => {
  const done = await run(alice, (tx) => sendFunds(tx, gold, 300, bob));
  expect(await has(bob, gold)).toEqual([0n, 300n]);
  expect(done.balanceChanges).toContainEqual(expect.objectContaining({ address: addressOf(bob), amount: '300' }));
  const { balances } = await client.listBalances({ owner: addressOf(bob) });
  expect(balances.find(({ coinType }) => coinType.endsWith('::gold::GOLD'))).toMatchObject({
    coinBalance: '0',
    addressBalance: '300',
  });
  expect(
    listObjectsOfType(ledger, `0x2::coin::Coin<${gold}>`, 10).every(
      (coin) => coin.owner.kind === 'address' && `0x${coin.owner.address}` === addressOf(alice),
    ),
  ).toBe(true);
});

test('effects name the write as the SDK reads it, at the id of the field that holds the funds', async () => {
  const done = await run(alice, (tx) => sendFunds(tx, gold, 1, bob));
  const record = getTransaction(ledger, done.digest);
  const effects = bcs.TransactionEffects.parse(record?.effectsBcs as Uint8Array).V2;
  const type = `0x2::balance::Balance<${gold}>`;
  const id = deriveDynamicFieldID(
    '0xacc',
    `0x2::accumulator::Key<${type}>`,
    bcs.Address.serialize(addressOf(bob)).toBytes(),
  );
  const [, change] = effects?.changedObjects.find(([changed]) => changed === id) ?? [];
  expect(change?.inputState.$kind).toBe('NotExist');
  expect(change?.outputState.AccumulatorWriteV1).toMatchObject({
    address: { address: addressOf(bob) },
    operation: { $kind: 'Merge' },
    value: { Integer: '1' },
  });
  expect(
    bcs.TransactionEffects.serialize(bcs.TransactionEffects.parse(record?.effectsBcs as Uint8Array)).toBytes(),
  ).toEqual(record?.effectsBcs);
  const { response } = await client.ledgerService.getTransaction({
    digest: done.digest,
    readMask: { paths: ['effects.changed_objects'] },
  });
  const shown = response.transaction?.effects?.changedObjects.find(({ objectId }) => objectId === id);
  expect(shown?.accumulatorWrite).toMatchObject({ address: addressOf(bob), integerValue: 1n });
});

test('withdrawals become coins or balances, whole or in part, and what is left stays', async () => {
  const [, before] = await has(bob, gold);
  const [, hers] = await has(alice, gold);
  await run(bob, (tx) => tx.transferObjects([tx.coin({ type: gold, balance: 100 })], addressOf(bob)));
  expect(await has(bob, gold)).toEqual([100n, before - 100n]);
  await run(bob, (tx) => sendFunds(tx, gold, 50, alice));
  expect((await has(alice, gold))[1]).toBe(hers + 50n);
  await run(bob, (tx) => {
    const left = tx.withdrawal({ amount: before - 150n, type: gold });
    const coin = tx.moveCall({ target: '0x2::coin::redeem_funds', typeArguments: [gold], arguments: [left] });
    tx.transferObjects([coin], addressOf(bob));
  });
  expect(await has(bob, gold)).toEqual([before - 50n, 0n]);
});

test('coins and funds are put together when neither is enough', async () => {
  const [coins, funds] = await has(alice, gold);
  await run(alice, (tx) => tx.transferObjects([tx.coin({ type: gold, balance: coins + funds })], addressOf(bob)));
  expect(await has(alice, gold)).toEqual([0n, 0n]);
});

test("nobody withdraws what is not there, or what is another one's", async () => {
  const [, funds] = await has(bob, gold);
  const withdraw = (amount: bigint) =>
    send(ledger, bob, (tx) => {
      const coin = tx.moveCall({
        target: '0x2::coin::redeem_funds',
        typeArguments: [gold],
        arguments: [tx.withdrawal({ amount, type: gold })],
      });
      tx.transferObjects([coin], addressOf(bob));
    });
  await expect(withdraw(funds + 1n)).rejects.toMatchObject({ code: 'LEDGER_WITHDRAWAL_UNCOVERED' });
  await expect(withdraw(0n)).rejects.toMatchObject({ code: 'LEDGER_WITHDRAWAL_ZERO' });
  expect((await has(bob, gold))[1]).toBe(funds);
});

test('two withdrawals of one transaction are covered together', async () => {
  await run(bob, (tx) => sendFunds(tx, gold, 10, bob));
  const [, funds] = await has(bob, gold);
  const both = (first: bigint, second: bigint) =>
    send(ledger, bob, (tx) => {
      for (const amount of [first, second]) sendWithdrawn(tx, gold, amount, addressOf(alice));
    });
  await expect(both(funds, 1n)).rejects.toMatchObject({ code: 'LEDGER_WITHDRAWAL_UNCOVERED' });
  expect((await both(funds - 1n, 1n)).effects.error).toBeNull();
  expect([(await has(bob, gold))[1], (await has(alice, gold))[1]]).toEqual([0n, funds]);
});

test('a transaction that fails moves nothing', async () => {
  const [coins, funds] = await has(alice, gold);
  const { effects } = await send(ledger, alice, (tx) => {
    const balance = tx.moveCall({
      target: '0x2::balance::redeem_funds',
      typeArguments: [gold],
      arguments: [tx.withdrawal({ amount: funds, type: gold })],
    });
    tx.moveCall({ target: '0x2::balance::destroy_zero', typeArguments: [gold], arguments: [balance] });
  });
  expect(effects.error?.status).toHaveProperty('MoveAbort');
  expect(await has(alice, gold)).toEqual([coins, funds]);
});

test('no unit appears or disappears: coins and funds add up to what was minted, SUI to its supply', async () => {
  const holders = await Promise.all([alice, bob].map((account) => has(account, gold)));
  expect(holders.flat().reduce((sum, amount) => sum + amount, 0n)).toBe(GOLD_SUPPLY);
  const sui = () =>
    listObjectsOfType(ledger, SUI_COIN, 1_000).reduce(
      (sum, coin) => sum + Buffer.from(coin.contents).readBigUInt64LE(32),
      0n,
    );
  const SUI = '0x2::sui::SUI';
  const before = sui();
  const sent = await run(alice, (tx) => sendFunds(tx, SUI, 7_000, bob));
  const { gasUsed } = (getTransaction(ledger, sent.digest) as TransactionRecord).effects;
  const paid = gasUsed.computationCost + gasUsed.storageCost - gasUsed.storageRebate;
  expect(sui() + 7_000n).toBe(before - paid);
  expect((await has(bob, SUI))[1]).toBe(7_000n);
});

test('each object’s transactions are found by the index as by looking at all of them', () => {
  const { missed, narrowed } = objectIndex(ledger);
  expect(missed).toEqual([]);
  expect(narrowed).toBeGreaterThan(10);
});
