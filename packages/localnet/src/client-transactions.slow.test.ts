/**
 * What applications meet when they send transactions with the SDK's client to a served ledger, over HTTP: execution, simulation,
 * executors, and every kind of refusal and failure.
 */
import { bcs } from '@mysten/sui/bcs';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import {
  coinWithBalance,
  ParallelTransactionExecutor,
  SerialTransactionExecutor,
  Transaction,
} from '@mysten/sui/transactions';
import { normalizeSuiAddress } from '@mysten/sui/utils';
import { afterAll, beforeAll, expect } from 'vitest';
import { advanceEpoch } from './index.ts';
import { execute, newAccount } from './testing/network.ts';
import {
  absent,
  buildRaw,
  type Case,
  cases,
  namesOf,
  nobody,
  openWorld,
  type RawTransaction,
  refused,
  SUI_TYPE,
  type World,
} from './testing/served.ts';

let w: World;
beforeAll(async () => {
  w = await openWorld('client transactions');
});
afterAll(() => w.closeAll());

const { owner, target, pearl, itemType, item, increment } = namesOf(() => w);
const newTransaction = (build: (t: Transaction) => void) => {
  const transaction = new Transaction();
  build(transaction);
  return transaction;
};

const read = (digest: string) =>
  w.client.getTransaction({
    digest,
    include: { effects: true, events: true, transaction: true, balanceChanges: true, objectTypes: true, bcs: true },
  });
const done = (signer: Ed25519Keypair, build: (t: Transaction) => void) => execute(w, signer, build);
const signed = async (signer: Ed25519Keypair, bytes: Uint8Array) => (await signer.signTransaction(bytes)).signature;
const failing = async (build: (t: Transaction) => void) => {
  const bytes = await buildRaw(w, w.alice, increment, (data) => {
    const own = new Transaction();
    build(own);
    const { inputs, commands } = own.getData();
    expect(inputs.every((input) => input.$kind === 'Pure' || input.$kind === 'Object')).toBe(true);
    (data.V1.kind as { ProgrammableTransaction: unknown }).ProgrammableTransaction = { inputs, commands };
  });
  const result = await w.client.executeTransaction({
    transaction: bytes,
    signatures: [await signed(w.alice, bytes)],
    include: { effects: true },
  });
  return result.FailedTransaction?.status.error;
};

cases('transactions', [
  [
    'read back with everything',
    async () => {
      const { digest } = await done(w.alice, increment);
      const { Transaction: tx } = await read(digest);
      expect(tx).toMatchObject({
        digest,
        status: { success: true },
        events: [{ module: 'demo' }],
        transaction: { sender: owner() },
      });
    },
  ],
  [
    'the bytes are those that were signed',
    async () => {
      const bytes = await buildRaw(w, w.alice, increment);
      const signature = await signed(w.alice, bytes);
      const result = await w.client.executeTransaction({ transaction: bytes, signatures: [signature] });
      const { Transaction: tx } = await read(result.Transaction?.digest as string);
      expect([tx?.bcs, tx?.signatures]).toEqual([bytes, [signature]]);
    },
  ],
  [
    'sent twice, the first effects come again',
    async () => {
      const bytes = await buildRaw(w, w.alice, increment);
      const send = async () =>
        w.client.executeTransaction({
          transaction: bytes,
          signatures: [await signed(w.alice, bytes)],
          include: { effects: true },
        });
      const [first, second] = [await send(), await send()];
      expect(second.Transaction?.effects?.bcs).toEqual(first.Transaction?.effects?.bcs);
    },
  ],
  [
    'a missing one rejects',
    () => expect(w.client.getTransaction({ digest: '1'.repeat(32) })).rejects.toMatchObject({ reason: 'notFound' }),
  ],
  [
    'what is no digest is refused',
    () => refused(w.client.ledgerService.getTransaction({ digest: 'not base58!' }), 'INVALID_ARGUMENT'),
  ],
  [
    'waiting for one that comes later',
    async () => {
      const transaction = newTransaction(increment);
      transaction.setSender(owner());
      const bytes = await transaction.build({ client: w.client });
      const waiting = w.client.waitForTransaction({
        digest: await transaction.getDigest({ client: w.client }),
        timeout: 60_000,
      });
      await w.client.executeTransaction({ transaction: bytes, signatures: [await signed(w.alice, bytes)] });
      expect((await waiting).$kind).toBe('Transaction');
    },
  ],
  [
    'waiting ends at its timeout',
    () => expect(w.client.waitForTransaction({ digest: '1'.repeat(32), timeout: 400 })).rejects.toThrow(),
  ],
  [
    'waiting ends when aborted',
    () =>
      expect(w.client.waitForTransaction({ digest: '1'.repeat(32), signal: AbortSignal.abort() })).rejects.toThrow(),
  ],
  [
    'balance changes are net of gas',
    async () => {
      const { digest, effects } = await done(w.bob, (t) => t.transferObjects([t.splitCoins(t.gas, [5])], nobody));
      const { computationCost, storageCost, storageRebate } = effects!.gasUsed;
      const cost = BigInt(computationCost) + BigInt(storageCost) - BigInt(storageRebate);
      const changes = (await read(digest)).Transaction?.balanceChanges;
      expect(new Map(changes?.map(({ address, amount }) => [address, BigInt(amount)]))).toEqual(
        new Map([
          [w.bob.toSuiAddress(), -5n - cost],
          [nobody, 5n],
        ]),
      );
    },
  ],
  [
    'object types of what changed',
    async () => {
      const { digest } = await done(w.alice, increment);
      expect(
        Object.values((await read(digest)).Transaction?.objectTypes ?? {}).some(
          (type) => type === `${w.packageId}::demo::Counter`,
        ),
      ).toBe(true);
    },
  ],
  [
    'the serial executor',
    async () => {
      const executor = new SerialTransactionExecutor({ client: w.client, signer: newAccount(w) });
      const results = await Promise.all([1, 2, 3].map(() => executor.executeTransaction(newTransaction(increment))));
      expect(results.map(({ $kind }) => $kind)).toEqual(['Transaction', 'Transaction', 'Transaction']);
    },
  ],
  [
    'the parallel executor',
    async () => {
      const executor = new ParallelTransactionExecutor({ client: w.client, signer: newAccount(w) });
      const results = await Promise.all([1, 2, 3, 4].map(() => executor.executeTransaction(newTransaction(increment))));
      expect(results.every(({ $kind }) => $kind === 'Transaction')).toBe(true);
    },
  ],
]);

const simulate = (build: (t: Transaction) => void, sender = owner(), more: { checksEnabled?: boolean } = {}) => {
  const transaction = newTransaction(build);
  transaction.setSender(sender);
  return w.client.simulateTransaction({
    transaction,
    include: { effects: true, commandResults: true, events: true },
    ...more,
  });
};

cases('simulation', [
  [
    'changes nothing',
    async () => {
      const before = (await w.client.getObject({ objectId: w.counter })).object.version;
      expect((await simulate(increment)).$kind).toBe('Transaction');
      expect((await w.client.getObject({ objectId: w.counter })).object.version).toBe(before);
    },
  ],
  [
    'shows what calls return',
    async () => {
      const { commandResults } = await simulate((t) =>
        t.moveCall({ target: target('peek'), arguments: [t.object(item(0))] }),
      );
      expect([...(commandResults?.[0]?.returnValues[0]?.bcs ?? [])]).toEqual([200]);
    },
  ],
  ['shows events', async () => expect((await simulate(increment)).Transaction?.events).toHaveLength(1)],
  [
    'a Move abort is a failed transaction',
    async () =>
      expect(
        (await simulate((t) => t.moveCall({ target: target('fail_plainly') }))).FailedTransaction?.status.error,
      ).toMatchObject({ MoveAbort: { abortCode: '42' } }),
  ],
  [
    'without checks private functions run',
    async () => {
      const { commandResults } = await simulate((t) => t.moveCall({ target: target('secret') }), nobody, {
        checksEnabled: false,
      });
      expect(bcs.u64().parse(commandResults?.[0]?.returnValues[0]?.bcs as Uint8Array)).toBe('42');
    },
  ],
  [
    'with checks they do not',
    async () =>
      expect((await simulate((t) => t.moveCall({ target: target('secret') }))).$kind).toBe('FailedTransaction'),
  ],
  [
    'of a missing object is refused',
    () =>
      expect(simulate((t) => t.moveCall({ target: target('peek'), arguments: [t.object(absent)] }))).rejects.toThrow(
        /not found/,
      ),
  ],
  [
    'of a missing function is refused',
    () => expect(simulate((t) => t.moveCall({ target: target('nope') }))).rejects.toThrow(),
  ],
  [
    'says what execution then costs',
    async () => {
      const bytes = await buildRaw(w, w.bob, increment);
      const told = await w.client.simulateTransaction({ transaction: bytes, include: { effects: true } });
      const made = await w.client.executeTransaction({
        transaction: bytes,
        signatures: [await signed(w.bob, bytes)],
        include: { effects: true },
      });
      expect(made.Transaction?.effects?.gasUsed).toEqual(told.Transaction?.effects?.gasUsed);
    },
  ],
]);

const withCoin = (balance: bigint, type?: string) => (t: Transaction) =>
  t.transferObjects([coinWithBalance({ balance, ...(type ? { type } : {}) })], nobody);

cases('coinWithBalance', [
  ['SUI from the gas coin', async () => expect((await done(w.alice, withCoin(3n))).status.success).toBe(true)],
  ['SUI of nothing', async () => expect((await done(w.alice, withCoin(0n))).status.success).toBe(true)],
  [
    'another coin from several objects',
    async () => {
      await done(w.alice, withCoin(1_100_000n, pearl()));
      expect((await w.client.getBalance({ owner: nobody, coinType: pearl() })).balance.balance).toBe('1100000');
    },
  ],
  [
    'another coin of nothing',
    async () => expect((await done(w.alice, withCoin(0n, pearl()))).status.success).toBe(true),
  ],
  ['more than there is', () => expect(done(w.alice, withCoin(10n ** 12n, pearl()))).rejects.toThrow(/balance/i)],
  ['more SUI than there is', () => expect(done(w.alice, withCoin(10n ** 17n))).rejects.toThrow()],
]);

type Ptb = { inputs: { Object?: Record<string, Record<string, unknown>> }[]; commands: unknown[] };
const ptb = (data: RawTransaction) => data.V1.kind.ProgrammableTransaction as unknown as Ptb;
const usesItem = (t: Transaction) => {
  t.moveCall({ target: target('add_field'), arguments: [t.object(item(4)), t.pure.u64(1), t.pure.bool(true)] });
};
const ownedInput = (data: RawTransaction) => ptb(data).inputs[0]?.Object?.ImmOrOwnedObject as Record<string, unknown>;
const sharedInput = (data: RawTransaction) => ptb(data).inputs[0]?.Object?.SharedObject as Record<string, unknown>;
const takeSystemObject = (data: RawTransaction, objectId: string) => {
  const SharedObject = { objectId: normalizeSuiAddress(objectId), initialSharedVersion: '1', mutable: true };
  Object.assign(ptb(data).inputs[0] as object, { Object: { SharedObject }, $kind: 'Object' });
};
const fundsWithdrawal = () => ({
  $kind: 'FundsWithdrawal',
  FundsWithdrawal: {
    reservation: { MaxAmountU64: '5' },
    typeArg: { Balance: SUI_TYPE },
    withdrawFrom: { Sender: true },
  },
});
const submit = async (bytes: Uint8Array, ...signatures: string[]) =>
  w.client.executeTransaction({ transaction: bytes, signatures });
const changed = async (change: (data: RawTransaction) => unknown, build: (t: Transaction) => void = usesItem) => {
  const bytes = await buildRaw(w, w.alice, build, change);
  return submit(bytes, await signed(w.alice, bytes));
};
const rejects = (name: string, change: (data: RawTransaction) => unknown, build?: (t: Transaction) => void): Case => [
  name,
  async () => {
    const before = (await w.client.ledgerService.getServiceInfo({})).response.checkpointHeight;
    await refused(changed(change, build), 'INVALID_ARGUMENT');
    expect((await w.client.ledgerService.getServiceInfo({})).response.checkpointHeight).toBe(before);
  },
];

cases('transactions that are refused and leave nothing behind', [
  rejects('a stale version', (data) => Object.assign(ownedInput(data), { version: '1' })),
  rejects('a wrong digest', (data) => Object.assign(ownedInput(data), { digest: '1'.repeat(32) })),
  rejects('an unknown object', (data) => Object.assign(ownedInput(data), { objectId: absent })),
  rejects('a package as object', (data) => Object.assign(ownedInput(data), { objectId: w.packageId })),
  rejects('a child as input', (data) => Object.assign(ownedInput(data), { objectId: w.child })),
  rejects(
    'a wrong initial shared version',
    (data) => Object.assign(sharedInput(data), { initialSharedVersion: '1' }),
    increment,
  ),
  rejects('an owned object as shared', (data) => Object.assign(sharedInput(data), { objectId: item(0) }), increment),
  rejects('a result that is nowhere', (data) => {
    ptb(data).commands[0] = { TransferObjects: { objects: [{ NestedResult: [7, 0] }], address: { Input: 0 } } };
  }),
  rejects('the result of a later command', (data) => {
    ptb(data).commands[0] = { TransferObjects: { objects: [{ Result: 0 }], address: { Input: 0 } } };
  }),
  rejects('an input that is nowhere', (data) => {
    ptb(data).commands[0] = { TransferObjects: { objects: [{ Input: 0 }], address: { Input: 9 } } };
  }),
  rejects('the clock to be written', (data) => takeSystemObject(data, '0x6')),
  rejects('the randomness to be written', (data) => takeSystemObject(data, '0x8')),
  rejects('an input twice', (data) => void ptb(data).inputs.push(ptb(data).inputs[0] as never)),
  rejects('a gas price below the reference', (data) => Object.assign(data.V1.gasData, { price: '1' })),
  rejects('a gas price beyond all bounds', (data) => Object.assign(data.V1.gasData, { price: '99999999999999' })),
  rejects('a budget too small', (data) => Object.assign(data.V1.gasData, { budget: '1' })),
  rejects('a budget too large', (data) => Object.assign(data.V1.gasData, { budget: (10n ** 18n).toString() })),
  rejects('no gas coin', (data) => Object.assign(data.V1.gasData, { payment: [] })),
  rejects('a gas coin that is none', (data) => {
    const { objectId, version, digest } = ownedInput(data) as { objectId: string; version: string; digest: string };
    data.V1.gasData.payment = [{ objectId, version, digest }];
    ptb(data).inputs[0] = { Pure: { bytes: 'AA==' } } as never;
  }),
  [
    'with more of an address balance than there is',
    () =>
      refused(
        changed((data) => Object.assign(ptb(data).inputs, { 0: fundsWithdrawal() })),
        'INVALID_ARGUMENT',
      ),
  ],
  ...(['minTimestamp', 'maxTimestamp'] as const).map((side): [string, () => Promise<void>] => [
    `outside its ${side}`,
    async () => {
      const { chainIdentifier: chain } = await w.client.core.getChainIdentifier();
      const times = {
        minTimestamp: null,
        maxTimestamp: null,
        [side]: side === 'minTimestamp' ? '99999999999999' : '0',
      };
      const expiration = { ValidDuring: { minEpoch: null, maxEpoch: null, ...times, chain, nonce: 1 } };
      await refused(
        changed((data) => Object.assign(data.V1, { expiration })),
        'INVALID_ARGUMENT',
      );
    },
  ]),
  rejects('another chain', (data) => {
    const during = { minEpoch: 0, maxEpoch: 1, minTimestamp: null, maxTimestamp: null };
    Object.assign(data.V1, { expiration: { ValidDuring: { ...during, chain: '1'.repeat(32), nonce: 1 } } });
  }),
  rejects('a transfer of nothing', (data) => {
    ptb(data).commands[0] = { TransferObjects: { objects: [], address: { Input: 1 } } };
  }),
  [
    'an expired one',
    async () => {
      advanceEpoch(w.ledger);
      advanceEpoch(w.ledger);
      await refused(
        changed((data) => Object.assign(data.V1, { expiration: { Epoch: 0 } })),
        'INVALID_ARGUMENT',
      );
    },
  ],
  ['without a signature', async () => refused(submit(await buildRaw(w, w.alice, increment)), 'INVALID_ARGUMENT')],
  [
    'with somebody else’s signature',
    async () => {
      const bytes = await buildRaw(w, w.alice, increment);
      await refused(submit(bytes, await signed(w.bob, bytes)), 'INVALID_ARGUMENT');
    },
  ],
  [
    'with one signature too many',
    async () => {
      const bytes = await buildRaw(w, w.alice, increment);
      await refused(submit(bytes, await signed(w.alice, bytes), await signed(w.bob, bytes)), 'INVALID_ARGUMENT');
    },
  ],
  [
    'with a signature over other bytes',
    async () => {
      const [bytes, other] = [await buildRaw(w, w.alice, increment), await buildRaw(w, w.alice, usesItem)];
      await refused(submit(bytes, await signed(w.alice, other)), 'INVALID_ARGUMENT');
    },
  ],
  [
    'with rubbish for a signature',
    async () => refused(submit(await buildRaw(w, w.alice, increment), 'AAAA'), 'INVALID_ARGUMENT'),
  ],
  [
    'with a zkLogin signature: not offered',
    async () =>
      refused(
        submit(
          await buildRaw(w, w.alice, increment),
          Buffer.concat([Buffer.of(5), Buffer.alloc(200)]).toString('base64'),
        ),
        'UNIMPLEMENTED',
      ),
  ],
  [
    'cut short',
    async () => {
      const bytes = (await buildRaw(w, w.alice, increment)).subarray(0, -3);
      await refused(submit(bytes, await signed(w.alice, bytes)), 'INVALID_ARGUMENT');
    },
  ],
  [
    'with bytes at its end',
    async () => {
      const bytes = new Uint8Array([...(await buildRaw(w, w.alice, increment)), 0]);
      await refused(submit(bytes, await signed(w.alice, bytes)), 'INVALID_ARGUMENT');
    },
  ],
  [
    'of 200 kB',
    async () => {
      const bytes = new Uint8Array(200_000);
      await refused(submit(bytes, await signed(w.alice, bytes)), 'INVALID_ARGUMENT');
    },
  ],
  [
    'of another’s object',
    async () => {
      const stolen = await buildRaw(w, w.alice, usesItem);
      const bytes = await buildRaw(w, w.bob, increment, (data) => {
        const { inputs, commands } = ptb(bcs.TransactionData.parse(stolen));
        Object.assign(ptb(data), { inputs, commands });
      });
      await refused(submit(bytes, await signed(w.bob, bytes)), 'INVALID_ARGUMENT');
    },
  ],
]);

const fails = (name: string, build: (t: Transaction) => void, error: object): Case => [
  name,
  async () => expect(await failing(build)).toMatchObject(error),
];
const sentence = (pattern: RegExp) => ({ message: expect.stringMatching(pattern) });

cases('transactions that execute and fail', [
  fails('a private function', (t) => t.moveCall({ target: target('secret') }), sentence(/neither public nor entry/)),
  fails('a missing function', (t) => t.moveCall({ target: target('nope') }), sentence(/function/i)),
  fails('too few arguments', (t) => t.moveCall({ target: target('peek') }), sentence(/argument/i)),
  fails(
    'a pure value for an object',
    (t) => t.moveCall({ target: target('peek'), arguments: [t.pure.u64(1)] }),
    sentence(/argument|type/i),
  ),
  fails(
    'a pure value of another length',
    (t) => t.moveCall({ target: target('box_event'), arguments: [t.pure.u8(1)] }),
    sentence(/argument|pure|type|bcs/i),
  ),
  fails(
    'text that is no UTF-8',
    (t) => t.moveCall({ target: target('new_item'), arguments: [t.pure(new Uint8Array([2, 0xff, 0xff]))] }),
    sentence(/argument|pure|type|bcs/i),
  ),
  fails('a missing type argument', (t) => t.moveCall({ target: '0x2::coin::zero' }), sentence(/type/i)),
  fails(
    'a type argument without the ability',
    (t) =>
      t.moveCall({
        target: target('generic'),
        typeArguments: [itemType()],
        arguments: [t.pure.u64(1), t.pure.u64(1), t.pure.u64(1)],
      }),
    sentence(/type|constraint|argument/i),
  ),
  fails(
    'a result too many',
    (t) => {
      const coin = t.splitCoins(t.gas, [1]);
      t.mergeCoins(t.gas, [{ $kind: 'NestedResult', NestedResult: [0, 1] }, coin]);
    },
    sentence(/index|bounds/i),
  ),
  fails(
    'a value left over',
    (t) => t.moveCall({ target: target('new_item'), arguments: [t.pure.string('left')] }),
    sentence(/drop/i),
  ),
  fails(
    'a split beyond the coin',
    (t) => t.transferObjects([t.splitCoins(t.gas, [10n ** 18n])], nobody),
    sentence(/balance|coin/i),
  ),
  fails('an abort with a name', (t) => t.moveCall({ target: target('fail') }), {
    MoveAbort: { cleverError: { constantName: 'ENotAllowed' } },
  }),
  fails('an abort with a number', (t) => t.moveCall({ target: target('fail_plainly') }), {
    MoveAbort: { abortCode: '42' },
  }),
  fails(
    'an abort of the framework',
    (t) =>
      t.moveCall({
        target: '0x2::coin::destroy_zero',
        typeArguments: [SUI_TYPE],
        arguments: [t.splitCoins(t.gas, [1])],
      }),
    { MoveAbort: { location: { module: 'balance' } } },
  ),
  fails(
    'gas taken by value',
    (t) => t.moveCall({ target: '0x2::coin::destroy_zero', typeArguments: [SUI_TYPE], arguments: [t.gas] }),
    sentence(/gas/i),
  ),
]);
