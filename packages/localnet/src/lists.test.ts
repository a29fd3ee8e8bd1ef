import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bcs } from '@mysten/sui/bcs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  advanceClock,
  advanceEpochIfDue,
  chainState,
  closeLedger,
  fundAddress,
  getCheckpoint,
  getObject,
  getPackage,
  type Ledger,
  ledgerSize,
  ledgerVm,
  listBalances,
  listObjectsOfType,
  listOwnedObjects,
  listTransactions,
  openLedger,
  readFramework,
  type StoredObject,
  startAutoAdvance,
  type TransactionQuery,
  type TransactionRecord,
  treasuryAddress,
} from './index.ts';
import { createdBy, type Demo, openDemo, SUI_COIN, send } from './testing/fixture.ts';

let d: Demo;
const FRIEND = `0x${'f'.repeat(64)}`;
beforeAll(async () => {
  d = await openDemo();
  for (const mist of [5n, 900n, 40n, 40n, 2n ** 63n]) fundAddress(d.ledger, FRIEND, mist);
  await send(d.ledger, d.alice, (tx) => {
    for (const value of [1, 2, 3])
      tx.transferObjects([tx.moveCall({ target: `${d.demo}::things::make`, arguments: [tx.pure.u64(value)] })], FRIEND);
  });
});
afterAll(() => closeLedger(d.ledger));

const balance = (coin: StoredObject): bigint => Buffer.from(coin.contents).readBigUInt64LE(32);

/** All pages of a listing. */
const pages = (ledger: Ledger, limit: number, type?: string): StoredObject[][] => {
  const found: StoredObject[][] = [];
  let cursor: Uint8Array | undefined;
  do {
    const page = listOwnedObjects(ledger, {
      owner: FRIEND,
      limit,
      ...(type ? { type } : {}),
      ...(cursor ? { cursor } : {}),
    });
    found.push([...page.items]);
    cursor = page.next;
  } while (cursor);
  return found;
};

describe('owned objects', () => {
  test('come in pages of any size without gap or double, and no page follows the last', () => {
    const all = pages(d.ledger, 50).flat();
    expect(all).toHaveLength(8);
    for (const limit of [1, 2, 3, 4, 8]) {
      const listed = pages(d.ledger, limit);
      expect(listed.flat().map((object) => object.id)).toEqual(all.map((object) => object.id));
      expect(listed).toHaveLength(Math.ceil(8 / limit));
    }
  });

  test('coins by balance, the largest first, also above 2^63', () => {
    const expected = [2n ** 63n, 900n, 40n, 40n, 5n];
    for (const limit of [1, 2, 50]) {
      expect(pages(d.ledger, limit, SUI_COIN).flat().map(balance)).toEqual(expected);
      expect(pages(d.ledger, limit, '0x2::coin::Coin').flat().map(balance)).toEqual(expected);
    }
    expect(listBalances(d.ledger, FRIEND)).toMatchObject([{ balance: expected.reduce((a, b) => a + b), count: 5 }]);
  });

  test('types without objects and addresses without any give an empty page', () => {
    expect(pages(d.ledger, 5, '0x2::coin::Coin<0x2::nothing::NOTHING>')).toEqual([[]]);
    expect(listOwnedObjects(d.ledger, { owner: '0x1234', limit: 5 })).toEqual({ items: [] });
  });

  test('bad cursors, limits and addresses are errors', () => {
    expect(() => listOwnedObjects(d.ledger, { owner: FRIEND, limit: 0 })).toThrow(
      expect.objectContaining({ code: 'LEDGER_BAD_ARGUMENT' }),
    );
    expect(() => listOwnedObjects(d.ledger, { owner: FRIEND, limit: 1, cursor: new Uint8Array(3) })).toThrow(
      expect.objectContaining({ code: 'LEDGER_BAD_ARGUMENT' }),
    );
    expect(() => listOwnedObjects(d.ledger, { owner: 'friend', limit: 1 })).toThrow(
      expect.objectContaining({ code: 'LEDGER_BAD_ADDRESS' }),
    );
  });
});

describe('transactions', () => {
  test('both ways, by window, sender and call', () => {
    const all = listTransactions(d.ledger, { limit: 100 });
    expect(all.map((record) => record.sequence)).toEqual(all.map((_, i) => i));
    expect(listTransactions(d.ledger, { limit: 100, descending: true })).toEqual(all.toReversed());
    expect(listTransactions(d.ledger, { limit: 100, after: 1, before: 4 })).toEqual(all.slice(2, 4));
    const treasury = listTransactions(d.ledger, { limit: 100, filter: { sender: treasuryAddress(d.ledger) } });
    expect(treasury).toHaveLength(7);
    const calls = (filter: { module?: string; function?: string }) =>
      listTransactions(d.ledger, { limit: 100, filter: { call: { package: d.demo, ...filter } } }).map(
        (record) => record.sequence,
      );
    const last = all.at(-1)?.sequence;
    expect([calls({}), calls({ module: 'things' }), calls({ module: 'things', function: 'make' })]).toEqual([
      [last],
      [last],
      [last],
    ]);
    expect(calls({ module: 'things', function: 'burn' })).toEqual([]);
  });

  test('every one is in its checkpoint', () => {
    for (const record of listTransactions(d.ledger, { limit: 100 })) {
      const checkpoint = getCheckpoint(d.ledger, record.checkpoint);
      expect(checkpoint?.contents).toContainEqual({ transaction: record.digest, effects: record.effectsDigest });
      expect(getCheckpoint(d.ledger, checkpoint?.digest as string)).toEqual(checkpoint);
    }
    expect(getCheckpoint(d.ledger, 0)?.digest).toBe(chainState(d.ledger).chainId);
    expect(getCheckpoint(d.ledger, 9_999)).toBeUndefined();
  });
});

test('genesis has the system’s objects where clients expect them', () => {
  for (const id of ['0x5', '0x6', '0x8'])
    expect(getObject(d.ledger, id)?.owner).toEqual({ kind: 'shared', initialVersion: 1 });
  for (const id of ['0x1', '0x2'])
    expect(getObject(d.ledger, id)).toMatchObject({ type: 'package', owner: { kind: 'immutable' } });
  expect(ledgerVm(d.ledger).resolveType('0x2::vec_map::VecMap<u8, 0x2::sui::SUI>').text).toBe(
    `0x${'2'.padStart(64, '0')}::vec_map::VecMap<u8,0x${'2'.padStart(64, '0')}::sui::SUI>`,
  );
  expect(listObjectsOfType(d.ledger, '0x2::clock::Clock').map((object) => object.id)).toEqual(['6'.padStart(64, '0')]);
  expect(ledgerSize(d.ledger)).toMatchObject({ transactions: listTransactions(d.ledger, { limit: 100 }).length });
});

test('a framework from files makes the same packages as the built-in one', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'framework-'));
  const files = bcs.vector(bcs.byteVector());
  for (const [id, name] of [
    ['0x1', 'move-stdlib'],
    ['0x2', 'sui-framework'],
  ] as const) {
    const modules = [...(getPackage(d.ledger, id)?.modules.values() ?? [])];
    writeFileSync(join(directory, name), files.serialize(modules).toBytes());
  }
  const ledger = await openLedger({ framework: readFramework(directory) });
  expect(getPackage(ledger, '0x2')?.modules).toEqual(getPackage(d.ledger, '0x2')?.modules);
  fundAddress(ledger, FRIEND, 5n);
  closeLedger(ledger);
  writeFileSync(join(directory, 'broken'), 'x');
  expect(() => readFramework(directory)).toThrow(expect.objectContaining({ code: 'LEDGER_FRAMEWORK_BAD' }));
  rmSync(directory, { recursive: true });
});

test('epochs end by themselves when asked to', async () => {
  const ledger = await openLedger({ epochDurationMs: 1_000, startTimeMs: 5_000, clock: 'logical' });
  expect(advanceEpochIfDue(ledger, 5_999)).toBe(false);
  expect(advanceEpochIfDue(ledger, 6_000)).toBe(true);
  expect(chainState(ledger).epoch).toBe(1);
  expect(advanceEpochIfDue(ledger)).toBe(false);
  advanceClock(ledger, 1_000);
  expect(advanceEpochIfDue(ledger)).toBe(true);
  closeLedger(ledger);
  const wall = await openLedger({ epochDurationMs: 10 });
  const stop = startAutoAdvance(wall, { everyMs: 5, onError: () => {} });
  await expect.poll(() => chainState(wall).epoch).toBeGreaterThan(1);
  stop();
  closeLedger(wall);
});

/** Makes a shared counter and gives its id. */
const openCounter = async (own: Demo): Promise<string> => {
  const record = await send(own.ledger, own.alice, (tx) => void tx.moveCall({ target: `${own.demo}::things::share` }));
  return (createdBy(own.ledger, record, '::Counter')[0] as StoredObject).id;
};

/** Sequences of a listing, read page by page. */
const paged = (own: Demo, query: TransactionQuery): number[] => {
  const found: number[] = [];
  for (;;) {
    const last = found.at(-1);
    const bound = last === undefined ? {} : query.descending ? { before: last } : { after: last };
    const page = listTransactions(own.ledger, { ...query, ...bound });
    if (page.length === 0) return found;
    found.push(...page.map(({ sequence }) => sequence));
  }
};

test('transactions of objects, page by page both ways, also beside other conditions', async () => {
  const own = await openDemo();
  const [first, second] = await Promise.all([openCounter(own), openCounter(own)]);
  const increment = (id: string): Promise<TransactionRecord> =>
    send(own.ledger, own.alice, (tx, { object }) => {
      tx.moveCall({ target: `${own.demo}::things::increment`, arguments: [object(id)] });
    });
  for (const id of [first, second, first, first, second, first]) await increment(id);
  for (const objects of [[first], [second], [first, second]])
    for (const descending of [false, true])
      for (const sender of [undefined, own.alice.toSuiAddress(), treasuryAddress(own.ledger)]) {
        const filter = { objects, ...(sender === undefined ? {} : { sender }) };
        const changes = ({ effects, sequence }: TransactionRecord): boolean =>
          effects.changedObjects.some(({ id }) => objects.includes(id)) &&
          (sender !== treasuryAddress(own.ledger) || sequence < 0);
        const expected = listTransactions(own.ledger, { limit: 1_000, descending }).filter(changes);
        expect(paged(own, { limit: 2, descending, filter })).toEqual(expected.map(({ sequence }) => sequence));
      }
  closeLedger(own.ledger);
});
