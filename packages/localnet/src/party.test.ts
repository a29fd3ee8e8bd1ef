/** Objects of a party of one: owned by an address, ordered through consensus like shared objects. */
import { bcs } from '@mysten/sui/bcs';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Inputs, Transaction } from '@mysten/sui/transactions';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeLedger,
  embeddedFetch,
  getObject,
  listBalances,
  listOwnedObjects,
  objectBcs,
  type StoredObject,
  type TransactionRecord,
} from './index.ts';
import { createdBy, type Demo, openDemo, SUI_COIN, send, simulate } from './testing/fixture.ts';

let d: Demo;
beforeAll(async () => {
  d = await openDemo({ seed: 'party', clock: 'logical' });
});
afterAll(() => closeLedger(d.ledger));

const alice = () => d.alice.toSuiAddress();
const bob = () => d.bob.toSuiAddress();
const live = (id: string) => getObject(d.ledger, id) as StoredObject;
const THING = () => `${d.demo}::things::Thing`;
const statusOf = (record: { readonly effects: TransactionRecord['effects'] }) => record.effects.error?.status;

type Object = ReturnType<Transaction['object']>;

/** Gives an object to the party of `owner`. */
const toParty = (tx: Transaction, thing: Object, owner: string, type = THING()): void => {
  const party = tx.moveCall({ target: '0x2::party::single_owner', arguments: [tx.pure.address(owner)] });
  tx.moveCall({ target: '0x2::transfer::public_party_transfer', typeArguments: [type], arguments: [thing, party] });
};

const make = async (owner: string): Promise<{ id: string; record: TransactionRecord }> => {
  const record = await send(d.ledger, d.alice, (tx) => {
    toParty(tx, tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(3)] }) as never, owner);
  });
  return { id: (createdBy(d.ledger, record, '::Thing')[0] as StoredObject).id, record };
};

test('is owned since the transaction that gave it, in the SDK’s encodings too', async () => {
  const { id, record } = await make(alice());
  const object = live(id);
  expect(object.owner).toEqual({ kind: 'consensus', address: alice().slice(2), startVersion: object.version });
  const decoded = bcs.Object.parse(objectBcs(object));
  expect(decoded.owner).toMatchObject({
    ConsensusAddressOwner: { startVersion: String(object.version), owner: alice() },
  });
  expect(bcs.Object.serialize(decoded).toBytes()).toEqual(objectBcs(object));
  const effects = bcs.TransactionEffects.parse(record.effectsBcs);
  expect(bcs.TransactionEffects.serialize(effects).toBytes()).toEqual(record.effectsBcs);
});

test('its owner changes it like a shared object; the start stays, the version moves', async () => {
  const { id } = await make(alice());
  const before = live(id);
  const record = await send(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::set`, arguments: [object(id), tx.pure.u64(8)] });
  });
  expect(record.effects.error).toBeNull();
  expect(live(id).owner).toEqual(before.owner);
  expect(live(id).version).toBeGreaterThan(before.version);
  const read = await send(d.ledger, d.alice, (tx, { object }) => {
    const other = tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(1)] });
    tx.moveCall({ target: `${d.demo}::things::add`, arguments: [object(id, false), other] });
    tx.transferObjects([other], alice());
  });
  expect(read.effects.unchangedConsensusObjects.map((object) => object.id)).toEqual([id]);
});

test('nobody else may take it, not even to read; and only as what it is', async () => {
  const { id } = await make(alice());
  const use = (by: Demo['alice'], mutable: boolean) =>
    send(d.ledger, by, (tx, { object }) => {
      const thing = object(id, mutable);
      tx.moveCall({ target: '0x2::object::id', typeArguments: [THING()], arguments: [thing] });
    });
  for (const mutable of [true, false])
    await expect(use(d.bob, mutable)).rejects.toMatchObject({ code: 'LEDGER_OBJECT_OWNER' });
  const { version, digest } = live(id);
  const as = (input: ReturnType<typeof Inputs.ObjectRef>) =>
    send(d.ledger, d.alice, (tx) => {
      tx.moveCall({ target: '0x2::object::id', typeArguments: [THING()], arguments: [tx.object(input)] });
    });
  const objectId = `0x${id}`;
  await expect(as(Inputs.ObjectRef({ objectId, version, digest }))).rejects.toMatchObject({
    code: 'LEDGER_OBJECT_NOT_OWNED',
  });
  await expect(as(Inputs.ReceivingRef({ objectId, version, digest }))).rejects.toMatchObject({
    code: 'LEDGER_OBJECT_NOT_OWNED',
  });
  await expect(as(Inputs.SharedObjectRef({ objectId, initialSharedVersion: 1, mutable: true }))).rejects.toMatchObject({
    code: 'LEDGER_SHARED_VERSION',
  });
});

test('by value it goes to another party (a new start), the same one (the old start), an address, a box, or away', async () => {
  const { id } = await make(alice());
  const since = live(id).owner;
  await send(d.ledger, d.alice, (tx, { object }) => toParty(tx, object(id) as Object, alice()));
  expect(live(id).owner).toEqual(since);
  await send(d.ledger, d.alice, (tx, { object }) => toParty(tx, object(id) as Object, bob()));
  expect(live(id).owner).toEqual({ kind: 'consensus', address: bob().slice(2), startVersion: live(id).version });
  await send(d.ledger, d.bob, (tx, { object }) => tx.transferObjects([object(id)], alice()));
  expect(live(id).owner).toEqual({ kind: 'address', address: alice().slice(2) });
  const boxed = await make(alice());
  const record = await send(d.ledger, d.alice, (tx, { object }) => {
    tx.transferObjects([tx.moveCall({ target: `${d.demo}::things::wrap`, arguments: [object(boxed.id)] })], alice());
  });
  expect(record.effects.error).toBeNull();
  expect(getObject(d.ledger, boxed.id)).toBeUndefined();
  const gone = await make(alice());
  await send(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::burn`, arguments: [object(gone.id)] });
  });
  expect(getObject(d.ledger, gone.id)).toBeUndefined();
  const iced = await make(alice());
  await send(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::freeze_it`, arguments: [object(iced.id)] });
  });
  expect(live(iced.id).owner).toEqual({ kind: 'immutable' });
});

test('it cannot become shared, and a party of several or of few rights cannot be', async () => {
  const { id } = await make(alice());
  const shared = await simulate(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::share_thing`, arguments: [object(id)] });
  });
  expect(statusOf(shared)).toMatchObject({ MoveAbort: [{ module: { name: 'transfer' } }, '0'] });
});

test('the client lists it, resolves it as an input, and never pays with a coin of it', async () => {
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://ledger', fetch: embeddedFetch(d.ledger) });
  const { id } = await make(bob());
  const { object } = await client.getObject({ objectId: id });
  expect(object.owner).toMatchObject({ $kind: 'ConsensusAddressOwner', ConsensusAddressOwner: { owner: bob() } });
  const { objects } = await client.listOwnedObjects({ owner: bob(), type: THING() });
  expect(objects.map((one) => one.objectId)).toEqual([`0x${id}`]);

  const before = listBalances(d.ledger, bob())[0]?.balance as bigint;
  const given = await send(d.ledger, d.bob, (tx) => {
    const [coin] = tx.splitCoins(tx.gas, [80_000_000_000n]);
    toParty(tx, coin as never, bob(), SUI_COIN);
  });
  const coin = (createdBy(d.ledger, given, '::Coin<')[0] as StoredObject).id;
  expect(listOwnedObjects(d.ledger, { owner: bob(), type: SUI_COIN, limit: 1 }).items[0]?.id).toBe(coin);
  expect(before - (listBalances(d.ledger, bob())[0]?.balance as bigint)).toBeLessThan(1_000_000_000n);

  const tx = new Transaction();
  tx.setSender(bob());
  tx.moveCall({ target: `${d.demo}::things::set`, arguments: [tx.object(id), tx.pure.u64(5)] });
  const sent = await client.signAndExecuteTransaction({ transaction: tx, signer: d.bob, include: { effects: true } });
  expect(sent.$kind).toBe('Transaction');
  expect(tx.getData().gasData.payment?.map((one) => one.objectId) ?? []).not.toContain(`0x${coin}`);
  expect(live(coin).version).toBe(given.effects.lamportVersion);
});
