import { bcs } from '@mysten/sui/bcs';
import { GrpcTypes } from '@mysten/sui/grpc';
import type { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { coinWithBalance, Transaction } from '@mysten/sui/transactions';
import { deriveDynamicFieldID, normalizeStructTag } from '@mysten/sui/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileDemo } from '../testing/demo.ts';
import {
  createdOf,
  execute,
  executeFailing,
  type Network,
  newAccount,
  openNetwork,
  publishDemo,
  SUI,
} from '../testing/network.ts';

let network: Network;
let alice: Ed25519Keypair;
let bob: Ed25519Keypair;
let packageId: string;
let published: Awaited<ReturnType<typeof publishDemo>>['tx'];

const addressOf = (account: Ed25519Keypair) => account.toSuiAddress();
const balanceOf = async (account: Ed25519Keypair, coinType?: string) =>
  BigInt(
    (await network.client.getBalance({ owner: addressOf(account), ...(coinType ? { coinType } : {}) })).balance.balance,
  );

beforeAll(async () => {
  network = await openNetwork('client tests');
  alice = newAccount(network);
  bob = newAccount(network);
  ({ packageId, tx: published } = await publishDemo(network, alice));
});

afterAll(() => network.close());

describe('transfers', () => {
  test('split and transfer moves exactly the amount, and gas is what the effects say', async () => {
    const [before, beforeBob] = [await balanceOf(alice), await balanceOf(bob)];
    const tx = await execute(network, alice, (t) => {
      t.transferObjects([t.splitCoins(t.gas, [5n * SUI])], addressOf(bob));
    });
    const gas = tx.effects!.gasUsed;
    const used = BigInt(gas.computationCost) + BigInt(gas.storageCost) - BigInt(gas.storageRebate);
    expect(used).toBeGreaterThan(0n);
    expect(await balanceOf(alice)).toBe(before - 5n * SUI - used);
    expect(await balanceOf(bob)).toBe(beforeBob + 5n * SUI);
    expect(tx.balanceChanges).toEqual(
      [
        { address: addressOf(alice), coinType: normalizeStructTag('0x2::sui::SUI'), amount: String(-5n * SUI - used) },
        { address: addressOf(bob), coinType: normalizeStructTag('0x2::sui::SUI'), amount: String(5n * SUI) },
      ].sort((a, b) => (a.address < b.address ? -1 : 1)),
    );
  });

  test('merge joins coins into one', async () => {
    const carol = newAccount(network, 3, SUI);
    const { objects } = await network.client.listCoins({ owner: addressOf(carol) });
    await execute(network, carol, (t) => {
      t.setGasPayment(objects.slice(0, 1));
      t.mergeCoins(objects[1]!.objectId, [objects[2]!.objectId]);
    });
    const after = await network.client.listCoins({ owner: addressOf(carol) });
    expect(after.objects.map(({ balance }) => BigInt(balance)).filter((balance) => balance === 2n * SUI)).toHaveLength(
      1,
    );
    expect(after.objects).toHaveLength(2);
  });

  test('coinWithBalance takes SUI from gas and other coins from objects', async () => {
    const type = `${packageId}::pearl::PEARL`;
    await execute(network, alice, (t) => {
      t.transferObjects(
        [coinWithBalance({ balance: SUI }), coinWithBalance({ balance: 1_100_000n, type })],
        addressOf(bob),
      );
    });
    expect(await balanceOf(bob, type)).toBe(1_100_000n);
    expect(await balanceOf(alice, type)).toBe(150_000n);
  });

  test('a sponsored transaction is paid by the other signer', async () => {
    const before = await balanceOf(bob);
    const transaction = new Transaction();
    transaction.moveCall({ target: `${packageId}::demo::create` });
    transaction.setSender(addressOf(bob));
    transaction.setGasOwner(addressOf(alice));
    const bytes = await transaction.build({ client: network.client });
    const signatures = await Promise.all([bob, alice].map(async (key) => (await key.signTransaction(bytes)).signature));
    const result = await network.client.executeTransaction({ transaction: bytes, signatures });
    expect(result.$kind).toBe('Transaction');
    expect(await balanceOf(bob)).toBe(before);
  });
});

describe('reads', () => {
  test('a committed transaction reads back with everything that was asked', async () => {
    const include = {
      transaction: true,
      effects: true,
      events: true,
      bcs: true,
      balanceChanges: true,
      objectTypes: true,
    } as const;
    const read = (await network.client.waitForTransaction({ digest: published.digest, include })).Transaction!;
    expect(read.effects).toEqual(published.effects);
    expect(read.balanceChanges).toEqual(published.balanceChanges);
    expect(read.checkpoint).not.toBeNull();
    expect(read.timestampMs).toBeGreaterThan(0);
    expect(read.signatures).toHaveLength(1);
    expect(bcs.TransactionData.parse(read.bcs!).V1.sender).toBe(addressOf(alice));
    expect(read.transaction!.commands.map((command) => Object.keys(command).find((key) => key !== '$kind'))).toEqual([
      'Publish',
      'TransferObjects',
    ]);
    expect(published.checkpoint).toBeNull();
  });

  test('the effects are those of their BCS', async () => {
    const parsed = bcs.TransactionEffects.parse(published.effects!.bcs!).V2!;
    expect(parsed.transactionDigest).toBe(published.digest);
    expect(parsed.changedObjects.map(([id]) => id)).toEqual(
      published.effects!.changedObjects.map(({ objectId }) => objectId),
    );
    expect(parsed.lamportVersion).toBe(published.effects!.lamportVersion);
  });

  test('objects come in the order asked, missing ones as errors', async () => {
    const { objects } = await network.client.getObjects({
      objectIds: ['0x6', `0x${'e'.repeat(64)}`, packageId],
      include: { content: true, json: true, objectBcs: true, previousTransaction: true },
    });
    const [clock, missing, pkg] = objects as [never, Error & { code: string }, never];
    expect(missing).toBeInstanceOf(Error);
    expect(missing.code).toBe('notExists');
    expect((pkg as { type: string }).type).toBe('package');
    const { objectBcs, digest, json, owner } = clock as Record<string, never>;
    expect(bcs.Object.parse(objectBcs!).data.$kind).toBe('Move');
    expect(typeof digest).toBe('string');
    expect(json).toMatchObject({ id: `0x${'6'.padStart(64, '0')}` });
    expect(owner).toMatchObject({ $kind: 'Shared', Shared: { initialSharedVersion: '1' } });
  });

  test('an old version of an object stays readable', async () => {
    const { objects } = await network.client.listCoins({ owner: addressOf(bob), limit: 1 });
    const { objectId, version } = objects[0]!;
    await execute(network, bob, (t) => t.transferObjects([t.splitCoins(t.gas, [1n])], addressOf(bob)));
    const old = await network.client.ledgerService.getObject({ objectId, version: BigInt(version) });
    expect(old.response.object?.version).toBe(BigInt(version));
    const unknown = network.client.ledgerService.getObject({ objectId, version: 999_999n });
    await expect(unknown).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('owned objects come in pages without gaps or repeats', async () => {
    const dave = newAccount(network, 7, SUI);
    const seen: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const page: Awaited<ReturnType<typeof network.client.listOwnedObjects>> = await network.client.listOwnedObjects({
        owner: addressOf(dave),
        limit: 3,
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.objects.map(({ objectId }) => objectId));
      cursor = page.hasNextPage ? page.cursor : null;
      pages += 1;
    } while (cursor);
    expect([pages, seen.length, new Set(seen).size]).toEqual([3, 7, 7]);
    const { cursor: first } = await network.client.listOwnedObjects({ owner: addressOf(dave), limit: 3 });
    const foreign = [
      { owner: addressOf(alice), cursor: first },
      { owner: addressOf(dave), type: '0x2::coin::Coin', cursor: first },
      { owner: addressOf(dave), cursor: 'bm9ib2R5IG1hZGUgdGhpcw==' },
    ];
    for (const query of foreign)
      await expect(network.client.listOwnedObjects(query)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: 'invalid page_token',
      });
  });

  test('type filters take full types and bare generics', async () => {
    const list = async (type: string) =>
      (await network.client.listOwnedObjects({ owner: addressOf(alice), type })).objects.map((object) => object.type);
    const pearl = normalizeStructTag(`0x2::coin::Coin<${packageId}::pearl::PEARL>`);
    expect(new Set(await list('0x2::coin::Coin'))).toContain(pearl);
    expect(new Set(await list(pearl))).toEqual(new Set([pearl]));
    expect(await list('0x2::coin::Coin<0x2::nothing::NOTHING>')).toEqual([]);
  });

  test('balances are by coin type', async () => {
    const { balances } = await network.client.listBalances({ owner: addressOf(alice) });
    expect(balances.map(({ coinType }) => coinType)).toEqual(
      [normalizeStructTag('0x2::sui::SUI'), normalizeStructTag(`${packageId}::pearl::PEARL`)].sort(),
    );
    for (const { balance, coinBalance, addressBalance } of balances) {
      expect([balance, addressBalance]).toEqual([coinBalance, '0']);
    }
    expect(await balanceOf(alice, `${packageId}::demo::Nothing`)).toBe(0n);
  });

  test('coin metadata comes from the published coin, and is null for others', async () => {
    const { coinMetadata } = await network.client.getCoinMetadata({ coinType: `${packageId}::pearl::PEARL` });
    expect(coinMetadata).toMatchObject({
      decimals: 6,
      symbol: 'PRL',
      name: 'Pearl',
      description: 'A coin of the tests',
      iconUrl: null,
    });
    expect((await network.client.getCoinMetadata({ coinType: `${packageId}::demo::Color` })).coinMetadata).toBeNull();
    const info = await network.client.stateService.getCoinInfo({ coinType: `${packageId}::pearl::PEARL` });
    expect(info.response.treasury?.totalSupply).toBe(1_250_000n);
    const { UNREGULATED } = GrpcTypes.RegulatedCoinMetadata_CoinRegulatedState;
    expect(info.response.regulatedMetadata?.coinRegulatedState).toBe(UNREGULATED);
    const sui = await network.client.stateService.getCoinInfo({ coinType: '0x2::sui::SUI' });
    expect(sui.response).toMatchObject({
      treasury: { totalSupply: 10n ** 19n, supplyState: GrpcTypes.CoinTreasury_SupplyState.FIXED },
      regulatedMetadata: { coinRegulatedState: UNREGULATED },
    });
  });

  test('service info, epoch and system state are those of the chain', async () => {
    const { response: info } = await network.client.ledgerService.getServiceInfo({});
    expect([info.chain, info.epoch]).toEqual(['localnet', 0n]);
    const { systemState } = await network.client.getCurrentSystemState();
    expect([systemState.epoch, systemState.referenceGasPrice]).toEqual(['0', '1000']);
    expect(Number(systemState.epochStartTimestampMs)).toBeGreaterThan(0);
    expect((await network.client.getReferenceGasPrice()).referenceGasPrice).toBe('1000');
    const { protocolConfig } = await network.client.core.getProtocolConfig();
    expect(protocolConfig.protocolVersion).toBe('140');
    expect(protocolConfig.attributes.max_tx_gas).toBe('50000000000000');
    await expect(network.client.ledgerService.getEpoch({ epoch: 99n })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('checkpoints chain by digest and contain the transaction', async () => {
    const { checkpoint } = (await network.client.getTransaction({ digest: published.digest })).Transaction!;
    const get = async (sequenceNumber: bigint) =>
      (
        await network.client.ledgerService.getCheckpoint({
          checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber },
          readMask: { paths: ['*'] },
        })
      ).response.checkpoint!;
    const mine = await get(BigInt(checkpoint!));
    const before = await get(BigInt(checkpoint!) - 1n);
    expect(mine.summary?.previousDigest).toBe(before.digest);
    expect(mine.transactions.map(({ digest }) => digest)).toContain(published.digest);
    expect(mine.contents?.transactions.map(({ transaction }) => transaction)).toContain(published.digest);
  });
});

describe('values', () => {
  test('every kind of Move value has its JSON', async () => {
    const tx = await execute(network, alice, (t) => {
      const [item] = t.moveCall({ target: `${packageId}::demo::new_item`, arguments: [t.pure.string('żółw')] });
      t.transferObjects([item!], addressOf(alice));
    });
    const objectId = createdOf(tx, '::demo::Item');
    const { object } = await network.client.getObject({ objectId, include: { json: true, content: true } });
    expect(object.json).toEqual({
      id: objectId,
      name: 'żółw',
      code: 'AB-1',
      link: 'https://example.com/x',
      tags: ['b25l', 'dHdv'],
      numbers: ['1', '18446744073709551615'],
      color: { '@variant': 'Custom', r: 1, g: 2, b: 255 },
      best: '7',
      worst: null,
      small: 200,
      big: '115792089237316195423570985008687907853269984665640564039457584007913129639935',
      flag: true,
      owner: addressOf(alice),
      money: '0',
      kind: `${'2'.padStart(64, '0')}::sui::SUI`,
    });
    expect(Buffer.from(object.content!).subarray(0, 32).toString('hex')).toBe(objectId.slice(2));
  });

  test('dynamic fields are listed and read, values and objects', async () => {
    const tx = await execute(network, alice, (t) => {
      const make = (name: string) =>
        t.moveCall({ target: `${packageId}::demo::new_item`, arguments: [t.pure.string(name)] })[0]!;
      const [parent, child] = [make('parent'), make('child')];
      t.moveCall({ target: `${packageId}::demo::add_field`, arguments: [parent, t.pure.u64(7), t.pure.bool(true)] });
      t.moveCall({ target: `${packageId}::demo::add_child`, arguments: [parent, t.pure.u64(8), child] });
      t.transferObjects([parent], addressOf(alice));
    });
    const parentId = tx.effects!.changedObjects.find(
      ({ objectId, outputOwner }) =>
        tx.objectTypes![objectId]?.endsWith('::demo::Item') && outputOwner?.$kind === 'AddressOwner',
    )!.objectId;
    const { dynamicFields } = await network.client.listDynamicFields({ parentId, include: { value: true } });
    expect(dynamicFields.map(({ $kind }) => $kind).sort()).toEqual(['DynamicField', 'DynamicObject']);
    const plain = dynamicFields.find(({ $kind }) => $kind === 'DynamicField')!;
    expect(plain.fieldId).toBe(deriveDynamicFieldID(parentId, 'u64', bcs.u64().serialize(7).toBytes()));
    expect([plain.name.type, plain.valueType, [...plain.value!.bcs]]).toEqual(['u64', 'bool', [1]]);
    const field = await network.client.getDynamicField({
      parentId,
      name: { type: 'u64', bcs: bcs.u64().serialize(7).toBytes() },
    });
    expect([...field.dynamicField.value.bcs]).toEqual([1]);
    const child = await network.client.getDynamicObjectField({
      parentId,
      name: { type: 'u64', bcs: bcs.u64().serialize(8).toBytes() },
      include: { json: true },
    });
    expect(child.object.json).toMatchObject({ name: 'child' });
    const listed = dynamicFields.find(({ $kind }) => $kind === 'DynamicObject')!;
    expect((listed as { childId: string }).childId).toBe(child.object.objectId);
    expect(listed.valueType).toMatch(/::demo::Item$/);
  });

  test('functions, datatypes and packages are told from bytecode', async () => {
    const { function: fn } = await network.client.getMoveFunction({ packageId, moduleName: 'demo', name: 'generic' });
    expect(fn).toMatchObject({
      visibility: 'public',
      isEntry: false,
      typeParameters: [{ constraints: ['copy', 'drop', 'store'] }],
      parameters: [
        { reference: null, body: { $kind: 'typeParameter', index: 0 } },
        { reference: 'immutable', body: { $kind: 'vector', vector: { $kind: 'typeParameter', index: 0 } } },
        { reference: 'mutable', body: { $kind: 'datatype', datatype: { typeName: `${packageId}::demo::Item` } } },
      ],
      returns: [{ body: { $kind: 'u8' } }, { body: { $kind: 'typeParameter', index: 0 } }],
    });
    const { response } = await network.client.movePackageService.getPackage({ packageId });
    expect(response.package?.modules.map(({ name }) => name).sort()).toEqual(['demo', 'pearl']);
    expect(response.package?.originalId).toBe(packageId);
    const color = await network.client.movePackageService.getDatatype({ packageId, moduleName: 'demo', name: 'Color' });
    expect(color.response.datatype?.variants.map(({ name }) => name)).toEqual(['Red', 'Custom']);
    const versions = await network.client.movePackageService.listPackageVersions({ packageId });
    expect(versions.response.versions).toEqual([{ packageId, version: 1n }]);
  });

  test.each([
    ['getFunction', { moduleName: 'demo', name: 'nope' }],
    ['getFunction', { moduleName: 'nope', name: 'read' }],
    ['getDatatype', { moduleName: 'demo', name: 'Nope' }],
  ] as const)('%s of something missing is NOT_FOUND', async (method, request) => {
    await expect(network.client.movePackageService[method]({ packageId, ...request })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('upgrades', () => {
  test('versions are listed, and events keep the type of the version that defined it', async () => {
    const upgradeCap = createdOf(published, '::package::UpgradeCap');
    const { modules, dependencies, digest } = await compileDemo();
    const tx = await execute(network, alice, (t) => {
      const ticket = t.moveCall({
        target: '0x2::package::authorize_upgrade',
        arguments: [t.object(upgradeCap), t.pure.u8(0), t.pure.vector('u8', [...Buffer.from(digest, 'hex')])],
      });
      const receipt = t.upgrade({ modules, dependencies, package: packageId, ticket });
      t.moveCall({ target: '0x2::package::commit_upgrade', arguments: [t.object(upgradeCap), receipt] });
    });
    const upgraded = tx.effects!.changedObjects.find(({ outputState }) => outputState === 'PackageWrite')!;
    const { response } = await network.client.movePackageService.listPackageVersions({ packageId });
    expect(response.versions).toEqual([
      { packageId, version: 1n },
      { packageId: upgraded.objectId, version: 2n },
    ]);
    const second = (await network.client.movePackageService.getPackage({ packageId: upgraded.objectId })).response
      .package;
    expect([second?.originalId, second?.version]).toEqual([packageId, 2n]);
    await execute(network, alice, (t) => {
      t.moveCall({ target: `${upgraded.objectId}::demo::box_event`, arguments: [t.pure.u64(1)] });
    });
    const byType = await network.client.listEvents({ filter: { eventType: `${packageId}::demo::Boxed<u64>` } });
    expect(byType.events.map(({ packageId: called }) => called)).toEqual([upgraded.objectId]);
    const byCall = await network.client.listEvents({ filter: { emitModule: `${packageId}::demo` } });
    expect(byCall.events.filter(({ eventType }) => eventType.includes('Boxed'))).toEqual([]);
  });
});

describe('calls and failures', () => {
  test('shared objects are called by anyone, events tell who', async () => {
    const created = await execute(network, alice, (t) => t.moveCall({ target: `${packageId}::demo::create` }));
    const counter = createdOf(created, '::demo::Counter');
    const tx = await execute(network, bob, (t) =>
      t.moveCall({ target: `${packageId}::demo::increment`, arguments: [t.object(counter)] }),
    );
    expect(tx.events).toEqual([
      expect.objectContaining({
        packageId,
        module: 'demo',
        sender: addressOf(bob),
        eventType: `${packageId}::demo::Incremented`,
        json: { by: addressOf(bob), value: '1' },
      }),
    ]);
    const read = await execute(network, bob, (t) =>
      t.moveCall({ target: `${packageId}::demo::read`, arguments: [t.object(counter)] }),
    );
    expect(read.effects!.unchangedConsensusObjects.map(({ objectId }) => objectId)).toEqual([counter]);
    expect(tx.effects!.changedObjects.map(({ objectId }) => objectId)).toContain(counter);
    const now = await execute(network, bob, (t) =>
      t.moveCall({ target: `${packageId}::demo::now`, arguments: [t.object.clock()] }),
    );
    expect(now.effects!.unchangedConsensusObjects).toEqual([
      expect.objectContaining({ kind: 'ReadOnlyRoot', objectId: `0x${'6'.padStart(64, '0')}` }),
    ]);
  });

  test('an object can be received from the address of another', async () => {
    const made = await execute(network, alice, (t) => {
      const [item] = t.moveCall({ target: `${packageId}::demo::new_item`, arguments: [t.pure.string('mailbox')] });
      t.transferObjects([item!], addressOf(alice));
    });
    const item = createdOf(made, '::demo::Item');
    const sent = await execute(network, bob, (t) => t.transferObjects([t.splitCoins(t.gas, [77n])], item));
    const coin = sent.effects!.changedObjects.find(({ idOperation }) => idOperation === 'Created')!.objectId;
    await execute(network, alice, (t) => {
      const [money] = t.moveCall({
        target: `${packageId}::demo::receive`,
        arguments: [t.object(item), t.object(coin)],
      });
      t.transferObjects([money!], addressOf(alice));
    });
    const { object } = await network.client.getObject({ objectId: coin });
    expect(object.owner).toMatchObject({ AddressOwner: addressOf(alice) });
  });

  test('a Move abort is shown with its constant, its text and its place', async () => {
    const failed = await executeFailing(network, alice, (t) => t.moveCall({ target: `${packageId}::demo::fail` }));
    const { error } = failed.status;
    expect(error).toMatchObject({
      $kind: 'MoveAbort',
      command: 0,
      MoveAbort: {
        location: { package: packageId, module: 'demo', functionName: 'fail' },
        cleverError: { constantName: 'ENotAllowed' },
      },
    });
    expect(error?.message).toContain('Only the owner may do this');
    const plain = await executeFailing(network, alice, (t) =>
      t.moveCall({ target: `${packageId}::demo::fail_plainly` }),
    );
    expect(plain.status.error).toMatchObject({ $kind: 'MoveAbort', MoveAbort: { abortCode: '42' } });
    const read = await network.client.getTransaction({ digest: failed.digest });
    expect(read.$kind).toBe('FailedTransaction');
  });

  test('other failures carry a sentence and the command', async () => {
    const failed = await executeFailing(network, alice, (t) => {
      t.transferObjects([t.splitCoins(t.gas, [1n])], addressOf(bob));
      t.transferObjects([t.splitCoins(t.gas, [10n ** 18n])], addressOf(bob));
    });
    expect(failed.status.error?.command).toBe(2);
    expect(failed.status.error?.message.length).toBeGreaterThan(10);
  });

  test.each([
    ['no bytes', new Uint8Array()],
    ['garbage', new Uint8Array([1, 2, 3])],
  ])('%s instead of a transaction are INVALID_ARGUMENT', async (_name, transaction) => {
    await expect(network.client.executeTransaction({ transaction, signatures: [] })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('a foreign signature is refused, and nothing is executed', async () => {
    const transaction = new Transaction();
    transaction.setSender(addressOf(alice));
    transaction.transferObjects([transaction.splitCoins(transaction.gas, [1n])], addressOf(bob));
    const bytes = await transaction.build({ client: network.client });
    const { signature } = await bob.signTransaction(bytes);
    await expect(
      network.client.executeTransaction({ transaction: bytes, signatures: [signature] }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const digest = await transaction.getDigest({ client: network.client });
    await expect(network.client.getTransaction({ digest })).rejects.toMatchObject({ reason: 'notFound' });
  });

  test('names are unknown here, and clients read that from NOT_FOUND', async () => {
    expect(await network.client.core.resolveNameServiceAddress({ name: 'any.sui' })).toEqual({ address: null });
  });

  test('signatures are verified as the SDK asks', async () => {
    const bytes = new TextEncoder().encode('hello');
    const { signature } = await alice.signPersonalMessage(bytes);
    const verify = (address: string) =>
      network.client.signatureVerificationService.verifySignature({
        message: { name: 'PersonalMessage', value: bcs.byteVector().serialize(bytes).toBytes() },
        signature: { bcs: { value: Buffer.from(signature, 'base64') }, signature: { oneofKind: undefined } },
        address,
        jwks: [],
      });
    expect((await verify(addressOf(alice))).response.isValid).toBe(true);
    expect((await verify(addressOf(bob))).response.isValid).toBe(false);
  });

  test('the clock moves by the typed admin calls', async () => {
    const { forkingService } = network.client;
    const before = (await forkingService.getStatus({})).response;
    const { response } = await forkingService.advanceClock({ durationMs: 60_000n });
    expect(response.timestampMs).toBe(before.timestampMs + 60_000n);
    const advanced = (await forkingService.advanceCheckpoint({})).response;
    expect(advanced.checkpointSequenceNumber).toBe(before.checkpointSequenceNumber + 2n);
    expect(GrpcTypes.GetStatusResponse.is((await forkingService.getStatus({})).response)).toBe(true);
  });
});
