import { bcs } from '@mysten/sui/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createdOf, execute, type Network, newAccount, openNetwork, publishDemo, SUI } from '../../testing/network.ts';

let network: Network;
let alice: Ed25519Keypair;
let packageId: string;
let counter: string;

beforeAll(async () => {
  network = await openNetwork('resolution tests');
  alice = newAccount(network);
  ({ packageId } = await publishDemo(network, alice));
  const tx = await execute(network, alice, (t) => t.moveCall({ target: `${packageId}::demo::create` }));
  counter = createdOf(tx, '::demo::Counter');
});

afterAll(() => network.close());

const built = async (build: (tx: Transaction) => void, sender = alice) => {
  const transaction = new Transaction();
  transaction.setSender(sender.toSuiAddress());
  build(transaction);
  return bcs.TransactionData.parse(await transaction.build({ client: network.client })).V1;
};

const inputsOf = (data: Awaited<ReturnType<typeof built>>) => data.kind.ProgrammableTransaction!.inputs;

const newItem = async (owner = alice) => {
  const tx = await execute(network, owner, (t) => {
    const [item] = t.moveCall({ target: `${packageId}::demo::new_item`, arguments: [t.pure.string('x')] });
    t.transferObjects([item!], owner.toSuiAddress());
  });
  return createdOf(tx, '::demo::Item');
};

const simulate = (request: Parameters<typeof network.client.transactionExecutionService.simulateTransaction>[0]) =>
  network.client.transactionExecutionService.simulateTransaction(request);

/** A request with one Move call whose arguments are all its inputs. */
const callRequest = (name: string, inputs: Partial<GrpcTypes.Input>[], extra: object = {}) => ({
  transaction: GrpcTypes.Transaction.create({
    sender: alice.toSuiAddress(),
    kind: {
      data: {
        oneofKind: 'programmableTransaction',
        programmableTransaction: GrpcTypes.ProgrammableTransaction.create({
          inputs,
          commands: [
            {
              command: {
                oneofKind: 'moveCall',
                moveCall: GrpcTypes.MoveCall.create({
                  package: packageId,
                  module: 'demo',
                  function: name,
                  arguments: inputs.map((_, input) => ({ kind: GrpcTypes.Argument_ArgumentKind.INPUT, input })),
                }),
              },
            },
          ],
        }),
      },
    },
  }),
  doGasSelection: true,
  ...extra,
});

test('a shared object gets its initial version, mutable only where the function says so', async () => {
  const read = inputsOf(
    await built((t) => t.moveCall({ target: `${packageId}::demo::read`, arguments: [t.object(counter)] })),
  );
  const write = inputsOf(
    await built((t) => t.moveCall({ target: `${packageId}::demo::increment`, arguments: [t.object(counter)] })),
  );
  const { object } = await network.client.getObject({ objectId: counter });
  const initialSharedVersion = object.owner.Shared!.initialSharedVersion;
  expect(read[0]!.Object!.SharedObject).toEqual({ objectId: counter, initialSharedVersion, mutable: false });
  expect(write[0]!.Object!.SharedObject).toEqual({ objectId: counter, initialSharedVersion, mutable: true });
  const both = inputsOf(
    await built((t) => {
      t.moveCall({ target: `${packageId}::demo::read`, arguments: [t.object(counter)] });
      t.moveCall({ target: `${packageId}::demo::increment`, arguments: [t.object(counter)] });
    }),
  );
  expect(both[0]!.Object!.SharedObject!.mutable).toBe(true);
});

test('owned objects get their live reference, received ones are marked so', async () => {
  const item = await newItem();
  const bob = newAccount(network);
  const sent = await execute(network, bob, (t) => t.transferObjects([t.splitCoins(t.gas, [77n])], item));
  const coin = sent.effects!.changedObjects.find(({ idOperation }) => idOperation === 'Created')!.objectId;
  const data = await built((t) => {
    const [money] = t.moveCall({ target: `${packageId}::demo::receive`, arguments: [t.object(item), t.object(coin)] });
    t.transferObjects([money!], alice.toSuiAddress());
  });
  const { object } = await network.client.getObject({ objectId: item });
  expect(inputsOf(data)[0]!.Object!.ImmOrOwnedObject).toEqual({
    objectId: item,
    version: object.version,
    digest: object.digest,
  });
  expect(inputsOf(data)[1]!.Object!.Receiving!.objectId).toBe(coin);
});

test('frozen objects are immutable inputs, whoever sends', async () => {
  const item = await newItem();
  await execute(network, alice, (t) => {
    t.moveCall({ target: `${packageId}::demo::freeze_item`, arguments: [t.object(item)] });
  });
  const bob = newAccount(network);
  const peek = (t: Transaction) => t.moveCall({ target: `${packageId}::demo::peek`, arguments: [t.object(item)] });
  expect(inputsOf(await built(peek, bob))[0]!.Object!.ImmOrOwnedObject!.objectId).toBe(item);
  expect((await execute(network, bob, peek)).effects!.changedObjects).toHaveLength(1);
});

test('the estimated budget is enough, and not many times too much', async () => {
  const call = (t: Transaction) => t.moveCall({ target: `${packageId}::demo::create` });
  const data = await built(call);
  const tx = await execute(network, alice, call);
  const gas = tx.effects!.gasUsed;
  const used = BigInt(gas.computationCost) + BigInt(gas.storageCost) - BigInt(gas.storageRebate);
  const budget = BigInt(data.gasData.budget);
  expect(budget).toBeGreaterThanOrEqual(used);
  expect(budget).toBeLessThanOrEqual(used + 2_000_000n);
});

test('payment is all coins of the owner that the transaction does not use, largest first', async () => {
  const carol = newAccount(network, 4, SUI);
  const { objects } = await network.client.listCoins({ owner: carol.toSuiAddress() });
  const used = objects[2]!.objectId;
  const data = await built((t) => t.transferObjects([t.object(used)], alice.toSuiAddress()), carol);
  expect(data.gasData.payment.map(({ objectId }) => objectId)).toEqual(
    objects.map(({ objectId }) => objectId).filter((id) => id !== used),
  );
  expect([data.gasData.owner, data.gasData.price]).toEqual([carol.toSuiAddress(), '1000']);
});

test('what the caller fixed stays', async () => {
  const { objects } = await network.client.listCoins({ owner: alice.toSuiAddress() });
  const coin = objects[0]!;
  const data = await built((t) => {
    t.setGasBudget(12_345_678n);
    t.setGasPrice(2_000n);
    t.setExpiration({ Epoch: 5 });
    t.setGasPayment([coin]);
    t.moveCall({ target: `${packageId}::demo::increment`, arguments: [t.object(counter)] });
  });
  expect(data.gasData).toMatchObject({ budget: '12345678', price: '2000', payment: [{ objectId: coin.objectId }] });
  expect(data.expiration).toMatchObject({ Epoch: 5 });
});

test('without coins selection says what is missing', async () => {
  const { Ed25519Keypair } = await import('@mysten/sui/keypairs/ed25519');
  const poor = Ed25519Keypair.generate();
  await expect(built((t) => t.moveCall({ target: `${packageId}::demo::create` }), poor)).rejects.toThrow(
    /insufficient SUI balance/,
  );
  const little = newAccount(network, 1, 1_000n);
  await expect(built((t) => t.moveCall({ target: `${packageId}::demo::create` }), little)).rejects.toThrow(
    /insufficient SUI balance/,
  );
});

test.each([
  ['a missing object', 'read', { objectId: `0x${'d'.repeat(64)}` }, 'NOT_FOUND', 'RPC_OBJECT_NOT_FOUND'],
  ['a bad id', 'read', { objectId: 'nonsense' }, 'INVALID_ARGUMENT', 'RPC_BAD_FIELD'],
  ['no id', 'read', {}, 'INVALID_ARGUMENT', 'RPC_MISSING_FIELD'],
  [
    'a literal',
    'read',
    { literal: { kind: { oneofKind: 'boolValue', boolValue: true } } },
    'UNIMPLEMENTED',
    'RPC_UNSUPPORTED',
  ],
  [
    'a withdrawal without an amount',
    'read',
    { fundsWithdrawal: { coinType: '0x2::sui::SUI' } },
    'INVALID_ARGUMENT',
    'RPC_MISSING_FIELD',
  ],
  [
    'a withdrawal from an allowance',
    'read',
    { fundsWithdrawal: { amount: 1n, source: GrpcTypes.FundsWithdrawal_Source.SENDER_ALLOWANCE } },
    'UNIMPLEMENTED',
    'RPC_UNSUPPORTED',
  ],
  ['an unknown function', 'nope', {}, 'NOT_FOUND', 'RPC_CALLEE_NOT_FOUND'],
] as const)('%s is refused', async (_what, name, input, code, errorCode) => {
  const error = await simulate(callRequest(name, [GrpcTypes.Input.create(input as object)])).then(
    () => expect.unreachable(),
    (thrown) => thrown,
  );
  expect([error.code, error.meta['error-code']]).toEqual([code, errorCode]);
});

test('a version or digest that is not the live one is refused', async () => {
  const item = await newItem();
  for (const [wrong, code] of [
    [{ version: 1n }, 'RPC_WRONG_VERSION'],
    [{ digest: '11111111111111111111111111111111' }, 'RPC_WRONG_DIGEST'],
  ] as const) {
    const input = GrpcTypes.Input.create({ objectId: item, ...wrong });
    await expect(simulate(callRequest('freeze_item', [input]))).rejects.toMatchObject({ meta: { 'error-code': code } });
  }
  const shared = GrpcTypes.Input.create({ objectId: counter, version: 999n });
  await expect(simulate(callRequest('read', [shared]))).rejects.toMatchObject({
    meta: { 'error-code': 'RPC_WRONG_VERSION' },
  });
});

test('an object owned by an object cannot be an input', async () => {
  const tx = await execute(network, alice, (t) => {
    const [item] = t.moveCall({ target: `${packageId}::demo::new_item`, arguments: [t.pure.string('p')] });
    t.moveCall({ target: `${packageId}::demo::add_field`, arguments: [item!, t.pure.u64(1), t.pure.bool(true)] });
    t.transferObjects([item!], alice.toSuiAddress());
  });
  const field = tx.effects!.changedObjects.find(({ outputOwner }) => outputOwner?.$kind === 'ObjectOwner')!.objectId;
  await expect(simulate(callRequest('read', [GrpcTypes.Input.create({ objectId: field })]))).rejects.toMatchObject({
    meta: { 'error-code': 'RPC_OBJECT_OWNED_INPUT' },
  });
});

test('a simulation changes nothing and gives results of every command', async () => {
  const transaction = new Transaction();
  transaction.setSender(alice.toSuiAddress());
  transaction.moveCall({ target: `${packageId}::demo::increment`, arguments: [transaction.object(counter)] });
  transaction.moveCall({ target: `${packageId}::demo::read`, arguments: [transaction.object(counter)] });
  const before = await network.client.getObject({ objectId: counter });
  const result = await network.client.simulateTransaction({
    transaction,
    include: { commandResults: true, effects: true, events: true, balanceChanges: true },
  });
  const values = result.commandResults!.map(({ returnValues }) => bcs.u64().parse(returnValues[0]!.bcs));
  expect(values).toHaveLength(2);
  expect(values[0]).toBe(values[1]);
  expect(result.commandResults![0]!.mutatedReferences.length).toBeGreaterThan(0);
  expect(result.Transaction!.events).toHaveLength(1);
  expect(result.Transaction!.balanceChanges).toHaveLength(1);
  expect((await network.client.getObject({ objectId: counter })).object.version).toBe(before.object.version);
});

test('without checks even private functions run, for any sender', async () => {
  const transaction = new Transaction();
  transaction.moveCall({ target: `${packageId}::demo::secret` });
  const result = await network.client.simulateTransaction({
    transaction,
    checksEnabled: false,
    include: { commandResults: true },
  });
  expect(bcs.u64().parse(result.commandResults![0]!.returnValues[0]!.bcs)).toBe('42');
});

test('only the kind of a transaction can be resolved, without sender or gas', async () => {
  const transaction = new Transaction();
  transaction.moveCall({ target: `${packageId}::demo::increment`, arguments: [transaction.object(counter)] });
  const kind = await transaction.build({ client: network.client, onlyTransactionKind: true });
  const parsed = bcs.TransactionKind.parse(kind).ProgrammableTransaction!;
  expect(parsed.inputs[0]!.Object!.SharedObject!.mutable).toBe(true);
});

test('a failing transaction does not resolve, and the reason is the Move abort', async () => {
  await expect(built((t) => t.moveCall({ target: `${packageId}::demo::fail` }))).rejects.toMatchObject({
    executionError: { $kind: 'MoveAbort' },
  });
});

test('BCS with an empty payment is simulated, with and without selection', async () => {
  const transaction = new Transaction();
  transaction.setSender(alice.toSuiAddress());
  transaction.setGasBudget(50_000_000n);
  transaction.setGasPrice(1_000n);
  transaction.setGasPayment([]);
  transaction.setExpiration({ None: true });
  transaction.moveCall({ target: `${packageId}::demo::create` });
  const bytes = await transaction.build();
  for (const doGasSelection of [true, false]) {
    const result = await network.client.simulateTransaction({
      transaction: bytes,
      doGasSelection,
      include: { transaction: true },
    });
    expect(result.$kind).toBe('Transaction');
    expect(result.Transaction!.transaction!.gasData.payment!.length > 0).toBe(doGasSelection);
    expect(result.Transaction!.transaction!.gasData.budget).toBe('50000000');
  }
});

test('a mask of one field brings that field alone, an unknown one is refused', async () => {
  const request = callRequest('create', []);
  const { response } = await simulate({ ...request, readMask: { paths: ['transaction.digest'] } });
  expect(Object.keys(response.transaction!.effects ?? {})).toEqual([]);
  expect(response.transaction?.digest).toBeDefined();
  expect(response.commandOutputs).toEqual([]);
  await expect(simulate({ ...request, readMask: { paths: ['digest'] } })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});
