/** Commits between their log and their rows: what is left when the process ends there, and what happens when a file refuses. */
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { useFaultyFiles } from '../../../../base/src/testing/faulty-files.ts';
import { commitInput, refusalRecord, requestInput, stackTerms } from '../../testing/ledger-fixtures.ts';
import { aesSeal } from '../seal.ts';
import type { Store } from '../types.ts';
import { type Committed, fromRecord, toRecord } from './charged.ts';
import { WAIT_MS } from './database.ts';
import { openSqliteStore, type SqliteStoreOptions } from './store.ts';

const { newPath: fileOf, replace } = useFaultyFiles();
const newPath = (): string => fileOf('node.sqlite');
const full = (): never => {
  throw Error('no space left');
};

const open = (path: string, more: Partial<SqliteStoreOptions> = {}): Store =>
  openSqliteStore({ path, durability: 'process', ...more });
const withStack = async (path: string, more: Partial<SqliteStoreOptions> = {}): Promise<Store> => {
  const store = open(path, more);
  await store.putStack(stackTerms(7n), 0);
  return store;
};
const serve = async (store: Store, n: number, body?: string) => {
  await store.reserve({ ...requestInput(7n, n, body), bound: 100n });
  return store.commit(commitInput(7n, n, BigInt(n)));
};
/** The files as they are now: what a process that is killed now leaves. */
const leftBy = (path: string): string => {
  const copy = newPath();
  for (const end of ['', '-wal', '-commits']) if (existsSync(path + end)) copyFileSync(path + end, copy + end);
  return copy;
};
/** Commits in the database itself. */
const rowsIn = (path: string): number => {
  const db = new DatabaseSync(path, { readOnly: true });
  const row = db.prepare('SELECT count(*) AS n FROM request').get() as { n: number };
  db.close();
  return row.n;
};
const expectSound = async (store: Store, leaves: number): Promise<void> => {
  expect(await store.checkInvariants({ chain: true })).toEqual([]);
  expect(await store.listLeaves(7n)).toHaveLength(leaves);
};
const soon = { interval: WAIT_MS / 5 };

test('killed before its rows are written: commit, body and answer are there, and the next leaf follows', async () => {
  const path = newPath();
  const store = await withStack(path);
  const told = [await serve(store, 1), await serve(store, 2)];
  const copy = leftBy(path);
  expect(rowsIn(copy)).toBe(0);
  const next = open(copy);
  expect(await next.recover()).toEqual({ breaches: [], quarantined: [] });
  expect(rowsIn(copy)).toBe(2);
  expect((await next.listLeaves(7n)).map(({ receipt }) => receipt)).toEqual(told.map(({ receipt }) => receipt));
  const { requestId, body } = requestInput(7n, 2);
  expect(await next.findBody(7n, requestId)).toEqual(body);
  expect(await next.findResponse(7n, requestId)).toEqual(commitInput(7n, 2, 2n).response);
  expect(await serve(next, 3)).toMatchObject({ index: 2, cumulative: 6n });
  await expectSound(next, 3);
  await next.close();
  await store.close();
});

test('every way to read shows a commit at once; its rows are written soon, and the log is gone at the end', async () => {
  const path = newPath();
  const store = await withStack(path);
  await serve(store, 1);
  expect((await store.findRequest(7n, requestInput(7n, 1).requestId))?.state).toBe('committed');
  await serve(store, 2);
  expect((await store.listStacks())[0]).toMatchObject({ consumed: 3n, nextLeaf: 2 });
  await serve(store, 3);
  expect((await store.totals()).consumed).toBe(6n);
  await serve(store, 4);
  expect(await store.reserve({ ...requestInput(7n, 4), bound: 1n })).toMatchObject({ kind: 'known' });
  expect((await store.refuse(requestInput(7n, 4), refusalRecord('x'), 'refused')).state).toBe('committed');
  await serve(store, 5);
  const copy = newPath();
  await store.backup(copy);
  expect(rowsIn(copy)).toBe(5);
  await serve(store, 6);
  expect(statSync(`${path}-commits`).mode & 0o777).toBe(0o600);
  await expect.poll(() => rowsIn(path), soon).toBe(6);
  await expectSound(store, 6);
  await store.close();
  expect(existsSync(`${path}-commits`)).toBe(false);
});

test('several at once share a transaction, behind what waits in the log', async () => {
  const path = newPath();
  const store = await withStack(path);
  await serve(store, 1);
  expect(rowsIn(path)).toBe(0);
  for (const n of [2, 3]) await store.reserve({ ...requestInput(7n, n), bound: 100n });
  const log = statSync(`${path}-commits`).size;
  const both = await Promise.all([2, 3].map((n) => store.commit(commitInput(7n, n, BigInt(n)))));
  expect(both.map(({ index, cumulative }) => [index, cumulative])).toEqual([
    [1, 3n],
    [2, 6n],
  ]);
  expect(rowsIn(path)).toBe(3);
  expect(statSync(`${path}-commits`).size).toBe(log);
  await expectSound(store, 3);
  await store.close();
});

test('one process writes; others may look meanwhile, and see what is in the log alone', async () => {
  const path = newPath();
  const store = await withStack(path);
  await serve(store, 1);
  const other = open(path);
  expect(await other.listLeaves(7n)).toHaveLength(1);
  await expect(other.reserve({ ...requestInput(7n, 9), bound: 1n })).rejects.toMatchObject({
    code: 'NODE_DATABASE_IN_USE',
  });
  await expect(other.recover()).rejects.toMatchObject({ code: 'NODE_DATABASE_IN_USE' });
  await serve(store, 2);
  await serve(store, 3);
  await expectSound(store, 3);
  await store.close();
  expect(await serve(other, 4)).toMatchObject({ index: 3, cumulative: 10n });
  await expectSound(other, 4);
  await other.close();
});

test('read in once more, a log changes nothing; larger than it may be, it is emptied', async () => {
  const path = newPath();
  const store = await withStack(path);
  await serve(store, 1);
  const log = readFileSync(`${path}-commits`);
  await serve(store, 2, 'x'.repeat(2 ** 20));
  expect(statSync(`${path}-commits`).size).toBeGreaterThan(2 ** 20);
  await expectSound(store, 2);
  expect(statSync(`${path}-commits`).size).toBeLessThan(100);
  await store.close();
  writeFileSync(`${path}-commits`, log);
  const next = open(path);
  expect(await next.recover()).toEqual({ breaches: [], quarantined: [] });
  await expectSound(next, 2);
  await next.close();
});

test('without room for the log a commit goes into the database; without room there, too, its request stays under way', async () => {
  const path = newPath();
  const store = await withStack(path);
  await serve(store, 1);
  replace({ writeSync: full });
  await serve(store, 2);
  expect(rowsIn(path)).toBe(2);
  const raw = new DatabaseSync(path);
  for (const table of ['response', 'setting'])
    raw.exec(`CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'disk is full'); END`);
  await store.reserve({ ...requestInput(7n, 3), bound: 100n });
  await expect(store.commit(commitInput(7n, 3, 3n))).rejects.toMatchObject({ code: 'NODE_STORAGE' });
  expect(await store.findStack(7n)).toMatchObject({ reserved: 100n, consumed: 3n, nextLeaf: 2 });
  await expect(store.reserve({ ...requestInput(7n, 4), bound: 1n })).rejects.toMatchObject({ code: 'NODE_STORAGE' });
  raw.exec('DROP TRIGGER full_response; DROP TRIGGER full_setting');
  raw.close();
  replace({});
  expect(await store.reserve({ ...requestInput(7n, 4), bound: 1n })).toMatchObject({ kind: 'reserved' });
  expect(await store.commit(commitInput(7n, 3, 3n))).toMatchObject({ index: 2, cumulative: 6n });
  await expectSound(store, 3);
  await store.close();
});

test('when the database refuses the rows they wait, nothing new is taken on, and none is lost', async () => {
  const path = newPath();
  const store = await withStack(path);
  const raw = new DatabaseSync(path);
  raw.exec(`CREATE TRIGGER no_rows BEFORE INSERT ON response BEGIN SELECT RAISE(ABORT, 'disk is full'); END`);
  await serve(store, 1);
  await expect
    .poll(() => store.reserve({ ...requestInput(7n, 2), bound: 1n }).catch((error) => error.code), soon)
    .toBe('NODE_STORAGE');
  const killed = leftBy(path);
  raw.exec('DROP TRIGGER no_rows');
  raw.close();
  expect(await store.reserve({ ...requestInput(7n, 3), bound: 1n })).toMatchObject({ kind: 'reserved' });
  await expectSound(store, 1);
  await store.close();
  const copy = new DatabaseSync(killed);
  copy.exec('DROP TRIGGER no_rows');
  copy.close();
  const next = open(killed);
  await expectSound(next, 1);
  await next.close();
});

test('a damaged log: the commits before count, stacks that serve are in quarantine once, and the file is kept', async () => {
  const path = newPath();
  const store = await withStack(path);
  await store.putStack(stackTerms(8n), 0);
  await store.moveStack(8n, ['open'], 'settled');
  await serve(store, 1);
  const { size } = statSync(`${path}-commits`);
  await serve(store, 2);
  await serve(store, 3);
  const copy = leftBy(path);
  const bytes = readFileSync(`${copy}-commits`);
  bytes[size + 200] = (bytes[size + 200] as number) ^ 1;
  writeFileSync(`${copy}-commits`, bytes);
  const next = open(copy);
  expect(await next.recover()).toEqual({ breaches: [], quarantined: [7n] });
  await expectSound(next, 1);
  expect(readFileSync(`${copy}-commits.damaged`)).toEqual(bytes);
  await next.moveStack(7n, ['quarantine'], 'open');
  await next.close();
  const again = open(copy);
  expect(await again.recover()).toEqual({ breaches: [], quarantined: [] });
  await again.close();
  await store.close();
});

test('a log that knows of later leaves than its database: that stack is in quarantine', async () => {
  const path = newPath();
  const store = await withStack(path);
  await store.putStack(stackTerms(8n), 0);
  const before = leftBy(path);
  await serve(store, 1);
  await expectSound(store, 1);
  await store.close();
  const later = open(path);
  await serve(later, 2);
  copyFileSync(`${path}-commits`, `${before}-commits`);
  await later.close();
  const next = open(before);
  expect((await next.recover()).quarantined).toEqual([7n]);
  expect(existsSync(`${before}-commits.damaged`)).toBe(true);
  await next.close();
});

test('an older copy put back over the database is in quarantine, once: places in its history were given to others', async () => {
  for (const durability of ['process', 'power'] as const) {
    const path = newPath();
    const store = await withStack(path, { durability });
    await store.recover();
    await serve(store, 1);
    await store.close();
    const copy = newPath();
    copyFileSync(path, copy);
    const later = open(path, { durability });
    expect(await later.recover()).toEqual({ breaches: [], quarantined: [] });
    await serve(later, 2);
    await later.close();
    copyFileSync(copy, path);
    const next = open(path, { durability });
    expect(await next.recover()).toEqual({ breaches: [], quarantined: [7n] });
    await next.moveStack(7n, ['quarantine'], 'open');
    await next.close();
    // Moved with or without its mark it is what it was.
    for (const end of ['', '-mark']) copyFileSync(path + end, `${copy}-moved${end}`);
    for (const moved of [path, copy, `${copy}-moved`]) {
      const again = open(moved, { durability });
      expect(await again.recover()).toEqual({ breaches: [], quarantined: [] });
      await again.close();
    }
  }
});

test('a killed process leaves a mark that its lease kept up', async () => {
  const path = newPath();
  const store = await withStack(path, { durability: 'power' });
  await store.recover();
  const copy = newPath();
  for (const end of ['', '-wal']) copyFileSync(path + end, copy + end);
  await serve(store, 1);
  await store.holdLease({ instance: 'a', pid: 1, now: 1, ttlMs: 1 });
  copyFileSync(`${path}-mark`, `${copy}-mark`);
  const next = open(copy, { durability: 'power' });
  expect((await next.recover()).quarantined).toEqual([7n]);
  await next.close();
  await store.close();
});

test('the mark never says more than a power cut leaves: what is not synced yet is, before it is noted', async () => {
  const path = newPath();
  const store = await withStack(path, { durability: 'power' });
  await store.recover();
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  await store.reserve({ ...requestInput(7n, 1), bound: 100n });
  await store.release(7n, requestInput(7n, 1).requestId, 'cancelled', 1);
  expect(exec.mock.lastCall).toEqual(['PRAGMA synchronous = NORMAL']); // nothing was charged: not worth a sync
  await store.holdLease({ instance: 'a', pid: 1, now: 1, ttlMs: 1 });
  expect(exec.mock.lastCall).toEqual(['PRAGMA synchronous = FULL']);
  exec.mockRestore();
  await store.close();
});

test('what another durability left in the log is taken over', async () => {
  const path = newPath();
  const store = await withStack(path);
  await serve(store, 1);
  const copy = leftBy(path);
  const next = open(copy, { durability: 'power' });
  expect(await next.recover()).toEqual({ breaches: [], quarantined: [] });
  expect(existsSync(`${copy}-commits`)).toBe(false);
  expect(await serve(next, 2)).toMatchObject({ index: 1, cumulative: 3n });
  await expectSound(next, 2);
  await next.close();
  await store.close();
});

test('sealed bodies are not readable in the log', async () => {
  const path = newPath();
  const sealer = aesSeal(new Uint8Array(32).fill(7));
  const store = await withStack(path, { sealer });
  await serve(store, 1, 'a very private prompt');
  expect(readFileSync(`${path}-commits`).includes('private')).toBe(false);
  const next = open(leftBy(path), { sealer });
  expect(String(await next.findBody(7n, requestInput(7n, 1).requestId))).toContain('private');
  await next.close();
  await store.close();
});

test('a record gives back what it was made of', () => {
  const bytes = fc.uint8Array({ maxLength: 40 });
  const amount = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
  const text = fc.string({ unit: 'grapheme' });
  const committed = fc.record({
    ...{
      stack: amount,
      bound: amount,
      promptUnits: amount,
      completionUnits: amount,
      units: amount,
      cumulative: amount,
    },
    ...{ requestHash: bytes, envelope: bytes, signature: bytes, contentHash: bytes, receipt: bytes },
    ...{ receiptSignature: bytes, receiptHash: bytes, body: fc.option(bytes), requestId: text },
    ...{ attempt: fc.nat(), index: fc.nat(), createdMs: fc.maxSafeNat(), finishedMs: fc.maxSafeNat() },
    authority: fc.constantFrom(0 as const, 1 as const),
    badgeVersion: fc.option(amount),
    cut: fc.option(fc.array(fc.nat())),
    response: fc.record({ status: fc.nat(), contentType: text, streamed: fc.boolean(), body: bytes }),
  });
  const steps = fc.option(fc.record({ workDigest: bytes, traceHash: bytes, trace: bytes }));
  const none = { workDigest: null, traceHash: null, trace: null };
  fc.assert(
    fc.property(committed, steps, (known, shown) => {
      const row: Committed = { ...known, ...(shown ?? none) };
      const { values, blobs } = toRecord(row);
      expect(fromRecord({ values: JSON.parse(JSON.stringify(values)), blobs })).toEqual(row);
    }),
  );
});
