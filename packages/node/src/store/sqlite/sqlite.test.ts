import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { blake2b256 } from '@atoma/base';
import { afterAll, expect, test, vi } from 'vitest';
import { commitInput, requestInput, stackTerms } from '../../testing/ledger-fixtures.ts';
import { storeContract } from '../../testing/store-contract.ts';
import { aesSeal } from '../seal.ts';
import { openSqliteStore } from './store.ts';

const directory = mkdtempSync(join(tmpdir(), 'atoma-store-'));
let files = 0;
const newPath = (): string => join(directory, `${++files}.db`);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Turns a database of this version into what version 4 would have written. */
const versionFour = `
ALTER TABLE stack DROP COLUMN handoff; ALTER TABLE stack DROP COLUMN largest_request; PRAGMA user_version = 4;
`;

/** Turns a database of this version into what version 3 would have written. */
const versionThree = `${versionFour}
DROP TABLE trace; ALTER TABLE request DROP COLUMN work_digest; ALTER TABLE request DROP COLUMN trace_hash;
PRAGMA user_version = 3;
`;

/** Turns a database into what version 2 would have written, its second request being under way. */
const versionTwo = `
PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;
ALTER TABLE stack ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request RENAME TO request_3;
CREATE TABLE request (
  id INTEGER PRIMARY KEY, stack INTEGER NOT NULL REFERENCES stack (id), request_id TEXT NOT NULL, request_hash BLOB NOT NULL,
  envelope BLOB NOT NULL, signature BLOB NOT NULL, authority INTEGER NOT NULL, badge_version INTEGER,
  state TEXT NOT NULL CHECK (state IN ('reserved','committed','released')), reason TEXT,
  bound INTEGER NOT NULL, attempt INTEGER NOT NULL, leaf_index INTEGER,
  prompt_units INTEGER, completion_units INTEGER, units INTEGER, content_hash BLOB, cut TEXT,
  receipt BLOB, receipt_signature BLOB,
  refusal BLOB, refusal_signature BLOB, refusal_status INTEGER, refusal_problem TEXT,
  created_ms INTEGER NOT NULL, finished_ms INTEGER,
  UNIQUE (stack, request_id), UNIQUE (stack, leaf_index),
  CHECK ((state = 'committed') = (receipt IS NOT NULL)), CHECK ((state = 'released') = (reason IS NOT NULL))
) STRICT;
INSERT INTO request SELECT * FROM request_3 WHERE state = 'committed';
INSERT INTO request SELECT id, stack, request_id, request_hash, envelope, signature, authority, badge_version, 'reserved', NULL,
  bound, attempt, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, created_ms, NULL
  FROM request_3 WHERE state = 'released';
UPDATE stack SET reserved = (SELECT bound FROM request WHERE state = 'reserved');
DROP TABLE request_3;
PRAGMA legacy_alter_table = OFF;
PRAGMA user_version = 2;
`;

/** Turns a database of version 2 into what version 1 would have written. */
const versionOne = `
PRAGMA foreign_keys = OFF;
ALTER TABLE request RENAME TO request_2; ALTER TABLE body RENAME TO body_2; ALTER TABLE response RENAME TO response_2;
DROP INDEX response_age;
CREATE TABLE request (
  stack INTEGER NOT NULL REFERENCES stack (id), request_id TEXT NOT NULL, request_hash BLOB NOT NULL,
  envelope BLOB NOT NULL, signature BLOB NOT NULL, authority INTEGER NOT NULL, badge_version INTEGER,
  state TEXT NOT NULL CHECK (state IN ('reserved','streaming','committed','released')), reason TEXT,
  bound INTEGER NOT NULL, attempt INTEGER NOT NULL, leaf_index INTEGER,
  prompt_units INTEGER, completion_units INTEGER, units INTEGER, content_hash BLOB, cut TEXT,
  receipt BLOB, receipt_signature BLOB,
  refusal BLOB, refusal_signature BLOB, refusal_status INTEGER, refusal_problem TEXT,
  created_ms INTEGER NOT NULL, finished_ms INTEGER, PRIMARY KEY (stack, request_id), UNIQUE (stack, leaf_index)
) STRICT;
CREATE INDEX request_open ON request (state) WHERE state IN ('reserved','streaming');
CREATE TABLE body (stack INTEGER NOT NULL, request_id TEXT NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (stack, request_id)) STRICT;
CREATE TABLE response (
  stack INTEGER NOT NULL, request_id TEXT NOT NULL, status INTEGER NOT NULL, content_type TEXT NOT NULL,
  streamed INTEGER NOT NULL, bytes BLOB NOT NULL, created_ms INTEGER NOT NULL, PRIMARY KEY (stack, request_id)
) STRICT;
CREATE INDEX response_age ON response (created_ms);
INSERT INTO body SELECT r.stack, r.request_id, b.bytes FROM body_2 b JOIN request_2 r ON r.id = b.request;
INSERT INTO response SELECT r.stack, r.request_id, status, content_type, streamed, bytes, a.created_ms
  FROM response_2 a JOIN request_2 r ON r.id = a.request;
INSERT INTO request SELECT stack, request_id, request_hash, envelope, signature, authority, badge_version,
  replace(state, 'reserved', 'streaming'), reason, bound, attempt, leaf_index, prompt_units, completion_units, units,
  content_hash, cut, receipt, receipt_signature, refusal, refusal_signature, refusal_status, refusal_problem, created_ms,
  finished_ms FROM request_2;
DROP TABLE body_2; DROP TABLE response_2; DROP TABLE request_2;
PRAGMA user_version = 1;
`;

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

test('no power cut takes a handoff back, in any mode: the disk is waited for', async () => {
  const store = openSqliteStore({ path: newPath(), durability: 'process' });
  await store.putStack(stackTerms(7n), 0);
  const exec = vi.spyOn(DatabaseSync.prototype, 'exec');
  const levels = () => exec.mock.calls.map(([sql]) => sql).filter((sql) => sql.includes('synchronous'));
  await store.moveStack(7n, ['open'], 'open');
  expect(levels()).toEqual([]);
  expect(await store.handOff(7n, '0xb', 1, () => new Uint8Array(9))).toMatchObject({ kind: 'signed' });
  expect(levels()).toEqual(['PRAGMA synchronous = FULL']);
  await store.moveStack(7n, ['open'], 'open');
  expect(levels()).toEqual(['PRAGMA synchronous = FULL', 'PRAGMA synchronous = NORMAL']);
  exec.mockRestore();
  await store.close();
});

test('a database of version 5 is carried over: its stacks were not handed off', async () => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process' });
  await store.putStack(stackTerms(7n), 0);
  await store.close();
  const raw = new DatabaseSync(path);
  raw.exec('ALTER TABLE stack DROP COLUMN handoff; PRAGMA user_version = 5;');
  raw.close();
  const again = openSqliteStore({ path, durability: 'process' });
  expect(await again.findStack(7n)).toMatchObject({ units: 1_000n, handoff: null });
  await again.close();
});

test('a database of version 4 is carried over: a request may be the whole of its stacks', async () => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process' });
  await store.putStack({ ...stackTerms(7n), largestRequest: 40n }, 0);
  await store.close();
  const raw = new DatabaseSync(path);
  raw.exec(versionFour);
  raw.close();
  const again = openSqliteStore({ path, durability: 'process' });
  expect(await again.findStack(7n)).toMatchObject({ units: 1_000n, largestRequest: 1_000n });
  await again.close();
});

test('a database of version 3 is carried over, and keeps steps of work from then on', async () => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process' });
  await store.putStack(stackTerms(7n), 0);
  await store.reserve({ ...requestInput(7n, 1), bound: 10n });
  await store.commit(commitInput(7n, 1, 9n));
  await store.close();
  const raw = new DatabaseSync(path);
  raw.exec(versionThree);
  raw.close();
  const again = openSqliteStore({ path, durability: 'process' });
  await again.reserve({ ...requestInput(7n, 2), bound: 10n });
  const work = { digest: new Uint8Array(32).fill(3), trace: Uint8Array.of(1, 2, 3) };
  await again.commit({ ...commitInput(7n, 2, 9n), work });
  const [first, second] = await again.listLeaves(7n);
  expect([first?.traceHash, second?.traceHash]).toEqual([null, blake2b256(work.trace)]);
  expect(await again.findTrace(7n, requestInput(7n, 2).requestId)).toEqual(work.trace);
  expect(await again.findRequest(7n, requestInput(7n, 2).requestId)).toMatchObject({ workDigest: work.digest });
  await again.close();
});

test.each([
  ['2', versionThree + versionTwo],
  ['1', versionThree + versionTwo + versionOne],
])('a database of version %s is carried over: answers, bodies, and the request under way', async (_, downgrade) => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process' });
  await store.putStack(stackTerms(7n), 0);
  await store.reserve({ ...requestInput(7n, 1), bound: 10n });
  await store.commit(commitInput(7n, 1, 9n));
  await store.reserve({ ...requestInput(7n, 2), bound: 10n });
  await store.release(7n, requestInput(7n, 2).requestId, 'cancelled', 5);
  await store.close();
  const raw = new DatabaseSync(path);
  raw.exec(downgrade);
  expect(raw.prepare(`SELECT reserved FROM stack`).get()).toEqual({ reserved: 10 });
  raw.close();
  const again = openSqliteStore({ path, durability: 'process' });
  expect(await again.findResponse(7n, requestInput(7n, 1).requestId)).toEqual(commitInput(7n, 1, 9n).response);
  expect(await again.findBody(7n, requestInput(7n, 1).requestId)).toEqual(requestInput(7n, 1).body);
  expect(await again.findRequest(7n, requestInput(7n, 2).requestId)).toMatchObject({
    state: 'released',
    reason: 'crash',
  });
  expect(await again.recover()).toEqual({ breaches: [], quarantined: [] });
  expect(await again.reserve({ ...requestInput(7n, 2), bound: 991n })).toEqual({ kind: 'reserved', attempt: 2 });
  expect(await again.commit(commitInput(7n, 2, 991n))).toMatchObject({ index: 1, cumulative: 1000n, remaining: 0n });
  expect(await again.checkInvariants({ chain: true })).toEqual([]);
  await again.close();
});

test('a write that fails leaves its request under way and its stack as it was; then nothing is taken on until one succeeds', async () => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'power' });
  await store.putStack(stackTerms(7n), 0);
  await store.reserve({ ...requestInput(7n, 1), bound: 10n });
  const other = new DatabaseSync(path);
  for (const table of ['response', 'setting'])
    other.exec(`CREATE TRIGGER full_${table} BEFORE INSERT ON ${table} BEGIN SELECT RAISE(ABORT, 'disk is full'); END`);
  await expect(store.commit(commitInput(7n, 1, 9n))).rejects.toMatchObject({ code: 'NODE_STORAGE' });
  expect(await store.findStack(7n)).toMatchObject({ reserved: 10n, consumed: 0n, nextLeaf: 0 });
  await expect(store.reserve({ ...requestInput(7n, 2), bound: 10n })).rejects.toMatchObject({ code: 'NODE_STORAGE' });
  other.exec('DROP TRIGGER full_response; DROP TRIGGER full_setting');
  other.close();
  expect(await store.reserve({ ...requestInput(7n, 2), bound: 10n })).toEqual({ kind: 'reserved', attempt: 1 });
  expect(await store.commit(commitInput(7n, 1, 9n))).toMatchObject({ index: 0, cumulative: 9n });
  expect(await store.checkInvariants({ chain: true })).toEqual([]);
  await store.close();
});

test('sealed bodies are not readable on disk, and not with another key', async () => {
  const path = newPath();
  const store = openSqliteStore({ path, durability: 'process', sealer: aesSeal(new Uint8Array(32).fill(7)) });
  await store.putStack(stackTerms(7n), 0);
  await store.reserve({ ...requestInput(7n, 1, 'a very private prompt'), bound: 5n });
  await store.commit(commitInput(7n, 1, 5n));
  const payload = Buffer.from('a private transcript');
  const kept = { stack: 9n, kind: 'transcript', digest: 'aa', source: '0x1', payload, receivedMs: 1 } as const;
  await store.addEvidence(kept);
  expect((await store.listEvidence(9n)).map((each) => String(each.payload))).toEqual(['a private transcript']);
  await store.close();
  const raw = new DatabaseSync(path);
  const row = raw.prepare('SELECT bytes FROM body').get() as { bytes: Uint8Array };
  const shown = raw.prepare('SELECT payload FROM evidence').get() as { payload: Uint8Array };
  for (const bytes of [row.bytes, shown.payload]) expect(Buffer.from(bytes).includes('private')).toBe(false);
  raw.close();
  const other = openSqliteStore({ path, durability: 'process', sealer: aesSeal(new Uint8Array(32).fill(8)) });
  await expect(other.findBody(7n, requestInput(7n, 1).requestId)).rejects.toMatchObject({ code: 'NODE_SEAL' });
  await other.close();
});

test('a restart of the machine costs nothing behind an end in order; in the middle of its use open stacks wait', async () => {
  const path = newPath();
  const bootOf = (value?: string): string => {
    const raw = new DatabaseSync(path);
    if (value !== undefined) raw.prepare(`UPDATE setting SET value = ? WHERE name = 'boot_id'`).run(value);
    const row = raw.prepare(`SELECT value FROM setting WHERE name = 'boot_id'`).get() as { value: string };
    raw.close();
    return row.value;
  };
  const open = () => openSqliteStore({ path, durability: 'process' });
  const first = open();
  await first.putStack(stackTerms(7n), 0);
  await first.recover();
  const during = bootOf();
  await first.close();
  expect([during === '', bootOf()]).toEqual([false, '']);
  // Who only looks into it ends nothing of another's use.
  bootOf('an earlier start of the machine');
  await open().close();
  expect(bootOf()).toBe('an earlier start of the machine');
  const cut = open();
  expect((await cut.recover()).quarantined).toEqual([7n]);
  await cut.moveStack(7n, ['quarantine'], 'open');
  await cut.close();
  const again = open();
  expect((await again.recover()).quarantined).toEqual([]);
  await again.close();
});

test('a restored copy quarantines the stacks that were open', async () => {
  const path = newPath();
  const copy = newPath();
  const store = openSqliteStore({ path, durability: 'power' });
  await store.putStack(stackTerms(7n), 0);
  await store.putStack(stackTerms(8n), 0);
  await store.moveStack(8n, ['open'], 'settled');
  await store.backup(copy);
  expect((await store.recover()).quarantined).toEqual([]);
  await store.close();
  const restored = openSqliteStore({ path: copy, durability: 'power' });
  expect((await restored.recover()).quarantined).toEqual([7n]);
  await restored.close();
  const again = openSqliteStore({ path: copy, durability: 'power' });
  expect((await again.recover()).quarantined).toEqual([]);
  expect((await again.findStack(7n))?.state).toBe('quarantine');
  await again.close();
});

test.each([
  ['units', 'UPDATE request SET units = 8'],
  ['receipt', 'UPDATE stack SET consumed = 8'],
  ['leaves', 'UPDATE request SET leaf_index = 3'],
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
  expect((await again.recover()).quarantined).toEqual([7n]);
  await again.close();
});
