import { bcs } from '@mysten/sui/bcs';
import { type Transaction, TransactionDataBuilder } from '@mysten/sui/transactions';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  advanceClock,
  closeLedger,
  getObject,
  getTransaction,
  ledgerVm,
  listBalances,
  listChildren,
  listEvents,
  objectBcs,
  type Simulation,
  type StoredObject,
  type TransactionRecord,
} from './index.ts';
import { createdBy, type Demo, objectIndex, openDemo, packageIn, send, simulate } from './testing/fixture.ts';

let d: Demo;
beforeAll(async () => {
  d = await openDemo();
});
afterAll(() => closeLedger(d.ledger));

const target = (name: string) => `${d.demo}::things::${name}`;
const statusOf = (record: { effects: TransactionRecord['effects'] }) => record.effects.error?.status;
const fault = (record: { effects: TransactionRecord['effects'] }) => {
  const status = statusOf(record) as { CommandArgumentError?: { argIdx: number; kind: object } } | undefined;
  return status?.CommandArgumentError
    ? Object.keys(status.CommandArgumentError.kind)[0]
    : status && Object.keys(status)[0];
};
const changeOf = (record: TransactionRecord, id: string) =>
  record.effects.changedObjects.find((change) => change.id === id);
const value = (object: StoredObject): bigint => Buffer.from(object.contents).readBigUInt64LE(32);

/** Makes a Thing owned by Alice. */
const makeThing = async (number: number): Promise<string> => {
  const record = await send(d.ledger, d.alice, (tx) => {
    tx.transferObjects(
      [tx.moveCall({ target: target('make'), arguments: [tx.pure.u64(number)] })],
      d.alice.toSuiAddress(),
    );
  });
  return (createdBy(d.ledger, record, '::Thing')[0] as StoredObject).id;
};
const makeCounter = async (): Promise<string> => {
  const record = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: target('share') }));
  return (createdBy(d.ledger, record, '::Counter')[0] as StoredObject).id;
};
const call = (name: string, ...ids: (string | number)[]) =>
  send(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({
      target: target(name),
      arguments: ids.map((id) => (typeof id === 'number' ? tx.pure.u64(id) : object(id))),
    });
  });

describe('encodings equal the SDK’s', () => {
  test('transactions, effects, objects and their digests', async () => {
    const id = await makeThing(5);
    const record = await call('set', id, 6);
    const parsed = bcs.TransactionEffects.parse(record.effectsBcs);
    expect(bcs.TransactionEffects.serialize(parsed).toBytes()).toEqual(record.effectsBcs);
    expect(parsed.V2?.transactionDigest).toBe(TransactionDataBuilder.getDigestFromBytes(record.transaction));
    const object = getObject(d.ledger, id) as StoredObject;
    const encoded = bcs.Object.parse(objectBcs(object));
    expect(bcs.Object.serialize(encoded).toBytes()).toEqual(objectBcs(object));
    expect(encoded.storageRebate).toBe(object.storageRebate.toString());
    expect(parsed.V2?.changedObjects.find(([changed]) => changed === `0x${id}`)?.[1].outputState.ObjectWrite?.[0]).toBe(
      object.digest,
    );
  });

  test('every stored transaction comes back as it was returned', async () => {
    const record = await call('plain_abort');
    expect(getTransaction(d.ledger, record.digest)).toEqual(record);
    const made = await call('share');
    expect(getTransaction(d.ledger, made.digest)).toEqual(made);
  });
});

describe('publishing', () => {
  test('init ran with the witness, and its events name the package', () => {
    const { published, demo } = d;
    expect(published.effects.error).toBeNull();
    expect(published.events.map((event) => `0x${event.packageId}::${event.module}`)).toEqual([`${demo}::money`]);
    const types = createdBy(d.ledger, published).map((object) =>
      object.type.replaceAll(demo, 'demo').replace(/0x0+/g, '0x'),
    );
    expect(types.sort()).toEqual([
      '0x2::coin::CoinMetadata<demo::money::MONEY>',
      '0x2::coin::TreasuryCap<demo::money::MONEY>',
      '0x2::package::UpgradeCap',
    ]);
  });

  test('a treasury made by init mints coins that balances count', async () => {
    const cap = createdBy(d.ledger, d.published, 'TreasuryCap')[0] as StoredObject;
    await send(d.ledger, d.alice, (tx, { object }) => {
      const to = tx.pure.address(d.bob.toSuiAddress());
      tx.moveCall({ target: `${d.demo}::money::mint`, arguments: [object(cap.id), tx.pure.u64(77), to] });
    });
    const balances = listBalances(d.ledger, d.bob.toSuiAddress());
    expect(balances.find((item) => item.coinType === `${d.demo}::money::MONEY`)?.balance).toBe(77n);
  });
});

describe('coins', () => {
  test('a transfer costs the least computation and 988,000 MIST for a new coin', async () => {
    const record = await send(d.ledger, d.alice, (tx) => {
      tx.transferObjects([tx.splitCoins(tx.gas, [1_000])], d.bob.toSuiAddress());
    });
    expect(record.effects.gasUsed).toEqual({
      computationCost: 1_000_000n,
      storageCost: 2n * 988_000n,
      storageRebate: 987_901n,
      nonRefundableStorageFee: 99n,
    });
    expect((createdBy(d.ledger, record)[0] as StoredObject).storageRebate).toBe(988_000n);
  });

  test('merged coins are deleted and their value kept', async () => {
    const record = await send(d.ledger, d.alice, (tx) => {
      const [a, b, c] = tx.splitCoins(tx.gas, [10, 20, 30]);
      tx.transferObjects([a, b, c], d.alice.toSuiAddress());
    });
    const [a, b, c] = createdBy(d.ledger, record).map((coin) => coin.id) as [string, string, string];
    const merged = await send(d.ledger, d.alice, (tx, { object }) => tx.mergeCoins(object(a), [object(b), object(c)]));
    expect(value(getObject(d.ledger, a) as StoredObject)).toBe(60n);
    expect([b, c].map((id) => changeOf(merged, id)?.idOperation)).toEqual(['deleted', 'deleted']);
    expect(getObject(d.ledger, b)).toBeUndefined();
  });

  test('splitting more than there is fails; so does spending below the budget', async () => {
    const record = await send(d.ledger, d.alice, (tx) => {
      tx.transferObjects([tx.splitCoins(tx.gas, [10n ** 18n])], d.bob.toSuiAddress());
    });
    expect(fault(record)).toBe('InsufficientCoinBalance');
    const gas = record.effects.changedObjects[record.effects.gasObjectIndex as number]?.id as string;
    const balance = value(getObject(d.ledger, gas) as StoredObject);
    const greedy = await send(
      d.ledger,
      d.alice,
      (tx) => void tx.transferObjects([tx.splitCoins(tx.gas, [balance - 400_000_000n])], d.bob.toSuiAddress()),
      { gas: [gas] },
    );
    expect(fault(greedy)).toBe('InsufficientCoinBalance');
  });

  test('the gas coin itself may be given away; the charge still comes off it', async () => {
    const split = await send(d.ledger, d.alice, (tx) => {
      tx.transferObjects([tx.splitCoins(tx.gas, [2_000_000_000n])], d.alice.toSuiAddress());
    });
    const coin = (createdBy(d.ledger, split)[0] as StoredObject).id;
    const record = await send(d.ledger, d.alice, (tx) => tx.transferObjects([tx.gas], d.bob.toSuiAddress()), {
      gas: [coin],
    });
    const given = getObject(d.ledger, coin) as StoredObject;
    expect(given.owner).toEqual({ kind: 'address', address: d.bob.toSuiAddress().slice(2) });
    const { computationCost, storageCost, storageRebate } = record.effects.gasUsed;
    expect(value(given)).toBe(2_000_000_000n - computationCost - storageCost + storageRebate);
  });

  test('several gas coins become one, also when the transaction fails', async () => {
    const split = await send(d.ledger, d.alice, (tx) => {
      const [a, b] = tx.splitCoins(tx.gas, [600_000_000n, 600_000_000n]);
      tx.transferObjects([a, b], d.alice.toSuiAddress());
    });
    const [a, b] = createdBy(d.ledger, split).map((coin) => coin.id) as [string, string];
    const failed = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: target('plain_abort') }), {
      gas: [a, b],
    });
    const { computationCost, storageCost, storageRebate } = failed.effects.gasUsed;
    expect(fault(failed)).toBe('MoveAbort');
    expect(value(getObject(d.ledger, a) as StoredObject)).toBe(
      1_200_000_000n - computationCost - storageCost + storageRebate,
    );
    expect(changeOf(failed, b)?.idOperation).toBe('deleted');
  });

  test('a sponsor pays', async () => {
    const record = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: target('share') }), {
      sponsor: d.bob,
    });
    const gas = record.effects.changedObjects[record.effects.gasObjectIndex as number];
    expect(gas?.input?.owner).toEqual({ kind: 'address', address: d.bob.toSuiAddress().slice(2) });
  });

  test('a Move function may split the gas coin', async () => {
    const record = await send(d.ledger, d.alice, (tx) => {
      const coin = tx.moveCall({ target: target('pay'), arguments: [tx.gas, tx.pure.u64(123)] });
      tx.transferObjects([coin], d.bob.toSuiAddress());
    });
    expect(value(createdBy(d.ledger, record)[0] as StoredObject)).toBe(123n);
  });
});

describe('objects', () => {
  test('unchanged mutable inputs get the new version; so do those of failed transactions', async () => {
    const [a, b] = [await makeThing(1), await makeThing(2)];
    const read = await call('add', a, b);
    const { lamportVersion } = read.effects;
    expect([a, b].map((id) => getObject(d.ledger, id)?.version)).toEqual([lamportVersion, lamportVersion]);
    const failed = await call('set', a, 5_000);
    expect(failed.effects.error?.abort).toMatchObject({
      module: 'things',
      functionName: 'set',
      package: d.demo.slice(2),
      clever: { name: 'ETooLarge', text: 'The value is too large' },
    });
    expect(failed.effects.error?.command).toBe(0);
    expect(getObject(d.ledger, a)?.version).toBe(failed.effects.lamportVersion);
    expect(value(getObject(d.ledger, a) as StoredObject)).toBe(1n);
    expect(failed.effects.lamportVersion).toBe(lamportVersion + 1);
  });

  test('two objects by mutable reference, the same one twice refused', async () => {
    const [a, b] = [await makeThing(1), await makeThing(2)];
    expect((await call('swap', a, b)).effects.error).toBeNull();
    expect([a, b].map((id) => value(getObject(d.ledger, id) as StoredObject))).toEqual([2n, 1n]);
    const twice = await send(d.ledger, d.alice, (tx, { object }) => {
      const thing = object(a);
      tx.moveCall({ target: target('swap'), arguments: [thing, thing] });
    });
    expect(fault(twice)).toBe('InvalidReferenceArgument');
  });

  test('deleting, wrapping, unwrapping, and unwrapping to delete', async () => {
    const id = await makeThing(7);
    const wrapped = await send(d.ledger, d.alice, (tx, { object }) => {
      tx.transferObjects([tx.moveCall({ target: target('wrap'), arguments: [object(id)] })], d.alice.toSuiAddress());
    });
    const box = (createdBy(d.ledger, wrapped, '::Box')[0] as StoredObject).id;
    expect(changeOf(wrapped, id)).toMatchObject({ output: null, idOperation: 'none' });
    expect(getObject(d.ledger, id)).toBeUndefined();
    const before = wrapped.effects.changedObjects.find((change) => change.id === id)?.input?.version as number;
    expect(getObject(d.ledger, id, before)?.version).toBe(before);

    const unwrapped = await send(d.ledger, d.alice, (tx, { object }) => {
      tx.transferObjects([tx.moveCall({ target: target('unwrap'), arguments: [object(box)] })], d.bob.toSuiAddress());
    });
    expect(changeOf(unwrapped, id)).toMatchObject({ input: null, output: { kind: 'object' }, idOperation: 'none' });
    expect(changeOf(unwrapped, box)).toMatchObject({ output: null, idOperation: 'deleted' });

    const other = await makeThing(8);
    const again = await send(d.ledger, d.alice, (tx, { object }) => {
      tx.transferObjects([tx.moveCall({ target: target('wrap'), arguments: [object(other)] })], d.alice.toSuiAddress());
    });
    const second = (createdBy(d.ledger, again, '::Box')[0] as StoredObject).id;
    const burnt = await call('burn_box', second);
    expect(changeOf(burnt, other)).toEqual({ id: other, input: null, output: null, idOperation: 'deleted' });
    expect(changeOf(burnt, second)?.idOperation).toBe('deleted');
  });

  test('frozen objects can be read by anybody and changed by nobody', async () => {
    const id = await makeThing(3);
    await call('freeze_it', id);
    expect(getObject(d.ledger, id)?.owner).toEqual({ kind: 'immutable' });
    const other = await makeThing(4);
    expect((await call('add', id, other)).effects.error).toBeNull();
    expect(fault(await call('set', id, 1))).toBe('InvalidObjectByMutRef');
    expect(fault(await call('burn', id))).toBe('InvalidObjectByValue');
  });

  test('only objects with store are transferred by command', async () => {
    const record = await call('make_badge', 1);
    const badge = (createdBy(d.ledger, record, '::Badge')[0] as StoredObject).id;
    const refused = await send(d.ledger, d.alice, (tx, { object }) =>
      tx.transferObjects([object(badge)], d.bob.toSuiAddress()),
    );
    expect(fault(refused)).toBe('InvalidTransferObject');
    const given = await send(d.ledger, d.alice, (tx, { object }) => {
      tx.moveCall({ target: target('give_badge'), arguments: [object(badge), tx.pure.address(d.bob.toSuiAddress())] });
    });
    expect(given.effects.error).toBeNull();
  });

  test('shared objects: versions, reads, deletion, sharing again, and what is refused', async () => {
    const id = await makeCounter();
    const made = getObject(d.ledger, id) as StoredObject;
    expect(made.owner).toEqual({ kind: 'shared', initialVersion: made.version });
    const changed = await call('increment', id);
    expect(getObject(d.ledger, id)?.version).toBe(changed.effects.lamportVersion);
    const read = await send(d.ledger, d.bob, (tx, { object }) => {
      tx.moveCall({ target: target('count'), arguments: [object(id, false)] });
    });
    const { version, digest } = getObject(d.ledger, id) as StoredObject;
    expect(read.effects.unchangedConsensusObjects).toEqual([{ kind: 'read', id, version, digest }]);
    const parsed = bcs.TransactionEffects.parse(read.effectsBcs);
    expect(bcs.TransactionEffects.serialize(parsed).toBytes()).toEqual(read.effectsBcs);
    const written = await send(d.ledger, d.bob, (tx, { object }) => {
      tx.moveCall({ target: target('increment'), arguments: [object(id, false)] });
    });
    expect(fault(written)).toBe('InvalidObjectByMutRef');
    const address = d.alice.toSuiAddress();
    const taken = await send(d.ledger, d.alice, (tx, { object }) => {
      tx.moveCall({ target: target('keep'), arguments: [object(id), tx.pure.address(address)] });
    });
    expect(taken.effects.error).not.toBeNull();
    const moved = await send(d.ledger, d.alice, (tx, { object }) => tx.transferObjects([object(id)], address));
    expect(fault(moved)).toBe('SharedObjectOperationNotAllowed');
    expect((await call('freeze_counter', id)).effects.error).not.toBeNull();
    expect((await call('reshare', id)).effects.error).toBeNull();
    expect(getObject(d.ledger, id)?.owner).toEqual(made.owner);
    const deleted = await call('delete_counter', id);
    expect(changeOf(deleted, id)).toMatchObject({ output: null, idOperation: 'deleted' });
    await expect(call('increment', id)).rejects.toThrow();
  });

  test('an owned object cannot be shared later', async () => {
    const id = await makeThing(1);
    expect(fault(await call('share_thing', id))).toBe('MoveAbort');
  });
});

describe('dynamic fields', () => {
  test('added, changed, read and removed: each a change of its own object', async () => {
    const id = await makeCounter();
    const added = await call('add_field', id, 1, 10);
    const child = added.effects.changedObjects.find((change) => change.idOperation === 'created')?.id as string;
    expect(getObject(d.ledger, child)?.owner).toEqual({ kind: 'object', parent: id });
    expect(listChildren(d.ledger, { parent: id, limit: 5 }).items.map((item) => item.id)).toEqual([child]);
    const changed = await call('set_field', id, 1, 11);
    expect(changeOf(changed, child)?.output).toMatchObject({ version: changed.effects.lamportVersion });
    const read = await call('read_field', id, 1);
    const { version, digest } = getObject(d.ledger, child) as StoredObject;
    expect(changeOf(read, child)).toBeUndefined();
    expect(read.effects.unchangedLoadedObjects).toEqual([{ id: child, version, digest }]);
    expect(getTransaction(d.ledger, read.digest)).toEqual(read);
    const removed = await call('remove_field', id, 1);
    expect(changeOf(removed, child)?.idOperation).toBe('deleted');
    expect(removed.effects.gasUsed.storageRebate).toBeGreaterThan(removed.effects.gasUsed.storageCost);
    expect((await call('read_field', id, 1)).effects.error?.abort).toMatchObject({ code: 1n, module: 'dynamic_field' });
    expect(
      (await call('add_field', id, 1, 12)).effects.changedObjects.find((change) => change.id === child)?.idOperation,
    ).toBe('created');
    expect((await call('add_field', id, 1, 12)).effects.error?.abort).toMatchObject({ code: 0n });
  });

  test('object fields keep their id and can be taken out again', async () => {
    const [id, thing] = [await makeCounter(), await makeThing(9)];
    await call('attach', id, 5, thing);
    const field = listChildren(d.ledger, { parent: id, limit: 5 }).items[0] as StoredObject;
    expect(getObject(d.ledger, thing)?.owner).toEqual({ kind: 'object', parent: field.id });
    await expect(call('set', thing, 1)).rejects.toMatchObject({ code: 'LEDGER_OBJECT_IS_CHILD' });
    const changed = await call('set_attached', id, 5, 10);
    expect(changeOf(changed, thing)?.output).toMatchObject({ version: changed.effects.lamportVersion });
    const out = await send(d.ledger, d.alice, (tx, { object }) => {
      const taken = tx.moveCall({ target: target('detach'), arguments: [object(id), tx.pure.u64(5)] });
      tx.transferObjects([taken], d.alice.toSuiAddress());
    });
    expect(changeOf(out, thing)).toMatchObject({ output: { owner: { kind: 'address' } }, idOperation: 'none' });
    expect(changeOf(out, field.id)?.idOperation).toBe('deleted');
    expect(value(getObject(d.ledger, thing) as StoredObject)).toBe(10n);
  });

  test('an object sent to an object is received by it', async () => {
    const [id, thing] = [await makeCounter(), await makeThing(4)];
    await send(d.ledger, d.alice, (tx, { object }) => tx.transferObjects([object(thing)], `0x${id}`));
    const record = await send(d.ledger, d.alice, (tx, { object, receiving }) => {
      const got = tx.moveCall({ target: target('receive'), arguments: [object(id), receiving(thing)] });
      tx.transferObjects([got], d.bob.toSuiAddress());
    });
    expect(record.effects.error).toBeNull();
    expect(getObject(d.ledger, thing)?.owner).toEqual({ kind: 'address', address: d.bob.toSuiAddress().slice(2) });
    const stranger = await makeThing(5);
    const refused = await send(d.ledger, d.alice, (tx, { object, receiving }) => {
      const got = tx.moveCall({ target: target('receive'), arguments: [object(id), receiving(stranger)] });
      tx.transferObjects([got], d.bob.toSuiAddress());
    });
    expect(refused.effects.error?.abort).toMatchObject({ module: 'transfer', code: 3n });
  });
});

describe('values between commands', () => {
  const inspect = async (build: Parameters<typeof simulate>[2]): Promise<Simulation> =>
    simulate(d.ledger, d.alice, build, { gas: [] });

  test('results flow, copyable ones several times', async () => {
    const done = await inspect((tx) => {
      const note = tx.moveCall({ target: target('note'), arguments: [tx.pure.string('grüezi')] });
      tx.moveCall({ target: target('read_note'), arguments: [note] });
      tx.moveCall({ target: target('read_note'), arguments: [note] });
    });
    expect(done.effects.error).toBeNull();
    expect(
      done.commandOutputs.map((output) => output.returnValues.map((item) => bcs.string().parse(item.bcs))),
    ).toEqual([['grüezi'], ['grüezi'], ['grüezi']]);
  });

  test('a hot potato must be eaten, and bars private entry functions meanwhile', async () => {
    const left = await send(
      d.ledger,
      d.alice,
      (tx) => void tx.moveCall({ target: target('cook'), arguments: [tx.pure.u64(1)] }),
    );
    expect(statusOf(left)).toEqual({ UnusedValueWithoutDrop: { resultIdx: 0, secondaryIdx: 0 } });
    const barred = await send(d.ledger, d.alice, (tx) => {
      const potato = tx.moveCall({ target: target('cook'), arguments: [tx.pure.u64(1)] });
      const warm = tx.moveCall({ target: target('warm'), arguments: [potato, tx.pure.u64(5)] });
      tx.moveCall({ target: target('private_entry'), arguments: [warm] });
      tx.moveCall({ target: target('eat'), arguments: [potato] });
    });
    expect(fault(barred)).toBe('InvalidArgumentToPrivateEntryFunction');
    const allowed = await send(d.ledger, d.alice, (tx) => {
      const potato = tx.moveCall({ target: target('cook'), arguments: [tx.pure.u64(1)] });
      const warm = tx.moveCall({ target: target('warm'), arguments: [potato, tx.pure.u64(5)] });
      tx.moveCall({ target: target('eat'), arguments: [potato] });
      tx.moveCall({ target: target('private_entry'), arguments: [warm] });
    });
    expect(allowed.effects.error).toBeNull();
  });

  test('a moved value is gone', async () => {
    const id = await makeThing(1);
    const twice = await send(d.ledger, d.alice, (tx, { object }) => {
      const thing = object(id);
      tx.moveCall({ target: target('burn'), arguments: [thing] });
      tx.moveCall({ target: target('burn'), arguments: [thing] });
    });
    expect(fault(twice)).toBe('ArgumentWithoutValue');
    expect(twice.effects.error?.command).toBe(1);
  });

  test('pure values: references, vectors, options, and bytes that do not fit', async () => {
    const done = await inspect((tx) => {
      const number = tx.pure.u64(41);
      tx.moveCall({ target: target('bump'), arguments: [number] });
      tx.moveCall({ target: target('call_hidden'), arguments: [number] });
      tx.moveCall({ target: target('total'), arguments: [tx.pure.vector('u64', [1, 2, 3])] });
      tx.moveCall({ target: target('option_sum'), arguments: [tx.pure.option('u64', 9)] });
      tx.moveCall({ target: target('generic'), typeArguments: ['u8'], arguments: [tx.pure.u8(7)] });
    });
    expect(done.effects.error).toBeNull();
    expect(done.commandOutputs[0]?.mutatedByRef.map((item) => bcs.u64().parse(item.bcs))).toEqual(['42']);
    expect(
      done.commandOutputs.slice(1, 4).map((output) => bcs.u64().parse(output.returnValues[0]?.bcs as Uint8Array)),
    ).toEqual(['43', '6', '9']);
    const bad = (bytes: number[], name: string) =>
      inspect((tx) => void tx.moveCall({ target: target(name), arguments: [tx.pure(Uint8Array.from(bytes))] }));
    expect(fault(await bad([1, 2], 'call_hidden'))).toBe('InvalidBCSBytes');
    expect(fault(await bad([2, 0xff, 0xfe], 'note'))).toBe('InvalidBCSBytes');
    expect(fault(await bad([2, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], 'option_sum'))).toBe('InvalidBCSBytes');
    expect(fault(await bad([0], 'burn'))).toBe('InvalidUsageOfPureArg');
  });

  test('vectors of objects', async () => {
    const ids = [await makeThing(1), await makeThing(2)];
    const record = await send(d.ledger, d.alice, (tx, { object }) => {
      tx.moveCall({
        target: target('burn_all'),
        arguments: [tx.makeMoveVec({ elements: ids.map((id) => object(id)) })],
      });
    });
    expect(ids.map((id) => changeOf(record, id)?.idOperation)).toEqual(['deleted', 'deleted']);
    const empty = await inspect((tx) => {
      tx.moveCall({
        target: target('burn_all'),
        arguments: [tx.makeMoveVec({ type: `${d.demo}::things::Thing`, elements: [] })],
      });
    });
    expect(empty.effects.error).toBeNull();
  });

  test('wrong names, counts, types and references are named', async () => {
    const run = (build: (tx: Transaction) => void) => inspect((tx) => build(tx)).then(fault);
    expect(await run((tx) => tx.moveCall({ target: target('nothing') }))).toBe('FunctionNotFound');
    expect(await run((tx) => tx.moveCall({ target: target('hidden'), arguments: [tx.pure.u64(1)] }))).toBe(
      'NonEntryFunctionInvoked',
    );
    expect(await run((tx) => tx.moveCall({ target: target('call_hidden') }))).toBe('ArityMismatch');
    expect(await run((tx) => tx.moveCall({ target: target('generic'), arguments: [tx.pure.u8(1)] }))).toBe(
      'VMVerificationOrDeserializationError',
    );
    expect(
      await run((tx) =>
        tx.moveCall({ target: target('generic'), typeArguments: [`${d.demo}::things::Thing`], arguments: [tx.gas] }),
      ),
    ).toBe('VMVerificationOrDeserializationError');
    expect(
      await run((tx) => tx.moveCall({ target: target('generic'), typeArguments: ['0x2::no::T'], arguments: [tx.gas] })),
    ).toBe('TypeArgumentError');
    expect(await run((tx) => tx.moveCall({ target: target('burn'), arguments: [tx.gas] }))).toBe('TypeMismatch');
    expect(
      await run((tx) =>
        tx.moveCall({
          target: '0x2::transfer::transfer',
          typeArguments: ['0x2::coin::Coin<0x2::sui::SUI>'],
          arguments: [tx.gas, tx.pure.address('0x1')],
        }),
      ),
    ).toBe('InvalidGasCoinUsage'); // before what is wrong with the function
    expect(
      await run((tx) => {
        const thing = tx.moveCall({ target: target('make'), arguments: [tx.pure.u64(1)] });
        tx.moveCall({ target: target('lend'), arguments: [thing] });
      }),
    ).toBe('InvalidPublicFunctionReturnType');
  });

  test('arithmetic, endless loops and budgets', async () => {
    expect(
      fault(await inspect((tx) => void tx.moveCall({ target: target('overflow'), arguments: [tx.pure.u64(1)] }))),
    ).toBe('MovePrimitiveRuntimeError');
    const endless = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: target('spin') }), {
      budget: 50_000_000n,
    });
    expect(fault(endless)).toBe('InsufficientGas');
    expect(endless.effects.gasUsed).toEqual({
      computationCost: 50_000_000n,
      storageCost: 0n,
      storageRebate: 0n,
      nonRefundableStorageFee: 0n,
    });
    const poor = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: target('share') }), {
      budget: 1_100_000n,
    });
    expect(fault(poor)).toBe('InsufficientGas');
    expect(createdBy(d.ledger, poor)).toEqual([]);
  });
});

describe('time and randomness', () => {
  test('the clock shows the checkpoint’s time', async () => {
    advanceClock(d.ledger, 5_000);
    const clock = await send(
      d.ledger,
      d.alice,
      (tx) => void tx.moveCall({ target: target('now'), arguments: [tx.object.clock()] }),
    );
    const shown = Buffer.from(getObject(d.ledger, '0x6')?.contents as Uint8Array).readBigUInt64LE(32);
    expect(shown).toBe(BigInt(clock.timestampMs));
    const seen = await simulate(
      d.ledger,
      d.alice,
      (tx) => void tx.moveCall({ target: target('now'), arguments: [tx.object.clock()] }),
    );
    expect(bcs.u64().parse(seen.commandOutputs[0]?.returnValues[0]?.bcs as Uint8Array)).toBe(
      String(clock.timestampMs + 1),
    );
  });

  const roll = () =>
    send(
      d.ledger,
      d.alice,
      (tx, { object }) => void tx.moveCall({ target: target('roll'), arguments: [object('8', false)] }),
    );

  test('each transaction that takes the randomness gets new randomness', async () => {
    const [a, b] = [await roll(), await roll()];
    expect([a.effects.error, b.effects.error]).toEqual([null, null]);
    expect(a.events[0]?.contents).not.toEqual(b.events[0]?.contents);
  });

  test('after randomness only transfers and merges follow', async () => {
    const record = await send(d.ledger, d.alice, (tx, { object }) => {
      const thing = tx.moveCall({ target: target('roll_and_keep'), arguments: [object('8', false)] });
      tx.transferObjects([thing], d.alice.toSuiAddress());
    });
    expect(record.effects.error).toBeNull();
    const after = send(d.ledger, d.alice, (tx, { object }) => {
      const thing = tx.moveCall({ target: target('roll_and_keep'), arguments: [object('8', false)] });
      tx.moveCall({ target: target('burn'), arguments: [thing] });
    });
    await expect(after).rejects.toMatchObject({ code: 'LEDGER_AFTER_RANDOM' });
  });

  test('nobody may take clock or randomness mutably', async () => {
    const mutable = send(
      d.ledger,
      d.alice,
      (tx, { object }) => void tx.moveCall({ target: target('now'), arguments: [object('6')] }),
    );
    await expect(mutable).rejects.toMatchObject({ code: 'LEDGER_SYSTEM_OBJECT_MUTABLE' });
  });
});

describe('events', () => {
  test('carry the called package and are found by type and module', async () => {
    const id = await makeThing(321);
    const found = listEvents(d.ledger, { limit: 100, descending: true, filter: { type: `${d.demo}::things::Made` } });
    expect(
      Buffer.from(found[0]?.contents as Uint8Array)
        .toString('hex')
        .slice(0, 64),
    ).toBe(id);
    expect(found[0]).toMatchObject({
      packageId: d.demo.slice(2),
      module: 'things',
      sender: d.alice.toSuiAddress().slice(2),
      index: 0,
    });
    const byModule = listEvents(d.ledger, {
      limit: 100,
      descending: true,
      filter: { module: { package: d.demo, module: 'things' } },
    });
    expect(byModule[0]).toEqual(found[0]);
    const next = listEvents(d.ledger, {
      limit: 100,
      filter: { typeModule: { package: d.demo } },
      before: found[0] as { sequence: number; index: number },
    });
    expect(next.some((event) => event.transaction === found[0]?.transaction)).toBe(false);
  });
});

describe('upgrades', () => {
  test('a package becomes two versions: old types stay, new code runs', async () => {
    expect(ledgerVm(d.ledger).moduleInfo(d.demo.slice(2), 'things')?.functions).toContain('make');
    expect(packageIn(d.published)).toBe(d.demo);
  });
});

test('each object’s transactions are found by the index as by looking at all of them', () => {
  const { missed, narrowed } = objectIndex(d.ledger);
  expect(missed).toEqual([]);
  expect(narrowed).toBeGreaterThan(10);
});
