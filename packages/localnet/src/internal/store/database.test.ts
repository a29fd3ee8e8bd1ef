import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { writeMeta } from './checkpoint-rows.ts';
import { closeDatabase, createTables, type Database, getRow, openDatabase, run, writing } from './database.ts';

let directory: string;
let db: Database;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  directory = mkdtempSync(join(tmpdir(), 'database-'));
  db = openDatabase(directory);
  writing(db, () => createTables(db));
});
afterEach(() => {
  closeDatabase(db);
  vi.useRealTimers();
  rmSync(directory, { recursive: true });
});

const size = (): number => statSync(db.file).size;
const write = (name: string): void => writing(db, () => writeMeta(db, name, new Uint8Array(10_000)));

test('what was written is copied from the log into the file once nothing is written for a while', () => {
  write('a');
  vi.advanceTimersByTime(150);
  write('b');
  vi.advanceTimersByTime(150);
  expect(size()).toBeLessThan(10_000);
  vi.advanceTimersByTime(100);
  expect(size()).toBeGreaterThan(20_000);
  const once = size();
  write('c');
  vi.advanceTimersByTime(200);
  expect(size()).toBeGreaterThan(once);
});

test('a reader that holds on to an older state keeps the log, and the next pause copies it', () => {
  const reader = openDatabase(directory);
  const rows = () => getRow(reader, 'SELECT count(*) AS rows FROM meta')?.rows;
  run(reader, 'BEGIN');
  expect(rows()).toBe(0);
  write('a');
  vi.advanceTimersByTime(200);
  const tablesAlone = size();
  expect(rows()).toBe(0);
  run(reader, 'COMMIT');
  expect(rows()).toBe(1);
  write('b');
  vi.advanceTimersByTime(200);
  expect(size()).toBeGreaterThan(tablesAlone + 20_000);
  closeDatabase(reader);
});

test('a file that is closed in time is not touched afterwards', () => {
  write('a');
  closeDatabase(db);
  expect(vi.getTimerCount()).toBe(0);
});
