import { bcs } from '@mysten/sui/bcs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  closeLedger,
  executeTransaction,
  getObject,
  getTransaction,
  listOwnedObjects,
  replayLedger,
  type StoredObject,
  simulateTransaction,
  stateDigest,
} from './index.ts';
import { createdBy, openDemo, packageIn, SUI_COIN, send, signBy } from './testing/fixture.ts';
import { fuzzRuns } from './testing/fuzz.ts';

/** Inputs: 0 a Thing, 1 a shared Counter, 2 a coin, 3 a number, 4 an address, 5 the clock. Arguments that fit each function. */
const FITTING: Readonly<Record<string, readonly number[]>> = {
  make: [3],
  set: [0, 3],
  add: [0, 0],
  swap: [0, 0],
  burn: [0],
  wrap: [0],
  share: [],
  increment: [1],
  reshare: [1],
  delete_counter: [1],
  freeze_counter: [1],
  add_field: [1, 3, 3],
  remove_field: [1, 3],
  attach: [1, 3, 0],
  detach: [1, 3],
  cook: [3],
  eat: [6],
  warm: [6, 3],
  unwrap: [6],
  bump: [3],
  private_entry: [3],
  hidden: [3],
  now: [5],
  pay: [2, 3],
  burn_box: [6],
  freeze_it: [0],
  share_thing: [0],
  overflow: [3],
  plain_abort: [],
  keep: [1, 4],
  nothing: [],
  lend: [0],
  call_hidden: [3],
};

const any = fc.oneof(
  fc.constant({ GasCoin: true }),
  fc.nat(7).map((index) => ({ Input: index })),
  fc.nat(3).map((index) => ({ Result: index })),
  fc.tuple(fc.nat(3), fc.nat(1)).map((pair) => ({ NestedResult: pair })),
);

/** Input that holds a Thing of a party of one: it fits where a Thing does. */
const PARTY = 6;

/** The fitting input mostly, some result or anything at times. Index 6 stands for a result. */
const near = (input: number) => {
  const result = fc.nat(2).map((index) => ({ Result: index }));
  const own = fc.constant({ Input: input });
  const fitting = input === 6 ? result : input === 0 ? fc.oneof(own, fc.constant({ Input: PARTY })) : own;
  return fc.oneof({ weight: 12, arbitrary: fitting }, { weight: 3, arbitrary: result }, { weight: 1, arbitrary: any });
};
const some = (input: number) => fc.array(near(input), { minLength: 1, maxLength: 2 });

const callOf = (demo: string) =>
  fc.constantFrom(...Object.entries(FITTING)).chain(([name, inputs]) =>
    fc.tuple(...inputs.map(near)).map((given) => ({
      MoveCall: { package: demo, module: 'things', function: name, typeArguments: [], arguments: given },
    })),
  );

const commandFor = (demo: string) =>
  fc.oneof(
    { weight: 6, arbitrary: callOf(demo) },
    {
      weight: 1,
      arbitrary: fc
        .record({ objects: fc.oneof(some(0), some(2), some(1), some(6)), address: near(4) })
        .map((it) => ({ TransferObjects: it })),
    },
    { weight: 1, arbitrary: fc.record({ coin: near(2), amounts: some(3) }).map((it) => ({ SplitCoins: it })) },
    {
      weight: 1,
      arbitrary: fc
        .record({ destination: near(2), sources: fc.array(any, { minLength: 1, maxLength: 2 }) })
        .map((it) => ({ MergeCoins: it })),
    },
    {
      weight: 1,
      arbitrary: fc
        .record({ type: fc.constantFrom(null, 'u64', `${demo}::things::Thing`), elements: fc.oneof(some(0), some(3)) })
        .map((it) => ({ MakeMoveVec: it })),
    },
  );

test('no combination of commands breaks the ledger: it ends in effects or in one of its errors', async () => {
  const { ledger, alice, published } = await openDemo();
  const demo = packageIn(published);
  const owned = (ending: string) =>
    listOwnedObjects(ledger, { owner: alice.toSuiAddress(), limit: 1, type: ending }).items[0];
  const refresh = async () => {
    const made = await send(ledger, alice, (tx) => {
      const thing = tx.moveCall({ target: `${demo}::things::make`, arguments: [tx.pure.u64(5)] });
      tx.moveCall({ target: `${demo}::things::share` });
      tx.transferObjects([thing, tx.splitCoins(tx.gas, [1_000])], alice.toSuiAddress());
      tx.moveCall({
        target: '0x2::transfer::public_party_transfer',
        typeArguments: [`${demo}::things::Thing`],
        arguments: [
          tx.moveCall({ target: `${demo}::things::make`, arguments: [tx.pure.u64(6)] }),
          tx.moveCall({ target: '0x2::party::single_owner', arguments: [tx.pure.address(alice.toSuiAddress())] }),
        ],
      });
    });
    return createdBy(ledger, made);
  };
  const asOwned = ({ id, version, digest }: StoredObject) => ({
    Object: { ImmOrOwnedObject: { objectId: `0x${id}`, version, digest } },
  });
  const asShared = (id: string, initialSharedVersion: number, mutable: boolean) => ({
    Object: { SharedObject: { objectId: id, initialSharedVersion, mutable } },
  });
  let created: StoredObject[] = [];
  const outcomes = new Map<string, number>();
  const run = async (commands: readonly unknown[]) => {
    if (created.some((object) => getObject(ledger, object.id)?.digest !== object.digest) || created.length === 0)
      created = await refresh();
    const found = (type: string, kind: StoredObject['owner']['kind']) =>
      created.find((object) => object.type.includes(type) && object.owner.kind === kind) as StoredObject;
    const [thing, counter, coin] = [
      found('::Thing', 'address'),
      found('::Counter', 'shared'),
      found('::Coin<', 'address'),
    ];
    const party = found('::Thing', 'consensus');
    const gas = owned(SUI_COIN) as StoredObject;
    const inputs = [
      asOwned(thing),
      asShared(`0x${counter.id}`, counter.version, true),
      asOwned(coin),
      { Pure: { bytes: bcs.u64().serialize(7).toBytes() } },
      { Pure: { bytes: Buffer.from(alice.toSuiAddress().slice(2), 'hex') } },
      asShared('0x6', 1, false),
      asShared(`0x${party.id}`, party.version, true),
    ];
    const data = {
      V1: {
        kind: { ProgrammableTransaction: { inputs, commands } },
        sender: alice.toSuiAddress(),
        gasData: {
          payment: [{ objectId: `0x${gas.id}`, version: gas.version, digest: gas.digest }],
          owner: alice.toSuiAddress(),
          price: 1_000,
          budget: 50_000_000,
        },
        expiration: { None: true },
      },
    };
    const bytes = bcs.TransactionData.serialize(data as never).toBytes();
    try {
      const record = executeTransaction(ledger, bytes, [await signBy(alice, bytes)]);
      const status = Object.keys(record.effects.error?.status ?? { Success: true })[0] as string;
      outcomes.set(status, (outcomes.get(status) ?? 0) + 1);
      expect(getTransaction(ledger, record.digest)).toEqual(record);
      expect(bcs.TransactionEffects.parse(record.effectsBcs).V2?.lamportVersion).toBe(
        String(record.effects.lamportVersion),
      );
      expect(['VMInvariantViolation', 'InvariantViolation']).not.toContain(status);
      simulateTransaction(ledger, { transaction: withoutGas(bytes), checks: 'disabled' });
    } catch (thrown) {
      if (!(thrown instanceof Error) || !('code' in thrown) || !String(thrown.code).startsWith('LEDGER_')) throw thrown;
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(commandFor(demo), { minLength: 1, maxLength: 4 }), run), fuzzRuns(250, 7));
  expect(outcomes.get('Success')).toBeGreaterThan(0);
  expect(outcomes.size).toBeGreaterThan(5);
  expect((await replayLedger(ledger)).stateDigest).toBe(stateDigest(ledger));
  closeLedger(ledger);
});

const withoutGas = (bytes: Uint8Array): Uint8Array => {
  const data = bcs.TransactionData.parse(bytes);
  data.V1.gasData.payment = [];
  data.V1.kind.ProgrammableTransaction?.inputs.splice(
    0,
    3,
    { Pure: { bytes: 'AA==' } } as never,
    { Pure: { bytes: 'AA==' } } as never,
    { Pure: { bytes: 'AA==' } } as never,
  );
  return bcs.TransactionData.serialize(data).toBytes();
};
