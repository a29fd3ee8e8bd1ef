import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { setTimeout } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { openGatewayStore } from './sqlite.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-gateway-store-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

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
  store.reserve(row('a'));
  store.settle('a', settled);
  expect(store.findRow('a')).toMatchObject({ state: 'settled', units: 4n });
  store.reserve(row('b'));
  expect(store.listRows({ limit: 9 }).map(({ id }) => id)).toEqual(['b', 'a']);
  expect(store.totals()).toMatchObject({ requests: 2, units: 4n, reservedUnits: 10n });
  store.reserve(row('c'));
  const other = new DatabaseSync(path, { readOnly: true });
  const rows = () => other.prepare('SELECT count(*) AS n FROM book').get();
  expect(rows()).toEqual({ n: 2 });
  await expect.poll(rows).toEqual({ n: 3 });
  store.reserve(row('d'));
  store.close();
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
      store.reserve(row(`r${n}`));
      expect(store.findKey('k')).toBeUndefined();
      store.settle(`r${n}`, settled);
    }
    expect(commits).toBe(0);
    await expect.poll(() => commits).toBe(1);
    expect(store.totals()).toMatchObject({ requests: 9, units: 36n });
    store.reserve(row('last'));
    store.findRow('last');
    expect(commits).toBe(2);
  } finally {
    StatementSync.prototype.run = run;
    store.close();
  }
});

test('when the disk refuses the books, requests that run are settled later and no new one is taken on', async () => {
  const path = join(directory, 'full.db');
  const store = openGatewayStore({ path });
  store.reserve(row('a'));
  const disk = new DatabaseSync(path);
  expect(store.findRow('a')?.state).toBe('reserved');
  disk.exec(`CREATE TRIGGER full BEFORE UPDATE ON book BEGIN SELECT RAISE(ABORT, 'disk full'); END`);
  store.settle('a', settled);
  await setTimeout(50);
  expect(() => store.reserve(row('b'))).toThrowError(expect.objectContaining({ code: 'GATEWAY_STORAGE' }));
  store.settle('a', settled);
  disk.exec('DROP TRIGGER full');
  disk.close();
  store.reserve(row('b'));
  expect(store.findRow('a')).toMatchObject({ state: 'settled', units: 4n, cost: 40n });
  expect(store.findRow('b')?.state).toBe('reserved');
  store.close();
});

test('the books have one gateway and one wallet; keys may be made beside it', () => {
  const path = join(directory, 'held.db');
  const store = openGatewayStore({ path });
  store.claim('0x1');
  const beside = openGatewayStore({ path });
  expect(() => beside.claim('0x1')).toThrowError(expect.objectContaining({ code: 'GATEWAY_IN_USE' }));
  beside.putSetting('note', 'written beside');
  expect(store.getSetting('note')).toBe('written beside');
  store.close();
  expect(() => beside.claim('0x2')).toThrowError(expect.objectContaining({ code: 'GATEWAY_FOREIGN' }));
  beside.claim('0x1');
  beside.close();
});

test('power: every commit waits for the disk', () => {
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
    store.close();
  }
});
