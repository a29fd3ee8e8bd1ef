import { afterAll, beforeAll, expect, test } from 'vitest';
import { chainState, closeLedger, type StoredObject, submitTransaction } from './index.ts';
import { stateOf } from './internal/state.ts';
import { buildTransaction, createdBy, type Demo, openDemo, send, signBy } from './testing/fixture.ts';

let d: Demo;
let counter: string;

beforeAll(async () => {
  d = await openDemo();
  const made = await send(d.ledger, d.alice, (t) => void t.moveCall({ target: `${d.demo}::things::share` }));
  counter = (createdBy(d.ledger, made, '::Counter')[0] as StoredObject).id;
});
afterAll(() => closeLedger(d.ledger));

type Signed = readonly [transaction: Uint8Array, signature: Uint8Array];

/** Signed calls that share an object and pay with a coin each. */
const signedCalls = async (count: number): Promise<Signed[]> => {
  const split = await send(d.ledger, d.alice, (t) => {
    const coins = t.splitCoins(t.gas, new Array(count).fill(20_000_000));
    t.transferObjects(
      Array.from({ length: count }, (_, i) => coins[i] as never),
      d.alice.toSuiAddress(),
    );
  });
  const target = `${d.demo}::things::increment`;
  return Promise.all(
    createdBy(d.ledger, split).map(async ({ id }): Promise<Signed> => {
      const bytes = await buildTransaction(
        d.ledger,
        d.alice,
        (t, { object }) => void t.moveCall({ target, arguments: [object(counter)] }),
        { gas: [id], budget: 20_000_000n },
      );
      return [bytes, await signBy(d.alice, bytes)];
    }),
  );
};

const submit = ([transaction, signature]: Signed) => submitTransaction(d.ledger, transaction, [signature]);

test('transactions submitted together run in that order, each in a checkpoint of its own', async () => {
  const before = chainState(d.ledger).checkpoint;
  const records = await Promise.all((await signedCalls(100)).map(submit));
  expect(records.map(({ effects }) => effects.error)).toEqual(records.map(() => null));
  expect(records.map(({ checkpoint }) => checkpoint)).toEqual(records.map((_, i) => before + 2 + i));
});

test('one that is refused stands in nobody else’s way', async () => {
  const [first, forged, spent, last] = (await signedCalls(4)) as [Signed, Signed, Signed, Signed];
  const wrong = Uint8Array.from(forged[1]);
  wrong[5] = (wrong[5] as number) ^ 1;
  await submit(spent);
  const again = await buildTransaction(d.ledger, d.alice, () => {}, { budget: 20_000_000n });
  const stale = [again, await signBy(d.alice, again)] as const; // its coin is spent by the transaction before
  await send(d.ledger, d.alice, () => {}, { budget: 21_000_000n });
  const ends = await Promise.allSettled([first, [forged[0], wrong] as const, stale, spent, last].map(submit));
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled', 'fulfilled']);
  expect(ends[1]).toMatchObject({ reason: { code: 'LEDGER_BAD_SIGNATURE' } });
  expect(ends[2]).toMatchObject({ reason: { code: 'LEDGER_OBJECT_VERSION' } });
});

test('the same transaction twice at a time is executed once', async () => {
  const [call] = (await signedCalls(1)) as [Signed];
  const before = chainState(d.ledger).checkpoint;
  const [once, twice] = await Promise.all([submit(call), submit(call)]);
  expect(twice).toEqual(once);
  expect(chainState(d.ledger).checkpoint).toBe(before + 1);
});

test('what was tried ahead is done again when another transaction came between', async () => {
  const [call] = (await signedCalls(1)) as [Signed];
  const submitted = submit(call); // tried on the present head, and verified meanwhile
  await send(d.ledger, d.bob, (t) => void t.transferObjects([t.splitCoins(t.gas, [1])], d.bob.toSuiAddress()));
  const record = await submitted;
  expect(record.effects.error).toBeNull();
  expect(record.checkpoint).toBeLessThanOrEqual(chainState(d.ledger).checkpoint);
});

test('a fault of the store fails what cannot be written, and nothing else', async () => {
  const [first, second] = (await signedCalls(2)) as [Signed, Signed];
  const { db } = stateOf(d.ledger);
  const before = chainState(d.ledger).checkpoint;
  db.handle.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON main.transactions
    WHEN NEW.checkpoint > ${before + 1} BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  const ends = await Promise.allSettled([submit(first), submit(second)]);
  db.handle.exec('DROP TRIGGER full');
  expect(ends.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(chainState(d.ledger).checkpoint).toBe(before + 1);
  expect((await submit(second)).checkpoint).toBe(before + 2);
});
