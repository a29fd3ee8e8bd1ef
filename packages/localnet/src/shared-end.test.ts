/** Transactions that name a shared object which ended before they came: executed to a failure while the epoch lasts. */
import { bcs } from '@mysten/sui/bcs';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  advanceEpoch,
  closeLedger,
  embeddedFetch,
  executeTransaction,
  getObject,
  getTransaction,
  replayLedger,
  type StoredObject,
  simulateTransaction,
  stateDigest,
} from './index.ts';
import { type Build, buildTransaction, createdBy, type Demo, openDemo, send, signBy } from './testing/fixture.ts';

let d: Demo;
beforeAll(async () => {
  d = await openDemo({ seed: 'shared end', clock: 'logical' });
});
afterAll(() => closeLedger(d.ledger));

const share = async (): Promise<string> => {
  const record = await send(d.ledger, d.alice, (tx) => void tx.moveCall({ target: `${d.demo}::things::share` }));
  return (createdBy(d.ledger, record, '::Counter')[0] as StoredObject).id;
};
const end = (id: string) =>
  send(d.ledger, d.alice, (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::delete_counter`, arguments: [object(id)] });
  });
const using =
  (id: string, mutable: boolean): Build =>
  (tx, { object }) => {
    tx.moveCall({ target: `${d.demo}::things::${mutable ? 'increment' : 'count'}`, arguments: [object(id, mutable)] });
  };

test.each([
  ['to be written', true],
  ['to be read', false],
] as const)('%s: a failure that costs gas, and tells at which version it ended', async (_name, mutable) => {
  const id = await share();
  const late = await buildTransaction(d.ledger, d.bob, using(id, mutable));
  const ended = await end(id);
  const simulated = simulateTransaction(d.ledger, { transaction: late, checks: 'enabled' });
  const record = executeTransaction(d.ledger, late, [await signBy(d.bob, late)]);
  expect(record.effects).toEqual(simulated.effects);
  expect(record.effects.error?.status).toEqual({ InputObjectDeleted: true });
  expect(record.effects.gasUsed.computationCost).toBe(1_000_000n);
  expect(record.effects.unchangedConsensusObjects).toEqual([
    { kind: 'ended', id, version: ended.effects.lamportVersion, use: mutable ? 'mutable' : 'read' },
  ]);
  expect(record.effects.lamportVersion).toBeGreaterThan(ended.effects.lamportVersion);
  expect(record.effects.changedObjects).toHaveLength(1); // the gas coin
  const decoded = bcs.TransactionEffects.parse(record.effectsBcs);
  expect(decoded.V2?.unchangedConsensusObjects[0]?.[1].$kind).toBe(
    mutable ? 'MutateConsensusStreamEnded' : 'ReadConsensusStreamEnded',
  );
  expect(bcs.TransactionEffects.serialize(decoded).toBytes()).toEqual(record.effectsBcs);
  expect(getTransaction(d.ledger, record.digest)).toEqual(record);
  const client = new SuiGrpcClient({ network: 'localnet', baseUrl: 'http://ledger', fetch: embeddedFetch(d.ledger) });
  const read = await client.getTransaction({ digest: record.digest, include: { effects: true } });
  expect(read.FailedTransaction?.effects?.unchangedConsensusObjects).toMatchObject([
    { objectId: `0x${id}`, kind: mutable ? 'MutateConsensusStreamEnded' : 'ReadConsensusStreamEnded' },
  ]);
});

test('in the next epoch it is as if it never was; a wrong initial version never finds it', async () => {
  const id = await share();
  const late = await buildTransaction(d.ledger, d.bob, using(id, true));
  const data = bcs.TransactionData.parse(late);
  const input = data.V1.kind.ProgrammableTransaction?.inputs[0]?.Object?.SharedObject as {
    initialSharedVersion: string;
  };
  input.initialSharedVersion = '1';
  const wrong = bcs.TransactionData.serialize(data).toBytes();
  await end(id);
  const refusal = expect.objectContaining({ code: 'LEDGER_OBJECT_NOT_FOUND' });
  const signature = await signBy(d.bob, wrong);
  expect(() => executeTransaction(d.ledger, wrong, [signature])).toThrow(refusal);
  advanceEpoch(d.ledger);
  const own = await signBy(d.bob, late);
  expect(() => executeTransaction(d.ledger, late, [own])).toThrow(refusal);
});

test('what a party owned and gave to an address has ended for transactions that take it from the party', async () => {
  const made = await send(d.ledger, d.alice, (tx) => {
    const thing = tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(3)] });
    const party = tx.moveCall({
      target: '0x2::party::single_owner',
      arguments: [tx.pure.address(d.alice.toSuiAddress())],
    });
    tx.moveCall({
      target: '0x2::transfer::public_party_transfer',
      typeArguments: [`${d.demo}::things::Thing`],
      arguments: [thing, party],
    });
  });
  const { id } = createdBy(d.ledger, made, '::Thing')[0] as StoredObject;
  const late = await buildTransaction(
    d.ledger,
    d.alice,
    (tx, { object }) => {
      tx.moveCall({ target: `${d.demo}::things::set`, arguments: [object(id), tx.pure.u64(1)] });
    },
    { gas: [] },
  );
  await send(d.ledger, d.alice, (tx, { object }) => tx.transferObjects([object(id)], d.bob.toSuiAddress()));
  const { effects } = simulateTransaction(d.ledger, { transaction: late, checks: 'enabled' });
  expect(effects.error?.status).toEqual({ InputObjectDeleted: true });
  expect(getObject(d.ledger, id)?.owner).toEqual({ kind: 'address', address: d.bob.toSuiAddress().slice(2) });
});

test('such failures are part of the history that can be executed again', async () => {
  expect((await replayLedger(d.ledger)).stateDigest).toBe(stateDigest(d.ledger));
});
