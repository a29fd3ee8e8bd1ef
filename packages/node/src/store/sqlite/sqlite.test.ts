import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, expect, test } from 'vitest';
import { commitInput, requestInput, stackTerms } from '../../testing/ledger-fixtures.ts';
import { storeContract } from '../../testing/store-contract.ts';
import { aesSeal } from '../seal.ts';
import { openSqliteStore } from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-store-'));
let files = 0;
const newPath = (): string => join(directory, `${++files}.db`);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

for (const durability of ['process', 'power'] as const)
  storeContract(`sqlite, ${durability}`, () => {
    const path = newPath();
    return { open: () => openSqliteStore({ path, durability }) };
  });

storeContract('sqlite, sealed', () => {
  const path = newPath();
  const sealer = aesSeal(new Uint8Array(32).fill(7));
  return { open: () => openSqliteStore({ path, durability: 'process', sealer }) };
});

test('a newer database is refused', () => {
  const path = newPath();
  const db = new DatabaseSync(path);
  db.exec('PRAGMA user_version = 99');
  db.close();
  expect(() => openSqliteStore({ path })).toThrowError(expect.objectContaining({ code: 'NODE_SCHEMA_NEWER' }));
});

test('sealed bodies are not readable on disk, and not with another key', async () => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process', sealer: aesSeal(new Uint8Array(32).fill(7)) });
  await store.putStack(stackTerms(7n), 0);
  await store.reserve({ ...requestInput(7n, 1, 'a very private prompt'), bound: 5n });
  await store.close();
  const raw = new DatabaseSync(path);
  const row = raw.prepare('SELECT bytes FROM body').get() as { bytes: Uint8Array };
  expect(Buffer.from(row.bytes).includes('private')).toBe(false);
  raw.close();
  const other = openSqliteStore({ path, durability: 'process', sealer: aesSeal(new Uint8Array(32).fill(8)) });
  await expect(other.findBody(7n, requestInput(7n, 1).requestId)).rejects.toMatchObject({ code: 'NODE_SEAL' });
  await other.close();
});

test('a restored copy quarantines the stacks that were open', async () => {
  const path = newPath();
  const copy = newPath();
  const store = openSqliteStore({ path, durability: 'power' });
  await store.putStack(stackTerms(7n), 0);
  await store.putStack(stackTerms(8n), 0);
  await store.moveStack(8n, ['open'], 'settled');
  await store.backup(copy);
  expect((await store.recover(1)).quarantined).toEqual([]);
  await store.close();
  const restored = openSqliteStore({ path: copy, durability: 'power' });
  expect((await restored.recover(1)).quarantined).toEqual([7n]);
  await restored.close();
  const again = openSqliteStore({ path: copy, durability: 'power' });
  expect((await again.recover(1)).quarantined).toEqual([]);
  expect((await again.findStack(7n))?.state).toBe('quarantine');
  await again.close();
});

test.each([
  ['units', 'UPDATE request SET units = 8'],
  ['receipt', 'UPDATE stack SET consumed = 8'],
  ['leaves', 'UPDATE request SET leaf_index = 3'],
  ['reserved', 'UPDATE stack SET reserved = 1'],
  ['chain', 'UPDATE stack SET last_receipt_hash = zeroblob(32)'],
  ['claimed', 'UPDATE stack SET claimed = 3'],
])('a damaged ledger is noticed: %s', async (rule, damage) => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process' });
  await store.putStack(stackTerms(7n), 0);
  await store.reserve({ ...requestInput(7n, 1), bound: 10n });
  await store.commit(commitInput(7n, 1, 9n));
  await store.close();
  const raw = new DatabaseSync(path);
  raw.exec(damage);
  raw.close();
  const again = openSqliteStore({ path, durability: 'process' });
  expect((await again.checkInvariants({ chain: true })).map((breach) => breach.rule)).toContain(rule);
  if (rule !== 'reserved') expect((await again.recover(1)).quarantined).toEqual([7n]);
  await again.close();
});
