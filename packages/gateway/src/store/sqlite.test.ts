import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { afterAll, afterEach, expect, test, vi } from 'vitest';
import { storageContract } from '../testing/storage-contract.ts';
import { openGatewayStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-gateway-store-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
afterEach(() => void vi.useRealTimers());

let places = 0;
storageContract('SQLite', async () => {
  const path = join(directory, `place-${places++}.db`);
  return { open: async () => openGatewayStore({ path }) };
});

const row = (id: string) => ({
  id,
  key: 'k',
  tenant: 't',
  endpoint: '/v1/chat/completions',
  model: 'm',
  boundUnits: 10n,
  boundCost: 100n,
  createdMs: 1,
});
const settled = { units: 4n, cost: 40n, status: 200, nowMs: 2 };

test('writes that wait are seen by every reader, and are in the file some milliseconds later', async () => {
  const path = join(directory, 'wait.db');
  const store = openGatewayStore({ path });
  await store.reserve(row('a'));
  await store.settle('a', settled);
  expect(await store.findRow('a')).toMatchObject({ state: 'settled', units: 4n });
  await store.reserve(row('b'));
  expect((await store.listRows({ limit: 9 })).map(({ id }) => id)).toEqual(['b', 'a']);
  expect(await store.totals()).toMatchObject({ requests: 2, units: 4n, reservedUnits: 10n });
  await store.reserve(row('c'));
  const other = new DatabaseSync(path, { readOnly: true });
  const rows = () => other.prepare('SELECT count(*) AS n FROM book').get();
  expect(rows()).toEqual({ n: 2 });
  await expect.poll(rows).toEqual({ n: 3 });
  await store.reserve(row('d'));
  await store.close();
  expect(rows()).toEqual({ n: 4 });
  other.close();
});

test('requests that come and go together share a transaction, unless their rows are looked at', async () => {
  const store = openGatewayStore({ path: join(directory, 'shared.db') });
  const { run } = StatementSync.prototype;
  let commits = 0;
  StatementSync.prototype.run = function (this: StatementSync, ...values: Parameters<typeof run>) {
    if (this.sourceSQL === 'COMMIT') commits++;
    return run.apply(this, values);
  } as typeof run;
  try {
    for (let n = 0; n < 9; n++) {
      await store.reserve(row(`r${n}`));
      expect(await store.findKey('k')).toBeUndefined();
      await store.settle(`r${n}`, settled);
    }
    expect(commits).toBe(0);
    await expect.poll(() => commits).toBe(1);
    expect(await store.totals()).toMatchObject({ requests: 9, units: 36n });
    await store.reserve(row('last'));
    await store.findRow('last');
    expect(commits).toBe(2);
  } finally {
    StatementSync.prototype.run = run;
    await store.close();
  }
});

test('a row that is raised after its settlement, before either is written, keeps both', async () => {
  const store = openGatewayStore({ path: join(directory, 'raised.db') });
  await store.reserve(row('a'));
  await store.settle('a', settled);
  await store.reserve(row('a'));
  await store.settle('a', { units: 7n, cost: 70n, status: null, nowMs: 5 });
  expect(await store.findRow('a')).toMatchObject({
    state: 'settled',
    boundUnits: 20n,
    boundCost: 200n,
    units: 7n,
    cost: 70n,
    status: 200,
    finishedMs: 2,
  });
  await store.close();
});

test('when the disk refuses the books, requests that run are settled later and no new one is taken on', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const path = join(directory, 'full.db');
  const store = openGatewayStore({ path });
  await store.reserve(row('a'));
  const disk = new DatabaseSync(path);
  expect((await store.findRow('a'))?.state).toBe('reserved');
  disk.exec(`CREATE TRIGGER full BEFORE UPDATE ON book BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  await store.settle('a', settled);
  vi.advanceTimersByTime(50);
  await expect(store.reserve(row('b'))).rejects.toThrowError(expect.objectContaining({ code: 'GATEWAY_STORAGE' }));
  await store.settle('a', settled);
  disk.exec('DROP TRIGGER full');
  disk.close();
  await store.reserve(row('b'));
  expect(await store.findRow('a')).toMatchObject({ state: 'settled', units: 4n, cost: 40n });
  expect((await store.findRow('b'))?.state).toBe('reserved');
  await store.close();
});

test('power: every commit waits for the disk', async () => {
  for (const [durability, level] of [
    ['process', 1],
    ['power', 2],
  ] as const) {
    const opened = new Set<DatabaseSync>();
    const { prepare } = DatabaseSync.prototype;
    DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql: string) {
      opened.add(this);
      return prepare.call(this, sql);
    } as typeof prepare;
    const store = openGatewayStore({ path: join(directory, `${durability}.db`), durability });
    DatabaseSync.prototype.prepare = prepare;
    const found = [...opened].map((db) => db.prepare('PRAGMA synchronous').get());
    expect(found).toEqual([{ synchronous: level }]);
    await store.close();
  }
});
