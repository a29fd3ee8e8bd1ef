/** Gas from address balances, and transactions nobody pays for, with the unmodified client. */
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { ParallelTransactionExecutor, SerialTransactionExecutor, Transaction } from '@mysten/sui/transactions';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  advanceEpoch,
  allowGasless,
  chainState,
  closeLedger,
  embeddedTransport,
  executeTransaction,
  getObject,
  type Ledger,
  listBalances,
  listObjectsOfType,
  openLedger,
  replayLedger,
  type StoredObject,
  stateDigest,
  type TransactionRecord,
} from './index.ts';
import {
  compileDemo,
  createdBy,
  goldSources,
  newAccount,
  packageIn,
  SUI_COIN,
  send,
  sendWithdrawn,
  signBy,
} from './testing/fixture.ts';

const SUI = `0x${'2'.padStart(64, '0')}::sui::SUI`;
const MIST = 1_000_000_000n;

let ledger: Ledger;
let client: SuiGrpcClient;
let alice: Ed25519Keypair;
/** Has no coins. */
let poor: Ed25519Keypair;

const addressOf = (account: Ed25519Keypair): string => account.toSuiAddress();

const funds = (account: Ed25519Keypair, coinType = SUI): bigint =>
  listBalances(ledger, addressOf(account)).find((one) => one.coinType === coinType)?.funds ?? 0n;

const deposit = (to: Ed25519Keypair, amount: bigint) =>
  send(ledger, alice, (tx) => {
    tx.moveCall({
      target: '0x2::coin::send_funds',
      typeArguments: [SUI],
      arguments: [tx.splitCoins(tx.gas, [amount]), tx.pure.address(addressOf(to))],
    });
  });

beforeEach(async () => {
  ledger = await openLedger({ seed: 'gas from funds', clock: 'logical' });
  client = new SuiGrpcClient({ network: 'localnet', transport: embeddedTransport(ledger) });
  [alice, poor] = [newAccount(ledger, 1), Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(9))];
  await deposit(poor, MIST);
});
afterEach(() => closeLedger(ledger));

/** From this epoch to the next. */
const soon = (nonce = 0) => {
  const { epoch, chainId } = chainState(ledger);
  return {
    ValidDuring: {
      minEpoch: String(epoch),
      maxEpoch: String(epoch + 1),
      minTimestamp: null,
      maxTimestamp: null,
      chain: chainId,
      nonce,
    },
  };
};

interface Paid {
  readonly sponsor?: Ed25519Keypair;
  readonly expiration?: Parameters<Transaction['setExpiration']>[0];
  readonly price?: bigint;
  readonly budget?: bigint;
}

/** Executes without gas coins. */
const pay = async (
  account: Ed25519Keypair,
  build: (tx: Transaction) => void,
  { sponsor, expiration = soon(), price = 1_000n, budget = 50_000_000n }: Paid = {},
): Promise<TransactionRecord> => {
  const tx = new Transaction();
  build(tx);
  tx.setSender(addressOf(account));
  tx.setGasOwner(addressOf(sponsor ?? account));
  tx.setGasPayment([]);
  tx.setGasPrice(price);
  tx.setGasBudget(budget);
  tx.setExpiration(expiration);
  const bytes = await tx.build({ client });
  const signers = sponsor ? [account, sponsor] : [account];
  return executeTransaction(ledger, bytes, await Promise.all(signers.map((signer) => signBy(signer, bytes))));
};

const costOf = ({ effects }: TransactionRecord): bigint => {
  const { computationCost, storageCost, storageRebate } = effects.gasUsed;
  return computationCost + storageCost - storageRebate;
};

/** All SUI there is outside fees and storage. */
const circulating = (): bigint =>
  [alice, poor].reduce((sum, account) => sum + funds(account), 0n) +
  listObjectsOfType(ledger, SUI_COIN, 1_000).reduce(
    (sum, { contents }) => sum + Buffer.from(contents).readBigUInt64LE(32),
    0n,
  );

const share = (tx: Transaction) => tx.moveCall({ target: '0x2::clock::timestamp_ms', arguments: [tx.object.clock()] });

test('the budget is reserved of the gas owner’s funds, and what was used is taken', async () => {
  const before = circulating();
  const record = await pay(poor, share);
  expect(record.effects).toMatchObject({ error: null, gasObjectIndex: null });
  expect(funds(poor)).toBe(MIST - costOf(record));
  expect(record.effects.gasUsed.storageCost).toBe(0n);
  expect(circulating()).toBe(before - costOf(record));
  await expect(pay(poor, share, { budget: MIST, expiration: soon(1) })).rejects.toMatchObject({
    code: 'LEDGER_WITHDRAWAL_UNCOVERED',
  });
});

test('the gas coin stands for the reserved funds: split, merged into, kept or sent on', async () => {
  const before = circulating();
  const kept = await pay(poor, (tx) =>
    tx.mergeCoins(tx.gas, [tx.coin({ type: SUI, balance: 5_000, useGasCoin: false })]),
  );
  expect([kept.effects.error, funds(poor)]).toEqual([null, MIST - costOf(kept)]);
  const left = funds(poor);
  const moved = await pay(poor, (tx) => tx.transferObjects([tx.gas], addressOf(alice)), { expiration: soon(1) });
  const [coin] = createdBy(ledger, moved, '::coin::Coin') as [StoredObject];
  expect(funds(poor)).toBe(left - 50_000_000n);
  expect(Buffer.from(coin.contents).readBigUInt64LE(32)).toBe(50_000_000n - costOf(moved));
  const sent = await pay(
    poor,
    (tx) => {
      tx.moveCall({
        target: '0x2::coin::send_funds',
        typeArguments: [SUI],
        arguments: [tx.gas, tx.pure.address(addressOf(alice))],
      });
    },
    { expiration: soon(2) },
  );
  expect(sent.effects.error).toBeNull();
  expect(funds(poor)).toBe(left - 100_000_000n);
  expect(funds(alice)).toBe(50_000_000n - costOf(sent));
  expect(circulating()).toBe(before - [kept, moved, sent].reduce((sum, record) => sum + costOf(record), 0n));
});

test('a real gas coin can be sent to an address balance, which then pays', async () => {
  const [before, had] = [circulating(), funds(poor)];
  const sent = await send(ledger, alice, (tx) => {
    tx.moveCall({
      target: '0x2::coin::send_funds',
      typeArguments: [SUI],
      arguments: [tx.gas, tx.pure.address(addressOf(poor))],
    });
  });
  expect(sent.effects.error).toBeNull();
  expect(funds(poor)).toBeGreaterThan(had);
  expect(circulating()).toBe(before - costOf(sent));
});

test('what fails is paid from funds, too', async () => {
  const before = circulating();
  const record = await pay(poor, (tx) => {
    tx.moveCall({ target: '0x2::coin::destroy_zero', typeArguments: [SUI], arguments: [tx.splitCoins(tx.gas, [0])] });
    tx.moveCall({
      target: '0x2::balance::destroy_zero',
      typeArguments: [SUI],
      arguments: [
        tx.moveCall({
          target: '0x2::balance::redeem_funds',
          typeArguments: [SUI],
          arguments: [tx.withdrawal({ amount: 7n, type: SUI })],
        }),
      ],
    });
  });
  expect(record.effects.error?.status).toHaveProperty('MoveAbort');
  expect([funds(poor), circulating()]).toEqual([MIST - costOf(record), before - costOf(record)]);
});

test('a sponsor pays from its funds', async () => {
  const coinless = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(10));
  const record = await pay(coinless, share, { sponsor: poor });
  expect([record.effects.error, funds(poor), funds(coinless)]).toEqual([null, MIST - costOf(record), 0n]);
});

test('without coins a transaction expires within two epochs, and is executed once', async () => {
  const { epoch, chainId } = chainState(ledger);
  const range = { ...soon().ValidDuring, maxEpoch: String(epoch + 2), chain: chainId };
  for (const expiration of [{ None: true as const }, { Epoch: epoch + 1 }, { ValidDuring: range }])
    await expect(pay(poor, share, { expiration })).rejects.toMatchObject({ code: 'LEDGER_EXPIRATION_MISSING' });
  const first = await pay(poor, share);
  const left = funds(poor);
  expect((await pay(poor, share)).digest).toBe(first.digest); // the same bytes: answered from the record
  expect(funds(poor)).toBe(left);
  advanceEpoch(ledger, 2);
  await expect(
    pay(poor, share, { expiration: { ValidDuring: { ...soon(5).ValidDuring, minEpoch: '0', maxEpoch: '1' } } }),
  ).rejects.toMatchObject({
    code: 'LEDGER_EXPIRED',
  });
});

test('no more than ten reservations, gas among them', async () => {
  const withdraw = (count: number) => (tx: Transaction) => {
    for (let i = 0; i < count; i++) sendWithdrawn(tx, SUI, BigInt(i + 1), addressOf(alice));
  };
  await expect(pay(poor, withdraw(10))).rejects.toMatchObject({ code: 'LEDGER_WITHDRAWALS_TOO_MANY' });
  expect((await pay(poor, withdraw(9))).effects.error).toBeNull();
});

test('the SDK’s executors pay from address balances', async () => {
  for (const executor of [
    new SerialTransactionExecutor({ client, signer: poor, gasMode: 'addressBalance' }),
    new ParallelTransactionExecutor({ client, signer: poor, gasMode: 'addressBalance' }),
  ]) {
    const results = [];
    for (let i = 0; i < 3; i++) {
      const tx = new Transaction();
      share(tx);
      results.push(await executor.executeTransaction(tx));
    }
    expect(results.map(({ $kind }) => $kind)).toEqual(Array(3).fill('Transaction'));
  }
  expect(funds(poor)).toBeLessThan(MIST);
});

test('the server pays from the address balance when there are no coins', async () => {
  const transaction = new Transaction();
  share(transaction);
  const result = await client.signAndExecuteTransaction({ transaction, signer: poor, include: { effects: true } });
  expect(result.$kind).toBe('Transaction');
  expect(result.Transaction?.effects?.gasObject ?? null).toBeNull();
  expect(funds(poor)).toBeLessThan(MIST);
});

const mintGold = async (): Promise<string> => {
  const { modules, dependencies } = await compileDemo(goldSources());
  const published = await send(ledger, alice, (tx) => {
    tx.transferObjects([tx.publish({ modules: [...modules], dependencies: [...dependencies] })], addressOf(alice));
  });
  const gold = `${packageIn(published)}::gold::GOLD`;
  const cap = createdBy(ledger, published, '::TreasuryCap')[0]?.id as string;
  await send(ledger, alice, (tx, { object }) => {
    const mint = (amount: number) =>
      tx.moveCall({ target: '0x2::coin::mint', typeArguments: [gold], arguments: [object(cap), tx.pure.u64(amount)] });
    tx.moveCall({
      target: '0x2::coin::send_funds',
      typeArguments: [gold],
      arguments: [mint(1_000), tx.pure.address(addressOf(poor))],
    });
    tx.transferObjects([mint(300)], addressOf(poor));
  });
  return gold;
};

const FREE = { price: 0n, budget: 0n } as const;

const sendGold = (gold: string, amount: number) => (tx: Transaction) =>
  sendWithdrawn(tx, gold, amount, addressOf(alice));

test('an allowed coin is sent for nothing, and only sent', async () => {
  const gold = await mintGold();
  const before = circulating();
  await expect(pay(poor, sendGold(gold, 10), FREE)).rejects.toMatchObject({ code: 'LEDGER_GASLESS_UNSUPPORTED' });
  allowGasless(ledger, gold, 10n);
  const record = await pay(poor, sendGold(gold, 400), FREE);
  expect(record.effects).toMatchObject({
    error: null,
    gasObjectIndex: null,
    gasUsed: { computationCost: 0n, storageCost: 0n, storageRebate: 0n },
  });
  expect([funds(poor, gold), funds(alice, gold), circulating()]).toEqual([600n, 400n, before]);
  const little = await pay(poor, sendGold(gold, 9), { ...FREE, expiration: soon(1) });
  expect(little.effects.error).toMatchObject({ status: { InsufficientGas: true } });
  expect(funds(poor, gold)).toBe(600n);
  const digest = stateDigest(ledger);
  for (const build of [
    (tx: Transaction) => tx.transferObjects([tx.gas], addressOf(alice)),
    (tx: Transaction) => tx.moveCall({ target: '0x2::clock::timestamp_ms', arguments: [tx.object.clock()] }),
    () => {},
  ])
    await expect(pay(poor, build, FREE)).rejects.toMatchObject({ code: 'LEDGER_GASLESS_UNSUPPORTED' });
  await expect(pay(poor, sendGold(gold, 20), { ...FREE, budget: 1n })).rejects.toMatchObject({
    code: 'LEDGER_GASLESS_UNSUPPORTED',
  });
  expect(stateDigest(ledger)).toBe(digest);
});

test('where no coin type is allowed nothing is executed for nothing, not even what fails', async () => {
  const digest = stateDigest(ledger);
  const split = (tx: Transaction) => {
    tx.splitCoins(tx.gas, [1]);
  };
  await expect(pay(poor, split, FREE)).rejects.toMatchObject({ code: 'LEDGER_GASLESS_UNSUPPORTED' });
  expect(stateDigest(ledger)).toBe(digest);
});

test('a coin sent for nothing is used up; its storage goes to the network', async () => {
  const gold = await mintGold();
  allowGasless(ledger, gold);
  const coin = listObjectsOfType(ledger, `0x2::coin::Coin<${gold}>`, 10).find(
    ({ owner }) => owner.kind === 'address' && `0x${owner.address}` === addressOf(poor),
  ) as StoredObject;
  const reference = { objectId: `0x${coin.id}`, version: coin.version, digest: coin.digest };
  const whole = (tx: Transaction) => {
    tx.moveCall({
      target: '0x2::coin::send_funds',
      typeArguments: [gold],
      arguments: [tx.objectRef(reference), tx.pure.address(addressOf(alice))],
    });
  };
  const part = (tx: Transaction) => {
    tx.moveCall({
      target: '0x2::coin::send_funds',
      typeArguments: [gold],
      arguments: [tx.splitCoins(tx.objectRef(reference), [1]), tx.pure.address(addressOf(alice))],
    });
  };
  expect((await pay(poor, whole, { ...FREE, expiration: { None: true } })).effects).toMatchObject({
    error: null,
    gasUsed: { storageCost: 0n },
  });
  expect([getObject(ledger, coin.id), funds(alice, gold)]).toEqual([undefined, 300n]);
  await expect(pay(poor, part, FREE)).rejects.toMatchObject({ code: 'LEDGER_OBJECT_NOT_FOUND' });
});

test('history with such payments can be executed again', async () => {
  const gold = await mintGold();
  allowGasless(ledger, gold);
  await pay(poor, share);
  await pay(poor, sendGold(gold, 400), { ...FREE, expiration: soon(1) });
  expect((await replayLedger(ledger)).stateDigest).toBe(stateDigest(ledger));
});
